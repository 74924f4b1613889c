"""Every argument name and every default of PyTorch's functions is minigrad's too, apart from what is listed here."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

import minigrad as mg
from minigrad.errors import NAMES

torch = pytest.importorskip("torch")

# For other libraries, devices or memory: layouts, pinned memory, sparse gradients, cuBLAS's output dtype
FOREIGN = {
    "out",
    "layout",
    "pin_memory",
    "memory_format",
    "generator",
    "sparse_grad",
    "out_dtype",
    "implicit",
    "cudnn_enable",
    "cudnn_enabled",
}
VARIADIC = {
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_shapes",
    "einsum",
    "meshgrid",
}  # no names at all
# Schemas of TorchScript, or of a C++ overload behind a Python function that has the names of minigrad's
INTERNAL = {
    *(
        "tensor",
        "as_tensor",
        "sort",
        "split",
        "ldexp",
        "backward",
        "tensordot",
        "manual_seed",
        "initial_seed",
    ),
    *("tensor_split", "result_type", "to"),  # a tensor that `to` takes after is given by position
}
SAME = {  # (name, argument): another way to write the same default
    *(("norm", "p"), ("cdist", "compute_mode"), ("nan_to_num", "nan"), ("gradient", "spacing")),
    *((f, "unbiased") for f in ("std", "var", "std_mean", "var_mean")),
    *((f, "dx") for f in ("trapezoid", "trapz", "cumulative_trapezoid")),
}
SPACES = {
    "torch": (torch, mg, ""),
    "Tensor": (torch.Tensor, mg.Tensor, ""),
    "linalg": (torch.linalg, mg.linalg, "linalg_"),
    "special": (torch.special, mg.special, "special_"),
}


def parameters(fn: Any) -> tuple[dict[str, Any], set[str]]:
    """What a function calls its parameters, and the other names that it knows."""
    op = getattr(fn, "op", None)
    own = dict((op.signature if op else inspect.signature(inspect.unwrap(fn))).parameters)
    known = (
        set(op.aliases) if op else {n for n, to in NAMES.items() if set(to.split()) & set(own)} | {"input"}
    )
    return own, known


def pairs() -> Iterator[Any]:
    """(space, name, argument, default) of every schema of a function that both have."""
    for space, (theirs, ours, prefix) in SPACES.items():
        for name in sorted(set(dir(theirs)) & set(dir(ours))):
            packet = getattr(torch.ops.aten, prefix + name, None)
            if name[0] == "_" or name[-1] == "_" or name in VARIADIC | INTERNAL or packet is None:
                continue
            for overload in packet.overloads():
                schema = getattr(packet, overload)._schema
                if any(word in str(schema) for word in ("Dimname", "omplex", "out=", "(a!)", "!)")):
                    continue
                if not any(a.name == "self" or "Tensor" in str(a.type) for a in schema.arguments):
                    continue  # of numbers
                for a in schema.arguments:
                    argument = "input" if a.name == "self" else a.name
                    if argument not in FOREIGN and not (space == "Tensor" and argument == "input"):
                        yield space, name, argument, a


def test_every_argument_name_is_known() -> None:
    missing, seen = set(), 0
    for space, name, argument, _ in pairs():
        fn = getattr(SPACES[space][1], name)
        if not callable(fn) or inspect.isclass(fn):
            continue
        own, known = parameters(fn)
        if any(p.kind is p.VAR_KEYWORD for p in own.values()):
            continue  # x.view(2, 3) and x.view(size=(2, 3))
        seen += 1
        if argument not in own and argument not in known:
            missing.add(f"{space}.{name}: {argument}")
    assert seen > 1000
    assert sorted(missing) == []


def test_every_default_agrees() -> None:
    empty = (None, (), [], inspect.Parameter.empty)
    other = set()
    for space, name, argument, a in pairs():
        fn = getattr(SPACES[space][1], name)
        if not callable(fn) or inspect.isclass(fn) or not a.has_default_value() or (name, argument) in SAME:
            continue
        own, _ = parameters(fn)
        if argument not in own:
            continue
        mine, theirs = own[argument].default, a.default_value
        mine = list(mine) if isinstance(mine, tuple) else mine
        one_for_all = isinstance(theirs, list) and all(v == mine for v in theirs)
        if (
            mine != theirs
            and not one_for_all
            and not (mine in empty and theirs in empty)
            and theirs != "valid"
        ):
            other.add(f"{space}.{name}: {argument} is {mine}, in PyTorch {theirs}")
    assert sorted(other) == []


def test_other_names_at_work() -> None:
    x = mg.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert mg.add(input=x, other=x).tolist() == [[2.0, 4.0], [6.0, 8.0]]
    assert x.div(other=2.0).tolist() == mg.div(x, 2.0).tolist()
    assert x.sum(axis=0).tolist() == [4.0, 6.0] and mg.std(x, axis=1, keepdims=True).shape == (2, 1)
    assert mg.linalg.det(A=x).item() == mg.linalg.det(input=x).item()
    assert mg.linalg.cond(input=x).item() == mg.linalg.cond(x).item()
    assert mg.hsplit(x, indices=[1])[1].tolist() == [[2.0], [4.0]]
    assert mg.swapaxes(x, axis0=0, axis1=1).tolist() == x.T.tolist()
    assert mg.lerp(input=x, end=x, weight=0.5).tolist() == x.tolist()
    assert mg.polygamma(1, input=x).tolist() == mg.polygamma(1, x).tolist()
    assert x.view(size=(4,)).shape == x.reshape(shape=(4,)).shape == (4,)
    assert x.expand(size=(3, 2, 2)).shape == (3, 2, 2) and x.repeat(repeats=(1, 2)).shape == (2, 4)
    assert mg.zeros(100).uniform_(0.0, to=5.0).max() > 2.0
    assert x.type(mg.float64, non_blocking=True).dtype == x.softmax(0, dtype=mg.float64).dtype == mg.float64
    assert mg.zeros(2, 2).copy_(x, non_blocking=True).tolist() == x.tolist()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda x: mg.add(x, x, foo=1), "add: .*unexpected keyword argument 'foo'"),
        (lambda x: mg.add(input=x), "add: missing a required argument"),
        (lambda x: mg.add(x, x, input=x), "add: multiple values for argument 'a'"),
        (lambda x: mg.sum(x, dim=0, axis=1), "sum: .*unexpected keyword argument 'axis'"),
        (lambda x: mg.linalg.svd(x, driver="gesvd"), "svd: driver is 'gesvd'"),
    ],
)
def test_names_that_are_refused(call: Any, match: str) -> None:
    with pytest.raises((mg.errors.DTypeError, mg.errors.ArgumentError), match=match):
        call(mg.ones(2, 2))
