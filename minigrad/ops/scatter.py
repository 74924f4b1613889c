"""Writing at places that an index names along one dim: the largest, or the least, of what comes there."""

from __future__ import annotations

from typing import Any

from ..core import Array, Shape, cast, op
from ..errors import ShapeError, describe
from .elementwise import where
from .index import along, gather, put_along

__all__ = ["scatter_extreme"]


def shared(g: Any, x: Any, src: Any, index: Any, y: Any, dim: int, include_self: bool) -> Any:
    """Each place's gradient in equal parts for the elements of src, and x itself, that are its result."""
    hits = src == gather(y, index, dim=dim)
    count = put_along(cast(hits, dtype=g.dtype), index, dim=dim, shape=x.shape)
    if include_self:
        own = x == y
    else:  # x counts where nothing came
        own = put_along(cast(index == index, dtype=g.dtype), index, dim=dim, shape=x.shape) == 0.0
    count = count + cast(own, dtype=g.dtype)
    part = g / where(count == 0.0, 1.0, count)
    return where(own, part, 0.0), where(hits, gather(part, index, dim=dim), 0.0), None


@op(joint=shared, promotes="x src")
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
    return xp.join_at(x, places, src, "amax" if largest else "amin").reshape(shape)
