"""Functions of matrices: determinants, the pseudo-inverse, rank and exponential, batched over leading dims."""

from __future__ import annotations

from math import comb, perm
from typing import Any

from ..backend import namespace_of
from ..core import Array, Tensor, op
from ..errors import LinAlgError
from .decompose import along_columns, along_rows, svd, svdvals, symmetric
from .elementwise import abs as size_of
from .elementwise import times, where, wide
from .functions import exp
from .linalg import mT
from .reduce import amax, cumsum, prod_rule
from .reduce import sum as total
from .shape import cat, flip, reshape, stack, tril, triu, unbind
from .solve import inv, matrices, narrow, solve, spectrum, square

__all__ = ["det", "matrix_exp", "matrix_rank", "pinv", "slogdet"]
METHODS = ("det", "matrix_exp")
IN_PLACE = ()


SMALL = 3  # up to this size a determinant is a polynomial that loses no digits
SPREAD = 1e-3  # singular values from this part of the largest on are handled with it


# ---- determinants ---------------------------------------------------------------------------------------------------
def of_matrix(v: Any) -> Any:
    """A number for each matrix."""
    return along_rows(along_rows(v))


def cofactors(x: Any, y: Any) -> Any:
    """The derivative of det: from the inverse, however ill-conditioned, and from the singular values where it is none.

    Source:
        Stewart, "On the adjugate matrix", Linear Algebra and its Applications 283, 1998.
    """
    if not x.shape[-1]:
        return x
    try:
        return of_matrix(y) * mT(inv(x))
    except LinAlgError:
        u, s, vh = svd(x)
        others = prod_rule(1.0, s, -1, True, s.shape)
        return of_matrix(det(u) * det(vh)) * ((u * along_columns(others)) @ vh)


def division_free(x: Tensor) -> Any:
    """The determinant by sums and products alone, n - 1 matrix products of them.

    Source:
        Bird, "A simple division-free algorithm for computing determinants", Information Processing Letters 111, 2011.
    """
    y, n = x, x.shape[-1]
    eye = Tensor(namespace_of(x.data).eye(n, dtype=x.dtype))
    for _ in range(n - 1):
        d = total(tril(triu(y)), dim=-1)
        after = flip(cumsum(flip(d, dims=-1), dim=-1), dims=-1) - d
        y = (triu(y, diagonal=1) - along_rows(after) * eye) @ x
    return y[..., 0, 0] if n % 2 else -y[..., 0, 0]


def by_logarithm(x: Tensor) -> Any:
    """The determinant of regular matrices."""
    sign, logabsdet = slogdet(x)
    return sign * exp(logabsdet)


def by_parts(x: Tensor, noise: float = 0.0) -> Any:
    """The determinant of one matrix, in ops whose derivatives hold if it is singular too.

    In the bases of its singular vectors, which are constants here, the large singular values stand in one corner. What
    the elimination of that corner leaves of the others comes next; the last needs no division.
    """
    n = x.shape[-1]
    if n <= SMALL:
        return division_free(x)
    u, s, vh = svd(Tensor(x.data))
    top = float(s[0])
    noise = noise or top * (1e-14 if s.dtype.itemsize == 8 else 1e-6)
    if top <= noise:
        return division_free(x)
    k = int(total(s > SPREAD * top))
    if k == n:
        return by_logarithm(x)
    y = mT(u) @ x @ mT(vh)
    corner = y[:k, :k]
    rest = y[k:, k:] - y[k:, :k] @ solve(corner, y[:k, k:])
    return det(u) * det(vh) * by_logarithm(corner) * by_parts(rest, noise)


def det_by_parts(x: Tensor) -> Any:
    """det in ops whose derivatives of every order hold."""
    n = x.shape[-1]
    if 0 < n <= SMALL:
        return division_free(x)
    s = svdvals(Tensor(x.data))
    if (s[..., -1:] > SPREAD * s[..., :1]).all():
        return by_logarithm(x)
    each = [by_parts(m) for m in unbind(reshape(x, shape=(-1, n, n)))]
    return reshape(stack(*each), shape=x.shape[:-2])


