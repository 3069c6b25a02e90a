"""Find options that the classes of a configuration do not have, lack, or have with a wrong type, before they are built.

Hydra merges files without a look at the classes. So a recipe can set an option of a part that was replaced by another
choice. The error names the file that set the option.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, get_args, is_typeddict

from typing_extensions import get_type_hints

from tts.core.errors import AttuneError
from tts.core.moved import modernize
from tts.core.option_types import wrong_values
from tts.core.trust import find_class

#: Keys with a meaning for Hydra.
RESERVED = {"_target_", "_partial_", "_recursive_", "_convert_", "_args_"}


class OptionError(AttuneError):
    """An option that its class does not have, or a missing one. The message names the option and the file."""


class UnknownOption(NamedTuple):
    """An option that a class does not have, or that a part lacks."""

    place: str  # dotted path of the part in the configuration, "" for the top level
    name: str
    target: str  # dotted name of the class
    options: tuple[str, ...]  # options of the class

    @property
    def key(self) -> str:
        """Dotted path of the option."""
        return f"{self.place}.{self.name}" if self.place else self.name


def check_options(config: Any, origin: Callable[[str], str | None] | None = None) -> None:
    """Raise `OptionError` if ``config`` has options that its classes do not have, lacks some, or has a wrong type.

    Args:
        config: a plain or OmegaConf configuration. Interpolations are not resolved.
        origin: dotted path -> the file or word of the command line that set it; None if it is unknown.
    """
    plain, origin = _plain(config), origin or (lambda key: None)
    messages = [_message(unknown, origin) for unknown in unknown_options(plain)]
    messages += [_missing_message(missing, origin) for missing in missing_options(modernize(plain))]
    messages += [f"{wrong}." for wrong in wrong_values(plain)]
    if messages:
        raise OptionError("\n".join(messages))


def missing_options(config: Any, place: str = "") -> Iterator[UnknownOption]:
    """Yield every option without a default that a part of the plain ``config`` lacks.

    Of a part with ``_partial_: true`` only the options that classes share are checked: the program adds others.
    """
    for part, path in _parts(config, place):
        target = part.get("_target_")
        found = find_class(target) if isinstance(target, str) and target.startswith("tts.") else None
        if found is not None:
            for name in _required(found, bool(part.get("_partial_"))):
                if name not in part:
                    yield UnknownOption(path, name, str(target), ())


def unknown_options(config: Any, place: str = "") -> Iterator[UnknownOption]:
    """Yield every option in the plain ``config`` that its class does not have."""
    for part, path in _parts(config, place):
        options = class_options(part["_target_"]) if isinstance(part.get("_target_"), str) else None
        if options is not None:
            for name in part.keys() - RESERVED - set(options):
                yield UnknownOption(path, str(name), part["_target_"], tuple(options))


def _parts(config: Any, place: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Every dictionary of a plain configuration with its dotted path."""
    if isinstance(config, list):
        for index, value in enumerate(config):
            yield from _parts(value, f"{place}[{index}]")
    if isinstance(config, dict):
        yield config, place
        for name, value in config.items():
            yield from _parts(value, f"{place}.{name}" if place else str(name))


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


def _required(found: type, is_partial: bool) -> list[str]:
    """The options of a class of ours that have no default; only those that it shares with others if ``is_partial``."""
    names: list[str] = []
    for parameter in inspect.signature(found).parameters.values():
        if parameter.kind == parameter.VAR_KEYWORD:
            names += _unpacked(found, parameter.name) or []
        elif parameter.default is parameter.empty and parameter.kind != parameter.VAR_POSITIONAL and not is_partial:
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


def _missing_message(missing: UnknownOption, origin: Callable[[str], str | None]) -> str:
    chooser = origin(f"{missing.place}._target_" if missing.place else "_target_")
    name = missing.target.rpartition(".")[2]
    return (
        f"{missing.key} is missing: {name}{f' (chosen by {chooser})' if chooser else ''} has no default for it. "
        f"Set it; the file of conf/ that names {name} has a value."
    )
