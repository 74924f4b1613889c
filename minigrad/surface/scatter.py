"""Writing at places that an index or a mask names, in PyTorch's signatures."""

from __future__ import annotations

import math
from math import prod
from typing import Any

from .. import ops
from ..backend import namespace_of
from ..core import Shape, Tensor, cast
from ..dtypes import PYTHON, accumulator, bool_, is_float, level
from ..errors import ArgumentError, DTypeError, IndexingError, ShapeError, describe
from ..mode import mode
from ..ops.index import along, inside
from ..ops.shape import axis
from .arrange import broadcast_shapes
from .elementwise import scaled

__all__ = [
    "index_add",
    "index_copy",
    "index_fill",
    "index_put",
    "index_reduce",
    "masked_scatter",
    "masked_select",
    "put",
    "scatter",
    "scatter_add",
    "scatter_reduce",
]
METHODS = tuple(__all__)
IN_PLACE = tuple(name for name in METHODS if name != "masked_select")

KINDS = ("sum", "prod", "mean", "amax", "amin")


def of_integers(name: str, index: Any) -> Any:
    """The array of an index, which is a tensor of integers."""
    raw = index.data if isinstance(index, Tensor) else index
    if not hasattr(raw, "ndim") or level(raw.dtype) != 1:
        raise DTypeError(f"{name}: index is {describe(index)}, where a tensor of integers is wanted")
    return raw


def alike(name: str, x: Tensor, src: Any, argument: str = "src") -> Tensor:
    """src, if it is a tensor of x's dtype."""
    if not isinstance(src, Tensor) or src.dtype != x.dtype:
        raise DTypeError(f"{name}: {argument} is {describe(src)}, where a tensor of {x.dtype} is wanted")
    return src


# ---- along one dim, where gather would read -------------------------------------------------------------------------
def written(name: str, x: Tensor, index: Any, src: Any) -> tuple[Any, Any]:
    """The places that scatter writes, and what it writes there: the corner of src that index covers."""
    raw = of_integers(name, index)
    alike(name, x, src)
    if src.shape != raw.shape:
        if len(src.shape) != raw.ndim or any(n < m for n, m in zip(src.shape, raw.shape, strict=True)):
            raise ShapeError(f"{name}: src {describe(src)} is smaller than index {describe(raw)}")
        src = src[tuple(slice(m) for m in raw.shape)]
    return raw, src


