"""Gradients on request: grad, the modes, user functions, checkpointing, anomaly mode."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from . import graph, writes
from .backend import NAMESPACES
from .core import Node, Pick, Tensor, backward
from .dtypes import is_float
from .errors import DTypeError, GradientError, describe
from .mode import mode, recording
from .plan import Op, Plan, finite, getter
from .random import default_generator

__all__ = [
    "Function",
    "checkpoint",
    "detect_anomaly",
    "enable_grad",
    "functional",
    "grad",
    "graph",
    "inference_mode",
    "is_grad_enabled",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]

functional: Any  # minigrad.derivatives, which is made of this module: the package's __init__ puts it here


class Switch:
    """A record mode as a context manager and as a decorator; it may be used again and nested."""

    def __init__(self, record: bool) -> None:
        self.record = record
        self.stack: list[Any] = []

    def __enter__(self) -> None:
        self.stack.append(mode.record)
        mode.record = (mode.record or True) if self.record else False

    def __exit__(self, *_: object) -> None:
        mode.record = self.stack.pop()

    def __call__(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fn)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with type(self)(self.record):
                return fn(*args, **kwargs)

        return wrapped


def switch(record: bool, used_on: Callable[..., Any] | None) -> Any:
    """A Switch, or the function it was put on without parentheses."""
    return Switch(record) if used_on is None else Switch(record)(used_on)


def no_grad(fn: Callable[..., Any] | None = None) -> Any:
    """Record nothing: `with no_grad():`, `@no_grad()` or `@no_grad`; per thread.

    >>> import minigrad as mg
    >>> x = mg.tensor(1.0, requires_grad=True)
    >>> with mg.no_grad():
    ...     (x * 2.0).requires_grad
    False
    """
    return switch(False, fn)


def enable_grad(fn: Callable[..., Any] | None = None) -> Any:
    """Record again, inside of no_grad: a context manager and a decorator; per thread."""
    return switch(True, fn)


def inference_mode(mode: bool = True) -> Any:
    """no_grad under PyTorch's other name; its results may still be used as constants of a later graph."""
    return switch(False, mode) if callable(mode) else Switch(not mode)


class set_grad_enabled(Switch):
    """Turn recording on or off, at once; as a context manager, until its end."""

    def __init__(self, enabled: bool) -> None:
        super().__init__(bool(enabled))
        self.before = mode.record
        mode.record = (mode.record or True) if enabled else False

    def __enter__(self) -> None:
        self.stack.append(self.before)

    def __call__(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """As a decorator: for the function's calls alone."""
        mode.record = self.before
        return Switch(self.record)(fn)


def is_grad_enabled() -> bool:
    """Whether this thread records."""
    return bool(mode.record)


def listed(value: Any, name: str) -> list[Any]:
    """One tensor or a sequence of them, as a list."""
    items = list(value) if isinstance(value, tuple | list) else [value]
    for t in items:
        if t is not None and not isinstance(t, Tensor):
            raise DTypeError(f"grad: {name} holds a {type(t).__name__}, where tensors are wanted")
    return items


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Any, ...]:
    """The gradients of outputs for inputs, leaving every `.grad` alone.

    Args:
        outputs: tensors to differentiate; summed, weighted by `grad_outputs`.
        inputs: tensors to differentiate for, leaves or not.
        grad_outputs: a gradient per output; may be left out for single numbers.
        retain_graph: keep what was saved. Default: `create_graph`.
        create_graph: record the gradients themselves, for derivatives of higher order.
        allow_unused: give None for an input that the outputs do not depend on.

    Raises:
        GradientError: for an unused input, an input that does not require grad, or a freed graph.

    >>> import minigrad as mg
    >>> x = mg.tensor(3.0, requires_grad=True)
    >>> (g,) = mg.autograd.grad(x * x * x, x, create_graph=True)
    >>> mg.autograd.grad(g, x)
    (tensor(18.),)
    """
    ys, xs = listed(outputs, "outputs"), listed(inputs, "inputs")
    gs = None if grad_outputs is None else listed(grad_outputs, "grad_outputs")
    if gs is not None and len(gs) != len(ys):
        raise GradientError(f"grad: {len(gs)} grad_outputs for {len(ys)} outputs")
    if idle := [k for k, x in enumerate(xs) if not x.needs_grad]:
        raise GradientError(f"grad: inputs {idle} do not require grad")
    edges = [x.edge for x in xs]
    found = backward(ys, gs, create_graph, retain_graph, set(edges))
    unused = [k for k, e in enumerate(edges) if e not in found]
    if unused and not allow_unused:
        raise GradientError(
            f"grad: the outputs do not depend on inputs {unused}; allow_unused=True gives None"
        )
    return tuple(found.get(e) for e in edges)


