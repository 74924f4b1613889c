"""Matrix products on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..dtypes import accumulator, is_float

Array = Any


def in_one(matmul: Callable[[Array, Array], Array], a: Array, b: Array) -> Array:
    """a @ b by `matmul`; many matrices times one are one matrix product."""
    if a.ndim > 2 and b.ndim == 2 and a.flags.c_contiguous and a.size:
        return matmul(a.reshape(-1, a.shape[-1]), b).reshape(*a.shape[:-1], b.shape[1])
    return matmul(a, b)


def product(a: Array, b: Array, bias: Array | None = None) -> Array:
    """a @ b + bias, halves by way of float32."""
    dtype = a.dtype
    if dtype.itemsize == 2 and is_float(dtype):
        a, b = a.astype(accumulator(dtype)), b.astype(accumulator(dtype))
    y = in_one(np.matmul, a, b)
    if bias is not None:
        y += bias
    return y if y.dtype == dtype else y.astype(dtype)
