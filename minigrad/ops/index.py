"""Indexing: reading, writing, gathering and scattering."""

from __future__ import annotations

from typing import Any

from ..core import Array, Tensor, op


def raw_index(index: Any) -> Any:
    """An index with arrays in the place of Tensors."""
    if isinstance(index, Tensor):
        return index.data
    if type(index) in (tuple, list):
        return type(index)(map(raw_index, index))
    return index


@op(lambda g, index, shape: put(g, index=index, shape=shape))
def getitem(xp: Any, x: Array, *, index: Any) -> Array:
    """`x[index]`, for every form of index that NumPy has."""
    return x[index]


@op(lambda g, index: getitem(g, index=index))
def put(xp: Any, x: Array, *, index: Any, shape: tuple[int, ...]) -> Array:
    """Zeros of `shape` with `x` added at `index`, repeated places summed."""
    return xp.add_at(shape, index, x)


@op(lambda g, index: setitem(g, 0.0, index=index), lambda g, index: getitem(g, index=index))
def setitem(xp: Any, x: Array, v: Array, *, index: Any) -> Array:
    """A copy of `x` with `v` at `index`."""
    y = x.copy()
    y[index] = v
    return y
