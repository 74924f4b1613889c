"""Operations in place: writes into a tensor's memory, or, where they are recorded, its move to new memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import ops
from .backend import as_array
from .core import Tensor, cast
from .dtypes import PYTHON, level
from .errors import ArgumentError, DTypeError, GradientError, ShapeError, describe, explain
from .mode import mode
from .ops.index import raw_index
from .writes import changed, check_stale, mark_stale, owner, stale


def inplace(fn: Callable[..., Tensor], x: Tensor, *args: Any, **params: Any) -> Tensor:
    """x becomes fn(x, ...).

    A result of another dtype is cast to x's, unless that would lose its kind: floats are not made integers.
    Unrecorded, the result is written into x's memory. Recorded, x moves to new memory: what others saved stays right,
    and every other tensor over the old memory is stale, so that using it is an error and never a wrong number.
    """
    if x.needs_grad and x.node is None and mode.record:
        raise GradientError(f"{fn.__name__}_: a leaf that requires grad changes in place only under no_grad")
    y = fn(x, *args, **params)
    if y.dtype != x.dtype and level(y.dtype) <= level(x.dtype):
        y = cast(y, dtype=x.dtype)
    if (y.shape, y.dtype) != (x.shape, x.dtype):
        kind = ShapeError if y.shape != x.shape else DTypeError
        raise kind(f"{fn.__name__}_: {describe(x)} cannot hold the result {describe(y)}")
    if y.needs_grad:
        mark_stale(x.data, x)
        x.data, x.node, x.needs_grad = y.data, y.node, True
    else:
        writable(x, f"{fn.__name__}_")
        x.data[...] = y.data
        changed(x.data)
    return x


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
    held = stale.get(id(owner(x.data)))
    if held and held[2]() is value:  # x[i] += v: Python hands back the piece of x that has just moved away
        del stale[id(owner(x.data))]
    check_stale([x.data])
    index = raw_index(index)
    if not isinstance(value, Tensor) and type(value) not in PYTHON:
        value = Tensor(as_array(value))
    if mode.record and (x.needs_grad or (isinstance(value, Tensor) and value.needs_grad)):
        v = cast(value, dtype=x.dtype) if isinstance(value, Tensor) and value.dtype != x.dtype else value
        inplace(ops.setitem, x, v, index=index)
        return
    writable(x, "setitem")
    raw = value.data if isinstance(value, Tensor) else value
    try:
        x.data[index] = raw
    except Exception as error:
        op = ops.setitem.op  # type: ignore[attr-defined]
        raise explain(op, error, [x.data, raw], {"index": index}) from error
    changed(x.data)


def fill_(self: Tensor, value: Any) -> Tensor:
    """Every element becomes `value`, a number or a 0-d tensor."""
    set_item(self, ..., value)
    return self


def zero_(self: Tensor) -> Tensor:
    """Every element becomes 0."""
    return fill_(self, 0)


def copy_(self: Tensor, src: Tensor) -> Tensor:
    """The elements become those of `src`, which broadcasts, in the dtype of this tensor."""
    set_item(self, ..., src)
    return self


def in_place(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The method that changes its tensor in place by `fn`."""

    def method(self: Tensor, *args: Any, **params: Any) -> Tensor:
        return inplace(fn, self, *args, **params)

    method.__name__, method.__doc__ = f"{fn.__name__}_", f"`{fn.__name__}`, in place."
    return method
