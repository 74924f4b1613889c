"""Integrals, Bessel functions and functions of pairs beside PyTorch's: values, slopes, ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from torch_parity import agree, torch

import minigrad as mg
from minigrad.errors import ArgumentError, DTypeError, GradientError

RNG = np.random.default_rng(4)
X = RNG.uniform(-3.0, 3.0, (3, 5))
nan, inf = np.nan, np.inf


def both(call: Any, *xs: Any, order: int = 2, tolerance: float = 1e-10) -> None:
    """Values and derivatives."""
    agree(lambda *ts: call(mg, *ts), lambda *ts: call(torch, *ts), *xs, order=order, tolerance=tolerance)


@pytest.mark.parametrize("name", ["erfcx", "i0", "i0e", "i1", "i1e", "ndtr", "log_ndtr"])
def test_functions_of_one_number(name: str) -> None:
    both(lambda lib, x: getattr(lib.special, name)(x), X, tolerance=1e-9)
    both(lambda lib, x: getattr(lib.special, name)(x * 4.0), X, order=0, tolerance=1e-9)
    both(lambda lib, x: getattr(lib.special, name)(x), np.array(0.7))
    both(lambda lib, x: getattr(lib.special, name)(x), np.zeros((0, 3)))
    ends = [0.0, nan] if name in ("i0", "i1") else [0.0, nan, inf]  # where these are infinite PyTorch has NaN
    both(lambda lib, x: getattr(lib.special, name)(x), np.array(ends), order=0)
    assert getattr(mg.special, name)(mg.tensor([1, 2])).dtype == mg.float32


def test_quantiles() -> None:
    both(lambda lib, x: lib.special.ndtri(x), RNG.uniform(0.01, 0.99, (4, 3)), tolerance=1e-9)
    both(lambda lib, x: lib.special.ndtri(x), np.array([0.0, 1.0, -0.5, 1.5, nan, 1e-300]), order=0)


def test_the_slope_of_a_bessel_function_at_0() -> None:
    """Of i1 it is 1/2, and of its second derivative, 3/8."""
    x = mg.tensor(0.0, dtype=mg.float64, requires_grad=True)
    y = mg.special.i1(x)
    found = []
    for _ in range(3):
        (y,) = mg.autograd.grad(y, x, create_graph=True)
        found.append(y.item())
    assert found == [0.5, 0.0, 0.375]


def test_log_ndtr_far_below() -> None:
    x = mg.tensor([-1e3, -40.0, 9.0], dtype=mg.float64, requires_grad=True)
    y = mg.special.log_ndtr(x)
    want = torch.special.log_ndtr(torch.tensor([-1e3, -40.0, 9.0], dtype=torch.float64))
    np.testing.assert_allclose(y.detach().numpy(), want.numpy(), 1e-12)
    (g,) = mg.autograd.grad(y.sum(), x)
    np.testing.assert_allclose(g.numpy()[:2], [1000.001, 40.02496882], 1e-6)


@pytest.mark.parametrize("name", ["igamma", "igammac"])
def test_incomplete_gamma(name: str) -> None:
    a = np.array([[1.0], [2.0], [5.0]])
    both(lambda lib, x: getattr(lib, name)(lib.tensor(a), x), RNG.uniform(0.1, 6.0, (3, 4)))
    for wide in (0.5, 20.0, 150.0, 3e3):
        a = RNG.uniform(0.5, 1.5, 40) * wide
        x = a + np.sqrt(a) * RNG.uniform(-0.5, 3.0, 40)
        both(
            lambda lib, a, x: getattr(lib, name)(a, x), a, np.abs(x), order=0, tolerance=1e-8
        )  # PyTorch's own
    ends = np.array([0, 0, 1, 1, -1, inf, inf, 3, nan, 2.0]), np.array([0, 1, 0, inf, 1, 1, inf, -1, 1, nan])
    both(lambda lib, a, x: getattr(lib, name)(a, x), *ends, order=0)
    x = mg.tensor([1.0, 2.0])
    assert (
        getattr(x, f"{name}_")(mg.tensor([1.0, 1.0])).tolist()
        == getattr(mg, name)(mg.tensor([1.0, 2.0]), mg.tensor([1.0, 1.0])).tolist()
    )


def test_incomplete_gamma_has_no_derivative_for_its_first() -> None:
    a = mg.tensor([1.0], requires_grad=True)
    with pytest.raises(GradientError, match="no derivative for a"):
        mg.igamma(a, mg.tensor([1.0])).sum().backward()


@pytest.mark.parametrize("p", [1, 2, 5])
def test_mvlgamma(p: int) -> None:
    both(lambda lib, x: lib.mvlgamma(x, p), RNG.uniform(2.5, 6.0, (3, 4)), order=1)
    both(lambda lib, x: x.mvlgamma(p), np.array(3.0), tolerance=1e-8)  # PyTorch's trigamma has nine digits
    both(lambda lib, x: lib.special.multigammaln(x, p), np.zeros((0, 2)))


def test_mvlgamma_misuse() -> None:
    for p, error in ((0, ArgumentError), (-2, ArgumentError), (1.5, DTypeError)):
        with pytest.raises(error, match=f"mvlgamma: p is {p}"):
            mg.mvlgamma(mg.tensor([3.0]), p)
    with pytest.raises(DTypeError, match="mvlgamma: input is list, where a tensor"):
        mg.mvlgamma([3.0], 2)


@pytest.mark.parametrize("name", ["fmax", "fmin"])
def test_pairs(name: str) -> None:
    both(lambda lib, a, b: getattr(lib, name)(a, b), X, RNG.uniform(-3, 3, 5))
    both(lambda lib, a, b: getattr(lib, name)(a, b), np.array([1.0, 2.0]), np.array([1.0, 3.0]))  # a tie
    both(
        lambda lib, a, b: getattr(lib, name)(a, b),
        np.array([1.0, nan, nan, inf]),
        np.array([nan, 2.0, nan, -inf]),
        order=0,
    )
    both(lambda lib, a, b: getattr(a, name)(other=b), np.array([1, 5]), np.array([3, 2]))


def test_the_gradient_of_a_pair_with_nan() -> None:
    for name in ("fmax", "fmin"):
        gs = []
        for lib in (mg, torch):
            a, b = (
                lib.tensor(v, dtype=lib.float64, requires_grad=True)
                for v in ([nan, 1.0, 2.0], [1.0, nan, 2.0])
            )
            gs.append([g.tolist() for g in lib.autograd.grad(getattr(lib, name)(a, b).sum(), [a, b])])
        assert gs[0] == gs[1]


def test_nextafter() -> None:
    a, b = np.array([1.0, 1.0, 0.0, inf, nan, 2.0]), np.array([2.0, 0.0, -1.0, 0.0, 1.0, 2.0])
    for dtype in ("float32", "float64"):
        both(lambda lib, a, b: lib.nextafter(a, b), a.astype(dtype), b.astype(dtype), order=0)
    x = mg.tensor([1.0])
    x.nextafter_(mg.tensor([2.0]))
    assert x.item() > 1.0
