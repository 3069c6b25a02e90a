"""The mels that an acoustic model makes under teacher forcing, as a corpus to fine-tune a vocoder on.

python -m tts.extract_mels VOICE --corpus corpora/mine -o corpora/mine_spoken
python -m tts.train task=vocoder data.corpus=corpora/mine_spoken init_from=VOICE

A vocoder that has heard only recordings' mels meets smoother ones in use. The new corpus has the recordings of the old
one, frame by frame, beside what the model made of their texts. Source: Kong et al. 2020, HiFi-GAN, section 4.4.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser("python -m tts.extract_mels", description="Teacher-forced mels as a corpus.")
    options.add_argument("voice", help="name of a voice, voice folder or training run")
    options.add_argument("--corpus", required=True, help="prepared corpus that the voice was trained on")
    options.add_argument("-o", "--output", required=True, help="folder of the new corpus")
    options.add_argument("--batch-size", type=int, default=8, help="utterances at a time")
    options.add_argument("--device", default="cpu", help="cpu or cuda")
    return options


def extract(voice: str, corpus: str, output: str, batch_size: int = 8, device: str = "cpu") -> Path:
    """Write the corpus ``output``; it appears when it is complete.

    Raises:
        ValueError: no such voice or corpus, they do not go together, or ``output`` exists.
    """
    import torch

    from tts.data.corpus import Corpus
    from tts.voices.voice import VoiceError, load_voice

    if Path(output).exists():
        raise ValueError(f"{output} exists. Delete it, or choose another folder with -o.")
    loaded = load_voice(voice).to(device)
    utterances = Corpus(corpus, "all", text=loaded.config.text, audio=loaded.config.audio)
    follows = getattr(loaded.acoustic, "use_forced_alignment", False)
    if follows and any(utterance.durations is None for utterance in utterances):
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
    from tts.data.journal import AUDIO, MELS

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
    import numpy as np
    from tqdm import tqdm

    from tts.data.collate import Collate
    from tts.data.journal import MELS

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = parser().parse_args(arguments)
    try:
        folder = extract(options.voice, options.corpus, options.output, options.batch_size, options.device)
    except ValueError as error:  # VoiceError, CorpusError
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"Written: {folder}. Fine-tune: python -m tts.train task=vocoder data.corpus={folder} init_from=VOCODER")
    return 0


if __name__ == "__main__":
    sys.exit(main())
