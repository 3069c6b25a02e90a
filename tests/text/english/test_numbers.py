import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from num2words import num2words

from tts.text.english.numbers import (
    cardinal,
    decade,
    decimal,
    digit_by_digit,
    in_pairs,
    number_to_words,
    ordinal,
    roman_to_int,
    to_roman,
    year,
)


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
        ("1905", "nineteen oh five"),
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


def test_digits_are_read_one_by_one():
    assert digit_by_digit("42") == "four two"


@pytest.mark.parametrize(
    ("digits", "words"),
    [("1026", "ten twenty-six"), ("143", "one forty-three"), ("105", "one oh five"), ("300", "three hundred")],
)
def test_numbers_are_read_in_pairs(digits, words):
    assert in_pairs(digits) == words


@pytest.mark.parametrize(
    ("digits", "words"), [("1960", "nineteen sixties"), ("20", "twenties"), ("1900", "nineteen hundreds")]
)
def test_decades(digits, words):
    assert decade(digits) == words


@given(st.integers(1, 3999))
def test_roman_numerals_round_trip(value):
    assert roman_to_int(to_roman(value)) == value


@pytest.mark.parametrize("letters", ["IIII", "VX", "IC", "MIX IT", "", "ABC"])
def test_other_letters_are_not_roman_numerals(letters):
    assert roman_to_int(letters) == 0


def test_the_sign_of_a_number_is_read():
    assert number_to_words("-1,234.5") == "minus one thousand two hundred thirty-four point five"


@given(st.integers(0, 10**15 - 1))
@example(0)
@example(1_000_012)
@example(900_000_000_000_000)
def test_numbers_are_those_of_num2words(number):
    def words(to):
        return num2words(number, to=to).replace(",", "").replace(" and ", " ")

    assert cardinal(str(number)) == words("cardinal")
    assert ordinal(str(number)) == words("ordinal")
