"""Transformations of functions: against PyTorch's, against finite differences, nested, over containers and modules."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import func, nn
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError, StateError

Pair = namedtuple("Pair", "first second")


def t(*values: float, requires_grad: bool = False) -> mg.Tensor:
    return mg.tensor([*values], dtype=mg.float64, requires_grad=requires_grad)


def close(a: Any, b: Any) -> None:
    np.testing.assert_allclose(a.detach().numpy(), np.asarray(b, np.float64), rtol=1e-10, atol=1e-12)


def wave(x: Any) -> Any:
    return (mg.sin(x) * x * x).sum()


def slopes(fn: Any, x: np.ndarray, eps: float = 1e-6) -> np.ndarray:
    """Central differences of a function from an array to an array, a column for each element of x."""
    columns = []
    for k in range(x.size):
        step = np.zeros(x.size)
        step[k] = eps
        step = step.reshape(x.shape)
        up, down = (fn(mg.tensor(x + s)).numpy() for s in (step, -step))
        columns.append((up - down) / (2 * eps))
    return np.stack(columns, -1)


# ---- each alone -----------------------------------------------------------------------------------------------------
def test_grad_leaves_the_world_as_it_was() -> None:
    x = t(1.0, 2.0, requires_grad=True)
    with mg.no_grad():
        g = func.grad(wave)(x)
    close(g, np.cos([1.0, 2.0]) * [1.0, 4.0] + 2 * np.sin([1.0, 2.0]) * [1.0, 2.0])
    assert x.grad is None and not g.requires_grad and not func.grad(wave)(x.detach()).requires_grad


def test_grad_of_several_arguments_and_aux() -> None:
    def f(a: Any, b: Any, *, power: int) -> Any:
        return (a * b**power).sum(), {"product": a * b}

    a, b = t(1.0, 2.0), t(3.0, 4.0)
    (ga, gb), aux = func.grad(f, argnums=(0, 1), has_aux=True)(a, b, power=2)
    close(ga, [9.0, 16.0])
    close(gb, [6.0, 16.0])
    close(aux["product"], [3.0, 8.0])
    assert not aux["product"].requires_grad
    close(func.grad(f, argnums=-1, has_aux=True)(a, b, power=1)[0], [1.0, 2.0])
    (value, aux), g = func.value_and_grad(f, has_aux=True)(a, b, power=1)
    assert (value.item(), value.requires_grad, g.tolist()) == (11.0, False, [3.0, 4.0])


def test_an_argument_that_is_not_used_has_gradient_zero() -> None:
    ga, gb = func.grad(lambda a, b: a.sum(), argnums=(0, 1))(t(1.0, 2.0), t(3.0))
    assert (ga.tolist(), gb.tolist()) == ([1.0, 1.0], [0.0])
    assert func.grad(lambda a: t(2.0).sum())(t(1.0, 1.0)).tolist() == [0.0, 0.0]


def test_containers_of_every_kind() -> None:
    tree = {"a": (t(1.0), [t(2.0), None]), "b": Pair(t(3.0), "kept")}

    def f(tree: Any) -> Any:
        return (tree["a"][0] * tree["a"][1][0] * tree["b"].first).sum()

    g = func.grad(f)(tree)
    assert g["a"][0].tolist() == [6.0] and g["a"][1][0].tolist() == [3.0] and g["a"][1][1] is None
    assert isinstance(g["b"], Pair) and g["b"].first.tolist() == [2.0] and g["b"].second == "kept"


def test_vjp_pulls_again_and_again() -> None:
    x = t(1.0, 2.0, 3.0)
    y, pull, aux = func.vjp(lambda x: ({"y": x[:2] * x[2]}, x.sum()), x, has_aux=True)
    assert (y["y"].tolist(), aux.item(), y["y"].requires_grad) == ([3.0, 6.0], 6.0, False)
    assert pull({"y": t(1.0, 0.0)})[0].tolist() == [3.0, 0.0, 1.0]
    assert pull({"y": t(0.0, 1.0)})[0].tolist() == [0.0, 3.0, 2.0]
    _, pull = func.vjp(lambda a, b: a * b, t(2.0), t(5.0))
    assert [g.item() for g in pull(t(1.0))] == [5.0, 2.0]


def test_jvp_is_the_slope_along_the_tangent() -> None:
    x, v = np.array([0.3, -1.2, 2.0]), np.array([1.0, 0.5, -2.0])

    def f(x: Any) -> Any:
        return mg.softmax(x, 0) * mg.exp(x[0]), x.sum()

    y, dy, aux = func.jvp(f, (mg.tensor(x),), (mg.tensor(v),), has_aux=True)
    close(y, f(mg.tensor(x))[0].numpy())
    np.testing.assert_allclose(dy.numpy(), slopes(lambda x: f(x)[0], x) @ v, rtol=1e-8)
    assert aux.item() == pytest.approx(x.sum())


def test_jvp_where_nothing_or_not_all_changes() -> None:
    y, dy = func.jvp(lambda a, b: (a * 0 + 2.0, t(7.0), b), (t(1.0), t(5.0)), (t(1.0), t(3.0)))
    assert [d.tolist() for d in dy] == [[0.0], [0.0], [3.0]]
    assert [v.tolist() for v in y] == [[2.0], [7.0], [5.0]]


def test_jacobian_and_hessian_against_finite_differences() -> None:
    x = np.array([[0.5, -0.3], [1.1, 0.7]])

    def f(x: Any) -> Any:
        return mg.tanh(x @ x)

    jac = func.jacobian(f)(mg.tensor(x))
    assert jac.shape == (2, 2, 2, 2)
    np.testing.assert_allclose(jac.numpy().reshape(2, 2, 4), slopes(f, x), rtol=1e-8, atol=1e-9)
    hess = func.hessian(lambda x: f(x).sum())(mg.tensor(x))
    numeric = slopes(lambda x: func.grad(lambda x: f(x).sum())(x), x)
    np.testing.assert_allclose(hess.numpy().reshape(2, 2, 4), numeric, rtol=1e-7, atol=1e-8)
    v = np.array([[1.0, 2.0], [-1.0, 0.5]])
    value, (product,) = func.hvp(lambda x: f(x).sum(), (mg.tensor(x),), (mg.tensor(v),))
    assert value.item() == pytest.approx(f(mg.tensor(x)).sum().item())
    np.testing.assert_allclose(
        product.numpy(), (hess.numpy().reshape(4, 4) @ v.ravel()).reshape(2, 2), rtol=1e-10
    )


def test_jacobian_of_containers() -> None:
    jac, aux = func.jacobian(
        lambda p, x: ({"y": p["a"] * x, "z": p["b"].sum()}, x), argnums=(0, 1), has_aux=True
    )({"a": t(2.0, 3.0), "b": t(1.0)}, t(5.0, 7.0))
    assert jac["y"][0]["a"].tolist() == [[5.0, 0.0], [0.0, 7.0]] and jac["y"][0]["b"].tolist() == [
        [0.0],
        [0.0],
    ]
    assert jac["z"][0]["b"].tolist() == [1.0] and jac["y"][1].tolist() == [[2.0, 0.0], [0.0, 3.0]]
    assert aux.tolist() == [5.0, 7.0]
    assert func.jacobian(lambda x: x[:0])(t(1.0, 2.0)).shape == (0, 2)


# ---- together, and with what lies around them -----------------------------------------------------------------------
def test_nesting() -> None:
    x = mg.tensor(1.7, dtype=mg.float64)
    third = func.grad(func.grad(func.grad(lambda x: x**5)))(x)
    assert third.item() == pytest.approx(60 * 1.7**2) and not third.requires_grad
    mixed = func.grad(lambda x: func.jvp(lambda y: mg.sin(x * y), (x,), (mg.ones_like(x),))[1])(x)
    s, c = np.sin(1.7**2), np.cos(1.7**2)
    assert mixed.item() == pytest.approx(c - 2 * 1.7**2 * s)
    inner = func.grad(lambda x: x * func.grad(lambda y: x * y)(mg.tensor(3.0, dtype=mg.float64)))(x)
    assert inner.item() == pytest.approx(2 * 1.7)


def test_a_gradient_flows_to_what_the_function_closes_over() -> None:
    w = t(2.0, 3.0, requires_grad=True)
    g = func.grad(lambda x: (w * x * x).sum())(t(1.0, 5.0))
    assert g.requires_grad
    g.sum().backward()
    assert w.grad.tolist() == [2.0, 10.0]
    with mg.no_grad():
        assert not func.grad(lambda x: (w * x * x).sum())(t(1.0, 5.0)).requires_grad


def test_a_gradient_flows_to_the_arguments_from_outside() -> None:
    x = t(2.0, requires_grad=True)
    func.grad(lambda x: (x**3).sum())(x * 3.0).sum().backward()
    assert x.grad.tolist() == [6 * 6.0 * 3.0]


def test_tangents_and_gradients_may_require_grad() -> None:
    v = t(1.0, 1.0, requires_grad=True)
    func.jvp(lambda x: x * x, (t(3.0, 4.0),), (v,))[1].sum().backward()
    assert v.grad.tolist() == [6.0, 8.0]
    u = t(1.0, 1.0, requires_grad=True)
    func.vjp(lambda x: x * x, t(3.0, 4.0))[1](u)[0].sum().backward()
    assert u.grad.tolist() == [6.0, 8.0]


def test_through_convolution_and_cross_entropy() -> None:
    rng = np.random.default_rng(0)
    x, w = mg.tensor(rng.normal(size=(2, 1, 5, 5))), mg.tensor(rng.normal(size=(3, 1, 3, 3)))

    def loss(w: Any) -> Any:
        return mg.functional.cross_entropy(mg.functional.conv2d(x, w).mean((2, 3)), mg.tensor([0, 2]))

    v = mg.tensor(rng.normal(size=w.shape))
    _, (product,) = func.hvp(loss, (w,), (v,))
    eps = 1e-5
    up, down = (func.grad(loss)(w + v * s).numpy() for s in (eps, -eps))
    np.testing.assert_allclose(product.numpy(), (up - down) / (2 * eps), rtol=1e-6, atol=1e-9)


# ---- modules --------------------------------------------------------------------------------------------------------
class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(2, 2)
        self.b = nn.Linear(2, 2)
        self.b.weight = self.a.weight
        self.register_buffer("shift", mg.ones(2))

    def forward(self, x: Any, scale: float = 1.0) -> Any:
        return self.b(self.a(x)) * scale + self.shift


def test_a_module_with_other_parameters() -> None:
    mg.manual_seed(0)
    model, x = Tied(), mg.tensor([[1.0, 2.0]])
    before = dict(model.named_parameters())
    given = {"a.weight": mg.eye(2) * 2.0, "a.bias": mg.zeros(2), "b.bias": mg.zeros(2)}
    y = func.functional_call(model, (given, {"shift": mg.zeros(2)}), (x,), {"scale": 10.0})
    assert y.tolist() == [[40.0, 80.0]]
    assert all(p is before[name] for name, p in model.named_parameters()) and model.shift.tolist() == [
        1.0,
        1.0,
    ]


def test_the_gradient_of_a_module() -> None:
    mg.manual_seed(0)
    model, x = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)), mg.randn(5, 3)
    params = {name: p.detach() for name, p in model.named_parameters()}
    value, g = func.value_and_grad(lambda p: (func.functional_call(model, p, x) ** 2).mean())(params)
    loss = (model(x) ** 2).mean()
    loss.backward()
    assert value.item() == loss.item()
    for name, p in model.named_parameters():
        np.testing.assert_array_equal(g[name].numpy(), p.grad.numpy())


def test_a_module_comes_back_after_an_error() -> None:
    model = nn.Linear(2, 1)
    weight = model.weight
    with pytest.raises(ShapeError):
        func.functional_call(model, {"weight": mg.zeros(1, 2)}, mg.zeros(3, 5))
    assert model.weight is weight


# ---- misuse ---------------------------------------------------------------------------------------------------------
MISUSES: dict[str, Any] = {
    "not a number": (
        lambda: func.grad(lambda x: x)(t(1.0, 2.0)),
        ShapeError,
        r"grad: func returned .*2.*single number",
    ),
    "two results": (
        lambda: func.grad(lambda x: (x, x))(t(1.0)),
        ShapeError,
        "grad: func returned .*single number",
    ),
    "no tensor back": (
        lambda: func.grad(lambda x: 3.0)(t(1.0)),
        ArgumentError,
        "grad: func returned .*tensors are wanted",
    ),
    "an integer back": (
        lambda: func.grad(lambda x: x.sum().to(mg.int64))(t(1.0)),
        DTypeError,
        "grad: func returned .*int64",
    ),
    "integers": (
        lambda: func.jacobian(wave)(mg.tensor([1])),
        DTypeError,
        "jacobian: .*int64.* is not floating",
    ),
    "no tensor": (lambda: func.grad(lambda x: x)(1.0), ArgumentError, "hold no tensor"),
    "no such argument": (
        lambda: func.grad(wave, argnums=2)(t(1.0)),
        IndexingError,
        "argnums names argument 2, func was given 1",
    ),
    "no pair": (
        lambda: func.vjp(wave, t(1.0), has_aux=True),
        ArgumentError,
        "vjp: with has_aux, func returns a pair",
    ),
    "tangent of another shape": (
        lambda: func.jvp(wave, (t(1.0),), (t(1.0, 2.0),)),
        ShapeError,
        r"jvp: tangents .*\(2,\).*\(1,\)",
    ),
    "tangents in other containers": (
        lambda: func.jvp(wave, (t(1.0),), ([t(1.0)],)),
        ShapeError,
        "jvp: tangents is made of",
    ),
    "gradient of another shape": (
        lambda: func.vjp(mg.sin, t(1.0))[1](t(1.0, 1.0)),
        ShapeError,
        "vjp: the gradient has shape",
    ),
    "no such parameter": (
        lambda: func.functional_call(nn.Linear(1, 1), {"wieght": t(1.0)}, t(1.0)),
        StateError,
        "Linear has no 'wieght'",
    ),
    "parameter of another shape": (
        lambda: func.functional_call(nn.Linear(1, 1), {"weight": t(1.0)}, t(1.0)),
        ShapeError,
        r"weight is given as \(1,\)",
    ),
}


@pytest.mark.parametrize(("call", "error", "message"), MISUSES.values(), ids=MISUSES)
def test_misuse(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


# ---- PyTorch --------------------------------------------------------------------------------------------------------
@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")  # torch.func's own, at its import
def test_against_pytorch() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    a, b, v = rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), rng.normal(size=(3, 4))

    def f(lib: Any) -> Any:
        return lambda a, b: lib.tanh(a @ b).sum(1) ** 2

    mine = [mg.tensor(x) for x in (a, b)]
    theirs = [torch.tensor(x) for x in (a, b)]
    for k in (0, 1, (0, 1)):
        ours = mg.func.jacobian(f(mg), argnums=k)(*mine)
        wanted = torch.func.jacrev(f(torch), argnums=k)(*theirs)
        for x, y in zip(*((z if isinstance(k, tuple) else (z,)) for z in (ours, wanted)), strict=True):
            close(x, y.numpy())
    scalar = [lambda a, b, lib=lib: f(lib)(a, b).sum() for lib in (mg, torch)]
    close(mg.func.hessian(scalar[0])(*mine), torch.func.hessian(scalar[1])(*theirs).numpy())
    tangents = [v, np.zeros_like(b)]
    ours = mg.func.jvp(f(mg), mine, [mg.tensor(x) for x in tangents])
    wanted = torch.func.jvp(f(torch), tuple(theirs), tuple(torch.tensor(x) for x in tangents))
    for x, y in zip(ours, wanted, strict=True):
        close(x, y.numpy())
