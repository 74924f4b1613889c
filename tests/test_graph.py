"""minigrad/graph.py: leaves, hooks after accumulation, hooks of several tensors, what becomes of saved tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.autograd import checkpoint, detect_anomaly, graph
from minigrad.errors import GradientError


def t(*values: float) -> mg.Tensor:
    return mg.tensor([*values], dtype=mg.float64, requires_grad=True)


# ---- leaves ---------------------------------------------------------------------------------------------------------
def test_detach_in_place() -> None:
    x = t(1.0, 2.0)
    y = x * 2.0
    assert y.grad_fn is not None and not y.is_leaf
    assert y.detach_() is y and y.is_leaf and y.grad_fn is None and not y.requires_grad
    assert mg.detach_(x * 3.0).is_leaf and mg.detach(x * 3.0).is_leaf
    with pytest.raises(GradientError, match="detach_: this tensor is a view of a leaf"):
        x[0].detach_()


def test_which_output_of_its_op() -> None:
    x = t(3.0, 1.0)
    values, places = x.sort()
    assert (x.output_nr, values.output_nr, places.output_nr) == (0, 0, 0)
    assert [part.output_nr for part in x.unbind()] == [0, 1]
    assert x.is_cpu and not x.is_cuda


def test_whether_the_gradient_is_kept() -> None:
    x = t(1.0)
    y = x * 2.0
    assert not x.retains_grad and not y.retains_grad
    y.retain_grad()
    x.retain_grad()
    assert y.retains_grad and not x.retains_grad
    y.sum().backward()
    assert y.grad.tolist() == [1.0]


# ---- after accumulation ---------------------------------------------------------------------------------------------
def test_a_hook_after_accumulation_sees_the_whole_gradient() -> None:
    w, seen = t(1.0, 2.0), []
    w.grad = mg.ones(2, dtype=mg.float64)
    w.register_hook(lambda g: g * 10.0)
    handle = w.register_post_accumulate_grad_hook(lambda leaf: seen.append((leaf is w, leaf.grad.tolist())))
    (w * w + w).sum().backward()
    assert seen == [(True, [31.0, 51.0])]
    handle.remove()
    w.sum().backward()
    assert len(seen) == 1 and w.grad.tolist() == [41.0, 61.0]


def test_a_hook_after_accumulation_is_not_called_by_grad() -> None:
    w, seen = t(1.0), []
    w.register_post_accumulate_grad_hook(seen.append)
    mg.autograd.grad((w * w).sum(), w)
    assert seen == [] and w.grad is None
    (w * w).sum().backward(create_graph=True)
    assert len(seen) == 1 and w.grad.requires_grad


def test_an_optimizer_step_in_backward() -> None:
    """Each parameter is updated as soon as its gradient is there, and gives it back."""
    mg.manual_seed(0)
    net, x = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)), mg.randn(5, 3)
    other = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    other.load_state_dict(net.state_dict())
    sgd = mg.optim.SGD(other.parameters(), lr=0.1)
    for p in net.parameters():
        one = mg.optim.SGD([p], lr=0.1)

        def step(leaf: mg.Tensor, one: Any = one) -> None:
            one.step()
            leaf.grad = None

        p.register_post_accumulate_grad_hook(step)
    for _ in range(3):
        (net(x) ** 2).mean().backward()
        sgd.zero_grad()
        (other(x) ** 2).mean().backward()
        sgd.step()
    for p, q in zip(net.parameters(), other.parameters(), strict=True):
        assert p.grad is None
        np.testing.assert_array_equal(p.detach().numpy(), q.detach().numpy())


def test_a_hook_after_accumulation_needs_a_leaf() -> None:
    for x, kind in ((t(1.0) * 2.0, "not a leaf"), (mg.ones(1), "a leaf that does not require grad")):
        with pytest.raises(GradientError, match=f"register_post_accumulate_grad_hook: this tensor is {kind}"):
            x.register_post_accumulate_grad_hook(print)


def test_hooks_of_several_tensors() -> None:
    a, b, c, seen = t(1.0), t(2.0), mg.ones(1), []
    every = graph.register_multi_grad_hook((a, b, c), seen.append)
    first = graph.register_multi_grad_hook((a, b), seen.append, mode="any")
    for _ in range(2):
        (a * b).sum().backward()
    kinds = [type(v) for v in seen]
    assert kinds.count(list) == 2 and kinds.count(mg.Tensor) == 2
    gs = next(v for v in seen if isinstance(v, list))
    assert [g if g is None else g.tolist() for g in gs] == [[2.0], [1.0], None]
    every.remove()
    first.remove()
    (a * b).sum().backward()
    assert len(seen) == 4


def test_hooks_of_several_tensors_refuse() -> None:
    with pytest.raises(GradientError, match="register_multi_grad_hook: none of the tensors requires grad"):
        graph.register_multi_grad_hook([mg.ones(1)], print)
    with pytest.raises(GradientError, match="register_multi_grad_hook: mode is 'some'"):
        graph.register_multi_grad_hook([t(1.0)], print, mode="some")


# ---- saved tensors --------------------------------------------------------------------------------------------------
def network(x: mg.Tensor) -> mg.Tensor:
    y = mg.cat([x.exp(), x * x, mg.sin(x)], 0)
    values, _ = y.sort()
    return (values * mg.softmax(y, 0)).sum()


@pytest.mark.parametrize("create_graph", [False, True])
def test_saved_tensors_go_through_the_hooks(create_graph: bool) -> None:
    packed, x, other = [], t(0.5, 1.0, 2.0), t(0.5, 1.0, 2.0)

    def pack(v: mg.Tensor) -> Any:
        assert isinstance(v, mg.Tensor) and not v.requires_grad
        packed.append(v)
        return v.dtype, v.shape, v.tolist()

    def unpack(found: Any) -> mg.Tensor:
        dtype, shape, values = found
        return mg.tensor(values, dtype=dtype).reshape(shape)

    with graph.saved_tensors_hooks(pack, unpack):
        y = network(x)
        inside = len(packed)
    network(x)
    assert inside and len(packed) == inside
    (g,) = mg.autograd.grad(y, x, create_graph=create_graph)
    (want,) = mg.autograd.grad(network(other), other, create_graph=create_graph)
    np.testing.assert_array_equal(g.detach().numpy(), want.detach().numpy())
    if create_graph:
        (g,), (want,) = mg.autograd.grad((g * g).sum(), x), mg.autograd.grad((want * want).sum(), other)
        np.testing.assert_allclose(g.numpy(), want.numpy(), 1e-12)


def test_the_innermost_hooks_have_it() -> None:
    x, seen = t(1.0, 2.0), []

    def hooks(name: str) -> graph.saved_tensors_hooks:
        return graph.saved_tensors_hooks(lambda v: seen.append(name) or v, lambda v: v)

    with hooks("outer"):
        a = x.exp()
        with hooks("inner"):
            b = x.exp()
        c = x.exp()
    assert seen == ["outer", "inner", "outer"]
    (a + b + c).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 3 * np.exp([1.0, 2.0]))


def test_hooks_beside_the_other_uses_of_the_record_mode() -> None:
    x, seen = t(1.0, 2.0), []
    hooks = graph.saved_tensors_hooks(lambda v: seen.append(1) or v, lambda v: v)
    with hooks, detect_anomaly():
        a = x.exp()
        with pytest.raises(GradientError, match=r"log .*made NaN or infinity"):
            mg.log(x - 1.0)
    with detect_anomaly(), hooks:
        b = x.exp()
    with hooks:
        c = checkpoint(mg.exp, x)
        with mg.no_grad():
            x.exp()
    d = checkpoint(lambda v: hooked(hooks, v), x)
    (a + b + c + d).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 4 * np.exp([1.0, 2.0]))
    with mg.no_grad(), hooks:
        before = len(seen)
        x.exp()
    assert len(seen) == before


def hooked(hooks: Any, x: mg.Tensor) -> mg.Tensor:
    with hooks:
        return x.exp()


def test_a_change_in_place_is_seen_through_the_hooks() -> None:
    x = t(1.0)
    with graph.saved_tensors_hooks(lambda v: v, lambda v: v):
        y = x.exp()
        z = y * 2.0
    with mg.no_grad():
        y.data[...] = 0.0
        mg.writes.changed(y.data)
    with pytest.raises(GradientError, match="exp"):
        z.sum().backward()


def test_what_unpack_returns_is_looked_at() -> None:
    for wrong in (1.0, mg.ones(3, dtype=mg.float64), mg.ones(1)):
        x = t(1.0)
        with graph.saved_tensors_hooks(lambda v: v, lambda v, wrong=wrong: wrong):
            y = x.exp()
        with pytest.raises(GradientError, match=r"unpack_hook returned .*, where float64\[1\] was packed"):
            y.sum().backward()


def test_pytorchs_forms_in_place_at_the_top() -> None:
    torch = pytest.importorskip("torch")
    both = [n for n in dir(torch) if n[-1] == "_" and n[0] != "_" and hasattr(mg.Tensor, n)]
    assert len(both) > 60
    assert [n for n in both if getattr(mg, n, None) is not getattr(mg.Tensor, n)] == []
    x = mg.tensor([4.0])
    assert mg.sqrt_(x) is x and x.item() == 2.0


# ---- backward to some -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("create_graph", [False, True])
def test_backward_to_some_inputs(create_graph: bool) -> None:
    a, b, seen = t(2.0), t(3.0), []
    a.register_post_accumulate_grad_hook(lambda leaf: seen.append(leaf.grad.item()))
    y = a * b
    for k in (1, 2):
        (y * y).sum().backward(inputs=a, create_graph=create_graph, retain_graph=True)
        assert a.grad.tolist() == [36.0 * k] and b.grad is None and a.grad.requires_grad is create_graph
    (y * y).sum().backward(inputs=[y, b])
    assert y.grad.tolist() == [12.0] and b.grad.tolist() == [24.0] and seen == [36.0, 72.0]


def test_backward_to_an_input_that_keeps_its_gradient_anyway() -> None:
    y = t(2.0) * 3.0
    y.retain_grad()
    (y * y).sum().backward(inputs=y)
    assert y.grad.tolist() == [12.0]


def test_backward_to_some_inputs_refuses() -> None:
    a = t(2.0)
    for inputs, match in (
        ([], "inputs is empty"),
        ([a, mg.ones(1)], r"inputs \[1\] are no tensors"),
        ([3], r"\[0\]"),
    ):
        with pytest.raises(GradientError, match=f"backward: .*{match}"):
            (a * 2.0).sum().backward(inputs=inputs)
