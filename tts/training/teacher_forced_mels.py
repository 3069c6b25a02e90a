"""Make a corpus whose mels are predicted by an acoustic model under teacher forcing."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from tts.data.collate import Collate
from tts.data.corpus import Corpus
from tts.data.journal import AUDIO, MELS
from tts.data.metadata import CorpusError
from tts.voices.voice import VoiceError, load_voice


def extract(voice: str, corpus: str, output: str, batch_size: int = 8, device: str = "cpu") -> Path:
    """Write the corpus ``output``. The folder appears when it is complete.

    Raises:
        AttuneError: the voice or corpus does not exist, they do not match, or ``output`` exists.
    """
    if Path(output).exists():
        raise CorpusError(f"{output} exists. Delete it, or choose another folder with -o.")
    loaded = load_voice(voice).to(device)
    utterances = Corpus(corpus, "all", text=loaded.config.text, audio=loaded.config.audio)
    if loaded.acoustic.use_forced_alignment and not utterances.is_aligned:
        raise VoiceError(f"{voice} needs durations: run python -m tts.align data.corpus={corpus} first")
    target = Path(output)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as temporary:
        folder = Path(temporary) / target.name
        folder.mkdir()
        _copy_files(Path(corpus), folder)
        with torch.inference_mode():
            _write_mels(folder, utterances, loaded, batch_size, device)
        os.replace(folder, target)
    return target


def _copy_files(source: Path, folder: Path) -> None:
    """Copy all files except the mels. The recordings are hard links if the disk supports them."""
    for path in source.iterdir():
        if path.name == AUDIO:
            try:
                os.link(path, folder / AUDIO)
                continue
            except OSError:
                pass
        if path.is_file() and path.name != MELS:
            shutil.copyfile(path, folder / path.name)


def _write_mels(folder: Path, corpus: Any, voice: Any, batch_size: int, device: str) -> None:
    """Write the mel of every utterance at its position in the old corpus."""
    shape = (sum(item["frames"][1] for item in corpus.items), voice.mel.n_mels)
    mels = np.memmap(folder / MELS, dtype=np.float16, mode="w+", shape=shape)
    collate = Collate(voice.mel.floor)
    order = np.argsort(corpus.num_frames, kind="stable")  # similar lengths in a batch
    bar = tqdm(total=len(order), unit="utterance")
    for start in range(0, len(order), batch_size):
        indices = order[start : start + batch_size]
        predicted = (
            voice.acoustic(collate([corpus[int(index)] for index in indices]).to(device)).mel.float().cpu().numpy()
        )
        for index, mel in zip(indices, predicted):
            first, count = corpus.items[index]["frames"]
            mels[first : first + count] = mel[:, :count].T
        bar.update(len(indices))
    mels.flush()
