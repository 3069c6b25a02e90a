"""Simulate a CUDA device: values are computed on the CPU, in tensors whose device is ``cuda:0``.

They carry CUDA's dispatch keys, so autocast follows CUDA's rules, and what CUDA would refuse is refused: operands on
different devices, a generator of the wrong device, numpy of a device tensor, operations that autocast bans. Kernel
launches, host waits and copies are counted, with the line of this project that caused them.

It cannot show what CUDA's kernels compute, their time and memory, or races. The process needs stub.cpp, compiled, in
``LD_PRELOAD``.
"""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils import _foreach_utils
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter, tree_map

from fake_cuda.kernels import KERNELS, Lstm

CUDA = torch.device("cuda:0")

#: Operations without a kernel: views, allocations, questions.
_FREE = """
    view expand permute transpose t unsqueeze squeeze select slice split split_with_sizes unbind detach alias as_strided
    unfold diagonal view_as_real view_as_complex _reshape_alias _unsafe_view chunk empty empty_like new_empty
    empty_strided new_empty_strided lift_fresh real imag swapaxes movedim _conj device _local_scalar_dense
    _has_same_storage_numel is_same_size set_data _version unsafe_split _neg_view detach_ is_nonzero item
"""
FREE = frozenset(_FREE.split())
#: Operations that take lengths on the CPU.
TAKES_CPU_LENGTHS = {"lstm", "_ctc_loss", "_ctc_loss_backward", "_pack_padded_sequence", "_pad_packed_sequence"}
INDEXING = {"index", "index_put", "index_put_", "_index_put_impl_"}
_WAITS = """
    _local_scalar_dense nonzero masked_select equal _unique2 unique_dim repeat_interleave masked_scatter_backward
    is_nonzero item
"""
WAITS = frozenset(_WAITS.split())


class WrongDeviceError(RuntimeError):
    """An operation that CUDA does not allow."""


@dataclass
class Record:
    """Counters of the operations on the device; each key ends with the source line that caused the operation."""

    kernels: Counter = field(default_factory=Counter)
    waits: Counter = field(default_factory=Counter)
    copies: Counter = field(default_factory=Counter)
    nans: Counter = field(default_factory=Counter)  # results in half precision that are not numbers

    @property
    def launches(self) -> int:
        """The number of launched kernels."""
        return sum(self.kernels.values())


class FakeCudaTensor(Tensor):
    """A tensor whose values are on the CPU in ``inner``."""

    inner: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, inner: Tensor) -> FakeCudaTensor:
        made = torch.Tensor._make_subclass(cls, inner, False, dispatch_device=True, device_for_backend_keys=CUDA)
        made.inner = inner
        return made

    def __repr__(self) -> str:
        return f"FakeCudaTensor({self.inner!r})"

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.inner.detach().__reduce_ex__(protocol)

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.prim.device.default:
            return CUDA
        if FakeCuda.current is None:
            raise WrongDeviceError(f"{func} outside of `with FakeCuda()`")
        return FakeCuda.current.run(func, args, dict(kwargs or {}))


