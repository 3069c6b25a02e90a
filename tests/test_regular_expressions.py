"""No regular expression of the package takes exponential time for a malicious text."""

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from backtracking import Matcher, TooManyStepsError, attacks

import tts
from tts.text import rules
from tts.text.english.normalize import STAGES

CALLS = {"compile", "match", "fullmatch", "search", "sub", "split", "findall", "finditer"}
USES_PATTERNS = re.compile(r"^import re$|\brules import ", re.MULTILINE)
SHORT, LONG = 8, 16
#: Twice the length may take at most 2 ** 3 times the steps, and some: beyond that it is exponential, or as good as.
MOST_GROWTH, ENOUGH = 9.0, 3000


def patterns() -> dict[tuple[str, int], str]:
    """Every pattern of the package by (pattern, flags), with its place."""
    found: dict[tuple[str, int], str] = {}
    for module in pkgutil.walk_packages(tts.__path__, "tts."):
        source = Path(module.module_finder.path, module.name.rpartition(".")[2] + ".py")
        if module.ispkg or module.name.endswith("__main__") or not USES_PATTERNS.search(source.read_text("utf-8")):
            continue
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            for pattern in _inside(value):
                found.setdefault((pattern.pattern, pattern.flags), f"{module.name}.{name}")
    for path in Path(tts.__file__).parent.rglob("*.py"):
        for pattern in _written(path):
            found.setdefault((pattern.pattern, pattern.flags), path.name)
    return found


def _inside(value, depth=0):
    """Patterns in a value: in lists, in closures, and in rules, whose patterns are compiled at their first use."""
    if isinstance(value, re.Pattern):
        yield from [value] if isinstance(value.pattern, str) else []
    elif isinstance(getattr(value, "__self__", None), re.Pattern):
        yield value.__self__
    elif depth < 8:
        inner = []
        if isinstance(value, (list, tuple, set, frozenset)):
            inner = value
        elif isinstance(value, dict):
            inner = value.values()
        elif hasattr(value, "cache_info") and getattr(value, "__name__", "") == "compiled":
            inner = [value()]
        elif inspect.isfunction(value) and value.__closure__:
            inner = [cell.cell_contents for cell in value.__closure__]
        elif isinstance(value, rules.PatternRule):
            inner = [value.compiled]
        elif isinstance(value, rules.Group):
            inner = [value.trigger, *value.rules]
        for part in inner:
            yield from _inside(part, depth + 1)


def _written(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            of_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re" and node.func.attr in CALLS
            if of_re and isinstance(node.args[0], ast.Constant):
                yield re.compile(node.args[0].value)


def growth(pattern: re.Pattern[str]) -> tuple[float, str]:
    """The worst ratio of steps at `LONG` to steps at `SHORT`, and the text."""
    matcher, worst = Matcher(pattern), (0.0, "")
    for short, long in zip(attacks(matcher, SHORT), attacks(matcher, LONG)):
        few = matcher.steps(short, 10**9 if len(short) < SHORT else 200_000)
        limit = int(max(ENOUGH, few * MOST_GROWTH))
        try:
            many = matcher.steps(long, limit)
        except TooManyStepsError:
            return float("inf"), long
        if many > ENOUGH:
            worst = max(worst, (many / few, long))
    return worst


def test_the_pattern_that_hung_for_days_is_found():
    exponential = re.compile(r"\s*(?:<!--.*?-->\s*)*<speak", re.DOTALL)
    assert growth(exponential)[0] > MOST_GROWTH


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(\w*\s*)*!", r"(a|a)*b"])
def test_other_exponential_patterns_are_found(pattern):
    assert growth(re.compile(pattern))[0] > MOST_GROWTH


def test_no_pattern_takes_exponential_time():
    explode = {
        where: (pattern, ascii(text))
        for (pattern, flags), where in patterns().items()
        if (found := growth(re.compile(pattern, flags)))[0] > MOST_GROWTH
        for text in [found[1]]
    }
    assert not explode


def test_the_patterns_of_the_package_are_collected():
    found = {where.rpartition(".")[0] for where in patterns().values()}
    assert {"tts.text.ssml", "tts.text.markup", "tts.text.sentences"} <= found
    collected = {pattern for pattern, _ in patterns()}
    grouped = [one for group in STAGES if isinstance(group, rules.Group) for one in group.rules]
    assert len(grouped) > 250
    assert collected.issuperset(one.compiled.pattern for one in grouped if isinstance(one, rules.PatternRule))
