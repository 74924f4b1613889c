"""Convolution on the CPU: columns of the input, made a tile at a time and never kept, times the weights by BLAS.

Arrays are worked on with the batch innermost, (C, H, W, N) in memory, and results are (N, C, H, W) views of that: a tap
of the kernel then reads whole runs of memory whatever the stride. All is written for any number of spatial dims, in an
order of them that begins with the one called down; in the words of two dims: a tile of output rows reads some input
rows; these are lowered along W alone, into rows of (kw, C, ow, N). The kernel's kh rows, from any row on, lie next to
each other: they are the columns of one output row, kh times fewer copies than im2col makes. Where rows do not overlap
so (dilation, large strides) or are too short for a good matrix product, the tile is lowered along H too.

Source: Cho & Brand 2017, "MEC: memory-efficient convolution for deep neural network", section 3 (one axis lowered).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..dtypes import accumulator, is_float
from ..window import Window, inside

Array = Any
Ints = tuple[int, ...]
# of a tap in a dim: its place in the columns, the windows that see the input, what they see, and whether all do
Reach = tuple[Any, slice, slice, bool]

# numbers in a tile of columns: 2 MiB of float32, what measured best between cache and call overhead
TILE = 1 << 19
COLUMNS = 512  # a matrix product with fewer columns spends its time on packing the weights
KEPT = 1 << 24  # bytes: a scratch buffer above this is given back
ALL = slice(None)


class Scratch(threading.local):
    """Buffers that are used again and again, each thread its own: fresh memory costs as much as filling it."""

    def __init__(self) -> None:
        self.held: dict[Any, Array] = {}

    def take(self, name: str, shape: Ints, dtype: Any) -> Array:
        """An array of arbitrary content, good until the same name is taken again."""
        size = prod(shape)
        buffer = self.held.get((name, dtype))
        if buffer is None or buffer.size < size:
            buffer = np.empty(size, dtype)
            if buffer.nbytes <= KEPT:
                self.held[name, dtype] = buffer
        return buffer[:size].reshape(shape)


scratch = Scratch()


class Tile(NamedTuple):
    """Output rows from `row` on, `windows` windows of `rows` each, and of each a box of the other dims."""

    row: int
    windows: int
    rows: int
    start: Ints
    counts: Ints


class Job:
    """One convolution: its extents by group, its tiles, and where the taps of a tile read."""

    def __init__(self, n: int, c: int, k: int, size: Ints, window: Window, groups: int) -> None:
        self.window, self.groups, self.n = window, groups, n
        self.c, self.k = c // groups, k // groups
        self.inner = prod(window.kernel) * self.c
        self.plain = {*window.kernel, *window.stride} == {1} and not any(map(any, window.padding))
        self.extents = window.extents(size)
        self.down, self.dense = self.shared()
        self.out, self.size, self.kernel, self.stride = self.extents, size, window.kernel, window.stride
        self.order: Ints = (*range(len(size)),)
        if self.down:
            self.order = order = (self.down, *(d for d in self.order if d != self.down))
            self.out, self.size, self.kernel, self.stride = (
                tuple(v[d] for d in order) for v in (self.out, self.size, self.kernel, self.stride)
            )

    def shared(self) -> tuple[int, bool]:
        """The dim down which windows share most lowered rows, and whether any do.

        Rows of one window must lie together, other windows share them, and be long enough for a good product.
        """
        kernel, stride, dilation = self.window.kernel, self.window.stride, self.window.dilation
        least = self.k if len(kernel) > 1 else COLUMNS // 4  # with one dim lowering costs less
        best, down = 1.0, -1
        for d in range(max(1, len(kernel) - 1)):
            share, wide = kernel[d] / stride[d], prod(self.extents[d + 1 :]) * self.n
            if dilation[d] == 1 and share > best and wide >= least:
                best, down = share, d
        return max(down, 0), down >= 0

    def tiles(self) -> Iterator[Tile]:
        """Tiles of about TILE numbers that cover the output."""
        k0, s0, rest = self.kernel[0], self.stride[0], self.out[1:]
        line = self.inner // k0 * self.groups * self.n  # numbers of one lowered row, for one output column
        least, most = -(-COLUMNS // self.n), TILE // (k0 * line)
        if not self.dense:
            for start, count in boxes(self.out, least, most):
                yield Tile(start[0], 1, count[0], start[1:], count[1:])
            return
        found = [*boxes(rest[self.down :], least, 4 * most)]
        high = max(k0, (TILE // (line * max(prod(count) for _, count in found)) - k0) // s0 + 1)
        for row, windows in parts(self.out[0], high):
            for before in product(*map(range, rest[: self.down])):  # rows lie apart in the dims before down
                for start, count in found:
                    yield Tile(row, windows, 1, (*before, *start), (1,) * self.down + count)

    def buffer(self, tile: Tile, dtype: Any) -> Array:
        """Scratch for the lowered rows of a tile: (groups, lines, kw, c, rows, cols, n)."""
        lines = (tile.windows - 1) * self.stride[0] + self.kernel[0]
        shape = (self.groups, lines, *self.kernel[1:], self.c, tile.rows, *tile.counts, self.n)
        return scratch.take("columns", shape, dtype)

    def reach(self, d: int, tap: int, first: int, count: int, step: int, at: Any) -> Reach:
        """Where a tap of `count` windows from `first` on lies on a dim of the input, `step` apart."""
        start = self.window.start(self.order[d], tap) + first * self.stride[d]
        a, b = inside(start, step, count, self.size[d])
        if a == b:
            return at, slice(0, 0), slice(0, 0), False
        return at, slice(a, b), slice(start + a * step, start + (b - 1) * step + 1, step), b - a == count

    def pieces(self, columns: Array, x: Array, tile: Tile) -> Iterator[tuple[Array, Array, Array, bool]]:
        """For each tap the part (groups, c, h, w, n) of the columns that it fills, what of this lies on the input, the
        elements of x under it, and whether that is all of the part.
        """
        if self.dense:
            down = [self.reach(0, 0, tile.row, columns.shape[1], 1, ALL)]
        else:
            down = [self.reach(0, i, tile.row, tile.rows, self.stride[0], i) for i in range(self.kernel[0])]
        boxed = enumerate(zip(self.kernel[1:], tile.start, tile.counts, self.stride[1:], strict=True), 1)
        across = [[self.reach(d, i, a, m, s, i) for i in range(k)] for d, (k, a, m, s) in boxed]
        for reaches in product(down, *across):
            at, here, there, full = zip(*reaches, strict=True)
            piece = columns[(ALL, *at)]
            if self.dense:  # the lines come before the channels, and a tile has one row
                piece = piece[:, :, :, 0].swapaxes(1, 2)
            yield piece, piece[(ALL, ALL, *here)], x[(ALL, ALL, *there)], all(full)

    def windows(self, columns: Array, tile: Tile) -> Array:
        """The columns of each window, as matrices (groups, count, inner, rows cols n) that overlap in memory."""
        groups, line, *_, item = columns.strides
        width = tile.rows * prod(tile.counts) * self.n
        step = self.stride[0] * line
        shape, strides = (self.groups, tile.windows, self.inner, width), (groups, step, width * item, item)
        return np.ndarray(shape, columns.dtype, columns, 0, strides)

    def block(self, y: Array, tile: Tile) -> Array:
        """The part of y (groups, k, oh, ow, n) that a tile makes, as matrices (groups, count, k, rows cols n)."""
        rows = slice(tile.row, tile.row + tile.windows * tile.rows)
        part = y[(ALL, ALL, rows, *(slice(a, a + m) for a, m in zip(tile.start, tile.counts, strict=True)))]
        width = tile.rows * prod(tile.counts) * self.n
        return part.reshape(self.groups, self.k, tile.windows, width).swapaxes(1, 2)

    def turned(self, x: Array) -> Array:
        """(groups, c, *dims, n) with the dims in the job's order."""
        return x if not self.down else x.transpose(0, 1, *(2 + d for d in self.order), -1)

    def matrix(self, w: Array, dtype: Any) -> Array:
        """The weights (groups, k, inner), inner in the order of the columns."""
        w = w.reshape(self.groups, self.k, self.c, *self.window.kernel)
        w = w.transpose(0, 1, *(3 + d for d in self.order), 2)
        return w.astype(dtype, "C", copy=False).reshape(self.groups, self.k, self.inner)


