"""Samples of minigrad/ops/compare.py: Python's comparisons and logic, element by element."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import DTypeError, ShapeError

from .case import Case, S, bad, f, ints
from .elementwise import exactly, one_input, unfit

Array = Any
inf, nan = math.inf, math.nan
SPECIAL = np.array([0.0, -0.0, 1.0, -2.0, inf, -inf, nan])
TRUTHS = np.array([True, False, True])
ROW, COLUMN = SPECIAL[:, None], SPECIAL[None]
UNLIKE = np.array([True, True, False])


def comparison(op: Any, reference: Callable[[Any, Any], bool]) -> Case:
    """The Case of a comparison of two tensors."""
    samples = [
        S(ints(3, 4, low=-2, high=3).astype(float), ints(4, low=-2, high=3).astype(float), name="broadcast"),
        S(ROW, COLUMN, name="infinities and NaN"),
        S(f(), f(2, seed="b"), name="0-d"),
        S(f(0, 2), f(2), name="empty"),
        S(ints(9), 1, name="integers and a number"),
        S(2, ints(9), name="a number on the left"),
        S(TRUTHS, UNLIKE, name="bools"),
    ]
    return Case(op, exactly(reference, np.bool_), samples, unfit(op), order=0)


def kind(op: Any, reference: Callable[[Any], bool]) -> Case:
    """The Case of a question about one number."""
    samples = [
        S(SPECIAL),
        S(f(), name="0-d"),
        S(f(0, 2), name="empty"),
        S(ints(4), name="integers"),
        S(TRUTHS),
    ]
    return Case(op, exactly(reference, np.bool_), samples, one_input(op), order=0)


def bitwise(op: Any, reference: Callable[[Any, Any], Any]) -> Case:
    """The Case of an operator on bits."""
    name = op.op.name
    samples = [
        S(ints(3, 4), ints(4, seed="b"), name="broadcast"),
        S(ints(), ints(2, seed="b"), name="0-d"),
        S(ints(0, 2), ints(2), name="empty"),
        S(ints(5), 6, name="a number"),
        S(3, ints(5), name="a number on the left"),
        S(TRUTHS, UNLIKE, name="bools"),
        S(TRUTHS, True, name="bools and a bool"),
    ]
    misuses = [
        bad(DTypeError, f"{name}: a is float64, where bools or integers are wanted", f(2), f(2)),
        bad(DTypeError, f"{name}: a is float32, where bools or integers are wanted", np.array([1, 2]), 1.5),
        bad(ShapeError, rf"{name}: a int64\[2\], b int64\[3\]", ints(2), ints(3)),
    ]
    return Case(op, exactly(reference, np.int64), samples, misuses, order=0, dtypes=())


def shift(op: Any, reference: Callable[[int, int], int]) -> Case:
    """The Case of a shift of bits."""
    name = op.op.name
    samples = [
        S(ints(3, 4), ints(4, low=0, seed="b"), name="broadcast"),
        S(ints(), ints(2, low=0, seed="b"), name="0-d"),
        S(ints(0, 2), ints(2), name="empty"),
        S(ints(5), 2, name="a number"),
        S(3, ints(5, low=0), name="a number on the left"),
        S(np.array([5, -5, 5, -5]), np.array([-1, -1, 64, 64]), name="beyond the width"),
    ]
    misuses = [
        bad(DTypeError, f"{name}: a is float64, where bools or integers are wanted", f(2), f(2)),
        bad(DTypeError, f"{name}: a and b are bool, where integers are wanted", TRUTHS, TRUTHS),
        bad(ShapeError, rf"{name}: a int64\[2\], b int64\[3\]", ints(2), ints(3)),
    ]
    return Case(op, exactly(reference, np.int64), samples, misuses, order=0, dtypes=())


def isclose(a: Array, b: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Array:
    def one(a: Any, b: Any) -> bool:
        if math.isnan(a) or math.isnan(b):
            return equal_nan and math.isnan(a) and math.isnan(b)
        if math.isinf(a) or math.isinf(b):
            return a == b
        return abs(a - b) <= atol + rtol * abs(b)

    return exactly(one, np.bool_)(a, b)


NEAR = np.array([1.0, 1.0, 1.0, 100.0, 1e-9, -2.0])
OFF = np.array([1.0, 1.000001, 1.01, 100.5, 0.0, -2.2])

CASES = [
    comparison(ops.eq, lambda a, b: a == b),
    comparison(ops.ne, lambda a, b: a != b),
    comparison(ops.lt, lambda a, b: a < b),
    comparison(ops.le, lambda a, b: a <= b),
    comparison(ops.gt, lambda a, b: a > b),
    comparison(ops.ge, lambda a, b: a >= b),
    comparison(ops.logical_and, lambda a, b: bool(a) and bool(b)),
    comparison(ops.logical_or, lambda a, b: bool(a) or bool(b)),
    comparison(ops.logical_xor, lambda a, b: bool(a) is not bool(b)),
    Case(
        ops.isclose,
        isclose,
        [
            S(NEAR, OFF),
            S(NEAR, OFF, rtol=0.02, name="relative"),
            S(NEAR, OFF, rtol=0.0, atol=0.3, name="absolute"),
            S(ROW, COLUMN, name="infinities and NaN"),
            S(ROW, COLUMN, equal_nan=True, name="NaN is close to NaN"),
            S(f(), f(2), name="0-d"),
            S(f(0, 2), f(2), name="empty"),
            S(ints(9), 1, atol=1.5, name="integers"),
            S(TRUTHS, UNLIKE, name="bools"),
        ],
        unfit(ops.isclose),
        order=0,
        wide="in low precision numbers are close that are not in float64",
    ),
    kind(ops.isnan, math.isnan),
    kind(ops.isinf, math.isinf),
    kind(ops.isfinite, math.isfinite),
    kind(ops.isposinf, lambda v: v == inf),
    kind(ops.isneginf, lambda v: v == -inf),
    kind(ops.signbit, lambda v: math.copysign(1.0, v) < 0),
    kind(ops.logical_not, lambda v: not v),
    bitwise(ops.bitwise_and, lambda a, b: a & b),
    bitwise(ops.bitwise_or, lambda a, b: a | b),
    bitwise(ops.bitwise_xor, lambda a, b: a ^ b),
    Case(
        ops.bitwise_not,
        exactly(lambda v: not v if isinstance(v, bool) else -v - 1, np.int64),
        [S(ints(3, 4)), S(ints(), name="0-d"), S(ints(0, 2), name="empty"), S(TRUTHS, name="bools")],
        [
            bad(DTypeError, "bitwise_not: x is float64, where bools or integers are wanted", f(2)),
            bad(DTypeError, "bitwise_not: .*too many positional", ints(2), 1),
            bad(DTypeError, "bitwise_not: x list: x has to be a tensor", [1, 2]),
        ],
        order=0,
        dtypes=(),
    ),
    shift(ops.bitwise_left_shift, lambda a, b: a << b if 0 <= b < 64 else 0),
    shift(ops.bitwise_right_shift, lambda a, b: a >> b if 0 <= b < 64 else a >> 63),
]
