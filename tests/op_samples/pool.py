"""Samples of minigrad/ops/pool.py: each window is looked through element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError
from minigrad.window import Window

from .case import Case, Misuse, S, Sample, bad, distinct, f, ints

Array = Any
Shape = tuple[int, ...]


def spread(value: Any, dims: int) -> Any:
    return (value,) * dims if isinstance(value, int) else value


def starts(n: int, k: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> list[int]:
    """Where the windows of one dim begin: to the last that fits, or, in ceil_mode, that covers what is left."""
    found, start, last = [], -padding, n + padding - 1
    while start + dilation * (k - 1) <= last:
        found.append(start)
        start += stride
    short = not found or found[-1] + dilation * (k - 1) < last  # something is left behind the last window
    return [*found, start] if ceil_mode and short and start < n else found


def windows(size: Shape, params: dict[str, Any]) -> list[list[int]]:
    """Where windows begin, in each dim."""
    kernel, dims = params["kernel_size"], len(params["kernel_size"])
    stride = params.get("stride")
    names = (("padding", 0), ("dilation", 1))
    padding, dilation = (spread(params.get(name, default), dims) for name, default in names)
    rows = zip(
        size, kernel, kernel if stride is None else spread(stride, dims), padding, dilation, strict=True
    )
    return [starts(*dim, params.get("ceil_mode", False)) for dim in rows]


def flat(at: Any, size: Shape) -> int:
    """A place in a plane as one number."""
    number = 0
    for i, n in zip(at, size, strict=True):
        number = number * n + i
    return number


def largest(x: Array, dims: int, out: Shape, elements: Any) -> tuple[Array, Array]:
    """The largest of the elements of each window, and its number; `elements(plane, window)` are their places."""
    size = x.shape[-dims:]
    y = np.zeros((*x.shape[:-dims], *out), x.dtype)
    indices = np.zeros(y.shape, np.int64)
    for to in np.ndindex(y.shape):
        plane, window = to[:-dims], to[-dims:]
        best: Any = None
        for at in elements(plane, window):
            v = x[(*plane, *at)]
            if best is None or v > best or np.isnan(v):
                best = y[to] = v
                indices[to] = flat(at, size)
    return y, indices


def max_pool(x: Array, **params: Any) -> tuple[Array, Array]:
    kernel, dims = params["kernel_size"], len(params["kernel_size"])
    size, dilation = x.shape[-dims:], spread(params.get("dilation", 1), dims)
    begin = windows(size, params)

    def elements(plane: Shape, window: Shape) -> Any:
        for tap in np.ndindex(*kernel):
            at = [b[o] + i * d for b, o, i, d in zip(begin, window, tap, dilation, strict=True)]
            if all(0 <= p < n for p, n in zip(at, size, strict=True)):
                yield at

    return largest(x, dims, tuple(map(len, begin)), elements)


def pool_put(x: Array, indices: Array, size: Any, window: Any = None) -> Array:
    y = np.zeros((*x.shape[: -len(size)], int(np.prod(size))))
    for at in np.ndindex(x.shape):
        y[(*at[: -len(size)], indices[at])] += x[at]
    return y.reshape(*x.shape[: -len(size)], *size)


def max_unpool(x: Array, indices: Array, size: Any) -> Array:
    y = np.zeros((*x.shape[: -len(size)], int(np.prod(size))))
    for at in np.ndindex(x.shape):
        y[(*at[: -len(size)], indices[at])] = x[at]
    return y.reshape(*x.shape[: -len(size)], *size)


def pool_take(x: Array, indices: Array, dims: int) -> Array:
    y, rows = np.zeros(indices.shape, x.dtype), x.reshape(*x.shape[:-dims], int(np.prod(x.shape[-dims:])))
    for at in np.ndindex(y.shape):
        y[at] = rows[(*at[:-dims], indices[at])]
    return y


def shares(size: Shape, params: dict[str, Any]) -> Any:
    """For each window its elements, and what their sum is divided by."""
    kernel, padding = params["kernel_size"], spread(params.get("padding", 0), len(size))
    begin = windows(size, params)
    for window in np.ndindex(*map(len, begin)):
        first = [b[o] for b, o in zip(begin, window, strict=True)]
        taps = [tuple(b + i for b, i in zip(first, tap, strict=True)) for tap in np.ndindex(*kernel)]
        inside = [at for at in taps if all(0 <= p < n for p, n in zip(at, size, strict=True))]
        padded = [at for at in taps if all(p < n + q for p, n, q in zip(at, size, padding, strict=True))]
        count = len(padded) if params.get("count_include_pad", True) else len(inside)
        yield window, inside, params.get("divisor_override") or count


def avg_pool(x: Array, **params: Any) -> Array:
    dims = len(params["kernel_size"])
    y = np.zeros((*x.shape[:-dims], *map(len, windows(x.shape[-dims:], params))))
    for window, elements, divisor in shares(x.shape[-dims:], params):
        for plane in np.ndindex(x.shape[:-dims]):
            y[(*plane, *window)] = sum(x[(*plane, *at)] for at in elements) / divisor
    return y


def avg_pool_input(grad_output: Array, input_size: Shape, **params: Any) -> Array:
    x, dims = np.zeros(input_size), len(params["kernel_size"])
    for window, elements, divisor in shares(input_size[-dims:], params):
        for plane in np.ndindex(*input_size[:-dims]):
            for at in elements:
                x[(*plane, *at)] += grad_output[(*plane, *window)] / divisor
    return x


MAX: list[tuple[str, Shape, dict[str, Any]]] = [
    ("plain", (2, 2, 4, 2), {"kernel_size": (2, 2)}),
    ("what is left is dropped", (1, 1, 5, 3), {"kernel_size": (2, 2)}),
    ("what is left counts", (1, 1, 5, 3), {"kernel_size": (2, 2), "ceil_mode": True}),
    ("overlapping, padded", (1, 1, 4, 3), {"kernel_size": (3, 3), "stride": 1, "padding": 1}),
    ("height and width apart", (1, 2, 4, 5), {"kernel_size": (1, 3), "stride": (2, 1), "padding": (0, 1)}),
    ("dilated", (1, 1, 5, 4), {"kernel_size": (2, 2), "stride": 1, "dilation": (3, 2), "padding": 1}),
    ("stride beyond the kernel", (1, 1, 5, 4), {"kernel_size": (1, 1), "stride": (3, 2)}),
    (
        "ceil_mode, padded",
        (1, 1, 4, 5),
        {"kernel_size": (2, 2), "stride": 3, "padding": 1, "ceil_mode": True},
    ),
    ("ceil_mode, no whole window", (1, 1, 4, 4), {"kernel_size": (5, 5), "stride": 2, "ceil_mode": True}),
    ("one image", (2, 4, 2), {"kernel_size": (2, 2)}),
    ("no image", (0, 2, 4, 4), {"kernel_size": (2, 2)}),
    ("1 dim", (2, 1, 7), {"kernel_size": (3,), "stride": 2, "padding": 1}),
    ("1 dim, dilated", (1, 2, 7), {"kernel_size": (2,), "stride": 1, "dilation": 3}),
    ("1 dim, one signal, ceil_mode", (2, 5), {"kernel_size": (2,), "ceil_mode": True}),
    ("3 dims", (1, 2, 2, 4, 2), {"kernel_size": (2, 2, 1)}),
    (
        "3 dims, all at once",
        (1, 1, 4, 3, 5),
        {"kernel_size": (2, 3, 2), "stride": (1, 1, 2), "padding": (1, 1, 0), "ceil_mode": True},
    ),
    (
        "3 dims, one volume, dilated",
        (1, 4, 3, 3),
        {"kernel_size": (2, 1, 2), "stride": 1, "dilation": (3, 1, 2)},
    ),
]
MEAN: list[tuple[str, Shape, dict[str, Any]]] = [
    *((name, shape, params) for name, shape, params in MAX if "dilation" not in params),
    (
        "padding left out",
        (1, 1, 3, 4),
        {"kernel_size": (2, 2), "stride": 1, "padding": 1, "count_include_pad": False},
    ),
    ("a divisor of one's own", (1, 1, 4, 2), {"kernel_size": (2, 2), "divisor_override": 3}),
    (
        "all at once",
        (1, 1, 4, 5),
        {
            "kernel_size": (2, 3),
            "stride": (3, 2),
            "padding": 1,
            "ceil_mode": True,
            "count_include_pad": False,
        },
    ),
]


def output_of(shape: Shape, params: dict[str, Any]) -> Shape:
    dims = len(params["kernel_size"])
    return (*shape[:-dims], *map(len, windows(shape[-dims:], params)))


PLACES = np.array([[[[5, 0], [3, 5]], [[1, 2], [1, 1]]]])  # (1, 2, 2, 2), some twice


def puts() -> list[Sample]:
    return [
        S(f(1, 2, 2, 2), PLACES, size=(2, 3)),
        S(f(2, 2, 2), PLACES[0], size=(2, 3), name="one image"),
        S(f(0, 2, 2, 2), PLACES[:0], size=(2, 3), name="no image"),
        S(f(1, 2, 2), PLACES[0][None, 0], size=(6,), name="1 dim"),
        S(f(1, 2, 2, 2), PLACES, size=(3, 1, 2), name="3 dims, one volume"),
    ]


def misplaced(name: str) -> list[Misuse]:
    x, odd = f(1, 2, 2, 2), f(1, 2, 2, 1)
    return [
        bad(
            IndexingError,
            rf"{name}\w*: indices go from 0 to 5, a plane of 2 x 2 to 3",
            x,
            PLACES,
            size=(2, 2),
        ),
        bad(IndexingError, rf"{name}\w*: indices go from -1 to 4", x, PLACES - 1, size=(3, 3)),
        bad(ShapeError, r"x float64\[1, 2, 2, 1\] and indices int64\[1, 2, 2, 2\]", odd, PLACES, size=(3, 3)),
        bad(ShapeError, rf"{name}\w*: x is \(1, 2, 2, 2\); \(N, C, L\)", x, PLACES, size=(9,)),
        bad(DTypeError, r"indices is float64, where integers", x, f(1, 2, 2, 2), size=(3, 3)),
    ]


CASES = [
    Case(
        ops.max_pool,
        max_pool,
        [S(distinct(*shape), name=name, **params) for name, shape, params in MAX]
        + [
            S(ints(1, 2, 4, 4), kernel_size=(2, 2), name="integers", order=0, reason="integers"),
            S(np.array([[[1.0, 1.0, 0.0, 0.0]]]), kernel_size=(1, 2), name="ties", order=0, reason="a kink"),
            S(
                np.array([[[1.0, np.nan, 2.0]]]),
                kernel_size=(1, 2),
                stride=1,
                name="NaN",
                order=0,
                reason="NaN",
            ),
            S(
                np.full((1, 2, 2), -np.inf),
                kernel_size=(2, 2),
                padding=1,
                name="no finite",
                order=0,
                reason="infinite",
            ),
        ],
        [
            bad(
                ShapeError,
                r"max_pool2d: x is \(4, 4\); \(N, C, H, W\) or \(C, H, W\)",
                f(4, 4),
                kernel_size=(2, 2),
            ),
            bad(
                ShapeError,
                r"the window spans 5 x 5, the padded input has 4 x 4",
                f(1, 1, 4, 4),
                kernel_size=(5, 5),
            ),
            bad(
                ShapeError,
                r"a window lies in the padding alone",
                f(1, 1, 1, 1),
                kernel_size=(2, 2),
                padding=1,
                dilation=2,
            ),
            bad(
                ShapeError,
                r"a window lies in the padding alone",
                f(1, 1, 0, 2),
                kernel_size=(2, 2),
                padding=1,
            ),
            bad(
                ArgumentError,
                r"padding 2 is more than half the kernel_size \(3, 3\)",
                f(1, 1, 4, 4),
                kernel_size=(3, 3),
                padding=2,
            ),
            bad(
                ArgumentError,
                r"max_pool2d: stride is 0, where at least 1",
                f(1, 1, 4, 4),
                kernel_size=(2, 2),
                stride=0,
            ),
            bad(ArgumentError, r"max_pool2d: padding is -1", f(1, 1, 4, 4), kernel_size=(2, 2), padding=-1),
            bad(
                DTypeError,
                r"max_pool2d: kernel_size is \(2, 2.0\), where an integer",
                f(1, 1, 4, 4),
                kernel_size=(2, 2.0),
            ),
            bad(
                ArgumentError,
                r"max_pool: kernel_size is 2, where an integer for each",
                f(1, 4, 4),
                kernel_size=2,
            ),
            bad(DTypeError, r"max_pool2d: x is bool", np.ones((1, 1, 2, 2), bool), kernel_size=(2, 2)),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.pool_put,
        pool_put,
        [
            *puts(),
            S(
                f(1, 2, 2, 2),
                np.array([[[[4, 4], [4, 5]], [[0, 2], [7, 8]]]]),  # of windows of 2 x 2 over 3 x 3
                size=(3, 3),
                window=Window("max_pool", (2, 2)),
                name="found by windows",
            ),
        ],
        [
            *misplaced("pool_put"),
            bad(
                ArgumentError,
                r"pool_put: size is 3, where an integer for each",
                f(1, 2, 2, 2),
                PLACES,
                size=3,
            ),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.max_unpool,
        max_unpool,
        puts(),
        [
            *misplaced("max_unpool"),
            bad(ArgumentError, r"max_unpool: size is \(\), where", f(1, 2, 2, 2), PLACES, size=()),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.pool_take,
        pool_take,
        [
            S(f(1, 2, 2, 3), PLACES, dims=2),
            S(f(2, 3, 3), PLACES[0], dims=2, name="one image"),
            S(f(0, 2, 2, 3), PLACES[:0], dims=2, name="no image"),
            S(f(1, 2, 6), PLACES[0][None, 0], dims=1, name="1 dim"),
            S(f(1, 3, 1, 2), PLACES, dims=3, name="3 dims, one volume"),
        ],
        [
            bad(IndexingError, r"from 0 to 5, a plane of 2 x 2 to 3", f(1, 2, 2, 2), PLACES, dims=2),
            bad(
                ShapeError,
                r"x float64\[1, 1, 2, 3\] and indices int64\[1, 2, 2, 2\]",
                f(1, 1, 2, 3),
                PLACES,
                dims=2,
            ),
            bad(
                ShapeError,
                r"x float64\[2, 2, 3\] and indices int64\[1, 2, 2, 2\] differ",
                f(2, 2, 3),
                PLACES,
                dims=2,
            ),
            bad(DTypeError, r"indices is float64, where integers", f(1, 2, 2, 2), f(1, 2, 2, 2), dims=2),
            bad(ArgumentError, r"pool_take: dims is 4, where 1, 2 or 3", f(1, 2, 2, 2), PLACES, dims=4),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.avg_pool,
        avg_pool,
        [S(f(*shape), name=name, **params) for name, shape, params in MEAN],
        [
            bad(ShapeError, r"avg_pool2d: x is \(4, 4\)", f(4, 4), kernel_size=(2, 2)),
            bad(
                ShapeError,
                r"the window spans 5 x 2, the padded input has 4 x 4",
                f(1, 1, 4, 4),
                kernel_size=(5, 2),
            ),
            bad(
                ShapeError,
                r"a window lies in the padding alone",
                f(1, 1, 2, 0),
                kernel_size=(2, 2),
                padding=1,
            ),
            bad(
                ArgumentError,
                r"padding \(0, 1\) is more than half the kernel_size \(2, 1\)",
                f(1, 1, 4, 4),
                kernel_size=(2, 1),
                padding=(0, 1),
            ),
            bad(
                ArgumentError, r"divisor_override is 0", f(1, 1, 4, 4), kernel_size=(2, 2), divisor_override=0
            ),
            bad(DTypeError, r"a mean of int64 is not int64", ints(1, 1, 4, 4), kernel_size=(2, 2)),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.avg_pool_input,
        avg_pool_input,
        [
            S(f(*output_of(shape, params)), input_size=shape, name=name, **params)
            for name, shape, params in MEAN
        ],
        [
            bad(
                ShapeError,
                r"grad_output is \(1, 1, 2, 2\); \(1, 1, 2, 3\)",
                f(1, 1, 2, 2),
                input_size=(1, 1, 4, 6),
                kernel_size=(2, 2),
            ),
            bad(ShapeError, r"grad_output is \(2, 2\)", f(2, 2), input_size=(4, 4), kernel_size=(2, 2)),
            bad(
                ArgumentError,
                r"divisor_override is 0",
                f(1, 1, 2, 2),
                input_size=(1, 1, 4, 4),
                kernel_size=(2, 2),
                divisor_override=0,
            ),
            bad(
                DTypeError, r"a mean of int64", ints(1, 1, 2, 2), input_size=(1, 1, 4, 4), kernel_size=(2, 2)
            ),
        ],
        no_scalar="a number is no image",
    ),
]
