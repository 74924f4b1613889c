"""Elementwise functions: powers, exponentials, logarithms, roots, trigonometry, rounding. Integers give floats."""

from __future__ import annotations

import math
from typing import Any

from ..backend import NAMESPACES
from ..core import Array, op
from ..dtypes import PYTHON, bool_, is_float
from ..errors import DTypeError, describe
from .compare import logical_and
from .elementwise import no_slope, ratio, times, where, wide

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "ceil",
    "cos",
    "cosh",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "pow",
    "round",
    "rsqrt",
    "sigmoid",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
]
METHODS = """
    acos acosh asin asinh atan atan2 atanh ceil cos cosh exp exp2 expm1 floor hypot log log10 log1p log2
    pow round rsqrt sigmoid sin sinh sqrt tan tanh trunc
""".split()
IN_PLACE = METHODS

LN2, LN10 = math.log(2.0), math.log(10.0)


# ---- exponentials and logarithms ------------------------------------------------------------------------------------
@op(lambda g, y: times(g, y), floating=True)
def exp(xp: Any, x: Array) -> Array:
    """Elementwise exponential."""
    return xp.exp(x)


@op(lambda g, y: times(g, y * LN2), floating=True)
def exp2(xp: Any, x: Array) -> Array:
    """Elementwise power of 2."""
    return xp.exp2(x)


@op(lambda g, y: times(g, y + 1.0), floating=True)
def expm1(xp: Any, x: Array) -> Array:
    """Elementwise exp(x) - 1, exact near 0."""
    return xp.expm1(x)


@op(lambda g, x: ratio(g, x), floating=True)
def log(xp: Any, x: Array) -> Array:
    """Elementwise natural logarithm: -inf at 0, NaN below."""
    return xp.log(x)


@op(lambda g, x: ratio(g, x * LN2), floating=True)
def log2(xp: Any, x: Array) -> Array:
    """Elementwise logarithm to base 2."""
    return xp.log2(x)


@op(lambda g, x: ratio(g, x * LN10), floating=True)
def log10(xp: Any, x: Array) -> Array:
    """Elementwise logarithm to base 10."""
    return xp.log10(x)


@op(lambda g, x: ratio(g, x + 1.0), floating=True)
def log1p(xp: Any, x: Array) -> Array:
    """Elementwise log(1 + x), exact near 0."""
    return xp.log1p(x)


def fused(x: Any, name: str = "activation") -> Any:
    """The backend's kernel for activations, of an array on a GPU; else None."""
    return getattr(NAMESPACES.get(type(x)), name, None)


def pull_sigmoid(g: Any, y: Any) -> Any:
    """g y (1 - y), in one pass where the backend has a kernel."""
    kernel = fused(y, "activation_input")
    return kernel("sigmoid", g, y) if kernel else (g - g * y) * y


@op(pull_sigmoid, floating=True)
def sigmoid(xp: Any, x: Array) -> Array:
    """Elementwise 1 / (1 + exp(-x)), to full precision in both tails.

    >>> import minigrad as mg
    >>> mg.sigmoid(mg.tensor([-1000.0, 0.0, 1000.0]))
    tensor([0. , 0.5, 1. ])
    """
    if kernel := fused(x):
        return kernel("sigmoid", x)
    with xp.errstate(over="ignore"):  # 1 / inf is the 0 that is wanted
        y = xp.exp(-wide(x))
    y += 1
    return xp.reciprocal(y).astype(x.dtype, copy=False)


# ---- roots ----------------------------------------------------------------------------------------------------------
@op(lambda g, y: ratio(g * 0.5, y), floating=True)
def sqrt(xp: Any, x: Array) -> Array:
    """Elementwise square root; at 0 its slope is infinite, but a gradient of 0 stays 0."""
    return xp.sqrt(x)


@op(lambda g, x: ratio(g * -0.5, x * sqrt(x)), floating=True)
def rsqrt(xp: Any, x: Array) -> Array:
    """Elementwise 1 / sqrt(x)."""
    return xp.reciprocal(xp.sqrt(wide(x))).astype(x.dtype, copy=False)


