"""Samples of minigrad/ops/shape.py: each reference moves one element at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import DTypeError, IndexingError, ShapeError

from .case import Case, S, bad, f, ints

Array = Any
Shape = Sequence[int]


def in_order(x: Array, shape: Shape) -> Array:
    """The elements in row-major order under other extents."""
    y = np.empty(shape, x.dtype)
    for k, v in enumerate(x.flat):
        y.flat[k] = v
    return y


def moved(x: Array, shape: Shape, place: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Array:
    """y[place(i)] = x[i] for every index i."""
    y = np.zeros(shape, x.dtype)
    for i in np.ndindex(x.shape):
        y[place(i)] = x[i]
    return y


def inferred(shape: Shape, count: int) -> list[int]:
    known = 1
    for n in shape:
        known *= n if n != -1 else 1
    return [count // known if n == -1 else n for n in shape]


def flatten(x: Array, start_dim: int = 0, end_dim: int = -1) -> Array:
    if not x.ndim:
        return in_order(x, (1,))
    a, b = start_dim % x.ndim, end_dim % x.ndim
    middle = 1
    for n in x.shape[a : b + 1]:
        middle *= n
    return in_order(x, (*x.shape[:a], middle, *x.shape[b + 1 :]))


def unflatten(x: Array, dim: int, sizes: Shape) -> Array:
    k = dim % max(x.ndim, 1)
    n = x.shape[k] if x.ndim else 1
    return in_order(x, (*x.shape[:k], *inferred(sizes, n), *x.shape[k + 1 :]))


def squeeze(x: Array, dim: Any = None) -> Array:
    dims = [*range(x.ndim)] if dim is None else [dim] if isinstance(dim, int) else dim
    gone = {d % max(x.ndim, 1) for d in dims}
    return in_order(x, [n for k, n in enumerate(x.shape) if not (n == 1 and k in gone)])


def unsqueeze(x: Array, dim: int) -> Array:
    shape = list(x.shape)
    shape.insert(dim % (x.ndim + 1), 1)
    return in_order(x, shape)


def permute(x: Array, dims: Shape) -> Array:
    order = [d % x.ndim for d in dims]
    return moved(x, [x.shape[d] for d in order], lambda i: tuple(i[d] for d in order))


def transpose(x: Array, dim0: int, dim1: int) -> Array:
    order = [*range(x.ndim)]
    if x.ndim:
        a, b = dim0 % x.ndim, dim1 % x.ndim
        order[a], order[b] = b, a
    return permute(x, order)


def movedim(x: Array, source: Any, destination: Any) -> Array:
    source, destination = ([d] if isinstance(d, int) else [*d] for d in (source, destination))
    goes = {d % x.ndim: s % x.ndim for s, d in zip(source, destination, strict=True)}
    rest = iter(k for k in range(x.ndim) if k not in goes.values())
    return permute(x, [goes[k] if k in goes else next(rest) for k in range(x.ndim)])


def flip(x: Array, dims: Any) -> Array:
    gone = {d % max(x.ndim, 1) for d in ([dims] if isinstance(dims, int) else dims)}
    return moved(
        x,
        x.shape,
        lambda i: tuple(
            n - 1 - k if d in gone else k for d, (k, n) in enumerate(zip(i, x.shape, strict=True))
        ),
    )


def roll(x: Array, shifts: Any, dims: Any = None) -> Array:
    if dims is None:
        flat = [*x.flat]
        return in_order(
            np.array([flat[(k - shifts) % len(flat)] for k in range(len(flat))], x.dtype), x.shape
        )
    by = [0] * x.ndim
    pairs = zip(
        [shifts] if isinstance(shifts, int) else shifts,
        [dims] if isinstance(dims, int) else dims,
        strict=True,
    )
    for s, d in pairs:
        by[d] += s
    return moved(x, x.shape, lambda i: tuple((k + s) % n for k, s, n in zip(i, by, x.shape, strict=True)))


def cat(*xs: Array, dim: int = 0) -> Array:
    k = dim % xs[0].ndim
    shape = list(xs[0].shape)
    shape[k] = sum(x.shape[k] for x in xs)
    y, start = np.zeros(shape), 0
    for x in xs:
        for i in np.ndindex(x.shape):
            y[(*i[:k], i[k] + start, *i[k + 1 :])] = x[i]
        start += x.shape[k]
    return y


def split(x: Array, sizes: Shape, dim: int = 0) -> tuple[Array, ...]:
    k, start, parts = dim % x.ndim, 0, []
    for size in sizes:
        y = np.empty((*x.shape[:k], size, *x.shape[k + 1 :]), x.dtype)
        for i in np.ndindex(y.shape):
            y[i] = x[(*i[:k], i[k] + start, *i[k + 1 :])]
        parts.append(y)
        start += size
    return tuple(parts)


def stack(*xs: Array, dim: int = 0) -> Array:
    k = dim % (xs[0].ndim + 1)
    y = np.zeros((*xs[0].shape[:k], len(xs), *xs[0].shape[k:]))
    for j, x in enumerate(xs):
        for i in np.ndindex(x.shape):
            y[(*i[:k], j, *i[k:])] = x[i]
    return y


def unbind(x: Array, dim: int = 0) -> tuple[Array, ...]:
    k = dim % x.ndim
    return tuple(in_order(y, (*x.shape[:k], *x.shape[k + 1 :])) for y in split(x, [1] * x.shape[k], k))


def tile(x: Array, dims: Shape) -> Array:
    rank = max(len(dims), x.ndim)
    times = [1] * (rank - len(dims)) + [*dims]
    own = [1] * (rank - x.ndim) + [*x.shape]
    y = np.empty([a * b for a, b in zip(times, own, strict=True)], x.dtype)
    for i in np.ndindex(y.shape):
        y[i] = x[tuple(k % n for k, n in zip(i, own, strict=True))[rank - x.ndim :]]
    return y


def triangle(keep: Callable[[int], bool]) -> Callable[..., Array]:
    """A reference that keeps what lies `column - row` right of the diagonal, where keep(that - diagonal)."""

    def reference(x: Array, diagonal: int = 0) -> Array:
        y = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            if keep(i[-1] - i[-2] - diagonal):
                y[i] = x[i]
        return y

    return reference


CASES = [
    Case(
        ops.reshape,
        lambda x, shape: in_order(x, inferred(shape, x.size)),
        [
            S(f(2, 6), shape=(3, 4)),
            S(f(2, 6), shape=(-1, 3), name="inferred"),
            S(f(), shape=(1, 1), name="from 0-d"),
            S(f(1, 1), shape=(), name="to 0-d"),
            S(f(0, 3), shape=(3, -1), name="empty"),
            S(ints(4), shape=[2, 2], name="a list"),
        ],
        [
            bad(
                ShapeError, r"reshape: x float64\[2, 3\]: cannot reshape array of size 6", f(2, 3), shape=(4,)
            ),
            bad(ShapeError, r"reshape: x float64\[2, 3\]: can only specify one", f(2, 3), shape=(-1, -1)),
            bad(ShapeError, r"reshape: shape \(-2, 3\) has an extent below -1", f(2, 3), shape=(-2, 3)),
        ],
    ),
    Case(
        ops.flatten,
        flatten,
        [
            S(f(2, 3, 4)),
            S(f(2, 3, 4, 2), start_dim=1),
            S(f(2, 3, 4, 2), start_dim=1, end_dim=-2),
            S(f(2, 3), start_dim=1, end_dim=1, name="one dim"),
            S(f(), name="0-d"),
            S(f(0, 3, 2), start_dim=1, name="empty"),
        ],
        [
            bad(IndexingError, r"flatten: dim -3 is outside", f(2, 3), end_dim=-3),
            bad(ShapeError, r"flatten: start_dim 1 comes after end_dim 0", f(2, 3), start_dim=1, end_dim=0),
            bad(IndexingError, r"flatten: dim 2 is outside of 2 dimensions", f(2, 3), start_dim=2),
        ],
    ),
    Case(
        ops.unflatten,
        unflatten,
        [
            S(f(2, 6), dim=1, sizes=(3, 2)),
            S(f(6, 2), dim=-2, sizes=(2, -1), name="inferred"),
            S(f(), dim=0, sizes=(1, 1), name="0-d"),
            S(f(2, 0), dim=1, sizes=(0, 3), name="empty"),
        ],
        [
            bad(
                ShapeError,
                r"unflatten: sizes \(4, 2\) do not multiply to 6, the extent of dim 1",
                f(2, 6),
                dim=1,
                sizes=(4, 2),
            ),
            bad(ShapeError, r"unflatten: sizes \(-1, 4\)", f(2, 6), dim=1, sizes=(-1, 4)),
            bad(ShapeError, r"unflatten: sizes \(-1, -1\)", f(2, 6), dim=1, sizes=(-1, -1)),
            bad(IndexingError, r"unflatten: dim 2 is outside", f(2, 6), dim=2, sizes=(6,)),
        ],
    ),
    Case(
        ops.squeeze,
        squeeze,
        [
            S(f(1, 3, 1, 2)),
            S(f(1, 3, 1, 2), dim=2),
            S(f(1, 3, 1, 2), dim=1, name="of an extent above 1"),
            S(f(1, 3, 1, 2), dim=(0, -2), name="several"),
            S(f(), dim=0, name="0-d"),
            S(f(1, 0), name="empty"),
        ],
        [
            bad(ShapeError, r"squeeze: dims \(1, -1\) name a dim twice", f(2, 1), dim=(1, -1)),
            bad(DTypeError, r"squeeze: too many positional", f(2, 1), 0, 1),
            bad(IndexingError, r"squeeze: dim 4 is outside of 4 dimensions", f(1, 3, 1, 2), dim=4),
        ],
    ),
    Case(
        ops.unsqueeze,
        unsqueeze,
        [
            S(f(2, 3), dim=0),
            S(f(2, 3), dim=2),
            S(f(2, 3), dim=-2),
            S(f(), dim=-1, name="0-d"),
            S(f(0), dim=0, name="empty"),
        ],
        [
            bad(DTypeError, "unsqueeze: dim is 1.5, where an integer", f(2), dim=1.5),
            bad(IndexingError, r"unsqueeze: x float64\[2, 3\]: axis 3 is out of bounds", f(2, 3), dim=3),
            bad(DTypeError, r"unsqueeze: missing a required .*argument: 'dim'", f(2)),
        ],
    ),
    Case(
        ops.permute,
        permute,
        [
            S(f(2, 3, 4), dims=(2, 0, 1)),
            S(f(2, 3, 4), dims=(-1, 0, -2), name="negative dims"),
            S(f(), dims=(), name="0-d"),
            S(f(0, 2), dims=(1, 0), name="empty"),
        ],
        [
            bad(ShapeError, r"permute: dims \(0,\) do not name each of 2", f(2, 3), dims=(0,)),
            bad(ShapeError, r"permute: x float64\[2, 3\]: repeated axis", f(2, 3), dims=(0, 0)),
            bad(IndexingError, r"permute: x float64\[2, 3\]: axis 2 is out of bounds", f(2, 3), dims=(0, 2)),
        ],
    ),
    Case(
        ops.transpose,
        transpose,
        [
            S(f(2, 3, 4), dim0=0, dim1=2),
            S(f(2, 3, 4), dim0=-1, dim1=-2),
            S(f(), dim0=0, dim1=-1, name="0-d"),
            S(f(0, 2), dim0=0, dim1=1, name="empty"),
        ],
        [
            bad(
                IndexingError,
                r"transpose: x float64\[2, 3\]: axis2: axis 2 is out of bounds",
                f(2, 3),
                dim0=0,
                dim1=2,
            ),
            bad(IndexingError, r"transpose: x float64\[2, 3\]: axis2: axis -3", f(2, 3), dim0=0, dim1=-3),
            bad(IndexingError, r"transpose: dim 1 is outside of 0 dimensions", f(), dim0=0, dim1=1),
        ],
    ),
    Case(
        ops.movedim,
        movedim,
        [
            S(f(2, 3, 4), source=0, destination=-1),
            S(f(2, 3, 4), source=(0, 1), destination=(2, 0), name="several"),
            S(f(), source=(), destination=(), name="0-d"),
            S(f(0, 2), source=0, destination=1, name="empty"),
        ],
        [
            bad(IndexingError, r"movedim: .*axis 2 is out of bounds", f(2, 3), source=2, destination=0),
            bad(ShapeError, r"movedim: .*same number of elements", f(2, 3), source=(0, 1), destination=0),
            bad(ShapeError, r"movedim: .*repeated axis", f(2, 3), source=(0, 0), destination=(0, 1)),
        ],
    ),
    Case(
        ops.flip,
        flip,
        [
            S(f(2, 3), dims=(0,)),
            S(f(2, 3, 2), dims=(0, -1)),
            S(f(3, 2), dims=0, name="an integer"),
            S(f(), dims=(), name="0-d"),
            S(f(0, 3), dims=(1,), name="empty"),
        ],
        [
            bad(ShapeError, r"flip: dims \(0, -2\) name a dim twice", f(2, 3), dims=(0, -2)),
            bad(DTypeError, r"flip: missing a required argument: 'dims'", f(2, 3)),
            bad(IndexingError, r"flip: dim 2 is outside of 2 dimensions", f(2, 3), dims=(2,)),
        ],
    ),
    Case(
        ops.roll,
        roll,
        [
            S(f(2, 3), shifts=2, name="in row-major order"),
            S(f(2, 3), shifts=-1, dims=1),
            S(f(4, 3), shifts=(5, -1), dims=(0, 1)),
            S(f(4), shifts=(1, 2), dims=(0, 0), name="one dim twice"),
            S(f(), shifts=2, name="0-d"),
            S(f(0, 3), shifts=1, dims=0, name="empty"),
        ],
        [
            bad(DTypeError, r"roll: x float64\[2\]: .*float", f(2), shifts=1.5, dims=0),
            bad(ShapeError, r"roll: 2 shifts for 1 dims", f(2, 3), shifts=(1, 2), dims=(0,)),
            bad(
                IndexingError, r"roll: x float64\[2, 3\]: axis 2 is out of bounds", f(2, 3), shifts=1, dims=2
            ),
        ],
    ),
    Case(
        ops.cat,
        cat,
        [
            S(f(2, 3), f(1, 3)),
            S(f(2, 3), f(2, 1), f(2, 2), dim=1),
            S(f(2, 3), f(2, 2), dim=-1, name="negative dim"),
            S(f(2, 3), name="one"),
            S(f(0, 3), f(2, 3), f(0, 3), name="empty"),
            S(f(2), ints(3), name="mixed dtypes"),
        ],
        [
            bad(
                ShapeError,
                r"cat: xs\[0\] float64\[2, 3\], xs\[1\] float64\[2, 2\]: all the input array dim",
                f(2, 3),
                f(2, 2),
            ),
            bad(IndexingError, r"cat: .*axis 2 is out of bounds", f(2, 3), f(2, 3), dim=2),
            bad(ShapeError, r"cat: .*zero-dimensional", f(), f()),
            bad(DTypeError, r"cat: no inputs: one of its inputs has to be a tensor"),
        ],
        no_scalar="0-d tensors have no dim to join along",
    ),
    Case(
        ops.split,
        split,
        [
            S(f(5, 2), sizes=(2, 3)),
            S(f(2, 5), sizes=[1, 4], dim=1),
            S(f(2, 5), sizes=(1, 0, 4), dim=-1, name="an empty part"),
            S(f(0, 2), sizes=(0, 0), name="empty"),
        ],
        [
            bad(
                ShapeError,
                r"split: sizes \[2, 2\] do not add up to 5, the extent of dim 0",
                f(5),
                sizes=(2, 2),
            ),
            bad(ShapeError, r"split: sizes \[6, -1\]", f(5), sizes=(6, -1)),
            bad(IndexingError, r"split: dim 1 is outside of 1 dimensions", f(5), sizes=(5,), dim=1),
        ],
        no_scalar="a number has no dim to divide",
    ),
    Case(
        ops.stack,
        stack,
        [
            S(f(2, 3), f(2, 3, seed="b")),
            S(f(2, 3), f(2, 3, seed="b"), f(2, 3, seed="c"), dim=1),
            S(f(2), f(2, seed="b"), dim=-1, name="negative dim"),
            S(f(), f(seed="b"), name="0-d"),
            S(f(0), f(0), name="empty"),
        ],
        [
            bad(DTypeError, r"stack: no inputs: one of its inputs"),
            bad(
                ShapeError, r"stack: xs\[0\] float64\[2\], xs\[1\] float64\[3\]: all input arrays", f(2), f(3)
            ),
            bad(IndexingError, r"stack: .*axis 2 is out of bounds", f(2), f(2), dim=2),
        ],
    ),
    Case(
        ops.unbind,
        unbind,
        [S(f(3, 2)), S(f(3), name="to 0-d"), S(f(2, 3), dim=-1), S(f(2, 0), name="empty")],
        [
            bad(ShapeError, r"unbind: a 0-d tensor has no dim to divide", f()),
            bad(DTypeError, r"unbind: too many positional", f(2, 3), 0, 1),
            bad(IndexingError, r"unbind: dim 2 is outside", f(2, 3), dim=2),
        ],
        no_scalar="a number has no dim to divide",
    ),
    Case(
        ops.clone,
        lambda x: x,
        [S(f(2, 3)), S(f(), name="0-d"), S(f(0, 2), name="empty")],
        [
            bad(DTypeError, r"clone: got an unexpected keyword argument 'dim'", f(2), dim=1),
            bad(DTypeError, r"clone: missing a required argument: 'x'"),
            bad(DTypeError, r"clone: .*too many positional", f(2), 1),
        ],
    ),
    Case(
        ops.tile,
        tile,
        [
            S(f(2, 3), dims=(2, 2)),
            S(f(2, 3), dims=(3,), name="fewer than dims"),
            S(f(3), dims=(2, 1, 2), name="more than dims"),
            S(f(), dims=(2,), name="0-d"),
            S(f(2), dims=(0,), name="no times"),
            S(f(0, 2), dims=(2, 2), name="empty"),
        ],
        [
            bad(DTypeError, r"tile: x float64\[2\]: .*float", f(2), dims=(1.5,)),
            bad(DTypeError, r"tile: missing a required argument: 'dims'", f(2)),
            bad(ShapeError, r"tile: dims \(-1,\) repeats a negative number", f(2), dims=(-1,)),
        ],
    ),
    Case(
        ops.tril,
        triangle(lambda right: right <= 0),
        [S(f(3, 4)), S(f(2, 3, 3), diagonal=-1), S(f(3, 3), diagonal=1), S(f(0, 3), name="empty")],
        [
            bad(DTypeError, r"tril: diagonal is 0.5, where an integer", f(2, 2), diagonal=0.5),
            bad(ShapeError, r"tril: x has shape \(2,\)", f(2)),
            bad(ShapeError, r"tril: x has shape \(3,\), where matrices are wanted", f(3)),
        ],
        no_scalar="a number has no triangle",
    ),
    Case(
        ops.triu,
        triangle(lambda right: right >= 0),
        [S(f(3, 4)), S(f(2, 3, 3), diagonal=-1), S(f(3, 3), diagonal=1), S(f(0, 3), name="empty")],
        [
            bad(DTypeError, r"triu: diagonal is 0.5, where an integer", f(2, 2), diagonal=0.5),
            bad(ShapeError, r"triu: x has shape \(2,\)", f(2)),
            bad(ShapeError, r"triu: x has shape \(\), where matrices are wanted", f()),
        ],
        no_scalar="a number has no triangle",
    ),
]
