"""Sums on the CPU whose rounding errors stay small."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

Array = Any

add: Any = np.add.reduce
BLOCK = 128  # terms that NumPy adds one after the other


def total(x: Array, axes: Any, dtype: Any, keepdims: bool = False) -> Array:
    """The sum over axes (None: all), the partial sums of blocks added in turn.

    NumPy adds in pairs along the axis that lies densest in memory, but one after the other along all others, where
    the error of a float32 sum grows with the number of terms.

    Source: Higham 1993, "The accuracy of floating point summation", section 2 (blocked summation).
    """
    if x.size > BLOCK and np.dtype(dtype) == np.float32:
        summed = range(x.ndim) if axes is None else [k % x.ndim for k in axes]
        dense = min((k for k in range(x.ndim) if x.shape[k] > 1), key=lambda k: abs(x.strides[k]))
        slow = [k for k in summed if k != dense]
        if prod(x.shape[k] for k in slow) > 2 * BLOCK:
            k = max(slow, key=lambda k: x.shape[k])
            whole = x.shape[k] // BLOCK * BLOCK
            if whole:
                lead = (slice(None),) * k
                blocks = x[(*lead, slice(whole))]
                blocks = blocks.reshape(
                    *x.shape[:k], -1, BLOCK, *x.shape[k + 1 :]
                )  # a view, whatever the strides
                parts = [add(blocks, k + 1, dtype)]
                if whole < x.shape[k]:
                    parts.append(add(x[(*lead, slice(whole, None))], k, dtype, None, True))
                return total(np.concatenate(parts, k) if len(parts) > 1 else parts[0], axes, dtype, keepdims)
    return add(x, axes, dtype, None, keepdims)
