"""The check finds texts that fit another recording better, and no others."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from tts.training.text_check import misplaced_texts, path_scores

NUM_SYMBOLS = 12


class PerfectAligner(nn.Module):
    """An aligner that recognizes every symbol, because frames are one-hot."""

    def forward(self, tokens, token_lengths, mel):
        return mel.mT @ nn.functional.one_hot(tokens, NUM_SYMBOLS).float().mT - 1.0


class FakeCorpus:
    """Recordings that match their texts, with three frames per symbol. ``swapped`` exchanges two texts."""

    def __init__(self, num_clips=16, swapped=()):
        draw = np.random.default_rng(1)
        said = [draw.integers(1, NUM_SYMBOLS, 9 + i % 3) for i in range(num_clips)]
        self._mels = [np.eye(NUM_SYMBOLS, dtype=np.float32)[np.repeat(text, 3)].T for text in said]
        self._mels = [mel + 0.02 * draw.standard_normal(mel.shape).astype(np.float32) for mel in self._mels]
        texts = list(said)
        if swapped:
            a, b = swapped
            texts[a], texts[b] = texts[b], texts[a]
        self.items = [{"id": f"u{i}", "text": str(i), "tokens": text.tolist()} for i, text in enumerate(texts)]
        self.num_tokens = np.array([len(text) for text in texts])
        self.num_frames = np.array([mel.shape[1] for mel in self._mels])

    def mel(self, index):
        return self._mels[index]

    def fits(self):
        return [float(self._fit(i)[1]) for i in range(len(self.items))]

    def _fit(self, i):
        tokens, mel = torch.tensor([self.items[i]["tokens"]]), torch.from_numpy(self._mels[i])[None]
        lengths, frames = torch.tensor([tokens.shape[1]]), torch.tensor([mel.shape[2]])
        return path_scores(PerfectAligner()(tokens, lengths, mel), lengths, frames)


def named(corpus):
    return {problem.id: problem.detail for problem in misplaced_texts(PerfectAligner(), corpus, corpus.fits())}


@pytest.mark.parametrize("swapped", [(3, 4), (0, 15), (2, 11)])
def test_swapped_texts_of_similar_length_are_found(swapped):
    a, b = swapped
    found = named(FakeCorpus(swapped=swapped))
    assert set(found) == {f"u{a}", f"u{b}"}
    assert found[f"u{a}"].startswith(f"the text of u{b} fits it better")


def test_texts_that_were_swapped_far_apart_are_found():
    """Neither stands near the other's recording, and many texts have a more similar length."""
    found = named(FakeCorpus(num_clips=90, swapped=(5, 70)))
    assert set(found) == {"u5", "u70"}


def test_correct_texts_are_not_reported():
    assert named(FakeCorpus()) == {}
    assert misplaced_texts(PerfectAligner(), SimpleNamespace(items=[]), []) == []


def test_the_score_is_the_mean_along_the_path_without_padding():
    logits = torch.full((2, 6, 3), -5.0)
    for frame, symbol in enumerate([0, 0, 1, 2, 2, 2]):
        logits[0, frame, symbol] = -1.0
    logits[1, :4, 0], logits[1, 4:] = -2.0, float("nan")
    logits[1, 2:4, 0], logits[1, 2:4, 1] = -5.0, -3.0
    durations, fits = path_scores(logits.nan_to_num(9.0), torch.tensor([3, 2]), torch.tensor([6, 4]))
    assert durations.tolist() == [[2, 1, 3], [2, 2, 0]]
    torch.testing.assert_close(fits, torch.tensor([-1.0, -2.5]))
