"""Samples of minigrad/ops/count.py: dictionaries and loops in plain Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

from .case import Case, S, bad, f, ints
from .reduce import nan, no_floats

Array = Any
inf = math.inf


# ---- references -----------------------------------------------------------------------------------------------------
def groups(x: Array, consecutive: bool = False, return_inverse: bool = True) -> tuple[Array, Array, Array]:
    lines = [x[k].ravel().tolist() for k in range(len(x))]

    def key(k: int) -> Any:
        return [(v != v, 0 if v != v else v) for v in lines[k]], k

    order = list(range(len(lines))) if consecutive else sorted(range(len(lines)), key=key)
    first: list[int] = []
    inverse, counts = [0] * len(lines), []
    for k in order:
        if not first or lines[first[-1]] != lines[k] or (consecutive and lines[k - 1] != lines[k]):
            first.append(k)
            counts.append(0)
        inverse[k] = len(first) - 1
        counts[-1] += 1
    inverse = inverse if return_inverse else []
    return tuple(np.array(v, np.int64) for v in (first, inverse, counts))  # type: ignore[return-value]


def isin(elements: Any, test_elements: Any, assume_unique: bool = False) -> Array:
    among = np.ravel(test_elements).tolist()
    flat = [any(v == w for w in among) for v in np.ravel(elements).tolist()]
    return np.array(flat, np.bool_).reshape(np.shape(elements))


def bincount(x: Array, minlength: int = 0) -> Array:
    y = [0] * max(minlength, max(x.tolist(), default=-1) + 1)
    for v in x.tolist():
        y[v] += 1
    return np.array(y, np.int64)


def histc(x: Array, bins: int = 100, min: float = 0, max: float = 0) -> Array:
    values = x.ravel().tolist()
    if min == max and values:
        low = high = values[0]
        for v in values:
            low, high = (v, high) if v < low else (low, v) if v > high else (low, high)
    else:
        low, high = min, max
    if low == high:
        low, high = low - 1, high + 1
    y = [0.0] * bins
    for v in values:
        if low <= v <= high:
            k = int((v - low) / (high - low) * bins)
            y[k if k < bins else bins - 1] += 1.0
    return np.array(y)


# ---- samples --------------------------------------------------------------------------------------------------------
ROWS = ints(9, 2, low=0, high=2)
EIGHTHS = ints(60, low=-20, high=21) * 0.125  # exact in every floating dtype

CASES = [
    Case(
        ops.groups,
        groups,
        [
            S(ints(12, low=0, high=4)),
            S(ints(12, low=0, high=4) * 0.5, name="floats"),
            S(np.repeat(ints(6, low=0, high=3), 2), consecutive=True, name="runs"),
            S(ROWS, name="rows"),
            S(ints(300, low=0, high=40), return_inverse=False, name="first and counts"),
            S(ROWS * 0.5, consecutive=True, name="runs of rows"),
            S(ints(6, 2, 2, low=0, high=2), name="3-d"),
            S(ints(9, low=0, high=2) > 0, name="bools"),
            S(np.array([nan, 1.0, nan, 1.0]), name="NaN"),
            S(np.array([[nan, 1.0], [2.0, nan], [nan, 1.0], [2.0, 0.0]]), name="NaN in rows"),
            S(f(0), name="nothing"),
            S(f(0, 3), name="no rows"),
        ],
        [
            bad(ShapeError, r"groups: x float64\[\] has no rows", f()),
            bad(DTypeError, "groups: .*unexpected keyword argument 'dim'", f(2), dim=0),
            bad(DTypeError, r"groups: missing a required argument: 'x'"),
        ],
        order=0,
        no_scalar="a number has no rows",
    ),
    Case(
        ops.isin,
        isin,
        [
            S(ints(3, 4), ints(5, seed="b")),
            S(ints(3, 4), ints(40, low=-50, high=50), name="among many"),
            S(EIGHTHS.reshape(6, 10), EIGHTHS[:7], name="floats"),
            S(ints(4), np.array([1.0, 2.5, nan]), name="integers among floats"),
            S(np.array([nan, 1.0, inf]), np.array([nan, inf]), name="NaN"),
            S(np.arange(6), np.array([4, 1, 9]), assume_unique=True, name="unique"),
            S(ints(4), 2, name="one number"),
            S(2.5, np.array([2.5, 1.0]), name="a number among some"),
            S(ints(), ints(3), name="0-d"),
            S(f(0, 2), f(2), name="nothing"),
            S(f(2), f(0), name="among nothing"),
        ],
        [
            bad(
                DTypeError,
                "isin: test_elements is a str, where a real tensor or a number is wanted",
                ints(2),
                "1",
            ),
            bad(
                DTypeError,
                "isin: elements is a list, where a real tensor or a number is wanted",
                [1],
                ints(2),
            ),
            bad(DTypeError, "isin: .*'invert'", ints(2), ints(2), invert=True),
        ],
        order=0,
    ),
    Case(
        ops.bincount,
        bincount,
        [
            S(ints(9, low=0, high=6)),
            S(ints(9, low=0, high=6).astype("uint8"), name="uint8"),
            S(ints(9, low=0, high=6), minlength=3, name="more than asked for"),
            S(ints(9, low=0, high=6), minlength=10, name="as many as asked for"),
            S(ints(0), name="nothing"),
            S(ints(0), minlength=2, name="nothing, asked for"),
        ],
        [
            bad(DTypeError, "bincount: input is float64, where integers are wanted", f(2)),
            bad(DTypeError, "bincount: input is bool, where integers are wanted", f(2) > 0),
            bad(ShapeError, r"bincount: input int64\[2, 2\] is not 1-d", ints(2, 2)),
            bad(
                IndexingError,
                "bincount: input has -1, where integers from 0 on are wanted",
                np.array([2, -1]),
            ),
            bad(
                ArgumentError,
                "bincount: minlength is -1, where 0 or more is wanted",
                np.array([2]),
                minlength=-1,
            ),
        ],
        order=0,
        no_scalar="counts are of rows",
    ),
    Case(
        ops.histc,
        histc,
        [
            S(EIGHTHS.reshape(6, 10), bins=8, min=-2, max=2),
            S(EIGHTHS, bins=5, min=-2.5, max=2.5, name="all"),
            S(EIGHTHS, bins=4, min=1, max=9, name="the upper part"),
            S(np.array([0.0, 1.0, 4.0]), name="the range of x"),
            S(np.array([2.0, 2.0]), bins=3, name="all equal"),
            S(np.array([nan, inf, -inf, 1.0]), bins=2, max=3, name="NaN and infinities"),
            S(f(), bins=1, name="0-d"),
            S(f(0, 2), bins=3, name="nothing"),
        ],
        [
            *no_floats(ops.histc),
            bad(DTypeError, "histc: bins is 1.5, where an integer is wanted", f(3), bins=1.5),
            bad(ArgumentError, "histc: bins is 0, where 1 or more is wanted", f(3), bins=0),
            bad(ArgumentError, "histc: the range 2.0 to 1.0 is not finite, or falls", f(3), min=2, max=1),
            bad(ArgumentError, "histc: the range nan to nan is not finite", np.array([nan, 1.0])),
        ],
        order=0,
    ),
]