class FakeCuda:
    """``with FakeCuda() as device:`` simulates a GPU; ``device.record`` has its counters."""

    current: FakeCuda | None = None

    def __init__(self) -> None:
        self.record = Record()
        self.capture: list[Any] | None = None  # what a graph records, see `fake_cuda.graphs`

    def __enter__(self) -> FakeCuda:
        self._stack = contextlib.ExitStack()
        self._stack.enter_context(_Dispatch(self))
        self._stack.enter_context(_Functions(self))
        FakeCuda.current = self
        return self

    def __exit__(self, *raised: Any) -> None:
        FakeCuda.current = None
        self._stack.close()

    def fresh(self) -> Record:
        """Reset the counters."""
        self.record = Record()
        return self.record

    def run(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Run one operation of ATen."""
        name = func._schema.name.split("::")[1]
        if name.startswith("_use_"):
            return False
        if name == "_fused_sdp_choice":
            return 0  # in plain operations
        tensors = [x for x in tree_iter((args, kwargs)) if isinstance(x, Tensor)]
        fakes = [x for x in tensors if isinstance(x, FakeCudaTensor)]
        target = kwargs.get("device")
        target = torch.device(target) if target is not None else None
        if not fakes and (target is None or target.type != "cuda"):
            return func(*args, **kwargs)
        if fakes and target is not None and target.type == "cpu":
            return self._to_cpu(func, name, args, kwargs)
        if target is not None:
            kwargs["device"] = torch.device("cpu")
        kwargs.pop("pin_memory", None)
        self._check(name, args, tensors)
        self._count(name, args, bool(fakes))
        self._check_capture()
        return self._compute(func, name, args, kwargs, fakes)

    def _check_capture(self) -> None:
        if self.capture is not None and (self.record.waits or self.record.copies):
            forbidden = [*self.record.waits, *self.record.copies]
            raise RuntimeError(f"operation not permitted when stream is capturing: {forbidden}")

    def _to_cpu(self, func: Any, name: str, args: Any, kwargs: dict[str, Any]) -> Any:
        if name == "_to_copy":
            self.record.waits["to cpu", _line()] += 1
            self._check_capture()
            kwargs.pop("non_blocking", None)
        return func(*tree_map(unwrap, args), **tree_map(unwrap, kwargs))

    def _check(self, name: str, args: Any, tensors: list[Tensor]) -> None:
        """Check the devices of the operands as CUDA does; batch_metrics, copies and indices on the CPU are allowed."""
        if all(isinstance(x, FakeCudaTensor) for x in tensors) or name == "_to_copy" or name in TAKES_CPU_LENGTHS:
            return
        strays = [tuple(x.shape) for x in tensors if not isinstance(x, FakeCudaTensor) and x.dim() > 0]
        if name == "copy_":
            kind = self.record.copies if isinstance(args[0], FakeCudaTensor) else self.record.waits
            kind["copy_", _line()] += 1
        elif name in INDEXING and isinstance(args[0], FakeCudaTensor):
            self.record.copies["indices on the CPU", _line()] += len(strays)
        elif strays:
            raise WrongDeviceError(
                f"Expected all tensors on the same device, but found cuda:0 and cpu: {name}, {strays} at {_line()}"
            )

    def _count(self, name: str, args: Any, has_fakes: bool) -> None:
        if name not in FREE:
            self.record.kernels[name] += 1
        if name == "_to_copy" and not has_fakes:
            self.record.copies["to cuda", _line()] += 1
        indices = [x for x in (args[1] or []) if x is not None] if name in INDEXING else []
        boolean = any(x.dtype in (torch.bool, torch.uint8) for x in indices)
        if name in WAITS or boolean or (name == "_ctc_loss" and isinstance(args[2], FakeCudaTensor)):
            self.record.waits["boolean index" if boolean else name, _line()] += 1

    def _compute(self, func: Any, name: str, args: Any, kwargs: dict[str, Any], fakes: list[FakeCudaTensor]) -> Any:
        if torch.Tag.inplace_view in func.tags:  # the wrapper has sizes of its own
            func(*tree_map(unwrap, args), **tree_map(unwrap, kwargs))
            with torch._C._ExcludeDispatchKeyGuard(_PYTHON_KEYS):
                func(*args, **kwargs)
            return args[0]
        function, args, kwargs = KERNELS.get(name, func), tree_map(unwrap, args), tree_map(unwrap, kwargs)
        before = (args, kwargs) if self.capture is None else _aliases((args, kwargs))
        out = function(*args, **kwargs)
        if self.capture is not None and name not in FREE:
            self.capture.append((function, *before, _aliases(out)))
        if name == "_pack_padded_sequence":  # batch sizes stay on the CPU
            return wrap(out[0]), out[1]
        self._look_for_nans(name, out)
        same = {id(x.inner): x for x in fakes}  # what was changed in place is the same tensor afterwards
        return tree_map(lambda x: same.get(id(x), wrap(x)) if isinstance(x, Tensor) else x, out)

    def _look_for_nans(self, name: str, out: Any) -> None:
        for x in tree_iter(out):
            half = isinstance(x, Tensor) and x.dtype in (torch.bfloat16, torch.float16) and name not in FREE
            if half and torch.isnan(x).any():
                self.record.nans[name, _line()] += 1


_PYTHON_KEYS = torch._C.DispatchKeySet(torch._C.DispatchKey.Python) | torch._C.DispatchKeySet(
    torch._C.DispatchKey.PythonTLSSnapshot
)


class _Dispatch(TorchDispatchMode):
    def __init__(self, device: FakeCuda) -> None:
        super().__init__()
        self._device = device

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.prim.device.default:
            return CUDA if isinstance(args[0], FakeCudaTensor) else func(*args)
        return self._device.run(func, args, dict(kwargs or {}))


class _Functions(TorchFunctionMode):
    """Intercept functions above ATen: moves between devices, factories, lists as indices, numpy."""

    def __init__(self, device: FakeCuda) -> None:
        self._device = device

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        name = getattr(func, "__name__", "")
        if func in (Tensor.to, Tensor.cuda):
            return self._move(func, args, kwargs)
        if name == "lstm" and len(args) == 9 and isinstance(args[0], FakeCudaTensor):
            return self._lstm(*args)
        if args and isinstance(args[0], FakeCudaTensor):
            if name == "numpy":
                raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu()")
            if name == "tolist":
                self._device.record.waits["tolist", _line()] += 1
                return args[0].inner.tolist()
            if name in ("__getitem__", "__setitem__"):
                args = (args[0], self._indices(args[1]), *args[2:])
        if "device" in kwargs and kwargs["device"] is not None and torch.device(kwargs["device"]).type == "cuda":
            return self._make(func, name, args, kwargs)
        return func(*args, **kwargs)

    def _move(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        x, target, dtype = args[0], kwargs.get("device"), kwargs.get("dtype")
        if func is Tensor.cuda:
            target = CUDA
        for argument in args[1:]:
            if isinstance(argument, (str, torch.device, int)) and not isinstance(argument, bool):
                target = argument if not isinstance(argument, int) else CUDA
            elif isinstance(argument, Tensor):
                target, dtype = argument.device, argument.dtype
            elif isinstance(argument, torch.dtype):
                dtype = argument
        if target is None or torch.device(target).type != "cuda":
            return func(*args, **kwargs)
        if isinstance(x, FakeCudaTensor):
            return x if dtype is None else Tensor.to(x, dtype=dtype)
        self._device.record.copies["to cuda", _line()] += 1
        return wrap((x if dtype is None else x.to(dtype)).detach().clone())

    def _lstm(self, x: Tensor, state: Any, weights: Any, *options: Any) -> Any:
        """Run an LSTM like cuDNN: in one call, and in bfloat16 under autocast."""
        parts = [x, *state, *weights]
        if torch.is_autocast_enabled("cuda"):
            parts = [part.to(torch.get_autocast_dtype("cuda")) for part in parts]
        return Lstm.apply(self._device, wrap, options, *parts)

    def _indices(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        if not any(isinstance(part, list) for part in parts):
            return index
        self._device.record.copies["list as index", _line()] += 1
        return tuple(wrap(torch.tensor(part)) if isinstance(part, list) else part for part in parts)

    def _make(self, func: Any, name: str, args: Any, kwargs: dict[str, Any]) -> Any:
        generator = kwargs.get("generator")
        if generator is not None and generator.device.type != "cuda":
            raise WrongDeviceError(f"Expected a 'cuda' device type for generator but found '{generator.device.type}'")
        if any(isinstance(x, FakeCudaTensor) for x in tree_iter((args, kwargs))):
            return func(*args, **kwargs)  # zeros_like(x, device=...)
        if name in ("tensor", "as_tensor"):
            self._device.record.copies["to cuda", _line()] += 1
        elif name not in ("empty", "empty_like"):
            self._device.record.kernels[name] += 1
        kwargs["device"] = "cpu"
        out = func(*args, **kwargs)
        if self._device.capture is not None and name not in ("empty", "empty_like"):
            self._device.capture.append((func, args, kwargs, _aliases(out)))  # noise is drawn anew in a replay
        return tree_map(wrap, out)


def wrap(x: Any) -> Any:
    """Return a CPU tensor as a tensor on ``cuda:0``; return other objects unchanged."""
    return FakeCudaTensor(x) if isinstance(x, Tensor) and not isinstance(x, FakeCudaTensor) else x


def unwrap(x: Any) -> Any:
    """Return the CPU tensor of a fake tensor; return other objects unchanged."""
    return x.inner if isinstance(x, FakeCudaTensor) else x


def _aliases(tree: Any) -> Any:
    """Return tensors with the same memory whose shapes do not change in place."""
    return tree_map(lambda x: x.detach() if isinstance(x, Tensor) else x, tree)


def _pretend_support() -> None:
    """Replace the functions with which torch tests for CUDA."""
    torch._C._ensureCUDADeviceGuardSet()
    torch.cuda.amp.common.amp_definitely_not_available = lambda: False
    torch.cuda.is_bf16_supported = lambda *args, **kwargs: True
    torch.backends.cudnn.is_acceptable = lambda x: False
    _foreach_utils._foreach_supported_types.append(FakeCudaTensor)  # a list of tensors is one launch, as on CUDA
    torch.__future__.set_overwrite_module_params_on_conversion(True)


def _line() -> str:
    """Return the current line of this project, or otherwise of the test."""
    frame, fallback = sys._getframe(1), "torch"
    while frame is not None:
        name = frame.f_code.co_filename
        if "/tts/" in name and "site-packages" not in name:
            return f"tts/{name.rpartition('/tts/')[2]}:{frame.f_lineno}"
        if fallback == "torch" and "/tests/" in name and "fake_cuda/device" not in name:
            fallback = f"{name.rpartition('/')[2]}:{frame.f_lineno}"
        frame = frame.f_back
    return fallback


_pretend_support()  # at once: autograd counts devices when it first runs