@op(lambda g, a, y: times(g, ratio(a, y)), lambda g, b, y: times(g, ratio(b, y)))
def hypot(xp: Any, a: Array, b: Array) -> Array:
    """sqrt(a a + b b), elementwise, without overflow; its slope at the origin is 0.

    Raises:
        DTypeError: for integers and bools.

    >>> import minigrad as mg
    >>> mg.hypot(mg.tensor([3.0]), mg.tensor([4.0]))
    tensor([5.])
    """
    dtype = xp.result_type(a, b)
    if not is_float(dtype):
        raise DTypeError(f"hypot: a and b are {dtype}, where a floating dtype is wanted")
    return xp.hypot(a, b)


# ---- powers ---------------------------------------------------------------------------------------------------------
def pow_base(g: Any, a: Any, exponent: Any) -> Any:
    """g b a^(b - 1); nothing where b is 0, at a = 0 too."""
    if type(exponent) in PYTHON:
        if exponent in (0, 1, 2):
            return g * (a * 2.0) if exponent == 2 else g if exponent else no_slope(g)
        return times(g, a ** (exponent - 1) * exponent)
    corner = logical_and(a == 0, exponent == 0)  # 0^-1 would make 0 b a NaN, here and in further derivatives
    return times(times(g, exponent), a ** (where(corner, 1.0, exponent) - 1.0))


def pow_exponent(g: Any, a: Any, exponent: Any, y: Any) -> Any:
    """g a^b log(a); at a = 0 nothing, unless b is negative."""
    if type(a) not in PYTHON:
        return times(times(g, y), log(where(logical_and(a == 0, exponent >= 0), 1.0, a)))
    if a == 0:
        return where(exponent >= 0, 0.0, -(g * y))
    return g * (y * (math.log(a) if a > 0 else math.nan))


@op(pow_base, pow_exponent)
def pow(xp: Any, a: Array, exponent: Array) -> Array:
    """a to the power of `exponent`; one of them may be a number.

    Raises:
        DTypeError: for an integer to a negative power, and for bools.

    >>> import minigrad as mg
    >>> mg.tensor([1.0, 2.0, 3.0]) ** 2
    tensor([1., 4., 9.])
    """
    dtype = xp.result_type(a, exponent)
    if not is_float(dtype):
        if dtype == bool_:
            raise DTypeError("pow: a and exponent are bool; convert one to an integer or floating dtype")
        if xp.any(xp.less(exponent, 0)):
            raise DTypeError(
                f"pow: a {describe(a)}, exponent {describe(exponent)}: integers have no negative powers; "
                "convert one to a floating dtype"
            )
    if type(exponent) in PYTHON and exponent == 3 and dtype.itemsize > 2:  # where NumPy takes logarithms
        return a * a * a
    return a**exponent


# ---- trigonometry ---------------------------------------------------------------------------------------------------
@op(lambda g, x: g * cos(x), floating=True)
def sin(xp: Any, x: Array) -> Array:
    """Elementwise sine of radians."""
    return xp.sin(x)


@op(lambda g, x: -(g * sin(x)), floating=True)
def cos(xp: Any, x: Array) -> Array:
    """Elementwise cosine of radians."""
    return xp.cos(x)


@op(lambda g, y: g * (y * y + 1.0), floating=True)
def tan(xp: Any, x: Array) -> Array:
    """Elementwise tangent of radians."""
    return xp.tan(x)


@op(lambda g, x: ratio(g, sqrt((1.0 - x) * (1.0 + x))), floating=True)
def asin(xp: Any, x: Array) -> Array:
    """Elementwise inverse sine, in radians; NaN outside of -1 to 1."""
    return xp.arcsin(x)


@op(lambda g, x: -ratio(g, sqrt((1.0 - x) * (1.0 + x))), floating=True)
def acos(xp: Any, x: Array) -> Array:
    """Elementwise inverse cosine, in radians; NaN outside of -1 to 1."""
    return xp.arccos(x)


