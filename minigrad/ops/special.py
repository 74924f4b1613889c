"""Special functions: the error function, gamma's logarithm, logarithms with a weight. Integers give floats."""

from __future__ import annotations

import math
from typing import Any

from ..core import Array, op
from ..dtypes import PYTHON, is_float
from ..errors import ArgumentError, DTypeError
from .compare import isinf, logical_and
from .elementwise import no_slope, ratio, times, where, wide
from .functions import exp, log, log1p, sigmoid

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "lgamma",
    "logaddexp",
    "logaddexp2",
    "logit",
    "polygamma",
    "sinc",
    "sinc_slope",
    "xlog1py",
    "xlogy",
]
METHODS = "digamma erf erfc erfinv lgamma logaddexp logaddexp2 logit polygamma sinc xlogy".split()
IN_PLACE = "digamma erf erfc erfinv lgamma logit polygamma sinc xlogy".split()

LN2 = math.log(2.0)
BELL = 2.0 / math.sqrt(math.pi)  # the slope of erf at 0


# ---- the error function ---------------------------------------------------------------------------------------------
@op(lambda g, x: g * (exp(-(x * x)) * BELL), floating=True)
def erf(xp: Any, x: Array) -> Array:
    """Elementwise error function: 2 / sqrt(pi) times the integral of exp(-t t) from 0 to x.

    Source: Cody 1969, "Rational Chebyshev approximations for the error function".

    >>> import minigrad as mg
    >>> mg.erf(mg.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.8427,  0.    ,  0.8427])
    """
    return xp.erf(x)


@op(lambda g, x: g * (exp(-(x * x)) * -BELL), floating=True)
def erfc(xp: Any, x: Array) -> Array:
    """Elementwise 1 - erf(x), to full relative precision where it is small.

    Source: Cody 1969, "Rational Chebyshev approximations for the error function".
    """
    return xp.erfc(x)


@op(lambda g, y: times(g, exp(y * y) * (1.0 / BELL)), floating=True)
def erfinv(xp: Any, x: Array) -> Array:
    """Elementwise inverse of the error function: infinite at -1 and 1, NaN beyond.

    Source: Wichura 1988, "Algorithm AS 241: the percentage points of the normal distribution".
    """
    return xp.erfinv(x)


# ---- gamma ----------------------------------------------------------------------------------------------------------
@op(lambda g, x: times(g, digamma(x)), floating=True)
def lgamma(xp: Any, x: Array) -> Array:
    """Elementwise log |gamma(x)|: infinite at 0 and at negative integers.

    Source: Abramowitz and Stegun 1964, equations 6.1.17 (below 0), 6.1.41 (from 10 on) and 6.1.15 (between).

    >>> import minigrad as mg
    >>> mg.lgamma(mg.tensor([1.0, 3.0, 0.5]))
    tensor([0.    , 0.6931, 0.5724])
    """
    return xp.lgamma(x)


@op(lambda g, x: times(g, polygamma(x, n=1)), floating=True)
def digamma(xp: Any, x: Array) -> Array:
    """Elementwise derivative of lgamma: infinite at 0, NaN at negative integers.

    Source: Abramowitz and Stegun 1964, equations 6.3.7 (below 0), 6.3.18 (from 10 on) and 6.3.5 (between).
    """
    return xp.digamma(x)


@op(lambda g, x, n: times(g, polygamma(x, n=n + 1)), floating=True)
def polygamma(xp: Any, x: Array, *, n: int) -> Array:
    """Elementwise n-th derivative of digamma.

    Args:
        n: 0 for digamma itself, 1 for the trigamma function, and so on.

    Raises:
        DTypeError: if n is not an integer.
        ArgumentError: if n is negative.

    Source: Abramowitz and Stegun 1964, equations 6.4.7 (below 0) and 6.4.10 (elsewhere).
    """
    if n < 0:
        raise ArgumentError(f"polygamma: n is {n}; only derivatives of order 0 and more are there")
    return xp.polygamma(n, x) if n else xp.digamma(x)


# ---- probabilities --------------------------------------------------------------------------------------------------
def logit_rule(g: Any, x: Any, eps: float | None) -> Any:
    """g / (x (1 - x)); nothing where x was clamped, NaN where there is no logit."""
    if eps is None:
        inside = logical_and(x >= 0, x <= 1)
        return ratio(g, where(inside, x * (1.0 - x), math.nan))
    inside = logical_and(x >= eps, x <= 1.0 - eps)
    return where(inside, ratio(g, x * (1.0 - x)), 0.0)


@op(logit_rule, floating=True)
def logit(xp: Any, x: Array, *, eps: float | None = None) -> Array:
    """Elementwise log(x / (1 - x)), the inverse of sigmoid: infinite at 0 and 1, NaN beyond.

    Args:
        eps: x is first brought between eps and 1 - eps; None leaves it as it is.

    >>> import minigrad as mg
    >>> mg.logit(mg.tensor([0.5, 0.0]), eps=0.1)
    tensor([ 0.    , -2.1972])
    """
    v = wide(x)
    if eps is not None:
        v = xp.minimum(xp.maximum(v, eps), 1.0 - eps)
    return xp.log(v / (1.0 - v)).astype(x.dtype, copy=False)


def entr_rule(g: Any, x: Any) -> Any:
    """-(log(x) + 1)."""
    return -(times(g, log(x)) + g)


@op(entr_rule, floating=True)
def entr(xp: Any, x: Array) -> Array:
    """Elementwise -x log(x): 0 at 0, -inf below."""
    v = wide(x)
    y = -v * xp.log(xp.where(v == 0, 1, v))
    return xp.where(v < 0, -xp.inf, y).astype(x.dtype, copy=False)


