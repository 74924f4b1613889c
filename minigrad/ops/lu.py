"""LU factors."""

from __future__ import annotations

from typing import Any

from ..core import Array, expand, op
from .index import argsort, gather
from .linalg import mT
from .shape import cat, tril, triu
from .solve import matrices, narrow, solve_triangular, wide

__all__ = ["lu"]


def left(L: Any, x: Any) -> Any:
    """The inverse of L's transpose times x."""
    return solve_triangular(mT(L), x, upper=True, unitriangular=True)


def right(x: Any, U: Any) -> Any:
    """x times the inverse of U's transpose."""
    return mT(solve_triangular(U, mT(x), upper=True))


def lu_rule(g_L: Any, g_U: Any, rows: Any, L: Any, U: Any) -> Any:
    """Of a square matrix; what is below, or beside, the largest square block follows from that block's factors."""
    m, n, k = L.shape[-2], U.shape[-1], L.shape[-1]
    if m > n:
        below = g_L[..., k:, :]
        inner = tril(mT(L[..., :k, :]) @ g_L[..., :k, :], diagonal=-1)
        inner = inner + triu(g_U @ mT(U) - mT(L[..., k:, :]) @ below)
        g = cat(right(left(L[..., :k, :], inner), U), right(below, U), dim=-2)
    else:
        beside = g_U[..., k:]
        inner = tril(mT(L) @ g_L - beside @ mT(U[..., k:]), diagonal=-1)
        inner = inner + triu(g_U[..., :k] @ mT(U[..., :k]))
        g = cat(right(left(L, inner), U[..., :k]), left(L, beside), dim=-1)
    return gather(g, expand(argsort(rows, dim=-1)[..., None], shape=g.shape), dim=-2)


@op(lu_rule, outputs="pivots rows L U")
def lu(xp: Any, x: Array) -> Any:
    """The factors L, with ones on its diagonal, and U of each matrix with its rows in another order.

    Shapes:
        x (..., M, N) -> pivots (..., K), rows (..., M), L (..., M, K), U (..., K, N), where K = min(M, N)

    Returns:
        the row that each step swaps with its own, the order of rows that results, x[rows] = L U, L and U.

    Raises:
        ShapeError: if x has fewer than two dims.
        DTypeError: for bools and integers.

    Source: Golub and Van Loan 2013, "Matrix computations", algorithm 3.4.1.
    """
    matrices("lu", x)
    both, pivots, rows = xp.lu_factor(wide(x))
    k = min(x.shape[-2:])
    ones = xp.eye(x.shape[-2], k, dtype=both.dtype)
    return pivots, rows, narrow(xp.tril(both[..., :k], -1) + ones, x), narrow(xp.triu(both[..., :k, :]), x)
