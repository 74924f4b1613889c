"""Convolution on the CPU: every road through the tiles gives the same numbers, in bounded memory, in any thread."""

from __future__ import annotations

import itertools
import threading
import tracemalloc
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.backend import _numpy_conv as conv
from minigrad.dtypes import as_dtype
from minigrad.window import Window

Array = Any

# x, weight, stride, padding, dilation, groups
JOBS: dict[str, tuple[Any, ...]] = {
    "plain": ((3, 2, 9, 8), (4, 2, 3, 2), 1, 0, 1, 1),
    "padded": ((2, 3, 7, 9), (2, 3, 5, 4), 1, (3, 2), 1, 1),
    "strided": ((2, 3, 11, 9), (5, 3, 3, 3), 2, 1, 1, 1),
    "dilated": ((2, 2, 9, 9), (3, 2, 2, 3), (1, 2), 2, (3, 2), 1),
    "more channels than columns": ((1, 4, 5, 3), (32, 4, 3, 3), 1, 1, 1, 1),
    "groups": ((2, 6, 8, 7), (4, 3, 3, 3), 1, 1, 1, 2),
    "depthwise": ((3, 4, 8, 7), (4, 1, 3, 3), 1, 1, 1, 4),
    "depthwise, strided": ((3, 4, 8, 7), (4, 1, 3, 3), 2, 1, 1, 4),
    "one output channel": ((2, 3, 8, 7), (1, 3, 3, 2), 1, 1, 2, 1),
    "1 x 1": ((3, 4, 5, 6), (3, 4, 1, 1), 1, 0, 1, 1),
    "one row of kernel": ((2, 3, 6, 20), (4, 3, 1, 5), 1, (0, 2), 1, 1),
    "1 dim": ((3, 2, 40), (4, 2, 5), 1, 2, 1, 1),
    "1 dim, many signals": ((130, 2, 9), (3, 2, 3), 2, 1, 1, 1),
    "1 dim, groups, dilated": ((2, 4, 19), (6, 2, 3), (2,), 3, 2, 2),
    "1 dim, depthwise": ((2, 3, 12), (3, 1, 4), 1, 2, 1, 3),
    "3 dims": ((2, 2, 5, 6, 4), (3, 2, 3, 2, 2), 1, 1, 1, 1),
    "3 dims, rows shared down": ((2, 2, 4, 9, 7), (3, 2, 2, 5, 3), 1, (0, 2, 1), 1, 1),
    "3 dims, strided, groups": ((1, 4, 6, 7, 5), (2, 2, 3, 3, 2), (2, 2, 1), 1, (1, 1, 2), 2),
    "3 dims, dilated": ((1, 2, 7, 5, 6), (5, 2, 2, 2, 3), (1, 2, 3), (1, 2, 0), (3, 2, 1), 1),
    "3 dims, depthwise": ((2, 3, 4, 5, 4), (3, 1, 2, 3, 2), 1, 1, 1, 3),
}


def whole(*shape: int, seed: int = 0) -> Array:
    """Small whole numbers: their sums are exact in any order, so results can be compared bit for bit."""
    return np.random.default_rng([seed, *shape]).integers(-4, 5, shape).astype(np.float64)


def three(name: str) -> list[Array]:
    """The convolution of a job, and its two gradients."""
    x_shape, w_shape, stride, padding, dilation, groups = JOBS[name]
    window = Window("conv", w_shape[2:], stride, padding, dilation)
    x, w, bias = whole(*x_shape), whole(*w_shape, seed=1), whole(w_shape[0], seed=2)
    y = conv.conv(x, w, bias, window, groups)
    g = whole(*y.shape, seed=3)
    return [y, conv.conv_input(g, w, x_shape[2:], window, groups), conv.conv_weight(g, x, window, groups)]


