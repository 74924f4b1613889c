"""Activations that are methods of tensors too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import ops
from ..core import Tensor, cast
from ..dtypes import as_dtype, bool_, is_float
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..plan import number

__all__ = ["hardshrink", "log_softmax", "prelu", "softmax"]
METHODS = "hardshrink log_softmax prelu softmax".split()
IN_PLACE = ()


def real(name: str, x: Tensor, argument: str = "input") -> Tensor:
    """x, if it is floating."""
    if not is_float(x.dtype):
        raise DTypeError(f"{name}: {argument} is {describe(x)}, where a floating tensor is wanted")
    return x


def counted(name: str, x: Tensor) -> Tensor:
    """x, if it is made of numbers: not bool."""
    if x.dtype == bool_:
        raise DTypeError(f"{name}: input is {describe(x)}, where a tensor of numbers is wanted")
    return x


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """input where |input| is above lambd, else 0.

    Raises:
        DTypeError: if input is not floating, or lambd not a number.

    >>> import minigrad as mg
    >>> mg.hardshrink(mg.tensor([-1.0, 0.5, 2.0]))
    tensor([-1.,  0.,  2.])
    """
    least: Any = number("hardshrink", "lambd", lambd, "float")
    return ops.where(ops.abs(real("hardshrink", input)) <= least, 0.0, input)  # type: ignore[no-any-return]


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """input where it is above 0, else input * weight, of which there is one, or one for each channel.

    Shapes:
        input (N, C, ...) or any, weight (C,), (1,) or () -> that of input

    Raises:
        ShapeError: for another number of weights.
        DTypeError: if the two are not floating tensors of one dtype.

    Source: He et al. 2015, "Delving deep into rectifiers", equation 1.

    >>> import minigrad as mg
    >>> mg.prelu(mg.tensor([[-1.0, -1.0]]), mg.tensor([0.5, 2.0]))
    tensor([[-0.5, -2. ]])
    """
    if not isinstance(weight, Tensor) or weight.dtype != real("prelu", input).dtype:
        raise DTypeError(f"prelu: weight is {describe(weight)}, where a {input.dtype} tensor is wanted")
    shape, count = input.shape, weight.data.size
    channels = shape[1] if len(shape) > 1 else 1
    if len(weight.shape) > 1 or count not in (1, channels):
        raise ShapeError(
            f"prelu: weight is {describe(weight)}, where one number or one for each of {channels} channels is wanted"
        )
    if weight.shape:
        weight = ops.reshape(weight, shape=() if count == 1 else (count, *[1] * (len(shape) - 2)))
    low = ops.where(
        input > 0, 0.0, input
    )  # so that an infinite input above 0 leaves no NaN in weight's gradient
    return ops.where(input > 0, input, low * weight)  # type: ignore[no-any-return]


# ---- along a dim ----------------------------------------------------------------------------------------------------
def softmax(input: Tensor, dim: int | None = None, dtype: Any = None) -> Tensor:
    """exp(input) divided by its sum along dim.

    Args:
        dim: required.
        dtype: cast to it first.

    Raises:
        ArgumentError: without dim.
        DTypeError: if input is not floating and no dtype is given, or that is not.
        IndexingError: for a dim that input does not have.
    """
    return along("softmax", ops.softmax, input, dim, dtype)


def log_softmax(input: Tensor, dim: int | None = None, dtype: Any = None) -> Tensor:
    """log(softmax(input)), without overflow: see `softmax`."""
    return along("log_softmax", ops.log_softmax, input, dim, dtype)


def along(name: str, fn: Callable[..., Any], input: Tensor, dim: int | None, dtype: Any) -> Tensor:
    """fn along a dim that was given."""
    if dim is None:
        raise ArgumentError(
            f"{name}: give dim, the dimension of the classes; PyTorch's guess is not made here"
        )
    if dtype is None:
        return fn(real(name, input), dim=dim)  # type: ignore[no-any-return]
    if not is_float(to := as_dtype(dtype)):
        raise DTypeError(f"{name}: dtype is {to}, where a floating one is wanted")
    return fn(cast(input, dtype=to), dim=dim)  # type: ignore[no-any-return]
