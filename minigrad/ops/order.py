"""Where elements stand in the order of their values: medians, the k-th, the most frequent, places in a sorted row.

NaN counts as larger than every number. Most ops here give positions; what stands there is then gathered, so that
gradients flow to it.
"""

from __future__ import annotations

from typing import Any

from ..core import Array, Shape, cast, op
from ..dtypes import is_float
from ..errors import ArgumentError, ShapeError, describe
from .compare import isnan
from .elementwise import where, wide
from .reduce import filled, narrow, one_axis
from .reduce import sum as total

__all__ = ["kthvalue_at", "median", "median_at", "mode_at", "searchsorted", "topk_at"]
METHODS = ()
IN_PLACE = ()


# ---- one element of a row -------------------------------------------------------------------------------------------
def row(name: str, x: Array, dim: int) -> tuple[Array, int]:
    """x as what is ordered along a dim, a number as a row of one, and the dim counted from the front."""
    k = one_axis(name, dim, x.shape)
    filled(name, x, (k,) if x.shape else ())
    return wide(x).reshape(x.shape or (1,)), k


def first_place(xp: Any, x: Array, value: Array, k: int, shape: Shape) -> Array:
    """Where `value`, of extent 1 along dim k, stands first; NaN stands where x is NaN."""
    met = x == value
    if is_float(x.dtype) and xp.isnan(value).any():
        met |= xp.isnan(x) & xp.isnan(value)
    at = met.argmax(k, keepdims=True)
    return at if shape else at.reshape(())


def nth(xp: Any, x: Array, k: int, n: int) -> Array:
    """The element at place n of those along dim k in order, the dim kept with extent 1."""
    return xp.partition(x, n, k)[(slice(None),) * k + (slice(n, n + 1),)]