def tap_by_tap(name: str) -> list[Array]:
    """The same as sums over the taps, of products of whole slices of the padded input."""
    x_shape, w_shape, stride, padding, dilation, groups = JOBS[name]
    window = Window("conv", w_shape[2:], stride, padding, dilation)
    x, w, bias = whole(*x_shape), whole(*w_shape, seed=1), whole(w_shape[0], seed=2)
    y = np.zeros((x_shape[0], w_shape[0], *window.extents(x_shape[2:])))
    g, gw = whole(*y.shape, seed=3), np.zeros(w_shape)
    around = [(0, 0), (0, 0), *window.padding]
    x, gx = np.pad(x, around), np.pad(np.zeros(x_shape), around)
    c, m = w_shape[1], w_shape[0] // groups
    for group, tap in itertools.product(range(groups), np.ndindex(*w_shape[2:])):
        channels, outputs = slice(group * c, (group + 1) * c), slice(group * m, (group + 1) * m)
        rows = zip(tap, window.dilation, window.stride, y.shape[2:], strict=True)
        places = (slice(i * d, i * d + (o - 1) * s + 1, s) for i, d, s, o in rows)
        seen, weights = (slice(None), channels, *places), w[(outputs, slice(None), *tap)]
        y[:, outputs] += np.einsum("kc,nc...->nk...", weights, x[seen])
        gx[seen] += np.einsum("kc,nk...->nc...", weights, g[:, outputs])
        pairs = np.einsum("nk...,nc...->kc...", g[:, outputs], x[seen])
        gw[(outputs, slice(None), *tap)] += pairs.reshape(m, c, -1).sum(-1)
    y += bias.reshape(-1, *[1] * (y.ndim - 2))
    inner = (slice(before, before + n) for n, (before, _) in zip(x_shape[2:], window.padding, strict=True))
    return [y, gx[(slice(None), slice(None), *inner)], gw]


@pytest.mark.parametrize("tile", [1, 50, 700, 1 << 19])
@pytest.mark.parametrize("columns", [1, 16, 512])
@pytest.mark.parametrize("name", JOBS)
def test_tiles_of_any_size(name: str, tile: int, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conv, "TILE", tile)
    monkeypatch.setattr(conv, "COLUMNS", columns)
    for mine, want in zip(three(name), tap_by_tap(name), strict=True):
        np.testing.assert_array_equal(mine, want)


