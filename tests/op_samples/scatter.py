"""Samples of minigrad/ops/scatter.py: the reference looks at one place at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import DTypeError, IndexingError, ShapeError

from .case import Case, S, bad, distinct, f, ints

Array = Any


def scatter_extreme(
    x: Array, src: Array, index: Array, dim: int, largest: bool, include_self: bool = True
) -> Array:
    come: dict[tuple[int, ...], list[float]] = {}
    for i in np.ndindex(index.shape):
        at = tuple(int(index[i]) if d == dim % max(x.ndim, 1) else k for d, k in enumerate(i))
        come.setdefault(at, []).append(src[i])
    y = x.copy()
    for at, values in come.items():
        y[at] = (max if largest else min)([*values, x[at]] if include_self else values)
    return y


AT = ints(4, 3, low=0, high=3)
CASES = [
    Case(
        ops.scatter_extreme,
        scatter_extreme,
        [
            S(distinct(3, 3), distinct(4, 3), AT, dim=0, largest=True),
            S(distinct(3, 3), distinct(4, 3), AT, dim=0, largest=False, name="least"),
            S(distinct(3, 3), distinct(4, 3), AT, dim=0, largest=True, include_self=False, name="alone"),
            S(
                distinct(3, 3),
                distinct(4, 3),
                AT,
                dim=0,
                largest=False,
                include_self=False,
                name="least alone",
            ),
            S(
                distinct(2, 3),
                distinct(2, 5),
                ints(2, 5, low=0, high=3),
                dim=-1,
                largest=True,
                name="negative dim",
            ),
            S(f(), f(seed="src"), np.array(0), dim=0, largest=True, name="0-d"),
            S(f(2, 3), f(0, 3), np.zeros((0, 3), int), dim=0, largest=True, name="empty"),
            S(ints(3), ints(4), np.array([0, 2, 2, 0]), dim=0, largest=True),
        ],
        [
            bad(
                ShapeError,
                r"scatter_extreme: src float64\[2\] and index int64\[1\] differ",
                f(3),
                f(2),
                np.array([0]),
                dim=0,
                largest=True,
            ),
            bad(
                IndexingError,
                r"scatter_extreme: index 3 at \(0,\) is outside of 0..2",
                f(3),
                f(1),
                np.array([3]),
                dim=0,
                largest=True,
            ),
            bad(
                DTypeError,
                r"scatter_extreme: index is float64, where integers",
                f(3),
                f(1),
                f(1),
                dim=0,
                largest=True,
            ),
        ],
    )
]