def middle(xp: Any, x: Array, k: int, ignore_nan: bool) -> Array:
    """The lower of the one or two elements in the middle of the order along dim k."""
    n = x.shape[k]
    if not is_float(x.dtype) or not (absent := xp.isnan(x)).any():
        return nth(xp, x, k, (n - 1) // 2)
    if not ignore_nan:
        return xp.where(
            absent.any(k, keepdims=True), xp.asarray(xp.nan, x.dtype), nth(xp, x, k, (n - 1) // 2)
        )
    there = n - absent.sum(k, keepdims=True)
    return xp.take_along_axis(xp.sort(x, k), xp.maximum(there - 1, 0) // 2, k)


@op(None)
def kthvalue_at(xp: Any, x: Array, *, k: int, dim: int = -1) -> Array:
    """Where the k-th smallest element along `dim` stands first; the dim stays with extent 1.

    Raises:
        ArgumentError: if k is not 1 to the extent of dim.
        DTypeError: if k or dim is not an int.
        ShapeError: if there are no elements along dim.
        IndexingError: for a dim that x does not have.
    """
    z, at = row("kthvalue", x, dim)
    if not 1 <= k <= z.shape[at]:
        raise ArgumentError(f"kthvalue: k is {k}, where 1 to {z.shape[at]} is wanted")
    return first_place(xp, z, nth(xp, z, at, k - 1), at, x.shape)


@op(None)
def median_at(xp: Any, x: Array, *, dim: int = -1, ignore_nan: bool = False) -> Array:
    """Where the median along `dim`, the lower one of two, stands first; the dim stays with extent 1.

    Args:
        ignore_nan: the median of what is not NaN. Otherwise a NaN is the median.

    Raises:
        ShapeError: if there are no elements along dim.
        IndexingError: for a dim that x does not have.
        DTypeError: if `dim` is not one int.
    """
    z, at = row("median", x, dim)
    return first_place(xp, z, middle(xp, z, at, ignore_nan), at, x.shape)


def median_rule(g: Any, x: Any, y: Any) -> Any:
    """Shared equally by all elements that are the median."""
    found = where(isnan(y), isnan(x), x == y)
    return where(found, g / total(cast(found, dtype=g.dtype)), 0.0)


@op(median_rule)
def median(xp: Any, x: Array, *, ignore_nan: bool = False) -> Array:
    """The median of all elements, the lower one of two; equals share the gradient. Of nothing it is NaN.

    Args:
        ignore_nan: the median of what is not NaN. Otherwise a NaN is the median.

    Raises:
        ShapeError: for an integer x without elements.
    """
    if not x.size and is_float(x.dtype):
        return xp.full((), xp.nan, x.dtype)
    z, at = row("median", x.reshape(-1), 0)
    return narrow(middle(xp, z, at, ignore_nan).reshape(()), x)


@op(None)
def mode_at(xp: Any, x: Array, *, dim: int = -1) -> Array:
    """Where the most frequent element along `dim`, of equals the smallest, stands last; the dim stays with extent 1.

    No NaN equals another.

    Raises:
        ShapeError: if there are no elements along dim.
        IndexingError: for a dim that x does not have.
        DTypeError: if `dim` is not one int.
    """
    z, k = row("mode", x, dim)
    z = xp.moveaxis(z, k, -1)
    order = xp.stable_order(z, z.ndim - 1)
    line = xp.take_along_axis(z, order, -1)
    place = xp.arange(z.shape[-1])
    begins = xp.zeros(line.shape, "int64")
    begins[..., 1:] = xp.where(line[..., 1:] != line[..., :-1], place[1:], 0)
    run = place - xp.running_extreme(begins, begins.ndim - 1, True)
    at = xp.take_along_axis(order, run.argmax(-1, keepdims=True), -1)
    return xp.moveaxis(at, -1, k).reshape([1 if j == k else n for j, n in enumerate(x.shape)])


# ---- several --------------------------------------------------------------------------------------------------------
@op(None)
def topk_at(xp: Any, x: Array, *, k: int, dim: int = -1, largest: bool = True) -> Array:
    """Where the k largest (or smallest) elements along `dim` stand, the most extreme first, of equals the first.

    Raises:
        ArgumentError: if k is negative, or larger than the extent of dim.
        IndexingError: for a dim that x does not have.
        DTypeError: if k or dim is not an int.
    """
    at = one_axis("topk", dim, x.shape)
    z = xp.moveaxis(wide(x).reshape(x.shape or (1,)), at, -1)
    n = z.shape[-1]
    if not 0 <= k <= n:
        raise ArgumentError(f"topk: k is {k}, where 0 to {n} is wanted")
    if not x.shape:
        return xp.zeros((), "int64")
    if 0 < k <= n // 8 and z.size:
        places = candidates(xp, z, k, largest)
        order = xp.stable_order(xp.take_along_axis(z, places, -1), z.ndim - 1, largest)
        found = xp.take_along_axis(places, order, -1)
    else:
        found = xp.stable_order(z, z.ndim - 1, largest)[..., :k]
    return xp.ascontiguousarray(xp.moveaxis(found, -1, at))


def candidates(xp: Any, x: Array, k: int, largest: bool) -> Array:
    """The positions of the k most extreme elements along the last dim, as they stand; of equals the first ones."""
    bound = nth(xp, x, x.ndim - 1, x.shape[-1] - k if largest else k - 1)
    inside, equal = (~(x <= bound) if largest else x < bound), x == bound
    if is_float(x.dtype) and xp.isnan(bound).any():  # then NaN, the largest, is not outside
        odd, limit = xp.isnan(x), xp.isnan(bound)
        inside = xp.where(limit, ~odd & (not largest), inside)
        equal |= odd & limit
    left = k - inside.sum(-1, keepdims=True)
    if (equal.sum(-1, keepdims=True) > left).any():
        equal &= xp.cumsum(equal, -1) <= left
    inside |= equal
    return inside.nonzero()[-1].reshape(*x.shape[:-1], k)


# ---- places in a sorted row -----------------------------------------------------------------------------------------
@op(None, None, promotes="sorted_sequence x")
def searchsorted(xp: Any, sorted_sequence: Array, x: Array, *, right: bool = False) -> Array:
    """Where each element would be put into a sorted row so that it stays sorted: before its equals, or after them.

    Args:
        sorted_sequence: one row, or one for each row of x.
        right: after its equals.

    Shapes:
        sorted_sequence (N,), x (...) -> (...)
        sorted_sequence (..., N), x (..., M) -> (..., M)

    Raises:
        ShapeError: if the sequence is 0-d, or differs from x beside its last dim.
    """
    shape, wanted = sorted_sequence.shape, x.shape
    if not shape or (len(shape) > 1 and (len(shape) != len(wanted) or shape[:-1] != wanted[:-1])):
        came = f"sorted_sequence {describe(sorted_sequence)}, input {describe(x)}"
        raise ShapeError(f"searchsorted: {came}: one row is wanted, or one for each row of input")
    row, z = wide(sorted_sequence), wide(x)
    if len(shape) > 1:
        return xp.searchsorted_rows(row, z, right)
    return xp.asarray(xp.searchsorted(row, z, "right" if right else "left"), "int64")
