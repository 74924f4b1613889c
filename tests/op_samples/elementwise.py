"""Samples of minigrad/ops/elementwise.py: Python's arithmetic, element by element."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, ShapeError

from .case import Case, S, bad, distinct, each, f, ints

Array = Any


def exactly(function: Callable[..., Any], empty: Any = np.float64) -> Callable[..., Array]:
    """A reference that keeps Python's integers, bools and floats apart, where `each` makes all of them floats."""

    def reference(*arrays: Any) -> Array:
        arrays = np.broadcast_arrays(*arrays)
        results = [function(*xs) for xs in zip(*(a.ravel().tolist() for a in arrays), strict=True)]
        return np.array(results, None if results else empty).reshape(arrays[0].shape)

    return reference


def off_steps(b: Array, seed: str = "") -> Array:
    """Dividends whose quotient by b is at least a quarter away from every integer."""
    return np.asarray(
        b * (ints(*b.shape, low=-3, high=3, seed=seed) + f(*b.shape, low=0.25, high=0.75, seed=seed))
    )


# ---- references -----------------------------------------------------------------------------------------------------
def quotient(a: Any, b: Any, round_: Callable[[Fraction], int]) -> Any:
    """a / b, rounded; in floats from their exact ratio."""
    whole = round_(Fraction(a) / Fraction(b))
    return whole if isinstance(a, int) and isinstance(b, int) else float(whole)


def leftover(a: Any, b: Any, round_: Callable[[Fraction], int]) -> Any:
    """What a rounded division leaves."""
    rest = Fraction(a) - round_(Fraction(a) / Fraction(b)) * Fraction(b)
    return int(rest) if isinstance(a, int) and isinstance(b, int) else float(rest)


def clamp(x: Array, min: Any = None, max: Any = None) -> Array:
    return exactly(lambda v, low, high: type(v)(smaller(larger(v, low), high)))(
        x, -math.inf if min is None else min, math.inf if max is None else max
    )


def larger(a: float, b: float) -> float:
    return a if a > b or math.isnan(a) else b


def smaller(a: float, b: float) -> float:
    return a if a < b or math.isnan(a) else b


# ---- samples --------------------------------------------------------------------------------------------------------
def pairs(make: Callable[..., Array] = f) -> list[Any]:
    """Two tensors of one shape, of two that broadcast, 0-d, empty, and with a number on either side."""
    return [
        S(make(3, 4), make(3, 4, seed="b")),
        S(make(3, 1), make(4, seed="b"), name="broadcast"),
        S(make(), make(2, seed="b"), name="0-d"),
        S(make(0, 3), make(3), name="empty"),
        S(make(2), 1.5, name="a number on the right"),
        S(1.5, make(2), name="a number on the left"),
    ]


def over(b: Array, **special: Any) -> list[Any]:
    """Dividends and divisors away from the steps of their quotients."""
    return [
        S(off_steps(b), b),
        S(off_steps(b[0]), b[0], name="one dim"),
        S(off_steps(b[0, 0]), np.asarray(b[0, 0]), name="0-d"),
        S(f(0, 2), f(2, low=1.0), name="empty"),
        S(off_steps(np.full(4, 1.5)), 1.5, name="a number on the right"),
        S(ints(12), np.array([2, 3, -2, 5, -4, 1] * 2), name="integers"),
    ]


def unary(make: Callable[..., Array] = f) -> list[Any]:
    """A tensor, a 0-d one, an empty one."""
    return [S(make(3, 4)), S(make(), name="0-d"), S(make(0, 2), name="empty")]


def unfit(op: Any) -> list[Any]:
    """What no op of two inputs takes."""
    name = op.op.name
    return [
        bad(ShapeError, rf"{name}: a float64\[2\], b float64\[3\]", f(2), f(3)),
        bad(DTypeError, rf"{name}: b is a list", f(2), [1.0, 2.0]),
        bad(DTypeError, rf"{name}: b is a complex128", f(2), np.ones(2, complex)),
    ]


