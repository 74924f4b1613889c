"""Reductions and scans in PyTorch's signatures."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from .. import ops
from ..core import Tensor, cast
from ..dtypes import as_dtype, float32, is_float, uint8
from ..errors import ArgumentError, ShapeError, describe
from ..ops.reduce import Dims, floating, one_axis

__all__ = [
    "all",
    "aminmax",
    "any",
    "cumprod",
    "cumsum",
    "max",
    "mean",
    "min",
    "nanmean",
    "nansum",
    "prod",
    "std",
    "std_mean",
    "sum",
    "trace",
    "var",
    "var_mean",
]
METHODS = tuple(name for name in __all__ if name not in ("std_mean", "var_mean"))
IN_PLACE = ("cumprod", "cumsum")

Chosen = namedtuple("Chosen", "values indices")
Range = namedtuple("Range", "min max")


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


def present(input: Any) -> Any:
    """`input` with 0 for NaN, which then has no gradient."""
    return ops.where(ops.isnan(input), 0.0, input) if is_float(input.dtype) else input


def nansum(input: Any, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum over dims of what is not NaN; of bools and integers in int64.

    Args:
        dim: a dim, several, or None for all.
        keepdim: reduced dims stay, with extent 1.
        dtype: input is converted to it first.

    Raises:
        IndexingError: for a dim that the tensor does not have.
        ArgumentError: for a dim named twice.

    >>> import minigrad as mg
    >>> mg.nansum(mg.tensor([1.0, float("nan"), 2.0]))
    tensor(3.)
    """
    return sum(present(input), dim, keepdim, dtype=dtype)


def nanmean(input: Any, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean over dims of what is not NaN; NaN where all is.

    Args:
        dim: a dim, several, or None for all.
        keepdim: reduced dims stay, with extent 1.
        dtype: input is converted to it first.

    Raises:
        DTypeError: for bools and integers.
        IndexingError: for a dim that the tensor does not have.
        ArgumentError: for a dim named twice.
    """
    floating("nanmean", input)
    there = ops.sum(ops.logical_not(ops.isnan(input)), dim=dim, keepdim=keepdim)
    total = sum(present(input), dim, keepdim, dtype=dtype)
    if is_float(total.dtype) and total.dtype.itemsize == 2:  # a half counts no further than 2048
        wide = sum(present(input), dim, keepdim, dtype=float32)
        return cast(wide / cast(there, dtype=float32), dtype=total.dtype)
    return total / cast(there, dtype=total.dtype)


def trace(input: Any) -> Any:
    """The sum of a matrix's diagonal; of bools and integers in int64.

    Raises:
        ShapeError: if input is no matrix.

    >>> import minigrad as mg
    >>> mg.trace(mg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """
    if len(input.shape) != 2:
        raise ShapeError(f"trace: input {describe(input)}, where a matrix is wanted")
    return ops.sum(ops.diagonal(input))


# ---- truth ----------------------------------------------------------------------------------------------------------
def truths(name: str, input: Any, dim: Dims, keepdim: bool) -> Any:
    """What `any` and `all` share: PyTorch keeps uint8, and takes no dims at their word."""
    if isinstance(dim, tuple | list) and not dim:
        found = ops.ne(input, 0)
    else:
        found = (ops.any if name == "any" else ops.all)(input, dim=dim, keepdim=keepdim)
    return cast(found, dtype=uint8) if input.dtype == uint8 else found


def any(input: Any, dim: Dims = None, keepdim: bool = False) -> Any:
    """Whether an element over dims is true, that is, not 0; of uint8 in uint8.

    Args:
        dim: a dim, several, or None for all; () reduces none.
        keepdim: reduced dims stay, with extent 1.

    Raises:
        IndexingError: for a dim that the tensor does not have.
        ArgumentError: for a dim named twice.
    """
    return truths("any", input, dim, keepdim)


def all(input: Any, dim: Dims = None, keepdim: bool = False) -> Any:
    """Whether every element over dims is true, that is, not 0; of uint8 in uint8.

    Args:
        dim: a dim, several, or None for all; () reduces none.
        keepdim: reduced dims stay, with extent 1.

    Raises:
        IndexingError: for a dim that the tensor does not have.
        ArgumentError: for a dim named twice.
    """
    return truths("all", input, dim, keepdim)


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


def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element, of all or along a dim, as (min, max); equals share the gradient.

    Args:
        keepdim: reduced dims stay, with extent 1.

    Raises:
        ShapeError: if there are no elements.
        IndexingError: for a dim that the tensor does not have.
        DTypeError: if `dim` is not one int.

    >>> import minigrad as mg
    >>> mg.aminmax(mg.tensor([3, 1, 2]))
    Range(min=tensor(1), max=tensor(3))
    """
    if dim is not None:
        one_axis("aminmax", dim, input.shape)
    return Range(*(f(input, dim=dim, keepdim=keepdim) for f in (ops.amin, ops.amax)))


EXTREMES = {"max": (ops.amax, ops.max, ops.maximum), "min": (ops.amin, ops.min, ops.minimum)}


# ---- spread ---------------------------------------------------------------------------------------------------------
def spread(
    name: str, x: Any, dim: Any, unbiased: bool | None, keepdim: bool, correction: Any, and_mean: bool = False
) -> Any:
    """What `var` and `std` share."""
    if isinstance(dim, bool):  # var(unbiased)
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    elif unbiased is not None:
        raise ArgumentError(f"{name}: unbiased and correction say the same; give one of them")
    y = (ops.var if name == "var" else ops.std)(x, dim=dim, correction=correction, keepdim=keepdim)
    return (y, ops.mean(x, dim=dim, keepdim=keepdim)) if and_mean else y


def var(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
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
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Any:
    """The standard deviation over dims, the root of `var`, with the same arguments.

    Raises:
        DTypeError: for bools and integers.
        IndexingError: for a dim that the tensor does not have.
        ArgumentError: for a dim named twice, or both `unbiased` and `correction`.
    """
    return spread("std", input, dim, unbiased, keepdim, correction)


def var_mean(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> tuple[Any, Any]:
    """The variance over dims, and the mean: see `var`.

    Raises:
        DTypeError, IndexingError, ArgumentError: as `var`.

    >>> import minigrad as mg
    >>> mg.var_mean(mg.tensor([1.0, 3.0]))
    (tensor(2.), tensor(2.))
    """
    return spread("var", input, dim, unbiased, keepdim, correction, True)  # type: ignore[no-any-return]


def std_mean(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> tuple[Any, Any]:
    """The standard deviation over dims, and the mean: see `std`.

    Raises:
        DTypeError, IndexingError, ArgumentError: as `std`.
    """
    return spread("std", input, dim, unbiased, keepdim, correction, True)  # type: ignore[no-any-return]
