"""Find the line breaks that need a pause: those of lists, headings, verse and addresses, not those of wrapped prose."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Characters. A program did not wrap lines that are shorter than this.
NARROW = 60
#: Characters. Lines of a list or poem are shorter than this, even if they begin with lower-case letters.
SHORT = 30

_NUMERAL = r"\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxlc]{1,6}|[IVXLC]{1,6}"
_MARKER = re.compile(rf"\(?(?:{_NUMERAL})(?P<stop>[.)])(?=[ \t]+\S)|[-*+•◦▪‣·–—][ \t]+(?=\S)|\(\d{{1,3}}\)")
#: "I. A SCANDAL IN BOHEMIA", not "I. Newton".
_HEADING = re.compile(r"[IVXLC]+\.[ \t]+(?:A[ \t]+)?[A-Z]{2}")
_COUNTED = re.compile(r"(?<![\w.,$€£#-])(?P<number>\d{1,3})\.(?=[ \t]+\S)")
_BEGIN = re.compile(r"(?:^|\n|[.:;!?,)])[ \t]*$")
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n\s*")


def breaks(text: str) -> dict[int, int]:
    """The line breaks in ``text`` that need a pause: {position: length in characters}."""
    if "\n" not in text.strip():
        return {}
    found: dict[int, int] = {}
    start = 0
    for gap in [*((m.start(), m.end()) for m in _PARAGRAPH.finditer(text)), (len(text), len(text))]:
        for position in _of_paragraph(text, start, gap[0]):
            found[position] = 1
        start = gap[1]
    return found


def markers(text: str) -> tuple[set[int], set[int]]:
    """Find list markers such as "1." and "a.".

    Returns:
        The positions of their full stops, and the positions where markers begin in the middle of a line.
    """
    stops: set[int] = set()
    begins: set[int] = set()
    several = "\n" in text.strip()
    for start, line in _lines(text):
        marker = _MARKER.match(line.lstrip(" \t"))
        at = start + len(line) - len(line.lstrip(" \t"))
        if marker and marker["stop"] == "." and (marker[0][0].isdigit() or several or _HEADING.match(text, at)):
            stops.add(at + marker.end() - 1)
    counted = list(_COUNTED.finditer(text))
    for run in _ascending(text, counted):
        stops.update(match.end() - 1 for match in run)
        begins.update(match.start() for match in run[1:])
    return stops, begins


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _ascending(text: str, counted: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Runs of 1., 2., 3. ... whose first number follows a line break, a punctuation mark or nothing."""
    run: list[re.Match[str]] = []
    for match in counted:
        number = int(match["number"])
        if run and number == int(run[-1]["number"]) + 1:
            run.append(match)
        elif number == 1:
            if len(run) > 1:
                yield run
            run = [match] if _BEGIN.search(text[max(0, match.start() - 40) : match.start()]) else []
    if len(run) > 1:
        yield run


def _of_paragraph(text: str, start: int, end: int) -> Iterator[int]:
    """Positions of the line breaks within one paragraph that need a pause."""
    placed = [(start + at, raw.strip(), start + at + len(raw)) for at, raw in _lines(text[start:end])]
    lines = [(at, line, last) for at, line, last in placed if line]
    if len(lines) < 2:
        return
    width = max(len(line) for _, line, _ in lines)
    numbered = [bool(_MARKER.match(line)) for _, line, _ in lines]
    if sum(numbered) < 2:  # "by\nJ. Smith" is no list
        numbered = [mark and not line[0].isalpha() for mark, (_, line, _) in zip(numbered, lines)]
    small = sum(line[:1].islower() for _, line, _ in lines[1:])
    listed = width < SHORT and (len(lines) > 2 or lines[0][1].endswith(":"))
    for i, (_, line, at) in enumerate(lines[:-1]):
        following = lines[i + 1][1]
        item = numbered[i + 1] or (numbered[i] and following[:1].isupper())
        unfinished = line.endswith(("-", ",")) or _UNFINISHED.search(line)
        if item or (not unfinished and (listed or _needs_pause(line, following, width, small))):
            yield at


#: A line that ends with a title or initials continues: "Mr.\nSmith", "J. K.\nRowling".
_UNFINISHED = re.compile(
    r"(?:(?<![\w.])(?:Mr|Mrs|Ms|Dr|Prof|St|Mt|Lt|Sgt|Capt|Col|Gen|Rev|Hon)|(?<![\w.])[A-Z]\. ?[A-Z])\.$"
)


def _needs_pause(line: str, following: str, width: int, small: int) -> bool:
    if following[:1].islower():
        return False
    word = following.split(None, 1)[0]
    fits = len(line) + 1 + len(word) <= width
    if width >= NARROW or small:
        return fits
    return True
