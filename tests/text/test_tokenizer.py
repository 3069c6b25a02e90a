import hashlib
import logging

import pytest

from tts.text.symbols import BOS, EOS, PAD, SYMBOLS
from tts.text.tokenizer import Tokenizer


def test_symbols_are_single_and_unique():
    assert len(set(SYMBOLS)) == len(SYMBOLS)
    assert all(len(s) == 1 for s in SYMBOLS)


def test_the_order_of_symbols_never_changes():
    # Trained embeddings depend on it. New symbols go to the end; this line then stays as it is.
    first = "".join(SYMBOLS[:221])
    assert hashlib.sha256(first.encode()).hexdigest()[:16] == "7f1c586077add3eb"


def test_encoding_adds_the_ends_and_decoding_takes_them_off():
    tokenizer = Tokenizer()
    ids = tokenizer.encode("həlˈoʊ, wˈɜːld!")
    assert (ids[0], ids[-1]) == (SYMBOLS.index(BOS), SYMBOLS.index(EOS))
    assert tokenizer.decode(ids) == "həlˈoʊ, wˈɜːld!"
    assert tokenizer.decode([*ids, 0, 0]) == "həlˈoʊ, wˈɜːld!"
    assert tokenizer.num_symbols == len(SYMBOLS)


def test_an_unknown_symbol_is_left_out_and_reported_once_by_name(caplog):
    tokenizer = Tokenizer()
    with caplog.at_level(logging.WARNING):
        assert tokenizer.decode(tokenizer.encode("a☃b☃")) == "ab"
        tokenizer.encode("☃")
    assert len(caplog.records) == 1
    assert "SNOWMAN" in caplog.text
    assert "U+2603" in caplog.text


def test_special_symbols_in_the_text_are_strangers():
    assert len(Tokenizer().encode("_a^b$")) == 4


@pytest.mark.parametrize("symbols", [["a", PAD, BOS, EOS], [PAD, BOS, "a"], [PAD, BOS, EOS, "a", "a"], []])
def test_impossible_symbol_sets_are_refused(symbols):
    with pytest.raises(ValueError, match="symbols"):
        Tokenizer(symbols)


def test_a_voice_brings_its_own_symbols():
    tokenizer = Tokenizer([PAD, BOS, EOS, "b", "a"])
    assert tokenizer.encode("ab") == [1, 4, 3, 2]
