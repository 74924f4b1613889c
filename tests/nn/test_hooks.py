"""Hooks of modules, against PyTorch's where it is installed."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.errors import ArgumentError, DTypeError, GradientError, IndexingError, ShapeError


class Two(nn.Module):
    """Two inputs, two outputs."""

    def forward(self, a: Any, b: Any, scale: float = 1.0) -> Any:
        return a * b * scale, a + b


def leaf(*values: float) -> mg.Tensor:
    return mg.tensor([*values], requires_grad=True)


# ---- forward --------------------------------------------------------------------------------------------------------
def test_forward_hooks_run_in_order_see_keywords_and_go() -> None:
    seen: list[Any] = []
    m = Two()
    handles = [
        m.register_forward_pre_hook(lambda m, args: seen.append(("second", len(args)))),
        m.register_forward_pre_hook(lambda m, args: seen.append(("first", len(args))), prepend=True),
        m.register_forward_pre_hook(lambda m, args, kw: (args, {"scale": kw["scale"] * 2}), with_kwargs=True),
        m.register_forward_hook(lambda m, args, kw, y: seen.append(kw), with_kwargs=True),
        m.register_forward_hook(lambda m, args, y: y[0]),
    ]
    assert m(mg.ones(1), mg.ones(1), scale=3.0).tolist() == [6.0]
    assert seen == [("first", 2), ("second", 2), {"scale": 6.0}]
    for handle in handles:
        handle.remove()
    assert len(m(mg.ones(1), mg.ones(1))) == 2 and len(seen) == 3


def double(module: Any, args: Any, y: Any) -> Any:
    return y * 2.0


def test_a_module_with_hooks_can_be_copied_and_pickled() -> None:
    m = nn.Tanh()
    m.register_forward_hook(double)
    m.register_full_backward_hook(double)
    for other in (copy.deepcopy(m), pickle.loads(pickle.dumps(m))):
        assert other(mg.ones(1)).tolist() == m(mg.ones(1)).tolist()


# ---- backward -------------------------------------------------------------------------------------------------------
def test_backward_hooks_see_and_change_gradients() -> None:
    seen: list[Any] = []
    m, a, b = Two(), leaf(2.0), leaf(5.0)
    m.register_full_backward_pre_hook(lambda m, gs: (gs[0] * 10.0, gs[1]))
    m.register_full_backward_hook(
        lambda m, gi, go: seen.append(([*map(mg.Tensor.tolist, gi)], [*map(mg.Tensor.tolist, go)]))
    )
    handle = m.register_full_backward_hook(lambda m, gi, go: (gi[0] + 1.0, gi[1]))
    x, y = m(a, b)
    (x + y * 3.0).sum().backward()
    assert seen == [([[53.0], [23.0]], [[10.0], [3.0]])]
    assert (a.grad.tolist(), b.grad.tolist()) == ([54.0], [23.0])
    handle.remove()
    a.grad = None
    m(a, b)[0].sum().backward()
    assert seen[1] == ([[50.0], [20.0]], [[10.0], [0.0]]) and a.grad.tolist() == [50.0]


def test_backward_hooks_with_inputs_that_have_no_gradient() -> None:
    seen: list[Any] = []
    m = nn.Linear(2, 1)
    m.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go[0].tolist())))
    m(mg.ones(1, 2)).sum().backward()
    assert seen == [((None,), [[1.0]])]
    two = Two()
    two.register_full_backward_hook(lambda m, gi, go: seen.append(gi))
    a = leaf(2.0)
    two(a, mg.ones(1))[0].sum().backward()
    assert seen[1][0].tolist() == [1.0] and seen[1][1] is None and a.grad.tolist() == [1.0]
    with mg.no_grad():
        two(a, a)
    assert len(seen) == 2


def test_backward_hooks_run_under_create_graph() -> None:
    m, x = nn.Tanh(), mg.tensor([0.3], dtype=mg.float64, requires_grad=True)
    m.register_full_backward_hook(lambda m, gi, go: (gi[0] * 3.0,))
    (g,) = mg.autograd.grad(m(x).sum(), x, create_graph=True)
    (h,) = mg.autograd.grad(g.sum(), x)
    t = np.tanh(0.3)
    assert g.item() == pytest.approx(3 * (1 - t * t)) and h.item() == pytest.approx(-6 * t * (1 - t * t))


def test_a_backward_hook_that_hands_on_nonsense() -> None:
    for wrong, error, message in (
        (
            lambda m, gi, go: (gi[0], gi[0]),
            GradientError,
            "Tanh: a backward hook returned 2 gradients, where 1",
        ),
        (
            lambda m, gi, go: mg.ones(3),
            ShapeError,
            r"Tanh: a backward hook returned float32\[3\] for gradient 0",
        ),
        (lambda m, gi, go: 2.0, ShapeError, "Tanh: a backward hook returned 2.0 for gradient 0"),
    ):
        m = nn.Tanh()
        m.register_full_backward_hook(wrong)
        with pytest.raises(error, match=message):
            m(leaf(1.0)).sum().backward()


def test_against_pytorch() -> None:
    torch = pytest.importorskip("torch")
    found = []
    for lib, module in ((mg, nn), (torch, torch.nn)):

        class Net(module.Module):  # type: ignore[misc, name-defined]
            def forward(self, a: Any, b: Any) -> Any:
                return a * b, (a * a).sum()

        seen: list[Any] = []
        net = Net()
        net.register_full_backward_pre_hook(lambda m, go: tuple(g * 2.0 for g in go))
        net.register_full_backward_hook(
            lambda m, gi, go, seen=seen: seen.extend(g.tolist() for g in (*gi, *go))
        )
        net.register_full_backward_hook(lambda m, gi, go: tuple(g + 1.0 for g in gi))
        a = lib.tensor([1.0, 2.0], requires_grad=True)
        b = lib.tensor([3.0, 4.0], requires_grad=True)
        x, y = net(a, b)
        (g,) = lib.autograd.grad(x.sum() * 5.0 + y, a, create_graph=True)
        (g * a).sum().backward()
        found.append((seen, g.tolist(), a.grad.tolist(), b.grad.tolist()))
    assert found[0] == found[1]


# ---- Sequential as a list, and what else modules are asked for ------------------------------------------------------
def test_sequential_as_a_list() -> None:
    a, b, c, d = nn.ReLU(), nn.Tanh(), nn.Sigmoid(), nn.Flatten()
    s = nn.Sequential(a, b)
    assert [*s.extend([c])] == [a, b, c] and [*s.insert(1, d)] == [a, d, b, c]
    assert s.pop(1) is d and s.pop() is c and [name for name, _ in s.named_children()] == ["0", "1"]
    s.extend([c, d])
    del s[1:3]
    assert [*s] == [a, d]
    del s[-1]
    assert [*s] == [a] and [*(s + nn.Sequential(b))] == [a, b]
    with pytest.raises(IndexingError, match="there is no module 5 among 1"):
        del s[5]
    with pytest.raises(DTypeError, match="insert: module is a"):
        s.insert(0, 3)  # type: ignore[arg-type]
    assert [*nn.Sequential(a, b, c)[1:].append(d)] == [b, c, d]


def test_get_buffer() -> None:
    m = nn.Sequential(nn.Linear(1, 1))
    m[0].register_buffer("mean", mg.zeros(1))
    assert m.get_buffer("0.mean") is m[0].mean
    with pytest.raises(ArgumentError, match="get_buffer: '0.var': Linear has the buffers mean"):
        m.get_buffer("0.var")


def test_an_optimizer_takes_named_parameters() -> None:
    m = nn.Linear(2, 1)
    optimizer = optim.SGD(m.named_parameters(), lr=0.1)
    assert [id(p) for p in optimizer.param_groups[0]["params"]] == [id(p) for p in m.parameters()]
