"""English as a `Language` of the front end."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tts.text.english import exceptions, numbers
from tts.text.english.abbreviations import abbreviation_periods
from tts.text.english.dates import MONTH_NAMES
from tts.text.english.normalize import normalize_offsets
from tts.text.english.number_words import divide_numbers
from tts.text.english.special_characters import SIGNS
from tts.text.language import Language
from tts.text.offsets import OffsetText
from tts.text.unicode_cleanup import readable

_NAMES = {"-": "dash", ".": "dot", "/": "slash", "_": "underscore", ",": "comma", ":": "colon", "?": "question mark"}
_NAMES |= {"!": "exclamation mark", "*": "star", "\\": "backslash", "(": "open parenthesis", ")": "close parenthesis"}
_NAMES |= {"'": "apostrophe", '"': "quote", ";": "semicolon", "~": "tilde", "<": "less than", ">": "greater than"}


class English(Language):
    """American English. It reads British dates and spellings too.

    Args:
        espeak: the espeak-ng language that gives the phonemes. Only "en-us" has a list of words that espeak-ng
            pronounces wrongly.
    """

    signs = SIGNS

    def __init__(self, espeak: str = "en-us") -> None:
        self.espeak = espeak

    def normalize(self, text: OffsetText, emoji: bool = False) -> OffsetText:
        """See `Language.normalize`."""
        return normalize_offsets(text, emoji)

    def inner_stops(self, text: str) -> set[int]:
        """See `Language.inner_stops`."""
        return abbreviation_periods(text)

    def exceptions(self, text: str, say: Callable[[str], str]) -> dict[int, str]:
        """See `Language.exceptions`."""
        return exceptions.find_exceptions(text, say) if self.espeak == "en-us" else exceptions.acronyms(text, say)

    def pronounced_apart(self, words: Sequence[str]) -> list[Sequence[str]]:
        """See `Language.pronounced_apart`."""
        return [words] if self.espeak == "en-gb-scotland" else divide_numbers(words)  # its "ty" depends on later words

    def is_readable(self, letter: str) -> bool:
        """See `Language.is_readable`."""
        return readable(letter)

    def cardinal(self, number: str) -> str:
        """See `Language.cardinal`. ``number`` may be a Roman numeral."""
        number = number.replace(",", "")
        value = numbers.roman_to_int(number) if number.isalpha() else 0
        return numbers.cardinal(str(value)) if value else numbers.number_to_words(number)

    def ordinal(self, digits: str) -> str:
        """See `Language.ordinal`. ``digits`` may be a Roman numeral."""
        value = numbers.roman_to_int(digits) if digits.isalpha() else 0
        return numbers.ordinal(str(value) if value else digits)

    def digits(self, digits: str) -> str:
        """See `Language.digits`."""
        return numbers.digit_by_digit(digits)

    def letter(self, letter: str) -> str:
        """See `Language.letter`."""
        return _NAMES.get(letter) or SIGNS.get(letter) or letter.upper()

    def date(self, text: str, order: str) -> str | None:
        """See `Language.date`: "10-19-2003", "mdy" -> "October nineteenth, two thousand three"."""
        fields = _fields(text, order)
        if not fields:
            return None
        month = int(fields.get("m", "0"))
        if month > len(MONTH_NAMES):
            return None
        day = numbers.ordinal(fields["d"]) if "d" in fields else ""
        name = MONTH_NAMES[month - 1] if month else ""
        year = numbers.year(fields["y"]) if "y" in fields else ""
        before = " ".join(filter(None, [name, day]))
        return f"{before}, {year}" if before and year and day else f"{before} {year}".strip()


def _fields(text: str, order: str) -> dict[str, str]:
    """{letter of ``order``: number} of a numeric date. A date without separators, such as "20200910", is split too."""
    found = re.findall(r"\d+", text)
    letters = "".join(dict.fromkeys(order.lower()))
    if len(found) == 1 and len(letters) > 1:
        widths = [4 if letter == "y" else 2 for letter in letters]
        if len(found[0]) != sum(widths):
            return {}
        found = [found[0][sum(widths[:i]) : sum(widths[: i + 1])] for i in range(len(widths))]
    return dict(zip(letters, found)) if len(found) == len(letters) else {}
