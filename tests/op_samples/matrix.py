"""Samples of minigrad/ops/matrix.py: sums over permutations, Taylor's series, singular values by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import DTypeError, LinAlgError, ShapeError

from .by_hand import each_matrix, leibniz, product, singular
from .case import Case, S, bad, f, ints
from .decompose import NAN, along_symmetric, wide
from .solve import ROUNDING, regular

Array = Any
det = each_matrix(lambda x: leibniz(x))
OFF_RANK = "y jumps where the rank changes, which differences across it would show"


@each_matrix
def slogdet(x: Array) -> Any:
    y = leibniz(x)
    return (math.copysign(1.0, y), math.log(abs(y))) if y else (0.0, -math.inf)


@each_matrix
def exponential(x: Array) -> Array:
    """Taylor's series, whose terms fall from the first on: x is divided by 1024 first, and the result squared."""
    y, term = np.eye(len(x)), np.eye(len(x))
    for k in range(1, 20):
        term = product(term, x / 1024.0) / k
        y = y + term
    for _ in range(10):
        y = product(y, y)
    return y


def edge(x: Array, s: Array, atol: float | None, rtol: float | None) -> float:
    default = 0.0 if atol else max(x.shape) * 2.0**-52
    return max(atol or 0.0, (default if rtol is None else rtol) * max(s, default=0.0))


