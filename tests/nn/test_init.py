"""Initial values: their distributions, the formulas behind them, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.errors import ArgumentError, DTypeError, GradientError, ShapeError
from minigrad.nn import init
from minigrad.random import Generator

SHAPE = (64, 16, 5, 5)  # fan_in 16 * 25 = 400, fan_out 64 * 25 = 1600
FAN_IN, FAN_OUT = 400, 1600
LEAKY = math.sqrt(2 / (1 + 0.2**2))  # the gain of a slope of 0.2

# call -> the standard deviation that the papers give for it
UNIFORM: dict[str, tuple[Any, float]] = {
    "xavier": (lambda t: init.xavier_uniform_(t), math.sqrt(2 / (FAN_IN + FAN_OUT))),
    "xavier, gain": (lambda t: init.xavier_uniform_(t, 3.0), 3 * math.sqrt(2 / (FAN_IN + FAN_OUT))),
    "kaiming": (lambda t: init.kaiming_uniform_(t), math.sqrt(2 / FAN_IN)),
    "kaiming, slope": (lambda t: init.kaiming_uniform_(t, 0.2), LEAKY / math.sqrt(FAN_IN)),
    "kaiming, out": (lambda t: init.kaiming_uniform_(t, mode="fan_out"), math.sqrt(2 / FAN_OUT)),
    "kaiming, tanh": (lambda t: init.kaiming_uniform_(t, nonlinearity="tanh"), 5 / 3 / math.sqrt(FAN_IN)),
    "plain": (lambda t: init.uniform_(t, -0.5, 0.5), 1 / math.sqrt(12)),
}
NORMAL: dict[str, tuple[Any, float]] = {
    "xavier": (lambda t: init.xavier_normal_(t), math.sqrt(2 / (FAN_IN + FAN_OUT))),
    "xavier, gain": (lambda t: init.xavier_normal_(t, 3.0), 3 * math.sqrt(2 / (FAN_IN + FAN_OUT))),
    "kaiming": (lambda t: init.kaiming_normal_(t), math.sqrt(2 / FAN_IN)),
    "kaiming, slope": (lambda t: init.kaiming_normal_(t, 0.2), LEAKY / math.sqrt(FAN_IN)),
    "kaiming, out": (lambda t: init.kaiming_normal_(t, mode="fan_out"), math.sqrt(2 / FAN_OUT)),
    "kaiming, relu": (lambda t: init.kaiming_normal_(t, 5.0, nonlinearity="relu"), math.sqrt(2 / FAN_IN)),
    "plain": (lambda t: init.normal_(t, std=2.0), 2.0),
}


@pytest.fixture(autouse=True)
def seeded() -> None:
    mg.random.manual_seed(0)


def moments(x: Any) -> list[float]:
    """Mean, standard deviation and kurtosis."""
    z = (x - x.mean()) / x.std()
    return [float(x.mean()), float(x.std()), float((z**4).mean())]


@pytest.mark.parametrize(("fill", "std"), UNIFORM.values(), ids=UNIFORM)
def test_uniform_distributions(fill: Any, std: float) -> None:
    t = nn.Parameter(mg.zeros(SHAPE))
    assert fill(t) is t and t.dtype == mg.float32
    x, bound = t.detach().numpy().astype("f8"), math.sqrt(3) * std
    mean, found, kurtosis = moments(x)
    assert (
        abs(mean) < 4 * std / math.sqrt(x.size) and abs(found / std - 1) < 0.01 and abs(kurtosis - 1.8) < 0.02
    )
    assert 0.999 * bound < np.abs(x).max() <= bound * (1 + 1e-6)


@pytest.mark.parametrize(("fill", "std"), NORMAL.values(), ids=NORMAL)
def test_normal_distributions(fill: Any, std: float) -> None:
    t = nn.Parameter(mg.zeros(SHAPE))
    assert fill(t) is t
    mean, found, kurtosis = moments(t.detach().numpy().astype("f8"))
    assert (
        abs(mean) < 4 * std / math.sqrt(t.numel())
        and abs(found / std - 1) < 0.015
        and abs(kurtosis - 3) < 0.15
    )


def test_constants_and_shifts() -> None:
    t = mg.zeros(1000)
    assert init.constant_(t, 2.5) is t and set(t.tolist()) == {2.5}
    assert set(init.ones_(t).tolist()) == {1.0} and set(init.zeros_(t).tolist()) == {0.0}
    assert init.constant_(mg.tensor([1, 2]), 7).tolist() == [7, 7]
    x = init.uniform_(t, 5.0, 6.0).numpy()
    assert 5.0 <= x.min() < 5.01 and 5.99 < x.max() <= 6.0
    assert abs(init.normal_(t, 10.0, 0.1).numpy().mean() - 10.0) < 0.02
    assert set(init.normal_(t, 3.0, 0.0).tolist()) == {3.0}


@pytest.mark.parametrize("dtype", [mg.float16, mg.float32, mg.float64])
def test_every_floating_dtype_is_kept(dtype: Any) -> None:
    t = init.xavier_uniform_(mg.zeros(30, 20, dtype=dtype))
    assert t.dtype == dtype and 0.1 < t.numpy().astype("f8").std() < 0.3


def test_a_generator_of_ones_own_leaves_the_default_alone() -> None:
    before = mg.random.get_state()
    a, b = (init.kaiming_normal_(mg.zeros(4, 3), generator=Generator(5)) for _ in range(2))
    c, d = (init.uniform_(mg.zeros(4, 3), generator=Generator(5)) for _ in range(2))
    assert a.tolist() == b.tolist() and c.tolist() == d.tolist() and mg.random.get_state() == before
    init.uniform_(a)
    assert mg.random.get_state() != before


@pytest.mark.parametrize(
    ("nonlinearity", "param", "gain"),
    [
        ("linear", None, 1.0),
        ("sigmoid", None, 1.0),
        ("conv2d", None, 1.0),
        ("tanh", None, 5 / 3),
        ("relu", None, math.sqrt(2)),
        ("leaky_relu", None, math.sqrt(2 / (1 + 0.01**2))),
        ("leaky_relu", 0.2, LEAKY),
        ("leaky_relu", math.sqrt(5), math.sqrt(1 / 3)),
        ("selu", None, 0.75),
    ],
)
def test_gains(nonlinearity: str, param: float | None, gain: float) -> None:
    assert init.calculate_gain(nonlinearity, param) == pytest.approx(gain, rel=1e-15)


def test_fans() -> None:
    assert init.fans(mg.zeros(3, 7)) == (7, 3)
    assert init.fans(mg.zeros(*SHAPE)) == (FAN_IN, FAN_OUT)


# ---- layers ---------------------------------------------------------------------------------------------------------
LAYERS: dict[str, tuple[Any, int]] = {
    "linear": (lambda: nn.Linear(300, 200), 300),
    "conv": (lambda: nn.Conv2d(12, 50, (3, 5)), 12 * 15),
    "grouped conv": (lambda: nn.Conv2d(12, 60, 3, groups=4), 3 * 9),
}


@pytest.mark.parametrize(("make", "fan_in"), LAYERS.values(), ids=LAYERS)
def test_layers_begin_between_plus_and_minus_one_over_the_root_of_fan_in(make: Any, fan_in: int) -> None:
    bound = 1 / math.sqrt(fan_in)
    layer = make()
    for t, tolerance in ((layer.weight, 0.03), (layer.bias, 0.25)):
        x = t.detach().numpy().astype("f8")
        assert np.abs(x).max() <= bound * (1 + 1e-6) and abs(x.std() / bound - 1 / math.sqrt(3)) < tolerance
        assert abs(x.mean()) < 4 * bound / math.sqrt(3 * x.size)
    before = layer.weight.tolist()
    layer.reset_parameters()
    assert layer.weight.tolist() != before


def test_a_seed_decides_the_weights() -> None:
    def weights(seed: int) -> list[Any]:
        mg.random.manual_seed(seed)
        return [p.tolist() for p in nn.Sequential(nn.Conv2d(1, 2, 3), nn.Linear(3, 2)).parameters()]

    assert weights(1) == weights(1) != weights(2)


# ---- misuse ---------------------------------------------------------------------------------------------------------
MISUSE: dict[str, tuple[Any, type[Exception], str]] = {
    "one dim": (
        lambda: init.kaiming_uniform_(mg.zeros(3)),
        ShapeError,
        "float32.3. has no fan: weights have the dims",
    ),
    "one dim, xavier": (lambda: init.xavier_normal_(mg.zeros(3)), ShapeError, "has no fan"),
    "mode": (
        lambda: init.kaiming_normal_(mg.zeros(3, 3), mode="fan"),
        ArgumentError,
        "kaiming_normal_: mode is 'fan'",
    ),
    "gain": (
        lambda: init.xavier_uniform_(mg.zeros(3, 3), -1.0),
        ArgumentError,
        "xavier_uniform_: gain is -1.0",
    ),
    "nan gain": (lambda: init.xavier_uniform_(mg.zeros(3, 3), math.nan), ArgumentError, "gain is nan"),
    "nonlinearity": (lambda: init.calculate_gain("relu7"), ArgumentError, "'relu7' is not one of linear"),
    "slope": (lambda: init.calculate_gain("leaky_relu", "a"), ArgumentError, "param is str"),  # type: ignore[arg-type]
    "order": (lambda: init.uniform_(mg.zeros(3), 1.0, 0.0), ArgumentError, "a is 1.0, which is above b, 0.0"),
    "infinite": (lambda: init.uniform_(mg.zeros(3), 0.0, math.inf), ArgumentError, "uniform_: b is inf"),
    "std": (lambda: init.normal_(mg.zeros(3), 0.0, -1.0), ArgumentError, "normal_: std is -1.0"),
    "integers": (
        lambda: init.normal_(mg.tensor([1, 2])),
        DTypeError,
        "normal_: int64.2. cannot hold random fractions",
    ),
    "read-only": (
        lambda: init.uniform_(mg.zeros(1).expand(3)),
        ArgumentError,
        "uniform_: this tensor is a read-only",
    ),
    "text": (lambda: init.constant_(mg.zeros(1), "a"), ArgumentError, "constant_: val is str"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("call", "error", "message"), MISUSE.values(), ids=MISUSE)
def test_misuse(call: Any, error: type[Exception], message: str) -> None:
    before = mg.random.get_state()
    with pytest.raises(error, match=message):
        call()
    assert mg.random.get_state() == before


def test_a_write_between_forward_and_backward_is_noticed() -> None:
    for fill in (init.ones_, init.normal_):
        w = nn.Parameter(mg.ones(2, 2))
        y = (w * w).sum()
        fill(w)
        with pytest.raises(GradientError, match="changed in place"):
            y.backward()