def scatter(
    input: Tensor, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """A copy with `src` written where `gather` would read it; of places named more than once the last stays.

    Args:
        src: a tensor at least as large as `index`, or a number.
        value: a number, instead of src.
        reduce: "add" or "multiply": the elements of src are added to, or multiplied with, what is there.

    Raises:
        IndexingError, ShapeError, DTypeError: for an index that does not fit, or a src that is too small or of
            another dtype.
        ArgumentError: for another `reduce`, or not one of src and value.

    >>> import minigrad as mg
    >>> mg.zeros(3).scatter(0, mg.tensor([2, 0]), mg.tensor([5.0, 6.0]))
    tensor([6., 0., 5.])
    """
    if (src is None) == (value is None):
        raise ArgumentError("scatter: one of src and value is wanted")
    src = fitted(value if src is None else src, input)
    if type(src) in PYTHON:
        raw = of_integers("scatter", index)
    else:
        raw, src = written("scatter", input, index, src)
    if reduce is not None:
        if reduce not in ("add", "multiply"):
            raise ArgumentError(f"scatter: reduce is {reduce!r}, where 'add' or 'multiply' is wanted")
        full = (
            src
            if isinstance(src, Tensor)
            else Tensor(namespace_of(input.data).full(raw.shape, src, input.dtype))
        )
        return scatter_reduce(input, dim, raw, full, "sum" if reduce == "add" else "prod")
    where = along(namespace_of(input.data), "scatter", input.shape, raw, dim)
    if not input.shape:
        src = ops.reshape(src, shape=(1,)) if isinstance(src, Tensor) else src
        return ops.reshape(ops.setitem(ops.reshape(input, shape=(1,)), src, index=where), shape=())  # type: ignore[no-any-return]
    return ops.setitem(input, src, index=where)  # type: ignore[no-any-return]


def scatter_add(input: Tensor, dim: int, index: Any, src: Tensor) -> Tensor:
    """A copy with `src` added where `gather` would read it; places named more than once add up.

    Raises:
        IndexingError, ShapeError, DTypeError: for an index that does not fit, or a src that is too small or of
            another dtype.
    """
    raw, part = written("scatter_add", input, index, src)
    return input + ops.put_along(part, raw, dim=dim, shape=input.shape)  # type: ignore[no-any-return]


def scatter_reduce(
    input: Tensor, dim: int, index: Any, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """A copy in which `src` is joined to what is where `gather` would read it.

    Args:
        src: a tensor at least as large as `index`.
        reduce: "sum", "prod", "mean", "amax" or "amin"; elements that tie for an extreme share its gradient.
        include_self: whether `input` counts beside src where something of src comes.

    Raises:
        ArgumentError: for another `reduce`.
        IndexingError, ShapeError, DTypeError: for an index that does not fit, or a src that is too small or of
            another dtype.

    >>> import minigrad as mg
    >>> x, at, src = mg.zeros(3), mg.tensor([0, 0, 2]), mg.tensor([1.0, 3.0, 5.0])
    >>> x.scatter_reduce(0, at, src, "mean", include_self=False)
    tensor([2., 0., 5.])
    """
    raw, part = written("scatter_reduce", input, index, src)
    return reduced("scatter_reduce", input, dim, raw, part, reduce, include_self)


def reduced(
    name: str, x: Tensor, dim: int, index: Any, src: Tensor, reduce: str, include_self: bool
) -> Tensor:
    """x with src of index's shape joined to it."""
    if reduce not in KINDS:
        raise ArgumentError(f"{name}: reduce is {reduce!r}, where one of {', '.join(KINDS)} is wanted")
    xp = namespace_of(x.data)
    if reduce in ("amax", "amin"):
        return ops.scatter_extreme(  # type: ignore[no-any-return]
            x, src, index, dim=dim, largest=reduce == "amax", include_self=include_self
        )
    if (wide := accumulator(x.dtype)) != x.dtype and is_float(x.dtype):  # halves are joined in float32
        x32, src32 = cast(x, dtype=wide), cast(src, dtype=wide)
        return cast(reduced(name, x32, dim, index, src32, reduce, include_self), dtype=x.dtype)  # type: ignore[no-any-return]
    where = along(xp, name, x.shape, index, dim)
    places = xp.arange(prod(x.shape)).reshape(x.shape or (1,))[where].reshape(-1)
    if reduce == "prod":
        return products(x, places, ops.reshape(src, shape=(-1,)), include_self)
    total = ops.put_along(src, index, dim=dim, shape=x.shape)
    if reduce == "sum" and include_self:
        return x + total  # type: ignore[no-any-return]
    count = xp.bincount(places, minlength=prod(x.shape)).reshape(x.shape)
    total = total + (x if include_self else ops.masked_fill(x, count > 0, 0))
    if reduce == "sum":
        return total  # type: ignore[no-any-return]
    count = Tensor(xp.maximum(count + include_self, 1))
    if not is_float(x.dtype):
        return cast(ops.floor_divide(total, count), dtype=x.dtype)  # type: ignore[no-any-return]
    return total / cast(count, dtype=x.dtype)  # type: ignore[no-any-return]


def products(x: Tensor, places: Any, src: Tensor, include_self: bool) -> Tensor:
    """x with each element of src multiplied into its flat place: neighbours of one place in pairs, again and again.

    So each factor meets each other one in a plain product, and its gradient is right beside zeros.
    """
    xp = namespace_of(x.data)
    flat = ops.reshape(x, shape=(-1,))
    if not (mode.record and (x.needs_grad or src.needs_grad)):
        start = xp.array(flat.data)
        if not include_self:
            start[places] = 1
        return Tensor(xp.join_at(start, places, src.data, "prod").reshape(x.shape))
    order = xp.argsort(places, kind="stable")
    at, values = places[order], ops.getitem(src, index=order)
    while at.size:
        same = at[1:] == at[:-1]
        if not same.any():
            break
        begins = xp.concatenate([xp.ones(1, bool), ~same])
        first = xp.arange(at.size)
        rank = first - first[begins][xp.cumsum(begins) - 1]
        left = xp.nonzero(rank % 2 == 0)[0]
        paired = xp.concatenate([same, xp.zeros(1, bool)])[left]
        partner = ops.getitem(values, index=xp.where(paired, left + 1, left))
        values = ops.getitem(values, index=left) * ops.where(Tensor(paired), partner, xp.ones((), x.dtype))
        at = at[left]
    if include_self:
        values = values * ops.getitem(flat, index=at)
    return ops.reshape(ops.setitem(flat, values, index=at), shape=x.shape)  # type: ignore[no-any-return]


# ---- whole slices along one dim -------------------------------------------------------------------------------------
def slices(name: str, x: Tensor, dim: int, index: Any, negative: bool = False) -> tuple[int, Any, Shape]:
    """The dim from the front, the places of slices along it, and the shape that x has with as many slices.

    Args:
        negative: whether an index below 0 counts from the end.
    """
    raw = of_integers(name, index)
    if raw.ndim > 1:
        raise ShapeError(f"{name}: index {describe(raw)} is not a vector")
    k, shape = axis(name, dim, len(x.shape)), x.shape or (1,)
    n, raw = shape[k], raw.reshape(-1)
    if negative:
        raw = namespace_of(x.data).where(raw < 0, raw + n, raw)
    inside(name, raw, n, dim)
    return k, raw, (*shape[:k], raw.size, *shape[k + 1 :])


def of_slices(name: str, x: Tensor, source: Any, shape: Shape) -> Tensor:
    """The source, if it is like that many slices of x."""
    alike(name, x, source, "source")
    if source.shape != shape and (x.shape or source.shape):
        raise ShapeError(
            f"{name}: source {describe(source)} is not of the shape {[*shape]} of the slices named"
        )
    return ops.reshape(source, shape=shape)  # type: ignore[no-any-return]


def index_add(input: Tensor, dim: int, index: Any, source: Tensor, *, alpha: float = 1) -> Tensor:
    """A copy with alpha times the slices of `source` added to the slices along `dim` that `index` names.

    Args:
        index: 1-d; slices that are named more than once add up.
        source: of the shape of `input`, with as many slices along `dim` as `index` has elements.

    Raises:
        IndexingError: for an index outside of 0 to the extent of dim, or a dim that the tensor does not have.
        ShapeError, DTypeError: for an index that is not a vector of integers, or a source of another shape or dtype.

    >>> import minigrad as mg
    >>> mg.zeros(3).index_add(0, mg.tensor([2, 2]), mg.tensor([1.0, 4.0]))
    tensor([0., 0., 5.])
    """
    k, at, shape = slices("index_add", input, dim, index)
    part = of_slices("index_add", input, source, shape)
    part = part if alpha == 1 else scaled("index_add", input, part, alpha)
    whole = (*shape[:k], (input.shape or (1,))[k], *shape[k + 1 :])
    y = ops.put(part, index=(*(slice(None),) * k, at), shape=whole)
    return input + ops.reshape(y, shape=input.shape)  # type: ignore[no-any-return]


def index_copy(input: Tensor, dim: int, index: Any, source: Tensor) -> Tensor:
    """A copy with the slices of `source` in the place of those that `index` names; of two for one place the last stays.

    Raises:
        IndexingError, ShapeError, DTypeError: as `index_add`.
    """
    k, at, shape = slices("index_copy", input, dim, index)
    return put_slices(input, k, at, of_slices("index_copy", input, source, shape))


def index_fill(input: Tensor, dim: int, index: Any, value: Any) -> Tensor:
    """A copy with a number in the slices along `dim` that `index` names; a negative index counts from the end.

    Args:
        value: a number, or a 0-d tensor.

    Raises:
        IndexingError: for an index outside of the extent of dim, or a dim that the tensor does not have.
        ShapeError, DTypeError: for an index that is not a vector of integers, or a value that is not a number.
    """
    k, at, _ = slices("index_fill", input, dim, index, negative=True)
    if isinstance(value, Tensor) and value.shape:
        raise ShapeError(f"index_fill: value {describe(value)} is not a single number")
    value = fitted(value, input)
    if not isinstance(value, Tensor) and type(value) not in PYTHON:
        raise DTypeError(f"index_fill: value is {describe(value)}, where a number is wanted")
    return put_slices(input, k, at, value)


def fitted(value: Any, x: Tensor) -> Any:
    """A Python number as x can hold it: the dtype stays, and integers cut off what is behind the point.

    Raises:
        DTypeError: for NaN and infinities where x is of integers.
    """
    if isinstance(value, float):
        value = float(value)  # NumPy's float64 is one of Python's floats
        if level(x.dtype) < 2 and not math.isfinite(value):
            raise DTypeError(f"value {value} does not fit {x.dtype}")
        value = int(value) if level(x.dtype) < 2 else value
    return bool(value) if type(value) in PYTHON and level(x.dtype) == 0 else value


def put_slices(x: Tensor, k: int, at: Any, value: Any) -> Tensor:
    """x with value at these slices."""
    wide = x if x.shape else ops.reshape(x, shape=(1,))
    y = ops.setitem(wide, value, index=(*(slice(None),) * k, at))
    return y if x.shape else ops.reshape(y, shape=())  # type: ignore[no-any-return]


def index_reduce(
    input: Tensor, dim: int, index: Any, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """A copy in which the slices of `source` are joined to those along `dim` that `index` names.

    Args:
        reduce: "prod", "mean", "amax" or "amin": as `scatter_reduce`.

    Raises:
        ArgumentError: for another `reduce`.
        IndexingError, ShapeError, DTypeError: as `index_add`.
    """
    if reduce not in KINDS[1:]:
        raise ArgumentError(
            f"index_reduce: reduce is {reduce!r}, where one of {', '.join(KINDS[1:])} is wanted"
        )
    k, at, shape = slices("index_reduce", input, dim, index)
    part = of_slices("index_reduce", input, source, shape)
    wide = namespace_of(input.data).broadcast_to(at.reshape(-1, *[1] * (len(shape) - 1 - k)), shape)
    if not input.shape:
        wide, part = wide.reshape(-1), ops.reshape(part, shape=(-1,))
        y = reduced("index_reduce", ops.reshape(input, shape=(1,)), 0, wide, part, reduce, include_self)
        return ops.reshape(y, shape=())  # type: ignore[no-any-return]
    return reduced("index_reduce", input, k, wide, part, reduce, include_self)


# ---- at places of x[...] --------------------------------------------------------------------------------------------
def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """A copy with `values`, which broadcast, at `input[indices]`.

    Args:
        indices: a tuple of tensors of integers, or of bools.
        accumulate: whether values are added, those of one place too; else the last of these stays.

    Raises:
        IndexingError: for an index outside of the tensor.
        ShapeError, DTypeError: for values that do not broadcast, or of another dtype.

    >>> import minigrad as mg
    >>> mg.zeros(3).index_put((mg.tensor([1, 1]),), mg.tensor([2.0, 3.0]), accumulate=True)
    tensor([0., 5., 0.])
    """
    if not isinstance(indices, tuple | list) or not all(isinstance(i, Tensor) for i in indices):
        raise DTypeError(f"index_put: indices is {describe(indices)}, where a tuple of tensors is wanted")
    alike("index_put", input, values, "values")
    index = tuple(i.data for i in indices)
    if not accumulate:
        return ops.setitem(input, values, index=index)  # type: ignore[no-any-return]
    shape = ops.getitem(input.data, index=index).shape
    if broadcast_shapes(values.shape, shape) != shape:
        raise ShapeError(f"index_put: values {describe(values)} do not broadcast to {[*shape]}")
    return input + ops.put(ops.expand(values, shape=shape), index=index, shape=input.shape)  # type: ignore[no-any-return]


def put(self: Tensor, index: Any, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy with the elements of `source` at places counted in row-major order; negative ones count from the end.

    Args:
        source: as many elements as `index` has.
        accumulate: whether these are added, those of one place too; else the last of these stays.

    Raises:
        IndexingError: for an index outside of the tensor.
        ShapeError, DTypeError: for an index that is not of integers, or a source of another size or dtype.
    """
    raw = of_integers("put", index)
    alike("put", self, source, "source")
    if raw.size != source.data.size:
        raise ShapeError(f"put: source {describe(source)} and index {describe(raw)} differ in size")
    at, values = flat_places("put", raw, self.data.size).reshape(-1), ops.reshape(source, shape=(-1,))
    if accumulate:
        return self + ops.reshape(ops.put(values, index=at, shape=(self.data.size,)), shape=self.shape)  # type: ignore[no-any-return]
    flat = ops.reshape(self, shape=(-1,))
    return ops.reshape(ops.setitem(flat, values, index=at), shape=self.shape)  # type: ignore[no-any-return]


def flat_places(name: str, index: Any, n: int) -> Any:
    """An index into n elements, in which negative numbers count from the end, without these."""
    if index.size and (index.min() < -n or index.max() >= n):
        wrong = index[(index < -n) | (index >= n)]
        raise IndexingError(f"{name}: index {int(wrong[0])} is outside of {n} elements")
    return index + (index < 0) * n


# ---- at the true places of a mask -----------------------------------------------------------------------------------
def mask_over(name: str, x: Tensor, mask: Any) -> tuple[Tensor, Any]:
    """x and a mask, broadcast to one shape."""
    if not isinstance(mask, Tensor) or mask.dtype != bool_:
        raise DTypeError(f"{name}: mask is {describe(mask)}, where a tensor of bools is wanted")
    try:
        shape = broadcast_shapes(x.shape, mask.shape)
    except ShapeError:
        raise ShapeError(f"{name}: mask {describe(mask)} does not broadcast with {describe(x)}") from None
    wide = x if x.shape == shape else ops.expand(x, shape=shape)
    return wide, namespace_of(x.data).broadcast_to(mask.data, shape)


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask, which broadcasts with the tensor, is true, as a vector.

    Raises:
        DTypeError: if `mask` is not a tensor of bools.
        ShapeError: if the shapes do not broadcast.

    >>> import minigrad as mg
    >>> mg.masked_select(mg.tensor([1, 2, 3]), mg.tensor([True, False, True]))
    tensor([1, 3])
    """
    wide, true = mask_over("masked_select", input, mask)
    return ops.getitem(wide, index=true)  # type: ignore[no-any-return]


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """A copy in which the places where the mask is true take the elements of `source`, in its order.

    Args:
        mask: bool, broadcasts with `input`.
        source: at least as many elements as the mask has true ones.

    Raises:
        DTypeError: if `mask` is not a tensor of bools, or `source` has another dtype.
        ShapeError: if the shapes do not broadcast, or `source` has too few elements.
    """
    wide, true = mask_over("masked_scatter", input, mask)
    values = ops.reshape(alike("masked_scatter", input, source, "source"), shape=(-1,))
    n = int(true.sum())
    if values.shape[0] < n:
        raise ShapeError(f"masked_scatter: source {describe(source)} has fewer elements than the mask's {n}")
    return ops.setitem(wide, values[:n], index=true)  # type: ignore[no-any-return]
