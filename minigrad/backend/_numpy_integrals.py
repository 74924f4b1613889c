"""Gamma's incomplete integrals, the scaled error function, normal quantiles and Bessel functions, on the CPU.

All is computed in float64, whatever the dtype: the exponents of these functions leave float32 no digits.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from math import factorial, inf, pi, sqrt
from typing import Any

import numpy as np

from ._numpy_special import (
    CENTRE_P,
    CENTRE_Q,
    FAR_P,
    FAR_Q,
    MIDDLE_P,
    MIDDLE_Q,
    NEAR,
    STIRLING,
    blockwise,
    gaussian,
    lgamma_positive,
    near,
    polynomial,
    quantile,
    within,
)

Array = Any
BLOCK = 8192


def in_double(kernel: Callable[[Array], Array], x: Array) -> Array:
    """kernel(x), block by block in float64, in the dtype of x."""
    return blockwise(kernel, x, lambda v: kernel(v.astype(np.float64)))


# ---- the error function, scaled -------------------------------------------------------------------------------------
def erfcx_far(a: Array) -> Array:
    """erfcx from 4 on."""
    z = 1.0 / (a * a)
    return (polynomial(z, FAR_P) * z / polynomial(z, FAR_Q) + 1.0 / sqrt(pi)) / a


def erfcx_all(x: Array) -> Array:
    """erfcx."""
    a = np.abs(x)
    y = a.copy()
    within(y, a <= NEAR, lambda v, s: (1.0 - near(s)) / gaussian(v), a, x)
    within(y, (a > NEAR) & (a <= 4.0), lambda v: polynomial(v, MIDDLE_P) / polynomial(v, MIDDLE_Q), a)
    within(y, a > 4.0, erfcx_far, a)
    within(y, x < -NEAR, lambda v, t: 2.0 / gaussian(v) - t, np.minimum(a, 1e3), y)
    return y


def erfcx(x: Array) -> Array:
    """exp(x x) erfc(x)."""
    return in_double(erfcx_all, x)


# ---- quantiles of the normal distribution ---------------------------------------------------------------------------
def ndtri_all(p: Array) -> Array:
    """ndtri."""
    q = p - 0.5
    z = 0.180625 - q * q
    y = polynomial(z, CENTRE_P) * q / polynomial(z, CENTRE_Q)

    def tail(p: Array) -> Array:
        end = np.minimum(p, 1.0 - p)
        y = np.copysign(quantile(np.sqrt(-np.log(end))), p - 0.5)
        return np.where(end > 0, y, np.where(end < 0, np.nan, np.copysign(inf, p - 0.5)))

    within(y, np.abs(q) > 0.425, tail, p)
    return y


def ndtri(p: Array) -> Array:
    """Where the normal distribution function is p: infinite at 0 and 1, NaN beyond."""
    return in_double(ndtri_all, p)


# ---- gamma's incomplete integrals -----------------------------------------------------------------------------------
MANY = 200.0  # from this a on the series would need too many terms


@functools.cache
def rule() -> list[tuple[float, float]]:
    """Gauss and Legendre's places between 0 and 1, and their weights."""
    places, weights = np.polynomial.legendre.leggauss(48)
    return [(float(0.5 + 0.5 * t), float(0.5 * w)) for t, w in zip(places, weights, strict=True)]


def density(a: Array, x: Array) -> Array:
    """x^a exp(-x) / gamma(a + 1), without cancellation where a is large."""
    y = a.copy()
    within(y, a < 10.0, lambda a, x: np.exp(a * np.log(x) - x - lgamma_positive(a + 1.0)), a, x)

    def large(a: Array, x: Array) -> Array:
        off = (x - a) / a
        exponent = np.where(np.abs(off) < 0.5, np.log1p(off) - off, np.log(x / a) - off)
        rest = polynomial(1.0 / (a * a), STIRLING) / a
        return np.exp(a * exponent - rest) / np.sqrt(2.0 * pi * a)

    within(y, a >= 10.0, large, a, x)
    return y


def lower_series(a: Array, x: Array, eps: float) -> Array:
    """The lower integral by its power series, to eps, for x below a + 1."""
    term = np.ones_like(x)
    total, k = np.ones_like(x), 0
    while term.size and (term > eps * total).any():
        k += 1
        term *= x / (a + k)
        total += term
    return total * density(a, x)


