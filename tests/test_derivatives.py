"""minigrad.autograd.functional beside torch.autograd.functional: values, containers, graphs, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import DTypeError, GradientError, ShapeError

torch = pytest.importorskip("torch")
A, B = np.array([0.5, 1.5]), np.array([2.0, 3.0, 4.0])


def pair(a: Any, b: Any) -> Any:
    """Two outputs of two inputs."""
    return a.sin() * b[0], b * b * a.sum()


def number(a: Any, b: Any) -> Any:
    return (a.sin() * b[1]).sum() * (b * b).sum()


def equal(mine: Any, theirs: Any) -> None:
    """The same containers with the same numbers."""
    assert isinstance(mine, tuple) == isinstance(theirs, tuple)
    if isinstance(mine, tuple):
        assert len(mine) == len(theirs)
        for x, y in zip(mine, theirs, strict=True):
            equal(x, y)
    else:
        assert tuple(mine.shape) == tuple(theirs.shape) and mine.requires_grad == theirs.requires_grad
        np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), 1e-12, 1e-14)


def both(call: Any, grad: bool = False) -> None:
    """`call(functional, tensors)` of both libraries."""
    found = []
    for lib in (mg, torch):
        xs = tuple(lib.tensor(v, requires_grad=grad) for v in (A, B))
        found.append(call(lib.autograd.functional, *xs))
    equal(*found)


@pytest.mark.parametrize("grad", [False, True])
@pytest.mark.parametrize("create_graph", [False, True])
def test_beside_pytorch(create_graph: bool, grad: bool) -> None:
    if create_graph and not grad:
        return  # PyTorch makes a graph for nobody there
    o = {"create_graph": create_graph}
    both(lambda f, a, b: f.jacobian(pair, (a, b), **o), grad)
    both(lambda f, a, b: f.jacobian(lambda a: a.sin() * 2.0, a, **o), grad)
    both(lambda f, a, b: f.hessian(number, (a, b), **o), grad)
    both(lambda f, a, b: f.hessian(lambda b: (b * b * b).sum(), b, **o), grad)
    both(lambda f, a, b: f.vjp(pair, (a, b), (a.detach(), b.detach()), **o), grad)
    both(lambda f, a, b: f.vjp(number, (a, b), **o), grad)
    both(lambda f, a, b: f.jvp(lambda a, b: a * b[1], (a, b), (a.detach(), b.detach()), **o), grad)
    both(lambda f, a, b: f.hvp(number, (a, b), (a.detach(), b.detach()), **o), grad)
    both(lambda f, a, b: f.vhp(lambda b: (b * b * b).sum(), b, b.detach(), **o), grad)


def test_the_graph_of_a_jacobian() -> None:
    x = mg.tensor([1.0, 2.0], dtype=mg.float64, requires_grad=True)
    j = mg.autograd.functional.jacobian(lambda x: x**3, x, create_graph=True)
    (g,) = mg.autograd.grad(j.sum(), x)
    assert g.tolist() == [6.0, 12.0] and x.grad is None


def test_strict_and_other_misuse() -> None:
    f, a, b = mg.autograd.functional, mg.tensor(A), mg.tensor(B)
    assert f.jacobian(lambda a, b: a * 2.0, (a, b))[1].tolist() == [[0.0] * 3] * 2
    for call in (f.jacobian, f.vjp, f.hvp, f.jvp, f.hessian):
        with pytest.raises(GradientError, match=rf"{call.__name__}: output 0 does not depend on input 1"):
            call(lambda a, b: a.sum(), (a, b), strict=True)
    with pytest.raises(ShapeError, match="vjp: v may be left out for a single number alone"):
        f.vjp(pair, (a, b))
    with pytest.raises(ShapeError, match="jvp: v may be left out"):
        f.jvp(number, (a, b))
    with pytest.raises(ShapeError, match="hessian: func returned .*single number"):
        f.hessian(lambda a: a, a)
    with pytest.raises(DTypeError, match="is not floating"):
        f.jacobian(lambda a: a, mg.tensor([1, 2]))


# ---- the rest of torch.func -----------------------------------------------------------------------------------------
def test_other_names_and_orders() -> None:
    x = mg.tensor(A)
    g, value = mg.func.grad_and_value(lambda x: (x * x).sum())(x)
    assert value.item() == 2.5 and g.tolist() == [1.0, 3.0]
    g, (value, aux) = mg.func.grad_and_value(lambda x: ((x * x).sum(), x + 1.0), has_aux=True)(x)
    assert value.item() == 2.5 and g.tolist() == [1.0, 3.0] and aux.tolist() == [1.5, 2.5]
    ours, theirs = (lib.func.jacrev(lambda x: x.sin() * x[0])(lib.tensor(A)).numpy() for lib in (mg, torch))
    np.testing.assert_allclose(ours, theirs, 1e-12)
    assert mg.func.jacfwd is mg.func.jacrev is mg.func.jacobian


def test_linearize() -> None:
    calls = []

    def f(a: Any, b: Any) -> Any:
        calls.append(1)
        return {"y": a.sin() * b[0], "z": b * a.sum()}

    a, b = mg.tensor(A), mg.tensor(B)
    out, push = mg.func.linearize(f, a, b)
    for k in range(1, 4):
        moved = a * float(k), b - float(k)
        want = mg.func.jvp(f, (a, b), moved)[1]
        got = push(*moved)
        assert len(calls) == 1 + k  # those of jvp, and the first
        for name in ("y", "z"):
            np.testing.assert_allclose(got[name].numpy(), want[name].numpy(), 1e-13)
    assert not out["y"].requires_grad
    with pytest.raises(ShapeError, match="linearize: tangents"):
        push(a, a)


def test_stack_module_state() -> None:
    nets = [mg.nn.Sequential(mg.nn.Linear(2, 3), mg.nn.BatchNorm1d(3)) for _ in range(4)]
    params, buffers = mg.func.stack_module_state(nets)
    assert params["0.weight"].shape == (4, 3, 2) and params["0.weight"].is_leaf
    assert all(p.requires_grad for p in params.values()) and not any(
        b.requires_grad for b in buffers.values()
    )
    np.testing.assert_array_equal(params["0.weight"][2].detach().numpy(), nets[2][0].weight.detach().numpy())
    assert set(buffers) == {name for name, _ in nets[0].named_buffers()}
    x = mg.ones(5, 2)
    one = {name: p[1] for name, p in params.items()}
    np.testing.assert_array_equal(
        mg.func.functional_call(nets[0].eval(), one, x).detach().numpy(), nets[1].eval()(x).detach().numpy()
    )
    with pytest.raises(mg.errors.ArgumentError, match="stack_module_state: there are no modules"):
        mg.func.stack_module_state([])
    with pytest.raises(mg.errors.StateError, match="stack_module_state: the modules are not of one kind"):
        mg.func.stack_module_state([mg.nn.Linear(2, 3), mg.nn.Linear(2, 3, bias=False)])
