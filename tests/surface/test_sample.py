"""Draws: the stream they come from, their distributions by counting, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.core import Tensor
from minigrad.errors import ArgumentError, DTypeError, GradientError, ShapeError

N = 40_000
FILLS: dict[str, tuple[Callable[..., Tensor], float, float]] = {  # with mean and variance
    "uniform": (lambda x, **k: x.uniform_(-1.0, 3.0, **k), 1.0, 16 / 12),
    "uniform of one": (lambda x, **k: x.uniform_(**k), 0.5, 1 / 12),
    "normal": (lambda x, **k: x.normal_(2.0, 3.0, **k), 2.0, 9.0),
    "normal of one": (lambda x, **k: x.normal_(**k), 0.0, 1.0),
    "log_normal": (
        lambda x, **k: x.log_normal_(0.0, 0.5, **k),
        math.exp(0.125),
        (math.exp(0.25) - 1) * math.exp(0.25),
    ),
    "exponential": (lambda x, **k: x.exponential_(2.0, **k), 0.5, 0.25),
    "geometric": (lambda x, **k: x.geometric_(0.3, **k), 1 / 0.3, 0.7 / 0.09),
    "bernoulli": (lambda x, **k: x.bernoulli_(0.3, **k), 0.3, 0.21),
    "random": (lambda x, **k: x.random_(2, 7, **k), 4.0, 2.0),
    "random below": (lambda x, **k: x.random_(5, **k), 2.0, 2.0),
    "poisson of few": (lambda x, **k: mg.poisson(x.fill_(3.5), **k), 3.5, 3.5),
    "poisson of many": (lambda x, **k: mg.poisson(x.fill_(40.0), **k), 40.0, 40.0),
    "bernoulli of": (lambda x, **k: mg.bernoulli(x.fill_(0.75), **k), 0.75, 0.1875),
}


@pytest.mark.parametrize("name", FILLS)
def test_mean_variance_and_stream(name: str) -> None:
    """Within five standard errors, and the same again from the same state; another dtype keeps its own."""
    fill, mean, variance = FILLS[name]
    x = fill(mg.empty(N, dtype=mg.float64), generator=mg.Generator(3)).numpy()
    fourth = ((x - mean) ** 4).mean()
    assert abs(x.mean() - mean) < 5 * math.sqrt(variance / N)
    assert abs(((x - mean) ** 2).mean() - variance) < 5 * math.sqrt((fourth - variance**2) / N)
    generator = mg.Generator(3)
    assert (fill(mg.empty(N, dtype=mg.float64), generator=generator).numpy() == x).all()
    assert (fill(mg.empty(N, dtype=mg.float64), generator=generator).numpy() != x).any()
    assert fill(mg.empty(3, 2, dtype=mg.float16)).dtype == mg.float16
    assert fill(mg.empty(0, 2)).shape == (0, 2)
    assert fill(mg.empty(())).shape == ()
    mg.manual_seed(11)
    a = fill(mg.empty(9))
    mg.manual_seed(11)
    assert a.tolist() == fill(mg.empty(9)).tolist()


def test_cauchy_by_its_quartiles() -> None:
    x = mg.empty(N, dtype=mg.float64).cauchy_(1.0, 2.0, generator=mg.Generator(0)).numpy()
    assert np.quantile(x, [0.25, 0.5, 0.75]) == pytest.approx([-1.0, 1.0, 3.0], abs=0.1)


@pytest.mark.parametrize("rate", [0.2, 4.0, 9.9, 10.1, 30.0])
def test_poisson_by_counting(rate: float) -> None:
    """Every number that comes up more than rarely does so as often as it should, within five standard errors."""
    x = mg.poisson(mg.full((N,), rate), generator=mg.Generator(5)).numpy()
    for k in range(int(rate + 8 * math.sqrt(rate) + 5)):
        p = math.exp(k * math.log(rate) - rate - math.lgamma(k + 1))
        assert abs((x == k).mean() - p) < 5 * math.sqrt(p * (1 - p) / N) + 1e-4


def test_poisson_of_mixed_rates() -> None:
    x = mg.poisson(mg.tensor([[0.0, 1e4], [0.0, 50.0]]), generator=mg.Generator(0))
    assert x.shape == (2, 2) and x[:, 0].tolist() == [0.0, 0.0] and abs(x[0, 1].item() - 1e4) < 600


def test_multinomial_with_replacement_by_counting() -> None:
    weights = mg.tensor([[0.1, 0.0, 0.4, 0.5], [2.0, 2.0, 0.0, 4.0]])
    found = mg.multinomial(weights, N, True, generator=mg.Generator(2))
    assert found.shape == (2, N) and found.dtype == mg.int64
    for row, p in zip(found.numpy(), ([0.1, 0.0, 0.4, 0.5], [0.25, 0.25, 0.0, 0.5]), strict=True):
        assert np.bincount(row, minlength=4) / N == pytest.approx(p, abs=5 * 0.5 / math.sqrt(N))
    assert mg.tensor([1.0, 3.0]).multinomial(5, replacement=True).shape == (5,)


def test_multinomial_without_replacement_by_counting() -> None:
    weights = mg.tensor([0.5, 0.3, 0.0, 0.2], dtype=mg.float64).expand(N, 4)
    found = mg.multinomial(weights, 2, generator=mg.Generator(4)).numpy()
    assert (found[:, 0] != found[:, 1]).all() and not (found == 2).any()
    assert np.bincount(found[:, 0], minlength=4) / N == pytest.approx([0.5, 0.3, 0.0, 0.2], abs=0.0125)
    second = [0.3 * 0.5 / 0.7 + 0.2 * 0.5 / 0.8, 0.5 * 0.3 / 0.5 + 0.2 * 0.3 / 0.8, 0.0]
    assert np.bincount(found[:, 1])[:3] / N == pytest.approx(second, abs=0.0125)
    assert sorted(mg.multinomial(mg.ones(5), 5).tolist()) == [0, 1, 2, 3, 4]


def test_bernoulli_of_a_tensor() -> None:
    p = mg.tensor([[0.0, 1.0, 0.5]])
    x = mg.zeros(1000, 3).bernoulli_(p, generator=mg.Generator(1))
    assert x[:, 0].sum().item() == 0 and x[:, 1].sum().item() == 1000 and 400 < x[:, 2].sum().item() < 600
    assert set(mg.zeros(100, dtype=mg.bool).bernoulli_().tolist()) == {False, True}
    assert mg.bernoulli(mg.zeros(4, dtype=mg.int32), 1.0).tolist() == [1, 1, 1, 1]
    assert mg.zeros(3).bernoulli(1.0).tolist() == [1.0, 1.0, 1.0]


def test_random_fills_what_the_dtype_holds() -> None:
    for name, least, most in [
        ("uint8", 0, 255),
        ("int8", 0, 127),
        ("bool", 0, 1),
        ("float16", 0, 2048),
        ("int64", 0, 2**63 - 1),
    ]:
        x = mg.zeros(N, dtype=name).random_(generator=mg.Generator(0)).numpy().astype(np.float64)
        assert x.min() >= least and x.max() <= most and x.max() > most * 0.99 and x.min() <= most * 0.01


def test_negative_ranges() -> None:
    x = mg.zeros(N, dtype=mg.int8).random_(-128, 128, generator=mg.Generator(0)).numpy()
    assert (x.min(), x.max()) == (-128, 127)


def test_like() -> None:
    x = mg.zeros(3, 2, dtype=mg.int32)
    y = mg.randint_like(x, 2, 5)
    assert (y.shape, y.dtype) == ((3, 2), mg.int32) and 2 <= min(y.flatten().tolist()) <= 4
    assert mg.randint_like(mg.zeros(2), 1).tolist() == [0.0, 0.0]
    assert mg.randint_like(x, 7, dtype=mg.float64, requires_grad=True).requires_grad
    for make in (mg.rand_like, mg.randn_like):
        z = make(mg.zeros(2), dtype=mg.float64, requires_grad=True, device="cpu")
        assert z.requires_grad and z.dtype == mg.float64


def test_what_is_drawn_over_has_no_gradient() -> None:
    a = mg.ones(3, requires_grad=True)
    x = a * 2.0
    y = x * 1.0
    y.normal_()
    (x.sum() + y.sum()).backward()
    assert a.grad.tolist() == [2.0, 2.0, 2.0]
    with pytest.raises(GradientError, match="a leaf that requires grad"):
        a.uniform_()
    with mg.no_grad():
        a.uniform_()


# ---- what is refused ------------------------------------------------------------------------------------------------
def x(*values: float) -> Tensor:
    return mg.tensor([*values])


MISUSES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: x(1.0).uniform_(2.0, 1.0), ArgumentError, "uniform_: from 2.0 to 1.0"),
    (lambda: x(1.0).uniform_(0.0, math.inf), ArgumentError, "uniform_: from 0.0 to inf"),
    (lambda: x(1).uniform_(), DTypeError, r"uniform_: int64\[1\] is not floating"),
    (lambda: x(1.0).normal_(0.0, -1.0), ArgumentError, "normal_: std is -1.0"),
    (lambda: x(1).normal_(), DTypeError, r"normal_: int64\[1\] is not floating"),
    (lambda: x(1.0).normal_(generator=3), DTypeError, "generator is a int, where a minigrad.Generator"),
    (lambda: x(1.0).log_normal_(std=0.0), ArgumentError, "log_normal_: std is 0.0"),
    (lambda: x(1.0).exponential_(0.0), ArgumentError, "exponential_: lambd is 0.0"),
    (lambda: x(1).exponential_(), DTypeError, "exponential_: .* is not floating"),
    (lambda: x(1.0).cauchy_(sigma=-1.0), ArgumentError, "cauchy_: sigma is -1.0"),
    (lambda: x(1.0).geometric_(1.0), ArgumentError, "geometric_: p is 1.0"),
    (lambda: x(1.0).random_(3, 3), ArgumentError, "random_: from 3 to below 3 is not a range of float32"),
    (lambda: mg.zeros(1, dtype=mg.uint8).random_(256 + 1), ArgumentError, "random_: from 0 to below 257"),
    (lambda: x(1.0).random_(0.5, 2), ArgumentError, "random_: from 0.5 to 2, where integers"),
    (lambda: x(1.0).random_(generator=3), DTypeError, "generator is a int"),
    (lambda: x(1.0).bernoulli_(1.5), ArgumentError, "bernoulli_: p is 1.5"),
    (lambda: x(1.0).bernoulli_(x(0.5, 0.5)), ShapeError, r"bernoulli_: p float32\[2\] does not broadcast"),
    (lambda: mg.bernoulli(x(-0.5)), ArgumentError, "bernoulli: p is"),
    (lambda: mg.bernoulli(x(math.nan)), ArgumentError, "bernoulli: p is"),
    (lambda: mg.bernoulli(x(1)), DTypeError, r"bernoulli: int64\[1\] is not floating"),
    (lambda: mg.multinomial(x(1), 1), DTypeError, r"multinomial: int64\[1\] is not floating"),
    (lambda: mg.multinomial(mg.ones(1, 1, 1), 1), ShapeError, r"multinomial: input float32\[1, 1, 1\]"),
    (lambda: mg.multinomial(x(1.0, -1.0), 1), ArgumentError, "multinomial: input has an element"),
    (lambda: mg.multinomial(x(0.0, 0.0), 1), ArgumentError, "multinomial: 1 samples, and 0 weights"),
    (lambda: mg.multinomial(x(1.0, 1.0), 0), ArgumentError, "multinomial: 0 samples"),
    (
        lambda: mg.multinomial(x(1.0, 0.0), 2),
        ArgumentError,
        "multinomial: 2 samples without replacement of 1",
    ),
    (lambda: mg.poisson(x(-1.0)), ArgumentError, "poisson: input has a rate"),
    (lambda: mg.poisson(x(math.inf)), ArgumentError, "poisson: input has a rate"),
    (lambda: mg.poisson(x(1)), DTypeError, "poisson: .* is not floating"),
    (lambda: mg.randint_like(x(1.0), 3, 3), ArgumentError, "randint: low 3 to below high 3"),
]


@pytest.mark.parametrize("k", range(len(MISUSES)))
def test_misuse(k: int) -> None:
    call, error, match = MISUSES[k]
    with pytest.raises(error, match=match):
        call()
