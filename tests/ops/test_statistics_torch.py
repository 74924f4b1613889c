"""Covariances, histograms, slopes of samples and lengths beside PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from torch_parity import agree, torch

import minigrad as mg

RNG = np.random.default_rng(7)
X = RNG.uniform(-3.0, 3.0, (3, 6))
F = np.array([1, 2, 0, 3, 1, 1])
A = RNG.uniform(0.5, 2.0, 6)


def both(call: Any, *xs: Any, order: int = 2, tolerance: float = 1e-10) -> None:
    """Values and derivatives."""
    agree(lambda *ts: call(mg, *ts), lambda *ts: call(torch, *ts), *xs, order=order, tolerance=tolerance)


# ---- covariance -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("correction", [0, 1, 2])
def test_cov(correction: int) -> None:
    both(lambda lib, x: lib.cov(x, correction=correction), X)
    both(lambda lib, x: x.cov(correction=correction), X[0])
    both(lambda lib, x: lib.cov(x, correction=correction, fweights=lib.tensor(F)), X)
    both(lambda lib, x, a: lib.cov(x, correction=correction, aweights=a), X, A)
    both(lambda lib, x, a: lib.cov(x, correction=correction, fweights=lib.tensor(F), aweights=a), X, A)


def test_cov_of_integers_and_of_one_variable() -> None:
    both(lambda lib, x: lib.cov(x), np.array([[1, 2, 4], [3, 3, 1]]), tolerance=1e-6)
    both(lambda lib, x: lib.cov(x, correction=0), np.array(2.0))
    both(lambda lib, x: lib.cov(x, correction=0), X[:, :1])


def test_corrcoef() -> None:
    both(lambda lib, x: lib.corrcoef(x), X, order=1)
    both(lambda lib, x: x.corrcoef(), X[0])
    both(lambda lib, x: lib.corrcoef(x), np.array([[1.0, 2.0, 3.0], [2.0, 2.0, 2.0]]), order=0)


# ---- histogram ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("density", [False, True])
def test_histogram(density: bool) -> None:
    values = RNG.normal(size=200)
    values[:3] = [-1.0, 1.0, 0.0]
    weight = RNG.uniform(0.5, 1.5, 200)
    for options in ({"bins": 7}, {"bins": 5, "range": (-1.0, 1.0)}, {"bins": 1}):
        both(lambda lib, x, o=options: tuple(lib.histogram(x, density=density, **o)), values, order=0)
        both(
            lambda lib, x, w, o=options: tuple(x.histogram(weight=w, density=density, **o)),
            values,
            weight,
            order=0,
        )
    edges = np.array([-2.0, -1.0, -0.9, 0.0, 1.0])
    both(lambda lib, x, e: lib.histogram(x, e, density=density).hist, values, edges, order=0)
    both(lambda lib, x: tuple(lib.histogram(x, 4)), np.full(5, 2.0), order=0)
    both(lambda lib, x: lib.histogram(x, 4).hist, np.zeros((0, 2)), order=0)


def test_a_gradient_goes_to_the_weights_of_a_histogram() -> None:
    w = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    hist, _ = mg.histogram(mg.tensor([0.5, 1.5, 9.0]), 2, range=(0.0, 2.0), weight=w)
    (hist * mg.tensor([10.0, 20.0])).sum().backward()
    assert hist.tolist() == [1.0, 2.0] and w.grad.tolist() == [10.0, 20.0, 0.0]


# ---- slopes ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("edge_order", [1, 2])
def test_gradient(edge_order: int) -> None:
    places = [np.array([0.0, 0.5, 2.0]), np.cumsum(RNG.uniform(0.2, 1.0, 6))]
    both(lambda lib, x: lib.gradient(x, edge_order=edge_order), X)
    both(lambda lib, x: lib.gradient(x, spacing=0.5, dim=1, edge_order=edge_order), X)
    both(lambda lib, x: lib.gradient(x, spacing=[0.5, 2.0], dim=(0, -1), edge_order=edge_order), X)
    both(lambda lib, x, a, b: lib.gradient(x, spacing=(a, b), edge_order=edge_order), X, *places, order=1)
    both(lambda lib, x: lib.gradient(x, dim=-1, edge_order=edge_order), X[:, : edge_order + 1])


# ---- distances and lengths ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("p", [0.0, 1.0, 1.5, 2.0, 3.0, np.inf])
def test_pdist(p: float) -> None:
    both(lambda lib, x: lib.pdist(x, p), X, order=1)
    both(lambda lib, x: lib.nn.functional.pdist(x, p=p), X[:1], order=1)


def test_pdist_of_coincident_points() -> None:
    x = mg.ones(3, 2, requires_grad=True)
    mg.pdist(x).sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0]] * 3


@pytest.mark.parametrize("p", [1.0, 2, 2.5])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_renorm(p: float, dim: int) -> None:
    both(lambda lib, x: lib.renorm(x, p, dim, 4.0), X)
    both(lambda lib, x: x.renorm(p=p, dim=dim, maxnorm=2.0), RNG.uniform(-2, 2, (3, 2, 4)))
    both(lambda lib, x: (x * 1.0).renorm_(p, dim, 3.0), X)


def test_renorm_of_zeros() -> None:
    x = mg.zeros(2, 3, requires_grad=True)
    mg.renorm(x, 2, 0, 1.0).sum().backward()
    assert x.grad.tolist() == [[1.0] * 3] * 2
