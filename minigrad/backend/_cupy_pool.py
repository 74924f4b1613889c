"""Pooling on the GPU: `kernels/pool.cu`."""

from __future__ import annotations

from math import prod
from typing import Any

from ..window import Ints, Window
from ._cupy_window import described, in_three, window_fields
from ._kernels import Kernels

Array = Any


class Pooling:
    """The extras of pooling, for one array library; `segments` adds and writes at repeated places."""

    def __init__(self, cp: Any, segments: Any) -> None:
        self.cp, self.segments, self.kernels = cp, segments, Kernels(cp, "pool.cu")

    def outputs(self, x: Array, out: Ints) -> tuple[Array, Array, Array]:
        """x without gaps, and room for maxima and their places."""
        shape = (*x.shape[:2], *out)
        return self.cp.ascontiguousarray(x), self.cp.empty(shape, x.dtype), self.cp.empty(shape, "int64")

    def max_pool(self, x: Array, window: Window) -> tuple[Array, Array]:
        """x (N, C, H, W) -> the largest element of each window, and where in its plane it is; as on the CPU."""
        out = window.extents(x.shape[2:])
        x, y, at = self.outputs(x, out)
        fields = described(window_fields(window, x.shape[2:], out), "i8")
        self.kernels.each("max_pool", (x.dtype,), y.size, x, y, at, prod(x.shape[:2]), fields)
        return y, at

    def boxes(
        self, x: Array, begin: list[Array], end: list[Array], out: Ints, own: bool
    ) -> tuple[Array, Array]:
        """The largest of boxes between begin and end, a row of them for each dim, or for each plane and dim."""
        x, y, at = self.outputs(x, out)
        size = in_three(x.shape[2:], 1)
        fields = {"size": size, "out": in_three(out, 1), **{key: [1, 1, 1] for key in "kspd"}}
        rows = prod(x.shape[:2]) if own else 1
        more = 3 - len(out)
        begins = [*[self.cp.zeros(rows, "int64")] * more, *map(self.cp.ascontiguousarray, begin)]
        ends = [*[self.cp.ones(rows, "int64")] * more, *map(self.cp.ascontiguousarray, end)]
        planes = prod(x.shape[:2])
        self.kernels.each(
            "max_boxes",
            (x.dtype,),
            y.size,
            x,
            y,
            at,
            planes,
            *begins,
            *ends,
            described(fields, "i8"),
            int(own),
        )
        return y, at

    def adaptive_max_pool(self, x: Array, windows: list[list[tuple[int, int]]]) -> tuple[Array, Array]:
        """As max_pool, for windows from one place to before another in each dim."""
        pairs = [self.cp.asarray(found, "int64") for found in windows]
        out = tuple(map(len, windows))
        return self.boxes(x, [p[:, 0] for p in pairs], [p[:, 1] for p in pairs], out, own=False)

    def fractional_max_pool(self, x: Array, first: list[Array], kernel: Ints) -> tuple[Array, Array]:
        """As max_pool, for windows that begin at `first`: (N, C, windows) for each dim."""
        out = tuple(f.shape[-1] for f in first)
        begin = [f.astype("int64", copy=False) for f in first]
        return self.boxes(x, begin, [f + k for f, k in zip(begin, kernel, strict=True)], out, own=True)

    def places(self, indices: Array, plane: int) -> Array:
        """Places in planes as places in memory."""
        n, c, *out = indices.shape
        starts = self.cp.arange(n * c, dtype="int64") * plane
        return (indices + starts.reshape(n, c, *[1] * len(out))).reshape(-1)

    def pool_put(self, x: Array, indices: Array, size: Ints, window: Window | None = None) -> Array:
        """x (N, C, OH, OW) added at its indices to zeros (N, C, *size); gathered, where a window gave the indices."""
        n, c = x.shape[:2]
        if window is not None:
            g, at = map(self.cp.ascontiguousarray, (x, indices))
            y = self.cp.empty((n, c, *size), x.dtype)
            fields = described(window_fields(window, size, x.shape[2:]), "i8")
            self.kernels.each("max_pool_input", (x.dtype,), y.size, g, at, y, n * c, fields)
            return y
        y = self.segments.sums(n * c * prod(size), self.places(indices, prod(size)), x.reshape(-1))
        return y.reshape(n, c, *size)

    def pool_set(self, x: Array, indices: Array, size: Ints) -> tuple[Array, Array]:
        """Zeros (N, C, *size) with x (N, C, OH, OW) written at its indices, and what of x was overwritten."""
        n, c = x.shape[:2]
        y, lost = self.segments.last(n * c * prod(size), self.places(indices, prod(size)), x.reshape(-1))
        return y.reshape(n, c, *size), lost.reshape(x.shape)

    def pool_take(self, x: Array, indices: Array) -> Array:
        """The elements of x (N, C, H, W) at the indices (N, C, OH, OW) in their planes."""
        x, at = self.cp.ascontiguousarray(x), self.cp.ascontiguousarray(indices.astype("int64", copy=False))
        y = self.cp.empty(at.shape, x.dtype)
        outs, plane = prod(at.shape[2:]), prod(x.shape[2:])
        self.kernels.each("pool_take", (x.dtype,), y.size, x, at, y, y.size, outs, plane)
        return y

    def shares(self, window: Window, size: Ints, include: bool, override: int | None) -> Any:
        """By what the sum of each window is divided."""
        low = [-lo if include else 0 for lo, _ in window.padding]
        high = [n + (hi if include else 0) for n, (_, hi) in zip(size, window.padding, strict=True)]
        fields = {"low": in_three(tuple(low), 0), "high": in_three(tuple(high), 1), "always": override or 0}
        return described(fields, "i8")

    def avg_pool(self, x: Array, window: Window, include: bool, override: int | None) -> Array:
        """x (N, C, H, W) -> the mean of each window."""
        size, out = x.shape[2:], window.extents(x.shape[2:])
        x = self.cp.ascontiguousarray(x)
        y = self.cp.empty((*x.shape[:2], *out), x.dtype)
        share = self.shares(window, size, include, override)
        fields = described(window_fields(window, size, out), "i8")
        self.kernels.each("avg_pool", (x.dtype,), y.size, x, y, prod(x.shape[:2]), fields, share)
        return y

    def avg_pool_input(
        self, g: Array, size: Ints, window: Window, include: bool, override: int | None
    ) -> Array:
        """The gradient (N, C, *size) of the input of avg_pool, from that of its output."""
        g = self.cp.ascontiguousarray(g)
        x = self.cp.empty((*g.shape[:2], *size), g.dtype)
        share = self.shares(window, size, include, override)
        fields = described(window_fields(window, size, g.shape[2:]), "i8")
        self.kernels.each("avg_pool_input", (g.dtype,), x.size, g, x, prod(g.shape[:2]), fields, share)
        return x
