"""minigrad/surface/scatter.py and the readers of index.py, compared with PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_samples.case import distinct, f, ints
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad.errors import DTypeError

Call = Callable[..., Any]
REDUCES = ("sum", "prod", "mean", "amax", "amin")
AT = np.array([[0, 2, 1, 0], [0, 2, 0, 1], [2, 2, 0, 0]])
MASK = np.array([[True, False, True], [False, False, True]])


# ---- scatter_reduce -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("reduce", REDUCES)
def test_scatter_reduce(reduce: str, include_self: bool) -> None:
    def both(dim: int, x: Any, at: Any, src: Any) -> None:
        call = lambda x, i, s: x.scatter_reduce(dim, i, s, reduce, include_self=include_self)  # noqa: E731
        agree(call, call, x, at, src)

    both(0, distinct(3, 4), AT, distinct(3, 4, seed="src"))
    both(-1, distinct(3, 3), AT, distinct(3, 4, seed="src"))
    both(0, f(6), np.array([3, 3, 3, 3, 3, 0, 3, 3]), distinct(8))
    both(0, f(), np.array(0), f(seed="src"))
    both(0, f(2, 3), np.zeros((0, 3), int), f(0, 3))


def test_a_source_larger_than_the_index() -> None:
    for reduce in REDUCES:
        ours = lambda x, i, s, r=reduce: mg.scatter_reduce(x, 0, i, s, r)  # noqa: E731
        theirs = lambda x, i, s, r=reduce: torch.scatter_reduce(x, 0, i, s[:2, :3], r)  # noqa: E731
        agree(ours, theirs, distinct(3, 4), AT[:2, :3], distinct(4, 4, seed="src"))


@pytest.mark.parametrize("include_self", [True, False])
def test_products_beside_zeros(include_self: bool) -> None:
    """PyTorch has the first derivative here, and NaN in the second."""
    at = np.array([0, 0, 1, 1, 1, 2, 2, 3])
    src = np.array([0.0, 2.0, 0.0, 0.0, 3.0, 1.5, -2.0, 4.0])
    x = np.array([0.5, 2.0, 0.0, 1.0, 5.0])
    call = lambda x, i, s: x.scatter_reduce(0, i, s, "prod", include_self=include_self)  # noqa: E731
    agree(call, call, x, at, src, order=1)


@pytest.mark.parametrize("reduce", ["amax", "amin"])
def test_ties_share_the_gradient(reduce: str) -> None:
    at = np.array([0, 0, 0, 1, 1, 2])
    src, x = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 3.0]), np.array([1.0, 5.0, 3.0, 0.0])
    call = lambda x, i, s: x.scatter_reduce(0, i, s, reduce)  # noqa: E731
    agree(call, call, x, at, src, order=1)


def test_what_does_not_count_takes_no_part_of_the_gradient() -> None:
    """PyTorch gives src 1/4 and x nothing where an x that does not count equals the result: 1/4 is lost."""
    x, src = mg.tensor([1.0, 5.0], requires_grad=True), mg.tensor([1.0, 1.0, 1.0], requires_grad=True)
    y = x.scatter_reduce(0, mg.tensor([0, 0, 0]), src, "amax", include_self=False)
    (y * mg.tensor([3.0, 7.0])).sum().backward()
    assert (x.grad.tolist(), src.grad.tolist()) == ([0.0, 7.0], [1.0, 1.0, 1.0])


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "float16", "float32"])
@pytest.mark.parametrize("reduce", REDUCES)
def test_scatter_reduce_of_other_dtypes(reduce: str, dtype: str) -> None:
    values = np.array([3, 4 if dtype == "uint8" else -4, 5])
    x, src = values.astype(dtype), np.array([2, 7, 1, 4]).astype(dtype)
    at = np.array([0, 0, 1, 0])
    for include_self in (True, False):
        ours = mg.tensor(x).scatter_reduce(
            0, mg.tensor(at), mg.tensor(src), reduce, include_self=include_self
        )
        theirs = torch.tensor(x).scatter_reduce(
            0, torch.tensor(at), torch.tensor(src), reduce, include_self=include_self
        )
        close(ours, theirs)


# ---- the others -----------------------------------------------------------------------------------------------------
TWICE, J = np.array([2, 0, 2]), np.array([1, 0])
CALLS: list[tuple[str, Call, list[Any]]] = [
    ("scatter a number", lambda m, x, i: x.scatter(1, i, value=2.5), [f(3, 4), AT[:, :2]]),
    (
        "scatter src by name",
        lambda m, x, i, s: m.scatter(x, 0, i, src=s),
        [f(3, 2), np.array([[0, 1]]), f(1, 2)],
    ),
    ("index_add", lambda m, x, i, s: m.index_add(x, 0, i, s), [f(3, 4), TWICE, f(3, 4, seed="s")]),
    (
        "index_add alpha",
        lambda m, x, i, s: x.index_add(-1, i, s, alpha=-0.5),
        [f(2, 3), TWICE, f(2, 3, seed="s")],
    ),
    ("index_add more", lambda m, x, i, s: x.index_add(1, i, s), [f(2, 3, 2), np.r_[TWICE, 1, 1], f(2, 5, 2)]),
    ("index_add one", lambda m, x, i, s: x.index_add(1, i, s), [f(2, 3), np.array(1), f(2, 1)]),
    ("index_add none", lambda m, x, i, s: x.index_add(0, i, s), [f(2, 3), np.zeros(0, int), f(0, 3)]),
    ("index_add to a number", lambda m, x, i, s: x.index_add(0, i, s), [f(), np.array([0]), f(seed="s")]),
    ("index_copy", lambda m, x, i, s: m.index_copy(x, 1, i, s), [f(3, 4), J, f(3, 2)]),
    ("index_copy whole", lambda m, x, i, s: x.index_copy(0, i, s), [f(2), J, f(2, seed="s")]),
    ("index_fill", lambda m, x, i: m.index_fill(x, 0, i, 1.5), [f(3, 2), TWICE]),
    ("index_fill back", lambda m, x, i: x.index_fill(1, i, -1.0), [f(3, 2), np.array([-1])]),
    ("index_fill a tensor", lambda m, x, i, v: x.index_fill(1, i, v), [f(3, 4), TWICE, f()]),
    ("index_fill a number", lambda m, x, i: x.index_fill(0, i, 2.0), [f(), np.array(0)]),
    ("index_put", lambda m, x, i, v: x.index_put((i,), v), [f(3, 4), J, f(2, 4)]),
    (
        "index_put broadcast",
        lambda m, x, i, j, v: m.index_put(x, (i, j), v),
        [f(3, 4), J, J[::-1].copy(), f()],
    ),
    (
        "index_put adding",
        lambda m, x, i, j, v: x.index_put((i, j), v, accumulate=True),
        [f(3, 4), TWICE, np.array([1, -1, 1]), f(3)],
    ),
    ("index_put adding rows", lambda m, x, i, v: x.index_put((i,), v, True), [f(3, 4), TWICE, f(4)]),
    ("index_put at a mask", lambda m, x, i, v: x.index_put((i,), v), [f(2, 3), MASK, f(3)]),
    ("index_put adding at a mask", lambda m, x, i, v: x.index_put([i], v, True), [f(2, 3), MASK, f()]),
    ("put", lambda m, x, i, s: x.put(i, s), [f(2, 3), np.array([[4, 0], [-1, 2]]), f(2, 2)]),
    ("put adding", lambda m, x, i, s: x.put(i, s, True), [f(2, 3), np.array([4, 4, -2]), f(3)]),
    ("masked_scatter", lambda m, x, i, s: m.masked_scatter(x, i, s), [f(2, 3), MASK, f(5)]),
    ("masked_scatter wide", lambda m, x, i, s: x.masked_scatter(i, s), [f(3), MASK, f(2, 2)]),
    ("masked_select", lambda m, x, i: m.masked_select(x, i), [f(2, 3), MASK]),
    ("masked_select wide", lambda m, x, i: x.masked_select(i), [f(2, 1), MASK]),
    ("masked_select of a number", lambda m, x, i: x.masked_select(i), [f(), np.array(True)]),
    ("take", lambda m, x, i: m.take(x, i), [f(2, 3), np.array([[4, 0], [-1, 4]])]),
    ("take a number", lambda m, x, i: x.take(i), [f(2, 3), np.array(5)]),
    ("index_select a number", lambda m, x, i: x.index_select(0, i), [f(), np.array(0)]),
    ("index_select one", lambda m, x, i: x.index_select(1, i), [f(2, 3), np.array(1)]),
    ("argwhere", lambda m, x: m.argwhere(x > 0), [f(3, 2)]),
    ("unravel_index", lambda m, i: m.unravel_index(i, (2, 3, 4)), [np.array([[23, 0], [7, 12]])]),
    ("adjoint", lambda m, x: x.adjoint() * x.mH * x.H, [f(2, 3)]),
    ("where", lambda m, x: m.where(x > 0), [f(3, 2)]),
    ("where of three", lambda m, x, y: m.where(x > 0, x, y), [f(3, 2), f(2)]),
]


@pytest.mark.parametrize(("name", "call", "xs"), CALLS, ids=[name for name, _, _ in CALLS])
def test_values_and_gradients(name: str, call: Call, xs: list[Any]) -> None:
    agree(lambda *a: call(mg, *a), lambda *a: call(torch, *a), *xs)


@pytest.mark.filterwarnings("ignore:index_reduce")
@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("reduce", REDUCES[1:])
def test_index_reduce(reduce: str, include_self: bool) -> None:
    for x, dim, at, source in [
        (distinct(3, 4), 0, TWICE, distinct(3, 4, seed="s")),
        (distinct(2, 3, 2), 1, np.r_[TWICE, 2, 2], distinct(2, 5, 2, seed="s")),
        (distinct(3), -1, TWICE, distinct(3, seed="s")),
    ]:
        call = lambda x, i, s, d=dim: x.index_reduce(d, i, s, reduce, include_self=include_self)  # noqa: E731
        agree(call, call, x, at, source)


@pytest.mark.filterwarnings("ignore:The reduce argument of torch.scatter")
def test_scatter_with_a_reduction() -> None:
    for reduce in ("add", "multiply"):
        close(
            mg.tensor(f(3, 4)).scatter(0, mg.tensor(AT[:2]), mg.tensor(f(2, 4)), reduce=reduce),
            torch.tensor(f(3, 4)).scatter(0, torch.tensor(AT[:2]), torch.tensor(f(2, 4)), reduce=reduce),
        )
        close(
            mg.tensor(f(3, 4)).scatter_(0, mg.tensor(AT), 1.5, reduce=reduce),
            torch.tensor(f(3, 4)).scatter_(0, torch.tensor(AT), 1.5, reduce=reduce),
        )


IN_PLACE: list[Call] = [
    lambda m, x: x.index_add_(0, m.tensor(TWICE), m.ones(3, 4), alpha=2),
    lambda m, x: x.index_copy_(1, m.tensor(J), m.ones(3, 2)),
    lambda m, x: x.index_fill_(1, m.tensor(J), 7.0),
    lambda m, x: x.index_put_((m.tensor(J),), m.tensor(3.0)),
    lambda m, x: x.index_put_((m.tensor(TWICE),), m.tensor(3.0), accumulate=True),
    lambda m, x: x.put_(m.tensor([1, -1]), m.ones(2), accumulate=True),
    lambda m, x: x.masked_scatter_(x > 0, m.arange(12.0)),
    lambda m, x: x.scatter_reduce_(0, m.tensor(AT), m.ones(3, 4), "amax"),
    lambda m, x: x.scatter_(0, m.tensor(AT[:1]), value=9.0),
]


@pytest.mark.parametrize("k", range(len(IN_PLACE)))
def test_in_place(k: int) -> None:
    values = f(3, 4).astype(np.float32)
    ours, theirs = mg.tensor(values), torch.tensor(values)
    memory = ours.data
    assert IN_PLACE[k](mg, ours) is ours
    IN_PLACE[k](torch, theirs)
    assert ours.data is memory
    close(ours, theirs, 1e-6)


def test_a_random_mix() -> None:
    """Many random indices, large enough for the fast way of adding."""
    at = ints(50, 40, low=0, high=7, seed="mix")
    for reduce in REDUCES:
        scale = f(50, 40, low=0.8, high=1.2, seed=reduce)
        call = lambda x, i, s, r=reduce: x.scatter_reduce(0, i, s, r)  # noqa: E731
        agree(call, call, f(7, 40), at, scale, order=1)


@pytest.mark.parametrize("number", [2.7, np.float64(2.7), -3, True])
@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool", "float32"])
def test_numbers_do_not_change_the_dtype(dtype: str, number: Any) -> None:
    if dtype == "uint8" and number == -3:
        number = 3
    for use in (
        lambda x, i, m: x.masked_fill(m, number),
        lambda x, i, m: x.index_fill(0, i, number),
        lambda x, i, m: x.scatter(0, i, number),
    ):
        found, want = (
            use(lib.tensor([1, 2], dtype=getattr(lib, dtype)), lib.tensor([1]), lib.tensor([True, False]))
            for lib in (mg, torch)
        )
        assert str(found.dtype) == dtype and found.tolist() == want.tolist()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -np.inf])
def test_integers_hold_no_infinity(number: float) -> None:
    x, i = mg.tensor([1, 2]), mg.tensor([0])
    for use in (
        lambda: x.masked_fill(x > 1, number),
        lambda: x.index_fill(0, i, number),
        lambda: x.scatter(0, i, number),
    ):
        with pytest.raises(
            DTypeError, match=r"(masked_fill|index_fill|scatter): value (nan|-?inf) does not fit int64"
        ):
            use()
