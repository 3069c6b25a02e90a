import numpy as np
import pytest

from tts.alignment import score_heads


def test_alignment_heads_differ_from_static_and_random_heads():
    reads, stands = np.repeat(np.eye(6), 4, axis=0), np.eye(6)[np.zeros(24, dtype=int)]
    wanders = np.eye(6)[np.random.default_rng(0).permutation(np.arange(24) % 6)]
    blurred = np.full((24, 6), 1 / 6)
    scores = score_heads(np.stack([reads, stands, wanders, blurred]), ["reads", "stands", "wanders", "blurred"])
    assert [score.name for score in scores if score.is_aligned] == ["reads"]
    assert scores[0].path_mass == scores[0].coverage == scores[0].focus == 1.0
    assert scores[1].focus == 1.0
    assert scores[1].coverage == pytest.approx(1 / 6)
    assert scores[2].path_mass < 0.5


def test_every_head_needs_a_name():
    with pytest.raises(ValueError, match="argument"):
        score_heads(np.zeros((2, 3, 3)), ["one"])
