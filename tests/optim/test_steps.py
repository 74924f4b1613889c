"""Optimizers' steps: the papers' equations, PyTorch, dtypes and memory, groups and closures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from optim_cases import CASES, IDS, STEPS, parameters, run, slopes, starts

import minigrad as mg
from minigrad import nn, optim
from minigrad.errors import GradientError
from minigrad.optim import optimizer as module


# ---- the papers' equations ------------------------------------------------------------------------------------------
def sgd(p: float, gs: list[float], o: dict[str, Any]) -> float:
    """One number's way under gradient descent, in plain floats."""
    mu, b = o.get("momentum", 0.0), None
    for g in gs:
        d = (-g if o.get("maximize") else g) + o.get("weight_decay", 0.0) * p
        if mu:
            b = d if b is None else mu * b + (1 - o.get("dampening", 0.0)) * d
            d = d + mu * b if o.get("nesterov") else b
        p -= o.get("lr", 1e-3) * d
    return p


def adam(p: float, gs: list[float], o: dict[str, Any], decoupled: bool) -> float:
    """One number's way under Adam, in plain floats."""
    (b1, b2), m, v, top = o.get("betas", (0.9, 0.999)), 0.0, 0.0, 0.0
    lr, decay = o.get("lr", 1e-3), o.get("weight_decay", 0.01 if decoupled else 0.0)
    for t, g in enumerate(gs, 1):
        d = -g if o.get("maximize") else g
        if decoupled:
            p -= lr * decay * p
        else:
            d += decay * p
        m = b1 * m + (1 - b1) * d
        v = b2 * v + (1 - b2) * d * d
        top = max(top, v)
        v_hat = (top if o.get("amsgrad") else v) / (1 - b2**t)
        p -= lr * (m / (1 - b1**t)) / (math.sqrt(v_hat) + o.get("eps", 1e-8))
    return p


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_equations(name: str, options: dict[str, Any]) -> None:
    ps = parameters()
    found = run(getattr(optim, name)(ps, **options), ps, 0, STEPS)
    for k, start in enumerate(starts()):
        rows = [g[k].ravel() for t in range(STEPS) if (g := slopes(t))[k] is not None]
        for i, x in enumerate(start.ravel()):
            gs = [float(row[i]) for row in rows]
            want = (
                sgd(float(x), gs, options) if name == "SGD" else adam(float(x), gs, options, name == "AdamW")
            )
            assert found[k].ravel()[i] == pytest.approx(want, rel=1e-11, abs=1e-11)


def test_defaults_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    for name in ("SGD", "Adam", "AdamW"):
        mine = getattr(optim, name)([nn.Parameter([1.0])]).param_groups[0]
        theirs = getattr(torch.optim, name)([torch.nn.Parameter(torch.ones(1))]).param_groups[0]
        assert {k: theirs[k] for k in mine if k != "params"} == {
            k: v for k, v in mine.items() if k != "params"
        }


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_fifty_steps_of_pytorch(name: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    theirs = [torch.nn.Parameter(torch.tensor(x)) for x in starts()]
    other = getattr(torch.optim, name)(theirs, **options)
    ps = parameters()
    mine = getattr(optim, name)(ps, **options)
    for t in range(STEPS):
        run(mine, ps, t, t + 1)
        for p, g in zip(theirs, slopes(t), strict=True):
            p.grad = None if g is None else torch.tensor(g)
        other.step()
        for p, q in zip(ps, theirs, strict=True):
            np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-9, atol=1e-9)


