"""Pooling on the CPU: a pass over the output for each tap of the window, over strided slices of the input.

Results lie in memory as their input does, with the batch innermost (as convolution makes it) or outermost.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import is_float
from ..window import Window, inside
from ._numpy_conv import working

Array = Any
Taps = list[
    tuple[slice, slice]
]  # for each tap of a dim the windows that see the input there, and what they see
BATCH_LAST, BATCH_FIRST = (1, 2, 3, 0), (0, 1, 2, 3)


def order(x: Array) -> tuple[int, ...]:
    """The order of x's axes in memory, one of the two."""
    return BATCH_LAST if x.shape[0] > 1 and x.strides[0] == x.itemsize else BATCH_FIRST


def empty(shape: tuple[int, ...], dtype: Any, axes: tuple[int, ...]) -> Array:
    """New memory for (N, C, H, W), its axes in this order."""
    return np.empty([shape[k] for k in axes], dtype).transpose([axes.index(k) for k in range(4)])


def flat(x: Array, axes: tuple[int, ...]) -> Array:
    """The elements of x in the order of its axes in memory: a view where that is how they lie."""
    return x.transpose(axes).reshape(-1)


def taps(window: Window, dim: int, windows: int, n: int) -> Taps:
    """What each tap of a dim sees."""
    return [window.seen(dim, tap, windows, n) for tap in range(window.kernel[dim])]


# ---- the largest element --------------------------------------------------------------------------------------------
def max_pool2d(x: Array, window: Window) -> tuple[Array, Array]:
    """x (N, C, H, W) -> the largest element of each window, and where in its plane (row W + column) it is.

    Of equals the first counts. A NaN is larger than all; of several the last counts, as in PyTorch.
    """
    dtype, x = x.dtype, x.astype(working(x.dtype), copy=False)
    y, code = largest(x, window)
    if is_float(x.dtype) and np.isnan(y).any():
        y, code = largest(x, window, nans=True)
    return y.astype(dtype, copy=False), position(code, window, x.shape[2:])


def largest(x: Array, window: Window, nans: bool = False) -> tuple[Array, Array]:
    """The largest elements, and the number of the tap that sees each."""
    n, c, h, w = x.shape
    (kh, kw), (oh, ow) = window.kernel, window.extents((h, w))
    axes, shape = order(x), (n, c, oh, ow)
    y, code = empty(shape, x.dtype, axes), empty(shape, np.min_scalar_type(kh * kw), axes)
    y[...] = -np.inf if is_float(x.dtype) else np.iinfo(x.dtype).min
    code[...] = first_tap(window, 0, oh, h)[:, None] * kw + first_tap(window, 1, ow, w)
    across, padded = taps(window, 1, ow, w), any(map(any, window.padding))
    for i, (rows, down) in enumerate(taps(window, 0, oh, h)):
        for j, (cols, right) in enumerate(across):
            v, best, tap = x[:, :, down, right], y[:, :, rows, cols], code[:, :, rows, cols]
            if not (i or j or padded):  # the first tap sees something of every window
                best[...] = v
                continue
            won = v > best
            if nans:
                won |= np.isnan(v)
            np.maximum(best, v, out=best)
            np.maximum(tap, won * code.dtype.type(i * kw + j), out=tap)  # a later tap has a higher number
    return y, code


def first_tap(window: Window, dim: int, windows: int, n: int) -> Array:
    """For each window of a dim its first tap that sees the input."""
    starts = [window.start(dim, 0) + o * window.stride[dim] for o in range(windows)]
    return np.array([inside(s, window.dilation[dim], window.kernel[dim], n)[0] for s in starts])


def position(code: Array, window: Window, size: tuple[int, int]) -> Array:
    """The places in the input's plane of the taps with these numbers."""
    (dh, dw), kw = window.dilation, window.kernel[1]
    whole = np.int32 if size[0] * size[1] < 1 << 31 else np.int64  # half the memory to write
    top, left = (window.start(d, 0) + np.arange(m) * window.stride[d] for d, m in enumerate(code.shape[2:]))
    y = code // code.dtype.type(kw) * whole(dh * size[1] - dw * kw) + code * whole(dw)
    y += (top[:, None] * size[1] + left).astype(whole)
    return y.astype(np.int64)


def addresses(indices: Array, size: tuple[int, int], axes: tuple[int, ...]) -> Array:
    """Places in planes of extents `size`, as places in memory with its axes in this order; one after another."""
    n, c = indices.shape[:2]
    plane = size[0] * size[1]
    if axes is BATCH_LAST:
        y = indices.transpose(axes) * n
        y += np.add.outer(np.arange(c) * (plane * n), np.arange(n)).reshape(c, 1, 1, n)
    else:
        y = indices + (np.arange(n * c) * plane).reshape(n, c, 1, 1)
    return y.reshape(-1)


def max_pool2d_put(x: Array, indices: Array, size: tuple[int, int]) -> Array:
    """x (N, C, OH, OW) added at its indices to zeros (N, C, *size)."""
    axes, dtype = order(x), working(x.dtype)
    y = empty((*x.shape[:2], *size), dtype, axes)
    y[...] = 0
    np.add.at(flat(y, axes), addresses(indices, size, axes), flat(x, axes).astype(dtype, copy=False))
    return y.astype(x.dtype, copy=False)


def max_pool2d_take(x: Array, indices: Array) -> Array:
    """The elements of x (N, C, H, W) at the indices (N, C, OH, OW) in their planes."""
    axes = order(x)
    y = empty(indices.shape, x.dtype, axes)
    np.take(flat(x, axes), addresses(indices, x.shape[2:], axes), out=flat(y, axes), mode="clip")
    return y


# ---- the mean -------------------------------------------------------------------------------------------------------
def divisor(window: Window, size: tuple[int, int], include: bool, override: int | None, dtype: Any) -> Array:
    """What the sum of each window is divided by."""
    if override is not None:
        return np.array(override, dtype)
    down, across = (window.counts(d, size[d], include) for d in (0, 1))
    return np.outer(down, across).astype(dtype)


def avg_pool2d(x: Array, window: Window, include: bool, override: int | None) -> Array:
    """x (N, C, H, W) -> the mean of each window: sums along W, then along H, then one division."""
    n, c, h, w = x.shape
    (oh, ow), axes, dtype = window.extents((h, w)), order(x), working(x.dtype)
    across, y = empty((n, c, h, ow), dtype, axes), empty((n, c, oh, ow), dtype, axes)
    across[...] = y[...] = 0
    for cols, right in taps(window, 1, ow, w):
        across[..., cols] += x[..., right]
    for rows, down in taps(window, 0, oh, h):
        y[:, :, rows] += across[:, :, down]
    y /= divisor(window, (h, w), include, override, dtype)
    return y.astype(x.dtype, copy=False)


def avg_pool2d_input(
    g: Array, size: tuple[int, int], window: Window, include: bool, override: int | None
) -> Array:
    """The gradient (N, C, *size) of the input of avg_pool2d, from that of its output."""
    n, c, oh, ow = g.shape
    (h, w), axes, dtype = size, order(g), working(g.dtype)
    across, x = empty((n, c, h, ow), dtype, axes), empty((n, c, h, w), dtype, axes)
    across[...] = x[...] = 0
    share = g / divisor(window, size, include, override, dtype)
    for rows, down in taps(window, 0, oh, h):
        across[:, :, down] += share[:, :, rows]
    for cols, right in taps(window, 1, ow, w):
        x[..., right] += across[..., cols]
    return x.astype(g.dtype, copy=False)
