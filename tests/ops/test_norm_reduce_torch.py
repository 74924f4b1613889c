"""Vector and matrix norms beside PyTorch's: values, first and second gradients, zeros, ties, empty inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from torch_parity import agree, torch

import minigrad as mg

RNG = np.random.default_rng(14)
X = RNG.uniform(-2.0, 2.0, (3, 4, 2))
inf = np.inf


def both(call: Any, *xs: Any, order: int = 2, tolerance: float = 1e-10) -> None:
    """Values and derivatives."""
    agree(lambda *ts: call(mg, *ts), lambda *ts: call(torch, *ts), *xs, order=order, tolerance=tolerance)


# ---- vectors --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", [None, 0, -1, (0, 2), (2, 0, 1)])
@pytest.mark.parametrize("ord", [2, 1, 0, 3, 0.5, 1.5, -1, -2.5, inf, -inf])
def test_vector_norm(ord: float, dim: Any, keepdim: bool) -> None:
    both(lambda lib, x: lib.linalg.vector_norm(x, ord, dim, keepdim), X)
    both(lambda lib, x: lib.norm(x, ord, dim=dim, keepdim=keepdim), X)
    both(lambda lib, x: x.norm(ord, dim, keepdim), X)


@pytest.mark.parametrize("ord", [2, 1, 3, 1.5, inf, -inf, 0])
def test_at_zero(ord: float) -> None:
    """The subgradient 0 for a vector of zeros, and for zeros in it; ties share."""
    rows = np.array([[0.0, 0.0], [0.0, 3.0], [2.0, -2.0], [1.0, 2.0]])
    both(lambda lib, x: lib.linalg.vector_norm(x, ord, 1), rows, order=1)
    both(lambda lib, x: lib.norm(x, ord), np.zeros(3), order=1)
    both(lambda lib, x: x.norm(p=ord), np.array(0.0), order=1)


def test_the_second_gradient_at_zero_is_finite() -> None:
    for ord in (2, 1, 3, 1.5):
        x = mg.zeros(3, requires_grad=True)
        (gx,) = mg.autograd.grad(mg.linalg.vector_norm(x, ord), x, create_graph=True)
        assert gx.tolist() == [0.0] * 3
        (again,) = mg.autograd.grad((gx * gx + gx).sum(), x, allow_unused=True)
        assert again is None or np.isfinite(again.numpy()).all()


def test_norm_of_all_forms() -> None:
    for call in (
        lambda lib, x: x.norm(),
        lambda lib, x: lib.norm(x, p=None),
        lambda lib, x: lib.norm(x, "fro", 1),
        lambda lib, x: lib.norm(x, "fro", dim=(0, 1), keepdim=True),
        lambda lib, x: lib.norm(x, 2, dtype=lib.float64),
        lambda lib, x: lib.norm(x[0], "nuc"),
        lambda lib, x: lib.norm(x, "nuc", dim=(0, 2), keepdim=True),
        lambda lib, x: lib.linalg.norm(x),
        lambda lib, x: lib.linalg.norm(x, keepdim=True),
        lambda lib, x: lib.linalg.norm(x, None, 1),
        lambda lib, x: lib.linalg.norm(x, None, (0, 2), True),
        lambda lib, x: lib.linalg.norm(x, 3, 1),
        lambda lib, x: lib.linalg.norm(x, 3, (1,)),
        lambda lib, x: lib.linalg.norm(x, 1, (0, 1)),
        lambda lib, x: lib.linalg.norm(x[0], inf),
        lambda lib, x: lib.linalg.norm(x[0], "fro", keepdim=True),
        lambda lib, x: lib.linalg.norm(x[0, 0], 1, keepdim=True),
        lambda lib, x: lib.linalg.norm(x[0, 0], ord=-inf),
    ):
        both(call, X)
    for call in (
        lambda lib, x: lib.linalg.norm(x, dtype=lib.float64),
        lambda lib, x: lib.linalg.matrix_norm(x, dtype=lib.float64),
        lambda lib, x: lib.linalg.vector_norm(x, dtype=lib.float64),
        lambda lib, x: lib.norm(x),
    ):
        both(call, X.astype("float32"), tolerance=1e-5)


@pytest.mark.parametrize("p", [2, 1, 3, inf, -inf])
def test_dist(p: float) -> None:
    both(lambda lib, x, y: lib.dist(x, y, p), X, X[::-1] * 0.7)
    both(lambda lib, x, y: x.dist(y, p=p), X, X[0, 0])
    both(lambda lib, x: lib.dist(x, x, p), X, order=1)
    both(lambda lib, x: lib.dist(x, lib.tensor([1, 2]), p), X)


# ---- matrices -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", [(-2, -1), (0, 1), (1, 0), (2, 0)])
@pytest.mark.parametrize("ord", ["fro", "nuc", 1, -1, 2, -2, inf, -inf])
def test_matrix_norm(ord: Any, dim: Any, keepdim: bool) -> None:
    both(lambda lib, x: lib.linalg.matrix_norm(x, ord, dim, keepdim), X)
    both(lambda lib, x: lib.linalg.norm(x, ord, dim, keepdim=keepdim), X)


@pytest.mark.parametrize("shape", [(0, 2), (2, 0), (3, 0, 2), (0, 2, 3)])
@pytest.mark.parametrize("ord", ["fro", "nuc", 1, -1, 2, -2, inf, -inf])
def test_matrices_without_elements(ord: Any, shape: Any) -> None:
    try:
        want = torch.linalg.matrix_norm(torch.ones(shape), ord)
    except (RuntimeError, IndexError):
        with pytest.raises(mg.errors.ShapeError):
            mg.linalg.matrix_norm(mg.ones(shape), ord)
        return
    got = mg.linalg.matrix_norm(mg.ones(shape), ord)
    assert (got.tolist(), got.shape) == (want.tolist(), tuple(want.shape))
    for p in (2, 1, 0, 3):
        ours, theirs = (lib.linalg.vector_norm(lib.ones(shape), p, 0) for lib in (mg, torch))
        assert ours.tolist() == theirs.tolist()