# ---- on the record hook ---------------------------------------------------------------------------------------------
class detect_anomaly(recording):
    """The op that makes a NaN or an infinity from finite numbers, forward or backward, is an error that names its line.

    Every recorded op remembers the line that called it, and all errors of backward name that. Around a training it
    costs a look at every value; in another thread it has no effect.

    Raises:
        GradientError: from the op, or from backward.

    >>> import minigrad as mg
    >>> try:
    ...     with mg.autograd.detect_anomaly():
    ...         y = mg.log(mg.tensor([0.0, 1.0], requires_grad=True))
    ... except mg.errors.GradientError as error:
    ...     print(str(error).split("(")[0], str(error).split("): ")[1])
    log  made NaN or infinity from numbers that are finite
    """

    def __init__(self) -> None:
        outer = mode.record

        def watch(n: Node, values: list[Any]) -> None:
            n.where = f" (at {writes.caller()})"
            count = len(n.shape) if n.op.varied else len(n.op.outputs)
            names = n.op.outputs * count if n.op.varied else n.op.outputs
            ys = [y for y, name in zip(values[-1 - count : -1], names, strict=True) if name[0] != "_"]
            given = [*values[: -1 - count], *values[-1].values()]
            if not finite(ys) and finite(given):
                raise GradientError(
                    f"{n.op.name}{n.where}: made NaN or infinity from numbers that are finite"
                )
            if callable(outer):
                outer(n, values)

        super().__init__(watch if outer else outer)


class set_detect_anomaly:
    """`detect_anomaly` from now on, or, as a context manager, until its end; with False, off.

    >>> import minigrad as mg
    >>> with mg.autograd.set_detect_anomaly(False):
    ...     y = mg.log(mg.zeros(1, requires_grad=True))
    """

    def __init__(self, enabled: bool) -> None:
        self.before = mode.record
        mode.record = detect_anomaly().value if enabled else bool(self.before)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        mode.record = self.before


def checkpoint(fn: Callable[..., Any], *args: Any, **params: Any) -> Any:
    """fn(*args), keeping only args: backward runs fn again and takes from that run what each node had saved.

    The nodes and edges are those of the first run: parameters that fn closes over, autograd.grad, create_graph and
    nesting all work. fn must compute the same twice; random ops do, for the default generator begins where it did.

    Raises:
        GradientError: in backward, if the second run of fn records other ops than the first, or an argument or a
            parameter was changed in place since.

    Source: Chen et al. 2016, "Training deep nets with sublinear memory cost".
    """
    names: list[str] = []
    again: list[tuple[str, Any]] = []
    outer = mode.record
    if not outer:
        return fn(*args, **params)
    begun, state = writes.clock, default_generator.get_state()

    def first(n: Node, values: list[Any]) -> None:
        k = len(names)
        names.append(n.op.name)
        n.saved = lambda: recall(k)
        if outer is not True:
            outer(n, values)

    def second(n: Node, _: list[Any]) -> None:
        leaves = [e.data for e in n.edges if isinstance(e, Tensor)]
        writes.check_saved("checkpoint", begun, leaves)
        again.append((n.op.name, n.saved))

    def recall(k: int) -> Any:
        if not again:
            writes.check_saved("checkpoint", begun, [x.data for x in fresh if isinstance(x, Tensor)])
            here = default_generator.get_state()
            default_generator.set_state(state)
            try:
                with recording(second):
                    fn(*fresh, **params)
            finally:
                default_generator.set_state(here)
            if [name for name, _ in again] != names:
                found = [name for name, _ in again]
                again.clear()
                raise GradientError(f"checkpoint: fn recorded {names}, then, run again, {found}")
        saved = again[k][1]
        return saved() if callable(saved) else saved

    fresh = [Tensor(a.data, a.needs_grad) if isinstance(a, Tensor) else a for a in args]
    with recording(first):
        return fn(*args, **params)


