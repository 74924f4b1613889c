"""x[...] and x[...] = v for any index that NumPy takes, beside NumPy; chains of views; and their gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from property_tools import Array, Shape, examples, leaf, normal, numbers, summed, values

import minigrad as mg
from minigrad.autograd import grad
from minigrad.core import Tensor
from minigrad.testing import strategies as mgst


# ---- indexing -------------------------------------------------------------------------------------------------------
def as_tensors(index: Any) -> Any:
    """The index with Tensors in the place of arrays."""
    if isinstance(index, tuple):
        return tuple(map(as_tensors, index))
    return Tensor(index) if isinstance(index, np.ndarray) else index


small = mgst.shapes(max_dims=3)


@examples(300)
@given(st.data(), small, numbers, st.booleans())
def test_indexing_is_numpys_and_its_gradient_the_adjoint(
    data: DataObject, shape: Shape, rng: Any, as_tensor: bool
) -> None:
    index = data.draw(mgst.indices(shape))
    x = leaf(data, normal(rng, shape))
    y = x[as_tensors(index) if as_tensor else index]
    np.testing.assert_array_equal(values(y), values(x)[index])
    g, wanted = normal(rng, y.shape), np.zeros(math.prod(shape))
    places = np.arange(wanted.size).reshape(shape)[index]
    for place, part in zip(places.ravel(), g.ravel(), strict=True):
        wanted[place] += part
    (gx,) = grad(y, x, [Tensor(g)])
    np.testing.assert_allclose(values(gx), wanted.reshape(shape), rtol=1e-14)


@examples(300)
@given(st.data(), small, numbers)
def test_assignment_is_numpys_and_so_are_its_gradients(data: DataObject, shape: Shape, rng: Any) -> None:
    index = data.draw(mgst.indices(shape))
    x = Tensor(normal(rng, shape), True)
    places = np.arange(x.numel()).reshape(shape)[index]
    cut = data.draw(st.integers(0, places.ndim))
    own = tuple(1 if data.draw(st.booleans()) else n for n in places.shape[cut:])
    v = leaf(data, normal(rng, own))
    y = x.clone()
    y[index] = v
    wanted = values(x).copy()
    wanted[index] = values(v)
    np.testing.assert_array_equal(values(y), wanted)
    g = normal(rng, shape)
    gx, gv = grad(y, [x, v], [Tensor(g)])
    to_x, to_v, last = g.copy().reshape(-1), np.zeros(places.shape), {}
    for i in np.ndindex(places.shape):
        last[int(places[i])] = i  # a later write to the same place wins
    for place, i in last.items():
        to_v[i], to_x[place] = g.reshape(-1)[place], 0.0
    np.testing.assert_array_equal(values(gx), to_x.reshape(shape))
    np.testing.assert_allclose(values(gv), summed(to_v, own), rtol=1e-13, atol=1e-13)


# ---- views ----------------------------------------------------------------------------------------------------------
Move = tuple[Callable[[Tensor], Tensor], Callable[[Array], Array]]


@st.composite
def moves(draw: st.DrawFn, shape: Shape) -> Move:
    """A movement of elements: as minigrad does it, and as NumPy does it to an array of positions."""
    kind = draw(
        st.sampled_from(["index", "permute", "transpose", "reshape", "unsqueeze", "expand", "flip", "tile"])
    )
    if kind == "index":
        index = draw(mgst.indices(shape, advanced=False))
        return (lambda x: x[index]), (lambda p: p[index])
    if kind == "permute":
        dims = draw(st.permutations(range(len(shape))))
        return (lambda x: x.permute(dims)), (lambda p: p.transpose(dims))
    if kind == "reshape":
        return (lambda x: x.reshape(1, -1) if x.numel() else x), (lambda p: p.ravel()[None] if p.size else p)
    if kind == "unsqueeze":
        dim = draw(st.integers(0, len(shape)))
        return (lambda x: x.unsqueeze(dim)), (lambda p: p.reshape(*p.shape[:dim], 1, *p.shape[dim:]))
    if kind == "expand":
        return (lambda x: x.expand(2, *shape)), (lambda p: np.array([p, p]))
    if kind == "flip" and shape:
        return (lambda x: x.flip(-1)), (lambda p: p[..., ::-1])
    if kind == "tile":
        return (lambda x: mg.tile(x, (2,))), (
            lambda p: np.concatenate([p, p], -1) if p.ndim else np.array([p, p])
        )
    if len(shape) > 1:
        return (lambda x: x.transpose(0, -1)), (lambda p: p.swapaxes(0, -1))
    return (lambda x: x), (lambda p: p)


@examples(200)
@given(st.data(), small, numbers, st.integers(1, 5))
def test_backward_through_chains_of_views(data: DataObject, shape: Shape, rng: Any, steps: int) -> None:
    x = leaf(data, normal(rng, shape))
    y, places = x, np.arange(x.numel()).reshape(shape)
    for _ in range(steps):
        assume(y.ndim < 7 and y.numel() < 200)
        ours, theirs = data.draw(moves(y.shape))
        y, places = ours(y), theirs(places)
    assert y.shape == places.shape
    np.testing.assert_array_equal(values(y), values(x).reshape(-1)[places])
    g, wanted = normal(rng, y.shape), np.zeros(x.numel())
    for place, part in zip(places.ravel(), g.ravel(), strict=True):
        wanted[place] += part
    y.backward(Tensor(g))
    got = np.zeros(shape) if x.grad is None else values(x.grad)
    np.testing.assert_allclose(got, wanted.reshape(shape), rtol=1e-13, atol=1e-13)
