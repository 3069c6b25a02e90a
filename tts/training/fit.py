"""Start a training run from its configuration, or continue an interrupted run."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

import lightning
import torch
from hydra.core.hydra_config import HydraConfig
from lightning.pytorch.utilities import rank_zero_only
from omegaconf import DictConfig, OmegaConf

import tts.training.recipes  # noqa: F401, experiment=NAME/FILE
from tts.core.config import instantiate
from tts.core.errors import check_threads
from tts.core.moved import modernize_run
from tts.core.options import check_options
from tts.core.plain_yaml import PlainYamlError
from tts.training.checkpoint_io import AtomicCheckpointIO
from tts.training.corpus_values import fill_mel_statistics
from tts.training.hardware import check_cuda_graphs, make_strategy, trainer_options, use_tf32, uses_cuda
from tts.training.run import RunError, check_resume_keys, find_checkpoint, load_checkpoint, locked, save_config
from tts.training.saved_config import saved_config

ACOUSTIC = {
    "_target_": "tts.training.acoustic_task.AcousticTask",
    "_partial_": True,
}  # for old runs without the key ``task``

#: Options that every run has stored. A file that was cut off lacks the last of them.
NEEDED = ("text", "audio", "seed", "threads", "datamodule", "trainer", "logger", "callbacks", "init_from", "resume")


def train(config: DictConfig) -> Path:
    """Run the training of the composed conf/train.yaml. Returns the run folder.

    Raises an `AttuneError`, whose message says what to do, or `InterruptedTraining` after a signal.
    """
    folder = Path(config.run_dir)
    with locked(folder) if _rank() == 0 else nullcontext():
        return _train(config, folder)


def _train(config: DictConfig, folder: Path) -> Path:
    check_threads(config.threads)
    torch.set_num_threads(config.threads)
    if type(config.seed) is not int or not 0 <= config.seed < 2**32:
        raise RunError(f"seed is '{config.seed}': use a whole number from 0 to {2**32 - 1}")
    lightning.seed_everything(config.seed, workers=True, verbose=False)
    data = make_datamodule(config)
    if config.get("acoustic"):
        config = fill_mel_statistics(config, data.train)
    task = instantiate(config.get("task") or ACOUSTIC, "task")(config, data.train.config)
    config = task.config
    checkpoint = _checkpoint(config, folder)
    if config.get("cuda_graphs"):
        check_cuda_graphs(config)
    training = task.module()
    if config.init_from and checkpoint is None:
        say(task.warm_start(training, config.init_from))
    if config.get("compile"):
        task.compile(training)
    options = trainer_options(config.trainer)
    if config.trainer.precision == "auto":
        machine = "GPU" if uses_cuda(options.accelerator) else "processor"
        say(f"Precision: {options.precision}, chosen for this {machine}")
    if uses_cuda(options.accelerator):
        use_tf32(config.get("tf32", True))
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


def make_datamodule(config: DictConfig) -> Any:
    """The data module. Graphs of the training step, compiled or captured, need batches of fixed shapes."""
    chosen = {}
    if "fixed_shapes" in config.datamodule and config.datamodule.fixed_shapes is None:
        chosen["fixed_shapes"] = bool(config.get("compile") or config.get("cuda_graphs"))
    return instantiate(config.datamodule, "datamodule", **chosen)


def _checkpoint(config: DictConfig, folder: Path) -> Path | None:
    checkpoint = _find_once(folder, config.resume)
    if checkpoint is not None:
        check_resume_keys(modernize_run(load_checkpoint(checkpoint)["config"]), config, checkpoint)
    return checkpoint


def _find_once(folder: Path, resume: str | None) -> Path | None:
    # A rank that starts late must not mistake new files of the first rank for an old run.
    return find_checkpoint(folder, resume if _rank() == 0 else (resume or "auto"))


def continued(config: DictConfig) -> DictConfig:
    """The configuration for ``resume=RUN``: that of the run, with the other values of the command line.

    If the command line also chooses parts (``attention=...``), its own configuration is used, and it must match.
    """
    words = [word.lstrip("+~").partition("=")[0] for word in HydraConfig.get().overrides.task]
    saved_path = Path(config.resume) / "config.yaml"
    if not saved_path.exists():
        raise RunError(f"{saved_path} does not exist: {config.resume} is not a run folder")
    if not {"experiment", "debug", *HydraConfig.get().runtime.choices} & set(words):
        saved = _saved(Path(config.resume))
        check_options(saved, lambda key: str(saved_path))
        for key in words:
            OmegaConf.update(saved, key, OmegaConf.select(config, key), force_add=True)
        if "data.corpus" in words:  # the saved configuration is resolved, so no interpolation changes this value
            saved.datamodule.corpus = config.data.corpus
        config = saved
    config.run_dir = config.resume
    return config


def _saved(folder: Path) -> DictConfig:
    hint = "If it was damaged, run the command that started this run again, with resume=auto: it writes the file again."
    try:
        saved = saved_config(folder)
    except PlainYamlError as error:
        raise RunError(f"{error} {hint}") from error
    if missing := [key for key in NEEDED if key not in saved]:
        raise RunError(f"{folder / 'config.yaml'} lacks {', '.join(missing)}. {hint}")
    return saved


def _rank() -> int:
    return cast(Any, rank_zero_only).rank  # Lightning sets it on the function


@rank_zero_only
def say(text: str) -> None:
    """Print in the first process only."""
    print(text, flush=True)
