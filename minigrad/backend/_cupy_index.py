"""Adding, writing and joining at an index on the GPU without atomics (`kernels/segments.cu`), and scans (`scan.cu`)."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..dtypes import is_float
from ._cupy_guard import Guard
from ._kernels import Kernels

Array = Any
Shape = tuple[int, ...]
KINDS = {"amax": 0, "amin": 1, "prod": 2}
THREADS = 256  # of a block of a scan


class Indexing:
    """The extras of indexing and scans, for one array library."""

    def __init__(self, cp: Any, guard: Guard) -> None:
        self.guard = guard
        self.cp, self.kernels, self.scan = cp, Kernels(cp, "segments.cu"), Kernels(cp, "scan.cu")

    # ---- runs of equal places ----------------------------------------------------------------------------------------
    def sorted(self, at: Array) -> tuple[Array, Array]:
        """The order of the places, equal ones in theirs, and the places in that order."""
        order = self.cp.argsort(at, kind="stable").astype("int64", copy=False)
        return order, at[order]

    def sums(self, count: int, at: Array, values: Array, row: int = 1) -> Array:
        """Zeros (count row,) with rows of values added at places; each place adds in the order of the values."""
        y = self.cp.zeros(count * row, values.dtype)
        if at.size and row:
            order, place = self.sorted(at)
            values = self.cp.ascontiguousarray(values).reshape(-1)
            self.kernels.each(
                "segment_sum", (values.dtype,), at.size * row, values, order, place, y, at.size, row, count
            )
        return y

    def last(self, count: int, at: Array, values: Array) -> tuple[Array, Array]:
        """Zeros (count,) with values written at places, the last of each; and which values are lost."""
        y, lost = self.cp.zeros(count, values.dtype), self.cp.zeros(at.shape, "bool")
        if at.size:
            order, place = self.sorted(at)
            values = self.cp.ascontiguousarray(values)
            self.kernels.each(
                "segment_last", (values.dtype,), at.size, values, order, place, y, lost, at.size
            )
        return y, lost

    def places(self, shape: Shape, index: Any) -> tuple[Array, int]:
        """The places that an index names, flat, and how many elements lie at each: whole rows are named once."""
        index = self.local(None, index, shape)
        row = index[0] if isinstance(index, tuple) and len(index) == 1 else index
        if isinstance(row, self.cp.ndarray) and row.dtype != bool and row.ndim:
            return self.cp.where(row < 0, row + shape[0], row).reshape(-1).astype("int64"), prod(shape[1:])
        return self.cp.arange(prod(shape), dtype="int64").reshape(shape)[index].reshape(-1), 1

    def add_at(self, shape: Shape, index: Any, values: Array) -> Array:
        """Zeros with `values` added at `index`, repeated places summed in the order of the values."""
        shape = tuple(shape)
        at, row = self.places(shape, index)
        if values.size != at.size * row:  # it broadcasts against what the index names
            named = self.cp.broadcast_to(self.cp.zeros((), "bool"), shape)[
                self.local(None, index, shape)
            ].shape
            values = self.cp.broadcast_to(values, named)
        return self.sums(prod(shape) // row if row else 0, at, values, row).reshape(shape)

    def overwritten(self, shape: Shape, index: Any, like: Array) -> Array:
        """Where, among the places that an index names, a later one is the same: there a write leaves nothing."""
        at, row = self.places(tuple(shape), index)
        lost = self.cp.zeros(at.shape, "bool")
        if at.size:
            order, place = self.sorted(at)
            self.kernels.each(
                "segment_last", ("long long",), at.size, None, order, place, None, lost, at.size
            )
        lead = lost.size and like.size // lost.size
        return (
            self.cp.broadcast_to(lost[:, None], (lost.size, lead)).reshape(like.shape)
            if row != 1
            else lost.reshape(like.shape)
        )

    def local(self, name: str | None, index: Any, shape: Shape) -> Any:
        """An index whose arrays and lists lie on the device, and whose places are inside of an array of this shape.

        Args:
            name: the op that asks; None where another has asked before.

        Raises:
            IndexError: for places outside that the host knows; others are noted, and told at the next copy to the host.
        """
        parts = index if isinstance(index, tuple) else (index,)
        wide = [self.consumed(i) for i in parts]
        rest, d, found = len(shape) - sum(wide), 0, []
        for i, dims in zip(parts, wide, strict=True):
            if isinstance(i, list | np.ndarray):
                i = np.asarray(i, None if len(i) else "int64") if isinstance(i, list) else i
            if name and getattr(getattr(i, "dtype", None), "kind", "") in ("i", "u") and d < len(shape):
                self.seen(name, i, d, shape[d])
            found.append(self.cp.asarray(i) if isinstance(i, np.ndarray) else i)
            d += rest if i is Ellipsis else dims
        return tuple(found) if isinstance(index, tuple) else found[0]

    def consumed(self, part: Any) -> int:
        """How many dims a part of an index stands for; 0 for an Ellipsis."""
        if part is None or part is Ellipsis or isinstance(part, bool):
            return 0
        mask = np.asarray(part) if isinstance(part, list) else part
        return int(mask.ndim) if getattr(mask, "dtype", None) == np.bool_ else 1

    def seen(self, name: str, index: Any, dim: int, n: int) -> None:
        """Refuse places outside of -n to n - 1: at once in NumPy's arrays, later in the device's."""
        if not isinstance(index, np.ndarray):
            self.guard.outside(name, index, n, -n)
        elif index.size and (index.min() < -n or index.max() >= n):
            wrong = index[(index < -n) | (index >= n)].flat[0]
            raise IndexError(f"index {wrong} is out of bounds for axis {dim} with size {n}")

    def set_at(self, x: Array, index: Any, values: Any) -> None:
        """x[index] = values; of places that are named more than once the last stays."""
        index = self.local("setitem", index, x.shape)
        parts = index if isinstance(index, tuple) else (index,)
        if any(isinstance(i, self.cp.ndarray) and i.dtype != bool and i.size > 1 for i in parts):
            at = self.cp.arange(x.size, dtype="int64").reshape(x.shape)[index]
            given = self.cp.broadcast_to(self.cp.asarray(values, x.dtype), at.shape)
            dense = self.cp.ascontiguousarray(x)  # x may be a view with gaps
            if at.size:
                order, place = self.sorted(at.reshape(-1))
                given = self.cp.ascontiguousarray(given)
                self.kernels.each(
                    "segment_last", (x.dtype,), at.size, given, order, place, dense, None, at.size
                )
            if dense.data.ptr != x.data.ptr:
                x[...] = dense
        else:
            x[index] = values

    def join_at(self, x: Array, index: Any, values: Array, kind: str) -> Array:
        """A copy of x with values joined to what is at `index`: the largest, the least, or the product of all."""
        y = self.cp.array(x, order="C")
        at = self.cp.arange(y.size, dtype="int64").reshape(y.shape)[index]
        values = self.cp.ascontiguousarray(self.cp.broadcast_to(values, at.shape)).reshape(-1)
        if at.size:
            order, place = self.sorted(at.reshape(-1))
            self.kernels.each(
                "segment_join", (y.dtype, str(KINDS[kind])), values.size, values, order, place, y, values.size
            )
        return y

    # ---- views -------------------------------------------------------------------------------------------------------
    def diagonal(self, x: Array, offset: int, dim1: int, dim2: int) -> Array:
        """The diagonal, a view that can be written."""
        return x.diagonal(offset, dim1, dim2)

    def strided(self, x: Array, shape: Any, strides: Any) -> Array:
        """A view from the first element of x on, under strides in bytes that stay inside of x's memory."""
        return self.cp.lib.stride_tricks.as_strided(x, tuple(shape), tuple(strides))

    # ---- scans -------------------------------------------------------------------------------------------------------
    def lines(self, x: Array, axis: int) -> tuple[Array, int, int, int]:
        """x without gaps, and how many lines there are before, along and behind an axis."""
        k = axis % x.ndim
        return self.cp.ascontiguousarray(x), prod(x.shape[:k]), x.shape[k], prod(x.shape[k + 1 :])

    def running_extreme(self, x: Array, axis: int, largest: bool) -> Array:
        """The largest (or smallest) of all elements up to each; NaN is more extreme than any."""
        x, lead, n, rest = self.lines(x, axis)
        y = self.cp.empty(x.shape, x.dtype)
        if y.size:
            types = (x.dtype, str(int(largest)))
            self.scan.blocks("running_extreme", types, (lead * rest,), THREADS, x, y, n, rest)
        return y

    def running_place(self, x: Array, values: Array, axis: int) -> Array:
        """Where each running extreme stood last."""
        met = x == values
        if is_float(x.dtype):
            met |= self.cp.isnan(x)
        place = self.cp.arange(x.shape[axis], dtype="int64")
        at = met * place.reshape([-1 if k == axis % x.ndim else 1 for k in range(x.ndim)])
        return self.running_extreme(at, axis, True)

    def linear_scan(self, x: Array, a: Array, axis: int) -> Array:
        """y[k] = x[k] + a[k] y[k - 1] along an axis, from y[-1] = 0; x and a have one shape."""
        x, lead, n, rest = self.lines(x, axis)
        a, y = self.cp.ascontiguousarray(a), self.cp.empty(x.shape, x.dtype)
        if y.size:
            self.scan.each("linear_scan", (x.dtype,), lead * rest, x, a, y, lead * rest, n, rest)
        return y

    # ---- order -------------------------------------------------------------------------------------------------------
    def stable_order(self, x: Array, axis: int, descending: bool = False) -> Array:
        """The positions along an axis in the order of their values, equal ones in theirs; NaN is the largest."""
        n = x.shape[axis]
        if not descending:
            return self.cp.argsort(x, axis=axis, kind="stable")
        return n - 1 - self.cp.flip(self.cp.argsort(self.cp.flip(x, axis), axis=axis, kind="stable"), axis)

    def searchsorted_rows(self, rows: Array, x: Array, right: bool) -> Array:
        """`searchsorted` of each row of x in the row of the same place."""
        y = self.cp.empty(x.shape, "int64")
        if y.size:
            rows, x = self.cp.ascontiguousarray(rows), self.cp.ascontiguousarray(x)
            types = (x.dtype, str(int(right)))
            self.scan.each("search_rows", types, y.size, rows, x, y, y.size, rows.shape[-1], x.shape[-1])
        return y
