"""Decompositions of matrices, batched over leading dims. Halves are computed in float32.

Singular and eigenvectors are fixed up to a sign, those of equal values up to a rotation. What depends on such a choice
has no derivative, and where two values are equal the derivative of their vectors is infinite or NaN; derivatives of
the values alone are right everywhere.
"""

from __future__ import annotations

from typing import Any

from ..core import Array, op
from ..errors import ArgumentError, GradientError, LinAlgError, describe
from .elementwise import where, wide
from .linalg import mT
from .shape import cat, tril, triu, unsqueeze
from .solve import attempt, matrices, narrow, solve_triangular, spectrum, square

__all__ = ["cholesky", "eigh", "eigvalsh", "qr", "svd", "svdvals"]
METHODS = ()
IN_PLACE = ()


def along_columns(v: Any) -> Any:
    """A number for each column."""
    return unsqueeze(v, dim=-2)


def along_rows(v: Any) -> Any:
    """A number for each row."""
    return unsqueeze(v, dim=-1)


def symmetric(x: Any) -> Any:
    """The symmetric part."""
    return (x + mT(x)) * 0.5


def skew(x: Any) -> Any:
    """x - x^T."""
    return x - mT(x)


# ---- triangular factors ---------------------------------------------------------------------------------------------
def cholesky_rule(g: Any, y: Any, upper: bool) -> Any:
    """From dy = y phi(y^-1 dx y^-T), phi taking the lower triangle and half of the diagonal."""
    if upper:
        return cholesky_rule(mT(g), mT(y), False)
    inner = tril(mT(y) @ g)
    inner = inner - triu(inner) * 0.5
    left = solve_triangular(mT(y), inner, upper=True)
    return symmetric(mT(solve_triangular(mT(y), mT(left), upper=True)))


