import pytest

from tts.text.numbers import cardinal, decimal, one_by_one, ordinal, spell_numbers, year


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("0", "zero"),
        ("15", "fifteen"),
        ("100", "one hundred"),
        ("1,234", "one thousand two hundred thirty-four"),
        ("1000000", "one million"),
        ("007", "zero zero seven"),
        ("1234567890123456", "one two three four five six seven eight nine zero one two three four five six"),
    ],
)
def test_cardinals(digits, words):
    assert cardinal(digits) == words


@pytest.mark.parametrize(("digits", "words"), [("1", "first"), ("12", "twelfth"), ("103", "one hundred third")])
def test_ordinals(digits, words):
    assert ordinal(digits) == words


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("1100", "eleven hundred"),
        ("1905", "nineteen oh-five"),
        ("1984", "nineteen eighty-four"),
        ("2000", "two thousand"),
        ("2007", "two thousand seven"),
        ("2024", "twenty twenty-four"),
    ],
)
def test_years(digits, words):
    assert year(digits) == words


def test_decimals_are_read_digit_by_digit_after_the_point():
    assert decimal("10", "05") == "ten point zero five"
    assert decimal("", "5") == "point five"


def test_digits_one_by_one():
    assert one_by_one("42") == "four two"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1963.", "nineteen sixty-three."),
        ("1963 men", "nineteen sixty-three men"),
        ("1,963 men", "one thousand nine hundred sixty-three men"),
        ("(1963)", "(nineteen sixty-three)"),
        ("19630", "nineteen thousand six hundred thirty"),
        ("May 5", "May fifth"),
        ("May 5.5", "May five point five"),
        ("May 50", "May fifty"),
        ("June 1st, 1900", "June first, nineteen hundred"),
        ("June 3 1,000", "June third one thousand"),
        ("€2", "two euros"),
        ("$3.5", "three point five dollars"),
        ("$2.00 ", "two dollars "),
        ("$100 million", "one hundred million dollars"),
        ("$100 trees", "one hundred dollars trees"),
        ("25:99", "twenty-five:ninety-nine"),
        ("12:00 a.m.", "twelve a.m."),
        ("60 mph", "sixty miles per hour"),
        ("60 mphx", "sixty mphx"),
        ("1/0 5/3 1/3 2/3", "one/zero five over three one third two thirds"),
        ("800-555-1234", "eight zero zero, five five five, one two three four"),
        ("2-3", "two to three"),
        ("C2766 and VC836, B52", "C two seven six six and VC eight three six, B fifty-two"),
        ("co-2", "co-two"),
        ("a1b22c", "a one b twenty-two c"),
        ("no digits", "no digits"),
    ],
)
def test_numbers_in_their_places(text, words):
    assert spell_numbers(text) == words
