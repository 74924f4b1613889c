"""Samples of minigrad/ops/index.py. What an index means is written out here: `Places` in plain Python."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

from .case import Case, S, bad, distinct, f, ints

Array = Any


class Places:
    """The places that an index names in an array of a shape: `shape` of the result, and `found`, in its order."""

    def __init__(self, shape: tuple[int, ...], index: Any) -> None:
        parts = self.spelled_out(shape, index)
        lists = [k for k, p in enumerate(parts) if isinstance(p, np.ndarray)]
        if lists:  # beside arrays, an integer counts as one
            parts = [np.array(p) if isinstance(p, int) else p for p in parts]
            lists = [k for k, p in enumerate(parts) if isinstance(p, np.ndarray)]
        block = np.broadcast_shapes(*(parts[k].shape for k in lists))
        together = [*range(lists[0], lists[-1] + 1)] == lists if lists else True
        axes: list[tuple[int, ...]] = []  # of the result, each with the parts that it moves along
        extents: list[int] = []
        at = 0
        for k, p in enumerate(parts):
            if isinstance(p, slice):
                axes.append((k,))
                extents.append(len(range(*p.indices(self.extent(shape, parts, k)))))
            elif p is None:
                axes.append(())
                extents.append(1)
            if lists and k == lists[0]:
                at = len(axes) if together else 0
        self.shape = (*extents[:at], *block, *extents[at:]) if lists else tuple(extents)
        self.found = []
        for i in itertools.product(*map(range, self.shape)):
            j = i[at : at + len(block)] if lists else ()
            rest = iter((*i[:at], *i[at + len(block) :]) if lists else i)
            place = []
            for k, p in enumerate(parts):
                if p is None:
                    next(rest)
                    continue
                n = self.extent(shape, parts, k)
                if isinstance(p, slice):
                    place.append(range(*p.indices(n))[next(rest)])
                else:
                    place.append(int(np.broadcast_to(p, block)[j] if isinstance(p, np.ndarray) else p) % n)
            self.found.append(tuple(place))

    @staticmethod
    def spelled_out(shape: tuple[int, ...], index: Any) -> list[Any]:
        """One part for each dim and each new one: no Ellipsis, no lists, no masks."""
        parts: list[Any] = []
        for p in index if isinstance(index, tuple) else (index,):
            p = np.array(p, dtype=int if not p else None) if isinstance(p, list) else p
            if isinstance(p, np.ndarray) and p.dtype == bool:
                true = [i for i in np.ndindex(p.shape) if p[i]]
                parts += [np.array([i[d] for i in true], int) for d in range(p.ndim)]
            else:
                parts.append(p)
        dots = [k for k, p in enumerate(parts) if p is Ellipsis]
        k = dots[0] if dots else len(parts)
        named = sum(p is not None and p is not Ellipsis for p in parts)
        return [*parts[:k], *[slice(None)] * (len(shape) - named), *parts[k + 1 :]]

    @staticmethod
    def extent(shape: tuple[int, ...], parts: list[Any], k: int) -> int:
        return shape[sum(p is not None for p in parts[:k])]


def getitem(x: Array, index: Any) -> Array:
    at = Places(x.shape, index)
    y = np.empty(at.shape, x.dtype)
    for k, place in enumerate(at.found):
        y.flat[k] = x[place]
    return y


def put(x: Array, index: Any, shape: tuple[int, ...]) -> Array:
    y = np.zeros(shape)
    for v, place in zip(x.flat, Places(shape, index).found, strict=True):
        y[place] += v
    return y


def setitem(x: Array, v: Array, index: Any) -> Array:
    at, y = Places(x.shape, index), x.copy()
    v = np.asarray(v)
    while v.ndim > len(at.shape):
        v = v[0]
    for value, place in zip(np.broadcast_to(v, at.shape).flat, at.found, strict=True):
        y[place] = value
    return y


def overwritten(x: Array, index: Any, shape: tuple[int, ...]) -> Array:
    found = Places(shape, index).found
    y = np.empty(x.shape, bool)
    for k, place in enumerate(found):
        y.flat[k] = place in found[k + 1 :]
    return y


def gather(x: Array, index: Array, dim: int) -> Array:
    y = np.empty(index.shape, x.dtype)
    for i in np.ndindex(index.shape):
        y[i] = x[tuple(int(index[i]) if d == dim % x.ndim else k for d, k in enumerate(i))]
    return y


def put_along(x: Array, index: Array, dim: int, shape: tuple[int, ...]) -> Array:
    y = np.zeros(shape)
    for i in np.ndindex(index.shape):
        y[tuple(int(index[i]) if d == dim % len(shape) else k for d, k in enumerate(i))] += x[i]
    return y


def index_select(x: Array, index: Array, dim: int) -> Array:
    y = np.empty([len(index) if d == dim % x.ndim else n for d, n in enumerate(x.shape)], x.dtype)
    for i in np.ndindex(y.shape):
        y[i] = x[tuple(int(index[k]) if d == dim % x.ndim else k for d, k in enumerate(i))]
    return y


def masked_fill(x: Array, mask: Array, value: Any) -> Array:
    x, mask = np.broadcast_arrays(x, mask)
    return np.array([float(value) if m else v for v, m in zip(x.flat, mask.flat, strict=True)]).reshape(
        x.shape
    )


def one_hot(x: Array, num_classes: int = -1) -> Array:
    n = max(map(int, x.flat)) + 1 if num_classes < 0 else num_classes
    return np.array([[int(v == c) for c in range(n)] for v in x.flat], int).reshape(*x.shape, n)


def nonzero(x: Array) -> Array:
    found = [i for i in np.ndindex(x.shape) if x[i]]
    return np.array(found, int).reshape(len(found), x.ndim)


def argsort(x: Array, dim: int = -1, descending: bool = False) -> Array:
    y = np.zeros(x.shape, int)
    if not x.ndim:
        return y
    for i in np.ndindex(*[1 if d == dim % x.ndim else n for d, n in enumerate(x.shape)]):
        line = tuple(slice(None) if d == dim % x.ndim else k for d, k in enumerate(i))
        y[line] = sorted(range(len(x[line])), key=lambda k: x[line][k], reverse=descending)
        if descending:  # sorted() in reverse keeps equal elements in their order too
            assert list(y[line]) == sorted(y[line], key=lambda k: (-x[line][k], k))
    return y


MASK = np.array([[True, False, True], [False, False, True]])
INDICES: list[tuple[str, tuple[int, ...], Any]] = [
    ("an integer", (3, 4), 1),
    ("a negative integer", (3, 4), -1),
    ("to 0-d", (3, 4), (1, -2)),
    ("a slice", (5,), slice(1, 4)),
    ("a step", (5, 2), slice(None, None, 2)),
    ("a negative step", (5, 2), slice(None, None, -2)),
    ("an empty slice", (5, 2), slice(3, 3)),
    ("an ellipsis", (2, 3, 4), (..., 1)),
    ("an ellipsis in the middle", (2, 3, 4), (0, ..., slice(1, 3))),
    ("a new dim", (2, 3), (None, slice(None), None, 1)),
    ("nothing", (2, 3), ()),
    ("a list", (4, 2), [2, 0]),
    ("a list, repeated", (4, 2), [1, 1, -3, 0]),
    ("an array of 2 dims, repeated", (4, 2), np.array([[1, 1], [3, 0]])),
    ("an empty list", (4, 2), []),
    ("two arrays that broadcast", (4, 3), (np.array([[0], [2]]), np.array([1, 1, 0]))),
    ("arrays apart", (2, 3, 4), (np.array([0, 1, 1]), slice(None), np.array([3, 3, 3]))),
    ("an array and an integer apart", (2, 3, 4), (np.array([0, 1, 1]), slice(None), 2)),
    ("an array after a slice", (2, 4), (slice(None), np.array([3, 3, 0]))),
    ("a mask", (2, 3), MASK),
    ("a mask of the first dim", (2, 3), np.array([True, False])),
    ("a mask after an integer", (2, 2, 3), (1, MASK)),
    ("a mask without a true element", (2, 3), np.zeros((2, 3), bool)),
    ("an array of an empty dim", (2, 0), np.array([1, 1, 0])),
]


def values(name: str, shape: tuple[int, ...], index: Any) -> Array:
    """Something to write at an index."""
    return f(*Places(shape, index).shape, seed=name)


CASES = [
    Case(
        ops.getitem,
        getitem,
        [
            *(S(f(*shape), index=index, name=name) for name, shape, index in INDICES),
            S(f(), index=(), name="0-d"),
            S(f(), index=(None, ...), name="0-d with a new dim"),
            S(ints(4), index=np.array([1, 1]), order=0, reason="integers have no gradient"),
        ],
        [
            bad(IndexingError, r"getitem: x float64\[3\]: index 3 is out of bounds", f(3), index=3),
            bad(
                IndexingError,
                r"getitem: x float64\[3\]: index -4 is out of bounds",
                f(3),
                index=np.array([-4]),
            ),
            bad(IndexingError, r"getitem: x float64\[3\]: too many indices", f(3), index=(0, 0)),
            bad(
                IndexingError, r"getitem: x float64\[3\]: boolean index", f(3), index=np.array([True, False])
            ),
            bad(IndexingError, r"getitem: x float64\[3\]: only integers", f(3), index=1.5),
        ],
    ),
    Case(
        ops.put,
        put,
        [
            *(
                S(values(name, shape, index), index=index, shape=shape, name=name)
                for name, shape, index in INDICES
            ),
            S(
                f(40, 30),
                index=np.arange(40) % 7,
                shape=(7, 30),
                name="many",
                order=1,
                reason="linear, and large",
            ),
            S(
                f(40, 30),
                index=np.arange(40) % 7,
                shape=(300, 30),
                name="few of many",
                order=1,
                reason="as many",
            ),
        ],
        [
            bad(
                IndexingError,
                r"put: x float64\[2\]: index 5 is out of bounds",
                f(2),
                index=np.array([0, 5]),
                shape=(3,),
            ),
            bad(IndexingError, r"put: x float64\[2\]: too many indices", f(2), index=(0, 0), shape=(3,)),
            bad(ShapeError, r"put: x float64\[3\]: could not broadcast", f(3), index=slice(2), shape=(4,)),
        ],
    ),
    Case(
        ops.setitem,
        setitem,
        [
            *(
                S(f(*shape), values(name, shape, index), index=index, name=name)
                for name, shape, index in INDICES
            ),
            S(f(3, 4), f(4), index=slice(1, 3), name="broadcast"),
            S(f(3, 4), f(), index=np.array([0, 0, 1]), name="broadcast and repeated"),
            S(f(3, 4), f(1, 1, 4), index=0, name="more dims of extent 1"),
            S(f(3, 4), 2.5, index=(0, slice(None)), name="a number"),
            S(f(), f(), index=(), name="0-d"),
        ],
        [
            bad(IndexingError, r"setitem: x float64\[3\], v float64\[\]: index 3 is out", f(3), f(), index=3),
            bad(IndexingError, r"setitem: .*only integers", f(3), f(), index=1.5),
            bad(
                ShapeError,
                r"setitem: x float64\[3\], v float64\[2\]: could not broadcast",
                f(3),
                f(2),
                index=...,
            ),
        ],
    ),
    Case(
        ops.overwritten,
        overwritten,
        [
            S(values(name, shape, index), index=index, shape=shape, name=name)
            for name, shape, index in [*INDICES, ("0-d", (), ())]
        ],
        [
            bad(IndexingError, r"overwritten: .*only integers", f(2), index=[1.5, 2.0], shape=(3,)),
            bad(DTypeError, r"overwritten: missing a required .*'shape'", f(2), index=0),
            bad(IndexingError, r"overwritten: .*out of bounds", f(2), index=np.array([0, 9]), shape=(3,)),
        ],
        order=0,
    ),
    Case(
        ops.gather,
        gather,
        [
            S(f(3, 4), ints(2, 4, low=0, high=3), dim=0),
            S(f(3, 4), ints(3, 2, low=0, high=4), dim=-1, name="negative dim"),
            S(f(4), np.array([1, 1, 1, 3, 0]), dim=0, name="repeated"),
            S(f(3, 2, 2), ints(1, 2, 5, low=0, high=2), dim=2),
            S(f(3), np.array([1, 2], np.int32), dim=0, name="int32"),
            S(f(3, 4), np.zeros((0, 4), int), dim=0, name="empty"),
        ],
        [
            bad(
                IndexingError, r"gather: index 3 at \(1,\) is outside of 0..2", f(3), np.array([0, 3]), dim=0
            ),
            bad(IndexingError, r"gather: index -1 at \(0,\)", f(3), np.array([-1]), dim=0),
            bad(IndexingError, r"gather: dim 1 is outside of 1 dimensions", f(3), np.array([0]), dim=1),
            bad(
                ShapeError,
                r"gather: index int64\[1\] and the tensor \[2, 3\] differ",
                f(2, 3),
                np.array([0]),
                dim=0,
            ),
            bad(ShapeError, r"gather: index int64\[1, 4\] is larger", f(2, 3), np.zeros((1, 4), int), dim=0),
            bad(DTypeError, r"gather: index is float64", f(3), f(3), dim=0),
        ],
        no_scalar="its reference has no dim to pick along; test_index_torch.py has it",
    ),
    Case(
        ops.put_along,
        put_along,
        [
            S(f(2, 4), ints(2, 4, low=0, high=3), dim=0, shape=(3, 4)),
            S(f(3, 2), ints(3, 2, low=0, high=4), dim=-1, shape=(3, 4), name="negative dim"),
            S(f(5), np.array([1, 1, 1, 3, 0]), dim=0, shape=(4,), name="repeated"),
            S(f(0, 4), np.zeros((0, 4), int), dim=0, shape=(3, 4), name="empty"),
        ],
        [
            bad(
                ShapeError,
                r"put_along: x float64\[2\] and index int64\[1\]",
                f(2),
                np.array([0]),
                dim=0,
                shape=(3,),
            ),
            bad(DTypeError, r"put_along: index is float64, where integers", f(2), f(2), dim=0, shape=(3,)),
            bad(IndexingError, r"put_along: index 3 at \(0,\)", f(1), np.array([3]), dim=0, shape=(3,)),
        ],
        no_scalar="its reference has no dim to pick along; test_index_torch.py has it",
    ),
    Case(
        ops.index_select,
        index_select,
        [
            S(f(3, 4), np.array([2, 0]), dim=0),
            S(f(3, 4), np.array([3, 3, 1]), dim=-1, name="repeated, negative dim"),
            S(f(2, 3, 2), np.array([1, 1], np.uint8), dim=1, name="uint8"),
            S(f(3, 4), np.zeros(0, int), dim=1, name="empty"),
        ],
        [
            bad(
                IndexingError,
                r"index_select: index 4 at \(1,\) is outside of 0..3, dim 1",
                f(3, 4),
                np.array([0, 4]),
                dim=1,
            ),
            bad(IndexingError, r"index_select: dim 2 is outside", f(3, 4), np.array([0]), dim=2),
            bad(ShapeError, r"index_select: .*index is 1-d", f(3, 4), np.array([[0]]), dim=0),
            bad(ShapeError, r"index_select: x float64\[\]", f(), np.array([0]), dim=0),
            bad(DTypeError, r"index_select: index is bool", f(3), np.array([True, False, True]), dim=0),
        ],
        no_scalar="a number has no slices",
    ),
    Case(
        ops.masked_fill,
        masked_fill,
        [
            S(f(2, 3), MASK, 1.5),
            S(f(2, 3), MASK, f(), name="a tensor"),
            S(f(3), MASK, f(), name="x broadcasts"),
            S(f(2, 3), np.array([[True], [False]]), f(), name="the mask broadcasts"),
            S(
                f(2, 3),
                MASK,
                float("-inf"),
                name="-inf",
                order=0,
                reason="no differences of infinite numbers",
            ),
            S(f(), np.array(True), f(seed="v"), name="0-d"),
            S(f(0, 3), np.zeros(3, bool), 1.0, name="empty"),
        ],
        [
            bad(DTypeError, r"masked_fill: mask is int64, where bool", f(3), np.array([0, 1, 0]), 0.0),
            bad(
                ShapeError, r"masked_fill: value has shape \(3,\)", f(3), np.array([True, False, True]), f(3)
            ),
            bad(
                ShapeError, r"masked_fill: x float64\[3\], mask bool\[2\]", f(3), np.array([True, False]), 0.0
            ),
        ],
    ),
    Case(
        ops.one_hot,
        one_hot,
        [
            S(np.array([0, 2, 1])),
            S(ints(2, 3, low=0, high=4), num_classes=5),
            S(np.array(1), num_classes=2, name="0-d"),
            S(np.zeros((0, 2), int), num_classes=3, name="empty"),
            S(np.array([2], np.uint8), num_classes=3, name="uint8"),
        ],
        [
            bad(
                IndexingError,
                r"one_hot: index 3 at \(1,\) is outside of 0..2",
                np.array([0, 3]),
                num_classes=3,
            ),
            bad(IndexingError, r"one_hot: index -1 at \(0,\)", np.array([-1])),
            bad(DTypeError, r"one_hot: x is float64", f(2)),
            bad(ArgumentError, r"one_hot: an empty x", np.zeros(0, int)),
        ],
        order=0,
    ),
    Case(
        ops.nonzero,
        nonzero,
        [S(ints(3, 4, low=0, high=2)), S(MASK), S(np.array(3.0), name="0-d"), S(f(0, 2), name="empty")],
        [
            bad(DTypeError, r"nonzero: missing a required argument: 'x'"),
            bad(DTypeError, r"nonzero: x str: x has to be a tensor", "a"),
            bad(DTypeError, r"nonzero: .*too many positional", f(2), 1),
        ],
        order=0,
    ),
    Case(
        ops.argsort,
        argsort,
        [
            S(distinct(3, 4)),
            S(ints(4, 6, low=0, high=3), dim=0, name="equal elements"),
            S(ints(4, 6, low=0, high=3), dim=1, descending=True, name="equal elements, descending"),
            S(f(), name="0-d"),
            S(f(0, 3), name="empty"),
        ],
        [
            bad(IndexingError, r"argsort: dim -2 is outside of 1", f(2), dim=-2),
            bad(DTypeError, r"argsort: too many positional", f(2), 0, True, 1),
            bad(IndexingError, r"argsort: dim 2 is outside of 2 dimensions", f(2, 3), dim=2),
        ],
        order=0,
    ),
]
