"""Convolution on the GPU: which kernel does it, and `kernels/conv.cu` and `kernels/columns.cu`.

The ways, for the three products (0 forward, 1 the input's gradient, 2 the weight's):
- depthwise: a thread for each element, where groups have one channel;
- gemm: a kernel of one tap is a matrix product as it stands, by cuBLAS;
- tensor: `_cupy_mma`, for halves, and for float32 where the user allows tf32;
- implicit: a matrix product whose columns are made as they are read, in the dtype itself;
- columns: im2col and cuBLAS, only where it was measured to be faster.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any

import numpy as np

from ..dtypes import accumulator, is_float
from ..window import Ints, Window
from ._cupy_choose import Chooser
from ._cupy_matmul import Products
from ._cupy_mma import TILES as TENSOR_TILES
from ._cupy_mma import TensorCores
from ._cupy_window import Product, described, window_fields
from ._kernels import Kernels
from .settings import settings

Array = Any

TILES = {"wide": (64, 64, 16, 4, 4), "low": (16, 128, 16, 2, 4)}  # BM, BN, BK, TM, TN; low for few rows
FEW_ROWS = 32
BLOCKS = 264  # two for each multiprocessor of a large card: with fewer, a long sum is split
SPLIT = 2048  # the least that a part of a sum has


class Convolution:
    """The extras of convolution, for one array library."""

    def __init__(self, cp: Any) -> None:
        self.cp, self.kernels, self.columns = cp, Kernels(cp, "conv.cu"), Kernels(cp, "columns.cu")
        self.tensor, self.products, self.chooser = TensorCores(cp), Products(cp), Chooser(cp)

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
        self, job: Product, y: Array, a: Array, b: Array, bias: Array | None, tile: str | None = None
    ) -> Array:
        """The product of a and b, into y, by `conv_gemm`; `tile` is a name in TILES."""
        kind, x, outs, out, window, groups = job
        n, c = x[:2]
        rows, summed = (
            (c if kind == 1 else outs) // groups,
            (c if kind == 0 else outs) // groups * prod(window.kernel),
        )
        columns = {0: n * prod(out), 1: n * prod(x[2:]), 2: c // groups * prod(window.kernel)}[kind]
        summed = n * prod(out) if kind == 2 else summed
        sides = TILES[tile or ("low" if rows <= FEW_ROWS else "wide")]
        grid = -(-columns // sides[1]), -(-rows // sides[0])
        splits = 1
        if kind == 2:  # a long sum for few elements
            splits = max(1, min(BLOCKS // max(1, grid[0] * grid[1] * groups), summed // SPLIT))
        shape, counted = self.shape(x, outs, out, window, groups, splits)
        sums = accumulator(y.dtype) if is_float(y.dtype) else np.dtype("i8")
        parts = self.cp.empty((splits, y.size), sums) if splits > 1 else None
        types = (y.dtype, counted, str(kind), *map(str, sides))
        threads = sides[0] // sides[3] * (sides[1] // sides[4])
        self.kernels.blocks(
            "conv_gemm", types, (*grid, groups * splits), threads, a, b, bias, parts, y, shape
        )
        if splits > 1:
            self.kernels.each("sum_parts", (y.dtype,), y.size, parts, y, y.size, splits)
        return y

    def best(self, job: Product, y: Array, a: Array, b: Array, bias: Array | None) -> Array:
        """The product of a and b, into y, by the way that suits it."""
        kind, x, outs, out, window, groups = job
        args = job, y, a, b, bias
        ways: dict[str, Callable[[], Array]] = {}
        floating = is_float(y.dtype)
        if (
            floating
            and prod(window.kernel) == 1
            and max(window.stride) == 1
            and not any(map(sum, window.padding))
        ):
            ways["gemm"] = lambda: self.by_columns(*args)
        tf32 = y.dtype == np.float32 and settings.float32_matmul_precision != "highest"
        halves = floating and y.dtype.itemsize == 2
        if (halves or tf32) and self.tensor.fits(job):
            ways["tensor"] = lambda: self.tensor.product(*args)
            if settings.benchmark:
                ways |= {
                    f"tensor {tile}": partial(self.tensor.product, *args, tile=tile) for tile in TENSOR_TILES
                }
        ways["implicit"] = lambda: self.product(*args)
        if settings.benchmark:
            ways |= {f"implicit {tile}": partial(self.product, *args, tile=tile) for tile in TILES}
            if floating:
                ways["columns"] = lambda: self.by_columns(*args)
        geometry = window.kernel, window.stride, window.padding, window.dilation
        key = kind, y.dtype.name, tf32, tuple(x), outs, tuple(out), geometry, groups
        return self.chooser.run(key, ways)

    def by_columns(self, job: Product, y: Array, a: Array, b: Array, bias: Array | None) -> Array:
        """The product by cuBLAS over explicit columns; of a kernel of one tap these are x itself."""
        kind, x, outs, out, window, groups = job
        n, c, *size = x
        kg, rows, p = outs // groups, c // groups * prod(window.kernel), prod(out)
        one = prod(window.kernel) == 1 and p == prod(size)
        times = self.products.matmul
        if kind == 1:
            w, g = a.reshape(groups, kg, rows), b.reshape(n, groups, kg, p)
            columns = times(w.swapaxes(1, 2)[None], g)
            y[...] = (
                columns.reshape(x) if one else self.col2im(columns.reshape(n, -1, p), tuple(size), window)
            )
            return y
        columns = b if one else self.im2col(b, window)
        columns = columns.reshape(n, groups, rows, p)
        if kind == 0:
            found = times(a.reshape(1, groups, kg, rows), columns).reshape(y.shape)
            y[...] = found if bias is None else found + bias.reshape(-1, *[1] * len(out))
            return y
        g = a.reshape(n, groups, kg, p).transpose(1, 2, 0, 3).reshape(groups, kg, n * p)
        y[...] = times(g, columns.transpose(1, 0, 3, 2).reshape(groups, n * p, rows)).reshape(y.shape)
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
        return self.best(Product(0, x.shape, outs, out, window, groups), y, w, x, bias)

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
        return self.best(Product(1, x.shape, outs, out, window, groups), x, w, g, None)

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
        return self.best(Product(2, x.shape, outs, out, window, groups), w, g, x, None)

    def im2col(self, x: Array, window: Window) -> Array:
        """x (N, C, H, W) -> (N, C kh kw, OH OW): the elements that each tap sees, zeros in the padding."""
        x = self.cp.ascontiguousarray(x)
        n, c, *size = x.shape
        out = window.extents(size)
        y = self.cp.empty((n, c * prod(window.kernel), prod(out)), x.dtype)
        fields = described(window_fields(window, tuple(size), out), "i8")
        windows = n * c * prod(out)
        self.columns.each("im2col", (x.dtype,), windows, x, y, windows, fields)
        return y

    def col2im(self, columns: Array, size: Ints, window: Window) -> Array:
        """columns (N, C kh kw, OH OW) -> (N, C, H, W): each added to the element that it is a copy of."""
        columns = self.cp.ascontiguousarray(columns)
        y = self.cp.empty((columns.shape[0], columns.shape[1] // prod(window.kernel), *size), columns.dtype)
        fields = described(window_fields(window, tuple(size), window.extents(size)), "i8")
        self.columns.each("col2im", (y.dtype,), y.size, columns, y, y.size, fields)
        return y