@op(lambda g, x, y: of_matrix(g) * cofactors(x, y), composite=det_by_parts)
def det(xp: Any, x: Array) -> Array:
    """The determinant of each matrix; its derivatives of every order are finite, at singular matrices too.

    Shapes:
        x (..., N, N) -> (...)

    Raises:
        ShapeError: if the matrices are not square.
        DTypeError: for bools and integers.

    >>> import minigrad as mg
    >>> mg.det(mg.tensor([[1.0, 2.0], [3.0, 5.0]]))
    tensor(-1.)
    """
    square("det", x)
    with xp.errstate(all="ignore"):
        return narrow(xp.asarray(xp.linalg.det(wide(x))), x)


def slogdet_rule(g_logabsdet: Any, x: Any, _singular: Any, _diagonal: Any) -> Any:
    """The inverse, transposed; of a singular matrix NaN if somebody asks for it, else nothing."""
    y = mT(inv(where(_singular, where(_diagonal, 1.0, where(_diagonal, x, 0.0)), x)))
    return times(of_matrix(g_logabsdet), where(_singular, float("nan"), y))


@op(slogdet_rule, outputs="sign logabsdet _singular _diagonal")
def slogdet(xp: Any, x: Array) -> Any:
    """The sign of the determinant and the logarithm of its size, which do not overflow; 0 and -inf where it is 0.

    At singular matrices it has no derivative: NaN, unless the gradient that comes is 0.

    Shapes:
        x (..., N, N) -> sign (...), logabsdet (...)

    Raises:
        ShapeError: if the matrices are not square.
        DTypeError: for bools and integers.
    """
    square("slogdet", x)
    with xp.errstate(all="ignore"):
        sign, logabsdet = (xp.asarray(v) for v in xp.linalg.slogdet(wide(x)))
    return (
        narrow(sign, x),
        narrow(logabsdet, x),
        (sign == 0)[..., None, None],
        xp.eye(x.shape[-1], dtype=bool),
    )


# ---- by singular values ---------------------------------------------------------------------------------------------
def cut(xp: Any, x: Array, s: Array, atol: Any, rtol: Any) -> Array:
    """Up to where a singular value counts as 0: PyTorch's rule."""
    if rtol is None:
        default = max(x.shape[-2:]) * xp.finfo(s.dtype).eps
        rtol = default if atol is None else xp.where(xp.asarray(atol) > 0, 0.0, default)
    largest = s.max(-1) if s.shape[-1] else xp.zeros(s.shape[:-1], s.dtype)
    edge = xp.maximum(xp.asarray(0.0 if atol is None else atol), xp.asarray(rtol) * largest)
    return edge.astype(s.dtype)[..., None]


def parts(xp: Any, name: str, x: Array, hermitian: bool) -> tuple[Array, Array, Array]:
    """u, s, vh of each matrix, s not negative."""
    (square if hermitian else matrices)(name, x)
    if not hermitian:
        u, s, vh = spectrum(xp, name, lambda m: xp.linalg.svd(m, full_matrices=False), wide(x))
        return u, s, vh
    w, v = spectrum(xp, name, xp.linalg.eigh, wide(x))
    return v * xp.where(w < 0, -1, 1).astype(w.dtype)[..., None, :], xp.absolute(w), xp.swapaxes(v, -1, -2)


def pinv_rule(g: Any, x: Any, y: Any, hermitian: bool) -> Any:
    """Along changes that keep the rank: others leave y no derivative.

    Source:
        Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems whose variables
        separate", SIAM Journal on Numerical Analysis 10, 1973, section 4.
    """
    t, g_t = mT(y), mT(g)
    left = g_t @ y
    left = left - x @ (y @ left)
    right = y @ g_t
    right = right - (right @ y) @ x
    g_x = left @ t + t @ right - t @ g @ t
    return symmetric(g_x) if hermitian else g_x


