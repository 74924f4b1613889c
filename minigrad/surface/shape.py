"""Joining, dividing and expanding in PyTorch's signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..core import Shape, Tensor
from ..dtypes import result_type
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..ops.shape import axis, whole
from ..writes import owner

__all__ = ["broadcast_to", "cat", "chunk", "split", "stack", "t"]
METHODS = ("broadcast_to", "chunk", "contiguous", "expand_as", "is_contiguous", "split", "t")
IN_PLACE = ()


def listed(name: str, tensors: Any) -> Sequence[Any]:
    """A sequence of at least one tensor."""
    if isinstance(tensors, Tensor) or not isinstance(tensors, Sequence):
        raise ArgumentError(
            f"{name}: tensors is a {type(tensors).__name__}, where a list of tensors is wanted"
        )
    if not tensors:
        raise ArgumentError(f"{name}: tensors is empty, where at least one is wanted")
    for k, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise DTypeError(f"{name}: tensors[{k}] is a {type(t).__name__}, where a tensor is wanted")
    return tensors


# ---- joining and dividing -------------------------------------------------------------------------------------------
def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors joined along a dim; all other extents are equal. Empty tensors of one dim are left out.

    Raises:
        ArgumentError, DTypeError: if `tensors` is not a list of at least one tensor.
        ShapeError: for 0-d tensors, or extents that differ elsewhere.
        IndexingError: for a dim that they do not have.

    >>> import minigrad as mg
    >>> mg.cat([mg.tensor([1, 2]), mg.tensor([3])])
    tensor([1, 2, 3])
    """
    given = listed("cat", tensors)
    if len({len(x.shape) for x in given}) > 1 and (full := [x for x in given if x.shape != (0,)]):
        return ops.cat(*full, dim=dim).to(dtype=result_type([x.data for x in given]))
    return ops.cat(*given, dim=dim)


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors of one shape joined along a new dim.

    Raises:
        ArgumentError, DTypeError: if `tensors` is not a list of at least one tensor.
        ShapeError: for shapes that differ.
        IndexingError: if `dim` is outside of -ndim - 1 to ndim.
    """
    return ops.stack(*listed("stack", tensors), dim=dim)


def split(tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Parts along a dim, as views.

    Args:
        split_size_or_sections: the size of each part, the last one smaller if need be; or a size for each part.

    Raises:
        ShapeError: for a size below 1, or sizes that do not add up to the extent.
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.split(mg.arange(5), 2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    if isinstance(split_size_or_sections, Sequence):
        sizes = tuple(split_size_or_sections)
    else:
        n, size = (
            extent("split", tensor, dim),
            whole("split", "split_size_or_sections", split_size_or_sections),
        )
        if size < 1:
            raise ShapeError(f"split: a split size of {size}, where at least 1 is wanted")
        sizes = (size,) * (n // size) + ((n % size,) if n % size or not n else ())
    return ops.split(tensor, sizes=sizes, dim=dim)  # type: ignore[no-any-return]


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` parts of equal size along a dim, the last one smaller if need be, as views.

    Raises:
        ArgumentError: for less than one chunk.
        IndexingError: for a dim that the tensor does not have.
    """
    if whole("chunk", "chunks", chunks) < 1:
        raise ArgumentError(f"chunk: chunks is {chunks}, where at least 1 is wanted")
    n = extent("chunk", input, dim)
    return split(input, -(-n // chunks), dim) if n else ops.split(input, sizes=(0,) * chunks, dim=dim)


def extent(name: str, x: Tensor, dim: int) -> int:
    """The extent of a dim that is to be divided."""
    if not x.shape:
        raise ShapeError(f"{name}: a 0-d tensor has no dim to divide")
    return x.shape[axis(name, dim, len(x.shape))]


# ---- extents --------------------------------------------------------------------------------------------------------
def view(self: Tensor, shape: Shape) -> Tensor:
    """The elements under other extents, over the same memory; one extent may be -1.

    Raises:
        ShapeError: if the numbers of elements differ, or memory would have to be copied.
    """
    y: Tensor = ops.reshape(self, shape=shape)
    if y.data.size and owner(y.data) is not owner(self.data):
        raise ShapeError(
            f"view: {describe(self)} cannot be seen as {[*y.shape]} without a copy; use reshape()"
        )
    return y


def expand(self: Tensor, sizes: Shape) -> Tensor:
    """A read-only view in which dims of extent 1 are repeated; -1 keeps an extent, new dims go in front.

    Raises:
        ShapeError: if the extents do not fit.
    """
    old = (-1,) * (len(sizes) - len(self.shape)) + self.shape
    shape = tuple(o if s == -1 else s for o, s in zip(old, sizes, strict=False))
    if len(sizes) < len(self.shape) or min(shape, default=0) < 0:
        raise ShapeError(f"expand: {describe(self)} does not expand to {[*sizes]}")
    return ops.expand(self, shape=shape)  # type: ignore[no-any-return]


def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """A read-only view with the extents of `other`."""
    return expand(self, other.shape)


def broadcast_to(input: Tensor, size: Sequence[int]) -> Tensor:
    """A read-only view of `size`, dims of extent 1 repeated, new dims in front; -1 keeps an extent.

    Raises:
        ShapeError: if the extents do not fit.
    """
    return expand(input, tuple(size))


def repeat(self: Tensor, sizes: Shape) -> Tensor:
    """The tensor repeated along each dim; there are at least as many sizes as dims.

    Raises:
        ShapeError: for fewer sizes than dims, or a negative one.

    >>> import minigrad as mg
    >>> mg.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    if len(sizes) < len(self.shape):
        raise ShapeError(f"repeat: {len(sizes)} sizes for {len(self.shape)} dimensions")
    return ops.tile(self, dims=sizes)  # type: ignore[no-any-return]


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix, as a view; a vector or a number as it is.

    Raises:
        ShapeError: for more than two dims.
    """
    if len(input.shape) > 2:
        raise ShapeError(f"t: {describe(input)} is not a matrix; use mT, transpose() or permute()")
    return ops.transpose(input, dim0=0, dim1=-1)  # type: ignore[no-any-return]


def is_contiguous(self: Tensor) -> bool:
    """Whether the elements lie in memory in row-major order, without gaps."""
    return bool(self.data.flags.c_contiguous)


def contiguous(self: Tensor) -> Tensor:
    """The tensor itself if it is contiguous, else a copy that is."""
    return self if is_contiguous(self) else ops.clone(self)
