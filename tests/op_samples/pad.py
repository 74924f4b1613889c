"""Samples of minigrad/ops/pad.py: each element is followed to where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, ShapeError

from .case import Case, S, bad, f

Array = Any
Shape = Sequence[int]


def padded_source(k: int, n: int, mode: str, pads: tuple[int, int]) -> int | None:
    """Where the element k of a padded dim comes from, one reflection or one period at a time; None is the constant.

    A period is what negative padding leaves.
    """
    first, last = max(0, -pads[0]), n - max(0, -pads[1])
    if mode == "circular":
        while not first <= k < last:
            k += last - first if k < first else first - last
    while not 0 <= k < n:
        if mode == "constant":
            return None
        if mode == "replicate":
            k += 1 if k < 0 else -1
        else:
            k = -k if k < 0 else 2 * (n - 1) - k
    return k


def amounts(ndim: int, pad: Shape) -> list[tuple[int, int]]:
    pairs = [(0, 0)] * ndim
    for j in range(len(pad) // 2):
        pairs[ndim - 1 - j] = (pad[2 * j], pad[2 * j + 1])
    return pairs


def pad(x: Array, pad: Shape, mode: str = "constant", value: float = 0.0) -> Array:
    pairs = amounts(x.ndim, pad)
    y = np.empty([a + n + b for n, (a, b) in zip(x.shape, pairs, strict=True)], x.dtype)
    for i in np.ndindex(y.shape):
        of = tuple(padded_source(k - ab[0], n, mode, ab) for k, n, ab in zip(i, x.shape, pairs, strict=True))
        y[i] = value if None in of else x[of]
    return y


def fold_pad(x: Array, pad: Shape, mode: str, shape: Shape) -> Array:
    y = np.zeros(shape)
    for i in np.ndindex(x.shape):
        pairs = zip(i, shape, amounts(x.ndim, pad), strict=True)
        y[tuple(padded_source(k - ab[0], n, mode, ab) for k, n, ab in pairs)] += x[i]
    return y


CASES = [
    Case(
        ops.pad,
        pad,
        [
            S(f(2, 3), pad=(1, 2)),
            S(f(2, 3), pad=(1, 0, 0, 2), value=1.5),
            S(f(2, 3), pad=(-1, 1, 1, -1), name="shortened"),
            S(f(2, 3), pad=(1, -4, 0, 0), name="to nothing"),
            S(f(2, 4), pad=(3, 1, 1, 0), mode="reflect"),
            S(f(2, 4), pad=(3, 5, 0, 1), mode="replicate"),
            S(f(2, 3), pad=(2, 3, 1, 1), mode="circular"),
            S(f(2, 4), pad=(-1, 2), mode="reflect", name="shortened, reflect"),
            S(f(3, 4), pad=(2, -2, -1, 1), mode="circular", name="shortened, circular"),
            S(f(5), pad=(-2, 3), mode="circular", name="shortened and lengthened"),
            S(f(2), pad=(-3, 2), value=1.0, name="nothing stays"),
            S(f(2, 3), pad=(), mode="reflect", name="nothing to do"),
            S(f(), pad=(), name="0-d"),
            S(f(0, 2), pad=(1, 1), name="empty"),
            S(f(0, 2), pad=(1, 1), mode="reflect", name="empty, reflect"),
        ],
        [
            bad(ShapeError, r"pad: pad \(1,\) is not a pair for each", f(2, 3), pad=(1,)),
            bad(ShapeError, r"pad: pad \(1, 1, 1, 1\) is not a pair", f(3), pad=(1, 1, 1, 1)),
            bad(ShapeError, r"pad: pad \(-2, -2\) takes more from \(3,\) than there is", f(3), pad=(-2, -2)),
            bad(
                ShapeError,
                r"pad: \(3, 0\) is too much for an extent of 3 in mode 'reflect'",
                f(3),
                pad=(3, 0),
                mode="reflect",
            ),
            bad(
                ShapeError, r"pad: \(0, 4\) is too much for an extent of 3", f(3), pad=(0, 4), mode="circular"
            ),
            bad(
                ShapeError,
                r"pad: \(0, 1\) is too much for an extent of 0",
                f(0),
                pad=(0, 1),
                mode="replicate",
            ),
            bad(
                ShapeError,
                r"pad: \(-2, 3\) is too much for an extent of 3 in mode 'circular'",
                f(3),
                pad=(-2, 3),
                mode="circular",
            ),
            bad(ArgumentError, r"pad: mode 'mirror' is not constant", f(3), pad=(0, 0), mode="mirror"),
            bad(
                ArgumentError, r"pad: mode 'mirror' is not constant, reflect", f(3), pad=(1, 1), mode="mirror"
            ),
        ],
    ),
    Case(
        ops.fold_pad,
        fold_pad,
        [
            S(f(3, 8), pad=(3, 1, 1, 0), mode="reflect", shape=(2, 4)),
            S(f(2, 12), pad=(3, 5), mode="replicate", shape=(2, 4)),
            S(f(4, 8), pad=(2, 3, 1, 1), mode="circular", shape=(2, 3)),
            S(f(2, 5), pad=(-1, 2), mode="reflect", shape=(2, 4), name="shortened"),
            S(f(), pad=(), mode="reflect", shape=(), name="0-d"),
            S(f(0, 4), pad=(1, 1), mode="reflect", shape=(0, 2), name="empty"),
        ],
        [
            bad(
                ArgumentError, r"fold_pad: mode 'mirror' is not", f(5), pad=(1, 1), mode="mirror", shape=(3,)
            ),
            bad(
                ShapeError, r"fold_pad: pad \(1,\) is not a pair", f(5), pad=(1,), mode="reflect", shape=(3,)
            ),
            bad(ShapeError, r"fold_pad: \(4, 0\) is too much", f(5), pad=(4, 0), mode="reflect", shape=(1,)),
        ],
    ),
]
