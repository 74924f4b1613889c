"""Every valid convolution and transposed one, in any memory, beside plain loops; their gradients as adjoints."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from property_tools import Array, dot, examples, leaf, near, normal, numbers, values

import minigrad as mg
from minigrad import functional, nn
from minigrad.autograd import grad
from minigrad.core import Tensor
from minigrad.testing import strategies as mgst

each_dims = pytest.mark.parametrize("dims", [1, 2, 3])


def each(v: Any, dims: int) -> tuple[int, ...]:
    """One number for each dim."""
    return tuple(v) if isinstance(v, tuple | list) else (v,) * dims


def around(padding: Any, spans: list[int]) -> list[tuple[int, int]]:
    """What is added before and behind each dim."""
    if padding == "same":
        return [((s - 1) // 2, s - 1 - (s - 1) // 2) for s in spans]
    return [(p, p) for p in each(0 if padding == "valid" else padding, len(spans))]


def correlated(
    x: Array, w: Array, bias: Any = None, stride: Any = 1, dilation: Any = 1, groups: int = 1
) -> Array:
    """Cross-correlation without padding, one output at a time."""
    dims, c = w.ndim - 2, w.shape[1]
    steps, apart = each(stride, dims), each(dilation, dims)
    spans = [d * (k - 1) + 1 for d, k in zip(apart, w.shape[2:], strict=True)]
    sizes = [(n - span) // s + 1 for n, span, s in zip(x.shape[2:], spans, steps, strict=True)]
    y = np.zeros((x.shape[0], w.shape[0], *sizes))
    for n, k, *at in np.ndindex(y.shape):
        first = k // (w.shape[0] // groups) * c
        window = tuple(
            slice(o * s, o * s + span, d) for o, s, span, d in zip(at, steps, spans, apart, strict=True)
        )
        y[n, k, *at] = dot(x[n, first : first + c, *window], w[k]) + (0.0 if bias is None else bias[k])
    return y


def convolved(
    x: Array, w: Array, bias: Any = None, *, stride: Any, padding: Any, dilation: Any, groups: int
) -> Array:
    """Cross-correlation of one image or several."""
    dims = w.ndim - 2
    spans = [d * (k - 1) + 1 for d, k in zip(each(dilation, dims), w.shape[2:], strict=True)]
    batch = x.reshape(-1, *x.shape[-dims - 1 :]) if x.ndim == dims + 1 else x
    padded = np.pad(batch, [(0, 0), (0, 0), *around(padding, spans)])
    y = correlated(padded, w, bias, stride, dilation, groups)
    return y if x.ndim == dims + 2 else y[0]


def spread_out(
    x: Array, w: Array, *, stride: Any, padding: Any, output_padding: Any, groups: int, dilation: Any
) -> Array:
    """Transposed convolution: each element adds its kernel to a large output, whose edges are then cut off."""
    dims = w.ndim - 2
    batch = x[None] if x.ndim == dims + 1 else x
    steps, apart = each(stride, dims), each(dilation, dims)
    cut, more = each(padding, dims), each(output_padding, dims)
    spans = [d * (k - 1) + 1 for d, k in zip(apart, w.shape[2:], strict=True)]
    sizes = [(n - 1) * s + span for n, s, span in zip(batch.shape[2:], steps, spans, strict=True)]
    y = np.zeros((len(batch), w.shape[1] * groups, *(n + p for n, p in zip(sizes, more, strict=True))))
    for n, c, *at in np.ndindex(batch.shape):
        first = c // (batch.shape[1] // groups) * w.shape[1]
        for k, *tap in np.ndindex(w.shape[1:]):
            place = [o * s + i * d for o, s, i, d in zip(at, steps, tap, apart, strict=True)]
            y[n, first + k, *place] += batch[n, c, *at] * w[c, k, *tap]
    kept = tuple(slice(p, n - p) for p, n in zip(cut, y.shape[2:], strict=True))
    y = y[:, :, *kept]
    return y if x.ndim == dims + 2 else y[0]


# ---- convolution ----------------------------------------------------------------------------------------------------
@each_dims
def test_convolution_is_a_sum_over_windows_and_its_gradients_are_adjoints(dims: int) -> None:
    @examples({1: 60, 2: 60, 3: 30}[dims])
    @given(st.data(), mgst.conv_configs(dims), numbers)
    def check(data: DataObject, config: mgst.ConvConfig, rng: Any) -> None:
        x, other = (normal(rng, config.x) for _ in range(2))
        w, v = (normal(rng, config.weight) for _ in range(2))
        bias = None if config.bias is None else Tensor(normal(rng, config.bias), True)
        leaves = [leaf(data, a) for a in (x, w)]
        y = getattr(functional, f"conv{dims}d")(*leaves, bias, **config.params)
        near(y, convolved(x, w, None if bias is None else values(bias), **config.params))
        g = normal(rng, y.shape)
        gx, gw, *gb = grad(y, [*leaves, *([bias] if bias is not None else [])], [Tensor(g)])
        assert dot(values(gx), other) == pytest.approx(
            dot(g, convolved(other, w, **config.params)), rel=1e-10, abs=1e-10
        )
        assert dot(values(gw), v) == pytest.approx(
            dot(g, convolved(x, v, **config.params)), rel=1e-10, abs=1e-10
        )
        if gb:
            near(gb[0], np.array([dot(of_k, 1.0) for of_k in np.moveaxis(g, -dims - 1, 0)]))

    check()


@each_dims
def test_transposed_convolution_adds_kernels_and_its_gradients_are_adjoints(dims: int) -> None:
    @examples({1: 50, 2: 40, 3: 20}[dims])
    @given(st.data(), mgst.conv_configs(dims, transposed=True), numbers)
    def check(data: DataObject, config: mgst.ConvConfig, rng: Any) -> None:
        x, other = (normal(rng, config.x) for _ in range(2))
        w, v = (normal(rng, config.weight) for _ in range(2))
        leaves = [leaf(data, a) for a in (x, w)]
        bias = None if config.bias is None else normal(rng, config.bias)
        y = getattr(functional, f"conv_transpose{dims}d")(
            *leaves, None if bias is None else Tensor(bias), **config.params
        )
        wanted = spread_out(x, w, **config.params)
        near(y, wanted if bias is None else wanted + bias.reshape(-1, *[1] * dims))
        g = normal(rng, y.shape)
        gx, gw = (values(t) for t in grad(y, leaves, [Tensor(g)]))
        of_x, of_w = spread_out(other, w, **config.params), spread_out(x, v, **config.params)
        assert dot(gx, other) == pytest.approx(dot(g, of_x), rel=1e-10, abs=1e-10)
        assert dot(gw, v) == pytest.approx(dot(g, of_w), rel=1e-10, abs=1e-10)

    check()


@each_dims
def test_transposed_convolution_is_the_adjoint_of_convolution(dims: int) -> None:
    @examples(20)
    @given(mgst.conv_configs(dims, transposed=True, min_batch=1), numbers)
    def check(config: mgst.ConvConfig, rng: Any) -> None:
        g, w = normal(rng, config.x), Tensor(normal(rng, config.weight))
        image = getattr(functional, f"conv_transpose{dims}d")(Tensor(g), w, **config.params)
        x = normal(rng, image.shape)
        params = {k: v for k, v in config.params.items() if k != "output_padding"}
        y = getattr(functional, f"conv{dims}d")(Tensor(x), w, **params)
        assert y.shape == g.shape
        assert dot(values(y), g) == pytest.approx(dot(x, values(image)), rel=1e-10, abs=1e-10)

    check()


# ---- padding modes --------------------------------------------------------------------------------------------------
def mirrored(i: int, n: int) -> int:
    """Where i lies when the ends are mirrors."""
    while not 0 <= i < n:
        i = -i if i < 0 else 2 * (n - 1) - i
    return i


PLACES = {
    "reflect": mirrored,
    "replicate": lambda i, n: min(max(i, 0), n - 1),
    "circular": lambda i, n: i % n,
}


@each_dims
@pytest.mark.parametrize("mode", PLACES)
def test_layers_pad_by_their_mode(mode: str, dims: int) -> None:
    layer_of = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[dims - 1]

    @examples(12)
    @given(mgst.conv_configs(dims, min_batch=1), numbers)
    def check(config: mgst.ConvConfig, rng: Any) -> None:
        p = config.params
        spans = [d * (k - 1) + 1 for d, k in zip(each(p["dilation"], dims), config.weight[2:], strict=True)]
        edges = around(p["padding"], spans)
        # PyTorch's rule: what is mirrored or goes around is in the picture, once.
        roomy = [max(n, lo + 1, hi + 1) for n, (lo, hi) in zip(config.x[-dims:], edges, strict=True)]
        x = normal(rng, (*config.x[:-dims], *roomy))
        layer = layer_of(
            config.weight[1] * p["groups"],
            config.weight[0],
            config.weight[2:],
            bias=config.bias is not None,
            padding_mode=mode,
            dtype="float64",
            **p,
        )
        padded = x
        for d, (n, (lo, hi)) in enumerate(zip(roomy, edges, strict=True)):
            padded = padded.take([PLACES[mode](i, n) for i in range(-lo, n + hi)], axis=d - dims)
        bias = None if layer.bias is None else values(layer.bias)
        batch = padded if x.ndim == dims + 2 else padded[None]
        wanted = correlated(batch, values(layer.weight), bias, p["stride"], p["dilation"], p["groups"])
        near(layer(Tensor(x)), wanted if x.ndim == dims + 2 else wanted[0])

    check()


# ---- columns --------------------------------------------------------------------------------------------------------
def columns_of(x: Array, kernel: Any, params: dict[str, Any]) -> Array:
    """What each window of a batch of images sees, one element at a time."""
    (kh, kw), (ph, pw) = kernel, each(params["padding"], 2)
    (sh, sw), (dh, dw) = each(params["stride"], 2), each(params["dilation"], 2)
    padded = np.pad(x, [(0, 0), (0, 0), (ph, ph), (pw, pw)])
    oh = (padded.shape[2] - dh * (kh - 1) - 1) // sh + 1
    ow = (padded.shape[3] - dw * (kw - 1) - 1) // sw + 1
    y = np.zeros((len(x), x.shape[1] * kh * kw, oh * ow))
    for n, c, i, j, p, q in np.ndindex(len(x), x.shape[1], kh, kw, oh, ow):
        y[n, (c * kh + i) * kw + j, p * ow + q] = padded[n, c, p * sh + i * dh, q * sw + j * dw]
    return y


@examples(60)
@given(st.data(), mgst.conv_configs(2, max_groups=1, min_batch=1), numbers)
def test_unfold_copies_windows_fold_is_its_adjoint_and_counts(
    data: DataObject, config: mgst.ConvConfig, rng: Any
) -> None:
    params = {k: v for k, v in config.params.items() if k != "groups"}
    if isinstance(params["padding"], str):
        params["padding"] = (2, 3)
    size, kernel = config.x[-2:], config.weight[2:]
    x = normal(rng, (2, *config.x[-3:]))
    columns = functional.unfold(leaf(data, x), kernel, **params)
    wanted = columns_of(x, kernel, params)
    near(columns, wanted, 0.0, 0.0)
    g = normal(rng, columns.shape)
    image = functional.fold(leaf(data, g), size, kernel, **params)
    assert dot(values(image), x) == pytest.approx(dot(g, wanted), rel=1e-10, abs=1e-10)
    seen = np.zeros_like(x)  # how many windows see an element
    for i in np.ndindex(x.shape[1:]):
        alone = np.zeros_like(x)
        alone[0, *i] = 1.0
        seen[:, *i] = columns_of(alone, kernel, params).sum()
    near(functional.fold(columns, size, kernel, **params), seen * x)


@examples(40)
@given(mgst.conv_configs(2, max_groups=1, min_batch=1), numbers)
def test_convolution_is_a_matrix_product_of_the_columns(config: mgst.ConvConfig, rng: Any) -> None:
    params = {k: v for k, v in config.params.items() if k != "groups"}
    if isinstance(params["padding"], str):
        params["padding"] = 2
    x, w = Tensor(normal(rng, (2, *config.x[-3:]))), Tensor(normal(rng, config.weight))
    product = w.reshape(w.shape[0], -1) @ functional.unfold(x, config.weight[2:], **params)
    y = mg.conv2d(x, w, **params)
    near(product, values(y).reshape(product.shape))
