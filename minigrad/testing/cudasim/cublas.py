"""`cupy.cuda.cublas`, as far as minigrad calls it: one product, over memory by address, columns first as in Fortran."""

from __future__ import annotations

import ctypes

import numpy as np

from ...dtypes import as_dtype

CUBLAS_OP_N, CUBLAS_OP_T = 0, 1
CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_FAST_TF32 = 68, 77
CUBLAS_GEMM_DEFAULT = -1
REAL = {0: "float32", 2: "float16", 14: "bfloat16"}  # of the runtime's CUDA_R_*


def memory(ptr: int, kind: int, extents: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
    """An array over memory that begins at an address."""
    dtype = as_dtype(REAL[kind])
    count = 1 + sum((n - 1) * s for n, s in zip(extents, strides, strict=True))
    raw = (ctypes.c_char * (count * dtype.itemsize)).from_address(ptr)
    flat: np.ndarray = np.frombuffer(memoryview(raw), dtype)
    return np.lib.stride_tricks.as_strided(
        flat, extents, [s * dtype.itemsize for s in strides], writeable=True
    )


def as_tf32(x: np.ndarray) -> np.ndarray:
    """10 bits of fraction, to nearest."""
    bits = (np.ascontiguousarray(x).view(np.uint32) + np.uint32(0x1000)) & np.uint32(0xFFFFE000)
    return np.where(np.isfinite(x), bits.view(np.float32), x)


def gemmStridedBatchedEx(
    handle: int,
    transa: int,
    transb: int,
    m: int,
    n: int,
    k: int,
    alpha: int,
    A: int,
    Atype: int,
    lda: int,
    strideA: int,
    B: int,
    Btype: int,
    ldb: int,
    strideB: int,
    beta: int,
    C: int,
    Ctype: int,
    ldc: int,
    strideC: int,
    batchCount: int,
    computeType: int,
    algo: int,
) -> None:
    """C = alpha op(A) op(B) + beta C for each of a batch; sums in float.

    Raises:
        ValueError: for a leading dimension that is too small.
    """
    for given, least in ((lda, k if transa else m), (ldb, n if transb else k), (ldc, m)):
        if given < max(1, least):
            raise ValueError("CUBLAS_STATUS_INVALID_VALUE")
    one, zero = (ctypes.c_float.from_address(p).value for p in (alpha, beta))
    a = memory(A, Atype, (batchCount, m, k), (strideA, *((lda, 1) if transa else (1, lda)))).astype(
        np.float32
    )
    b = memory(B, Btype, (batchCount, k, n), (strideB, *((ldb, 1) if transb else (1, ldb)))).astype(
        np.float32
    )
    if computeType == CUBLAS_COMPUTE_32F_FAST_TF32:
        a, b = as_tf32(a), as_tf32(b)
    c = memory(C, Ctype, (batchCount, m, n), (strideC, 1, ldc))
    old = 0.0 if not zero else c.astype(np.float32) * np.float32(zero)
    c[...] = np.float32(one) * np.matmul(a, b) + old
