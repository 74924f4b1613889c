"""Samples of minigrad/ops/scan.py: each reference walks along the dim in plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import DTypeError, ShapeError

from .case import Case, S, bad, distinct, f, ints
from .reduce import along, at_ties, logsumexp, nan, no_answer, wrong_dims

Array = Any
inf = math.inf


# ---- references -----------------------------------------------------------------------------------------------------
def so_far(line: list[Any], better: Callable[[Any, Any], bool]) -> list[int]:
    """Where the extreme element up to each stood last."""
    places: list[int] = []
    for k, v in enumerate(line):
        best = line[places[-1]] if places else v
        places.append(k if v != v or (best == best and (v == best or better(v, best))) else places[-1])
    return places


def running(better: Callable[[Any, Any], bool]) -> Callable[..., tuple[Array, Array]]:
    """The extreme elements so far, and where each stood last."""

    def reference(x: Array, dim: int) -> tuple[Array, Array]:
        places = along(lambda line: so_far(line, better))(x, dim).astype(np.int64)
        return along(lambda line: [line[k] for k in so_far(line, better)])(x, dim), places

    return reference


def recurrence(x: Array, a: Array, dim: int) -> Array:
    y = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        before = tuple(n - (k == dim % x.ndim) for k, n in enumerate(i))
        y[i] = x[i] + (a[i] * y[before] if x.ndim and i[dim] else 0.0)
    return y


def sums_of_exponentials(line: list[float]) -> list[float]:
    return [logsumexp(line[: k + 1]) for k in range(len(line))]


# ---- samples --------------------------------------------------------------------------------------------------------
EVEN = np.array([[1.0, 2.0, 2.0, 0.0], [3.0, 3.0, 3.0, 3.0]])
ODD = np.array([[nan, 1.0, 3.0], [2.0, nan, 5.0]])
LONG = 200  # elements that are computed in blocks


def extremes() -> list[Any]:
    return [
        S(distinct(3, 4), dim=1),
        S(distinct(3, 4, 2), dim=-2, name="a dim from the end"),
        S(f(), dim=0, name="0-d"),
        S(f(0, 3), dim=0, name="empty"),
        S(f(3, 0), dim=0, name="empty beside dim"),
        S(EVEN, dim=1, name="ties", **at_ties),
        S(ODD, dim=1, name="NaN", order=0, reason="NaN has no slope"),
        S(ints(3, 5, low=-2, high=3), dim=1, name="integers"),
        S(ints(2, 5, low=0, high=2) > 0, dim=1, name="bools"),
    ]


CASES = [
    Case(ops.cummax, running(lambda a, b: a > b), extremes(), wrong_dims(ops.cummax, several=False)),
    Case(ops.cummin, running(lambda a, b: a < b), extremes(), wrong_dims(ops.cummin, several=False)),
    Case(
        ops.linear_scan,
        recurrence,
        [
            S(f(3, 4), f(3, 4, seed="a"), dim=1),
            S(f(2, 3, 2), f(2, 3, 2, seed="a"), dim=-3, name="a dim from the end"),
            S(
                f(LONG, 2),
                f(LONG, 2, low=-1.0, high=1.0, seed="a"),
                dim=0,
                name="long",
                order=2,
                reason="long",
            ),
            S(f(), f(seed="a"), dim=0, name="0-d"),
            S(f(0, 3), f(0, 3), dim=0, name="empty"),
            S(f(3, 0), f(3, 0), dim=0, name="empty beside dim"),
        ],
        [
            *[
                bad(m.error, m.match, *m.args, *m.args, **m.kwargs)
                for m in wrong_dims(ops.linear_scan, several=False)
            ],
            bad(
                ShapeError,
                r"linear_scan: x float64\[2, 3\] and a float64\[3\] differ in shape",
                f(2, 3),
                f(3),
                dim=0,
            ),
        ],
    ),
    Case(
        ops.logcumsumexp,
        along(sums_of_exponentials),
        [
            S(f(3, 4), dim=1),
            S(f(2, 3, 2), dim=-2, name="a dim from the end"),
            S(f(), dim=0, name="0-d"),
            S(f(0, 3), dim=0, name="empty"),
            S(f(LONG, low=-9.0, high=9.0), dim=0, name="long", order=1, reason="long"),
            S(np.array([[1000.0, 1000.5, 900.0], [-1000.0, -1001.0, -999.0]]), dim=1, name="far from 0"),
            S(
                np.array([[-inf, -inf, 1.0], [1.0, inf, 2.0], [-inf, 1.0, inf]]),
                dim=1,
                name="infinities",
                **no_answer,
            ),
        ],
        [
            *wrong_dims(ops.logcumsumexp, several=False),
            bad(DTypeError, "logcumsumexp: missing a required .*'dim'", f(2)),
        ],
    ),
]
