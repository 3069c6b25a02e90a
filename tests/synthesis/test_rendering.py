import numpy as np
import pytest

from tts.synthesis.rendering import fade_edges


def cut(audio, places):
    return [audio[a:b].copy() for a, b in zip([0, *places], [*places, len(audio)])]


@pytest.mark.parametrize("places", [[], [3], [10, 10, 11, 60], list(range(1, 100))])
def test_chunks_have_the_fades_of_the_whole(places):
    audio = np.ones(100, dtype=np.float32)
    whole = np.concatenate(list(fade_edges(cut(audio, places), 10)))
    assert len(whole) == 100
    np.testing.assert_allclose(whole[:10], np.linspace(0, 1, 10), atol=1e-6)
    np.testing.assert_allclose(whole[-10:], np.linspace(1, 0, 10), atol=1e-6)
    np.testing.assert_array_equal(whole[10:-10], 1.0)


@pytest.mark.parametrize("length", [0, 1, 7, 19])
def test_short_audio_has_short_fades(length):
    whole = np.concatenate(list(fade_edges(cut(np.ones(length, dtype=np.float32), [length // 2]), 10)))
    assert len(whole) == length
    half = length // 2
    np.testing.assert_allclose(whole[:half], np.linspace(0, 1, half))
    np.testing.assert_allclose(whole[::-1], whole)


def test_only_the_length_of_a_fade_is_delayed():
    pieces = fade_edges(iter([np.ones(50, dtype=np.float32), np.ones(50, dtype=np.float32)]), 10)
    assert len(next(pieces)) == 40
