"""Turning, repeating, broadcasting and picking slices in PyTorch's signatures: compositions of ops."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from .. import ops
from ..backend import namespace_of
from ..core import Shape, Tensor
from ..dtypes import bool_, level
from ..errors import ArgumentError, DTypeError, IndexingError, ShapeError, describe
from ..ops import movedim as moveaxis
from ..ops import transpose as swapaxes
from ..ops import transpose as swapdims
from ..ops.shape import axis, whole
from .reduce import cumprod
from .shape import expand, listed

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_shapes",
    "broadcast_tensors",
    "cartesian_prod",
    "combinations",
    "fliplr",
    "flipud",
    "meshgrid",
    "moveaxis",
    "narrow",
    "ravel",
    "repeat_interleave",
    "rot90",
    "select",
    "swapaxes",
    "swapdims",
    "vander",
]
METHODS = (
    "fliplr flipud moveaxis narrow ravel repeat_interleave reshape_as rot90 select swapaxes swapdims".split()
)
METHODS += ["view_as"]
IN_PLACE = ()


def spread_out(name: str, tensors: tuple[Any, ...]) -> Sequence[Any]:
    """Tensors that were given one by one, or as one list."""
    one = len(tensors) == 1 and isinstance(tensors[0], tuple | list)
    return listed(name, tensors[0] if one else tensors)


# ---- turning --------------------------------------------------------------------------------------------------------
def fliplr(input: Tensor) -> Tensor:
    """The columns, dim 1, in reverse order, as a copy.

    Raises:
        ShapeError: for fewer than 2 dims.
    """
    if len(input.shape) < 2:
        raise ShapeError(f"fliplr: {describe(input)} has no columns; at least 2 dimensions are wanted")
    return ops.flip(input, dims=1)  # type: ignore[no-any-return]


def flipud(input: Tensor) -> Tensor:
    """The rows, dim 0, in reverse order, as a copy.

    Raises:
        ShapeError: for a number.
    """
    if not input.shape:
        raise ShapeError(f"flipud: {describe(input)} has no rows; at least 1 dimension is wanted")
    return ops.flip(input, dims=0)  # type: ignore[no-any-return]


def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Turned k times by 90 degrees, from the first of two dims towards the second, as a copy.

    Raises:
        ArgumentError: if `dims` are not two that differ.
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.rot90(mg.tensor([[1, 2], [3, 4]]))
    tensor([[2, 4],
            [1, 3]])
    """
    if len(dims) != 2:
        raise ArgumentError(f"rot90: dims {(*dims,)} are {len(dims)}, where 2 are wanted")
    a, b = (axis("rot90", d, len(input.shape)) for d in dims)
    if a == b:
        raise ArgumentError(f"rot90: dims {(*dims,)} are the same dim")
    flipped = {0: (), 1: (b,), 2: (a, b), 3: (a,)}[whole("rot90", "k", k) % 4]
    y = ops.flip(input, dims=flipped) if flipped else ops.clone(input)
    return ops.transpose(y, dim0=a, dim1=b) if k % 2 else y  # type: ignore[no-any-return]


# ---- extents --------------------------------------------------------------------------------------------------------
def ravel(input: Tensor) -> Tensor:
    """All elements along one dim, in row-major order: a view where memory allows, else a copy."""
    return ops.reshape(input, shape=(-1,))  # type: ignore[no-any-return]


def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """The elements under the extents of `other`: see `reshape`."""
    return ops.reshape(self, shape=other.shape)  # type: ignore[no-any-return]


def view_as(self: Tensor, other: Tensor) -> Tensor:
    """The elements under the extents of `other`, over the same memory: see `Tensor.view`."""
    return self.view(other.shape)  # type: ignore[no-any-return]


def at_least(name: str, enlarge: Callable[[Tensor], Tensor]) -> Callable[..., Any]:
    """A function that enlarges one tensor, or each of several."""

    def function(*tensors: Any) -> Any:
        xs = spread_out(name, tensors)
        found = tuple(map(enlarge, xs))
        return found[0] if len(tensors) == 1 and isinstance(tensors[0], Tensor) else found

    function.__name__ = function.__qualname__ = name
    return function


def plane(x: Tensor) -> Tensor:
    """A number as 1 by 1, a vector as a row."""
    return x if len(x.shape) > 1 else ops.reshape(x, shape=(1, -1))


def box(x: Tensor) -> Tensor:
    """A number as 1 by 1 by 1, a vector as 1 by N by 1, a matrix as N by M by 1."""
    return x if len(x.shape) > 2 else ops.unsqueeze(plane(x), dim=2)


atleast_1d = at_least("atleast_1d", lambda x: x if x.shape else ops.reshape(x, shape=(1,)))
atleast_1d.__doc__ = (
    "Each tensor with at least 1 dim: a number as a vector. One tensor gives one, several a tuple."
)
atleast_2d = at_least("atleast_2d", plane)
atleast_2d.__doc__ = (
    "Each tensor with at least 2 dims: a number as 1 by 1, a vector as a row: see `atleast_1d`."
)
atleast_3d = at_least("atleast_3d", box)
atleast_3d.__doc__ = "Each tensor with at least 3 dims: a vector as 1 by N by 1, a matrix as N by M by 1."


