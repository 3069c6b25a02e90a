"""The test before a search never excludes a pattern that matches."""

import contextlib
import functools
import re
from pathlib import Path

import pytest

from tts.core.errors import TextError
from tts.text import rules
from tts.text.frontend import TextFrontend
from tts.text.offsets import OffsetText
from tts.text.prefilter import FEW, PatternFilter, first_characters, needed_characters, needed_digits, needed_pairs
from tts.text.rules import rule, when


def inputs():
    for name in ("public_cases.tsv", "more_cases.tsv"):
        for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()[1:]:
            yield line.split("\t")[1].replace("\\n", "\n")


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        ("a[bc]+d?", ["a", "bc"]),
        ("(?:ab|cd)x", ["x", "bc"]),
        ("(?:ab|c?)x", ["x"]),
        (r"(?<=k)(?!y)z(?= q)", [" ", "k", "q", "z"]),
        (r"\w[^a]\sx", ["x"]),
        (r"(?i:K)x", ["Kk", "x"]),
        (r"\d", ["0123456789"]),
    ],
)
def test_the_characters_that_a_pattern_needs(pattern, needed):
    assert sorted("".join(sorted(one)) for one in needed_characters(pattern)) == sorted(needed)


@pytest.mark.parametrize(
    ("pattern", "digits"),
    [(r"\d{3}-\d{4}", 7), (r"(?=\d{5})\d\d|1[23]{2}x", 3), (r"\d*(?<=\d)", 1), ("[0-9a]", 0), (r"(?:\d\d){20}", 12)],
)
def test_the_digits_that_a_pattern_needs(pattern, digits):
    assert needed_digits(pattern) == digits


@pytest.mark.parametrize(
    ("pattern", "pairs"),
    [
        ("x[ab]c", ["ac bc", "xa xb"]),
        ("xa?b", ["ab xb"]),
        ("xa?b(?=c)", ["ab xb", "bc"]),
        ("(?<=a)(?P<name>b+)c", ["ab", "bc"]),
        ("(?:ab|cd|ef)", ["ab cd ef"]),
        ("(?:ab|c)d", ["bd cd"]),
        (r"a\w", []),
        (r"a(?!x)\bb", ["ab"]),
        ("(?i:k)-", ["K- k-"]),
        ("(?:ab){2}", ["ab"]),
        ("(?:a|b?)c", []),
        (r"a(?<=\b)b", ["ab"]),
    ],
)
def test_the_pairs_that_a_pattern_needs(pattern, pairs):
    assert sorted(" ".join(sorted(one)) for one in needed_pairs(pattern)) == pairs


def test_a_pattern_without_its_characters_is_excluded():
    patterns = PatternFilter([("[€$]x", 0), (r"\d\d", 0), None])
    assert patterns.possible("x7") == (2,)
    assert patterns.possible("€x 12") == (0, 1, 2)


def test_a_pattern_without_its_pairs_is_excluded_if_many_have_their_characters():
    patterns = PatternFilter([("ab", 0), ("bc", 0), ("ca", 0), *[None] * FEW])
    assert patterns.by_characters("cab")[:3] == (0, 1, 2)
    assert patterns.possible("cab")[:2] == (0, 2)


@pytest.mark.parametrize("before", ["", "x", "xy", "\ud800", "\U000f0000", "é"])
@pytest.mark.parametrize("after", ["", "x", "\udfff"])
def test_a_pair_is_found_at_every_place(before, after):
    patterns = PatternFilter([("ab", 0), ("ba", 0), (r"\U000f0000b", 0), *[None] * FEW])
    assert 0 in patterns.possible(f"{before}ab{after}")
    assert 1 not in patterns.possible(f"{before}ab{after}")
    assert 2 in patterns.possible(f"{before}ab\U000f0000b{after}")


@pytest.mark.parametrize(
    ("pattern", "characters"),
    [
        ("(?<!x)(?P<name>[ab]+)c", "[ab]"),
        (r"\b(?=x)(?i:k)|-?y", r"[Kk\-y]"),
        (r"a?\d{2}", "[0123456789a]"),
        (r"\w", ""),
        ("a?", ""),
        ("a?.b", ""),
        (r"(?<=a)\b", ""),
    ],
)
def test_the_characters_with_which_a_pattern_begins(pattern, characters):
    assert sorted(first_characters(pattern)) == sorted(characters)


def test_a_filter_that_is_made_later_does_not_change_the_others():
    first, text = PatternFilter([("qz", 0)]), "qz 7"
    assert first.possible(text) == (0,)
    assert PatternFilter([("7", 0), ("8", 0)]).possible(text) == (0,)
    assert first.possible(text) == (0,)


def test_a_rule_sees_what_an_earlier_rule_wrote():
    group = when("a", [rule("a", lambda m: "b7"), rule(r"b\d", lambda m: "c")])
    assert group(OffsetText("xa")).text == "x c"


def test_no_excluded_rule_of_the_package_matches(monkeypatch):
    """Every rule is tried on every text. None that the test excludes may match; the others match as their pattern."""
    wrong, excluded, found = set(), 0, 0
    filter_of = functools.cache(PatternFilter)

    def try_all(group, text):
        nonlocal excluded, found
        if group.trigger.search(text.text) is None:
            return text
        tests = filter_of(tuple((one.pattern, one.flags) for one in group.rules))
        for i, one in enumerate(group.rules):
            if i not in tests.possible(text.text):
                excluded += 1
                if re.search(one.pattern, text.text, one.flags):
                    wrong.add(one.pattern)
            elif match := re.search(one.pattern, text.text, one.flags):
                found += 1
                if (quick := one.compiled.search(text.text)) is None or quick.regs != match.regs:
                    wrong.add(one.pattern)
            text = one(text)
        return text

    monkeypatch.setattr(rules.Group, "__call__", try_all)
    frontends = TextFrontend("en-us"), TextFrontend("de")
    for text in [*inputs()][::3]:
        for frontend in frontends:
            with contextlib.suppress(TextError):
                frontend.read(text)
    assert not wrong
    assert excluded > 10_000
    assert found > 500
