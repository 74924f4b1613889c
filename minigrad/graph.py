"""A tensor and the graph behind it: backward, hooks, leaves, and what becomes of saved tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .backend import ARRAYS
from .core import Node, Tensor, accumulate, backward
from .dtypes import is_float
from .errors import DTypeError, GradientError, ShapeError, describe
from .inplace import Keep, viewed
from .mode import After, mode, recording

__all__ = ["register_multi_grad_hook", "saved_tensors_hooks"]


class Handle:
    """What a hook's registration returns: `remove()`, or the end of a `with` block, undoes it."""

    def __init__(self, hooks: list[Any], hook: Any) -> None:
        self.hooks, self.hook = hooks, hook

    def remove(self) -> None:
        """Take the hook away, once if it was registered twice; a second call does no harm."""
        for k, hook in enumerate(self.hooks):
            if hook is self.hook:
                del self.hooks[k]
                break
        self.hook = None

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *error: Any) -> None:
        self.remove()


def tensor_backward(
    self: Tensor,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradient of this tensor to the `.grad` of every leaf that it came from.

    Args:
        gradient: the gradient of this tensor, of its shape; may be left out for a single number.
        retain_graph: keep what was saved, so that backward can run again. Default: `create_graph`.
        create_graph: record the backward pass itself, for derivatives of higher order.
        inputs: a tensor or a sequence of them, leaves or not: only their `.grad` grows.

    Raises:
        GradientError: if no gradient flows here, the graph was freed, or a saved value was changed in place.
        ShapeError: if `gradient` is missing or misshapen.

    >>> import minigrad as mg
    >>> x = mg.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """
    if inputs is None:
        backward([self], [gradient], create_graph, retain_graph)
        return
    xs = list(dict.fromkeys([inputs] if isinstance(inputs, Tensor) else inputs))
    if not xs:
        raise GradientError("backward: inputs is empty; leave it out for all leaves")
    if idle := [k for k, x in enumerate(xs) if not (isinstance(x, Tensor) and x.needs_grad)]:
        raise GradientError(f"backward: inputs {idle} are no tensors that require grad")
    found = backward([self], [gradient], create_graph, retain_graph, {x.edge for x in xs})
    for x in [x for x in xs if x.edge in found and not retains_grad(x)]:  # that has it already
        g = found[x.edge]
        accumulate(x, g if create_graph else g.data, create_graph, False)
        for after in [h for h in x.hooks or () if type(h) is After]:
            after.hook(x)


def set_requires_grad(self: Tensor, value: bool) -> None:
    """Turn gradients on or off for a leaf.

    Raises:
        GradientError: when turned off for the result of a recorded op.
        DTypeError: when turned on for a tensor that is not floating.
    """
    if self.node is not None and not value:
        raise GradientError("requires_grad: only a leaf can stop requiring grad; use detach() on a result")
    if value and not is_float(self.dtype):
        raise DTypeError(f"requires_grad: only floating tensors have gradients, this one is {self.dtype}")
    self.needs_grad = bool(value)


def set_grad(self: Tensor, value: Any) -> None:
    """`grad` becomes a tensor like this one, or None.

    Raises:
        ShapeError, DTypeError: for a tensor of another shape or dtype, and for what is no tensor.
    """
    if value is not None:
        if not isinstance(value, Tensor) or value.dtype != self.dtype:
            raise DTypeError(f"grad: {describe(value)} is not a gradient of {describe(self)}, nor None")
        if value.shape != self.shape:
            raise ShapeError(f"grad: {describe(value)} is not a gradient of {describe(self)}")
    self._grad = value


def requires_grad_(self: Tensor, requires_grad: bool = True) -> Tensor:
    """Set `requires_grad` and return the tensor."""
    set_requires_grad(self, requires_grad)
    return self


def detach(self: Tensor) -> Tensor:
    """The same memory outside of any graph."""
    return Tensor(self.data)


def detach_(self: Tensor) -> Tensor:
    """Take the tensor itself out of its graph: it becomes a leaf that does not require grad.

    Raises:
        GradientError: for a view, whose memory is part of another tensor's graph.
    """
    if self.node is not None and viewed(self) is not None:
        raise GradientError("detach_: this tensor is a view of a leaf that requires grad; use detach()")
    self.node, self.needs_grad, self.hooks = None, False, None
    return self


def register_hook(self: Tensor, hook: Callable[[Tensor], Any]) -> Handle:
    """Call `hook(g)` with the complete gradient of this tensor; it may return another of the same shape and dtype.

    Returns:
        a handle whose `remove()` takes the hook away.

    Raises:
        GradientError: if the tensor does not require grad.
    """
    if not self.needs_grad:
        raise GradientError("register_hook: no gradient flows to this tensor, it does not require grad")
    hooks = self.edge.hooks = self.edge.hooks or []
    kept = sum(type(h) is Keep for h in hooks)  # what retain_grad keeps is the gradient after all hooks
    hooks.insert(len(hooks) - kept, hook)
    return Handle(hooks, hook)


def retain_grad(self: Tensor) -> None:
    """Keep the gradient of a tensor that is not a leaf in `.grad` too."""
    if not self.needs_grad:
        raise GradientError("retain_grad: no gradient flows to this tensor, it does not require grad")
    hooks = self.edge.hooks = self.edge.hooks or []
    if self.node is not None and not any(type(hook) is Keep and hook.tensor() is self for hook in hooks):
        hooks.append(Keep(self))


def retains_grad(self: Tensor) -> bool:
    """Whether a tensor that is not a leaf keeps its gradient: see `retain_grad`."""
    hooks = (self.node is not None and self.edge.hooks) or ()
    return any(type(hook) is Keep and hook.tensor() is self for hook in hooks)


def register_post_accumulate_grad_hook(self: Tensor, hook: Callable[[Tensor], None]) -> Handle:
    """Call `hook(leaf)` in backward, once the leaf's `.grad` holds the new gradient too: it may use and drop it.

    Returns:
        a handle whose `remove()` takes the hook away.

    Raises:
        GradientError: if the tensor is not a leaf that requires grad.

    >>> import minigrad as mg
    >>> w = mg.tensor([1.0, 2.0], requires_grad=True)
    >>> def step(w):
    ...     with mg.no_grad():
    ...         w.sub_(w.grad, alpha=0.5)
    ...     w.grad = None
    >>> handle = w.register_post_accumulate_grad_hook(step)
    >>> (w * w).sum().backward()
    >>> w.tolist()
    [0.0, 0.0]
    """
    if self.node is not None or not self.needs_grad:
        kind = "not a leaf" if self.node is not None else "a leaf that does not require grad"
        raise GradientError(f"register_post_accumulate_grad_hook: this tensor is {kind}: it collects no grad")
    hooks = self.hooks = self.hooks or []
    hooks.append(after := After(hook))
    return Handle(hooks, after)


class MultiHandle:
    """What `register_multi_grad_hook` returns: `remove()` takes the hook from all of its tensors."""

    def __init__(self, handles: list[Handle]) -> None:
        self.handles = handles

    def remove(self) -> None:
        """Take the hook away."""
        for handle in self.handles:
            handle.remove()


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[..., None], *, mode: str = "all"
) -> MultiHandle:
    """Call `fn` in backward when the gradients of several tensors are there.

    Args:
        tensors: those that do not require grad count as done, with the gradient None.
        mode: "all" calls fn(gradients) when the last of them arrives, "any" calls fn(gradient) with the first.

    Raises:
        GradientError: if none of the tensors requires grad, or for another mode.

    >>> import minigrad as mg
    >>> a, b = (mg.tensor(v, requires_grad=True) for v in (2.0, 3.0))
    >>> handle = mg.autograd.graph.register_multi_grad_hook([a, b], print)
    >>> (a * b).backward()
    [tensor(3.), tensor(2.)]
    """
    if mode not in ("all", "any"):
        raise GradientError(f"register_multi_grad_hook: mode is {mode!r}, where 'all' or 'any' is wanted")
    at = [k for k, t in enumerate(tensors) if t.needs_grad]
    if not at:
        raise GradientError("register_multi_grad_hook: none of the tensors requires grad")
    came: list[Tensor | None] = [None] * len(tensors)

    def arrived(k: int) -> Callable[[Tensor], None]:
        def hook(g: Tensor) -> None:
            first, came[k] = not any(v is not None for v in came), g
            last = all(came[j] is not None for j in at)
            gs = came.copy()
            if last:
                came[:] = [None] * len(came)
            if mode == "any" and first:
                fn(g)
            elif mode == "all" and last:
                fn(gs)

        return hook

    return MultiHandle([register_hook(tensors[k], arrived(k)) for k in at])


# ---- saved tensors --------------------------------------------------------------------------------------------------
class Packed:
    """What a pack hook made of a saved array."""

    def __init__(self, value: Any) -> None:
        self.value = value


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """A saved value, with `change` made to the arrays in it."""
    if type(value) in (tuple, list):
        return type(value)(mapped(v, change) for v in value)
    return change(value)


class saved_tensors_hooks:
    """In this block, what ops keep for backward goes through `pack_hook`, and back through `unpack_hook` when needed.

    Args:
        pack_hook: from a tensor to anything: a name on disk, a copy in a smaller dtype.
        unpack_hook: from that to a tensor of the same shape and dtype.

    Raises:
        GradientError: from backward, if unpack_hook returns another kind of tensor.

    >>> import minigrad as mg
    >>> x = mg.tensor([1.0, 2.0], requires_grad=True)
    >>> with mg.autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), mg.tensor):
    ...     y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    tensor([2., 4.])
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook
        self.stack: list[Any] = []

    def __enter__(self) -> None:
        self.stack.append(outer := mode.record)

        def watch(n: Node, values: list[Any]) -> None:
            if not callable(n.saved):  # another block inside of this one had it
                with recording(False):
                    kept = mapped([*n.saved], self.packed)
                n.saved = lambda: mapped(kept, self.unpacked)
            if callable(outer):
                outer(n, values)

        if outer:
            mode.record = watch

    def __exit__(self, *_: object) -> None:
        mode.record = self.stack.pop()

    def packed(self, value: Any) -> Any:
        """What is kept in place of a value."""
        if type(value) not in ARRAYS:
            return value
        return Packed((self.pack_hook(Tensor(value)), value.shape, value.dtype))

    def unpacked(self, value: Any) -> Any:
        """A value as the op's rule wants it."""
        if type(value) is not Packed:
            return value
        found, shape, dtype = value.value
        t = self.unpack_hook(found)
        if not isinstance(t, Tensor) or (t.shape, t.dtype) != (shape, dtype):
            raise GradientError(
                f"saved_tensors_hooks: unpack_hook returned {describe(t)}, where {dtype}{[*shape]} was packed"
            )
        return t.data
