"""Normalisation on the CPU: about the mean, or about zero, over some dims of an array."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..dtypes import accumulator
from ._numpy_reduce import total

Array = Any
Ints = tuple[int, ...]


def wide(x: Any) -> Any:
    """An array in the dtype of its sums; None stays."""
    return None if x is None else x.astype(accumulator(x.dtype), copy=False)


def average(x: Array, dims: Ints) -> Array:
    """The mean over dims, kept with extent 1; NaN where there are no elements."""
    n = prod(x.shape[k] for k in dims)
    sums = total(x, dims, x.dtype, True)
    return sums / n if n else sums + np.nan


def back_to(x: Array, shape: Ints) -> Array:
    """The sum of what broadcasting from `shape` had repeated."""
    extra = x.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(k + extra for k, n in enumerate(shape) if n == 1)
    return total(x, axes, x.dtype, True).reshape(shape)


def steady(weight: Any, ndim: int, dims: Ints) -> bool:
    """Whether one weight stands for all elements that share a scale."""
    return weight is None or all(
        n == 1 or k + ndim - weight.ndim not in dims for k, n in enumerate(weight.shape)
    )


def normalize(
    x: Array, weight: Array | None, bias: Array | None, dims: Ints, eps: float, centred: bool
) -> tuple[Array, Any, Any, Array]:
    """(x - mean) scale weight + bias in x's dtype; mean, variance and scale in that of sums. Not centred: mean 0."""
    v = wide(x)
    mean = average(v, dims) if centred else None
    y = np.asarray(v - mean) if centred else v
    var = average(y * y, dims)
    scale = np.asarray(1.0 / np.sqrt(var + np.asarray(eps, v.dtype)))
    y = np.asarray(y * scale)
    if weight is not None:
        y *= weight
    if bias is not None:
        y += bias
    return np.asarray(y, x.dtype), None if mean is None else np.asarray(mean), np.asarray(var), scale


def normalize_input(
    g: Array, x: Array, weight: Array | None, mean: Any, scale: Array, dims: Ints, bias_shape: Ints | None
) -> tuple[Array, Any, Any]:
    """The gradients of x, weight and bias, in the dtype of sums: those of bias only for a shape."""
    g, w = wide(g), wide(weight)
    gb = None if bias_shape is None else back_to(g, bias_shape)
    unit = np.asarray(wide(x) - mean) if mean is not None else np.array(wide(x))
    unit *= scale
    p, h, gw = np.asarray(g * unit), g, None
    if steady(w, g.ndim, dims):
        along = average(p, dims)
        if w is not None:
            gw, scale = back_to(along * prod(g.shape[k] for k in dims), w.shape), scale * w
    else:
        gw = back_to(p, w.shape)
        p *= w
        along = average(p, dims)
        h = np.multiply(g, w, out=p)
    centre = average(h, dims) if mean is not None else 0
    unit *= along
    gx = np.subtract(h, unit, out=p)
    gx -= centre
    gx *= scale
    return gx, gw, gb
