"""Ops that see memory under other strides: diagonals, sliding windows, and strides of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core import Array, Shape, op
from ..errors import ArgumentError, ShapeError, describe
from .shape import axis

__all__ = ["as_strided", "diagonal", "diagonal_put", "strided_put", "unfold", "unfold_put"]
METHODS = ("diagonal", "unfold")
IN_PLACE = ()


# ---- diagonals ------------------------------------------------------------------------------------------------------
def plane(name: str, ndim: int, dim1: int, dim2: int) -> tuple[int, int]:
    """Two dims that differ, counted from the front."""
    if ndim < 2:
        raise ShapeError(f"{name}: {ndim} dimensions, where at least 2 are wanted")
    a, b = axis(name, dim1, ndim), axis(name, dim2, ndim)
    if a == b:
        raise ArgumentError(f"{name}: dim1 {dim1} and dim2 {dim2} are the same dim")
    return a, b


@op(lambda g, offset, dim1, dim2, shape: diagonal_put(g, shape=shape, offset=offset, dim1=dim1, dim2=dim2))
def diagonal(xp: Any, x: Array, *, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Array:
    """The diagonal of two dims as a new last dim, a view.

    Args:
        offset: how far the diagonal lies to the right of the main one.
        dim1, dim2: the rows and the columns.

    Shapes:
        x (N, M, ...) -> (..., D), D the length of the diagonal

    Raises:
        ShapeError: for fewer than 2 dims.
        ArgumentError: if dim1 and dim2 are the same.
        IndexingError: for a dim that x does not have.

    >>> import minigrad as mg
    >>> mg.diagonal(mg.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    return xp.diagonal(x, offset, *plane("diagonal", x.ndim, dim1, dim2))


@op(lambda g, offset, dim1, dim2: diagonal(g, offset=offset, dim1=dim1, dim2=dim2))
def diagonal_put(xp: Any, x: Array, *, shape: Shape, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Array:
    """Zeros of `shape` with x where `diagonal` would read it.

    Raises:
        ShapeError: if x is not of the diagonal's shape, or `shape` has fewer than 2 dims.
        ArgumentError, IndexingError: as `diagonal`.
    """
    y = xp.zeros(shape, x.dtype)
    place = xp.diagonal(y, offset, *plane("diagonal_put", len(shape), dim1, dim2))
    if place.shape != x.shape:
        raise ShapeError(f"diagonal_put: x {describe(x)} does not fit a diagonal of shape {[*place.shape]}")
    place[...] = x
    return y


# ---- sliding windows ------------------------------------------------------------------------------------------------
def windows(name: str, shape: Shape, dimension: int, size: int, step: int) -> tuple[int, int]:
    """The dim counted from the front, and how many windows lie along it."""
    k = axis(name, dimension, len(shape))
    n = shape[k] if shape else 1
    if not 0 <= size <= n:
        raise ArgumentError(
            f"{name}: size is {size}, where 0 to {n}, the extent of dim {dimension}, is wanted"
        )
    if step < 1:
        raise ArgumentError(f"{name}: step is {step}, where at least 1 is wanted")
    return k, (n - size) // step + 1


@op(
    lambda g, dimension, size, step, shape: unfold_put(
        g, shape=shape, dimension=dimension, size=size, step=step
    )
)
def unfold(xp: Any, x: Array, *, dimension: int, size: int, step: int) -> Array:
    """Windows of `size` elements along a dim, `step` apart, each as a new last dim: a view.

    Shapes:
        x (A, B), dimension=0 -> ((A - size) // step + 1, B, size); a 0-d x -> (size,)

    Raises:
        ArgumentError: for a size outside of 0 to the extent, or a step below 1.
        IndexingError: for a dim that x does not have.

    >>> import minigrad as mg
    >>> mg.arange(5).unfold(0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    k, count = windows("unfold", x.shape, dimension, size, step)
    if not x.ndim:
        return x.reshape(1)[:size]
    shape, strides = [*x.shape, size], [*x.strides, x.strides[k]]
    shape[k], strides[k] = count, strides[k] * step
    return xp.strided(x, shape, strides)


@op(lambda g, dimension, size, step: unfold(g, dimension=dimension, size=size, step=step))
def unfold_put(xp: Any, x: Array, *, shape: Shape, dimension: int, size: int, step: int) -> Array:
    """Zeros of `shape` with each window of x added where `unfold` would read it.

    Raises:
        ShapeError: if x is not of the shape that `unfold` gives.
        ArgumentError, IndexingError: as `unfold`.
    """
    k, count = windows("unfold_put", shape, dimension, size, step)
    wanted = (*shape[:k], count, *shape[k + 1 :], size) if shape else (size,)
    if x.shape != wanted:
        raise ShapeError(f"unfold_put: x {describe(x)} is not of the shape {[*wanted]} of the windows")
    if not shape:
        return x.sum(dtype=x.dtype).reshape(())
    y = xp.zeros(shape, xp.promote_types(x.dtype, "float32") if x.dtype.itemsize == 2 else x.dtype)
    lead = (slice(None),) * k
    if size <= count:
        for j in range(size):
            y[(*lead, slice(j, j + (count - 1) * step + 1, step))] += x[..., j]
    else:
        parts = xp.moveaxis(x, -1, k + 1)
        for j in range(count):
            y[(*lead, slice(j * step, j * step + size))] += parts[(*lead, j)]
    return y.astype(x.dtype, copy=False)


# ---- strides of one's own -------------------------------------------------------------------------------------------
def reach(name: str, n: int, size: Sequence[int], stride: Sequence[int], storage_offset: int) -> None:
    """Refuse strides that lead out of n elements."""
    if len(size) != len(stride):
        raise ShapeError(f"{name}: size {(*size,)} and stride {(*stride,)} differ in length")
    if any(v < 0 for v in (*size, *stride, storage_offset)):
        raise ArgumentError(
            f"{name}: size {(*size,)}, stride {(*stride,)} and storage_offset {storage_offset}: none is below 0"
        )
    last = storage_offset + sum((s - 1) * t for s, t in zip(size, stride, strict=True))
    if 0 not in size and last >= n:
        raise ArgumentError(
            f"{name}: size {(*size,)}, stride {(*stride,)} and storage_offset {storage_offset} lead to element {last}, "
            f"and there are {n}"
        )


@op(
    lambda g, size, stride, storage_offset, shape: strided_put(
        g, shape=shape, size=size, stride=stride, storage_offset=storage_offset
    )
)
def as_strided(
    xp: Any, x: Array, *, size: Sequence[int], stride: Sequence[int], storage_offset: int = 0
) -> Array:
    """The elements that strides of one's own lead to, counted in row-major order: a view if x is contiguous.

    Args:
        size: the extents of the result.
        stride: for each dim how many elements of x one step leads on.
        storage_offset: the element of x that the result begins with.

    Raises:
        ArgumentError: if these lead out of x, or one is negative.
        ShapeError: if `size` and `stride` differ in length.

    >>> import minigrad as mg
    >>> mg.as_strided(mg.arange(9), (2, 3), (1, 2))
    tensor([[0, 2, 4],
            [1, 3, 5]])
    """
    reach("as_strided", x.size, size, stride, storage_offset)
    if 0 in size:
        return xp.empty(size, x.dtype)
    return xp.strided(
        xp.ascontiguousarray(x).reshape(-1)[storage_offset:], size, [s * x.dtype.itemsize for s in stride]
    )


@op(
    lambda g, size, stride, storage_offset: as_strided(
        g, size=size, stride=stride, storage_offset=storage_offset
    )
)
def strided_put(
    xp: Any, x: Array, *, shape: Shape, size: Sequence[int], stride: Sequence[int], storage_offset: int = 0
) -> Array:
    """Zeros of `shape` with x added where `as_strided` would read it, repeated places summed.

    Raises:
        ShapeError: if x is not of the shape `size`.
        ArgumentError: as `as_strided`.
    """
    y = xp.zeros(shape, bool)
    reach("strided_put", y.size, size, stride, storage_offset)
    if x.shape != tuple(size):
        raise ShapeError(f"strided_put: x {describe(x)} is not of the shape {[*size]}")
    place = xp.full(size, storage_offset)
    for k, s in enumerate(stride):
        place += (xp.arange(size[k]) * s).reshape(-1, *[1] * (len(size) - 1 - k))
    return xp.add_at((y.size,), place.reshape(-1), x.reshape(-1)).reshape(shape)
