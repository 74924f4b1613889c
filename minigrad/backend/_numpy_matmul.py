"""Matrix products on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import accumulator, is_float

Array = Any


def product(a: Array, b: Array, bias: Array | None = None) -> Array:
    """a @ b + bias, halves by way of float32; many matrices times one are one matrix product."""
    dtype = a.dtype
    if dtype.itemsize == 2 and is_float(dtype):
        a, b = a.astype(accumulator(dtype)), b.astype(accumulator(dtype))
    if a.ndim > 2 and b.ndim == 2 and a.flags.c_contiguous and a.size:
        y = np.matmul(a.reshape(-1, a.shape[-1]), b).reshape(*a.shape[:-1], b.shape[1])
    else:
        y = np.matmul(a, b)
    if bias is not None:
        y += bias
    return y if y.dtype == dtype else y.astype(dtype)
