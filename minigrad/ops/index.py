"""Indexing: reading, writing, gathering and scattering."""

from __future__ import annotations

from typing import Any

from ..backend import namespace_of
from ..core import Array, Shape, Tensor, op
from ..dtypes import bool_, level
from ..errors import ArgumentError, DTypeError, IndexingError, ShapeError, describe
from .compare import eq
from .shape import axis, reshape

__all__ = [
    "argsort",
    "gather",
    "getitem",
    "index_select",
    "masked_fill",
    "nonzero",
    "one_hot",
    "overwritten",
    "parted",
    "plain",
    "put",
    "put_along",
    "raw_index",
    "setitem",
]
METHODS = "argsort".split()
IN_PLACE = ()


# ---- x[index] -------------------------------------------------------------------------------------------------------
def raw_index(index: Any) -> Any:
    """An index with arrays in the place of Tensors; what others could still change is copied."""
    if isinstance(index, Tensor):
        return index.data
    if type(index) in (tuple, list):
        return type(index)(map(raw_index, index))
    return index.copy() if getattr(index, "shape", ()) else index


def plain(index: Any) -> Any:
    """`raw_index` with arrays of one integer as numbers, whose pieces of memory are views too, as in PyTorch."""
    if type(index) is tuple:
        return tuple(map(plain, index))
    raw = raw_index(index)
    return int(raw) if getattr(raw, "shape", None) == () and level(raw.dtype) == 1 else raw


def parted(index: Any) -> tuple[Any, Any] | None:
    """An index in which integers and arrays stand beside slices, as two: integers and slices, then arrays.

    So PyTorch reads it: an integer takes its dim away first. NumPy counts it among the arrays, and puts their dims in
    front. None for all others, which both read alike.
    """
    parts = index if type(index) is tuple else ()
    arrays = [getattr(i, "shape", ()) != () or type(i) is list for i in parts]
    apart = any(type(i) is slice or i is None or i is Ellipsis for i in parts)
    if not (apart and any(arrays) and any(type(i) is int for i in parts)) or any(
        type(i) is bool for i in parts
    ):
        return None
    first: list[Any] = []
    rest: list[Any] = []
    for i, array in zip(parts, arrays, strict=True):
        if array:
            is_mask = getattr(i, "dtype", None) == bool_
            first += [slice(None)] * (i.ndim if is_mask else 1)
            rest.append(i)
        else:
            first.append(i)
            if type(i) is not int:
                rest.append(Ellipsis if i is Ellipsis else slice(None))
    return tuple(first), tuple(rest)


def basic(index: Any) -> bool:
    """Whether an index is made of integers, slices, None and Ellipsis: such a piece of memory is a view."""
    parts = index if type(index) is tuple else (index,)
    return all(type(i) in (int, slice) or i is None or i is Ellipsis for i in parts)


@op(lambda g, index, shape: put(g, index=index, shape=shape))
def getitem(xp: Any, x: Array, *, index: Any) -> Array:
    """`x[index]`, for every form of index that NumPy has; a view where the index is made of integers and slices.

    Raises:
        IndexingError: for an index outside of x, or of another form.
    """
    x = xp.asarray(x)  # in a rule it may be a bare number
    index = xp.local("getitem", index, x.shape)
    y = x[index]
    if type(y) is type(x):
        return y
    return x[(*index, ...) if type(index) is tuple else (index, ...)]  # a view too, where y is a bare number


@op(lambda g, index: getitem(g, index=index))
def put(xp: Any, x: Array, *, index: Any, shape: Shape) -> Array:
    """Zeros of `shape` with `x` added at `index`, repeated places summed."""
    return xp.add_at(shape, index, x)


def set_value(g: Any, index: Any, shape: Shape) -> Any:
    """The gradient of what was written: none for places that were written again."""
    piece = getitem(g, index=index)
    if not basic(index):
        piece = masked_fill(piece, overwritten(piece, index=index, shape=g.shape), 0.0)
    extra = len(shape) - len(piece.shape)  # a value may have more dims of extent 1 in front
    return reshape(piece, shape=(1,) * extra + tuple(piece.shape)) if extra > 0 else piece


