"""Find options of a configuration that its classes do not have, before any object is built.

Hydra merges files without a look at the classes. So a recipe can set an option of a part that was replaced by another
choice. The error names the file that set the option.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, get_args, is_typeddict

from typing_extensions import get_type_hints

from tts.core.errors import AttuneError
from tts.core.trust import find_class

#: Keys with a meaning for Hydra.
RESERVED = {"_target_", "_partial_", "_recursive_", "_convert_", "_args_"}


class OptionError(AttuneError):
    """A configuration sets an option that its class does not have. The message names the option and the file."""


class UnknownOption(NamedTuple):
    """An option that a class does not have."""

    place: str  # dotted path of the part in the configuration, "" for the top level
    name: str
    target: str  # dotted name of the class
    options: tuple[str, ...]  # options of the class

    @property
    def key(self) -> str:
        """Dotted path of the option."""
        return f"{self.place}.{self.name}" if self.place else self.name


def check_options(config: Any, origin: Callable[[str], str | None] | None = None) -> None:
    """Raise `OptionError` if ``config`` sets an option that a class named in it does not have.

    Args:
        config: a plain or OmegaConf configuration. Interpolations are not resolved.
        origin: dotted path -> the file or word of the command line that set it; None if it is unknown.
    """
    found = list(unknown_options(_plain(config)))
    if found:
        raise OptionError("\n".join(_message(unknown, origin or (lambda key: None)) for unknown in found))


def unknown_options(config: Any, place: str = "") -> Iterator[UnknownOption]:
    """Yield every option in the plain ``config`` that its class does not have."""
    if isinstance(config, list):
        for index, value in enumerate(config):
            yield from unknown_options(value, f"{place}[{index}]")
    if not isinstance(config, dict):
        return
    options = class_options(config["_target_"]) if isinstance(config.get("_target_"), str) else None
    if options is not None:
        for name in config.keys() - RESERVED - set(options):
            yield UnknownOption(place, str(name), config["_target_"], tuple(options))
    for name, value in config.items():
        yield from unknown_options(value, f"{place}.{name}" if place else str(name))


def class_options(target: str) -> list[str] | None:
    """The arguments of a class's constructor, with those of a ``**options: Unpack[...]``.

    None if they are unknown: the class cannot be loaded, or it accepts any argument.
    """
    found = find_class(target)
    if found is None:
        return None
    names: list[str] = []
    for parameter in inspect.signature(found).parameters.values():
        if parameter.kind == parameter.VAR_KEYWORD:
            shared = _unpacked(found, parameter.name)
            if shared is None:
                return None
            names += shared
        elif parameter.kind != parameter.VAR_POSITIONAL:
            names.append(parameter.name)
    return names


def _unpacked(found: type, parameter: str) -> list[str] | None:
    """The keys of the TypedDict that ``**parameter`` of a constructor of ours unpacks; None if it does not."""
    if not found.__module__.startswith("tts."):
        return None
    hints = get_type_hints(inspect.getattr_static(found, "__init__"), include_extras=True)
    arguments = get_args(hints.get(parameter))
    return list(get_type_hints(arguments[0])) if arguments and is_typeddict(arguments[0]) else None


def _plain(config: Any) -> Any:
    from omegaconf import OmegaConf

    return OmegaConf.to_container(config, resolve=False) if OmegaConf.is_config(config) else config


def _message(unknown: UnknownOption, origin: Callable[[str], str | None]) -> str:
    setter, chooser = origin(unknown.key), origin(f"{unknown.place}._target_" if unknown.place else "_target_")
    name = unknown.target.rpartition(".")[2]
    return (
        f"{unknown.key}{f', set by {setter},' if setter else ''} is not an option of {name}"
        f"{f' (chosen by {chooser})' if chooser else ''}. Its options: {', '.join(unknown.options) or 'none'}. "
        "Remove the option, or choose a part that has it."
    )
