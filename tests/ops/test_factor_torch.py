"""LU factors, tensors as linear maps, and inverses that report, beside PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from torch_parity import agree, torch

import minigrad as mg

RNG = np.random.default_rng(3)
SQUARE, TALL, WIDE = (RNG.uniform(-2.0, 2.0, s) for s in ((2, 4, 4), (5, 3), (2, 3, 5)))
B = RNG.uniform(-2.0, 2.0, (2, 4, 2))


def both(call: Any, *xs: Any, order: int = 2, tolerance: float = 1e-9) -> None:
    """Values and derivatives; the tolerance is for quotients of differences to the second derivative."""
    agree(lambda *ts: call(mg, *ts), lambda *ts: call(torch, *ts), *xs, order=order, tolerance=tolerance)


@pytest.mark.parametrize("x", [SQUARE, TALL, WIDE], ids=["square", "tall", "wide"])
def test_lu(x: Any) -> None:
    both(lambda lib, a: tuple(lib.linalg.lu(a)), x)
    both(lambda lib, a: tuple(lib.linalg.lu_factor(a)), x)
    both(lambda lib, a: tuple(lib.linalg.lu_factor_ex(a)), x)
    both(lambda lib, a: tuple(lib.lu_unpack(*lib.linalg.lu_factor(a))), x)
    P, L, U = mg.linalg.lu(mg.tensor(x))
    np.testing.assert_allclose((P @ L @ U).numpy(), x, 1e-13, 1e-14)


def test_lu_without_elements() -> None:
    for shape in ((0, 3, 3), (0, 0), (3, 0)):
        both(lambda lib, a: tuple(lib.linalg.lu(a)), np.zeros(shape), order=0)
        both(lambda lib, a: tuple(lib.linalg.lu_factor(a)), np.zeros(shape), order=0)


def test_parts_of_lu_unpack() -> None:
    for options in ({"unpack_data": False}, {"unpack_pivots": False}):
        P, _, U = mg.lu_unpack(*mg.linalg.lu_factor(mg.tensor(SQUARE)), **options)
        assert (P.numel() == 0) is ("unpack_pivots" in options) and (U.numel() == 0) is (
            "unpack_data" in options
        )


@pytest.mark.parametrize("adjoint", [False, True])
@pytest.mark.parametrize("left", [False, True])
def test_lu_solve(left: bool, adjoint: bool) -> None:
    def solved(lib: Any, a: Any, b: Any) -> Any:
        b = b if left else b.mT
        return lib.linalg.lu_solve(*lib.linalg.lu_factor(a), b, left=left, adjoint=adjoint)

    both(solved, SQUARE, B)
    a, b = mg.tensor(SQUARE), mg.tensor(B)  # in PyTorch the older order is deprecated
    assert (
        mg.lu_solve(b, *mg.linalg.lu_factor(a)).tolist()
        == mg.linalg.lu_solve(*mg.linalg.lu_factor(a), b).tolist()
    )


def test_reports() -> None:
    both(lambda lib, a: tuple(lib.linalg.inv_ex(a)), SQUARE)
    both(lambda lib, a, b: tuple(lib.linalg.solve_ex(a, b)), SQUARE, B)
    both(lambda lib, a, b: tuple(lib.linalg.solve_ex(a, b[..., 0])), SQUARE, B)
    both(lambda lib, a: tuple(lib.linalg.cholesky_ex(a @ a.mT + 3 * lib.eye(4, dtype=a.dtype))), SQUARE)
    both(lambda lib, a: lib.linalg.cholesky_ex(a @ a.mT, upper=True).L, SQUARE)
    wrong = np.stack([np.eye(3), np.ones((3, 3)), np.diag([1.0, 2.0, -1.0]), np.diag([0.0, 1.0, 1.0])])
    for name in ("inv_ex", "cholesky_ex", "lu_factor_ex"):
        both(lambda lib, a, name=name: getattr(lib.linalg, name)(a)[-1], wrong, order=0)


def test_tensors_as_maps() -> None:
    both(lambda lib, a: lib.linalg.tensorinv(a, ind=1), RNG.uniform(-1, 1, (6, 2, 3)))
    both(lambda lib, a: lib.linalg.tensorinv(a), RNG.uniform(-1, 1, (2, 3, 3, 2)))
    both(
        lambda lib, a, b: lib.linalg.tensorsolve(a, b),
        RNG.uniform(-1, 1, (2, 3, 6)),
        RNG.uniform(-1, 1, (2, 3)),
    )
    shapes = (2, 6, 3), (2, 3)
    both(lambda lib, a, b: lib.linalg.tensorsolve(a, b, dims=(1,)), *(RNG.uniform(-1, 1, s) for s in shapes))


def test_vander_and_diagonal() -> None:
    both(lambda lib, x: lib.linalg.vander(x), TALL)
    both(lambda lib, x: lib.linalg.vander(x, N=5), np.array([0.0, 2.0]))
    both(lambda lib, x: lib.linalg.vander(x, N=3), np.array([1, 2, 3]))
    both(lambda lib, x: lib.linalg.diagonal(x), SQUARE)
    both(lambda lib, x: lib.linalg.diagonal(x, offset=-1, dim1=0, dim2=2), SQUARE)


def test_householder_product() -> None:
    v, tau = RNG.uniform(-1, 1, (2, 5, 3)), RNG.uniform(0, 1, (2, 3))
    both(lambda lib, a, t: lib.linalg.householder_product(a, t), v, tau)
    both(lambda lib, a, t: lib.orgqr(a, t), v[0], tau[0, :2], order=1)
    both(lambda lib, a, t: lib.linalg.householder_product(a, t), v[0], tau[0, :0], order=0)