@pytest.mark.parametrize("name", JOBS)
def test_rows_lowered_along_one_axis_or_both(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    want = three(name)

    class Other(conv.Job):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            self.plain = False

        def shared(self) -> tuple[int, bool]:
            _, dense = super().shared()
            window = self.window
            rows = zip(window.kernel, window.stride, window.dilation, strict=True)
            possible = [d for d, (k, s, apart) in enumerate(rows) if apart == 1 and s <= k]
            return (possible[-1], True) if possible and not dense else (0, False)

    monkeypatch.setattr(conv, "Job", Other)
    for mine, theirs in zip(three(name), want, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("name", ["depthwise", "one output channel"])
def test_the_turned_kernel_and_the_sum_of_columns_agree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    turned = three(name)
    called = []
    monkeypatch.setattr(conv, "turn", called.append)
    for mine, theirs in zip(three(name), turned, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert called


def test_memory_order_changes_no_bit() -> None:
    x = np.random.default_rng(0).standard_normal((3, 4, 9, 8)).astype(np.float32)
    w = np.random.default_rng(1).standard_normal((5, 4, 3, 3)).astype(np.float32)
    window = Window("conv", (3, 3), 1, 1)
    want = conv.conv(x, w, None, window, 1)
    for view in (
        np.asfortranarray(x),
        np.repeat(x, 2, 0)[::2],
        x[::-1].copy()[::-1],
        np.pad(x, 2)[2:-2, 2:-2, 2:-2, 2:-2],
    ):
        np.testing.assert_array_equal(conv.conv(view, w, None, window, 1), want)
    np.testing.assert_array_equal(conv.conv(x, np.asfortranarray(w), None, window, 1), want)
    assert want.transpose(1, 2, 3, 0).flags.c_contiguous  # the batch innermost


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", JOBS)
def test_halves_are_rounded_once(name: str, dtype: str) -> None:
    """All sums are those of float32; only the results are halves."""
    x_shape, w_shape, stride, padding, dilation, groups = JOBS[name]
    half, rng = as_dtype(dtype), np.random.default_rng(0)
    window = Window("conv", w_shape[2:], stride, padding, dilation)
    shapes = (x_shape, w_shape, (w_shape[0],), (x_shape[0], w_shape[0], *window.extents(x_shape[2:])))
    halves = [rng.standard_normal(shape).astype(half) for shape in shapes]

    def run(x: Array, w: Array, bias: Array, g: Array) -> list[Array]:
        found = [
            conv.conv(x, w, bias, window, groups),
            conv.conv_input(g, w, x_shape[2:], window, groups),
            conv.conv_weight(g, x, window, groups),
        ]
        if len(x_shape) == 4:
            found.append(conv.col2im(conv.im2col(x, window), x_shape[2:], window))
        return found

    for mine, want in zip(run(*halves), run(*(v.astype(np.float32) for v in halves)), strict=True):
        assert mine.dtype == half
        np.testing.assert_array_equal(mine.astype(np.float32), want.astype(half).astype(np.float32))


def test_inputs_are_only_read() -> None:
    x, w = whole(2, 3, 5, 5), whole(4, 3, 3, 3)
    x.flags.writeable = w.flags.writeable = False
    window = Window("conv", (3, 3), 1, 1)
    g = np.broadcast_to(np.ones(()), conv.conv(x, w, None, window, 1).shape)
    assert conv.conv_input(g, w, (5, 5), window, 1).flags.writeable
    assert conv.conv_weight(g, x, window, 1).flags.c_contiguous


def test_no_result_lies_in_a_buffer_that_is_used_again() -> None:
    first = three("padded")
    kept = [y.copy() for y in first]
    three("plain"), three("dilated")
    for y, copy in zip(first, kept, strict=True):
        np.testing.assert_array_equal(y, copy)


# ---- memory ---------------------------------------------------------------------------------------------------------
def test_columns_are_never_whole() -> None:
    """A 5 x 5 kernel makes 25 numbers of each; what is allocated stays near input, output and a few tiles."""
    x, w = np.ones((4, 16, 96, 96), np.float32), np.ones((8, 16, 5, 5), np.float32)
    window = Window("conv", (5, 5), 1, 2)
    y = conv.conv(x, w, None, window, 1)
    columns, tiles = 25 * x.nbytes, 3 * 4 * conv.TILE
    for run in (
        lambda: conv.conv(x, w, None, window, 1),
        lambda: conv.conv_input(y, w, (96, 96), window, 1),
        lambda: conv.conv_weight(y, x, window, 1),
    ):
        conv.scratch.held.clear()
        tracemalloc.start()
        run()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2 * x.nbytes + y.nbytes + tiles < columns / 3


def test_columns_do_not_wait_for_backward() -> None:
    x = mg.tensor(whole(2, 3, 6, 6), requires_grad=True)
    w = mg.tensor(whole(4, 3, 3, 3), requires_grad=True)
    y = mg.conv2d(x, w, padding=1)
    saved = [v for v in y.node.saved if isinstance(v, np.ndarray)]
    assert {id(v) for v in saved} == {id(x.data), id(w.data)}


def test_buffers_are_used_again_and_large_ones_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = conv.Scratch()
    first = scratch.take("a", (4, 5), np.float32)
    assert np.shares_memory(scratch.take("a", (3, 2), np.float32), first)
    assert not np.shares_memory(scratch.take("b", (4, 5), np.float32), first)
    assert not np.shares_memory(scratch.take("a", (4, 5), np.float64), first)
    monkeypatch.setattr(conv, "KEPT", 100)
    large = scratch.take("a", (7, 7), np.float32)
    assert large.shape == (7, 7) and scratch.held["a", np.float32].size == 20


# ---- threads and runs -----------------------------------------------------------------------------------------------
def test_threads_do_not_share_buffers() -> None:
    rng = np.random.default_rng(0)
    window = Window("conv", (3, 3), 1, 1)
    jobs = [
        (
            rng.standard_normal((8, 4, 24, 24)).astype(np.float32),
            rng.standard_normal((k, 4, 3, 3)).astype(np.float32),
        )
        for k in (6, 7)
    ]

    def run(x: Array, w: Array) -> list[bytes]:
        y = conv.conv(x, w, None, window, 1)
        gradients = conv.conv_input(y, w, (24, 24), window, 1), conv.conv_weight(y, x, window, 1)
        return [v.tobytes() for v in (y, *gradients)]

    want, wrong = [run(*job) for job in jobs], []
    ready = threading.Barrier(len(jobs))

    def work(which: int) -> None:
        ready.wait()
        wrong.extend(which for _ in range(40) if run(*jobs[which]) != want[which])

    threads = [threading.Thread(target=work, args=(which,)) for which in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("name", JOBS)
def test_the_same_bits_every_time(name: str) -> None:
    x_shape, w_shape, stride, padding, dilation, groups = JOBS[name]
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(shape).astype(np.float32) for shape in (x_shape, w_shape))
    window = Window("conv", w_shape[2:], stride, padding, dilation)

    def run() -> list[bytes]:
        y = conv.conv(x, w, None, window, groups)
        gx, gw = (conv.conv_input(y, w, x_shape[2:], window, groups), conv.conv_weight(y, x, window, groups))
        return [v.tobytes() for v in (y, gx, gw)]

    assert run() == run()
