"""Reductions over dims. Halves are summed in float32, bools and integers in int64.

`dim` is None for all dims, one dim, or, where several make sense, a sequence of them; it counts from the end if
negative. With `keepdim` a reduced dim stays with extent 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from math import prod as product
from operator import index
from typing import Any

from ..core import Array, Shape, cast, expand, op
from ..dtypes import accumulator, bool_, is_float
from ..errors import ArgumentError, DTypeError, IndexingError, ShapeError, describe
from .elementwise import maximum, where, wide
from .functions import exp
from .index import put_along
from .pad import pad
from .shape import flip, reshape, unsqueeze

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "logsumexp",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]
METHODS = "all amax amin any argmax argmin count_nonzero logsumexp".split()
IN_PLACE = ()

Dims = int | Sequence[int] | None


# ---- dims -----------------------------------------------------------------------------------------------------------
def axes(name: str, dim: Dims, shape: Shape) -> tuple[int, ...]:
    """The dims that `dim` names, counted from the front; all of them for None and ()."""
    dims = () if dim is None else tuple(dim) if isinstance(dim, tuple | list) else (dim,)
    if not dims:
        return tuple(range(len(shape)))
    rank, found = len(shape) or 1, []
    for d in dims:
        if not -rank <= index(d) < rank:
            raise IndexingError(f"{name}: dim {d} is outside of the dims of x, whose shape is {shape}")
        found.append(index(d) % rank)
    if len(set(found)) < len(found):
        raise ArgumentError(f"{name}: dim {dim} names a dim of x {shape} twice")
    return tuple(found) if shape else ()


def one_axis(name: str, dim: int, shape: Shape) -> int:
    """`dim` counted from the front; a 0-d x has dim 0."""
    if isinstance(dim, tuple | list) or dim is None:
        raise DTypeError(f"{name}: dim is {dim}, where an integer is wanted")
    return (*axes(name, dim, shape), 0)[0]


def back(g: Any, dim: Dims, keepdim: bool, shape: Shape) -> Any:
    """What was reduced from `shape`, with its reduced dims there again, of extent 1."""
    if keepdim or not g.shape or not shape:  # no dims broadcast with any
        return g
    gone = axes("", dim, shape)
    return reshape(g, shape=[1 if k in gone else n for k, n in enumerate(shape)])


def count(dim: Dims, shape: Shape) -> int:
    """How many elements are reduced to one."""
    return product(shape[k] for k in axes("", dim, shape))


def shared(g: Any, n: int) -> Any:
    """g / n, where float16 cannot hold n."""
    return g / n if n < 32768 else g / (n / 32768) / 32768.0


def floating(name: str, x: Array) -> None:
    """Refuse bools and integers."""
    if not is_float(x.dtype):
        raise DTypeError(f"{name}: x is {x.dtype}, where a floating dtype is wanted; x.float() converts it")


def filled(name: str, x: Array, dims: Sequence[int]) -> None:
    """Refuse an extent of 0 where nothing has no answer."""
    for k in dims:
        if not x.shape[k]:
            raise ShapeError(f"{name}: x {describe(x)} has no elements along dim {k}, so there is no {name}")


def narrow(y: Array, x: Array) -> Array:
    """What was accumulated for a floating x in its dtype again."""
    return y.astype(x.dtype, copy=False) if is_float(x.dtype) else y


# ---- sums and products ----------------------------------------------------------------------------------------------
@op(lambda g, dim, keepdim, shape: expand(back(g, dim, keepdim, shape), shape=shape))
def sum(xp: Any, x: Array, *, dim: Dims = None, keepdim: bool = False) -> Array:
    """The sum over dims; of bools and integers in int64.

    Raises:
        IndexingError: for a dim that x does not have.
        ArgumentError: for a dim named twice.

    >>> import minigrad as mg
    >>> mg.sum(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=0)
    tensor([4., 6.])
    """
    dims = None if dim is None else axes("sum", dim, x.shape)
    return narrow(xp.total(x, dims, accumulator(x.dtype), keepdim), x)


@op(
    lambda g, dim, keepdim, shape: expand(
        back(shared(g, count(dim, shape)), dim, keepdim, shape), shape=shape
    )
)
def mean(xp: Any, x: Array, *, dim: Dims = None, keepdim: bool = False) -> Array:
    """The mean over dims; NaN where there are no elements.

    Raises:
        DTypeError: for bools and integers.
        IndexingError: for a dim that x does not have.
        ArgumentError: for a dim named twice.

    >>> import minigrad as mg
    >>> mg.mean(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=1, keepdim=True)
    tensor([[1.5],
            [3.5]])
    """
    floating("mean", x)
    dims = axes("mean", dim, x.shape)
    y = xp.total(x, None if dim is None else dims, accumulator(x.dtype), keepdim)
    n = product(x.shape[k] for k in dims)
    return narrow(y / n if n else y + xp.nan, x)


def shifted(x: Any, dim: int, by: int, fill: float) -> Any:
    """x moved by some places along dim; what comes in is `fill`, what is pushed out is lost."""
    return pad(x, pad=[0, 0] * (len(x.shape) - 1 - dim % len(x.shape)) + [by, -by], value=fill)


def prod_rule(g: Any, x: Any, dim: int | None, keepdim: bool, shape: Shape) -> Any:
    """For each element the product of all others, from those on its left and its right: no division, so zeros do."""
    if not shape:
        return g
    flat, along = (reshape(x, shape=(-1,)), 0) if dim is None else (x, dim)
    left = cumprod(shifted(flat, along, 1, 1.0), dim=along)
    right = flip(cumprod(flip(shifted(flat, along, -1, 1.0), dims=along), dim=along), dims=along)
    return back(g, dim, keepdim, shape) * reshape(left * right, shape=shape)


@op(prod_rule)
def prod(xp: Any, x: Array, *, dim: int | None = None, keepdim: bool = False) -> Array:
    """The product over one dim or all; of bools and integers in int64. Its derivatives hold at zeros too.

    Raises:
        IndexingError: for a dim that x does not have.
    """
    k = None if dim is None else axes("prod", one_axis("prod", dim, x.shape), x.shape)
    return narrow(xp.multiply.reduce(x, k, accumulator(x.dtype), None, keepdim), x)


@op(lambda g, dim: flip(cumsum(flip(g, dims=dim), dim=dim), dims=dim) if g.shape else g)
def cumsum(xp: Any, x: Array, *, dim: int) -> Array:
    """The sums of all elements up to each along `dim`; of bools and integers in int64.

    Raises:
        IndexingError: for a dim that x does not have.

    >>> import minigrad as mg
    >>> mg.cumsum(mg.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([1., 3., 6.])
    """
    k = one_axis("cumsum", dim, x.shape)
    return narrow(x.cumsum(k, accumulator(x.dtype)).reshape(x.shape), x)


def cumprod_rule(g: Any, x: Any, dim: int) -> Any:
    """Each element's share in all later products: r[k] = g[k] + x[k + 1] r[k + 1], solved by doubling.

    Without a division zeros do no harm. After a step r[k] holds the terms of twice as many places, and a[k] the
    product of as many factors.
    """
    if not x.shape:
        return g
    left = cumprod(shifted(x, dim, 1, 1.0), dim=dim)
    r, a, step = g, shifted(x, dim, -1, 0.0), 1
    while step < x.shape[dim]:
        r = r + a * shifted(r, dim, -step, 0.0)
        a = a * shifted(a, dim, -step, 0.0)
        step *= 2
    return left * r


@op(cumprod_rule)
def cumprod(xp: Any, x: Array, *, dim: int) -> Array:
    """The products of all elements up to each along `dim`; of bools and integers in int64.

    Raises:
        IndexingError: for a dim that x does not have.

    >>> import minigrad as mg
    >>> mg.cumprod(mg.tensor([1, 2, 3, 4]), dim=0)
    tensor([ 1,  2,  6, 24])
    """
    k = one_axis("cumprod", dim, x.shape)
    return narrow(x.cumprod(k, accumulator(x.dtype)).reshape(x.shape), x)


# ---- the largest and the smallest -----------------------------------------------------------------------------------
def ties_rule(g: Any, x: Any, y: Any, dim: Dims, keepdim: bool, shape: Shape) -> Any:
    """Shared equally by all elements that are the extreme one; NaN is, where there is one."""
    found = cast((x == back(y, dim, keepdim, shape)) | (x != x), dtype=g.dtype)
    return back(g, dim, keepdim, shape) * (found / sum(found, dim=dim, keepdim=True))


@op(ties_rule)
def amax(xp: Any, x: Array, *, dim: Dims = None, keepdim: bool = False) -> Array:
    """The largest element over dims, NaN if one is; equals share the gradient.

    Raises:
        ShapeError: if there are no elements.
        IndexingError: for a dim that x does not have.
        ArgumentError: for a dim named twice.

    >>> import minigrad as mg
    >>> mg.amax(mg.tensor([[1.0, 5.0], [3.0, 4.0]]), dim=(0, 1))
    tensor(5.)
    """
    dims = axes("amax", dim, x.shape)
    filled("amax", x, dims)
    return narrow(wide(x).max(dims, keepdims=keepdim), x)


@op(ties_rule)
def amin(xp: Any, x: Array, *, dim: Dims = None, keepdim: bool = False) -> Array:
    """The smallest element over dims, NaN if one is; equals share the gradient.

    Raises:
        ShapeError: if there are no elements.
        IndexingError: for a dim that x does not have.
        ArgumentError: for a dim named twice.
    """
    dims = axes("amin", dim, x.shape)
    filled("amin", x, dims)
    return narrow(wide(x).min(dims, keepdims=keepdim), x)


def place_rule(g_values: Any, indices: Any, dim: int, keepdim: bool, shape: Shape) -> Any:
    """To the one element that was chosen."""
    if not keepdim and shape:
        g_values, indices = unsqueeze(g_values, dim=dim), unsqueeze(indices, dim=dim)
    return put_along(g_values, indices, dim=dim, shape=shape)


def chosen(xp: Any, name: str, x: Array, dim: int, keepdim: bool) -> tuple[Array, Array]:
    """The extreme elements along dim, and where each stands first."""
    k = one_axis(name, dim, x.shape)
    filled(name, x, (k,) if x.shape else ())
    line = wide(x).reshape(x.shape or (1,))
    values = xp.asarray(getattr(line, name)(k, keepdims=keepdim))
    indices = xp.asarray(getattr(line, f"arg{name}")(k, keepdims=keepdim))
    return (narrow(values, x), indices) if x.shape else (narrow(values, x).reshape(()), indices.reshape(()))


@op(place_rule, outputs="values indices")
def max(xp: Any, x: Array, *, dim: int, keepdim: bool = False) -> Any:
    """The largest elements along one dim, NaN being the largest, and where each stands first.

    Raises:
        ShapeError: if there are no elements along dim.
        IndexingError: for a dim that x does not have.
    """
    return chosen(xp, "max", x, dim, keepdim)


@op(place_rule, outputs="values indices")
def min(xp: Any, x: Array, *, dim: int, keepdim: bool = False) -> Any:
    """The smallest elements along one dim, NaN being the smallest, and where each stands first.

    Raises:
        ShapeError: if there are no elements along dim.
        IndexingError: for a dim that x does not have.
    """
    return chosen(xp, "min", x, dim, keepdim)


def place(xp: Any, name: str, x: Array, dim: int | None, keepdim: bool) -> Array:
    """Where the extreme element stands first, in row-major order or along dim."""
    if dim is None:
        filled(name, x, range(x.ndim))
        at = xp.asarray(getattr(wide(x), name)())
        return at.reshape([1] * x.ndim) if keepdim else at
    k = one_axis(name, dim, x.shape)
    filled(name, x, (k,) if x.shape else ())
    at = xp.asarray(getattr(wide(x).reshape(x.shape or (1,)), name)(k, keepdims=keepdim))
    return at if x.shape else at.reshape(())


@op(None)
def argmax(xp: Any, x: Array, *, dim: int | None = None, keepdim: bool = False) -> Array:
    """Where the largest element stands first: along `dim`, or in row-major order; NaN is the largest.

    Raises:
        ShapeError: if there are no elements.
        IndexingError: for a dim that x does not have.

    >>> import minigrad as mg
    >>> mg.argmax(mg.tensor([[1.0, 5.0], [3.0, 4.0]]), dim=1)
    tensor([1, 1])
    """
    return place(xp, "argmax", x, dim, keepdim)


@op(None)
def argmin(xp: Any, x: Array, *, dim: int | None = None, keepdim: bool = False) -> Array:
    """Where the smallest element stands first: along `dim`, or in row-major order; NaN is the smallest.

    Raises:
        ShapeError: if there are no elements.
        IndexingError: for a dim that x does not have.
    """
    return place(xp, "argmin", x, dim, keepdim)


# ---- spread ---------------------------------------------------------------------------------------------------------
def var_rule(g: Any, x: Any, dim: Dims, correction: float, keepdim: bool, shape: Shape) -> Any:
    """2 (x - mean) / (n - correction)."""
    free = count(dim, shape) - correction
    slope = g * (2.0 / free if free > 0 else inf)
    return back(slope, dim, keepdim, shape) * (x - mean(x, dim=dim, keepdim=True))


def std_rule(g: Any, x: Any, y: Any, dim: Dims, correction: float, keepdim: bool, shape: Shape) -> Any:
    """That of var by way of the root; nothing where all elements are equal."""
    level = y == 0
    slope = where(level, 0.0, g * 0.5 / where(level, 1.0, y))
    return var_rule(slope, x, dim, correction, keepdim, shape)


def variance(xp: Any, name: str, x: Array, dim: Dims, correction: float, keepdim: bool) -> Array:
    """The variance of x, halves in float32."""
    floating(name, x)
    x = wide(x)
    dims = axes(name, dim, x.shape)
    n = product(x.shape[k] for k in dims)
    free = n - correction if n > correction else 0
    with xp.errstate(all="ignore"):  # too few elements give NaN, or infinity where they differ
        off = x - xp.total(x, dims, x.dtype, True) / n if n else x
        return xp.total(off * off, dims, x.dtype, keepdim) / xp.asarray(free, x.dtype)


@op(var_rule)
def var(xp: Any, x: Array, *, dim: Dims = None, correction: float = 1, keepdim: bool = False) -> Array:
    """The variance over dims: squared distances from the mean, summed and divided by n - correction.

    Args:
        correction: 1 estimates the variance of what x is a sample of, 0 gives that of x itself.

    Raises:
        DTypeError: for bools and integers.
        IndexingError: for a dim that x does not have.
        ArgumentError: for a dim named twice.

    >>> import minigrad as mg
    >>> mg.var(mg.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    return narrow(variance(xp, "var", x, dim, correction, keepdim), x)


@op(std_rule)
def std(xp: Any, x: Array, *, dim: Dims = None, correction: float = 1, keepdim: bool = False) -> Array:
    """The standard deviation over dims, the root of `var`; its slope is 0 where all elements are equal.

    Args:
        correction: 1 estimates that of what x is a sample of, 0 gives that of x itself.

    Raises:
        DTypeError: for bools and integers.
        IndexingError: for a dim that x does not have.
        ArgumentError: for a dim named twice.
    """
    return narrow(xp.sqrt(variance(xp, "std", x, dim, correction, keepdim)), x)


# ---- exponentials ---------------------------------------------------------------------------------------------------
def logsumexp_rule(g: Any, x: Any, y: Any, dim: Dims, keepdim: bool, shape: Shape) -> Any:
    """exp(x - y). Where all is -inf nothing; infinities share what comes."""
    y, endless = back(y, dim, keepdim, shape), x == inf
    share = maximum(cast(sum(endless, dim=dim, keepdim=True), dtype=g.dtype), 1.0)
    under = x - where(y == -inf, 0.0, y)
    return back(g, dim, keepdim, shape) / share * exp(where(endless, 0.0, under))


@op(logsumexp_rule, floating=True)
def logsumexp(xp: Any, x: Array, *, dim: Dims, keepdim: bool = False) -> Array:
    """log(sum(exp(x))) over dims, without overflow; -inf where there are no elements.

    Raises:
        IndexingError: for a dim that x does not have.
        ArgumentError: for a dim named twice.

    >>> import minigrad as mg
    >>> mg.logsumexp(mg.tensor([1000.0, 1000.0]), dim=0)
    tensor(1000.6932)
    """
    dims = axes("logsumexp", dim, x.shape)
    z = wide(x)
    top: Any = 0.0
    if product(x.shape[k] for k in dims):
        top = z.max(dims, keepdims=True)
        top = xp.where(xp.isfinite(top), top, xp.zeros((), z.dtype))
    y = xp.log(xp.total(xp.exp(z - top), dims, z.dtype, True)) + top
    return narrow(y if keepdim else y.reshape([n for k, n in enumerate(x.shape) if k not in dims]), x)


# ---- truth ----------------------------------------------------------------------------------------------------------
@op(None)
def any(xp: Any, x: Array, *, dim: Dims = None, keepdim: bool = False) -> Array:
    """Whether an element over dims is true, that is, not 0.

    Raises:
        IndexingError: for a dim that x does not have.
        ArgumentError: for a dim named twice.
    """
    return (x if x.dtype == bool_ else x != 0).any(axes("any", dim, x.shape), keepdims=keepdim)


@op(None)
def all(xp: Any, x: Array, *, dim: Dims = None, keepdim: bool = False) -> Array:
    """Whether every element over dims is true, that is, not 0.

    Raises:
        IndexingError: for a dim that x does not have.
        ArgumentError: for a dim named twice.
    """
    return (x if x.dtype == bool_ else x != 0).all(axes("all", dim, x.shape), keepdims=keepdim)


@op(None)
def count_nonzero(xp: Any, x: Array, *, dim: Dims = None) -> Array:
    """How many elements over dims are not 0.

    Raises:
        IndexingError: for a dim that x does not have.
        ArgumentError: for a dim named twice.
    """
    return (x != 0).sum(axes("count_nonzero", dim, x.shape), dtype="int64")
