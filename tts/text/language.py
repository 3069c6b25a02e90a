"""What the front end must know of a language; `docs/guides/add_a_language.md` says how to write another.

`Language` itself is any language that espeak-ng reads: nothing is normalized, numbers are left to espeak. A language
with rules of its own derives from it, in a package ``tts/text/NAME``, and is chosen in ``conf/text/NAME.yaml``.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Collection

from tts.text.offsets import OffsetText
from tts.text.unicode_cleanup import cleaned

#: First letters of an espeak-ng language -> the class that knows how it is written; others are left to espeak.
WRITTEN_LANGUAGES = {"en": "tts.text.english.English", "de": "tts.text.german.German"}

_BLANKS = re.compile(r"\s+")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}|\b[^\W\d_]\.(?=\s+[^\W\d_a-z])")


class Language:
    """A language as espeak-ng reads it, without rules of its own.

    Positions and offsets are those of the text that a method is given.
    """

    #: Signs that are words, so that a piece of only them is worth speaking.
    signs: Collection[str] = ()

    def normalize(self, text: OffsetText, emoji: bool = False) -> OffsetText:
        """``text`` as it is spoken, each character with its place in the source; ``emoji`` are named or left out."""
        return cleaned(text).sub(_BLANKS, lambda m: None if m[0] == " " else " ").strip()

    def inner_stops(self, text: str) -> set[int]:
        """Positions of the full stops in ``text`` that belong to a word and end no sentence."""
        inner = {i for m in _DOTTED.finditer(text) for i in range(m.start(), m.end()) if text[i] == "."}
        return inner - {len(text.rstrip(" \t\r\n\"')]”’»")) - 1}

    def exceptions(self, text: str, say: Callable[[str], str]) -> dict[int, str]:
        """Where in the normalized ``text`` a word begins that espeak would say wrongly, and its IPA.

        Args:
            text: normalized.
            say: the IPA of a word on its own.
        """
        return {}

    def is_readable(self, letter: str) -> bool:
        """Whether a reader of the language can say ``letter``; what cannot be said is reported."""
        return True

    def cardinal(self, number: str) -> str:
        """A number as an amount: "-3.5" in English is "minus three point five"; here as it is written, for espeak."""
        return number

    def ordinal(self, digits: str) -> str:
        """Digits as a rank: "third"."""
        return digits

    def digits(self, digits: str) -> str:
        """Digits one by one."""
        return " ".join(digits)

    def date(self, text: str, order: str) -> str | None:
        """A date given in figures as a reader says it, or None; ``order`` names its fields, as "mdy" or "ym"."""
        return None

    def letter(self, letter: str) -> str:
        """The name of a letter or sign that is spelled."""
        return letter.upper()


def written_language(name: str) -> Language:
    """The rules of an espeak-ng language such as "en-us" or "de"."""
    path = WRITTEN_LANGUAGES.get(name.partition("-")[0])
    if path is None:
        return Language()
    module, _, cls = path.rpartition(".")
    return getattr(importlib.import_module(module), cls)(name)
