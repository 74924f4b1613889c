"""Computations that reach into corners of kernels which the op table's small samples do not: long rows, many tiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import minigrad as mg
from minigrad import functional as F
from minigrad import ops
from minigrad.backend import NAMESPACES
from minigrad.backend._cupy_window import Product
from minigrad.window import Window

Run = Callable[[Callable[..., mg.Tensor]], list[mg.Tensor]]


def maker(device: str) -> Callable[..., mg.Tensor]:
    """make(*shape) -> the next leaf of drawn numbers on a device: the same ones for each device."""
    rng = np.random.default_rng(0)

    def make(*shape: int) -> mg.Tensor:
        return mg.tensor(rng.standard_normal(shape)).to(device).requires_grad_()

    return make


def with_gradients(y: mg.Tensor, *leaves: mg.Tensor) -> list[mg.Tensor]:
    """y, and the gradients of a sum in which each of its elements counts differently."""
    w = mg.arange(y.numel(), dtype=mg.float64, device=y.device).reshape(y.shape)
    return [y, *mg.autograd.grad((y * mg.cos(w)).sum(), leaves)]


def conv(make: Any, x: tuple[int, ...], w: tuple[int, ...], **params: Any) -> list[mg.Tensor]:
    """A convolution and its gradients."""
    leaves = make(*x), make(*w), make(w[0])
    return with_gradients(ops.conv(*leaves, **params), *leaves)


def tensor_cores(make: Any, dtype: str, x: Any, w: Any, **params: Any) -> list[mg.Tensor]:
    """A convolution in halves or tf32, and its gradients."""
    leaves = [make(*s).detach().to(dtype).requires_grad_() for s in (x, w, w[:1])]
    mg.set_float32_matmul_precision("high")
    try:
        return with_gradients(ops.conv(*leaves, **params), *leaves)
    finally:
        mg.set_float32_matmul_precision("highest")


def columns(make: Any, **params: Any) -> list[mg.Tensor]:
    """The products of a convolution in three dims, on the GPU by im2col, col2im and cuBLAS; nothing symmetric."""
    x, w = make(2, 2, 7, 5, 8).detach(), make(3, 2, 3, 2, 2).detach()
    xp, window = NAMESPACES[type(x.data)], Window("columns", (3, 2, 2), **params)
    g = make(2, 3, *window.extents(x.shape[2:])).detach()
    if x.device == "cpu":
        ys = [
            xp.conv(x.data, w.data, None, window, 1),
            xp.conv_input(g.data, w.data, x.shape[2:], window, 1),
            xp.conv_weight(g.data, x.data, window, 1),
        ]
        return [mg.Tensor(y) for y in ys]
    ways, shape = xp.conv.__self__.by_columns, (x.shape, 3, g.shape[2:], window, 1)
    jobs = (0, g, w, x), (1, x, w, g), (2, w, g, x)
    return [
        mg.Tensor(ways(Product(k, *shape), xp.empty_like(y.data), a.data, b.data, None))
        for k, y, a, b in jobs
    ]


def along(fn: Any, *shape: int, **params: Any) -> Run:
    """A function of one tensor."""

    def run(make: Any) -> list[mg.Tensor]:
        x = make(*shape)
        return with_gradients(fn(x, **params), x)

    return run


def normalized(fn: Any, shape: tuple[int, ...], weights: tuple[int, ...]) -> Run:
    """A norm with weight and bias."""

    def run(make: Any) -> list[mg.Tensor]:
        leaves = make(*shape), make(*weights), make(*weights)
        return with_gradients(fn(*leaves), *leaves)

    return run


def cross_entropy(make: Any) -> list[mg.Tensor]:
    """Far scores, and classes beside each other."""
    x = make(7, 40, 3)
    target = (mg.arange(21).reshape(7, 3) * 11 % 40).to(x.device)
    return with_gradients(F.cross_entropy(x * 300.0, target, reduction="none"), x)


def places(make: Any) -> list[mg.Tensor]:
    """Places that repeat, at the ends too, in rows and alone."""
    x, v = make(9, 5), make(40, 5)
    index = (mg.arange(40) * 7 % 11 % 9).to(x.device)
    put = ops.put(v, index=index.data, shape=(9, 5))
    return [put, *with_gradients(x[index], x), *with_gradients(x.index_copy(0, index, v), x, v)]


LARGE: dict[str, dict[str, Run]] = {
    "conv.cu": {
        "several tiles": lambda make: conv(make, (2, 6, 9, 8), (70, 6, 3, 3), padding=1),
        "a sum in parts": lambda make: conv(make, (4, 3, 40, 38), (4, 3, 3, 3), padding=1),
        "depthwise": lambda make: conv(make, (2, 3, 20, 19), (6, 1, 3, 3), padding=1, groups=3),
        "three dims": lambda make: conv(
            make,
            (2, 4, 7, 6, 5),
            (6, 2, 3, 2, 2),
            stride=(1, 2, 1),
            padding=(1, 0, 1),
            dilation=(2, 1, 3),
            groups=2,
        ),
    },
    "conv_mma.cu": {
        f"{dtype}, {name}": lambda make, dtype=dtype, args=args, params=params: tensor_cores(
            make, dtype, *args, **params
        )
        for dtype in ("float32", "float16")
        for name, args, params in (
            ("several tiles", ((2, 14, 7, 6), (70, 14, 3, 3)), {"padding": 1}),
            ("a sum in parts", ((4, 3, 40, 38), (4, 3, 3, 3)), {"padding": 1}),
            ("strides", ((2, 4, 9, 7), (6, 2, 3, 2)), {"stride": 2, "padding": (1, 0), "groups": 2}),
            ("deep, in parts", ((1, 60, 4, 4), (5, 60, 3, 3)), {"padding": 1}),
            ("dilation", ((1, 5, 7, 8), (3, 5, 3, 3)), {"padding": 2, "dilation": 2}),
        )
    },
    "columns.cu": {
        "three dims": lambda make: columns(make, stride=(1, 2, 3), padding=(2, 1, 1), dilation=(2, 3, 5)),
        "at the edge": lambda make: columns(make, padding=(0, 1, 2)),
    },
    "pool.cu": {
        "max, three dims": along(
            lambda x: F.max_pool3d(x - 9.0, 3, 2, padding=1, ceil_mode=True), 2, 2, 6, 5, 7
        ),
        "mean, three dims": along(
            lambda x: F.avg_pool3d(x, (2, 3, 2), (1, 2, 3), padding=1, ceil_mode=True), 1, 2, 6, 5, 7
        ),
    },
    "segments.cu": {"places": places},
    "scan.cu": {
        "cummax": along(lambda x: x.cummax(1)[0], 2, 600, 2),
        "cummin": along(lambda x: x.cummin(0)[0], 300),
    },
    "softmax.cu": {
        f"{name} {n}": along(fn, 3, n, dim=1)
        for n in (70, 400, 1500, 5000, 9000)
        for name, fn in (("softmax", F.softmax), ("log_softmax", F.log_softmax))
    }
    | {
        "far": along(lambda x: F.softmax(x * 1e3, 1), 2, 70, 3),
        "far rows": along(lambda x: F.log_softmax(x * 1e3, 1), 3, 70),
        "cross_entropy": cross_entropy,
    },
    "norm.cu": {
        "layer": normalized(lambda x, w, b: F.layer_norm(x, (700,), w, b), (5, 700), (700,)),
        "layer, many rows": normalized(lambda x, w, b: F.layer_norm(x, (6,), w, b), (300, 6), (6,)),
        "rms": normalized(lambda x, w, b: F.rms_norm(x, (700,), w) + b, (5, 700), (700,)),
        "batch": normalized(lambda x, w, b: F.batch_norm(x, None, None, w, b, True), (6, 3, 10, 10), (3,)),
        "batch, in parts": normalized(
            lambda x, w, b: F.batch_norm(x, None, None, w, b, True), (5, 3, 37, 29), (3,)
        ),
        "group, in parts": normalized(lambda x, w, b: F.group_norm(x, 2, w, b), (1, 4, 71, 70), (4,)),
        "group": normalized(lambda x, w, b: F.group_norm(x, 2, w, b), (3, 4, 17, 11), (4,)),
    },
}
LARGE["reduce.cuh"] = {**LARGE["norm.cu"], **LARGE["softmax.cu"]}
