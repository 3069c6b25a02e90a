"""Assign phonemes to words. espeak-ng joins some words ("of the") and gives several words for others ("1963")."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

_MOST_JOINED, _BEAM = 4, 6
#: The characters of ``_TRAILING`` never begin a word's phonemes, and stress marks never end them.
_UNSTRESSED = str.maketrans("", "", "ˈˌ")
_TRAILING, _STRESS = "ːˑʲʷʰˠˤ̩̃͡ʔ", "ˈˌ"


def assign_phonemes(words: Sequence[str], spoken: Sequence[str], alone: Callable[[str], str]) -> list[tuple[str, bool]]:
    """The phonemes of every word, and whether they are joined to those of the next word.

    Args:
        words: the words that were passed to espeak-ng.
        spoken: its output, split at spaces.
        alone: gives the phonemes of one word on its own. It is called only if ``spoken`` may not match ``words`` one
            to one.

    Returns:
        (phonemes, joined) for each word. With a space after each word that is not ``joined``, they give ``spoken``.
    """
    if len(words) == len(spoken) and not any(c.isdigit() for word in words for c in word):
        return [(phonemes, False) for phonemes in spoken]
    if not spoken:
        return [("", False)] * len(words)
    shared: list[tuple[str, bool]] = []
    expected = [alone(word) for word in words]
    for num_words, num_spoken in _path(expected, spoken):
        at = len(shared)
        group = spoken[:num_spoken]
        spoken = spoken[num_spoken:]
        if num_words == 1:
            shared.append((" ".join(group), False))
        else:
            parts = _cut(group[0], expected[at : at + num_words])
            shared += [(part, i < num_words - 1) for i, part in enumerate(parts)]
    return shared


def _path(expected: Sequence[str], spoken: Sequence[str]) -> list[tuple[int, int]]:
    """Match words with spoken words by a beam search: (number of words, number of spoken words) of every group."""
    n, m = len(expected), len(spoken)
    best: dict[tuple[int, int], tuple[float, tuple[int, int] | None]] = {(0, 0): (0.0, None)}
    frontier: dict[int, list[tuple[int, int]]] = {0: [(0, 0)]}
    for total in range(n + m + 1):
        places = sorted(frontier.pop(total, []), key=lambda place: best[place][0])[:_BEAM]
        for i, j in places:
            for a, b in _steps(expected, spoken, i, j):
                place = (i + a, j + b)
                cost = best[i, j][0] + _misfit(expected[i : i + a], spoken[j : j + b])
                if place not in best:
                    frontier.setdefault(sum(place), []).append(place)
                if place not in best or cost < best[place][0]:
                    best[place] = (cost, (i, j))
    if (n, m) not in best:  # no match was found: the first word gets all phonemes
        return [(1, m)] + [(1, 0)] * (n - 1)
    path, place = [], (n, m)
    while (before := best[place][1]) is not None:
        path.append((place[0] - before[0], place[1] - before[1]))
        place = before
    return path[::-1]


def _steps(expected: Sequence[str], spoken: Sequence[str], i: int, j: int) -> Iterator[tuple[int, int]]:
    """The possible next groups. The lengths in a group are similar; an exact match is the only choice."""
    n, m = len(expected), len(spoken)
    if i == n:
        return
    if j < m and expected[i].translate(_UNSTRESSED) == spoken[j].translate(_UNSTRESSED):
        yield 1, 1
        return
    yield 1, 0
    if j == m:
        return
    yield 1, 1
    length = len(expected[i])
    for k in range(2, min(_MOST_JOINED, n - i) + 1):
        length += len(expected[i + k - 1])
        if length <= 2 * len(spoken[j]) + 2:
            yield k, 1
    k = len(expected[i].split())
    if 1 < k <= m - j:
        yield 1, k


def _misfit(expected: Sequence[str], spoken: Sequence[str]) -> float:
    """A cost: the number of phonemes that only one side has, plus a penalty if the first phonemes differ."""
    left, right = "".join(expected), "".join(spoken)
    differing = sum(abs(left.count(c) - right.count(c)) for c in {*left, *right} if c != " ")
    unlike = bool(right) and left.lstrip(_STRESS)[:1] != right.lstrip(_STRESS)[:1]
    return differing + 0.5 * abs(len(expected) - len(spoken)) + unlike


def _cut(joined: str, expected: Sequence[str]) -> list[str]:
    """Cut one spoken word into the parts that match ``expected`` best."""
    if len(expected) == 1:
        return [joined]
    places = [p for p in range(len(joined) + 1) if not (p < len(joined) and joined[p] in _TRAILING)]
    places = [p for p in places if not joined[:p].endswith(tuple(_STRESS))]
    rest = "".join(expected[1:])
    first = min(places, key=lambda p: (_misfit(expected[:1], [joined[:p]]) + _misfit([rest], [joined[p:]]), p))
    return [joined[:first], *_cut(joined[first:], expected[1:])]
