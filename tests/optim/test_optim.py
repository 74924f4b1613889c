"""Optimizers: their equations written out, PyTorch's steps, state dicts, and what they refuse."""

from __future__ import annotations

import copy
import math
import pickle
import re
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.errors import ArgumentError, DTypeError, GradientError, ShapeError, StateError
from minigrad.optim import optimizer as module

SHAPES = [(4, 3), (5,), (), (2, 1, 3)]
STEPS = 50

SGD_OPTIONS: list[dict[str, Any]] = [
    {},
    {"lr": 0.05},
    {"lr": 0.05, "weight_decay": 0.1},
    {"lr": 0.05, "maximize": True, "weight_decay": 0.1},
    {"lr": 0.05, "momentum": 0.9},
    {"lr": 0.05, "momentum": 0.9, "dampening": 0.3},
    {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1},
    {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1, "dampening": 0.3, "maximize": True},
    {"lr": 0.05, "momentum": 0.9, "nesterov": True},
    {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "maximize": True},
    {"lr": 0.0, "momentum": 0.9},
]
ADAM_OPTIONS: list[dict[str, Any]] = [
    {},
    {"lr": 0.05},
    {"lr": 0.05, "betas": (0.5, 0.7)},
    {"lr": 0.05, "betas": (0.0, 0.9)},
    {"lr": 0.05, "eps": 0.1},
    {"lr": 0.05, "weight_decay": 0.1},
    {"lr": 0.05, "weight_decay": 0.0},
    {"lr": 0.05, "amsgrad": True},
    {"lr": 0.05, "maximize": True},
    {"lr": 0.05, "weight_decay": 0.1, "amsgrad": True, "maximize": True, "eps": 1e-3},
]
CASES = [("SGD", o) for o in SGD_OPTIONS] + [(name, o) for name in ("Adam", "AdamW") for o in ADAM_OPTIONS]
IDS = [f"{name} {' '.join(f'{k}={v}' for k, v in o.items())}" for name, o in CASES]


def starts() -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape) for shape in SHAPES]


def slopes(t: int) -> list[Any]:
    """A gradient per parameter; that of the second is missing now and then."""
    rng = np.random.default_rng(100 + t)
    gs: list[Any] = [rng.standard_normal(shape) * 3.0 ** rng.integers(-2, 3) for shape in SHAPES]
    return [None if k == 1 and t % 3 == 0 else g for k, g in enumerate(gs)]


def parameters() -> list[Any]:
    return [nn.Parameter(mg.tensor(x)) for x in starts()]


def feed(ps: list[Any], t: int) -> None:
    for p, g in zip(ps, slopes(t), strict=True):
        p.grad = None if g is None else mg.tensor(g)


def run(optimizer: Any, ps: list[Any], first: int, last: int) -> list[Any]:
    for t in range(first, last):
        feed(ps, t)
        optimizer.step()
    return [p.detach().numpy().copy() for p in ps]


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
            want = sgd(float(x), gs, options) if name == "SGD" else adam(float(x), gs, options, name == "AdamW")
            assert found[k].ravel()[i] == pytest.approx(want, rel=1e-11, abs=1e-11)


