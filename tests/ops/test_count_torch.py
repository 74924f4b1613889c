"""Groups of equals, membership, counts, and the reductions added to the surface, beside PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from torch_parity import agree, torch

import minigrad as mg

RNG = np.random.default_rng(13)
X = RNG.uniform(-2.0, 2.0, (3, 4, 2))
NAN = np.where(RNG.uniform(size=X.shape) < 0.3, np.nan, X)
ROWS = RNG.integers(0, 2, (9, 2, 2))
nan, inf = np.nan, np.inf


def same(call: Any, *xs: Any) -> None:
    """The same numbers, dtypes and shapes from both libraries."""
    ours, theirs = (call(lib, *map(lib.tensor, xs)) for lib in (mg, torch))
    many = isinstance(theirs, tuple)
    for y, z in zip(ours if many else [ours], theirs if many else [theirs], strict=True):
        assert (tuple(y.shape), f"torch.{y.dtype}") == (tuple(z.shape), str(z.dtype))
        np.testing.assert_allclose(y.numpy(), z.numpy(), 1e-13 if y.dtype == mg.float64 else 1e-6, 0)


def both(call: Any, *xs: Any) -> None:
    """Values and derivatives to the second order."""
    agree(lambda *ts: call(mg, *ts), lambda *ts: call(torch, *ts), *xs)


# ---- groups of equals -----------------------------------------------------------------------------------------------
INPUTS = {
    "integers": RNG.integers(-3, 4, (4, 5)),
    "uint8": RNG.integers(0, 4, (4, 5)).astype("uint8"),
    "bools": RNG.integers(0, 2, (4, 5)) > 0,
    "floats": RNG.integers(-3, 4, (4, 5)) * 0.5,
    "NaN": np.array([1.0, nan, 0.5, nan, 1.0]),
    "runs": np.repeat(RNG.integers(0, 3, 9), 3),
    "one": np.array(3.0),
    "nothing": np.zeros((0, 3)),
}


@pytest.mark.parametrize("name", ["unique", "unique_consecutive"])
@pytest.mark.parametrize("what", INPUTS)
def test_unique(what: str, name: str) -> None:
    x = INPUTS[what]
    for inverse in (False, True):
        for counts in (False, True):
            how = {"return_inverse": inverse, "return_counts": counts}
            same(lambda lib, x, how=how: getattr(lib, name)(x, **how), x)
            same(lambda lib, x, how=how: getattr(x, name)(**how), x)


@pytest.mark.parametrize("name", ["unique", "unique_consecutive"])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_unique_slices(name: str, dim: int) -> None:
    for x in (ROWS, ROWS > 0, ROWS * 0.5, np.sort(ROWS, 0), X):
        same(lambda lib, x: getattr(lib, name)(x, return_inverse=True, return_counts=True, dim=dim), x)
    same(lambda lib, x: getattr(lib, name)(x, dim=0, return_inverse=True), np.zeros((0, 3)))
    same(lambda lib, x: getattr(lib, name)(x, dim=0), np.array([3, 1, 1, 3]))
    same(
        lambda lib, x: getattr(lib, name)(x, dim=0),
        np.array([[1.0, nan], [1.0, nan], [2.0, 3.0], [2.0, 3.0]]),
    )


def test_unique_keeps_gradients() -> None:
    """PyTorch has none; the first of equals gets it."""
    x = mg.tensor([3.0, 1.0, 3.0], requires_grad=True)
    (mg.unique(x, False) * mg.tensor([10.0, 1.0])).sum().backward()
    assert x.grad.tolist() == [1.0, 10.0, 0.0]


# ---- membership and counts ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("invert", [False, True])
def test_isin(invert: bool) -> None:
    a = RNG.integers(-5, 6, (3, 4))
    for b in (
        RNG.integers(-5, 6, (2, 3)),
        RNG.integers(-5, 6, 50),
        np.array([0.0, 1.5, nan]),
        np.zeros(0),
        np.array(2),
    ):
        same(lambda lib, a, b: lib.isin(a, b, invert=invert), a, b)
        same(lambda lib, a, b: lib.isin(b, a, invert=invert), a, b)
    same(
        lambda lib, a, b: lib.isin(a, b, assume_unique=True, invert=invert), np.arange(5), np.array([3, 9, 0])
    )
    same(lambda lib, a: lib.isin(a, 2, invert=invert), a)
    same(lambda lib, a: lib.isin(2.5, a, invert=invert), a)
    same(lambda lib, a: lib.isin(a, a, invert=invert), np.array([nan, inf, 0.0]))


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
def test_bincount(dtype: str) -> None:
    for x in (np.array([1, 2, 2, 5]), np.zeros(0)):
        x = x.astype(dtype)
        for minlength in (0, 3, 9):
            same(lambda lib, x, n=minlength: lib.bincount(x, minlength=n), x)
            for to in ("float32", "float64", "int64", "float16"):
                w = np.arange(x.size).astype(to)
                if x.size:  # for nothing PyTorch counts in int64, whatever the weights
                    same(lambda lib, x, w, n=minlength: x.bincount(w, n), x, w)
    weights = mg.tensor([1.0, 2.0, 4.0], requires_grad=True)
    (mg.bincount(mg.tensor([1, 0, 1]), weights) * mg.tensor([3.0, 5.0])).sum().backward()
    assert weights.grad.tolist() == [5.0, 3.0, 5.0]


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_histc(dtype: str) -> None:
    x = (RNG.integers(-8, 9, 200) * 0.25).astype(dtype)
    for how in ({}, {"bins": 7}, {"bins": 8, "min": -1, "max": 1}, {"bins": 5, "min": 1.5, "max": 4.0}):
        same(lambda lib, x, how=how: lib.histc(x, **how), x)
    for row in ([1.0, 1.0], [], [1.0, nan, inf, -inf, 0.0]):
        how = {"min": 0, "max": 3} if len(row) > 2 else {}
        same(lambda lib, x, how=how: x.histc(bins=3, **how), np.array(row, dtype))


# ---- reductions -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", [None, 0, -1, (0, 2), (0, 1, 2), ()])
@pytest.mark.parametrize("name", ["nansum", "nanmean"])
def test_sums_without_nan(name: str, dim: Any, keepdim: bool) -> None:
    for x in (X, NAN):
        both(lambda lib, x: getattr(lib, name)(x, dim, keepdim), x)
    for to in ("float64", "float32"):
        same(lambda lib, x, to=to: getattr(lib, name)(x, dim, keepdim, dtype=getattr(lib, to)), NAN)
    if name == "nansum":
        same(lambda lib, x: x.nansum(dim, keepdim=keepdim), ROWS[:3])
    same(lambda lib, x: getattr(x, name)(), np.array([nan, nan]))
    same(lambda lib, x: getattr(x, name)(), np.zeros(0))


def test_sums_of_nothing_but_nan_have_no_nan_gradient() -> None:
    x = mg.tensor([[nan, nan], [nan, 1.0]], requires_grad=True)
    x.nanmean(1).sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0], [0.0, 1.0]]
    many = mg.full((4001,), 1.0, dtype=mg.float16)
    assert many.nanmean().item() == 1.0


@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", [None, 0, -1])
def test_aminmax(dim: int | None, keepdim: bool) -> None:
    both(lambda lib, x: lib.aminmax(x, dim=dim, keepdim=keepdim), X)
    both(lambda lib, x: x.aminmax(dim=dim, keepdim=keepdim), np.round(X))
    same(lambda lib, x: tuple(lib.aminmax(x, dim=dim, keepdim=keepdim)), ROWS)
    assert mg.aminmax(mg.tensor([1.0, 2.0])).min.item() == 1.0


@pytest.mark.parametrize("name", ["var_mean", "std_mean"])
def test_spread_and_mean(name: str) -> None:
    forms = (
        lambda f, x: f(x),
        lambda f, x: f(x, 0),
        lambda f, x: f(x, False),
        lambda f, x: f(x, (0, 2), True, True),
        lambda f, x: f(x, dim=1, correction=0, keepdim=True),
        lambda f, x: f(x, unbiased=False),
        lambda f, x: f(x, (1, 2), correction=2),
    )
    for form in forms:
        both(lambda lib, x, form=form: form(getattr(lib, name), x), X)


def test_trace() -> None:
    both(lambda lib, x: lib.trace(x), X[0])
    both(lambda lib, x: x.trace(), X[:, :, 0])
    for x in (ROWS[0], ROWS[0].astype("uint8"), np.zeros((0, 2)), X[0].astype("float16")):
        same(lambda lib, x: lib.trace(x), x)


@pytest.mark.parametrize("name", ["any", "all"])
def test_truth(name: str) -> None:
    for x in (ROWS, ROWS > 0, ROWS.astype("uint8"), np.where(ROWS, nan, 0.0), np.zeros((0, 3))):
        for how in ({}, {"dim": 0}, {"dim": (0, -1), "keepdim": True}, {"dim": ()}, {"dim": None}):
            same(lambda lib, x, how=how: getattr(lib, name)(x, **how), x)
        same(lambda lib, x: getattr(x, name)(-1, True), x)
