"""Convolution on tensor cores: `kernels/conv_mma.cu`, and the tables by which it finds elements."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..window import Ints
from ._cupy_window import Product, described, in_three
from ._kernels import Kernels

Array = Any

TILES = {"wide": (128, 128, 64, 64), "mid": (64, 64, 32, 32), "low": (32, 128, 32, 32)}  # BM, BN, WM, WN
STAGES, WORDS = 3, 16  # of tiles in shared memory; of 32 bits of the sum in a tile
MOST_TAPS = 127
BLOCKS = 264  # two for each multiprocessor of a large card: with fewer, a long sum is split
SPLIT_TILES = 16  # the least that a part of a sum has


class Tables(NamedTuple):
    """Where elements are: for each position of each dim, and for each (channel, tap)."""

    spots: np.ndarray  # int64 (positions, 3): two words of a mask of taps, a share of an index
    taps: np.ndarray  # int32 (channels * taps, 2): a share of an index, and the tap
    places: list[int]


@lru_cache(maxsize=512)
def tables(kind: int, size: Ints, out: Ints, geometry: tuple[Ints, ...], channels: int) -> Tables:
    """What kernels look up, for channels of one group; see the head of `kernels/conv_mma.cu`.

    Args:
        kind: 0 forward, 1 the input's gradient, 2 the weight's.
        size, out: extents of the input and of the windows.
        geometry: kernel, stride, padding in front, dilation.
        channels: of what is read under a tap.
    """
    sizes, outs = in_three(size, 1), in_three(out, 1)
    kernel, stride, padding, dilation = map(in_three, geometry, (1, 1, 0, 1))
    places, read = (sizes, outs) if kind == 1 else (outs, sizes)
    step = [read[1] * read[2], read[2], 1]
    numbers = np.indices(kernel).reshape(3, -1)
    spots, share = [], np.zeros(prod(kernel), np.int64)
    for d in range(3):
        place, far = np.arange(places[d]), numbers[d] * dilation[d]
        if kind == 1:  # the window o with o * stride + far = place + padding
            reach = (place + padding[d])[:, None] - far
            valid = (reach >= 0) & (reach % stride[d] == 0) & (reach // stride[d] < outs[d])
            at, far = (place + padding[d]) // stride[d], -(far // stride[d])  # equal remainders cancel
        else:
            reach = (place * stride[d] - padding[d])[:, None] + far
            valid = (reach >= 0) & (reach < sizes[d])
            at = place * stride[d] - padding[d]
        bits = np.zeros((len(place), 128), np.uint8)
        bits[:, : valid.shape[1]] = valid
        masks = np.packbits(bits, 1, "little").view("<i8")
        spots.append(np.column_stack([masks, at * step[d]]))
        share += far * step[d]
    taps = np.empty((channels, len(share), 2), np.int32)
    taps[..., 0] = np.arange(channels)[:, None] * prod(read) + share
    taps[..., 1] = np.arange(len(share))
    return Tables(np.concatenate(spots).astype(np.int64), taps.reshape(-1, 2), places)


class TensorCores:
    """The three products of a convolution, in tf32 or halves."""

    def __init__(self, cp: Any) -> None:
        self.cp, self.kernels = cp, Kernels(cp, "conv_mma.cu")
        self.kept: dict[Any, tuple[Array, Array, list[int]]] = {}

    def fits(self, job: Product) -> bool:
        """Whether this card and these kernels can do it: sm_80 or later, indices of 32 bits, a mask for the taps."""
        _, x, outs, out, window, groups = job
        largest = max(prod(x), x[0] * outs * prod(out), outs * x[1] // groups * prod(window.kernel))
        able = int(self.cp.cuda.Device().compute_capability) >= 80
        return able and largest < 2**30 and prod(window.kernel) <= MOST_TAPS

    def found(
        self, kind: int, size: Ints, out: Ints, geometry: tuple[Ints, ...], channels: int, q: int
    ) -> tuple[Array, Array, list[int]]:
        """The tables on the device, kept for the next call; taps to whole tiles of q."""
        key = self.cp.cuda.Device().id, kind, size, out, geometry, channels, q
        if key not in self.kept:
            if len(self.kept) >= 512:
                self.kept.clear()
            spots, taps, places = tables(kind, size, out, geometry, channels)
            beyond = np.tile(np.array([[0, MOST_TAPS]], np.int32), (max(0, q - len(taps)), 1))
            on_device = map(self.cp.asarray, (spots, np.concatenate([taps, beyond])))
            self.kept[key] = (*on_device, places)
        return self.kept[key]

    def product(
        self,
        job: Product,
        y: Array,
        a: Array,
        b: Array,
        bias: Array | None,
        relu: bool = False,
        tile: str | None = None,
    ) -> Array:
        """The product of a and b, into y.

        Args:
            relu: forward, what is below 0 becomes 0 as it is written.
            tile: a name in TILES; None for the one that suits the rows.
        """
        kind, x, outs, out, window, groups = job
        images, channels, *size = x
        cg, kg, taps = channels // groups, outs // groups, prod(window.kernel)
        elements = 4 // y.dtype.itemsize
        inner, whole = prod(size), prod(out)
        rows = cg if kind == 1 else kg
        columns = {0: images * whole, 1: images * inner, 2: cg * taps}[kind]
        summed = {0: cg * taps, 1: kg * taps, 2: images * whole}[kind]
        bm, bn, wm, wn = TILES[tile or ("low" if rows <= 32 else "mid" if rows <= 64 else "wide")]
        before = tuple(lo for lo, _ in window.padding)
        geometry = window.kernel, window.stride, before, window.dilation
        tiles = -(-summed // (WORDS * elements))
        whole_q = tiles * WORDS * elements if kind != 2 else 0
        spots, table, places = self.found(
            kind, tuple(size), tuple(out), geometry, kg if kind == 1 else cg, whole_q
        )
        grid = -(-columns // bn), -(-rows // bm)
        splits = max(
            1, min(BLOCKS // max(1, grid[0] * grid[1] * groups), tiles // SPLIT_TILES, 65535 // groups)
        )
        read = (outs * whole, kg * whole) if kind == 1 else (channels * inner, cg * inner)
        row = {0: whole, 1: inner, 2: columns}[kind]
        shape = described(
            {"images": images, "groups": groups, "m": rows, "n": columns, "q": summed, "places": places}
            | {"read_image": read[0], "read_group": read[1]}
            | {"y_image": 0 if kind == 2 else rows * groups * row, "y_group": rows * row, "y_row": row}
            | {"y_columns": row, "g_image": outs * whole, "g_group": kg * whole, "g_row": whole}
            | {"splits": splits, "relu": int(relu)},
            "i4",
        )
        if kind != 2:
            a = self.packed(kind, a, groups, kg, cg, taps, -(-rows // bm) * bm, tiles * WORDS)
        parts = self.cp.empty((splits, y.size), "f4") if splits > 1 else None
        types = (y.dtype, str(kind), *map(str, (bm, bn, wm, wn)))
        sides = (bm, bn)
        lines = sum(n * (WORDS + 4) if kind == 2 else WORDS * (n + 8) for n in sides)
        shared = 4 * STAGES * lines + 8 * (bn if kind == 2 else 4 * WORDS * elements)
        args = a, b, None if splits > 1 else bias, parts, y, spots, table, shape
        threads = 32 * (bm // wm) * (bn // wn)
        self.kernels.blocks("conv_mma", types, (*grid, groups * splits), threads, *args, shared=shared)
        if splits > 1:
            self.kernels.each("join_parts", (y.dtype,), y.size, parts, bias, y, y.size, shape)
        return y

    def packed(
        self, kind: int, w: Array, groups: int, kg: int, cg: int, taps: int, rows: int, q_words: int
    ) -> Array:
        """The weight as the kernel reads it: words [group, q, row], with zeros to whole tiles."""
        words = self.cp.empty((groups, q_words, rows), "u4")
        numbers = map(np.int32, (groups, kg, cg, taps, rows, q_words))
        self.kernels.each("pack_weight", (w.dtype, str(kind)), words.size, w, words, words.size, *numbers)
        return words
