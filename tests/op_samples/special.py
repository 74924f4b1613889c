"""Samples of minigrad/ops/special.py: Python's math, bisection, and plain sums of series."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError

from .case import Case, Misuse, S, bad, distinct, each, f, ints
from .elementwise import one_input, unfit
from .functions import function

Array = Any
inf, nan = math.inf, math.nan


# ---- references -----------------------------------------------------------------------------------------------------
def erfinv(v: float) -> float:
    """By bisection; near the ends by that of erfc."""
    low, high = 0.0, 7.0
    for _ in range(200):
        middle = (low + high) / 2
        below = math.erfc(middle) > 1 - abs(v) if abs(v) > 0.5 else math.erf(middle) < abs(v)
        low, high = (middle, high) if below else (low, middle)
    return math.copysign(low, v)


def polygamma(n: int, v: float) -> float:
    """The first thousand terms of its series, and the integral, half a term and slope in place of the rest."""
    end = v + 1000
    if n == 0:
        rest = math.log(end) - 0.5 / end - 1 / 12 / end**2 + 1 / 120 / end**4
        return math.fsum([rest, *(-1 / (v + k) for k in range(1000))])
    rest = end**-n / n + 0.5 * end ** (-n - 1) + (n + 1) / 12 * end ** (-n - 2)
    total = math.fsum([rest, *((v + k) ** (-n - 1) for k in range(1000))])
    return -((-1) ** n) * math.factorial(n) * total


def logit(x: Array, eps: float | None = None) -> Array:
    def one(v: float) -> float:
        v = v if eps is None else min(max(v, eps), 1 - eps)
        if v in (0.0, 1.0):
            return inf if v else -inf
        return math.log(v) - math.log(1 - v) if 0 < v < 1 else nan

    return each(one)(x)


def entr(v: float) -> float:
    return -inf if v < 0 else -v * math.log(v) if v else 0.0


def weighted(log: Callable[[float], float], end: float) -> Callable[..., Array]:
    """a log(b), where the logarithm ends at `end`."""

    def one(a: float, b: float) -> float:
        if math.isnan(a) or math.isnan(b):
            return nan
        if a == 0:
            return 0.0
        return a * log(b) if b > end else a * -inf if b == end else nan

    return each(one)


def log_sum(base: float) -> Callable[..., Array]:
    """log(base^a + base^b) to that base, the larger one taken out."""

    def one(a: float, b: float) -> float:
        high, low = max(a, b), min(a, b)
        return high if math.isinf(high) else high + math.log(1 + base ** (low - high)) / math.log(base)

    return each(one)


def sinc(v: float) -> float:
    return math.sin(math.pi * v) / (math.pi * v) if v else 1.0


def sinc_slope(x: Array, n: int) -> Array:
    """sinc is the mean of cos(pi v t) over t from 0 to 1: Gauss and Legendre's sum of its n-th derivative."""
    nodes, weights = np.polynomial.legendre.leggauss(60)

    def one(v: float) -> float:
        t = (nodes + 1) / 2
        return float((weights / 2) @ ((math.pi * t) ** n * np.cos(math.pi * (v * t + n / 2))))

    return each(one)(x)


# ---- samples --------------------------------------------------------------------------------------------------------
def refused(op: Any) -> list[Misuse]:
    """What no function of one tensor takes."""
    return [*one_input(op), bad(DTypeError, f"{op.op.name}: x list", [1.0])]


def unary(
    op: Any,
    reference: Callable[[float], float],
    low: float,
    high: float,
    ends: dict[float, float],
    tolerance: float = 1e-12,
) -> Case:
    """The Case of a function of one number, sampled between low and high, with its values where it ends."""
    made = function(op, reference, low, high, ends)
    return Case(op, made.reference, made.samples, refused(op), tolerance=tolerance)


def above(low: float) -> Callable[..., Array]:
    """Makes values between low and 3."""
    return lambda *shape, **options: f(*shape, low=low, high=3.0, **options)


def two(make: Callable[..., Array], others: Callable[..., Array]) -> list[Any]:
    """Two tensors of one shape, of two that broadcast, 0-d, empty, and with a number on either side."""
    return [
        S(make(3, 4), others(3, 4, seed="b")),
        S(make(3, 1), others(4, seed="b"), name="broadcast"),
        S(make(), others(2, seed="b"), name="0-d"),
        S(make(0, 3), others(3), name="empty"),
        S(make(2), 1.5, name="a number on the right"),
        S(0.5, others(2), name="a number on the left"),
    ]


WEIGHT, POINT = (
    v.ravel() for v in np.meshgrid([0.0, -0.0, 2.0, -1.0, nan], [0.0, -1.0, -2.0, 1.0, inf, nan])
)
AT_INFINITY = np.array([inf, -inf, inf, 1.0, -inf, 8.0]), np.array([inf, -inf, -inf, inf, 2.0, 8.0])
edges: dict[str, Any] = {"order": 0, "reason": "it ends there"}

