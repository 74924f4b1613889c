"""Optimizers refuse parameters and options that cannot be, and then change nothing."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.errors import ArgumentError, DTypeError

W = nn.Parameter([1.0])
LEAF = mg.tensor([1.0], requires_grad=True)
MISUSE: dict[str, tuple[Any, type[Exception], str]] = {
    **{
        f"{name} {option}={value}": (
            lambda name=name, option=option, value=value: getattr(optim, name)([W], **{option: value}),
            ArgumentError,
            f"{name}: {re.escape(f'{option} is {value}')}, where a finite number of at least 0 is wanted",
        )
        for name, options in (
            ("SGD", ("lr", "momentum", "dampening", "weight_decay")),
            ("AdamW", ("lr", "eps", "weight_decay")),
        )
        for option in options
        for value in (math.nan, math.inf, -1.0, None, True)
    },
    "a text": (lambda: optim.SGD([W], "0.1"), ArgumentError, "SGD: lr is str"),
    "beta 1": (
        lambda: optim.Adam([W], betas=(1.0, 0.9)),
        ArgumentError,
        r"Adam: betas\[0\] is 1.0, where a number from 0 to below 1",
    ),
    "beta 2": (lambda: optim.Adam([W], betas=(0.9, math.nan)), ArgumentError, r"betas\[1\] is nan"),
    "one beta": (
        lambda: optim.AdamW([W], betas=0.9),
        ArgumentError,
        "AdamW: betas is 0.9, where two numbers are wanted",
    ),
    "nesterov": (
        lambda: optim.SGD([W], nesterov=True),
        ArgumentError,
        "nesterov wants a momentum above 0, it is 0.0",
    ),
    "nesterov, dampening": (
        lambda: optim.SGD([W], 0.1, 0.9, 0.5, nesterov=True),
        ArgumentError,
        "and no dampening, it is 0.5",
    ),
    "nothing": (
        lambda: optim.SGD([], 0.1),
        ArgumentError,
        "SGD: no parameters: an iterator such as model.parameters",
    ),
    "an empty group": (lambda: optim.SGD([{"params": []}], 0.1), ArgumentError, "SGD: no parameters"),
    "a group without": (
        lambda: optim.SGD([{"lr": 0.1}], 0.1),
        ArgumentError,
        "SGD: a group is a dict with 'params'",
    ),
    "a group among tensors": (
        lambda: optim.SGD([W, {"params": [LEAF]}], 0.1),
        DTypeError,
        "parameter 1 is a dict",
    ),
    "one tensor": (
        lambda: optim.SGD(W, 0.1),
        DTypeError,
        "SGD: params is a Parameter, where a list of parameters is wanted",
    ),
    "a set": (lambda: optim.SGD({W}, 0.1), DTypeError, "SGD: params is a set"),
    "a number": (lambda: optim.SGD(3, 0.1), DTypeError, "SGD: params is a int"),
    "numbers": (
        lambda: optim.SGD([1.0], 0.1),
        DTypeError,
        "SGD: parameter 0 is a float, where a Tensor is wanted",
    ),
    "a triple": (lambda: optim.SGD([("w", W, 1)], 0.1), DTypeError, "SGD: parameter 0 is a tuple"),
    "a result": (
        lambda: optim.SGD([W, LEAF * 2.0], 0.1),
        ArgumentError,
        r"parameter 1 float32\[1\] is the result of an op, and no leaf",
    ),
    "integers": (
        lambda: optim.SGD([mg.tensor([1])], 0.1),
        ArgumentError,
        r"parameter 0 int64\[1\] is not floating",
    ),
    "read-only": (
        lambda: optim.SGD([mg.zeros(1).expand(3)], 0.1),
        ArgumentError,
        "SGD: this tensor is a read-only view",
    ),
    "twice": (
        lambda: optim.Adam([LEAF, W, LEAF]),
        ArgumentError,
        "Adam: parameter 2 .* is given twice, first as parameter 0",
    ),
    "in two groups": (
        lambda: optim.Adam([{"params": [W]}, {"params": [LEAF, W]}]),
        ArgumentError,
        "parameter 1 .* first as another group",
    ),
}


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
    a.grad = mg.tensor([1.0])
    optimizer.param_groups[0]["lr"] = math.nan
    with pytest.raises(ArgumentError, match="SGD: lr is nan"):
        optimizer.step()
    assert a.item() == 1.0 and not optimizer.state
    a.grad = mg.tensor([1.0])
    bare = optim.Optimizer([a], {})
    with pytest.raises(NotImplementedError, match="Optimizer has no update"):
        bare.step()
