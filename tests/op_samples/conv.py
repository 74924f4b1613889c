"""Samples of minigrad/ops/conv.py: nested loops over every product that there is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, ShapeError

from .case import Case, S, bad, f, ints

Array = Any
Shape = tuple[int, ...]


def spread(value: Any, dims: int) -> Any:
    return (value,) * dims if isinstance(value, int) else value


def places(
    n: int, k: int, stride: int, padding: tuple[int, int], dilation: int
) -> list[list[tuple[int, int]]]:
    """One dim: for each window, tried one after another, (tap, element) where the tap is not in the padding."""
    before, after = padding
    windows, start = [], -before
    while start + dilation * (k - 1) <= n - 1 + after:
        taps = [(i, start + i * dilation) for i in range(k)]
        windows.append([(i, at) for i, at in taps if 0 <= at < n])
        start += stride
    return windows


def every(size: Shape, kernel: Shape, stride: Any, padding: Any, dilation: Any) -> list[Any]:
    """`places` for each dim."""
    dims = len(size)
    stride, dilation = spread(stride, dims), spread(dilation, dims)
    if padding == "same":
        total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        sides = [(t // 2, t - t // 2) for t in total]
    else:
        sides = [(p, p) for p in spread(0 if padding == "valid" else padding, dims)]
    return [places(*dim) for dim in zip(size, kernel, stride, sides, dilation, strict=True)]


def seen(rows: list[Any]) -> Iterator[tuple[Shape, Shape, Shape]]:
    """For each element that a window sees the window, the tap and the element, in all dims."""
    for window in np.ndindex(*map(len, rows)):
        for pairs in product(*(row[o] for row, o in zip(rows, window, strict=True))):
            yield window, tuple(i for i, _ in pairs), tuple(at for _, at in pairs)


def products(
    x: Shape, weight: Shape, params: dict[str, Any]
) -> tuple[Shape, Iterator[tuple[Shape, Shape, Shape]]]:
    """The extents of the output, and for each product of a convolution the indices of y, x and weight."""
    (n, _, *size), (k, c, *kernel) = x, weight
    groups = params.get("groups", 1)
    rest = params.get("stride", 1), params.get("padding", 0), params.get("dilation", 1)
    rows = every(size, kernel, *rest)

    def walk() -> Iterator[tuple[Shape, Shape, Shape]]:
        for b, m, ci in np.ndindex(n, k, c):
            channel = m // (k // groups) * c + ci
            for window, tap, at in seen(rows):
                yield (b, m, *window), (b, channel, *at), (m, ci, *tap)

    return (n, k, *map(len, rows)), walk()


def batched(x: Array, ndim: int = 4) -> Array:
    return x if x.ndim == ndim else x[None]


def conv(x: Array, weight: Array, bias: Array | None = None, **params: Any) -> Array:
    xs = batched(x, weight.ndim)
    shape, walk = products(xs.shape, weight.shape, params)
    y = np.zeros(shape, x.dtype)
    for at, of, by in walk:
        y[at] += xs[of] * weight[by]
    if bias is not None:
        for k in range(len(bias)):
            y[:, k] += bias[k]
    return y if x.ndim == weight.ndim else y[0]


def conv_input(grad_output: Array, weight: Array, input_size: Shape, **params: Any) -> Array:
    g = batched(grad_output, weight.ndim)
    x = np.zeros(input_size if grad_output.ndim == weight.ndim else (1, *input_size))
    for at, of, by in products(x.shape, weight.shape, params)[1]:
        x[of] += g[at] * weight[by]
    return x if grad_output.ndim == weight.ndim else x[0]


def conv_weight(grad_output: Array, x: Array, weight_size: Shape, **params: Any) -> Array:
    g, xs, weight = (batched(v, len(weight_size)) for v in (grad_output, x, np.zeros(weight_size)))
    for at, of, by in products(xs.shape, weight_size, params)[1]:
        weight[by] += g[at] * xs[of]
    return weight


def conv_transpose(
    x: Array, weight: Array, bias: Array | None = None, output_padding: Any = 0, **params: Any
) -> Array:
    xs, groups, dims = batched(x, weight.ndim), params.get("groups", 1), weight.ndim - 2
    (n, c, *size), (_, k, *kernel) = xs.shape, weight.shape
    stride, padding = spread(params.get("stride", 1), dims), spread(params.get("padding", 0), dims)
    dilation, more = spread(params.get("dilation", 1), dims), spread(output_padding, dims)
    rows = zip(size, stride, dilation, kernel, more, strict=True)
    full = np.zeros((n, k * groups, *((m - 1) * s + d * (t - 1) + 1 + p for m, s, d, t, p in rows)))
    for b, ci, m, *at in np.ndindex(n, c, k, *size):
        for tap in np.ndindex(*kernel):
            to = (o * s + i * d for o, s, i, d in zip(at, stride, tap, dilation, strict=True))
            full[(b, ci // (c // groups) * k + m, *to)] += xs[(b, ci, *at)] * weight[(ci, m, *tap)]
    y = full[(..., *(slice(p, m - p) for p, m in zip(padding, full.shape[2:], strict=True)))]
    if bias is not None:
        y += bias.reshape(-1, *[1] * dims)
    return y if x.ndim == weight.ndim else y[0]


def im2col(x: Array, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Array:
    xs, kernel = batched(x), spread(kernel_size, 2)
    n, c, *size = xs.shape
    rows = every(size, kernel, stride, padding, dilation)
    y = np.zeros((n, c, *kernel, *map(len, rows)), x.dtype)
    for b, ci in np.ndindex(n, c):
        for window, tap, at in seen(rows):
            y[(b, ci, *tap, *window)] = xs[(b, ci, *at)]
    y = y.reshape(n, c * kernel[0] * kernel[1], len(rows[0]) * len(rows[1]))
    return y if x.ndim == 4 else y[0]


def col2im(
    x: Array, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Array:
    kernel, size = spread(kernel_size, 2), spread(output_size, 2)
    rows = every(size, kernel, stride, padding, dilation)
    n, c = len(batched(x, 3)), x.shape[-2] // (kernel[0] * kernel[1])
    columns = x.reshape(n, c, *kernel, *map(len, rows))
    y = np.zeros((n, c, *size), x.dtype)
    for b, ci in np.ndindex(n, c):
        for window, tap, at in seen(rows):
            y[(b, ci, *at)] += columns[(b, ci, *tap, *window)]
    return y if x.ndim == 3 else y[0]


# x, weight, parameters: every way to lie on the input, in as few numbers as show it
GEOMETRIES: list[tuple[str, Shape, Shape, dict[str, Any]]] = [
    ("plain", (2, 2, 3, 4), (2, 2, 2, 3), {}),
    ("strides of their own, padding", (1, 1, 4, 5), (2, 1, 3, 2), {"stride": (2, 1), "padding": (1, 2)}),
    ("padding wider than the kernel", (1, 1, 2, 1), (1, 1, 2, 1), {"padding": (3, 2), "stride": (1, 3)}),
    ("dilation", (1, 1, 5, 4), (1, 1, 2, 2), {"dilation": (3, 2), "padding": 1}),
    ("dilation and stride", (1, 1, 6, 5), (1, 1, 3, 2), {"dilation": (2, 1), "stride": 2, "padding": (1, 0)}),
    ("stride beyond the kernel", (1, 2, 5, 4), (1, 2, 2, 1), {"stride": (3, 2)}),
    ("two groups", (1, 4, 3, 2), (4, 2, 2, 2), {"groups": 2, "padding": 1}),
    ("depthwise", (1, 2, 3, 3), (2, 1, 2, 2), {"groups": 2}),
    (
        "depthwise, two outputs each, strided",
        (1, 2, 4, 3),
        (4, 1, 2, 2),
        {"groups": 2, "stride": 2, "padding": 1},
    ),
    (
        "depthwise, padding wider than the kernel",
        (1, 2, 2, 2),
        (2, 1, 2, 1),
        {"groups": 2, "padding": (2, 1)},
    ),
    ("same, even and odd kernel", (1, 1, 3, 4), (1, 1, 2, 3), {"padding": "same"}),
    ("same, dilated", (1, 1, 2, 4), (1, 1, 2, 2), {"padding": "same", "dilation": (1, 3)}),
    ("valid", (1, 1, 3, 3), (1, 1, 2, 2), {"padding": "valid", "stride": 2}),
    ("1 x 1", (2, 3, 2, 2), (2, 3, 1, 1), {}),
    ("1 x 1 in groups", (1, 4, 2, 1), (2, 2, 1, 1), {"groups": 2}),
    ("1 x 1, strided and padded", (1, 2, 3, 2), (2, 2, 1, 1), {"stride": 2, "padding": 1}),
    ("rows that no window sees", (1, 1, 6, 4), (1, 1, 2, 2), {"stride": (4, 3)}),
    ("one image", (1, 3, 3), (2, 1, 2, 2), {"padding": 1}),
    ("no image", (0, 2, 3, 3), (2, 2, 2, 2), {"padding": 1}),
    ("1 dim", (2, 2, 5), (3, 2, 3), {}),
    ("1 dim, all at once", (1, 2, 9), (4, 1, 2), {"stride": (2,), "padding": 1, "dilation": 3, "groups": 2}),
    ("1 dim, same", (1, 1, 5), (2, 1, 4), {"padding": "same", "dilation": 2}),
    ("1 dim, depthwise", (2, 2, 4), (2, 1, 3), {"groups": 2, "padding": (1,)}),
    ("1 dim, one signal", (2, 4), (1, 2, 2), {}),
    ("3 dims", (1, 2, 2, 3, 3), (2, 2, 2, 2, 2), {}),
    (
        "3 dims, all at once",
        (1, 2, 4, 3, 5),
        (2, 1, 2, 3, 2),
        {"stride": (2, 1, 3), "padding": (1, 1, 0), "dilation": (2, 1, 3), "groups": 2},
    ),
    ("3 dims, flat kernel", (1, 1, 3, 4, 3), (2, 1, 1, 3, 2), {"padding": (0, 1, 0)}),
    ("3 dims, same", (1, 1, 2, 2, 3), (1, 1, 2, 1, 3), {"padding": "same"}),
    ("3 dims, 1 x 1 x 1", (1, 2, 2, 1, 2), (2, 2, 1, 1, 1), {}),
    ("3 dims, one volume", (2, 2, 3, 2), (1, 2, 2, 2, 1), {"stride": (1, 1, 2)}),
]


def output_of(x: Shape, weight: Shape, params: dict[str, Any]) -> Shape:
    shape = products(x if len(x) == len(weight) else (1, *x), weight, params)[0]
    return shape if len(x) == len(weight) else shape[1:]


def transposed(params: dict[str, Any]) -> bool:
    return not isinstance(params.get("padding", 0), str)


IMAGE, KERNEL = f(1, 1, 5, 5), f(1, 1, 2, 2)

CASES = [
    Case(
        ops.conv,
        conv,
        [
            S(f(*x), f(*w, seed="w"), f(w[0], seed="b"), name=name, **params)
            for name, x, w, params in GEOMETRIES
        ]
        + [
            S(f(1, 2, 2, 3), f(1, 2, 2, 2), name="no bias"),
            S(ints(1, 2, 3, 3), ints(2, 2, 2, 2), ints(2), name="integers", order=0, reason="integers"),
        ],
        [
            bad(
                ShapeError,
                r"conv2d: weight has 3 input channels, x has 4 \(groups=1\)",
                f(1, 4, 5, 5),
                f(2, 3, 2, 2),
            ),
            bad(
                ShapeError,
                r"conv2d: weight has 4 input channels, x has 2",
                f(1, 2, 5, 5),
                f(2, 2, 2, 2),
                groups=2,
            ),
            bad(
                ShapeError,
                r"x is \(28, 28\); \(N, C, H, W\) or \(C, H, W\) is wanted",
                f(28, 28),
                f(2, 1, 5, 5),
            ),
            bad(ShapeError, r"conv1d: x is \(1, 1, 8, 8\); \(N, C, L\) or", f(1, 1, 8, 8), f(2, 1, 5)),
            bad(ShapeError, r"conv3d: x is \(1, 8, 8\); \(N, C, D, H, W\) or", f(1, 8, 8), f(2, 1, 5, 5, 5)),
            bad(ShapeError, r"conv: weight is \(2, 1\); two numbers", f(1, 1, 8), f(2, 1)),
            bad(ShapeError, r"conv2d: bias is \(3,\); \(2,\) is wanted", f(1, 1, 5, 5), f(2, 1, 2, 2), f(3)),
            bad(ShapeError, r"conv2d: bias is \(2, 1\)", f(1, 1, 5, 5), f(2, 1, 2, 2), f(2, 1)),
            bad(ShapeError, r"groups=2 does not divide", f(1, 2, 5, 5), f(3, 1, 2, 2), groups=2),
            bad(
                ShapeError,
                r"spans 9 x 2, the padded input has 6 x 6",
                f(1, 1, 4, 4),
                f(1, 1, 5, 2),
                padding=1,
                dilation=(2, 1),
            ),
            bad(ArgumentError, r"conv2d: groups is 0, where at least 1", IMAGE, KERNEL, groups=0),
            bad(ArgumentError, r"conv2d: stride is 0, where at least 1", IMAGE, KERNEL, stride=0),
            bad(ArgumentError, r"conv2d: stride is \(1, 1, 1\), where", IMAGE, KERNEL, stride=(1, 1, 1)),
            bad(ArgumentError, r"padding is \(0, -1\), where at least 0", IMAGE, KERNEL, padding=(0, -1)),
            bad(ArgumentError, r"dilation is 0, where at least 1", IMAGE, KERNEL, dilation=0),
            bad(ArgumentError, r"padding is 'full', where", IMAGE, KERNEL, padding="full"),
            bad(ArgumentError, r"'same' wants stride 1", IMAGE, KERNEL, padding="same", stride=2),
            bad(DTypeError, r"conv2d: stride is 1.5, where an integer", IMAGE, KERNEL, stride=1.5),
            bad(DTypeError, r"conv2d: x is bool", np.ones((1, 1, 2, 2), bool), np.ones((1, 1, 1, 1), bool)),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.conv_input,
        conv_input,
        [
            S(f(*output_of(x, w, params)), f(*w, seed="w"), input_size=x, name=name, **params)
            for name, x, w, params in GEOMETRIES
        ],
        [
            bad(
                ShapeError,
                r"grad_output is \(1, 2, 3, 3\); \(1, 2, 4, 3\) is wanted",
                f(1, 2, 3, 3),
                f(2, 1, 2, 2),
                input_size=(1, 1, 5, 4),
            ),
            bad(
                ShapeError,
                r"input_size is \(1, 4, 4\), and grad_output",
                f(1, 2, 3, 3),
                f(2, 1, 2, 2),
                input_size=(1, 4, 4),
            ),
            bad(
                ShapeError,
                r"weight has 1 input channels, x has 2",
                f(1, 2, 3, 3),
                f(2, 1, 2, 2),
                input_size=(1, 2, 4, 4),
            ),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.conv_weight,
        conv_weight,
        [
            S(f(*output_of(x, w, params)), f(*x, seed="x"), weight_size=w, name=name, **params)
            for name, x, w, params in GEOMETRIES
        ],
        [
            bad(
                ShapeError,
                r"grad_output is \(1, 2, 3, 3\); \(1, 2, 4, 3\)",
                f(1, 2, 3, 3),
                f(1, 1, 5, 4),
                weight_size=(2, 1, 2, 2),
            ),
            bad(
                ShapeError,
                r"weight has 2 input channels, x has 1",
                f(1, 2, 3, 3),
                f(1, 1, 4, 4),
                weight_size=(2, 2, 2, 2),
            ),
            bad(
                ShapeError, r"conv2d_weight: x is \(4, 4\)", f(1, 2, 3, 3), f(4, 4), weight_size=(2, 1, 2, 2)
            ),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.conv_transpose,
        conv_transpose,
        [
            S(
                f(*output_of(x, w, params)),
                f(*w, seed="w"),
                f(w[1] * params.get("groups", 1), seed="b"),
                name=name,
                **params,
            )
            for name, x, w, params in GEOMETRIES
            if transposed(params) and name != "padding wider than the kernel"
        ]
        + [
            S(f(1, 2, 2, 2), f(2, 1, 2, 2), stride=2, output_padding=1, name="no bias, larger output"),
            S(f(1, 1, 2, 1), f(1, 2, 2, 2), f(2), stride=(3, 2), output_padding=(2, 1), padding=(1, 0)),
        ],
        [
            bad(
                ShapeError,
                r"conv_transpose2d: weight has 3 input channels, x has 4",
                f(1, 4, 2, 2),
                f(3, 2, 2, 2),
            ),
            bad(
                ShapeError,
                r"conv_transpose: weight is \(2, 2\); two numbers of channels and then one to three",
                f(1, 2, 2, 2),
                f(2, 2),
            ),
            bad(
                ShapeError, r"bias is \(1,\); \(4,\) is wanted", f(1, 2, 2, 2), f(2, 2, 2, 2), f(1), groups=2
            ),
            bad(
                ShapeError,
                r"padding \(2, 2\) leaves an output of -1 x 0",
                f(1, 1, 2, 2),
                f(1, 1, 2, 3),
                padding=2,
            ),
            bad(
                ArgumentError,
                r"output_padding \(2, 2\) is not below the stride",
                f(1, 1, 2, 2),
                f(1, 1, 2, 2),
                stride=2,
                output_padding=2,
            ),
            bad(
                DTypeError,
                r"padding is 'same', where integers are wanted",
                f(1, 1, 2, 2),
                f(1, 1, 2, 2),
                stride=2,
                padding="same",
            ),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.im2col,
        im2col,
        [
            S(f(2, 2, 3, 3), kernel_size=2),
            S(f(1, 1, 5, 4), kernel_size=(2, 3), dilation=(2, 1), padding=(0, 2), stride=(1, 2)),
            S(f(1, 2, 2, 3), kernel_size=(1, 2), padding=1, name="more padding than kernel"),
            S(f(2, 3, 3), kernel_size=3, padding=1, stride=2, name="one image"),
            S(f(0, 2, 3, 3), kernel_size=2, name="no image"),
            S(ints(1, 1, 3, 3), kernel_size=2, name="integers", order=0, reason="integers"),
        ],
        [
            bad(ShapeError, r"im2col: x is \(3, 3\); \(N, C, H, W\) or", f(3, 3), kernel_size=2),
            bad(
                ShapeError,
                r"the window spans 4 x 4, the padded input has 3 x 3",
                f(1, 1, 3, 3),
                kernel_size=4,
            ),
            bad(ArgumentError, r"kernel_size is 0, where at least 1", f(1, 1, 3, 3), kernel_size=0),
            bad(DTypeError, r"im2col: x is bool", np.ones((1, 1, 2, 2), bool), kernel_size=1),
        ],
        no_scalar="a number is no image",
    ),
    Case(
        ops.col2im,
        col2im,
        [
            S(f(2, 8, 4), output_size=3, kernel_size=2),
            S(
                f(1, 6, 9),
                output_size=(5, 4),
                kernel_size=(2, 3),
                dilation=(2, 1),
                padding=(0, 2),
                stride=(1, 2),
            ),
            S(
                f(1, 4, 16),
                output_size=(2, 3),
                kernel_size=(1, 2),
                padding=1,
                name="more padding than kernel",
            ),
            S(f(18, 4), output_size=(3, 3), kernel_size=3, padding=1, stride=2, name="one image"),
            S(f(0, 8, 4), output_size=(3, 3), kernel_size=2, name="no image"),
            S(ints(1, 4, 4), output_size=3, kernel_size=2, name="integers", order=0, reason="integers"),
        ],
        [
            bad(
                ShapeError,
                r"x is \(4,\); \(N, C KH KW, OH OW\) or \(C KH KW, OH OW\) is wanted",
                f(4),
                output_size=3,
                kernel_size=2,
            ),
            bad(
                ShapeError,
                r"x has 7 rows, no multiple of the 2 x 2 taps",
                f(1, 7, 4),
                output_size=3,
                kernel_size=2,
            ),
            bad(
                ShapeError,
                r"x has 5 columns, output_size \(3, 3\) has 2 x 2 windows",
                f(1, 8, 5),
                output_size=3,
                kernel_size=2,
            ),
            bad(
                ArgumentError, r"output_size is 0, where at least 1", f(1, 8, 5), output_size=0, kernel_size=2
            ),
        ],
        no_scalar="a number is no image",
    ),
]
