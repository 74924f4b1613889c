"""Linear algebra in plain loops over Python floats, one matrix at a time: references for the op table."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any
Matrix = list[list[float]]


def each_matrix(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of matrices as one of stacks of them, which broadcast; several results as a tuple."""

    @functools.wraps(function)
    def stacked(*xs: Array, **params: Any) -> Any:
        lead = np.broadcast_shapes(*(x.shape[:-2] for x in xs))
        wide = [np.broadcast_to(x, lead + x.shape[-2:]) for x in xs]
        found = [function(*(x[at] for x in wide), **params) for at in np.ndindex(lead)]
        if not found:  # what one matrix would give says the shapes
            found = [function(*(np.eye(*x.shape[-2:]) for x in xs), **params)]
            shapes = [(*lead, *np.shape(v)) for v in parts(found[0])]
            return unpacked([np.zeros(shape) for shape in shapes])
        columns = zip(*map(parts, found), strict=True)
        return unpacked([np.array(c).reshape((*lead, *np.shape(c[0]))) for c in columns])

    return stacked


def parts(y: Any) -> tuple[Any, ...]:
    return y if isinstance(y, tuple) else (y,)


def unpacked(ys: list[Any]) -> Any:
    return tuple(ys) if len(ys) > 1 else ys[0]


def product(a: Array, b: Array) -> Array:
    """a b, a sum at a time."""
    y = np.zeros((a.shape[0], b.shape[1]))
    for i, j in np.ndindex(y.shape):
        y[i, j] = math.fsum(float(a[i, k]) * float(b[k, j]) for k in range(a.shape[1]))
    return y


def eliminated(a: Array, b: Array) -> Array:
    """The y with a y = b, by Gauss-Jordan elimination with the largest pivot."""
    n = len(a)
    rows = [[*map(float, a[i]), *map(float, b[i])] for i in range(n)]
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(rows[i][k]))
        rows[k], rows[best] = rows[best], rows[k]
        rows[k] = [v / rows[k][k] for v in rows[k]]
        for i in range(n):
            if i != k:
                factor = rows[i][k]
                rows[i] = [v - factor * w for v, w in zip(rows[i], rows[k], strict=True)]
    return np.array([row[n:] for row in rows]).reshape(b.shape)


def leibniz(a: Array) -> float:
    """The determinant as a sum over permutations."""
    n, terms = len(a), []
    for order in itertools.permutations(range(n)):
        swaps = sum(order[i] > order[j] for i in range(n) for j in range(i + 1, n))
        terms.append((-1) ** swaps * math.prod(float(a[i, order[i]]) for i in range(n)))
    return math.fsum(terms)


def cholesky(a: Array) -> Array:
    """The lower triangular factor, an element at a time."""
    n = len(a)
    y = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            left = a[i, j] - math.fsum(y[i, k] * y[j, k] for k in range(j))
            y[i, j] = math.sqrt(left) if i == j else left / y[j, j]
    return y


def householder(a: Array) -> tuple[Array, Array]:
    """q (square) and r by reflections that make each column's head the negative of its sign."""
    m, n = a.shape
    q, r = np.eye(m), np.array(a, dtype=float)
    for k in range(min(m - 1, n)):
        length = math.sqrt(math.fsum(float(v) ** 2 for v in r[k:, k]))
        v = r[k:, k].copy()
        v[0] += math.copysign(length, v[0])
        size = math.fsum(float(t) ** 2 for t in v)
        if size:
            h = np.eye(m)
            for i, j in itertools.product(range(len(v)), repeat=2):
                h[k + i, k + j] -= 2 * v[i] * v[j] / size
            q, r = product(q, h), product(h, r)
    for i, j in np.ndindex(r.shape):
        r[i, j] = 0.0 if i > j else r[i, j]
    return q, r


def jacobi(a: Array) -> tuple[Array, Array]:
    """The eigenvalues, rising, and eigenvectors of a symmetric matrix, by rotations that empty one pair at a time."""
    n, w, v = len(a), np.array(a, dtype=float), np.eye(len(a))
    for _ in range(60):
        for p, q in itertools.combinations(range(n), 2):
            if abs(w[p, q]) < 1e-300:
                continue
            angle = 0.5 * math.atan2(2 * w[p, q], w[q, q] - w[p, p])
            turn = np.eye(n)
            turn[p, p] = turn[q, q] = math.cos(angle)
            turn[p, q], turn[q, p] = math.sin(angle), -math.sin(angle)
            w, v = product(product(turn.T, w), turn), product(v, turn)
    order = sorted(range(n), key=lambda k: w[k, k])
    return np.array([w[k, k] for k in order]).reshape(n), v[:, order].reshape(n, n)


def singular(a: Array) -> tuple[Array, Array, Array]:
    """u, s, vh, thin, by rotations that make two columns orthogonal; u is 0 where s is."""
    m, n = a.shape
    if m < n:
        u, s, vh = singular(a.T)
        return vh.T, s, u.T
    b, v = np.array(a, dtype=float), np.eye(n)
    for _ in range(60):
        for p, q in itertools.combinations(range(n), 2):
            one, two = b[:, p].copy(), b[:, q].copy()
            alpha, beta, gamma = (
                math.fsum(float(s * t) for s, t in zip(x, y, strict=True))
                for x, y in ((one, one), (two, two), (one, two))
            )
            if abs(gamma) < 1e-300:
                continue
            angle = 0.5 * math.atan2(2 * gamma, beta - alpha)
            cos, sin = math.cos(angle), math.sin(angle)
            b[:, p], b[:, q] = cos * one - sin * two, sin * one + cos * two
            v[:, p], v[:, q] = cos * v[:, p] - sin * v[:, q], sin * v[:, p] + cos * v[:, q]
    sizes = [math.sqrt(math.fsum(float(t) ** 2 for t in b[:, k])) for k in range(n)]
    order = sorted(range(n), key=lambda k: -sizes[k])
    s = np.array([sizes[k] for k in order]).reshape(n)
    u = np.array([b[:, k] / (sizes[k] or 1.0) for k in order]).reshape(n, m).T
    return u, s, v[:, order].reshape(n, n).T
