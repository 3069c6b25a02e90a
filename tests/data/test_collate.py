import math

import numpy as np
import torch

from tts.data.collate import Collate
from tts.data.corpus import Utterance


def utterance(name, symbols, frames, aligned=True):
    rng = np.random.default_rng(symbols)
    durations = np.full(symbols, frames // symbols, dtype=np.int64) if aligned else None
    mel = rng.standard_normal((3, frames)).astype(np.float32)
    return Utterance(name, "", "", np.arange(1, symbols + 1, dtype=np.int64), mel, durations)


def test_batches_are_padded_and_have_lengths():
    short, long = utterance("a", 2, 4), utterance("b", 5, 10)
    batch = Collate(floor=1e-5)([short, long])
    assert batch.ids == ["a", "b"]
    assert batch.token_lengths.tolist() == [2, 5]
    assert batch.mel_lengths.tolist() == [4, 10]
    assert batch.tokens.tolist() == [[1, 2, 0, 0, 0], [1, 2, 3, 4, 5]]
    assert batch.mel.shape == (2, 3, 10)
    assert batch.mel.is_contiguous()
    torch.testing.assert_close(batch.mel[0, :, :4], torch.from_numpy(short.mel))
    torch.testing.assert_close(batch.mel[0, :, 4:], torch.full((3, 6), math.log(1e-5)))
    assert batch.durations.tolist() == [[2, 2, 0, 0, 0], [2, 2, 2, 2, 2]]
    assert {t.dtype for t in (batch.tokens, batch.token_lengths, batch.mel_lengths, batch.durations)} == {torch.int64}


def test_a_batch_has_durations_only_if_all_utterances_have_them():
    assert Collate()([utterance("a", 2, 4), utterance("b", 2, 4, aligned=False)]).durations is None
