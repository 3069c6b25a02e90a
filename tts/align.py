"""Add the durations of all symbols and the pitch to a corpus: ``python -m tts.align data.corpus=DIR``.

The command trains a small aligner on the corpus, finds the best monotonic path of every utterance, and stores the
durations in the corpus. With durations, `acoustic.use_forced_alignment=true` trains an attention in parallel over time.
The pitch is measured in the recordings; a parallel model (`acoustic=parallel`) learns to predict it.

Existing values, such as the exact durations of a synthetic corpus, stay. The aligner is trained only if an utterance
lacks durations.
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
from tts.training.aligner import complete


def _align(config: DictConfig) -> None:
    check_composition(config)
    print(f"{config.data.corpus}: {complete(config)}")


@hydra.main(version_base="1.3", config_path=str(config_root() / "conf"), config_name="align")
def _main(config: DictConfig) -> None:
    """Complete a corpus and print a summary."""
    if status := run(_align, config):
        sys.exit(status)


def main() -> None:
    """Complete a corpus and print a summary."""
    run_hydra(_main, "align")


if __name__ == "__main__":
    main()
