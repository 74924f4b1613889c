"""Reductions and scans in PyTorch's signatures."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from .. import ops
from ..core import Tensor, cast
from ..dtypes import as_dtype
from ..errors import ArgumentError
from ..ops.reduce import Dims

__all__ = ["cumprod", "cumsum", "max", "mean", "min", "prod", "std", "sum", "var"]
METHODS = tuple(__all__)
IN_PLACE = ("cumprod", "cumsum")

Chosen = namedtuple("Chosen", "values indices")


# ---- sums and products ----------------------------------------------------------------------------------------------
def in_dtype(fn: Any, x: Any, dtype: Any, **params: Any) -> Any:
    """fn(x), with x and the result in `dtype`."""
    to = as_dtype(dtype)
    y = fn(x if x.dtype == to else cast(x, dtype=to), **params)
    return y if y.dtype == to else cast(y, dtype=to)


def sum(input: Any, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum over dims; of bools and integers in int64.

    Args:
        dim: a dim, several, or None for all.
        keepdim: reduced dims stay, with extent 1.
        dtype: input is converted to it first.

    Raises:
        IndexingError: for a dim that the tensor does not have.
        ArgumentError: for a dim named twice.

    >>> import minigrad as mg
    >>> mg.sum(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=0)
    tensor([4., 6.])
    """
    if dtype is None:
        return ops.sum(input, dim=dim, keepdim=keepdim)
    return in_dtype(ops.sum, input, dtype, dim=dim, keepdim=keepdim)


def mean(input: Any, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean over dims; NaN where there are no elements.

    Args:
        dim: a dim, several, or None for all.
        keepdim: reduced dims stay, with extent 1.
        dtype: input is converted to it first.

    Raises:
        DTypeError: for bools and integers, unless `dtype` is floating.
        IndexingError: for a dim that the tensor does not have.
        ArgumentError: for a dim named twice.

    >>> import minigrad as mg
    >>> mg.mean(mg.tensor([1, 2]), dtype=mg.float32)
    tensor(1.5)
    """
    if dtype is None:
        return ops.mean(input, dim=dim, keepdim=keepdim)
    return in_dtype(ops.mean, input, dtype, dim=dim, keepdim=keepdim)


def prod(input: Any, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product over one dim or all; of bools and integers in int64.

    Args:
        keepdim: the reduced dim stays, with extent 1.
        dtype: input is converted to it first.

    Raises:
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.prod(mg.tensor([[1, 2], [3, 4]]), 1)
    tensor([ 2, 12])
    """
    if dtype is None:
        return ops.prod(input, dim=dim, keepdim=keepdim)
    return in_dtype(ops.prod, input, dtype, dim=dim, keepdim=keepdim)


def cumsum(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The sums of all elements up to each along `dim`; of bools and integers in int64.

    Args:
        dtype: input is converted to it first.

    Raises:
        IndexingError: for a dim that the tensor does not have.
    """
    return ops.cumsum(input, dim=dim) if dtype is None else in_dtype(ops.cumsum, input, dtype, dim=dim)


def cumprod(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The products of all elements up to each along `dim`; of bools and integers in int64.

    Args:
        dtype: input is converted to it first.

    Raises:
        IndexingError: for a dim that the tensor does not have.
    """
    return ops.cumprod(input, dim=dim) if dtype is None else in_dtype(ops.cumprod, input, dtype, dim=dim)


# ---- the largest and the smallest -----------------------------------------------------------------------------------
def extreme(name: str, x: Any, dim: Any, keepdim: bool, other: Any) -> Any:
    """What `max` and `min` share: of all elements, along a dim, or of two tensors."""
    over_all, along, of_two = EXTREMES[name]
    if isinstance(dim, Tensor):
        dim, other = None, dim
    if other is not None:
        if dim is not None or keepdim:
            raise ArgumentError(f"{name}: other compares two tensors, which goes without dim and keepdim")
        return of_two(x, other)
    if dim is not None:
        return Chosen(*along(x, dim=dim, keepdim=keepdim))
    if keepdim:
        raise ArgumentError(f"{name}: keepdim goes with a dim; a{name}(keepdim=True) keeps all dims")
    return over_all(x)


def max(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The largest element; with a dim, (values, indices) along it; with a second tensor, the larger of each pair.

    Args:
        dim: a dim, or the second tensor.
        keepdim: the reduced dim stays, with extent 1.
        other: the second tensor.

    Raises:
        ShapeError: if there are no elements.
        IndexingError: for a dim that the tensor does not have.
        ArgumentError: for `other` with a dim, or `keepdim` without.

    >>> import minigrad as mg
    >>> x = mg.tensor([[1.0, 5.0], [3.0, 4.0]])
    >>> mg.max(x), mg.max(x, 1).indices
    (tensor(5.), tensor([1, 1]))
    """
    return extreme("max", input, dim, keepdim, other)


def min(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The smallest element; with a dim, (values, indices) along it; with a second tensor, the smaller of each pair.

    Args:
        dim: a dim, or the second tensor.
        keepdim: the reduced dim stays, with extent 1.
        other: the second tensor.

    Raises:
        ShapeError: if there are no elements.
        IndexingError: for a dim that the tensor does not have.
        ArgumentError: for `other` with a dim, or `keepdim` without.
    """
    return extreme("min", input, dim, keepdim, other)


EXTREMES = {"max": (ops.amax, ops.max, ops.maximum), "min": (ops.amin, ops.min, ops.minimum)}


# ---- spread ---------------------------------------------------------------------------------------------------------
def spread(name: str, x: Any, dim: Any, unbiased: bool | None, keepdim: bool, correction: Any) -> Any:
    """What `var` and `std` share."""
    if isinstance(dim, bool):  # var(unbiased)
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    elif unbiased is not None:
        raise ArgumentError(f"{name}: unbiased and correction say the same; give one of them")
    return (ops.var if name == "var" else ops.std)(x, dim=dim, correction=correction, keepdim=keepdim)


def var(
    input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> Any:
    """The variance over dims: squared distances from the mean, summed and divided by n - correction.

    Args:
        dim: a dim, several, or None for all.
        unbiased: an older word for correction: True is 1, False is 0.
        keepdim: reduced dims stay, with extent 1.
        correction: 1 unless given.

    Raises:
        DTypeError: for bools and integers.
        IndexingError: for a dim that the tensor does not have.
        ArgumentError: for a dim named twice, or both `unbiased` and `correction`.

    >>> import minigrad as mg
    >>> mg.var(mg.tensor([1.0, 3.0])), mg.var(mg.tensor([1.0, 3.0]), correction=0)
    (tensor(2.), tensor(1.))
    """
    return spread("var", input, dim, unbiased, keepdim, correction)


def std(
    input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> Any:
    """The standard deviation over dims, the root of `var`, with the same arguments.

    Raises:
        DTypeError: for bools and integers.
        IndexingError: for a dim that the tensor does not have.
        ArgumentError: for a dim named twice, or both `unbiased` and `correction`.
    """
    return spread("std", input, dim, unbiased, keepdim, correction)
