"""Every valid pooling in 1 to 3 dims, in any memory, beside plain loops over the elements of each window."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from property_tools import Array, apart, examples, leaf, near, normal, numbers, pulled, values

from minigrad import functional
from minigrad.core import Tensor
from minigrad.testing import strategies as mgst

each_dims = pytest.mark.parametrize("dims", [1, 2, 3])
Window = tuple[list[int], int]  # the positions that it sees, and how many with the padding counted


def each(v: Any, dims: int) -> tuple[int, ...]:
    """One number for each dim."""
    return tuple(v) if isinstance(v, tuple | list) else (v,) * dims


def seen(n: int, k: int, stride: int, padding: int, dilation: int, ceil: bool) -> list[Window]:
    """The windows of one dim."""
    room = (n + 2 * padding - dilation * (k - 1) - 1) / stride
    count = (math.ceil(room) if ceil else math.floor(room)) + 1
    if ceil and (count - 1) * stride >= n + padding:
        count -= 1
    taps = [[o * stride - padding + i * dilation for i in range(k)] for o in range(count)]
    return [([t for t in ts if 0 <= t < n], sum(t < n + padding for t in ts)) for ts in taps]


def windows(config: mgst.PoolConfig, dims: int) -> list[list[Window]]:
    """The windows of each dim."""
    p = config.params
    kernel = each(p["kernel_size"], dims)
    stride = kernel if p["stride"] is None else each(p["stride"], dims)
    padding, dilation = each(p.get("padding", 0), dims), each(p.get("dilation", 1), dims)
    rows = zip(config.x[-dims:], kernel, stride, padding, dilation, strict=True)
    return [seen(*row, p["ceil_mode"]) for row in rows]


def sights(config: mgst.PoolConfig, dims: int) -> Any:
    """For each place of the output the places of the input that it sees, and their number with the padding."""
    along = windows(config, dims)
    lead = config.x[:-dims]
    for i in np.ndindex(*lead, *map(len, along)):
        views = [axis[o] for axis, o in zip(along, i[-dims:], strict=True)]
        inside = [(*i[:-dims], *place) for place in grid([positions for positions, _ in views])]
        yield i, inside, math.prod(count for _, count in views)


def grid(sides: list[list[int]]) -> list[tuple[int, ...]]:
    """All combinations, the last fastest."""
    places: list[tuple[int, ...]] = [()]
    for side in sides:
        places = [(*p, s) for p in places for s in side]
    return places


def shape_of(config: mgst.PoolConfig, dims: int) -> tuple[int, ...]:
    """The shape of the output."""
    return (*config.x[:-dims], *map(len, windows(config, dims)))


# ---- windows of a kernel --------------------------------------------------------------------------------------------
@each_dims
def test_max_pool_takes_the_largest_of_each_window(dims: int) -> None:
    @examples({1: 60, 2: 60, 3: 30}[dims])
    @given(st.data(), mgst.pool_configs("max", dims), numbers)
    def check(data: DataObject, config: mgst.PoolConfig, rng: Any) -> None:
        plain = rng.permutation(math.prod(config.x)).reshape(config.x).astype("f8")
        x = leaf(data, plain)
        y, at = getattr(functional, f"max_pool{dims}d")(x, **config.params, return_indices=True)
        assert y.shape == at.shape == shape_of(config, dims)
        g, wanted = normal(rng, y.shape), np.zeros(config.x)
        for i, places, _ in sights(config, dims):
            best = max(places, key=lambda place: plain[place])
            assert values(y)[i] == plain[best]
            assert values(at)[i] == np.ravel_multi_index(best[-dims:], config.x[-dims:])
            wanted[best] += g[i]
        near(pulled(y, [x], g)[0], wanted)

    check()


@each_dims
def test_avg_pool_is_the_mean_of_each_window(dims: int) -> None:
    @examples({1: 60, 2: 60, 3: 30}[dims])
    @given(st.data(), mgst.pool_configs("avg", dims), numbers)
    def check(data: DataObject, config: mgst.PoolConfig, rng: Any) -> None:
        plain, p = normal(rng, config.x), config.params
        x = leaf(data, plain)
        y = getattr(functional, f"avg_pool{dims}d")(x, **p)
        assert y.shape == shape_of(config, dims)
        g, wanted = normal(rng, y.shape), np.zeros(config.x)
        for i, places, padded in sights(config, dims):
            n = p.get("divisor_override") or (padded if p["count_include_pad"] else len(places))
            mean = math.fsum(plain[place] for place in places) / n
            assert values(y)[i] == pytest.approx(mean, rel=1e-12, abs=1e-12)
            for place in places:
                wanted[place] += g[i] / n
        near(pulled(y, [x], g)[0], wanted)

    check()


@each_dims
def test_lp_pool_is_the_root_of_the_sum_of_the_powers_of_each_window(dims: int) -> None:
    @examples({1: 50, 2: 50, 3: 25}[dims])
    @given(st.data(), mgst.pool_configs("lp", dims), numbers)
    def check(data: DataObject, config: mgst.PoolConfig, rng: Any) -> None:
        plain, p = rng.uniform(0.5, 2.0, config.x), dict(config.params)
        norm_type, size = p.pop("norm_type"), math.prod(each(p["kernel_size"], dims))
        x = leaf(data, plain)
        y = getattr(functional, f"lp_pool{dims}d")(x, norm_type, **p)
        assert y.shape == shape_of(config, dims)
        g, wanted = normal(rng, y.shape), np.zeros(config.x)
        for i, places, inside in sights(config, dims):
            more = size / inside  # a window over the end counts as if its mean power went on there
            found = (more * math.fsum(plain[place] ** norm_type for place in places)) ** (1 / norm_type)
            assert values(y)[i] == pytest.approx(found, rel=1e-12)
            for place in places:
                wanted[place] += g[i] * more * (plain[place] / found) ** (norm_type - 1)
        near(pulled(y, [x], g)[0], wanted)

    check()


# ---- windows for an output size -------------------------------------------------------------------------------------
def evenly(n: int, m: int) -> list[list[int]]:
    """m windows that cover n elements, as PyTorch defines them."""
    return [[*range(math.floor(o * n / m), math.ceil((o + 1) * n / m))] for o in range(m)]


@st.composite
def adaptive_configs(draw: st.DrawFn, dims: int) -> Any:
    """The shape of an input, and an output size; for two dims and three also with None."""
    size = draw(st.tuples(*[st.integers(1, 5)] * dims))
    own = draw(st.tuples(*[st.integers(1, 5)] * dims) | st.integers(1, 4))
    wanted = each(own, dims)
    if dims > 1 and draw(st.booleans()):
        own = tuple(None if k == 0 else m for k, m in enumerate(wanted))
        wanted = (size[0], *wanted[1:])
    lead = draw(st.sampled_from([(2,), (1, 2), (2, 1), (0, 2)]))
    return (*lead, *size), own, wanted


@each_dims
@pytest.mark.parametrize("kind", ["max", "avg"])
def test_adaptive_pooling_covers_the_input_evenly(kind: str, dims: int) -> None:
    fn = getattr(functional, f"adaptive_{kind}_pool{dims}d")

    @examples({1: 40, 2: 40, 3: 25}[dims])
    @given(st.data(), adaptive_configs(dims), numbers)
    def check(data: DataObject, config: Any, rng: Any) -> None:
        shape, own, size = config
        plain = apart(rng, shape)
        x = leaf(data, plain)
        y = fn(x, own)
        assert y.shape == (*shape[:-dims], *size)
        g, wanted = normal(rng, y.shape), np.zeros(shape)
        along = [evenly(n, m) for n, m in zip(shape[-dims:], size, strict=True)]
        for i in np.ndindex(y.shape):
            spans = [axis[o] for axis, o in zip(along, i[-dims:], strict=True)]
            places = [(*i[:-dims], *p) for p in grid(spans)]
            pooled(values(y)[i], plain, places, g[i], wanted, kind)
        near(pulled(y, [x], g)[0], wanted)

    check()


def pooled(found: float, plain: Array, places: Any, g: float, wanted: Array, kind: str) -> None:
    """Hold one element of the output to what is wanted, and add its gradient to that of the input."""
    if kind == "max":
        best = max(places, key=lambda p: plain[p])
        assert found == plain[best]
        wanted[best] += g
        return
    assert found == pytest.approx(math.fsum(plain[p] for p in places) / len(places), rel=1e-12, abs=1e-12)
    for p in places:
        wanted[p] += g / len(places)


# ---- what poolings have to do with each other -----------------------------------------------------------------------
@each_dims
def test_unpooling_puts_the_largest_back_where_they_were(dims: int) -> None:
    @examples(30)
    @given(mgst.pool_configs("max", dims), numbers)
    def check(config: mgst.PoolConfig, rng: Any) -> None:
        p = dict(config.params) | {"dilation": 1, "ceil_mode": False}
        kernel = each(p["kernel_size"], dims)
        size = tuple(max(n, k) for n, k in zip(config.x[-dims:], kernel, strict=True))
        plain = apart(rng, (*config.x[:-dims], *size))
        x = Tensor(plain)
        y, at = getattr(functional, f"max_pool{dims}d")(x, **p, return_indices=True)
        del p["dilation"], p["ceil_mode"]
        back = getattr(functional, f"max_unpool{dims}d")(y, at, **p, output_size=size)
        lead = (*config.x[:-dims], -1)
        wanted = np.zeros_like(plain).reshape(math.prod(lead[:-1]), math.prod(size))
        rows = values(at).reshape(len(wanted), math.prod(y.shape[-dims:]))
        for row, places, own in zip(wanted, rows, plain.reshape(wanted.shape), strict=True):
            row[places] = own[places]
        near(back, wanted.reshape(plain.shape), 0.0, 0.0)

    check()
