"""Samples of minigrad/ops/decompose.py: rotations and reflections in plain loops.

Vectors are compared with their largest element positive, and the ones that are free beyond that by their projector.
Of symmetric matrices the derivatives are taken along symmetric changes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import minigrad as mg
from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, LinAlgError, ShapeError

from .by_hand import cholesky as cholesky_by_hand
from .by_hand import each_matrix, householder, jacobi, product, singular
from .case import Case, S, bad, f, ints
from .solve import ROUNDING

Array = Any
NAN = np.full((2, 2), np.nan)


def positive(*shape: int) -> Array:
    """Symmetric positive definite matrices whose eigenvalues are far apart."""
    a = f(*shape, low=-1.0, high=1.0)
    return a @ np.swapaxes(a, -1, -2) * 0.3 + np.diag(np.arange(1.0, shape[-1] + 1))


def wide(*shape: int) -> Array:
    """Matrices whose singular values are far apart."""
    a = 0.5 * f(*shape)
    for k in range(min(shape[-2:])):
        a[..., k, k] += k + 2.0
    return a


# ---- what is compared -----------------------------------------------------------------------------------------------
def along_symmetric(op: Any, view: Callable[..., Any] = lambda *ys: ys if len(ys) > 1 else ys[0]) -> Any:
    """The op of the symmetric part of its input, seen through `view`."""

    @functools.wraps(op)
    def call(x: Any, **params: Any) -> Any:
        if len(x.shape) > 1 and x.shape[-1] == x.shape[-2] and mg.dtypes.is_float(x.dtype):
            x = (x + ops.mT(x)) * 0.5
        y = op(x, **params)
        return view(*y) if isinstance(y, tuple) else view(y)

    call.op = op.op  # type: ignore[attr-defined]
    return call


def upright(v: Any) -> Array:
    """For each column the sign that makes its largest element positive."""
    a = v.detach().cpu().numpy() if isinstance(v, mg.Tensor) else v
    if not a.size:
        return np.ones((*a.shape[:-2], 1, a.shape[-1]))
    at = np.abs(a.astype(np.float64)).argmax(-2)[..., None, :]
    return np.where(np.take_along_axis(a, at, -2) < 0, -1.0, 1.0)


def sign_of(v: mg.Tensor) -> mg.Tensor:
    """`upright` as a constant beside v."""
    return mg.tensor(upright(v), dtype=v.dtype, device=v.device)


def eigen_view(w: Any, v: Any) -> Any:
    return w, v * sign_of(v)


def singular_view(u: Any, s: Any, vh: Any) -> Any:
    k = s.shape[-1]
    sign = sign_of(u[..., :k])
    one, two = u[..., :k] * sign, vh[..., :k, :] * ops.mT(sign)
    rest_u, rest_v = u[..., k:], vh[..., k:, :]
    return one, s, two, rest_u @ ops.mT(rest_u), ops.mT(rest_v) @ rest_v


def svd_call(x: Any, **params: Any) -> Any:
    return singular_view(*ops.svd(x, **params))


svd_call.op = ops.svd.op  # type: ignore[attr-defined]


# ---- references -----------------------------------------------------------------------------------------------------
@each_matrix
def cholesky(x: Array, upper: bool = False) -> Array:
    y = cholesky_by_hand(x)
    return y.T if upper else y


@each_matrix
def qr(x: Array, mode: str = "reduced") -> Any:
    q, r = householder(x)
    k = len(x) if mode == "complete" else min(x.shape)
    return q[:, :k], r[:k]


@each_matrix
def eigh(x: Array, UPLO: str = "L") -> Any:
    w, v = jacobi(x)
    return w, v * upright(v)


@each_matrix
def svd(x: Array, full_matrices: bool = True) -> Any:
    (n, m), (u, s, vh) = x.shape, singular(x)
    sign = upright(u)
    rest = [np.eye(n) - product(u, u.T), np.eye(m) - product(vh.T, vh)]
    if not full_matrices:
        rest = [np.zeros_like(y) for y in rest]
    return u * sign, s, vh * sign.T, *rest


eigvalsh = each_matrix(lambda x, UPLO="L": jacobi(x)[0])
svdvals = each_matrix(lambda x: singular(x)[1])
BOTH = (S(f(0, 0), name="0 x 0"), S(f(0, 2, 2), name="no matrix"))

CASES = [
    Case(
        along_symmetric(ops.cholesky),
        cholesky,
        [
            S(positive(3, 3)),
            S(positive(3, 3), upper=True),
            S(positive(2, 1, 2, 2), name="many"),
            S(positive(2, 2, 2), upper=True, name="many, upper"),
            S(f(1, 1, low=1.0), name="one number"),
            *BOTH,
        ],
        [
            bad(
                LinAlgError,
                r"cholesky: the matrix \[1\] is not positive definite",
                np.stack([np.eye(2), -np.eye(2)]),
            ),
            bad(ShapeError, r"cholesky: x is float64\[2, 3\], where square matrices are wanted", f(2, 3)),
            bad(DTypeError, r"cholesky: x is int64", ints(2, 2)),
        ],
        no_scalar="a number is no matrix",
        wide=ROUNDING,
    ),
    Case(
        ops.qr,
        qr,
        [
            S(f(3, 3)),
            S(f(4, 2), name="tall"),
            S(f(2, 4), name="wide"),
            S(f(3, 3), mode="complete", name="square, complete"),
            S(f(2, 3), mode="complete", name="wide, complete"),
            S(f(2, 3, 2), name="many"),
            S(f(3, 0), name="no columns"),
            S(f(0, 2), name="no rows"),
            S(f(0, 3, 2), name="no matrix"),
        ],
        [
            bad(ArgumentError, r"qr: mode is 'full', where 'reduced' or 'complete'", f(2, 2), mode="full"),
            bad(ShapeError, r"qr: x is float64\[3\], where matrices", f(3)),
            bad(DTypeError, r"qr: x is int64", ints(2, 2)),
        ],
        no_scalar="a number is no matrix",
        wide=ROUNDING,
    ),
    Case(
        along_symmetric(ops.eigh, eigen_view),
        eigh,
        [
            S(positive(3, 3)),
            S(positive(3, 3), UPLO="U"),
            S(np.diag([1.0, -2.0, 0.5]), name="negative"),
            S(positive(2, 1, 2, 2), name="many"),
            *BOTH,
        ],
        [
            bad(LinAlgError, r"eigh: the matrix \[1\] holds NaN or infinities", np.stack([np.eye(2), NAN])),
            bad(ShapeError, r"eigh: x is float64\[2, 3\], where square matrices are wanted", f(2, 3)),
            bad(ArgumentError, r"eigh: UPLO is 'X', where 'L' or 'U' is wanted", np.eye(2), UPLO="X"),
            bad(DTypeError, r"eigh: x is int64", ints(2, 2)),
        ],
        tolerance=1e-11,  # vectors turn by the rounding over the gap between values
        no_scalar="a number is no matrix",
        wide=ROUNDING,
    ),
    Case(
        along_symmetric(ops.eigvalsh),
        eigvalsh,
        [S(positive(3, 3)), S(positive(3, 3), UPLO="U"), S(positive(2, 1, 2, 2), name="many"), *BOTH],
        [
            bad(LinAlgError, r"eigvalsh: the matrix \[0\] holds NaN or infinities", NAN[None]),
            bad(ShapeError, r"eigvalsh: x is float64\[2, 3\], where square matrices are wanted", f(2, 3)),
            bad(ArgumentError, r"eigvalsh: UPLO is 'l'", np.eye(2), UPLO="l"),
            bad(DTypeError, r"eigvalsh: x is bool", np.ones((2, 2), bool)),
        ],
        tolerance=1e-11,
        no_scalar="a number is no matrix",
        wide=ROUNDING,
    ),
    Case(
        svd_call,
        svd,
        [
            S(wide(3, 3)),
            S(wide(4, 2), name="tall"),
            S(wide(2, 4), name="wide"),
            S(wide(4, 2), full_matrices=False, name="tall, thin"),
            S(wide(2, 4), full_matrices=False, name="wide, thin"),
            S(wide(2, 3, 2), name="many"),
            S(f(0, 0), name="0 x 0"),
            S(f(3, 0), name="no columns"),
            S(f(0, 2), full_matrices=False, name="no rows"),
            S(f(0, 2, 2), name="no matrix"),
        ],
        [
            bad(LinAlgError, r"svd: the matrix \[1\] holds NaN or infinities", np.stack([np.eye(2), NAN])),
            bad(ShapeError, r"svd: x is float64\[3\], where matrices \(..., N, M\) are wanted", f(3)),
            bad(DTypeError, r"svd: x is int64", ints(2, 2)),
        ],
        tolerance=1e-11,
        no_scalar="a number is no matrix",
        wide=ROUNDING,
    ),
    Case(
        ops.svdvals,
        svdvals,
        [
            S(wide(3, 3)),
            S(wide(4, 2), name="tall"),
            S(wide(2, 2, 3), name="wide, many"),
            S(f(3, 0), name="no columns"),
            S(f(0, 2, 2), name="no matrix"),
        ],
        [
            bad(LinAlgError, r"svdvals: the matrix float64\[2, 2\] holds NaN or infinities", NAN),
            bad(ShapeError, r"svdvals: x is float64\[3\]", f(3)),
            bad(DTypeError, r"svdvals: x is int64", ints(2, 2)),
        ],
        tolerance=1e-11,
        no_scalar="a number is no matrix",
        wide=ROUNDING,
    ),
]
