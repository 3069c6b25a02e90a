"""Signs that are read as words. After this stage only letters and punctuation remain."""

from __future__ import annotations

import re
import unicodedata

from tts.text.offsets import OffsetText
from tts.text.rules import Rule, rule, when
from tts.text.unicode_cleanup import LETTER_A

#: Sign -> its words, in any context.
SIGNS = {
    "&": "and", "@": "at", "%": "percent", "‰": "per mille", "+": "plus", "=": "equals", "#": "number", "$": "dollars",
    "£": "pounds", "€": "euros", "¥": "yen", "₹": "rupees", "¢": "cents", "°": "degrees", "×": "times",
    "÷": "divided by", "±": "plus or minus", "≈": "about", "≠": "is not", "≤": "at most", "≥": "at least",
    "∞": "infinity", "√": "the square root of", "§": "section", "¶": "paragraph", "©": "copyright",
}  # fmt: skip


_OPERAND = rf"[\w{''.join(LETTER_A.values())}]"


def _base_letter(match: re.Match[str]) -> str:
    """A letter without the accents that espeak-ng would spell: "Nguyễn" -> "Nguyen"."""
    return {"đ": "d", "Đ": "D"}.get(match[0]) or unicodedata.normalize("NFD", match[0])[0]


_ACCENTED = rule("[\u1e00-\u1effśźńćđŚŹŃĆĐ]", _base_letter, spaced=False)
_SIGNS: Rule = when(
    r"[^\w\s.,;:!?'\"—()-]|[A-Z][–—][A-Z]|[A-Z]-[A-Z]|\w[.:]\w",
    [
        rule(r"(?<=\b[CFGAD])#", lambda m: " sharp"),
        rule(r"\b[A-Z][–—][A-Z]\b", lambda m: f"{m[0][0]} to {m[0][2]}"),
        rule(r"§§", lambda m: " sections "),
        rule(rf"(?<={_OPERAND}) ?< ?(?={_OPERAND})", lambda m: " is less than "),
        rule(rf"(?<={_OPERAND}) ?> ?(?={_OPERAND})", lambda m: " is greater than "),
        rule(r"(?<=[^\W_]{2})\.(?=[a-z]{2})", lambda m: " dot "),
        rule(r"(?<=[a-z]{2})(?P<mark>[.!?])(?=[A-Z])", lambda m: f"{m['mark']} ", spaced=False),
        rule(r"(?<=\w):(?=\w)", lambda m: " ", spaced=False),
        rule(
            r"\b[A-Z]-[A-Z]\b(?=$|[\s,.;)])",
            lambda m: f"{m[0][0]} to {m[0][2]}" if m[0] in ("A-Z", "A-D", "A-F", "A-C", "A-E") else None,
        ),
        rule(f"[{re.escape(''.join(SIGNS))}]", lambda m: f" {SIGNS[m[0]]} ", spaced=False),
    ],
)


def words_of_signs(text: OffsetText) -> OffsetText:
    """Read the signs of ``text`` as words, and drop accents that espeak-ng would spell."""
    return _SIGNS(text if text.text.isascii() else _ACCENTED(text))
