"""The processes that read ahead for training: how many, and how they end."""

from __future__ import annotations

import signal

import torch

GPU_WORKERS = 4


def count_workers(num_workers: int | None) -> int:
    """``num_workers``, or where that is None a few if there is a GPU to keep busy and none if there is not."""
    if num_workers is None:
        return GPU_WORKERS if torch.cuda.is_available() else 0
    return num_workers


def outlive_sigterm(worker: int) -> None:
    """Let a worker outlive one SIGTERM to the whole process group, as schedulers send it.

    The main process saves a checkpoint and then ends its workers itself; a worker that died first would take the
    training with it. The second one counts, for at the end of a program Python sends workers that are left two.
    """
    signal.signal(signal.SIGTERM, lambda number, frame: signal.signal(number, signal.SIG_DFL))
