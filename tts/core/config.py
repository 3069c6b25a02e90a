"""Where the configurations live, and how a configuration becomes objects.

Every object that a configuration describes is made by `instantiate`, which builds only what `tts.core.trust` allows: a
voice, a corpus or a run folder may come from a stranger.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tts.core.moved import modernize
from tts.core.trust import ROLES, UntrustedTargetError, check_targets

__all__ = ["ROLES", "UntrustedTargetError", "check_targets", "config_root", "instantiate"]


def config_root() -> Path:
    """The folder that holds ``conf/`` and ``recipes/``: the package when installed, the checkout in development."""
    package = Path(__file__).resolve().parents[1]
    return package if (package / "conf").is_dir() else package.parent


def instantiate(config: Any, role: str = "any", **late: Any) -> Any:
    """Hydra's ``instantiate`` of what `check_targets` lets through for ``role``; raises `UntrustedTargetError`.

    Args:
        config: with ``_target_``, or a dictionary of such.
        role: one of `tts.core.trust.ROLES`; without it, whatever only computes.
        late: arguments that only the program has, and may be objects. They complete a part whose yaml says
            ``_partial_: true``; without them such a part becomes a function that takes them.
    """
    import hydra
    from omegaconf import OmegaConf

    if OmegaConf.is_config(config):  # what is checked is what is built: no interpolation can change in between
        config = OmegaConf.to_container(config, resolve=True)
    config = modernize(config)
    check_targets(config, role)
    if late.keys() - {"_convert_"}:
        config = {key: value for key, value in config.items() if key != "_partial_"}
    return hydra.utils.instantiate(config, **late)
