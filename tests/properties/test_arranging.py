"""Joining and taking apart undo each other; sorting, choosing and gathering agree with each other and with Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from property_tools import apart, examples, leaf, near, normal, numbers, pulled, same_function, values

import minigrad as mg
from minigrad.core import Tensor
from minigrad.testing import strategies as mgst


def a_dim(data: DataObject, shape: Any) -> int:
    """One of the dims, from either end."""
    return int(data.draw(st.integers(-len(shape), len(shape) - 1)))


# ---- joining and taking apart ---------------------------------------------------------------------------------------
@examples(60)
@given(st.data(), mgst.shapes(1, 3), numbers)
def test_split_undoes_cat_and_cat_undoes_split(data: DataObject, shape: Any, rng: Any) -> None:
    dim = a_dim(data, shape)
    sizes = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=4))
    arrays = [normal(rng, (*shape[: dim % len(shape)], n, *shape[dim % len(shape) + 1 :])) for n in sizes]
    xs = [leaf(data, a) for a in arrays]
    whole = mg.cat(xs, dim)
    near(whole, np.concatenate(arrays, dim), 0.0, 0.0)
    for part, a in zip(mg.split(whole, sizes, dim), arrays, strict=True):
        near(part, a, 0.0, 0.0)
    g = normal(rng, whole.shape)
    for found, wanted in zip(pulled(whole, xs, g), np.split(g, np.cumsum(sizes)[:-1], dim), strict=True):
        near(found, wanted, 0.0, 0.0)
    x = leaf(data, normal(rng, shape))
    step, count = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    for parts in (mg.split(x, step, dim), mg.chunk(x, count, dim), mg.tensor_split(x, count, dim)):
        near(mg.cat(parts, dim), values(x), 0.0, 0.0)
    assert all(part.shape[dim] == step for part in mg.split(x, step, dim)[:-1])
    lengths = [part.shape[dim] for part in mg.tensor_split(x, count, dim)]
    assert len(lengths) == count and max(lengths) - min(lengths) <= 1


@examples(60)
@given(st.data(), mgst.shapes(0, 3), numbers)
def test_unbind_undoes_stack(data: DataObject, shape: Any, rng: Any) -> None:
    dim = int(data.draw(st.integers(-len(shape) - 1, len(shape))))
    xs = [leaf(data, normal(rng, shape)) for _ in range(data.draw(st.integers(1, 3)))]
    whole = mg.stack(xs, dim)
    near(whole, np.stack([values(x) for x in xs], dim), 0.0, 0.0)
    for part, x in zip(mg.unbind(whole, dim), xs, strict=True):
        near(part, values(x), 0.0, 0.0)
    g = normal(rng, whole.shape)
    for k, found in enumerate(pulled(whole, xs, g)):
        near(found, g.take(k, dim), 0.0, 0.0)


@examples(60)
@given(st.data(), mgst.shapes(1, 3), numbers)
def test_moves_undo_each_other(data: DataObject, shape: Any, rng: Any) -> None:
    x = leaf(data, normal(rng, shape))
    order = data.draw(st.permutations(range(len(shape))))
    dim, other = a_dim(data, shape), a_dim(data, shape)
    shift = data.draw(st.integers(-5, 5))
    pairs = [
        (lambda t: t.permute(order), lambda t: t.permute(*np.argsort(order).tolist())),
        (lambda t: t.transpose(dim, other), lambda t: t.transpose(other, dim)),
        (lambda t: t.movedim(dim, other), lambda t: t.movedim(other, dim)),
        (lambda t: t.flip(dim), lambda t: t.flip(dim)),
        (lambda t: t.roll(shift, dim), lambda t: t.roll(-shift, dim)),
        (lambda t: t.unsqueeze(dim), lambda t: t.squeeze(dim)),
        (lambda t: t.flatten(), lambda t: t.reshape(shape)),
        (lambda t: t.unflatten(dim, (1, shape[dim])), lambda t: t.reshape(shape)),
    ]
    for there, back in pairs:
        y = back(there(x))
        near(y, values(x), 0.0, 0.0)
        g = normal(rng, shape)
        near(pulled(y, [x], g)[0], g, 0.0, 0.0)


# ---- order ----------------------------------------------------------------------------------------------------------
@examples(80)
@given(st.data(), mgst.shapes(1, 3), numbers, st.booleans())
def test_sort_is_pythons_and_stable(data: DataObject, shape: Any, rng: Any, descending: bool) -> None:
    dim = a_dim(data, shape)
    x = leaf(data, rng.integers(-2, 3, shape).astype("f8"))  # with ties
    y, at = mg.sort(x, dim, descending, stable=True)
    rows, found, places = (np.moveaxis(values(t), dim, -1) for t in (x, y, at))
    for i in np.ndindex(rows.shape[:-1]):
        row = rows[i].tolist()
        wanted = sorted(range(len(row)), key=lambda k: -row[k] if descending else row[k])
        assert places[i].tolist() == wanted
        assert found[i].tolist() == [row[k] for k in wanted]
    near(mg.gather(x, dim, at), values(y), 0.0, 0.0)
    assert np.array_equal(values(mg.argsort(x, dim, descending)), values(at))
    g = normal(rng, shape)
    (gx,) = pulled(y, [x], g)
    near(np.take_along_axis(gx, values(at), dim), g, 0.0, 0.0)  # each goes back to where its value came from
    assert np.array_equal(values(mg.argsort(at, dim)), np.argsort(values(at), dim))


@examples(80)
@given(st.data(), mgst.shapes(1, 3, 1), numbers, st.booleans())
def test_topk_is_the_head_of_sort_and_kthvalue_one_of_it(
    data: DataObject, shape: Any, rng: Any, largest: bool
) -> None:
    dim = a_dim(data, shape)
    k = data.draw(st.integers(1, shape[dim]))
    x = leaf(data, apart(rng, shape))
    y, at = mg.topk(x, k, dim, largest)
    ordered, places = mg.sort(x, dim, largest)
    near(y, values(ordered.narrow(dim, 0, k)), 0.0, 0.0)
    assert np.array_equal(values(at), values(places.narrow(dim, 0, k)))
    near(mg.gather(x, dim, at), values(y), 0.0, 0.0)
    value, place = mg.kthvalue(x, k, dim, keepdim=True)
    near(value, values(mg.sort(x, dim)[0].narrow(dim, k - 1, 1)), 0.0, 0.0)
    near(mg.gather(x, dim, place), values(value), 0.0, 0.0)
    same_function(
        rng, lambda x: mg.topk(x, k, dim)[0], lambda x: mg.sort(x, dim, True)[0].narrow(dim, 0, k), values(x)
    )
    same_function(rng, lambda x: mg.topk(x, 1, dim)[0], lambda x: mg.amax(x, dim, keepdim=True), values(x))
    middle = (shape[dim] + 1) // 2
    same_function(rng, lambda x: mg.median(x, dim)[0], lambda x: mg.kthvalue(x, middle, dim)[0], values(x))


@examples(60)
@given(st.data(), mgst.shapes(1, 3, 1), numbers)
def test_quantiles_at_the_ends_and_the_middle(data: DataObject, shape: Any, rng: Any) -> None:
    dim = a_dim(data, shape)
    n, x = shape[dim], apart(rng, shape)
    for k in range(n):  # at the places of elements a quantile is an element
        q = k / (n - 1) if n > 1 else 0.5
        same_function(
            rng, lambda x, q=q: mg.quantile(x, q, dim), lambda x, k=k: mg.kthvalue(x, k + 1, dim)[0], x
        )
    half = np.moveaxis(np.sort(x, dim), dim, -1)
    wanted = (half[..., (n - 1) // 2] + half[..., n // 2]) / 2
    near(mg.quantile(Tensor(x), 0.5, dim), wanted)


@examples(60)
@given(st.data(), mgst.shapes(1, 3, 1), numbers)
def test_gather_and_scatter_are_loops_and_each_others_gradients(
    data: DataObject, shape: Any, rng: Any
) -> None:
    dim = a_dim(data, shape)
    d = dim % len(shape)
    own = tuple(
        data.draw(st.integers(0, 4)) if k == d else data.draw(st.integers(0, n)) for k, n in enumerate(shape)
    )
    index = rng.integers(0, shape[d], own)
    x, src = leaf(data, normal(rng, shape)), leaf(data, normal(rng, own))
    y, z = mg.gather(x, dim, Tensor(index)), mg.scatter_add(x, dim, Tensor(index), src)
    wanted, added = np.zeros(own), values(x).copy()
    for i in np.ndindex(own):
        place = (*i[:d], int(index[i]), *i[d + 1 :])
        wanted[i] = values(x)[place]
        added[place] += values(src)[i]
    near(y, wanted, 0.0, 0.0)
    near(z, added)
    g, h = normal(rng, own), normal(rng, shape)
    back = values(mg.scatter_add(Tensor(np.zeros(shape)), dim, Tensor(index), Tensor(g)))
    near(pulled(y, [x], g)[0], back)
    to_x, to_src = pulled(z, [x, src], h)
    near(to_x, h, 0.0, 0.0)
    near(to_src, values(mg.gather(Tensor(h), dim, Tensor(index))), 0.0, 0.0)


@examples(40)
@given(st.data(), st.integers(0, 8), numbers)
def test_counting_agrees_with_sets(data: DataObject, n: int, rng: Any) -> None:
    x = rng.integers(0, 4, n)
    found, inverse, counts = mg.unique(Tensor(x), return_inverse=True, return_counts=True)
    assert found.tolist() == sorted({*x.tolist()})
    assert counts.tolist() == [x.tolist().count(v) for v in found.tolist()]
    assert np.array_equal(values(found)[values(inverse)], x)
    assert mg.bincount(Tensor(x), minlength=4).tolist() == [x.tolist().count(v) for v in range(4)]
    edges = np.sort(rng.integers(-3, 8, data.draw(st.integers(0, 5)))).astype("f8")
    probes = rng.integers(-4, 9, n).astype("f8")
    for right in (False, True):
        places = mg.searchsorted(Tensor(edges), Tensor(probes), right=right).tolist()
        assert places == [sum(e <= v if right else e < v for e in edges.tolist()) for v in probes.tolist()]


@pytest.mark.parametrize("descending", [False, True])
def test_nan_is_the_largest(descending: bool) -> None:
    @examples(30)
    @given(mgst.tensors(mgst.shapes(1, 1), "float64", special=True))
    def check(x: Tensor) -> None:
        numbers = sorted((v for v in x.tolist() if v == v), reverse=descending)
        y = mg.sort(x, descending=descending)[0].tolist()
        nans = len(y) - len(numbers)
        kept = y[nans:] if descending else y[: len(numbers)]
        assert kept == numbers
        assert all(v != v for v in (y[:nans] if descending else y[len(numbers) :]))

    check()
