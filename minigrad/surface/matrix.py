"""Products of vectors and matrices in PyTorch's signatures."""

from __future__ import annotations

from collections.abc import Sequence

from .. import ops
from ..core import Tensor
from ..errors import ShapeError, describe

__all__ = ["bmm", "dot", "mm", "mv", "outer"]
METHODS = tuple(__all__)
IN_PLACE = ()


def ranks(name: str, wanted: Sequence[int], **operands: Tensor) -> None:
    """Refuse operands of other ranks."""
    for (argument, x), rank in zip(operands.items(), wanted, strict=True):
        if len(x.shape) != rank:
            raise ShapeError(f"{name}: {argument} is {describe(x)}, where {rank} dimensions are wanted")


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The product of two vectors.

    Raises:
        ShapeError: for other than two vectors of one length.
    """
    ranks("dot", (1, 1), input=input, tensor=tensor)
    return ops.matmul(input, tensor)  # type: ignore[no-any-return]


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """A matrix times a vector.

    Raises:
        ShapeError: for other ranks or extents.
    """
    ranks("mv", (2, 1), input=input, vec=vec)
    return ops.matmul(input, vec)  # type: ignore[no-any-return]


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """A matrix times a matrix.

    Raises:
        ShapeError: for other ranks or extents.
    """
    ranks("mm", (2, 2), input=input, mat2=mat2)
    return ops.matmul(input, mat2)  # type: ignore[no-any-return]


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """As many matrices times as many matrices.

    Shapes:
        input (B, N, K), mat2 (B, K, M) -> (B, N, M)

    Raises:
        ShapeError: for other ranks or extents.
    """
    ranks("bmm", (3, 3), input=input, mat2=mat2)
    if input.shape[0] != mat2.shape[0]:
        raise ShapeError(
            f"bmm: input {describe(input)} and mat2 {describe(mat2)} differ in their first extent"
        )
    return ops.matmul(input, mat2)  # type: ignore[no-any-return]


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The product of each element of one vector with each of the other.

    Shapes:
        input (N,), vec2 (M,) -> (N, M)

    Raises:
        ShapeError: for other than two vectors.
    """
    ranks("outer", (1, 1), input=input, vec2=vec2)
    return ops.unsqueeze(input, dim=1) * vec2  # type: ignore[no-any-return]
