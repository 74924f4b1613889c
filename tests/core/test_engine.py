"""The engine's contract: DESIGN.md, one op, one place, points 1 to 11."""

from __future__ import annotations

import gc
import sys
import threading
import weakref

import numpy as np
import pytest

import minigrad as mg
from minigrad import ops
from minigrad.autograd import grad
from minigrad.core import Tensor
from minigrad.errors import DTypeError, GradientError, ShapeError

rng = np.random.default_rng(0)


def leaf(*shape: int, dtype: str = "float64") -> Tensor:
    """A random leaf that requires grad."""
    return Tensor(np.asarray(rng.standard_normal(shape), dtype), True)


def values(t: Tensor) -> np.ndarray:
    """The values, whatever the graph."""
    return np.asarray(t.detach().numpy())


# ---- defining an op -------------------------------------------------------------------------------------------------
def test_a_rule_that_asks_for_what_there_is_not_fails_at_definition() -> None:
    with pytest.raises(TypeError, match=r"double: a rule asks for \['z'\]; there is"):

        @mg.op(lambda g, z: g)
        def double(xp, x):
            return x + x


def test_a_wrong_number_of_rules_fails_at_definition() -> None:
    with pytest.raises(TypeError, match=r"plus: 1 rules for the inputs \['x', 'y'\]"):

        @mg.op(lambda g: g)
        def plus(xp, x, y):
            return x + y


def test_other_mistakes_in_a_definition_are_told_too() -> None:
    def same(xp, x):
        return x

    with pytest.raises(TypeError, match="same: rules and a joint rule; one of the two is wanted"):
        mg.op(lambda g: g, joint=lambda g: [g])(same)
    with pytest.raises(TypeError, match=r"same: promotes names \['y'\]; the inputs are \['x'\]"):
        mg.op(lambda g: g, promotes="x y")(same)
    with pytest.raises(TypeError, match=r"float64\[2\] is no function .* the decorator has parentheses, @op"):
        mg.op(same)(leaf(2))  # @op without parentheses


@pytest.mark.parametrize(
    ("answer", "what"), [(lambda g: [g], "1"), (lambda g: (g, g, g), "3"), (lambda g: g, "a ndarray")]
)
def test_a_joint_rule_answers_for_each_input(answer, what) -> None:
    @mg.op(joint=answer)
    def plus(xp, a, b):
        return a + b

    with pytest.raises(
        GradientError, match=f"plus: its joint rule answers with {what}, where .* each of 2 inputs"
    ):
        plus(1.0, leaf(3)).sum().backward()


def test_parameters_may_be_declared_by_a_type_or_its_name() -> None:
    for declared in (int, "int"):

        def power(xp, x, *, n=2):
            return x**n

        power.__annotations__["n"] = declared
        with pytest.raises(DTypeError, match=r"power: n is 2\.5, where an integer is wanted"):
            mg.op(None)(power)(leaf(2), n=2.5)


def test_inputs_go_by_keyword_and_parameters_by_position() -> None:
    x, y = leaf(3, 2), leaf(3, 2)
    np.testing.assert_array_equal(values(mg.ops.mul(x, b=y)), values(x) * values(y))
    assert mg.ops.sum(x, 1).shape == (3,)


def test_too_many_arguments_are_named() -> None:
    with pytest.raises(DTypeError, match="exp: too many positional arguments: 2, it takes 1"):
        mg.exp(leaf(2), 1)
    with pytest.raises(DTypeError, match="exp.*unexpected keyword argument 'power'"):
        mg.exp(leaf(2), power=2)


def test_parameters_declared_as_numbers_are_given_numbers() -> None:
    x, half = mg.tensor([-2.0, 4.0]), mg.tensor(0.5)
    for slope in (0.5, np.float32(0.5), half, np.array(0.5)):
        assert ops.leaky_relu(x, negative_slope=slope).tolist() == [-1.0, 4.0]
    for dim in (0, np.int64(0), mg.tensor(0)):
        assert ops.cumsum(x, dim=dim).tolist() == [-2.0, 2.0]
    with pytest.raises(DTypeError, match="leaky_relu: negative_slope is None, where a number is wanted"):
        ops.leaky_relu(x, None)
    with pytest.raises(
        DTypeError, match=r"leaky_relu: negative_slope is float32\[\], where a number is wanted"
    ):
        ops.leaky_relu(x, half.requires_grad_())  # its gradient would be lost
    for dim in (True, 0.0, mg.tensor([0]), None):
        with pytest.raises(DTypeError, match=r"cumsum: dim is .*, where an integer is wanted"):
            ops.cumsum(x, dim=dim)
    with pytest.raises(DTypeError, match="sum: keepdim is 1, where True or False is wanted"):
        ops.sum(x, keepdim=1)


