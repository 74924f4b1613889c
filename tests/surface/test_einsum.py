"""einsum without PyTorch: every output element as a sum over all values of the other letters."""

from __future__ import annotations

import importlib
import itertools
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_samples.case import f

import minigrad as mg
from minigrad.errors import ArgumentError, DTypeError, MinigradError, ShapeError
from minigrad.testing import gradcheck

Array = Any
module = importlib.import_module("minigrad.surface.einsum")
EXTENTS = {"a": 2, "b": 3, "c": 2, "d": 3, "e": 1}


def by_loops(equation: str, *xs: Array) -> Array:
    """For an equation without an ellipsis, with its output."""
    left, output = equation.split("->")
    terms = left.split(",")
    names = sorted(set(left) - {","})
    y = np.zeros([EXTENTS[n] for n in output])
    for values in itertools.product(*(range(EXTENTS[n]) for n in names)):
        at = dict(zip(names, values, strict=True))
        y[tuple(at[n] for n in output)] += math.prod(
            float(x[tuple(at[n] for n in term)]) for x, term in zip(xs, terms, strict=True)
        )
    return y


EQUATIONS = """
    ab->ba aa->a aa-> aab->b aab->ba ab-> a,a-> a,b->ba ab,bc->ac ab,bc-> abc,acd->abd ab,ab->ab ab,ab-> ab,ab->a
    ab,cb,cd->ad ab,bc,cd,da-> abc,c,b->a a,b,c->bca ab,ac,ad->bcd aab,bc->ac ae,eb->ab abe->a e->e
""".split()


@pytest.mark.parametrize("equation", EQUATIONS)
def test_values_and_slopes(equation: str) -> None:
    xs = [
        f(*(EXTENTS[n] for n in term), seed=str(k))
        for k, term in enumerate(equation.split("->")[0].split(","))
    ]
    ts = [mg.tensor(x, requires_grad=True) for x in xs]
    y = mg.einsum(equation, *ts)
    np.testing.assert_allclose(y.detach().numpy(), by_loops(equation, *xs), 1e-12, 1e-13)
    gradcheck(lambda *t: mg.einsum(equation, *t), ts)
    gradcheck(lambda *t: mg.einsum(equation, *t), ts, order=2, fast_mode=True)


@pytest.mark.parametrize(
    ("implied", "whole"),
    [("ba", "ba->ab"), ("ab,bc", "ab,bc->ac"), ("aa", "aa->"), ("ca,ab", "ca,ab->bc"), ("b a", "ba->ab")],
)
def test_implied_outputs(implied: str, whole: str) -> None:
    xs = [f(*(EXTENTS[n] for n in term)) for term in whole.split("->")[0].split(",")]
    got = mg.einsum(implied, *map(mg.tensor, xs)).numpy()
    np.testing.assert_allclose(got, by_loops(whole, *xs), 1e-12)


def test_an_ellipsis_stands_for_dims_that_broadcast() -> None:
    a, b = f(3, 1, 2, 3), f(2, 3, 2)
    got = mg.einsum("...ij,...jk", mg.tensor(a), mg.tensor(b)).numpy()
    assert got.shape == (3, 2, 2, 2)
    for n, m in np.ndindex(3, 2):
        np.testing.assert_allclose(got[n, m], by_loops("ab,bc->ac", a[n, 0], b[m]), 1e-12)
    assert mg.einsum("i...->...i", mg.tensor(a)).shape == (1, 2, 3, 3)
    assert mg.einsum("...ij->ij", mg.tensor(a)).shape == (2, 3)


def test_lists_of_numbers() -> None:
    a, b = mg.tensor(f(2, 3)), mg.tensor(f(3, 2))
    want = by_loops("ab,bc->ca", a.numpy(), b.numpy())
    np.testing.assert_allclose(mg.einsum(a, [0, 1], b, [1, 2], [2, 0]).numpy(), want, 1e-12)
    np.testing.assert_allclose(mg.einsum(a, [..., 5], b, [5, 30]).numpy(), want.T, 1e-12)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "int64"])
