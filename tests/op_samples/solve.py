"""Samples of minigrad/ops/solve.py: elimination in plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import DTypeError, LinAlgError, ShapeError

from .by_hand import each_matrix, eliminated
from .case import Case, S, bad, f, ints

Array = Any
SIZE = "thousands of derivatives: one order shows that the blocks fit together"
ROUNDING = "its errors grow with the condition of the matrix"


def regular(*shape: int, seed: str = "") -> Array:
    """Square matrices that are far from singular."""
    return f(*shape, low=-1.0, high=1.0, seed=seed) + 2.0 * np.eye(shape[-1])


inv = each_matrix(lambda x: eliminated(x, np.eye(len(x))))
solve = each_matrix(eliminated)


def triangle(A: Array, upper: bool, unitriangular: bool) -> Array:
    """Of A what is read."""
    y = A.copy()
    for *at, i, j in np.ndindex(A.shape):
        if (i > j) if upper else (i < j):
            y[(*at, i, j)] = 0.0
        elif i == j and unitriangular:
            y[(*at, i, j)] = 1.0
    return y


def solve_triangular(A: Array, B: Array, upper: bool, unitriangular: bool = False) -> Array:
    return solve(triangle(A, upper, unitriangular), B)


LARGE = 0.02 * f(70, 70) + np.eye(70)
SINGULAR = np.stack([np.eye(2), np.ones((2, 2))])

CASES = [
    Case(
        ops.inv,
        inv,
        [
            S(regular(3, 3)),
            S(np.array([[0.0, 2.0], [1.0, 0.5]]), name="a pivot of 0"),
            S(regular(2, 1, 3, 3), name="many"),
            S(f(1, 1, low=1.0), name="one number"),
            S(f(0, 0), name="0 x 0"),
            S(f(0, 2, 2), name="no matrix"),
        ],
        [
            bad(LinAlgError, r"inv: the matrix \[1\] is singular", SINGULAR),
            bad(LinAlgError, r"inv: the matrix \[1, 0\] is singular", SINGULAR[:, None]),
            bad(LinAlgError, r"inv: the matrix float64\[2, 2\] is singular", np.zeros((2, 2))),
            bad(ShapeError, r"inv: x is float64\[2, 3\], where square matrices are wanted", f(2, 3)),
            bad(ShapeError, r"inv: x is float64\[3\], where matrices \(..., N, M\) are wanted", f(3)),
            bad(DTypeError, r"inv: x is int64, where a floating dtype is wanted", ints(2, 2)),
        ],
        no_scalar="a number is no matrix",
        wide=ROUNDING,
    ),
    Case(
        ops.solve,
        solve,
        [
            S(regular(3, 3), f(3, 2)),
            S(regular(2, 3, 3), f(3, 2), name="many and one"),
            S(regular(3, 3), f(2, 3, 1), name="one and many"),
            S(regular(2, 1, 2, 2), f(3, 2, 2), name="broadcast"),
            S(f(0, 0), f(0, 2), name="0 x 0"),
            S(regular(2, 2), f(2, 0), name="nothing to solve"),
            S(regular(2, 2), ints(2, 1), name="mixed dtypes"),
        ],
        [
            bad(LinAlgError, r"solve: the matrix \[1\] is singular", SINGULAR, f(2, 1)),
            bad(
                ShapeError, r"solve: A is float64\[2, 3\], where square matrices are wanted", f(2, 3), f(2, 1)
            ),
            bad(
                ShapeError,
                r"solve: A is float64\[2, 2\] and B float64\[3, 1\], where B \(..., 2, K\) is wanted",
                f(2, 2),
                f(3, 1),
            ),
            bad(ShapeError, r"solve: B is float64\[2\], where matrices", f(2, 2), f(2)),
            bad(
                ShapeError,
                r"solve: A float64\[2, 2, 2\], B float64\[3, 2, 1\]: ",
                regular(2, 2, 2),
                f(3, 2, 1),
            ),
            bad(DTypeError, r"solve: A is int64", ints(2, 2), ints(2, 1)),
        ],
        no_scalar="a number is no matrix",
        wide=ROUNDING,
    ),
    Case(
        ops.solve_triangular,
        solve_triangular,
        [
            S(regular(3, 3), f(3, 2), upper=True),
            S(regular(3, 3), f(3, 2), upper=False),
            S(regular(3, 3), f(3, 2), upper=True, unitriangular=True, name="ones on the diagonal"),
            S(regular(3, 3), f(3, 2), upper=False, unitriangular=True, name="lower, ones on the diagonal"),
            S(
                np.triu(np.ones((2, 2)), 1),
                f(2, 1),
                upper=True,
                unitriangular=True,
                name="zeros that are not read",
            ),
            S(regular(2, 1, 2, 2), f(3, 2, 1), upper=False, name="broadcast"),
            S(f(0, 0), f(0, 2), upper=True, name="0 x 0"),
            S(regular(2, 2), f(2, 0), upper=True, name="nothing to solve"),
            S(LARGE, f(70, 1), upper=True, order=1, reason=SIZE, name="larger than a block"),
            S(LARGE, f(70, 1), upper=False, order=1, reason=SIZE, name="lower, larger than a block"),
        ],
        [
            bad(
                LinAlgError,
                r"solve_triangular: the matrix \[1\] has a 0 on its diagonal",
                np.stack([np.eye(2), np.diag([1.0, 0.0])]),
                f(2, 1),
                upper=True,
            ),
            bad(
                LinAlgError,
                r"solve_triangular: the matrix float64\[1, 1\] has a 0 on its diagonal",
                np.zeros((1, 1)),
                f(1, 1),
                upper=False,
            ),
            bad(ShapeError, r"solve_triangular: A is float64\[3, 2\]", f(3, 2), f(2, 1), upper=True),
            bad(
                ShapeError, r"solve_triangular: .* where B \(..., 2, K\)", regular(2, 2), f(3, 1), upper=True
            ),
            bad(DTypeError, r"solve_triangular: A is int64", ints(2, 2), ints(2, 1), upper=True),
        ],
        no_scalar="a number is no matrix",
        wide=ROUNDING,
    ),
]
