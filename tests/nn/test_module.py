"""Module: what it finds among its attributes, state dicts, hooks, and where its errors come from."""

from __future__ import annotations

import copy
import gc
import pickle
import re
import weakref
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.errors import ArgumentError, DeviceError, DTypeError, GradientError, StateError


class Block(nn.Module):
    """Parameters, buffers of both kinds, and modules, in an order that is not that of their names."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter([2.0, 3.0])
        self.body = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
        self.register_buffer("mean", mg.tensor([0.5, 0.25]))
        self.register_buffer("scratch", mg.tensor([9.0]), persistent=False)
        self.absent = None
        self.alpha = nn.Parameter(mg.tensor(1.5))

    def forward(self, x: Any) -> Any:
        return self.body(x * self.scale - self.mean) * self.alpha


NAMES = ["scale", "alpha", "body.0.weight", "body.0.bias", "body.2.weight", "body.2.bias"]
STATE = ["scale", "alpha", "mean", *NAMES[2:]]


def values(module: nn.Module) -> dict[str, Any]:
    return {k: t.numpy().copy() for k, t in module.state_dict().items()}


def unchanged(module: nn.Module, before: dict[str, Any]) -> bool:
    return all(np.array_equal(before[k], t.numpy()) for k, t in module.state_dict().items())


# ---- Parameter ------------------------------------------------------------------------------------------------------
def test_a_parameter_is_a_leaf_that_requires_grad_and_shares_the_memory_it_is_given() -> None:
    x = mg.tensor([1.0, 2.0])
    p = nn.Parameter(x)
    assert isinstance(p, mg.Tensor) and p.requires_grad and p.is_leaf and p.data is x.data
    assert not nn.Parameter(x, requires_grad=False).requires_grad
    (p * p).sum().backward()
    assert p.grad.tolist() == [2.0, 4.0]
    assert repr(p) == "Parameter containing:\ntensor([1., 2.], requires_grad=True)"


def test_a_parameter_of_numbers_has_the_default_dtype_and_one_of_a_read_only_array_its_own_memory() -> None:
    assert nn.Parameter([1.0]).dtype == mg.float32
    held = mg.tensor([1.0]).numpy()
    p = nn.Parameter(held)
    p.data[...] = 5.0
    assert held[0] == 1.0
    with pytest.raises(DTypeError, match="only floating tensors have gradients"):
        nn.Parameter(mg.tensor([1, 2]))


def test_results_of_a_parameter_are_plain_tensors_and_copies_are_parameters() -> None:
    p = nn.Parameter([1.0, 2.0])
    assert type(p * 2) is type(p.detach()) is mg.Tensor
    for other in (copy.deepcopy(p), copy.copy(p), pickle.loads(pickle.dumps(p))):
        assert type(other) is nn.Parameter and other.requires_grad and other.tolist() == [1.0, 2.0]


# ---- what a module finds --------------------------------------------------------------------------------------------
def test_names_and_their_order() -> None:
    m = Block()
    assert [name for name, _ in m.named_parameters()] == NAMES
    assert [name for name, _ in m.named_parameters("net", recurse=False)] == ["net.scale", "net.alpha"]
    assert [name for name, _ in m.named_buffers()] == ["mean", "scratch"]
    assert [name for name, _ in m.named_modules()] == ["", "body", "body.0", "body.1", "body.2"]
    assert [name for name, _ in m.named_modules("net")][:2] == ["net", "net.body"]
    assert [name for name, _ in m.named_children()] == ["body"]
    assert next(m.modules()) is m and list(m.children()) == [m.body]
    assert all(a is b for (_, a), b in zip(m.named_parameters(), m.parameters(), strict=True))
    assert [b.tolist() for b in m.buffers()] == [[0.5, 0.25], [9.0]]
    assert list(m.state_dict()) == STATE
    assert next(iter(m.state_dict("net."))) == "net.scale"


def test_what_has_two_names_is_found_once_and_saved_twice() -> None:
    a = nn.Linear(2, 2)
    b = nn.Linear(2, 2)
    b.weight = a.weight
    m = nn.Sequential(a, b, a)
    assert [name for name, _ in m.named_parameters()] == ["0.weight", "0.bias", "1.bias"]
    assert len(list(m.named_parameters(remove_duplicate=False))) == 6
    assert list(m.children()) == [a, b] and len(m) == 3
    assert [name for name, _ in m.named_modules(remove_duplicate=False)] == ["", "0", "1", "2"]
    assert list(m.state_dict()) == [f"{k}.{name}" for k in range(3) for name in ("weight", "bias")]


def test_attributes_are_registered_replaced_and_removed() -> None:
    m = Block()
    new = nn.Parameter([1.0, 1.0])
    m.scale = new
    assert dict(m.named_parameters())["scale"] is new
    m.scale = None
    assert "scale" not in m.state_dict()
    m.mean = mg.tensor([7.0])
    assert m.state_dict()["mean"].tolist() == [7.0]
    m.mean = None
    assert "mean" not in m.state_dict() and [name for name, _ in m.named_buffers()] == ["scratch"]
    m.mean = nn.Parameter([4.0])  # a parameter from now on
    assert "mean" in dict(m.named_parameters()) and "mean" not in dict(m.named_buffers())
    del m.scratch, m.alpha
    assert not list(m.buffers()) and "alpha" not in dict(m.named_parameters())
    with pytest.raises(AttributeError, match="alpha"):
        m.alpha  # noqa: B018
    m.add_module("7", nn.Linear(1, 1))
    assert "7.weight" in m.state_dict()
    m.constant = mg.tensor([1.0])  # a plain tensor is no state
    assert "constant" not in m.state_dict()


def test_register_refuses_what_is_no_name_or_taken() -> None:
    m = Block()
    for name in ("a.b", "", 3):
        with pytest.raises(ArgumentError, match=f"{re.escape(repr(name))} is not a name"):
            m.register_parameter(name, nn.Parameter([1.0]))  # type: ignore[arg-type]
    for name in ("forward", "train", "training"):
        with pytest.raises(ArgumentError, match=f"'{name}' is an attribute already"):
            m.register_buffer(name, mg.tensor([1.0]))
    with pytest.raises(DTypeError, match="Block: 'w' is a float32.1., where a Parameter or None is wanted"):
        m.register_parameter("w", mg.tensor([1.0]))  # type: ignore[arg-type]
    with pytest.raises(DTypeError, match="'w' is a list, where a Tensor or None is wanted"):
        m.register_buffer("w", [1.0])  # type: ignore[arg-type]
    with pytest.raises(DTypeError, match="'w' is a Parameter: detach"):
        m.register_buffer("w", nn.Parameter([1.0]))
    for register, value in (("register_buffer", mg.tensor([1.0])), ("add_module", nn.ReLU())):
        with pytest.raises(ArgumentError, match="'scale' is an attribute already"):
            getattr(m, register)("scale", value)
    with pytest.raises(DTypeError, match="'w' is a type, where a Module or None is wanted"):
        m.add_module("w", nn.ReLU)  # type: ignore[arg-type]
    m.register_parameter("bias", None)
    with pytest.raises(DTypeError, match="Block.bias is a Parameter and takes"):
        m.bias = mg.tensor([1.0])
    m.register_parameter("bias", nn.Parameter([1.0]))
    assert "bias" in m.state_dict() and next(iter(m.state_dict())) == "scale"


def test_state_is_not_lost_by_assigning_something_else() -> None:
    m = Block()
    with pytest.raises(
        DTypeError, match="Block.scale is a Parameter and takes a Parameter or None, not a Tensor"
    ):
        m.scale = m.scale * 2.0
    with pytest.raises(DTypeError, match="Block.body is a Module and takes a Module or None, not a function"):
        m.body = lambda x: x
    with pytest.raises(DTypeError, match="Block.mean is a buffer and takes a Tensor or None, not a float"):
        m.mean = 0.5
    assert list(m.state_dict()) == STATE
    with mg.no_grad():
        m.scale[...] = mg.tensor([4.0, 5.0])  # as the message advises
    assert m.scale.tolist() == [4.0, 5.0]


def test_a_module_cannot_contain_itself() -> None:
    m = Block()
    with pytest.raises(ArgumentError, match="ReLU.parent: a module cannot contain itself"):
        m.body[1].parent = m
    with pytest.raises(ArgumentError, match="cannot contain itself"):
        m.me = m


def test_a_subclass_may_do_without_the_base_init() -> None:
    class Bare(nn.Module):
        def __init__(self) -> None:
            self.fc = nn.Linear(2, 1)
            self.register_buffer("count", mg.tensor([0.0]))

        def forward(self, x: Any) -> Any:
            return self.fc(x)

    m = Bare()
    m.register_forward_hook(lambda module, args, y: None)
    assert list(m.state_dict()) == ["count", "fc.weight", "fc.bias"] and m.training
    assert m(mg.zeros(1, 2)).shape == (1, 1)
    assert not list(nn.ReLU().buffers()) and not nn.ReLU()._hooks  # nothing was left on the class


def test_get_submodule_and_get_parameter() -> None:
    m = Block()
    assert m.get_submodule("") is m and m.get_submodule("body.2") is m.body[2]
    assert m.get_parameter("body.2.bias") is m.body[2].bias and m.get_parameter("alpha") is m.alpha
    with pytest.raises(ArgumentError, match="get_submodule: 'body.3': Sequential has the modules 0, 1, 2"):
        m.get_submodule("body.3")
    with pytest.raises(ArgumentError, match="get_parameter: 'body.1.weight': ReLU has no parameters"):
        m.get_parameter("body.1.weight")
    with pytest.raises(ArgumentError, match="Linear has the parameters weight, bias"):
        m.get_parameter("body.0.wieght")


# ---- what changes all of it ----------------------------------------------------------------------------------------
def test_train_and_eval_reach_every_module() -> None:
    m = Block()
    assert m.eval() is m and not any(x.training for x in m.modules())
    assert m.train() is m and all(x.training for x in m.modules())
    with pytest.raises(ArgumentError, match="Block.train: mode is a Tensor|float32"):
        m.train(mg.tensor([1.0]))  # type: ignore[arg-type]


def test_freezing_and_zero_grad() -> None:
    m = Block()
    m.body.requires_grad_(False)
    m(mg.ones(1, 2)).sum().backward()
    assert [name for name, p in m.named_parameters() if p.grad is not None] == ["scale", "alpha"]
    m.zero_grad(set_to_none=False)
    assert m.scale.grad.tolist() == [0.0, 0.0] and m.body[0].weight.grad is None
    m.zero_grad()
    assert all(p.grad is None for p in m.parameters())


def test_apply_goes_from_the_leaves_to_the_root() -> None:
    m, seen = Block(), []
    assert m.apply(seen.append) is m
    assert seen == [m.body[0], m.body[1], m.body[2], m.body, m]


def test_to_changes_floating_state_and_its_gradients_in_place() -> None:
    m = Block()
    m.register_buffer("steps", mg.tensor([3]))
    m(mg.ones(1, 2)).sum().backward()
    before = dict(m.named_parameters())
    assert m.double() is m
    assert all(dict(m.named_parameters())[k] is p for k, p in before.items())
    assert {p.dtype for p in m.parameters()} == {p.grad.dtype for p in m.parameters()} == {mg.float64}
    assert m.mean.dtype == mg.float64 and m.steps.dtype == mg.int64
    assert m.half().alpha.dtype == mg.float16 and m.to(mg.float32).alpha.dtype == mg.float32
    assert m.to(mg.tensor(1.0, dtype=mg.float64)).alpha.dtype == mg.float64 and m.to("cpu").float()
    assert m.alpha.dtype == mg.float32 and m.alpha.requires_grad
    with pytest.raises(DTypeError, match="Block.to: parameters are floating, and int64 is not"):
        m.to(mg.int64)
    with pytest.raises(DeviceError, match="cuda"):
        m.to("cuda")


# ---- state dicts ----------------------------------------------------------------------------------------------------
def test_state_dict_gives_tensors_over_the_same_memory_outside_of_any_graph() -> None:
    m = Block()
    state = m.state_dict()
    assert not any(t.requires_grad for t in state.values()) and state["scale"].data is m.scale.data
    assert m.state_dict(keep_vars=True)["scale"] is m.scale
    kept = copy.deepcopy(state)
    with mg.no_grad():
        m.scale.mul_(2.0)
    assert state["scale"].tolist() == [4.0, 6.0] and kept["scale"].tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    "form", [lambda t: t, lambda t: t.numpy(), lambda t: t.numpy().astype("f8"), lambda t: t.tolist()]
)
def test_load_state_dict_copies_tensors_arrays_and_numbers(form: Any) -> None:
    a, b = Block(), Block()
    given = {k: form(t) for k, t in a.state_dict().items()}
    assert not unchanged(b, values(a))
    assert b.load_state_dict(given) == ([], [])
    assert unchanged(b, values(a)) and {p.dtype for p in b.parameters()} == {mg.float32}
    with mg.no_grad():
        a.scale.mul_(2.0)
    assert b.scale.tolist() == [2.0, 3.0]  # its own memory


def test_everything_that_does_not_fit_is_in_one_error_and_nothing_is_loaded() -> None:
    m = Block()
    before = values(m)
    given: dict[str, Any] = {k: v + 1 for k, v in before.items()}
    del given["alpha"], given["body.0.bias"]
    given |= {"extra": np.zeros(3), "body.9.weight": mg.zeros(2, 2)}
    given |= {"scale": np.zeros((2, 2)), "mean": ["a", "b"], "body.2.bias": mg.tensor(1.0)}
    with pytest.raises(StateError) as caught:
        m.load_state_dict(given)
    text = str(caught.value)
    assert text.startswith("Block.load_state_dict: nothing was loaded: ")
    for part in (
        "missing: alpha float32[], body.0.bias float32[3];",
        "unexpected: extra float64[3], body.9.weight float32[2, 2];",
        "scale: float64[2, 2] does not fit float32[2]",
        "mean: tensor: dtype <U1: ",
        "body.2.bias: float32[] does not fit float32[2]",
    ):
        assert part in text
    with pytest.raises(StateError, match="scale: .*body.2.bias: "):  # a misfit is one without strict, too
        m.load_state_dict(given, strict=False)
    assert unchanged(m, before)


def test_without_strict_what_fits_is_loaded_and_the_rest_reported() -> None:
    m = Block()
    with pytest.raises(
        StateError, match=re.escape("nothing was loaded (strict=False loads what both have): missing")
    ):
        m.load_state_dict({"alpha": 3.0})
    report = m.load_state_dict({"alpha": 3.0, "beta": 4.0}, strict=False)
    assert report.missing_keys == [name for name in STATE if name != "alpha"] and report.unexpected_keys == [
        "beta"
    ]
    assert m.alpha.item() == 3.0


def test_load_state_dict_refuses_what_loses_values_or_is_no_dict() -> None:
    m = nn.Module()
    m.register_buffer("steps", mg.tensor([3]))
    m.register_buffer("fixed", mg.tensor([3.0]).expand(2))
    with pytest.raises(StateError, match="steps: float64.1. would lose its kind of numbers in int64.1."):
        m.load_state_dict({"steps": np.array([1.5]), "fixed": np.zeros(2)})
    with pytest.raises(StateError, match="fixed: load_state_dict: this tensor is a read-only view"):
        m.load_state_dict({"steps": [1], "fixed": np.zeros(2)})
    assert m.steps.tolist() == [3]
    with pytest.raises(StateError, match="it is a list, where a dict of tensors by path is wanted"):
        m.load_state_dict([1])  # type: ignore[arg-type]


def test_two_parameters_can_be_exchanged_through_their_own_state_dict() -> None:
    m = nn.Module()
    m.a, m.b = nn.Parameter([1.0]), nn.Parameter([2.0])
    state = m.state_dict()
    m.load_state_dict({"a": state["b"], "b": state["a"]})
    assert (m.a.item(), m.b.item()) == (2.0, 1.0)


def test_loading_between_forward_and_backward_is_noticed() -> None:
    m = nn.Linear(2, 2)
    x = mg.ones(1, 2, requires_grad=True)
    y = m(x)
    m.load_state_dict({"weight": np.zeros((2, 2)), "bias": np.zeros(2)})
    with pytest.raises(GradientError, match="changed in place"):
        y.sum().backward()


def test_modules_are_copied_and_pickled_with_their_state() -> None:
    m = Block().eval()
    for other in (copy.deepcopy(m), pickle.loads(pickle.dumps(m))):
        assert unchanged(other, values(m)) and not other.training
        assert not any(a is b for a, b in zip(m.parameters(), other.parameters(), strict=True))
        assert list(other.state_dict()) == STATE  # scratch is still not persistent
        with mg.no_grad():
            other.scale.mul_(2.0)
    assert m.scale.tolist() == [2.0, 3.0]


def test_a_module_goes_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        m = Block()
        m(mg.ones(1, 2)).sum().backward()
        optim.SGD(m.parameters(), lr=0.1).step()
        gone = [weakref.ref(m.scale), weakref.ref(m.body)]
        del m
        assert all(ref() is None for ref in gone)
    finally:
        gc.enable()


# ---- print ----------------------------------------------------------------------------------------------------------
def test_repr() -> None:
    assert repr(Block()) == (
        "Block(\n"
        "  (body): Sequential(\n"
        "    (0): Linear(in_features=2, out_features=3, bias=True)\n"
        "    (1): ReLU()\n"
        "    (2): Linear(in_features=3, out_features=2, bias=True)\n"
        "  )\n"
        ")"
    )

    class Told(nn.Sequential):
        def extra_repr(self) -> str:
            return "first\nsecond"

    assert repr(Told()) == "Told(\n  first\n  second\n)"
    assert repr(Told(nn.ReLU())) == "Told(\n  first\n  second\n  (0): ReLU()\n)"
