"""Assign phonemes to words. espeak-ng joins some words ("of the") and gives several words for others ("1963")."""

from __future__ import annotations

import functools
import itertools
import threading
from collections.abc import Callable, Sequence

_MOST_JOINED, _BEAM = 4, 6
#: After this many exact matches in a row, all other paths are dropped; a path that costs this much more than the best
#: one is dropped at once.
_CERTAIN, _HOPELESS = 3, 20.0
#: The characters of ``_TRAILING`` never begin a word's phonemes, and stress marks never end them.
_TRAILING, _STRESS = "ːˑʲʷʰˠˤ̩̃͡ʔ", "ˈˌ"
#: The number of phonemes, the first one without its stress mark, and bits for the phonemes (see `_sound`).
_Sound = tuple[int, str, int]


def assign_phonemes(
    words: Sequence[str], spoken: Sequence[str], alone: Callable[[str], str]
) -> tuple[Sequence[str], frozenset[int]]:
    """The phonemes of every word, and the indices of the words whose phonemes are joined to those of the next word.

    Args:
        words: the words that were passed to espeak-ng.
        spoken: its output, split at spaces.
        alone: gives the phonemes of one word on its own. It is called only if ``spoken`` may not match ``words`` one
            to one.

    Returns:
        The phonemes and the indices. With a space after each word that is not joined, the phonemes give ``spoken``.
    """
    if len(words) == 1 and spoken:
        return [" ".join(spoken)], _NONE
    if len(words) == len(spoken) and not _may_be_several(words):
        return spoken, _NONE
    if not spoken:
        return [""] * len(words), _NONE
    shared: list[str] = []
    joined: set[int] = set()
    expected = [alone(word) for word in words]
    for num_words, num_spoken in _path(expected, spoken):
        at = len(shared)
        group = spoken[:num_spoken]
        spoken = spoken[num_spoken:]
        if num_words == 1:
            shared.append(" ".join(group))
        else:
            shared += _cut(group[0], expected[at : at + num_words])
            joined.update(range(at, at + num_words - 1))
    return shared, frozenset(joined)


def _may_be_several(words: Sequence[str]) -> bool:
    """Whether a word may be spoken as several: espeak-ng gives two for "C.E.O.'s"."""
    text = "".join(words)
    return ".'" in text or any(map(str.isdigit, text))


_NONE: frozenset[int] = frozenset()


def _path(expected: Sequence[str], spoken: Sequence[str]) -> list[tuple[int, int]]:
    """Match words with spoken words by a beam search: (number of words, number of spoken words) of every group."""
    n, m = len(expected), len(spoken)
    looked_for = [word.split(" ") for word in _unstressed(expected)]
    found = _unstressed(spoken)
    if direct := _direct_path(looked_for, found):
        return direct
    best: dict[tuple[int, int], tuple[float, tuple[int, int] | None]] = {(0, 0): (0.0, None)}
    exact: dict[tuple[int, int], int] = {}  # the number of exact matches in a row that led to a place
    frontier: dict[int, list[tuple[int, int]]] = {0: [(0, 0)]}
    joined: dict[int, list[str]] = {}
    while frontier:
        total = min(frontier)
        places = frontier.pop(total)
        if len(places) > 1:
            places = sorted(places, key=lambda place: best[place][0])[:_BEAM]
            certain = exact.get(places[0], 0) >= _CERTAIN
            worst = best[places[0]][0] + (0 if certain else _HOPELESS)
            places = places[:1] if certain else [place for place in places if best[place][0] <= worst]
        for i, j in places:
            so_far = best[i, j][0]
            if i < n and j < m and looked_for[i] == found[j : j + len(looked_for[i])]:
                k = len(looked_for[i])  # an exact match is the only choice
                exact[i + 1, j + k] = exact.get((i, j), 0) + 1
                if not frontier and len(places) == 1:  # there is no other place, so the costs do not matter
                    misfit = 0.0
                else:
                    misfit = _misfit(_sound(expected[i]), _sound("".join(spoken[j : j + k]))) + 0.5 * (k - 1)
                steps = [(1, k, misfit)]
            elif i < n:
                if i not in joined:
                    joined[i] = list(itertools.accumulate(expected[i : i + _MOST_JOINED]))
                steps = _steps(joined[i], spoken, j)
            else:
                steps = []
            for a, b, misfit in steps:
                place, cost = (i + a, j + b), so_far + misfit
                known = best.get(place)
                if known is None:
                    frontier.setdefault(place[0] + place[1], []).append(place)
                if known is None or cost < known[0]:
                    best[place] = (cost, (i, j))
    if (n, m) not in best:  # no match was found: the first word gets all phonemes
        return [(1, m)] + [(1, 0)] * (n - 1)
    path, place = [], (n, m)
    while (before := best[place][1]) is not None:
        path.append((place[0] - before[0], place[1] - before[1]))
        place = before
    return path[::-1]


