"""Train an acoustic model: ``python -m tts.train experiment=espeak_quickstart/train``; or a vocoder: ``task=vocoder``.

Everything about a run is in its folder: the resolved configuration, checkpoints, TensorBoard logs, what the model said
along the way, and at every checkpoint a voice that ``python -m tts.synthesize --voice RUN`` speaks with.
"""

from __future__ import annotations

import logging
import signal
import sys
import warnings
from contextlib import nullcontext
from pathlib import Path

import hydra
import lightning
import torch
from hydra.core.hydra_config import HydraConfig
from hydra.errors import InstantiationException
from hydra.types import RunMode
from lightning.pytorch.utilities import rank_zero_only
from omegaconf import DictConfig, OmegaConf

import tts.training.recipes  # noqa: F401, experiment=NAME/FILE
from tts.core.config import UntrustedTargetError, config_root, instantiate
from tts.core.files import PlaceError
from tts.core.moved import modernize_run
from tts.core.plain_yaml import PlainYamlError
from tts.data.metadata import CorpusError
from tts.text.frontend import TextError
from tts.training.acoustic_module import DivergedError
from tts.training.callbacks.checkpoints import InterruptedTraining
from tts.training.checkpoint_io import AtomicCheckpointIO
from tts.training.hardware import make_strategy, trainer_options, uses_cuda
from tts.training.run import RunError, check_resume_keys, find_checkpoint, load_checkpoint, locked, save_config
from tts.training.saved_config import saved_config
from tts.voices.voice import VoiceError

ACOUSTIC = {
    "_target_": "tts.training.acoustic_task.AcousticTask",
    "_partial_": True,
}  # of runs that are older than the choice
DONE_HINT = 'python -m tts.synthesize "Hello world." --voice {folder} -o hello.wav'
USER_ERRORS = (
    RunError,
    CorpusError,
    TextError,
    VoiceError,
    DivergedError,
    UntrustedTargetError,
    PlainYamlError,
    PlaceError,
)


def train(config: DictConfig) -> Path:
    """Run conf/train.yaml as composed; returns the run folder.

    Raises one of `USER_ERRORS`, whose message says what to do, or `InterruptedTraining` after a signal.
    """
    folder = Path(config.run_dir)
    with locked(folder) if rank_zero_only.rank == 0 else nullcontext():
        return _train(config, folder)


def _train(config: DictConfig, folder: Path) -> Path:
    torch.set_num_threads(config.threads)
    lightning.seed_everything(config.seed, workers=True, verbose=False)
    data = instantiate(config.datamodule, "datamodule")
    task = instantiate(config.get("task") or ACOUSTIC, "task")(config, data.train.config)
    checkpoint = _checkpoint(config, folder)
    training = task.module()
    if config.init_from and checkpoint is None:
        _say(task.warm_start(training, config.init_from))
    options = trainer_options(config.trainer)
    if config.trainer.precision == "auto":
        machine = "GPU" if uses_cuda(options.accelerator) else "processor"
        _say(f"Precision: {options.precision}, chosen for this {machine}")
    if uses_cuda(options.accelerator) and config.get("tf32", True):
        torch.set_float32_matmul_precision("high")
    trainer = instantiate(
        options,
        "trainer",
        strategy=make_strategy(config.trainer.get("strategy"), task.partial_backward),
        default_root_dir=str(folder),
        logger=list(instantiate(config.logger, "logger").values()),
        callbacks=task.callbacks(folder),
        plugins=[AtomicCheckpointIO()],
        _convert_="all",
    )
    if trainer.is_global_zero:
        save_config(config, folder)
    trainer.fit(training, datamodule=data, ckpt_path=checkpoint, weights_only=True)
    return folder


def _checkpoint(config: DictConfig, folder: Path) -> Path | None:
    checkpoint = _find_once(folder, config.resume)
    if checkpoint is not None:
        check_resume_keys(modernize_run(load_checkpoint(checkpoint)["config"]), config, checkpoint)
    return checkpoint


def _find_once(folder: Path, resume: str | None) -> Path | None:
    # A rank that starts late must not take the first rank's new files for an old run.
    return find_checkpoint(folder, resume if rank_zero_only.rank == 0 else (resume or "auto"))


def _continued(config: DictConfig) -> DictConfig:
    """``resume=RUN`` alone means that run's own configuration, changed by the other values of the command.

    A command that also chooses parts (``attention=...``) is taken at its word, and refused if it differs.
    """
    words = [word.lstrip("+~").partition("=")[0] for word in HydraConfig.get().overrides.task]
    saved_path = Path(config.resume) / "config.yaml"
    if not saved_path.exists():
        raise RunError(f"{saved_path} does not exist: {config.resume} is no run folder")
    if not {"experiment", "debug", *HydraConfig.get().runtime.choices} & set(words):
        saved = saved_config(Path(config.resume))
        for key in words:
            OmegaConf.update(saved, key, OmegaConf.select(config, key), force_add=True)
        if "data.corpus" in words:  # what is saved is resolved: nothing in it refers to anything else
            saved.datamodule.corpus = config.data.corpus
        config = saved
    config.run_dir = config.resume
    return config


@rank_zero_only
def _say(text: str) -> None:
    print(text, flush=True)


def _quiet() -> None:
    """Lightning's hints are for the authors of a training script, not for those who run it."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="lightning.*")
    warnings.filterwarnings("ignore", module="torch.utils.data.*")


@hydra.main(version_base="1.3", config_path=str(config_root() / "conf"), config_name="train")
def _main(config: DictConfig) -> None:
    _quiet()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until training takes over: ends other ranks too
    try:
        if HydraConfig.get().mode == RunMode.MULTIRUN:
            config.run_dir = str(Path(HydraConfig.get().sweep.dir) / HydraConfig.get().sweep.subdir)
        if config.resume not in (None, "auto"):
            config = _continued(config)
        _say(f"Run folder: {config.run_dir}")
        folder = train(config)
    except InterruptedTraining as stop:
        _say(f"Training was {stop}. Continue with: python -m tts.train resume={config.run_dir}")
        sys.exit(128 + stop.signal)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except USER_ERRORS as error:
        sys.exit(f"tts.train: {error}")
    except InstantiationException as error:
        cause = error.__cause__
        if isinstance(cause, USER_ERRORS):
            sys.exit(f"tts.train: {cause}")
        raise
    _say(f"Done. Listen: {config.get('listen') or DONE_HINT}".format(folder=folder))


if __name__ == "__main__":
    _main()
