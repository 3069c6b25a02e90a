import gc
import logging
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts.core.errors import TextError
from tts.text.emphasis import EmphasisSpans
from tts.text.english import English
from tts.text.frontend import TextFrontend
from tts.text.markup import InlinePhonemes, segments
from tts.text.sentences import COMMA_PAUSE, PARAGRAPH_PAUSE, SENTENCE_PAUSE
from tts.text.ssml import is_ssml
from tts.text.unicode_cleanup import FIRST_PLACEHOLDER


@pytest.fixture(scope="module")
def frontend():
    return TextFrontend("en-us")


def speak(inner):
    return f"<speak>{inner}</speak>"


def heard(frontend, text):
    return " / ".join(part.reading.phonemes for part in frontend.read(text))


def test_inline_phonemes_reach_the_tokens(frontend):
    reading = frontend("Say [[həlˈoʊ]], or {HH AH0 L OW1}!")
    assert reading.phonemes == "sˈeɪ həlˈoʊ, ɔːɹ həlˈoʊ!"
    assert reading.normalized == "Say [[həlˈoʊ]], or [[həlˈoʊ]]!"
    assert [w.text for w in reading.words] == ["Say", "[[həlˈoʊ]]", "or", "{HH AH0 L OW1}"]


@pytest.mark.parametrize("text", ["a {brace} here", "f{X}", "[one] pair", "a < b and c > d", "<speaking> of it"])
def test_other_brackets_are_plain_text(frontend, text):
    assert len(frontend(text).words) >= 2


def test_unknown_inline_symbols_are_errors_with_a_position(frontend):
    with pytest.raises(TextError, match=r"inline phonemes at character 5: .*'§' \(U\+00A7"):
        frontend("Say [[a§]].")


def test_placeholder_characters_are_removed_from_the_input(frontend):
    assert frontend("a \U000f0000b").phonemes == frontend("a b").phonemes


@pytest.mark.parametrize(
    ("text", "expected"),
    [("<speak>Hi</speak>", True), (' <?xml version="1.0"?>\n<speak version="1.1">Hi</speak>', True),
     ("I <speak>", False), ("a < b", False), ("<speaker>", False), ("speak", False)],
)  # fmt: skip
def test_plain_text_is_not_ssml(text, expected):
    assert is_ssml(text) is expected


@pytest.mark.parametrize(
    ("inner", "phonemes"),
    [
        ('<sub alias="World Wide Web">WWW</sub>', "wˈɜːld wˈaɪd wˈɛb"),
        ('<phoneme alphabet="ipa" ph="təmˈɑːtoʊ">tomato</phoneme>', "təmˈɑːtoʊ"),
        ('<phoneme alphabet="x-cmu" ph="HH AY1">x</phoneme>', "hˈaɪ"),
        ('<say-as interpret-as="characters">AB1</say-as>', "ˈeɪ bˈiː wˌʌn"),
        ('<say-as interpret-as="digits">12</say-as>', "wˈʌn tˈuː"),
        ('<say-as interpret-as="ordinal">3</say-as>', "θˈɜːd"),
        ('<say-as interpret-as="cardinal">1963</say-as>', "wˈʌn θˈaʊzənd nˈaɪn hˈʌndɹɪd sˈɪkstiθɹˈiː"),
        ("R &amp; D &lt; 5", "ˈɑːɹ ænd dˈiː ɪz lˈɛs ðɐn fˈaɪv"),
        ("<![CDATA[a cat]]>", "ɐ kˈæt"),
        ('it <emphasis level="strong">can</emphasis> be', "ɪt kˈæn bˈiː"),
        ('<emphasis level="reduced">never</emphasis>', "nˌɛvɚ"),
        ('<prosody rate="slow">a cat</prosody>. A dog', "ɐ kˈæt. / ɐ dˈɑːɡ"),
        ("one<break/>two", "wˌʌn / tˈuː"),
    ],
)
def test_supported_tags_change_the_normalized_text(frontend, inner, phonemes):
    assert heard(frontend, speak(inner)) == phonemes


def test_breaks_and_prosody_set_pauses_and_rates(frontend):
    parts = frontend.read(
        speak(
            '<p>One <break time="700ms"/> two.</p><prosody rate="slow">Three. Four.</prosody>'
            '<break strength="strong"/>five'
        )
    )
    assert [part.reading.text.strip() for part in parts] == ["One", "two.", "Three.", "Four.", "five"]
    assert [part.pause for part in parts[:2]] == [0.7, PARAGRAPH_PAUSE]
    assert parts[3].pause == 0.5
    assert [part.rate for part in parts] == [1, 1, 0.75, 0.75, 1]


def test_spans_point_into_the_source(frontend):
    source = '<speak>é "dog" &amp; <prosody rate="80%">the <sub alias="feline">cat</sub></prosody> 5€</speak>'
    words = [word for part in frontend.read(source) for word in part.reading.words]
    assert [word.text for word in words] == ["é", "dog", "&amp;", "the", "cat", "5", "€"]
    assert all(source[word.char_start : word.char_end] == word.text for word in words)


