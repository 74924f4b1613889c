"""Operations in place: writes into a tensor's memory, or, where they are recorded, its move to new memory."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from . import ops, writes
from .backend import as_array, namespace_of
from .core import Node, Tensor, cast
from .dtypes import PYTHON, level
from .errors import ArgumentError, DTypeError, GradientError, ShapeError, describe, explain
from .mode import mode
from .ops.index import parted, plain
from .writes import changed, check_stale, mark_stale, owner, stale


def inplace(fn: Callable[..., Tensor], x: Tensor, *args: Any, **params: Any) -> Tensor:
    """x becomes fn(x, ...).

    A result of another dtype is cast to x's, unless that would lose its kind: floats are not made integers.
    Unrecorded, the result is written into x's memory. Recorded, x moves to new memory: what others saved stays right,
    and every other tensor over the old memory is stale, so that using it is an error and never a wrong number.
    """
    if x.needs_grad and mode.record and (leaf := viewed(x)) is not None:
        what = "a leaf that requires grad" if leaf is x else "a view of a leaf that requires grad"
        raise GradientError(f"{fn.__name__}_: {what} changes in place only under no_grad")
    y = fn(x, *args, **params)
    if y.dtype != x.dtype and level(y.dtype) <= level(x.dtype):
        y = cast(y, dtype=x.dtype)
    if (y.shape, y.dtype) != (x.shape, x.dtype):
        kind = ShapeError if y.shape != x.shape else DTypeError
        raise kind(f"{fn.__name__}_: {describe(x)} cannot hold the result {describe(y)}")
    if y.needs_grad:
        mark_stale(x.data, x)
        before = x.edge
        x.data, x.node, x.needs_grad = y.data, y.node, True
        follow(x, before)
    else:
        writable(x, f"{fn.__name__}_")
        x.data[...] = y.data
        changed(x.data)
    return x


VIEWS = {
    *(
        "alias",
        "as_strided",
        "diagonal",
        "expand",
        "flatten",
        "flip",
        "getitem",
        "mT",
        "movedim",
        "permute",
        "reshape",
        "split",
        "squeeze",
    ),
    *("transpose", "unbind", "unflatten", "unfold", "unsqueeze"),
}


def viewed(x: Tensor) -> Tensor | None:
    """The leaf whose memory x shares: x itself, or one that it is a view of."""
    e, own = x.edge, owner(x.data)
    while not isinstance(e, Tensor):
        if isinstance(e, Node) and e.op.name not in VIEWS:
            return None
        (e,) = e.edges or (None,)
        if e is None:
            return None
    return e if owner(e.data) is own else None


class Keep:
    """The hook of `retain_grad`: adds up what flows to a tensor, which it does not keep alive."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = weakref.ref(tensor)

    def __call__(self, g: Tensor) -> None:
        """Add g."""
        if (t := self.tensor()) is not None:
            t.grad = g if t.grad is None else t.grad + g


def follow(x: Tensor, before: Any) -> None:
    """A tensor that retains its gradient goes on doing so where it has moved to."""
    hooks = before.hooks or []
    for hook in [h for h in hooks if type(h) is Keep and h.tensor() is x]:
        hooks.remove(hook)
        x.edge.hooks = [*(x.edge.hooks or []), hook]


def writable(x: Tensor, name: str) -> None:
    """Refuse to write what is a read-only view, such as the result of expand."""
    if not getattr(x.data.flags, "writeable", True):
        raise ArgumentError(
            f"{name}: this tensor is a read-only view (of expand or NumPy data); clone() it first"
        )


def set_item(x: Tensor, index: Any, value: Any) -> None:
    """`x[index] = value`; recorded if a gradient flows through x or value.

    Raises:
        IndexingError: for an index outside of x.
        ShapeError: if value does not broadcast to x[index].
        DTypeError: if value is not made of numbers, or of one that x cannot hold.
        GradientError: for a leaf that requires grad, outside of no_grad.
    """
    index = plain(index)
    held = stale.get(id(owner(x.data)))
    if held and held[2]() is value and same_place(x.data, index, held[3]):
        del stale[id(owner(x.data))]  # x[i] += v: Python hands back the piece of x that has just moved away
    check_stale([x.data])
    if not isinstance(value, Tensor) and type(value) not in PYTHON:
        value = Tensor(as_array(value))
    if mode.record and (x.needs_grad or (isinstance(value, Tensor) and value.needs_grad)):
        v = cast(value, dtype=x.dtype) if isinstance(value, Tensor) and value.dtype != x.dtype else value
        if parts := parted(index):
            index, v = parts[0], ops.setitem(ops.getitem(x, index=parts[0]), v, index=parts[1])
        inplace(ops.setitem, x, v, index=index)
        return
    writable(x, "setitem")
    raw = value.data if isinstance(value, Tensor) else value
    try:
        parts = parted(index) or ((), index)
        namespace_of(x.data).set_at(x.data[parts[0]] if parts[0] else x.data, parts[1], raw)
    except Exception as error:
        op = ops.setitem.op  # type: ignore[attr-defined]
        raise explain(op, error, [x.data, raw], {"index": index}) from error
    changed(x.data)


def same_place(x: Any, index: Any, place: Any) -> bool:
    """Whether x[index] is a view of just this place in memory."""
    at = index if isinstance(index, tuple) else (index,)
    at = at if any(i is Ellipsis for i in at) else (*at, ...)  # so that a single element is a view too
    try:
        return bool(writes.place(x[at]) == place)
    except IndexError:
        return False


def fill_(self: Tensor, value: Any) -> Tensor:
    """Every element becomes `value`, a number or a 0-d tensor."""
    set_item(self, ..., value)
    return self


def zero_(self: Tensor) -> Tensor:
    """Every element becomes 0."""
    return fill_(self, 0)


def copy_(self: Tensor, src: Tensor, non_blocking: bool = False) -> Tensor:
    """The elements become those of `src`, which broadcasts, in the dtype of this tensor, before this returns."""
    set_item(self, ..., src)
    return self


def in_place(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The method that changes its tensor in place by `fn`."""

    def method(self: Tensor, *args: Any, **params: Any) -> Tensor:
        return inplace(fn, self, *args, **params)

    method.__name__, method.__doc__ = f"{fn.__name__}_", f"`{fn.__name__}`, in place."
    return method


def seen_anew(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The method by which a tensor becomes a view of itself, by `fn`; its memory stays what it is."""

    def method(self: Tensor, *args: Any, **params: Any) -> Tensor:
        name = f"{fn.__name__}_"
        if self.needs_grad and (not mode.record or viewed(self) is not None):
            raise GradientError(
                f"{name}: a leaf that requires grad, or a view of one, keeps its shape; use {name[:-1]}"
            )
        y, before = fn(self, *args, **params), self.edge
        self.data, self.node = y.data, y.node
        if self.node is not None:
            follow(self, before)
        return self

    method.__name__, method.__doc__ = (
        f"{fn.__name__}_",
        f"`{fn.__name__}`, in place: another view of the same memory.",
    )
    return method
