"""Pronunciations written by hand: IPA or ARPAbet, inline or in a lexicon file, checked against a voice's symbols."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path

from tts.core.errors import TextError
from tts.core.files import read_regular

#: ARPAbet as CMUdict writes it -> IPA as espeak writes American English. AH and ER change with their stress.
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


def is_arpabet(text: str) -> bool:
    """Whether every word of ``text`` is an ARPAbet phone: "HH AH0 L OW1"."""
    phones = text.split()
    return bool(phones) and all((m := _PHONE.fullmatch(phone)) and m[1] in ARPABET for phone in phones)


def from_arpabet(text: str) -> str:
    """ "HH AH0 L OW1" -> "həlˈoʊ"; the phones must be ones of `ARPABET`."""
    ipa = ""
    for phone in text.split():
        name, stress = _PHONE.fullmatch(phone).groups()  # type: ignore[union-attr]
        sound = _UNSTRESSED.get(name, ARPABET[name]) if stress == "0" else ARPABET[name]
        ipa += _STRESS[stress] + sound
    return ipa


def pronunciation(text: str, symbols: Collection[str], where: str) -> str:
    """IPA or ARPAbet as IPA that a voice with ``symbols`` can say.

    Raises:
        TextError: a symbol is unknown, or there is none; the message begins with ``where``.
    """
    text = text.strip()
    ipa = from_arpabet(text) if is_arpabet(text) else unicodedata.normalize("NFC", text.strip("/"))
    ipa = ipa.replace("'", "ˈ").replace("g", "ɡ") if "ɡ" in symbols else ipa
    unknown = [c for c in dict.fromkeys(ipa) if c not in symbols]
    if unknown:
        names = ", ".join(f"'{c}' (U+{ord(c):04X} {unicodedata.name(c, 'unnamed').lower()})" for c in unknown)
        raise TextError(
            f"{where}: this voice has no symbol {names}; write IPA as espeak does, or ARPAbet like HH AH0 L OW1"
        )
    if not any(unicodedata.category(c) in ("Ll", "Lu", "Lo") for c in ipa):
        raise TextError(f"{where}: there is no sound in '{text}'; write IPA like həlˈoʊ, or ARPAbet like HH AH0 L OW1")
    return " ".join(ipa.split())


log = logging.getLogger(__name__)
_VARIANT = re.compile(r"\(\d+\)$")
#: Bytes of a lexicon: CMUdict has 4 million.
MAX_BYTES = 50_000_000


class Lexicon:
    """Words and how they are said, from a file.

    One word a line, then its pronunciation in IPA or ARPAbet, as CMUdict does; lines that begin with # or ;;; are
    comments. A word with a capital counts only so written, others in any case; in a file whose words are all capitals,
    as CMUdict's are, all count in any case. Variants such as ``READ(1)`` are passed over with a note.

    Args:
        path: a UTF-8 file.
        symbols: those of the voice.

    Raises:
        TextError: the file cannot be read, or a line cannot be said; the message names file and line.
    """

    def __init__(self, path: str | Path, symbols: Collection[str]):
        self.path = Path(path)
        self._said: dict[str, str] = {}
        variants = []
        for word, said in self._entries(frozenset(symbols)):
            if _VARIANT.search(word):
                variants.append(word)
            else:
                self._said.setdefault(word, said)
        if variants:
            log.warning("%s: %d variants such as %s are not used; only one can be", path, len(variants), variants[0])
        if self._said and not any(word != word.upper() for word in self._said):
            self._said |= {word.lower(): said for word, said in self._said.items() if len(word) > 1}

    def __len__(self) -> int:
        return len(self._said)

    def get(self, word: str) -> str | None:
        """The IPA of ``word``, or None."""
        return self._said.get(word) or self._said.get(word.lower())

    def _entries(self, symbols: Collection[str]):
        try:
            lines = read_regular(self.path, MAX_BYTES).decode("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror or error
            raise TextError(f"the lexicon {self.path} cannot be read ({reason}); name a UTF-8 text file") from error
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.lstrip().startswith(("#", ";;;")):
                continue
            word, *said = line.split(None, 1)
            where = f"{self.path}, line {number}"
            if not said:
                raise TextError(
                    f"{where}: '{word}' has no pronunciation; write the word, a blank and its IPA or ARPAbet"
                )
            try:
                yield word.replace("’", "'"), pronunciation(said[0], symbols, where)
            except TextError as error:
                if len(said[0].split()) > 1 and said[0].split()[0].isalpha() and said[0][:1].isupper():
                    raise TextError(f"{error}. One word a line: '{word}' has a word behind it") from None
                raise
