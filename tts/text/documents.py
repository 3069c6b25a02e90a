"""Remove the markup of web pages, Markdown and subtitles. The rules are the same for every language.

The result keeps line breaks; `tts.text.lines` tells which of them are only line wrapping.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Callable

from tts.text.offsets import OffsetText, Replacement
from tts.text.rules import Rule, when
from tts.text.rules import rule as _rule

_lines = functools.partial(_rule, flags=re.MULTILINE, spaced=False)
_inline = functools.partial(_rule, spaced=False)

_TIME = r"(?:\d{1,3}:)?\d{1,2}:\d\d[.,]\d{1,3}"
_TIMING = rf"{_TIME}[ \t]*-->[ \t]*{_TIME}[^\n]*"
_BULLET = r"[-*+•◦▪‣·][ \t]+"
_BLOCK = r"</?(?:p|div|br|hr|li|ul|ol|h[1-6]|tr|table|section|article|blockquote|pre|header|footer)\b[^<>\n]*>"


def _keep(group: str) -> Callable[[re.Match[str]], Replacement]:
    """A replacement that keeps one ``group`` of the match and drops the rest."""
    return lambda match: [(match[group], group)]


def _remove(_: re.Match[str]) -> str:
    return ""


def _after_cue(match: re.Match[str]) -> str:
    """Replace the number and times of a cue by a line break, because a sentence may continue in the next cue."""
    before = (match["before"] or "").strip()
    return "\n" if re.fullmatch(r"[\w.:-]{0,40}", before) else f"\n{before}\n"


def _unescape(match: re.Match[str]) -> str | None:
    """ "&mdash;" -> "—", also "&amp;nbsp;", which is escaped twice. Text that is no entity stays."""
    once = html.unescape(match[0])
    return html.unescape(once) if once != match[0] else None


def _heading(match: re.Match[str]) -> Replacement:
    inner = re.sub(r"\s+#+\s*$", "", match["inner"])
    return [(inner, "inner"), ("\n", 0)]


_SUBTITLES: Rule = when(
    r"(?m)-->|^Dialogue:|^\[\d\d:\d\d|\{\\",
    [
        _inline(r"\A\W?WEBVTT[^\n]*(?:\n[^\n]+)*\n", lambda m: "\n"),
        _lines(r"^(?:NOTE|STYLE|REGION)\b[^\n]*\n(?:(?![^\n]*-->)[^\n]+\n)*", lambda m: "\n"),
        _lines(rf"(?:\n[ \t]*){{0,2}}^(?P<before>[^\n]*\n)?{_TIMING}\n?", _after_cue),
        _inline(r"\{\\(?:an?\d|[a-z]{1,4}[\d(&][^{}]*|[ibus]\d)\}", _remove),
        _inline(r"</?[vc](?:\.[\w.-]+)?(?:[ \t][^<>\n]*)?>|<\d\d:[\d:.]+>", _remove),  # the speaker, the class, a time
        _lines(r"^(?:Format|Style|Comment):[^\n]*\n", _remove),
        _lines(r"^Dialogue:(?:[^,\n]*,){9}(?P<inner>[^\n]*)", _keep("inner")),
        _lines(r"^(?:\[\d{1,3}:\d\d(?:[.:]\d{1,3})?\])+[ \t]*", _remove),
    ],
)


#: Characters. A tag without an end within them does not enclose text.
_NEAR = 1000


def _mentioned(match: re.Match[str]) -> Replacement:
    """The name of a tag that the text is about: "the <div> tag", "inside a <ul>"."""
    group = "tag" if match["tag"] else "name"
    tag = match[group]
    if match.string.find(f"</{tag}", match.end(), match.end() + _NEAR) >= 0:
        return None
    return [(" ".join(tag.upper()) if len(tag) < 3 or not re.search("[aeiouy]", tag) else tag, group)]


_HTML: Rule = when(
    r"[<&]",
    [
        _rule(r"<!--(?:(?!<!--).)*?-->", lambda m: " ", re.DOTALL),
        _rule(r"<(?P<tag>script|style|head)\b[^<>]*>(?:(?!<script|<style|<head).)*?</(?P=tag)\s*>",
              lambda m: " ", re.DOTALL | re.IGNORECASE),
        _inline(
            r"(?:(?<=\ba )|(?<=\ban )|(?<=\bthe ))<(?P<tag>[a-z][a-z1-6]{0,9})>"
            r"(?=[.,;:!?)]*(?:\s*$|\s+(?:and|or|in|inside|to|with|is|has|are|tags?|elements?|blocks?)\b))"
            r"|<(?P<name>[a-z][a-z1-6]{0,9})>(?= (?:tags?|elements?)\b)",
            _mentioned,
        ),
        _inline(_BLOCK, lambda m: "\n" if m[0][:3].lower() == "<br" else "\n\n", flags=re.IGNORECASE),
        _inline(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});(?:#?\w{1,31};)?", _unescape),
    ],
)  # fmt: skip

_MARKDOWN_LINES: Rule = when(
    r"(?m)^[ \t]*(?:[#>*+|`~=_•◦▪‣·-]|\[[ xX]\]|\[[^\]\n]+\]:)|[ \t]\|[ \t]",
    [
        _lines(r"^[ \t]*(?:```|~~~)[^\n]*$", _remove),
        _lines(r"^[ \t]*\|?(?:[ \t]*:?-{2,}:?[ \t]*\|)+(?:[ \t]*:?-{2,}:?)?[ \t]*$", _remove),
        _lines(r"^[ \t]*(?:={3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$", _remove),
        _lines(r"^[ \t]*#{1,6}[ \t]+(?P<inner>[^\n]*)$", _heading),
        _lines(r"^[ \t]*(?:>[ \t]*)+(?:(?<=[ \t])(?=[^\s\d])|(?=[A-Za-z\"'*_]))", _remove),
        _lines(r"^[ \t]*\[\^[\w-]+\]:[ \t]*", _remove),
        _lines(r"^[ \t]*\[[^\]\n]+\]:[ \t]*(?:https?:|/|<)[^\n]*$", _remove),
        _lines(
            rf"^[ \t]*{_BULLET}(?:\[[ xX]\][ \t]+)?(?:(?=[^\s\d-])|(?=[^\n]*\n[ \t]*{_BULLET})|(?<=\n[-*+] ))",
            lambda m: "• ",
        ),
        _lines(r"^[ \t]*\[[ xX]\][ \t]+", lambda m: "• "),
        _lines(r"^[ \t]*\|(?!\w{1,5}\| ?[<>=≤≥+])[ \t]*", _remove),  # "|x| < 3" is no row
        _lines(r"[ \t]*\|[ \t]*$", _remove),
        _inline(r"(?<![ \t])[ \t]+\|[ \t]+", lambda m: ", "),
    ],
)


def _emphasis(mark: str, times: str) -> Rule:
    """A rule for emphasis such as ``*word*``, which does not match ``2*3*4`` or ``* word``."""
    inner = rf"[^\s{mark}](?:[^{mark}\n]*[^\s{mark}])?"
    dialed = (
        r"(?:(?=\*\D)|(?<!dial )(?<!Dial )(?<!press )(?<!Press ))(?<!\d\* or )" if (mark, times) == (r"\*", "") else ""
    )
    return _inline(
        rf"{dialed}(?<![\w{mark}]){mark}{times}(?P<inner>{inner}){mark}{times}(?![\w{mark}])", _keep("inner")
    )


#: Mathematics between dollar signs: "$x = 5$", "$n$", but not "$5 or $7".
_MATHEMATICS = (
    r"(?=[A-Za-z\\({|-]|\d+[A-Za-z\\])(?![^$\n]{0,200}[a-z]{3} [a-z]{2})"
    r"(?=[^$\n]{0,200}[\\^_=<>+]|[^$\n]{0,200}\w ?[-/*] ?\w"
    r"|[A-Za-z]\$)[^$\n]{0,200}(?<!\s)"
)

_MARKDOWN: Rule = when(
    r"[*_~=`\[]|\$[^$\n]*\$",
    [
        _inline(r"\$\$(?P<inner>[^$]{1,400})\$\$", _keep("inner")),
        _inline(rf"(?<![\w$\\])\$(?P<inner>{_MATHEMATICS})\$(?![\w$])", _keep("inner")),
        _inline(r"!?\[(?P<inner>[^\[\]\n]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:[ \t]+\"[^\"\n]*\")?\)", _keep("inner")),
        _inline(r"!?\[(?!\d{1,3}\])(?P<inner>[^\[\]\n]+)\]\[[^\[\]\n]*\]", _keep("inner")),
        _inline(
            r"(?<=[\w.,;:!?\"')\]])(?<!\b[A-Za-z])(?<!\bint)(?<!\bchar)(?<!\bfloat)(?<!\bdouble)(?<!\barr)(?<!\barray)(?<!\bargv)"
            r"(?<!\bargs)(?<!\blist)(?<!\bdata)(?<!\bbyte)(?<!\bstring)(?!\[0\])"
            r"(?:\[(?:\^[\w-]+|\d{1,3}(?:(?:, ?|[–-])\d{1,3})*|citation needed|note \d+)\])+",
            _remove,
        ),
        _inline(r"`{1,3}(?P<inner>[^`\n]+)`{1,3}", _keep("inner")),
        *(_emphasis(r"\*", times) for times in ("", "{2}", "{3}")),
        *(_emphasis(*mark) for mark in (("_", ""), ("_", "{2,3}"), ("~", "{2}"), ("=", "{2}"))),
    ],
)


def strip_markup(text: OffsetText) -> OffsetText:
    """Return ``text`` without HTML tags and entities, Markdown marks and subtitle times.

    >>> strip_markup(OffsetText("# Soup\\n* **hot** [stock](https://a.org)")).text
    'Soup\\n\\nhot stock'
    """
    if _HAS_MARKUP.search(text.text) is None:
        return text
    for stage in (_SUBTITLES, _HTML, _MARKDOWN_LINES, _MARKDOWN):
        text = stage(text)
    return text


_HAS_MARKUP = re.compile(r"[<&*_~=`\[#>|{•◦▪‣·$]|^[ \t]*[+-]|---|-->", re.MULTILINE)
