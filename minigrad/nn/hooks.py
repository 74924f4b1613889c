"""Hooks of modules: what runs before and after forward, and what sees the gradients of inputs and outputs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..autograd import Function
from ..core import Tensor
from ..errors import GradientError, ShapeError, describe
from ..graph import Handle
from ..mode import mode
from ..tree import map_tensors, replaced, tensors

Hook = Callable[..., Any]


def add(module: Any, kind: str, hook: Hook, prepend: bool) -> Handle:
    """Put a hook among a module's hooks of one kind, behind the others or, with `prepend`, before them."""
    hooks = module.__dict__.setdefault(kind, [])
    hooks.insert(0 if prepend else len(hooks), hook)
    return Handle(hooks, hook)


def without_keywords(hook: Hook, module: Any, args: Any, _: Any, *output: Any) -> Any:
    """A forward hook that does not ask for the keyword arguments."""
    return hook(module, args, *output)


def forward_hook(hook: Hook, with_kwargs: bool) -> Hook:
    """A forward hook as `run` calls it: hook(module, args, kwargs) or hook(module, args, kwargs, output)."""
    return hook if with_kwargs else functools.partial(without_keywords, hook)


def run(module: Any, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """forward of a module between its hooks."""
    for hook in tuple(module._pre_hooks):
        new = hook(module, args, params)
        if new is not None:
            if isinstance(hook, functools.partial) and hook.func is without_keywords:
                args = new if isinstance(new, tuple) else (new,)
            else:
                args, params = new
    gates = Gates(module) if module._backward_hooks or module._backward_pre_hooks else None
    y = module.forward(*(gates.enter(args) if gates else args), **params)
    for hook in tuple(module._hooks):
        new = hook(module, args, params, y)
        y = y if new is None else new
    return gates.leave(y) if gates else y


class Gate(Function):
    """Hands tensors through unchanged, and all their gradients, together, to a function that may change them."""

    @staticmethod
    def forward(ctx: Any, seen: Callable[..., Any], *xs: Tensor) -> Any:
        """The same values."""
        ctx.seen = seen
        return tuple(x.detach() for x in xs)

    @staticmethod
    def backward(ctx: Any, *gs: Tensor) -> Any:
        """What `seen` makes of the gradients."""
        return None, *ctx.seen(gs)


class Gates:
    """The backward hooks of one call of a module, between the gradients of its outputs and of its inputs."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.before, self.after = tuple(module._backward_pre_hooks), tuple(module._backward_hooks)
        self.gs_output: tuple[Any, ...] | None = None
        self.slots: list[
            bool
        ] = []  # of the positional arguments that are tensors: does a gradient flow to it

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments of forward, behind a gate."""
        self.slots = [t.needs_grad and bool(mode.record) for t in tensors(args)]
        live = [t for t, flows in zip(tensors(args), self.slots, strict=True) if flows]
        if not live or not self.after:
            return args
        through = iter(Gate.apply(self.input_gradients, *live))
        pairs = zip(tensors(args), self.slots, strict=True)
        return tuple(replaced(args, [next(through) if flows else t for t, flows in pairs]))

    def leave(self, y: Any) -> Any:
        """The output of forward, behind a gate."""
        live = [t for t in tensors(y) if t.needs_grad]
        if not live:
            return y
        through = iter(Gate.apply(self.output_gradients, *live))
        return map_tensors(lambda t: next(through) if t.needs_grad else t, y)

    def output_gradients(self, gs: tuple[Any, ...]) -> tuple[Any, ...]:
        """The pre-hooks on the gradients of the outputs; without an input to differentiate for, the hooks too."""
        for hook in self.before:
            gs = changed(self.module, "backward pre-hook", hook(self.module, gs), gs)
        self.gs_output = gs
        if not any(self.slots):
            for hook in self.after:
                hook(self.module, (None,) * len(self.slots), gs)
        return gs

    def input_gradients(self, gs: tuple[Any, ...]) -> tuple[Any, ...]:
        """The hooks on the gradients of the inputs, None for an input that has none.

        Once for each pass through the outputs: a second derivative may come this way without one.
        """
        if self.gs_output is None:
            return gs
        gs_output, self.gs_output = self.gs_output, None
        left = iter(gs)
        seen = tuple(next(left) if flows else None for flows in self.slots)
        for hook in self.after:
            seen = changed(self.module, "backward hook", hook(self.module, seen, gs_output), seen)
        return tuple(g for g, flows in zip(seen, self.slots, strict=True) if flows)


def changed(module: Any, what: str, new: Any, old: tuple[Any, ...]) -> tuple[Any, ...]:
    """The gradients that a hook hands on: those it was given if it returns None.

    Raises:
        GradientError: if it does not return as many.
        ShapeError: if one has another shape.
    """
    if new is None:
        return old
    gs: tuple[Any, ...] = new if isinstance(new, tuple) else (new,)
    who = f"{type(module).__name__}: a {what} returned"
    if len(gs) != len(old):
        raise GradientError(f"{who} {len(gs)} gradients, where {len(old)} are wanted")
    for k, (a, b) in enumerate(zip(gs, old, strict=True)):
        if b is not None and (not isinstance(a, Tensor) or a.shape != b.shape):
            raise ShapeError(f"{who} {describe(a)} for gradient {k}, where {describe(b)} is wanted")
    return gs