def test_defaults_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    for name in ("SGD", "Adam", "AdamW"):
        mine = getattr(optim, name)([nn.Parameter([1.0])]).param_groups[0]
        theirs = getattr(torch.optim, name)([torch.nn.Parameter(torch.ones(1))]).param_groups[0]
        assert {k: theirs[k] for k in mine if k != "params"} == {k: v for k, v in mine.items() if k != "params"}


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


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_the_state_of_pytorch_is_taken_over_and_given_back(name: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    theirs = [torch.nn.Parameter(torch.tensor(x)) for x in starts()]
    other = getattr(torch.optim, name)(theirs, **options)

    def step(t: int) -> None:
        for p, g in zip(theirs, slopes(t), strict=True):
            p.grad = None if g is None else torch.tensor(g)
        other.step()

    for t in range(7):
        step(t)
    ps = [nn.Parameter(mg.tensor(p.detach().numpy())) for p in theirs]
    mine = getattr(optim, name)(ps)  # the options come with the state
    mine.load_state_dict(other.state_dict())
    found = run(mine, ps, 7, 14)
    for t in range(7, 14):
        step(t)
    for x, q in zip(found, theirs, strict=True):
        np.testing.assert_allclose(x, q.detach().numpy(), rtol=1e-11, atol=1e-11)

    def as_torch(value: Any) -> Any:
        return torch.tensor(value.numpy()) if isinstance(value, mg.Tensor) else value

    saved = mine.state_dict()
    state = {k: {name: as_torch(v) for name, v in entry.items()} for k, entry in saved["state"].items()}
    other.load_state_dict({"state": state, "param_groups": saved["param_groups"]})
    step(14)
    for x, q in zip(run(mine, ps, 14, 15), theirs, strict=True):
        np.testing.assert_allclose(x, q.detach().numpy(), rtol=1e-11, atol=1e-11)


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


# ---- state dicts ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_a_loaded_state_goes_on_bit_for_bit(name: str, options: dict[str, Any]) -> None:
    ps, qs = parameters(), parameters()
    one = getattr(optim, name)([{"params": ps[:1], "lr": 0.01}, {"params": ps[1:]}], **options)
    run(one, ps, 0, 5)
    two = getattr(optim, name)([{"params": qs[:1]}, {"params": qs[1:]}])
    for p, q in zip(ps, qs, strict=True):
        q.data[...] = p.data
    two.load_state_dict(copy.deepcopy(one.state_dict()))
    assert two.param_groups[0]["lr"] == 0.01 and two.param_groups[0]["params"][0] is qs[0]
    for a, b in zip(run(one, ps, 5, 9), run(two, qs, 5, 9), strict=True):
        assert np.array_equal(a, b)


def test_the_layout_is_that_of_pytorch() -> None:
    ps = parameters()
    optimizer = optim.Adam([{"params": ps[:3]}, {"params": ps[3:], "lr": 0.5}])
    assert optimizer.state_dict()["state"] == {}
    run(optimizer, ps, 1, 2)
    saved = optimizer.state_dict()
    assert [group["params"] for group in saved["param_groups"]] == [[0, 1, 2], [3]]
    assert saved["param_groups"][1]["lr"] == 0.5 and sorted(saved["state"]) == [0, 1, 2, 3]
    assert list(saved["state"][0]) == ["step", "exp_avg", "exp_avg_sq"] and saved["state"][0]["step"] == 1
    assert saved["state"][3]["exp_avg"].shape == (2, 1, 3)


def test_a_loaded_state_is_a_copy() -> None:
    ps = parameters()
    optimizer = optim.Adam(ps)
    run(optimizer, ps, 1, 2)
    saved = optimizer.state_dict()
    held = saved["state"][0]["exp_avg"]
    optimizer.load_state_dict(saved)
    before = held.tolist()
    run(optimizer, ps, 2, 3)
    assert held.tolist() == before and saved["param_groups"][0]["params"] == [0, 1, 2, 3]


def test_an_optimizer_is_copied_and_pickled_with_its_parameters() -> None:
    ps = parameters()
    one = optim.AdamW(ps, lr=0.1)
    run(one, ps, 0, 3)
    copies = [copy.deepcopy((one, ps)), pickle.loads(pickle.dumps((one, ps)))]
    want = run(one, ps, 3, 5)
    for two, qs in copies:
        assert two.param_groups[0]["params"][0] is qs[0] is not ps[0]
        assert all(np.array_equal(a, b) for a, b in zip(want, run(two, qs, 3, 5), strict=True))


def broken(change: Any) -> Any:
    def load() -> None:
        ps = parameters()
        optimizer = optim.Adam(ps, lr=0.5)
        run(optimizer, ps, 1, 3)
        saved = copy.deepcopy(optimizer.state_dict())
        saved = change(saved) or saved
        before = copy.deepcopy(optimizer.state_dict())
        try:
            optimizer.load_state_dict(saved)
        finally:
            after = optimizer.state_dict()
            assert repr(after) == repr(before)

    return load


WRONG_STATE: dict[str, tuple[Any, str]] = {
    "no dict": (lambda s: [1], "it is not a dict of 'state' and 'param_groups'"),
    "no groups": (lambda s: {"state": {}}, "it is not a dict of 'state' and 'param_groups'"),
    "fewer parameters": (lambda s: s["param_groups"][0]["params"].__delitem__(0), r"have \[3\] parameters, those here \[4\]"),
    "more groups": (lambda s: s["param_groups"].append(s["param_groups"][0]), r"have \[4, 4\] parameters, those here \[4\]"),
    "a group's option": (lambda s: s["param_groups"][0].__delitem__("betas"), "group 0 lacks betas: it is of another optimizer"),
    "a bad option": (lambda s: s["param_groups"][0].update(lr=math.nan), "group 0: Adam: lr is nan"),
    "state lacking": (lambda s: s["state"][0].__delitem__("exp_avg"), r"parameter 0 has the state \['exp_avg_sq', 'step'\]"),
    "state unknown": (lambda s: s["state"][0].update(momentum_buffer=s["state"][0]["exp_avg"]), "parameter 0 has the state .*momentum_buffer"),
    "state for amsgrad": (lambda s: s["param_groups"][0].update(amsgrad=True), "'max_exp_avg_sq', 'step'. is wanted"),
    "misshapen": (lambda s: s["state"][1].update(exp_avg=mg.zeros(4)), r"parameter 1 float64\[5\] has exp_avg float32\[4\]"),
    "step": (lambda s: s["state"][1].update(step=mg.zeros(4)), r"parameter 1 float64\[5\] has step float32\[4\]"),
    "a stranger": (lambda s: s["state"].update({9: {"step": 1}}), r"state of the parameters \[9\], which are in no group"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), WRONG_STATE.values(), ids=WRONG_STATE)
def test_a_state_that_does_not_fit_changes_nothing(change: Any, message: str) -> None:
    with pytest.raises(StateError, match=f"^Adam.load_state_dict: .*{message}"):
        broken(change)()


def test_the_state_of_another_optimizer_is_refused() -> None:
    ps = parameters()
    with pytest.raises(StateError, match="^SGD.load_state_dict: nothing was loaded: group 0 lacks momentum, dampening, nesterov"):
        optim.SGD(ps, lr=0.1).load_state_dict(optim.Adam(ps).state_dict())


# ---- misuse ---------------------------------------------------------------------------------------------------------
W = nn.Parameter([1.0])
LEAF = mg.tensor([1.0], requires_grad=True)
MISUSE: dict[str, tuple[Any, type[Exception], str]] = {
    **{
        f"{name} {option}={value}": (
            lambda name=name, option=option, value=value: getattr(optim, name)([W], **{option: value}),
            ArgumentError,
            f"{name}: {re.escape(f'{option} is {value}')}, where a finite number of at least 0 is wanted",
        )
        for name, options in (("SGD", ("lr", "momentum", "dampening", "weight_decay")), ("AdamW", ("lr", "eps", "weight_decay")))
        for option in options
        for value in (math.nan, math.inf, -1.0, None, True)
    },
    "a text": (lambda: optim.SGD([W], "0.1"), ArgumentError, "SGD: lr is str"),
    "beta 1": (lambda: optim.Adam([W], betas=(1.0, 0.9)), ArgumentError, r"Adam: betas\[0\] is 1.0, where a number from 0 to below 1"),
    "beta 2": (lambda: optim.Adam([W], betas=(0.9, math.nan)), ArgumentError, r"betas\[1\] is nan"),
    "one beta": (lambda: optim.AdamW([W], betas=0.9), ArgumentError, "AdamW: betas is 0.9, where two numbers are wanted"),
    "nesterov": (lambda: optim.SGD([W], nesterov=True), ArgumentError, "nesterov wants a momentum above 0, it is 0.0"),
    "nesterov, dampening": (lambda: optim.SGD([W], 0.1, 0.9, 0.5, nesterov=True), ArgumentError, "and no dampening, it is 0.5"),
    "nothing": (lambda: optim.SGD([], 0.1), ArgumentError, "SGD: no parameters: an iterator such as model.parameters"),
    "an empty group": (lambda: optim.SGD([{"params": []}], 0.1), ArgumentError, "SGD: no parameters"),
    "a group without": (lambda: optim.SGD([{"lr": 0.1}], 0.1), ArgumentError, "SGD: a group is a dict with 'params'"),
    "a group among tensors": (lambda: optim.SGD([W, {"params": [LEAF]}], 0.1), DTypeError, "parameter 1 is a dict"),
    "one tensor": (lambda: optim.SGD(W, 0.1), DTypeError, "SGD: params is a Parameter, where a list of parameters is wanted"),
    "a set": (lambda: optim.SGD({W}, 0.1), DTypeError, "SGD: params is a set"),
    "a number": (lambda: optim.SGD(3, 0.1), DTypeError, "SGD: params is a int"),
    "numbers": (lambda: optim.SGD([1.0], 0.1), DTypeError, "SGD: parameter 0 is a float, where a Tensor is wanted"),
    "names": (lambda: optim.SGD([("w", W)], 0.1), DTypeError, "SGD: parameter 0 is a tuple"),
    "a result": (lambda: optim.SGD([W, LEAF * 2.0], 0.1), ArgumentError, r"parameter 1 float32\[1\] is the result of an op, and no leaf"),
    "integers": (lambda: optim.SGD([mg.tensor([1])], 0.1), ArgumentError, r"parameter 0 int64\[1\] is not floating"),
    "read-only": (lambda: optim.SGD([mg.zeros(1).expand(3)], 0.1), ArgumentError, "SGD: this tensor is a read-only view"),
    "twice": (lambda: optim.Adam([LEAF, W, LEAF]), ArgumentError, "Adam: parameter 2 .* is given twice, first as parameter 0"),
    "in two groups": (lambda: optim.Adam([{"params": [W]}, {"params": [LEAF, W]}]), ArgumentError, "parameter 1 .* first as another group"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), MISUSE.values(), ids=MISUSE)
def test_misuse(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_group_that_is_refused_is_not_added() -> None:
    optimizer = optim.SGD([W], 0.1)
    with pytest.raises(ArgumentError, match="lr is -1"):
        optimizer.add_param_group({"params": [LEAF], "lr": -1})
    assert len(optimizer.param_groups) == 1
    optimizer.add_param_group({"params": [LEAF]})


def test_a_step_that_is_refused_changes_nothing() -> None:
    a, b = nn.Parameter([1.0]), nn.Parameter([1.0, 2.0])
    optimizer = optim.SGD([a, b], lr=0.1)
    a.grad, b.grad = mg.tensor([1.0]), mg.tensor([1.0])  # broadcasting would do
    with pytest.raises(ShapeError, match=r"SGD: parameter 1 float32\[2\] has a gradient float32\[1\]"):
        optimizer.step()
    b.grad = None
    optimizer.param_groups[0]["lr"] = math.nan
    with pytest.raises(ArgumentError, match="SGD: lr is nan"):
        optimizer.step()
    assert a.item() == 1.0 and not optimizer.state
    with pytest.raises(NotImplementedError, match="Optimizer has no update"):
        o = optim.Optimizer([a], {})
        o.step()
