"""Ops that move elements without computing: views where memory allows, copies where it does not."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from math import prod
from typing import Any

from ..core import Array, Shape, op, same, sum_to
from ..errors import DTypeError, IndexingError, ShapeError, describe

__all__ = [
    "cat",
    "clone",
    "flatten",
    "flip",
    "movedim",
    "permute",
    "reshape",
    "roll",
    "split",
    "squeeze",
    "stack",
    "tile",
    "transpose",
    "tril",
    "triu",
    "unbind",
    "unflatten",
    "unsqueeze",
]
METHODS = "clone flatten movedim roll squeeze transpose tril triu unbind unflatten unsqueeze".split()
IN_PLACE = "tril triu".split()

Dims = int | Sequence[int]


def axis(name: str, dim: int, ndim: int) -> int:
    """A dim counted from the front; 0-d tensors have dim 0, as in PyTorch."""
    if not -max(ndim, 1) <= dim < max(ndim, 1):
        raise IndexingError(f"{name}: dim {dim} is outside of {ndim} dimensions")
    return dim % max(ndim, 1)


def whole(name: str, argument: str, value: Any) -> int:
    """An argument that has to be an integer, or a tensor of one."""
    try:
        return operator.index(value)
    except TypeError as error:
        raise DTypeError(f"{name}: {argument} is {describe(value)}, where an integer is wanted") from error


def axes(name: str, dims: Dims, ndim: int) -> tuple[int, ...]:
    """One dim or several, counted from the front, each named once."""
    found = tuple(axis(name, d, ndim) for d in ((dims,) if isinstance(dims, int) else dims))
    if len({*found}) < len(found):
        raise ShapeError(f"{name}: dims {dims} name a dim twice")
    return found


# ---- the same elements under other extents --------------------------------------------------------------------------
@op(lambda g, shape: reshape(g, shape=shape))
def reshape(xp: Any, x: Array, *, shape: Sequence[int]) -> Array:
    """The elements in row-major order under other extents: a view where memory allows, else a copy.

    Args:
        shape: the extents; one may be -1 and is inferred.

    Raises:
        ShapeError: if the numbers of elements differ.

    >>> import minigrad as mg
    >>> mg.reshape(mg.tensor([1, 2, 3, 4]), (2, -1))
    tensor([[1, 2],
            [3, 4]])
    """
    if any(n < -1 for n in shape):
        raise ShapeError(f"reshape: shape {(*shape,)} has an extent below -1")
    return x.reshape(shape)


@op(lambda g, shape: reshape(g, shape=shape))
def flatten(xp: Any, x: Array, *, start_dim: int = 0, end_dim: int = -1) -> Array:
    """The dims from `start_dim` to `end_dim` as one.

    Shapes:
        x (N, C, H, W), start_dim=1 -> (N, C H W); a 0-d x -> (1,)

    Raises:
        IndexingError: for a dim that x does not have.
        ShapeError: if `start_dim` comes after `end_dim`.
    """
    first, last = axis("flatten", start_dim, x.ndim), axis("flatten", end_dim, x.ndim)
    if first > last:
        raise ShapeError(
            f"flatten: start_dim {start_dim} comes after end_dim {end_dim} in {x.ndim} dimensions"
        )
    return x.reshape(*x.shape[:first], prod(x.shape[first : last + 1]), *x.shape[last + 1 :])


@op(lambda g, shape: reshape(g, shape=shape))
def unflatten(xp: Any, x: Array, *, dim: int, sizes: Sequence[int]) -> Array:
    """One dim as several.

    Args:
        dim: the dim to divide.
        sizes: its new extents; one may be -1 and is inferred.

    Raises:
        IndexingError: for a dim that x does not have.
        ShapeError: if `sizes` do not multiply to the extent.

    >>> import minigrad as mg
    >>> mg.unflatten(mg.zeros(4, 6), 1, (2, -1)).shape
    (4, 2, 3)
    """
    k = axis("unflatten", dim, x.ndim)
    n = x.shape[k] if x.ndim else 1
    known = prod(s for s in sizes if s != -1)
    full = [n // known if s == -1 and known else s for s in sizes]
    if prod(full) != n or any(s < 0 for s in full):
        raise ShapeError(f"unflatten: sizes {(*sizes,)} do not multiply to {n}, the extent of dim {dim}")
    return x.reshape(*x.shape[:k], *full, *x.shape[k + 1 :])


@op(lambda g, shape: reshape(g, shape=shape))
def squeeze(xp: Any, x: Array, *, dim: Dims | None = None) -> Array:
    """Without the dims of extent 1: all of them, or those of `dim` that are 1.

    Raises:
        IndexingError: for a dim that x does not have.
        ShapeError: if a dim is named twice.
    """
    gone = axes("squeeze", range(x.ndim) if dim is None else dim, x.ndim)
    return x.reshape([n for k, n in enumerate(x.shape) if n != 1 or k not in gone])


@op(lambda g, shape: reshape(g, shape=shape))
def unsqueeze(xp: Any, x: Array, *, dim: int) -> Array:
    """A new dim of extent 1 at `dim`.

    Raises:
        IndexingError: if `dim` is outside of -ndim - 1 to ndim.
    """
    return xp.expand_dims(x, dim)


# ---- the same elements in another order -----------------------------------------------------------------------------
def inverse(dims: Sequence[int]) -> list[int]:
    """The permutation that undoes this one."""
    order = [d % len(dims) for d in dims]
    return [order.index(k) for k in range(len(dims))]


@op(lambda g, dims: permute(g, dims=inverse(dims)))
def permute(xp: Any, x: Array, *, dims: Sequence[int]) -> Array:
    """The dims in another order, as a view.

    Raises:
        ShapeError: if `dims` does not name each dim once.
        IndexingError: for a dim that x does not have.

    >>> import minigrad as mg
    >>> mg.permute(mg.zeros(2, 3, 4), (2, 0, 1)).shape
    (4, 2, 3)
    """
    if len(dims) != x.ndim:
        raise ShapeError(f"permute: dims {(*dims,)} do not name each of {x.ndim} dimensions once")
    return xp.transpose(x, dims)


@op(lambda g, dim0, dim1: transpose(g, dim0=dim0, dim1=dim1))
def transpose(xp: Any, x: Array, *, dim0: int, dim1: int) -> Array:
    """Two dims exchanged, as a view.

    Raises:
        IndexingError: for a dim that x does not have.
    """
    if not x.ndim:
        axis("transpose", dim0, 0), axis("transpose", dim1, 0)
        return x
    return xp.swapaxes(x, dim0, dim1)


@op(lambda g, source, destination: movedim(g, source=destination, destination=source))
def movedim(xp: Any, x: Array, *, source: Dims, destination: Dims) -> Array:
    """The dims `source` moved to `destination`, the others in their order, as a view.

    Raises:
        IndexingError: for a dim that x does not have.
        ShapeError: if a dim is named twice, or `source` and `destination` differ in length.
    """
    return xp.moveaxis(x, source, destination)


@op(lambda g, dims: flip(g, dims=dims))
def flip(xp: Any, x: Array, *, dims: Dims) -> Array:
    """The elements in reverse order along `dims`, as a copy.

    Raises:
        IndexingError: for a dim that x does not have.
        ShapeError: if a dim is named twice.
    """
    turned = axes("flip", dims, x.ndim)
    return xp.flip(x, turned).copy() if x.ndim else x.copy()


def back(shifts: Dims) -> Dims:
    """The shifts that undo these."""
    return -shifts if isinstance(shifts, int) else [-s for s in shifts]


@op(lambda g, shifts, dims: roll(g, shifts=back(shifts), dims=dims))
def roll(xp: Any, x: Array, *, shifts: Dims, dims: Dims | None = None) -> Array:
    """The elements shifted along `dims`, those pushed off one end coming back at the other.

    Args:
        shifts: by how much, for each of `dims`.
        dims: without it the elements are shifted in row-major order.

    Raises:
        IndexingError: for a dim that x does not have.
        ShapeError: if there are not as many shifts as dims.

    >>> import minigrad as mg
    >>> mg.roll(mg.tensor([1, 2, 3, 4]), 1)
    tensor([4, 1, 2, 3])
    """
    count = [1 if isinstance(v, int) else len(v) for v in (shifts, dims or 0)]
    if count[0] != count[1]:
        raise ShapeError(f"roll: {count[0]} shifts for {count[1]} dims")
    return xp.roll(x, shifts, dims)


# ---- joining and dividing -------------------------------------------------------------------------------------------
@op(joint=lambda g, dim, shapes: split(g, sizes=[s[dim] for s in shapes], dim=dim))
def cat(xp: Any, *xs: Array, dim: int = 0) -> Array:
    """Tensors joined along a dim; all other extents are equal.

    Raises:
        ShapeError: for 0-d tensors, none at all, or extents that differ elsewhere.
        IndexingError: for a dim that they do not have.
    """
    return xp.concatenate(xs, dim)


@op(lambda g_ys, dim: cat(*g_ys, dim=dim), outputs="*ys")
def split(xp: Any, x: Array, *, sizes: Sequence[int], dim: int = 0) -> list[Array]:
    """Parts of the given sizes along a dim, as views.

    Raises:
        ShapeError: if `sizes` do not add up to the extent.
        IndexingError: for a dim that x does not have.
    """
    k = axis("split", dim, x.ndim)
    n = x.shape[k] if x.ndim else 0
    if sum(sizes) != n or any(s < 0 for s in sizes):
        raise ShapeError(f"split: sizes {[*sizes]} do not add up to {n}, the extent of dim {dim}")
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    lead = (slice(None),) * k
    return [x[(*lead, slice(end - s, end))] for s, end in zip(sizes, ends, strict=True)]


@op(joint=lambda g, dim: unbind(g, dim=dim))
def stack(xp: Any, *xs: Array, dim: int = 0) -> Array:
    """Tensors of one shape joined along a new dim.

    Raises:
        ShapeError: for shapes that differ, or no tensor at all.
        IndexingError: if `dim` is outside of -ndim - 1 to ndim.
    """
    return xp.stack(xs, dim)


@op(lambda g_ys, dim: stack(*g_ys, dim=dim), outputs="*ys")
def unbind(xp: Any, x: Array, *, dim: int = 0) -> list[Array]:
    """The slices along a dim, without it, as views.

    Raises:
        ShapeError: for a 0-d tensor.
        IndexingError: for a dim that x does not have.
    """
    if not x.ndim:
        raise ShapeError("unbind: a 0-d tensor has no dim to divide")
    k = axis("unbind", dim, x.ndim)
    return [x[(*(slice(None),) * k, i, ...)] for i in range(x.shape[k])]


# ---- copies ---------------------------------------------------------------------------------------------------------
@op(same)
def clone(xp: Any, x: Array) -> Array:
    """A copy, through which gradients flow."""
    return x.copy()


def tile_rule(g: Any, dims: Sequence[int], shape: Shape) -> Any:
    """Each repetition has dims of its own, which are summed."""
    rank = max(len(dims), len(shape))
    times, own = (1,) * (rank - len(dims)) + tuple(dims), (1,) * (rank - len(shape)) + tuple(shape)
    apart = [n for pair in zip(times, own, strict=True) for n in pair]
    once = [n for extent in own for n in (1, extent)]
    return reshape(sum_to(reshape(g, shape=apart), shape=tuple(once)), shape=shape)


@op(tile_rule)
def tile(xp: Any, x: Array, *, dims: Sequence[int]) -> Array:
    """The tensor repeated `dims` times along its last dims; new dims are added in front.

    Raises:
        ShapeError: if a number of repetitions is negative.

    >>> import minigrad as mg
    >>> mg.tile(mg.tensor([1, 2]), (2, 2))
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    if any(n < 0 for n in dims):
        raise ShapeError(f"tile: dims {(*dims,)} repeats a negative number of times")
    return xp.tile(x, dims)


def matrices(name: str, x: Array) -> Array:
    """x, if it holds matrices."""
    if x.ndim < 2:
        raise ShapeError(f"{name}: x has shape {x.shape}, where matrices are wanted")
    return x


@op(lambda g, diagonal: tril(g, diagonal=diagonal))
def tril(xp: Any, x: Array, *, diagonal: int = 0) -> Array:
    """The lower triangle of each matrix, zeros elsewhere; `diagonal` moves its edge up.

    Shapes:
        x (..., N, M) -> the same

    Raises:
        ShapeError: for fewer than 2 dims.
        DTypeError: if `diagonal` is not an integer.
    """
    return xp.tril(matrices("tril", x), diagonal)


@op(lambda g, diagonal: triu(g, diagonal=diagonal))
def triu(xp: Any, x: Array, *, diagonal: int = 0) -> Array:
    """The upper triangle of each matrix, zeros elsewhere; `diagonal` moves its edge up.

    Shapes:
        x (..., N, M) -> the same

    Raises:
        ShapeError: for fewer than 2 dims.
        DTypeError: if `diagonal` is not an integer.
    """
    return xp.triu(matrices("triu", x), diagonal)
