"""What depends on the machine that trains: precision, fused steps, how processes share gradients."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from lightning.pytorch.strategies import Strategy
from omegaconf import DictConfig, OmegaConf
from torch.optim import Adam, AdamW, Optimizer

from tts.core.config import instantiate
from tts.training.run import RunError

SLOW = (
    "trainer.precision={} takes some 40 times as long as float32 on this processor, which has no bfloat16 "
    "instructions. Use trainer.precision=auto, which chooses by the processor, or 32-true."
)


def trainer_options(trainer: DictConfig) -> DictConfig:
    """A copy of ``trainer`` (conf/trainer) for this machine, without the strategy. Raises as `choose_precision`."""
    options = cast("dict[str, Any]", OmegaConf.to_container(trainer, resolve=True))
    options.pop("strategy", None)
    return OmegaConf.create(options | {"precision": choose_precision(options["precision"], options["accelerator"])})


def make_strategy(strategy: str | DictConfig | None, partial_backward: bool) -> str | Strategy:
    """How processes train together: ``trainer.strategy``, a name that Lightning knows or a class, built.

    ``partial_backward`` says that a backward pass reaches only a part of the weights, which DDP must be told.
    """
    if strategy is None or isinstance(strategy, str):
        return "ddp_find_unused_parameters_true" if partial_backward and strategy == "ddp" else strategy or "auto"
    arguments = {str(name): value for name, value in strategy.items()}
    if partial_backward:
        arguments["find_unused_parameters"] = True
    if "timeout" in arguments:
        arguments["timeout"] = timedelta(seconds=arguments["timeout"])
    return instantiate({"_target_": arguments.pop("_target_")}, "strategy", **arguments)


def choose_precision(precision: str, accelerator: str) -> str:
    """What ``trainer.precision`` means on this machine: itself, or for ``auto`` bfloat16 where it is fast.

    Raises `RunError` for bfloat16 on a processor that would have to imitate it.
    """
    if precision == "auto":
        fast = torch.cuda.is_bf16_supported(including_emulation=False) if uses_cuda(accelerator) else cpu_has_bfloat16()
        return "bf16-mixed" if fast else "32-true"
    if str(precision).startswith("bf16") and not uses_cuda(accelerator) and not cpu_has_bfloat16():
        raise RunError(SLOW.format(precision))
    return precision


def uses_cuda(accelerator: str) -> bool:
    """Whether Lightning's ``accelerator`` means a CUDA device here."""
    return accelerator in ("gpu", "cuda") or (accelerator == "auto" and torch.cuda.is_available())


def check_cuda_graphs(config: DictConfig) -> None:
    """Raise `RunError` where ``cuda_graphs=true`` (conf/train.yaml) is impossible: it needs one GPU and whole steps."""
    trainer = config.trainer
    if not uses_cuda(trainer.accelerator):
        raise RunError("cuda_graphs=true needs an NVIDIA GPU. Add trainer=gpu, or leave it out.")
    if trainer.devices not in (1, "1") or trainer.get("num_nodes", 1) != 1 or trainer.accumulate_grad_batches != 1:
        raise RunError(
            "cuda_graphs=true works on one GPU and without accumulated gradients. Use trainer.devices=1 and "
            "trainer.accumulate_grad_batches=1, or leave it out."
        )
    if config.get("compile"):
        raise RunError("cuda_graphs=true and compile=true exclude each other. Use one of them.")


def cpu_has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 matrices by instructions of its own (AVX512_BF16, AMX, Arm's BF16)."""
    if torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported():
        return True
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    return any("bf16" in line.split() for line in lines if line.startswith("Features"))  # as Linux names Arm's


def fuse(optimizer: Callable[..., Optimizer], device: torch.device, precision: str) -> Callable[..., Optimizer]:
    """``optimizer``, a maker, with all of a step in one kernel: Adam and AdamW on CUDA, unless ``fused`` is given.

    Not under ``16-mixed``: a fused step takes the loss scale off by itself, after gradients have been clipped.
    """
    if device.type != "cuda" or precision == "16-mixed" or not isinstance(optimizer, partial):
        return optimizer
    fusable = optimizer.func in (Adam, AdamW) and "fused" not in optimizer.keywords
    return partial(optimizer, fused=True) if fusable else optimizer
