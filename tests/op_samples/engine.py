"""Samples of the ops that the engine itself needs (minigrad/core.py)."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import DTypeError, ShapeError

from .case import Case, S, bad, f, ints

Array = Any


def sum_to(x: Array, shape: tuple[int, ...]) -> Array:
    """Each element is added where broadcasting took it from."""
    y = np.zeros(shape)
    for i in np.ndindex(x.shape):
        j = i[x.ndim - len(shape) :]
        y[tuple(0 if n == 1 else k for k, n in zip(j, shape, strict=True))] += x[i]
    return y


def expand(x: Array, shape: tuple[int, ...]) -> Array:
    """Each element is read where broadcasting takes it from."""
    y = np.empty(shape, x.dtype)
    for i in np.ndindex(shape):
        j = i[len(shape) - x.ndim :]
        y[i] = x[tuple(0 if n == 1 else k for k, n in zip(j, x.shape, strict=True))]
    return y


def cast(x: Array, dtype: Any) -> Array:
    """Element by element; an integer is what Python makes of the number."""
    kind = float if np.dtype(dtype).kind == "f" else bool if dtype == np.bool_ else int
    return np.array([kind(v) for v in x.flat], dtype).reshape(x.shape)


CASES = [
    Case(
        ops.alias,
        lambda x: x,
        [S(f(2, 3)), S(f(), name="0-d"), S(f(0, 2), name="empty")],
        [
            bad(DTypeError, r"alias: .*too many positional", f(2), 1),
            bad(DTypeError, r"alias: x list: x has to be a tensor", [1.0]),
            bad(DTypeError, r"alias: missing a required .*argument: 'x'"),
        ],
    ),
    Case(
        ops.cast,
        cast,
        [
            S(f(2, 3), dtype=np.dtype("f8")),
            S(f(), dtype=np.dtype("f8"), name="0-d"),
            S(f(0, 2), dtype=np.dtype("f8"), name="empty"),
            S(
                f(5),
                dtype=np.dtype("i8"),
                name="to integers, towards 0",
                order=0,
                reason="integers have no gradient",
            ),
            S(
                ints(5),
                dtype=np.dtype("f8"),
                name="from integers",
                order=0,
                reason="integers have no gradient",
            ),
            S(ints(5), dtype=np.dtype("?"), name="to bool", order=0, reason="bools have no gradient"),
        ],
        [
            bad(DTypeError, r"cast: missing a required (keyword-only )?argument: 'dtype'", f(2)),
            bad(DTypeError, r"cast: x list: x has to be a tensor", [1.0], dtype=np.dtype("f4")),
            bad(
                DTypeError,
                r"cast: .*unexpected keyword argument 'copy'",
                f(2),
                dtype=np.dtype("f4"),
                copy=True,
            ),
        ],
        wide="its dtype is an argument",
    ),
    Case(
        ops.sum_to,
        sum_to,
        [
            S(f(2, 3, 4), shape=(3, 1)),
            S(f(2, 3), shape=(2, 3), name="the same"),
            S(f(2, 3), shape=()),
            S(f(), shape=(), name="0-d"),
            S(f(0, 3), shape=(3,), name="empty"),
            S(f(1, 3), shape=(3,)),
        ],
        [
            bad(ShapeError, r"sum_to: \(2, 3\) does not come from broadcasting \(2,\)", f(2, 3), shape=(2,)),
            bad(ShapeError, r"sum_to: \(3,\) does not come", f(3), shape=(1, 3)),
            bad(DTypeError, r"sum_to: missing a required (keyword-only )?argument: 'shape'", f(3)),
        ],
    ),
    Case(
        ops.expand,
        expand,
        [
            S(f(3, 1), shape=(2, 3, 4)),
            S(f(2, 3), shape=(2, 3), name="the same"),
            S(f(), shape=(2, 2), name="0-d"),
            S(f(1, 3), shape=(0, 3), name="to nothing"),
            S(f(0, 3), shape=(2, 0, 3), name="empty"),
            S(ints(3, 1), shape=(3, 2), order=0, reason="integers have no gradient"),
        ],
        [
            bad(ShapeError, r"expand: x float64\[2, 3\]", f(2, 3), shape=(2, 4)),
            bad(ShapeError, r"expand: x float64\[2, 3\]", f(2, 3), shape=(3,)),
            bad(DTypeError, r"expand: missing a required (keyword-only )?argument: 'shape'", f(3)),
        ],
    ),
]