def test_unknown_tags_are_ignored_with_a_warning(frontend, caplog):
    with caplog.at_level(logging.WARNING):
        assert heard(frontend, speak("<voice>a cat</voice>")) == "ɐ kˈæt"
    assert "<voice> is unknown" in caplog.text


BOMB = '<!DOCTYPE speak [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><speak>&b;</speak>'
FILE = '<!DOCTYPE speak [<!ENTITY x SYSTEM "file:///etc/passwd">]><speak>&x;</speak>'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (BOMB, "document type"),
        (FILE, "document type"),
        ("<speak>Hi", "line 1, column 10"),
        ("<speak><p>Hi</speak>", "mismatched tag"),
        ("<speak>a & b</speak>", "&amp;"),
        ("<speak>&unknown;</speak>", "undefined entity"),
        ('<speak><break time="soon"/>a</speak>', "500ms"),
        ('<speak><prosody rate="warp">a</prosody></speak>', "x-slow"),
        ('<speak><prosody rate="900%">a</prosody></speak>', "between"),
        ('<speak><prosody pitch="200Hz">a</prosody></speak>', "x-low"),
        ('<speak><prosody pitch="+40st">a</prosody></speak>', "semitones"),
        ('<speak><prosody pitch="-100%">a</prosody></speak>', "not a valid pitch"),
        ('<speak><prosody volume="50">a</prosody></speak>', "x-soft"),
        ('<speak><phoneme ph="§">a</phoneme></speak>', "<phoneme> at character 8: .*§"),
        ("<speak></speak>", "the text is empty"),
    ],
)
def test_invalid_ssml_is_an_error_with_the_reason(frontend, text, complaint):
    with pytest.raises(TextError, match=complaint):
        frontend.read(text)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet='<>/speak&;"= [x]{A}\n', max_size=60), st.booleans())
def test_any_ssml_is_read_or_raises_text_error(frontend, text, wrapped):
    try:
        parts = frontend.read(speak(text) if wrapped else text)
    except TextError:
        return
    assert all(0 <= start <= end for part in parts for start, end in part.reading.spans)


def test_comments_before_plain_text_are_matched_fast():
    assert not is_ssml("<!---->" * 200 + "x")
    assert is_ssml("<!-- a --> <!---->" * 20 + "<speak>hi</speak>")
    assert is_ssml('<!DOCTYPE a [<!ENTITY b "c">]><speak>hi</speak>')


@pytest.mark.parametrize(("rate", "least", "most"), [("0.25", 0.2, 0.25), ("4", 4, 5)])
def test_nested_rates_multiply_within_limits(rate, least, most):
    text = "<speak>" + f'<prosody rate="{rate}">' * 40 + "hello" + "</prosody>" * 40 + " there</speak>"
    slow, usual = segments(text, InlinePhonemes([]), English())
    assert least <= slow.rate <= most
    assert usual.rate == 1.0


def test_the_innermost_emphasis_applies():
    spans = EmphasisSpans([(5, 9, "strong"), (0, 20, "moderate"), (12, 15, "reduced"), (30, 40, "none")])
    found = [spans.level_at(start, start + 1) for start in (0, 5, 8, 9, 12, 16, 25, 30, 39)]
    assert found == ["moderate", "strong", "strong", "moderate", "reduced", "moderate", None, "none", "none"]
    assert spans.level_at(8, 11) == "moderate"
    assert spans.level_at(19, 21) is None
    assert EmphasisSpans().level_at(0, 1) is None


@pytest.mark.parametrize("unit", ["<emphasis>a</emphasis> ", "<break/>.", "<s><emphasis>a</emphasis></s>"])
def test_markup_is_parsed_in_linear_time(unit):
    def seconds(times):
        gc.disable()
        start = time.process_time()
        found = segments(speak("a" + unit * times), InlinePhonemes(["a"]), English())
        gc.enable()
        assert sum(segment.emphasis is found[0].emphasis for segment in found) == len(found)
        for segment in found:
            segment.emphasis.level_at(*segment.text.span())
        return time.process_time() - start

    few = min(seconds(1000) for _ in range(3))
    assert seconds(16_000) < 100 * max(few, 0.01)  # 16 times the text; in proportion to its square it would be 256


def test_too_deep_markup_is_an_error_with_its_position():
    with pytest.raises(TextError, match="nests more than 200 tags at character"):
        segments("<speak>" * 5000 + "x" + "</speak>" * 5000, InlinePhonemes([]), English())


def test_equal_inline_phonemes_share_a_placeholder(frontend, monkeypatch):
    assert frontend("[[a]] " * 300).phonemes.split() == ["a"] * 300
    monkeypatch.setattr("tts.text.markup.LAST_PLACEHOLDER", FIRST_PLACEHOLDER + 2)
    frontend("[[a]] [[i]] [[u]] [[a]]")
    with pytest.raises(TextError, match="may have 3 different inline phonemes"):
        frontend("[[a]] [[i]] [[u]] [[æ]]")


def test_surrogates_are_not_spoken(frontend):
    for text in ("hello \ud800 there", speak("hello \udfff there")):
        reading = frontend(text)
        assert reading.phonemes == frontend("hello there").phonemes
        assert all(word.text == text[word.char_start : word.char_end] for word in reading.words)


