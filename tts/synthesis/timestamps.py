"""Times of words and phonemes, computed from the alignment, and files of them for players, editors and phoneticians.

====================  ====================================================================================
``.json``             words with their positions in the text, times and phonemes
``.srt``, ``.vtt``    captions of up to two lines; WebVTT also has the time of every word
``.TextGrid``         Praat's tiers of words and phones
====================  ====================================================================================
"""

from __future__ import annotations

import html
import itertools
import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tts.core.errors import AttuneError
from tts.core.files import atomic_write
from tts.core.word import Phone, Word
from tts.text.ssml import is_ssml

SUFFIXES = (".json", ".srt", ".vtt", ".TextGrid")
#: Limits of a caption.
MAX_LINE_CHARACTERS, MAX_LINES, MAX_CAPTION_SECONDS = 42, 2, 6.0
CAPTION_GAP_SECONDS = 0.6  # a pause of this length begins a new caption
_FLOOR = 1e-6  # smallest weight, so that its logarithm exists
_WITH_NEXT, _WITH_PREVIOUS = "ˈˌ", "ːˑʲʷʰˠˤ̩̃͡˞ʱⁿˡ"


def token_boundaries(alignment: np.ndarray) -> np.ndarray:
    """(T_text + 1,): the decoder step at which each symbol begins, and the end of the last symbol.

    They come from the path with the largest product of weights of ``alignment`` (T_dec, T_text) that never goes back.
    Symbols that the path skips share the time of the next symbol on the path.
    """
    T, N = alignment.shape
    peaks = alignment.argmax(1)
    if (np.diff(peaks) >= 0).all():  # then it is the best path
        return _edges(peaks, N)
    logs = np.log(np.maximum(alignment, _FLOOR))
    came = np.zeros((T, N), dtype=np.int64)  # previous symbol of the best path
    best = logs[0].copy()
    for t in range(1, T):
        top = np.maximum.accumulate(best)
        came[t] = np.maximum.accumulate(np.where(best >= top, np.arange(N), 0))
        best = top + logs[t]
    path = np.empty(T, dtype=np.int64)
    path[-1] = best.argmax()
    for t in range(T - 1, 0, -1):
        path[t - 1] = came[t, path[t]]
    return _edges(path, N)


def _edges(path: np.ndarray, N: int) -> np.ndarray:
    begin = np.searchsorted(path, np.arange(N + 1), side="left").astype(float)  # first step at or past each symbol
    first = np.flatnonzero(np.diff(begin[:-1], prepend=-1.0))  # symbols that begin together share the time to the next
    knots = np.append(first, N)
    return np.minimum(np.interp(np.arange(N + 1), knots, begin[knots]), len(path))


def word_times(words: Sequence[Word], symbols: Sequence[str], alignment: np.ndarray, step_seconds: float) -> list[Word]:
    """The words of one sentence, in seconds from its start.

    Args:
        words: the words with the positions of their tokens.
        symbols: the T_text symbols of the sentence.
        alignment: (T_dec, T_text).
        step_seconds: duration of a decoder step.
    """
    edges = token_boundaries(alignment) * step_seconds
    return [_timed(word, symbols, edges) for word in words]


def _timed(word: Word, symbols: Sequence[str], edges: np.ndarray) -> Word:
    first, last = word.token_start, word.token_end
    phones = tuple(_phones(symbols, edges, first, last))
    return word._replace(start=float(edges[first]), end=float(edges[last]), phones=phones)


def _phones(symbols: Sequence[str], edges: np.ndarray, first: int, last: int) -> Iterator[Phone]:
    j = first
    while j < last:
        begin = j
        while j + 1 < last and symbols[j] in _WITH_NEXT:
            j += 1
        while j + 1 < last and symbols[j + 1] in _WITH_PREVIOUS:
            j += 1
        j += 1
        name = "".join(symbols[begin:j])
        if name.strip():
            yield Phone(name, float(edges[begin]), float(edges[j]))


