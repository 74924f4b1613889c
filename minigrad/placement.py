"""Where a tensor is and what its elements are: moving between devices, converting between dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import ops
from .backend import LOADED, gpu, namespace_for
from .core import Tensor, cast
from .dtypes import as_dtype
from .errors import DeviceError, clear


def placement(target: Any, dtype: Any, device: str | None) -> tuple[Any, str | None]:
    """The dtype and device that the arguments of `to` name, None where they name none.

    Raises:
        DTypeError, DeviceError: for a dtype or a device that is not there.
    """
    if isinstance(target, Tensor):
        dtype, device = target.dtype, target.device
    elif isinstance(target, str) and target.split(":")[0] in ("cpu", "cuda"):
        device = target
    elif target is not None:
        dtype = target
    if device is not None:
        namespace_for(device)
    return None if dtype is None else as_dtype(dtype), device


def to(
    self: Tensor,
    target: Any = None,
    dtype: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    *,
    device: str | None = None,
) -> Tensor:
    """The tensor in another dtype or on another device, through which gradients flow; itself if nothing changes.

    Args:
        target: a dtype, a device, or a tensor whose dtype and device are taken.
        dtype, device: these by name, or a dtype after a device.
        non_blocking: changes nothing: a copy to a GPU may always be under way when this returns, in the order of its
            stream, and one to the CPU never is.
        copy: a copy even if nothing changes.

    Raises:
        DTypeError, DeviceError: for a dtype or a device that is not there.

    >>> import minigrad as mg
    >>> mg.tensor([1.9]).to("cpu", mg.int64)
    tensor([1])
    """
    if isinstance(dtype, bool):  # to(dtype, non_blocking, copy)
        dtype, non_blocking, copy = None, dtype, non_blocking
    dtype, device = placement(target, dtype, device)
    y = self if dtype is None or dtype == self.dtype else cast(self, dtype=dtype)
    if device is not None and not here(self, device):
        y = ops.transfer(y, device=device, origin=self.device)
    return ops.clone(y) if copy and y is self else y


def here(x: Tensor, device: str) -> bool:
    """Whether a device is the one that holds x."""
    found = x.device
    return device == found or (device == "cuda" and found == f"cuda:{namespace_for(device).cuda.Device().id}")


def cuda(self: Tensor, device: Any = None, non_blocking: bool = False) -> Tensor:
    """The tensor on a GPU.

    Raises:
        DeviceError: if there is none.
    """
    number = isinstance(device, int)
    return to(self, device=f"cuda:{device}" if number else device or "cuda", non_blocking=non_blocking)


def pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """A copy in page-locked memory, from which a GPU reads while the host goes on; itself if it lies there.

    Args:
        device: taken for PyTorch's sake: page-locked memory serves all GPUs.

    Raises:
        DeviceError: if there is no GPU, or the tensor is on one.
    """
    if self.device != "cpu":
        raise DeviceError(
            f"pin_memory: the tensor is on {self.device}; only what is on the CPU can be page-locked"
        )
    return self if is_pinned(self) else Tensor(gpu().pinned(self.data), self.requires_grad)


def is_pinned(self: Tensor, device: Any = None) -> bool:
    """Whether the tensor lies in page-locked memory."""
    return self.device == "cpu" and "cuda" in LOADED and gpu().is_pinned(self.data)


def type_(self: Tensor, dtype: Any, non_blocking: bool = False) -> Tensor:
    """The tensor in another dtype; `non_blocking` is taken for PyTorch's sake.

    Raises:
        DTypeError: for a dtype that is not there.
    """
    return to(self, dtype=as_dtype(dtype))


def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor in the dtype of another."""
    return to(self, dtype=other.dtype)


def converted(dtype: str) -> Callable[[Tensor], Tensor]:
    """The method that converts to a dtype, through which gradients flow; the tensor itself if it has it."""

    def method(self: Tensor) -> Tensor:
        return to(self, dtype=dtype)

    method.__name__, method.__doc__ = dtype, (converted.__doc__ or "").replace("a dtype", dtype)
    found: Callable[[Tensor], Tensor] = clear(method)
    return found
