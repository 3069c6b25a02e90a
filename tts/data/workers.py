"""Worker processes of data loaders: their number and their reaction to SIGTERM."""

from __future__ import annotations

import signal

import torch

GPU_WORKERS = 4


def count_workers(num_workers: int | None) -> int:
    """``num_workers``; None gives `GPU_WORKERS` if there is a GPU and 0 otherwise."""
    if num_workers is None:
        return GPU_WORKERS if torch.cuda.is_available() else 0
    return num_workers


def outlive_sigterm(worker: int) -> None:
    """Make a worker ignore the first SIGTERM, which schedulers send to the whole process group.

    The main process saves a checkpoint and then ends its workers. If a worker ended first, training would fail. A
    second SIGTERM ends the worker, because Python sends one to remaining workers at exit.
    """
    signal.signal(signal.SIGTERM, lambda number, frame: signal.signal(number, signal.SIG_DFL))
