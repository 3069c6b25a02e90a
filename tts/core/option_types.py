"""Compare the values of a configuration with the types of the constructors' arguments, before any object is built."""

from __future__ import annotations

import importlib
import inspect
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tts.core.trust import find_class

_SCALARS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", type(None): "null"}
#: Options that are at least one.
_COUNTS = {"batch_size", "every_n_steps", "line_every_n_steps"}


class WrongValue(NamedTuple):
    """A value of a type that its class does not take."""

    key: str  # dotted path
    value: Any
    needed: str  # "a number or null"

    def __str__(self) -> str:
        return f"{self.key} is {str(self.value)[:40]!r}; it must be {self.needed}"


def wrong_values(config: Any, place: str = "") -> Iterator[WrongValue]:
    """Yield every value of a plain ``config`` that has a wrong type. Interpolations and missing values are skipped."""
    if isinstance(config, (list, tuple)):
        for index, inner in enumerate(config):
            yield from wrong_values(inner, f"{place}[{index}]")
    if not isinstance(config, Mapping):
        return
    target = config.get("_target_")
    hints = _hints(target) if isinstance(target, str) else {}
    for name, value in config.items():
        key, hint = f"{place}.{name}" if place else str(name), hints.get(str(name), Any)
        if name == "_partial_":
            hint = bool
        if isinstance(value, str) and ("${" in value or value == "???"):
            continue
        if not _fits(value, hint):
            yield WrongValue(key, value, _described(hint))
        elif name in _COUNTS and target and isinstance(value, int) and value < 1:
            yield WrongValue(key, value, "at least 1")
        elif str(name).endswith(("dropout", "dropout_inference")) and target and _is_outside_of_0_and_1(value):
            yield WrongValue(key, value, "from 0 to 1")
        yield from wrong_values(value, key)


def _is_outside_of_0_and_1(value: Any) -> bool:
    return isinstance(value, (int, float)) and not 0 <= value <= 1


def _hints(target: str) -> dict[str, Any]:
    """The types of the constructor's arguments. Lightning's have values of ours, such as ``precision: auto``."""
    found = find_class(target)
    if found is None:
        return {}
    constructor: Any = vars(found).get("__init__") or getattr(found, "__init__")  # noqa: B009, unsound for mypy
    if not inspect.isfunction(constructor):  # of a NamedTuple, or written in C
        return {}
    parameters = inspect.signature(constructor).parameters.values()
    hints = _resolved({one.name: one.annotation for one in parameters}, constructor.__module__)
    for one in parameters:
        if one.kind is one.VAR_KEYWORD and (options := typing.get_args(hints.pop(one.name, None))):  # Unpack[Options]
            hints |= _resolved(options[0].__annotations__, options[0].__module__)
    if target.startswith("lightning."):
        return {name: hint for name, hint in hints.items() if "Literal" not in str(hint)}
    return hints


def _resolved(annotations: Mapping[str, Any], module: str) -> dict[str, Any]:
    """The types that ``annotations`` name. A type that is imported only for type checkers is left out."""
    names = vars(importlib.import_module(module))
    hints: dict[str, Any] = {}
    for name, annotation in annotations.items():
        if annotation is inspect.Parameter.empty:
            continue
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
    if hint in (bool, str, type(None)):
        return isinstance(value, hint)
    if origin in (list, tuple, Sequence):
        return isinstance(value, (list, tuple))
    if _is_part(hint):
        return isinstance(value, Mapping) and len(value) > 0  # a recipe may leave the class to another file
    return not _is_tensor(hint)


def _is_part(hint: Any) -> bool:
    """Whether ``hint`` is a module or a protocol of ours, whose value is a configuration with a class."""
    if not inspect.isclass(hint):
        return False
    modules = {(base.__module__, base.__name__) for base in hint.__mro__}
    return ("torch.nn.modules.module", "Module") in modules or bool(getattr(hint, "_is_protocol", False))


def _is_tensor(hint: Any) -> bool:
    """Whether ``hint`` is `torch.Tensor`, which no yaml file can hold."""
    return inspect.isclass(hint) and (hint.__module__, hint.__name__) == ("torch", "Tensor")


def _described(hint: Any) -> str:
    """ "a number or null" for ``float | None``."""
    if typing.get_origin(hint) is typing.Literal:
        return " or ".join(map(str, typing.get_args(hint)))
    args = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    return " or ".join(
        _SCALARS.get(one, "a list" if typing.get_origin(one) else "a part") for one in args if not _is_tensor(one)
    )
