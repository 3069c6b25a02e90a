"""Interjections, which espeak-ng would spell, and words with repeated letters: "Hm", "Pfft", "Nooo"."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable

from tts.text.emphasis import apply_emphasis
from tts.text.english.dictionary import is_word

#: Pattern of the word in lower case -> IPA.
_SOUNDS = {
    r"h+m+": "həm",
    r"m{2,}": "əm",
    r"m+-?h+m+": "əmhˈəm",
    r"u+h+-?hu+h+": "ʌhˈʌ",
    r"u+h+-?u+h+": "ˈʌʌ",
    r"h+m+ph+": "hˈʌmf",
    r"p+f+t*": "pft",
    r"p+s+t+": "psst",
    r"p+s+h+": "pʃ",
    r"s+h{2,}": "ʃ",
    r"t+s+k+": "tˈɪsk",
    r"z{2,}": "z",
    r"b+r{2,}": "bɹˈɜː",
    r"g+r{2,}": "ɡɹˈɜː",
    r"v+r{2,}m*": "vɹˈʊm",
    r"a+r+g+h+": "ˈɑːɹɡ",
    r"u+r+g+h+": "ˈɜːɡ",
    r"a+h+": "ˈɑː",
    r"a+w{2,}": "ˈɔː",
    r"e{2,}k+": "ˈiːk",
    r"u+g+h{2,}": "ˈʌɡ",
    r"h+r+m+": "hɚm",
    r"e+r+m+": "ˈɜːm",
    r"o{2,}h+": "ˈuː",
    r"oh+": "ˈoʊ",
    r"u+h+": "ˈʌ",
    r"w+h+o+a{2,}h*": "wˈoʊ",
    r"o+w+": "ˈaʊ",
    r"e+w+": "ˈiːuː",
    r"o{2,}f+": "ˈʊf",
    r"b+z{2,}t*": "bz",
    r"mwa(?:ha)+h?": "mwəhˈɑːhɑː",
    r"(?:ha){3,}h?": "hˈɑːhɑːhˈɑː",
    r"(?:he){3,}h?": "hˈɛhɛhˈɛ",
    r"(?:ho){3,}h?": "hˈoʊhoʊhˈoʊ",
    r"u+m{2,}": "ˈʌm",
    r"n+a+h{2,}": "nˈɑː",
    r"y+a+y{2,}": "jˈeɪ",
    r"p+h+e+w{2,}": "fjˈuː",
    r"s{3,}": "s",
    r"f{3,}": "f",
}
_KEPT = re.compile(r"oh|ah|um")  # espeak-ng pronounces these correctly
_SOUND = re.compile("|".join(f"(?P<s{i}>{pattern})" for i, pattern in enumerate(_SOUNDS)))
_IPA = list(_SOUNDS.values())
_DRAWN_OUT = re.compile(r"(?P<letter>[a-z])(?P=letter){2,}")
_CANDIDATE = re.compile(r"(?<![\w'-])[A-Za-z]{1,30}(?:-[A-Za-z]{1,30})?(?![\w'])")
_MAY_BE_ONE = re.compile(
    r"\w*(\w)\1\1|(?:h+m+|m+|m+h+m+|u+h+|u+h+u*h*u*h*|h+m+ph|p+f+t*|p+s+[th]+|s+h+|t+s+k|z+|[bg]+r+|ar+gh+"
    r"|a+ww|e+w+|o+w+|oo+f+|uh+|oo+h|b+zz+|(?:h[aeo]){3,}h?|mwa(?:ha)+|hrm|erm)$"
)


def interjections(text: str, words: Iterable[str], say: Callable[[str], str]) -> dict[int, str]:
    """The interjections and words with repeated letters: {position in ``text`` where the word begins: its IPA}.

    Args:
        text: normalized text.
        words: the words of ``text`` in lower case, without hyphens.
        say: gives the IPA of one word on its own.
    """
    if not any(map(_may_be_interjection, words)):
        return {}
    found = {}
    for match in _CANDIDATE.finditer(text):
        sound, drawn_out = _interjection(match[0].lower())
        if ipa := apply_emphasis(say(drawn_out), "strong") if drawn_out else sound:
            found[match.start()] = ipa
    return found


@functools.lru_cache(maxsize=20_000)
def _may_be_interjection(word: str) -> bool:
    return _MAY_BE_ONE.match(word) is not None


@functools.lru_cache(maxsize=20_000)
def _interjection(word: str) -> tuple[str, str]:
    """The IPA of an interjection, and the short form of a drawn out word; both are empty for other words."""
    if _KEPT.fullmatch(word):
        return "", ""
    if sound := _SOUND.fullmatch(word):
        return _IPA[int(sound.lastgroup[1:])], ""  # type: ignore[index]
    if _DRAWN_OUT.search(word) and (plain := shortened(word)) != word:
        return "", plain
    return "", ""


def shortened(word: str) -> str:
    """ "nooooo" -> "no", "goood" -> "good", "whaaat" -> "what". A word without repeated letters stays."""
    candidates = [""]
    at = 0
    for match in _DRAWN_OUT.finditer(word):
        stretch = word[at : match.start()]
        candidates = [c + stretch + match["letter"] * n for c in candidates for n in (2, 1)][-16:]
        at = match.end()
    candidates = [c + word[at:] for c in candidates]
    return next((c for c in candidates if is_word(c)), candidates[-1])