def test_an_op_works_on_plain_arrays() -> None:
    x = np.ones(3)
    assert type(mg.ops.mul(x, x)) is np.ndarray


# ---- what is saved --------------------------------------------------------------------------------------------------
def test_only_what_the_needed_rules_name_is_saved() -> None:
    x, w = leaf(3), Tensor(np.ones(3))
    y = x * w
    assert len(y.node.saved) == 1
    assert y.node.saved[0] is w.data
    assert mg.exp(x).node.saved[0] is not x.data
    assert (x + w).node.saved == ()


def test_hidden_outputs_are_kept_and_not_returned() -> None:
    @mg.op(lambda g, _twice: g * _twice, outputs="y _twice")
    def square(xp, x):
        return x * x, 2 * x

    x = leaf(3)
    y = square(x)
    y.sum().backward()
    np.testing.assert_allclose(values(x.grad), 2 * values(x))
    with pytest.raises(
        GradientError, match="square: create_graph needs the derivative of its '_twice'.*composite"
    ):
        grad(square(x).sum(), x, create_graph=True)


def test_a_composite_takes_over_under_create_graph() -> None:
    @mg.op(lambda g, _twice: g * _twice, outputs="y _twice", composite=lambda x: x * x)
    def square(xp, x):
        return x * x, 2 * x

    x = leaf(3)
    (first,) = grad(square(x).sum(), x, create_graph=True)
    (second,) = grad((first * first).sum(), x)
    np.testing.assert_allclose(values(second), 8 * values(x))


def test_an_unused_output_has_a_zero_gradient() -> None:
    x = leaf(6)
    first, _, last = x.split(2)
    (first * last).sum().backward()
    np.testing.assert_array_equal(values(x.grad)[2:4], 0)
    np.testing.assert_array_equal(values(x.grad)[:2], values(x)[4:])


# ---- sums over broadcast axes, dtypes -------------------------------------------------------------------------------
def test_the_engine_sums_to_the_shape_of_an_input() -> None:
    x, b, c = leaf(2, 3), leaf(3), leaf(2, 1)
    (x * b + c).sum().backward()
    np.testing.assert_allclose(values(b.grad), values(x).sum(0))
    np.testing.assert_array_equal(values(c.grad), np.full((2, 1), 3.0))


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3)])
def test_a_gradient_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    @mg.op(lambda g: np.ones(shape))
    def wrong(xp, x):
        return x * 2

    with pytest.raises(GradientError, match=r"wrong: its rule gives .* for an input \(2, 2\)"):
        wrong(leaf(2, 2)).sum().backward()


def test_every_edge_has_the_dtype_of_its_tensor() -> None:
    x, w = leaf(3, dtype="float32"), leaf(3)
    gx, gw = grad((x * w * w).sum(), [x, w], create_graph=True)
    assert (gx.dtype, gw.dtype) == (np.float32, np.float64)
    (h,) = grad(gx.sum(), w)
    assert h.dtype == np.float64
    np.testing.assert_allclose(values(h), 2 * values(w), rtol=1e-6)


def test_integers_have_no_gradient() -> None:
    with pytest.raises(DTypeError, match="only floating tensors have gradients, this one is int64"):
        mg.tensor([1], requires_grad=True)
    with pytest.raises(DTypeError, match="only floating tensors"):
        mg.tensor([1]).requires_grad = True
    assert not (leaf(3) > 0.0).requires_grad


# ---- backward -------------------------------------------------------------------------------------------------------
def test_backward_adds_to_what_is_there() -> None:
    x = leaf(3)
    (x * 2.0).sum().backward()
    (x * 3.0).sum().backward()
    np.testing.assert_array_equal(values(x.grad), [5.0, 5.0, 5.0])


