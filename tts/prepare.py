"""Turn recordings into a packed corpus: ``python -m tts.prepare data=ljspeech data.source=DIR data.corpus=DIR``.

The command computes features in parallel. A second call computes only missing features, also after Ctrl-C.
"""

from __future__ import annotations

import sys

import tts.core.train_extra  # noqa: F401, exits if the extra "train" is not installed

# isort: split
import hydra
from omegaconf import DictConfig

from tts.commands.hydra_command import run_hydra
from tts.commands.origins import check_composition
from tts.commands.runner import run
from tts.core.config import config_root
from tts.data.preparation import prepare


def _prepare(config: DictConfig) -> None:
    check_composition(config)
    prepare(config)


@hydra.main(config_path=str(config_root() / "conf"), config_name="prepare", version_base="1.3")
def _main(config: DictConfig) -> None:
    """Prepare the corpus."""
    if status := run(_prepare, config, continues=True):
        sys.exit(status)


def main() -> None:
    """Prepare the corpus."""
    run_hydra(_main, "prepare", continues=True)


if __name__ == "__main__":
    main()
