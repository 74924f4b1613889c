"""Diagonals, and tensors with one piece replaced, in PyTorch's signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..backend import namespace_of
from ..core import Tensor, cast
from ..dtypes import PYTHON
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..ops.shape import axis
from ..ops.strided import plane
from ..writes import owner
from .arrange import slot

__all__ = [
    "as_strided",
    "diag",
    "diag_embed",
    "diagflat",
    "diagonal_scatter",
    "select_scatter",
    "slice_scatter",
]
METHODS = (*__all__, "fill_diagonal_")
IN_PLACE = ()


# ---- diagonals ------------------------------------------------------------------------------------------------------
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices with the last dim of `input` on a diagonal, zeros elsewhere.

    Args:
        offset: how far the diagonal lies to the right of the main one.
        dim1, dim2: where the rows and the columns are among the dims of the result.

    Shapes:
        input (..., N) -> (..., N + |offset|, N + |offset|)

    Raises:
        ShapeError: for a 0-d tensor.
        ArgumentError: if dim1 and dim2 are the same.
        IndexingError: for a dim that the result does not have.

    >>> import minigrad as mg
    >>> mg.diag_embed(mg.tensor([1, 2]), offset=1)
    tensor([[0, 1, 0],
            [0, 0, 2],
            [0, 0, 0]])
    """
    if not input.shape:
        raise ShapeError("diag_embed: a 0-d tensor is no diagonal; diagflat() takes one")
    rest, n = [*input.shape[:-1]], input.shape[-1] + abs(offset)
    for d in sorted(plane("diag_embed", len(rest) + 2, dim1, dim2)):
        rest.insert(d, n)
    return ops.diagonal_put(input, shape=tuple(rest), offset=offset, dim1=dim1, dim2=dim2)  # type: ignore[no-any-return]


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, as a copy; or, of a vector, the matrix that has it there.

    Raises:
        ShapeError: for other than 1 or 2 dims.

    >>> import minigrad as mg
    >>> mg.diag(mg.tensor([[1, 2], [3, 4]]), 1)
    tensor([2])
    """
    if len(input.shape) not in (1, 2):
        raise ShapeError(f"diag: {describe(input)} is neither a vector nor a matrix")
    if len(input.shape) == 1:
        return diag_embed(input, diagonal)
    return ops.clone(ops.diagonal(input, offset=diagonal))  # type: ignore[no-any-return]


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix that has all elements of `input`, in row-major order, on a diagonal."""
    return diag_embed(ops.reshape(input, shape=(-1,)), offset)


# ---- one piece replaced ---------------------------------------------------------------------------------------------
def replaced(name: str, input: Tensor, src: Any, index: Any) -> Tensor:
    """A copy of input with src, which has the shape of the piece there, at an index."""
    if not isinstance(src, Tensor):
        raise DTypeError(f"{name}: src is {describe(src)}, where a tensor is wanted")
    shape = input.data[index].shape
    if src.shape != shape:
        raise ShapeError(
            f"{name}: src {describe(src)} does not fit the piece {[*shape]} of {describe(input)}"
        )
    src = src if src.dtype == input.dtype else cast(src, dtype=input.dtype)
    return ops.setitem(input, src, index=index)  # type: ignore[no-any-return]


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy with `src` in the place of one slice along a dim.

    Raises:
        ShapeError, DTypeError: if `src` is not like that slice.
        IndexingError: for an index outside of the extent, or a dim that the tensor does not have.
    """
    return replaced("select_scatter", input, src, slot("select_scatter", input, dim, index))


def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """A copy with `src` in the place of the slices start:end:step along a dim.

    Raises:
        ShapeError, DTypeError: if `src` is not like these slices, or `input` is 0-d.
        ArgumentError: for a step below 1.
        IndexingError: for a dim that the tensor does not have.
    """
    if not input.shape:
        raise ShapeError("slice_scatter: a 0-d tensor has no slices")
    if step < 1:
        raise ArgumentError(f"slice_scatter: step is {step}, where at least 1 is wanted")
    k = axis("slice_scatter", dim, len(input.shape))
    return replaced("slice_scatter", input, src, (*(slice(None),) * k, slice(start, end, step)))


def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A copy with `src` in the place of what `diagonal` reads.

    Raises:
        ShapeError, DTypeError: if `src` is not like that diagonal, or `input` has fewer than 2 dims.
        ArgumentError: if dim1 and dim2 are the same.
        IndexingError: for a dim that the tensor does not have.
    """
    a, b = plane("diagonal_scatter", len(input.shape), dim1, dim2)
    xp = namespace_of(input.data)
    first = max(0, -offset)
    count = max(0, min(input.shape[a] - first, input.shape[b] - max(0, offset)))
    rows = xp.arange(first, first + count)
    y = ops.movedim(input, source=(a, b), destination=(-2, -1))
    y = replaced("diagonal_scatter", y, src, (..., rows, rows + offset))
    return ops.movedim(y, source=(-2, -1), destination=(a, b))  # type: ignore[no-any-return]


def fill_diagonal_(self: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """The main diagonal becomes a number, in place.

    Args:
        wrap: begin again below the end of a matrix that is higher than wide.

    Raises:
        ShapeError: for fewer than 2 dims, or more of different extents.
    """
    shape = self.shape
    if len(shape) < 2 or (len(shape) > 2 and len({*shape}) > 1):
        raise ShapeError(f"fill_diagonal_: {describe(self)} is neither a matrix nor of equal extents")
    if type(fill_value) not in PYTHON:
        raise DTypeError(f"fill_diagonal_: fill_value is {describe(fill_value)}, where a number is wanted")
    xp = namespace_of(self.data)
    n, rows = min(shape), xp.arange(min(shape))
    if wrap and len(shape) == 2 and shape[0] > shape[1]:
        rows = xp.arange(shape[0])
        rows = rows[rows % (n + 1) < n]
        self[rows, rows % (n + 1)] = fill_value
    else:
        self[(rows,) * len(shape)] = fill_value
    return self


# ---- strides of one's own -------------------------------------------------------------------------------------------
def as_strided(
    input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Tensor:
    """The elements of a contiguous tensor that strides of one's own lead to, as a view: see `minigrad.ops.as_strided`.

    Raises:
        ShapeError: if the tensor is not contiguous, or a piece of a larger one with a `storage_offset`, which PyTorch
            counts from the beginning of the larger one.
        ArgumentError: if the strides lead out of the tensor, or one is negative.
    """
    if not input.data.flags.c_contiguous:
        raise ShapeError(f"as_strided: {describe(input)} is not contiguous; contiguous() first")
    if storage_offset is not None and owner(input.data).size != input.data.size:
        raise ShapeError(
            "as_strided: a storage_offset into a piece of a larger tensor; clone() the piece first"
        )
    return ops.as_strided(  # type: ignore[no-any-return]
        input, size=tuple(size), stride=tuple(stride), storage_offset=storage_offset or 0
    )
