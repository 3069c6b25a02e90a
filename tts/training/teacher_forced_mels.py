"""A corpus whose mels are those that an acoustic model makes under teacher forcing."""

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
    """Write the corpus ``output``; it appears when it is complete.

    Raises:
        AttuneError: no such voice or corpus, they do not go together, or ``output`` exists.
    """
    if Path(output).exists():
        raise CorpusError(f"{output} exists. Delete it, or choose another folder with -o.")
    loaded = load_voice(voice).to(device)
    utterances = Corpus(corpus, "all", text=loaded.config.text, audio=loaded.config.audio)
    if loaded.acoustic.use_forced_alignment and not utterances.is_aligned:
        raise VoiceError(f"{voice} follows durations: run python -m tts.align data.corpus={corpus} first")
    target = Path(output)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as temporary:
        folder = Path(temporary) / target.name
        folder.mkdir()
        _share(Path(corpus), folder)
        with torch.inference_mode():
            _fill(folder, utterances, loaded, batch_size, device)
        os.replace(folder, target)
    return target


def _share(source: Path, folder: Path) -> None:
    """All files but the mels; the recordings are linked where the disk can."""
    for path in source.iterdir():
        if path.name == AUDIO:
            try:
                os.link(path, folder / AUDIO)
                continue
            except OSError:
                pass
        if path.is_file() and path.name != MELS:
            shutil.copyfile(path, folder / path.name)


def _fill(folder: Path, corpus: Any, voice: Any, batch_size: int, device: str) -> None:
    """Every utterance's mel, at the place where the old corpus has it."""
    shape = (sum(item["frames"][1] for item in corpus.items), voice.mel.n_mels)
    mels = np.memmap(folder / MELS, dtype=np.float16, mode="w+", shape=shape)
    collate = Collate(voice.mel.floor)
    order = np.argsort(corpus.num_frames, kind="stable")  # like lengths together
    bar = tqdm(total=len(order), unit="utterance")
    for start in range(0, len(order), batch_size):
        indices = order[start : start + batch_size]
        made = voice.acoustic(collate([corpus[int(index)] for index in indices]).to(device)).mel.float().cpu().numpy()
        for index, mel in zip(indices, made):
            first, count = corpus.items[index]["frames"]
            mels[first : first + count] = mel[:, :count].T
        bar.update(len(indices))
    mels.flush()
