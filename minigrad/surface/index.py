"""Indexing, scattering and sorting in PyTorch's signatures."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core import Tensor
from ..errors import ArgumentError, ShapeError, describe
from ..ops.shape import axis
from .scatter import flat_places, indices

__all__ = [
    "argwhere",
    "gather",
    "index_select",
    "nonzero",
    "sort",
    "take",
    "take_along_dim",
    "topk",
    "where",
]
METHODS = tuple(name for name in __all__ if name != "where")
IN_PLACE = ()


def gather(input: Tensor, dim: int, index: Any) -> Tensor:
    """The elements that `index` picks along `dim`: see `minigrad.ops.gather`."""
    return ops.gather(input, indices("gather", index), dim=dim)  # type: ignore[no-any-return]


def index_select(input: Tensor, dim: int, index: Any) -> Tensor:
    """The slices along `dim` that the 1-d `index` names: see `minigrad.ops.index_select`."""
    return ops.index_select(input, raw_index(index), dim=dim)  # type: ignore[no-any-return]


def take_along_dim(input: Tensor, indices: Any, dim: int | None = None) -> Tensor:
    """`gather` with the dims beside `dim` broadcast; without `dim`, from all elements in row-major order.

    Raises:
        IndexingError: for an index outside of 0 to the extent of dim, or a dim that the tensor does not have.
        ShapeError: if the numbers of dims differ, or the other dims do not broadcast.
        DTypeError: if `indices` are not integers.
    """
    index = raw_index(indices)
    if dim is None:
        return gather(ops.reshape(input, shape=(-1,)), 0, index.reshape(-1))
    if len(index.shape) != len(input.shape):
        raise ShapeError(
            f"take_along_dim: indices {describe(index)} and input {describe(input)} differ in dimensions"
        )
    k = axis("take_along_dim", dim, len(input.shape))
    pairs = [*zip(input.shape, index.shape, strict=True)]
    if any(1 not in (n, m) and n != m for j, (n, m) in enumerate(pairs) if j != k):
        raise ShapeError(
            f"take_along_dim: indices {describe(index)} and input {describe(input)} do not broadcast"
        )
    wide = [m if n == 1 else n for n, m in pairs]
    shape, to = [*wide], [*wide]
    shape[k : k + 1], to[k : k + 1] = input.shape[k : k + 1], index.shape[k : k + 1]
    return gather(ops.expand(input, shape=tuple(shape)), dim, ops.expand(Tensor(index), shape=tuple(to)))


def nonzero(input: Tensor, as_tuple: bool = False) -> Any:
    """The positions of the elements that are not zero: a row of indices for each, or a tensor for each dim.

    >>> import minigrad as mg
    >>> mg.nonzero(mg.tensor([0, 7, 0, 8]))
    tensor([[1],
            [3]])
    """
    found = ops.nonzero(input)
    return ops.unbind(found, dim=1) if as_tuple else found


def sort(
    input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False
) -> tuple[Tensor, Tensor]:
    """The values along `dim` in order, and their positions; equal ones keep their order.

    Raises:
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.sort(mg.tensor([3, 1, 2]), descending=True)
    (tensor([3, 2, 1]), tensor([0, 2, 1]))
    """
    index = ops.argsort(input, dim=dim, descending=descending)
    return ops.gather(input, index, dim=dim), index


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True) -> tuple[Tensor, Tensor]:
    """The k largest (or smallest) values along `dim`, in order, and their positions.

    Raises:
        ArgumentError: if k is negative, or larger than the extent of dim.
        IndexingError: for a dim that the tensor does not have.
    """
    at = axis("topk", dim, len(input.shape))
    n = input.shape[at] if input.shape else 1
    if not 0 <= k <= n:
        raise ArgumentError(f"topk: k is {k}, where 0 to {n} is wanted")
    index = ops.argsort(input, dim=dim, descending=largest)
    index = index[(*(slice(None),) * at, slice(k))] if input.shape else index
    return ops.gather(input, index, dim=dim), index