def test_a_second_backward_needs_retain_graph() -> None:
    x = leaf(3)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    np.testing.assert_allclose(values(x.grad), 4 * values(x))
    with pytest.raises(
        GradientError, match="an earlier one freed this graph; give that one retain_graph=True"
    ):
        y.backward()


def test_backward_from_what_is_no_single_number() -> None:
    x = leaf(2, 3)
    y = x * 2.0
    with pytest.raises(ShapeError, match=r"a tensor of shape \(2, 3\) needs a gradient of that shape"):
        y.backward()
    with pytest.raises(ShapeError, match=r"gradient has shape \(3,\), its tensor \(2, 3\)"):
        y.backward(mg.ones(3))
    y.backward(mg.ones(2, 3))
    assert x.grad.dtype == np.float64


def test_backward_from_what_needs_no_gradient() -> None:
    with pytest.raises(GradientError, match="this tensor needs no gradient"):
        mg.ones(1).backward()


def test_gradients_are_never_shared() -> None:
    x, y, g = leaf(3), leaf(3), mg.ones(3, dtype=mg.float64)
    (x + y).backward(g)
    x.grad.data *= 5
    np.testing.assert_array_equal(values(y.grad), 1.0)
    np.testing.assert_array_equal(values(g), 1.0)


def test_a_joint_rule_may_answer_with_one_array_twice() -> None:
    @mg.op(joint=lambda g: (twice := g * 2.0, twice))
    def twin(xp, a, b):
        return 2.0 * (a + b)

    x, y = leaf(3), leaf(3)
    (twin(x, y) + x).sum().backward()
    np.testing.assert_array_equal(values(x.grad), 3.0)
    np.testing.assert_array_equal(values(y.grad), 2.0)


def test_many_users_add_up() -> None:
    x = leaf(4)
    y = x * 1.0
    total = y
    for _ in range(50):
        total = total + y * 2.0
    total.sum().backward()
    np.testing.assert_allclose(values(x.grad), 101.0)


def test_grad_leaves_grad_alone_and_runs_only_what_leads_there() -> None:
    calls = []

    @mg.op(lambda g: calls.append(1) or g)
    def spy(xp, x):
        return x.copy()

    x = leaf(3)
    middle = spy(x)
    y = (middle * middle).sum()
    (g,) = grad(y, middle)
    np.testing.assert_allclose(values(g), 2 * values(middle))
    assert calls == []
    assert x.grad is None


def test_grad_of_an_unused_input() -> None:
    x, y = leaf(3), leaf(3)
    with pytest.raises(GradientError, match=r"do not depend on inputs \[1\]"):
        grad((x * 2.0).sum(), [x, y])
    assert grad((x * 2.0).sum(), [x, y], allow_unused=True)[1] is None


@pytest.mark.parametrize("length", [100_000])
def test_deep_graphs_need_no_recursion(length: int) -> None:
    x = leaf(1)
    y = x
    for _ in range(length):
        y = y + x
    y.backward()
    assert x.grad.item() == length + 1
    y = x
    for _ in range(length):
        y = y * x
    del y  # never differentiated: freed all the same


# ---- memory ---------------------------------------------------------------------------------------------------------
def test_nothing_survives_a_step_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        x, w = leaf(4, 3), leaf(3, 5)
        h = mg.exp(x @ w)
        a, b = (h * h).split([2, 3], 1)
        s = mg.softmax(a, 1)
        loss = (s.max(1)[0] * b.sum(1)).mean()
        refs = [weakref.ref(t) for t in (h, a, b, s, loss)]
        nodes = [loss.node.op.name, h.node.op.name]
        loss.backward()
        del h, a, b, s, loss
        assert [r() for r in refs] == [None] * 5
        assert gc.collect() == 0
        assert nodes == ["mean", "exp"]
    finally:
        gc.enable()


def test_a_tensor_goes_as_soon_as_its_user_lets_go() -> None:
    x = leaf(3)
    y = mg.exp(x)
    ref, z = weakref.ref(y), y * y
    del y
    assert ref() is None
    z.sum().backward()
    assert x.grad is not None


