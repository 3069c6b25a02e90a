"""Distill the vocoder of a folder, with corpora, into the folder of a smaller vocoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from omegaconf import OmegaConf

from tts.core.config import instantiate
from tts.core.files import check_writable
from tts.data.corpus import Corpus
from tts.distillation.vocoder import DistillationError, DistillationOptions, distill
from tts.vocoder.harmonic_vocos import HarmonicVocos
from tts.voices.vocoder import load_vocoder, save_vocoder


def distill_vocoder(
    teacher: str,
    corpora: Sequence[str | Path],
    output: str | Path,
    sizes: Mapping[str, int],
    options: DistillationOptions,
    bfloat16: bool = False,
) -> Path:
    """Distill ``teacher`` into a `HarmonicVocos` of the given ``sizes``. Returns the vocoder folder ``output``.

    Raises:
        DistillationError: the teacher is not a harmonic vocoder, ``bfloat16`` must be emulated, or see `distill`.
        tts.data.metadata.CorpusError: a corpus does not exist, or its mels differ from the teacher's.
        tts.core.files.PlaceError: the folder ``output`` cannot be written.
        tts.voices.voice.VoiceError: the teacher does not exist.
    """
    if bfloat16:
        _check_bfloat16()
    loaded = load_vocoder(teacher)
    if not isinstance(loaded.vocoder, HarmonicVocos):
        raise DistillationError(
            f"{teacher} has a {type(loaded.vocoder).__name__}; only a HarmonicVocos can be distilled. Choose another."
        )
    plain: Any = OmegaConf.to_container(loaded.config, resolve=True)
    audio = plain["audio"]
    config = OmegaConf.create({"audio": audio, "vocoder": {**plain["vocoder"], **sizes}})
    torch.manual_seed(options.seed)
    student = instantiate(config.vocoder, "vocoder", mel=loaded.mel)
    mels = [Corpus(folder, "train", audio=audio) for folder in corpora]
    check_writable(output)
    average = distill(student, loaded.vocoder, mels, options, Path(output), torch.bfloat16 if bfloat16 else None)
    return save_vocoder(output, config, average.state_dict())


def _check_bfloat16() -> None:
    from tts.training.hardware import cpu_has_bfloat16  # imports Lightning

    if not cpu_has_bfloat16():
        raise DistillationError(
            "--bfloat16 takes about 40 times as long as float32 on this processor, which has no bfloat16 "
            "instructions. Remove it."
        )
