"""Indexing, scattering and sorting in PyTorch's signatures."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..backend import namespace_of
from ..core import Tensor
from ..errors import ArgumentError, ShapeError, describe
from ..ops.index import along, raw_index
from ..ops.shape import axis

__all__ = ["gather", "index_select", "nonzero", "scatter", "scatter_add", "sort", "take_along_dim", "topk"]
METHODS = tuple(__all__)
IN_PLACE = ("scatter", "scatter_add")


def gather(input: Tensor, dim: int, index: Any) -> Tensor:
    """The elements that `index` picks along `dim`: see `minigrad.ops.gather`."""
    return ops.gather(input, raw_index(index), dim=dim)  # type: ignore[no-any-return]


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


def written(name: str, x: Tensor, dim: int, index: Any, src: Any) -> tuple[Any, Any]:
    """The places that scatter writes, and what it writes there: the corner of src that index covers."""
    raw = raw_index(index)
    if isinstance(src, Tensor) and src.shape != raw.shape:
        if len(src.shape) != raw.ndim or any(n < m for n, m in zip(src.shape, raw.shape, strict=True)):
            raise ShapeError(f"{name}: src {describe(src)} is smaller than index {describe(raw)}")
        src = src[tuple(slice(m) for m in raw.shape)]
    return raw, src


def scatter(input: Tensor, dim: int, index: Any, src: Any) -> Tensor:
    """A copy with `src` written where `gather` would read it; of places named more than once the last stays.

    Args:
        src: a number, or a tensor at least as large as `index`.

    Raises:
        IndexingError, ShapeError, DTypeError: for an index that does not fit, or a src that is too small.

    >>> import minigrad as mg
    >>> mg.zeros(3).scatter(0, mg.tensor([2, 0]), mg.tensor([5.0, 6.0]))
    tensor([6., 0., 5.])
    """
    raw, value = written("scatter", input, dim, index, src)
    if not input.shape:
        value = ops.reshape(value, shape=(1,)) if isinstance(value, Tensor) else value
        return scatter(ops.reshape(input, shape=(1,)), dim, raw.reshape(1), value).reshape(())  # type: ignore[no-any-return]
    where = along(namespace_of(input.data), "scatter", input.shape, raw, dim)
    return ops.setitem(input, value, index=where)  # type: ignore[no-any-return]


def scatter_add(input: Tensor, dim: int, index: Any, src: Tensor) -> Tensor:
    """A copy with `src` added where `gather` would read it; places named more than once add up.

    Raises:
        IndexingError, ShapeError, DTypeError: for an index that does not fit, or a src that is too small.
    """
    raw, value = written("scatter_add", input, dim, index, src)
    return input + ops.put_along(value, raw, dim=dim, shape=input.shape)  # type: ignore[no-any-return]


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
