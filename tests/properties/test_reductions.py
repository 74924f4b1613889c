"""Reductions over any dims, of any memory, beside Python's sums; scans and their inverses."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from property_tools import apart, examples, leaf, near, normal, numbers, pulled, same_function, values

import minigrad as mg
from minigrad.autograd import grad
from minigrad.core import Tensor
from minigrad.testing import gradcheck
from minigrad.testing import strategies as mgst


# ---- reductions -----------------------------------------------------------------------------------------------------
def deviations(v: list[float]) -> list[float]:
    return [a - math.fsum(v) / len(v) for a in v]


REDUCTIONS: dict[str, tuple[Callable[..., Tensor], Callable[..., float], Callable[..., list[float]]]] = {
    "sum": (mg.sum, math.fsum, lambda v: [1.0] * len(v)),
    "mean": (mg.mean, lambda v: math.fsum(v) / len(v), lambda v: [1.0 / len(v)] * len(v)),
    "amax": (mg.amax, max, lambda v: [float(a == max(v)) for a in v]),
    "amin": (mg.amin, min, lambda v: [float(a == min(v)) for a in v]),
    "var": (
        lambda x, dim, keepdim: mg.var(x, dim, correction=0, keepdim=keepdim),
        lambda v: math.fsum(d * d for d in deviations(v)) / len(v),
        lambda v: [2.0 * d / len(v) for d in deviations(v)],
    ),
    "logsumexp": (
        mg.logsumexp,
        lambda v: math.log(math.fsum(map(math.exp, v))),
        lambda v: [math.exp(a) / math.fsum(map(math.exp, v)) for a in v],
    ),
}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_over_any_dims_of_any_memory(name: str) -> None:
    fn, value, slopes = REDUCTIONS[name]
    shapes = mgst.shapes(min_dims=1, max_dims=3, min_side=0 if name == "sum" else 1)

    @examples(30)
    @given(st.data(), mgst.tensors(shapes, "float64", distinct=True, requires_grad=True), st.booleans())
    def check(data: DataObject, x: Tensor, keepdim: bool) -> None:
        dims = data.draw(st.lists(st.integers(0, x.ndim - 1), min_size=1, unique=True))
        y = fn(x, tuple(d - data.draw(st.sampled_from([0, x.ndim])) for d in dims), keepdim=keepdim)
        groups = defaultdict(list)
        for i in np.ndindex(x.shape):
            groups[tuple(0 if d in dims else k for d, k in enumerate(i))].append(i)
        kept = tuple(1 if d in dims else n for d, n in enumerate(x.shape))
        assert y.shape == (kept if keepdim else tuple(n for d, n in enumerate(x.shape) if d not in dims))
        found, g, wanted = (
            values(y).reshape(kept),
            np.arange(1.0, 1.0 + y.numel()).reshape(kept),
            np.zeros(x.shape),
        )
        for i in np.ndindex(kept):
            elements = [float(values(x)[j]) for j in groups[i]]
            assert found[i] == pytest.approx(value(elements), rel=1e-13, abs=1e-13)
            for j, slope in zip(groups[i], slopes(elements), strict=True):
                wanted[j] = g[i] * slope
        (gx,) = grad(y, x, [Tensor(g.reshape(y.shape))])
        np.testing.assert_allclose(values(gx), wanted, rtol=1e-12, atol=1e-12)

    check()


# ---- scans ----------------------------------------------------------------------------------------------------------
@examples(40)
@given(st.data(), mgst.shapes(1, 3, 1), numbers)
def test_diff_undoes_cumsum_and_cumsum_undoes_diff(data: DataObject, shape: Any, rng: Any) -> None:
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = leaf(data, normal(rng, shape))
    zero = mg.zeros_like(x).narrow(dim, 0, 1)
    near(mg.diff(mg.cumsum(x, dim), dim=dim, prepend=zero), values(x))
    near(mg.cumsum(mg.diff(x, dim=dim, prepend=zero), dim), values(x))
    near(mg.cumsum(x, dim).narrow(dim, shape[dim] - 1, 1), values(mg.sum(x, dim, keepdim=True)))
    g = normal(rng, shape)
    (gx,) = pulled(mg.cumsum(x, dim), [x], g)
    near(gx, np.flip(np.cumsum(np.flip(g, dim), dim), dim))


SCANS: dict[str, tuple[Callable[..., Any], Callable[[list[float]], float]]] = {
    "cumsum": (mg.cumsum, math.fsum),
    "cumprod": (mg.cumprod, math.prod),
    "cummax": (lambda x, d: mg.cummax(x, d)[0], max),
    "cummin": (lambda x, d: mg.cummin(x, d)[0], min),
    "logcumsumexp": (mg.logcumsumexp, lambda v: math.log(math.fsum(map(math.exp, v)))),
}


@pytest.mark.parametrize("name", SCANS)
def test_scans_reduce_what_came_before(name: str) -> None:
    fn, value = SCANS[name]

    @examples(30)
    @given(st.data(), mgst.shapes(1, 3), numbers)
    def check(data: DataObject, shape: Any, rng: Any) -> None:
        dim = data.draw(st.integers(0, len(shape) - 1))
        x = leaf(data, apart(rng, shape))
        y = fn(x, dim - data.draw(st.sampled_from([0, len(shape)])))
        assert y.shape == shape
        rows, found = np.moveaxis(values(x), dim, -1), np.moveaxis(values(y), dim, -1)
        for i in np.ndindex(rows.shape):
            before = rows[i[:-1]][: i[-1] + 1].tolist()
            assert found[i] == pytest.approx(value(before), rel=1e-12, abs=1e-12)
        if y.numel():
            assert gradcheck(lambda x: fn(x, dim), x, fast_mode=True)

    check()


@examples(40)
@given(st.data(), mgst.shapes(1, 3, 1), numbers)
def test_prod_has_the_gradient_of_the_product_of_the_others(data: DataObject, shape: Any, rng: Any) -> None:
    dim = data.draw(st.integers(0, len(shape) - 1))
    x = leaf(data, rng.integers(-2, 3, shape).astype("f8"))  # zeros: one in a row, or several
    y = mg.prod(x, dim)
    g, wanted = normal(rng, y.shape), np.zeros(shape)
    rows, slopes = np.moveaxis(values(x), dim, -1), np.moveaxis(wanted, dim, -1)
    for i in np.ndindex(y.shape):
        row = rows[i].tolist()
        assert values(y)[i] == math.prod(row)
        for k in range(len(row)):
            slopes[i][k] = g[i] * math.prod(row[:k] + row[k + 1 :])
    near(pulled(y, [x], g)[0], wanted)


@examples(40)
@given(st.data(), mgst.shapes(1, 3, 1), numbers, st.floats(-50, 50))
def test_softmax_does_not_see_a_shift_and_its_logarithm_is_log_softmax(
    data: DataObject, shape: Any, rng: Any, shift: float
) -> None:
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = leaf(data, normal(rng, shape) * 3.0)
    y = mg.softmax(x, dim)
    near(mg.softmax(x + shift, dim), values(y), 1e-10, 1e-13)
    near(mg.log_softmax(x + shift, dim), np.log(values(y)), 1e-10, 1e-10)
    near(x - mg.logsumexp(x, dim, keepdim=True), values(mg.log_softmax(x, dim)))
    near(mg.sum(y, dim), np.ones(mg.sum(y, dim).shape))
    for fn in (mg.softmax, mg.log_softmax):
        g = normal(rng, shape)
        (gx,) = pulled(fn(x, dim), [x], g)
        assert np.abs(gx.sum(dim)).max() < 1e-11  # along the shift there is no slope
    same_function(rng, lambda x: mg.log(mg.softmax(x, dim)), lambda x: mg.log_softmax(x, dim), values(x))


@examples(40)
@given(st.data(), mgst.shapes(1, 3, 2), numbers)
def test_moments_do_not_see_a_shift_and_scale(data: DataObject, shape: Any, rng: Any) -> None:
    dim = data.draw(st.integers(0, len(shape) - 1))
    x, shift, scale = normal(rng, shape), rng.normal(), rng.uniform(0.5, 2.0)
    moved = leaf(data, x * scale + shift)
    near(mg.var(moved, dim), values(mg.var(Tensor(x), dim)) * scale**2, 1e-10, 1e-10)
    near(mg.std(moved, dim), values(mg.std(Tensor(x), dim)) * scale, 1e-10, 1e-10)
    near(mg.mean(moved, dim), values(mg.mean(Tensor(x), dim)) * scale + shift, 1e-10, 1e-10)
    spread, mean = mg.var_mean(moved, dim)
    near(
        spread, values(mg.mean(moved * moved, dim) - mean * mean) * shape[dim] / (shape[dim] - 1), 1e-9, 1e-9
    )
