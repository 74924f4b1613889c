"""softmax and log_softmax on the CPU, forward and backward."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import accumulator
from ._numpy_reduce import total

Array = Any


def softmax(x: Array, axis: int, log: bool) -> Array:
    """exp(x) divided by its sum along an axis, or the logarithm of that; without overflow."""
    v = x.astype(accumulator(x.dtype), copy=False)
    y = v - (v.max(axis, keepdims=True) if v.size else 0)
    if log:
        y -= np.log(total(np.exp(y), (axis,), y.dtype, True))
    else:
        np.exp(y, out=y)
        y /= total(y, (axis,), y.dtype, True)
    return y.astype(x.dtype, copy=False)


def softmax_input(g: Array, y: Array, axis: int, log: bool) -> Array:
    """The gradient of x, from that of y = softmax(x), or log_softmax(x)."""
    to = accumulator(y.dtype)
    g, v = g.astype(to, copy=False), y.astype(to, copy=False)
    if log:
        x = np.exp(v)
        x *= -total(g, (axis,), to, True)
        x += g
    else:
        x = g - total(g * v, (axis,), to, True)
        x *= v
    return x.astype(y.dtype, copy=False)


def places(index: Array, axis: int) -> Any:
    """The index of one element along an axis for each place of the others."""
    where = [np.arange(n).reshape(-1, *[1] * (index.ndim - 1 - j)) for j, n in enumerate(index.shape)]
    return (*where[:axis], index, *where[axis:])


def cross_entropy(x: Array, want: Array, each: Any, axis: int) -> tuple[Array, Array, Array]:
    """The loss of each place against the class that is wanted, times `each`, 0 where that is 0.

    Returns:
        the losses, the largest score, and the sum of exponentials above it, all in the dtype of sums.
    """
    x = x.astype(accumulator(x.dtype), copy=False)
    top = x.max(axis, keepdims=True)
    away = x - top
    sums = total(np.exp(away), (axis,), x.dtype, True)
    y = np.log(sums).reshape(want.shape) - away[places(want, axis)]
    return (y if each is None else np.where(each == 0, 0, y * each)), top, sums


def cross_entropy_input(g: Array, x: Array, want: Array, top: Array, sums: Array, axis: int) -> Array:
    """The gradient of the scores, from that of the loss of each place, or one for all."""
    scale = g.reshape(top.shape) if g.ndim else g
    p = np.exp(x.astype(top.dtype, copy=False) - top)
    p *= scale / sums
    p[places(want, axis)] -= scale.reshape(want.shape) if g.ndim else scale
    return p.astype(x.dtype, copy=False)
