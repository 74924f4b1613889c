"""Normalisation: what layers, batches, groups and instances share, and its form without a mean."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..backend import namespace_of
from ..core import Array, Shape, cast, op, same
from ..dtypes import accumulator
from ..errors import ShapeError
from .elementwise import wide
from .functions import rsqrt
from .reduce import axes, floating, mean

__all__ = ["rescale", "rms_norm", "standardize"]

Dims = int | Sequence[int] | None


# ---- what is shared -------------------------------------------------------------------------------------------------
def statistics(name: str, x: Array, dim: Dims, weight: Array | None, bias: Array | None) -> tuple[int, ...]:
    """The dims whose mean is taken.

    Raises:
        ShapeError: if weight or bias does not broadcast to x.
        DTypeError, IndexingError, ArgumentError: for a dtype or dims that do not fit.
    """
    floating(name, x)
    for argument, w in (("weight", weight), ("bias", bias)):
        if w is not None:
            tail = x.shape[x.ndim - w.ndim :] if w.ndim <= x.ndim else None
            if tail is None or any(n not in (1, m) for n, m in zip(w.shape, tail, strict=True)):
                raise ShapeError(f"{name}: {argument} {[*w.shape]} does not broadcast to x {[*x.shape]}")
    return axes(name, dim, x.shape)


def reduced(shape: Shape, dims: Sequence[int]) -> Shape:
    """The extents with 1 in the place of `dims`."""
    return tuple(1 if k in dims else n for k, n in enumerate(shape))


def narrowed(to: Any, *gs: Any) -> tuple[Any, ...]:
    """Gradients in a dtype; None stays."""
    return tuple(None if g is None else g.astype(to, copy=False) for g in gs)


def widened(x: Any) -> Any:
    """A Tensor of halves in float32."""
    to = accumulator(x.dtype)
    return x if x.dtype == to else cast(x, dtype=to)


def affine(y: Any, weight: Any, bias: Any) -> Any:
    """y weight + bias, where they are given."""
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


# ---- about the mean -------------------------------------------------------------------------------------------------
def standardize_plain(x: Any, weight: Any = None, bias: Any = None, *, dim: Dims, eps: float = 1e-5) -> Any:
    """standardize written with other ops."""
    v = widened(x)
    m = mean(v, dim=dim, keepdim=True)
    away = v - m
    var = mean(away * away, dim=dim, keepdim=True)
    y = affine(away * rsqrt(var + eps), weight, bias)
    return tuple(cast(t, dtype=x.dtype) for t in (y, m, var))


def standardize_rule(
    x: Array,
    weight: Any,
    bias: Any,
    _mean: Array,
    _scale: Array,
    dim: Dims,
    needs: list[bool],
    g_y: Any = None,
    g_mean: Any = None,
    g_var: Any = None,
) -> tuple[Any, Any, Any]:
    """All three from x again; mean and variance alone have simple gradients."""
    xp, dims = namespace_of(x), axes("", dim, x.shape)
    n = prod(x.shape[k] for k in dims) or 1
    gx = xp.asarray(wide(x) - _mean) * (wide(g_var) * (2.0 / n)) if g_var is not None else None
    gw = gb = None
    if g_y is not None:
        shape = bias.shape if bias is not None and needs[2] else None
        found, gw, gb = xp.normalize_input(g_y, x, weight, _mean, _scale, dims, shape)
        gx = found if gx is None else gx + found
    if g_mean is not None:
        gx = wide(g_mean) / n + (xp.zeros(x.shape, _mean.dtype) if gx is None else gx)
    return narrowed(x.dtype, gx, gw, gb)


@op(joint=standardize_rule, outputs="y mean var _mean _scale", composite=standardize_plain)
def standardize(
    xp: Any, x: Array, weight: Array | None = None, bias: Array | None = None, *, dim: Dims, eps: float = 1e-5
) -> Any:
    """x less its mean over `dim`, divided by its standard deviation, times weight, plus bias.

    The variance is the mean of squared distances from the mean, in a second pass: it is right where the mean is large.
    The mean and the variance, with extent 1 where they were taken, are outputs too.

    Args:
        weight, bias: broadcast to x.
        dim: the dims over which mean and variance are taken.
        eps: added to the variance.

    Shapes:
        x (N, D), dim=1, weight (D,), bias (D,) -> (N, D), (N, 1), (N, 1)

    Raises:
        ShapeError: if weight or bias does not broadcast to x.
        IndexingError: for a dim that x does not have.
        ArgumentError: for a dim named twice.

    Source: Ioffe & Szegedy 2015, "Batch normalization", algorithm 1.

    >>> import minigrad as mg
    >>> y, mean, var = standardize(mg.tensor([1.0, 3.0]), dim=0, eps=0.0)
    >>> y, mean, var
    (tensor([-1.,  1.]), tensor([2.]), tensor([1.]))
    """
    dims = statistics("standardize", x, dim, weight, bias)
    y, m, var, scale = xp.normalize(x, weight, bias, dims, eps, True)
    return y, xp.asarray(m, x.dtype), xp.asarray(var, x.dtype), m, scale


@op(
    lambda g, scale: g * scale,
    lambda g, scale: -(g * scale),
    lambda g, x, mean: g * (x - mean),
    same,
    floating=True,
)
def rescale(xp: Any, x: Array, mean: Array, scale: Array, bias: Array | None = None) -> Array:
    """(x - mean) scale + bias, for a mean and a scale that are known.

    Shapes:
        x (N, C), mean (C,), scale (C,), bias (C,) -> (N, C)

    Raises:
        ShapeError: if mean, scale or bias does not broadcast to x.

    >>> import minigrad as mg
    >>> rescale(mg.tensor([1.0, 3.0]), mg.tensor(2.0), mg.tensor(10.0))
    tensor([-10.,  10.])
    """
    y = xp.asarray(wide(x) - wide(mean))
    y *= wide(scale)
    if bias is not None:
        y += wide(bias)
    return y.astype(x.dtype, copy=False)


# ---- about zero -----------------------------------------------------------------------------------------------------
def rms_plain(x: Any, weight: Any = None, *, dim: Dims, eps: float) -> Any:
    """rms_norm written with other ops."""
    v = widened(x)
    return cast(affine(v * rsqrt(mean(v * v, dim=dim, keepdim=True) + eps), weight, None), dtype=x.dtype)


def rms_rule(g: Array, x: Array, weight: Any, _scale: Array, dim: Dims, needs: list[bool]) -> tuple[Any, Any]:
    """Both from x and the scale."""
    dims = axes("", dim, x.shape)
    gx, gw, _ = namespace_of(x).normalize_input(g, x, weight, None, _scale, dims, None)
    return narrowed(x.dtype, gx, gw)


@op(joint=rms_rule, outputs="y _scale", composite=rms_plain)
def rms_norm(xp: Any, x: Array, weight: Array | None = None, *, dim: Dims, eps: float) -> Any:
    """x divided by the root of the mean of its squares over `dim`, times weight.

    Args:
        weight: broadcasts to x.
        dim: the dims over which the mean is taken.
        eps: added to the mean.

    Shapes:
        x (N, D), dim=1, weight (D,) -> (N, D)

    Raises:
        ShapeError: if weight does not broadcast to x.
        IndexingError: for a dim that x does not have.
        ArgumentError: for a dim named twice.

    Source: Zhang & Sennrich 2019, "Root mean square layer normalization", equation 4.

    >>> import minigrad as mg
    >>> rms_norm(mg.tensor([3.0, -3.0]), dim=0, eps=0.0)
    tensor([ 1., -1.])
    """
    dims = statistics("rms_norm", x, dim, weight, None)
    y, _, _, scale = xp.normalize(x, weight, None, dims, eps, False)
    return y, scale