def pinv(x: Array, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Array:
    @each_matrix
    def one(x: Array) -> Array:
        y = np.zeros(x.shape[::-1])
        if min(x.shape):
            u, s, vh = singular(x)
            for k in range(len(s)):
                if s[k] > edge(x, s, atol, rtol):
                    y += np.outer(vh[k], u[:, k]) / s[k]
        return y

    return one(x)


def matrix_rank(x: Array, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Array:
    def one(x: Array) -> int:
        s = singular(x)[1] if min(x.shape) else []
        return sum(v > edge(x, s, atol, rtol) for v in s)

    return np.asarray(each_matrix(one)(x)).astype(np.int64)


def pinv_of(x: Any, **params: Any) -> Any:
    """The op, of a hermitian x along symmetric changes."""
    return (along_symmetric(ops.pinv) if params.get("hermitian") else ops.pinv)(x, **params)


pinv_of.op = ops.pinv.op  # type: ignore[attr-defined]


INDEFINITE = np.array([[1.0, 2.0, 0.0], [2.0, -3.0, 1.0], [0.0, 1.0, 0.5]])
RANK_1 = np.outer([1.0, 2.0, 3.0], [2.0, 1.0, -1.0])
RANK_2 = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
NEARLY = np.diag([4.0, 1.0, 0.3])
NO_MATRIX = (
    bad(ShapeError, r": x is float64\[3\], where matrices \(..., N, M\) are wanted", f(3)),
    bad(DTypeError, r": x is int64, where a floating dtype is wanted", ints(2, 2)),
)
NOT_SQUARE = (
    bad(ShapeError, r": x is float64\[2, 3\], where square matrices are wanted", f(2, 3)),
    *NO_MATRIX,
)

CASES = [
    Case(
        ops.det,
        det,
        [
            S(f(3, 3)),
            S(np.eye(4), name="equal singular values"),
            S(RANK_2, name="singular"),
            S(RANK_1, name="of rank 1"),
            S(np.zeros((3, 3)), name="zero"),
            S(np.diag([3.0, 0.0, 2.0, 0.0]), name="rank 2 of 4"),
            S(wide(5, 5) * np.array([1.0, 1.0, 1.0, 1.0, 0.0]), name="rank 4 of 5"),
            S(np.diag([1.0, 1e-5, 0.0, 0.0, 2.0]), name="rank 3 of 5, nearly 2"),
            S(wide(4, 4) * np.array([-1.0, 1.0, 1.0, 1.0]), name="negative"),
            S(np.outer(np.arange(1.0, 6.0), np.arange(2.0, -3.0, -1.0)), name="rank 1 of 5"),
            S(np.zeros((4, 4)), name="rank 0 of 4"),
            S(np.zeros((1, 1)), name="one zero"),
            S(np.stack([np.eye(3), RANK_2]), name="regular and singular"),
            S(f(2, 1, 2, 2), name="many"),
            S(f(0, 0), name="0 x 0"),
            S(f(0, 2, 2), name="no matrix"),
        ],
        [*NOT_SQUARE],
        tolerance=1e-11,  # of the singular ones, beside products of up to 100
        no_scalar="a number is no matrix",
        wide=ROUNDING,
    ),
    Case(
        ops.slogdet,
        slogdet,
        [
            S(f(3, 3)),
            S(np.diag([-1.0, 2.0]), name="negative"),
            S(f(2, 1, 2, 2), name="many"),
            S(np.zeros((2, 2)), order=0, reason="log has no slope at 0", name="singular"),
            S(f(0, 0), name="0 x 0"),
            S(f(0, 2, 2), name="no matrix"),
        ],
        [*NOT_SQUARE],
        no_scalar="a number is no matrix",
        wide=ROUNDING,
    ),
    Case(
        pinv_of,
        pinv,
        [
            S(wide(3, 3)),
            S(wide(4, 2), name="tall"),
            S(wide(2, 4), name="wide"),
            S(wide(2, 3, 2), name="many"),
            S(RANK_1, order=0, reason=OFF_RANK, name="of rank 1"),
            S(NEARLY, atol=0.5, order=0, reason=OFF_RANK, name="atol"),
            S(NEARLY, rtol=0.1, order=0, reason=OFF_RANK, name="rtol"),
            S(NEARLY, atol=1e-6, rtol=1e-6, name="both below"),
            S(INDEFINITE, hermitian=True, name="hermitian"),
            S(np.zeros((2, 3)), order=0, reason=OFF_RANK, name="zero"),
            S(f(0, 2), name="no rows"),
            S(f(2, 0), name="no columns"),
            S(f(0, 2, 2), name="no matrix"),
        ],
        [*NO_MATRIX, bad(LinAlgError, r"pinv: the matrix float64\[2, 2\] holds NaN or infinities", NAN)],
        tolerance=1e-11,
        no_scalar="a number is no matrix",
        wide=ROUNDING,
    ),
    Case(
        ops.matrix_rank,
        matrix_rank,
        [
            S(wide(3, 3)),
            S(np.stack([RANK_1, np.eye(3), np.zeros((3, 3))]), rtol=1e-6, name="many"),
            S(NEARLY, atol=0.5, name="atol"),
            S(INDEFINITE, hermitian=True, name="hermitian"),
            S(f(0, 2), name="no rows"),
            S(f(0, 2, 2), name="no matrix"),
        ],
        [
            *NO_MATRIX,
            bad(LinAlgError, r"matrix_rank: the matrix float64\[2, 2\] holds NaN or infinities", NAN),
            bad(ShapeError, r"matrix_rank: x is float64\[2, 3\], where square", f(2, 3), hermitian=True),
        ],
        order=0,
        no_scalar="a number is no matrix",
        wide=ROUNDING,
    ),
    Case(
        ops.matrix_exp,
        exponential,
        [
            S(f(3, 3)),
            S(np.array([[0.0, 1.0], [0.0, 0.0]]), name="of one Jordan block"),
            S(np.zeros((2, 2)), name="zero"),
            S(regular(2, 2) * np.array([0.01, 3.0])[:, None, None], name="many, small and large"),
            S(f(0, 0), name="0 x 0"),
            S(f(0, 2, 2), name="no matrix"),
        ],
        [*NOT_SQUARE],
        tolerance=1e-10,  # the squarings of the large one multiply its rounding
        no_scalar="a number is no matrix",
        wide=ROUNDING,
    ),
]
