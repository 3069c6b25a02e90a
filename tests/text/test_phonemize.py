import logging
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import espeakng_loader
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonemizer.backend import EspeakBackend
from phonemizer.backend.espeak.wrapper import EspeakWrapper

from tts.text import espeak
from tts.text.normalize import normalize
from tts.text.offsets import OffsetText
from tts.text.phonemize import Phonemizer
from tts.text.symbols import SYMBOLS


@pytest.fixture(scope="module")
def english():
    return Phonemizer("en-us")


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("Hello, world!", "həlˈoʊ, wˈɜːld!"),
        ('He said: "I read it" (too).', 'hiː sˈɛd: "aɪ ɹˈiːd ɪt" (tˈuː).'),
        ("of the book; of the cat", "ʌvðə bˈʊk; ʌvðə kˈæt"),
        ("yes—no — maybe…", "jˈɛs— nˈoʊ— mˈeɪbiː…"),
        ("The U.S. Army at five p.m. on Monday.", "ðə jˌuːˈɛs ˈɑːɹmi æt fˈaɪv pˌiːˈɛm ˌɔn mˈʌndeɪ."),
        ("J. F. Kennedy", "dʒˈeɪ ˈɛf kˈɛnədi"),
        ("well-known don't", "wˈɛlnˈoʊn dˈoʊnt"),
        ("", ""),
        ("?!", "?!"),
    ],
)
def test_words_become_phonemes_and_punctuation_stays(english, text, phonemes):
    assert english(text) == phonemes


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["cat", "of", "the", "dog"]), st.sampled_from([*",;:.!?…", ""]))))
def test_punctuation_is_unchanged(english, words):
    text = " ".join(word + mark for word, mark in words)
    phonemes = english(text)
    assert [c for c in phonemes if c in ",;:.!?…"] == [mark for _, mark in words if mark]
    assert not any(f" {mark}" in phonemes for mark in ",;:.!?…")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_any_normalized_text_gives_known_symbols(english, text):
    assert set(english(normalize(text))) <= set(SYMBOLS)


def test_a_very_long_word_keeps_its_middle(english):
    assert english("ab" * 250).count("b") >= 250


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich, 1963."),
        ("fr-fr", "Voix ambiguë d'un cœur qui au zéphyr préfère les jattes de kiwis."),
        ("es", "¿Qué pingüino, 25 años, jugaba al fútbol?"),
        ("pl", "Pchnąć w tę łódź jeża lub ośm skrzyń fig."),
        ("ru", "Съешь же ещё этих мягких французских булок."),
        ("ar", "نص حكيم له سر قاطع وذو شأن عظيم"),
        ("hi", "ऋषियों को सताने वाले दुष्ट राक्षसों"),
        ("cmn", "天地玄黄宇宙洪荒"),
        ("vi", "Do bạch kim rất quý, sẽ dùng để lắp vô xương."),
        ("ja", "いろはにほへと ちりぬるを"),
        ("ga", "D'fhuascail Íosa Úrmhac na hÓighe Beannaithe."),
        ("eu", "Vinagrerik eta txokolaterik"),
    ],
)
def test_other_languages_use_no_unknown_symbol(language, text):
    phonemes = Phonemizer(language)(text)
    assert len(phonemes) > 8
    assert set(phonemes) <= set(SYMBOLS)


def test_decimal_commas_do_not_split_numbers():
    assert "kɔmɑː" in Phonemizer("de")("3,5")


def test_an_unknown_language_is_an_error_that_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"no language 'klingonese'.*en-us"):
        Phonemizer("klingonese")


def test_espeak_is_loaded_once_per_language(english):
    before = espeak._engine.cache_info().misses
    Phonemizer("en-us", cached=False)("hello")
    assert espeak._engine.cache_info().misses == before


@pytest.mark.parametrize("language", ["en-us", "en-gb", "de", "fr-fr", "cmn", "vi", "yue", "ja"])
def test_phonemes_equal_those_of_the_phonemizer_backend(language):
    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(str(espeakng_loader.get_data_path()))
    backend = EspeakBackend(
        language, with_stress=True, language_switch="remove-flags", logger=logging.getLogger("quiet")
    )
    for text in ("Hello of the world in 1963 with an email", "Zwölf Boxkämpfer jagen", "天地玄黄 and 25"):
        expected = backend.phonemize([text], strip=True)[0]
        assert espeak.phonemes(text, language) == " ".join(expected.split())


def test_every_phoneme_has_the_source_span_of_its_word(english):
    text = "Some of the well-known books, in the U.S. of 1963."
    phonemes = english.with_offsets(OffsetText(text))
    assert phonemes.text == english(text)
    places = {}
    for i, c in enumerate(phonemes.text):
        places.setdefault(text[phonemes.starts[i] : phonemes.ends[i]], []).append(c)
    assert "".join(places["of"]) == "ʌvʌv"
    assert "".join(places["the"]) == "ðəðə"
    assert "".join(places["well-known"]) == "wˈɛlnˈoʊn"
    assert "".join(places["books"]) == "bˈʊks"
    assert "".join(places["1963"]) == "nˈaɪntiːnhˈʌndɹɪd sˈɪksti θɹˈiː"
    assert places[","] == [","]


def test_overrides_replace_only_their_word(english):
    assert english.with_offsets(OffsetText("of the cat"), overrides={7: "dˈɑːɡ"}).text == "ʌvðə dˈɑːɡ"
    assert english.with_offsets(OffsetText("of the cat"), overrides={3: "ðˈiː"}).text == "ʌv ðˈiː kˈæt"
    assert english.with_offsets(OffsetText("the \U000f0000, and"), fixed=["ˈæpəl"]).text == "ðɪ ˈæpəl, ænd"


def test_the_system_espeak_is_not_used():
    code = "from tts.text.phonemize import Phonemizer; assert Phonemizer()('cat') == 'kˈæt'"
    environment = os.environ | {"PATH": "", "PHONEMIZER_ESPEAK_LIBRARY": "/nonexistent", "PYTHONIOENCODING": "utf-8"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)


def test_data_with_a_long_path_are_copied_to_a_short_one(monkeypatch, tmp_path):
    deep = tmp_path / ("d" * 120) / "espeak-ng-data"
    deep.mkdir(parents=True)
    monkeypatch.setattr(espeakng_loader, "get_data_path", lambda: str(deep))
    (deep / "phontab").write_text("data")
    short = espeak.data_path.__wrapped__()
    assert len(short) <= espeak.MAX_DATA_PATH
    assert Path(short, "phontab").read_text() == "data"


def test_the_phonemizer_can_be_pickled(english):
    assert pickle.loads(pickle.dumps(english))("cat") == "kˈæt"


def test_threads_get_the_same_phonemes_as_one_thread(english):
    german, wrong = Phonemizer("de"), []

    def work(phonemizer, word, expected):
        wrong.extend(p for p in (phonemizer(word) for _ in range(50)) if p != expected)

    jobs = [(english, "cat", english("cat")), (german, "Katze", german("Katze"))] * 2
    threads = [threading.Thread(target=work, args=job) for job in jobs]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert wrong == []
