"""Optimizers' state dicts: to go on from, in PyTorch's layout, and refused where they do not fit."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from optim_cases import CASES, IDS, parameters, run, slopes, starts

import minigrad as mg
from minigrad import nn, optim
from minigrad.errors import StateError


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


WRONG_STATE: dict[str, tuple[Any, str]] = {
    "no dict": (lambda s: [1], "it is not a dict of 'state' and 'param_groups'"),
    "no groups": (lambda s: {"state": {}}, "it is not a dict of 'state' and 'param_groups'"),
    "fewer parameters": (
        lambda s: s["param_groups"][0]["params"].__delitem__(0),
        r"have \[3\] parameters, those here \[4\]",
    ),
    "more groups": (
        lambda s: s["param_groups"].append(s["param_groups"][0]),
        r"have \[4, 4\] parameters, those here \[4\]",
    ),
    "a group's option": (
        lambda s: s["param_groups"][0].__delitem__("betas"),
        "group 0 lacks betas: it is of another optimizer",
    ),
    "a bad option": (lambda s: s["param_groups"][0].update(lr=math.nan), "group 0: Adam: lr is nan"),
    "state lacking": (
        lambda s: s["state"][0].__delitem__("exp_avg"),
        r"parameter 0 has the state \['exp_avg_sq', 'step'\]",
    ),
    "state unknown": (
        lambda s: s["state"][0].update(momentum_buffer=s["state"][0]["exp_avg"]),
        "parameter 0 has the state .*momentum_buffer",
    ),
    "state for amsgrad": (
        lambda s: s["param_groups"][0].update(amsgrad=True),
        "'max_exp_avg_sq', 'step'. is wanted",
    ),
    "misshapen": (
        lambda s: s["state"][1].update(exp_avg=mg.zeros(4)),
        r"parameter 1 float64\[5\] has exp_avg float32\[4\]",
    ),
    "step": (
        lambda s: s["state"][1].update(step=mg.zeros(4)),
        r"parameter 1 float64\[5\] has step float32\[4\]",
    ),
    "steps that are not a number": (
        lambda s: s["state"][1].update(step=math.nan),
        "group 0: parameter 1 has step nan",
    ),
    "a stranger": (
        lambda s: s["state"].update({9: {"step": 1}}),
        r"state of the parameters \[9\], which are in no group",
    ),
}


@pytest.mark.parametrize(("change", "message"), WRONG_STATE.values(), ids=WRONG_STATE)
def test_a_state_that_does_not_fit_changes_nothing(change: Any, message: str) -> None:
    ps = parameters()
    optimizer = optim.Adam(ps, lr=0.5)
    run(optimizer, ps, 1, 3)
    saved = copy.deepcopy(optimizer.state_dict())
    saved = change(saved) or saved
    before = repr(optimizer.state_dict())
    with pytest.raises(StateError, match=f"^Adam.load_state_dict: .*{message}"):
        optimizer.load_state_dict(saved)
    assert repr(optimizer.state_dict()) == before


def test_the_state_of_another_optimizer_is_refused() -> None:
    ps = parameters()
    with pytest.raises(
        StateError,
        match="^SGD.load_state_dict: nothing was loaded: group 0 lacks momentum, dampening, nesterov",
    ):
        optim.SGD(ps, lr=0.1).load_state_dict(optim.Adam(ps).state_dict())
