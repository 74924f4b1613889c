"""Activations: Python's math element by element, kinks, far values, dtypes, derivatives, in place."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_samples.case import distinct, f

import minigrad as mg
from minigrad import functional as F
from minigrad.errors import GradientError
from minigrad.testing import gradcheck

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805
GELU_C = math.sqrt(2 / math.pi)


def sigmoid(v: float) -> float:
    return 1 / (1 + math.exp(-v)) if v > 0 else math.exp(v) / (1 + math.exp(v))


def softplus(v: float, beta: float = 1.0, threshold: float = 20.0) -> float:
    return v if v * beta > threshold else math.log1p(math.exp(v * beta)) / beta


def bell(v: float) -> float:
    return math.exp(-v * v / 2) / math.sqrt(2 * math.pi)


def gelu(v: float) -> float:
    return v * math.erfc(-v / math.sqrt(2)) / 2


def gelu_slope(v: float) -> float:
    return math.erfc(-v / math.sqrt(2)) / 2 + v * bell(v)


def gate(v: float) -> float:
    """(1 + tanh(u)) / 2, with the digits that it has far below 0."""
    return sigmoid(2 * GELU_C * (v + 0.044715 * v**3))


def gate_slope(v: float) -> float:
    s = gate(v)
    return s + v * s * gate(-v) * 2 * GELU_C * (1 + 3 * 0.044715 * v * v)


def mish_slope(v: float) -> float:
    t = math.tanh(softplus(v))
    return t + v * (1 - t * t) * sigmoid(v)


def elu(v: float, alpha: float = 1.0, scale: float = 1.0, by: float = 1.0) -> float:
    return scale * (v if v > 0 else alpha * math.expm1(v / by))


def elu_slope(v: float, alpha: float = 1.0, scale: float = 1.0, by: float = 1.0) -> float:
    return scale * (1.0 if v > 0 else alpha / by * math.exp(v / by))


Row = tuple[str, dict[str, Any], Callable[[float], float], Callable[[float], float]]
# a function, its arguments, its value, and its slope with PyTorch's convention at kinks
ROWS: list[Row] = [
    ("relu", {}, lambda v: max(v, 0.0), lambda v: float(v > 0)),
    ("relu6", {}, lambda v: min(max(v, 0.0), 6.0), lambda v: float(0 < v < 6)),
    ("hardtanh", {}, lambda v: min(max(v, -1.0), 1.0), lambda v: float(-1 < v < 1)),
    (
        "hardtanh",
        {"min_val": -0.5, "max_val": 3.0},
        lambda v: min(max(v, -0.5), 3.0),
        lambda v: float(-0.5 < v < 3),
    ),
    ("leaky_relu", {}, lambda v: v if v > 0 else 0.01 * v, lambda v: 1.0 if v > 0 else 0.01),
    (
        "leaky_relu",
        {"negative_slope": -0.5},
        lambda v: v if v > 0 else -0.5 * v,
        lambda v: 1.0 if v > 0 else -0.5,
    ),
    ("elu", {}, elu, elu_slope),
    ("elu", {"alpha": 1.7}, lambda v: elu(v, 1.7), lambda v: elu_slope(v, 1.7)),
    ("celu", {}, elu, elu_slope),
    ("celu", {"alpha": 0.3}, lambda v: elu(v, 0.3, by=0.3), lambda v: elu_slope(v, 0.3, by=0.3)),
    ("selu", {}, lambda v: elu(v, ALPHA, SCALE), lambda v: elu_slope(v, ALPHA, SCALE)),
    ("silu", {}, lambda v: v * sigmoid(v), lambda v: sigmoid(v) + v * sigmoid(v) * sigmoid(-v)),
    ("logsigmoid", {}, lambda v: min(v, 0.0) - math.log1p(math.exp(-abs(v))), lambda v: sigmoid(-v)),
    ("softplus", {}, softplus, lambda v: 1.0 if v > 20 else sigmoid(v)),
    (
        "softplus",
        {"beta": 2.5, "threshold": 4.0},
        lambda v: softplus(v, 2.5, 4.0),
        lambda v: 1.0 if v > 1.6 else sigmoid(2.5 * v),
    ),
    ("gelu", {}, gelu, gelu_slope),
    ("gelu", {"approximate": "tanh"}, lambda v: v * gate(v), gate_slope),
    ("mish", {}, lambda v: v * math.tanh(softplus(v)), mish_slope),
    ("softsign", {}, lambda v: v / (1 + abs(v)), lambda v: 1 / (1 + abs(v)) ** 2),
    ("tanhshrink", {}, lambda v: v - math.tanh(v), lambda v: math.tanh(v) ** 2),
    ("hardsigmoid", {}, lambda v: min(max(v + 3, 0.0), 6.0) / 6, lambda v: float(-3 < v < 3) / 6),
    (
        "hardswish",
        {},
        lambda v: v * min(max(v + 3, 0.0), 6.0) / 6,
        lambda v: 0.0 if v <= -3 else 1.0 if v >= 3 else v / 3 + 0.5,
    ),
    ("hardshrink", {}, lambda v: v if abs(v) > 0.5 else 0.0, lambda v: float(abs(v) > 0.5)),
    ("hardshrink", {"lambd": 0.0}, lambda v: v, lambda v: float(v != 0)),
    ("hardshrink", {"lambd": -1.0}, lambda v: v, lambda v: 1.0),
    ("softshrink", {}, lambda v: math.copysign(max(abs(v) - 0.5, 0.0), v), lambda v: float(abs(v) > 0.5)),
    ("softshrink", {"lambd": 0.0}, lambda v: v, lambda v: float(v != 0)),
    (
        "threshold",
        {"threshold": 0.25, "value": -7.5},
        lambda v: v if v > 0.25 else -7.5,
        lambda v: float(v > 0.25),
    ),
    ("rrelu", {}, lambda v: v if v > 0 else v * 11 / 48, lambda v: 1.0 if v > 0 else 11 / 48),
    (
        "rrelu",
        {"lower": 0.5, "upper": 0.5, "training": True},
        lambda v: v if v > 0 else v / 2,
        lambda v: 1.0 if v > 0 else 0.5,
    ),
]
IDS = [f"{name}{params or ''}" for name, params, _, _ in ROWS]
every = pytest.mark.parametrize(("name", "params", "value", "slope"), ROWS, ids=IDS)

ORDINARY = [-4.2, -2.0, -1.3, -0.7, -0.1, 1e-3, 0.3, 0.9, 1.6001, 2.2, 5.0]
KINKS = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0, 6.0, 0.25]
FAR = [
    -10.0,
    -20.0,
    -37.0,
    -50.0,
    -100.0,
    -300.0,
    -700.0,
    10.0,
    20.5,
    50.0,
    100.0,
    700.0,
    1e3,
    -1e3,
    1e6,
    -1e6,
]
LINES = ["relu", "relu6", "hardtanh", "leaky_relu", "hardsigmoid", "softshrink", "rrelu"]  # in pieces
LARGEST = {"float32": 3e38, "float64": 1e308, "float16": 65000.0, "bfloat16": 3e38}


def at(name: str, params: dict[str, Any], values: Any, dtype: Any = mg.float64) -> tuple[Any, Any]:
    """Values and slopes, as float64 arrays."""
    x = mg.tensor(values, dtype=dtype, requires_grad=True)
    y = getattr(F, name)(x, **params)
    (g,) = mg.autograd.grad(y.sum(), [x])
    assert y.dtype == g.dtype == x.dtype and y.shape == g.shape == x.shape
    return y.detach().numpy().astype(np.float64), g.numpy().astype(np.float64)


def guarded(function: Callable[[float], float], v: float) -> float:
    """The function, where Python's math overflows the next value that does not."""
    try:
        return function(v)
    except OverflowError:
        return function(math.copysign(400.0, v)) * (abs(v) / 400.0 if function(400.0) > 300.0 else 1.0)