def write_timings(path: str | Path, text: str, words: Sequence[Word], duration: float) -> Path:
    """Write ``words`` of a speech of ``duration`` seconds in the format that the suffix names.

    Raises:
        ValueError: the suffix is none of `SUFFIXES`.
    """
    path = Path(path)
    writers = {".json": _json, ".srt": _srt, ".vtt": _vtt, ".textgrid": _textgrid}
    if path.suffix.lower() not in writers:
        raise AttuneError(f"{path} must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, writers[path.suffix.lower()](text, words, duration))
    return path


def _json(text: str, words: Sequence[Word], duration: float) -> str:
    listed = [
        {
            "text": word.text,
            "normalized": word.normalized,
            "span": [word.char_start, word.char_end],
            "start": round(word.start, 4),
            "end": round(word.end, 4),
            "phonemes": [{"symbol": p.symbol, "start": round(p.start, 4), "end": round(p.end, 4)} for p in word.phones],
        }
        for word in words
    ]
    return json.dumps({"text": text, "duration": round(duration, 4), "words": listed}, ensure_ascii=False, indent=1)


def captions(text: str, words: Sequence[Word]) -> list[list[Word]]:
    """Group the words into captions of at most two lines and six seconds. A caption also ends with its sentence."""
    groups: list[list[Word]] = []
    for word in words:
        if groups and not _begins_another(text, groups[-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _begins_another(text: str, shown: Sequence[Word], word: Word) -> bool:
    between = _without_tags(text[shown[-1].char_end : word.char_start])
    if re.search(r"[.!?…][\"')\]”’]*\s|\n\s*\n", between) or word.start - shown[-1].end > CAPTION_GAP_SECONDS:
        return True
    is_long = word.char_end - shown[0].char_start > MAX_LINE_CHARACTERS * MAX_LINES
    return is_long or word.end - shown[0].start > MAX_CAPTION_SECONDS


def _without_tags(text: str) -> str:
    return re.sub(r"<[^>]*>|<[^>]*$", "", text)


def _shown(text: str, words: Sequence[Word], closing: str) -> list[str]:
    """Each word with the characters up to the next word, as displayed: without tags, and "&" for SSML's "&amp;"."""
    gaps = [text[word.char_end : following.char_start] for word, following in itertools.pairwise(words)]
    pieces = [word.text + _without_tags(gap) for word, gap in zip(words, [*gaps, closing])]
    pieces = list(map(html.unescape, map(_without_tags, pieces))) if is_ssml(text) else pieces
    return [re.sub(r"\s+", " ", piece) for piece in pieces]


def _cues(text: str, words: Sequence[Word]) -> Iterator[tuple[list[Word], list[str]]]:
    groups = captions(text, words)
    for i, group in enumerate(groups):
        until = groups[i + 1][0].char_start if i + 1 < len(groups) else len(text)
        closing = re.match(r"[^\s\w(<\[\"“‘&]*[\"”’']?", _without_tags(text[group[-1].char_end : until]))
        yield group, _shown(text, group, closing[0] if closing else "")


def _srt(text: str, words: Sequence[Word], duration: float) -> str:
    cues = []
    for number, (group, pieces) in enumerate(_cues(text, words), 1):
        lines = "\n".join(textwrap.wrap("".join(pieces).strip(), MAX_LINE_CHARACTERS))
        cues.append(f"{number}\n{_clock(group[0].start, ',')} --> {_clock(group[-1].end, ',')}\n{lines}\n")
    return "\n".join(cues)


def _vtt(text: str, words: Sequence[Word], duration: float) -> str:
    cues = ["WEBVTT\n"]
    for group, pieces in _cues(text, words):
        escaped = [piece.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for piece in pieces]
        timed = [f"<{_clock(word.start, '.')}>{piece}" for word, piece in zip(group[1:], escaped[1:])]
        line = (escaped[0] + "".join(timed)).strip()
        cues.append(f"{_clock(group[0].start, '.')} --> {_clock(group[-1].end, '.')}\n{line}\n")
    return "\n".join(cues)


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def _textgrid(text: str, words: Sequence[Word], duration: float) -> str:
    tiers = {
        "words": [(word.start, word.end, word.text) for word in words],
        "phones": [(p.start, p.end, p.symbol) for word in words for p in word.phones],
    }
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {duration:.6f}"]
    lines += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    for number, (name, intervals) in enumerate(tiers.items(), 1):
        filled = list(_filled(intervals, duration))
        lines += [
            f"    item [{number}]:",
            '        class = "IntervalTier"',
            f'        name = "{name}"',
            "        xmin = 0",
        ]
        lines += [f"        xmax = {duration:.6f}", f"        intervals: size = {len(filled)}"]
        for i, (start, end, label) in enumerate(filled, 1):
            quoted = label.replace('"', '""').replace("\n", " ")
            lines += [f"        intervals [{i}]:", f"            xmin = {start:.6f}", f"            xmax = {end:.6f}"]
            lines.append(f'            text = "{quoted}"')
    return "\n".join(lines) + "\n"


def _filled(intervals: Sequence[tuple[float, float, str]], duration: float) -> Iterator[tuple[float, float, str]]:
    """Fill the gaps from 0 to ``duration``, as a TextGrid tier requires; empty intervals are left out."""
    at = 0.0
    for start, end, label in intervals:
        start, end = max(at, min(start, duration)), min(end, duration)
        if end - start < 1e-6:
            continue
        if start - at > 1e-6:
            yield at, start, ""
        yield (start if start - at > 1e-6 else at), end, label
        at = end
    if duration - at > 1e-6:
        yield at, duration, ""