def _unstressed(words: Sequence[str]) -> list[str]:
    """``words`` without stress marks. Two replacements in all words at once are quicker than `str.translate`."""
    return "\n".join(words).replace("ˈ", "").replace("ˌ", "").split("\n")


def _direct_path(looked_for: Sequence[list[str]], found: Sequence[str]) -> list[tuple[int, int]]:
    """The path on which each word has as many spoken words as alone. Empty if it may be wrong.

    Two words that espeak-ng joins sound different from their forms alone. So the path is right if no two words in a row
    sound different.
    """
    at, different = 0, False
    for words in looked_for:
        alike = words == found[at : at + len(words)]
        if words == [""] or (different and not alike):
            return []
        at, different = at + len(words), not alike
    return [(1, len(words)) for words in looked_for] if at == len(found) else []


def _steps(joined: Sequence[str], spoken: Sequence[str], j: int) -> list[tuple[int, int, float]]:
    """The possible next groups: (words, spoken words, cost). The lengths in a group are similar.

    ``joined`` has the phonemes of the next word, then those of the next two words in one, and so on.
    """
    word = _sound(joined[0])
    steps = [(1, 0, word[0] + 0.5)]
    if j == len(spoken):
        return steps
    longest, sound = 2 * len(spoken[j]) + 2, _sound(spoken[j])
    steps.append((1, 1, _misfit(word, sound)))
    for k in range(2, len(joined) + 1):
        if len(joined[k - 1]) > longest:
            break
        steps.append((k, 1, _misfit(_sound(joined[k - 1]), sound) + 0.5 * (k - 1)))
    if " " in joined[0] and 1 < (k := len(joined[0].split())) <= len(spoken) - j:
        steps.append((1, k, _misfit(word, _sound("".join(spoken[j : j + k]))) + 0.5 * (k - 1)))
    return steps


def _misfit(left: _Sound, right: _Sound) -> int:
    """A cost: the number of phonemes that only one side has, plus a penalty if the first phonemes differ."""
    unlike = right[0] > 0 and left[1] != right[1]
    return left[0] + right[0] + unlike - 2 * (left[2] & right[2]).bit_count()


@functools.lru_cache(maxsize=20_000)
def _sound(phonemes: str) -> _Sound:
    """The number of phonemes, the first one without its stress mark, and a bit for each phoneme.

    A phoneme that occurs twice has two bits, so the bits that two words share count the phonemes that they share.
    """
    text = phonemes.replace(" ", "")
    bag = 0
    different = set(text)
    for counted in zip(different, map(text.count, different)):
        bag |= _bits.get(counted) or _bits_of(*counted)
    return len(text), phonemes.lstrip(_STRESS)[:1], bag


def _bits_of(phoneme: str, count: int) -> int:
    """``count`` bits for a phoneme that occurs so often: those for ``count - 1`` and another one."""
    known = _bits.get((phoneme, count))
    if known is None:
        fewer = _bits_of(phoneme, count - 1) if count > 1 else 0
        with _lock:  # no two phonemes may get the same bit
            known = _bits.setdefault((phoneme, count), fewer | 1 << len(_bits))
    return known


_bits: dict[tuple[str, int], int] = {}
_lock = threading.Lock()


def _cut(joined: str, expected: Sequence[str]) -> list[str]:
    """Cut one spoken word into the parts that match ``expected`` best."""
    if len(expected) == 1:
        return [joined]
    places = [p for p in range(len(joined) + 1) if not (p < len(joined) and joined[p] in _TRAILING)]
    places = [p for p in places if not joined[:p].endswith(tuple(_STRESS))]
    rest = "".join(expected[1:])
    left, right = _sound(expected[0]), _sound(rest)
    first = min(places, key=lambda p: (_misfit(left, _sound(joined[:p])) + _misfit(right, _sound(joined[p:])), p))
    return [joined[:first], *_cut(joined[first:], expected[1:])]
