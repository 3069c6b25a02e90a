"""Find the durations of every symbol of a corpus, and its pitch: ``python -m tts.align data.corpus=DIR``.

Trains a small aligner on the corpus itself, searches the best monotone path of every utterance, and stores the
durations in the corpus. With them `acoustic.use_forced_alignment=true` teaches an attention in parallel over time. The
pitch is measured in the recordings; a parallel model (`acoustic=parallel`) learns to predict it.

What the corpus has already, such as the exact durations of a synthetic corpus, stays. The aligner is trained only if
some utterance lacks durations.
"""

from __future__ import annotations

import sys

import tts.core.train_extra  # noqa: F401, ends here where it is not installed

# isort: split
import hydra
from omegaconf import DictConfig

from tts.commands.origins import check_composition
from tts.commands.overrides import quote_command_line
from tts.commands.runner import run
from tts.core.config import config_root
from tts.training.aligner import complete


def _align(config: DictConfig) -> None:
    check_composition(config)
    print(f"{config.data.corpus}: {complete(config)}")


@hydra.main(version_base="1.3", config_path=str(config_root() / "conf"), config_name="align")
def _main(config: DictConfig) -> None:
    """Complete a corpus and say what came out."""
    if status := run(_align, config):
        sys.exit(status)


def main() -> None:
    """Complete a corpus and say what came out."""
    quote_command_line()
    if status := run(_main):  # Ctrl-C while Hydra composes
        sys.exit(status)


if __name__ == "__main__":
    main()