@every
def test_values_and_slopes_are_the_formulas(name: str, params: Any, value: Any, slope: Any) -> None:
    xs = ORDINARY + KINKS
    y, g = at(name, params, xs)
    np.testing.assert_allclose(y, [value(v) for v in xs], rtol=2e-14, atol=1e-300)
    np.testing.assert_allclose(g, [slope(v) for v in xs], rtol=4e-14, atol=2e-16)


@every
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_far_from_zero_digits_stay(name: str, params: Any, value: Any, slope: Any, dtype: str) -> None:
    eps, tiny = float(mg.finfo(dtype).eps), float(mg.finfo(dtype).tiny)
    y, g = at(name, params, FAR, dtype)
    # an argument of exp that is rounded costs as many ulps as it is large: 0.044715 x^3 of gelu most
    far = 4000 if name == "gelu" else 1500
    small = (
        0.0 if name in ("elu", "celu", "selu") else eps
    )  # elu's own slope keeps its digits, others end at eps
    np.testing.assert_allclose(y, [guarded(value, v) for v in FAR], rtol=far * eps, atol=tiny)
    np.testing.assert_allclose(g, [guarded(slope, v) for v in FAR], rtol=far * eps, atol=tiny + small)


@every
@pytest.mark.parametrize("dtype", LARGEST)
def test_the_largest_numbers_give_no_nan(name: str, params: Any, value: Any, slope: Any, dtype: str) -> None:
    top = LARGEST[dtype]
    for big in (top, -top, top / 100, -top / 100, math.sqrt(top), -math.sqrt(top)):
        x = mg.tensor([big], dtype=dtype, requires_grad=True)
        y = getattr(F, name)(x, **params)
        (g,) = mg.autograd.grad(y.sum(), [x], create_graph=True)
        seen = [y, g]
        if g.requires_grad:
            seen += mg.autograd.grad(g.sum(), [x])
        for t in seen:
            assert math.isfinite(t.item()) or (abs(t.item()) == math.inf and name in ("selu", "rrelu")), (
                big,
                t,
            )
        assert g.item() == pytest.approx(guarded(slope, math.copysign(1e3, big)), rel=0.01, abs=2e-5)


