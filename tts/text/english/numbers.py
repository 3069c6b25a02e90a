"""Digits to English words: amounts, ordinals, years, decades, digit by digit, and Roman numerals."""

from __future__ import annotations

import functools

#: Longer runs of digits are read digit by digit. So are runs that begin with a zero, because they are no amounts.
MAX_DIGITS = 15

_SCALES = ("", " thousand", " million", " billion", " trillion")


@functools.lru_cache(maxsize=4096)
def _library_words(number: int, to: str = "cardinal") -> str:
    from num2words import num2words  # imported here, because it loads all its languages

    return num2words(number, to=to).replace(",", "").replace(" and ", " ")


def _words(number: int) -> str:
    """The words for a number of at most `MAX_DIGITS` digits, in groups of three digits, which stay in memory."""
    if number < 1000:
        return _library_words(number)
    groups: list[str] = []
    for scale in _SCALES:
        number, group = divmod(number, 1000)
        if group:
            groups.append(_library_words(group) + scale)
        if not number:
            break
    return " ".join(reversed(groups))


def cardinal(digits: str) -> str:
    """ "1,234" -> "one thousand two hundred thirty-four"; others digit by digit."""
    digits = digits.replace(",", "")
    if len(digits) > MAX_DIGITS or (len(digits) > 1 and digits.startswith("0")):
        return digit_by_digit(digits)
    return _words(int(digits))


def ordinal(digits: str) -> str:
    """ "21" -> "twenty-first"."""
    digits = digits.replace(",", "").lstrip("0") or "0"
    if len(digits) > MAX_DIGITS:
        return digit_by_digit(digits)
    return _library_words(int(digits), "ordinal")


def digit_by_digit(digits: str) -> str:
    """ "007" -> "zero zero seven"."""
    return " ".join(_words(int(d)) for d in digits if d.isdigit())


def decimal(whole: str, fraction: str) -> str:
    """ "3", "14" -> "three point one four"."""
    return f"{cardinal(whole) + ' ' if whole else ''}point {digit_by_digit(fraction)}"


def number_to_words(number: str) -> str:
    """The words for "1,234.5", "-3" or "12" as an amount."""
    sign = {"-": "minus ", "+": "plus "}.get(number[:1], "")
    whole, point, fraction = number.lstrip("+-").partition(".")
    return sign + (decimal(whole, fraction) if fraction else cardinal(whole))


def in_pairs(digits: str) -> str:
    """ "1026" -> "ten twenty-six", "143" -> "one forty-three", "105" -> "one oh five", "300" -> "three hundred"."""
    if not 3 <= len(digits) <= 4 or digits[0] == "0":
        return cardinal(digits)
    if digits.endswith("000"):
        return cardinal(digits)
    high, low = digits[:-2], digits[-2:]
    return f"{cardinal(high)} {'hundred' if low == '00' else _low(low)}"


def year(digits: str) -> str:
    """ "1905" -> "nineteen oh five", "2007" -> "two thousand seven", "529" -> "five twenty-nine"."""
    if len(digits) == 4 and digits[1:3] == "00":
        return cardinal(digits)
    return in_pairs(digits)


def decade(digits: str) -> str:
    """ "1960" -> "nineteen sixties", "20" -> "twenties"."""
    return plural(year(digits) if len(digits) == 4 else cardinal(digits))


def plural(words: str) -> str:
    """The plural of a number in words: "sixty" -> "sixties", "six" -> "sixes"."""
    return words[:-1] + "ies" if words.endswith("y") else words + ("es" if words.endswith("x") else "s")


def _low(two: str) -> str:
    return f"oh {_words(int(two))}" if two[0] == "0" else _words(int(two))


def roman_to_int(letters: str) -> int:
    """ "XIV" -> 14. The result is 0 if the letters are not a correct Roman numeral."""
    value, rest = 0, letters.upper()
    for number, sign in _ROMAN:
        while rest.startswith(sign):
            value, rest = value + number, rest[len(sign) :]
    return value if not rest and to_roman(value) == letters.upper() else 0


def to_roman(value: int) -> str:
    """14 -> "XIV"."""
    letters = ""
    for number, sign in _ROMAN:
        letters += sign * (value // number)
        value %= number
    return letters


_ROMAN = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC")),
    *((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)
