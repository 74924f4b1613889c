"""Covariances, histograms, slopes of samples and lengths without PyTorch: values by hand, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import ArgumentError, DTypeError, IndexingError, MinigradError, ShapeError
from minigrad.testing import gradcheck

X = mg.tensor([[1.0, 2.0, 4.0], [0.0, 3.0, -1.0]], dtype=mg.float64, requires_grad=True)
inf = float("inf")


def test_values() -> None:
    np.testing.assert_allclose(mg.cov(X).tolist(), [[7 / 3, -4 / 3], [-4 / 3, 13 / 3]], 1e-14)
    np.testing.assert_allclose(mg.corrcoef(X)[0, 1].item(), -4 / 3 / (91 / 9) ** 0.5, 1e-14)
    np.testing.assert_allclose(mg.pdist(X).tolist(), [27**0.5], 1e-14)
    np.testing.assert_allclose(mg.renorm(X, 1, 0, 3.5)[0].tolist(), [0.5, 1.0, 2.0], 1e-7)
    assert mg.histogram(X.detach(), 2).hist.tolist() == [3.0, 3.0]
    assert mg.gradient(X.detach(), dim=1)[0].tolist() == [[1.0, 1.5, 2.0], [3.0, -0.5, -4.0]]


@pytest.mark.parametrize(
    "call",
    [
        mg.cov,
        mg.corrcoef,
        mg.pdist,
        lambda x: mg.renorm(x, 3, 1, 2.0),
        lambda x: mg.gradient(x, spacing=0.5, dim=1, edge_order=2)[0],
    ],
)
def test_slopes(call: Callable[..., Any]) -> None:
    gradcheck(call, [X])


x = X.detach()
MISUSES: list[tuple[Callable[[], Any], type[MinigradError], str]] = [
    (
        lambda: mg.cov(mg.zeros(2, 3, 4)),
        ShapeError,
        r"cov: input is float32\[2, 3, 4\], where at most two dims",
    ),
    (lambda: mg.cov(x > 0), DTypeError, "cov: input is bool, where numbers are wanted"),
    (lambda: mg.cov(x, fweights=mg.ones(3)), DTypeError, r"cov: fweights is float32\[3\], where integers"),
    (
        lambda: mg.cov(x, aweights=mg.ones(2)),
        ShapeError,
        r"cov: aweights is float32\[2\], where one for each of 3",
    ),
    (
        lambda: mg.cov(x, fweights=mg.tensor([1, -1, 2])),
        ArgumentError,
        "cov: fweights holds a number below 0",
    ),
    (lambda: mg.corrcoef(mg.zeros(2, 3, 4)), ShapeError, "corrcoef: input is float32.*at most two dims"),
    (lambda: mg.corrcoef(x > 0), DTypeError, "cov: input is bool"),
    (lambda: mg.corrcoef([1.0]), DTypeError, "corrcoef: .*input has to be a tensor"),
    (
        lambda: mg.histogram(mg.tensor([1, 2])),
        DTypeError,
        r"histogram: input is int64\[2\], where a tensor of floats",
    ),
    (lambda: mg.histogram(x, 0), ArgumentError, "histogram: bins is 0, where an integer from 1 on"),
    (lambda: mg.histogram(x, 2, range=(2.0, 1.0)), ArgumentError, "histogram: the range from 2.0 to 1.0"),
    (lambda: mg.histogram(x / 0.0, 2), ArgumentError, "histogram: the range from .* is not finite"),
    (lambda: mg.histogram(x, x[0], range=(0.0, 1.0)), ArgumentError, "histogram: range goes with a number"),
    (lambda: mg.histogram(x, x[1]), ArgumentError, "histogram: the edges in bins do not increase"),
    (lambda: mg.histogram(x, x), ShapeError, r"histogram: bins are float64\[2, 3\]"),
    (
        lambda: mg.histogram(x, 2, weight=x[0]),
        ShapeError,
        r"histogram: weight is float64\[3\], input float64",
    ),
    (lambda: mg.gradient(x, edge_order=3), ArgumentError, "gradient: edge_order is 3, where 1 or 2"),
    (lambda: mg.gradient(x, edge_order=2), ShapeError, "gradient: .*dim 0 needs 3 samples"),
    (lambda: mg.gradient(x, spacing=[1.0], dim=(0, 1)), ArgumentError, "gradient: 1 spacings for 2 dims"),
    (
        lambda: mg.gradient(x, spacing=[x[0]], dim=0),
        ShapeError,
        r"gradient: spacing float64\[3\] for the 2 samples",
    ),
    (lambda: mg.gradient(x, dim=2), IndexingError, "gradient: .*dim 2"),
    (lambda: mg.pdist(x[0]), ShapeError, r"pdist: input is float64\[3\], where two dims"),
    (lambda: mg.pdist(x, -1.0), ArgumentError, "pdist: p is -1.0, where 0 or more"),
    (lambda: mg.pdist(mg.ones(2, 2, dtype=mg.int64)), DTypeError, "pdist: input is int64.*floats"),
    (lambda: mg.renorm(x[0], 2, 0, 1.0), ShapeError, r"renorm: input is float64\[3\], where two dims"),
    (lambda: mg.renorm(x, 0, 0, 1.0), ArgumentError, "renorm: p is 0, where a number above 0"),
    (lambda: mg.renorm(x, 2, 0, -1.0), ArgumentError, "renorm: maxnorm is -1.0, where 0 or more"),
    (lambda: mg.renorm(x, 2, 2, 1.0), IndexingError, "renorm: .*dim 2"),
    (lambda: mg.renorm(x > 0, 2, 0, 1.0), DTypeError, "renorm: input is bool"),
]


@pytest.mark.parametrize("k", range(len(MISUSES)))
def test_misuse(k: int) -> None:
    call, error, match = MISUSES[k]
    with pytest.raises(error, match=match):
        call()
