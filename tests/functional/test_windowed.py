"""Functions with windows that have no op of their own, against loops over every element; and what they refuse."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_samples.case import distinct, f

import minigrad as mg
from minigrad import functional as F
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError
from minigrad.testing import gradcheck

Array = Any
Shape = tuple[int, ...]


def adaptive_mean(x: Array, wanted: Shape) -> Array:
    """Of each window those elements that have any part in its share of the plane, all of the same weight."""
    size, lead = x.shape[-len(wanted) :], x.shape[: -len(wanted)]
    y = np.zeros((*lead, *wanted))
    for window in np.ndindex(*wanted):
        rows = [
            [i for i in range(n) if i * m < (o + 1) * n and (i + 1) * m > o * n]
            for n, m, o in zip(size, wanted, window, strict=True)
        ]
        for plane in np.ndindex(*lead):
            elements = [float(x[(*plane, *at)]) for at in itertools.product(*rows)]
            y[(*plane, *window)] = math.fsum(elements) / len(elements)
    return y


ADAPTIVE: list[tuple[Shape, Shape]] = [
    ((2, 3, 7), (3,)),
    ((2, 6), (2,)),
    ((1, 2, 5, 4), (3, 3)),
    ((2, 4, 6), (2, 3)),
    ((1, 1, 2, 3), (3, 5)),
    ((2, 2, 3, 5), (1, 1)),
    ((1, 2, 3, 2, 5), (2, 2, 3)),
    ((0, 2, 5, 3), (2, 2)),
]


@pytest.mark.parametrize(("shape", "wanted"), ADAPTIVE, ids=str)
def test_adaptive_avg_pool(shape: Shape, wanted: Shape) -> None:
    x, pool = f(*shape), getattr(F, f"adaptive_avg_pool{len(wanted)}d")
    np.testing.assert_allclose(
        pool(mg.tensor(x), wanted).numpy(), adaptive_mean(x, wanted), rtol=1e-13, atol=1e-15
    )
    leaf = mg.tensor(x, requires_grad=True)
    for order in (1, 2):
        gradcheck(lambda x: pool(x, wanted), [leaf], order=order)
    for dtype in ("float16", "float32"):
        leaf = mg.tensor(x, dtype=dtype, requires_grad=True)
        y = pool(leaf, wanted)
        y.sum().backward()
        assert y.dtype.name == leaf.grad.dtype.name == dtype


def test_what_is_not_finite_stays_in_its_windows() -> None:
    x = np.arange(10.0).reshape(1, 10)
    x[0, 4] = np.inf
    y = F.adaptive_avg_pool1d(mg.tensor(x), 3).numpy()
    assert np.isinf(y).tolist() == [[False, True, False]] and np.isfinite(y[0, [0, 2]]).all()


def test_halves_are_summed_in_float32() -> None:
    """4,097 ones: a sum in the half itself would stop at 2,048."""
    for wanted in (1, 2):
        assert F.adaptive_avg_pool1d(mg.ones(1, 4097, dtype="float16"), wanted).tolist() == [[1.0] * wanted]


def power_mean(x: Array, p: float, kernel: Shape, stride: Shape, ceil_mode: bool) -> Array:
    """As PyTorch defines it: the mean power of what a window sees times the whole kernel, and its root."""
    size, lead = x.shape[-len(kernel) :], x.shape[: -len(kernel)]
    starts = []
    for n, k, s in zip(size, kernel, stride, strict=True):
        whole = [o for o in range(0, n, s) if o + k <= n]
        short = ceil_mode and whole[-1] + k < n and whole[-1] + s < n
        starts.append([*whole, whole[-1] + s] if short else whole)
    y = np.zeros((*lead, *map(len, starts)))
    for to in np.ndindex(y.shape):
        plane, window = to[: len(lead)], to[len(lead) :]
        rows = [
            range(b[o], min(b[o] + k, n)) for b, o, k, n in zip(starts, window, kernel, size, strict=True)
        ]
        powers = [abs(float(x[(*plane, *at)])) ** p for at in itertools.product(*rows)]
        y[to] = (math.fsum(powers) / len(powers) * math.prod(kernel)) ** (1 / p)
    return y


@pytest.mark.parametrize("p", [1, 2, 3.5, -1.0])
@pytest.mark.parametrize(
    ("shape", "kernel", "stride", "ceil_mode"),
    [
        ((2, 2, 7), (3,), (2,), False),
        ((2, 8), (3,), (2,), True),
        ((1, 2, 5, 4), (2, 3), (1, 2), True),
        ((1, 1, 2, 4, 3), (2, 2, 1), (2, 2, 1), False),
    ],
)
def test_lp_pool(p: float, shape: Shape, kernel: Shape, stride: Shape, ceil_mode: bool) -> None:
    x, pool = np.abs(distinct(*shape)), getattr(F, f"lp_pool{len(kernel)}d")
    y = pool(mg.tensor(x), p, kernel, stride, ceil_mode)
    np.testing.assert_allclose(y.numpy(), power_mean(x, p, kernel, stride, ceil_mode), rtol=1e-12)
    for order in (1, 2):
        gradcheck(
            lambda x: pool(x, p, kernel, stride, ceil_mode), [mg.tensor(x, requires_grad=True)], order=order
        )


def test_infinite_powers_are_the_largest_and_the_smallest() -> None:
    x = mg.tensor([[1.0, -3.0, 2.0, -0.5]])
    assert F.lp_pool1d(x, math.inf, 2).tolist() == [[3.0, 2.0]]
    assert F.lp_pool1d(x, -math.inf, 2).tolist() == [[1.0, 0.5]]


def test_a_transposed_convolution_may_grow_by_less_than_its_dilation() -> None:
    x, weight = f(1, 2, 4), f(2, 1, 3)
    y = F.conv_transpose1d(mg.tensor(x), mg.tensor(weight), stride=1, padding=2, output_padding=2, dilation=3)
    full = np.zeros(4 - 1 + 6 + 1 + 2)
    for c, o, i in np.ndindex(2, 4, 3):
        full[o + 3 * i] += x[0, c, o] * weight[c, 0, i]
    np.testing.assert_allclose(y.numpy()[0, 0], full[2:-2], rtol=1e-13)
    gradcheck(
        lambda x, w: F.conv_transpose1d(x, w, padding=2, output_padding=2, dilation=3),
        [mg.tensor(x, requires_grad=True), mg.tensor(weight, requires_grad=True)],
    )


# ---- what is refused ------------------------------------------------------------------------------------------------
X = mg.tensor(f(1, 2, 6, 5))
REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "one size of two": (lambda: F.adaptive_avg_pool2d(X, (3,)), ArgumentError, r"output_size is \(3,\)"),
    "no size": (
        lambda: F.adaptive_avg_pool2d(X, None),
        DTypeError,
        "adaptive_avg_pool2d: output_size is None",
    ),
    "none in 1 dim": (lambda: F.adaptive_avg_pool1d(X[0], (None,)), DTypeError, r"output_size is \(None,\)"),
    "a negative size": (
        lambda: F.adaptive_avg_pool2d(X, -1),
        ArgumentError,
        "output_size is -1, where at least 0",
    ),
    "a float": (lambda: F.adaptive_max_pool2d(X, 2.0), DTypeError, "adaptive_max_pool2d: output_size is 2.0"),
    "another rank": (
        lambda: F.adaptive_avg_pool1d(X, 2),
        ShapeError,
        r"adaptive_avg_pool1d: input is \(1, 2, 6, 5\)",
    ),
    "no elements": (
        lambda: F.adaptive_avg_pool2d(X[:, :, :0], 2),
        ShapeError,
        "a plane without elements has no mean",
    ),
    "integers": (lambda: F.adaptive_avg_pool2d(X.to("int64"), 2), DTypeError, "a mean of int64 is not int64"),
    "neither": (
        lambda: F.fractional_max_pool2d(X, 2),
        ArgumentError,
        "an output_size or an output_ratio is wanted",
    ),
    "a ratio of 1": (
        lambda: F.fractional_max_pool2d(X, 2, output_ratio=1.0),
        ArgumentError,
        "output_ratio is 1.0",
    ),
    "three ratios": (
        lambda: F.fractional_max_pool2d(X, 2, output_ratio=(0.5, 0.5, 0.5)),
        ArgumentError,
        "a number above 0 and below 1 or 2 are wanted",
    ),
    "a ratio of text": (
        lambda: F.fractional_max_pool2d(X, 2, output_ratio="0.5"),
        DTypeError,
        "output_ratio is '0.5'",
    ),
    "too many windows": (
        lambda: F.fractional_max_pool2d(X, 3, output_size=5),
        ShapeError,
        "fractional_max_pool2d: 5 x 5 windows of 3 x 3 do not fit into 6 x 5",
    ),
    "samples": (
        lambda: F.fractional_max_pool2d(X, 2, 2, _random_samples=mg.zeros(1, 2, 3, dtype=mg.float64)),
        ShapeError,
        r"samples is float64\[1, 2, 3\]; \(1, 2, 2\) is wanted",
    ),
    "output_padding": (
        lambda: F.conv_transpose2d(
            X, mg.ones(2, 1, 2, 2, dtype="float64"), stride=2, dilation=3, output_padding=(2, 3)
        ),
        ArgumentError,
        r"conv_transpose2d: output_padding \(2, 3\) is not below the stride \(2, 2\) or the dilation \(3, 3\)",
    ),
    "padding by name": (
        lambda: F.conv_transpose2d(X, mg.ones(2, 1, 2, 2, dtype="float64"), padding="same"),
        DTypeError,
        "conv_transpose2d: padding is 'same'",
    ),
    "fold": (lambda: F.fold(X[0], (3, 3), 2), ShapeError, "no multiple of the 2 x 2 taps"),
    "unfold": (lambda: F.unfold(X[0, 0], 2), ShapeError, r"im2col: x is \(6, 5\)"),
    "unpool": (
        lambda: F.max_unpool2d(X, mg.full((1, 2, 6, 5), 500), 1),
        IndexingError,
        "max_unpool2d: indices go from 500 to 500, a plane of 6 x 5 to 29",
    ),
}


@pytest.mark.parametrize(("call", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
