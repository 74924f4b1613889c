"""Lengths of vectors, and how far apart or how alike two of them are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..backend import namespace_for
from ..core import Tensor
from ..dtypes import is_float
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..ops.vector_norm import vector_norm


def normalize(
    input: Tensor, p: float = 2.0, dim: int | Sequence[int] = 1, eps: float = 1e-12, out: None = None
) -> Tensor:
    """input divided by its p-norm along `dim`, or by `eps` where that is larger.

    Args:
        p: that of the p-norm.
        dim: one dim or several.
        out: not here.

    Shapes:
        input (any) -> the same

    Raises:
        DTypeError: if input is not floating.
        IndexingError: for a dim that input does not have.

    >>> import minigrad as mg
    >>> normalize(mg.tensor([[3.0, 4.0], [0.0, 0.0]]))
    tensor([[0.6, 0.8],
            [0. , 0. ]])
    """
    if out is not None:
        raise ArgumentError("normalize: out is not supported; take what is returned")
    return input / ops.clamp(vector_norm(input, ord=p, dim=dim, keepdim=True), min=eps)  # type: ignore[no-any-return]


def pair(name: str, x1: Tensor, x2: Tensor) -> None:
    """Refuse two inputs none of which is floating."""
    if not any(isinstance(x, Tensor) and is_float(x.dtype) for x in (x1, x2)):
        raise DTypeError(f"{name}: x1 is {describe(x1)}, x2 {describe(x2)}: one floating tensor is wanted")


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between two vectors; lengths below `eps` count as `eps`.

    Args:
        dim: that of the vectors.

    Shapes:
        x1 (N, D), x2 (N, D) -> (N,); they broadcast

    Raises:
        ShapeError: if they do not broadcast.
        DTypeError: if none is floating.
        IndexingError: for a dim that they do not have.

    >>> import minigrad as mg
    >>> cosine_similarity(mg.tensor([[3.0, 0.0]]), mg.tensor([[1.0, 1.0]]))
    tensor([0.7071])
    """
    pair("cosine_similarity", x1, x2)
    dtype = (x1 if is_float(x1.dtype) else x2).dtype
    try:
        shape = namespace_for(None).broadcast_shapes(x1.shape, x2.shape)
    except ValueError:
        raise ShapeError(
            f"cosine_similarity: x1 {describe(x1)} and x2 {describe(x2)} do not broadcast"
        ) from None
    units: list[Any] = []
    for x in (x1, x2):
        x = ops.expand(x if is_float(x.dtype) else x.to(dtype), shape=shape)
        units.append(x / ops.clamp(vector_norm(x, ord=2.0, dim=dim, keepdim=True), min=eps))
    return ops.sum(units[0] * units[1], dim=dim)  # type: ignore[no-any-return]


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last dim.

    Args:
        p: that of the p-norm.
        eps: added to every difference.
        keepdim: whether the last dim stays, with extent 1.

    Shapes:
        x1 (N, D), x2 (N, D) -> (N,); they broadcast

    Raises:
        ShapeError: if they do not broadcast.
        DTypeError: if none is floating.

    >>> import minigrad as mg
    >>> pairwise_distance(mg.tensor([0.0, 0.0]), mg.tensor([3.0, 4.0]))
    tensor(5.)
    """
    pair("pairwise_distance", x1, x2)
    return vector_norm(x1 - x2 + eps, ord=p, dim=-1, keepdim=keepdim)  # type: ignore[no-any-return]
