import numpy as np
import pytest

from tts.data.engines import EngineError
from tts.data.engines.misaki import symbol_bounds, to_misaki
from tts.text.frontend import TextFrontend

# of Kokoro's vocabulary, what American English needs
KNOWN = set(' ;:,.!?—…"()“”AIOTWYᵊbdfhijklmnpstuvwzæðŋɑɔəɛɜɡɪɹʃʊʌʒʤʧθˈˌᵻ')


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("hɐlˈoʊ ðˈɛɹ", "həlˈO ðˈɛɹ"),
        ("dʒˈʌdʒ tʃˈɜːtʃ", "ʤˈʌʤ ʧˈɜɹʧ"),
        ("bˈɜːɹd", "bˈɜɹd"),
        ("tˈeɪbəl", "tˈAbᵊl"),
        ("bˈʌʔn\u0329", "bˈʌtᵊn"),
        ("wˈɔːɾɚ", "wˈɔTəɹ"),
        ("aɪdˈiə", "Idˈiə"),
        ("ɹˈɪəl", "ɹˈɪᵊl"),
        ("ɡoʊ-kɑːɹt", "ɡOkɑɹt"),
    ],
)
def test_phonemes_are_converted_to_misaki(ours, theirs):
    pairs = to_misaki(ours)
    assert "".join(pair.theirs for pair in pairs) == theirs
    assert "".join(pair.ours for pair in pairs) == ours


def test_all_phonemes_of_the_frontend_are_in_misaki():
    texts = [
        "The quick brown fox jumps over the lazy dog, doesn't it? Yes; a measure of pleasure!",
        "A little button; the water bottle, Loch Ness, a rogue's vineyard, the fire engine, our hour.",
        "Judge Church's choir aged eighty-eight: ooh, boy, now! Thirty thousand months (theirs) beneath a vision.",
        "He said, “Bach, croissant, naïve, déjà vu” — the café's genre… uh-oh, hmm.",
    ]
    frontend = TextFrontend("en-us")
    for text in texts:
        for pair in to_misaki("".join(frontend(text).symbols[1:-1])):
            assert set(pair.theirs) <= KNOWN, (text, pair)


def test_symbols_of_a_pair_share_its_time():
    pairs = to_misaki("tʃˈɚ-x")  # ʧ ˈ əɹ (nothing) k
    frames = np.array([3, 4, 0, 1, 2, 5, 6])  # silence, ʧ, ˈ, ə, ɹ, k, silence
    bounds = symbol_bounds(pairs, KNOWN, frames)
    assert bounds.tolist() == [3, 5, 7, 7, 10, 10, 15]
    with pytest.raises(EngineError, match="5 symbols were requested, but 4 were spoken"):
        symbol_bounds(pairs, KNOWN, frames[:-1])


def test_unknown_symbols_take_no_time():
    assert symbol_bounds(to_misaki("s¿t"), KNOWN, np.array([1, 2, 3, 4])).tolist() == [1, 3, 3, 6]
