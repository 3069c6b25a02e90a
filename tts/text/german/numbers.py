"""Digits to German words: amounts, ordinal numbers with their endings, years."""

from __future__ import annotations

import functools

#: Longer runs of digits are read digit by digit. So are runs that begin with a zero.
MAX_DIGITS = 15


@functools.lru_cache(maxsize=4096)
def _words(number: int, to: str = "cardinal") -> str:
    from num2words import num2words  # imported here, because it loads all its languages

    return num2words(number, lang="de", to=to)


def cardinal(digits: str) -> str:
    """ "1.234" -> "eintausendzweihundertvierunddreißig"; others digit by digit."""
    digits = digits.replace(".", "")
    if len(digits) > MAX_DIGITS or (len(digits) > 1 and digits[0] == "0"):
        return digit_by_digit(digits)
    return _words(int(digits))


def counted(digits: str) -> str:
    """The words for an amount before a noun: "1" -> "ein"."""
    return "ein" if digits == "1" else cardinal(digits)


def digit_by_digit(digits: str) -> str:
    """ "007" -> "null null sieben"."""
    return " ".join(_words(int(digit)) for digit in digits if digit.isdigit())


def decimal(whole: str, fraction: str) -> str:
    """ "3", "14" -> "drei Komma eins vier"."""
    return f"{cardinal(whole or '0')} Komma {digit_by_digit(fraction)}"


def amount(number: str) -> str:
    """ "-1.234,5" -> "minus eintausendzweihundertvierunddreißig Komma fünf"."""
    sign = {"-": "minus ", "+": "plus "}.get(number[:1], "")
    whole, _, fraction = number.lstrip("+-").partition(",")
    return sign + (decimal(whole, fraction) if fraction else cardinal(whole))


def ordinal(digits: str, ending: str = "") -> str:
    """ "3", "n" -> "dritten". The ending follows the e: "" gives "dritte", "r" gives "dritter"."""
    digits = digits.replace(".", "")
    if len(digits) > MAX_DIGITS:
        return digit_by_digit(digits)
    return _words(int(digits), "ordinal") + ending


def year(digits: str) -> str:
    """ "1984" -> "neunzehnhundertvierundachtzig", "2024" -> "zweitausendvierundzwanzig"."""
    return _words(int(digits), "year")
