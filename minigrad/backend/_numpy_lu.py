"""LU factors with partial pivoting, on the CPU: NumPy has none."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

Array = Any


def lu_factor(x: Array) -> tuple[Array, Array, Array]:
    """L and U in one matrix, the row that each step takes, and the order of the rows that results; by batches."""
    *lead, m, n = x.shape
    k = min(m, n)
    a = x.reshape(prod(lead), m, n).copy()
    rows = np.arange(a.shape[0])
    pivots = np.zeros((a.shape[0], k), np.int64)
    order = np.broadcast_to(np.arange(m), (a.shape[0], m)).copy()
    for j in range(k):
        at = np.abs(a[:, j:, j]).argmax(1) + j
        pivots[:, j] = at
        for v in (a, order):
            v[rows, at], v[:, j] = v[:, j].copy(), v[rows, at]
        pivot = a[:, j, j]
        a[:, j + 1 :, j] /= np.where(pivot == 0, 1, pivot)[:, None]
        a[:, j + 1 :, j + 1 :] -= a[:, j + 1 :, j, None] * a[:, j, None, j + 1 :]
    return a.reshape(x.shape), pivots.reshape(*lead, k), order.reshape(*lead, m)


def rows_of(pivots: Array, m: int) -> Array:
    """The order of m rows after the swaps that `pivots` (from 0) names."""
    flat = pivots.reshape(prod(pivots.shape[:-1]), pivots.shape[-1])
    rows = np.arange(flat.shape[0])
    order = np.broadcast_to(np.arange(m), (flat.shape[0], m)).copy()
    for j in range(flat.shape[1]):
        at = flat[:, j]
        order[rows, at], order[:, j] = order[:, j].copy(), order[rows, at]
    return order.reshape(*pivots.shape[:-1], m)
