"""Shapes, shapes that broadcast together, and the indices of a shape."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ...errors import ArgumentError

Shape = tuple[int, ...]
seldom = st.integers(0, 5).map(lambda k: k == 5)


def bits(n: int) -> SearchStrategy[list[bool]]:
    """n truth values, of one draw: those of n draws are too often all the same."""
    return st.integers(0, 2**n - 1).map(lambda x: [bool(x >> k & 1) for k in range(n)])


def check_range(name: str, what: str, low: int, high: int) -> None:
    """Refuse a range that is empty or begins below 0."""
    if not 0 <= low <= high:
        raise ArgumentError(f"{name}: {what} go from {low} to {high}; 0 <= least <= most is wanted")


# ---- shapes ---------------------------------------------------------------------------------------------------------
def shapes(
    min_dims: int = 0, max_dims: int = 4, min_side: int = 0, max_side: int = 3
) -> SearchStrategy[Shape]:
    """Shapes, with 0-d and zero-size ones among them: about one in six has an extent of 0.

    Args:
        min_dims, max_dims: how many dims there are.
        min_side, max_side: how large the extents are; with 1 there are no zero-size shapes.

    Raises:
        ArgumentError: if a range is empty or begins below 0.

    >>> from hypothesis import find
    >>> find(shapes(), lambda s: len(s) == 2 and min(s) > 1)
    (2, 2)
    """
    check_range("shapes", "dims", min_dims, max_dims)
    check_range("shapes", "sides", min_side, max_side)
    return drawn_shape(min_dims, max_dims, min_side, max_side)


@st.composite
def drawn_shape(
    draw: DrawFn, min_dims: int, max_dims: int, min_side: int, max_side: int, usual: int = 1
) -> Shape:
    """Extents from `usual` up, some of which then become 0 where that is allowed."""
    dims = draw(st.integers(min_dims, max_dims))
    side = st.integers(min(max(min_side, usual), max_side), max_side)
    sides = [draw(side) for _ in range(dims)]
    empty = draw(bits(dims)) if min_side == 0 and draw(seldom) else [False] * dims
    return tuple(0 if e else n for n, e in zip(sides, empty, strict=True))


def broadcastable_shapes(
    n: int = 2, *, min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 3
) -> SearchStrategy[tuple[tuple[Shape, ...], Shape]]:
    """n shapes that broadcast together, and the shape of the result.

    Args:
        n: how many.
        min_dims, max_dims: how many dims the largest of them has at most; others lack some in front.
        min_side, max_side: the extents; where a shape is broadcast it has 1, whatever these are.

    Raises:
        ArgumentError: if n is below 1, or a range is empty or begins below 0.

    >>> from hypothesis import find
    >>> find(broadcastable_shapes(min_dims=1, min_side=2), lambda drawn: drawn[0] == ((2,), (1,)))
    (((2,), (1,)), (2,))
    """
    if n < 1:
        raise ArgumentError(f"broadcastable_shapes: n is {n}; at least 1 is wanted")
    check_range("broadcastable_shapes", "dims", min_dims, max_dims)
    check_range("broadcastable_shapes", "sides", min_side, max_side)
    return drawn_together(n, drawn_shape(min_dims, max_dims, min_side, max_side, usual=2))


@st.composite
def drawn_together(draw: DrawFn, n: int, full: SearchStrategy[Shape]) -> tuple[tuple[Shape, ...], Shape]:
    """Parts of one shape: the result is computed from them, since no part may have kept an extent."""
    whole = draw(full)
    parts = tuple(draw(part_of(whole)) for _ in range(n))
    return parts, np.broadcast_shapes(*parts)


@st.composite
def part_of(draw: DrawFn, whole: Shape) -> Any:
    """A shape that broadcasts to `whole`: some dims in front cut off, some extents 1."""
    kept = whole[draw(st.integers(0, len(whole))) :]
    return tuple(1 if one else side for side, one in zip(kept, draw(bits(len(kept))), strict=True))


# ---- indices --------------------------------------------------------------------------------------------------------
def indices(shape: Sequence[int], *, advanced: bool = True) -> SearchStrategy[Any]:
    """What may stand in `x[...]`, for an x of this shape: each form of index that NumPy has, and any mixture.

    Integers from both ends, slices with steps of either sign and bounds beyond the extent, None and Ellipsis;
    with `advanced` also integer arrays that broadcast together, as arrays or nested lists, and boolean masks over one
    dim or several. An index is a tuple, or a single item.

    Args:
        shape: the extents of x.
        advanced: whether there are arrays, lists and masks; without them x[index] is a view.

    >>> from hypothesis import find
    >>> find(indices((3,), advanced=False), lambda i: i == -2)
    -2
    """
    return drawn_index(tuple(shape), advanced)


@st.composite
def drawn_index(draw: DrawFn, shape: Shape, advanced: bool) -> Any:
    """Items for some dims in front and, behind an Ellipsis, for some at the end; now and then a single mask."""
    if advanced and draw(seldom):
        return draw(leading_masks(shape))
    common = draw(drawn_shape(0, 2, 0, 3, usual=2)) if advanced else None
    indexed = draw(st.integers(0, len(shape)))
    if draw(st.booleans()):
        front = draw(st.integers(0, indexed))
        behind = shape[len(shape) - (indexed - front) :]
        items = [*draw(items_for(shape[:front], common)), ..., *draw(items_for(behind, common))]
    else:
        items = draw(items_for(shape[:indexed], common))
    return items[0] if len(items) == 1 and draw(st.booleans()) else tuple(items)


@st.composite
def items_for(draw: DrawFn, sides: Shape, common: Shape | None) -> list[Any]:
    """Items that use up exactly these dims; arrays and masks among them broadcast to `common`."""
    items: list[Any] = []
    while sides:
        kinds: list[SearchStrategy[Any]] = [slices(sides[0])]
        if sides[0]:
            kinds.append(st.integers(-sides[0], sides[0] - 1))
        if common is not None:
            kinds += [integer_arrays(sides[0], common), masks(sides, common)]
        item = draw(kinds[draw(st.integers(0, len(kinds) - 1))])
        items += [None, item] if draw(seldom) else [item]
        sides = sides[item.ndim if getattr(item, "dtype", None) == np.bool_ else 1 :]
    return [*items, None] if draw(seldom) else items


@st.composite
def slices(draw: DrawFn, side: int) -> slice:
    """A slice of an axis, whose bounds may lie beyond its ends."""
    bound = st.none() | st.integers(-side - 1, side + 1)
    return slice(draw(bound), draw(bound), draw(st.sampled_from([None, 1, 2, -1, -2, 3])))


@st.composite
def integer_arrays(draw: DrawFn, side: int, common: Shape) -> Any:
    """An array of positions that broadcasts to `common`, or a nested list; a slice where there is no position."""
    shape: Any = draw(st.just(common) | part_of(common))
    if not side and prod(shape):
        return draw(slices(side))
    place = st.integers(-side, side - 1) if side else st.nothing()
    flat = draw(st.lists(place, min_size=prod(shape), max_size=prod(shape)))
    array = np.array(flat, draw(st.sampled_from([np.int64, np.int32]))).reshape(shape)
    return array.tolist() if shape and draw(st.booleans()) else array


@st.composite
def masks(draw: DrawFn, sides: Shape, common: Shape) -> Any:
    """A mask over the first of these dims, or several, with as many True as broadcast to `common`; else a slice."""
    over: Shape = sides[: draw(st.integers(1, len(sides)))]
    counts = [c for c in (1, *common[-1:]) if c <= prod(over)]
    if not counts:
        return draw(slices(sides[0]))
    count = draw(st.sampled_from(counts))
    mask = np.zeros(over, np.bool_)
    places = st.sets(st.integers(0, max(prod(over) - 1, 0)), min_size=count, max_size=count)
    mask.reshape(-1)[list(draw(places))] = True
    return mask


@st.composite
def leading_masks(draw: DrawFn, shape: Shape) -> Any:
    """A mask over the first dims, with any number of True; over none of them it is a 0-d bool."""
    over: Shape = shape[: draw(st.integers(0, len(shape)))]
    flat = draw(st.lists(st.booleans(), min_size=prod(over), max_size=prod(over)))
    return np.array(flat, np.bool_).reshape(over)
