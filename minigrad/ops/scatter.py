"""Writing at places that an index names along one dim: the largest, or the least, of what comes there."""

from __future__ import annotations

from typing import Any

from ..core import Array, Shape, cast, op
from ..errors import ShapeError, describe
from .elementwise import where
from .index import along, gather, put_along

__all__ = ["scatter_extreme"]


def kept(x: Any, index: Any, y: Any, dim: int, include_self: bool, dtype: Any) -> Any:
    """Where x itself is the result: where it is the extreme, or where nothing came."""
    if include_self:
        return x == y
    return put_along(cast(index == index, dtype=dtype), index, dim=dim, shape=x.shape) == 0.0


def shared(g: Any, x: Any, src: Any, index: Any, y: Any, dim: int, include_self: bool) -> Any:
    """Each place's gradient, in as many equal parts as there are elements that are its result."""
    hits = cast(src == gather(y, index, dim=dim), dtype=g.dtype)
    count = put_along(hits, index, dim=dim, shape=x.shape)
    count = count + cast(kept(x, index, y, dim, include_self, g.dtype), dtype=g.dtype)
    return g / where(count == 0.0, 1.0, count)


def x_rule(g: Any, x: Any, src: Any, index: Any, y: Any, dim: int, include_self: bool) -> Any:
    """For x, its part where it is the result."""
    part = shared(g, x, src, index, y, dim, include_self)
    return where(kept(x, index, y, dim, include_self, g.dtype), part, 0.0)


def src_rule(g: Any, x: Any, src: Any, index: Any, y: Any, dim: int, include_self: bool) -> Any:
    """For src, the part of each of its elements that is the result."""
    part = shared(g, x, src, index, y, dim, include_self)
    return where(src == gather(y, index, dim=dim), gather(part, index, dim=dim), 0.0)


@op(x_rule, src_rule, None)
def scatter_extreme(
    xp: Any, x: Array, src: Array, index: Array, *, dim: int, largest: bool, include_self: bool = True
) -> Array:
    """x with the largest (or least) of `src` and x where `gather` would read it; ties share the gradient equally.

    Args:
        index: of the shape of src.
        include_self: whether x counts beside src where something of src comes.

    Shapes:
        x (A, B), src (I, J), index (I, J), dim=0, J <= B -> (A, B)

    Raises:
        IndexingError, ShapeError, DTypeError: as `gather`, and if src and index differ in shape.
    """
    if src.shape != index.shape:
        raise ShapeError(f"scatter_extreme: src {describe(src)} and index {describe(index)} differ in shape")
    shape: Shape = x.shape
    places = along(xp, "scatter_extreme", shape, index, dim)
    x, src = x.reshape(shape or (1,)), src.reshape(src.shape or (1,))
    if not include_self:
        x = xp.array(x)
        x[places] = src  # one of those that come; which does not matter
    return xp.extreme_at(x, places, src, largest).reshape(shape)
