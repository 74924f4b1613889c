"""Arithmetic and comparison in PyTorch's signatures."""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

from .. import ops
from ..core import Tensor, cast
from ..dtypes import bool_, float64, is_float, level
from ..errors import ArgumentError, DTypeError, describe

__all__ = [
    "absolute",
    "add",
    "allclose",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "clamp_max",
    "clamp_min",
    "clip",
    "deg2rad",
    "div",
    "divide",
    "equal",
    "fix",
    "float_power",
    "frexp",
    "greater",
    "greater_equal",
    "ldexp",
    "less",
    "less_equal",
    "multiply",
    "negative",
    "not_equal",
    "polygamma",
    "positive",
    "rad2deg",
    "rsub",
    "sgn",
    "sub",
    "subtract",
    "true_divide",
]
METHODS = [name for name in __all__ if name not in ("polygamma", "rsub")]  # the op is the method of polygamma
IN_PLACE = [name for name in METHODS if name not in ("allclose", "equal", "frexp", "positive")]

Parts = namedtuple("Parts", "mantissa exponent")


# ---- sums, with a factor --------------------------------------------------------------------------------------------
def scaled(name: str, a: Any, b: Any, alpha: float) -> Any:
    """b times alpha.

    Raises:
        DTypeError: if both are integers, and alpha is not.
    """
    kinds = [is_float(x.dtype) if isinstance(x, Tensor) else type(x) is float for x in (a, b)]
    if type(alpha) is float and not any(kinds):
        raise DTypeError(f"{name}: alpha is {alpha}, which goes with floating tensors, not with integers")
    if isinstance(a, Tensor) and isinstance(b, Tensor) and level(b.dtype) == 0:
        b = cast(b, dtype=a.dtype) if level(a.dtype) else b
    return b * alpha


def add(a: Any, b: Any, *, alpha: float = 1) -> Any:
    """a + alpha b, elementwise.

    Raises:
        DTypeError: for a floating alpha beside integers.

    >>> import minigrad as mg
    >>> mg.add(mg.tensor([1.0, 2.0]), mg.tensor([1.0, 1.0]), alpha=10)
    tensor([11., 12.])
    """
    return ops.add(a, b if alpha == 1 else scaled("add", a, b, alpha))


def sub(a: Any, b: Any, *, alpha: float = 1) -> Any:
    """a - alpha b, elementwise.

    Raises:
        DTypeError: for bools, and for a floating alpha beside integers.
    """
    return ops.sub(a, b if alpha == 1 else scaled("sub", a, b, alpha))


def rsub(a: Any, b: Any, *, alpha: float = 1) -> Any:
    """b - alpha a, elementwise.

    Raises:
        DTypeError: for bools, and for a floating alpha beside integers.
    """
    return sub(b, a, alpha=alpha)


# ---- products and powers --------------------------------------------------------------------------------------------


def div(a: Any, b: Any, *, rounding_mode: str | None = None) -> Any:
    """Elementwise quotient.

    Args:
        rounding_mode: None divides; "floor" rounds the quotient down and "trunc" towards zero, and with these
            integers stay integers.

    Raises:
        ArgumentError: for another mode, and for an integer divided by zero in one of these.

    >>> import minigrad as mg
    >>> mg.div(mg.tensor([7, -7]), 2, rounding_mode="trunc")
    tensor([ 3, -3])
    """
    if rounding_mode is None:
        return ops.div(a, b)
    if rounding_mode == "floor":
        return ops.floor_divide(a, b)
    if rounding_mode == "trunc":
        return ops.trunc_divide(a, b)
    raise ArgumentError(f"div: rounding_mode is {rounding_mode!r}, where None, 'floor' or 'trunc' is wanted")


def allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether |a - b| <= atol + rtol |b| everywhere.

    >>> import minigrad as mg
    >>> mg.allclose(mg.tensor([1.0, 2.0]), mg.tensor([1.000001, 2.0]))
    True
    """
    return bool(ops.all(ops.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)))


def equal(a: Tensor, b: Tensor) -> bool:
    """Whether a and b have the same shape and the same values; NaN equals nothing.

    >>> import minigrad as mg
    >>> mg.equal(mg.tensor([1, 2]), mg.tensor([1, 2]))
    True
    """
    return a.shape == b.shape and bool(ops.all(ops.eq(a, b)))


def float_power(a: Any, exponent: Any) -> Any:
    """a to the power of `exponent`, in float64 whatever they are.

    Args:
        a, exponent: tensors, one of which may be a number.

    >>> import minigrad as mg
    >>> mg.float_power(mg.tensor([2, 4]), -1)
    tensor([0.5 , 0.25], dtype=float64)
    """
    return ops.pow(*(cast(v, dtype=float64) if isinstance(v, Tensor) else v for v in (a, exponent)))


def ldexp(a: Any, b: Any) -> Any:
    """a 2^b, elementwise; integers b are taken to a's dtype.

    Raises:
        DTypeError: if one of them is not a tensor.

    >>> import minigrad as mg
    >>> mg.ldexp(mg.tensor([0.5, 0.75]), mg.tensor([1, 3]))
    tensor([1., 6.])
    """
    for name, x in (("a", a), ("b", b)):
        if not isinstance(x, Tensor):
            raise DTypeError(f"ldexp: {name} is {describe(x)}, where a tensor is wanted")
    if is_float(a.dtype) and not is_float(b.dtype):
        b = cast(b, dtype=a.dtype)
    return ops.mul(a, ops.exp2(b))


def frexp(x: Any) -> Any:
    """(mantissa, exponent) of each element, mantissa 2^exponent: the mantissa from 0.5 to 1, the exponent in int32.

    Raises:
        DTypeError: for integers and bools.

    >>> import minigrad as mg
    >>> mg.frexp(mg.tensor([1.0, -6.0])).mantissa
    tensor([ 0.5 , -0.75])
    """
    return Parts(*ops.frexp(x))


def deg2rad(x: Any) -> Any:
    """Degrees as radians; integers give floats.

    >>> import minigrad as mg
    >>> mg.deg2rad(mg.tensor([180.0, 90.0]))
    tensor([3.1416, 1.5708])
    """
    return ops.mul(x, math.pi / 180.0)


def rad2deg(x: Any) -> Any:
    """Radians as degrees; integers give floats."""
    return ops.mul(x, 180.0 / math.pi)


def positive(x: Tensor) -> Tensor:
    """x itself.

    Raises:
        DTypeError: for bools.
    """
    if x.dtype == bool_:
        raise DTypeError("positive: x is bool, which has no sign")
    return x


# ---- one bound ------------------------------------------------------------------------------------------------------
def clamp_min(x: Any, min: Any) -> Any:
    """x, and `min` where x is below it; the slope is 1 at the bound.

    Args:
        min: a number or a tensor.
    """
    return ops.clamp(x, min, None)


def clamp_max(x: Any, max: Any) -> Any:
    """x, and `max` where x is above it; the slope is 1 at the bound.

    Args:
        max: a number or a tensor.
    """
    return ops.clamp(x, None, max)


# ---- in another order, under another name ---------------------------------------------------------------------------
def polygamma(n: int, x: Any) -> Any:
    """The n-th derivative of digamma, elementwise.

    Raises:
        DTypeError: if n is not an integer.
        ArgumentError: if n is negative.

    >>> import minigrad as mg
    >>> mg.polygamma(1, mg.tensor([1.0]))
    tensor([1.6449])
    """
    return ops.polygamma(x, n=n)


absolute, negative, sgn, fix = ops.abs, ops.neg, ops.sign, ops.trunc
subtract, multiply, divide, true_divide, clip = sub, ops.mul, div, ops.div, ops.clamp
arccos, arcsin, arctan, arctan2 = ops.acos, ops.asin, ops.atan, ops.atan2
arccosh, arcsinh, arctanh = ops.acosh, ops.asinh, ops.atanh
greater, greater_equal, less, less_equal, not_equal = ops.gt, ops.ge, ops.lt, ops.le, ops.ne
