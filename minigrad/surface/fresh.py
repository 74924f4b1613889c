"""New tensors in the dtype and on the device of one that is there."""

from __future__ import annotations

from typing import Any

from ..backend import namespace_for
from ..core import Tensor
from ..dtypes import PYTHON, as_dtype
from ..errors import DTypeError, describe, outside
from ..random import extents

__all__: list[str] = []
METHODS = ("new_empty", "new_full", "new_ones", "new_zeros")
IN_PLACE = ()


def made(
    kind: str, x: Tensor, size: tuple[Any, ...], dtype: Any, device: str | None, requires_grad: bool
) -> Tensor:
    """Memory of `size` by NumPy's function of this name."""
    make = getattr(namespace_for(x.device if device is None else device), kind)
    found = x.dtype if dtype is None else as_dtype(dtype)
    return Tensor(make(extents(f"new_{kind}", size), found), requires_grad)


def new_zeros(
    self: Tensor, *size: Any, dtype: Any = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """Zeros of `size` in the dtype and on the device of this tensor, unless told otherwise: see `zeros`."""
    return made("zeros", self, size, dtype, device, requires_grad)


def new_ones(
    self: Tensor, *size: Any, dtype: Any = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """Ones of `size` in the dtype and on the device of this tensor, unless told otherwise: see `zeros`."""
    return made("ones", self, size, dtype, device, requires_grad)


def new_empty(
    self: Tensor, *size: Any, dtype: Any = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """Memory as it comes, in the dtype and on the device of this tensor, unless told otherwise: see `empty`."""
    return made("empty", self, size, dtype, device, requires_grad)


def new_full(
    self: Tensor,
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """One value everywhere, in the dtype and on the device of this tensor, unless told otherwise.

    Raises:
        ShapeError: if `size` is not made of integers >= 0.
        DTypeError: for a value that is not a number, or that the dtype does not hold.

    >>> import minigrad as mg
    >>> mg.zeros(1, dtype=mg.int32).new_full((2,), 7)
    tensor([7, 7], dtype=int32)
    """
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    if type(value) not in PYTHON:
        raise DTypeError(
            f"new_full: fill_value is {describe(value)}, where a number is wanted{outside(value)}"
        )
    y = made("empty", self, (size,), dtype, device, requires_grad)
    try:
        y.data[...] = value
    except OverflowError:
        raise DTypeError(f"new_full: {value} does not fit {y.dtype}") from None
    return y
