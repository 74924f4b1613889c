"""LU factors, tensors as linear maps and reports without PyTorch: values by hand, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import ArgumentError, DTypeError, LinAlgError, MinigradError, ShapeError
from minigrad.testing import gradcheck

L = mg.linalg
A = mg.tensor([[1.0, 2.0], [4.0, 2.0]], dtype=mg.float64, requires_grad=True)
SINGULAR = mg.tensor([[1.0, 2.0], [2.0, 4.0]])


def test_values() -> None:
    P, low, U = L.lu(A.detach())
    assert P.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert low.tolist() == [[1.0, 0.0], [0.25, 1.0]] and U.tolist() == [[4.0, 2.0], [0.0, 1.5]]
    both, pivots = L.lu_factor(A.detach())
    assert (
        both.tolist() == [[4.0, 2.0], [0.25, 1.5]] and pivots.tolist() == [2, 2] and pivots.dtype == mg.int32
    )
    assert L.lu_solve(both, pivots, A.detach()).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert L.inv_ex(mg.stack([mg.eye(2), SINGULAR])).info.tolist() == [0, 2]
    assert L.cholesky_ex(mg.tensor([[4.0, 2.0], [2.0, 1.0]])).info.tolist() == 2


def test_what_has_no_inverse_is_nan_and_the_others_are_right() -> None:
    x = mg.stack([mg.eye(2) * 2.0, SINGULAR]).requires_grad_()
    y = L.inv_ex(x).inverse
    assert y[0].tolist() == [[0.5, 0.0], [0.0, 0.5]] and bool(mg.isnan(y[1]).all())
    y[0].sum().backward()
    assert np.isfinite(x.grad[0].numpy()).all() and x.grad[1].tolist() == [[0.0, 0.0]] * 2
    found = L.solve_ex(x.detach(), mg.ones(2, 2, 1)).result
    assert found[0].tolist() == [[0.5], [0.5]] and bool(mg.isnan(found[1]).all())


@pytest.mark.parametrize(
    "call",
    [
        lambda a: L.lu(a).U,
        lambda a: L.lu_factor(a).LU,
        lambda a: L.lu_solve(*L.lu_factor(a), a * a),
        lambda a: L.inv_ex(a).inverse,
        lambda a: L.tensorinv(a, ind=1),
        lambda a: L.vander(a, N=4),
        lambda a: L.householder_product(a, a[0]),
    ],
)
def test_slopes(call: Callable[..., Any]) -> None:
    gradcheck(call, [A])


a = A.detach()
FACTORS = L.lu_factor(a)
MISUSES: list[tuple[Callable[[], Any], type[MinigradError], str]] = [
    (lambda: L.lu(a[0]), ShapeError, r"lu: x is float64\[2\], where matrices"),
    (lambda: L.lu(a, pivot=False), ArgumentError, "lu: pivot=False"),
    (lambda: L.lu(mg.ones(2, 2, dtype=mg.int64)), DTypeError, "lu: x is int64"),
    (lambda: L.lu_factor(SINGULAR), LinAlgError, "lu_factor: matrix: U has a 0 on its diagonal"),
    (
        lambda: L.lu_factor(mg.stack([mg.eye(2), SINGULAR])),
        LinAlgError,
        r"lu_factor: matrix \[1\]: U has a 0",
    ),
    (lambda: L.lu_factor(a, pivot=False), ArgumentError, "lu_factor: pivot=False"),
    (
        lambda: L.lu_solve(*FACTORS, a[:1]),
        ShapeError,
        r"lu_solve: LU is float64\[2, 2\] and B float64\[1, 2\]",
    ),
    (lambda: L.lu_solve(FACTORS[0][:1], FACTORS[1], a), ShapeError, "lu_solve: LU is .*square matrices"),
    (
        lambda: L.lu_solve(a, mg.tensor([0, 3]), a),
        ArgumentError,
        r"lu_solve: pivots name a row outside of 1\.\.2",
    ),
    (lambda: L.lu_solve(a, a[0], a), DTypeError, r"lu_solve: pivots are float64\[2\]"),
    (lambda: mg.lu_unpack(a, mg.tensor([1, 9])), ArgumentError, "lu_unpack: pivots name a row outside"),
    (lambda: mg.lu_unpack(a, a[0]), DTypeError, "lu_unpack: pivots are float64"),
    (lambda: L.inv_ex(SINGULAR, check_errors=True), LinAlgError, "inv_ex: matrix: it is singular"),
    (lambda: L.inv_ex(a[:1]), ShapeError, "inv_ex: A is .*square matrices"),
    (lambda: L.inv_ex([[1.0]]), DTypeError, "inv_ex: "),
    (
        lambda: L.solve_ex(SINGULAR, mg.ones(2), check_errors=True),
        LinAlgError,
        "solve_ex: matrix: it is singular",
    ),
    (lambda: L.solve_ex(a[0], a), ShapeError, "solve_ex: A is .*matrices"),
    (
        lambda: L.cholesky_ex(-a, check_errors=True),
        LinAlgError,
        "cholesky_ex: matrix: it is not positive definite",
    ),
    (lambda: L.cholesky_ex(a[:1]), ShapeError, "cholesky_ex: A is .*square matrices"),
    (lambda: L.tensorinv(a, ind=0), ArgumentError, "tensorinv: ind is 0, where 1 or more"),
    (lambda: L.tensorinv(mg.ones(2, 3), ind=1), ShapeError, r"tensorinv: A is float32\[2, 3\], ind 1"),
    (lambda: L.tensorinv(SINGULAR, ind=1), LinAlgError, "inv: .*singular"),
    (lambda: L.tensorsolve(a, a), ShapeError, r"tensorsolve: A is float64\[2, 2\] and B float64\[2, 2\]"),
    (lambda: L.tensorsolve(SINGULAR, mg.ones(2)), LinAlgError, "solve: .*singular"),
    (lambda: L.vander(mg.tensor(1.0)), ShapeError, "vander: x is 0-d"),
    (lambda: L.vander(a, N=1), ArgumentError, "vander: N is 1, where 2 or more"),
    (lambda: L.vander([1.0, 2.0]), DTypeError, "vander: .*x has to be a tensor"),
    (
        lambda: L.householder_product(a, mg.ones(2)),
        DTypeError,
        "householder_product: A is float64.*one floating",
    ),
    (lambda: L.householder_product(a[:1], a[0]), ShapeError, r"householder_product: A is float64\[1, 2\]"),
    (lambda: L.householder_product(a, a), ShapeError, "householder_product: .*K <= N <= M is wanted"),
]


@pytest.mark.parametrize("k", range(len(MISUSES)))
def test_misuse(k: int) -> None:
    call, error, match = MISUSES[k]
    with pytest.raises(error, match=match):
        call()
