"""Integrals and series that are functions of their own: gamma's incomplete ones, normal quantiles, Bessel functions."""

from __future__ import annotations

import math
from typing import Any

from ..core import Array, op
from ..errors import ArgumentError, GradientError
from .elementwise import sign, times
from .functions import exp
from .special import lgamma, xlogy

__all__ = ["bessel_i", "erfcx", "igamma", "igammac", "ndtri"]
METHODS = ("igamma", "igammac")
IN_PLACE = METHODS


# ---- the normal distribution ----------------------------------------------------------------------------------------
@op(lambda g, x, y: g * (x * y * 2.0 - 2.0 / math.sqrt(math.pi)), floating=True)
def erfcx(xp: Any, x: Array) -> Array:
    """Elementwise exp(x x) erfc(x), which neither overflows nor underflows for x > 0.

    Source: Cody 1969, "Rational Chebyshev approximations for the error function".

    >>> import minigrad as mg
    >>> mg.special.erfcx(mg.tensor([0.0, 100.0]))
    tensor([1.    , 0.0056])
    """
    return xp.erfcx(x)


@op(lambda g, y: times(g, exp(y * y * 0.5) * math.sqrt(2.0 * math.pi)), floating=True)
def ndtri(xp: Any, x: Array) -> Array:
    """Elementwise quantile of the normal distribution: infinite at 0 and 1, NaN beyond.

    Source: Wichura 1988, "Algorithm AS 241: the percentage points of the normal distribution".

    >>> import minigrad as mg
    >>> mg.special.ndtri(mg.tensor([0.5, 0.975]))
    tensor([0.  , 1.96])
    """
    return xp.ndtri(x)


# ---- gamma's incomplete integrals -----------------------------------------------------------------------------------
def no_rule(g: Any) -> Any:
    """Refuse the derivative for a, as PyTorch does."""
    raise GradientError("igamma: there is no derivative for a; detach() it")


def integrand(a: Any, b: Any) -> Any:
    """b^(a - 1) exp(-b) / gamma(a)."""
    if type(a) in (int, float, bool):
        a = b * 0.0 + a
    return exp(xlogy(a - 1.0, b) - b - lgamma(a))


@op(no_rule, lambda g, a, b: times(g, integrand(a, b)), floating=True)
def igamma(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise integral of t^(a-1) exp(-t) / gamma(a) from 0 to b; NaN where a or b is negative.

    Args:
        a, b: floating tensors, one of which may be a number. There is no derivative for a.

    Raises:
        GradientError: in backward, if a requires grad.

    Source: Abramowitz and Stegun 1964, equations 6.5.29 (b below a + 1) and 6.5.31 (elsewhere).

    >>> import minigrad as mg
    >>> mg.igamma(mg.tensor([1.0, 2.0]), mg.tensor([1.0, 1.0]))
    tensor([0.6321, 0.2642])
    """
    return xp.gamma_integral(*arrays(xp, a, b), False)


@op(no_rule, lambda g, a, b: times(-g, integrand(a, b)), floating=True)
def igammac(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise integral of t^(a-1) exp(-t) / gamma(a) from b to infinity, 1 - igamma, exact where it is small.

    Args:
        a, b: floating tensors, one of which may be a number. There is no derivative for a.

    Raises:
        GradientError: in backward, if a requires grad.

    Source: Abramowitz and Stegun 1964, equations 6.5.29 (b below a + 1) and 6.5.31 (elsewhere).
    """
    return xp.gamma_integral(*arrays(xp, a, b), True)


def arrays(xp: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """a and b as arrays of one dtype."""
    dtype = a.dtype if hasattr(a, "dtype") else b.dtype
    return xp.asarray(a, dtype), xp.asarray(b, dtype)


# ---- Bessel functions -----------------------------------------------------------------------------------------------
def bessel_rule(g: Any, x: Any, y: Any, n: int, scaled: bool) -> Any:
    """The mean of its neighbours in n; scaled, less itself with the sign of x."""
    slope = (bessel_i(x, n=abs(n - 1), scaled=scaled) + bessel_i(x, n=n + 1, scaled=scaled)) * 0.5
    return times(g, slope - y * sign(x) if scaled else slope)


@op(bessel_rule, floating=True)
def bessel_i(xp: Any, x: Array, *, n: int, scaled: bool = False) -> Array:
    """Elementwise modified Bessel function of the first kind, I_n(x), or exp(-|x|) I_n(x).

    Args:
        n: its order, an integer from 0 to 20.
        scaled: multiply by exp(-|x|), which keeps it from overflow.

    Raises:
        ArgumentError: for another order.

    Source: Abramowitz and Stegun 1964, equations 9.6.10 (|x| up to 30) and 9.7.1 (beyond).
    """
    if not 0 <= n <= 20:
        raise ArgumentError(f"bessel_i: n is {n}, where an order from 0 to 20 is wanted")
    return xp.bessel_i(x, n, scaled)