@op(pinv_rule)
def pinv(xp: Any, x: Array, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Array:
    """The pseudo-inverse of each matrix: of all y for which x y is nearest to 1, the smallest.

    Where the rank of x changes y jumps; its gradient is that along changes which keep the rank.

    Args:
        atol, rtol: singular values up to max(atol, rtol * the largest) count as 0. Default: atol 0; rtol max(N, M)
            times the rounding of the dtype, or 0 where an atol above 0 is given. Numbers, or arrays (...).
        hermitian: take x as symmetric and read its lower triangle; its gradient is symmetric then.

    Shapes:
        x (..., N, M) -> (..., M, N)

    Raises:
        LinAlgError: for NaN and infinities.
        ShapeError: if x holds no matrices, or is hermitian and not square.
        DTypeError: for bools and integers.

    >>> import minigrad as mg
    >>> mg.linalg.pinv(mg.tensor([[2.0], [0.0]]))
    tensor([[0.5, 0. ]])
    """
    u, s, vh = parts(xp, "pinv", x, hermitian)
    kept = s > cut(xp, x, s, atol, rtol)
    inverse = xp.where(kept, 1 / xp.where(kept, s, xp.ones((), s.dtype)), xp.zeros((), s.dtype))
    return narrow(xp.swapaxes(vh, -1, -2) @ (inverse[..., None] * xp.swapaxes(u, -1, -2)), x)


@op(None)
def matrix_rank(xp: Any, x: Array, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Array:
    """How many singular values of each matrix are not 0, in int64.

    Args:
        atol, rtol: singular values up to max(atol, rtol * the largest) count as 0. Default: as in `pinv`.
        hermitian: take x as symmetric and read its lower triangle.

    Shapes:
        x (..., N, M) -> (...)

    Raises:
        LinAlgError: for NaN and infinities.
        ShapeError: if x holds no matrices, or is hermitian and not square.
        DTypeError: for bools and integers.

    >>> import minigrad as mg
    >>> mg.linalg.matrix_rank(mg.tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor(1)
    """
    s = parts(xp, "matrix_rank", x, hermitian)[1]
    return xp.asarray((s > cut(xp, x, s, atol, rtol)).sum(-1, dtype="int64"))


# ---- the exponential ------------------------------------------------------------------------------------------------
PADE = tuple(
    comb(13, j) / perm(26, j) for j in range(14)
)  # the polynomial p of exp(x) = p(x) / p(-x), nearly
REACH = 5.37  # the norm up to which this is exact to float64's rounding


def exp_rule(g: Any, x: Any) -> Any:
    """The corner of the exponential of [[x^T, g], [0, x^T]] is the derivative of exp at x^T along g.

    Source:
        Higham, "Functions of Matrices", SIAM 2008, section 3.2.
    """
    if 0 in x.shape:
        return x
    n, t, size = x.shape[-1], mT(x), of_matrix(amax(size_of(g), dim=(-1, -2)))
    size = where(size == 0, 1.0, size)  # a large g would cost digits
    top = cat(t, g / size, dim=-1)
    low = cat(where(False, t, 0.0), t, dim=-1)
    return matrix_exp(cat(top, low, dim=-2))[..., :n, n:] * size


@op(exp_rule)
def matrix_exp(xp: Any, x: Array) -> Array:
    """The exponential of each matrix, 1 + x + x x / 2 + ...

    Shapes:
        x (..., N, N) -> the same

    Raises:
        ShapeError: if the matrices are not square.
        DTypeError: for bools and integers.

    Source:
        Higham, "The scaling and squaring method for the matrix exponential revisited", SIAM Journal on Matrix Analysis
        and Applications 26, 2005.

    >>> import minigrad as mg
    >>> mg.matrix_exp(mg.tensor([[0.0, 1.0], [0.0, 0.0]]))
    tensor([[1., 1.],
            [0., 1.]])
    """
    square("matrix_exp", x)
    if not x.size:
        return x.copy()
    y, eye = wide(x), xp.eye(x.shape[-1], dtype=wide(x).dtype)
    with xp.errstate(all="ignore"):
        norm = xp.absolute(y).sum(-1).max(-1)[..., None, None]
        bad = ~xp.isfinite(norm)
        halvings = xp.ceil(xp.log2(xp.where(bad | (norm < REACH), REACH, norm) / REACH))
        y = y / (2.0**halvings).astype(y.dtype)
        y2 = y @ y
        even, odd, power = PADE[0] * eye, PADE[1] * eye, eye
        for j in range(2, 14, 2):
            power = power @ y2
            even, odd = even + PADE[j] * power, odd + PADE[j + 1] * power
        odd = y @ odd
        y = xp.linalg.solve(xp.where(bad, eye, even - odd), even + odd)
        for k in range(int(halvings.max())):
            y = xp.where(halvings > k, y @ y, y)
    return narrow(xp.where(bad, xp.asarray(xp.nan, y.dtype), y), x)
