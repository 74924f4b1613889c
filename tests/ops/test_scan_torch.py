"""Scans, differences and integrals beside PyTorch's: values, positions, gradients, edge shapes, infinities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from torch_parity import agree, torch

import minigrad as mg

RNG = np.random.default_rng(12)
X = RNG.uniform(-3.0, 3.0, (3, 5, 4))
nan, inf = np.nan, np.inf


def both(call: Any, *xs: Any, order: int = 2, tolerance: float = 1e-10) -> None:
    """Values and derivatives."""
    agree(lambda *ts: call(mg, *ts), lambda *ts: call(torch, *ts), *xs, order=order, tolerance=tolerance)


# ---- the largest and the smallest so far ----------------------------------------------------------------------------
@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("name", ["cummax", "cummin"])
def test_running_extremes(name: str, dim: int) -> None:
    both(lambda lib, x: getattr(lib, name)(x, dim), X)
    both(lambda lib, x: getattr(x, name)(dim=dim), RNG.integers(0, 3, (4, 6, 2)).astype(float))
    both(lambda lib, x: getattr(lib, name)(x, 0), np.array(2.0))


@pytest.mark.parametrize("name", ["cummax", "cummin"])
def test_running_extremes_of_special_values(name: str) -> None:
    for x in (
        [1.0, 1.0, 2.0, nan, 1.0, nan, 3.0],
        [-inf, inf, -inf, inf],
        [True, False, True, True],
        [3, 1, 4, 1, 5, 0],
    ):
        ours, theirs = (getattr(lib, name)(lib.tensor(x), 0) for lib in (mg, torch))
        np.testing.assert_array_equal(ours.values.numpy(), theirs.values.numpy())
        assert ours.indices.tolist() == theirs.indices.tolist()
    assert getattr(mg, name)(mg.zeros(0, 3), 0).values.shape == (0, 3)
    assert getattr(mg, name)(mg.zeros(3, 0), 0).indices.shape == (3, 0)
    half = mg.tensor([1.0, 3.0, 2.0], dtype=mg.bfloat16)
    assert getattr(mg, name)(half, 0).values.dtype == mg.bfloat16


# ---- logcumsumexp ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_logcumsumexp(dim: int) -> None:
    both(lambda lib, x: lib.logcumsumexp(x, dim), X)
    both(lambda lib, x: x.logcumsumexp(dim=dim), X * 300.0)
    both(lambda lib, x: lib.logcumsumexp(x, 0), np.array(2.0))


@pytest.mark.parametrize("shape", [(500,), (70, 2), (1000,), (131, 1)])
def test_a_long_logcumsumexp(shape: tuple[int, ...]) -> None:
    """Long enough to be computed in blocks. Second derivatives of the last are sums of terms up to 1e6 that cancel."""
    rng = np.random.default_rng(shape)
    both(lambda lib, x: lib.logcumsumexp(x, 0), rng.uniform(-5, 5, shape))
    both(lambda lib, x: lib.logcumsumexp(x, 0), np.cumsum(rng.uniform(-1, 3, shape), 0), tolerance=1e-8)


def test_logcumsumexp_of_infinities() -> None:
    for row in ([-inf, -inf, 1.0, 2.0], [inf, 1.0, -inf], [1.0, inf, 2.0, inf], [-inf] * 3, [1.0, nan, 2.0]):
        ours, theirs = (
            lib.logcumsumexp(lib.tensor(row, dtype=lib.float64), 0).numpy() for lib in (mg, torch)
        )
        np.testing.assert_allclose(ours, theirs, 1e-14)
    x = mg.tensor([-inf, -inf, 1.0, 2.0, -inf], requires_grad=True)
    (gx,) = mg.autograd.grad(x.logcumsumexp(0).sum(), x, create_graph=True)
    e = 1 / (1 + np.exp(1.0))
    np.testing.assert_allclose(gx.detach().numpy(), [0, 0, 1 + 2 * e, 2 - 2 * e, 0], 1e-6)
    (again,) = mg.autograd.grad((gx * gx).sum(), x)
    assert np.isfinite(again.numpy()).all()


def test_of_infinities_the_last_takes_the_gradient() -> None:
    x = mg.tensor([1.0, inf, 2.0, inf, 0.0], requires_grad=True)
    x.logcumsumexp(0).backward(mg.tensor([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert x.grad.tolist() == [1.0, 5.0, 0.0, 9.0, 0.0]


def test_logcumsumexp_of_a_gradient_of_zero() -> None:
    """The second derivative by a gradient that is 0, which a formula in logarithms of the gradient loses."""
    x = mg.tensor([0.0, 1.0], dtype=mg.float64, requires_grad=True)
    g = mg.zeros(2, dtype=mg.float64, requires_grad=True)
    (gx,) = mg.autograd.grad(x.logcumsumexp(0), x, g, create_graph=True)
    (gg,) = mg.autograd.grad(gx[0], g)
    np.testing.assert_allclose(gg.numpy(), [1.0, 1 / (1 + np.e)], 1e-14)


# ---- differences ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("n", [0, 1, 2, 3, 9])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_diff(n: int, dim: int) -> None:
    both(lambda lib, x: lib.diff(x, n, dim), X)
    piece = np.take(X, [0, 1], dim)
    both(lambda lib, x, p: lib.diff(x, n, dim, prepend=p), X, piece)
    both(lambda lib, x, p: x.diff(n=n, dim=dim, append=p), X, piece)
    both(lambda lib, x, p, a: x.diff(n, dim, p, a), X, piece, piece * 2.0)


def test_diff_of_other_dtypes() -> None:
    for x in ([True, False, False, True], [3, 1, 4], [1]):
        ours, theirs = (lib.diff(lib.tensor(x)) for lib in (mg, torch))
        assert (ours.tolist(), f"torch.{ours.dtype}") == (theirs.tolist(), str(theirs.dtype))
    ours, theirs = (lib.diff(lib.tensor([1.0, 2.0]), prepend=lib.tensor([1])) for lib in (mg, torch))
    assert ours.tolist() == theirs.tolist()


# ---- integrals ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("name", ["trapezoid", "cumulative_trapezoid", "trapz"])
def test_integrals(name: str, dim: int) -> None:
    both(lambda lib, y: getattr(lib, name)(y, dim=dim), X)
    both(lambda lib, y: getattr(lib, name)(y, dx=0.3, dim=dim), X)
    both(lambda lib, y: getattr(lib, name)(y, dx=2, dim=dim), X)
    both(lambda lib, y, x: getattr(lib, name)(y, x, dim=dim), X, np.cumsum(X[0, 0].repeat(2)[: X.shape[dim]]))
    both(lambda lib, y, x: getattr(lib, name)(y, x, dim=dim), X, np.cumsum(X * X, dim))
    if dim != 0:
        both(lambda lib, y, x: getattr(lib, name)(y, x, dim=dim), X, X[0])
    both(lambda lib, y, x: getattr(lib, name)(y, x, dim=dim), X, np.take(X, [0], (dim + 1) % 3))


@pytest.mark.parametrize("name", ["trapezoid", "cumulative_trapezoid"])
def test_integrals_of_little(name: str) -> None:
    for y in (np.zeros((0, 3)), np.ones((1, 3)), np.arange(6).reshape(2, 3)):
        for dx in (None, 2, 0.5):
            how = {} if dx is None else {"dx": dx}
            ours, theirs = (getattr(lib, name)(lib.tensor(y), dim=0, **how) for lib in (mg, torch))
            assert (tuple(ours.shape), f"torch.{ours.dtype}") == (tuple(theirs.shape), str(theirs.dtype))
            assert ours.tolist() == theirs.tolist()
