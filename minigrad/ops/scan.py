"""Scans: what is known of all elements up to each along a dim, beside the sums and products of `reduce`."""

from __future__ import annotations

from math import inf
from typing import Any

from ..core import Array, Shape, op
from ..errors import ShapeError, describe
from .compare import isinf
from .elementwise import no_slope, where, wide
from .functions import exp
from .index import put_along
from .reduce import narrow, one_axis, shifted
from .shape import flip

__all__ = ["cummax", "cummin", "linear_scan", "logcumsumexp"]
METHODS = "logcumsumexp".split()
IN_PLACE = ()


# ---- the largest and the smallest so far ----------------------------------------------------------------------------
def running(xp: Any, name: str, x: Array, dim: int) -> tuple[Array, Array]:
    """The extreme elements so far along dim, and where each stood last."""
    k = one_axis(name, dim, x.shape)
    z = wide(x).reshape(x.shape or (1,))
    values = xp.running_extreme(z, k, name == "cummax")
    return narrow(values.reshape(x.shape), x), xp.running_place(z, values, k).reshape(x.shape)


def running_rule(g_values: Any, indices: Any, dim: int, shape: Shape) -> Any:
    """To the element that was the extreme one then."""
    return put_along(g_values, indices, dim=dim, shape=shape)


@op(running_rule, outputs="values indices")
def cummax(xp: Any, x: Array, *, dim: int) -> Any:
    """The largest of all elements up to each along `dim`, and where it stood last; NaN is the largest.

    Raises:
        IndexingError: for a dim that x does not have.
        DTypeError: if `dim` is not one int.

    >>> import minigrad as mg
    >>> mg.cummax(mg.tensor([1, 3, 2, 3]), 0).values
    tensor([1, 3, 3, 3])
    """
    return running(xp, "cummax", x, dim)


@op(running_rule, outputs="values indices")
def cummin(xp: Any, x: Array, *, dim: int) -> Any:
    """The smallest of all elements up to each along `dim`, and where it stood last; NaN is the smallest.

    Raises:
        IndexingError: for a dim that x does not have.
        DTypeError: if `dim` is not one int.
    """
    return running(xp, "cummin", x, dim)


# ---- recurrences ----------------------------------------------------------------------------------------------------
def backwards(g: Any, a: Any, dim: int) -> Any:
    """What each element is worth for the last: r[k] = g[k] + a[k + 1] r[k + 1]."""
    if not g.shape:
        return g
    return flip(linear_scan(flip(g, dims=dim), shifted(flip(a, dims=dim), dim, 1, 0.0), dim=dim), dims=dim)


def factor_rule(g: Any, a: Any, y: Any, dim: int) -> Any:
    """A factor multiplies the result before it."""
    return backwards(g, a, dim) * shifted(y, dim, 1, 0.0) if g.shape else no_slope(g)


@op(lambda g, a, dim: backwards(g, a, dim), factor_rule)
def linear_scan(xp: Any, x: Array, a: Array, *, dim: int) -> Array:
    """y[k] = x[k] + a[k] y[k - 1] along `dim`, from y[-1] = 0; for factors of at most 1 it cannot overflow.

    Raises:
        ShapeError: if x and a differ in shape.
        IndexingError: for a dim that x does not have.
        DTypeError: if `dim` is not one int.

    >>> import minigrad as mg
    >>> mg.ops.linear_scan(mg.tensor([1.0, 1.0, 1.0]), mg.tensor([0.5, 0.5, 0.5]), dim=0)
    tensor([1.  , 1.5 , 1.75])
    """
    if x.shape != a.shape:
        raise ShapeError(f"linear_scan: x {describe(x)} and a {describe(a)} differ in shape")
    k = one_axis("linear_scan", dim, x.shape)
    return narrow(xp.linear_scan(wide(x), wide(a), k) if x.shape else x.copy(), x)


def logcumsumexp_rule(g: Any, x: Any, y: Any, dim: int) -> Any:
    """exp(x[i] - y[j]) for all j from i on, as steps exp(y[j - 1] - y[j]) that never exceed 1.

    Where all so far is -inf there is no slope; of infinities the last one takes it all.
    """
    if not x.shape:
        return where(x == -inf, 0.0, g)
    endless = isinf(y)
    last = where(endless, 0.0, y)
    share = exp(where(x == inf, 0.0, where(endless, -inf, x - last)))
    step = where(x == inf, 0.0, exp(where(endless, 0.0, shifted(y, dim, 1, -inf) - last)))
    return share * backwards(g, step, dim)


@op(logcumsumexp_rule, floating=True)
def logcumsumexp(xp: Any, x: Array, *, dim: int) -> Array:
    """log(cumsum(exp(x))) along `dim`, without overflow.

    Raises:
        IndexingError: for a dim that x does not have.
        DTypeError: if `dim` is not one int.

    >>> import minigrad as mg
    >>> mg.logcumsumexp(mg.tensor([1000.0, 1000.0, -1000.0]), 0)
    tensor([1000.    , 1000.6932, 1000.6932])
    """
    k = one_axis("logcumsumexp", dim, x.shape)
    if not x.shape:
        return x.copy()
    z = wide(x)
    top = xp.running_extreme(z, k, True)
    before = xp.concatenate(
        [top[(slice(None),) * k + (slice(1),)], top[(slice(None),) * k + (slice(-1),)]], k
    )
    flat = ~xp.isfinite(top)
    zero = xp.zeros((), z.dtype)
    with xp.errstate(invalid="ignore"):
        step = xp.exp(xp.where(flat, zero, before - top))
        total = xp.linear_scan(xp.exp(xp.where(flat, zero, z - top)), step, k)
    return narrow(top + xp.log(total), x)
