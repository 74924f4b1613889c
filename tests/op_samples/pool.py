"""Samples of minigrad/ops/pool.py: each window is looked through element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

from .case import Case, S, bad, distinct, f, ints

Array = Any
Shape = tuple[int, ...]


def pair(value: Any) -> Any:
    return (value, value) if isinstance(value, int) else value


def starts(n: int, k: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> list[int]:
    """Where the windows of one dim begin: to the last that fits, or, in ceil_mode, that covers what is left."""
    found, start, last = [], -padding, n + padding - 1
    while start + dilation * (k - 1) <= last:
        found.append(start)
        start += stride
    short = not found or found[-1] + dilation * (k - 1) < last  # something is left behind the last window
    return [*found, start] if ceil_mode and short and start < n else found


def windows(size: Shape, params: dict[str, Any]) -> tuple[list[int], list[int]]:
    """Where windows begin, in height and in width."""
    kernel = pair(params["kernel_size"])
    stride = params.get("stride")
    names = (("padding", 0), ("dilation", 1))
    padding, dilation = (pair(params.get(name, default)) for name, default in names)
    ceil_mode = params.get("ceil_mode", False)
    rows = zip(size, kernel, kernel if stride is None else pair(stride), padding, dilation, strict=True)
    down, across = (starts(*dim, ceil_mode) for dim in rows)
    return down, across


def max_pool2d(x: Array, **params: Any) -> tuple[Array, Array]:
    h, w = x.shape[-2:]
    (kh, kw), (dh, dw) = pair(params["kernel_size"]), pair(params.get("dilation", 1))
    down, across = windows((h, w), params)
    y = np.zeros((*x.shape[:-2], len(down), len(across)), x.dtype)
    indices = np.zeros(y.shape, np.int64)
    for *plane, oh, ow in np.ndindex(y.shape):
        best: Any = None
        for i, j in np.ndindex(kh, kw):
            row, col = down[oh] + i * dh, across[ow] + j * dw
            if 0 <= row < h and 0 <= col < w:
                v = x[(*plane, row, col)]
                if best is None or v > best or np.isnan(v):
                    best = y[(*plane, oh, ow)] = v
                    indices[(*plane, oh, ow)] = row * w + col
    return y, indices


def pool_put(x: Array, indices: Array, size: Any) -> Array:
    h, w = pair(size)
    y = np.zeros((*x.shape[:-2], h, w))
    for at in np.ndindex(x.shape):
        row, col = divmod(int(indices[at]), w)
        y[(*at[:-2], row, col)] += x[at]
    return y


def pool_take(x: Array, indices: Array) -> Array:
    y = np.zeros(indices.shape, x.dtype)
    for at in np.ndindex(y.shape):
        y[at] = x[(*at[:-2], *divmod(int(indices[at]), x.shape[-1]))]
    return y


def shares(size: Shape, params: dict[str, Any]) -> Any:
    """For each window (oh, ow) its elements, and what their sum is divided by."""
    (h, w), (kh, kw), (ph, pw) = size, pair(params["kernel_size"]), pair(params.get("padding", 0))
    down, across = windows(size, params)
    for oh, top in enumerate(down):
        for ow, left in enumerate(across):
            all_taps = [(top + i, left + j) for i in range(kh) for j in range(kw)]
            inside = [(r, c) for r, c in all_taps if 0 <= r < h and 0 <= c < w]
            padded = [(r, c) for r, c in all_taps if r < h + ph and c < w + pw]
            count = len(padded) if params.get("count_include_pad", True) else len(inside)
            yield (oh, ow), inside, params.get("divisor_override") or count


def avg_pool2d(x: Array, **params: Any) -> Array:
    down, across = windows(x.shape[-2:], params)
    y = np.zeros((*x.shape[:-2], len(down), len(across)))
    for (oh, ow), elements, divisor in shares(x.shape[-2:], params):
        for plane in np.ndindex(x.shape[:-2]):
            y[(*plane, oh, ow)] = sum(x[(*plane, *at)] for at in elements) / divisor
    return y


def avg_pool2d_input(grad_output: Array, input_size: Shape, **params: Any) -> Array:
    x = np.zeros(input_size)
    for (oh, ow), elements, divisor in shares(input_size[-2:], params):
        for plane in np.ndindex(*input_size[:-2]):
            for at in elements:
                x[(*plane, *at)] += grad_output[(*plane, oh, ow)] / divisor
    return x


MAX: list[tuple[str, Shape, dict[str, Any]]] = [
    ("plain", (2, 2, 4, 2), {"kernel_size": 2}),
    ("what is left is dropped", (1, 1, 5, 3), {"kernel_size": (2, 2)}),
    ("what is left counts", (1, 1, 5, 3), {"kernel_size": (2, 2), "ceil_mode": True}),
    ("overlapping, padded", (1, 1, 4, 3), {"kernel_size": 3, "stride": 1, "padding": 1}),
    ("height and width apart", (1, 2, 4, 5), {"kernel_size": (1, 3), "stride": (2, 1), "padding": (0, 1)}),
    ("dilated", (1, 1, 5, 4), {"kernel_size": 2, "stride": 1, "dilation": (3, 2), "padding": 1}),
    ("stride beyond the kernel", (1, 1, 5, 4), {"kernel_size": 1, "stride": (3, 2)}),
    ("ceil_mode, padded", (1, 1, 4, 5), {"kernel_size": 2, "stride": 3, "padding": 1, "ceil_mode": True}),
    ("ceil_mode, no whole window", (1, 1, 4, 4), {"kernel_size": 5, "stride": 2, "ceil_mode": True}),
    ("one image", (2, 4, 2), {"kernel_size": 2}),
    ("no image", (0, 2, 4, 4), {"kernel_size": 2}),
]
MEAN: list[tuple[str, Shape, dict[str, Any]]] = [
    *((name, shape, params) for name, shape, params in MAX if "dilation" not in params),
    (
        "padding left out",
        (1, 1, 3, 4),
        {"kernel_size": 2, "stride": 1, "padding": 1, "count_include_pad": False},
    ),
    ("a divisor of one's own", (1, 1, 4, 2), {"kernel_size": 2, "divisor_override": 3}),
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
    return (*shape[:-2], *map(len, windows(shape[-2:], params)))


PLACES = np.array([[[[5, 0], [3, 5]], [[1, 2], [1, 1]]]])  # (1, 2, 2, 2), some twice

CASES = [
    Case(
        ops.max_pool2d,
        max_pool2d,
        [S(distinct(*shape), name=name, **params) for name, shape, params in MAX]
        + [
            S(ints(1, 2, 4, 4), kernel_size=2, name="integers", order=0, reason="integers"),
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
                kernel_size=2,
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
                kernel_size=2,
            ),
            bad(
                ShapeError,
                r"the window spans 5 x 5, the padded input has 4 x 4",
                f(1, 1, 4, 4),
                kernel_size=5,
            ),
            bad(
                ShapeError,
                r"a window lies in the padding alone",
                f(1, 1, 1, 1),
                kernel_size=2,
                padding=1,
                dilation=2,
            ),
            bad(ShapeError, r"a window lies in the padding alone", f(1, 1, 0, 2), kernel_size=2, padding=1),
            bad(
                ArgumentError,
                r"padding 2 is more than half the kernel_size \(3, 3\)",
                f(1, 1, 4, 4),
                kernel_size=3,
                padding=2,
            ),
            bad(
                ArgumentError,
                r"max_pool2d: stride is 0, where at least 1",
                f(1, 1, 4, 4),
                kernel_size=2,
                stride=0,
            ),
            bad(ArgumentError, r"max_pool2d: padding is -1", f(1, 1, 4, 4), kernel_size=2, padding=-1),
            bad(
                DTypeError,
                r"max_pool2d: kernel_size is 2.0, where an integer",
                f(1, 1, 4, 4),
                kernel_size=2.0,
            ),
            bad(DTypeError, r"max_pool2d: x is bool", np.ones((1, 1, 2, 2), bool), kernel_size=2),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.pool_put,
        pool_put,
        [
            S(f(1, 2, 2, 2), PLACES, size=(2, 3)),
            S(f(1, 2, 2, 2), PLACES, size=3, name="both extents at once"),
            S(f(2, 2, 2), PLACES[0], size=(2, 3), name="one image"),
            S(f(0, 2, 2, 2), PLACES[:0], size=(2, 3), name="no image"),
        ],
        [
            bad(
                IndexingError, r"indices go from 0 to 5, a plane of 2 x 2 to 3", f(1, 2, 2, 2), PLACES, size=2
            ),
            bad(IndexingError, r"indices go from -1 to 4", f(1, 2, 2, 2), PLACES - 1, size=3),
            bad(
                ShapeError,
                r"x float64\[1, 2, 2, 1\] and indices int64\[1, 2, 2, 2\]",
                f(1, 2, 2, 1),
                PLACES,
                size=3,
            ),
            bad(DTypeError, r"indices is float64, where integers", f(1, 2, 2, 2), f(1, 2, 2, 2), size=3),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.pool_take,
        pool_take,
        [
            S(f(1, 2, 2, 3), PLACES),
            S(f(2, 3, 3), PLACES[0], name="one image"),
            S(f(0, 2, 2, 3), PLACES[:0], name="no image"),
        ],
        [
            bad(IndexingError, r"indices go from 0 to 5, a plane of 2 x 2 to 3", f(1, 2, 2, 2), PLACES),
            bad(
                ShapeError, r"x float64\[1, 1, 2, 3\] and indices int64\[1, 2, 2, 2\]", f(1, 1, 2, 3), PLACES
            ),
            bad(
                ShapeError, r"x float64\[2, 2, 3\] and indices int64\[1, 2, 2, 2\] differ", f(2, 2, 3), PLACES
            ),
            bad(DTypeError, r"indices is float64, where integers", f(1, 2, 2, 2), f(1, 2, 2, 2)),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.avg_pool2d,
        avg_pool2d,
        [S(f(*shape), name=name, **params) for name, shape, params in MEAN],
        [
            bad(ShapeError, r"avg_pool2d: x is \(4, 4\)", f(4, 4), kernel_size=2),
            bad(
                ShapeError,
                r"the window spans 5 x 2, the padded input has 4 x 4",
                f(1, 1, 4, 4),
                kernel_size=(5, 2),
            ),
            bad(ShapeError, r"a window lies in the padding alone", f(1, 1, 2, 0), kernel_size=2, padding=1),
            bad(
                ArgumentError,
                r"padding \(0, 1\) is more than half the kernel_size \(2, 1\)",
                f(1, 1, 4, 4),
                kernel_size=(2, 1),
                padding=(0, 1),
            ),
            bad(ArgumentError, r"divisor_override is 0", f(1, 1, 4, 4), kernel_size=2, divisor_override=0),
            bad(DTypeError, r"a mean of int64 is not int64", ints(1, 1, 4, 4), kernel_size=2),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.avg_pool2d_input,
        avg_pool2d_input,
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
                kernel_size=2,
            ),
            bad(ShapeError, r"grad_output is \(2, 2\)", f(2, 2), input_size=(4, 4), kernel_size=2),
            bad(
                ArgumentError,
                r"divisor_override is 0",
                f(1, 1, 2, 2),
                input_size=(1, 1, 4, 4),
                kernel_size=2,
                divisor_override=0,
            ),
            bad(DTypeError, r"a mean of int64", ints(1, 1, 2, 2), input_size=(1, 1, 4, 4), kernel_size=2),
        ],
        no_scalar="a number is no image",
    ),
]
