"""Samples of minigrad/ops/linalg.py: sums of products, one at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import DTypeError, IndexingError, ShapeError

from .case import Case, S, bad, f, ints

Array = Any


def matmul(a: Array, b: Array) -> Array:
    row, column = a.ndim == 1, b.ndim == 1
    a, b = a[None] if row else a, b[:, None] if column else b
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = np.broadcast_to(a, lead + a.shape[-2:]), np.broadcast_to(b, lead + b.shape[-2:])
    y = np.zeros((*lead, a.shape[-2], b.shape[-1]))
    for *i, n, m in np.ndindex(y.shape):
        for k in range(a.shape[-1]):
            y[(*i, n, m)] += a[(*i, n, k)] * b[(*i, k, m)]
    y = y[..., 0, :] if row else y
    return y[..., 0] if column else y


def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
    y = np.zeros((*x.shape[:-1], len(weight)))
    for i in np.ndindex(y.shape):
        y[i] = sum(float(v) * float(w) for v, w in zip(x[i[:-1]], weight[i[-1]], strict=True))
        y[i] += 0.0 if bias is None else bias[i[-1]]
    return y


def swapped(x: Array) -> Array:
    y = np.empty((*x.shape[:-2], x.shape[-1], x.shape[-2]))
    for *i, n, m in np.ndindex(x.shape):
        y[(*i, m, n)] = x[(*i, n, m)]
    return y


CASES = [
    Case(
        ops.mT,
        swapped,
        [S(f(3, 2)), S(f(2, 3, 4)), S(f(0, 2), name="empty")],
        [
            bad(IndexingError, r"mT: x float64\[3\]: axis2: axis -2 is out of bounds", f(3)),
            bad(DTypeError, r"mT: x list: x has to be a tensor", [[1.0]]),
            bad(DTypeError, r"mT: .*too many positional", f(2, 2), 0, 1),
        ],
        no_scalar="a number has no axes to exchange",
    ),
    Case(
        ops.matmul,
        matmul,
        [
            S(f(3, 4), f(4, 2)),
            S(f(3), f(3, seed="b"), name="two vectors"),
            S(f(2, 3), f(3), name="a vector on the right"),
            S(f(3), f(3, 2), name="a vector on the left"),
            S(f(2, 2, 3), f(3), name="many and a vector"),
            S(f(3), f(2, 3, 2), name="a vector and many"),
            S(f(2, 3, 4), f(4, 2), name="many and one"),
            S(f(3, 4), f(2, 4, 2), name="one and many"),
            S(f(2, 3, 4), f(2, 4, 2), name="as many"),
            S(f(2, 1, 2, 3), f(3, 3, 2), name="broadcast"),
            S(f(1, 2, 3), f(2, 3, 2), name="broadcast from 1"),
            S(f(0, 3), f(3, 2), name="no rows"),
            S(f(2, 0), f(0, 2), name="nothing to sum"),
            S(f(0, 2, 3), f(3, 2), name="no matrix"),
            S(f(2, 2, 0), f(0, 2), name="many, nothing to sum"),
            S(ints(2, 3), ints(3, 2), name="integers"),
        ],
        [
            bad(
                ShapeError,
                r"matmul: a float64\[2, 3\] has 3 columns, b float64\[2, 3\] has 2 rows",
                f(2, 3),
                f(2, 3),
            ),
            bad(ShapeError, r"matmul: a float64\[3\] has 3 columns, b float64\[2\] has 2 rows", f(3), f(2)),
            bad(
                ShapeError,
                r"matmul: a float64\[\], b float64\[2\]: a 0-d operand is multiplied with \*",
                f(),
                f(2),
            ),
            bad(
                ShapeError,
                r"matmul: a float64\[2, 2, 2\], b float64\[3, 2, 2\]: .*broadcast",
                f(2, 2, 2),
                f(3, 2, 2),
            ),
            bad(DTypeError, r"matmul: its inputs are float64\[2, 3\], int64\[3, 2\]", f(2, 3), ints(3, 2)),
            bad(DTypeError, r"matmul: a and b are bool", np.ones((2, 2), bool), np.ones((2, 2), bool)),
        ],
        no_scalar="numbers are multiplied with *",
    ),
    Case(
        ops.linear,
        linear,
        [
            S(f(3, 4), f(2, 4)),
            S(f(3, 4), f(2, 4), f(2), name="with bias"),
            S(f(4), f(2, 4), f(2), name="a vector"),
            S(f(2, 3, 4), f(2, 4), f(2), name="leading dims"),
            S(f(0, 4), f(2, 4), f(2), name="no rows"),
            S(f(2, 0), f(3, 0), f(3), name="no features"),
            S(f(2, 2, 0), f(3, 0), f(3), name="leading dims, no features"),
            S(f(2, 4), f(0, 4), f(0), name="nothing out"),
        ],
        [
            bad(ShapeError, r"linear: x has 5 features, weight \(out, in\) takes 4", f(3, 5), f(2, 4)),
            bad(
                ShapeError,
                r"linear: bias has shape \(3,\), weight \(out, in\) gives \(2,\)",
                f(3, 4),
                f(2, 4),
                f(3),
            ),
            bad(ShapeError, r"linear: weight has shape \(4,\), where \(out, in\) is wanted", f(3, 4), f(4)),
            bad(DTypeError, "linear: its inputs are float64.*int64.*one dtype", f(3, 4), ints(2, 4)),
            bad(DTypeError, "linear: x is None, where a real tensor", None, f(2, 4)),
            bad(ShapeError, r"linear: x is 0-d, where \(..., 4\) is wanted", f(), f(2, 4)),
        ],
        no_scalar="x has features",
    ),
]
