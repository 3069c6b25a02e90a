"""A training run is a folder with config.yaml, checkpoints/, tensorboard/, samples/step_*/ and voice/."""

from __future__ import annotations

import contextlib
import logging
import pickle
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from omegaconf import DictConfig, OmegaConf

from tts.core.errors import AttuneError
from tts.core.files import check_readable, check_writable, replacing
from tts.training.callbacks.checkpoints import checkpoints
from tts.training.checkpoint_io import newest_valid

log = logging.getLogger(__name__)

# Options that determine the weights. Paths, devices, intervals and lengths may change when a run is continued.
RESUME_KEYS = (
    "text",
    "audio",
    "acoustic",
    "loss",
    "optim",
    "schedule",
    "ema_decay",
    "seed",
    "datamodule.frames_per_batch",
    "datamodule.batch_size",
    "datamodule.num_buckets",
    "trainer.accumulate_grad_batches",
    "trainer.gradient_clip_val",
    "trainer.precision",
)

DAMAGED = "{} is damaged ({}). Delete it, or copy it again."


class RunError(AttuneError):
    """A run cannot be started or continued with this configuration; the message says what to do."""


def find_checkpoint(folder: Path, resume: str | None) -> Path | None:
    """The checkpoint to continue from, or None to start a new run.

    ``resume`` is None (start in a folder without checkpoints), ``auto`` (continue if there is a checkpoint) or a run
    folder, which must have a checkpoint. Damaged checkpoints are skipped with a warning. Raises `RunError`.
    """
    found = checkpoints(folder / "checkpoints")
    if resume is None and found:
        raise RunError(f"{folder} already holds a run. Continue it with resume=auto, or choose another name=...")
    if resume not in (None, "auto") and not found:
        raise RunError(f"{folder} has no checkpoints, so it cannot be continued. Start it without resume=.")
    valid, problems = newest_valid(found, load_intact)
    if found and valid is None:
        raise RunError(f"All checkpoints in {folder} are damaged. {problems[0]}")
    for problem in problems:
        log.warning("%s Continuing from %s instead.", problem, valid)
    return valid


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Create the run folder and lock it for this process.

    Raises:
        RunError: another process trains in the folder.
        tts.core.files.PlaceError: the folder cannot be written.
    """
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    inside = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    for path in (folder, *inside):
        check_writable(path)
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        with lock:
            try:
                yield
            finally:
                _remove_if_unused(folder, new)
    except Timeout as error:
        if error.lock_file != str(folder / ".lock"):
            raise
        raise RunError(f"Another process trains in {folder}. Wait for it, stop it, or use another name=...") from None


def _remove_if_unused(folder: Path, new: Iterable[Path]) -> None:
    """Remove the new folder of a command that failed before it wrote anything."""
    if new and [path.name for path in folder.iterdir()] == [".lock"]:
        with contextlib.suppress(OSError):
            (folder / ".lock").unlink()
            for path in new:
                path.rmdir()


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Load a checkpoint with memory mapping. Raises `RunError` if it is damaged."""
    check_readable(path)
    if not path.is_file():
        raise RunError(DAMAGED.format(path, "it is not a regular file"))
    if not zipfile.is_zipfile(path):
        raise RunError(DAMAGED.format(path, "it is incomplete or is not a checkpoint"))
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get("config"), Mapping):
            raise EOFError("it is not a checkpoint of this program")
        return checkpoint
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise RunError(DAMAGED.format(path, error)) from error


def load_intact(path: Path) -> dict[str, Any]:
    """`load_checkpoint`, with the checksums of the whole file, which torch does not check. Raises `RunError`."""
    checkpoint = load_checkpoint(path)
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (OSError, RuntimeError, zipfile.BadZipFile) as error:
        raise RunError(DAMAGED.format(path, error)) from error
    if damaged:
        raise RunError(DAMAGED.format(path, f"the checksum of {damaged} is wrong"))
    return checkpoint


def check_resume_keys(saved: Mapping[str, Any], config: DictConfig, path: Path) -> None:
    """Raise `RunError`, which lists every key whose value in ``config`` differs from that of the checkpoint."""
    wanted = resume_keys(config)
    found = resume_keys(OmegaConf.create(dict(saved)))
    lines = [
        f"  {key}: the checkpoint has {found.get(key, 'no value')}, this command has {wanted.get(key, 'no value')}"
        for key in dict.fromkeys([*found, *wanted])
        if found.get(key) != wanted.get(key)
    ]
    if lines:
        raise RunError(
            f"{path} was trained with another configuration:\n" + "\n".join(lines) + "\n"
            "Continue it with its own configuration, or start a new run from its weights with init_from=RUN."
        )


def resume_keys(config: DictConfig) -> dict[str, Any]:
    """The values by dotted key that must be equal in a continued run and its checkpoint."""
    found: dict[str, Any] = {}
    for key in (*RESUME_KEYS, *(config.get("resume_keys") or ())):
        value = OmegaConf.select(config, key)
        plain = OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
        found.update(_flatten(plain, key))
    return found


def save_config(config: DictConfig, folder: Path) -> None:
    """Write the resolved configuration beside the checkpoints."""
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / "config.yaml") as temporary:
        OmegaConf.save(config, temporary, resolve=True)


def _flatten(value: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flatten(inner, f"{prefix}.{key}")
    else:
        yield prefix, value
