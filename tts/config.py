"""Where the configurations live, and how a configuration may become objects.

A configuration may come from a stranger (a voice is a folder that people pass around), so only classes that are
defined in this package, in ``torch.nn`` or in ``torch.optim`` are instantiated: a function, a class reached through
an import, or one of torch's classes that start a process, could be arbitrary code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

TRUSTED = ("tts.", "torch.nn.", "torch.optim.")


class UntrustedTargetError(ValueError):
    """A configuration names something that is not a class of ``tts``, ``torch.nn`` or ``torch.optim``."""


def config_root() -> Path:
    """The folder that holds ``conf/`` and ``recipes/``: the package when installed, the checkout in development."""
    package = Path(__file__).resolve().parent
    return package if (package / "conf").is_dir() else package.parent


def check_targets(config: Any, where: str = "config") -> None:
    """Raise `UntrustedTargetError` if any ``_target_`` inside ``config`` names anything but a trusted class."""
    from omegaconf import DictConfig, ListConfig, OmegaConf

    if isinstance(config, (DictConfig, ListConfig)):
        config = OmegaConf.to_container(config, resolve=True)
    if isinstance(config, dict):
        fault = _fault(str(config["_target_"])) if "_target_" in config else None
        if fault:
            raise UntrustedTargetError(f"{where}._target_ is '{config['_target_']}': {fault}")
        for key, value in config.items():
            check_targets(value, f"{where}.{key}")
    elif isinstance(config, list):
        for index, value in enumerate(config):
            check_targets(value, f"{where}[{index}]")


def _fault(target: str) -> str | None:
    """Why ``target`` may not become an object; None if it may."""
    foreign = (
        "a configuration may only name classes of tts.*, torch.nn.* and torch.optim.*. "
        "If the file comes from someone else, do not use it; if it is yours, correct the name."
    )
    if not target.startswith(TRUSTED):
        return foreign
    import hydra

    try:
        found = hydra.utils.get_object(target)
    except (ImportError, AttributeError, ValueError) as error:
        return f"it cannot be loaded ({' '.join(str(error).split())}). Correct the name, or repair the installation."
    # `tts.align.hydra...` is reached through tts but defined elsewhere; `torch.nn.init.normal_` is no class.
    trusted = isinstance(found, type) and f"{found.__module__}.".startswith(TRUSTED)
    return None if trusted else foreign


def instantiate(config: Any, **overrides: Any) -> Any:
    """Hydra's ``instantiate`` after `check_targets`; raises `UntrustedTargetError`."""
    import hydra

    check_targets(config)
    return hydra.utils.instantiate(config, **overrides)