def broadcast_shapes(*shapes: Any) -> Shape:
    """The shape that tensors of these shapes broadcast to.

    Args:
        shapes: sequences of extents, or single extents.

    Raises:
        ShapeError: if they do not fit together, or one has a negative extent.

    >>> import minigrad as mg
    >>> mg.broadcast_shapes((2, 1), (3,))
    (2, 3)
    """
    each = [tuple(s) if isinstance(s, Sequence) else (s,) for s in shapes]
    if any(n < 0 for s in each for n in s):
        raise ShapeError(f"broadcast_shapes: {each} has a negative extent")
    found = []
    for column in itertools.zip_longest(*(reversed(s) for s in each), fillvalue=1):
        wide = {n for n in column if n != 1}
        if len(wide) > 1:
            raise ShapeError(f"broadcast_shapes: {', '.join(map(str, each))} do not fit together")
        found.append(wide.pop() if wide else 1)
    return tuple(reversed(found))


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Read-only views of one shape, dims of extent 1 repeated and new dims in front.

    Raises:
        ShapeError: if the shapes do not fit together.
    """
    xs = spread_out("broadcast_tensors", tensors)
    shape = broadcast_shapes(*(x.shape for x in xs))
    return tuple(expand(x, shape) for x in xs)


# ---- grids and choices ----------------------------------------------------------------------------------------------
def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """For each of several vectors a read-only view over the grid that they span.

    Args:
        tensors: vectors, or numbers, of one dtype, one by one or as one list.
        indexing: "ij": the first runs along dim 0, the second along dim 1; "xy": these two exchanged.

    Shapes:
        (A,), (B,), (C,) -> (A, B, C) each; with "xy" (B, A, C)

    Raises:
        ArgumentError: for another `indexing`.
        ShapeError: for more than one dim.
        DTypeError: if the dtypes differ.

    >>> import minigrad as mg
    >>> mg.meshgrid(mg.tensor([1, 2]), mg.tensor([3, 4, 5]))[0]
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    xs = spread_out("meshgrid", tensors)
    if indexing not in ("ij", "xy"):
        raise ArgumentError(f"meshgrid: indexing is {indexing!r}, where 'ij' or 'xy' is wanted")
    if wrong := [x for x in xs if len(x.shape) > 1]:
        raise ShapeError(f"meshgrid: {describe(wrong[0])} is not a vector")
    if len({x.dtype for x in xs}) > 1:
        raise DTypeError(f"meshgrid: {', '.join(map(describe, xs))} differ in dtype; convert them to one")
    shape = tuple(x.data.size for x in xs)
    grids = [
        ops.expand(ops.reshape(x, shape=(-1, *[1] * (len(xs) - 1 - k))), shape=shape)
        for k, x in enumerate(xs)
    ]
    if indexing == "xy" and len(xs) > 1:
        grids = [ops.transpose(g, dim0=0, dim1=1) for g in grids]
    return tuple(grids)


