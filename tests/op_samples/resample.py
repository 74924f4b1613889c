"""Samples of minigrad/ops/resample.py: weighted sums, tap by tap."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import DTypeError, ShapeError
from minigrad.ops.resample import Taps

from .case import Case, S, bad, f, ints

Array = Any


def resample(x: Array, taps: list[Taps]) -> Array:
    lead = x.ndim - len(taps)
    y = np.zeros((*x.shape[:lead], *[len(t.index[0]) for t in taps]), x.dtype)
    for i in np.ndindex(y.shape):
        for which in itertools.product(*[range(len(t.index)) for t in taps]):
            places = [t.index[w][o] for t, w, o in zip(taps, which, i[lead:], strict=True)]
            factors = [t.weight[w][o] for t, w, o in zip(taps, which, i[lead:], strict=True)]
            factor = np.prod(factors).astype(x.dtype) if factors else 1
            if factor:
                y[i] += factor * x[(*i[:lead], *places)]
    return y


def some(n: int, m: int, count: int) -> Taps:
    """Random taps; a place may be named twice, and some taps are not there."""
    weight = f(count, m, seed=str(n))
    weight[np.abs(weight) < 0.3] = 0.0
    return Taps(n, ints(count, m, low=0, high=n), weight)


def copies(n: int, *index: int) -> Taps:
    return Taps(n, np.array([index]), np.ones((1, len(index))))


LONG = some(300, 4, 2)  # more elements than a matrix product is worth
HOLES = np.where(np.arange(12).reshape(3, 4) == 5, np.inf, f(3, 4))

CASES = [
    Case(
        ops.resample,
        resample,
        [
            S(f(2, 5), taps=[some(5, 3, 2)]),
            S(f(2, 3, 4), taps=[some(3, 5, 3), some(4, 2, 1)], name="two dims"),
            S(f(3, 2, 4), taps=[some(3, 2, 2), some(2, 3, 1), some(4, 5, 2)], name="all dims"),
            S(f(2, 4), taps=[copies(4, 3, 0, 0, 2, 1)], name="copies"),
            S(f(2, 6), taps=[copies(3, 0, 0, 1, 1, 2, 2).adjoint], name="sums of blocks"),
            S(
                f(6, 2),
                taps=[Taps(6, np.arange(6).reshape(3, 2).T, np.full((2, 3), 0.5)), copies(2, 0)],
                name="means of blocks",
            ),
            S(ints(2, 4), taps=[copies(2, 1, 1), copies(4, 3, 0)], name="copies of integers"),
            S(f(2, 300), taps=[LONG], name="from far apart", order=2, reason="600 inputs"),
            S(
                f(300, 1),
                taps=[LONG, copies(1, 0, 0)],
                name="from far apart, the first dim",
                order=1,
                reason="the same",
            ),
            S(HOLES, taps=[some(4, 5, 2)], name="infinity stays where it is", order=0, reason="not finite"),
            S(f(), taps=[], name="0-d"),
            S(f(0, 3), taps=[some(3, 4, 2)], name="none"),
        ],
        [
            bad(
                ShapeError,
                r"resample: x is float64\[2, 4\], where \[5\] are wanted",
                f(2, 4),
                taps=[some(5, 2, 1)],
            ),
            bad(ShapeError, r"resample: x is float64\[5\], where \[5, 5\]", f(5), taps=[some(5, 2, 1)] * 2),
            bad(DTypeError, r"resample: x is int64, where a floating", ints(5), taps=[some(5, 2, 2)]),
        ],
    )
]
