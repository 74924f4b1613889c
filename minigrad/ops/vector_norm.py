"""The length of vectors."""

from __future__ import annotations

from math import inf
from typing import Any

from ..core import Array, Shape, cast, op
from .elementwise import abs as size_of
from .elementwise import sign, where, wide
from .reduce import Dims, axes, back, filled, floating, narrow
from .reduce import sum as total

__all__ = ["vector_norm"]


def slope(x: Any, y: Any, ord: float, dim: Dims) -> Any:
    """The derivative of y, kept with extent 1, by x; 0 for elements of 0."""
    if ord in (inf, -inf):  # equals share
        found = cast(size_of(x) == y, dtype=x.dtype)
        return sign(x) * found / total(found, dim=dim, keepdim=True)
    if ord == 1:
        return sign(x)
    safe = where(y == 0, 1.0, y)
    if ord == 2:
        return x / safe
    ratio = (where(x == 0, 1.0, size_of(x)) / safe) ** (ord - 1.0)
    return sign(x) * where(y == 0, 0.0, ratio)  # a negative power: 0 as long as one element is


def norm_rule(g: Any, x: Any, y: Any, ord: float, dim: Dims, keepdim: bool, shape: Shape) -> Any:
    """A count of elements has none."""
    if ord == 0:
        return where(False, x, 0.0)
    g, y = (back(t, dim, keepdim, shape) for t in (g, y))
    return g * slope(x, y, ord, dim)


@op(norm_rule)
def vector_norm(xp: Any, x: Array, *, ord: float = 2.0, dim: Dims = None, keepdim: bool = False) -> Array:
    """The p-norm over dims: the p-th root of the sum of the p-th powers of absolute values.

    Its gradient is 0 for elements of 0.

    Args:
        ord: p; inf gives the largest absolute value, -inf the smallest, 0 counts what is not 0.

    Raises:
        DTypeError: for bools and integers.
        ShapeError: if there are no elements, where ord is negative or inf.
        IndexingError: for a dim that x does not have.
        ArgumentError: for a dim named twice.

    >>> import minigrad as mg
    >>> vector_norm(mg.tensor([[3.0, 4.0], [0.0, 2.0]]), dim=1)
    tensor([5., 2.])
    """
    floating("vector_norm", x)
    dims, z = axes("vector_norm", dim, x.shape), wide(x)
    size = z if ord == 2 else xp.absolute(z)
    if ord < 0 or ord == inf:
        filled("vector_norm", x, dims)
    if ord in (inf, -inf):
        y = (size.max if ord > 0 else size.min)(dims, keepdims=keepdim)
    elif ord == 0:
        y = xp.total((size != 0).astype(z.dtype), dims, z.dtype, keepdim)
    elif ord == 1:
        y = xp.total(size, dims, z.dtype, keepdim)
    elif ord == 2:
        y = xp.sqrt(xp.total(size * size, dims, z.dtype, keepdim))
    else:
        y = xp.total(size**ord, dims, z.dtype, keepdim) ** (1.0 / ord)
    return narrow(xp.asarray(y), x)
