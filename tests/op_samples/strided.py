"""Samples of minigrad/ops/strided.py: each reference names the place of one element at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, IndexingError, ShapeError

from .case import Case, S, bad, f, ints

Array = Any
Place = Callable[[tuple[int, ...]], tuple[int, ...]]


def read(x: Array, shape: Any, place: Place) -> Array:
    """y[i] = x[place(i)]."""
    y = np.empty(shape, x.dtype)
    for i in np.ndindex(y.shape):
        y[i] = x[place(i)]
    return y


def added(x: Array, shape: Any, place: Place) -> Array:
    """y[place(i)] += x[i]."""
    y = np.zeros(shape, x.dtype)
    for i in np.ndindex(x.shape):
        y[place(i)] += x[i]
    return y


def of_diagonal(shape: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> tuple[Any, Place]:
    """The shape of a diagonal, and where its elements lie."""
    a, b = dim1 % len(shape), dim2 % len(shape)
    rest = [d for d in range(len(shape)) if d not in (a, b)]
    steps = [k for k in range(shape[a]) if 0 <= k + offset < shape[b]]

    def place(i: tuple[int, ...]) -> tuple[int, ...]:
        at = {a: steps[i[-1]], b: steps[i[-1]] + offset, **dict(zip(rest, i, strict=False))}
        return tuple(at[d] for d in range(len(shape)))

    return [*(shape[d] for d in rest), len(steps)], place


def of_windows(shape: Any, dimension: int, size: int, step: int) -> tuple[Any, Place]:
    """The shape of the windows, and where their elements lie."""
    if not shape:
        return [size], lambda i: ()
    k = dimension % len(shape)
    count = (
        len([s for s in range(0, shape[k], step) if s + size <= shape[k]]) if size else shape[k] // step + 1
    )
    return [*shape[:k], count, *shape[k + 1 :], size], lambda i: (*i[:k], i[k] * step + i[-1], *i[k + 1 : -1])


def of_strides(shape: Any, size: Any, stride: Any, storage_offset: int = 0) -> tuple[Any, Place]:
    """The shape under strides, and where its elements lie."""
    every = [*np.ndindex(*shape)]
    return size, lambda i: every[storage_offset + sum(k * s for k, s in zip(i, stride, strict=True))]


def pair(where: Callable[..., tuple[Any, Place]]) -> tuple[Callable[..., Array], Callable[..., Array]]:
    """The references of an op that reads such places, and of the one that adds there."""
    return (
        lambda x, **params: read(x, *where(x.shape, **params)),
        lambda x, shape, **params: added(x, shape, where(shape, **params)[1]),
    )


diagonal, diagonal_put = pair(of_diagonal)
unfold, unfold_put = pair(of_windows)
as_strided, strided_put = pair(of_strides)

CASES = [
    Case(
        ops.diagonal,
        diagonal,
        [
            S(f(3, 4)),
            S(f(3, 4), offset=2),
            S(f(4, 3), offset=-1, name="below"),
            S(f(2, 3, 4), dim1=1, dim2=2, name="of matrices"),
            S(f(2, 3, 4), offset=1, dim1=-1, dim2=0, name="columns before rows"),
            S(f(3, 4), offset=7, name="outside"),
            S(f(0, 3), name="empty"),
            S(ints(3, 3)),
        ],
        [
            bad(ShapeError, r"diagonal: 1 dimensions, where at least 2", f(3)),
            bad(ArgumentError, r"diagonal: dim1 1 and dim2 -1 are the same", f(2, 3), dim1=1, dim2=-1),
            bad(IndexingError, r"diagonal: dim 2 is outside of 2 dimensions", f(2, 3), dim2=2),
        ],
        no_scalar="a number has no diagonal",
    ),
    Case(
        ops.diagonal_put,
        diagonal_put,
        [
            S(f(3), shape=(3, 4)),
            S(f(2), shape=(3, 4), offset=2),
            S(f(4, 2), shape=(2, 4, 3), dim1=0, dim2=2),
            S(f(3, 1), shape=(2, 3, 4), offset=1, dim1=-1, dim2=0, name="columns before rows"),
            S(f(0), shape=(0, 3), name="empty"),
        ],
        [
            bad(ShapeError, r"diagonal_put: x float64\[2\] does not fit .* \[3\]", f(2), shape=(3, 4)),
            bad(ShapeError, r"diagonal_put: 1 dimensions", f(2), shape=(3,)),
            bad(ArgumentError, r"diagonal_put: dim1 0 and dim2 0", f(3), shape=(3, 4), dim2=0),
        ],
        no_scalar="a number is no diagonal",
    ),
    Case(
        ops.unfold,
        unfold,
        [
            S(f(7), dimension=0, size=3, step=2),
            S(f(2, 5), dimension=-1, size=2, step=1, name="overlapping"),
            S(f(5, 2), dimension=0, size=1, step=3, name="with gaps"),
            S(f(2, 6, 2), dimension=1, size=5, step=1, name="few large windows"),
            S(f(4), dimension=0, size=0, step=1, name="of nothing"),
            S(f(), dimension=0, size=1, step=1, name="0-d"),
            S(f(0, 4), dimension=1, size=2, step=2, name="empty"),
        ],
        [
            bad(ArgumentError, r"unfold: size is 4, where 0 to 3", f(3), dimension=0, size=4, step=1),
            bad(ArgumentError, r"unfold: step is 0", f(3), dimension=0, size=1, step=0),
            bad(IndexingError, r"unfold: dim 1 is outside of 1", f(3), dimension=1, size=1, step=1),
        ],
    ),
    Case(
        ops.unfold_put,
        unfold_put,
        [
            S(f(3, 3), shape=(7,), dimension=0, size=3, step=2),
            S(f(2, 4, 2), shape=(2, 5), dimension=-1, size=2, step=1, name="overlapping"),
            S(f(2, 2, 2, 5), shape=(2, 6, 2), dimension=1, size=5, step=1, name="few large windows"),
            S(f(1), shape=(), dimension=0, size=1, step=1, name="0-d"),
            S(f(0), shape=(), dimension=0, size=0, step=1, name="0-d of nothing"),
            S(f(0, 2, 2), shape=(0, 4), dimension=1, size=2, step=2, name="empty"),
        ],
        [
            bad(
                ShapeError,
                r"unfold_put: x float64\[3, 2\] is not of the shape \[3, 3\]",
                f(3, 2),
                shape=(7,),
                dimension=0,
                size=3,
                step=2,
            ),
            bad(ArgumentError, r"unfold_put: size is 9", f(3, 3), shape=(7,), dimension=0, size=9, step=2),
            bad(ArgumentError, r"unfold_put: step is -1", f(3, 3), shape=(7,), dimension=0, size=3, step=-1),
        ],
        no_scalar="windows have a dim",
    ),
    Case(
        ops.as_strided,
        as_strided,
        [
            S(f(9), size=(2, 3), stride=(1, 2)),
            S(f(3, 4), size=(3, 3), stride=(2, 2), storage_offset=3, name="overlapping"),
            S(f(4), size=(3, 2), stride=(0, 1), name="a stride of 0"),
            S(f(3, 2), size=(), stride=(), storage_offset=5, name="a number"),
            S(f(), size=(2, 2), stride=(0, 0), name="0-d"),
            S(f(3), size=(0, 2), stride=(9, 1), name="to nothing"),
            S(f(0), size=(0,), stride=(1,), name="empty"),
        ],
        [
            bad(
                ArgumentError,
                r"as_strided: .* lead to element 4, and there are 4",
                f(4),
                size=(3,),
                stride=(2,),
            ),
            bad(
                ArgumentError,
                r"as_strided: .* lead to element 4",
                f(4),
                size=(4,),
                stride=(1,),
                storage_offset=1,
            ),
            bad(ArgumentError, r"as_strided: .* none is below 0", f(4), size=(2,), stride=(-1,)),
            bad(
                ShapeError,
                r"as_strided: size \(2,\) and stride \(1, 1\) differ",
                f(4),
                size=(2,),
                stride=(1, 1),
            ),
        ],
    ),
    Case(
        ops.strided_put,
        strided_put,
        [
            S(f(2, 3), shape=(9,), size=(2, 3), stride=(1, 2)),
            S(f(3, 3), shape=(3, 4), size=(3, 3), stride=(2, 2), storage_offset=3, name="overlapping"),
            S(f(3, 2), shape=(4,), size=(3, 2), stride=(0, 1), name="a stride of 0"),
            S(f(), shape=(3, 2), size=(), stride=(), storage_offset=5, name="0-d"),
            S(f(0, 2), shape=(3,), size=(0, 2), stride=(9, 1), name="of nothing"),
        ],
        [
            bad(
                ArgumentError,
                r"strided_put: .* lead to element 4, and there are 4",
                f(3),
                shape=(4,),
                size=(3,),
                stride=(2,),
            ),
            bad(
                ShapeError, r"strided_put: x float64\[3\] is not of", f(3), shape=(4,), size=(2,), stride=(2,)
            ),
            bad(
                ShapeError,
                r"strided_put: size \(2,\) and stride \(\)",
                f(2),
                shape=(4,),
                size=(2,),
                stride=(),
            ),
        ],
    ),
]
