"""Predicted mean opinion scores: a network predicts the ratings of listeners, from 1 (bad) to 5 (excellent).

None is part of the package. A prediction compares systems on the same texts; it does not replace listeners.
"""

from __future__ import annotations

import contextlib
import io
from importlib import metadata
from typing import Protocol, runtime_checkable

import numpy as np
import torch

from tts.core.install import install_command
from tts.evaluation.asr import RecognizerError, load_part
from tts.evaluation.asr.chunking import split_at_silence


@runtime_checkable
class MOSPredictor(Protocol):
    """Predicts the rating of an audio clip.

    Attributes:
        name: of predictor and version, for the report; ratings of another name are not mixed with its own.
    """

    name: str

    def __call__(self, wav: np.ndarray) -> float:
        """The rating of ``wav`` (T_wav,) float32 in [-1, 1] at `tts.evaluation.asr.SAMPLE_RATE`."""


def load_predictor(name: str) -> MOSPredictor:
    """Build ``conf/mos/NAME.yaml``, or a yaml file of your own. Raises `RecognizerError`."""
    return load_part("mos", name)


class DistillMOS:
    """DistillMOS (Stahl and Gamper 2025): a small network distilled from XLS-R features; weights in the package.

    Args:
        longest: seconds that are rated at a time; a longer sound is cut where it is quiet, and the ratings averaged.

    Raises:
        RecognizerError: it is not installed.
    """

    def __init__(self, longest: float) -> None:
        try:
            import distillmos
        except ImportError as error:
            raise RecognizerError(f"distillmos is not installed: {install_command('evaluate')}") from error
        self.name = f"DistillMOS {metadata.version('distillmos')}"
        self._longest = longest
        with contextlib.redirect_stdout(io.StringIO()):  # it prints where its weights are
            self._model = distillmos.ConvTransformerSQAModel().eval()

    @torch.inference_mode()
    def __call__(self, wav: np.ndarray) -> float:
        """The rating of ``wav`` (T_wav,); see `MOSPredictor`."""
        parts = split_at_silence(wav, self._longest)
        ratings = [float(self._model(torch.from_numpy(np.array(part, dtype=np.float32))[None])) for part in parts]
        return float(np.average(ratings, weights=[len(part) for part in parts]))
