"""Hardware-dependent options of training: precision, fused optimizers, and the strategy for several processes."""

from __future__ import annotations

import os
import shutil
import sys
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
    "trainer.precision={} takes about 40 times as long as float32 on this processor, which has no bfloat16 "
    "instructions. Use trainer.precision=auto, which selects the precision, or 32-true. A run that was trained with "
    "it can only be the start of a new one here: init_from=RUN trainer.precision=auto."
)
NO_HALF = "trainer.precision={} needs a GPU. Use trainer.precision=auto, which selects the precision, or 32-true."


def trainer_options(trainer: DictConfig) -> DictConfig:
    """A copy of ``trainer`` (conf/trainer) for this machine, without the strategy.

    Raises `RunError` like `choose_precision`, and for ``sync_batchnorm``, which Lightning cannot apply to a
    normalization with a mask.
    """
    options = cast("dict[str, Any]", OmegaConf.to_container(trainer, resolve=True))
    if options.get("sync_batchnorm"):
        raise RunError("trainer.sync_batchnorm=true cannot be used: the models normalize with a mask. Remove it.")
    options.pop("strategy", None)
    return OmegaConf.create(options | {"precision": choose_precision(options["precision"], options["accelerator"])})


def make_strategy(strategy: str | DictConfig | None, partial_backward: bool) -> str | Strategy:
    """The strategy for several processes from ``trainer.strategy``, which is a name of Lightning's or a class.

    ``partial_backward`` means that a backward pass may reach only a part of the weights, which DDP must know.
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
    """The precision on this machine: ``precision`` itself, or for ``auto`` bfloat16 if the hardware supports it.

    Raises `RunError` for bfloat16 on a processor that must emulate it, and for float16, instead of which Lightning
    would use bfloat16 on a processor.
    """
    if precision == "auto":
        fast = torch.cuda.is_bf16_supported(including_emulation=False) if uses_cuda(accelerator) else cpu_has_bfloat16()
        return "bf16-mixed" if fast else "32-true"
    if str(precision).startswith("16") and not uses_cuda(accelerator) and accelerator != "mps":
        raise RunError(NO_HALF.format(precision))
    if str(precision).startswith("bf16") and not uses_cuda(accelerator) and not cpu_has_bfloat16():
        raise RunError(SLOW.format(precision))
    return precision


def uses_cuda(accelerator: str) -> bool:
    """Whether Lightning's ``accelerator`` selects a CUDA device on this machine."""
    return accelerator in ("gpu", "cuda") or (accelerator == "auto" and torch.cuda.is_available())


def use_tf32(enabled: bool) -> None:
    """Compute all float32 products of a GPU with 10 bits of mantissa, or none: torch's default is a mixture of both."""
    torch.set_float32_matmul_precision("high" if enabled else "highest")
    torch.backends.cudnn.allow_tf32 = enabled  # convolutions and LSTMs


def check_compiler() -> None:
    """Raise `RunError` if there is no C++ compiler, which ``compile=true`` needs on every device."""
    name = os.environ.get("CXX") or ("clang++" if sys.platform == "darwin" else "g++")  # as torch chooses it
    if shutil.which(name) is None:
        raise RunError(f"compile=true needs the C++ compiler {name}. Install it, or remove compile=true.")


def check_cuda_graphs(config: DictConfig) -> None:
    """Raise `RunError` if ``cuda_graphs=true`` is impossible: it needs one GPU and no accumulation."""
    trainer = config.trainer
    if not uses_cuda(trainer.accelerator):
        raise RunError("cuda_graphs=true needs an NVIDIA GPU. Add trainer=gpu, or remove cuda_graphs=true.")
    if trainer.devices not in (1, "1") or trainer.get("num_nodes", 1) != 1 or trainer.accumulate_grad_batches != 1:
        raise RunError(
            "cuda_graphs=true needs one GPU and no accumulated gradients. Use trainer.devices=1 and "
            "trainer.accumulate_grad_batches=1, or remove cuda_graphs=true."
        )
    if config.get("compile"):
        raise RunError("cuda_graphs=true and compile=true cannot be combined. Use one of them.")


def cpu_has_bfloat16() -> bool:
    """Whether this processor has instructions for bfloat16 matrix products (AVX512_BF16, AMX, Arm's BF16)."""
    if torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported():
        return True
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    return any(
        "bf16" in line.split() for line in lines if line.startswith("Features")
    )  # Linux's name for Arm's instructions


def fuse(optimizer: Callable[..., Optimizer], device: torch.device, precision: str) -> Callable[..., Optimizer]:
    """Add ``fused=True`` to the optimizer Adam or AdamW on CUDA, unless it sets ``fused``. A step is then one kernel.

    This excludes ``16-mixed``: a fused step removes the loss scale itself, after gradients have been clipped.
    """
    if device.type != "cuda" or precision == "16-mixed" or not isinstance(optimizer, partial):
        return optimizer
    fusable = optimizer.func in (Adam, AdamW) and "fused" not in optimizer.keywords
    return partial(optimizer, fused=True) if fusable else optimizer