@op(lambda g, x: g / (x * x + 1.0), floating=True)
def atan(xp: Any, x: Array) -> Array:
    """Elementwise inverse tangent, in radians."""
    return xp.arctan(x)


def angle_rule(g: Any, side: Any, other: Any) -> Any:
    """g side / (side^2 + other^2), without overflow."""
    length = hypot(side, other)
    return times(g, ratio(ratio(side, length), length))


@op(lambda g, a, b: angle_rule(g, b, a), lambda g, a, b: -angle_rule(g, a, b), floating=True)
def atan2(xp: Any, a: Array, b: Array) -> Array:
    """The angle in radians, from -pi to pi, of the point with height a and width b; its slope at the origin is 0.

    >>> import minigrad as mg
    >>> mg.atan2(mg.tensor([1.0, 0.0]), mg.tensor([0.0, -1.0]))
    tensor([1.5708, 3.1416])
    """
    return xp.arctan2(a, b)


@op(lambda g, x: times(g, cosh(x)), floating=True)
def sinh(xp: Any, x: Array) -> Array:
    """Elementwise hyperbolic sine."""
    return xp.sinh(x)


@op(lambda g, x: times(g, sinh(x)), floating=True)
def cosh(xp: Any, x: Array) -> Array:
    """Elementwise hyperbolic cosine."""
    return xp.cosh(x)


@op(lambda g, y: g - g * y * y, floating=True)
def tanh(xp: Any, x: Array) -> Array:
    """Elementwise hyperbolic tangent."""
    return xp.tanh(x)


@op(lambda g, x: g / hypot(x, 1.0), floating=True)
def asinh(xp: Any, x: Array) -> Array:
    """Elementwise inverse hyperbolic sine."""
    return xp.arcsinh(x)


@op(lambda g, x: ratio(g, sqrt(x - 1.0) * sqrt(x + 1.0)), floating=True)
def acosh(xp: Any, x: Array) -> Array:
    """Elementwise inverse hyperbolic cosine; NaN below 1."""
    return xp.arccosh(x)


@op(lambda g, x: ratio(g, (1.0 - x) * (1.0 + x)), floating=True)
def atanh(xp: Any, x: Array) -> Array:
    """Elementwise inverse hyperbolic tangent: infinite at -1 and 1, NaN beyond."""
    return xp.arctanh(x)


# ---- rounding -------------------------------------------------------------------------------------------------------
@op(no_slope)
def floor(xp: Any, x: Array) -> Array:
    """The next integer at or below each element, in x's dtype; its slope is 0."""
    return xp.floor(x) if is_float(x.dtype) else x.copy()


@op(no_slope)
def ceil(xp: Any, x: Array) -> Array:
    """The next integer at or above each element, in x's dtype; its slope is 0."""
    return xp.ceil(x) if is_float(x.dtype) else x.copy()


@op(no_slope)
def trunc(xp: Any, x: Array) -> Array:
    """Each element without its fraction, in x's dtype; its slope is 0."""
    return xp.trunc(x) if is_float(x.dtype) else x.copy()


@op(no_slope)
def round(xp: Any, x: Array, *, decimals: int = 0) -> Array:
    """The nearest integer to each element, ties to the even one, in x's dtype; its slope is 0.

    Args:
        decimals: round to this many decimals; if negative, to tens, hundreds, and so on.

    Raises:
        DTypeError: for integers with other than 0 decimals.

    >>> import minigrad as mg
    >>> mg.round(mg.tensor([0.5, 1.5, -2.7]))
    tensor([ 0.,  2., -3.])
    """
    if not is_float(x.dtype):
        if decimals:
            raise DTypeError(f"round: x is {x.dtype}, which has no decimals to round to {decimals}")
        return x.copy()
    if not decimals:
        return xp.rint(x)
    step = 10.0 ** math.fabs(decimals)
    y = xp.rint(wide(x) * step) / step if decimals > 0 else xp.rint(wide(x) / step) * step
    return y.astype(x.dtype, copy=False)
