"""What holds of convolutions among each other: translations, compositions, groups, matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from property_tools import examples, near, normal, numbers, same_function, values

import minigrad as mg
from minigrad import functional
from minigrad.core import Tensor
from minigrad.testing import strategies as mgst

each_dims = pytest.mark.parametrize("dims", [1, 2, 3])
CONV = {1: mg.conv1d, 2: mg.conv2d, 3: mg.conv3d}
TRANSPOSED = {1: mg.conv_transpose1d, 2: mg.conv_transpose2d, 3: mg.conv_transpose3d}
sides = st.integers(1, 3)


@each_dims
def test_a_circular_convolution_commutes_with_every_translation(dims: int) -> None:
    @examples(20)
    @given(st.data(), numbers)
    def check(data: DataObject, rng: Any) -> None:
        kernel = data.draw(st.tuples(*[sides] * dims))
        size = tuple(n + data.draw(st.integers(0, 2)) for n in kernel)
        shifts = tuple(data.draw(st.integers(-3, 3)) for _ in size)
        w, axes = Tensor(normal(rng, (2, 2, *kernel))), tuple(range(-dims, 0))
        edges = [n for k in reversed(kernel) for n in (0, k - 1)]

        def circular(x: Any) -> Any:
            return CONV[dims](functional.pad(Tensor(x), edges, mode="circular"), w)

        x = normal(rng, (2, 2, *size))
        near(circular(np.roll(x, shifts, axes)), np.roll(values(circular(x)), shifts, axes))

    check()


@each_dims
def test_inside_of_the_picture_a_convolution_commutes_with_translation(dims: int) -> None:
    @examples(20)
    @given(st.data(), numbers)
    def check(data: DataObject, rng: Any) -> None:
        kernel = data.draw(st.tuples(*[sides] * dims))
        stride = data.draw(st.tuples(*[sides] * dims))
        steps = tuple(data.draw(st.integers(0, 2)) for _ in kernel)
        size = [k + s * (n + 1) for k, s, n in zip(kernel, stride, steps, strict=True)]
        x, w = normal(rng, (1, 2, *size)), Tensor(normal(rng, (3, 2, *kernel)))
        moved = x[(..., *(slice(s * n, None) for s, n in zip(stride, steps, strict=True)))]
        y = values(CONV[dims](Tensor(x), w, stride=stride))
        near(CONV[dims](Tensor(moved.copy()), w, stride=stride), y[(..., *(slice(n, None) for n in steps))])

    check()


@each_dims
def test_two_convolutions_are_one_with_the_composed_kernel(dims: int) -> None:
    @examples(15)
    @given(st.data(), numbers)
    def check(data: DataObject, rng: Any) -> None:
        first, second = (data.draw(st.tuples(*[sides] * dims)) for _ in range(2))
        a, b = normal(rng, (3, 2, *first)), normal(rng, (2, 3, *second))
        composed = np.zeros((2, 2, *(m + n - 1 for m, n in zip(first, second, strict=True))))
        for i, j in ((i, j) for i in np.ndindex(first) for j in np.ndindex(second)):
            place = tuple(p + q for p, q in zip(i, j, strict=True))
            composed[:, :, *place] += b[:, :, *j] @ a[:, :, *i]
        size = [n + data.draw(st.integers(0, 2)) for n in composed.shape[2:]]

        def one(x: Any) -> Any:
            return CONV[dims](x, Tensor(composed))

        def two(x: Any) -> Any:
            return CONV[dims](CONV[dims](x, Tensor(a)), Tensor(b))

        same_function(rng, one, two, normal(rng, (2, 2, *size)))

    check()


@each_dims
@pytest.mark.parametrize("transposed", [False, True])
def test_groups_are_separate_convolutions(transposed: bool, dims: int) -> None:
    @examples(15)
    @given(mgst.conv_configs(dims, transposed=transposed, min_batch=1), numbers)
    def check(config: mgst.ConvConfig, rng: Any) -> None:
        rest = {k: v for k, v in config.params.items() if k != "groups"}
        groups, fn = config.params["groups"], (TRANSPOSED if transposed else CONV)[dims]
        channels = -dims - 1
        bias = [] if config.bias is None else [normal(rng, config.bias)]

        def together(x: Any, w: Any, b: Any = None) -> Any:
            return fn(x, w, b, **config.params)

        def separate(x: Any, w: Any, b: Any = None) -> Any:
            xs, ws = mg.chunk(x, groups, channels), mg.chunk(w, groups, 0)
            bs = [None] * groups if b is None else mg.chunk(b, groups)
            return mg.cat([fn(*each, **rest) for each in zip(xs, ws, bs, strict=True)], channels)

        same_function(rng, together, separate, normal(rng, config.x), normal(rng, config.weight), *bias)

    check()


@each_dims
def test_a_kernel_of_one_element_is_a_matrix_product(dims: int) -> None:
    @examples(15)
    @given(st.data(), numbers)
    def check(data: DataObject, rng: Any) -> None:
        n, c, k, *size = data.draw(st.tuples(st.integers(0, 2), *[sides] * (dims + 2)))

        def conv(x: Any, w: Any, b: Any) -> Any:
            return CONV[dims](x, w, b)

        def product(x: Any, w: Any, b: Any) -> Any:
            pixels = x.movedim(1, -1) @ w.reshape(k, c).mT + b
            return pixels.movedim(-1, 1)

        arrays = (n, c, *size), (k, c, *[1] * dims), (k,)
        same_function(rng, conv, product, *(normal(rng, shape) for shape in arrays))

    check()


@each_dims
def test_a_turned_kernel_with_full_padding_is_the_transposed_convolution(dims: int) -> None:
    @examples(15)
    @given(st.data(), numbers)
    def check(data: DataObject, rng: Any) -> None:
        kernel, size = (data.draw(st.tuples(*[sides] * dims)) for _ in range(2))
        dilation = data.draw(st.integers(1, 2))
        full = tuple(dilation * (k - 1) for k in kernel)

        def transposed(x: Any, w: Any) -> Any:
            return TRANSPOSED[dims](x, w, dilation=dilation)

        def turned(x: Any, w: Any) -> Any:
            w = w.flip(tuple(range(-dims, 0))).transpose(0, 1)
            return CONV[dims](x, w, padding=full, dilation=dilation)

        same_function(rng, transposed, turned, normal(rng, (2, 2, *size)), normal(rng, (2, 3, *kernel)))

    check()
