"""Find the file, or the word of the command line, that set an option of a configuration composed by Hydra."""

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
    """Raise `OptionError`, which names the file, if the ``config`` of a ``hydra.main`` has an unknown option."""
    settings = HydraConfig.get()
    check(config, str(settings.job.config_name), list(settings.overrides.task))


def check(config: DictConfig, name: str, words: list[str]) -> None:
    """Raise `OptionError` for conf/``name``.yaml composed with ``words``. Hydra must be initialized."""
    origins = Origins(name, words)
    known = {path.name for path in (config_root() / "conf").iterdir() if path.is_dir()}
    known |= {str(key) for key in OmegaConf.load(config_root() / "conf" / f"{name}.yaml")}
    for section in sorted(map(str, config.keys() - known)):  # a typing error: no code reads such a section
        raise OptionError(
            f"{section}, set by {origins(section)}, is not a section of conf/{name}.yaml. Correct its name; the "
            f"sections are: {', '.join(sorted(map(str, config.keys() & known)))}."
        )
    check_options(config, origins)


class Origins:
    """Maps the dotted path of an option to the file or word that set it last, or to None.

    The files are read at the first call, because that takes a second.
    """

    def __init__(self, name: str, words: list[str]) -> None:
        self._name, self._words = name, words

    @functools.cached_property
    def _sources(self) -> list[tuple[str, Any]]:
        return _sources(self._name, self._words)

    def __call__(self, key: str) -> str | None:
        """Return the file or word that set ``key``."""
        for name, content in reversed(self._sources):
            for part in key.split("."):
                content = content.get(part, KeyError) if isinstance(content, dict) else KeyError
            if content is not KeyError:
                return name
        return None


def _sources(name: str, words: list[str]) -> list[tuple[str, Any]]:
    """The merged parts in order: (file or word, the plain configuration that it sets)."""
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
