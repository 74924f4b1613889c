"""Scans along an axis on the CPU: running extremes and first-order recurrences, without a Python step per element."""

from __future__ import annotations

from math import isqrt
from typing import Any

import numpy as np

Array = Any


def running_extreme(x: Array, axis: int, largest: bool) -> Array:
    """The largest (or smallest) of all elements up to each; NaN is more extreme than any."""
    return (np.maximum if largest else np.minimum).accumulate(x, axis)


def running_place(x: Array, values: Array, axis: int) -> Array:
    """Where each running extreme stood last."""
    n = x.shape[axis]
    place = np.arange(n, dtype=np.int32 if n < 1 << 31 else np.int64)
    met = x == values
    if x.dtype.kind in "fV":
        met |= np.isnan(x)
    at = met * place.reshape([-1 if k == axis else 1 for k in range(x.ndim)])
    return np.maximum.accumulate(at, axis).astype(np.int64)


def linear_scan(x: Array, a: Array, axis: int) -> Array:
    """y[k] = x[k] + a[k] y[k - 1] along an axis, from y[-1] = 0; x and a have one shape.

    A long axis is cut into blocks, all of which advance at once; then each block adds what the one before it ended in.
    """
    x, a = np.moveaxis(x, axis, 0), np.moveaxis(a, axis, 0)
    n, rest = x.shape[0], x.shape[1:]
    width = max(1, x[:1].size)
    blocks = max(1, isqrt(n)) if n > 64 and width < 1024 else 1
    steps = -(-n // blocks)
    y, factor = (np.zeros((steps, blocks, *rest), x.dtype) for _ in range(2))
    for to, source in ((y, x), (factor, a)):
        padded = np.zeros((blocks * steps, *rest), x.dtype)
        padded[:n] = source
        to[...] = padded.reshape(blocks, steps, *rest).swapaxes(0, 1)
    for k in range(1, steps):
        y[k] += factor[k] * y[k - 1]
        if blocks > 1:
            factor[k] *= factor[k - 1]
    if blocks > 1:
        start = np.zeros((blocks, *rest), x.dtype)
        for b in range(1, blocks):
            start[b] = y[-1, b - 1] + factor[-1, b - 1] * start[b - 1]
        factor *= start
        y += factor
    return np.moveaxis(y.swapaxes(0, 1).reshape(blocks * steps, *rest)[:n], 0, axis)
