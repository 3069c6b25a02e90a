r"""Commands of LaTeX: "\frac{1}{2}", "\sqrt{x}", "2 \times 3", "a_{n-1}"."""

from __future__ import annotations

import re

from tts.text.offsets import Replacement
from tts.text.rules import Rule, any_of, rule

_COMMANDS = {
    "times": "times", "cdot": "times", "div": "divided by", "pm": "plus or minus", "leq": "at most", "le": "at most",
    "geq": "at least", "ge": "at least", "neq": "is not", "ne": "is not", "approx": "is about", "infty": "infinity",
    "to": "to", "rightarrow": "to", "sum": "the sum of", "prod": "the product of", "int": "the integral of",
    "partial": "partial", "in": "in", "cup": "union", "cap": "intersection", "forall": "for all", "circ": "degrees",
    "exists": "there exists", "lim": "the limit of", "ldots": "…", "cdots": "…", "dots": "…",
    "Delta": "delta", "Omega": "omega", "Sigma": "sigma", "varepsilon": "epsilon", "varphi": "phi",
}  # fmt: skip
_GROUP = r"\{(?P<%s>[^{}\n]{1,40})\}"


def _fraction(match: re.Match[str]) -> Replacement:
    return [(match["top"], "top"), (" over ", 0), (match["bottom"], "bottom")]


def _subscript(match: re.Match[str]) -> Replacement:
    inner = re.sub(r"\s?\+\s?", " plus ", re.sub(r"\s?[-−]\s?", " minus ", match["inner"]))
    return [(f" {inner} ", "inner")]


#: Part of `tts.text.english.science.SCIENCE`.
LATEX: tuple[Rule, ...] = (
    rule(rf"\\[dt]?frac{_GROUP % 'top'}{_GROUP % 'bottom'}", _fraction),
    rule(rf"\\sqrt{_GROUP % 'inner'}", lambda m: [("the square root of ", 0), (m["inner"], "inner")]),
    rule(
        rf"\\(?:text|mathrm|mathbf|mathit|operatorname|emph|textbf|textit){_GROUP % 'inner'}",
        lambda m: [(m["inner"], "inner")],
    ),
    rule(r"\\(?:left|right|displaystyle|quad|qquad|limits)\b", lambda m: " "),
    rule(
        rf"(?<![A-Za-z:\\])\\(?P<command>{any_of(_COMMANDS)})(?![A-Za-z\\/.])", lambda m: f" {_COMMANDS[m['command']]} "
    ),
    rule(rf"(?<=[A-Za-z)])_{_GROUP % 'inner'}", _subscript),
)
