"""Rows of a table, by number."""

from __future__ import annotations

from typing import Any

from ..backend import namespace_of
from ..core import Array, Shape, Tensor, op
from ..dtypes import level
from ..errors import ArgumentError, DTypeError, IndexingError, ShapeError, describe
from .elementwise import div
from .index import masked_fill, put

__all__ = ["embedding"]


def embedding_rule(
    g: Any, index: Any, padding_idx: int | None, scale_grad_by_freq: bool, shape: Shape
) -> Any:
    """Each row's gradients summed, or, scaled by frequency, averaged; none for the padding."""
    at = index.data if isinstance(index, Tensor) else index
    if padding_idx is not None:
        g = masked_fill(g, (at == padding_idx % shape[0])[..., None], 0.0)
    if scale_grad_by_freq:
        xp = namespace_of(at)
        times = xp.add_at(shape[:1], at, xp.ones(at.shape, "int64"))[at]
        g = div(g, times[..., None].astype(g.dtype))
    return put(g, index=at, shape=shape)


@op(embedding_rule, None)
def embedding(
    xp: Any, weight: Array, index: Array, *, padding_idx: int | None = None, scale_grad_by_freq: bool = False
) -> Array:
    """The rows of `weight` that `index` names.

    Args:
        index: integers from 0.
        padding_idx: a row without a gradient; counted from the end if negative.
        scale_grad_by_freq: divide each row's gradient by how often it is named.

    Shapes:
        weight (V, D), index (...) -> (..., D)

    Raises:
        IndexingError: for an index outside of 0 to V - 1.
        DTypeError: if `index` is not made of integers.
        ShapeError: if `weight` is not 2-d.
        ArgumentError: for a padding_idx outside of -V to V - 1.

    >>> import minigrad as mg
    >>> mg.functional.embedding(mg.tensor([2, 0]), mg.tensor([[1.0], [2.0], [3.0]]))
    tensor([[3.],
            [1.]])
    """
    if weight.ndim != 2:
        raise ShapeError(f"embedding: weight is {describe(weight)}, where (V, D) is wanted")
    if level(index.dtype) != 1:
        raise DTypeError(f"embedding: index is {index.dtype}, where integers are wanted")
    n = weight.shape[0]
    if padding_idx is not None and not -n <= padding_idx < n:
        raise ArgumentError(f"embedding: padding_idx is {padding_idx}, and weight has {n} rows")
    if xp.outside("embedding", index, n):
        wrong = (index < 0) | (index >= n)
        raise IndexingError(
            f"embedding: index {index[wrong][0]} is outside of 0..{n - 1}, the rows of weight"
        )
    return weight[index]
