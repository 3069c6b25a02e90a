"""Find the configuration files and build objects from a configuration.

`instantiate` builds every object that a configuration describes. It builds only classes that `tts.core.trust` allows,
because a voice, a corpus or a run folder may come from an untrusted source.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tts.core.moved import modernize
from tts.core.trust import ROLES, UntrustedTargetError, check_targets

__all__ = ["ROLES", "UntrustedTargetError", "check_targets", "config_root", "from_conf", "instantiate"]


def config_root() -> Path:
    """The folder that holds ``conf/`` and ``recipes/``: the package when installed, the checkout in development."""
    package = Path(__file__).resolve().parents[1]
    return package if (package / "conf").is_dir() else package.parent


def instantiate(config: Any, role: str = "any", **late: Any) -> Any:
    """Build an object with Hydra's ``instantiate`` after `check_targets` for ``role``.

    Args:
        config: a configuration with ``_target_``, or a dictionary of such configurations.
        role: one of `tts.core.trust.ROLES`; "any" allows the classes that only compute.
        late: arguments that the yaml does not have, because they are objects or are known only at run time. They
            complete a part whose yaml says ``_partial_: true``. Without them such a part becomes a function.

    Raises:
        UntrustedTargetError: the configuration names a class that ``role`` does not allow.
    """
    import hydra
    from omegaconf import OmegaConf

    if OmegaConf.is_config(config):  # resolve first, so that no interpolation can change between check and build
        config = OmegaConf.to_container(config, resolve=True)
    config = modernize(config)
    check_targets(config, role)
    if late.keys() - {"_convert_"}:
        config = {key: value for key, value in config.items() if key != "_partial_"}
    return hydra.utils.instantiate(config, **late)


def from_conf(name: str, role: str = "any", **late: Any) -> Any:
    """The part that ``conf/NAME.yaml`` describes, ``vocoder/griffin_lim`` for example, with its ``late`` arguments."""
    from tts.core.plain_yaml import load_yaml

    return instantiate(load_yaml(config_root() / "conf" / f"{name}.yaml"), role, **late)