CASES = [
    unary(
        ops.erf,
        math.erf,
        -2.0,
        2.0,
        {inf: 1.0, -inf: -1.0, 0.0: 0.0, 7.0: 1.0, 1e-300: 1.1283791670955126e-300},
    ),
    unary(ops.erfc, math.erfc, -2.0, 2.0, {inf: 0.0, -inf: 2.0, 0.0: 1.0, 30.0: 0.0}),
    unary(ops.erfinv, erfinv, -0.9, 0.9, {1.0: inf, -1.0: -inf, 1.5: nan, -inf: nan, 0.0: 0.0}),
    unary(ops.lgamma, math.lgamma, 0.4, 4.0, {0.0: inf, -3.0: inf, inf: inf, -inf: inf, 1.0: 0.0, 2.0: 0.0}),
    unary(
        ops.digamma,
        lambda v: polygamma(0, v),
        0.4,
        4.0,
        {0.0: -inf, -3.0: nan, inf: inf, -inf: nan, 1.0: -0.57721566490153286},
    ),
    Case(
        ops.polygamma,
        lambda x, n: each(lambda v: polygamma(n, v))(x),
        [
            S(f(3, 4, low=0.4, high=4.0), n=1),
            S(f(5, low=0.4, high=4.0), n=0, name="digamma"),
            S(f(5, low=0.5, high=3.0), n=2, name="of order 2"),
            S(
                f(5, low=1.0, high=3.0),
                n=4,
                name="of order 4",
                order=2,
                reason="the third is the seventh of lgamma",
            ),
            S(np.array([-0.4, -1.7, -5.25]), n=1, name="below 0"),
            S(np.array([-0.4, -1.7, -5.25]), n=2, name="below 0, even"),
            S(f(low=1.0), n=1, name="0-d"),
            S(f(0, 2), n=1, name="empty"),
        ],
        [
            bad(ArgumentError, "polygamma: n is -1; only derivatives of order 0 and more", f(2), n=-1),
            bad(DTypeError, "polygamma: n is 1.5, where an integer is wanted", f(2), n=1.5),
            bad(DTypeError, "polygamma: missing a required argument: 'n'", f(2)),
            bad(DTypeError, "polygamma: x list", [1.0], n=1),
        ],
        wide="at low precision the argument is rounded where the function is steep",
    ),
    Case(
        ops.logit,
        logit,
        [
            S(f(3, 4, low=0.1, high=0.9)),
            S(f(4, low=0.1, high=0.9), eps=0.05, name="inside of eps"),
            S(np.array([0.02, 0.3, 0.97, -3.0]), eps=0.05, name="brought to eps"),
            S(f(low=0.1, high=0.9), name="0-d"),
            S(f(0, 2), name="empty"),
            S(np.array([0.0, 1.0, -0.5, 1.5, nan]), name="where it ends", **edges),
        ],
        [*refused(ops.logit)[1:], bad(DTypeError, "logit: .*too many", f(2), 0.1, 0.1)],
    ),
    unary(ops.entr, entr, 0.2, 2.0, {0.0: 0.0, -1.0: -inf, inf: -inf, -inf: -inf}),
    Case(
        ops.xlogy,
        weighted(math.log, 0.0),
        [*two(f, above(0.3)), S(WEIGHT, POINT, name="edges", **edges)],
        unfit(ops.xlogy),
    ),
    Case(
        ops.xlog1py,
        weighted(math.log1p, -1.0),
        [*two(f, above(-0.6)), S(WEIGHT, POINT, name="edges", **edges)],
        unfit(ops.xlog1py),
    ),
    *(
        Case(
            op,
            log_sum(base),
            [
                *two(f, f),
                S(distinct(5), distinct(5), name="ties"),
                S(*AT_INFINITY, name="infinities", **edges),
            ],
            [
                *unfit(op),
                bad(DTypeError, f"{op.op.name}: a and b are int64, where a floating dtype", ints(2), ints(2)),
            ],
        )
        for op, base in ((ops.logaddexp, math.e), (ops.logaddexp2, 2.0))
    ),
    unary(ops.sinc, sinc, -3.0, 3.0, {inf: nan, 0.0: 1.0, 0.5: 2.0 / math.pi}),
    Case(
        ops.sinc_slope,
        sinc_slope,
        [
            S(f(3, 4, low=-3.0, high=3.0), n=1),
            S(np.array([0.0, 1e-9, -1e-5, 0.01, 0.3, 0.63, 0.64, -1.0]), n=1, name="around 0"),
            S(np.array([0.0, 1e-9, -1e-5, 0.01, 0.3, 0.63, 0.64, -1.0]), n=2, name="the second"),
            S(np.array([0.0, 1e-9, -1e-5, 0.01, 0.3, 0.63, 0.64, -1.0]), n=3, name="the third"),
            S(f(4), n=5, name="the fifth", order=1, reason="rounding in finite differences"),
            S(f(), n=1, name="0-d"),
            S(f(0, 2), n=1, name="empty"),
        ],
        [
            bad(DTypeError, "sinc_slope: missing a required argument: 'n'", f(2)),
            bad(DTypeError, "sinc_slope: x list", [1.0], n=1),
            bad(DTypeError, "sinc_slope: .*unexpected keyword argument 'out'", f(2), n=1, out=None),
        ],
        tolerance=1e-11,  # the fifth derivative is a hundred times as large
        wide="the slope is up to a hundred times as large as the argument",
    ),
]
