"""Random changes to pictures, and shuffled mini-batches, drawn from a minigrad Generator alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..backend._philox import Key, permutation, uniform
from ..errors import ArgumentError, DTypeError, ShapeError
from ..random import Generator

Array = Any


def random_affine(
    images: Array,
    *,
    generator: Generator,
    degrees: float = 0.0,
    translate: tuple[float, float] = (0.0, 0.0),
    scale: tuple[float, float] = (1.0, 1.0),
) -> Array:
    """Turn, resize and shift each picture about its centre by random amounts, in one bilinear resampling.

    Outside of a picture is 0. Each picture uses four numbers of the generator.

    Args:
        images: float32 or float64.
        degrees: a picture turns by an angle from -degrees to degrees.
        translate: the largest shift along the width and the height, as parts of these.
        scale: the smallest and the largest factor of size.

    Shapes:
        images (N, C, H, W) -> a new array of the same shape

    Raises:
        ShapeError: if `images` is not (N, C, H, W).
        DTypeError: if `images` is not float32 or float64.
        ArgumentError: if an amount is negative or not finite, or the smallest scale 0 or above the largest.

    >>> from minigrad.random import Generator
    >>> x = np.zeros((2, 1, 28, 28), np.float32)
    >>> random_affine(x, generator=Generator(0), degrees=10, translate=(0.1, 0.1), scale=(0.9, 1.1)).shape
    (2, 1, 28, 28)
    """
    if images.ndim != 4:
        raise ShapeError(f"random_affine: images is {images.shape}, and (N, C, H, W) is wanted")
    if images.dtype not in (np.float32, np.float64):
        raise DTypeError(f"random_affine: images is {images.dtype}, and float32 or float64 is wanted")
    if not (np.isfinite([degrees, *translate, *scale]).all() and min(degrees, *translate) >= 0):
        raise ArgumentError(
            f"random_affine: degrees {degrees} and translate {translate} must be finite and >= 0"
        )
    if not 0 < scale[0] <= scale[1]:
        raise ArgumentError(
            f"random_affine: scale {scale} must be a smallest factor above 0 and a largest one"
        )
    n, _, h, w = images.shape
    u = uniform(generator.next_key(4 * n), (n, 4), np.float64)
    angle = np.deg2rad((2 * u[:, 0] - 1) * degrees)
    size = scale[0] + u[:, 1] * (scale[1] - scale[0])
    dx, dy = ((2 * u[:, 2 + k] - 1) * (translate[k] * (w, h)[k]) for k in (0, 1))
    cos, sin = np.cos(angle) / size, np.sin(angle) / size
    return sample(images, np.stack([cos, sin, -cos * dy - sin * dx, -sin, cos, sin * dy - cos * dx], 1))


def sample(images: Array, maps: Array) -> Array:
    """Bilinear values of `images` at y = m0 i + m1 j + m2, x = m3 i + m4 j + m5 for each output pixel (i, j).

    All coordinates count from the picture's centre; outside of it is 0.

    Shapes:
        images (N, C, H, W), maps (N, 6) -> (N, C, H, W)
    """
    n, c, h, w = images.shape
    dtype = images.dtype
    m = maps.astype(dtype).T[:, :, None, None]
    i = (np.arange(h) - (h - 1) / 2).astype(dtype)[:, None]
    j = (np.arange(w) - (w - 1) / 2).astype(dtype)
    y = m[0] * i + (m[2] + (h + 1) / 2) + m[1] * j  # in the frame with its border of zeros
    x = m[3] * i + (m[5] + (w + 1) / 2) + m[4] * j
    np.clip(y, 0, h + 1, out=y)
    np.clip(x, 0, w + 1, out=x)
    top, left = (np.minimum(v.astype(np.int32), extent) for v, extent in ((y, h), (x, w)))
    y -= top
    x -= left
    framed = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1))).reshape(-1)
    planes = np.arange(n * c).reshape(n, c, 1, 1) * ((h + 2) * (w + 2))
    at = planes + (top * (w + 2) + left)[:, None]
    y, x = y[:, None], x[:, None]
    upper, lower = (between(framed[k:].take(at), framed[k + 1 :].take(at), x) for k in (0, w + 2))
    return between(upper, lower, y)


def between(a: Array, b: Array, t: Array) -> Array:
    """a + t (b - a), in the memory of b."""
    b -= a
    b *= t
    b += a
    return b


def batches(*arrays: Array, batch_size: int, key: Key, start: int = 0) -> Iterator[tuple[Array, ...]]:
    """One pass over arrays of equal length in shuffled mini-batches; the last may be smaller.

    `key` and the number of batches taken are the position: the same key with `start` goes on from there.

    Args:
        key: the order: `generator.next_key(len(arrays[0]))`.
        start: how many batches to leave out.

    Raises:
        ShapeError: if there are no arrays, or their lengths differ.
        ArgumentError: if `batch_size` is not at least 1, or `start` is negative.

    >>> x = np.arange(5)
    >>> [b.tolist() for (b,) in batches(x, batch_size=2, key=(0, 0))]
    [[3, 4], [2, 1], [0]]
    >>> [b.tolist() for (b,) in batches(x, batch_size=2, key=(0, 0), start=1)]
    [[2, 1], [0]]
    """
    lengths = {len(a) for a in arrays}
    if len(lengths) != 1:
        raise ShapeError(f"batches: arrays of equal length are wanted, these have {sorted(lengths)}")
    if batch_size < 1 or start < 0:
        raise ArgumentError(
            f"batches: batch_size {batch_size} must be at least 1, and start {start} at least 0"
        )
    return cut(arrays, batch_size, key, start)


def cut(arrays: tuple[Array, ...], batch_size: int, key: Key, start: int) -> Iterator[tuple[Array, ...]]:
    """The batches of `batches`, once its arguments are checked."""
    n = len(arrays[0])
    order = permutation(key, n)
    for k in range(start * batch_size, n, batch_size):
        yield tuple(a[order[k : k + batch_size]] for a in arrays)
