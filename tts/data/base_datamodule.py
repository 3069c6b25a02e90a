"""What the data modules of acoustic models and vocoders share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

import lightning

from tts.data.workers import count_workers


class DataOptions(TypedDict):
    """Options of every data module.

    Attributes:
        corpus: a folder that ``python -m tts.prepare`` wrote.
        num_workers: number of worker processes; None uses `count_workers`.
        seed: seed of the order of the data.
        audio: mel configuration that the model needs; a corpus with another one is an error.
        resident: keep the corpus in the memory of the device, see `tts.data.resident`; there are no workers then.
    """

    corpus: str
    num_workers: int | None
    seed: int
    audio: Mapping[str, Any] | None
    resident: bool


class CorpusDataModule(lightning.LightningDataModule):
    """Base of the data modules. The Trainer needs ``use_distributed_sampler=False``.

    Args:
        options: see `DataOptions`.
    """

    def __init__(self, options: DataOptions) -> None:
        super().__init__()
        self.num_workers = count_workers(options["num_workers"])
        self._seed, self._resident = options["seed"], options["resident"]

    @property
    def _rank_and_world_size(self) -> tuple[int, int]:
        """Number of this process and of all processes; each process loads its own part of every epoch."""
        return (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
