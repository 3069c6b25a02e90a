"""Check the types of a voice's options against the constructors. Otherwise a wrong type fails only in synthesis."""

from __future__ import annotations

import importlib
import inspect
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from tts.core.trust import find_class
from tts.voices.finding import VoiceError

_SCALARS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", type(None): "null"}


def check_option_types(config: Any, where: str) -> None:
    """Raise `VoiceError` if an option in ``config`` has a type that its class does not take.

    Args:
        config: a configuration whose classes `tts.core.trust.check_targets` has allowed.
        where: the name of ``config`` in the message.
    """
    if isinstance(config, (list, tuple)):
        for index, inner in enumerate(config):
            check_option_types(inner, f"{where}[{index}]")
    if not isinstance(config, Mapping):
        return
    hints = _hints(str(config["_target_"])) if "_target_" in config else {}
    for key, value in config.items():
        hint = bool if key == "_partial_" else hints.get(str(key), Any)
        if not _fits(value, hint):
            raise VoiceError(f"{where}.{key} is {str(value)[:40]!r}; it must be {_described(hint)}. Use another voice.")
        check_option_types(value, f"{where}.{key}")


def _hints(target: str) -> dict[str, Any]:
    """The types of the constructor's arguments."""
    found = find_class(target)
    if found is None:
        return {}
    constructor: Any = vars(found).get("__init__") or getattr(found, "__init__")  # noqa: B009, unsound for mypy
    parameters = inspect.signature(constructor).parameters.values()
    hints = _resolved({one.name: one.annotation for one in parameters}, constructor.__module__)
    for one in parameters:
        if one.kind is one.VAR_KEYWORD and (options := typing.get_args(hints.pop(one.name, None))):  # Unpack[Options]
            hints |= _resolved(options[0].__annotations__, options[0].__module__)
    return hints


def _resolved(annotations: Mapping[str, Any], module: str) -> dict[str, Any]:
    """The types that ``annotations`` name. A type that is imported only for type checkers is left out."""
    names = vars(importlib.import_module(module))
    hints: dict[str, Any] = {}
    for name, annotation in annotations.items():
        try:
            hints |= typing.get_type_hints(types.SimpleNamespace(__annotations__={name: annotation}), names)
        except (NameError, TypeError):
            continue
    return hints


def _fits(value: Any, hint: Any) -> bool:
    """Whether ``value`` of a yaml file may be an argument of type ``hint``."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, one) for one in typing.get_args(hint))
    if origin is typing.Literal:
        return value in typing.get_args(hint)
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return (isinstance(value, int) and not isinstance(value, bool)) or (
            isinstance(value, float) and value.is_integer()
        )
    if hint in _SCALARS:
        return isinstance(value, hint)
    if origin in (list, tuple, Sequence):
        return isinstance(value, (list, tuple))
    if inspect.isclass(hint) and (issubclass(hint, nn.Module) or getattr(hint, "_is_protocol", False)):
        return isinstance(value, Mapping) and "_target_" in value
    return True


def _described(hint: Any) -> str:
    """ "a number or null" for ``float | None``."""
    if typing.get_origin(hint) is typing.Literal:
        return " or ".join(map(str, typing.get_args(hint)))
    args = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    return " or ".join(_SCALARS.get(one, "a list" if typing.get_origin(one) else "a part") for one in args)
