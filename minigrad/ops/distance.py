"""Distances between the vectors of two sets."""

from __future__ import annotations

from math import inf
from typing import Any

from ..core import Array, op
from ..errors import ArgumentError, ShapeError, describe
from .elementwise import floating, where, wide
from .linalg import matmul, mT
from .reduce import sum as total
from .shape import unsqueeze
from .vector_norm import slope

__all__ = ["cdist"]

MANY = 25  # vectors on a side, from which the Euclidean distances are a matrix product
NEAR = 0.01  # a squared distance below this part of the squared lengths has lost too many digits


def cdist_rule(g: Any, x1: Any, x2: Any, y: Any, p: float) -> tuple[Any, Any]:
    """0 where two vectors are one; for p 2 without an array of all differences."""
    if p == 2:
        middle = total(x1, dim=-2, keepdim=True) / max(x1.shape[-2], 1)  # far from 0 products lose digits
        x1, x2 = x1 - middle, x2 - middle
        w = where(y == 0, 0.0, g / where(y == 0, 1.0, y))
        w_t = mT(w)
        return (
            unsqueeze(total(w, dim=-1), dim=-1) * x1 - matmul(w, x2),
            unsqueeze(total(w_t, dim=-1), dim=-1) * x2 - matmul(w_t, x1),
        )
    apart = unsqueeze(x1, dim=-2) - unsqueeze(x2, dim=-3)
    if p == 0:
        d = where(False, apart, 0.0) * unsqueeze(g, dim=-1)
    else:
        d = slope(apart, unsqueeze(y, dim=-1), p, -1) * unsqueeze(g, dim=-1)
    return total(d, dim=-2), -total(d, dim=-3)


def by_product(xp: Any, a: Array, b: Array) -> Array:
    """Euclidean distances as |a|^2 + |b|^2 - 2 a b^T; where that cancels, from the differences."""
    middle = a.mean(-2, keepdims=True).mean(tuple(range(a.ndim - 2)))
    a, b = a - middle, b - middle
    of_a, of_b = (a * a).sum(-1)[..., :, None], (b * b).sum(-1)[..., None, :]
    y = a @ xp.swapaxes(-2 * b, -1, -2)
    y += of_a
    y += of_b
    near = (y < NEAR * (of_a + of_b.max(-1, keepdims=True))).nonzero()
    if len(near[0]):
        one = xp.broadcast_to(a, (*y.shape[:-1], a.shape[-1]))[near[:-1]]
        two = xp.broadcast_to(b, (*y.shape[:-2], *b.shape[-2:]))[(*near[:-2], near[-1])]
        y[near] = ((one - two) ** 2).sum(-1)
    return xp.sqrt(y, out=y)


@op(joint=cdist_rule)
def cdist(xp: Any, x1: Array, x2: Array, *, p: float = 2.0) -> Array:
    """The p-norm distance of each vector of x1 from each of x2; its gradient at coincident ones is 0.

    Args:
        p: 0 counts the differences, inf takes the largest.

    Shapes:
        x1 (..., P, M), x2 (..., R, M) -> (..., P, R); leading dims broadcast

    Raises:
        ShapeError: if the extents do not fit.
        DTypeError: for bools and integers.
        ArgumentError: for a negative p.
    """
    for argument, x in (("x1", x1), ("x2", x2)):
        if x.ndim < 2:
            raise ShapeError(f"cdist: {argument} is {describe(x)}, where (..., N, M) is wanted")
        floating("cdist", x)
    if x1.shape[-1] != x2.shape[-1]:
        raise ShapeError(f"cdist: x1 is {describe(x1)} and x2 {describe(x2)}: their last extents differ")
    if not p >= 0:
        raise ArgumentError(f"cdist: p is {p}, where at least 0 is wanted")
    a, b = wide(x1), wide(x2)
    if p == 2 and 0 not in (*a.shape, *b.shape) and max(a.shape[-2], b.shape[-2]) > MANY:
        return by_product(xp, a, b).astype(x1.dtype, copy=False)
    lead = xp.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    y = xp.zeros((*lead, a.shape[-2], b.shape[-2]), a.dtype)
    d = xp.empty_like(y)
    for k in range(a.shape[-1]):  # a feature at a time: the differences of all would not fit the cache
        xp.subtract(a[..., :, None, k], b[..., None, :, k], out=d)
        xp.absolute(d, out=d)
        if p == inf:
            xp.maximum(y, d, out=y)
        else:
            y += d if p == 1 else d * d if p == 2 else (d != 0) if p == 0 else d**p
    y = y if p in (0, 1, inf) else xp.sqrt(y) if p == 2 else y ** (1 / p)
    return y.astype(x1.dtype, copy=False)
