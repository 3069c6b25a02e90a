"""Options of a configuration that its classes do not have: found before anything is built, with the file that set them.

Hydra merges files without asking the classes, so a recipe can set an option of a part that another choice has replaced.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tts.core.errors import AttuneError
from tts.core.trust import find_class

#: Keys that mean something to Hydra.
RESERVED = {"_target_", "_partial_", "_recursive_", "_convert_", "_args_"}


class OptionError(AttuneError):
    """A configuration sets an option that its class does not have; the message says which, and who set it."""


class UnknownOption(NamedTuple):
    """An option that a class does not have."""

    place: str  # dotted path of the part in the configuration, "" for its top
    name: str
    target: str  # dotted name of the class
    options: tuple[str, ...]  # that the class has

    @property
    def key(self) -> str:
        """Dotted path of the option."""
        return f"{self.place}.{self.name}" if self.place else self.name


def check_options(config: Any, origin: Callable[[str], str | None] | None = None) -> None:
    """Raise `OptionError` if ``config`` sets an option that a class named in it does not have.

    Args:
        config: plain, or of OmegaConf; interpolations are not followed.
        origin: dotted path -> what set it, a file or a word of the command line; None where that is not known.
    """
    found = list(unknown_options(_plain(config)))
    if found:
        raise OptionError("\n".join(_message(unknown, origin or (lambda key: None)) for unknown in found))


def unknown_options(config: Any, place: str = "") -> Iterator[UnknownOption]:
    """Every option in the plain ``config`` that its class does not have."""
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
    """The arguments of a class's constructor; of its bases', too, where it hands ``**options`` on.

    None if it cannot be told: the class cannot be loaded, or takes whatever comes.
    """
    found = find_class(target)
    if found is None:
        return None
    names: dict[str, None] = {}
    for base in inspect.getmro(found):
        if "__init__" not in vars(base) and base is not found:
            continue
        parameters = list(inspect.signature(base).parameters.values())
        names |= dict.fromkeys(p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))
        if not any(p.kind == p.VAR_KEYWORD for p in parameters):
            return list(names)
        if not base.__module__.startswith("tts."):  # ours hand them to their bases; others, to whatever they wrap
            return None
    return None


def _plain(config: Any) -> Any:
    from omegaconf import OmegaConf

    return OmegaConf.to_container(config, resolve=False) if OmegaConf.is_config(config) else config


def _message(unknown: UnknownOption, origin: Callable[[str], str | None]) -> str:
    setter, chooser = origin(unknown.key), origin(f"{unknown.place}._target_" if unknown.place else "_target_")
    name = unknown.target.rpartition(".")[2]
    return (
        f"{unknown.key}{f', set by {setter},' if setter else ''} is no option of {name}"
        f"{f' (chosen by {chooser})' if chooser else ''}, which has: {', '.join(unknown.options) or 'none'}. "
        "Leave it out, or choose the part that has it."
    )
