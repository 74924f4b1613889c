"""Matrix products on the GPU: cuBLAS, asked directly where CuPy lacks a batch of halves or tf32."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ._numpy_matmul import in_one
from .settings import settings

Array = Any

REAL = {"float32": "CUDA_R_32F", "float16": "CUDA_R_16F", "bfloat16": "CUDA_R_16BF"}


class Products:
    """The extra `product`, for one array library."""

    def __init__(self, cp: Any) -> None:
        self.cp = cp
        self.one, self.zero = np.ones(1, np.float32), np.zeros(1, np.float32)  # cuBLAS takes their addresses

    def product(self, a: Array, b: Array, bias: Array | None = None) -> Array:
        """a @ b + bias."""
        y = in_one(self.matmul, a, b)
        if bias is not None:
            y += bias
        return y

    def matmul(self, a: Array, b: Array) -> Array:
        """`numpy.matmul`. Halves are summed in float; float32 is multiplied as tf32 where the user allows it.

        Raises:
            ValueError: for shapes that do not fit.
        """
        tf32 = a.dtype == np.float32 and settings.float32_matmul_precision != "highest"
        halves = a.dtype.name in ("float16", "bfloat16")
        if (
            not (tf32 or halves)
            or min(a.ndim, b.ndim) < 2
            or a.dtype != b.dtype
            or a.shape[-1] != b.shape[-2]
        ):
            return self.cp.matmul(a, b)
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        (m, k), n = a.shape[-2:], b.shape[-1]
        y = self.cp.zeros((*batch, m, n), a.dtype) if not k else self.cp.empty((*batch, m, n), a.dtype)
        if y.size and k:
            self.batched(a, b, y, batch, tf32)
        return y

    def batched(self, a: Array, b: Array, y: Array, batch: tuple[int, ...], tf32: bool) -> None:
        """One call over all matrices. cuBLAS counts columns first: it multiplies b' a' into y'."""
        blas, count = self.cp.cuda.cublas, prod(batch)
        (left, transposed_a, lda, step_a), (right, transposed_b, ldb, step_b) = (
            self.laid(x, batch) for x in (a, b)
        )
        m, n = y.shape[-2:]
        kind = getattr(self.cp.cuda.runtime, REAL[y.dtype.name])
        compute = blas.CUBLAS_COMPUTE_32F_FAST_TF32 if tf32 else blas.CUBLAS_COMPUTE_32F
        blas.gemmStridedBatchedEx(
            *(self.cp.cuda.get_cublas_handle(), transposed_b, transposed_a, n, m, a.shape[-1]),
            *(self.one.ctypes.data, right.data.ptr, kind, ldb, step_b),
            *(left.data.ptr, kind, lda, step_a, self.zero.ctypes.data),
            *(y.data.ptr, kind, n, m * n, count, compute, blas.CUBLAS_GEMM_DEFAULT),
        )

    def laid(self, x: Array, batch: tuple[int, ...]) -> tuple[Array, int, int, int]:
        """(memory, whether it is transposed, rows' distance, matrices' distance), copied where it has to be."""
        size = x.itemsize
        if prod(x.shape[:-2]) == 1:
            x, step = x.reshape(x.shape[-2:]), 0
        else:
            x = self.cp.broadcast_to(x, (*batch, *x.shape[-2:])) if x.shape[:-2] != batch else x
            x, step = x.reshape(-1, *x.shape[-2:]), -1
        rows, columns = x.strides[-2:]
        m, n = x.shape[-2:]
        if columns == size and rows >= n * size and rows % size == 0:
            transposed, distance = 0, rows // size
        elif rows == size and columns >= m * size and columns % size == 0:
            transposed, distance = 1, columns // size
        else:
            x = self.cp.ascontiguousarray(x)
            transposed, distance = 0, n
        if step and x.strides[0] % size:
            x = self.cp.ascontiguousarray(x)
        return x, transposed, distance, step and x.strides[0] // size
