"""Counting equal elements: groups of equals, membership, histograms."""

from __future__ import annotations

from math import isfinite
from math import prod as product
from typing import Any

from ..core import Array, op
from ..dtypes import is_float, level, result_type
from ..errors import ArgumentError, DTypeError, IndexingError, ShapeError, describe
from .elementwise import wide
from .reduce import floating

__all__ = ["bincount", "groups", "histc", "isin"]
METHODS = ("histc",)
IN_PLACE = ()


@op(None, outputs="first inverse counts")
def groups(xp: Any, x: Array, *, consecutive: bool = False, return_inverse: bool = True) -> Any:
    """The groups of equal rows of x: where each begins, the group of each row, how many rows each has.

    Groups come in the (lexicographic) order of their rows; no NaN equals another.

    Args:
        consecutive: only rows that stand beside each other form a group, and groups stay in their order.
        return_inverse: if not, the groups of the rows are not computed, and nothing stands in their place.

    Shapes:
        x (N, ...), of G groups -> (G,), (N,), (G,)

    Raises:
        ShapeError: for a 0-d x.
    """
    if not x.shape:
        raise ShapeError(f"groups: x {describe(x)} has no rows")
    n, m = x.shape[0], product(x.shape[1:])
    z = wide(x).reshape((n,) if m == 1 else (n, m))
    order = None
    if not consecutive and z.size:
        order = xp.stable_order(z, 0) if m == 1 else xp.lexsort(z.T[::-1])
        z = z[order]
    begins = xp.ones(n, "bool")
    begins[1:] = z[1:] != z[:-1] if m == 1 else (z[1:] != z[:-1]).any(1)
    starts = begins.nonzero()[0]
    inverse = xp.cumsum(begins) - 1 if return_inverse else xp.zeros(0, "int64")
    if order is not None and return_inverse:
        back = xp.empty(n, "int64")
        back[order] = inverse
        inverse = back
    counts = xp.concatenate([starts[1:], xp.asarray([n] if n else [], "int64")]) - starts
    return starts if order is None else order[starts], inverse, counts


@op(None, None, promotes="elements test_elements")
def isin(xp: Any, elements: Array, test_elements: Array, *, assume_unique: bool = False) -> Array:
    """Whether each element is one of the test elements; NaN is none.

    Args:
        assume_unique: neither has an element twice, which is then not checked, only faster.

    Raises:
        DTypeError: if one of the two is no tensor or number.

    >>> import minigrad as mg
    >>> mg.isin(mg.tensor([1, 2, 3]), mg.tensor([3, 1]))
    tensor([ True, False,  True])
    """
    to = result_type((elements, test_elements))
    z, among = (xp.asarray(v, to if is_float(to) else None) for v in (elements, test_elements))
    return xp.isin(wide(z), wide(among), assume_unique=assume_unique)


@op(None)
def bincount(xp: Any, x: Array, *, minlength: int = 0) -> Array:
    """How often each integer from 0 on occurs.

    Args:
        minlength: so many counts at least.

    Shapes:
        x (N,) -> (max(x.max() + 1, minlength),)

    Raises:
        DTypeError: if x is not made of integers.
        ShapeError: if x is not 1-d.
        IndexingError: for an integer below 0.
        ArgumentError: for a negative minlength.

    >>> import minigrad as mg
    >>> mg.bincount(mg.tensor([1, 3, 1]))
    tensor([0, 2, 0, 1])
    """
    return xp.bincount(counted(x, minlength), minlength=minlength).astype("int64", copy=False)


def counted(x: Array, minlength: int) -> Array:
    """x as what can be counted."""
    if level(x.dtype) != 1:
        raise DTypeError(f"bincount: input is {x.dtype}, where integers are wanted")
    if x.ndim != 1:
        raise ShapeError(f"bincount: input {describe(x)} is not 1-d")
    if x.size and x.min() < 0:
        raise IndexingError(f"bincount: input has {x.min()}, where integers from 0 on are wanted")
    if minlength < 0:
        raise ArgumentError(f"bincount: minlength is {minlength}, where 0 or more is wanted")
    return x


@op(None)
def histc(xp: Any, x: Array, *, bins: int = 100, min: float = 0, max: float = 0) -> Array:
    """How many elements lie in each of `bins` equal intervals between min and max; the last one includes max.

    What lies outside, and NaN, is not counted. Where min equals max they are those of x; where these are equal too,
    one less and one more.

    Shapes:
        x (...) -> (bins,)

    Raises:
        DTypeError: for bools and integers, or if bins is not an int.
        ArgumentError: if bins is not positive, max is less than min, or a bound is not finite.

    >>> import minigrad as mg
    >>> mg.histc(mg.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])
    """
    floating("histc", x)
    if bins < 1:
        raise ArgumentError(f"histc: bins is {bins}, where 1 or more is wanted")
    z = wide(x).reshape(-1)
    low, high = float(min), float(max)
    if low == high and z.size:
        low, high = float(z.min()), float(z.max())
    if not (isfinite(low) and isfinite(high)) or high < low:
        raise ArgumentError(f"histc: the range {low} to {high} is not finite, or falls; give min < max")
    if low == high:
        low, high = low - 1, high + 1
    z = z[(z >= low) & (z <= high)]
    at = xp.minimum(((z - low) * bins / (high - low)).astype("int64"), bins - 1)
    return xp.bincount(at, minlength=bins).astype(x.dtype)