def upper_fraction(a: Array, x: Array, eps: float) -> Array:
    """The upper integral by its continued fraction (Lentz), to eps, for x from a + 1 on."""
    b = x + 1.0 - a
    c, d = np.full_like(x, inf), 1.0 / b
    h, step, k = d.copy(), np.zeros_like(x), 0
    while step.size and (np.abs(step - 1.0) > eps).any() and k < 500:
        k += 1
        over = -k * (k - a)
        b = b + 2.0
        d = 1.0 / (over * d + b)
        c = b + over / c
        step = c * d
        h *= step
    return h * density(a, x) * a


def one_side(a: Array, x: Array) -> Array:
    """For a large a the integral from x outwards, away from a, by Gauss and Legendre's rule."""
    out = np.where(x > a, 1.0, -1.0)
    width = np.minimum(
        np.maximum(12.0 * np.sqrt(a) - np.abs(x - a), 7.0 * np.sqrt(a)), 45.0 / np.abs(1.0 - a / x)
    )
    width = np.where(out < 0, np.minimum(width, x), width)
    y = np.zeros_like(x)
    for place, weight in rule():
        t = x + out * width * place
        y += weight * density(a, t) * a / t
    return width * y


def incomplete(a: Array, x: Array, upper: bool, eps: float) -> Array:
    """One block of `gamma_integral`."""
    y = np.where((a >= 0) & (x >= 0), 0.0, np.nan)  # of the lower one: 0 at x = 0 and for an infinite a
    y[(np.isinf(a) & np.isinf(x)) | ((a == 0) & (x == 0))] = np.nan
    y[((x == inf) & (a < inf)) | ((a == 0) & (x > 0))] = 1.0
    known = ~((a > 0) & (a < inf) & (x > 0) & (x < inf))
    if upper:
        y = 1.0 - y
    series = ~known & (a < MANY) & (x < a + 1.0)
    fraction = ~known & (a < MANY) & (x >= a + 1.0)
    far = ~known & (a >= MANY)

    def sided(a: Array, x: Array) -> Array:
        part = one_side(a, x)
        return np.where((x > a) == upper, part, 1.0 - part)

    def below(a: Array, x: Array) -> Array:
        part = lower_series(a, x, eps)
        return 1.0 - part if upper else part

    def above(a: Array, x: Array) -> Array:
        part = upper_fraction(a, x, eps)
        return part if upper else 1.0 - part

    within(y, series, below, a, x)
    within(y, fraction, above, a, x)
    within(y, far, sided, a, x)
    return y


def gamma_integral(a: Array, x: Array, upper: bool) -> Array:
    """The integral of t^(a-1) exp(-t) / gamma(a) from 0 to x, or from x on."""
    dtype = np.result_type(a, x)
    eps = 1e-16 if dtype == np.float64 else 1e-9
    a, x = np.broadcast_arrays(a, x)
    one, other = a.reshape(-1), x.reshape(-1)
    y = np.empty(one.shape, dtype)
    with np.errstate(all="ignore"):
        for k in range(0, one.size, BLOCK):
            part = slice(k, k + BLOCK)
            y[part] = incomplete(one[part].astype(np.float64), other[part].astype(np.float64), upper, eps)
    return y.reshape(a.shape)


# ---- Bessel functions -----------------------------------------------------------------------------------------------
FAR = 30.0  # from here on the series in 1 / x holds


def bessel_i(x: Array, n: int, scaled: bool) -> Array:
    """I_n(x), or exp(-|x|) I_n(x), for an integer n >= 0."""
    powers = [1.0 / factorial(k) / factorial(k + n) for k in range(50)][::-1]
    falling = [1.0]
    for k in range(1, 26):
        falling.append(falling[-1] * ((2 * k - 1) ** 2 - 4 * n * n) / (8 * k))

    def series(a: Array, few: int) -> Array:
        y = polynomial(0.25 * a * a, powers[-few:])
        for _ in range(n):
            y *= 0.5 * a
        return y * np.exp(-a) if scaled else y

    def far(a: Array) -> Array:
        y = np.where(a < inf, polynomial(1.0 / a, falling[::-1]) / np.sqrt(2.0 * pi * a), 0.0)
        if scaled:
            return y
        grown = np.exp(0.5 * a)
        return np.where(a < inf, y * grown * grown, a)

    def kernel(x: Array) -> Array:
        a = np.abs(x)
        y = a.copy()
        within(y, a <= 8.0, lambda v: series(v, 26), a)
        within(y, (a > 8.0) & (a <= FAR), lambda v: series(v, 50), a)
        within(y, a > FAR, far, a)
        return np.copysign(y, x) if n % 2 else y

    return in_double(kernel, x)
