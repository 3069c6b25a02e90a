"""Which file, or which word of the command line, set an option of a configuration that Hydra has composed."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from tts.core.config import config_root
from tts.core.options import OptionError, check_options


def check_composition(config: DictConfig) -> None:
    """Raise `OptionError` if the ``config`` of a ``hydra.main`` sets what nothing in it has, naming who set it."""
    settings = HydraConfig.get()
    check(config, str(settings.job.config_name), list(settings.overrides.task))


def check(config: DictConfig, name: str, words: list[str]) -> None:
    """The same for conf/``name``.yaml composed with ``words``, while Hydra is initialized."""
    origins = Origins(name, words)
    known = {path.name for path in (config_root() / "conf").iterdir() if path.is_dir()}
    known |= {str(key) for key in OmegaConf.load(config_root() / "conf" / f"{name}.yaml")}
    for section in sorted(map(str, config.keys() - known)):  # a slip, which nothing would ever read
        raise OptionError(
            f"{section}, set by {origins(section)}, is no section of conf/{name}.yaml. Correct its name; the sections "
            f"are: {', '.join(sorted(map(str, config.keys() & known)))}."
        )
    check_options(config, origins)


class Origins:
    """Dotted path of an option -> the file or word that set it last; None if none did.

    Reading all files again takes a second, so that is done where there is something to say.
    """

    def __init__(self, name: str, words: list[str]) -> None:
        self._name, self._words = name, words

    @functools.cached_property
    def _sources(self) -> list[tuple[str, Any]]:
        return _sources(self._name, self._words)

    def __call__(self, key: str) -> str | None:
        """What set ``key``."""
        for name, content in reversed(self._sources):
            for part in key.split("."):
                content = content.get(part, KeyError) if isinstance(content, dict) else KeyError
            if content is not KeyError:
                return name
        return None


def _sources(name: str, words: list[str]) -> list[tuple[str, Any]]:
    """What was merged, in order: (file or word, the plain configuration that it sets)."""
    loader: Any = GlobalHydra.instance().config_loader()
    chosen = loader.compute_defaults_list(name, words, RunMode.RUN).defaults
    files = []
    for default in chosen:
        if default.config_path is None or default.config_path.startswith("hydra"):
            continue
        loaded = loader.repository.load_config(default.config_path)
        content: Any = OmegaConf.to_container(loaded.config, resolve=False)
        content.pop("defaults", None)
        for part in reversed((default.package or "").split(".") if default.package else []):
            content = {part: content}
        files.append((_file(loaded.provider, default.config_path), content))
    return files + [(word, _nested(word)) for word in words]


def _file(provider: str, path: str) -> str:
    path = path.removesuffix(".yaml")
    folder = "conf"
    if provider == "recipes":
        folder, path = "recipes", path.partition("/")[2]
    found = config_root() / folder / f"{path}.yaml"
    try:
        return str(found.relative_to(Path.cwd()))
    except ValueError:
        return f"{folder}/{path}.yaml"


def _nested(word: str) -> Any:
    parsed = OverridesParser.create().parse_override(word)
    value = None if parsed.is_delete() else parsed.value()
    for part in reversed(parsed.key_or_group.split(".")):
        value = {part: value}
    return value
