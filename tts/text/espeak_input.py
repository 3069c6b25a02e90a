"""What espeak-ng may be given in one call, whichever binding makes the call.

espeak-ng takes single letters with stops ("U.S.A.") for one abbreviation and copies its letters into a buffer of 80
bytes without looking at its end: 27 letters of three bytes each write beyond it, a few more end the process. So a long
run of such letters is given without its stops, and no call is long.
"""

from __future__ import annotations

import re

#: Letters with stops that espeak-ng may get in a row: 12 letters of four bytes are 48 bytes.
MAX_INITIALS = 12
#: Characters of one call; of a text that has a longer run of initials, and of any other.
MAX_STRANGE, MAX_CALL = 60, 400

# A letter, perhaps with accents of its own, and a stop; espeak-ng drops underscores and blanks before it looks.
_INITIALS = re.compile(rf"(?:[^\s!-@\[-`{{-~]{{1,3}}\s*\.[\s_]*){{{MAX_INITIALS + 1},}}")
#: espeak-ng silently drops what a word has beyond some sixty letters.
_LONG_WORD = re.compile(r"(\w{40}|\S{60})(?=\w)")


def calls(text: str) -> list[str]:
    """The strings to give to espeak-ng one after another; usual text is one, as it is."""
    safe = _INITIALS.sub(lambda run: run[0].replace(".", " ") + " ", text)
    limit = MAX_CALL if safe == text else MAX_STRANGE
    safe = _LONG_WORD.sub(r"\1 ", safe)
    return [safe] if len(safe) <= limit else list(_pieces(safe, limit))


def _pieces(text: str, limit: int):
    """Cut at the last blank within ``limit`` characters, else inside the word."""
    start = 0
    while len(text) - start > limit:
        cut = text.rfind(" ", start + 1, start + limit)
        end = start + limit if cut < 0 else cut
        yield text[start:end]
        start = end
    yield text[start:]
