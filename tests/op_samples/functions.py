"""Samples of minigrad/ops/functions.py: Python's math, element by element."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import DTypeError, ShapeError

from .case import Case, S, bad, each, f, ints
from .elementwise import exactly, one_input, pairs, unfit

Array = Any
inf, nan = math.inf, math.nan
ENDS = np.array([0.0, -0.0, 1.0, -2.0, inf, -inf, nan])


def between(*shape: int) -> Array:
    """Numbers at least a quarter away from every integer."""
    return np.asarray(ints(*shape, low=-4, high=4) + f(*shape, low=0.25, high=0.75))


def function(
    op: Any, reference: Callable[[float], float], low: float = -2.0, high: float = 2.0, ends: Any = None
) -> Case:
    """The Case of a function of one number, sampled between low and high; `ends` holds (point, value) pairs."""
    ends = dict(ends or {})

    def one(v: float) -> float:
        return nan if math.isnan(v) else ends[v] if v in ends else reference(v)

    samples = [
        S(f(3, 4, low=low, high=high)),
        S(f(low=low, high=high), name="0-d"),
        S(f(0, 2), name="empty"),
        S(np.array([nan, *ends]), name="where it ends", order=0, reason="no finite differences there"),
    ]
    return Case(op, each(one), samples, one_input(op))


def rounding(op: Any, reference: Callable[[float], int]) -> Case:
    """The Case of a step function."""

    def one(v: Any) -> Any:
        if isinstance(v, int):
            return v
        return v if math.isinf(v) or math.isnan(v) else float(reference(v))

    samples = [
        S(between(3, 4)),
        S(between(), name="0-d"),
        S(f(0, 2), name="empty"),
        S(ints(4), name="integers"),
        S(np.array([0.5, -0.5, 2.5, -2.5, 3.0, inf, nan]), name="steps", order=0, reason="it jumps there"),
    ]
    return Case(op, exactly(one), samples, one_input(op))


def to_decimals(x: Array, decimals: int = 0) -> Array:
    """Rounded in decimal arithmetic, ties to the even digit."""

    def one(v: Any) -> Any:
        if isinstance(v, int):
            return v
        return v if math.isinf(v) or math.isnan(v) else float(Decimal(v).quantize(step, ROUND_HALF_EVEN))

    step = Decimal(1).scaleb(-decimals)
    return exactly(one)(x)


def power(a: Any, b: Any) -> Any:
    """Python's power, with the infinity that it refuses to give."""
    if a == 0 and b < 0:
        return inf
    y = a**b
    return nan if isinstance(y, complex) else y


def sigmoid(v: float) -> float:
    return 1.0 / (1.0 + math.exp(-v)) if v > -700.0 else math.exp(v)