@op(lambda g, index: setitem(g, 0.0, index=index), set_value)
def setitem(xp: Any, x: Array, v: Array, *, index: Any) -> Array:
    """A copy of `x` with `v` at `index`; of places that are named more than once the last stays.

    Raises:
        IndexingError: for an index outside of x, or of another form.
        ShapeError: if `v` does not broadcast to x[index].
    """
    y = xp.array(x)
    xp.set_at(y, index, v)
    return y


@op(None)
def overwritten(xp: Any, x: Array, *, index: Any, shape: Shape) -> Array:
    """Where writing x at `index` of a tensor of `shape` leaves nothing, because a later place is the same."""
    return xp.overwritten(shape, index, x)


# ---- along one dim --------------------------------------------------------------------------------------------------
def along(xp: Any, name: str, shape: Shape, index: Array, dim: int) -> Any:
    """The index of the elements that `index` picks along dim, its other dims counting from 0."""
    k = axis(name, dim, len(shape))
    if level(index.dtype) != 1:
        raise DTypeError(f"{name}: index is {index.dtype}, where integers are wanted")
    if index.ndim != len(shape):
        raise ShapeError(f"{name}: index {describe(index)} and the tensor {[*shape]} differ in dimensions")
    if not shape:
        shape, index = (1,), index.reshape(1)
    if any(n > m for j, (n, m) in enumerate(zip(index.shape, shape, strict=True)) if j != k):
        raise ShapeError(
            f"{name}: index {describe(index)} is larger than the tensor {[*shape]} beside dim {dim}"
        )
    inside(name, index, shape[k], dim)
    where = [xp.arange(n).reshape(-1, *[1] * (index.ndim - 1 - j)) for j, n in enumerate(index.shape)]
    where[k] = index
    return tuple(where)


def inside(name: str, index: Array, n: int, dim: int) -> None:
    """Refuse an index outside of 0 to n - 1."""
    if namespace_of(index).outside(name, index, n):
        wrong = (index < 0) | (index >= n)
        at = tuple(int(i[0]) for i in wrong.nonzero()) if index.ndim else ()
        raise IndexingError(f"{name}: index {index[at]} at {at} is outside of 0..{n - 1}, dim {dim}")


