"""Pronunciations in IPA or ARPAbet, inline or in a lexicon file, checked against the symbols of a voice."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path

from tts.core.errors import TextError
from tts.core.files import read_regular

#: ARPAbet as in CMUdict -> IPA as espeak-ng writes American English. AH, ER and IY depend on the stress.
ARPABET = {
    **{"AA": "ɑː", "AE": "æ", "AO": "ɔː", "AW": "aʊ", "AY": "aɪ", "EH": "ɛ", "EY": "eɪ", "IH": "ɪ", "IY": "iː"},
    **{"OW": "oʊ", "OY": "ɔɪ", "UH": "ʊ", "UW": "uː", "AH": "ʌ", "ER": "ɜː", "AX": "ə", "AXR": "ɚ", "IX": "ᵻ"},
    **{"B": "b", "CH": "tʃ", "D": "d", "DH": "ð", "DX": "ɾ", "F": "f", "G": "ɡ", "HH": "h", "JH": "dʒ", "K": "k"},
    **{"L": "l", "M": "m", "N": "n", "NG": "ŋ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t", "TH": "θ"},
    **{"V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ", "EL": "əl", "EM": "əm", "EN": "ən"},
}
_UNSTRESSED = {"AH": "ə", "ER": "ɚ", "IY": "i"}
_STRESS = {"": "", "0": "", "1": "ˈ", "2": "ˌ"}
_PHONE = re.compile(r"([A-Z]+)([012]?)")
_CAPITALS = re.compile(r"[A-Z0-9]+")  # no word of IPA: a mistake in ARPAbet, though some languages use these symbols


def is_arpabet(text: str) -> bool:
    """Whether every word of ``text`` is an ARPAbet phone, as in "HH AH0 L OW1"."""
    return bool(text.split()) and not unknown_phones(text)


def unknown_phones(text: str) -> list[str]:
    """The words of ``text`` that are no ARPAbet phones: "QQ" of "HH QQ"."""
    return [phone for phone in text.split() if not ((m := _PHONE.fullmatch(phone)) and m[1] in ARPABET)]


def from_arpabet(text: str) -> str:
    """Convert "HH AH0 L OW1" to "həlˈoʊ". Every phone must be in `ARPABET`."""
    ipa = ""
    for phone in text.split():
        name, stress = _PHONE.fullmatch(phone).groups()  # type: ignore[union-attr]
        sound = _UNSTRESSED.get(name, ARPABET[name]) if stress == "0" else ARPABET[name]
        ipa += _STRESS[stress] + sound
    return ipa


def parse_pronunciation(text: str, symbols: Collection[str], where: str) -> str:
    """Convert IPA or ARPAbet to IPA of the voice's ``symbols``.

    Raises:
        TextError: the voice lacks a symbol, or ``text`` has no sound; the message begins with ``where``.
    """
    text = text.strip()
    if wrong := [phone for phone in unknown_phones(text) if _CAPITALS.fullmatch(phone)]:
        raise TextError(
            f"{where}: {wrong[0]} is neither IPA nor an ARPAbet phone; "
            "write IPA like həlˈoʊ, or ARPAbet like HH AH0 L OW1"
        )
    ipa = from_arpabet(text) if is_arpabet(text) else unicodedata.normalize("NFC", text.strip("/"))
    ipa = ipa.replace("'", "ˈ").replace("g", "ɡ") if "ɡ" in symbols else ipa
    unknown = [c for c in dict.fromkeys(ipa) if c not in symbols]
    if unknown:
        names = ", ".join(f"'{c}' (U+{ord(c):04X} {unicodedata.name(c, 'unnamed').lower()})" for c in unknown)
        raise TextError(
            f"{where}: this voice has no symbol {names}; write IPA like espeak-ng's, or ARPAbet like HH AH0 L OW1"
        )
    if not any(unicodedata.category(c) in ("Ll", "Lu", "Lo") for c in ipa):
        raise TextError(f"{where}: '{text}' has no sound; write IPA like həlˈoʊ, or ARPAbet like HH AH0 L OW1")
    return " ".join(ipa.split())


log = logging.getLogger(__name__)
_VARIANT = re.compile(r"\(\d+\)$")
#: Maximum size of a lexicon file in bytes. CMUdict has 4 million.
MAX_BYTES = 50_000_000


class Lexicon:
    """Words and their pronunciations from a file.

    Each line has a word and then its pronunciation in IPA or ARPAbet, as in CMUdict. Lines that begin with # or ;;;
    are comments. A word with a capital matches only that spelling; other words match in any case. If all words of the
    file are in capitals, as in CMUdict, they match in any case. Variants such as ``READ(1)`` are skipped.

    Args:
        path: a UTF-8 file.
        symbols: the symbols of the voice.

    Raises:
        TextError: the file cannot be read, or a line has no valid pronunciation; the message names file and line.
    """

    def __init__(self, path: str | Path, symbols: Collection[str]):
        self.path = Path(path)
        self._ipa: dict[str, str] = {}
        variants = []
        for word, ipa in self._entries(frozenset(symbols)):
            if _VARIANT.search(word):
                variants.append(word)
            else:
                self._ipa.setdefault(word, ipa)
        if variants:
            log.warning("%s: %d variants such as %s are not used", path, len(variants), variants[0])
        if self._ipa and not any(word != word.upper() for word in self._ipa):
            self._ipa |= {word.lower(): ipa for word, ipa in self._ipa.items() if len(word) > 1}

    def __len__(self) -> int:
        return len(self._ipa)

    def get(self, word: str) -> str | None:
        """The IPA of ``word``, or None."""
        return self._ipa.get(word) or self._ipa.get(word.lower())

    def _entries(self, symbols: Collection[str]):
        try:
            lines = read_regular(self.path, MAX_BYTES).decode("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror or error
            raise TextError(f"the lexicon {self.path} cannot be read ({reason}); name a UTF-8 text file") from error
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.lstrip().startswith(("#", ";;;")):
                continue
            word, *rest = line.split(None, 1)
            where = f"{self.path}, line {number}"
            if not rest:
                raise TextError(
                    f"{where}: '{word}' has no pronunciation; write the word, a blank and its IPA or ARPAbet"
                )
            try:
                yield word.replace("’", "'"), parse_pronunciation(rest[0], symbols, where)
            except TextError as error:
                if len(rest[0].split()) > 1 and rest[0].split()[0].isalpha() and rest[0][:1].isupper():
                    raise TextError(f"{error}. Write one word per line: another word follows '{word}'") from None
                raise
