"""Convolution on the CPU: columns of the input, made a tile at a time and never kept, times the weights by BLAS.

Arrays are worked on with the batch innermost, (C, H, W, N) in memory, and results are (N, C, H, W) views of that: a tap
of the kernel then reads whole runs of memory whatever the stride. A tile of output rows reads some input rows; these
are lowered along W alone, into rows of (kw, C, ow, N). The kernel's kh rows, from any row on, lie next to each other:
they are the columns of one output row, kh times fewer copies than im2col makes. Where rows do not overlap so
(dilation, large strides) or are too short for a good matrix product, the tile is lowered along H too.

Source: Cho & Brand 2017, "MEC: memory-efficient convolution for deep neural network", section 3 (one axis lowered).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..dtypes import accumulator, is_float
from ..window import Window, inside

Array = Any

TILE = (
    1 << 19
)  # numbers in a tile of columns: 2 MiB of float32, what measured best between cache and call overhead
COLUMNS = 512  # a matrix product with fewer columns spends its time on packing the weights
KEPT = 1 << 24  # bytes: a scratch buffer above this is given back


class Scratch(threading.local):
    """Buffers that are used again and again, each thread its own: fresh memory costs as much as filling it."""

    def __init__(self) -> None:
        self.held: dict[Any, Array] = {}

    def take(self, name: str, shape: tuple[int, ...], dtype: Any) -> Array:
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
    """Output rows from `row` on, `windows` windows of `rows` each, and of each the columns from `col` on."""

    row: int
    windows: int
    rows: int
    col: int
    cols: int


class Job:
    """One convolution: its extents by group, its tiles, and where the taps of a tile read."""

    def __init__(self, n: int, c: int, k: int, size: tuple[int, int], window: Window, groups: int) -> None:
        self.window, self.size, self.groups, self.n = window, size, groups, n
        self.c, self.k = c // groups, k // groups
        self.kh, self.kw = window.kernel
        self.oh, self.ow = window.extents(size)
        self.inner = self.kh * self.kw * self.c
        # rows of one window lie together, other windows share them, and they are long enough for a good product
        self.dense = window.dilation[0] == 1 and window.stride[0] < self.kh and self.ow * n >= self.k
        self.plain = (*window.kernel, *window.stride) == (1, 1, 1, 1) and not any(map(any, window.padding))

    def tiles(self) -> Iterator[Tile]:
        """Tiles of about TILE numbers that cover the output."""
        line = self.kw * self.c * self.groups * self.n  # numbers of one lowered row, for one output column
        cols = parts(self.ow, max(1, COLUMNS // self.n, 4 * TILE // (self.kh * line)))
        wide = max(width for _, width in cols)
        if self.dense:
            high = max(self.kh, (TILE // (line * wide) - self.kh) // self.window.stride[0] + 1)
        else:
            enough = -(-COLUMNS // (wide * self.n))
            high = max(enough, TILE // (self.kh * line * wide)) if len(cols) == 1 else 1
        for row, count in parts(self.oh, high):
            for col, width in cols:
                yield Tile(row, count, 1, col, width) if self.dense else Tile(row, 1, count, col, width)

    def buffer(self, tile: Tile, dtype: Any) -> Array:
        """Scratch for the lowered rows of a tile: (groups, lines, kw, c, rows, cols, n)."""
        lines = (tile.windows - 1) * self.window.stride[0] + self.kh
        shape = (self.groups, lines, self.kw, self.c, tile.rows, tile.cols, self.n)
        return scratch.take("columns", shape, dtype)

    def pieces(self, columns: Array, tile: Tile) -> Iterator[tuple[Array, list[tuple[int, int, int, int]]]]:
        """For each tap the part (groups, c, h, w, n) of the columns, and (start, step, count, n) in H and in W."""
        (sh, sw), (h, w), start = self.window.stride, self.size, self.window.start
        for j in range(self.kw):
            across = (start(1, j) + tile.col * sw, sw, tile.cols, w)
            if self.dense:
                piece = columns[:, :, j, :, 0].swapaxes(1, 2)
                yield piece, [(start(0, 0) + tile.row * sh, 1, piece.shape[2], h), across]
            else:
                for i in range(self.kh):
                    yield columns[:, i, j], [(start(0, i) + tile.row * sh, sh, tile.rows, h), across]

    def windows(self, columns: Array, tile: Tile) -> Array:
        """The columns of each window, as matrices (groups, count, inner, rows cols n) that overlap in memory."""
        groups, line, *_, item = columns.strides
        width = tile.rows * tile.cols * self.n
        step = self.window.stride[0] * line
        shape, strides = (self.groups, tile.windows, self.inner, width), (groups, step, width * item, item)
        return np.ndarray(shape, columns.dtype, columns, 0, strides)

    def block(self, y: Array, tile: Tile) -> Array:
        """The part of y (groups, k, oh, ow, n) that a tile makes, as matrices (groups, count, k, rows cols n)."""
        part = y[:, :, tile.row : tile.row + tile.windows * tile.rows, tile.col : tile.col + tile.cols]
        return part.reshape(self.groups, self.k, tile.windows, tile.rows * tile.cols * self.n).swapaxes(1, 2)

    def matrix(self, w: Array, dtype: Any) -> Array:
        """The weights (groups, k, inner), inner in the order of the columns."""
        w = w.reshape(self.groups, self.k, self.c, self.kh, self.kw).transpose(0, 1, 3, 4, 2)
        return w.astype(dtype, "C", copy=False).reshape(self.groups, self.k, self.inner)


def parts(n: int, most: int) -> list[tuple[int, int]]:
    """0 to n in equal parts of at most `most`: (start, length) of each."""
    size = -(-n // -(-n // most))
    return [(start, min(size, n - start)) for start in range(0, n, size)]


def working(dtype: Any) -> Any:
    """The dtype in which products are summed: float32 for halves."""
    return accumulator(dtype) if is_float(dtype) else dtype


def innermost(x: Array, groups: int) -> Array:
    """(N, C, H, W) as contiguous (groups, C / groups, H, W, N) in the working dtype; a view if it is that already."""
    x = np.ascontiguousarray(x.transpose(1, 2, 3, 0), working(x.dtype))
    return x.reshape(groups, x.shape[0] // groups, *x.shape[1:])


def outermost(y: Array, dtype: Any) -> Array:
    """(groups, C / groups, H, W, N) as (N, C, H, W), a view unless the dtype changes."""
    groups, c, *rest = y.shape
    return y.reshape(groups * c, *rest).transpose(3, 0, 1, 2).astype(dtype, copy=False)


def meeting(piece: Array, x: Array, where: list[tuple[int, int, int, int]]) -> tuple[Array, Array, bool]:
    """The elements of a piece that lie on the input, those that they lie on, and whether that is all of the piece."""
    (a, b), (c, d) = (inside(*w) for w in where)
    (row, down, high, _), (col, right, wide, _) = where
    rows = slice(row + a * down, row + (b - 1) * down + 1, down)
    cols = slice(col + c * right, col + (d - 1) * right + 1, right)
    if a == b or c == d:
        rows = cols = slice(0, 0)
        a = b = c = d = 0
    return piece[:, :, a:b, c:d], x[:, :, rows, cols], (b - a, d - c) == (high, wide)


def lower(job: Job, x: Array, tile: Tile) -> Array:
    """The windows of a tile, zeros where they reach into the padding."""
    columns = job.buffer(tile, x.dtype)
    for piece, where in job.pieces(columns, tile):
        to, of, full = meeting(piece, x, where)
        if not full:
            piece[...] = 0
        to[...] = of
    return job.windows(columns, tile)


def conv2d(x: Array, w: Array, bias: Array | None, window: Window, groups: int) -> Array:
    """x (N, C, H, W), w (K, C / groups, kh, kw), bias (K,) -> (N, K, OH, OW), the batch innermost in memory."""
    (n, c), k, dtype = x.shape[:2], w.shape[0], x.dtype
    job = Job(n, c, k, x.shape[2:], window, groups)
    x = innermost(x, groups)
    y = np.empty((groups, job.k, job.oh, job.ow, n), x.dtype)
    weights = job.matrix(w, x.dtype)
    shift = None if bias is None else bias.astype(x.dtype).reshape(groups, job.k, 1)
    if not x.size or not w.size:
        y[...] = 0 if shift is None else shift[..., None, None]
    elif job.plain:
        flat = y.reshape(groups, job.k, -1)
        np.matmul(weights, x.reshape(groups, job.c, -1), out=flat)
        if shift is not None:
            flat += shift
    else:
        for tile in job.tiles():
            block = job.block(y, tile)
            np.matmul(weights[:, None], lower(job, x, tile), out=block)
            if shift is not None:
                block += shift[:, None]
    return outermost(y, dtype)


def conv2d_weight(g: Array, x: Array, window: Window, groups: int) -> Array:
    """The gradient (K, C / groups, kh, kw) of the weights, from that of the output and the input."""
    (n, c), k, dtype = x.shape[:2], g.shape[1], x.dtype
    job = Job(n, c, k, x.shape[2:], window, groups)
    x, g = innermost(x, groups), innermost(g, groups)
    total = np.zeros((groups, job.k, job.inner), x.dtype)
    if job.plain:
        np.matmul(g.reshape(groups, job.k, -1), x.reshape(groups, job.c, -1).swapaxes(1, 2), out=total)
    elif x.size and g.size:
        some = max(1, TILE // total.size)  # products at a time
        for tile in job.tiles():
            block, columns = job.block(g, tile), lower(job, x, tile).swapaxes(2, 3)
            for t in range(0, tile.windows, some):
                total += np.matmul(block[:, t : t + some], columns[:, t : t + some]).sum(1)
    total = total.reshape(k, job.kh, job.kw, job.c).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(total, dtype)


def conv2d_input(g: Array, w: Array, size: tuple[int, int], window: Window, groups: int) -> Array:
    """The gradient (N, C, H, W) of the input of extents `size`, from that of the output and the weights."""
    (n, k), c, dtype = g.shape[:2], w.shape[1] * groups, g.dtype
    job = Job(n, c, k, size, window, groups)
    if job.k == 1 and window.stride == (1, 1) and (turned := turn(window)):
        return conv2d(g, weights_turned(w, groups), None, turned, groups)
    g = innermost(g, groups)
    x = np.zeros((groups, job.c, *size, n), g.dtype)
    weights = job.matrix(w, g.dtype).swapaxes(1, 2)
    if job.plain:
        np.matmul(weights, g.reshape(groups, job.k, -1), out=x.reshape(groups, job.c, -1))
    elif x.size and g.size:
        for tile in job.tiles():
            raised(job, x, tile, weights, job.block(g, tile))
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
    k, c, kh, kw = w.shape
    w = w[:, :, ::-1, ::-1].reshape(groups, k // groups, c, kh, kw)
    return w.swapaxes(1, 2).reshape(groups * c, k // groups, kh, kw)


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
            start = t * job.window.stride[0]
            rows = columns[:, start : start + job.kh].reshape(product.shape)
            rows += times(weights, block[:, t], out=product)
    for piece, where in job.pieces(columns, tile):
        of, to, _ = meeting(piece, x, where)
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
