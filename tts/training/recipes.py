"""Make recipes known to Hydra: ``experiment=NAME/FILE`` is ``recipes/NAME/FILE.yaml``. The import registers them."""

from __future__ import annotations

from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult
from hydra.plugins.search_path_plugin import SearchPathPlugin

from tts.core.config import config_root

GROUP, FOLDER = "experiment", "recipes"


class RecipeSource(FileConfigSource):
    """The folder ``recipes/`` as the configuration group ``experiment``."""

    @staticmethod
    def scheme() -> str:
        """Return the prefix of the search path entry."""
        return "recipes"

    def load_config(self, config_path: str) -> ConfigResult:
        """Load a recipe."""
        return super().load_config(_inside(config_path))

    def is_group(self, config_path: str) -> bool:
        """Return whether ``config_path`` is a folder of recipes."""
        return super().is_group(_inside(config_path))

    def is_config(self, config_path: str) -> bool:
        """Return whether ``config_path`` is a recipe."""
        return super().is_config(_inside(config_path))

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Return the names of the recipes and folders in a folder of recipes."""
        return super().list(_inside(config_path), results_filter)


class RecipeSearchPath(SearchPathPlugin):
    """Appends the recipes to Hydra's search path."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Append the recipes."""
        search_path.append("recipes", f"{RecipeSource.scheme()}://{config_root()}")


def _inside(config_path: str) -> str:
    head, _, rest = config_path.partition("/")
    return f"{FOLDER}/{rest}" if head == GROUP else "none"


Plugins.instance().register(RecipeSource)
Plugins.instance().register(RecipeSearchPath)
