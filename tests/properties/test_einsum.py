"""einsum, and the products that it is the general form of, beside plain loops over all values of all letters."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from property_tools import Array, examples, leaf, near, normal, numbers, pulled, same_function

import minigrad as mg
from minigrad.testing import strategies as mgst

Labels = list[Any]


def spelled(term: str, rank: int) -> Labels:
    """A label for each dim of an operand; those of "..." are numbers, -1 for the last."""
    if "..." not in term:
        return [*term]
    before, after = term.split("...")
    return [*before, *range(len(before + after) - rank, 0), *after]


def read(config: mgst.EinsumConfig) -> tuple[list[Labels], Labels]:
    """The labels of the operands and of the output."""
    left, arrow, right = config.equation.partition("->")
    terms = [spelled(t, len(s)) for t, s in zip(left.split(","), config.shapes, strict=True)]
    every = [n for term in terms for n in term]
    dots = [*range(min([0, *(n for n in every if isinstance(n, int))]), 0)]
    if arrow:
        return terms, spelled(right, len(right.replace("...", "")) + ("..." in right) * len(dots))
    return terms, [*dots, *sorted(n for n in {*every} if isinstance(n, str) and every.count(n) == 1)]


def looped(
    config: mgst.EinsumConfig, arrays: list[Array], g: Array | None = None
) -> tuple[Array, list[Array]]:
    """The sum of products, one product at a time; and the gradients for g."""
    terms, output = read(config)
    sides: dict[Any, int] = {}
    for term, shape in zip(terms, config.shapes, strict=True):
        for n, side in zip(term, shape, strict=True):
            sides[n] = side if sides.get(n, 1) == 1 else sides[n]
    y = np.zeros([sides[n] for n in output])
    found = [np.zeros(a.shape) for a in arrays]
    for at in product(*(range(side) for side in sides.values())):
        where = dict(zip(sides, at, strict=True))
        places = [
            tuple(where[n] if side > 1 else 0 for n, side in zip(term, a.shape, strict=True))
            for term, a in zip(terms, arrays, strict=True)
        ]
        factors = [float(a[p]) for a, p in zip(arrays, places, strict=True)]
        into = tuple(where[n] for n in output)
        y[into] += np.prod(factors)
        if g is not None:
            for k, p in enumerate(places):
                found[k][p] += g[into] * np.prod(factors[:k] + factors[k + 1 :])
    return y, found


@examples(250)
@given(st.data(), mgst.einsum_configs(), numbers)
def test_einsum_sums_products_and_so_do_its_gradients(
    data: DataObject, config: mgst.EinsumConfig, rng: Any
) -> None:
    arrays = [normal(rng, s) for s in config.shapes]
    xs = [leaf(data, a) for a in arrays]
    y = mg.einsum(config.equation, *xs)
    g = normal(rng, y.shape)
    wanted, slopes = looped(config, arrays, g)
    near(y, wanted)
    for found, slope in zip(pulled(y, xs, g), slopes, strict=True):
        near(found, slope)


@examples(60)
@given(mgst.einsum_configs(), numbers)
def test_einsum_takes_lists_in_the_place_of_letters(config: mgst.EinsumConfig, rng: Any) -> None:
    xs = [mg.tensor(normal(rng, s)) for s in config.shapes]
    left, arrow, right = config.equation.partition("->")

    def listed(term: str) -> list[Any]:
        names = term.replace("...", ".")
        return [... if c == "." else "Bijk".index(c) for c in names]  # in the order in which letters sort

    args = [part for x, term in zip(xs, left.split(","), strict=True) for part in (x, listed(term))]
    y = mg.einsum(*args, *([listed(right)] if arrow else []))
    near(y, mg.einsum(config.equation, *xs).numpy(), 0.0, 0.0)


sides = st.integers(0, 3)


@examples(40)
@given(st.tuples(*[sides] * 5), numbers)
def test_products_of_matrices_and_vectors_are_einsums(sizes: Any, rng: Any) -> None:
    b, n, k, m, p = sizes
    pairs = {
        "bnk,bkm->bnm": (mg.bmm, (b, n, k), (b, k, m)),
        "nk,km->nm": (mg.mm, (n, k), (k, m)),
        "nk,k->n": (mg.mv, (n, k), (k,)),
        "k,k->": (mg.dot, (k,), (k,)),
        "n,m->nm": (mg.outer, (n,), (m,)),
        "bnk,kmp->bnmp": (lambda x, y: mg.tensordot(x, y, 1), (b, n, k), (k, m, p)),
        "bnk,nkp->bp": (lambda x, y: mg.tensordot(x, y, 2), (b, n, k), (n, k, p)),
        "bnk,mk->bnm": (mg.inner, (b, n, k), (m, k)),
        "bnk,mk->bmn": (lambda x, y: y @ x.mT, (b, n, k), (m, k)),
    }
    for equation, (fn, *shapes) in pairs.items():
        arrays = [normal(rng, s) for s in shapes]
        same_function(rng, fn, lambda x, y, e=equation: mg.einsum(e, x, y), *arrays)


@examples(30)
@given(st.tuples(*[st.integers(1, 3)] * 4), numbers)
def test_kron_is_an_outer_product_arranged_in_blocks(sizes: Any, rng: Any) -> None:
    n, m, p, q = sizes

    def blocks(x: Any, y: Any) -> Any:
        return mg.einsum("nm,pq->npmq", x, y).reshape(n * p, m * q)

    same_function(rng, mg.kron, blocks, normal(rng, (n, m)), normal(rng, (p, q)))
