"""German as a `Language` of the front end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts.text.final_cleanup import drop_unreadable, fix_spacing
from tts.text.german import numbers
from tts.text.german.abbreviations import ABBREVIATIONS, MONTH_NAMES, inner_stops
from tts.text.german.amounts import AMOUNTS, SIGNS, WORDS_OF_SIGNS
from tts.text.german.dates import DATES
from tts.text.language import Language
from tts.text.offsets import OffsetText
from tts.text.rules import Rule
from tts.text.unicode_cleanup import clean_offsets, emoji_to_words, readable

#: The order matters: special rules come first, so that no later rule reads a date as a decimal number.
STAGES: tuple[Rule, ...] = (clean_offsets, ABBREVIATIONS, DATES, AMOUNTS, WORDS_OF_SIGNS)
#: Characters. Longer texts are normalized in parts, so that the time stays linear.
MAX_STRETCH = 1500
_BLANK = re.compile(r"\s")
_NAMES = {"-": "Strich", ".": "Punkt", "/": "Schrägstrich", "_": "Unterstrich", ",": "Komma", ":": "Doppelpunkt"}


class German(Language):
    """German numbers, dates, times, money, measures and abbreviations.

    Args:
        espeak: the espeak-ng language that gives the phonemes.
    """

    signs = SIGNS

    def __init__(self, espeak: str = "de") -> None:
        self.espeak = espeak

    def normalize(self, text: OffsetText, emoji: bool = False) -> OffsetText:
        """See `Language.normalize`: "am 3. Mai 1984" -> "am dritten Mai neunzehnhundertvierundachtzig"."""
        text = emoji_to_words(text) if emoji else text
        spoken = []
        for stretch in _stretches(text):
            for stage in STAGES:
                stretch = stage(stretch)
            spoken.append(stretch)
        return fix_spacing(drop_unreadable(OffsetText.join(spoken)))

    def inner_stops(self, text: str) -> set[int]:
        """See `Language.inner_stops`."""
        return inner_stops(text)

    def is_readable(self, letter: str) -> bool:
        """See `Language.is_readable`."""
        return readable(letter)

    def cardinal(self, number: str) -> str:
        """See `Language.cardinal`. A comma begins the fraction; so does a full stop that separates no thousands."""
        if re.fullmatch(r"[-+]?\d+\.(?!\d{3}\b)\d+", number):
            number = number.replace(".", ",")
        return numbers.amount(number)

    def ordinal(self, digits: str) -> str:
        """See `Language.ordinal`."""
        return numbers.ordinal(digits) if digits.isdigit() else digits

    def digits(self, digits: str) -> str:
        """See `Language.digits`."""
        return numbers.digit_by_digit(digits)

    def letter(self, letter: str) -> str:
        """See `Language.letter`."""
        return _NAMES.get(letter) or SIGNS.get(letter) or letter.upper()

    def date(self, text: str, order: str) -> str | None:
        """See `Language.date`: "3.5.1984", "dmy" -> "dritter Mai neunzehnhundertvierundachtzig"."""
        found = re.findall(r"\d+", text)
        if len(found) != len(order):
            return None
        fields = dict(zip(order, found))
        month = int(fields.get("m", "0"))
        if month > len(MONTH_NAMES):
            return None
        day = numbers.ordinal(fields["d"].lstrip("0"), "r") if "d" in fields else ""
        return " ".join(
            filter(
                None, [day, MONTH_NAMES[month - 1] if month else "", numbers.year(fields["y"]) if "y" in fields else ""]
            )
        )


def _stretches(text: OffsetText) -> Iterator[OffsetText]:
    start = 0
    while len(text) - start > MAX_STRETCH:
        ends = [m.end() for m in _BLANK.finditer(text.text, start, start + MAX_STRETCH)]
        cut = ends[-1] if ends else start + MAX_STRETCH
        yield text[start:cut]
        start = cut
    yield text[start:]
