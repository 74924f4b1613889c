"""What holds of poolings among each other, and of a pooling and a convolution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from property_tools import apart, examples, near, normal, numbers, same_function, values

import minigrad as mg
from minigrad import functional
from minigrad.core import Tensor
from minigrad.testing import strategies as mgst

each_dims = pytest.mark.parametrize("dims", [1, 2, 3])
CONV = {1: mg.conv1d, 2: mg.conv2d, 3: mg.conv3d}


def pool(kind: str, dims: int) -> Any:
    """A function of torch.nn.functional."""
    return getattr(functional, f"{kind}_pool{dims}d")


def spatial(v: Any, dims: int) -> tuple[int, ...]:
    """One number for each dim."""
    return tuple(v) if isinstance(v, tuple | list) else (v,) * dims


@each_dims
def test_avg_pool_is_a_convolution_of_each_channel_with_a_constant_kernel(dims: int) -> None:
    @examples(20)
    @given(mgst.pool_configs("avg", dims, min_batch=1), numbers)
    def check(config: mgst.PoolConfig, rng: Any) -> None:
        p = config.params
        kernel = spatial(p["kernel_size"], dims)
        padding = spatial(p["padding"], dims)
        divisor = p.get("divisor_override")
        plain = {k: p[k] for k in ("kernel_size", "stride", "padding")}
        if divisor:
            plain["divisor_override"] = divisor
        assume(all(n + 2 * q >= k for n, q, k in zip(config.x[-dims:], padding, kernel, strict=True)))
        channels = config.x[-dims - 1]
        w = Tensor(np.full((channels, 1, *kernel), 1 / (divisor or math.prod(kernel))))
        stride = p["kernel_size"] if p["stride"] is None else p["stride"]

        def convolution(x: Any) -> Any:
            return CONV[dims](x, w, None, stride, p["padding"], 1, channels)

        same_function(rng, lambda x: pool("avg", dims)(x, **plain), convolution, normal(rng, config.x))

    check()


@each_dims
def test_max_pool_moves_with_a_constant_and_scales_with_a_positive_number(dims: int) -> None:
    @examples(20)
    @given(mgst.pool_configs("max", dims), numbers, st.integers(-4, 4), st.sampled_from([0.5, 2.0, 8.0]))
    def check(config: mgst.PoolConfig, rng: Any, shift: int, scale: float) -> None:
        x = rng.integers(-9, 9, config.x).astype("f8")
        y = values(pool("max", dims)(Tensor(x), **config.params))
        near(pool("max", dims)(Tensor(x + shift), **config.params), y + shift, 0.0, 0.0)
        near(pool("max", dims)(Tensor(x * scale), **config.params), y * scale, 0.0, 0.0)

    check()


@each_dims
def test_poolings_are_monotonous_and_the_mean_is_not_above_the_largest(dims: int) -> None:
    @examples(20)
    @given(mgst.pool_configs("max", dims), numbers)
    def check(config: mgst.PoolConfig, rng: Any) -> None:
        p = {k: v for k, v in config.params.items() if k != "dilation"} | {"padding": 0}
        size = [max(n, k) for n, k in zip(config.x[-dims:], spatial(p["kernel_size"], dims), strict=True)]
        x, more = (normal(rng, (*config.x[:-dims], *size)) for _ in range(2))
        y = values(pool("max", dims)(Tensor(x), **p))
        assert (values(pool("max", dims)(Tensor(x + np.abs(more)), **p)) >= y).all()
        assert (values(pool("avg", dims)(Tensor(x), **p)) <= y + 1e-12).all()

    check()


@each_dims
@pytest.mark.parametrize("kind", ["adaptive_max", "adaptive_avg"])
def test_adaptive_pooling_to_its_own_size_is_the_identity(kind: str, dims: int) -> None:
    @examples(10)
    @given(st.tuples(*[st.integers(1, 4)] * (dims + 1)), numbers)
    def check(shape: Any, rng: Any) -> None:
        fn = pool(kind, dims)
        same_function(rng, lambda x: fn(x, shape[-dims:]), lambda x: x * 1.0, apart(rng, shape))

    check()


@each_dims
@pytest.mark.parametrize("kind", ["max", "avg"])
def test_adaptive_pooling_to_one_element_is_a_reduction(kind: str, dims: int) -> None:
    @examples(10)
    @given(st.tuples(*[st.integers(1, 4)] * (dims + 1)), numbers)
    def check(shape: Any, rng: Any) -> None:
        over = tuple(range(-dims, 0))
        reduce = {"max": mg.amax, "avg": mg.mean}[kind]
        fn = pool(f"adaptive_{kind}", dims)
        same_function(rng, lambda x: fn(x, 1), lambda x: reduce(x, over, keepdim=True), apart(rng, shape))

    check()


@each_dims
def test_where_the_size_divides_adaptive_pooling_is_pooling(dims: int) -> None:
    @examples(15)
    @given(st.data(), numbers)
    def check(data: DataObject, rng: Any) -> None:
        kernel, size = (data.draw(st.tuples(*[st.integers(1, 3)] * dims)) for _ in range(2))
        x = apart(rng, (2, *(k * n for k, n in zip(kernel, size, strict=True))))
        for kind in ("max", "avg"):
            adaptive, plain = pool(f"adaptive_{kind}", dims), pool(kind, dims)
            same_function(rng, lambda x, f=adaptive: f(x, size), lambda x, f=plain: f(x, kernel), x)

    check()


@each_dims
def test_lp_pool_of_norm_1_is_the_sum_and_of_a_large_norm_near_the_largest(dims: int) -> None:
    @examples(15)
    @given(mgst.pool_configs("lp", dims, min_batch=1), numbers)
    def check(config: mgst.PoolConfig, rng: Any) -> None:
        p = {k: v for k, v in config.params.items() if k != "norm_type"} | {"ceil_mode": False}
        kernel = spatial(p["kernel_size"], dims)
        size = [max(n, k) for n, k in zip(config.x[-dims:], kernel, strict=True)]
        x = rng.uniform(0.5, 2.0, (*config.x[:-dims], *size))
        n = math.prod(kernel)
        same_function(rng, lambda x: pool("lp", dims)(x, 1, **p), lambda x: pool("avg", dims)(x, **p) * n, x)
        top = values(pool("max", dims)(Tensor(x), **p))
        y = values(pool("lp", dims)(Tensor(x), 60, **p))
        assert (y >= top - 1e-9).all() and (y <= top * n ** (1 / 60) + 1e-9).all()

    check()


@each_dims
def test_the_indices_of_max_pool_fetch_what_it_returned(dims: int) -> None:
    @examples(20)
    @given(mgst.pool_configs("max", dims), numbers)
    def check(config: mgst.PoolConfig, rng: Any) -> None:
        x = Tensor(rng.integers(-3, 3, config.x).astype("f8"))  # with ties
        y, at = pool("max", dims)(x, **config.params, return_indices=True)
        flat, lead = x.reshape(*x.shape[:-dims], math.prod(x.shape[-dims:])), y.shape[:-dims]
        found = mg.gather(flat, -1, at.reshape(*lead, math.prod(y.shape[-dims:])))
        near(found, values(y).reshape(found.shape), 0.0, 0.0)

    check()
