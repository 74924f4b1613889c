"""Pooling on the CPU: a pass over the output for each tap of the window, over strided slices of the input.

All is written for any number of spatial dims. Results lie in memory as their input does, with the batch innermost (as
convolution makes it) or outermost.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import product
from math import prod
from typing import Any

import numpy as np

from ..dtypes import is_float
from ..window import Window, inside
from ._numpy_conv import ALL, Ints, working

Array = Any
Taps = list[tuple[slice, slice]]  # of each tap of a dim: the windows that see the input, and what they see


def batch_last(x: Array) -> bool:
    """Whether the batch is innermost in memory."""
    return x.shape[0] > 1 and x.strides[0] == x.itemsize  # type: ignore[no-any-return]


def order(x: Array) -> Ints:
    """The order of x's axes in memory, one of the two."""
    return (*range(1, x.ndim), 0) if batch_last(x) else (*range(x.ndim),)


def empty(shape: Sequence[int], dtype: Any, axes: Ints) -> Array:
    """New memory for (N, C, H, W), its axes in this order."""
    return np.empty([shape[k] for k in axes], dtype).transpose([axes.index(k) for k in range(len(axes))])


def flat(x: Array, axes: Ints) -> Array:
    """The elements of x in the order of its axes in memory: a view where that is how they lie."""
    return x.transpose(axes).reshape(-1)


def taps(window: Window, dim: int, windows: int, n: int) -> Taps:
    """What each tap of a dim sees."""
    return [window.seen(dim, tap, windows, n) for tap in range(window.kernel[dim])]


# ---- the largest element --------------------------------------------------------------------------------------------
def max_pool(x: Array, window: Window) -> tuple[Array, Array]:
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
    size, out = x.shape[2:], window.extents(x.shape[2:])
    axes, shape = order(x), (*x.shape[:2], *out)
    y, code = empty(shape, x.dtype, axes), empty(shape, np.min_scalar_type(prod(window.kernel)), axes)
    y[...] = -np.inf if is_float(x.dtype) else np.iinfo(x.dtype).min
    code[...] = first_tap(window, out, size)
    padded = any(map(any, window.padding))
    for k, reaches in enumerate(product(*(taps(window, d, out[d], n) for d, n in enumerate(size)))):
        at, of = ((ALL, ALL, *slices) for slices in zip(*reaches, strict=True))
        v, best, tap = x[of], y[at], code[at]
        if not (k or padded):  # the first tap sees something of every window
            best[...] = v
            continue
        won = v > best
        if nans:
            won |= np.isnan(v)
        np.maximum(best, v, out=best)
        np.maximum(tap, won * code.dtype.type(k), out=tap)  # a later tap has a higher number
    return y, code


def first_tap(window: Window, out: Ints, size: Ints) -> Array:
    """For each window the number of its first tap that sees the input."""
    y = np.zeros((), int)
    for d, n in enumerate(size):
        starts = (window.start(d, 0) + o * window.stride[d] for o in range(out[d]))
        first = [inside(s, window.dilation[d], window.kernel[d], n)[0] for s in starts]
        y = np.add.outer(y * window.kernel[d], np.array(first))
    return y


def position(code: Array, window: Window, size: Ints) -> Array:
    """The places in the input's plane of the taps with these numbers."""
    kernel, out = window.kernel, code.shape[2:]
    whole = np.int32 if prod(size) < 1 << 31 else np.int64  # half the memory to write
    apart = [dilation * prod(size[d + 1 :]) for d, dilation in enumerate(window.dilation)]
    y = code * whole(apart[-1])
    for d in reversed(range(len(size) - 1)):
        code = code // code.dtype.type(kernel[d + 1])  # the number without its last dims
        y += code * whole(apart[d] - kernel[d + 1] * apart[d + 1])
    first = np.zeros((), int)
    for d, n in enumerate(size):
        first = np.add.outer(first * n, window.start(d, 0) + np.arange(out[d]) * window.stride[d])
    y += first.astype(whole)
    return y.astype(np.int64)


def adaptive_max_pool(x: Array, windows: list[list[tuple[int, int]]]) -> tuple[Array, Array]:
    """x (N, C, H, W) -> as max_pool, for windows from one place to before another in each dim."""
    (n, c, *size), dims = x.shape, len(windows)
    at: Array = np.zeros((), int)
    for d, found in enumerate(windows):
        reach = range(max(b - a for a, b in found))
        shape = [1] * (2 * dims)
        shape[d], shape[dims + d] = len(found), len(reach)
        here = [[min(a + t, b - 1) for t in reach] for a, b in found]  # a shorter window sees its last again
        at = at * size[d] + np.array(here).reshape(shape)
    out = at.shape[:dims]
    at = at.reshape(prod(out), -1)
    v = x.astype(working(x.dtype), copy=False).reshape(n, c, -1).take(at, 2)
    best = v.argmax(3, keepdims=True)
    y = np.take_along_axis(v, best, 3)
    if is_float(v.dtype) and np.isnan(y).any():
        nans = np.isnan(v[..., ::-1])
        best = np.where(np.isnan(y), v.shape[3] - 1 - nans.argmax(3, keepdims=True), best)
    indices = at[np.arange(len(at)), best[..., 0]]
    return y.reshape(n, c, *out).astype(x.dtype, copy=False), indices.reshape(n, c, *out)