def one_input(op: Any) -> list[Any]:
    """What no op of one input takes."""
    name = op.op.name
    return [
        bad(DTypeError, rf"{name}: .*too many positional", f(2), 1),
        bad(DTypeError, rf"{name}: .*unexpected keyword argument 'out'", f(2), out=None),
        bad(DTypeError, rf"{name}: missing a required argument: 'x'"),
    ]


no_integer_zero = "holds a zero, by which integers cannot be divided"
BOOLS = np.array([True, False])

HOLES = np.array([math.nan, math.inf, -math.inf, 1.5])


def nan_to_num(x: Array, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Array:
    ends = {math.inf: sys.float_info.max if posinf is None else posinf}
    ends[-math.inf] = -sys.float_info.max if neginf is None else neginf
    return exactly(lambda v: nan if v != v else ends.get(v, v))(x)


def three(make: Callable[..., Array]) -> list[Any]:
    """A tensor, and two with whose product or quotient it is to be added."""
    return [
        S(f(3, 4), f(3, 4, seed="a"), make(3, 4)),
        S(f(3, 4), f(3, 4, seed="a"), make(3, 4), value=-0.5, name="with a factor"),
        S(f(3, 1), f(4), make(2, 1, 1), value=2.0, name="broadcast"),
        S(f(), f(2), make(), name="0-d"),
        S(f(0, 2), f(2), make(1), name="empty"),
    ]


def not_three(op: Any) -> list[Any]:
    """What no op of a tensor and two more takes."""
    name = op.op.name
    return [
        bad(ShapeError, rf"{name}: x float64\[2\], tensor1 float64\[3\]", f(2), f(3), f(2)),
        bad(DTypeError, rf"{name}: missing a required argument: 'tensor2'", f(2), f(2)),
        bad(DTypeError, rf"{name}: tensor1 is a list", f(2), [1.0, 2.0], f(2)),
    ]


sums_of_products = [
    Case(
        ops.addcmul,
        lambda x, a, b, value=1: exactly(lambda x, a, b: x + value * a * b)(x, a, b),
        [*three(f), S(ints(4), ints(4, seed="a"), ints(4, seed="b"), value=3, name="integers")],
        [
            *not_three(ops.addcmul),
            bad(DTypeError, "addcmul: all inputs are bool", BOOLS, BOOLS, BOOLS),
            bad(DTypeError, "addcmul: value is 0.5, which the int64", ints(2), ints(2), ints(2), value=0.5),
        ],
    ),
    Case(
        ops.addcdiv,
        lambda x, a, b, value=1: each(lambda x, a, b: x + value * a / b)(x, a, b),
        three(lambda *shape: f(*shape, low=0.5)),
        [
            *not_three(ops.addcdiv),
            bad(DTypeError, "addcdiv: the inputs are int64, whose quotient is floating", *[ints(2)] * 3),
        ],
    ),
]

CASES = [
    Case(ops.add, exactly(lambda a, b: a + b), [*pairs(), S(ints(3), ints(3, seed="b"))], unfit(ops.add)),
    Case(
        ops.sub,
        exactly(lambda a, b: a - b),
        [*pairs(), S(ints(3), ints(3, seed="b"))],
        [*unfit(ops.sub), bad(DTypeError, r"sub: a bool\[2\]", BOOLS, BOOLS)],
    ),
    Case(ops.mul, exactly(lambda a, b: a * b), [*pairs(), S(ints(3), ints(3, seed="b"))], unfit(ops.mul)),
    Case(
        ops.neg,
        exactly(lambda v: -v),
        [*unary(), S(ints(5), name="integers")],
        [*one_input(ops.neg), bad(DTypeError, r"neg: x bool\[2\]", BOOLS)],
    ),
    Case(ops.abs, exactly(lambda v: v if v > 0 else -v), [*unary(distinct), S(ints(5))], one_input(ops.abs)),
    Case(
        ops.sign,
        exactly(lambda v: type(v)((v > 0) - (v < 0))),
        [
            *unary(distinct),
            S(ints(9), name="integers"),
            S(BOOLS, name="bools"),
            S(np.array([math.nan, 0.0, -0.0, math.inf]), order=0, reason="it jumps"),
        ],
        one_input(ops.sign),
    ),
    Case(
        ops.square, exactly(lambda v: v * v), [*unary(), S(ints(5), name="integers")], one_input(ops.square)
    ),
    Case(
        ops.lerp,
        each(lambda a, b, w: float(Fraction(a) + Fraction(w) * (Fraction(b) - Fraction(a)))),
        [
            S(f(3, 4), f(3, 4, seed="b"), f(3, 4, low=-0.5, high=1.5)),
            S(f(3, 1), f(4), f(low=0.1, high=0.4), name="broadcast"),
            S(f(), f(seed="b"), 0.75, name="0-d, and a number as weight"),
            S(f(0, 2), f(2), 0.25, name="empty"),
            S(1.0, f(3), f(3, seed="w"), name="from a number"),
            S(np.array([3000.3, 2000.7]), np.array([0.1, 0.3]), 1.0, name="exact at the end"),
        ],
        [
            bad(ShapeError, r"lerp: start float64\[2\], end float64\[3\]", f(2), f(3), 0.5),
            bad(DTypeError, r"lerp: missing a required argument: 'weight'", f(2), f(2)),
            bad(DTypeError, r"lerp: weight is a str, where a real tensor or a number", f(2), f(2), "0.5"),
        ],
    ),
    *sums_of_products,
    Case(
        ops.times,
        each(lambda a, b: a * b if a else 0.0),
        [
            *pairs(),
            S(np.zeros(3), np.array([math.inf, math.nan, 1.0]), name="0 times", order=0, reason="no limit"),
        ],
        unfit(ops.times),
    ),
    Case(
        ops.copysign,
        each(math.copysign),
        [
            *pairs(distinct),
            S(f(4), np.array([0.0, -0.0, math.inf, -math.inf]), name="all signs", order=0, reason="it jumps"),
        ],
        unfit(ops.copysign),
    ),
    Case(
        ops.heaviside,
        exactly(lambda v, value: value if v == 0 else type(value)(v > 0)),
        [
            S(distinct(3, 4), f(3, 4)),
            S(distinct(3, 1), f(4), name="broadcast"),
            S(distinct(), f(), name="0-d"),
            S(f(0, 2), f(2), name="empty"),
            S(ints(9), ints(9, seed="b"), name="integers"),
            S(np.array([0.0, -0.0, math.nan, 1.0]), f(4), name="at 0", order=0, reason="it jumps there"),
        ],
        [
            bad(DTypeError, r"heaviside: x is float64\[2\], values int64\[2\]; one dtype", f(2), ints(2)),
            bad(DTypeError, r"heaviside: x is float64\[2\], values 0.5; one dtype is wanted", f(2), 0.5),
            bad(ShapeError, r"heaviside: x float64\[2\], values float64\[3\]", f(2), f(3)),
        ],
    ),
    Case(
        ops.nan_to_num,
        nan_to_num,
        [
            S(f(3, 4)),
            S(f(), name="0-d"),
            S(f(0, 2), name="empty"),
            S(ints(4), name="integers"),
            S(HOLES, nan=2.0, name="for NaN", order=0, reason="it jumps"),
            S(HOLES, posinf=3.0, neginf=-4.0, name="for infinities", order=0, reason="it jumps"),
        ],
        [
            *one_input(ops.nan_to_num)[1:],
            bad(DTypeError, "nan_to_num: x list", [1.0]),
            bad(DTypeError, "nan_to_num: nan is str, where a number is wanted", f(2), nan="none"),
        ],
        wide="the largest number of each dtype is another",
    ),
    # ---- parts
    Case(
        ops.frac,
        each(lambda v: float(Fraction(v) - math.trunc(Fraction(v)))),
        unary(lambda *shape: np.asarray(ints(*shape) + f(*shape, low=0.2, high=0.8))),
        [
            *one_input(ops.frac),
            bad(DTypeError, "frac: x is int64, where a floating dtype is wanted", ints(2)),
        ],
    ),
    Case(
        ops.frexp,
        lambda x: (each(lambda v: math.frexp(v)[0])(x), exactly(lambda v: math.frexp(v)[1], np.int64)(x)),
        [*unary(distinct), S(np.array([0.0, 1.0, -8.0, 0.75]), name="powers", order=0, reason="it jumps")],
        [
            *one_input(ops.frexp),
            bad(DTypeError, "frexp: x is int64, where a floating dtype is wanted", ints(2)),
        ],
    ),
    # ---- integers
    *(
        Case(
            op,
            exactly(reference, np.int64),
            [
                S(ints(3, 4), ints(3, 4, seed="b")),
                S(ints(3, 1, low=-40, high=40), ints(4, low=-40, high=40), name="broadcast"),
                S(ints(), ints(2), name="0-d"),
                S(ints(0, 2), ints(2), name="empty"),
                S(ints(12, low=-40, high=40), 12, name="a number"),
                S(np.array([0, 0, 6]), np.array([0, -4, 0]), name="zeros"),
            ],
            [
                bad(DTypeError, f"{op.op.name}: a and b are float64, where integers are wanted", f(2), f(2)),
                bad(DTypeError, f"{op.op.name}: a and b are bool, where integers are wanted", BOOLS, BOOLS),
                bad(ShapeError, rf"{op.op.name}: a int64\[2\], b int64\[3\]", ints(2), ints(3)),
            ],
            order=0,
            dtypes=(),
        )
        for op, reference in ((ops.gcd, math.gcd), (ops.lcm, math.lcm))
    ),
    # ---- quotients
    Case(
        ops.div,
        each(lambda a, b: a / b),
        [*pairs(lambda *shape, **kw: f(*shape, low=0.5, **kw)), S(f(3), -f(3, low=0.5), name="negative")],
        unfit(ops.div),
    ),
    Case(
        ops.ratio,
        each(lambda a, b: a / b if a else 0.0),
        [
            *pairs(lambda *shape, **kw: f(*shape, low=0.5, **kw)),
            S(
                np.array([0.0, 0.0]),
                np.array([0.0, math.nan]),
                name="0 / 0",
                order=0,
                reason="no limit there",
            ),
        ],
        unfit(ops.ratio),
    ),
    Case(
        ops.reciprocal,
        each(lambda v: 1.0 / v),
        unary(lambda *shape: f(*shape, low=0.5)),
        one_input(ops.reciprocal),
    ),
    Case(
        ops.floor_divide,
        exactly(lambda a, b: quotient(a, b, math.floor)),
        over(f(3, 4, low=1.0)),
        [*unfit(ops.floor_divide), bad(ArgumentError, f"floor_divide: b 0 {no_integer_zero}", ints(2), 0)],
    ),
    Case(
        ops.trunc_divide,
        exactly(lambda a, b: quotient(a, b, math.trunc)),
        over(f(3, 4, low=1.0)),
        [
            *unfit(ops.trunc_divide),
            bad(ArgumentError, rf"trunc_divide: b int64\[5\] {no_integer_zero}", ints(5), np.arange(5)),
        ],
    ),
    Case(
        ops.remainder,
        exactly(lambda a, b: leftover(a, b, math.floor)),
        over(f(3, 4, low=1.0)),
        [
            *unfit(ops.remainder),
            bad(ArgumentError, f"remainder: b 0 {no_integer_zero}", ints(2), 0),
            bad(DTypeError, r"remainder: a and b are bool", BOOLS, BOOLS),
        ],
    ),
    Case(
        ops.fmod,
        exactly(lambda a, b: leftover(a, b, math.trunc)),
        over(f(3, 4, low=1.0)),
        [*unfit(ops.fmod), bad(ArgumentError, f"fmod: b 0 {no_integer_zero}", ints(2), 0)],
    ),
    # ---- choices
    Case(
        ops.where,
        lambda c, a, b: exactly(lambda c, a, b: a if c else b)(c, a, b),
        [
            S(f(3, 4, seed="c") > 0, f(3, 4), f(3, 4, seed="b")),
            S(f(4) > 0, f(3, 1), f(1, seed="b"), name="broadcast"),
            S(np.array(True), f(), f(2), name="0-d"),
            S(f(0, 2) > 0, f(2), f(), name="empty"),
            S(f(5) > 0, f(5), 0.0, name="a number for b"),
            S(f(5) > 0, 1.5, f(5), name="a number for a"),
            S(f(4) > 0, ints(4), ints(4, seed="b"), name="integers"),
            S(
                np.array([True, False]),
                f(2),
                np.array([math.nan, 1.0]),
                name="NaN in what is not taken",
                order=0,
                reason="finite differences see the NaN",
            ),
        ],
        [
            bad(DTypeError, "where: condition is float64.*, where bool is wanted", f(2), f(2), f(2)),
            bad(DTypeError, "where: condition is list, where bool is wanted", [True, False], f(2), f(2)),
            bad(ShapeError, r"where: condition bool\[2\], a float64\[3\]", BOOLS, f(3), 0.0),
        ],
    ),
    Case(
        ops.maximum,
        each(larger),
        [
            S(distinct(3, 4), distinct(3, 4, seed="b") + 0.05),
            S(distinct(3, 1), distinct(4, seed="b") + 0.05, name="broadcast"),
            S(distinct(), distinct(2) + 0.5, name="0-d"),
            S(f(0, 2), f(2), name="empty"),
            S(distinct(4), 0.0, name="a number"),
            S(np.array([math.nan, 1.0]), np.array([1.0, math.nan]), name="NaN", order=0, reason="NaN"),
        ],
        unfit(ops.maximum),
    ),
    Case(
        ops.minimum,
        each(smaller),
        [
            S(distinct(3, 4), distinct(3, 4, seed="b") + 0.05),
            S(distinct(3, 1), distinct(4, seed="b") + 0.05, name="broadcast"),
            S(distinct(), distinct(2) + 0.5, name="0-d"),
            S(f(0, 2), f(2), name="empty"),
            S(0.0, distinct(4), name="a number"),
            S(np.array([math.nan, 1.0]), np.array([1.0, math.nan]), name="NaN", order=0, reason="NaN"),
        ],
        unfit(ops.minimum),
    ),
    Case(
        ops.clamp,
        clamp,
        [
            S(distinct(3, 4), -0.32, 0.28),
            S(distinct(3, 4), min=0.08, name="from below"),
            S(distinct(3, 4), max=0.08, name="from above"),
            S(
                distinct(3, 4),
                distinct(3, 1, seed="low") - 0.35,
                distinct(4, seed="high") + 0.35,
                name="tensors",
            ),
            S(distinct(3, 4), None, distinct(4, seed="high") + 0.05, name="a tensor from above"),
            S(distinct(3, 4), 0.28, -0.32, name="crossed bounds"),
            S(distinct(), -1, 1, name="0-d"),
            S(f(0, 2), 0.0, name="empty"),
            S(ints(9), -2, 3, name="integers"),
        ],
        [
            bad(ArgumentError, "clamp: min and max are None; give one of them", f(2)),
            bad(DTypeError, "clamp: min is a str, where a real tensor or a number is wanted", f(2), "0"),
            bad(ShapeError, r"clamp: x float64\[2\], min float64\[3\]", f(2), f(3)),
        ],
    ),
]
