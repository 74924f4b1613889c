"""Samples of minigrad/ops/adaptive.py: each window is looked through element by element."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, ShapeError

from .case import Case, S, bad, distinct, f, ints
from .pool import largest, spread

Array = Any
Shape = tuple[int, ...]


def adaptive_max_pool(x: Array, output_size: Shape) -> tuple[Array, Array]:
    dims = len(output_size)
    size = x.shape[-dims:]

    def elements(plane: Shape, window: Shape) -> Any:
        """Those that have any part, as intervals of length 1, in the window's share of the plane."""
        return product(
            *(
                [i for i in range(n) if i * m < (o + 1) * n and (i + 1) * m > o * n]
                for n, m, o in zip(size, output_size, window, strict=True)
            )
        )

    return largest(x, dims, tuple(output_size), elements)


def fractional_max_pool(
    x: Array, samples: Array, kernel_size: Shape, output_size: Shape
) -> tuple[Array, Array]:
    dims = len(output_size)
    size = x.shape[-dims:]
    kernel = spread(kernel_size, dims)
    rows = samples if x.ndim == dims + 2 else samples[0]

    def elements(plane: Shape, window: Shape) -> Any:
        begin = []
        for n, k, m, o, u in zip(size, kernel, output_size, window, rows[plane], strict=True):
            step = (n - k) / (m - 1) if m > 1 else 0.0
            begin.append(n - k if o == m - 1 else math.floor((o + u) * step) - math.floor(u * step))
        return product(*(range(b, b + k) for b, k in zip(begin, kernel, strict=True)))

    return largest(x, dims, tuple(output_size), elements)


ADAPTIVE: list[tuple[str, Shape, Shape]] = [
    ("divides", (2, 2, 4, 6), (2, 3)),
    ("overlapping", (1, 2, 5, 4), (3, 3)),
    ("more windows than elements", (1, 1, 2, 3), (3, 5)),
    ("one for all", (2, 1, 3, 2), (1, 1)),
    ("one image", (1, 5, 3), (2, 2)),
    ("no image", (0, 2, 5, 3), (2, 2)),
    ("no window", (1, 2, 3, 2), (0, 2)),
    ("1 dim", (2, 1, 7), (3,)),
    ("1 dim, one signal, divides", (2, 6), (2,)),
    ("3 dims", (1, 1, 3, 2, 5), (2, 2, 3)),
    ("3 dims, one volume", (1, 2, 3, 4), (1, 2, 3)),
]
FRACTIONAL: list[tuple[str, Shape, Any, Shape]] = [
    ("plain", (2, 2, 7, 6), (2, 2), (4, 3)),
    ("one extent for all", (1, 1, 5, 6), 2, (3, 4)),
    ("one window", (1, 2, 4, 3), (3, 2), (1, 1)),
    ("as many as fit", (1, 1, 4, 3), (2, 1), (3, 3)),
    ("one image", (2, 6, 5), (2, 3), (3, 2)),
    ("no image", (0, 2, 6, 5), (2, 3), (3, 2)),
    ("no window", (1, 1, 3, 3), (2, 2), (0, 2)),
    ("3 dims", (1, 2, 5, 4, 6), (2, 1, 3), (3, 3, 2)),
    ("3 dims, one volume", (1, 4, 5, 4), 2, (2, 3, 2)),
]


def draws(shape: Shape, dims: int) -> Array:
    """A number in [0, 1) for each dim of each plane."""
    return f(*(shape[:-dims] if len(shape) == dims + 2 else (1, *shape[:-dims])), dims, low=0.0, high=1.0)


X, U = f(1, 2, 5, 4), f(1, 2, 2, low=0.0, high=1.0)
SIZES = {"kernel_size": (2, 2), "output_size": (2, 2)}

CASES = [
    Case(
        ops.adaptive_max_pool,
        adaptive_max_pool,
        [S(distinct(*shape), name=name, output_size=size) for name, shape, size in ADAPTIVE]
        + [
            S(ints(1, 2, 5, 4), output_size=(2, 3), name="integers", order=0, reason="integers"),
            S(np.ones((1, 5, 4)), output_size=(3, 3), name="ties", order=0, reason="a kink"),
            S(
                np.array([[1.0, np.nan, 2.0, np.nan, -np.inf]]),
                output_size=(2,),
                name="NaN",
                order=0,
                reason="NaN",
            ),
        ],
        [
            bad(ShapeError, r"adaptive_max_pool2d: x is \(4, 4\)", f(4, 4), output_size=(2, 2)),
            bad(ShapeError, r"x is \(1, 2, 0, 3\); a plane without", f(1, 2, 0, 3), output_size=(2, 2)),
            bad(ArgumentError, r"adaptive_max_pool: output_size is 2, where", X, output_size=2),
            bad(ArgumentError, r"output_size is \(2, -1\), where at least 0", X, output_size=(2, -1)),
            bad(DTypeError, r"output_size is \(2, 2.0\), where an integer", X, output_size=(2, 2.0)),
            bad(DTypeError, r"x is bool", np.ones((1, 1, 2, 2), bool), output_size=(1, 1)),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.fractional_max_pool,
        fractional_max_pool,
        [
            S(distinct(*shape), draws(shape, len(size)), name=name, kernel_size=kernel, output_size=size)
            for name, shape, kernel, size in FRACTIONAL
        ],
        [
            bad(ShapeError, r"fractional_max_pool2d: x is \(5, 4\)", f(5, 4), U, **SIZES),
            bad(
                ShapeError,
                r"samples is float64\[1, 2, 3\]; \(1, 2, 2\) is wanted",
                X,
                f(1, 2, 3, low=0.0),
                **SIZES,
            ),
            bad(
                ShapeError,
                r"4 x 4 windows of 2 x 2 do not fit into 5 x 4",
                X,
                U,
                kernel_size=2,
                output_size=(4, 4),
            ),
            bad(ArgumentError, r"an element outside of \[0, 1\)", X, U + 0.9, **SIZES),
            bad(
                ArgumentError, r"kernel_size is 0, where at least 1", X, U, kernel_size=0, output_size=(2, 2)
            ),
            bad(
                ArgumentError, r"output_size is \(2,\), where", f(1, 2, 5), U, kernel_size=2, output_size=(2,)
            ),
            bad(DTypeError, r"samples is int64 and x is float64", X, ints(1, 2, 2), **SIZES),
        ],
        no_scalar="a number is no image",
        dtypes=("float32", "float64"),
        wide="samples rounded to the dtype place other windows",
    ),
]