def cartesian_prod(*tensors: Any) -> Tensor:
    """Every choice of one element of each vector, a row for each choice, the last one changing fastest.

    Shapes:
        (A,), (B,), (C,) -> (A B C, 3); a single vector as it is

    Raises:
        ShapeError: for what is not a vector.
        DTypeError: if the dtypes differ.

    >>> import minigrad as mg
    >>> mg.cartesian_prod(mg.tensor([1, 2]), mg.tensor([3, 4]))
    tensor([[1, 3],
            [1, 4],
            [2, 3],
            [2, 4]])
    """
    xs = spread_out("cartesian_prod", tensors)
    if wrong := [x for x in xs if len(x.shape) != 1]:
        raise ShapeError(f"cartesian_prod: {describe(wrong[0])} is not a vector")
    if len(xs) == 1:
        return xs[0]  # type: ignore[no-any-return]
    return ops.stack(*(ops.reshape(g, shape=(-1,)) for g in meshgrid(*xs)), dim=1)  # type: ignore[no-any-return]


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Every choice of r elements of a vector, in its order, a row for each.

    Args:
        with_replacement: whether an element may be chosen again.

    Raises:
        ShapeError: if `input` is not a vector.
        ArgumentError: if r is negative.

    >>> import minigrad as mg
    >>> mg.combinations(mg.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    if len(input.shape) != 1:
        raise ShapeError(f"combinations: {describe(input)} is not a vector")
    if r < 0:
        raise ArgumentError(f"combinations: r is {r}, where at least 0 is wanted")
    if not r:
        return input[:0]  # type: ignore[no-any-return]
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = [*choose(range(input.shape[0]), r)]
    index = namespace_of(input.data).asarray(rows, "int64").reshape(len(rows), r)
    return ops.getitem(input, index=index)  # type: ignore[no-any-return]


def repeat_interleave(
    input: Tensor, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Each slice along a dim repeated, the repetitions side by side.

    Args:
        repeats: how often, a number for all or a 1-d tensor with one for each slice. Without it `input` is this, and
            what is repeated are the positions 0, 1, ...
        dim: without it the elements in row-major order are repeated.
        output_size: the extent that results, if it is known; another one is an error.

    Raises:
        ShapeError: if there are not as many repeats as slices, or `output_size` is another.
        DTypeError: if the repeats are not integers.
        ArgumentError: if one is negative.
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.repeat_interleave(mg.tensor([5, 6]), mg.tensor([1, 2]))
    tensor([5, 6, 6])
    """
    xp = namespace_of(input.data)
    if repeats is None:
        repeats, input = input, Tensor(xp.arange(input.data.size))
    x = ravel(input) if dim is None else input
    k = axis("repeat_interleave", 0 if dim is None else dim, len(x.shape))
    x = x if x.shape else ops.reshape(x, shape=(1,))
    n, times = x.shape[k], repeats.data if isinstance(repeats, Tensor) else xp.asarray(repeats)
    if level(times.dtype) != 1:
        raise DTypeError(f"repeat_interleave: repeats is {describe(times)}, where integers are wanted")
    if times.ndim > 1 or (times.size != 1 and times.size != n):
        raise ShapeError(f"repeat_interleave: repeats {describe(times)} for {n} slices of {describe(x)}")
    if times.size and times.min() < 0:
        raise ArgumentError(f"repeat_interleave: repeats has {int(times.min())}, which is negative")
    total = int(times.sum()) if times.size == n else n * int(times.reshape(()))
    if output_size not in (None, total):
        raise ShapeError(f"repeat_interleave: output_size is {output_size}, and the result has {total}")
    if times.size == 1:
        wide = ops.unsqueeze(x, dim=k + 1)
        wide = ops.expand(wide, shape=(*x.shape[: k + 1], int(times.reshape(())), *x.shape[k + 1 :]))
        return ops.reshape(wide, shape=(*x.shape[:k], total, *x.shape[k + 1 :]))  # type: ignore[no-any-return]
    return ops.index_select(x, xp.repeat(xp.arange(n), times), dim=k)  # type: ignore[no-any-return]


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of each element of a vector, a row for each.

    Args:
        N: how many powers, from 0 on. Default: as many as elements.
        increasing: whether the power 0 comes first, or last.

    Raises:
        ShapeError: if x is not a vector.
        ArgumentError: if N is negative.

    >>> import minigrad as mg
    >>> mg.vander(mg.tensor([2, 3]), 3)
    tensor([[4, 2, 1],
            [9, 3, 1]])
    """
    if len(x.shape) != 1:
        raise ShapeError(f"vander: {describe(x)} is not a vector")
    count = x.shape[0] if N is None else N
    if count < 0:
        raise ArgumentError(f"vander: N is {N}, where at least 0 is wanted")
    xp = namespace_of(x.data)
    ones = xp.ones((x.shape[0], min(count, 1)), x.dtype)
    wide = ops.expand(ops.unsqueeze(x, dim=1), shape=(x.shape[0], max(count - 1, 0)))
    y = cumprod(ops.cat(Tensor(ones), wide, dim=1), 1)
    return y if increasing else ops.flip(y, dims=1)  # type: ignore[no-any-return]


# ---- slices ---------------------------------------------------------------------------------------------------------
def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """`length` slices along a dim from `start` on, as a view.

    Args:
        start: an integer, or a tensor of one; a negative one counts from the end.

    Raises:
        ShapeError: for a 0-d tensor.
        DTypeError: if start is not an integer.
        IndexingError: if the slices do not lie in the extent, or for a dim that the tensor does not have.
    """
    if not input.shape:
        raise ShapeError("narrow: a 0-d tensor has no slices")
    if getattr(start, "dtype", None) == bool_:
        raise DTypeError(f"narrow: start is {describe(start)}, where an integer is wanted")
    k, first = axis("narrow", dim, len(input.shape)), whole("narrow", "start", start)
    n = input.shape[k]
    first += n if first < 0 else 0
    if not 0 <= first <= n or not 0 <= length <= n - first:
        raise IndexingError(
            f"narrow: start {start} and length {length} lead out of {n}, the extent of dim {dim}"
        )
    return ops.getitem(input, index=(*(slice(None),) * k, slice(first, first + length)))  # type: ignore[no-any-return]


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """One slice along a dim, without it, as a view; a negative index counts from the end.

    Raises:
        ShapeError: for a 0-d tensor.
        IndexingError: for an index outside of the extent, or a dim that the tensor does not have.
    """
    return ops.getitem(input, index=slot("select", input, dim, index))  # type: ignore[no-any-return]


def slot(name: str, x: Tensor, dim: int, index: Any) -> tuple[Any, ...]:
    """The index of one slice along a dim."""
    if not x.shape:
        raise ShapeError(f"{name}: a 0-d tensor has no slices")
    k, i = axis(name, dim, len(x.shape)), whole(name, "index", index)
    if not -x.shape[k] <= i < x.shape[k]:
        raise IndexingError(f"{name}: index {i} is outside of {x.shape[k]}, the extent of dim {dim}")
    return *(slice(None),) * k, i
