import pytest

from tts.core.errors import TextError
from tts.text.frontend import TextFrontend
from tts.text.lexicon import ARPABET, Lexicon, from_arpabet, is_arpabet
from tts.text.symbols import SYMBOLS


@pytest.mark.parametrize(
    ("arpabet", "ipa"),
    [
        ("HH AH0 L OW1", "həlˈoʊ"),
        ("F AE1 M AH0 L IY0", "fˈæməli"),
        ("B ER1 D", "bˈɜːd"),
        ("B AH1 T ER0", "bˈʌɾɚ"[:3] + "tɚ"),
    ],
)
def test_arpabet_is_converted_to_ipa(arpabet, ipa):
    assert from_arpabet(arpabet) == ipa


def test_every_arpabet_phone_has_symbols():
    assert all(
        set(from_arpabet(f"{phone}{stress}")) <= set(SYMBOLS) for phone in ARPABET for stress in ("", "0", "1", "2")
    )


@pytest.mark.parametrize("text", ["", "HELLO", "HH AH9", "hh ah", "A B"])
def test_other_text_is_not_arpabet(text):
    assert not is_arpabet(text)


def lexicon(tmp_path, content):
    path = tmp_path / "words.txt"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_lexicon_changes_words_and_their_possessives(tmp_path):
    path = lexicon(tmp_path, "# ours\n;;; CMU's\nXylo  Z AY1 L OW0\ngif dʒˈɪf\nNice nˈiːs\nwell-read wˈɛlɹˈɛd\n\n")
    frontend = TextFrontend("en-us", lexicon=path)
    assert len(Lexicon(path, SYMBOLS)) == 4
    assert frontend("the Xylo of the GIF").phonemes == "ðə zˈaɪloʊ ʌvðə dʒˈɪf"
    assert frontend("Xylo's gif").phonemes == "zˈaɪloʊz dʒˈɪf"
    assert frontend("Nice is nice").phonemes == "nˈiːs ɪz nˈaɪs"
    assert frontend("a well-read man").phonemes == "ɐ wˈɛlɹˈɛd mˈæn"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("good ɡˈʊd\nbad bˈ§d\n", r"words.txt, line 2: .*'§' \(U\+00A7 section sign\)"),
        ("hello ZZ9\n", r"line 1: ZZ9 is neither IPA nor an ARPAbet phone"),
        ("word\n", r"line 1: 'word' has no pronunciation"),
        ("word ˈˌ\n", r"line 1: .* has no sound"),
    ],
)
def test_an_error_names_the_wrong_line(tmp_path, content, complaint):
    with pytest.raises(TextError, match=complaint):
        TextFrontend("en-us", lexicon=lexicon(tmp_path, content))


def test_lexicon_phonemes_must_be_symbols_of_the_voice(tmp_path):
    with pytest.raises(TextError, match="no symbol 'ʒ'"):
        TextFrontend("en-us", symbols=[s for s in SYMBOLS if s != "ʒ"], lexicon=lexicon(tmp_path, "gif dʒˈɪf\n"))


def test_an_error_names_a_missing_lexicon(tmp_path):
    with pytest.raises(TextError, match=r"missing.txt cannot be read \(No such file"):
        TextFrontend("en-us", lexicon=tmp_path / "missing.txt")


def test_a_lexicon_in_capitals_matches_any_case(tmp_path, caplog):
    path = tmp_path / "cmu.txt"
    path.write_text("HELLO  HH AH0 L OW1\nREAD  R IY1 D\nREAD(1)  R EH1 D\nGIF  JH IH1 F\n")
    frontend = TextFrontend("en-us", lexicon=path)
    assert frontend("hello Hello HELLO read").phonemes == "həlˈoʊ həlˈoʊ həlˈoʊ ɹˈiːd"
    assert frontend("gifs GIFs gif's").phonemes == "dʒˈɪfs dʒˈɪfs dʒˈɪfs"
    assert "1 variants such as READ(1)" in caplog.text


def test_two_words_on_a_line_are_an_error(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("New York  n uː j ɔːɹ k\n")
    with pytest.raises(TextError, match=r"line 1.*one word per line: another word follows 'New'"):
        TextFrontend("en-us", lexicon=path)
