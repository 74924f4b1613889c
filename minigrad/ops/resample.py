"""Resampling: each dim by its own weighted sums, which covers every mode of interpolation, and its adjoint."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import prod
from typing import Any

from ..backend import namespace_for
from ..core import Array, op
from ..dtypes import accumulator, is_float
from ..errors import DTypeError, ShapeError, describe

__all__ = ["Taps", "resample"]

SHORT = 128  # a tap gathers, scales and adds in the time of so many multiplications in a matrix product


class Taps:
    """One dim's linear map: y[o] is the sum over t of weight[t, o] x[index[t, o]].

    Args:
        n: the extent of the dim of x.
        index, weight: NumPy arrays (T, m); a weight of 0 is a tap that is not there.

    >>> import numpy as np
    >>> pairs = Taps(3, np.array([[0, 1], [1, 2]]), np.full((2, 2), 0.5))  # means of neighbours
    >>> pairs.adjoint.index.tolist(), pairs.adjoint.weight.tolist()
    ([[0, 1, 1], [0, 0, 0]], [[0.5, 0.5, 0.5], [0.0, 0.5, 0.0]])
    """

    def __init__(self, n: int, index: Array, weight: Array) -> None:
        self.n, self.m, self.index, self.weight = n, index.shape[1], index, weight

    @cached_property
    def gathers(self) -> bool:
        """Whether each output copies one element."""
        return len(self.index) == 1 and bool((self.weight == 1).all())

    @cached_property
    def blocks(self) -> bool:
        """Whether the outputs are the sums of equal blocks, one after the other, times one factor."""
        np = namespace_for(None)
        return np.array_equal(self.index.T.ravel(), np.arange(self.n)) and np.ptp(self.weight) == 0  # type: ignore[no-any-return]

    @cached_property
    def adjoint(self) -> Taps:
        """The transposed map: taps of every input element instead of every output element."""
        np = namespace_for(None)
        t, o = self.weight.nonzero()
        order = np.argsort(self.index[t, o], kind="stable")
        t, o = t[order], o[order]
        to = self.index[t, o]
        rank = np.arange(len(to)) - np.searchsorted(to, to)
        shape = (int(rank.max()) + 1 if len(to) else 1, self.n)
        index, weight = np.zeros(shape, "int64"), np.zeros(shape)
        index[rank, to], weight[rank, to] = o, self.weight[t, o]
        found = Taps(self.m, index, weight)
        found.__dict__["adjoint"] = self
        return found

    @cached_property
    def matrix(self) -> Array:
        """The map as a matrix (m, n)."""
        np = namespace_for(None)
        columns = np.broadcast_to(np.arange(self.m), self.index.shape)
        return np.add_at((self.m, self.n), (columns, self.index), self.weight)

    def along(self, xp: Any, x: Array, k: int, dense: bool) -> Array:
        """The map along dim k."""
        if self.gathers:
            return x.take(xp.asarray(self.index[0]), k)
        if self.blocks:
            lead = (slice(None),) * k
            y = sum(x[(*lead, slice(t, None, len(self.index)))] for t in range(len(self.index)))
            return y * xp.asarray(self.weight[0, 0], x.dtype)
        if dense and self.n < SHORT * len(self.index):
            matrix = xp.asarray(self.matrix, x.dtype)
            return x @ matrix.T if k == x.ndim - 1 else rows(matrix, x, k)
        y, weights = xp.zeros((), x.dtype), self.weight.reshape(-1, self.m, *[1] * (x.ndim - 1 - k))
        for index, weight in zip(self.index, weights, strict=True):
            part = x.take(xp.asarray(index), k) * xp.asarray(weight, x.dtype)
            y = y + (part if weight.all() else xp.where(xp.asarray(weight != 0), part, 0))
        return y


def rows(matrix: Array, x: Array, k: int) -> Array:
    """matrix times dim k of x: the dims after it are columns."""
    shape = x.shape
    flat = x.reshape(prod(shape[:k]), shape[k], prod(shape[k + 1 :]))
    return (matrix @ flat).reshape(*shape[:k], len(matrix), *shape[k + 1 :])


@op(lambda g, taps: resample(g, taps=[t.adjoint for t in taps]))
def resample(xp: Any, x: Array, *, taps: Sequence[Taps]) -> Array:
    """Each of the last dims by its own weighted sums.

    Args:
        taps: one for each of the last dims.

    Shapes:
        x (..., H, W), taps of H to OH and of W to OW -> (..., OH, OW)

    Raises:
        ShapeError: if x has fewer dims, or other extents, than there are taps for.
        DTypeError: for bools and integers, unless every element is a copy.
    """
    lead = x.ndim - len(taps)
    if lead < 0 or any(t.n != n for t, n in zip(taps, x.shape[lead:], strict=True)):
        raise ShapeError(
            f"resample: x is {describe(x)}, where {[t.n for t in taps]} are wanted as the last dims"
        )
    if not is_float(x.dtype):
        if not all(t.gathers for t in taps):
            raise DTypeError(f"resample: x is {x.dtype}, where a floating dtype is wanted")
        y = x
    else:
        y = x.astype(accumulator(x.dtype), copy=False)
    plain = all(t.gathers or t.blocks for t in taps)
    dense = not plain and bool(xp.isfinite(y.sum()))  # a matrix product would spread what is not finite
    for k in sorted(range(len(taps)), key=lambda k: taps[k].m / max(taps[k].n, 1)):
        y = taps[k].along(xp, y, lead + k, dense)
    return y.astype(x.dtype, copy=y is x)