@op(lambda g, index, dim, shape: put_along(g, index, dim=dim, shape=shape), None)
def gather(xp: Any, x: Array, index: Array, *, dim: int) -> Array:
    """The elements that `index` picks along `dim`: y[i, j] = x[index[i, j], j] for dim 0.

    Shapes:
        x (A, B), index (I, J), dim=0, J <= B -> (I, J)

    Raises:
        IndexingError: for an index outside of 0 to the extent of dim, or a dim that x does not have.
        ShapeError: if `index` has other dimensions than x, or is larger beside `dim`.
        DTypeError: if `index` is not made of integers.

    >>> import minigrad as mg
    >>> mg.gather(mg.tensor([[1, 2], [3, 4]]), 1, mg.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    return x.reshape(x.shape or (1,))[along(xp, "gather", x.shape, index, dim)].reshape(index.shape)


@op(lambda g, index, dim: gather(g, index, dim=dim), None)
def put_along(xp: Any, x: Array, index: Array, *, dim: int, shape: Shape) -> Array:
    """Zeros of `shape` with `x` added where `gather` would read it, repeated places summed.

    Raises:
        IndexingError, ShapeError, DTypeError: as `gather`.
    """
    if x.shape != index.shape:
        raise ShapeError(f"put_along: x {describe(x)} and index {describe(index)} differ in shape")
    where = along(xp, "put_along", shape, index, dim)
    return xp.add_at(shape or (1,), where, x.reshape(x.shape or (1,))).reshape(shape)


def picked(index: Any, dim: int, shape: Shape) -> Any:
    """The index of `index_select`."""
    lead = (slice(None),) * (dim % len(shape))
    return *lead, index.data if isinstance(index, Tensor) else index


@op(lambda g, index, dim, shape: put(g, index=picked(index, dim, shape), shape=shape), None)
def index_select(xp: Any, x: Array, index: Array, *, dim: int) -> Array:
    """The slices of x along `dim` that `index` names, in its order.

    Shapes:
        x (A, B), index (I,), dim=0 -> (I, B)

    Raises:
        IndexingError: for an index outside of 0 to the extent of dim, or a dim that x does not have.
        ShapeError: if `index` is not 1-d, or x is 0-d.
        DTypeError: if `index` is not made of integers.
    """
    if index.ndim != 1 or not x.ndim:
        raise ShapeError(f"index_select: x {describe(x)}, index {describe(index)}: index is 1-d, x at least")
    if level(index.dtype) != 1:
        raise DTypeError(f"index_select: index is {index.dtype}, where integers are wanted")
    k = axis("index_select", dim, x.ndim)
    inside("index_select", index, x.shape[k], dim)
    return xp.take(x, index, k)


# ---- masks and positions --------------------------------------------------------------------------------------------
@op(lambda g, mask: masked_fill(g, mask, 0.0), None, lambda g, mask: masked_fill(g, eq(mask, False), 0.0))
def masked_fill(xp: Any, x: Array, mask: Array, value: Array) -> Array:
    """x with `value` where `mask` is true.

    Args:
        mask: bool, broadcasts with x.
        value: a number or a 0-d tensor.

    Raises:
        DTypeError: if `mask` is not bool.
        ShapeError: if `value` is not a single number, or the shapes do not broadcast.
    """
    if mask.dtype != bool_:
        raise DTypeError(f"masked_fill: mask is {mask.dtype}, where bool is wanted")
    if getattr(value, "shape", ()):
        raise ShapeError(f"masked_fill: value has shape {value.shape}, where a single number is wanted")
    return xp.where(mask, xp.asarray(value, x.dtype), x)


@op(None)
def one_hot(xp: Any, x: Array, *, num_classes: int = -1) -> Array:
    """int64: 1 at the class that each element names, else 0, along a new last dim.

    Args:
        x: integers from 0.
        num_classes: the extent of the new dim. Default: the largest class + 1.

    Shapes:
        x (...) -> (..., C)

    Raises:
        IndexingError: for a class outside of 0 to num_classes - 1.
        DTypeError: if x is not made of integers.
        ArgumentError: if x is empty and num_classes is not given, or that is below -1.

    >>> import minigrad as mg
    >>> mg.functional.one_hot(mg.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    if level(x.dtype) != 1:
        raise DTypeError(f"one_hot: x is {x.dtype}, where integers are wanted")
    if num_classes < 0 and not x.size:
        raise ArgumentError("one_hot: an empty x does not say how many classes there are; give num_classes")
    if num_classes < -1:
        raise ArgumentError(f"one_hot: num_classes is {num_classes}, where -1 or at least 0 is wanted")
    n = int(x.max()) + 1 if num_classes < 0 else num_classes
    inside("one_hot", x, n, -1)
    return (x[..., None] == xp.arange(n)).astype("int64")


@op(None)
def nonzero(xp: Any, x: Array) -> Array:
    """The positions of the elements that are not zero: a row of indices for each.

    Shapes:
        x with d dims and n elements that are not zero -> (n, d)
    """
    return xp.argwhere(x)


@op(None)
def argsort(xp: Any, x: Array, *, dim: int = -1, descending: bool = False) -> Array:
    """The positions along `dim` in the order of their values; equal ones keep theirs, NaN is the largest.

    Raises:
        IndexingError: for a dim that x does not have.
    """
    k = axis("argsort", dim, x.ndim)
    if not x.ndim:
        return xp.zeros((), "int64")
    return xp.stable_order(x, k, descending)
