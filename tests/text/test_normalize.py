import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts.text.normalize import clean, normalize

WRITTEN_AND_SPOKEN = [
    ("Dr. Jones paid $3.50", "doctor Jones paid three dollars fifty cents"),
    ("Mr Smith and Mrs. Smith.", "mister Smith and missus Smith."),
    ("St. Paul's, on Main St. near Oak St., too", "saint Paul's, on Main street near Oak street, too"),
    ("apples, pears, etc.", "apples, pears, et cetera."),
    ("Acme Corp. is. At Acme Corp. We", "Acme corporation is. At Acme corporation. We"),
    ("i.e. this, e.g. that", "that is, this, for example, that"),
    ("No. 5 and pp. 3-4", "number five and pages three to four"),
    ("He said No. Then", "He said No. Then"),
    ("serial No. C2766", "serial number C two seven six six"),
    ("$0.05, $1.01, $1.00, £2.99", "five cents, one dollar one cent, one dollar, two pounds ninety-nine pence"),
    ("$1.2 million or $5-$10", "one point two million dollars or five dollars to ten dollars"),
    ("$1,234,567", "one million two hundred thirty-four thousand five hundred sixty-seven dollars"),
    ("5% or 2.5 %", "five percent or two point five percent"),
    ("3.14, .5, -2 and 1.2.3", "three point one four, point five, minus two and one point two point three"),
    ("1st, 22nd, 103rd", "first, twenty-second, one hundred third"),
    (
        "in 1905, 1900, 2007 and 2024",
        "in nineteen oh-five, nineteen hundred, two thousand seven and twenty twenty-four",
    ),
    ("the 1990s and '60s", "the nineteen nineties and sixties"),
    ("from 1914–1918", "from nineteen fourteen to nineteen eighteen"),
    ("On Nov. 22, 1963, at 12:30 p.m.", "On November twenty-second, nineteen sixty-three, at twelve thirty p.m."),
    ("2024-01-31", "January thirty-first, twenty twenty-four"),
    ("5:00, 5:00 p.m., 10:05", "five o'clock, five p.m., ten oh five"),
    ("1/2, 3/4, 2 1/2, 7/8, ½", "one half, three quarters, two and one half, seven eighths, one half"),
    ("call 555-1234, agent 007", "call five five five, one two three four, agent zero zero seven"),
    ("5kg at 20°C", "five kilograms at twenty degrees Celsius"),
    ("H2O, B2B", "H two O, B two B"),
    ("1,000,000 and 50,000", "one million and fifty thousand"),
    ("R&D + C# = 1", "R and D plus C number equals one"),
    ("me@example.com", "me at example dot com"),
    ("The U.S. at 5 a.m., says J. F. Kennedy", "The U.S. at five a.m., says J. F. Kennedy"),
    ("“don’t” – he said…", '"don\'t" — he said…'),
    ("wait...what -- no", "wait… what — no"),
    ("Stop!!! Now", "Stop! Now"),
    ("x² and １２ and ٣", "x squared and twelve and three"),
    ("naïve café 😀 αβ", "naïve café αβ"),
    ("a\x00b\u200bc\nd", "a bc d"),
    ("hello Привет 你好", "hello"),
]


@pytest.mark.parametrize(("written", "spoken"), WRITTEN_AND_SPOKEN)
def test_written_becomes_spoken(written, spoken):
    assert normalize(written) == spoken


@pytest.mark.parametrize("text", ["", " ", "...", "?!", "😀👍🏽", "Привет", "你好。", "\x00\x07", "\ud800"])
def test_nothing_to_say_gives_nothing(text):
    assert normalize(text) == ""


def test_plain_text_stays_as_it_is():
    text = 'The Middle Ages brought calligraphy to perfection, and "so" (perhaps) it was; was it not? Yes!'
    assert normalize(text) == text


NUMBERISH = st.text(alphabet="0123456789.,:/-–'$£%°stndrh kgamp\n½²٣Ⅳ①", max_size=30)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), NUMBERISH, st.characters(categories=["Nd", "No", "Nl", "Cs", "So"])))
def test_no_string_raises_or_leaves_a_digit(text):
    spoken = normalize(text)
    assert not any(c.isdigit() or c.isnumeric() for c in spoken)
    assert spoken == "" or any(c.isalpha() for c in spoken)
    assert "  " not in spoken
    assert spoken == spoken.strip()


@pytest.mark.parametrize("spoken", [spoken for _, spoken in WRITTEN_AND_SPOKEN])
def test_what_is_spoken_is_spoken_the_same_again(spoken):
    assert normalize(spoken) == spoken


def test_a_very_long_number_is_read_digit_by_digit():
    assert normalize("9" * 400).split() == ["nine"] * 400


def test_cleaning_does_not_touch_other_languages():
    assert clean("Straße für 3 €, ¿qué?") == "Straße für 3 €, ¿qué?"
