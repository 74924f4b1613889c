"""Samples of minigrad/ops/vector_norm.py: powers of numbers, summed exactly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

from .case import Case, S, bad, distinct, f, ints
from .norm import pools

Array = Any
INF = math.inf


def length(values: list[float], ord: float) -> float:
    sizes = [abs(v) for v in values]
    if ord in (INF, -INF):
        return max(sizes) if ord > 0 else min(sizes)
    if ord == 0:
        return float(sum(v != 0 for v in sizes))
    return math.fsum(v**ord for v in sizes) ** (1.0 / ord)


def vector_norm(x: Array, *, ord: float = 2.0, dim: Any = None, keepdim: bool = False) -> Array:
    groups, _ = pools(x, dim)
    dims = range(x.ndim) if dim is None else [dim] if isinstance(dim, int) else dim
    gone = {d % x.ndim for d in dims}
    y = np.array([length(v, ord) for v in groups.values()])
    return y.reshape([1 if k in gone else n for k, n in enumerate(x.shape) if keepdim or k not in gone])


CASES = [
    Case(
        ops.vector_norm,
        vector_norm,
        [
            S(f(3, 4)),
            S(f(3, 4), dim=1),
            S(f(2, 3, 4), dim=(0, -1), keepdim=True),
            *(S(distinct(3, 4), ord=p, dim=0) for p in (1.0, 3.0, 4, 2.5, 1.5, 0.5, -1.5, INF, -INF)),
            S(f(3, 4), ord=0, dim=1),
            S(np.where(f(3, 4) > 0, 0.0, f(3, 4)), ord=0, dim=1, name="zeros", order=0, reason="steps"),
            S(np.array(-2.5), name="0-d"),
            S(f(3, 0), dim=1, name="none"),
            S(f(0, 3), ord=INF, dim=1, name="none, inf"),
        ],
        [
            bad(DTypeError, r"vector_norm: x is int64, where a floating", ints(3)),
            bad(
                ShapeError,
                r"vector_norm: x float64\[3, 0\] has no elements along dim 1",
                f(3, 0),
                ord=INF,
                dim=1,
            ),
            bad(IndexingError, r"vector_norm: dim 2 is outside of the dims of x", f(3, 4), dim=2),
            bad(ArgumentError, r"vector_norm: dim \(0, 0\) names a dim of x", f(3, 4), dim=(0, 0)),
        ],
    )
]
