"""minigrad/creation.py, surface/fresh.py and the shapes and dtypes of draws, compared with PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from torch_parity import close, torch

import minigrad as mg

CALLS: list[Callable[[Any], Any]] = [
    lambda m: m.arange(5),
    lambda m: m.arange(5.0),
    lambda m: m.arange(end=4),
    lambda m: m.arange(1, 9, 3),
    lambda m: m.arange(9, 1, -2),
    lambda m: m.arange(0, 1, 0.1),
    lambda m: m.arange(-1.0, 1.0, 0.3, dtype=m.float64),
    lambda m: m.arange(0, 5, dtype=m.uint8),
    lambda m: m.arange(0.5, 4.5, dtype=m.int64),
    lambda m: m.arange(3, 3),
    lambda m: m.arange(m.tensor(2), m.tensor(7), m.tensor(2)),
    lambda m: m.linspace(0, 1, 5),
    lambda m: m.linspace(-3.0, 2.0, steps=7, dtype=m.float64),
    lambda m: m.linspace(2, -2, 1),
    lambda m: m.linspace(0, 1, 0),
    lambda m: m.linspace(0, 10, 5, dtype=m.int64),
    lambda m: m.linspace(m.tensor(0.0), m.tensor(3.0), 4),
    lambda m: m.logspace(0, 2, 3),
    lambda m: m.logspace(-1, 1, 5, base=2.0, dtype=m.float64),
    lambda m: m.logspace(1, 3, 1),
    lambda m: m.eye(3),
    lambda m: m.eye(2, 4, dtype=m.int64),
    lambda m: m.eye(3, 0),
    lambda m: m.full((2, 3), 1.5),
    lambda m: m.full((2,), 3),
    lambda m: m.full((), True),
    lambda m: m.full((1,), 7, dtype=m.float64),
    lambda m: m.zeros(2, 3, dtype=m.int8),
    lambda m: m.zeros((2, 0)),
    lambda m: m.ones([3]),
    lambda m: m.zeros_like(m.ones(2, dtype=m.int32)),
    lambda m: m.ones_like(m.zeros(2, 3), dtype=m.float64),
    lambda m: m.full_like(m.zeros(2), 3),
    lambda m: m.full_like(m.zeros(2, dtype=m.int64), 3),
    lambda m: m.tril_indices(3, 4, -1),
    lambda m: m.triu_indices(4, 3, 1, dtype=m.int32),
    lambda m: m.ones(1, dtype=m.float64).new_zeros(2, 3),
    lambda m: m.ones(1, dtype=m.int32).new_ones((2,)),
    lambda m: m.ones(1).new_full((2, 1), 3.5),
    lambda m: m.ones(1, dtype=m.float64).new_full([2], 3),
    lambda m: m.ones(1, dtype=m.float64).new_tensor([1, 2]),
    lambda m: m.ones(1).new_tensor([[1.5]], dtype=m.float64),
    lambda m: m.as_tensor([[1, 2], [3, 4]]),
    lambda m: m.as_tensor(np.ones(2), dtype=m.float32),
    lambda m: m.tensor([True, False]).to("cpu", m.float64),
]


@pytest.mark.parametrize("k", range(len(CALLS)))
def test_values(k: int) -> None:
    y = CALLS[k](mg)
    close(y, CALLS[k](torch), 1e-14 if y.dtype == mg.float64 else 2e-7)


DRAWS: list[Callable[[Any], Any]] = [
    lambda m: m.rand_like(m.zeros(2, 3, dtype=m.float64)),
    lambda m: m.randn_like(m.zeros(2), dtype=m.float64),
    lambda m: m.randint_like(m.zeros(2, 3), 5),
    lambda m: m.randint_like(m.zeros(2, dtype=m.int32), 2, 5),
    lambda m: m.randperm(5),
    lambda m: m.randperm(5, dtype=m.int32),
    lambda m: m.normal(m.zeros(2, 3), m.ones(3)),
    lambda m: m.normal(0.0, m.ones(2)),
    lambda m: m.normal(m.zeros(2, dtype=m.float64), 2.0),
    lambda m: m.normal(1.0, 2.0, (2, 3)),
    lambda m: m.bernoulli(m.ones(2, 3, dtype=m.float64) / 2),
    lambda m: m.bernoulli(m.zeros(2, dtype=m.int64), 0.5),
    lambda m: m.zeros(2, dtype=m.int64).bernoulli_(0.5),
    lambda m: m.zeros(2, 3).bernoulli_(m.ones(3) / 2),
    lambda m: m.multinomial(m.ones(4), 2),
    lambda m: m.multinomial(m.ones(3, 4), 5, replacement=True),
    lambda m: m.poisson(m.ones(2, 3, dtype=m.float64) * 50),
    lambda m: m.zeros(2, dtype=m.float16).uniform_(1, 2),
    lambda m: m.zeros(2, dtype=m.float64).exponential_(2.0),
    lambda m: m.zeros(2, dtype=m.uint8).random_(),
    lambda m: m.zeros(2, dtype=m.int64).geometric_(0.5),
]


@pytest.mark.parametrize("k", range(len(DRAWS)))
def test_shapes_and_dtypes_of_draws(k: int) -> None:
    ours, theirs = DRAWS[k](mg), DRAWS[k](torch)
    assert ours.shape == tuple(theirs.shape) and f"torch.{ours.dtype}" == str(theirs.dtype)
