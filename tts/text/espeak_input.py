"""Split text into strings that espeak-ng can process safely in one call, whichever binding makes the call.

espeak-ng reads single letters with full stops ("U.S.A.") as one abbreviation. It copies the letters into a buffer of 80
bytes without a bounds check: 27 letters of three bytes each overflow it, and a few more end the process. So a long
run of such letters loses its full stops here, and no call is long.
"""

from __future__ import annotations

import re

#: Maximum number of letters with full stops in a row: 12 letters of four bytes are 48 bytes.
MAX_INITIALS = 12
#: Maximum characters of one call: for a text that has a longer run of initials, and for any other text.
MAX_STRANGE, MAX_CALL = 60, 400
#: Characters. No word of a shorter text is too long for espeak-ng.
SHORT = 40

# A letter, perhaps with combining accents, and a full stop; espeak-ng first drops underscores and spaces.
_INITIALS = re.compile(rf"(?:[^\s!-@\[-`{{-~]{{1,3}}\s*\.[\s_]*){{{MAX_INITIALS + 1},}}")
#: espeak-ng silently drops the letters of a word beyond about sixty.
_LONG_WORD = re.compile(r"(\w{40}|\S{60})(?=\w)")


def calls(text: str) -> list[str]:
    """The strings to pass to espeak-ng one after another. Ordinary text gives one string, unchanged."""
    if len(text) <= SHORT and text.count(".") <= MAX_INITIALS:
        return [text]
    safe = text
    if text.count(".") > MAX_INITIALS:
        safe = _INITIALS.sub(lambda run: run[0].replace(".", " ") + " ", text)
    limit = MAX_CALL if safe == text else MAX_STRANGE
    if max(map(len, safe.split()), default=0) > SHORT:
        safe = _LONG_WORD.sub(r"\1 ", safe)
    return [safe] if len(safe) <= limit else list(_pieces(safe, limit))


def _pieces(text: str, limit: int):
    """Cut at the last space within ``limit`` characters, or inside the word if there is no space."""
    start = 0
    while len(text) - start > limit:
        cut = text.rfind(" ", start + 1, start + limit)
        end = start + limit if cut < 0 else cut
        yield text[start:end]
        start = end
    yield text[start:]
