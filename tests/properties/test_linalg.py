"""Linear algebra: factors multiply to the matrix, solutions solve, determinants multiply, norms are norms."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from property_tools import Array, examples, leaf, near, normal, numbers, pulled, same_function, values

import minigrad as mg
from minigrad import linalg
from minigrad.core import Tensor
from minigrad.testing import gradcheck
from minigrad.testing import strategies as mgst

fronts = mgst.shapes(max_dims=2, max_side=2)
sides = st.integers(1, 4)


def regular(rng: Any, front: Any, n: int) -> Array:
    """Square matrices far from singular."""
    return normal(rng, (*front, n, n)) * 0.5 + np.eye(n) * rng.choice([-2.0, 2.0], n)


def definite(rng: Any, front: Any, n: int) -> Array:
    """Symmetric positive definite matrices."""
    a = normal(rng, (*front, n, n)) * 0.5
    return np.einsum("...ij,...kj->...ik", a, a) + np.eye(n)


def loose(a: Any, b: Any) -> None:
    """Agreement to what the condition of these matrices leaves."""
    near(a, b, 1e-9, 1e-9)


def unit(q: Tensor, n: int) -> None:
    """The columns are orthonormal."""
    loose(q.mT @ q, np.broadcast_to(np.eye(n), (*q.shape[:-2], n, n)))


# ---- factors --------------------------------------------------------------------------------------------------------
@examples(40)
@given(st.data(), fronts, sides, numbers)
def test_cholesky_multiplies_to_the_matrix(data: DataObject, front: Any, n: int, rng: Any) -> None:
    x = leaf(data, definite(rng, front, n))
    low, up = linalg.cholesky(x), linalg.cholesky(x, upper=True)
    loose(low @ low.mT, values(x))
    loose(up.mT @ up, values(x))
    near(low, np.tril(values(low)), 0.0, 0.0)
    assert (np.diagonal(values(low), axis1=-2, axis2=-1) > 0).all()
    b = Tensor(normal(rng, (*front, n, 2)))
    loose(x @ mg.cholesky_solve(b, low), values(b))
    loose(mg.cholesky_inverse(low) @ x, np.broadcast_to(np.eye(n), x.shape))
    symmetric_gradient(rng, linalg.cholesky, lambda f: f @ f.mT, values(x))


def symmetric_gradient(
    rng: Any, factor: Callable[..., Any], rebuilt: Callable[..., Tensor], x: Array
) -> None:
    """The gradient through factors and back is that of the identity, on symmetric matrices."""
    t = Tensor(x.copy(), True)
    g = normal(rng, x.shape)
    g = g + g.swapaxes(-1, -2)
    (gx,) = pulled(rebuilt(factor(t)), [t], g)
    loose(gx, g)


@examples(40)
@given(st.data(), fronts, sides, sides, numbers)
def test_qr_multiplies_to_the_matrix(data: DataObject, front: Any, n: int, m: int, rng: Any) -> None:
    x = leaf(data, normal(rng, (*front, n, m)) + 2.0 * np.eye(n, m))
    for mode, k in (("reduced", min(n, m)), ("complete", n)):
        q, r = linalg.qr(x, mode)
        assert q.shape == (*front, n, k) and r.shape == (*front, k, m)
        loose(q @ r, values(x))
        unit(q, k)
        near(r, np.triu(values(r)), 0.0, 0.0)
    if n >= m:
        loosely(rng, lambda x: linalg.qr(x).Q @ linalg.qr(x).R, lambda x: x * 1.0, values(x))


def loosely(rng: Any, f: Callable[..., Tensor], h: Callable[..., Tensor], x: Array) -> None:
    """Two functions agree in values and gradients, as nearly as matrices allow."""
    a, b = Tensor(x.copy(), True), Tensor(x.copy(), True)
    y, z = f(a), h(b)
    loose(y, values(z))
    g = normal(rng, y.shape)
    loose(pulled(y, [a], g)[0], pulled(z, [b], g)[0])


@examples(40)
@given(st.data(), fronts, sides, sides, numbers)
def test_svd_multiplies_to_the_matrix(data: DataObject, front: Any, n: int, m: int, rng: Any) -> None:
    k = min(n, m)
    x = leaf(data, normal(rng, (*front, n, m)) * 0.1 + np.eye(n, m) * np.arange(1.0, m + 1.0))
    u, s, vh = linalg.svd(x, full_matrices=False)
    loose((u * s.unsqueeze(-2)) @ vh, values(x))
    unit(u, k)
    unit(vh.mT, k)
    assert (values(s) >= 0).all() and (np.diff(values(s)) <= 0).all()
    loose(linalg.svdvals(x), values(s))
    full_u, _, full_vh = linalg.svd(x)
    unit(full_u, n)
    unit(full_vh, m)

    def rebuilt(x: Tensor) -> Tensor:
        u, s, vh = linalg.svd(x, full_matrices=False)
        return (u * s.unsqueeze(-2)) @ vh

    loosely(rng, rebuilt, lambda x: x * 1.0, values(x))


@examples(40)
@given(st.data(), fronts, sides, numbers, st.sampled_from(["L", "U"]))
def test_eigh_multiplies_to_the_matrix(data: DataObject, front: Any, n: int, rng: Any, half: str) -> None:
    x = leaf(data, definite(rng, front, n) * 0.1 + np.diag(np.arange(1.0, n + 1.0)))
    found, vectors = linalg.eigh(x, half)
    loose((vectors * found.unsqueeze(-2)) @ vectors.mT, values(x))
    loose(x @ vectors, values(vectors * found.unsqueeze(-2)))
    unit(vectors, n)
    assert (np.diff(values(found)) >= 0).all()
    loose(linalg.eigvalsh(x, half), values(found))

    def rebuilt(factors: Any) -> Tensor:
        return (factors[1] * factors[0].unsqueeze(-2)) @ factors[1].mT

    symmetric_gradient(rng, lambda t: linalg.eigh(t, half), rebuilt, values(x))


@examples(40)
@given(st.data(), fronts, sides, sides, numbers)
def test_lu_multiplies_to_the_matrix(data: DataObject, front: Any, n: int, m: int, rng: Any) -> None:
    x = leaf(data, normal(rng, (*front, n, m)) + 3.0 * np.eye(n, m)[::-1])
    p, low, up = linalg.lu(x)
    loose(p @ low @ up, values(x))
    k = min(n, m)
    assert low.shape == (*front, n, k) and up.shape == (*front, k, m)
    near(low, np.tril(values(low), -1) + np.eye(n, k), 0.0, 0.0)
    near(up, np.triu(values(up)), 0.0, 0.0)
    assert np.abs(values(low)).max(initial=0.0) <= 1.0  # the largest is the pivot
    loosely(rng, lambda x: p.detach() @ linalg.lu(x)[1] @ linalg.lu(x)[2], lambda x: x * 1.0, values(x))


# ---- equations ------------------------------------------------------------------------------------------------------
@examples(40)
@given(st.data(), fronts, sides, st.integers(1, 3), numbers)
def test_solutions_solve(data: DataObject, front: Any, n: int, k: int, rng: Any) -> None:
    a, x = leaf(data, regular(rng, front, n)), leaf(data, normal(rng, (*front, n, k)))
    loose(linalg.solve(a, a @ x), values(x))
    loose(linalg.solve(a.mT, x.mT @ a.mT, left=False), values(x.mT))
    loose(linalg.inv(a) @ x, values(linalg.solve(a, x)))
    loose(linalg.inv(linalg.inv(a)), values(a))
    loose(linalg.pinv(a), values(linalg.inv(a)))
    for upper in (False, True):
        t = mg.triu(a) if upper else mg.tril(a)
        t = t + 2.0 * mg.tensor(np.eye(n)) * mg.sign(mg.diagonal(a, 0, -2, -1)).unsqueeze(-1)
        loose(linalg.solve_triangular(t, t @ x, upper=upper), values(x))
        loose(linalg.solve_triangular(t, x, upper=upper), values(linalg.solve(t, x)))


@examples(25)
@given(fronts, sides, st.integers(1, 3), numbers)
def test_solve_has_the_gradients_of_the_inverse(front: Any, n: int, k: int, rng: Any) -> None:
    a, b = regular(rng, front, n), normal(rng, (*front, n, k))
    loosely(rng, lambda b: linalg.solve(Tensor(a), b), lambda b: linalg.inv(Tensor(a)) @ b, b)
    loosely(rng, lambda a: linalg.solve(a, Tensor(b)), lambda a: linalg.inv(a) @ Tensor(b), a)


@examples(30)
@given(fronts, sides, sides, numbers)
def test_least_squares_leave_what_is_orthogonal(front: Any, n: int, more: int, rng: Any) -> None:
    a = normal(rng, (*front, n + more, n)) + 2.0 * np.eye(n + more, n)
    b = normal(rng, (*front, n + more, 2))
    x = linalg.lstsq(Tensor(a), Tensor(b)).solution
    left = Tensor(a).mT @ (Tensor(a) @ x - Tensor(b))
    loose(left, np.zeros(left.shape))
    loose(linalg.pinv(Tensor(a)) @ Tensor(b), values(x))


# ---- determinants and powers ----------------------------------------------------------------------------------------
def leibniz(a: Array) -> float:
    """The determinant as the sum over permutations."""
    n, total = len(a), 0.0
    for p in permutations(range(n)):
        swaps = sum(p[i] > p[j] for i in range(n) for j in range(i + 1, n))
        total += (-1) ** swaps * math.prod(float(a[i, p[i]]) for i in range(n))
    return total


@examples(40)
@given(st.data(), fronts, sides, numbers)
def test_determinants_multiply(data: DataObject, front: Any, n: int, rng: Any) -> None:
    a, b = (leaf(data, normal(rng, (*front, n, n))) for _ in range(2))
    found = linalg.det(a)
    wanted = np.zeros(front)
    for i in np.ndindex(*front):
        wanted[i] = leibniz(values(a)[i])
    loose(found, wanted)
    loose(linalg.det(a @ b), wanted * values(linalg.det(b)))
    loose(linalg.det(a.mT), wanted)
    loose(linalg.det(a * 2.0), wanted * 2.0**n)
    sign, log = linalg.slogdet(a)
    loose(sign * mg.exp(log), wanted)
    if n > 1:
        loose(linalg.det(a[..., [1, 0, *range(2, n)], :]), -wanted)
    same_function(rng, lambda a: mg.logdet(a), lambda a: linalg.slogdet(a)[1], definite(rng, front, n))


@examples(30)
@given(fronts, sides, st.integers(-3, 5), numbers)
def test_powers_of_matrices_are_products(front: Any, n: int, k: int, rng: Any) -> None:
    a = Tensor(regular(rng, front, n))
    base, wanted = linalg.inv(a) if k < 0 else a, Tensor(np.broadcast_to(np.eye(n), a.shape).copy())
    for _ in range(abs(k)):
        wanted = wanted @ base
    loose(linalg.matrix_power(a, k), values(wanted))
    loose(linalg.matrix_exp(a) @ linalg.matrix_exp(-a), np.broadcast_to(np.eye(n), a.shape))
    loose(linalg.det(linalg.matrix_exp(a)), np.exp(np.trace(values(a), axis1=-2, axis2=-1)))
    loose(mg.chain_matmul(*[a] * 3) if not front else a @ a @ a, values(linalg.matrix_power(a, 3)))


# ---- norms ----------------------------------------------------------------------------------------------------------
ORDERS = [0.5, 1, 2, 3, -2, math.inf, -math.inf, 0]


@pytest.mark.parametrize("order", ORDERS)
def test_norms_of_vectors(order: float) -> None:
    @examples(30)
    @given(st.data(), mgst.shapes(1, 3, 1), numbers, st.floats(-4, 4).filter(lambda c: abs(c) > 0.01))
    def check(data: DataObject, shape: Any, rng: Any, scale: float) -> None:
        dim = data.draw(st.integers(-len(shape), len(shape) - 1))
        a = normal(rng, shape)
        x = leaf(data, a + np.copysign(0.3, a))  # at 0 slopes are without bound
        y = Tensor(normal(rng, shape))

        def norm(t: Tensor) -> Array:
            return values(linalg.vector_norm(t, order, dim))

        rows = np.moveaxis(np.abs(values(x)), dim, -1)
        if order in (math.inf, -math.inf):
            wanted = rows.max(-1) if order > 0 else rows.min(-1)
        elif order == 0:
            wanted = (rows != 0).sum(-1).astype("f8")
        else:
            wanted = (rows**order).sum(-1) ** (1 / order)
        near(linalg.vector_norm(x, order, dim), wanted)
        near(norm(x * scale), wanted * (abs(scale) if order else 1.0))
        assert (norm(x) >= 0).all()
        if order >= 0:
            assert not norm(x * 0.0).any()
        if order >= 1:
            assert (norm(x + y) <= norm(x) + norm(y) + 1e-12).all()
        near(mg.dist(x, y, order), values(linalg.vector_norm(x - y, order)))
        if order and 0 not in shape:
            assert gradcheck(lambda t: linalg.vector_norm(t, order, dim), x, fast_mode=True)

    check()


@pytest.mark.parametrize("order", ["fro", "nuc", 1, 2, math.inf])
def test_norms_of_matrices(order: Any) -> None:
    @examples(30)
    @given(fronts, sides, sides, numbers, st.floats(-4, 4))
    def check(front: Any, n: int, m: int, rng: Any, scale: float) -> None:
        x, y, z = (Tensor(normal(rng, (*front, *s))) for s in ((n, m), (n, m), (m, 3)))

        def norm(t: Tensor) -> Array:
            return values(linalg.matrix_norm(t, order))

        near(norm(x * scale), norm(x) * abs(scale), 1e-10, 1e-10)
        assert (norm(x + y) <= norm(x) + norm(y) + 1e-10).all()
        assert (norm(x @ z) <= norm(x) * norm(z) + 1e-10).all()
        turned = x.mT if order in ("fro", "nuc", 2) else None
        if turned is not None:
            near(norm(turned), norm(x), 1e-10, 1e-10)
        else:
            other = linalg.matrix_norm(x.mT, {1: math.inf, math.inf: 1}[order])
            near(norm(x), values(other), 1e-10, 1e-10)

    check()
