"""What stands on the record hook: checkpoint and users' Functions."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.autograd import Function, checkpoint, detect_anomaly, grad, set_detect_anomaly
from minigrad.core import Tensor
from minigrad.errors import DTypeError, GradientError, ShapeError

rng = np.random.default_rng(0)


def leaf(*shape: int, dtype: str = "float64") -> Tensor:
    """A random leaf that requires grad."""
    return Tensor(np.asarray(rng.standard_normal(shape), dtype), True)


def values(t: Tensor) -> np.ndarray:
    """The values, whatever the graph."""
    return np.asarray(t.detach().numpy())


def test_checkpoint_keeps_nothing_nests_and_reaches_closures() -> None:
    w, x = leaf(4, 4), leaf(3, 4)

    def inner(h: Tensor) -> Tensor:
        return mg.sin(h @ w)

    kept = checkpoint(lambda h: checkpoint(inner, inner(h)) * h, x)
    assert callable(kept.node.saved)
    plain = inner(inner(x)) * x
    for g, h in zip(grad(kept.sum(), [w, x]), grad(plain.sum(), [w, x]), strict=True):
        np.testing.assert_array_equal(values(g), values(h))


def test_checkpoint_notices_another_second_run() -> None:
    x, calls = leaf(3), []

    def fickle(h: Tensor) -> Tensor:
        calls.append(1)
        return mg.sin(h) if len(calls) == 1 else mg.exp(h * 2.0)

    y = checkpoint(fickle, x).sum()
    with pytest.raises(
        GradientError, match=r"checkpoint: fn recorded \['sin'\], then, run again, \['mul', 'exp'\]"
    ):
        y.backward()


class Cube(Function):
    """k * x ** 3, with a second output that has no gradient."""

    @staticmethod
    def forward(ctx, x, k):
        ctx.save_for_backward(x)
        ctx.k = k
        return x * x * x * k, x > 0.0

    @staticmethod
    def backward(ctx, g, _):
        (x,) = ctx.saved_tensors
        return g * x * x * (3.0 * ctx.k), None


def test_a_users_function_to_the_third_order() -> None:
    x = leaf(4)
    y, positive = Cube.apply(x, 2.0)
    assert not positive.requires_grad
    for wanted in (6 * values(x) ** 2, 12 * values(x), np.full(4, 12.0)):
        (y,) = grad(y.sum(), x, create_graph=True)
        np.testing.assert_allclose(values(y), wanted)


def test_a_users_function_notices_changed_tensors() -> None:
    x = leaf(3)
    c = x * 1.0
    y, _ = Cube.apply(c, 2.0)
    with mg.no_grad():
        c += 1.0
    with pytest.raises(GradientError, match="Cube: a value saved"):
        y.sum().backward()


def test_a_function_with_the_wrong_number_of_gradients() -> None:
    class Half(Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, g):
            return g

    with pytest.raises(GradientError, match="Half: backward gave 1 gradients for 2 arguments"):
        Half.apply(leaf(2), leaf(2)).sum().backward()


def test_grad_is_set_to_what_it_can_be() -> None:
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    x.grad = mg.tensor([3.0, 4.0])
    x.sum().backward()
    assert x.grad.tolist() == [4.0, 5.0]
    for value, error in (
        (mg.ones(1), ShapeError),
        (mg.ones(2, dtype=mg.float64), DTypeError),
        (np.ones(2, np.float32), DTypeError),
    ):
        with pytest.raises(error, match=r"grad: .* is not a gradient of float32\[2\]"):
            x.grad = value
    assert x.grad.tolist() == [4.0, 5.0]
    x.grad = None
    assert x.grad is None


# ---- checkpoint and what changes between its runs -------------------------------------------------------------------
def test_checkpoint_draws_the_same_numbers_again() -> None:
    x = mg.ones(64, requires_grad=True)
    y = checkpoint(lambda x: mg.functional.dropout(x, 0.5), x)
    after = mg.random.get_state()
    y.sum().backward()
    assert x.grad.tolist() == y.tolist() and mg.random.get_state() == after


@pytest.mark.parametrize("which", ["argument", "parameter"])
def test_checkpoint_notices_a_write_between_its_runs(which: str) -> None:
    x, w = mg.ones(2, requires_grad=True), mg.ones(2, requires_grad=True)
    y = checkpoint(lambda x: mg.exp(x) + mg.exp(w), x)
    with mg.no_grad():
        (x if which == "argument" else w).add_(1.0)
    with pytest.raises(GradientError, match=r"checkpoint: .*changed in place at .*test_autograd.py:\d+"):
        y.sum().backward()


# ---- retain_grad ----------------------------------------------------------------------------------------------------
def test_retain_grad_adds_up_sees_all_hooks_and_follows_its_tensor() -> None:
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2.0
    y.retain_grad()
    y.retain_grad()  # once is enough
    y.register_hook(lambda g: g * 10.0)
    z = (y * y).sum()
    z.backward(retain_graph=True)
    assert y.grad.tolist() == [40.0, 80.0]
    z.backward()
    assert y.grad.tolist() == [80.0, 160.0]
    y = x * 2.0
    y.retain_grad()
    y.mul_(3.0)
    (y * y).sum().backward()
    assert y.grad.tolist() == [12.0, 24.0]
    with pytest.raises(GradientError, match="retain_grad: no gradient flows"):
        mg.ones(2).retain_grad()


# ---- Function and what it is not given ------------------------------------------------------------------------------
def function(forward: object, backward: object) -> type[Function]:
    return type("Twice", (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})


def test_function_refuses_what_would_lose_a_gradient() -> None:
    x = mg.ones(2, requires_grad=True)
    twice = function(lambda ctx, x: x * 2.0, lambda ctx, g: g * 2.0)
    with pytest.raises(GradientError, match="Twice.apply: give x by position"):
        twice.apply(x=x)
    for wrong, came in ((3.0, "3.0"), (np.ones(2, np.float32), r"float32\[2\]")):
        y = function(lambda ctx, x: x * 2.0, lambda ctx, g, wrong=wrong: wrong).apply(x)
        with pytest.raises(GradientError, match=f"Twice: backward gave {came} for argument 0"):
            y.sum().backward()
    with pytest.raises(DTypeError, match="Twice: forward returned list, where tensors are wanted"):
        function(lambda ctx, x: [x], None).apply(x)
    with pytest.raises(DTypeError, match="save_for_backward: 2 is no tensor"):
        function(lambda ctx, x: ctx.save_for_backward(2), None).apply(x)


def test_function_with_an_integer_output_and_with_none_saved() -> None:
    def forward(ctx: object, x: Tensor) -> Tensor:
        ctx.save_for_backward(x, None)  # type: ignore[attr-defined]
        return x * x

    def backward(ctx: object, g: Tensor) -> Tensor:
        x, nothing = ctx.saved_tensors  # type: ignore[attr-defined]
        assert nothing is None
        return g * x * 2.0

    x = mg.tensor([1.0, 3.0], requires_grad=True)
    function(forward, backward).apply(x).sum().backward()
    assert x.grad.tolist() == [2.0, 6.0]
    assert not function(lambda ctx, x: x.argmax(), None).apply(x).requires_grad


# ---- anomaly mode ---------------------------------------------------------------------------------------------------
LINE = r" \(at .*test_autograd.py:\d+\): "


def test_anomaly_mode_names_the_op_and_the_line_that_makes_a_nan_or_infinity() -> None:
    x = mg.tensor([0.0, 1.0], requires_grad=True)
    with detect_anomaly():
        with pytest.raises(GradientError, match=f"log{LINE}made NaN or infinity"):
            x.log()
        with pytest.raises(GradientError, match=f"div{LINE}made NaN or infinity"):
            x / (x - 1.0)
        mg.exp(x).sum().backward()
        masked = x.masked_fill(mg.tensor([True, False]), -float("inf"))  # infinity was put in, not made
        assert mg.softmax(masked, 0).tolist() == [0.0, 1.0]
        y = mg.sqrt(x).sum()
        with pytest.raises(GradientError, match=f"sqrt{LINE}backward made NaN or infinity from a gradient"):
            y.backward()
        z = mg.sqrt(x).sum()
        with pytest.raises(GradientError, match=f"sqrt{LINE}backward made"):
            grad(z, x, create_graph=True)
    assert x.log().tolist()[0] == -float("inf")


def test_anomaly_mode_on_and_off() -> None:
    x = mg.zeros(1, requires_grad=True)
    set_detect_anomaly(True)
    try:
        with pytest.raises(GradientError, match="log"):
            x.log()
        with set_detect_anomaly(False):
            x.log()
        with mg.no_grad():
            x.log()
        with pytest.raises(GradientError, match="log"):
            checkpoint(lambda x: x.log(), x)
        nan = function(lambda ctx, x: x / 0.0, None)
        with pytest.raises(GradientError, match=f"Twice{LINE}made"):
            nan.apply(mg.ones(1, requires_grad=True))
    finally:
        set_detect_anomaly(False)
    x.log()