# ---- logarithms with a weight ---------------------------------------------------------------------------------------
def tensors(xp: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """a and b, a number as an array: beside NumPy's function of a number all would be float64."""
    if type(b) in PYTHON:
        b = xp.asarray(b, a.dtype)
    return (xp.asarray(a, b.dtype) if type(a) in PYTHON else a), b


def weight_rule(g: Any, a: Any, b: Any, function: Any, end: float) -> Any:
    """g function(b); nothing where a is 0 and b at or beyond the end of the function."""
    if type(b) in PYTHON:
        b = no_slope(g) + b
    return times(g, function(where(logical_and(a == 0, b <= end), end + 1.0, b)))


@op(lambda g, a, b: weight_rule(g, a, b, log, 0.0), lambda g, a, b: times(g, ratio(a, b)), floating=True)
def xlogy(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise a log(b), and 0 where a is 0, unless b is NaN.

    Args:
        a, b: tensors, one of which may be a number.

    >>> import minigrad as mg
    >>> mg.xlogy(mg.tensor([0.0, 2.0]), mg.tensor([0.0, 1.0]))
    tensor([0., 0.])
    """
    a, b = tensors(xp, a, b)
    return xp.where((a == 0) & (b == b), xp.zeros((), b.dtype), a * xp.log(b))


@op(
    lambda g, a, b: weight_rule(g, a, b, log1p, -1.0),
    lambda g, a, b: times(g, ratio(a, b + 1.0)),
    floating=True,
)
def xlog1py(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise a log(1 + b), exact near b = 0, and 0 where a is 0, unless b is NaN.

    Args:
        a, b: tensors, one of which may be a number.
    """
    a, b = tensors(xp, a, b)
    return xp.where((a == 0) & (b == b), xp.zeros((), b.dtype), a * xp.log1p(b))


# ---- sums of exponentials -------------------------------------------------------------------------------------------
def floats_only(xp: Any, name: str, a: Any, b: Any) -> None:
    """Refuse integers and bools."""
    dtype = xp.result_type(a, b)
    if not is_float(dtype):
        raise DTypeError(f"{name}: a and b are {dtype}, where a floating dtype is wanted")


def share(a: Any, b: Any, scale: float) -> Any:
    """How much of e^a + e^b, for scale = 1, is e^a: one half where both are the same infinity."""
    off = where(logical_and(a == b, isinf(a)), 0.0, a - b)
    return sigmoid(off * scale)


def log_sum(xp: Any, a: Any, b: Any, power: Any, scale: float) -> Array:
    """The larger, and what the smaller adds to it: several times as fast as NumPy's own."""
    dtype = xp.result_type(a, b)
    a, b = wide(a), wide(b)
    top = xp.maximum(a, b)
    y = top + xp.log1p(power(-xp.absolute(a - b))) / scale
    return xp.where(xp.isinf(top), top, y).astype(dtype, copy=False)


@op(lambda g, a, b: g * share(a, b, 1.0), lambda g, a, b: g * share(b, a, 1.0))
def logaddexp(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise log(exp(a) + exp(b)), without overflow.

    Raises:
        DTypeError: for integers and bools.

    >>> import minigrad as mg
    >>> mg.logaddexp(mg.tensor([1000.0]), mg.tensor([1000.0]))
    tensor([1000.6932])
    """
    floats_only(xp, "logaddexp", a, b)
    return log_sum(xp, a, b, xp.exp, 1.0)


@op(lambda g, a, b: g * share(a, b, LN2), lambda g, a, b: g * share(b, a, LN2))
def logaddexp2(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise logarithm to base 2 of 2^a + 2^b, without overflow.

    Raises:
        DTypeError: for integers and bools.
    """
    floats_only(xp, "logaddexp2", a, b)
    return log_sum(xp, a, b, xp.exp2, LN2)


# ---- sinc -----------------------------------------------------------------------------------------------------------
@op(lambda g, x: g * sinc_slope(x, n=1), floating=True)
def sinc(xp: Any, x: Array) -> Array:
    """Elementwise sin(pi x) / (pi x), and 1 at 0.

    >>> import minigrad as mg
    >>> mg.sinc(mg.tensor([0.0, 0.5]))
    tensor([1.    , 0.6366])
    """
    z = wide(x) * math.pi
    flat = z == 0
    y = xp.sin(z) / xp.where(flat, 1, z)
    return xp.where(flat, 1, y).astype(x.dtype, copy=False)


@op(lambda g, x, n: g * sinc_slope(x, n=n + 1), floating=True)
def sinc_slope(xp: Any, x: Array, *, n: int) -> Array:
    """The n-th derivative of sinc, n >= 1: at 0, and near it, to full precision.

    With f(z) = sin(z) / z, the n-th derivative of z f is z f_n + n f_{n-1}: a recurrence, and near 0 a power series.
    """
    z = wide(x) * math.pi
    near = xp.absolute(z) < 2.0
    far = xp.where(near, 2.0, z)
    y = xp.sin(far) / far
    for k in range(1, n + 1):
        y = (xp.sin(far + (0.5 * k * math.pi)) - k * y) / far
    first = (n + 1) // 2  # terms (-1)^k z^(2k - n) / ((2k + 1) (2k - n)!)
    z = xp.where(near, z, 0.0)
    square, series = z * z, 0.0
    for k in range(first + 12, first - 1, -1):
        series = series * square + (-1) ** k / ((2 * k + 1) * math.factorial(2 * k - n))
    y = xp.where(near, series * z if n % 2 else series, y)
    return (y * math.pi**n).astype(x.dtype, copy=False)
