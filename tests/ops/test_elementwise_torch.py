"""Elementwise ops and comparisons beside PyTorch's: values, first and second gradients, special values, dtypes."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from torch_parity import agree, torch

import minigrad as mg
from minigrad.dtypes import as_dtype

RNG = np.random.default_rng(7)
ANY, POSITIVE, UNIT = (RNG.uniform(low, high, (3, 4)) for low, high in ((-2.0, 2.0), (0.1, 3.0), (-0.9, 0.9)))
OTHER, BETWEEN = (RNG.uniform(low, high, (4,)) for low, high in ((0.5, 2.0), (0.1, 0.9)))
inf, nan = np.inf, np.nan
EDGES = np.array(
    [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, -2.5, 3.0, -7.0, 1e300, -1e300, 1e-300, inf, -inf, nan]
)


def check(call: Callable[..., Any], *xs: Any) -> None:
    """Hold both libraries to each other in float64, to second order."""
    agree(lambda *ts: call(mg, *ts), lambda *ts: call(torch, *ts), *xs, tolerance=1e-11)


# ---- functions of one tensor ----------------------------------------------------------------------------------------
UNARY = {
    **dict.fromkeys(
        ["abs", "neg", "square", "exp", "exp2", "expm1", "sin", "cos", "atan", "sinh", "cosh"], ANY
    ),
    **dict.fromkeys(["tanh", "sigmoid", "tan", "reciprocal", "sign", "floor", "ceil", "trunc", "round"], ANY),
    **dict.fromkeys(["log", "log2", "log10", "log1p", "sqrt", "rsqrt"], POSITIVE),
    **dict.fromkeys(["asin", "acos"], UNIT),
}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name: str) -> None:
    check(lambda lib, x: getattr(lib, name)(x), UNARY[name])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", UNARY)
def test_unary_at_edges(name: str, dtype: str) -> None:
    """Infinities, NaN, both zeros, the ends of domains: the same values, and zeros of the same sign."""
    with np.errstate(over="ignore"):
        x = EDGES.astype(dtype)
    ours, theirs = getattr(mg, name)(mg.tensor(x)).numpy(), getattr(torch, name)(torch.tensor(x)).numpy()
    assert ours.dtype == dtype
    close = {"float32": 1e-6, "float64": 1e-13}[dtype]
    far = np.abs(x) > 1e10  # where a period is below the spacing of numbers, libraries agree on little
    ours, theirs = (np.where(far & (name in ("sin", "cos", "tan")), 0, v) for v in (ours, theirs))
    np.testing.assert_allclose(ours, theirs, close)
    zero = ours == 0
    assert (np.signbit(ours) == np.signbit(theirs))[zero].all()


# Where PyTorch gives NaN from 0 / 0 or 0 * inf, minigrad keeps a gradient of 0: listed with the point.
KEPT_AT_ZERO = {"sqrt": [0.0, -1.0], "log": [0.0], "log2": [0.0], "log10": [0.0], "log1p": [-1.0]}
KEPT_AT_ZERO |= {"rsqrt": [0.0, -1.0], "asin": [1.0, 2.0], "acos": [-1.0, 2.0]}


@pytest.mark.parametrize("name", KEPT_AT_ZERO)
def test_a_gradient_of_zero_stays_zero(name: str) -> None:
    """So a branch that `where` did not take does no harm; any other gradient is what PyTorch says."""
    points = KEPT_AT_ZERO[name]
    x = mg.tensor(points, requires_grad=True, dtype=mg.float64)
    taken = mg.where(mg.tensor([False] * len(points)), getattr(mg, name)(x), x * 2.0)
    (gx,) = mg.autograd.grad(taken.sum(), x, create_graph=True)
    assert gx.tolist() == [2.0] * len(points)
    if name != "rsqrt":  # whose rule takes a root of its own
        assert mg.autograd.grad(gx.sum(), x)[0].tolist() == [0.0] * len(points)
    x_torch = torch.tensor(points, requires_grad=True, dtype=torch.float64)
    (expected,) = torch.autograd.grad(getattr(torch, name)(x_torch).sum(), x_torch)
    np.testing.assert_array_equal(
        mg.autograd.grad(getattr(mg, name)(x).sum(), x)[0].numpy(), expected.numpy()
    )


@pytest.mark.parametrize(
    ("decimals", "x"), [(2, [1.2345, -1.005, 2.675]), (-1, [15.0, 25.0, -36.0]), (1, [inf, nan])]
)
def test_round_to_decimals(decimals: int, x: list[float]) -> None:
    check(lambda lib, t: lib.round(t, decimals=decimals), np.array(x))


# ---- functions of two and three -------------------------------------------------------------------------------------
BINARY = ["add", "sub", "mul", "div", "remainder", "fmod", "maximum", "minimum"]


@pytest.mark.parametrize("name", BINARY)
def test_binary(name: str) -> None:
    check(lambda lib, a, b: getattr(lib, name)(a, b), ANY, OTHER)


@pytest.mark.parametrize("name", [*BINARY, "floor_divide", "trunc_divide"])
def test_binary_at_edges(name: str) -> None:
    a, b = (v.ravel() for v in np.meshgrid(EDGES, EDGES))
    if name in ("fmod", "remainder"):  # PyTorch says NaN where the quotient overflows, which it need not
        a, b = a[np.abs(b) != 1e-300], b[np.abs(b) != 1e-300]
    call = {"trunc_divide": lambda a, b: torch.div(a, b, rounding_mode="trunc")}.get(
        name, getattr(torch, name, None)
    )
    ours = getattr(mg.ops, name)(mg.tensor(a), mg.tensor(b)).numpy()
    theirs = call(torch.tensor(a), torch.tensor(b)).numpy()
    if name in ("floor_divide", "trunc_divide", "remainder"):  # a rounding more or less, at 1e300 / 7
        big = np.isfinite(theirs) & (np.abs(theirs) > 1e250)
        np.testing.assert_allclose(ours[big], theirs[big], 1e-12)
        ours, theirs = ours[~big], theirs[~big]
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_ties_share(name: str) -> None:
    check(
        lambda lib, a, b: getattr(lib, name)(a, b),
        np.array([1.0, 2.0, nan, 3.0]),
        np.array([1.0, 1.0, 2.0, nan]),
    )


@pytest.mark.parametrize("mode", ["floor", "trunc"])
def test_rounded_quotients(mode: str) -> None:
    check(lambda lib, a, b: lib.div(a, b, rounding_mode=mode), ANY, OTHER)
    for dtype in ("uint8", "int32"):
        a = np.array([7, 8, 9, 250] if dtype == "uint8" else [7, -7, 8, -8], dtype)
        b = np.array([2, 3, 9, 7] if dtype == "uint8" else [2, 2, -3, 8], dtype)
        ours = mg.div(mg.tensor(a), mg.tensor(b), rounding_mode=mode)
        theirs = torch.div(torch.tensor(a), torch.tensor(b), rounding_mode=mode)
        assert ours.dtype == dtype
        assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("name", ["remainder", "fmod", "floor_divide"])
def test_integers_are_divided_as_in_torch(name: str) -> None:
    a, b = np.meshgrid(np.arange(-7, 8), [-3, -1, 1, 2, 5])
    ours = getattr(mg, name)(mg.tensor(a), mg.tensor(b))
    assert ours.dtype == "int64"
    assert ours.tolist() == getattr(torch, name)(torch.tensor(a), torch.tensor(b)).tolist()


def test_where_and_lerp() -> None:
    check(lambda lib, a, b: lib.where(a > b, a, b * 2.0), ANY, OTHER)
    check(lambda lib, a, b: lib.where(lib.tensor(OTHER > 1.0), a, b), ANY, OTHER)
    check(lambda lib, a, b, w: lib.lerp(a, b, w), ANY, POSITIVE, BETWEEN)
    check(lambda lib, a, b: lib.lerp(a, b, 0.75), ANY, POSITIVE)


@pytest.mark.parametrize("bounds", [(-0.5, 1.0), (None, 0.5), (0.5, None), (1.0, -1.0), (0, 1)])
def test_clamp_between_numbers(bounds: tuple[Any, Any]) -> None:
    check(lambda lib, x: lib.clamp(x, *bounds), np.append(ANY.ravel(), [-0.5, 0.5, 1.0, 0.0, inf]))


def test_clamp_hands_nan_on() -> None:
    """The values of PyTorch; of gradients at NaN its vectorized and its scalar loops say different things."""
    x, low, high = (np.array(v) for v in ([nan, 0.5, 0.5, 2.0], [0.0, nan, 0.0, 0.0], [1.0, 1.0, nan, 1.0]))
    ours, theirs = (lib.clamp(*map(lib.tensor, (x, low, high))) for lib in (mg, torch))
    np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_clamp_between_tensors() -> None:
    x = np.array([0.5, -1.0, 3.0, 0.0, 1.0, 0.5, 2.0])
    low = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0])
    high = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0])
    check(lambda lib, x, a, b: lib.clamp(x, a, b), x, low, high)
    check(lambda lib, x, a: lib.clamp(x, min=a), x, low)
    check(lambda lib, x, b: lib.clamp(x, max=b), x, high)


# ---- powers ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, -2, 0.5, 2.5, -0.5, 2.0, True])
def test_powers_of_tensors(exponent: float) -> None:
    check(lambda lib, x: x**exponent, POSITIVE)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 4.0, 2.5])
def test_powers_at_zero(exponent: float) -> None:
    check(lambda lib, x: x**exponent, np.array([0.0, -2.0 if exponent % 1 == 0 else 2.0]))


@pytest.mark.parametrize("base", [2, 0.5, 1.0, 10])
def test_numbers_to_the_power_of_tensors(base: float) -> None:
    check(lambda lib, x: base**x, ANY)


def test_zero_to_the_power_of_tensors() -> None:
    for base in (0.0, -1.5):
        x = np.array([0.0, 1.0, 2.0, -1.0])
        ours, theirs = mg.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        (base**ours).sum().backward()
        (base**theirs).sum().backward()
        np.testing.assert_array_equal(ours.grad.numpy(), theirs.grad.numpy())


def test_tensors_to_the_power_of_tensors() -> None:
    check(lambda lib, a, b: lib.pow(a, b), POSITIVE, OTHER)


def test_tensors_to_the_power_of_tensors_at_edges() -> None:
    a = np.array([0.0, 0.0, 0.0, -2.0, 2.0, -2.0, 0.0])
    b = np.array([0.0, 1.0, 2.5, 0.0, 0.0, 0.5, -1.0])
    ours, theirs = (([lib.tensor(v, requires_grad=True) for v in (a, b)]) for lib in (mg, torch))
    y, y_torch = ours[0] ** ours[1], theirs[0] ** theirs[1]
    np.testing.assert_array_equal(y.detach().numpy(), y_torch.detach().numpy())
    y.sum().backward()
    y_torch.sum().backward()
    for t, t_torch in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(t.grad.numpy(), t_torch.grad.numpy(), 1e-14)


def test_the_mixed_derivative_of_a_power_at_exponent_zero() -> None:
    """d/db of b a^(b-1) at b = 0 is 1 / a, where PyTorch masks it to 0; at a = 0 all stays finite."""
    a, b = (mg.tensor(v, requires_grad=True, dtype=mg.float64) for v in ([4.0, 0.0], [0.0, 0.0]))
    (ga,) = mg.autograd.grad((a**b).sum(), a, create_graph=True)
    assert ga.tolist() == [0.0, 0.0]
    mixed = mg.autograd.grad(ga.sum(), [a, b])
    assert mixed[1].tolist()[0] == 0.25
    assert all(np.isfinite(m.numpy()).all() for m in mixed)


# ---- comparisons and logic ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name", ["eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_xor"]
)
def test_comparisons_at_edges(name: str) -> None:
    a, b = np.meshgrid(EDGES, EDGES)
    ours = getattr(mg, name)(mg.tensor(a), mg.tensor(b))
    assert ours.tolist() == getattr(torch, name)(torch.tensor(a), torch.tensor(b)).tolist()


@pytest.mark.parametrize("name", ["isnan", "isinf", "isfinite", "logical_not"])
def test_kinds_of_numbers(name: str) -> None:
    for x in (EDGES, np.arange(3), np.array([True, False])):
        assert getattr(mg, name)(mg.tensor(x)).tolist() == getattr(torch, name)(torch.tensor(x)).tolist()


@pytest.mark.parametrize("symbol", [operator.and_, operator.or_, operator.xor])
def test_bits(symbol: Callable[..., Any]) -> None:
    a, b = np.meshgrid([-3, 0, 5, 12], [1, 6, -8])
    assert symbol(mg.tensor(a), mg.tensor(b)).tolist() == symbol(torch.tensor(a), torch.tensor(b)).tolist()
    assert symbol(5, mg.tensor(b)).tolist() == symbol(5, torch.tensor(b)).tolist()
    assert symbol(mg.tensor(a) > 0, mg.tensor(b) > 0).tolist() == symbol(a > 0, b > 0).tolist()
    assert (~mg.tensor(a)).tolist() == (~a).tolist()


@pytest.mark.parametrize(
    "options", [{}, {"rtol": 0.1}, {"atol": 0.5}, {"equal_nan": True}, {"rtol": 0, "atol": 0}]
)
def test_isclose_and_allclose(options: dict[str, Any]) -> None:
    a, b = (v.ravel() for v in np.meshgrid(EDGES, [*EDGES, 1.0 + 1e-6, 3.2, 0.3]))
    ours, theirs = (lib.isclose(lib.tensor(a), lib.tensor(b), **options) for lib in (mg, torch))
    assert ours.tolist() == theirs.tolist()
    for k in range(len(a)):
        answers = [
            lib.allclose(lib.tensor(a[k : k + 1]), lib.tensor(b[k : k + 1]), **options) for lib in (mg, torch)
        ]
        assert answers[0] is answers[1]


def test_equal() -> None:
    pairs = [
        ([1.0], [1.0]),
        ([1.0], [2.0]),
        ([nan], [nan]),
        ([1.0], [1.0, 1.0]),
        ([1], [1.0]),
        ([[1.0]], [1.0]),
    ]
    for a, b in pairs:
        assert mg.equal(mg.tensor(a), mg.tensor(b)) is torch.equal(torch.tensor(a), torch.tensor(b))


# ---- operators, in place, promotion ---------------------------------------------------------------------------------
OPERATORS = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
]


@pytest.mark.parametrize("symbol", OPERATORS)
def test_operators_both_ways_and_in_place(symbol: Callable[..., Any]) -> None:
    np.testing.assert_allclose(
        symbol(mg.tensor(ANY), OTHER).numpy(), symbol(torch.tensor(ANY), torch.tensor(OTHER))
    )
    np.testing.assert_allclose(symbol(2.5, mg.tensor(OTHER)).numpy(), symbol(2.5, torch.tensor(OTHER)))
    np.testing.assert_allclose(symbol(mg.tensor(OTHER), 2).numpy(), symbol(torch.tensor(OTHER), 2))
    same, there = mg.tensor(OTHER), torch.tensor(OTHER)
    here = same
    here = getattr(operator, f"i{symbol.__name__}")(here, 2)
    assert here is same
    np.testing.assert_allclose(here.numpy(), getattr(operator, f"i{symbol.__name__}")(there, 2))


DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": lambda lib, a, b: lib.add(a, b) if lib is mg else a + b,
    "mul": lambda lib, a, b: lib.mul(a, b) if lib is mg else a * b,
    "div": lambda lib, a, b: lib.div(a, b) if lib is mg else a / b,
    "gt": lambda lib, a, b: lib.gt(a, b) if lib is mg else a > b,
    "where": lambda lib, a, b: lib.where(lib.tensor([True, False]), a, b),
}


def operands(lib: Any) -> dict[str, Any]:
    """One of each dtype, with and without a dim, and Python's numbers."""
    found: dict[str, Any] = {}
    for name, shape in itertools.product(DTYPES, ("", "0-d")):
        values = [True, False] if name == "bool" else [3, 5]
        dtype = as_dtype(name) if lib is mg else getattr(torch, name)
        found[f"{name} {shape}"] = lib.tensor(values[0] if shape else values, dtype=dtype)
    return {**found, "python bool": True, "python int": 2, "python float": 2.3}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_promotion(function: str) -> None:
    """Every dtype with every other, as tensors, 0-d tensors and numbers: the dtype and the values of PyTorch."""
    ours, theirs = operands(mg), operands(torch)
    for a, b in itertools.product(ours, ours):
        if "python" in a and "python" in b and function != "where":
            continue
        y, y_torch = (
            FUNCTIONS[function](lib, side[a], side[b]) for lib, side in ((mg, ours), (torch, theirs))
        )
        assert y.dtype.name == str(y_torch.dtype).removeprefix("torch."), (a, b)
        assert y.shape == tuple(y_torch.shape), (a, b)
        # beside a number PyTorch multiplies by the reciprocal in bfloat16, minigrad rounds it to float16 first
        half = {"float16": 2.0**-10, "bfloat16": 2.0**-7}.get(y.dtype.name, 1e-7)
        np.testing.assert_allclose(
            y.to(mg.float64).numpy(), y_torch.to(torch.float64).numpy(), half, err_msg=f"{a}, {b}"
        )
