"""Samples of minigrad/ops/embedding.py: rows copied one by one."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

from .case import Case, S, bad, f, ints

Array = Any


def embedding(
    weight: Array, index: Array, padding_idx: Any = None, scale_grad_by_freq: bool = False
) -> Array:
    y = np.empty((*index.shape, weight.shape[1]))
    for i in np.ndindex(index.shape):
        for k in range(weight.shape[1]):
            y[(*i, k)] = weight[int(index[i]), k]
    return y


CASES = [
    Case(
        ops.embedding,
        embedding,
        [
            S(f(4, 3), np.array([[2, 0], [2, 3]])),
            S(f(4, 2), np.array(1), name="0-d"),
            S(f(4, 2), np.array([], int), name="none"),
            S(f(300, 2), ints(2, 9, low=0, high=300), name="many rows"),
            # the gradient is not that of the values, on purpose: its tests are in tests/ops/test_embedding_torch.py
            S(f(4, 2), np.array([0, 1, 1]), padding_idx=-3, order=0, reason="a row without a gradient"),
            S(f(4, 2), np.array([0, 1, 1]), scale_grad_by_freq=True, order=0, reason="a mean of gradients"),
        ],
        [
            bad(
                IndexingError,
                r"embedding: index 4 is outside of 0..3, the rows of weight",
                f(4, 2),
                np.array([0, 4]),
            ),
            bad(IndexingError, r"embedding: index -1 is outside", f(4, 2), np.array([[-1]])),
            bad(DTypeError, r"embedding: index is float64, where integers", f(4, 2), f(3)),
            bad(ShapeError, r"embedding: weight is float64\[4\], where \(V, D\)", f(4), np.array([0])),
            bad(
                ArgumentError,
                r"embedding: padding_idx is 4, and weight has 4 rows",
                f(4, 2),
                np.array([0]),
                padding_idx=4,
            ),
        ],
    )
]
