"""Sorting, order statistics and places in sorted rows, in PyTorch's signatures."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..backend import namespace_of
from ..core import Tensor
from ..dtypes import PYTHON, int32, int64, is_float
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..ops.reduce import one_axis
from .reduce import Chosen

__all__ = [
    "argsort",
    "bucketize",
    "kthvalue",
    "median",
    "mode",
    "msort",
    "nanmedian",
    "nanquantile",
    "quantile",
    "searchsorted",
    "sort",
    "topk",
]
METHODS = tuple(name for name in __all__ if name not in ("bucketize", "searchsorted"))
IN_PLACE = ()

INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


# ---- sorting --------------------------------------------------------------------------------------------------------
def argsort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Tensor:
    """The positions along `dim` in the order of their values; equal ones keep theirs, NaN is the largest.

    Args:
        stable: of no effect, as every order here is.

    Raises:
        IndexingError: for a dim that the tensor does not have.
    """
    return ops.argsort(input, dim=dim, descending=descending)  # type: ignore[no-any-return]


def sort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """The values along `dim` in order, and their positions; equal ones keep their order, NaN is the largest.

    Args:
        stable: of no effect, as every order here is.

    Raises:
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.sort(mg.tensor([3, 1, 2]), descending=True).values
    tensor([3, 2, 1])
    """
    index = ops.argsort(input, dim=dim, descending=descending)
    return Chosen(ops.gather(input, index, dim=dim), index)


def msort(input: Tensor) -> Tensor:
    """The values along the first dim in order."""
    return sort(input, 0).values  # type: ignore[no-any-return]


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) values along `dim`, and their positions, of equals the first; NaN is the largest.

    Args:
        sorted: of no effect: the most extreme comes first in any case.

    Raises:
        ArgumentError: if k is negative, or larger than the extent of dim.
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.topk(mg.tensor([1.0, 5.0, 3.0]), 2).indices
    tensor([1, 2])
    """
    index = ops.topk_at(input, k=k, dim=dim, largest=largest)
    return Chosen(ops.gather(input, index, dim=dim), index)


# ---- one element of a row -------------------------------------------------------------------------------------------
def chosen(input: Tensor, index: Tensor, dim: int, keepdim: bool) -> Any:
    """The elements at the positions that an op found, and these."""
    values = ops.gather(input, index, dim=dim)
    if keepdim or not input.shape:
        return Chosen(values, index)
    return Chosen(ops.squeeze(values, dim=dim), ops.squeeze(index, dim=dim))


def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest values along `dim`, and where each stands first; NaN is the largest.

    Raises:
        ArgumentError: if k is not 1 to the extent of dim.
        ShapeError: if there are no elements along dim.
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.kthvalue(mg.tensor([3.0, 1.0, 2.0]), 2).values
    tensor(2.)
    """
    return chosen(input, ops.kthvalue_at(input, k=k, dim=dim), dim, keepdim)


def of_middle(name: str, input: Tensor, dim: int | None, keepdim: bool) -> Any:
    """What `median` and `nanmedian` share."""
    ignore_nan = name == "nanmedian"
    if dim is not None:
        return chosen(input, ops.median_at(input, dim=dim, ignore_nan=ignore_nan), dim, keepdim)
    if keepdim:
        raise ArgumentError(f"{name}: keepdim goes with a dim")
    return ops.median(input, ignore_nan=ignore_nan)


def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The median of all elements; with a dim (values, indices) along it. Of two in the middle it is the lower one.

    A NaN is the median of all beside it. Of all elements, equals share the gradient; along a dim the first has it.

    Raises:
        ShapeError: if there are no elements along dim.
        IndexingError: for a dim that the tensor does not have.
        ArgumentError: for `keepdim` without a dim.

    >>> import minigrad as mg
    >>> mg.median(mg.tensor([3.0, 1.0, 2.0, 9.0]))
    tensor(2.)
    """
    return of_middle("median", input, dim, keepdim)


def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """`median` of what is not NaN; NaN where all is.

    Raises:
        ShapeError, IndexingError, ArgumentError: as `median`.
    """
    return of_middle("nanmedian", input, dim, keepdim)


