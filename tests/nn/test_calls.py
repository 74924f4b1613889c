"""Calling a module: hooks before and after, and errors that name the module they come from."""

from __future__ import annotations

from typing import Any

import pytest

import minigrad as mg
from minigrad import nn
from minigrad.errors import ShapeError


# ---- hooks ----------------------------------------------------------------------------------------------------------
def test_hooks_see_and_change_inputs_and_outputs() -> None:
    m, seen = nn.Identity(), []
    m.register_forward_pre_hook(lambda module, args: seen.append(("pre", module, args[0])))
    pre = m.register_forward_pre_hook(lambda module, args: args[0] + 1)
    m.register_forward_pre_hook(lambda module, args: (args[0] * 10,))
    post = m.register_forward_hook(lambda module, args, y: seen.append(("post", args[0], y)))
    m.register_forward_hook(lambda module, args, y: y + 0.5)
    assert m(1) == 20.5
    assert seen == [("pre", m, 1), ("post", 20, 20)]
    pre.remove()
    post.remove()
    post.remove()
    assert m(1) == 10.5 and len(seen) == 3


def test_a_hook_may_take_itself_away_and_a_function_may_be_registered_several_times() -> None:
    m, seen = nn.Identity(), []

    def once(module: Any, args: Any, y: Any) -> None:
        seen.append("once")
        handle.remove()

    def thrice(module: Any, args: Any, y: Any) -> None:
        seen.append("thrice")

    handle = m.register_forward_hook(once)
    first = m.register_forward_hook(thrice)
    m.register_forward_hook(thrice)
    m.register_forward_hook(thrice)
    m(0)
    assert seen == ["once", "thrice", "thrice", "thrice"]
    first.remove()
    m(0)
    assert len(seen) == 6


def test_a_gradient_hook_that_takes_itself_away_leaves_the_others() -> None:
    x = mg.tensor(2.0, requires_grad=True)
    seen = []

    def once(g: Any) -> None:
        seen.append("once")
        handle.remove()

    handle = x.register_hook(once)
    x.register_hook(lambda g: g * 10.0)
    (x * x).backward()
    assert seen == ["once"] and x.grad.item() == 40.0


# ---- errors name the path -------------------------------------------------------------------------------------------
def net() -> nn.Module:
    m = nn.Module()
    m.features = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Sequential(nn.Linear(5, 6)))
    m.forward = lambda x: m.features(x)  # type: ignore[method-assign]
    return m


def test_an_error_in_a_forward_names_the_path_once_and_keeps_its_class() -> None:
    with pytest.raises(ShapeError, match=r"^features\.2\.0 \(Linear\): linear: (?!.*features\.)"):
        net()(mg.zeros(2, 3))
    with pytest.raises(ShapeError, match=r"^Linear: linear: "):
        nn.Linear(3, 4)(mg.zeros(2, 5))


def test_an_error_of_a_module_itself_names_its_class() -> None:
    class Reshaped(nn.Module):
        def forward(self, x: Any) -> Any:
            return x.reshape(7)

    with pytest.raises(ShapeError, match=r"^Reshaped: reshape"):
        Reshaped()(mg.zeros(2))
    with pytest.raises(ShapeError, match=r"^1 \(Reshaped\): reshape"):
        nn.Sequential(nn.ReLU(), Reshaped())(mg.zeros(2))


def test_errors_of_others_keep_their_text_and_get_one_note() -> None:
    class Broken(nn.Module):
        def forward(self, x: Any) -> Any:
            raise KeyError("gone")

    m = nn.Sequential(nn.Sequential(nn.ReLU(), Broken()))
    with pytest.raises(KeyError) as caught:
        m(mg.zeros(2))
    assert caught.value.args == ("gone",) and caught.value.__notes__ == ["raised in 0.1 (Broken)"]

    class Noted(nn.Module):
        def forward(self, x: Any) -> Any:
            try:
                return m(x)
            except KeyError as error:
                error.add_note("see the manual")
                raise

    outer = Noted()
    outer.inner = m
    with pytest.raises(KeyError) as noted:
        nn.Sequential(outer)(mg.zeros(2))
    assert noted.value.__notes__ == ["see the manual", "raised in 0.inner.0.1 (Broken)"]
    with pytest.raises(TypeError, match="positional argument") as misused:
        nn.Sequential(nn.Linear(2, 2))(mg.zeros(2), 3)
    assert misused.value.__notes__ == ["raised in Sequential"]
    with pytest.raises(NotImplementedError, match="Module has no forward: define forward"):
        nn.Module()(1)


def test_a_module_outside_of_the_attributes_is_named_by_its_class() -> None:
    hidden = [nn.Linear(3, 4)]
    m = nn.Module()
    m.forward = lambda x: hidden[0](x)  # type: ignore[method-assign]
    with pytest.raises(ShapeError, match=r"^Linear: linear: "):
        nn.Sequential(m)(mg.zeros(2, 5))


def test_an_error_that_a_module_handles_leaves_no_trace_on_the_next() -> None:
    m = net()
    inner = m.features
    m.forward = lambda x: fallback(x)  # type: ignore[method-assign]

    def fallback(x: Any) -> Any:
        try:
            return inner(x)
        except ShapeError:
            return inner(x)

    for _ in range(2):
        with pytest.raises(ShapeError, match=r"^features\.2\.0 \(Linear\): linear: (?!.*features\.)"):
            m(mg.zeros(2, 3))