CASES = [
    function(ops.exp, math.exp, ends={1000.0: inf, -1000.0: 0.0, inf: inf, -inf: 0.0}),
    function(ops.exp2, lambda v: math.exp(v * math.log(2.0)), ends={2000.0: inf, -inf: 0.0, 10.0: 1024.0}),
    function(ops.expm1, math.expm1, ends={1e-10: 1.00000000005e-10, inf: inf, -inf: -1.0}),
    function(ops.log, math.log, 0.3, 3.0, {0.0: -inf, -1.0: nan, inf: inf}),
    function(
        ops.log2,
        lambda v: math.log(v) / math.log(2.0),
        0.3,
        3.0,
        {0.0: -inf, -1.0: nan, inf: inf, 1024.0: 10.0},
    ),
    function(
        ops.log10,
        lambda v: math.log(v) / math.log(10.0),
        0.3,
        3.0,
        {0.0: -inf, -1.0: nan, inf: inf, 1000.0: 3.0},
    ),
    function(ops.log1p, math.log1p, -0.7, 2.0, {-1.0: -inf, -2.0: nan, inf: inf, 1e-10: 9.9999999995e-11}),
    function(
        ops.sigmoid,
        sigmoid,
        -4.0,
        4.0,
        {1000.0: 1.0, -1000.0: 0.0, inf: 1.0, -inf: 0.0, -50.0: math.exp(-50.0)},
    ),
    function(ops.sqrt, lambda v: v**0.5, 0.3, 3.0, {0.0: 0.0, -1.0: nan, inf: inf}),
    function(ops.rsqrt, lambda v: v**-0.5, 0.3, 3.0, {0.0: inf, -1.0: nan, inf: 0.0}),
    Case(
        ops.hypot,
        each(math.hypot),
        [*pairs(), S(np.array([inf, nan, nan, 0.0]), np.array([nan, inf, 1.0, 0.0]), name="edges", order=0)],
        [
            *unfit(ops.hypot),
            bad(DTypeError, "hypot: a and b are int64, where a floating dtype is wanted", ints(2), ints(2)),
        ],
    ),
    Case(
        ops.pow,
        exactly(power),
        [
            S(f(3, 4, low=0.3), f(3, 4, seed="b")),
            S(f(3, 1, low=0.3), f(4), name="broadcast"),
            S(f(low=0.3), f(2), name="0-d"),
            S(f(0, 2), f(2), name="empty"),
            S(f(4), 2, name="squared"),
            S(f(4), 3, name="cubed"),
            S(f(4, low=0.5), -1.5, name="a number as exponent"),
            S(f(4), 1, name="to the first"),
            S(f(4), 0, name="to the zeroth"),
            S(2.5, f(4), name="a number as base"),
            S(ints(5), np.array([0, 1, 2, 3, 2]), name="integers"),
            S(
                np.array([0.0, 0.0, 0.0, -2.0, -8.0]),
                np.array([0.0, 2.0, -1.0, 3.0, 0.5]),
                name="edges",
                order=0,
                reason="powers end there",
            ),
        ],
        [
            bad(ShapeError, r"pow: a float64\[2\], exponent float64\[3\]", f(2), f(3)),
            bad(DTypeError, r"pow: a int64\[2\], exponent -1: integers have no negative powers", ints(2), -1),
            bad(DTypeError, "integers have no negative powers", 2, np.array([1, -1])),
            bad(DTypeError, "pow: a and exponent are bool", np.array([True]), np.array([True])),
            bad(DTypeError, "pow: exponent is a str", f(2), "2"),
        ],
    ),
    function(ops.sin, math.sin, ends={inf: nan, 0.0: 0.0}),
    function(ops.cos, math.cos, ends={inf: nan, 0.0: 1.0}),
    function(ops.tan, math.tan, -1.2, 1.2, {inf: nan, 0.0: 0.0}),
    function(ops.asin, math.asin, -0.8, 0.8, {1.0: math.pi / 2, -1.0: -math.pi / 2, 1.5: nan}),
    function(ops.acos, math.acos, -0.8, 0.8, {1.0: 0.0, -1.0: math.pi, 1.5: nan}),
    function(ops.atan, math.atan, ends={inf: math.pi / 2, -inf: -math.pi / 2}),
    Case(
        ops.atan2,
        each(math.atan2),
        [
            *pairs(),
            S(f(3), -f(3, low=0.5), name="on the left"),
            S(*(v.ravel() for v in np.meshgrid(ENDS, ENDS)), name="edges", order=0, reason="it jumps there"),
        ],
        unfit(ops.atan2),
    ),
    function(ops.asinh, math.asinh, ends={inf: inf, -inf: -inf, 1e4: 9.903487555036127}),
    function(ops.acosh, math.acosh, 1.3, 4.0, {1.0: 0.0, inf: inf, 0.5: nan, -3.0: nan}),
    function(ops.atanh, math.atanh, -0.8, 0.8, {1.0: inf, -1.0: -inf, 1.5: nan}),
    function(ops.sinh, math.sinh, ends={inf: inf, -inf: -inf, 1000.0: inf}),
    function(ops.cosh, math.cosh, ends={inf: inf, -inf: inf, 1000.0: inf}),
    function(ops.tanh, math.tanh, ends={inf: 1.0, -inf: -1.0, 1000.0: 1.0}),
    rounding(ops.floor, math.floor),
    rounding(ops.ceil, math.ceil),
    rounding(ops.trunc, math.trunc),
    Case(
        ops.round,
        to_decimals,
        [
            S(between(3, 4) + 0.5),
            S(np.asarray(between() + 0.5), name="0-d"),
            S(f(0, 2), name="empty"),
            S(ints(4), name="integers"),
            S(np.array([0.5, 1.5, -2.5, 2.6, inf, nan]), name="ties", order=0, reason="it jumps there"),
            S(np.array([1.2345, -1.2361, 0.0429]), decimals=2, name="decimals"),
            S(np.array([14.0, 126.0, -38.0]), decimals=-1, name="tens"),
        ],
        [
            bad(DTypeError, "round: x is int64, which has no decimals to round to 1", ints(2), decimals=1),
            bad(DTypeError, r"round: .*too many positional", f(2), 1, 2),
            bad(DTypeError, r"round: decimals is 1.5, where an integer is wanted", f(2), decimals=1.5),
        ],
    ),
]
