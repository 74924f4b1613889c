"""Samples of minigrad/ops/distance.py: one pair of vectors at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, ShapeError

from .case import Case, S, bad, distinct, f, ints

Array = Any
SIZE = "a thousand inputs: one order shows that both ways agree"


def cdist(x1: Array, x2: Array, p: float = 2.0) -> Array:
    lead = np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    a, b = (np.broadcast_to(x, lead + x.shape[-2:]) for x in (x1, x2))
    y = np.zeros((*lead, a.shape[-2], b.shape[-2]))
    for *at, i, j in np.ndindex(y.shape):
        d = [abs(float(s) - float(t)) for s, t in zip(a[(*at, i)], b[(*at, j)], strict=True)]
        if p == 0:
            y[(*at, i, j)] = sum(v != 0 for v in d)
        elif p == math.inf:
            y[(*at, i, j)] = max(d, default=0.0)
        else:
            y[(*at, i, j)] = math.fsum(v**p for v in d) ** (1 / p)
    return y


A, B = distinct(3, 4), distinct(2, 4, seed="b") + 0.04
MEETING = np.stack([A[1], A[0] + 1.0])

CASES = [
    Case(
        ops.cdist,
        cdist,
        [
            S(A, B),
            S(A, B, p=1.0),
            S(A, B, p=math.inf),
            S(A, B, p=0.0),
            S(A, B, p=3.0),
            S(A, B, p=1.5),
            S(A, B, p=0.5),
            S(f(2, 1, 3, 2), f(3, 2, 2, seed="b"), name="broadcast"),
            S(A, MEETING, order=0, reason="a cone's tip has no slope", name="coincident"),
            S(f(30, 3), f(2, 3, seed="b"), order=1, reason=SIZE, name="many"),
            S(f(2, 30, 3) + 9.0, f(28, 3, seed="b") + 9.0, order=1, reason=SIZE, name="many, far from 0"),
            S(f(0, 3), f(2, 3), name="none"),
            S(f(2, 0), f(3, 0), order=0, reason="it depends on nothing", name="no features"),
            S(f(2, 0), f(3, 0), p=math.inf, order=0, reason="it depends on nothing", name="no features, inf"),
        ],
        [
            bad(
                ShapeError,
                r"cdist: x1 is float64\[2, 3\] and x2 float64\[2, 4\]: their last",
                f(2, 3),
                f(2, 4),
            ),
            bad(ShapeError, r"cdist: x2 is float64\[3\], where \(..., N, M\) is wanted", f(2, 3), f(3)),
            bad(ShapeError, r"cdist: x1 float64\[2, 2, 3\], x2 float64\[3, 2, 3\]: ", f(2, 2, 3), f(3, 2, 3)),
            bad(DTypeError, r"cdist: x is int64, where a floating dtype is wanted", ints(2, 3), ints(2, 3)),
            bad(ArgumentError, r"cdist: p is -1.0, where at least 0 is wanted", f(2, 3), f(2, 3), p=-1.0),
        ],
        no_scalar="a number is no vector",
    )
]
