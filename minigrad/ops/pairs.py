"""Functions of two numbers that tell NaN and neighbouring floats apart."""

from __future__ import annotations

from typing import Any

from ..core import Array, op, same
from ..dtypes import is_float
from ..errors import DTypeError
from .compare import isnan, logical_or
from .elementwise import no_slope, where

__all__ = ["fmax", "fmin", "nextafter"]
METHODS = ("fmax", "fmin", "nextafter")
IN_PLACE = ("nextafter",)


def absent(b: Any) -> Any:
    """Whether b is NaN, of a tensor or a number."""
    return b != b if type(b) in (bool, int, float) else isnan(b)


def first(larger: bool, a: Any, b: Any) -> Any:
    """Whether the result is a's: the first of equals, and what is not NaN."""
    return logical_or(a >= b if larger else a <= b, absent(b))


@op(lambda g, a, b: where(first(True, a, b), g, 0.0), lambda g, a, b: where(first(True, a, b), 0.0, g))
def fmax(xp: Any, a: Array, b: Array) -> Array:
    """The larger of a and b, elementwise, the other one if one of them is NaN; of equals a has the gradient.

    >>> import minigrad as mg
    >>> mg.fmax(mg.tensor([1.0, float("nan")]), mg.tensor([2.0, 3.0]))
    tensor([2., 3.])
    """
    return xp.fmax(a, b)


@op(lambda g, a, b: where(first(False, a, b), g, 0.0), lambda g, a, b: where(first(False, a, b), 0.0, g))
def fmin(xp: Any, a: Array, b: Array) -> Array:
    """The smaller of a and b, elementwise, the other one if one of them is NaN; of equals a has the gradient."""
    return xp.fmin(a, b)


@op(same, no_slope)
def nextafter(xp: Any, a: Array, b: Array) -> Array:
    """The float next to a in the direction of b, elementwise; its slope is 1 for a and 0 for b.

    Raises:
        DTypeError: for integers and bools.

    >>> import minigrad as mg
    >>> mg.nextafter(mg.tensor([1.0]), mg.tensor([2.0])) - 1.0
    tensor([1.1921e-07])
    """
    dtype = a.dtype if hasattr(a, "dtype") else b.dtype
    if not is_float(dtype):
        raise DTypeError(f"nextafter: a and b are {dtype}, where a floating dtype is wanted")
    return xp.nextafter(xp.asarray(a, dtype), xp.asarray(b, dtype))
