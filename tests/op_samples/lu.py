"""Samples of minigrad/ops/lu.py: elimination with partial pivoting in plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import DTypeError, ShapeError

from .case import Case, S, bad, f, ints

Array = Any


def one(a: Array) -> tuple[list[int], list[int], Array, Array]:
    """Of one matrix."""
    m, n = a.shape
    k = min(m, n)
    rows, work, pivots = list(range(m)), [[float(v) for v in row] for row in a], []
    for j in range(k):
        at = max(range(j, m), key=lambda i: abs(work[i][j]))
        pivots.append(at)
        rows[j], rows[at] = rows[at], rows[j]
        work[j], work[at] = work[at], work[j]
        for i in range(j + 1, m):
            share = work[i][j] / work[j][j] if work[j][j] else work[i][j]
            work[i] = [*work[i][:j], share, *(work[i][c] - share * work[j][c] for c in range(j + 1, n))]
    L = [[1.0 if i == j else work[i][j] if i > j else 0.0 for j in range(k)] for i in range(m)]
    U = [[work[i][j] if j >= i else 0.0 for j in range(n)] for i in range(k)]
    return pivots, rows, np.array(L).reshape(m, k), np.array(U).reshape(k, n)


def lu(x: Array) -> tuple[Array, ...]:
    *lead, m, n = x.shape
    k = min(m, n)
    found = [one(a) for a in x.reshape(-1, m, n)] if x.size else []
    shapes = ((k,), (m,), (m, k), (k, n))
    if not found:
        return tuple(
            np.zeros((*lead, *s), kind) for s, kind in zip(shapes, (int, int, float, float), strict=True)
        )
    return tuple(
        np.array(part).reshape(*lead, *s) for part, s in zip(zip(*found, strict=True), shapes, strict=True)
    )


CASES = [
    Case(
        ops.lu,
        lu,
        [
            S(f(3, 3, seed="lu")),
            S(f(4, 2, seed="lu"), name="tall"),
            S(f(2, 4, seed="lu"), name="wide"),
            S(f(2, 3, 3, seed="b"), name="batch", order=2, reason="the second already sees all"),
            S(f(1, 1), name="one number"),
            S(f(0, 3, 3), name="empty"),
        ],
        [
            bad(ShapeError, r"lu: .*float64\[3\]", f(3)),
            bad(DTypeError, "lu: .*int64", ints(2, 2)),
            bad(DTypeError, "lu: .*too many positional", f(2, 2), 1),
            bad(DTypeError, "lu: x list", [[1.0]]),
        ],
        tolerance=1e-11,  # of quotients of differences
        no_scalar="matrices have two dims",
        wide="a pivot may be another row at a low precision",
    )
]
