"""Text as it lies in files: web pages, Markdown and subtitles without what is not read aloud; no language of its own.

What is left has the line breaks that mean something; `tts.text.lines` tells them from mere line wrapping.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Callable

from tts.text.offsets import OffsetText, Replacement
from tts.text.rules import Rule, where
from tts.text.rules import rule as _rule

_lines = functools.partial(_rule, flags=re.MULTILINE, apart=False)
_inline = functools.partial(_rule, apart=False)

_TIME = r"(?:\d{1,3}:)?\d{1,2}:\d\d[.,]\d{1,3}"
_TIMING = rf"{_TIME}[ \t]*-->[ \t]*{_TIME}[^\n]*"
_BULLET = r"[-*+•◦▪‣·][ \t]+"
_BLOCK = r"</?(?:p|div|br|hr|li|ul|ol|h[1-6]|tr|table|section|article|blockquote|pre|header|footer)\b[^<>\n]*>"


def _keep(group: str) -> Callable[[re.Match[str]], Replacement]:
    """A match is read as one of its groups."""
    return lambda match: [(match[group], group)]


def _nothing(_: re.Match[str]) -> str:
    return ""


def _after_cue(match: re.Match[str]) -> str:
    """A cue's number and times become the end of a line, since a sentence may go on in the next cue."""
    before = (match["before"] or "").strip()
    return "\n" if re.fullmatch(r"[\w.:-]{0,40}", before) else f"\n{before}\n"


def _unescaped(match: re.Match[str]) -> str | None:
    """ "&mdash;" -> "—"; twice escaped "&amp;nbsp;" too; what is no entity stays."""
    once = html.unescape(match[0])
    return html.unescape(once) if once != match[0] else None


def _heading(match: re.Match[str]) -> Replacement:
    said = re.sub(r"\s+#+\s*$", "", match["said"])
    return [(said, "said"), ("\n", 0)]


_SUBTITLES: Rule = where(
    r"(?m)-->|^Dialogue:|^\[\d\d:\d\d",
    [
        _inline(r"\A\W?WEBVTT[^\n]*(?:\n[^\n]+)*\n", lambda m: "\n"),
        _lines(r"^(?:NOTE|STYLE|REGION)\b[^\n]*\n(?:(?![^\n]*-->)[^\n]+\n)*", lambda m: "\n"),
        _lines(rf"(?:\n[ \t]*){{0,2}}^(?P<before>[^\n]*\n)?{_TIMING}\n?", _after_cue),
        _inline(r"\{\\[^{}]*\}", _nothing),
        _lines(r"^(?:Format|Style|Comment):[^\n]*\n", _nothing),
        _lines(r"^Dialogue:(?:[^,\n]*,){9}(?P<said>[^\n]*)", _keep("said")),
        _lines(r"^(?:\[\d{1,3}:\d\d(?:[.:]\d{1,3})?\])+[ \t]*", _nothing),
    ],
)

_HTML: Rule = where(
    r"[<&]",
    [
        _rule(r"<!--(?:(?!<!--).)*?-->", lambda m: " ", re.DOTALL),
        _rule(r"<(?P<tag>script|style|head)\b[^<>]*>(?:(?!<script|<style|<head).)*?</(?P=tag)\s*>",
              lambda m: " ", re.DOTALL | re.IGNORECASE),
        _inline(_BLOCK, lambda m: "\n" if m[0][:3].lower() == "<br" else "\n\n", flags=re.IGNORECASE),
        _inline(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});(?:#?\w{1,31};)?", _unescaped),
    ],
)  # fmt: skip

_MARKDOWN_LINES: Rule = where(
    r"(?m)^[ \t]*(?:[#>*+|`~=_•◦▪‣·-]|\[[ xX]\]|\[[^\]\n]+\]:)|[ \t]\|[ \t]",
    [
        _lines(r"^[ \t]*(?:```|~~~)[^\n]*$", _nothing),
        _lines(r"^[ \t]*\|?(?:[ \t]*:?-{2,}:?[ \t]*\|)+(?:[ \t]*:?-{2,}:?)?[ \t]*$", _nothing),
        _lines(r"^[ \t]*(?:={3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$", _nothing),
        _lines(r"^[ \t]*#{1,6}[ \t]+(?P<said>[^\n]*)$", _heading),
        _lines(r"^[ \t]*(?:>[ \t]*)+(?:(?<=[ \t])(?=[^\s\d])|(?=[A-Za-z\"'*_]))", _nothing),
        _lines(r"^[ \t]*\[\^[\w-]+\]:[ \t]*", _nothing),
        _lines(r"^[ \t]*\[[^\]\n]+\]:[ \t]*(?:https?:|/|<)[^\n]*$", _nothing),
        _lines(
            rf"^[ \t]*{_BULLET}(?:\[[ xX]\][ \t]+)?(?:(?=[^\s\d-])|(?=[^\n]*\n[ \t]*{_BULLET})|(?<=\n[-*+] ))",
            lambda m: "• ",
        ),
        _lines(r"^[ \t]*\[[ xX]\][ \t]+", lambda m: "• "),
        _lines(r"^[ \t]*\|[ \t]*", _nothing),
        _lines(r"[ \t]*\|[ \t]*$", _nothing),
        _inline(r"(?<![ \t])[ \t]+\|[ \t]+", lambda m: ", "),
    ],
)


def _emphasis(mark: str, times: str) -> Rule:
    """``*so*``, not ``2*3*4`` nor ``* so``."""
    inner = rf"[^\s{mark}](?:[^{mark}\n]*[^\s{mark}])?"
    return _inline(rf"(?<![\w{mark}]){mark}{times}(?P<said>{inner}){mark}{times}(?![\w{mark}])", _keep("said"))


_MARKDOWN: Rule = where(
    r"[*_~=`\[]",
    [
        _inline(r"!?\[(?P<said>[^\[\]\n]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:[ \t]+\"[^\"\n]*\")?\)", _keep("said")),
        _inline(r"!?\[(?!\d{1,3}\])(?P<said>[^\[\]\n]+)\]\[[^\[\]\n]*\]", _keep("said")),
        _inline(
            r"(?<=[\w.,;:!?\"')\]])(?:\[(?:\^[\w-]+|\d{1,3}(?:(?:, ?|[–-])\d{1,3})*|citation needed|note \d+)\])+",
            _nothing,
        ),
        _inline(r"`{1,3}(?P<said>[^`\n]+)`{1,3}", _keep("said")),
        *(_emphasis(r"\*", times) for times in ("", "{2}", "{3}")),
        *(_emphasis(*mark) for mark in (("_", ""), ("_", "{2,3}"), ("~", "{2}"), ("=", "{2}"))),
    ],
)


def plain(text: OffsetText) -> OffsetText:
    """``text`` without markup: entities and tags of HTML, Markdown's signs, the times of subtitles.

    >>> plain(OffsetText("# Soup\\n* **hot** [stock](https://a.org)")).text
    'Soup\\n\\nhot stock'
    """
    if _WORTH_A_LOOK.search(text.text) is None:
        return text
    for stage in (_SUBTITLES, _HTML, _MARKDOWN_LINES, _MARKDOWN):
        text = stage(text)
    return text


_WORTH_A_LOOK = re.compile(r"[<&*_~=`\[#>|{•◦▪‣·]|^[ \t]*[+-]|---|-->", re.MULTILINE)
