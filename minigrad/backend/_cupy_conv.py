"""Convolution on the GPU: `kernels/conv.cu` and `kernels/columns.cu`."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..dtypes import accumulator, is_float
from ..window import Ints, Window
from ._kernels import Kernels

Array = Any

TILES = {"wide": (64, 64, 16, 4, 4), "low": (16, 128, 16, 2, 4)}  # BM, BN, BK, TM, TN; low for few rows
FEW_ROWS = 32
BLOCKS = 264  # two for each multiprocessor of a large card: with fewer, a long sum is split
SPLIT = 2048  # the least that a part of a sum has


class Convolution:
    """The extras of convolution, for one array library."""

    def __init__(self, cp: Any) -> None:
        self.cp, self.kernels, self.columns = cp, Kernels(cp, "conv.cu"), Kernels(cp, "columns.cu")

    def shape(
        self, x: Ints, outs: int, out: Ints, window: Window, groups: int, splits: int
    ) -> tuple[np.ndarray, str]:
        """The kernels' struct, and in which integers it counts."""
        n, c, *size = x
        largest = max(prod(x), n * outs * prod(out), outs * c // groups * prod(window.kernel))
        kind = "i4" if largest < 2**30 else "i8"
        fields = {"images": n, "channels": c, "outs": outs, "groups": groups}
        fields |= {**window_fields(window, tuple(size), out), "splits": splits}
        return described(fields, kind), "int" if kind == "i4" else "long long"

    def product(
        self,
        kind: int,
        y: Array,
        a: Array,
        b: Array,
        bias: Array | None,
        x: Ints,
        outs: int,
        out: Ints,
        window: Window,
        groups: int,
    ) -> Array:
        """One of the three products, into y."""
        n, c = x[:2]
        rows, summed = (
            (c if kind == 1 else outs) // groups,
            (c if kind == 0 else outs) // groups * prod(window.kernel),
        )
        columns = {0: n * prod(out), 1: n * prod(x[2:]), 2: c // groups * prod(window.kernel)}[kind]
        summed = n * prod(out) if kind == 2 else summed
        tile = TILES["low" if rows <= FEW_ROWS else "wide"]
        grid = -(-columns // tile[1]), -(-rows // tile[0])
        splits = 1
        if kind == 2:  # a long sum for few elements
            splits = max(1, min(BLOCKS // max(1, grid[0] * grid[1] * groups), summed // SPLIT))
        shape, counted = self.shape(x, outs, out, window, groups, splits)
        sums = accumulator(y.dtype) if is_float(y.dtype) else np.dtype("i8")
        parts = self.cp.empty((splits, y.size), sums) if splits > 1 else None
        types = (y.dtype, counted, str(kind), *map(str, tile))
        threads = tile[0] // tile[3] * (tile[1] // tile[4])
        self.kernels.blocks(
            "conv_gemm", types, (*grid, groups * splits), threads, a, b, bias, parts, y, shape
        )
        if splits > 1:
            self.kernels.each("sum_parts", (y.dtype,), y.size, parts, y, y.size, splits)
        return y

    def conv(self, x: Array, w: Array, bias: Array | None, window: Window, groups: int) -> Array:
        """x (N, C, H, W), w (K, C / groups, KH, KW) -> (N, K, OH, OW), plus bias."""
        x, w = map(self.cp.ascontiguousarray, (x, w))
        bias = None if bias is None else self.cp.ascontiguousarray(bias)
        outs, out = w.shape[0], window.extents(x.shape[2:])
        y = self.cp.empty((x.shape[0], outs, *out), x.dtype)
        if not y.size:
            return y
        if x.shape[1] == groups:
            shape, counted = self.shape(x.shape, outs, out, window, groups, 1)
            self.kernels.each("depthwise", (x.dtype, counted), y.size, x, w, bias, y, y.size, shape)
            return y
        return self.product(0, y, w, x, bias, x.shape, outs, out, window, groups)

    def conv_input(self, g: Array, w: Array, size: Ints, window: Window, groups: int) -> Array:
        """The gradient (N, C, *size) of conv's input, from that of its output."""
        g, w = map(self.cp.ascontiguousarray, (g, w))
        outs, out = g.shape[1], g.shape[2:]
        x = self.cp.empty((g.shape[0], w.shape[1] * groups, *size), g.dtype)
        if not x.size:
            return x
        if w.shape[1] == 1:
            shape, counted = self.shape(x.shape, outs, out, window, groups, 1)
            self.kernels.each("depthwise_input", (g.dtype, counted), x.size, g, w, x, x.size, shape)
            return x
        return self.product(1, x, w, g, None, x.shape, outs, out, window, groups)

    def conv_weight(self, g: Array, x: Array, window: Window, groups: int) -> Array:
        """The gradient of conv's weight."""
        g, x = map(self.cp.ascontiguousarray, (g, x))
        outs, out = g.shape[1], g.shape[2:]
        w = self.cp.empty((outs, x.shape[1] // groups, *window.kernel), g.dtype)
        if not w.size:
            return w
        if x.shape[1] == groups:
            shape, counted = self.shape(x.shape, outs, out, window, groups, 1)
            self.kernels.blocks("depthwise_weight", (g.dtype, counted), (w.size,), 256, g, x, w, shape)
            return w
        return self.product(2, w, g, x, None, x.shape, outs, out, window, groups)

    def im2col(self, x: Array, window: Window) -> Array:
        """x (N, C, H, W) -> (N, C kh kw, OH OW): the elements that each tap sees, zeros in the padding."""
        x = self.cp.ascontiguousarray(x)
        n, c, *size = x.shape
        out = window.extents(size)
        y = self.cp.empty((n, c * prod(window.kernel), prod(out)), x.dtype)
        fields = described(window_fields(window, tuple(size), out), "i8")
        self.columns.each("im2col", (x.dtype,), y.size, x, y, y.size, fields)
        return y

    def col2im(self, columns: Array, size: Ints, window: Window) -> Array:
        """columns (N, C kh kw, OH OW) -> (N, C, H, W): each added to the element that it is a copy of."""
        columns = self.cp.ascontiguousarray(columns)
        y = self.cp.empty((columns.shape[0], columns.shape[1] // prod(window.kernel), *size), columns.dtype)
        fields = described(window_fields(window, tuple(size), window.extents(size)), "i8")
        self.columns.each("col2im", (y.dtype,), y.size, columns, y, y.size, fields)
        return y
