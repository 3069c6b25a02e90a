"""English words whose phonemes are not left to espeak: plural acronyms, interjections, homographs, its errors."""

from __future__ import annotations

import re
from collections.abc import Callable

from tts.text.english import homographs
from tts.text.english.interjections import interjections

#: espeak-ng 1.52 says these wrongly wherever they stand.
WRONG = {
    "alpharetrovirus": "ˈælfəɹˌɛtɹoʊvˌaɪɹəs",
}
_ACRONYM = re.compile(r"(?<![\w.])(?P<acronym>(?:[A-Z]\.){2,}|[A-Z]{2,}|[B-HJ-TV-Z](?=s)|PhD|MSc|BSc)'?s\b")


def readings(text: str, say: Callable[[str], str]) -> dict[int, str]:
    """Where in the normalized ``text`` a word begins that espeak would say wrongly, and its IPA.

    Args:
        text: normalized.
        say: the IPA of a word on its own.
    """
    found = homographs.readings(text) | interjections(text, say) | acronyms(text, say)
    lowered = text.lower()
    for word in [word for word in WRONG if word in lowered]:
        found |= {m.start(): WRONG[word] for m in re.finditer(rf"\b{word}\b", lowered)}
    return found


def acronyms(text: str, say: Callable[[str], str]) -> dict[int, str]:
    """The acronyms of `readings` that stand in the plural or the genitive."""
    found = {}
    for match in _ACRONYM.finditer(text):
        acronym = say(match["acronym"]).replace(" ", "")
        found[match.start()] = acronym + plural(acronym)
    return found


def plural(phonemes: str) -> str:
    """The sound of the s after ``phonemes``: "z" after "biː", "s" after "ɛf", "ᵻz" after "ɛs"."""
    return "ᵻz" if phonemes[-1:] in tuple("szʃʒ") else "s" if phonemes[-1:] in tuple("ptkfθ") else "z"
