"""Adding and writing at an index on the CPU: what NumPy has only slowly, or not at all."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..dtypes import accumulator, is_float

Shape = tuple[int, ...]


def repeats(index: Any) -> bool:
    """Whether an index can name a place twice: only arrays and lists of integers can."""
    items = index if isinstance(index, tuple) else (index,)
    arrays = [np.asarray(i) for i in items if isinstance(i, list | np.ndarray)]
    return any(a.ndim and a.dtype != np.bool_ for a in arrays)


def places(shape: Shape, index: Any, few: bool) -> Any:
    """The flat positions that an index names in an array of `shape`.

    few: the index names far fewer places than the array has; then no array of that size is made.
    """
    row = index[0] if isinstance(index, tuple) and len(index) == 1 else index
    if isinstance(row, np.ndarray) and row.dtype != np.bool_ and row.size:
        step = prod(shape[1:])
        if row.min() >= 0 and row.max() < shape[0]:  # whole rows; NumPy's own error otherwise
            return (row[..., None] * np.int64(step) + np.arange(step)).reshape(*row.shape, *shape[1:])
    if not few:
        return np.arange(prod(shape)).reshape(shape)[index]
    total: Any = 0
    for k, n in enumerate(shape):
        step = prod(shape[k + 1 :])
        along = np.arange(0, n * step, step) if step else np.zeros(n, np.int64)
        total = total + np.broadcast_to(along.reshape(-1, *[1] * (len(shape) - 1 - k)), shape)[index]
    return total


def add_at(shape: Shape, index: Any, values: Any) -> Any:
    """A new array of zeros with `values` added at `index`, repeated places summed; halves are summed in float32."""
    if not repeats(index):
        y = np.zeros(shape, values.dtype)
        y[index] = values
        return y
    y = np.zeros(shape, accumulator(values.dtype) if is_float(values.dtype) else values.dtype)
    if values.size < 1000:
        np.add.at(y, index, values)
    else:  # NumPy adds several times faster at one flat index
        at = places(shape, index, few=y.size > 4 * values.size)
        np.add.at(y.reshape(-1), at.reshape(-1), np.broadcast_to(values, at.shape).reshape(-1))
    return y.astype(values.dtype, copy=False)


def overwritten(shape: Shape, index: Any, like: Any) -> Any:
    """Where, among the places that an index names, a later one of them is the same: there a write leaves nothing."""
    order = np.arange(like.size).reshape(like.shape)
    if not repeats(index):
        return np.zeros(like.shape, np.bool_)
    last = np.zeros(shape, np.int64)
    last[index] = order
    return last[index] != order


def diagonal(x: Any, offset: int, dim1: int, dim2: int) -> Any:
    """NumPy's diagonal, a view that can be written where x can."""
    y = np.diagonal(x, offset, dim1, dim2)
    if y.base is not None and x.flags.writeable:
        y.flags.writeable = True
    return y


def strided(x: Any, shape: Any, strides: Any) -> Any:
    """A view from the first element of x on, under strides in bytes that stay inside of x.

    NumPy's own as_strided hides which array owns the memory, and writes are noted by owner; where the owner's
    memory cannot be named, the view is one of a copy.
    """
    root = x
    while type(root.base) is np.ndarray:
        root = root.base
    root = root.transpose(sorted(range(root.ndim), key=lambda k: -root.strides[k]))
    if not root.flags.c_contiguous or not x.size:
        return np.lib.stride_tricks.as_strided(x, shape, strides).copy()
    first = x.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    y: Any = np.ndarray(tuple(shape), x.dtype, root, first, tuple(strides))
    y.flags.writeable = x.flags.writeable
    return y


JOIN = {"amax": np.maximum, "amin": np.minimum, "prod": np.multiply}


def join_at(x: Any, index: Any, values: Any, kind: str) -> Any:
    """A copy of x with values joined to what is at `index`: the largest, the least, or the product of all."""
    y = np.array(x)
    if values.size < 1000:
        JOIN[kind].at(y, index, values)
    else:  # NumPy joins several times faster at one flat index
        at = places(y.shape, index, few=y.size > 4 * values.size)
        JOIN[kind].at(y.reshape(-1), at.reshape(-1), np.broadcast_to(values, at.shape).reshape(-1))
    return y


def local(name: str, index: Any, shape: Shape) -> Any:
    """An index whose arrays lie where they are used: here all do."""
    return index


def set_at(x: Any, index: Any, values: Any) -> None:
    """x[index] = values; of places that are named more than once the last stays."""
    x[index] = values


def outside(name: str, index: Any, n: int) -> bool:
    """Whether an index lies outside of 0 to n - 1."""
    return bool(index.size) and bool(index.min() < 0 or index.max() >= n)
