"""gradcheck passes what is right, fails twenty rules that are wrong, and says where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import ops
from minigrad.core import Tensor
from minigrad.errors import ArgumentError, DTypeError, GradientError
from minigrad.testing import gradcheck, gradgradcheck

rng = np.random.default_rng(0)


def leaf(*shape: int, dtype: str = "float64") -> Tensor:
    """A random leaf, away from 0."""
    x = rng.uniform(0.3, 1.5, shape) * rng.choice([-1.0, 1.0], shape)
    return Tensor(np.asarray(x, dtype), True)


# ---- twenty wrong rules ---------------------------------------------------------------------------------------------
Wrong = tuple[Callable[..., Any], list[Tensor], int]
WRONG: dict[str, Wrong] = {}


def wrong(name: str, *inputs: Tensor, order: int = 1) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """List a function with a wrong rule, its inputs, and the order of derivative that is wrong."""

    def add(fn: Callable[..., Any]) -> Callable[..., Any]:
        WRONG[name] = fn, list(inputs), order
        return fn

    return add


@wrong("a wrong sign", leaf(3))
@mg.op(lambda g, x: g * ops.sin(x))
def cos(xp, x):
    return xp.cos(x)


@wrong("a factor off by 1 %", leaf(3))
@mg.op(lambda g, y: g * y * 1.01)
def exp(xp, x):
    return xp.exp(x)


@wrong("a factor off by a part in 100,000", leaf(3))
@mg.op(lambda g, y: g * y * 1.00001)
def exp_nearly(xp, x):
    return xp.exp(x)


@wrong("a transposed product", leaf(3, 3), leaf(3, 3))
@mg.op(lambda g, b: ops.matmul(g, b), lambda g, a: ops.matmul(ops.mT(a), g))
def matmul(xp, a, b):
    return xp.matmul(a, b)


@wrong("a missing sum over the broadcast axis", leaf(2, 3), leaf(3))
@mg.op(lambda g: g, lambda g: g[0])
def add(xp, a, b):
    return a + b


@wrong("a slope of 1 below the kink", leaf(6))
@mg.op(lambda g: g)
def relu(xp, x):
    return xp.maximum(x, 0)


@wrong("a forgotten inner derivative", leaf(3))
@mg.op(lambda g, x: g * ops.cos(x * 2.0))
def sin_of_double(xp, x):
    return xp.sin(2.0 * x)


@wrong("a branch that is cut off", leaf(3))
def cut(x):
    return x * x.detach()


@wrong("a sum over the wrong axis", leaf(3, 3))
@mg.op(lambda g: ops.expand(ops.unsqueeze(g, dim=0), shape=(3, 3)))
def row_sums(xp, x):
    return x.sum(1)


@wrong("a window moved by one", leaf(5))
@mg.op(lambda g: ops.roll(g, shifts=1))
def copied(xp, x):
    return x.copy()


@wrong("a pool that gives to all it saw", leaf(2, 4))
@mg.op(lambda g: ops.expand(ops.unsqueeze(g, dim=1), shape=(2, 4)))
def row_maximum(xp, x):
    return x.max(1)


@wrong("a forgotten 1 / N", leaf(4))
@mg.op(lambda g: ops.expand(g, shape=(4,)))
def mean(xp, x):
    return x.mean()


@wrong("exchanged inputs", leaf(3), leaf(3))
@mg.op(lambda g, a: g * a, lambda g, b: g * b)
def mul(xp, a, b):
    return a * b


@wrong("the output in the place of the input", leaf(3))
@mg.op(lambda g, y: g * 2.0 * y)
def square(xp, x):
    return x * x


@wrong("softmax by its diagonal alone", leaf(2, 3))
@mg.op(lambda g, y: g * y * (1.0 - y))
def softmax(xp, x):
    e = xp.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


@wrong("a second derivative alone", leaf(3), order=2)
@mg.op(lambda g, x: g * slope(x))
def cube(xp, x):
    return x**3


@mg.op(lambda g, x: g * 5.0 * x)
def slope(xp, x):
    return 3.0 * x * x


@wrong("a gradient rounded to float32", leaf(3))
@mg.op(lambda g, x: (g * ops.cos(x)).astype("float32").astype("float64"))
def sin_rounded(xp, x):
    return xp.sin(x)


@wrong("a gradient where there is none", leaf(3))
@mg.op(lambda g: g)
def rounded(xp, x):
    return xp.round(x)


@wrong("no gradient where there is one", leaf(3), leaf(3))
@mg.op(lambda g, b: g * b, None)
def mul_by_constant(xp, a, b):
    return a * b


@wrong("right for one element only", leaf(8))
@mg.op(lambda g, x: g * (ops.cos(x) * (np.arange(8) < 7)))
def sin_cut_short(xp, x):
    return xp.sin(x)


@wrong("right for positive numbers only", Tensor(np.array([-0.5, 1.0]), True))
@mg.op(lambda g, x: g * ops.abs(x) * 2.0)
def square_of_size(xp, x):
    return x * x


@wrong("the gradient of the last user alone", leaf(3))
@mg.op(joint=lambda g, x: (g * x,))
def twice_used(xp, x):
    return x * x


@pytest.mark.parametrize("fast", [False, True], ids=["every element", "projections"])
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_fails(name: str, fast: bool) -> None:
    fn, inputs, order = WRONG[name]
    for below in range(1, order):
        assert gradcheck(fn, inputs, order=below, fast_mode=fast)
    result = gradcheck(fn, inputs, order=order, fast_mode=fast, raise_exception=False)
    assert not result, f"{name}: {result}"
    with pytest.raises(GradientError, match="backward gives .* differences give"):
        gradcheck(fn, inputs, order=order, fast_mode=fast)


def test_twenty_of_them() -> None:
    assert len(WRONG) >= 20


# ---- what is right passes -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(
    ("fn", "shapes"),
    [
        (lambda x, w: mg.tanh(x @ w), [(2, 3), (3, 2)]),
        (lambda x, b: (x * b, mg.exp(x).sum(0)), [(2, 3), (3,)]),
        (lambda x: mg.softmax(x, 1), [(2, 3)]),
        (lambda x: x * 2.0, [(0, 3)]),
        (lambda x: x**3, [()]),
        (lambda x, y: x * x, [(2,), (3,)]),
    ],
)
def test_right_rules_pass(fn: Any, shapes: list[tuple[int, ...]], order: int, fast: bool) -> None:
    assert gradcheck(fn, [leaf(*s) for s in shapes], order=order, fast_mode=fast)


@pytest.mark.parametrize(("dtype", "fn"), [("float32", mg.tanh), ("float16", mg.tanh)])
def test_lower_precision_is_held_to_float64(dtype: str, fn: Any) -> None:
    assert gradcheck(fn, leaf(3, dtype=dtype))
    assert not gradcheck(fn, leaf(3, dtype=dtype), rtol=1e-9, atol=0.0, raise_exception=False)


def test_only_what_requires_grad_is_checked() -> None:
    x, w = leaf(2), Tensor(np.ones(2))
    assert gradcheck(lambda x, w, k: x * w * k, [x, w, 3.0]).checked == 4


def test_gradgradcheck_is_the_second_order() -> None:
    assert gradgradcheck(mg.sin, leaf(2)).checked == 4
    fn, inputs, _ = WRONG["a second derivative alone"]
    assert gradcheck(fn, inputs)
    assert not gradgradcheck(fn, inputs, raise_exception=False)


# ---- kinks ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fn", "x", "kinks"),
    [
        (mg.relu, [-1.0, 0.0, 2.0], 1),
        (mg.abs, [0.0, 0.0, 1.0], 2),
        (lambda x: x.max(0)[0], [1.0, 1.0, 0.0], 2),
        (lambda x: mg.maximum(x, 0.0), [0.0, 1.0], 1),
        (mg.sin, [0.0, 1.0], 0),
    ],
)
def test_kinks_pass_and_are_counted(fn: Any, x: list[float], kinks: int) -> None:
    result = gradcheck(fn, mg.tensor(x, dtype=mg.float64, requires_grad=True))
    assert result.kinks == kinks


def test_what_is_not_between_the_slopes_fails_at_a_kink_too() -> None:
    @mg.op(lambda g, x: g * ((x > 0.0) + (x == 0.0) * 1.5))
    def relu(xp, x):
        return xp.maximum(x, 0)

    x = mg.tensor([0.0], dtype=mg.float64, requires_grad=True)
    with pytest.raises(GradientError, match=r"gives 1\.5, .*slopes 0 and 1(\.0*)? on its sides"):
        gradcheck(relu, x)


# ---- what cannot be checked -----------------------------------------------------------------------------------------
def test_the_message_names_the_element() -> None:
    fn, _, _ = WRONG["right for one element only"]
    with pytest.raises(
        GradientError, match=r"input 0 at \(7,\), output 0 at \(7,\): backward gives 0, differences"
    ):
        gradcheck(fn, leaf(8))


def test_a_function_that_draws_anew_is_named() -> None:
    with pytest.raises(GradientError, match="differs between two calls; fix the key"):
        gradcheck(lambda x: x * mg.random.rand(3, dtype=mg.float64), leaf(3))


def test_a_function_that_changes_its_input_is_named() -> None:
    def scaled(x, w):
        with mg.no_grad():
            w *= 2.0
        return x * w

    with pytest.raises(GradientError, match="changes its input 1 in place"):
        gradcheck(scaled, [leaf(2), Tensor(np.ones(2))])


def test_values_that_are_not_finite_are_named() -> None:
    x = mg.tensor([0.0, 1.0], dtype=mg.float64, requires_grad=True)
    with pytest.raises(GradientError, match="output 0 holds inf"):
        gradcheck(lambda x: 1.0 / (x * x), x)


def test_bad_arguments() -> None:
    with pytest.raises(ArgumentError, match="none of the inputs"):
        gradcheck(mg.sin, Tensor(np.ones(2)))
    with pytest.raises(ArgumentError, match="order is 0"):
        gradcheck(mg.sin, leaf(2), order=0)
    with pytest.raises(ArgumentError, match="eps"):
        gradcheck(mg.sin, leaf(2), eps=float("nan"))
    with pytest.raises(DTypeError, match="returned a float"):
        gradcheck(lambda x: 1.0, leaf(2))
