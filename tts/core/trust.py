"""The classes that a configuration may name, by role.

A configuration may come from an untrusted source, because people share voices, vocoders, corpora and run folders. So a
``_target_`` must be a class that is defined in a package of its role and is a subclass of the role's base. Voices use
only classes that compute. Classes that open files or write logs have other roles, which no voice has.

A new attention, decoder, loss or vocoder needs no entry here, because its package is already listed.
"""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple

from tts.core.errors import AttuneError


class UntrustedTargetError(AttuneError):
    """A configuration names a class or holds a value that its position does not allow; the message says why."""


class Kind(NamedTuple):
    """Classes that are defined in one of ``packages`` and are subclasses of ``base`` (dotted name; None: any class)."""

    packages: tuple[str, ...]
    base: str | None = "torch.nn.Module"


class Role(NamedTuple):
    """The classes that a part of a configuration may have, and those that the parts inside it may have."""

    outside: tuple[Kind, ...]
    inside: tuple[Kind, ...] = ()


_LAYERS = Kind(("torch.nn.modules.", "tts.nn."))
_TEXT = Kind(("tts.text.",), "tts.text.frontend.TextFrontend")
#: The name of every class of a configuration begins with one of these; nothing else is imported.
_ROOTS = ("tts.", "torch.nn.", "torch.optim.", "lightning.")
#: The rules of a language.
_LANGUAGE = Kind(("tts.text.",), "tts.text.language.Language")
_AUDIO = Kind(("tts.audio.",))
_ACOUSTIC = Kind(("tts.acoustic.",))
#: Constraints and priors without weights. A test checks that the classes of these packages only compute.
_COMPUTING = Kind(("tts.acoustic.", "tts.attention."), None)
_VOCODER = Kind(("tts.vocoder.",))
_LOSS = Kind(("tts.losses.", "torch.nn.modules."))
_DISTILLATION = Kind(("tts.training.alignment_distillation.",))  # a loss that loads a voice
_OPTIMIZER = Kind(("torch.optim.",), "torch.optim.Optimizer")
_SCHEDULE = Kind(("tts.training.", "torch.optim."), "torch.optim.lr_scheduler.LRScheduler")
_DATA_MODULE = Kind(("tts.data.",), "lightning.LightningDataModule")
_CALLBACK = Kind(("tts.training.", "lightning.pytorch.callbacks."), "lightning.Callback")
_LOGGER = Kind(("lightning.pytorch.loggers.",), "lightning.pytorch.loggers.Logger")
_STRATEGY = Kind(("lightning.pytorch.strategies.",), "lightning.pytorch.strategies.Strategy")
_COMPUTATION = (_LAYERS, _TEXT, _LANGUAGE, _AUDIO, _ACOUSTIC, _COMPUTING, _VOCODER, _LOSS, _OPTIMIZER, _SCHEDULE)

ROLES = {
    # parts of a voice
    "text": Role((_TEXT,), (_LANGUAGE,)),
    "audio": Role((_AUDIO,)),
    "acoustic": Role((_ACOUSTIC,), (_ACOUSTIC, _COMPUTING, _LAYERS)),
    "vocoder": Role((_VOCODER,), (_VOCODER, _LAYERS)),
    # parts of a run
    "task": Role((Kind(("tts.training.",), None),)),
    "loss": Role((_LOSS, _DISTILLATION), (_LOSS, _LAYERS, _ACOUSTIC, _VOCODER, _AUDIO)),
    "optim": Role((_OPTIMIZER,)),
    "schedule": Role((_SCHEDULE,)),
    "datamodule": Role((_DATA_MODULE,), _COMPUTATION),
    "trainer": Role((Kind(("lightning.pytorch.trainer.",), "lightning.Trainer"),), (_STRATEGY,)),
    "strategy": Role((_STRATEGY,)),
    "logger": Role((_LOGGER,)),
    "callbacks": Role((_CALLBACK,)),
    # parts of a preparation or an evaluation
    "trim": Role((Kind(("tts.data.features.",), None),)),
    "split": Role((Kind(("tts.data.metadata.",), None),)),
    "checks": Role((Kind(("tts.data.checks.",), None),)),
    "transcripts": Role((Kind(("tts.evaluation.clip_check.",), None),)),
    "asr": Role((Kind(("tts.evaluation.asr.",), None),)),
    "mos": Role((Kind(("tts.evaluation.mos.",), None),)),
    # any other part: classes that only compute
    "any": Role(_COMPUTATION, _COMPUTATION),
}


def check_targets(config: Any, role: str = "any", where: str = "config") -> None:
    """Raise `UntrustedTargetError` if ``config`` names a class or holds a value that ``role`` does not allow.

    Args:
        config: the configuration of one part, or a dictionary or list of parts.
        role: one of `ROLES`.
        where: the name of ``config`` in the message.
    """
    if not isinstance(config, (dict, list)):
        from omegaconf import OmegaConf

        config = OmegaConf.to_container(config, resolve=True)
    _check(config, ROLES[role].outside, ROLES[role], where)


def find_class(target: str) -> type | None:
    """The class with the dotted name ``target``, if a configuration may name it; otherwise None."""
    if not target.startswith(_ROOTS):
        return None
    try:
        found = _get(target)
    except (ImportError, AttributeError, ValueError):
        return None
    return found if isinstance(found, type) else None


def _check(value: Any, kinds: tuple[Kind, ...], role: Role, where: str) -> None:
    if isinstance(value, dict):
        if "_target_" in value:
            if fault := _fault(str(value["_target_"]), kinds):
                raise UntrustedTargetError(f"{where}._target_ is '{value['_target_']}': {fault}")
            kinds = role.inside
        for key, inner in value.items():
            _check(inner, kinds, role, f"{where}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            _check(inner, kinds, role, f"{where}[{index}]")
    elif not isinstance(value, (str, int, float, bool, type(None))):
        raise UntrustedTargetError(
            f"{where} is a {type(value).__name__}: a configuration holds only text, numbers, true, false and null. "
            "Write the value as one of these."
        )


def _fault(target: str, kinds: tuple[Kind, ...]) -> str | None:
    """The reason why ``target`` may not be built, or None if it may."""
    packages = list(dict.fromkeys(package for kind in kinds for package in kind.packages))
    foreign = (
        f"this place may only name classes of {', '.join(f'{package}*' for package in packages) or 'nothing'}. "
        "If the file comes from someone else, do not use it; if it is yours, correct the name."
    )
    roots = {package.partition(".")[0] for package in packages}
    if not target.startswith(_ROOTS) or target.split(".")[0] not in roots:
        return foreign  # without an import of its module
    try:
        found = _get(target)
    except (ImportError, AttributeError, ValueError) as error:
        return f"it cannot be loaded ({' '.join(str(error).split())}). Correct the name, or repair the installation."
    # The module that defines a class counts: `tts.core.config.Path` is not defined in tts.
    return None if isinstance(found, type) and any(_is(found, kind) for kind in kinds) else foreign


def _is(found: type, kind: Kind) -> bool:
    if not f"{found.__module__}.".startswith(kind.packages):
        return False
    return kind.base is None or issubclass(found, _get(kind.base))


def _get(name: str) -> Any:
    """The object with a dotted name. The longest prefix that can be imported is its module."""
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        raise ValueError(f"'{name}' is not a dotted name")
    for end in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError as error:
            if end == 1 or not name.startswith(f"{error.name}."):
                raise
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise ImportError(f"'{name}' is not a class in a module")
