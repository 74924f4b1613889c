"""Indexing in PyTorch's signatures."""

from __future__ import annotations

from math import prod
from typing import Any

from .. import ops
from ..backend import namespace_of
from ..core import Tensor
from ..errors import ArgumentError, ShapeError, describe
from ..ops.shape import axis
from .scatter import fitted, flat_places, of_integers

__all__ = [
    "argwhere",
    "gather",
    "index_select",
    "masked_fill",
    "nonzero",
    "take",
    "take_along_dim",
    "unravel_index",
    "where",
]
METHODS = tuple(name for name in __all__ if name not in ("unravel_index", "where"))
IN_PLACE = ("masked_fill",)


def gather(input: Tensor, dim: int, index: Any) -> Tensor:
    """The elements that `index` picks along `dim`: see `minigrad.ops.gather`.

    A 0-d tensor counts as one of a single element, and so does a 0-d index.
    """
    raw = of_integers("gather", index)
    if len(input.shape) + raw.ndim == 1:
        y = ops.gather(ops.reshape(input, shape=(-1,)), raw.reshape(-1), dim=dim)
        return ops.reshape(y, shape=raw.shape)  # type: ignore[no-any-return]
    return ops.gather(input, raw, dim=dim)  # type: ignore[no-any-return]


def index_select(input: Tensor, dim: int, index: Any) -> Tensor:
    """The slices along `dim` that the 1-d `index` names: see `minigrad.ops.index_select`.

    A number counts as an index of one element, and as a tensor of one slice.
    """
    raw = of_integers("index_select", index)
    wide = input if input.shape else ops.reshape(input, shape=(1,))
    y = ops.index_select(wide, raw if raw.ndim else raw.reshape(1), dim=dim)
    return y if input.shape or raw.size != 1 else ops.reshape(y, shape=())  # type: ignore[no-any-return]


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """input with `value` where `mask` is true, in its dtype: see `minigrad.ops.masked_fill`."""
    y: Tensor = ops.masked_fill(input, mask, fitted(value, input))
    return y


def take(input: Tensor, index: Any) -> Tensor:
    """The elements at places counted in row-major order, in the shape of `index`; negative ones count from the end.

    Raises:
        IndexingError: for an index outside of the tensor.
        DTypeError: if `index` is not made of integers.

    >>> import minigrad as mg
    >>> mg.take(mg.tensor([[1, 2], [3, 4]]), mg.tensor([3, 0]))
    tensor([4, 1])
    """
    at = flat_places("take", of_integers("take", index), input.data.size)
    return ops.getitem(ops.reshape(input, shape=(-1,)), index=at)  # type: ignore[no-any-return]


def take_along_dim(input: Tensor, indices: Any, dim: int | None = None) -> Tensor:
    """`gather` with the dims beside `dim` broadcast; without `dim`, from all elements in row-major order.

    A negative index counts from the end.

    Raises:
        IndexingError: for an index outside of the extent of dim, or a dim that the tensor does not have.
        ShapeError: if the numbers of dims differ, or the other dims do not broadcast.
        DTypeError: if `indices` are not integers.
    """
    index = of_integers("take_along_dim", indices)
    if dim is None:
        return gather(ops.reshape(input, shape=(-1,)), 0, from_front(index.reshape(-1), input.data.size))
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
    index = from_front(index, input.shape[k]) if input.shape else index
    return gather(ops.expand(input, shape=tuple(shape)), dim, ops.expand(Tensor(index), shape=tuple(to)))


def from_front(index: Any, n: int) -> Any:
    """An index array whose elements from -n to -1 count from the front."""
    back = (index < 0) & (index >= -n)
    return index + n * back if back.any() else index


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """The positions, a tensor for each dim, that numbers counted in row-major order stand for.

    Raises:
        IndexingError: for a number outside of a tensor of that shape.
        DTypeError: if `indices` are not integers.
        ShapeError: for a negative extent in `shape`.

    >>> import minigrad as mg
    >>> mg.unravel_index(mg.tensor([5, 0]), (2, 3))
    (tensor([1, 0]), tensor([2, 0]))
    """
    size = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(n < 0 for n in size):
        raise ShapeError(f"unravel_index: shape {size} has a negative extent")
    raw = flat_places("unravel_index", of_integers("unravel_index", indices), prod(size))
    return tuple(Tensor(place) for place in namespace_of(raw).unravel_index(raw, size))


def nonzero(input: Tensor, as_tuple: bool = False) -> Any:
    """The positions of the elements that are not zero: a row of indices for each, or a tensor for each dim.

    >>> import minigrad as mg
    >>> mg.nonzero(mg.tensor([0, 7, 0, 8]))
    tensor([[1],
            [3]])
    """
    found = ops.nonzero(ops.reshape(input, shape=(1,)) if as_tuple and not input.shape else input)
    return ops.unbind(found, dim=1) if as_tuple else found


def argwhere(input: Tensor) -> Tensor:
    """The positions of the elements that are not zero: a row of indices for each."""
    return ops.nonzero(input)  # type: ignore[no-any-return]


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """`input` where the condition is true, `other` elsewhere: see `minigrad.ops.where`.

    With the condition alone, the positions of its true elements, a tensor for each dim.

    Raises:
        ArgumentError: if only one of `input` and `other` is given.

    >>> import minigrad as mg
    >>> mg.where(mg.tensor([False, True]))
    (tensor([1]),)
    """
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if input is None or other is None:
        raise ArgumentError("where: input and other go together; one of them is missing")
    return ops.where(condition, input, other)
