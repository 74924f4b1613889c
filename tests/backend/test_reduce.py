"""Sums whose rounding errors stay small, whatever the axis and the layout."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.backend._numpy_reduce import total


@pytest.mark.parametrize(
    "shape", [(100_003, 2), (2, 100_003), (300, 300, 7), (1, 50_000, 1, 3), (129, 2), (3,), (), (0, 4)]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_total_of_every_choice_of_axes(shape: tuple[int, ...], order: str) -> None:
    x = np.random.default_rng(0).uniform(100, 101, shape).astype(np.float32, order=order)
    for bits in range(1 << len(shape)):
        axes = tuple(k for k in range(len(shape)) if bits >> k & 1)
        for keepdims in (False, True):
            y, wanted = total(x, axes, np.float32, keepdims), np.sum(x, axes, np.float64, keepdims=keepdims)
            assert np.shape(y) == wanted.shape and y.dtype == np.float32
            np.testing.assert_allclose(y, wanted, rtol=2e-6)
    np.testing.assert_allclose(total(x, None, np.float32), np.sum(x, dtype=np.float64), rtol=2e-6)


def test_gradients_summed_over_a_long_batch() -> None:
    b = mg.zeros(2, requires_grad=True)
    y = mg.functional.linear(mg.ones(10**6, 2), mg.ones(2, 2), b)
    y.mul(0.1).sum().backward()
    np.testing.assert_allclose(b.grad.numpy(), 1e5, rtol=1e-5)
    x = np.random.default_rng(0).uniform(100, 101, (1 << 20, 4)).astype(np.float32)
    np.testing.assert_allclose(mg.tensor(x).mean(0).numpy(), x.mean(0, np.float64), rtol=1e-6)
    np.testing.assert_allclose(mg.tensor(x).var(0).numpy(), x.var(0, np.float64, ddof=1), rtol=1e-5)


@pytest.mark.parametrize(
    ("loss", "slope"), [("mean", 1.0), ("mse_loss", 2.0), ("l1_loss", 1.0), ("huber_loss", 1.0)]
)
def test_means_of_more_elements_than_float16_can_count(loss: str, slope: float) -> None:
    n = 70_000
    x = mg.full((n,), 2.0 if loss == "huber_loss" else 1.0, dtype=mg.float16, requires_grad=True)
    y = mg.mean(x) if loss == "mean" else getattr(mg.functional, loss)(x, mg.zeros(n, dtype=mg.float16))
    y.backward()
    assert y.item() == (1.5 if loss == "huber_loss" else 1.0)
    np.testing.assert_allclose(x.grad.numpy().astype(float), slope / n, rtol=0.01)


def test_the_mean_of_a_composed_loss_in_float16() -> None:
    x = mg.zeros(70_000, dtype=mg.float16, requires_grad=True)
    loss = mg.functional.binary_cross_entropy_with_logits(x, mg.ones(70_000, dtype=mg.float16))
    loss.backward()
    np.testing.assert_allclose(loss.item(), np.log(2.0), rtol=1e-3)
    np.testing.assert_allclose(x.grad.numpy().astype(float), -0.5 / 70_000, rtol=0.01)
