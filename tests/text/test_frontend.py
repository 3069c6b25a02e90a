import logging
import pickle
import subprocess
import sys

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import get_class
from omegaconf import OmegaConf

from tts.core.config import config_root, instantiate
from tts.text.frontend import TextError, TextFrontend
from tts.text.language import Language, written_language
from tts.text.symbols import BOS, EOS, SYMBOLS


@pytest.fixture(scope="module")
def frontend():
    return TextFrontend("en-us")


def test_encoded_text_holds_the_value_of_every_step(frontend):
    reading = frontend("Dr. Jones, 5!")
    assert reading.text == "Dr. Jones, 5!"
    assert reading.normalized == "doctor Jones, five!"
    assert reading.phonemes == "dˈɑːktɚ dʒˈoʊnz, fˈaɪv!"
    assert reading.symbols == [BOS, *reading.phonemes, EOS]
    assert [SYMBOLS[t] for t in reading.tokens] == reading.symbols


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("?!...", "only signs"),
        ("😀", "only signs"),
        ("\x00\x01", "only signs"),
        ("Привет", "cannot|no letter"),
        ("\ud800", "only signs"),
    ],
)
def test_text_without_words_raises_an_error_with_the_reason(frontend, text, complaint):
    with pytest.raises(TextError, match=complaint) as error:
        frontend(text)
    assert str(error.value).isprintable()


def test_unreadable_letters_are_logged(frontend, caplog):
    with caplog.at_level(logging.WARNING):
        assert frontend("hello, мир").normalized == "hello,"
    assert "м" in caplog.text


def test_accents_and_ligatures_are_readable(frontend, caplog):
    with caplog.at_level(logging.WARNING):
        frontend("café naïve ﬁne Ångström cafe\u0301")
    assert caplog.text == ""


def test_a_word_of_500_letters_is_encoded(frontend):
    assert len(frontend("a" * 500).tokens) > 500


def test_ten_thousand_words_are_encoded_in_one_call(frontend):
    assert frontend("the cat " * 5000).phonemes.count("kˈæt") == 5000


def test_sentences_come_before_the_rest_is_read(frontend, monkeypatch):
    normalize, normalized = frontend.rules.normalize, []
    monkeypatch.setattr(
        frontend.rules, "normalize", lambda text, emoji: normalized.append(text.text) or normalize(text, emoji)
    )
    text = " ".join(f"This is number {i}." for i in range(500))
    sentences = frontend.sentences(text)
    assert [next(sentences).reading.text for _ in range(2)] == ["This is number 0.", "This is number 1."]
    assert len(normalized) < 250
    assert [part.reading.text for part in sentences] == [f"This is number {i}." for i in range(2, 500)]
    assert len(normalized) == 500


def test_languages_without_rules_use_espeak_numbers():
    reading = TextFrontend("nl")("Dat zijn 3,50 € voor straten.")
    assert reading.normalized == "Dat zijn 3,50 € voor straten."
    assert "drˈi" in reading.phonemes


def test_symbols_that_a_voice_lacks_are_dropped(caplog):
    frontend = TextFrontend("en-us", symbols=["_", "^", "$", "k", "æ", "t"])
    with caplog.at_level(logging.WARNING):
        assert frontend("cat").symbols == ["^", "k", "æ", "t", "$"]
    assert "MODIFIER LETTER VERTICAL LINE" in caplog.text
    assert frontend.num_symbols == 6


@pytest.mark.parametrize("path", sorted((config_root() / "conf" / "text").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_language_of_a_yaml_is_found_by_its_name(path):
    """A new ``conf/text/NAME.yaml`` needs its class in `WRITTEN_LANGUAGES`, for ``--language NAME``."""
    config = OmegaConf.load(path)
    if OmegaConf.is_missing(config, "language"):
        return
    kind = Language if config.rules is None else get_class(config.rules._target_)
    found = written_language(config.language)
    assert isinstance(found, kind)
    assert type(found) is not Language


def test_the_configuration_builds_the_frontend():
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        frontend = instantiate(compose("text/english").text)
    assert frontend.symbols == list(SYMBOLS)


def test_the_frontend_can_be_pickled(frontend):
    assert pickle.loads(pickle.dumps(frontend))("cat") == frontend("cat")


def test_the_frontend_does_not_import_torch():
    code = "import sys, tts.text.frontend; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