def test_dtypes_stay(dtype: str) -> None:
    a, b = mg.full((2, 3), 2, dtype=dtype), mg.full((3, 2), 3, dtype=dtype)
    y = mg.einsum("ij,jk,ki->i", a, b, mg.full((2, 2), 1, dtype=dtype))
    assert y.dtype == a.dtype and y.tolist() == [36, 36]


T = mg.zeros(2, 3)
MISUSES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: mg.einsum(), ArgumentError, "einsum: an equation and operands are wanted"),
    (lambda: mg.einsum("ij"), ArgumentError, "einsum: no operands are given"),
    (lambda: mg.einsum("ij,jk", T), ArgumentError, "einsum: the equation has 2 operands, and 1 were given"),
    (lambda: mg.einsum("ij", T, T), ArgumentError, "einsum: the equation has 1 operands, and 2 were given"),
    (lambda: mg.einsum("i1", T), ArgumentError, "einsum: 'i1' has a '1', where letters"),
    (lambda: mg.einsum("i..j", T), ArgumentError, r"einsum: 'i..j' has a '\.'"),
    (lambda: mg.einsum("......", T), ArgumentError, r"einsum: '\.{6}' has a '\.'"),
    (lambda: mg.einsum("ij->i->j", T), ArgumentError, "einsum: 'ij->i->j' has a '-'"),
    (lambda: mg.einsum("ij->k", T), ArgumentError, "einsum: the output names 'k', which no operand has"),
    (lambda: mg.einsum("ij->ii", T), ArgumentError, "einsum: the output names 'i' more than once"),
    (
        lambda: mg.einsum("ijk", T),
        ShapeError,
        r"einsum: operand 0 is float32\[2, 3\], where 'ijk' names 3 dim",
    ),
    (lambda: mg.einsum("i", T), ShapeError, r"einsum: operand 0 is float32\[2, 3\], where 'i' names 1 dim"),
    (lambda: mg.einsum("...ijk", T), ShapeError, r"einsum: operand 0 is .* where '\.\.\.ijk' names 3"),
    (lambda: mg.einsum("ii", T), ShapeError, "einsum: operand 0 is .* whose dims 0 and 1 are both 'i'"),
    (lambda: mg.einsum("ij,ij", T, T.T), ShapeError, "einsum: operand 1 is .* where 'i' has extent 2"),
    (lambda: mg.einsum("...,...", T, T.T), ShapeError, r"einsum: operand 1 is .* where '\.\.\.' has extent"),
    (lambda: mg.einsum("ij", 3.0), DTypeError, "einsum: operand 0 is a float"),
    (lambda: mg.einsum(T, [0, 99]), ArgumentError, r"einsum: the list \[0, 99\] holds 99"),
    (
        lambda: mg.einsum(T, "ij"),
        ArgumentError,
        "einsum: a list of numbers is wanted after each operand, a str",
    ),
    (lambda: mg.einsum(T, [..., ...]), ArgumentError, "einsum: the list .* has more than one Ellipsis"),
]


@pytest.mark.parametrize(("call", "error", "match"), MISUSES, ids=[m[2][:40] for m in MISUSES])
def test_misuse(call: Callable[[], Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert isinstance(caught.value, MinigradError)
    assert re.match(match, str(caught.value)), str(caught.value)


def test_a_long_product_makes_no_large_array(monkeypatch: pytest.MonkeyPatch) -> None:
    """Left to right the second operand would meet the first in an array of 40^4 elements."""
    sizes, product = [], module.product

    def watched(*args: Any) -> Any:
        y, labels = product(*args)
        sizes.append(y.data.size)
        return y, labels

    monkeypatch.setattr(module, "product", watched)
    x, y = mg.ones(40, 40), mg.ones(40)
    assert mg.einsum("ab,cd,b,d,a,c->", x, x, y, y, y, y).item() == 40.0**4
    assert len(sizes) == 5 and max(sizes) <= 40
