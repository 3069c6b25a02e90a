"""Train an acoustic model or a vocoder: ``python -m tts.train experiment=espeak_quickstart/train``, ``task=vocoder``.

The run folder holds the resolved configuration, checkpoints, TensorBoard logs and samples of the speech. At every
checkpoint it also gets a voice for ``python -m tts.synthesize --voice RUN``.
"""

from __future__ import annotations

import errno
import logging
import signal
import sys
import threading
import warnings
from pathlib import Path

import tts.core.train_extra  # noqa: F401, exits if the extra "train" is not installed

# isort: split
import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from tts.commands.hydra_command import run_hydra
from tts.commands.origins import check_composition
from tts.commands.overrides import shell_word
from tts.commands.runner import run
from tts.core.config import config_root
from tts.training.callbacks.checkpoints import InterruptedTraining
from tts.training.fit import continued, say, train

DONE_HINT = 'python -m tts.synthesize "Hello world." --voice {folder} -o hello.wav'


def _silence_lightning() -> None:
    """Hide hints for authors of training scripts."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="lightning.*")
    warnings.filterwarnings("ignore", module="torch.utils.data.*")
    warnings.filterwarnings("ignore", message="RNN module weights are not")  # cuDNN copies some, which costs little


def _train(config: DictConfig) -> int:
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        config.run_dir = str(Path(HydraConfig.get().sweep.dir) / HydraConfig.get().sweep.subdir)
    check_composition(config)
    if config.resume not in (None, "auto"):
        config = continued(config)
    say(f"Run folder: {config.run_dir}")
    try:
        folder = train(config)
    except InterruptedTraining as stop:
        say(f"Training was {stop}. Continue with: python -m tts.train resume={shell_word(config.run_dir)}")
        return 128 + stop.signal
    say(f"Done. Listen: {config.get('done_message') or DONE_HINT}".format(folder=shell_word(folder)))
    return 0


def quiet_about_full_disks() -> None:
    """Threads that write logs end without a traceback on a full disk; the main thread reports it."""
    usual = threading.excepthook

    def hook(found: threading.ExceptHookArgs) -> None:
        if not (isinstance(found.exc_value, OSError) and found.exc_value.errno in (errno.ENOSPC, errno.EDQUOT)):
            usual(found)

    threading.excepthook = hook


@hydra.main(version_base="1.3", config_path=str(config_root() / "conf"), config_name="train")
def _main(config: DictConfig) -> None:
    """Train, or continue a run."""
    _silence_lightning()
    quiet_about_full_disks()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until training sets its own handler; ends all ranks
    if status := run(_train, config):
        sys.exit(status)


def main() -> None:
    """Train, or continue a run."""
    run_hydra(_main, "train")


if __name__ == "__main__":
    main()