def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent values along `dim`, of equally frequent ones the smallest, and where each stands last.

    Raises:
        ShapeError: if there are no elements along dim.
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.mode(mg.tensor([2, 1, 2, 1, 3]))
    Chosen(values=tensor(1), indices=tensor(3))
    """
    return chosen(input, ops.mode_at(input, dim=dim), dim, keepdim)


# ---- quantiles ------------------------------------------------------------------------------------------------------
def levels(name: str, input: Tensor, q: Any, interpolation: str) -> Any:
    """q as a tensor beside input, once all arguments are known to be right."""
    if not is_float(input.dtype) or input.dtype.itemsize < 4:
        raise DTypeError(f"{name}: input is {input.dtype}, where float32 or float64 is wanted")
    if 0 in input.shape:
        raise ShapeError(f"{name}: input {describe(input)} has no elements")
    if interpolation not in INTERPOLATIONS:
        raise ArgumentError(f"{name}: interpolation {interpolation!r} is none of {', '.join(INTERPOLATIONS)}")
    if not isinstance(q, Tensor):
        if not isinstance(q, float | int):
            raise DTypeError(f"{name}: q is a {type(q).__name__}, where a number or a tensor is wanted")
        q = Tensor(namespace_of(input.data).asarray(q, input.dtype))
    if q.dtype != input.dtype:
        raise DTypeError(f"{name}: q is {q.dtype}, where the dtype of input, {input.dtype}, is wanted")
    if q.ndim > 1:
        raise ShapeError(f"{name}: q {describe(q)} is neither a number nor 1-d")
    if not ((q.data >= 0) & (q.data <= 1)).all():
        raise ArgumentError(f"{name}: q is not between 0 and 1")
    return q


def fraction(
    name: str, input: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: str, ignore_nan: bool
) -> Any:
    """What `quantile` and `nanquantile` share."""
    q = levels(name, input, q, interpolation)
    along = 0 if dim is None else one_axis(name, dim, input.shape)
    rows = ops.reshape(input, shape=(-1,)) if dim is None or not input.shape else input
    rows = ops.movedim(sort(rows, along).values, source=along, destination=-1)
    odd = ops.isnan(rows)
    if ignore_nan:
        there = ops.cast(ops.sum(ops.logical_not(odd), dim=-1, keepdim=True), dtype=input.dtype)
        rank = q * ops.clamp(there - 1.0, min=0.0)
    else:
        last = float(rows.shape[-1] - 1)
        rank = ops.where(odd[..., -1:], last, q * last)  # NaN stands last
    y = between(rows, rank, interpolation)
    kept = [1 if dim is None or k == along else n for k, n in enumerate(input.shape)]
    if not keepdim:
        kept = [] if dim is None else [n for k, n in enumerate(kept) if k != along]
    if not q.ndim:
        return ops.reshape(y, shape=kept)
    return ops.reshape(ops.movedim(y, source=-1, destination=0), shape=[q.shape[0], *kept])


def between(rows: Tensor, rank: Tensor, interpolation: str) -> Any:
    """The elements of sorted rows at ranks that need not be whole."""
    if interpolation in ("lower", "higher", "nearest"):
        to = {"lower": ops.floor, "higher": ops.ceil, "nearest": ops.round}[interpolation]
        return ops.gather(rows, ops.cast(to(rank.detach()), dtype=int64), dim=-1)
    low, high = ops.floor(rank.detach()), ops.ceil(rank.detach())
    below, above = (ops.gather(rows, ops.cast(r, dtype=int64), dim=-1) for r in (low, high))
    return ops.lerp(below, above, rank - low if interpolation == "linear" else 0.5)


def quantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """What a part q of the elements along `dim` (default: of all) lies below; NaN where one of them is.

    Args:
        q: a number from 0 to 1, or a 1-d tensor of such, whose dim comes first in the result.
        interpolation: where the rank q (n - 1) lies between two elements: linear, lower, higher, midpoint, nearest.

    Raises:
        DTypeError: if input is not float32 or float64, or q a tensor of another dtype.
        ShapeError: if there are no elements, or q has 2 dims or more.
        ArgumentError: if q is not between 0 and 1, or for another interpolation.
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.quantile(mg.tensor([1.0, 2.0, 4.0]), 0.75)
    tensor(3.)
    """
    return fraction("quantile", input, q, dim, keepdim, interpolation, False)


def nanquantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """`quantile` of what is not NaN; NaN where all is.

    Raises:
        DTypeError, ShapeError, ArgumentError, IndexingError: as `quantile`.
    """
    return fraction("nanquantile", input, q, dim, keepdim, interpolation, True)


# ---- places in a sorted row -----------------------------------------------------------------------------------------
def searchsorted(
    sorted_sequence: Tensor,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Any:
    """Where each element would be put into a sorted row so that it stays sorted; NaN is the largest.

    Args:
        sorted_sequence: one row, or one for each row of input.
        input: a tensor, or, for one row, a number.
        out_int32: the result is int32 instead of int64.
        right: after elements that are equal, not before them.
        side: "left" or "right", which says the same as `right`.
        sorter: positions that sort a sequence that is not.

    Shapes:
        sorted_sequence (N,), input (...) -> (...)
        sorted_sequence (..., N), input (..., M) -> (..., M)

    Raises:
        ShapeError: if the sequence is 0-d, or differs from input beside its last dim, or from sorter.
        ArgumentError: for another side, or one that `right` contradicts.
        DTypeError, IndexingError: if sorter is not made of positions in the sequence.

    >>> import minigrad as mg
    >>> mg.searchsorted(mg.tensor([1, 3, 5]), mg.tensor([3, 4]), right=True)
    tensor([2, 2])
    """
    if side not in (None, "left", "right"):
        raise ArgumentError(f"searchsorted: side is {side!r}, where 'left' or 'right' is wanted")
    if side == "left" and right:
        raise ArgumentError("searchsorted: side is 'left' and right is True; give one of them")
    if type(input) in PYTHON:
        input = Tensor(namespace_of(sorted_sequence.data).asarray(input))
    if sorter is not None:
        if sorter.shape != sorted_sequence.shape:
            came = f"sorted_sequence {describe(sorted_sequence)}, sorter {describe(sorter)}"
            raise ShapeError(f"searchsorted: {came}: their shapes are to be the same")
        sorted_sequence = ops.gather(sorted_sequence, sorter, dim=-1)
    found = ops.searchsorted(sorted_sequence, input, right=right or side == "right")
    return ops.cast(found, dtype=int32) if out_int32 else found


def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Any:
    """In which of the intervals between sorted boundaries each element lies, 0 being below the first.

    Args:
        input: a tensor or a number.
        boundaries: 1-d.
        out_int32: the result is int32 instead of int64.
        right: an element equal to a boundary lies above it, not below.

    Raises:
        ShapeError: if boundaries are not 1-d.

    >>> import minigrad as mg
    >>> mg.bucketize(mg.tensor([0.5, 1.0, 7.0]), mg.tensor([1.0, 2.0]))
    tensor([0, 0, 2])
    """
    if len(boundaries.shape) != 1:
        raise ShapeError(f"bucketize: boundaries {describe(boundaries)} are not 1-d")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)