# ---- memory, dtypes ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "options"), CASES[7:9] + CASES[-1:])
def test_large_parameters_go_in_pieces_with_the_same_result(
    name: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def after(piece: int) -> tuple[list[Any], Any]:
        monkeypatch.setattr(module, "PIECE", piece)
        ps = parameters()
        optimizer = getattr(optim, name)(ps, **options)
        return run(optimizer, ps, 0, 5), optimizer

    (whole, _), (cut, optimizer) = after(1000), after(4)
    assert all(np.array_equal(a, b) for a, b in zip(whole, cut, strict=True))
    assert max(a.size for a in optimizer._scratch.values()) <= 5  # (4, 3) went by rows


@pytest.mark.parametrize("dtype", [mg.float16, mg.float32])
@pytest.mark.parametrize(("name", "options"), CASES[9:10] + CASES[-1:])
def test_lower_precision(name: str, options: dict[str, Any], dtype: Any) -> None:
    options = options | {"maximize": False}
    ps, lows = parameters(), [nn.Parameter(mg.tensor(x).to(dtype)) for x in starts()]
    for p, low in zip(ps, lows, strict=True):
        with mg.no_grad():
            p[...] = low.detach().to(mg.float64)
    mine, other = (getattr(optim, name)(side, **options) for side in (ps, lows))
    for t in range(5):
        run(mine, ps, t, t + 1)
        for p, low in zip(ps, lows, strict=True):
            low.grad = None if p.grad is None else p.grad.to(dtype)
        other.step()
    assert all(low.dtype == dtype for low in lows)
    states = [v for entry in other.state.values() for v in entry.values() if isinstance(v, mg.Tensor)]
    assert states and all(v.dtype == mg.float32 for v in states)  # halves are trained in float32
    for p, low in zip(ps, lows, strict=True):
        tolerance = 5e-3 if dtype == mg.float16 else 1e-5
        np.testing.assert_allclose(low.detach().numpy(), p.detach().numpy(), rtol=tolerance, atol=tolerance)


def test_tiny_gradients_of_halves_count() -> None:
    p = nn.Parameter(mg.ones(1, dtype=mg.float16))
    optimizer = optim.Adam([p], lr=0.125)
    p.grad = mg.tensor([1e-6], dtype=mg.float16)  # its square is 0 in float16, eps too
    optimizer.step()
    assert p.item() == pytest.approx(0.875, abs=2e-3)


def test_bfloat16() -> None:
    pytest.importorskip("ml_dtypes")
    for name in ("SGD", "Adam"):
        p = nn.Parameter(mg.tensor([1.0, -1.0], dtype="bfloat16"))
        p.grad = mg.tensor([1.0, -1.0], dtype="bfloat16")
        getattr(optim, name)([p], lr=0.5).step()
        assert p.dtype.name == "bfloat16" and p.detach().to(mg.float32).tolist() == [0.5, -0.5]


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_the_dtype_may_change_between_steps(name: str) -> None:
    def after(change: Any) -> Any:
        p = nn.Parameter(mg.tensor([1.0, 2.0]))
        optimizer = getattr(optim, name)([p], lr=0.1, **({"momentum": 0.9} if name == "SGD" else {}))
        for t in range(4):
            if t == 2:
                change(p)
            p.grad = mg.tensor([1.0, -0.5]).to(p.dtype)
            optimizer.step()
        return p.detach().numpy()

    def widen(p: Any) -> None:
        p.data = p.data.astype("f8")

    np.testing.assert_allclose(after(widen), after(lambda p: None), rtol=1e-6)


def test_memory_in_any_order() -> None:
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    strided = np.arange(12.0).reshape(2, 6)[:, ::2]
    for start in (x, strided, x.T):
        for name in ("SGD", "Adam"):
            p, q = nn.Parameter(start), nn.Parameter(start.copy("C"))
            for t in (p, q):
                t.grad = mg.tensor(np.arange(6.0).reshape(start.shape) - 2)
                getattr(optim, name)([t], lr=0.1).step()
            assert p.data is start and p.tolist() == q.tolist()


def test_gradients_are_left_alone_and_forgotten_on_request() -> None:
    p, q = nn.Parameter([1.0]), nn.Parameter([1.0])
    for name, options in (("SGD", {"momentum": 0.9, "weight_decay": 0.1}), ("Adam", {"weight_decay": 0.1})):
        p.grad = mg.tensor([2.0])
        optimizer = getattr(optim, name)([p, q], lr=0.1, maximize=True, **options)
        optimizer.step()
        optimizer.step()
        assert p.grad.tolist() == [2.0] and q.tolist() == [1.0] and q not in optimizer.state
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.tolist() == [0.0] and q.grad is None
    optimizer.zero_grad()
    assert p.grad is None


def test_the_first_momentum_is_a_copy_of_the_gradient() -> None:
    p = nn.Parameter([1.0])
    p.grad = mg.tensor([2.0])
    optimizer = optim.SGD([p], lr=0.1, momentum=0.5)
    optimizer.step()
    p.grad.mul_(0.0)
    assert optimizer.state[p]["momentum_buffer"].tolist() == [2.0]


def test_a_step_between_forward_and_backward_is_noticed() -> None:
    w = nn.Parameter([1.0, 2.0])
    y = (w * w).sum()
    w.grad = mg.tensor([1.0, 1.0])
    optim.SGD([w], lr=0.1).step()
    with pytest.raises(GradientError, match="mul: a value saved for its gradient was changed in place"):
        y.backward()


def test_a_gradient_that_is_not_a_number_is_applied() -> None:
    for name in ("SGD", "Adam", "AdamW"):
        p = nn.Parameter([1.0, 1.0, 1.0])
        p.grad = mg.tensor([math.nan, 0.0, math.inf])
        getattr(optim, name)([p], lr=0.1).step()
        assert math.isnan(p.tolist()[0]) and math.isfinite(p.tolist()[1]) and not math.isfinite(p.tolist()[2])


# ---- groups, closures ----------------------------------------------------------------------------------------------
def test_groups_have_their_own_options() -> None:
    a, b, c = (nn.Parameter([1.0]) for _ in range(3))
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.25)
    optimizer.add_param_group({"params": iter([c]), "maximize": True})
    for p in (a, b, c):
        p.grad = mg.tensor([1.0])
    optimizer.step()
    assert [p.item() for p in (a, b, c)] == [0.75, 0.5, 1.25]
    optimizer.param_groups[0]["lr"] = 0.0
    optimizer.step()
    assert [p.item() for p in (a, b, c)] == [0.75, 0.0, 1.5]


def test_a_closure_is_run_with_gradients_and_its_loss_returned() -> None:
    w = nn.Parameter([3.0])
    optimizer = optim.SGD([w], lr=0.25)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with mg.no_grad():
        assert optimizer.step(closure).item() == 9.0
    assert w.item() == 1.5 and optimizer.step() is None


def test_repr_names_the_options() -> None:
    lines = repr(optim.SGD([nn.Parameter([1.0])], lr=0.1)).split("\n")
    assert lines[:3] == ["SGD (", "Parameter Group 0", "    dampening: 0.0"] and lines[-1] == ")"


def test_a_network_learns() -> None:
    mg.random.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    x = mg.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = mg.tensor([[0.0], [1.0], [1.0], [0.0]])
    for optimizer in (optim.SGD(net.parameters(), 0.1, 0.9), optim.Adam(net.parameters(), 0.02)):
        for layer in (net[0], net[2]):
            layer.reset_parameters()
        for _ in range(300):
            loss = nn.MSELoss()(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert loss.item() < 0.01
