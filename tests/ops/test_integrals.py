"""Gamma's incomplete integrals in every region of their two arguments, beside sums in 60 digits; where they end."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from op_samples.case import each
from op_samples.integrals import integral

import minigrad as mg
from minigrad.errors import GradientError

A, SHARE = np.meshgrid(
    [0.3, 1.0, 4.5, 9.9, 10.1, 30.0, 190.0, 250.0, 3e3], [0.05, 0.5, 0.9, 0.99, 1.02, 1.5, 3.0]
)
ENDS = (
    np.array([0.0, 0.0, 1.0, 1.0, -1.0, inf, inf, 3.0, nan, 2.0]),
    np.array([0.0, 1.0, 0.0, inf, 1.0, 1.0, inf, -1.0, 1.0, nan]),
)


@pytest.mark.parametrize(("name", "upper"), [("igamma", False), ("igammac", True)])
def test_every_region(name: str, upper: bool) -> None:
    x = A * SHARE
    got = getattr(mg, name)(mg.tensor(A), mg.tensor(x)).numpy()
    np.testing.assert_allclose(
        got, each(integral(upper))(A, x), rtol=2e-12, atol=1e-42
    )  # the reference is 1 less 60 digits


@pytest.mark.parametrize(("name", "upper"), [("igamma", False), ("igammac", True)])
def test_ends(name: str, upper: bool) -> None:
    got = getattr(mg, name)(*map(mg.tensor, ENDS)).numpy()
    np.testing.assert_array_equal(got, each(integral(upper))(*ENDS))


def test_low_precision_and_blocks() -> None:
    a, x = np.full(20000, 2.5), np.linspace(0.0, 9.0, 20000)
    want = mg.igamma(mg.tensor(a), mg.tensor(x)).numpy()
    for dtype, error in ((mg.float32, 1e-6), (mg.float16, 3e-3), (mg.bfloat16, 3e-2)):
        y = mg.igamma(mg.tensor(a, dtype=dtype), mg.tensor(x, dtype=dtype))
        assert y.dtype == dtype
        np.testing.assert_allclose(y.numpy().astype(np.float64), want, 0, error)


def test_a_derivative_for_the_first_is_refused() -> None:
    a, x = mg.tensor([1.0], requires_grad=True), mg.tensor([1.0], requires_grad=True)
    with pytest.raises(GradientError, match="igamma: there is no derivative for a"):
        mg.igamma(a, x).sum().backward()
    (g,) = mg.autograd.grad(mg.igamma(a, x).sum(), x)  # for x alone there is one
    np.testing.assert_allclose(g.item(), np.exp(-1.0), 1e-6)
