"""Quote words of a command line that Hydra cannot parse: spaces, brackets, umlauts, "="; and GROUP=null."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from tts.core.config import config_root


def quote_overrides(words: Sequence[str]) -> list[str]:
    """Put quotes around values that Hydra would reject or read as several values.

    A list of choices stays a list, unless a file has that name. ``GROUP=null`` chooses nothing from a group, as in
    yaml; Hydra's own syntax for it is ``~GROUP``.

    >>> quote_overrides(["data.source=My Recordings (2)", "optim.lr=0.1"])
    ["data.source='My Recordings (2)'", 'optim.lr=0.1']
    >>> quote_overrides(["attention=null"])
    ['~attention']
    """
    parser = OverridesParser.create()
    return [_quoted(word, parser) for word in words]


def shell_word(path: object) -> str:
    """Quote a path, if necessary, so that it can be pasted into a command."""
    return shlex.quote(str(path))


def _quoted(word: str, parser: OverridesParser) -> str:
    key, sign, value = word.partition("=")
    if not sign or word.startswith("-") or not value:
        return word
    if value == "null" and (config_root() / "conf" / key).is_dir():
        return f"~{key}"
    try:
        is_list = parser.parse_override(word).is_sweep_override()
    except HydraException:
        is_list = None
    if is_list is False or (is_list and not Path(value).exists()):
        return word
    quoted = f"{key}='" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    try:
        parser.parse_override(quoted)
    except HydraException:  # the key is wrong; Hydra will report it
        return word
    return quoted
