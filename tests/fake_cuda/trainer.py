"""Lightning's Trainer, and with it ``tts.train``, on the fake device."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import mock

import torch
from lightning.pytorch.accelerators import CUDAAccelerator

from fake_cuda.device import FakeCuda, Record
from tts.training.callbacks.checkpoints import Checkpoints


@contextlib.contextmanager
def trained() -> Iterator[tuple[FakeCuda, list[Record]]]:
    """``with trained() as (device, steps):`` Lightning finds one GPU; ``steps`` gets a record of every training step.

    A record covers the batch, the step and what follows it, samples and checkpoints of that step included.
    """
    steps: list[Record] = []
    with contextlib.ExitStack() as stack:
        device = stack.enter_context(FakeCuda())
        for name, value in (("is_available", True), ("auto_device_count", 1), ("parse_devices", [0])):
            stack.enter_context(mock.patch.object(CUDAAccelerator, name, staticmethod(lambda *_, value=value: value)))
        for name in ("setup_device", "setup", "teardown"):
            stack.enter_context(mock.patch.object(CUDAAccelerator, name))
        stack.enter_context(mock.patch.object(torch.cuda, "manual_seed"))  # noise is drawn on the CPU
        original = Checkpoints.on_train_batch_end

        def count(self, *args, **options):
            original(self, *args, **options)
            steps.append(device.record)
            device.fresh()

        stack.enter_context(mock.patch.object(Checkpoints, "on_train_batch_end", count))
        yield device, steps
