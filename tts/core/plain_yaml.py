"""Read configurations from untrusted files: only plain values, and only a limited number of them."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tts.core.errors import AttuneError
from tts.core.files import check_readable, read_regular
from tts.core.moved import modernize

if TYPE_CHECKING:
    from omegaconf import DictConfig

MAX_BYTES, MAX_DEPTH, MAX_NODES = 1_000_000, 24, 50_000


class PlainYamlError(AttuneError):
    """The file is not a plain configuration; the message names the file and the reason."""


class _Loader(yaml.SafeLoader):
    """Reads numbers like OmegaConf ("1e-5" is a number) and no dates."""

    yaml_implicit_resolvers = {  # noqa: RUF012, as the base class has it
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":float"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF|nan|NaN|NAN))$")  # fmt: skip # noqa: E501
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))


def load_plain(path: str | Path) -> dict[str, Any]:
    """Read the configuration in ``path``: a dictionary of text, numbers, true, false, null, lists and dictionaries.

    References to other values of the file (``${audio.n_mels}``) stay text. Resolvers, which could read the environment,
    tags, anchors and aliases are errors. Old names of classes and options are replaced, see `tts.core.moved`.

    Raises:
        PlainYamlError: the file cannot be read, or it holds something else.
        tts.core.files.PlaceError: this user has no permission to read it.
    """
    path = Path(path)
    check_readable(path)
    try:
        text = read_regular(path, MAX_BYTES).decode("utf-8")
        _check_events(text, path)
        config = yaml.load(text, Loader=_Loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PlainYamlError(f"{path} cannot be read ({' '.join(str(error).split())}).") from error
    _check_values(config, path)
    return modernize(config)


def load_yaml(path: str | Path) -> DictConfig:
    """`load_plain` as an OmegaConf configuration."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        return OmegaConf.create(load_plain(path))
    except OmegaConfBaseException as error:
        raise PlainYamlError(f"{path} is not a configuration ({' '.join(str(error).split())}).") from error


def _check_events(text: str, path: Path) -> None:
    """Check the events of the parser before any value is built.

    Tags could create objects, and aliases could turn a short text into very many values.
    """
    depth = nodes = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.AliasEvent):
            raise PlainYamlError(f"{path} uses an alias (*{event.anchor}); write the value instead.")
        if isinstance(event, yaml.NodeEvent):
            if nodes == 0 and not isinstance(event, yaml.MappingStartEvent):
                break
            nodes += 1
            if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag not in (None, "!"):
                raise PlainYamlError(f"{path} uses a tag ({event.tag}); a configuration holds only plain values.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise PlainYamlError(f"{path} is not a configuration: it nests too deeply or has too many values.")
    if nodes == 0:
        raise PlainYamlError(f"{path} is not a configuration: it must be a dictionary of names and values.")


def _check_values(value: Any, path: Path, where: str = "") -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, (str, int)):
                raise PlainYamlError(f"{path}: the name {key!r} in {where or 'the file'} is neither text nor a number.")
            _check_values(inner, path, f"{where}.{key}" if where else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _check_values(inner, path, f"{where}[{index}]")
    elif isinstance(value, str):
        if any(":" in part.partition("}")[0] for part in value.split("${")[1:]):
            raise PlainYamlError(
                f"{path}: {where} uses a resolver ({value[:60]}); write the value, or refer to a value of the file."
            )
    elif isinstance(value, float) and math.isnan(value):
        raise PlainYamlError(f"{path}: {where} is not a number.")
    elif not isinstance(value, (int, float, bool, type(None))):
        raise PlainYamlError(f"{path}: {where} is a {type(value).__name__}; a configuration holds only plain values.")
