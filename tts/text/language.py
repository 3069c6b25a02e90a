"""The interface of a language in the front end; `docs/guides/add_a_language.md` says how to add a language.

The base class `Language` has no rules: espeak-ng reads the numbers. A language with rules is a subclass in a package
``tts/text/NAME``, and ``conf/text/NAME.yaml`` selects it.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Collection, Sequence

from tts.text.offsets import OffsetText
from tts.text.unicode_cleanup import clean_offsets

#: First part of an espeak-ng language name -> the class with its rules. Other languages use `Language`.
WRITTEN_LANGUAGES = {"en": "tts.text.english.English", "de": "tts.text.german.German"}

_BLANKS = re.compile(r"\s+")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}|\b[^\W\d_]\.(?=\s+[^\W\d_a-z])")


class Language:
    """A language without rules, as espeak-ng reads it.

    Positions and offsets refer to the text that is passed to a method.
    """

    #: Signs that are read as words, so that a sentence of only these signs is spoken.
    signs: Collection[str] = ()

    def normalize(self, text: OffsetText, emoji: bool = False) -> OffsetText:
        """Return the spoken form of ``text`` with source offsets.

        Args:
            text: a sentence or a longer text.
            emoji: True reads emoji by their names; False leaves them out.
        """
        return clean_offsets(text).sub(_BLANKS, lambda m: None if m[0] == " " else " ").strip()

    def inner_stops(self, text: str) -> set[int]:
        """Positions of the full stops in ``text`` that belong to a word and do not end a sentence."""
        inner = {i for m in _DOTTED.finditer(text) for i in range(m.start(), m.end()) if text[i] == "."}
        return inner - {len(text.rstrip(" \t\r\n\"')]”’»")) - 1}

    def pronounced_apart(self, words: Sequence[str]) -> list[Sequence[str]]:
        """Divide words where espeak-ng gives both sides the same phonemes apart as together.

        Short parts are more often in the phoneme cache. The base class does not divide.
        """
        return [words]

    def exceptions(self, text: str, say: Callable[[str], str]) -> dict[int, str]:
        """The words that espeak-ng pronounces wrongly in this text.

        Args:
            text: normalized text.
            say: gives the IPA of one word on its own.

        Returns:
            {position in ``text`` where the word begins: its IPA}.
        """
        return {}

    def is_readable(self, letter: str) -> bool:
        """Whether the language can read ``letter``. The front end warns about letters that it cannot read."""
        return True

    def cardinal(self, number: str) -> str:
        """The words for a number: "-3.5" -> "minus three point five". The base class returns the number unchanged."""
        return number

    def ordinal(self, digits: str) -> str:
        """The words for an ordinal number: "3" -> "third"."""
        return digits

    def digits(self, digits: str) -> str:
        """The words for a string of digits, read digit by digit."""
        return " ".join(digits)

    def date(self, text: str, order: str) -> str | None:
        """The words for a numeric date, or None. ``order`` gives the order of its fields, such as "mdy" or "ym"."""
        return None

    def letter(self, letter: str) -> str:
        """The name of a letter or sign in a spelled word."""
        return letter.upper()


def written_language(name: str) -> Language:
    """The rules of an espeak-ng language such as "en-us" or "de"."""
    path = WRITTEN_LANGUAGES.get(name.partition("-")[0])
    if path is None:
        return Language()
    module, _, cls = path.rpartition(".")
    return getattr(importlib.import_module(module), cls)(name)