# at -inf and inf: the limits of value and slope
LIMITS = {
    "relu": (0.0, math.inf, 0.0, 1.0),
    "relu6": (0.0, 6.0, 0.0, 0.0),
    "hardtanh": (-1.0, 1.0, 0.0, 0.0),
    "leaky_relu": (-math.inf, math.inf, 0.01, 1.0),
    "elu": (-1.0, math.inf, 0.0, 1.0),
    "celu": (-1.0, math.inf, 0.0, 1.0),
    "selu": (-ALPHA * SCALE, math.inf, 0.0, SCALE),
    "silu": (0.0, math.inf, 0.0, 1.0),
    "logsigmoid": (-math.inf, 0.0, 1.0, 0.0),
    "softplus": (0.0, math.inf, 0.0, 1.0),
    "gelu": (0.0, math.inf, 0.0, 1.0),
    "gelu tanh": (0.0, math.inf, 0.0, 1.0),
    "mish": (0.0, math.inf, 0.0, 1.0),
    "softsign": (-1.0, 1.0, 0.0, 0.0),
    "tanhshrink": (-math.inf, math.inf, 1.0, 1.0),
    "hardsigmoid": (0.0, 1.0, 0.0, 0.0),
    "hardswish": (0.0, math.inf, 0.0, 1.0),
    "hardshrink": (-math.inf, math.inf, 1.0, 1.0),
    "softshrink": (-math.inf, math.inf, 1.0, 1.0),
    "rrelu": (-math.inf, math.inf, 11 / 48, 1.0),
}


@pytest.mark.parametrize("dtype", LARGEST)
@pytest.mark.parametrize("case", LIMITS)
def test_at_infinity_value_and_slope_are_their_limits(case: str, dtype: str) -> None:
    name, _, form = case.partition(" ")
    y, g = at(name, {"approximate": form} if form else {}, [-math.inf, math.inf], dtype)
    rtol = float(mg.finfo(dtype).eps)
    np.testing.assert_allclose([*y, *g], LIMITS[case], rtol=rtol)


@every
def test_nan_stays_nan(name: str, params: Any, value: Any, slope: Any) -> None:
    x = mg.tensor([math.nan, 1.0])
    y = getattr(F, name)(x, **params).tolist()
    assert math.isnan(y[0]) and not math.isnan(y[1])


@pytest.mark.parametrize("name", "gelu hardswish mish silu softplus softsign tanhshrink logsigmoid".split())
def test_nan_has_the_slope_nan(name: str) -> None:
    _, g = at(name, {}, [math.nan, 1.0], "float32")
    assert math.isnan(g[0]) and not math.isnan(g[1])


@every
@pytest.mark.parametrize(("dtype", "ulps"), [("float16", 3), ("bfloat16", 3), ("float32", 8)])
def test_low_precision(name: str, params: Any, value: Any, slope: Any, dtype: str, ulps: int) -> None:
    x = mg.tensor(ORDINARY, dtype=dtype)
    xs = x.numpy().astype(np.float64)
    y, _ = at(name, params, xs, dtype)
    eps = float(mg.finfo(dtype).eps)
    # x - tanh(x) is what rounds, as in PyTorch: an absolute error
    atol = eps if name in ("tanhshrink", "softshrink") else 1e-7
    np.testing.assert_allclose(y, [value(v) for v in xs], rtol=ulps * eps, atol=atol)


