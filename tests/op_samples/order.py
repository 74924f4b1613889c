"""Samples of minigrad/ops/order.py: Python sorts each row."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

from .case import Case, S, bad, distinct, f, ints
from .reduce import at_ties, nan

Array = Any


# ---- references -----------------------------------------------------------------------------------------------------
def by_value(line: list[Any]) -> list[int]:
    """The places of a row's elements in the order of their values, NaN last."""
    return sorted(
        range(len(line)), key=lambda k: (line[k] != line[k], 0 if line[k] != line[k] else line[k], k)
    )


def one_place(function: Callable[..., int]) -> Callable[..., Array]:
    """The reference of an op that gives a place along a dim, which stays."""

    def reference(x: Array, dim: int = -1, **params: Any) -> Array:
        z = np.moveaxis(np.atleast_1d(x), dim, -1)
        y = np.array([function(z[i].tolist(), **params) for i in np.ndindex(z.shape[:-1])], np.int64)
        return np.moveaxis(y.reshape(*z.shape[:-1], 1), -1, dim).reshape(
            [1] * x.ndim if x.ndim < 2 else [1 if k == dim % x.ndim else n for k, n in enumerate(x.shape)]
        )

    return reference


def first_like(line: list[Any], value: Any) -> int:
    return next(k for k, v in enumerate(line) if v == value or (v != v and value != value))


def kth(line: list[Any], k: int) -> int:
    return first_like(line, line[by_value(line)[k - 1]])