class Function:
    """A user's own forward and backward on Tensors.

    `forward(ctx, *args)` computes, and may keep tensors with `ctx.save_for_backward` and anything else as attributes;
    `backward(ctx, *gs)` returns a gradient for each tensor argument that can have one, and None for the others.
    A backward written with minigrad's ops can itself be differentiated.

    >>> import minigrad as mg
    >>> class Square(mg.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return g * x * 2.0
    >>> x = mg.tensor(3.0, requires_grad=True)
    >>> Square.apply(x).backward()
    >>> x.grad
    tensor(6.)
    """

    saved_tensors: Any = None
    kept: tuple[Tensor | None, ...] = ()

    @staticmethod
    def forward(ctx: Any, *args: Any, **params: Any) -> Any:
        """Compute the outputs; written by the user."""
        raise GradientError("Function: a subclass defines forward(ctx, *args)")

    @staticmethod
    def backward(ctx: Any, *gs: Any) -> Any:
        """Compute the inputs' gradients; written by the user."""
        raise GradientError("Function: a subclass defines backward(ctx, *gs)")

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for backward, where they are `ctx.saved_tensors`; None stays None.

        Raises:
            DTypeError: for what is neither a tensor nor None.
        """
        for t in tensors:
            if t is not None and not isinstance(t, Tensor):
                raise DTypeError(
                    f"save_for_backward: {describe(t)} is no tensor; keep it as an attribute of ctx"
                )
        self.kept = tensors

    @classmethod
    def apply(cls, *args: Any, **params: Any) -> Any:
        """Call forward, and record backward."""
        if tensors := [name for name, value in params.items() if isinstance(value, Tensor)]:
            raise GradientError(
                f"{cls.__name__}.apply: give {tensors[0]} by position: no gradient flows to keywords"
            )
        ctx = cls()
        with recording(False):
            out = cls.forward(ctx, *args, **params)
        ys = out if isinstance(out, tuple) else (out,)
        if odd := [y for y in ys if not isinstance(y, Tensor)]:
            raise DTypeError(f"{cls.__name__}: forward returned {describe(odd[0])}, where tensors are wanted")
        needed = [i for i, a in enumerate(args) if isinstance(a, Tensor) and a.needs_grad]
        if not (needed and mode.record):
            return out
        n = node_of(cls, ctx, args, needed, ys)
        if mode.record is not True:
            mode.record(
                n, [*(a.data if isinstance(a, Tensor) else a for a in args), *(y.data for y in ys), params]
            )
        if len(ys) == 1:
            y = Tensor(ys[0].data, True, n) if n.op.flows[0] else Tensor(ys[0].data)
            return (y,) if isinstance(out, tuple) else y
        pairs = enumerate(zip(ys, n.op.flows, strict=True))
        return tuple(Tensor(y.data, True, Pick(n, k)) if flows else Tensor(y.data) for k, (y, flows) in pairs)


def node_of(cls: type[Function], ctx: Function, args: Any, needed: list[int], ys: tuple[Tensor, ...]) -> Node:
    """The Node of a user's Function: an op with one joint rule that runs its backward on Tensors."""
    me, plan, n = Op.__new__(Op), Plan(), Node()
    me.name, me.outputs, me.grads = (
        cls.__name__,
        [f"y{k}" for k in range(len(ys))],
        [f"y{k}" for k in range(len(ys))],
    )
    me.composite, me.varied, me.joint = None, False, True
    me.flows = me.zeros = [is_float(y.dtype) for y in ys]
    kept, ctx.kept = ctx.kept, ()  # no output Tensor may stay in the graph
    edge = {id(args[i]): k for k, i in enumerate(needed)}
    made = {id(y): name for y, name in zip(ys, me.outputs, strict=True)}
    plan.how = [edge.get(id(t), made.get(id(t), "const")) for t in kept]
    plan.joint, plan.only = getter(needed), None

    def rule(*values: Any) -> Any:
        boxed = [Tensor(v) if type(v) in NAMESPACES else v for v in values]
        ctx.saved_tensors = tuple(boxed[len(ys) :])
        gs = cls.backward(ctx, *boxed[: len(ys)])
        gs = gs if isinstance(gs, tuple) else (gs,)
        ctx.saved_tensors = None
        if len(gs) != len(args):
            raise GradientError(
                f"{cls.__name__}: backward gave {len(gs)} gradients for {len(args)} arguments"
            )
        for k, g in enumerate(gs):
            if g is not None and not isinstance(g, Tensor):
                what = f"{describe(g)} for argument {k}, where a tensor or None is wanted"
                raise GradientError(f"{cls.__name__}: backward gave {what}")
        return gs if any(isinstance(v, Tensor) for v in values) else [g if g is None else g.data for g in gs]

    plan.calls = [(rule, getter(list(range(len(ys) + len(kept)))))]
    n.op, n.plan, n.edges = me, plan, [args[i].edge for i in needed]
    n.saved, n.time, n.hooks, n.where = [t if t is None else t.data for t in kept], writes.clock, None, None
    n.shape = [y.shape for y in ys] if len(ys) > 1 else ys[0].shape
    return n
