"""Every valid convolution and pooling, in any memory, beside plain loops; their gradients as adjoints."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from minigrad import functional
from minigrad.autograd import grad
from minigrad.core import Tensor
from minigrad.testing import strategies as mgst

Array = Any
numbers = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def values(t: Tensor) -> Array:
    """The values, whatever the graph."""
    return t.detach().numpy()


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.asarray(rng.standard_normal(shape))


def dot(a: Any, b: Any) -> float:
    """The sum of all products, exactly rounded."""
    return math.fsum((np.asarray(a, np.float64) * np.asarray(b, np.float64)).ravel())


# ---- convolution ----------------------------------------------------------------------------------------------------
def pair(v: Any) -> tuple[int, int]:
    return v if isinstance(v, tuple) else (v, v)


def convolved(x: Array, w: Array, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Array:
    """Cross-correlation, one output at a time."""
    (sh, sw), (dh, dw), (c, kh, kw) = pair(stride), pair(dilation), w.shape[1:]
    spans = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    if padding == "same":
        around = [((s - 1) // 2, s - 1 - (s - 1) // 2) for s in spans]
    else:
        around = [(p, p) for p in pair(0 if padding == "valid" else padding)]
    x = np.pad(x, [(0, 0), (0, 0), *around])
    oh, ow = (x.shape[2] - spans[0]) // sh + 1, (x.shape[3] - spans[1]) // sw + 1
    y = np.zeros((x.shape[0], w.shape[0], oh, ow))
    for n, k, p, q in np.ndindex(y.shape):
        first = k // (w.shape[0] // groups) * c
        window = x[n, first : first + c, p * sh : p * sh + spans[0] : dh, q * sw : q * sw + spans[1] : dw]
        y[n, k, p, q] = dot(window, w[k]) + (0.0 if bias is None else bias[k])
    return y


@given(st.data(), mgst.conv2d_configs(), numbers)
def test_conv2d_is_a_sum_over_windows_and_its_gradients_are_adjoints(
    data: DataObject, config: mgst.Conv2dConfig, rng: Any
) -> None:
    x, other = (normal(rng, config.x) for _ in range(2))
    w, v = (normal(rng, config.weight) for _ in range(2))
    bias = None if config.bias is None else Tensor(normal(rng, config.bias), True)
    leaves = [Tensor(data.draw(mgst.laid_out(a)), True) for a in (x, w)]
    y = functional.conv2d(*leaves, bias, **config.params)

    def reference(x: Array, w: Array, bias: Any = None) -> Array:
        found = convolved(x.reshape(-1, *x.shape[-3:]), w, bias, **config.params)
        return found if x.ndim == 4 else found[0]

    wanted = reference(x, w, None if bias is None else values(bias))
    np.testing.assert_allclose(values(y), wanted, rtol=1e-12, atol=1e-12)
    g = normal(rng, y.shape)
    gx, gw, *gb = grad(y, [*leaves, *([bias] if bias is not None else [])], [Tensor(g)])
    assert dot(values(gx), other) == pytest.approx(dot(g, reference(other, w)), rel=1e-10, abs=1e-10)
    assert dot(values(gw), v) == pytest.approx(dot(g, reference(x, v)), rel=1e-10, abs=1e-10)
    if gb:
        wanted = [dot(part, 1.0) for part in np.moveaxis(g, -3, 0)]
        np.testing.assert_allclose(values(gb[0]), wanted, rtol=1e-12, atol=1e-12)


# ---- pooling --------------------------------------------------------------------------------------------------------
def seen(n: int, k: int, stride: int, padding: int, dilation: int, ceil: bool) -> list[tuple[list[int], int]]:
    """For each window of a dim the positions that it sees, and how many with the padding counted."""
    room = (n + 2 * padding - dilation * (k - 1) - 1) / stride
    count = (math.ceil(room) if ceil else math.floor(room)) + 1
    if ceil and (count - 1) * stride >= n + padding:
        count -= 1
    taps = [[o * stride - padding + i * dilation for i in range(k)] for o in range(count)]
    return [([t for t in ts if 0 <= t < n], sum(t < n + padding for t in ts)) for ts in taps]


def windows(config: mgst.Pool2dConfig) -> tuple[Any, Any]:
    """`seen` for rows and for columns."""
    p = config.params
    kernel = pair(p["kernel_size"])
    stride, padding, dilation = (pair(v) for v in (p["stride"] or kernel, p["padding"], p.get("dilation", 1)))
    rows, columns = (
        seen(config.x[d - 2], kernel[d], stride[d], padding[d], dilation[d], p["ceil_mode"]) for d in (0, 1)
    )
    return rows, columns


@given(st.data(), mgst.pool2d_configs("max"), numbers)
def test_max_pool2d_takes_the_largest_of_each_window(
    data: DataObject, config: mgst.Pool2dConfig, rng: Any
) -> None:
    plain = rng.permutation(math.prod(config.x)).reshape(config.x).astype("f8")
    x = Tensor(data.draw(mgst.laid_out(plain)), True)
    y = functional.max_pool2d(x, **config.params)
    rows, columns = windows(config)
    assert y.shape == (*config.x[:-2], len(rows), len(columns))
    g, wanted = normal(rng, y.shape), np.zeros(config.x)
    for i in np.ndindex(y.shape):
        places = [(*i[:-2], r, c) for r in rows[i[-2]][0] for c in columns[i[-1]][0]]
        best = max(places, key=lambda place: plain[place])
        assert values(y)[i] == plain[best]
        wanted[best] += g[i]
    np.testing.assert_allclose(values(grad(y, x, [Tensor(g)])[0]), wanted, rtol=1e-13, atol=1e-13)


@given(st.data(), mgst.pool2d_configs("avg"), numbers)
def test_avg_pool2d_is_the_mean_of_each_window(data: DataObject, config: mgst.Pool2dConfig, rng: Any) -> None:
    plain, p = normal(rng, config.x), config.params
    x = Tensor(data.draw(mgst.laid_out(plain)), True)
    y = functional.avg_pool2d(x, **p)
    rows, columns = windows(config)
    assert y.shape == (*config.x[:-2], len(rows), len(columns))
    g, wanted = normal(rng, y.shape), np.zeros(config.x)
    for i in np.ndindex(y.shape):
        (inside_r, padded_r), (inside_c, padded_c) = rows[i[-2]], columns[i[-1]]
        places = [(*i[:-2], r, c) for r in inside_r for c in inside_c]
        n = p["divisor_override"] or (padded_r * padded_c if p["count_include_pad"] else len(places))
        assert values(y)[i] == pytest.approx(
            math.fsum(plain[place] for place in places) / n, rel=1e-12, abs=1e-12
        )
        for place in places:
            wanted[place] += g[i] / n
    np.testing.assert_allclose(values(grad(y, x, [Tensor(g)])[0]), wanted, rtol=1e-12, atol=1e-12)
