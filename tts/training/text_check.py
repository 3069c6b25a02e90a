"""Find texts of a corpus that belong to another recording.

The check compares how well the own text and the texts of other recordings fit a recording. The aligner embeds frames
and symbols independently of their position, so the mean similarity along the best path measures the fit. If two texts
of similar length were swapped, both have a plausible pace, and no other check finds them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from tts.data.corpus import Corpus
from tts.data.metadata import Problem
from tts.nn.alignment_search import monotonic_alignment_search
from tts.nn.masks import lengths_to_mask

#: Only the half of the recordings with the worst fit is compared with other texts, and at most this many recordings.
MAX_COMPARED = 2000
#: Number of other texts: those before and after a recording in the metadata, those of similar length, and those of the
#: recordings that fit their own texts worst, because a text that was swapped is missing elsewhere.
NEIGHBORS, ALIKE, WORST = 3, 8, 50


def path_scores(logits: Tensor, token_lengths: Tensor, mel_lengths: Tensor) -> tuple[Tensor, Tensor]:
    """(B, T_mel, T_text), (B,), (B,) -> durations (B, T_text) of the best path and the mean logit along it (B,)."""
    tokens = lengths_to_mask(token_lengths, logits.shape[2]).unsqueeze(1)
    scores = torch.log_softmax(logits.masked_fill(~tokens, float("-inf")), -1)
    durations = monotonic_alignment_search(scores, token_lengths, mel_lengths)
    ends = durations.cumsum(1)
    frames = torch.arange(logits.shape[1], device=logits.device).expand(len(logits), -1).contiguous()
    symbol = torch.searchsorted(ends, frames, right=True).clamp(max=logits.shape[2] - 1)
    along = logits.gather(2, symbol.unsqueeze(2)).squeeze(2).masked_fill(frames >= mel_lengths.unsqueeze(1), 0.0)
    return durations, along.sum(1) / mel_lengths


def misplaced_texts(aligner: nn.Module, corpus: Corpus, fits: Sequence[float], device: str = "cpu") -> list[Problem]:
    """The recordings for which another text fits better than their own.

    Args:
        aligner: an aligner that was trained on ``corpus``.
        corpus: all splits of a corpus.
        fits: for every utterance of ``corpus``, the score of its own text (`path_scores`).
        device: the device of ``aligner``.
    """
    own = np.asarray(fits, dtype=np.float64)
    if len(own) < 3:
        return []
    usual = float(np.median(own))
    spread = 1.4826 * float(np.median(np.abs(own - usual)))
    problems = []
    order = np.argsort(own, kind="stable")
    worst = order[:WORST].tolist()
    for index in order[: min(MAX_COMPARED, (len(own) + 1) // 2)]:
        others = _candidates(corpus, int(index), worst if index in worst else ())
        scores = _fit_others(aligner, corpus, int(index), others, device)
        best = int(np.argmax(scores)) if len(scores) else 0
        if len(scores) and scores[best] > own[index] + spread:
            other = corpus.items[others[best]]
            detail = f"the text of {other['id']} fits it better: {other['text']}"
            problems.append(Problem(corpus.items[index]["id"], "wrong_text", detail, False))
    return problems


def _candidates(corpus: Corpus, index: int, worst: Sequence[int]) -> list[int]:
    """Other utterances whose text may belong to this recording. None has more symbols than the recording has frames."""
    lengths, frames = corpus.num_tokens, corpus.num_frames[index]
    near = [i for i in range(index - NEIGHBORS, index + NEIGHBORS + 1) if 0 <= i < len(lengths)]
    alike = np.argsort(np.abs(lengths - lengths[index]), kind="stable")[: ALIKE + 1].tolist()
    found = dict.fromkeys([*near, *alike, *worst])
    return [i for i in found if i != index and lengths[i] <= frames]


@torch.inference_mode()
def _fit_others(aligner: nn.Module, corpus: Corpus, index: int, others: Sequence[int], device: str) -> np.ndarray:
    if not others:
        return np.zeros(0)
    mel = torch.from_numpy(corpus.mel(index)).to(device).expand(len(others), -1, -1)
    texts = [torch.tensor(corpus.items[i]["tokens"]) for i in others]
    tokens = nn.utils.rnn.pad_sequence(texts, batch_first=True).to(device)
    lengths = torch.tensor([len(text) for text in texts], device=device)
    frames = torch.full_like(lengths, mel.shape[2])
    return path_scores(aligner(tokens, lengths, mel), lengths, frames)[1].cpu().numpy()
