"""Detection of faults in an alignment: skips, repeats, stalls, and an end that is too early or too late.

The limits are set so that alignments of real recordings have no faults and that artificial faults in them are found at
the right place; ``benchmarks/alignment.py`` counts both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from tts.alignment.metrics import attended_symbols, backtracking_steps, path_mass, skipped_symbols
from tts.alignment.symbol_words import is_spoken, words_of
from tts.core.word import Word

Kind = Literal["no_alignment", "skipped", "repeated", "jumped", "stalled", "early_end", "late_end"]

MAX_DURATION_SECONDS = 1.0  # seconds on one symbol, pauses included
MAX_END_SECONDS = 0.6  # seconds on the marks after the last letter
SYMBOLS_PER_SECOND = 12.0  # of ordinary speech; used if the length of a step is not given
MAX_DURATION_RATIO = 6.0  # longest stay on a symbol as a multiple of the mean stay, at any speed
MIN_REPEAT_STEPS = 0.5  # least steps on a symbol, before and after going back, to be a repeat
MIN_COVERAGE, MIN_PATH_MASS = 0.5, 0.15  # below these there is no alignment


class Fault(NamedTuple):
    """One fault of an alignment."""

    kind: Kind
    message: str  # a sentence for the user
    symbols: tuple[int, int]  # first and last, inclusive
    steps: tuple[int, int]  # decoder steps, begin and end; both are the same if symbols were skipped
    phonemes: str
    text: str | None = None  # the words concerned, as they were written
    char_start: int | None = None  # their position in the text, as in `tts.core.word.Word`
    char_end: int | None = None

    def later_in_text(self, characters: int) -> Fault:
        """The same fault in a longer text in which its text begins ``characters`` later."""
        if self.char_start is None or self.char_end is None:
            return self
        return self._replace(char_start=self.char_start + characters, char_end=self.char_end + characters)


class FaultDetector:
    """Finds the faults of an alignment whose symbols and words are known.

    Args:
        weights: (T, N) float.
        symbols: N strings, or None: then every symbol counts as a letter.
        text: the text of the symbols.
        spans: for each symbol its (start, end) in ``text`` or None; if not given, words are counted instead.
        step_seconds: duration of a decoder step.
    """

    def __init__(
        self,
        weights: np.ndarray,
        symbols: Sequence[str] | None = None,
        text: str | None = None,
        spans: Sequence[tuple[int, int] | None] | None = None,
        step_seconds: float | None = None,
    ) -> None:
        T, N = weights.shape
        self.weights, self.step_seconds = weights, step_seconds
        self.names = list(symbols) if symbols is not None else [str(j) for j in range(N)]
        self.spoken = np.array([symbols is None or is_spoken(name) for name in self.names])
        self.words = words_of(symbols, text, spans) if symbols is not None and text else []
        self.missed = skipped_symbols(weights) & self.spoken
        self.peaks = attended_symbols(weights)
        self.behind = backtracking_steps(weights, self.peaks)
        second = 1.0 / step_seconds if step_seconds else SYMBOLS_PER_SECOND * T / N  # steps
        self.longest_stay = max(MAX_DURATION_SECONDS * second, MAX_DURATION_RATIO * T / N)
        self.longest_end = max(MAX_END_SECONDS * second, MAX_DURATION_RATIO * MAX_END_SECONDS * T / N)
        #: The last letter or, if no punctuation follows it, the last symbol but one; reaching it counts as the end.
        self.tail = min(N - 2, int(np.flatnonzero(self.spoken).max(initial=0))) if N > 1 else 0

    @property
    def coverage(self) -> float:
        """Share of the letters that the attention visited."""
        return float(1.0 - self.missed.sum() / max(1, self.spoken.sum()))

    @cached_property
    def path_mass(self) -> float:
        """See `tts.alignment.metrics`."""
        return path_mass(self.weights)

    @property
    def is_lost(self) -> bool:
        """Whether there is no alignment: most letters were skipped, or no monotonic path has enough weight."""
        came = int(self.peaks.max()) + 1
        letters = self.spoken[:came].sum()
        if letters and self.missed[:came].sum() > (1 - MIN_COVERAGE) * letters:
            return True
        if len(self.weights) < came:
            return False
        whole = came == len(self.names)
        return (self.path_mass if whole else path_mass(self.weights[:, :came])) < MIN_PATH_MASS

    @property
    def end_reached(self) -> bool:
        """Whether the last letter, or a symbol after it, has at least half a step of weight."""
        return bool(self.peaks.max() >= self.tail and self.weights[:, self.tail :].sum() >= 0.5)

    def faults(self) -> list[Fault]:
        """All faults in the order of the text; if there is no alignment, that is the only fault."""
        if self.is_lost:
            return [self.no_alignment()]
        found = [*self.skips(), *self.repeats(), *self.stalls(), *self.ends()]
        return sorted(found, key=lambda fault: (fault.symbols, fault.steps))

    def no_alignment(self) -> Fault:
        """The fault of an utterance without an alignment."""
        message = "no alignment: most of the text was never attended to, one symbol after the other"
        return self._fault("no_alignment", message, (0, len(self.names) - 1), (0, len(self.weights)))

    def skips(self) -> Iterator[Fault]:
        """Letters that were skipped; letters after an early end are not counted here."""
        reached = len(self.names) if self.end_reached else int(self.peaks.max()) + 1
        for first, last in _runs(self.missed[:reached], bridges=~self.spoken[:reached]):
            step = int((self.peaks < first).sum())
            verb = "were" if self._is_plural(first, last) else "was"
            yield self._fault("skipped", f"{self._phrase(first, last)} {verb} skipped", (first, last), (step, step))

    def repeats(self) -> Iterator[Fault]:
        """Every time the attention went back, even if it did not read the symbols again."""
        for begin, end in _intervals(self.behind):
            first, reached = int(self.peaks[begin:end].min()), int(self.peaks[:begin].max())
            until = end + int(np.argmin(np.append(self.peaks[end:] <= reached, False)))  # also reads `reached` again
            before, again = (x.sum(0) >= MIN_REPEAT_STEPS for x in (self.weights[:begin], self.weights[begin:until]))
            stretch = np.arange(first, reached + 1)
            twice, read = stretch[(before & again)[stretch]], stretch[before[stretch]]
            if len(read) > len(stretch) / 2 and len(twice):
                where = (int(twice[0]), int(twice[-1]))
                verb = "were" if self._is_plural(*where) else "was"
                yield self._fault("repeated", f"{self._phrase(*where)} {verb} said twice", where, (begin, until))
            else:
                message = f"the reading jumped ahead to {self._phrase(reached, reached)} and back"
                yield self._fault("jumped", message, (first, reached), (begin, end))

    def stalls(self) -> Iterator[Fault]:
        """Symbols that the attention stayed on for too long; `ends` covers the punctuation after the last letter."""
        changes = np.flatnonzero(np.diff(self.peaks)) + 1
        begins, ends = np.append(0, changes), np.append(changes, len(self.peaks))
        long = (ends - begins > self.longest_stay) & ~self._are_closing(self.peaks[begins])
        for begin, end in zip(begins[long], ends[long]):
            symbol = int(self.peaks[begin])
            message = f"the reading hung on {self._phrase(symbol, symbol)} for {self._time(end - begin)}"
            yield self._fault("stalled", message, (symbol, symbol), (int(begin), int(end)))

    def ends(self) -> Iterator[Fault]:
        """An end before the end of the text, or long after it."""
        T, N = self.weights.shape
        if not self.end_reached:
            first = min(int(self.peaks.max()) + 1, N - 1)
            yield self._fault("early_end", self._what_is_missing(first), (first, N - 1), (T, T))
            return
        closing = self._are_closing(self.peaks)
        if closing.sum() > self.longest_end:
            begin = int(np.argmax(closing))
            message = f"it went on for {self._time(int(closing.sum()))} after the end of the text"
            yield self._fault("late_end", message, (int(self.peaks[begin]), N - 1), (begin, T))

    def _are_closing(self, symbols: np.ndarray) -> np.ndarray:
        return (symbols > self.tail) | (symbols == len(self.names) - 1)

    def _what_is_missing(self, first: int) -> str:
        letters = np.flatnonzero(self.spoken[first:]) + first
        if not len(letters):
            return "the end was not reached"
        return f"the end was not reached: {self._phrase(int(letters[0]), int(letters[-1]))} is missing"

    def _fault(self, kind: Kind, message: str, symbols: tuple[int, int], steps: tuple[int, int]) -> Fault:
        words = self._words(*symbols)
        phonemes = "".join(self.names[symbols[0] : symbols[1] + 1])
        if not words:
            return Fault(kind, message, symbols, steps, phonemes)
        start, end = words[0].char_start, words[-1].char_end
        return Fault(kind, message, symbols, steps, phonemes, " ".join(word.text or "" for word in words), start, end)

    def _words(self, first: int, last: int) -> list[Word]:
        """The words of the symbols; none if the spelling of any of them is unknown."""
        words = [word for word in self.words if word.token_start <= last and word.token_end > first]
        return words if all(word.text for word in words) else []

    def _phrase(self, first: int, last: int) -> str:
        """Describe symbols: by their words if these are complete, else by their sounds and the words around them."""
        words, sounds = self._words(first, last), "".join(self.names[first : last + 1]).strip()
        if not words:
            return f"/{sounds}/" if sounds else "a space"
        named = f"'{' '.join(_bare(word.text) for word in words)}'"
        letters = np.flatnonzero(self.spoken[words[0].token_start : words[-1].token_end]) + words[0].token_start
        if first <= letters[0] and last >= letters[-1]:
            return named
        return f"/{sounds}/ in {named}"

    def _is_plural(self, first: int, last: int) -> bool:
        return len(self._words(first, last)) > 1

    def _time(self, steps: int) -> str:
        return f"{steps * self.step_seconds:.1f} s" if self.step_seconds else f"{steps} steps"


def _bare(word: str) -> str:
    """The word without the punctuation around it."""
    return re.sub(r"^\W+|\W+$", "", word)


def _intervals(flags: np.ndarray) -> Iterator[tuple[int, int]]:
    """(begin, end) of every stretch of True, end exclusive."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(int), [0]))))
    yield from ((int(begin), int(end)) for begin, end in zip(edges[::2], edges[1::2]))


def _runs(flags: np.ndarray, bridges: np.ndarray) -> Iterator[tuple[int, int]]:
    """(first, last) of every stretch of True, both inclusive, across gaps where ``bridges`` is True throughout."""
    run: tuple[int, int] | None = None
    for begin, end in _intervals(flags):
        if run is not None and bridges[run[1] + 1 : begin].all():
            run = (run[0], end - 1)
            continue
        if run is not None:
            yield run
        run = (begin, end - 1)
    if run is not None:
        yield run
