"""Samples of minigrad/ops/integrals.py: bisection, sums of positive series in 60 digits, sums over a period."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import cache
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError

from .case import Case, S, bad, each, f
from .special import unary

Array = Any
inf, nan = math.inf, math.nan
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494")
BERNOULLI = ((1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510), (43867, 798))
edges: dict[str, Any] = {"order": 0, "reason": "it ends there"}


# ---- references -----------------------------------------------------------------------------------------------------
def erfcx(v: float) -> float:
    """erfc from the integral of exp(-t t - 2 t v), which has no large factor: Gauss and Legendre on pieces."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    if v < 0:
        return 2.0 * math.exp(v * v) - erfcx(-v)
    end = min(7.0, 20.0 / v) if v else 7.0
    total = 0.0
    for k in range(40):
        t = end * (k + (nodes + 1) / 2) / 40
        total += float((weights / 2) @ np.exp(-t * t - 2 * t * v)) * end / 40
    return 2.0 / math.sqrt(math.pi) * total


def ndtri(p: float) -> float:
    """By bisection of the distribution function's lower tail."""
    if p > 0.5:
        return -ndtri(1.0 - p)
    low, high = -40.0, 0.5
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if 0.5 * math.erfc(-middle / math.sqrt(2)) < p else (low, middle)
    return low


def log_gamma(a: Decimal) -> Decimal:
    """Stirling's series, from 60 on."""
    start = Decimal(0)
    while a < 60:
        start -= a.ln()
        a += 1
    rest = (a - Decimal("0.5")) * a.ln() - a + (2 * PI).ln() / 2
    for k, (over, under) in enumerate(BERNOULLI, 1):
        rest += Decimal(over) / under / (2 * k * (2 * k - 1)) / a ** (2 * k - 1)
    return start + rest


@cache
def lower(a: float, x: float) -> Decimal:
    """x^a exp(-x) / gamma(a + 1) times the sum of x^k / ((a + 1) ... (a + k))."""
    with localcontext() as context:
        context.prec = 60
        one, other = Decimal(a), Decimal(x)
        term = total = Decimal(1)
        k = 0
        while term > total * Decimal("1e-50"):
            k += 1
            term *= other / (one + k)
            total += term
        return total * (one * other.ln() - other - log_gamma(one + 1)).exp()


def integral(upper: bool) -> Callable[[float, float], float]:
    def one(a: float, x: float) -> float:
        if a != a or x != x or min(a, x) < 0 or (a == x and a in (0, inf)):
            return nan
        below = 0.0 if a == inf or x == 0 else 1.0 if x == inf or a == 0 else None
        if below is not None:
            return 1.0 - below if upper else below
        with localcontext() as context:
            context.prec = 60
            return float(1 - lower(a, x) if upper else lower(a, x))

    return one


def bessel_i(x: Array, n: int, scaled: bool = False) -> Array:
    """The mean of exp(x cos t) cos(n t) over a period; below 4 the power series, which is exact for small x."""

    def one(v: float) -> float:
        if math.isnan(v):
            return nan
        if math.isinf(v):
            return 0.0 if scaled else math.copysign(inf, v) if n % 2 else inf
        a = abs(v)
        if a < 4:
            y = math.fsum(
                (a / 2) ** (2 * k + n) / math.factorial(k) / math.factorial(k + n) for k in range(40)
            )
            y *= math.exp(-a) if scaled else 1.0
        else:
            turns = 400
            y = math.fsum(
                math.exp(a * (math.cos(t) - 1)) * math.cos(n * t)
                for t in (2 * math.pi * k / turns for k in range(turns))
            )
            y *= (1.0 if scaled else math.exp(a)) / turns
        return -y if v < 0 and n % 2 else y

    return each(one)(x)


# ---- samples --------------------------------------------------------------------------------------------------------
def positive(*shape: int, seed: str = "") -> Array:
    return f(*shape, low=0.5, high=4.0, seed=seed)


WHOLE = np.array([1, 2, 3])
# there is no derivative for a, so that a is a number or of integers

CASES = [
    unary(ops.erfcx, erfcx, -2.0, 5.0, {0.0: 1.0, inf: 0.0, -inf: inf, 1e8: 5.641895835477563e-9}),
    unary(ops.ndtri, ndtri, 0.02, 0.98, {0.0: -inf, 1.0: inf, -0.5: nan, 1.5: nan, 0.5: 0.0}),
    *(
        Case(
            op,
            each(integral(upper)),
            [
                S(WHOLE, positive(4, 3)),
                S(WHOLE[:, None], positive(4), name="broadcast"),
                S(2.5, positive(5), name="a number on the left"),
                S(np.array(3), positive(), name="0-d"),
                S(WHOLE[:2], f(0, 2), name="empty"),
                S(
                    np.array([1, 1, 2]),
                    np.array([0.0, 2.0, 0.0]),
                    name="at 0",
                    order=0,
                    reason="it ends there",
                ),
            ],
            [
                bad(DTypeError, rf"{op.op.name}: b is a list", f(2), [1.0, 2.0]),
                bad(DTypeError, rf"{op.op.name}: b is a complex128", f(2), np.ones(2, complex)),
                bad(DTypeError, rf"{op.op.name}: missing a required argument: 'b'", f(2)),
            ],
            tolerance=1e-11,  # the reference rounds its arguments a and b once, the exponent many times
        )
        for op, upper in ((ops.igamma, False), (ops.igammac, True))
    ),
    Case(
        ops.bessel_i,
        bessel_i,
        [
            S(f(3, 4), n=0),
            S(f(5), n=1, name="the first"),
            S(f(5), n=3, name="the third"),
            S(f(5, low=0.2), n=0, scaled=True, name="scaled"),
            S(f(5, high=-0.2), n=1, scaled=True, name="scaled, below 0"),
            S(np.array([5.0, 7.5, -12.0, 25.0, 29.0]), n=1, scaled=True, name="far"),
            S(np.array([31.0, 60.0, -200.0, 650.0]), n=1, scaled=True, name="very far"),
            S(np.array([31.0, 60.0, -300.0]), n=0, name="large", **edges),
            S(np.array([0.0, inf, -inf, nan]), n=1, name="ends", **edges),
            S(np.array([0.0, inf, -inf, nan]), n=0, scaled=True, name="ends, scaled", **edges),
            S(f(), n=0, name="0-d"),
            S(f(0, 2), n=1, name="empty"),
        ],
        [
            bad(ArgumentError, "bessel_i: n is -1, where an order from 0 to 20 is wanted", f(2), n=-1),
            bad(DTypeError, "bessel_i: n is 0.5, where an integer is wanted", f(2), n=0.5),
            bad(DTypeError, "bessel_i: missing a required argument: 'n'", f(2)),
        ],
        wide="it grows as the exponential does",
    ),
]
