import hashlib
import logging

import pytest

from tts.text.symbols import BOS, EOS, PAD, SYMBOLS
from tts.text.tokenizer import Tokenizer


def test_symbols_are_single_unique_characters():
    assert len(set(SYMBOLS)) == len(SYMBOLS)
    assert all(len(s) == 1 for s in SYMBOLS)


def test_the_order_of_symbols_never_changes():
    # Trained embeddings depend on the order. New symbols go to the end, so that this line does not change.
    first = "".join(SYMBOLS[:221])
    assert hashlib.sha256(first.encode()).hexdigest()[:16] == "7f1c586077add3eb"


def test_encode_adds_bos_and_eos_and_decode_removes_them():
    tokenizer = Tokenizer()
    ids = tokenizer.encode("həlˈoʊ, wˈɜːld!")
    assert (ids[0], ids[-1]) == (SYMBOLS.index(BOS), SYMBOLS.index(EOS))
    assert tokenizer.decode(ids) == "həlˈoʊ, wˈɜːld!"
    assert tokenizer.decode([*ids, 0, 0]) == "həlˈoʊ, wˈɜːld!"
    assert tokenizer.num_symbols == len(SYMBOLS)


def test_an_unknown_symbol_is_left_out_and_logged_once(caplog):
    tokenizer = Tokenizer()
    with caplog.at_level(logging.WARNING):
        assert tokenizer.decode(tokenizer.encode("a☃b☃")) == "ab"
        tokenizer.encode("☃")
    assert len(caplog.records) == 1
    assert "SNOWMAN" in caplog.text
    assert "U+2603" in caplog.text


def test_special_symbols_in_the_text_are_unknown():
    assert len(Tokenizer().encode("_a^b$")) == 4


@pytest.mark.parametrize("symbols", [["a", PAD, BOS, EOS], [PAD, BOS, "a"], [PAD, BOS, EOS, "a", "a"], []])
def test_invalid_symbol_sets_are_errors(symbols):
    with pytest.raises(ValueError, match="symbol"):
        Tokenizer(symbols)


def test_a_tokenizer_accepts_the_symbols_of_a_voice():
    tokenizer = Tokenizer([PAD, BOS, EOS, "b", "a"])
    assert tokenizer.encode("ab") == [1, 4, 3, 2]