def middle(line: list[Any], ignore_nan: bool = False) -> Any:
    there = [v for v in line if v == v]
    if len(there) < len(line) and not (ignore_nan and there):
        return math.nan
    return sorted(there)[(len(there) - 1) // 2]


def most_frequent(line: list[Any]) -> int:
    best = max(line.count(v) if v == v else 1 for v in line)
    value = next(
        line[k] for k in by_value(line) if (line.count(line[k]) if line[k] == line[k] else 1) == best
    )
    return max(k for k, v in enumerate(line) if v == value)


def topk(x: Array, k: int, dim: int = -1, largest: bool = True) -> Array:
    if not x.ndim:
        return np.zeros((), np.int64)

    def of(line: list[Any]) -> list[int]:
        order = by_value(line)
        if largest:
            order = sorted(
                order, key=lambda j: (line[j] == line[j], 0 if line[j] != line[j] else -line[j], j)
            )
        return order[:k]

    z = np.moveaxis(x, dim, -1)
    y = np.array([of(z[i].tolist()) for i in np.ndindex(z.shape[:-1])], np.int64)
    return np.moveaxis(y.reshape(*z.shape[:-1], k), -1, dim)


def places(rows: Array, x: Array, right: bool = False) -> Array:
    """How many elements of the row are smaller, or with `right` not larger; NaN is larger than all."""
    y = np.zeros(x.shape, np.int64)
    for i in np.ndindex(x.shape):
        row = (rows if rows.ndim == 1 else rows[i[:-1]]).tolist()
        v = x[i].item()
        before = [(r == r and (v != v or r < v or (right and r == v))) or (right and v != v) for r in row]
        y[i] = sum(before)
    return y


# ---- samples --------------------------------------------------------------------------------------------------------
UNSURE = np.array([[nan, 1.0, 3.0, 2.0], [2.0, nan, nan, 0.5], [1.0, 2.0, 4.0, 3.0], [nan] * 4])
TIES = ints(4, 7, low=0, high=3) * 0.5
SORTED = np.array([1.0, 3.0, 3.0, 7.0])


def rows(**params: Any) -> list[Any]:
    """Dims, dtypes, NaN, ties, extents of 0."""
    return [
        S(distinct(3, 5), **params),
        S(distinct(3, 5), dim=0, **params),
        S(distinct(2, 3, 4), dim=-2, name="a dim from the end", **params),
        S(TIES, dim=1, name="ties", **params),
        S(ints(4, 3), dim=0, name="integers", **params),
        S(f(0, 3), dim=1, name="empty", **params),
    ]


WIDE = np.stack([distinct(40), distinct(40, seed="other"), np.repeat(distinct(4), 10)])
HOLES = np.where(distinct(3, 40) > 0.9, nan, WIDE)
FEW = np.where(np.arange(40) % 18 == 3, nan, WIDE)  # three in each row

CASES = [
    Case(
        ops.kthvalue_at,
        one_place(kth),
        [*rows(k=2), S(UNSURE, k=3, name="NaN"), S(f(), k=1, name="0-d")],
        [
            bad(ArgumentError, "kthvalue: k is 4, where 1 to 3 is wanted", f(3), k=4),
            bad(DTypeError, "kthvalue: k is str, where an integer is wanted", f(3), k="1"),
            bad(ArgumentError, "kthvalue: k is 0, where 1 to 3 is wanted", f(3), k=0),
            bad(IndexingError, "kthvalue: dim 1 is outside of the dims of x", f(3), k=1, dim=1),
            bad(ShapeError, r"kthvalue: x float64\[0, 3\] has no elements along dim 0", f(0, 3), k=1, dim=0),
        ],
        order=0,
    ),
    Case(
        ops.median_at,
        one_place(lambda line, ignore_nan=False: first_like(line, middle(line, ignore_nan))),
        [
            *rows(),
            *rows(ignore_nan=True),
            S(UNSURE, name="NaN"),
            S(UNSURE, ignore_nan=True, name="beside NaN"),
            S(f(), name="0-d"),
        ],
        [
            bad(IndexingError, "median: dim 2 is outside of the dims of x", f(2, 3), dim=2),
            bad(IndexingError, "median: dim -3 is outside of the dims of x", f(2, 3), dim=-3),
            bad(ShapeError, r"median: x float64\[0, 3\] has no elements along dim 0", f(0, 3), dim=0),
        ],
        order=0,
    ),
    Case(
        ops.median,
        lambda x, ignore_nan=False: np.array(middle(x.ravel().tolist(), ignore_nan) if x.size else nan),
        [
            S(distinct(3, 3)),
            S(distinct(2, 4), name="of two the lower"),
            S(ints(4, 3), name="integers"),
            S(f(), name="0-d"),
            S(f(0, 3), name="empty", order=0, reason="NaN"),
            S(np.array([1.0, 2.0, 2.0, 3.0]), name="ties", **at_ties),
            S(UNSURE[:3], ignore_nan=True, name="beside NaN", order=0, reason="differences of NaN"),
            S(UNSURE, name="NaN", order=0, reason="NaN has no slope"),
            S(UNSURE[3], ignore_nan=True, name="nothing but NaN", order=0, reason="NaN has no slope"),
        ],
        [
            bad(ShapeError, r"median: x int64\[0\] has no elements along dim 0", ints(0)),
            bad(DTypeError, r"median: x list: x has to be a tensor", [1.0, 2.0]),
            bad(DTypeError, r"median: ignore_nan is 1, where True or False is wanted", f(3), ignore_nan=1),
        ],
    ),
    Case(
        ops.mode_at,
        one_place(most_frequent),
        [
            *rows(),
            S(ints(5, 9, low=0, high=4), dim=-1, name="many equals"),
            S(ints(5, 9, low=0, high=2) > 0, name="bools"),
            S(np.array([nan, 1.0, nan, 1.0, 0.5]), name="NaN"),
            S(f(), name="0-d"),
        ],
        [
            bad(IndexingError, "mode: dim 2 is outside of the dims of x", f(2, 3), dim=2),
            bad(IndexingError, "mode: dim -3 is outside of the dims of x", f(2, 3), dim=-3),
            bad(ShapeError, r"mode: x float64\[0, 3\] has no elements along dim 0", f(0, 3), dim=0),
        ],
        order=0,
    ),
    Case(
        ops.topk_at,
        topk,
        [
            *rows(k=2),
            *rows(k=1, largest=False),
            S(distinct(3), k=0, name="none"),
            S(f(0, 3), k=0, dim=0, name="none of none"),
            *(
                S(x, k=k, largest=b, name=f"{k} of many")
                for x in (WIDE, HOLES, FEW)
                for k in (1, 5)
                for b in (True, False)
            ),
            S(WIDE.T, k=4, dim=0, name="of many rows"),
            S(UNSURE, k=3, name="NaN"),
            S(f(), k=1, name="0-d"),
        ],
        [
            bad(ArgumentError, "topk: k is 4, where 0 to 3 is wanted", f(3), k=4),
            bad(DTypeError, "topk: k is 1.5, where an integer is wanted", f(3), k=1.5),
            bad(ArgumentError, "topk: k is -1, where 0 to 3 is wanted", f(3), k=-1),
            bad(IndexingError, "topk: dim 1 is outside of the dims of x", f(3), k=1, dim=1),
        ],
        order=0,
    ),
    Case(
        ops.searchsorted,
        places,
        [
            S(SORTED, np.array([0.0, 1.0, 3.0, 5.0, 7.0, 9.0, nan])),
            S(SORTED, np.array([[0.0, 1.0], [3.0, 9.0]]), right=True, name="after equals"),
            S(np.sort(TIES, 1), TIES[:, :3], name="rows"),
            S(
                np.sort(TIES, 1),
                np.concatenate([TIES + 0.5, UNSURE], 1),
                right=True,
                name="rows, after equals",
            ),
            S(np.array([[1.0, nan, nan]]), np.array([[0.0, 1.0, 2.0, nan]]), name="NaN in a row"),
            S(np.sort(ints(5)), ints(4, seed="x"), name="integers"),
            S(np.sort(ints(5)), f(4), name="integers and floats"),
            S(SORTED, f(), name="0-d"),
            S(f(0), f(3), name="no row"),
            S(f(2, 0), f(2, 3), name="empty rows"),
            S(SORTED, f(0, 2), name="no input"),
        ],
        [
            bad(
                ShapeError,
                r"searchsorted: sorted_sequence float64\[\], input float64\[3\]: one row",
                f(),
                f(3),
            ),
            bad(
                ShapeError,
                r"searchsorted: sorted_sequence float64\[2, 3\], input float64\[3\]",
                f(2, 3),
                f(3),
            ),
            bad(
                ShapeError,
                r"searchsorted: sorted_sequence float64\[2, 3\], input float64\[1, 3\]",
                f(2, 3),
                f(1, 3),
            ),
        ],
        order=0,
    ),
]