def test_a_graph_of_gradients_leaves_no_cycle() -> None:
    gc.collect()
    gc.disable()
    try:
        x = leaf(3)
        y = x * 2.0
        (g,) = grad((y * y).sum(), x, create_graph=True)
        (h,) = grad(g.sum(), x)
        arrays = [weakref.ref(t.data) for t in (y, g, h)]
        del y, g, h
        assert [r() for r in arrays] == [None] * 3 and gc.collect() == 0
    finally:
        gc.enable()


def test_an_error_is_not_its_own_cause() -> None:
    with pytest.raises(ShapeError) as caught:
        mg.ones(2, 3) @ mg.ones(2, 3)
    assert caught.value.__cause__ is None
    with pytest.raises(ShapeError) as caught:
        mg.ones(2) + mg.ones(3)
    assert isinstance(caught.value.__cause__, ValueError) and caught.value.__cause__ is not caught.value


def test_threads_may_go_backward_into_one_leaf() -> None:
    x = leaf(1)

    def work() -> None:
        for _ in range(200):
            (x * 1.0).sum().backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    finally:
        sys.setswitchinterval(before)
    assert x.grad.tolist() == [800.0]


# ---- hooks ----------------------------------------------------------------------------------------------------------
def test_hooks_see_the_whole_gradient_once_and_early() -> None:
    seen = []
    w1, w2, x = leaf(3), leaf(3), leaf(3)

    @mg.op(lambda g: seen.append("first layer") or g)
    def probe(xp, x):
        return x.copy()

    w1.register_hook(lambda g: seen.append("w1"))
    w2.register_hook(lambda g: seen.append("w2"))
    h = probe(x * w1)
    y = h * w2 + w2
    y.sum().backward()
    assert seen == ["w2", "first layer", "w1"]


def test_a_hook_may_replace_the_gradient_and_be_removed() -> None:
    x = leaf(3)
    h = x * 1.0
    handle = h.register_hook(lambda g: g * 0.0)
    h.sum().backward(retain_graph=True)
    np.testing.assert_array_equal(values(x.grad), 0.0)
    handle.remove()
    handle.remove()
    h.sum().backward()
    np.testing.assert_array_equal(values(x.grad), 1.0)


def test_a_hook_that_answers_with_another_shape_is_refused() -> None:
    x = leaf(3)
    x.register_hook(lambda g: g.sum())
    with pytest.raises(GradientError, match=r"hook returned float64\[\], where a tensor float64\[3\] was"):
        (x * 2.0).sum().backward()


def test_retain_grad_keeps_what_is_no_leaf() -> None:
    x = leaf(3)
    h = x * 2.0
    h.retain_grad()
    (h * h).sum().backward()
    np.testing.assert_allclose(values(h.grad), 2 * values(h))


# ---- modes ----------------------------------------------------------------------------------------------------------
def test_no_grad_and_its_kin() -> None:
    x = leaf(3)

    @mg.no_grad()
    def quiet() -> Tensor:
        with mg.enable_grad():
            assert (x * 2.0).requires_grad
        return x * 2.0

    assert not quiet().requires_grad
    with mg.inference_mode():
        assert not mg.is_grad_enabled()
    mg.set_grad_enabled(False)
    assert not (x * 2.0).requires_grad
    mg.set_grad_enabled(True)
    with mg.set_grad_enabled(False):
        assert not (x * 2.0).requires_grad
    assert (x * 2.0).requires_grad


def test_threads_have_their_own_mode() -> None:
    found = []
    x = leaf(1)
    with mg.no_grad():
        thread = threading.Thread(target=lambda: found.append((x * 2.0).requires_grad))
        thread.start()
        thread.join()
        assert not (x * 2.0).requires_grad
    assert found == [True]


def test_pytorchs_and_numpys_names_of_arguments() -> None:
    a, b = leaf(2, 3), leaf(2, 3)
    assert mg.mul(input=a, other=b).tolist() == (a * b).tolist() == a.mul(other=b).tolist()
    assert mg.exp(input=a).tolist() == mg.exp(a).tolist()
    assert mg.amax(a, axis=1, keepdims=True).tolist() == mg.amax(a, dim=1, keepdim=True).tolist()
    assert mg.softmax(input=a, dim=0).tolist() == mg.softmax(a, 0).tolist()
    with pytest.raises(DTypeError, match="mul"):
        mg.mul(a, input=b)