def fractional_max_pool(x: Array, first: list[Array], kernel: Ints) -> tuple[Array, Array]:
    """x (N, C, H, W) -> as max_pool, for windows that begin at `first`: (N, C, windows) for each dim."""
    n, c, *size = x.shape
    flat = x.astype(working(x.dtype), copy=False).reshape(-1)
    corner = np.zeros((n, c), int)
    for d, begin in enumerate(first):
        corner = corner[..., None] * size[d] + begin.reshape(n, c, *[1] * d, -1)
    plane = (np.arange(n * c) * prod(size)).reshape(n, c, *[1] * len(size))
    y: Array = None
    indices: Array = None
    for offsets in product(*map(range, kernel)):
        step = 0
        for offset, extent in zip(offsets, size, strict=True):
            step = step * extent + offset
        at = corner + step
        v = flat.take(plane + at)
        if y is None:
            y, indices = v, at
            continue
        won = v > y
        if is_float(v.dtype):
            won |= np.isnan(v)
        np.maximum(y, v, out=y)
        np.copyto(indices, at, where=won)
    return y.astype(x.dtype, copy=False), indices


def addresses(indices: Array, size: Ints, last: bool) -> Array:
    """Places in planes of extents `size`, as places in memory, batch first or last; one after another."""
    n, c, *out = indices.shape
    plane, ones = prod(size), [1] * len(out)
    if last:
        y = indices.transpose(*range(1, indices.ndim), 0) * n
        y += np.add.outer(np.arange(c) * (plane * n), np.arange(n)).reshape(c, *ones, n)
    else:
        y = indices + (np.arange(n * c) * plane).reshape(n, c, *ones)
    return y.reshape(-1)


def pool_put(x: Array, indices: Array, size: Ints, window: Window | None = None) -> Array:
    """x (N, C, OH, OW) added at its indices to zeros (N, C, *size); here a window saves nothing."""
    axes, dtype = order(x), working(x.dtype)
    y = empty((*x.shape[:2], *size), dtype, axes)
    y[...] = 0
    at = addresses(indices, size, batch_last(x))
    np.add.at(flat(y, axes), at, flat(x, axes).astype(dtype, copy=False))
    return y.astype(x.dtype, copy=False)


def pool_set(x: Array, indices: Array, size: Ints) -> tuple[Array, Array]:
    """Zeros (N, C, *size) with x (N, C, OH, OW) written at its indices, and what of x was overwritten."""
    axes = order(x)
    y = empty((*x.shape[:2], *size), x.dtype, axes)
    y[...] = 0
    at, lost = addresses(indices, size, batch_last(x)), empty(x.shape, bool, axes)
    flat(y, axes)[at] = flat(x, axes)
    lost[...] = False
    written = np.zeros(y.size, bool)
    written[at] = True
    if np.count_nonzero(written) < at.size:
        number, writer = np.arange(at.size), np.empty(y.size, np.intp)
        writer[at] = number
        np.not_equal(writer[at], number, out=flat(lost, axes))
    return y, lost


def pool_take(x: Array, indices: Array) -> Array:
    """The elements of x (N, C, H, W) at the indices (N, C, OH, OW) in their planes."""
    axes = order(x)
    y = empty(indices.shape, x.dtype, axes)
    at = addresses(indices, x.shape[2:], batch_last(x))
    np.take(flat(x, axes), at, out=flat(y, axes), mode="clip")
    return y


# ---- the mean -------------------------------------------------------------------------------------------------------
def divisor(window: Window, size: Ints, include: bool, override: int | None, dtype: Any) -> Array:
    """What the sum of each window is divided by."""
    if override is not None:
        return np.array(override, dtype)
    counts = [np.array(window.counts(d, n, include), dtype) for d, n in enumerate(size)]
    return reduce(np.multiply.outer, counts)


def single(window: Window, dim: int) -> bool:
    """Whether each window of a dim is one element."""
    return window.kernel[dim] == window.stride[dim] == 1


def avg_pool(x: Array, window: Window, include: bool, override: int | None) -> Array:
    """x (N, C, H, W) -> the mean of each window: sums along H, over whole rows, then along W, then one division."""
    size, axes, dtype = x.shape[2:], order(x), working(x.dtype)
    y = x
    for d, out in enumerate(window.extents(size)):
        if single(window, d):
            continue
        before, shape = y, [*y.shape]
        shape[2 + d] = out
        y = empty(shape, dtype, axes)
        y[...] = 0
        lead = (ALL,) * (2 + d)
        for at, of in taps(window, d, out, size[d]):
            y[(*lead, at)] += before[(*lead, of)]
    y = np.divide(y, divisor(window, size, include, override, dtype), out=None if y is x else y)
    return y.astype(x.dtype, copy=False)


def avg_pool_input(g: Array, size: Ints, window: Window, include: bool, override: int | None) -> Array:
    """The gradient (N, C, *size) of the input of avg_pool, from that of its output."""
    axes, dtype = order(g), working(g.dtype)
    x = g / divisor(window, size, include, override, dtype)
    for d, n in reversed([*enumerate(size)]):
        if single(window, d):
            continue
        before, shape = x, [*x.shape]
        shape[2 + d] = n
        x = empty(shape, dtype, axes)
        x[...] = 0
        lead = (ALL,) * (2 + d)
        for of, at in taps(window, d, before.shape[2 + d], n):
            x[(*lead, at)] += before[(*lead, of)]
    return x.astype(g.dtype, copy=False)