def parts(n: int, most: int) -> list[tuple[int, int]]:
    """0 to n in equal parts of at most `most`: (start, length) of each."""
    size = -(-n // -(-n // most))
    return [(start, min(size, n - start)) for start in range(0, n, size)]


def boxes(extents: Ints, least: int, most: int) -> Iterator[tuple[Ints, Ints]]:
    """Boxes that cover the extents, each one run of memory, of about `most` places and no fewer than `least`.

    >>> [*boxes((3, 5), 8, 1)]
    [((0, 0), (2, 5)), ((2, 0), (1, 5))]
    """
    if not extents:
        yield (), ()
        return
    rest = extents[1:]
    inner = prod(rest)
    whole = inner <= max(1, least, 4 * most)
    for start, count in parts(extents[0], max(1, -(-least // inner), most // inner) if whole else 1):
        for starts, counts in [((0,) * len(rest), rest)] if whole else boxes(rest, least, most):
            yield (start, *starts), (count, *counts)


def working(dtype: Any) -> Any:
    """The dtype in which products are summed: float32 for halves."""
    return accumulator(dtype) if is_float(dtype) else dtype


def innermost(x: Array, groups: int) -> Array:
    """(N, C, H, W) as contiguous (groups, C / groups, H, W, N) in the working dtype; a view if it is that already."""
    x = np.ascontiguousarray(x.transpose(*range(1, x.ndim), 0), working(x.dtype))
    return x.reshape(groups, x.shape[0] // groups, *x.shape[1:])


def outermost(y: Array, dtype: Any) -> Array:
    """(groups, C / groups, H, W, N) as (N, C, H, W), a view unless the dtype changes."""
    y = y.reshape(y.shape[0] * y.shape[1], *y.shape[2:])
    return y.transpose(-1, *range(y.ndim - 1)).astype(dtype, copy=False)


def lower(job: Job, x: Array, tile: Tile) -> Array:
    """The windows of a tile, zeros where they reach into the padding."""
    columns = job.buffer(tile, x.dtype)
    for piece, to, of, full in job.pieces(columns, x, tile):
        if not full:
            piece[...] = 0
        to[...] = of
    return job.windows(columns, tile)


def conv(x: Array, w: Array, bias: Array | None, window: Window, groups: int) -> Array:
    """x (N, C, H, W), w (K, C / groups, kh, kw), bias (K,) -> (N, K, OH, OW), the batch innermost in memory."""
    (n, c), k, dtype = x.shape[:2], w.shape[0], x.dtype
    job = Job(n, c, k, x.shape[2:], window, groups)
    x = innermost(x, groups)
    y = np.empty((groups, job.k, *job.extents, n), x.dtype)
    weights = job.matrix(w, x.dtype)
    shift = None if bias is None else bias.astype(x.dtype).reshape(groups, job.k, 1)
    if not x.size or not w.size:
        y[...] = 0 if shift is None else shift.reshape(groups, job.k, *[1] * (y.ndim - 2))
    elif job.plain:
        flat = y.reshape(groups, job.k, -1)
        np.matmul(weights, x.reshape(groups, job.c, -1), out=flat)
        if shift is not None:
            flat += shift
    else:
        of, to = job.turned(x), job.turned(y)
        for tile in job.tiles():
            block = job.block(to, tile)
            np.matmul(weights[:, None], lower(job, of, tile), out=block)
            if shift is not None:
                block += shift[:, None]
    return outermost(y, dtype)


def conv_weight(g: Array, x: Array, window: Window, groups: int) -> Array:
    """The gradient (K, C / groups, kh, kw) of the weights, from that of the output and the input."""
    (n, c), k, dtype = x.shape[:2], g.shape[1], x.dtype
    job = Job(n, c, k, x.shape[2:], window, groups)
    x, g = innermost(x, groups), innermost(g, groups)
    total = np.zeros((groups, job.k, job.inner), x.dtype)
    if job.plain:
        np.matmul(g.reshape(groups, job.k, -1), x.reshape(groups, job.c, -1).swapaxes(1, 2), out=total)
    elif x.size and g.size:
        of, by = job.turned(x), job.turned(g)
        some = max(1, TILE // total.size)  # products at a time
        for tile in job.tiles():
            block, columns = job.block(by, tile), lower(job, of, tile).swapaxes(2, 3)
            for t in range(0, tile.windows, some):
                total += np.matmul(block[:, t : t + some], columns[:, t : t + some]).sum(1)
    total = total.reshape(k, *job.kernel, job.c)
    back = (1 + job.order.index(d) for d in range(len(job.order)))
    return np.ascontiguousarray(total.transpose(0, -1, *back), dtype)


def conv_input(g: Array, w: Array, size: Ints, window: Window, groups: int) -> Array:
    """The gradient (N, C, H, W) of the input of extents `size`, from that of the output and the weights."""
    (n, k), c, dtype = g.shape[:2], w.shape[1] * groups, g.dtype
    job = Job(n, c, k, size, window, groups)
    if job.k <= job.c and max(window.stride) == 1 and not job.plain and (turned := turn(window)):
        return conv(g, weights_turned(w, groups), None, turned, groups)
    g = innermost(g, groups)
    x = np.zeros((groups, job.c, *size, n), g.dtype)
    weights = job.matrix(w, g.dtype).swapaxes(1, 2)
    if job.plain:
        np.matmul(weights, g.reshape(groups, job.k, -1), out=x.reshape(groups, job.c, -1))
    elif x.size and g.size:
        of, to = job.turned(g), job.turned(x)
        for tile in job.tiles():
            raised(job, to, tile, weights, job.block(of, tile))
    return outermost(x, dtype)


def turn(window: Window) -> Window | None:
    """The window of stride 1 that takes the output back to the input; none if the padding is wider than the kernel."""
    padding = tuple(
        (span - 1 - lo, span - 1 - hi) for span, (lo, hi) in zip(window.spans, window.padding, strict=True)
    )
    back = Window(window.name, window.kernel, 1, 0, window.dilation)
    back.padding = padding
    return back if min(map(min, padding)) >= 0 else None


def weights_turned(w: Array, groups: int) -> Array:
    """The weights (K, C / groups, kh, kw) as (C, K / groups, kh, kw), turned by half a turn."""
    k, c, *kernel = w.shape
    w = np.flip(w, tuple(range(2, w.ndim))).reshape(groups, k // groups, c, *kernel)
    return w.swapaxes(1, 2).reshape(groups * c, k // groups, *kernel)


def raised(job: Job, x: Array, tile: Tile, weights: Array, block: Array) -> None:
    """Add to x what a tile of g gives: the adjoint of lowering, after the product with the weights."""
    columns = job.buffer(tile, x.dtype)
    times = np.matmul if job.k > 1 else np.multiply  # a product over one channel is slow as a matrix product
    if tile.windows == 1:
        times(weights, block[:, 0], out=columns.reshape(job.groups, job.inner, -1))
    else:
        columns[...] = 0
        product = scratch.take("product", (job.groups, job.inner, block.shape[-1]), x.dtype)
        for t in range(tile.windows):
            start = t * job.stride[0]
            rows = columns[:, start : start + job.kernel[0]].reshape(product.shape)
            rows += times(weights, block[:, t], out=product)
    for _, of, to, _ in job.pieces(columns, x, tile):
        to += of


def im2col(x: Array, window: Window) -> Array:
    """x (N, C, H, W) -> (N, C kh kw, OH OW): the elements that each tap sees, zeros in the padding."""
    n, c, h, w = x.shape
    (oh, ow), (kh, kw) = window.extents((h, w)), window.kernel
    y = (np.zeros if any(map(any, window.padding)) else np.empty)((n, c, kh, kw, oh, ow), x.dtype)
    for i in range(kh):
        for j in range(kw):
            (to, of), (beside, across) = window.seen(0, i, oh, h), window.seen(1, j, ow, w)
            y[:, :, i, j, to, beside] = x[:, :, of, across]
    return y.reshape(n, c * kh * kw, oh * ow)


def col2im(columns: Array, size: tuple[int, int], window: Window) -> Array:
    """columns (N, C kh kw, OH OW) -> (N, C, H, W): each added to the element that it is a copy of; im2col's adjoint."""
    (oh, ow), (kh, kw) = window.extents(size), window.kernel
    n, c = columns.shape[0], columns.shape[1] // (kh * kw)
    columns = columns.reshape(n, c, kh, kw, oh, ow)
    y = np.zeros((n, c, *size), working(columns.dtype))
    for i in range(kh):
        for j in range(kw):
            (of, to), (across, beside) = window.seen(0, i, oh, size[0]), window.seen(1, j, ow, size[1])
            y[:, :, to, beside] += columns[:, :, i, j, of, across]
    return y.astype(columns.dtype, copy=False)
