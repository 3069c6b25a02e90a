"""Finds the alignment heads of a model trained without guidance, to constrain only those (attention sweeping: Wang et
al. 2024, "Attention-Constrained Inference for Robust Decoder-Only Text-to-Speech"). Nothing is trained.

Difference from the paper: heads are chosen by the mass of their best monotonic path and by the symbols that they cover
(`tts.alignment.heads`), and held by the rules of ``conf/repair.yaml``, not by a mask of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from tts.alignment import HeadScore, score_heads
from tts.core.errors import AttuneError


class HeadError(AttuneError):
    """A voice has only one head, or no head that aligns."""


@torch.inference_mode()
def sweep_heads(voice: Any, texts: Sequence[str], seed: int = 0) -> list[HeadScore]:
    """The mean score of every head over ``texts``, best first.

    Args:
        voice: a `tts.voices.voice.Voice` whose decoder has several heads.
        texts: of one utterance each.
        seed: of the readings.

    Raises:
        HeadError: there is only one head.
    """
    names = list(voice.acoustic.head_names)
    if len(names) < 2:
        raise HeadError(f"{voice.name} has one alignment, so there is no head to choose: use a Transformer voice")
    rows = []
    for text in texts:
        tokens = torch.tensor([voice.frontend(text).tokens])
        output = voice.acoustic.generate(tokens, torch.tensor([tokens.shape[1]]), [seed])
        rows.append([score[1:] for score in score_heads(output.utterance(0, tokens.shape[1]).heads, names)])
    means = np.mean(rows, 0)  # (H, 3)
    scores = [HeadScore(name, *map(float, row)) for name, row in zip(names, means)]
    return sorted(scores, key=lambda score: score.path_mass * score.coverage, reverse=True)


def choose_heads(scores: Sequence[HeadScore], most: int = 3) -> list[list[int]]:
    """The [layer, head] pairs of the heads that align, for the option ``acoustic.decoder.alignment_heads``.

    Raises:
        HeadError: no head reads.
    """
    chosen = [score for score in scores if score.is_aligned][:most]
    if not chosen:
        best = max(scores, key=lambda score: score.path_mass)
        raise HeadError(
            f"no head goes through the text: the best is {best.name} with a path mass of {best.path_mass:.2f}. "
            "Train longer, or with guidance (loss=guided)"
        )
    return [[int(number) for number in re.findall(r"\d+", score.name)] for score in chosen]