@pytest.mark.parametrize(
    ("inner", "spoken"),
    [
        ('<say-as interpret-as="cardinal">3.14</say-as>', "three point one four"),
        ('<say-as interpret-as="number">1,234.5</say-as>', "one thousand two hundred thirty-four point five"),
        ('<say-as interpret-as="cardinal">-7</say-as>', "minus seven"),
        ('<say-as interpret-as="cardinal">.75</say-as>', "point seven five"),
        ('<say-as interpret-as="number">40 %</say-as>', "forty percent"),
        ('<say-as interpret-as="cardinal">2e5</say-as>', "two times ten to the power of five"),
        ('<say-as interpret-as="ordinal">XIV</say-as>', "fourteenth"),
        ('<say-as interpret-as="cardinal">XIV</say-as>', "fourteen"),
        ('<say-as interpret-as="date" format="mdy">10-19-2003</say-as>', "October nineteenth, two thousand three"),
        ('<say-as interpret-as="date" format="yyyymmdd">20200910</say-as>', "September tenth, twenty twenty"),
        ('<say-as interpret-as="date" format="dm">3.5.</say-as>', "May third"),
        ('<say-as interpret-as="date" format="y">1984</say-as>', "nineteen eighty-four"),
        ('<say-as interpret-as="characters">B-2</say-as>', "B dash two"),
        ('<say-as interpret-as="telephone">1-800-FLOWERS</say-as>', "one, eight zero zero, F. L. O. W. E. R. S."),
        ("Tom&nbsp;&amp;&nbsp;Jerry", "Tom and Jerry"),
    ],
)
def test_say_as_and_entities_are_normalized(frontend, inner, spoken):
    assert " / ".join(part.reading.normalized for part in frontend.read(speak(inner))) == spoken


def test_punctuation_sets_the_pauses_around_a_change_of_rate(frontend):
    slow = '<prosody rate="slow">Two sentence.</prosody>'
    parts = frontend.read(speak(f"One sentence. {slow} Three sentence."))
    assert [part.pause for part in parts] == [SENTENCE_PAUSE] * 3
    parts = frontend.read(speak('He said <prosody rate="200%">this fast</prosody>, then this.'))
    assert [part.pause for part in parts] == [0.0, COMMA_PAUSE, SENTENCE_PAUSE]


def test_a_leading_break_gives_silence_before_the_first_sentence(frontend):
    first, second = frontend.read(speak('<break time="2s"/>One. Two.'))
    assert (first.lead, second.lead) == (2.0, 0.0)


def test_an_unknown_arpabet_phone_is_a_warning(frontend, caplog):
    frontend.read("Say {HH QQ} now.")
    assert "character 5: QQ is no ARPAbet phone" in caplog.text
    caplog.clear()
    frontend.read("Dear {NAME}.")
    assert not caplog.text


def test_a_break_at_the_end_gives_silence_after_the_last_sentence(frontend):
    first, last = frontend.read(speak('One. Two.<break time="2s"/></p>').replace("One.", "<p>One."))
    assert (first.tail, last.tail) == (0.0, 2.0)
    assert frontend.read(speak("<p>One.</p>"))[-1].tail == 0.0


@pytest.mark.parametrize("time", ["9999s", "31000ms"])
def test_a_break_beyond_the_limit_is_an_error(frontend, time):
    with pytest.raises(TextError, match="30 s that a break may last"):
        frontend.read(speak(f'One <break time="{time}"/> two.'))


def test_phoneme_tags_accept_x_sampa_and_arpabet(frontend, caplog):
    text = '<phoneme alphabet="x-sampa" ph="pI&quot;kA:n">pecan</phoneme> pie'
    assert heard(frontend, speak(text)) == "pɪˈkɑːn pˈaɪ"
    with pytest.raises(TextError, match=r"alphabet.*x-klingon.*ipa"):
        frontend.read(speak('<phoneme alphabet="x-klingon" ph="a">a</phoneme>'))
    frontend.read(speak('<prosody contour="(0%,+20Hz)">Louder.</prosody>'))
    assert "contour" in caplog.text


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('pitch="high"', (1.0, 3.0, 0.0)),
        ('pitch="-2st" volume="soft"', (1.0, -2.0, -6.0)),
        ('pitch="+100%" rate="2"', (2.0, 12.0, 0.0)),
        ('volume="+4.5dB"', (1.0, 0.0, 4.5)),
    ],
)
def test_prosody_sets_rate_pitch_and_volume(attributes, expected):
    (part,) = TextFrontend("en-us").read(f"<speak><prosody {attributes}>Hello.</prosody></speak>")
    assert (part.rate, part.pitch, part.volume) == expected


def test_nested_prosody_adds_up_within_limits():
    text = '<prosody pitch="+10st" volume="-70dB">' * 3 + "Hello." + "</prosody>" * 3
    (part,) = TextFrontend("en-us").read(f"<speak>{text}</speak>")
    assert (part.pitch, part.volume) == (12.0, -100.0)
