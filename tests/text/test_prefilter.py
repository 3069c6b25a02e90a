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
from tts.text.prefilter import PatternFilter, needed_characters, needed_digits
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


def test_a_pattern_without_its_characters_is_excluded():
    patterns = PatternFilter([("[€$]x", 0), (r"\d\d", 0), None])
    may_match = [found & one == one for found in [patterns.present("x7")] for one in patterns.needed]
    assert may_match == [False, False, True]
    found = patterns.present("€x 12")
    assert all(found & one == one for one in patterns.needed)


def test_a_rule_sees_what_an_earlier_rule_wrote():
    group = when("a", [rule("a", lambda m: "b7"), rule(r"b\d", lambda m: "c")])
    assert group(OffsetText("xa")).text == "x c"


def test_no_excluded_rule_of_the_package_matches(monkeypatch):
    """Every rule is tried on every text; none that the test excludes may match."""
    wrong, excluded = set(), 0
    filter_of = functools.cache(PatternFilter)

    def try_all(group, text):
        nonlocal excluded
        if group.trigger.search(text.text) is None:
            return text
        tests = filter_of(tuple((one.pattern, one.flags) for one in group.rules))
        for one, needed in zip(group.rules, tests.needed):
            if tests.present(text.text) & needed != needed:
                excluded += 1
                if re.search(one.pattern, text.text, one.flags):
                    wrong.add(one.pattern)
            text = one(text)
        return text

    monkeypatch.setattr(rules._Group, "__call__", try_all)
    frontends = TextFrontend("en-us"), TextFrontend("de")
    for text in [*inputs()][::3]:
        for frontend in frontends:
            with contextlib.suppress(TextError):
                frontend.read(text)
    assert not wrong
    assert excluded > 10_000
