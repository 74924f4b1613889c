"""Order statistics, sorting and places in sorted rows beside PyTorch's: values, positions, gradients, edge shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from torch_parity import agree, torch

import minigrad as mg

RNG = np.random.default_rng(11)
X = RNG.permutation(60).reshape(3, 5, 4) * 0.1 - 3.0
NAN = np.where(RNG.uniform(size=X.shape) < 0.3, np.nan, X)
TIES = RNG.integers(0, 4, (6, 7)).astype(float)
nan, inf = np.nan, np.inf


def same(call: Callable[[Any, Any], Any], *xs: Any) -> None:
    """The same numbers, dtypes and shapes from both libraries, with no gradients."""
    ours, theirs = (call(lib, *map(lib.tensor, xs)) for lib in (mg, torch))
    many = isinstance(theirs, tuple)
    for y, z in zip(ours if many else [ours], theirs if many else [theirs], strict=True):
        assert (tuple(y.shape), f"torch.{y.dtype}") == (tuple(z.shape), str(z.dtype))
        np.testing.assert_allclose(y.numpy(), z.numpy(), 1e-13 if y.dtype == mg.float64 else 1e-6, 0)


def both(call: Callable[[Any, Any], Any], *xs: Any) -> None:
    """Values and derivatives to the second order."""
    agree(lambda *ts: call(mg, *ts), lambda *ts: call(torch, *ts), *xs)


# ---- sorting --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_sort(dim: int, descending: bool) -> None:
    both(lambda lib, x: lib.sort(x, dim, descending), X)
    both(lambda lib, x: lib.sort(x, stable=True, dim=dim, descending=descending), X)
    for x in (NAN, TIES, TIES > 1, TIES.astype("int32"), np.zeros((0, 3)), np.zeros((3, 0)), np.array(2.0)):
        k = max(min(dim, x.ndim - 1), -max(x.ndim, 1))
        same(lambda lib, x, k=k: tuple(lib.sort(x, dim=k, descending=descending, stable=True)), x)
        same(lambda lib, x, k=k: x.argsort(dim=k, descending=descending, stable=True), x)
        same(lambda lib, x, k=k: lib.argsort(x, k, descending).sort(k).values, x)


def test_sort_gives_names() -> None:
    y = mg.sort(mg.tensor([2.0, 1.0]))
    assert (y.values.tolist(), y.indices.tolist()) == ([1.0, 2.0], [1, 0])
    both(lambda lib, x: lib.msort(x), X)
    both(lambda lib, x: x.msort(), np.array(2.0))


@pytest.mark.parametrize("largest", [False, True])
@pytest.mark.parametrize(("k", "dim"), [(0, 0), (1, 0), (3, 0), (4, 1), (2, -1), (1, -1)])
def test_topk(k: int, dim: int, largest: bool) -> None:
    both(lambda lib, x: lib.topk(x, k, dim, largest), X)
    both(lambda lib, x: x.topk(k, dim=dim, largest=largest, sorted=True), X)


@pytest.mark.parametrize("largest", [False, True])
def test_topk_of_many(largest: bool) -> None:
    x = RNG.permutation(3000).reshape(3, 1000) * 0.01
    both(lambda lib, x: lib.topk(x, 7, 1, largest), x)
    both(lambda lib, x: lib.topk(x, 7, 0, largest), np.ascontiguousarray(x.T))
    x[:, ::3] = nan
    same(lambda lib, x: lib.topk(x, 20, 1, largest).values, x)
    x[:, ::2] = nan
    same(lambda lib, x: lib.topk(x, 120, 1, largest).values, x)
    same(lambda lib, x: lib.topk(x, 20, 0, largest).values, RNG.integers(0, 9, (400, 3)))
    for k in (0, 1):
        same(lambda lib, x, k=k: tuple(lib.topk(x, k)), np.array(3.0))


# ---- one of a row ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("name", ["median", "nanmedian", "kthvalue", "mode"])
def test_chosen(name: str, dim: int, keepdim: bool) -> None:
    first = (3,) if name == "kthvalue" else ()
    both(lambda lib, x: getattr(lib, name)(x, *first, dim, keepdim), X)
    both(lambda lib, x: getattr(x, name)(*first, dim=dim, keepdim=keepdim), X)
    for x in (NAN, TIES, TIES.astype("int64"), TIES.astype("uint8")):
        if name != "mode" or x is not NAN:  # PyTorch takes a NaN for the most frequent element
            k = min(dim, x.ndim - 1)
            same(lambda lib, x, k=k: getattr(lib, name)(x, *first, k, keepdim).values, x)


@pytest.mark.parametrize("name", ["median", "nanmedian", "mode", "kthvalue"])
def test_chosen_of_little(name: str) -> None:
    first = (1,) if name == "kthvalue" else ()
    same(lambda lib, x: tuple(getattr(lib, name)(x, *first, 0)), np.array(2.0))
    same(lambda lib, x: tuple(getattr(lib, name)(x, *first, -1, True)), np.array(2))
    same(lambda lib, x: tuple(getattr(lib, name)(x, *first, 1)), np.zeros((0, 3)))
    same(lambda lib, x: tuple(getattr(lib, name)(x, *first, 1, True)), np.zeros((0, 3)))
    both(lambda lib, x: getattr(lib, name)(x, *first, 0).values, np.array(2.0))


@pytest.mark.parametrize("name", ["median", "nanmedian"])
def test_median_of_all(name: str) -> None:
    for x in (X, TIES, X[0, :, :3], NAN, np.array([nan, nan, 1.0]), np.array([nan, nan]), np.array(2.0)):
        both(lambda lib, x: getattr(lib, name)(x), x)
    for x in (TIES.astype("int16"), np.zeros(0), np.array([nan, 1.0, 2.0])):
        same(lambda lib, x: getattr(x, name)(), x)
    same(
        lambda lib, x: tuple(getattr(lib, name)(x, 1)), np.array([[1.0, nan, 2.0, nan], [3.0, 4.0, nan, 5.0]])
    )
    same(lambda lib, x: getattr(lib, name)(x, 1)[0], np.array([[1.0, nan, 2.0], [nan] * 3]))


@pytest.mark.parametrize("k", [1, 2, 5])
def test_kthvalue(k: int) -> None:
    both(lambda lib, x: lib.kthvalue(x, k, 1).values, X)
    same(lambda lib, x: tuple(lib.kthvalue(x, k)), np.array([2.0, nan, 0.5, 3.0, 1.0]))


def test_mode_stands_where_it_was_last() -> None:
    for x in ([2, 1, 2, 1, 5], [[2, 2, 1, 1, 3], [3, 3, 3, 0, 0]], [True, False, True], [1.5]):
        same(lambda lib, x: tuple(lib.mode(x)), np.array(x))
    same(lambda lib, x: tuple(lib.mode(x, 0)), TIES)


# ---- quantiles ------------------------------------------------------------------------------------------------------
INTERPOLATIONS = ["linear", "lower", "higher", "midpoint", "nearest"]


@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", [None, 0, 1, -1])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("name", ["quantile", "nanquantile"])
def test_quantile(name: str, interpolation: str, dim: int | None, keepdim: bool) -> None:
    def call(lib: Any, x: Any, q: Any) -> Any:
        return getattr(lib, name)(x, q, dim, keepdim, interpolation=interpolation)

    for q in (0.0, 0.3, 0.5, 1.0):
        both(lambda lib, x, q=q: call(lib, x, q), X)
        same(lambda lib, x, q=q: call(lib, x, q), NAN)
    q = np.array([0.9, 0.25, 1 / 3, 0.25])
    agree(lambda x, q: call(mg, x, q), lambda x, q: call(torch, x, q), X, q, order=1)
    if name == "nanquantile" and dim is not None:
        agree(
            lambda x, q: call(mg, x, q),
            lambda x, q: call(torch, x, q),
            np.where(X > 2, np.nan, X),
            q,
            order=1,
        )


@pytest.mark.parametrize("name", ["quantile", "nanquantile"])
def test_quantile_of_little(name: str) -> None:
    both(lambda lib, x: getattr(lib, name)(x, 0.4, 0), np.array(3.0))
    both(lambda lib, x: getattr(lib, name)(x, 0.4, keepdim=True), np.array([3.0, 4.0]))
    same(lambda lib, x, q: getattr(lib, name)(x, q, 0), X[0], np.zeros(0))
    same(lambda lib, x, q: getattr(lib, name)(x, q, 0), X[0], np.array(0.3))
    same(lambda lib, x: getattr(lib, name)(x, 0.4), np.array([1.0, nan, nan], "float32"))
    same(lambda lib, x: getattr(lib, name)(x, 1), np.array([1.0, inf, 2.0, inf], "float32"))
    same(lambda lib, x: getattr(lib, name)(x, 0.5, interpolation="nearest"), np.arange(4.0))  # to even


# ---- places in sorted rows ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("dtype", ["int64", "float32", "float64", "uint8"])
def test_searchsorted(dtype: str, right: bool) -> None:
    row = np.array([1, 3, 3, 3, 7, 9]).astype(dtype)
    x = np.arange(11).astype(dtype)
    same(lambda lib, s, x: lib.searchsorted(s, x, right=right), row, x)
    same(lambda lib, s, x: lib.searchsorted(s, x.reshape(11, 1), side="right" if right else "left"), row, x)
    same(lambda lib, s, x: lib.bucketize(x, s, right=right, out_int32=True), row, x)
    same(lambda lib, s: lib.searchsorted(s, 3, right=right), row)
    same(lambda lib, s: lib.bucketize(2.5, s, right=right), row)
    rows, xs = np.sort(TIES, 1).astype(dtype), RNG.integers(0, 6, (6, 5)).astype(dtype)
    same(lambda lib, s, x: lib.searchsorted(s, x, right=right), rows, xs)
    same(lambda lib, s, x: lib.searchsorted(s.reshape(2, 3, 7), x.reshape(2, 3, 5), right=right), rows, xs)
    same(lambda lib, s, x: lib.searchsorted(s, x, right=right), rows[:, :0], xs)
    same(lambda lib, s, x: lib.searchsorted(s, x, right=right), rows, xs[:, :0])
    mixed = RNG.permutation(7)
    order = np.argsort(rows[:, mixed], 1, kind="stable")
    same(lambda lib, s, x, o: lib.searchsorted(s, x, right=right, sorter=o), rows[:, mixed].copy(), xs, order)


def test_searchsorted_and_nan() -> None:
    for side in ("left", "right"):
        same(
            lambda lib, s, x, side=side: lib.searchsorted(s, x, side=side),
            np.array([1.0, 2.0]),
            np.array([nan, inf]),
        )
        s = np.array([[1.0, 2.0], [-inf, inf]])
        same(
            lambda lib, s, x, side=side: lib.searchsorted(s, x, side=side),
            s,
            np.array([[nan, 1.0], [inf, nan]]),
        )