@op(cholesky_rule)
def cholesky(xp: Any, x: Array, *, upper: bool = False) -> Array:
    """The lower triangular y with y y^T = x, for symmetric positive definite x, of which one triangle is read.

    Its gradient is that along symmetric changes of x, so it is symmetric.

    Args:
        upper: read the upper triangle, and return the upper triangular y with y^T y = x.

    Shapes:
        x (..., N, N) -> the same

    Raises:
        LinAlgError: if a matrix is not positive definite.
        ShapeError: if the matrices are not square.
        DTypeError: for bools and integers.

    >>> import minigrad as mg
    >>> mg.linalg.cholesky(mg.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    square("cholesky", x)
    half = xp.swapaxes(wide(x), -1, -2) if upper else wide(x)
    y = attempt(xp, "cholesky", "is not positive definite", xp.linalg.cholesky, half)
    return narrow(xp.swapaxes(y, -1, -2) if upper else y, x)


def tall_qr_rule(g_q: Any, g_r: Any, q: Any, r: Any) -> Any:
    """That of a matrix with no more columns than rows: q^T q stays 1 and r triangular."""
    m = r @ mT(g_r) - mT(g_q) @ q
    m = tril(m) + mT(tril(m, diagonal=-1))
    try:
        return mT(solve_triangular(r, mT(g_q + q @ m), upper=True))
    except LinAlgError:
        raise LinAlgError(f"qr: q {describe(q)} has no derivative: the columns of x are dependent") from None


def qr_rule(g_q: Any, g_r: Any, q: Any, r: Any, mode: str) -> Any:
    """A wide matrix is a square one, which makes q, beside columns that q turns into the rest of r."""
    m, k, n = q.shape[-2], q.shape[-1], r.shape[-1]
    if k > n:
        why = f"the {k - n} columns of q beyond those of x are arbitrary"
        raise GradientError(
            f"qr: mode {mode!r} of matrices {m} x {n} has no derivative: {why}; use 'reduced'"
        )
    if n == k:
        return tall_qr_rule(g_q, g_r, q, r)
    g_q = g_q + q @ (r[..., k:] @ mT(g_r[..., k:]))  # the rest of r is q^T x
    return cat(tall_qr_rule(g_q, g_r[..., :k], q, r[..., :k]), q @ g_r[..., k:], dim=-1)


@op(qr_rule, outputs="q r")
def qr(xp: Any, x: Array, *, mode: str = "reduced") -> Any:
    """The orthogonal columns q and the upper triangular r with q r = x.

    Derivatives need the first min(N, M) columns of x to be independent; else backward raises LinAlgError.

    Args:
        mode: "reduced" gives q as many columns as it needs, "complete" N, the last of which have no derivative.

    Shapes:
        x (..., N, M) -> q (..., N, K), r (..., K, M), K = min(N, M) or N

    Raises:
        ShapeError: if x holds no matrices.
        DTypeError: for bools and integers.
        ArgumentError: for another mode.
    """
    matrices("qr", x)
    if mode not in ("reduced", "complete"):
        raise ArgumentError(f"qr: mode is {mode!r}, where 'reduced' or 'complete' is wanted")
    q, r = xp.linalg.qr(wide(x), mode)
    return narrow(q, x), narrow(r, x)


# ---- eigenvalues ----------------------------------------------------------------------------------------------------
def eigh_rule(w: Any, v: Any, _diagonal: Any, g_w: Any = None, g_v: Any = None) -> Any:
    """From dv = v F (v^T dx v), F being 1 / (w_j - w_i), and dw the diagonal of v^T dx v."""
    inner: Any = 0.0
    if g_v is not None:
        gap = where(_diagonal, 1.0, along_columns(w) - along_rows(w))
        inner = skew(mT(v) @ g_v) * 0.5 / gap
    if g_w is not None:
        inner = where(_diagonal, along_columns(g_w), 0.0) + inner
    return v @ inner @ mT(v)


def triangle_of(name: str, xp: Any, x: Array, UPLO: str) -> Array:
    """x with both triangles as the one that is read."""
    square(name, x)
    if UPLO not in ("L", "U"):
        raise ArgumentError(f"{name}: UPLO is {UPLO!r}, where 'L' or 'U' is wanted")
    return wide(xp.swapaxes(x, -1, -2) if UPLO == "U" else x)


@op(eigh_rule, outputs="w v _diagonal")
def eigh(xp: Any, x: Array, *, UPLO: str = "L") -> Any:
    """The eigenvalues, in rising order, and the eigenvectors, as columns, of symmetric matrices.

    Its gradient is that along symmetric changes of x, so it is symmetric.

    Args:
        UPLO: which triangle of x is read, "L" or "U".

    Shapes:
        x (..., N, N) -> w (..., N), v (..., N, N)

    Raises:
        LinAlgError: for NaN and infinities.
        ShapeError: if the matrices are not square.
        DTypeError: for bools and integers.
        ArgumentError: for another UPLO.
    """
    half = triangle_of("eigh", xp, x, UPLO)
    w, v = spectrum(xp, "eigh", xp.linalg.eigh, half)
    return narrow(w, x), narrow(v, x), xp.eye(x.shape[-1], dtype=bool)


def eigvalsh_rule(g: Any, x: Any, UPLO: str) -> Any:
    """The vectors are computed only here."""
    v = eigh(x, UPLO=UPLO)[1]
    return (v * along_columns(g)) @ mT(v)


@op(eigvalsh_rule)
def eigvalsh(xp: Any, x: Array, *, UPLO: str = "L") -> Array:
    """The eigenvalues of symmetric matrices, in rising order.

    Its gradient is that along symmetric changes of x, so it is symmetric.

    Args:
        UPLO: which triangle of x is read, "L" or "U".

    Shapes:
        x (..., N, N) -> (..., N)

    Raises:
        LinAlgError: for NaN and infinities.
        ShapeError: if the matrices are not square.
        DTypeError: for bools and integers.
        ArgumentError: for another UPLO.

    >>> import minigrad as mg
    >>> mg.linalg.eigvalsh(mg.tensor([[2.0, 1.0], [1.0, 2.0]]))
    tensor([1., 3.])
    """
    half = triangle_of("eigvalsh", xp, x, UPLO)
    return narrow(spectrum(xp, "eigvalsh", xp.linalg.eigvalsh, half), x)


# ---- singular values ------------------------------------------------------------------------------------------------
def across(u: Any, g: Any, k: int) -> Any:
    """The part of a gradient of vectors that turns the first k of them out of the space that they span."""
    one, g_one = u[..., :k], g[..., :k]
    return g_one - one @ (mT(one) @ g_one) - u[..., k:] @ (mT(g[..., k:]) @ one)


def svd_rule(
    u: Any, s: Any, vh: Any, _diagonal: Any, g_u: Any = None, g_s: Any = None, g_vh: Any = None
) -> Any:
    """From u^T dx v = du s + ds + s dv^T, in the bases u and v, whose turns du and dv are antisymmetric."""
    k, inner, terms = s.shape[-1], 0.0, []
    v, columns, rows = mT(vh), along_columns(s), along_rows(s)
    one, two = u[..., :k], mT(vh[..., :k, :])
    gap = where(_diagonal, 1.0, (columns - rows) * (columns + rows))
    if g_s is not None:
        inner = where(_diagonal, along_columns(g_s), 0.0)
    if g_u is not None:
        inner = inner + skew(mT(one) @ g_u[..., :k]) / gap * columns
        if u.shape[-2] > k:
            terms.append(across(u, g_u, k) / columns @ mT(two))
    if g_vh is not None:
        g_v = mT(g_vh)
        inner = inner + rows * (skew(mT(two) @ g_v[..., :k]) / gap)
        if v.shape[-2] > k:
            terms.append(one @ mT(across(v, g_v, k) / columns))
    return sum(terms, one @ inner @ mT(two))


@op(svd_rule, outputs="u s vh _diagonal")
def svd(xp: Any, x: Array, *, full_matrices: bool = True) -> Any:
    """The orthogonal u and vh and the falling singular values s with u diag(s) vh = x.

    Args:
        full_matrices: square u and vh, else only as many columns and rows as there are singular values.

    Shapes:
        x (..., N, M), K = min(N, M) -> u (..., N, N or K), s (..., K), vh (..., M or K, M)

    Raises:
        LinAlgError: for NaN and infinities.
        ShapeError: if x holds no matrices.
        DTypeError: for bools and integers.
    """
    matrices("svd", x)
    u, s, vh = spectrum(xp, "svd", lambda m: xp.linalg.svd(m, full_matrices), wide(x))
    return narrow(u, x), narrow(s, x), narrow(vh, x), xp.eye(s.shape[-1], dtype=bool)


def svdvals_rule(g: Any, x: Any) -> Any:
    """The vectors are computed only here."""
    u, _, vh = svd(x, full_matrices=False)
    return (u * along_columns(g)) @ vh


@op(svdvals_rule)
def svdvals(xp: Any, x: Array) -> Array:
    """The singular values of each matrix, in falling order.

    Shapes:
        x (..., N, M) -> (..., K), K = min(N, M)

    Raises:
        LinAlgError: for NaN and infinities.
        ShapeError: if x holds no matrices.
        DTypeError: for bools and integers.

    >>> import minigrad as mg
    >>> mg.linalg.svdvals(mg.tensor([[0.0, 2.0], [-3.0, 0.0]]))
    tensor([3., 2.])
    """
    matrices("svdvals", x)
    return narrow(spectrum(xp, "svdvals", lambda m: xp.linalg.svd(m, compute_uv=False), wide(x)), x)
