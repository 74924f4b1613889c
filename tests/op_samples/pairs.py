"""Samples of minigrad/ops/pairs.py: Python's own comparisons and neighbours."""

from __future__ import annotations

import math

import numpy as np

from minigrad import ops
from minigrad.errors import DTypeError

from .case import Case, S, bad, distinct, each, f, ints
from .elementwise import unfit

NAN = {"name": "NaN", "order": 0, "reason": "NaN"}
HOLES = np.array([math.nan, 1.0, math.nan]), np.array([1.0, math.nan, math.nan])


def larger(a: float, b: float) -> float:
    return b if a != a else a if b != b else max(a, b)


def smaller(a: float, b: float) -> float:
    return b if a != a else a if b != b else min(a, b)


CASES = [
    *(
        Case(
            op,
            each(reference),
            [
                S(distinct(3, 4), distinct(3, 4, seed="b") + 0.05),
                S(distinct(3, 1), distinct(4, seed="b") + 0.05, name="broadcast"),
                S(distinct(), distinct(2) + 0.5, name="0-d"),
                S(f(0, 2), f(2), name="empty"),
                S(distinct(4), 0.0, name="a number"),
                S(0.0, distinct(4), name="a number on the left"),
                S(*HOLES, **NAN),
            ],
            unfit(op),
        )
        for op, reference in ((ops.fmax, larger), (ops.fmin, smaller))
    ),
    Case(
        ops.nextafter,
        each(math.nextafter),
        [
            S(f(3, 4), f(3, 4, seed="b")),
            S(f(3, 1), f(4, seed="b"), name="broadcast"),
            S(f(), f(2), name="0-d"),
            S(f(0, 2), f(2), name="empty"),
            S(f(4), 0.0, name="a number"),
            S(np.array([1.0, 0.0, math.inf]), np.array([1.0, -1.0, 0.0]), name="ends", order=0, reason="inf"),
            S(*HOLES, **NAN),
        ],
        [
            *unfit(ops.nextafter),
            bad(DTypeError, "nextafter: a and b are int64, where a floating dtype", ints(2), ints(2)),
        ],
        wide="its neighbours in a low precision are further away",
    ),
]
