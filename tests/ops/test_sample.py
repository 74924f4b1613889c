"""Dropout."""

from __future__ import annotations

import math

import numpy as np
import pytest

import minigrad as mg
from minigrad.backend import namespace_of
from minigrad.errors import ArgumentError
from minigrad.ops.sample import dropout

KEY = (17, 3)


def test_an_element_is_dropped_or_scaled():
    x = np.random.default_rng(0).normal(size=(50, 40)).astype(np.float32)
    y = dropout(mg.tensor(x), key=KEY, p=0.3).numpy()
    kept = y != 0
    np.testing.assert_allclose(y[kept], x[kept] / np.float32(0.7), rtol=1e-6)
    assert abs(kept.mean() - 0.7) < 4 * math.sqrt(0.3 * 0.7 / x.size)
    assert y.dtype == np.float32


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_mask_is_the_keys_and_not_the_dtypes(dtype):
    def mask(key, dtype):
        return dropout(mg.tensor([1.0] * 500, dtype=dtype), key=key, p=0.5).numpy() != 0

    np.testing.assert_array_equal(mask(KEY, dtype), mask(KEY, "float32"))
    assert (mask(KEY, dtype) != mask((17, 1000), dtype)).any()


def test_nothing_and_everything():
    x = mg.tensor([1.0, -2.0, math.inf], requires_grad=True)
    assert dropout(x, key=KEY, p=0.0).tolist() == [1.0, -2.0, math.inf]
    y = dropout(x, key=KEY, p=1.0)
    assert y.tolist() == [0.0, 0.0, 0.0]
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 0.0]


def test_nothing_is_dropped_even_at_the_smallest_number(monkeypatch):
    x = mg.tensor([1.0, -2.0])
    xp = namespace_of(x.data)
    monkeypatch.setattr(xp, "philox_uniform", lambda key, shape, dtype: xp.zeros(shape, dtype))
    assert dropout(x, key=KEY, p=0.0).tolist() == [1.0, -2.0]


def test_the_gradient_has_the_same_mask():
    x = mg.tensor(np.ones((7, 9)), dtype="float64", requires_grad=True)
    y = dropout(x, key=KEY, p=0.4)
    y.backward(mg.tensor(np.full((7, 9), 2.0)))
    np.testing.assert_array_equal(x.grad.numpy(), 2 * y.detach().numpy())


def test_the_second_gradient_is_zero_in_x_and_linear_in_g():
    x = mg.tensor([1.0, 2.0, 3.0, 4.0], dtype="float64", requires_grad=True)
    g = mg.tensor([1.0, 1.0, 1.0, 1.0], dtype="float64", requires_grad=True)
    y = dropout(x, key=KEY, p=0.5)
    y.backward(g, create_graph=True)
    x.grad.sum().backward()
    np.testing.assert_array_equal(g.grad.numpy(), (y.detach().numpy() != 0) * 2.0)


def test_shapes_of_nothing():
    assert dropout(mg.tensor(3.0), key=KEY).shape == ()
    assert dropout(mg.tensor(np.zeros((0, 3), np.float32)), key=KEY).shape == (0, 3)


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan, math.inf])
def test_p_is_a_probability(p):
    with pytest.raises(ArgumentError, match="dropout: p is"):
        dropout(mg.tensor([1.0]), key=KEY, p=p)
