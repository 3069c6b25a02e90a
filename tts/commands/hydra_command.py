"""Run a command whose options Hydra composes. A mistake on its command line becomes one line."""

from __future__ import annotations

import os
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

from hydra import compose, initialize_config_dir
from hydra._internal.utils import get_args_parser  # the parser of every ``hydra.main``
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from tts.commands.overrides import quote_overrides
from tts.commands.runner import fail, run
from tts.core.config import config_root
from tts.core.errors import AttuneError

#: With this environment variable Hydra raises its errors; without it, Hydra prints them on many lines.
FULL_ERROR = "HYDRA_FULL_ERROR"
MAX_LENGTH = 300  # characters of one of Hydra's own messages


MAX_NAME = 200  # bytes; file names may have 255


def file_name(overrides: str) -> str:
    """``overrides`` as the name of a folder: the end of a long one is replaced by its checksum."""
    encoded = overrides.encode()
    if len(encoded) <= MAX_NAME:
        return overrides
    return f"{encoded[:MAX_NAME].decode(errors='ignore')}-{zlib.crc32(encoded):08x}"


OmegaConf.register_new_resolver("file_name", file_name, replace=True)  # for hydra.sweep.subdir of conf/train.yaml


class CompositionError(AttuneError):
    """The words of the command line do not fit the configuration."""

    exit_status = 2


def run_hydra(main: Callable[[], None], name: str, *, continues: bool = False) -> None:
    """Run ``main`` with the command line of this process. Exits with the status if that is not 0.

    Args:
        main: a function that ``hydra.main`` decorated.
        name: the name of the command and of its file conf/NAME.yaml.
        continues: see `tts.commands.runner.run`.
    """
    sys.argv[1:] = quote_overrides(sys.argv[1:])
    has_variable = FULL_ERROR in os.environ
    os.environ.setdefault(FULL_ERROR, "1")
    try:
        status = run(_compose_and_run, main, name, has_variable, continues=continues)
    finally:
        if not has_variable:
            del os.environ[FULL_ERROR]
    if status:
        sys.exit(status)


def _compose_and_run(main: Callable[[], None], name: str, has_variable: bool) -> None:
    parser = get_args_parser()
    parser.error = lambda message: sys.exit(fail(f"{message}. See: python -m tts.{name} --help", 2))  # type: ignore
    words = parser.parse_args().overrides
    for word in words:
        if word.startswith("="):
            raise CompositionError(f"'{word}' has no name. Write KEY=VALUE.")
    try:
        main()
    except (HydraException, OmegaConfBaseException) as error:
        if has_variable:  # the user asked for the traceback
            raise
        raise CompositionError(explain(error, name, words)) from error


def explain(error: Exception, name: str, words: list[str]) -> str:
    """Return one line about an error of Hydra: what is wrong in ``words`` and what may be meant."""
    if isinstance(error, OverrideParseException):
        return f"'{error.override}' cannot be read. Write KEY=VALUE, or GROUP=CHOICE."
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        return _explain_choice(error.missing_cfg_file, list(error.options or []))
    if found := re.match(r"Could not override '([^']+)'", str(error)):
        return _explain_option(found[1], name, words)
    if found := re.match(r"Multiple values for (\S+)\. To override", str(error)):
        return f"{found[1]} has a choice already. To replace it, write {found[1]}=CHOICE, without '+'."
    lines = re.split(r"\n\s*(?:Config search path|See https)", str(error))[0].split("\n")
    return "; ".join(line.strip() for line in lines if line.strip())[:MAX_LENGTH]


def _explain_choice(missing: str, choices: list[str]) -> str:
    group, _, choice = missing.rpartition("/")
    if missing.startswith("experiment/"):
        group, choice = "experiment", missing.removeprefix("experiment/")
        choices = [path.relative_to(_recipes()).with_suffix("").as_posix() for path in _recipes().glob("*/*.yaml")]
    close = get_close_matches(choice, choices, n=2)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"Choose one of: {', '.join(sorted(choices))}."
    return f"there is no {group}={choice}. {hint}"


def _recipes() -> Any:
    return config_root() / "recipes"


def _explain_option(key: str, name: str, words: list[str]) -> str:
    known = _options(name, words)
    ends = {path: path.rpartition(".")[2] for path in known}
    similar = get_close_matches(key.rpartition(".")[2], set(ends.values()), n=2, cutoff=0.8)
    close = get_close_matches(key, known, n=2, cutoff=0.85) or [path for path in known if ends[path] in similar][:3]
    hint = f"Did you mean {' or '.join(close)}?" if close else f"conf/{name}.yaml has the options."
    return f"there is no option {key}. {hint}"


def _options(name: str, words: list[str]) -> list[str]:
    """Dotted paths of all options and names of all groups, with the choices of groups in ``words``."""
    folder = config_root() / "conf"
    groups = sorted(path.name for path in folder.iterdir() if path.is_dir())
    choices = [word for word in words if word.partition("=")[0] in groups]
    try:
        with initialize_config_dir(str(folder), version_base="1.3"):
            config = OmegaConf.to_container(compose(name, choices), resolve=False)
    except (HydraException, OmegaConfBaseException):
        return groups
    return sorted({*groups, *_paths(config)})


def _paths(config: Any, prefix: str = "") -> Iterator[str]:
    if prefix:
        yield prefix
    if isinstance(config, dict):
        for key, value in config.items():
            yield from _paths(value, f"{prefix}.{key}" if prefix else str(key))