@every
def test_derivatives_against_differences(name: str, params: Any, value: Any, slope: Any) -> None:
    x = mg.tensor(distinct(3, 3, seed=name) * 1.7, dtype=mg.float64, requires_grad=True)
    for order in (1, 2):
        assert gradcheck(lambda x: getattr(F, name)(x, **params), x, order=order)
    if name in LINES and params != {"lambd": 0.0}:
        kinks = mg.tensor([0.0, 0.5, -0.5, -1.0, 3.0, -3.0, 6.0], dtype=mg.float64, requires_grad=True)
        assert gradcheck(lambda x: getattr(F, name)(x, **params), kinks)


@every
def test_shapes_and_memory(name: str, params: Any, value: Any, slope: Any) -> None:
    for x in (f(), f(0, 3), f(2, 0), f(1), f(4, 3)[::2, ::-1], f(3, 4).T):
        y = getattr(F, name)(mg.tensor(x), **params).numpy()
        want = np.array([value(float(v)) for v in x.ravel()]).reshape(x.shape)
        np.testing.assert_allclose(y, want, rtol=1e-13)


# ---- in place -------------------------------------------------------------------------------------------------------
INPLACE = [row for row in ROWS if "inplace" in F.__dict__[row[0]].__wrapped__.__code__.co_varnames]
UNDERLINED = ["relu", "elu", "celu", "selu", "hardtanh", "leaky_relu", "rrelu", "threshold"]


def test_the_functions_with_inplace_are_pytorchs() -> None:
    assert {row[0] for row in INPLACE} == {*UNDERLINED, "relu6", "silu", "mish", "hardsigmoid", "hardswish"}


def forms(name: str, params: Any) -> list[Callable[[Any], Any]]:
    given = [lambda x: getattr(F, name)(x, **params, inplace=True)]
    return [*given, lambda x: getattr(F, name + "_")(x, **params)] if name in UNDERLINED else given


@pytest.mark.parametrize(
    ("name", "params", "value", "slope"), INPLACE, ids=[f"{row[0]}{row[1] or ''}" for row in INPLACE]
)
def test_in_place(name: str, params: Any, value: Any, slope: Any) -> None:
    a = distinct(9)
    for fn in forms(name, params):
        x = mg.tensor(a)
        memory, view = x.data, x[2:4]
        assert fn(x) is x and x.data is memory
        np.testing.assert_allclose(x.numpy(), [value(float(v)) for v in a], rtol=1e-13)
        np.testing.assert_array_equal(view.numpy(), x.numpy()[2:4])

        leaf = mg.tensor(a, requires_grad=True)
        moved = leaf * 1.0
        assert fn(moved) is moved
        (moved * moved).sum().backward()
        want = [2 * value(float(v)) * slope(float(v)) for v in a]
        np.testing.assert_allclose(leaf.grad.numpy(), want, rtol=1e-13, atol=1e-15)

        with pytest.raises(GradientError, match=rf"{name}_: a leaf that requires grad changes in place"):
            fn(leaf)
        assert leaf.tolist() == a.tolist()


def test_top_level_and_methods() -> None:
    x = mg.tensor([-2.0, 0.25, 3.0])
    half, one = mg.tensor([0.5]), mg.tensor(1.0)
    assert mg.prelu(x, half).tolist() == x.prelu(half).tolist() == [-1.0, 0.25, 3.0]
    assert x.prelu(one).tolist() == x.tolist() and x.prelu(weight=half).shape == (3,)
    assert mg.hardshrink(x).tolist() == x.hardshrink().tolist() == [-2.0, 0.0, 3.0]
    assert x.hardshrink(0.1).tolist() == x.hardshrink(lambd=0.1).tolist() == x.tolist()
    for name in (*UNDERLINED, "celu_", "selu_", "rrelu_", "threshold_", "relu_"):
        if hasattr(mg, name):
            assert getattr(mg, name) is getattr(F, name) or name.startswith("relu")
    assert mg.threshold(x, 0.5, 9.0).tolist() == [9.0, 9.0, 3.0]
    y = x * 1
    assert (
        mg.threshold_(y, 0.5, 9.0) is y and mg.sigmoid_(y) is y and y.tolist()[0] == pytest.approx(sigmoid(9))
    )
