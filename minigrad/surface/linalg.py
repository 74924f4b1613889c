"""Linear algebra in the signatures of PyTorch's `torch.linalg`, and of its older names at the top level."""

from __future__ import annotations

from collections import namedtuple
from math import inf
from typing import Any

from .. import ops
from ..backend import namespace_of
from ..core import Tensor
from ..dtypes import is_float
from ..errors import ArgumentError, DTypeError, LinAlgError, ShapeError, describe
from .matrix import tensors
from .norm import matrix_norm

__all__ = [
    "cholesky",
    "cholesky_inverse",
    "cholesky_solve",
    "inverse",
    "logdet",
    "matrix_power",
    "pinverse",
    "qr",
    "slogdet",
    "svd",
]
METHODS = tuple(__all__)
IN_PLACE = ()

SlogDet = namedtuple("SlogDet", "sign logabsdet")
QR = namedtuple("QR", "Q R")
SVD = namedtuple("SVD", "U S Vh")
Eigh = namedtuple("Eigh", "eigenvalues eigenvectors")
LeastSquares = namedtuple("LeastSquares", "solution residuals rank singular_values")
OldSVD = namedtuple("OldSVD", "U S V")

NORMS = ("fro", "nuc", inf, -inf, 1, -1)


# ---- arguments ------------------------------------------------------------------------------------------------------
def is_vector(A: Tensor, B: Tensor) -> bool:
    """PyTorch's rule: B is one vector, or one for each matrix of A."""
    return len(B.shape) == 1 or (len(A.shape) - 1 == len(B.shape) and B.shape == A.shape[:-1])


def value(x: Any) -> Any:
    """A tolerance as a number or an array."""
    return x.data if isinstance(x, Tensor) else x


def made(like: Tensor, name: str, *args: Any) -> Tensor:
    """A constant beside `like`."""
    return Tensor(getattr(namespace_of(like.data), name)(*args, dtype=like.dtype))


# ---- systems --------------------------------------------------------------------------------------------------------
def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The X with A X = B, or, where not `left`, with X A = B.

    Args:
        B: matrices; or a vector, or one for each matrix of A.

    Shapes:
        A (..., N, N), B (..., N, K) or (N,) or (..., N) -> that of B; leading dims broadcast

    Raises:
        LinAlgError: if a matrix of A is singular.
        ShapeError: if A is not square, or the extents do not fit.
        DTypeError: for bools and integers.

    >>> import minigrad as mg
    >>> mg.linalg.solve(mg.tensor([[2.0, 0.0], [0.0, 4.0]]), mg.tensor([2.0, 2.0]))
    tensor([1. , 0.5])
    """
    tensors("solve", A=A, B=B)
    if is_vector(A, B):
        if not left:
            raise ShapeError(
                f"solve: B {describe(B)} is a vector, where left=False wants matrices (..., K, N)"
            )
        return ops.squeeze(ops.solve(A, ops.unsqueeze(B, dim=-1)), dim=-1)  # type: ignore[no-any-return]
    return ops.solve(A, B) if left else from_right("solve", ops.solve, A, B)


def from_right(name: str, solver: Any, A: Tensor, B: Tensor, **params: Any) -> Tensor:
    """X A = B by way of A^T X^T = B^T."""
    if len(A.shape) < 2 or len(B.shape) < 2 or A.shape[-2] != B.shape[-1]:
        raise ShapeError(f"{name}: A is {describe(A)} and B {describe(B)}, where B (..., K, N) is wanted")
    return ops.mT(solver(ops.mT(A), ops.mT(B), **params))  # type: ignore[no-any-return]


def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """The X with A X = B, or, where not `left`, with X A = B; only a triangle of A is read.

    Args:
        upper: the upper triangle, else the lower one.
        unitriangular: take the diagonal of A as ones, without reading it.

    Shapes:
        A (..., N, N), B (..., N, K), or (..., K, N) for the right side -> that of B; leading dims broadcast

    Raises:
        LinAlgError: if a 0 stands on a diagonal.
        ShapeError: if A is not square, or the extents do not fit.
        DTypeError: for bools and integers.

    >>> import minigrad as mg
    >>> mg.linalg.solve_triangular(mg.tensor([[2.0, 1.0], [0.0, 1.0]]), mg.tensor([[3.0], [1.0]]), upper=True)
    tensor([[1.],
            [1.]])
    """
    tensors("solve_triangular", A=A, B=B)
    if left:
        return ops.solve_triangular(A, B, upper=upper, unitriangular=unitriangular)  # type: ignore[no-any-return]
    other = {"upper": not upper, "unitriangular": unitriangular}
    return from_right("solve_triangular", ops.solve_triangular, A, B, **other)


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> LeastSquares:
    """The X for which A X is nearest to B; of several the smallest.

    Args:
        B: matrices; or a vector, or one for each matrix of A.
        rcond: singular values up to rcond times the largest count as 0. Default: max(N, M) times the rounding of the
            dtype.
        driver: what is computed beside the solution, by the names of LAPACK's routines. "gelsy", the default: the
            rank. "gelsd" and "gelss": the residuals, the rank and the singular values. "gels", for full rank: the
            residuals.

    Returns:
        (solution, residuals, rank, singular_values); empty where not computed. Residuals, the squared lengths of
        A X - B, need N > M and full rank.

    Shapes:
        A (..., N, M), B (..., N, K) -> (..., M, K), (..., K), (...), (..., min(N, M))

    Raises:
        ShapeError: if the extents do not fit.
        DTypeError: for bools and integers.
        ArgumentError: for another driver.
        LinAlgError: for "gels" where the rank is not full.

    >>> import minigrad as mg
    >>> mg.linalg.lstsq(mg.tensor([[1.0], [1.0]]), mg.tensor([[1.0], [2.0]])).solution
    tensor([[1.5]])
    """
    tensors("lstsq", A=A, B=B)
    if driver not in (None, "gelsy", "gelsd", "gelss", "gels"):
        raise ArgumentError(
            f"lstsq: driver is {driver!r}, where 'gelsy', 'gelsd', 'gelss' or 'gels' is wanted"
        )
    vector, n = is_vector(A, B), A.shape[-2] if len(A.shape) > 1 else None
    Y = ops.unsqueeze(B, dim=-1) if vector else B
    if n is None or Y.shape[-2] != n:
        raise ShapeError(
            f"lstsq: A is {describe(A)} and B {describe(B)}, where A (..., N, M) and B (..., N, K) are wanted"
        )
    m, empty = A.shape[-1], made(A, "zeros", (0,))
    solution = ops.matmul(ops.pinv(A, rtol=rcond), Y)
    rank = ops.matrix_rank(A, rtol=rcond)
    full = bool((rank == min(n, m)).all())
    if driver == "gels" and not full:
        raise LinAlgError(f"lstsq: A {describe(A)} has not full rank, which driver 'gels' needs; use 'gelsd'")
    residuals = values = empty
    if driver not in (None, "gelsy") and n > m and full:
        residuals = ops.sum(ops.square(ops.matmul(A, solution) - Y), dim=-2)
    if driver in ("gelsd", "gelss"):
        values = ops.svdvals(A)
    return LeastSquares(
        ops.squeeze(solution, dim=-1) if vector else solution,
        residuals,
        Tensor(empty.data.astype(rank.dtype)) if driver == "gels" else rank,
        values,
    )


def cholesky_solve(B: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """The X with A X = B, from the Cholesky factor L of A.

    Args:
        upper: L is upper triangular, A = L^T L; else A = L L^T.

    Shapes:
        B (..., N, K), L (..., N, N) -> (..., N, K); leading dims broadcast

    Raises:
        LinAlgError: if a 0 stands on a diagonal of L.
        ShapeError: if L is not square, or the extents do not fit.
        DTypeError: for bools and integers.
    """
    tensors("cholesky_solve", B=B, L=L)
    if len(L.shape) < 2 or len(B.shape) < 2 or L.shape[-2:] != (B.shape[-2],) * 2:
        wanted = "B (..., N, K) and L (..., N, N) are wanted"
        raise ShapeError(f"cholesky_solve: B is {describe(B)} and L {describe(L)}, where {wanted}")
    first, last = (ops.mT(L), L) if upper else (L, ops.mT(L))
    inner = ops.solve_triangular(first, B, upper=False)
    return ops.solve_triangular(last, inner, upper=True)  # type: ignore[no-any-return]


def cholesky_inverse(L: Tensor, upper: bool = False) -> Tensor:
    """The inverse of A, from the Cholesky factor L of A.

    Args:
        upper: L is upper triangular, A = L^T L; else A = L L^T.

    Shapes:
        L (..., N, N) -> the same

    Raises:
        LinAlgError: if a 0 stands on a diagonal of L.
        ShapeError: if L is not square.
        DTypeError: for bools and integers.
    """
    square("cholesky_inverse", L, "L")
    return cholesky_solve(ops.expand(made(L, "eye", L.shape[-1]), shape=L.shape), L, upper)


# ---- inverses, determinants, powers ---------------------------------------------------------------------------------
def square(name: str, x: Any, argument: str) -> None:
    """Refuse all but square matrices."""
    tensors(name, **{argument: x})
    if len(x.shape) < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"{name}: {argument} is {describe(x)}, where square matrices are wanted")


def inverse(input: Tensor) -> Tensor:
    """The inverse of each matrix: see `minigrad.linalg.inv`."""
    return ops.inv(input)  # type: ignore[no-any-return]


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The pseudo-inverse; singular values up to rcond times the largest count as 0. See `minigrad.linalg.pinv`."""
    return ops.pinv(input, rtol=rcond)  # type: ignore[no-any-return]


def pinv(A: Tensor, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Tensor:
    """The pseudo-inverse of each matrix: see `minigrad.ops.pinv`; tolerances may be tensors."""
    return ops.pinv(A, atol=value(atol), rtol=value(rtol), hermitian=hermitian)  # type: ignore[no-any-return]


def matrix_rank(A: Tensor, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Tensor:
    """How many singular values are not 0: see `minigrad.ops.matrix_rank`; tolerances may be tensors."""
    return ops.matrix_rank(A, atol=value(atol), rtol=value(rtol), hermitian=hermitian)  # type: ignore[no-any-return]


def slogdet(A: Tensor) -> SlogDet:
    """(sign, logabsdet) of the determinant: see `minigrad.ops.slogdet`."""
    return SlogDet(*ops.slogdet(A))


def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant: NaN where that is negative, -inf where it is 0.

    Shapes:
        input (..., N, N) -> (...)

    Raises:
        ShapeError: if the matrices are not square.
        DTypeError: for bools and integers.

    >>> import minigrad as mg
    >>> mg.logdet(mg.eye(3))
    tensor(0.)
    """
    square("logdet", input, "input")
    sign, logabsdet = ops.slogdet(input)
    return ops.where(sign < 0, float("nan"), logabsdet)  # type: ignore[no-any-return]


def matrix_power(A: Tensor, n: int) -> Tensor:
    """The product of n equal matrices, by repeated squaring; of their inverses for negative n.

    Shapes:
        A (..., N, N) -> the same

    Raises:
        ShapeError: if the matrices are not square.
        DTypeError: if n is not an int, or negative beside integers.
        LinAlgError: for a negative n and a singular matrix.

    >>> import minigrad as mg
    >>> mg.matrix_power(mg.tensor([[1.0, 1.0], [0.0, 1.0]]), 5)
    tensor([[1., 5.],
            [0., 1.]])
    """
    square("matrix_power", A, "A")
    if isinstance(n, bool) or not isinstance(n, int):
        raise DTypeError(f"matrix_power: n is {describe(n)}, where an int is wanted")
    factor, y = (ops.inv(A) if n < 0 else A), None
    left = abs(n)
    while left:
        if left % 2:
            y = factor if y is None else ops.matmul(y, factor)
        left //= 2
        factor = ops.matmul(factor, factor) if left else factor
    if y is None:
        return ops.where(False, A, made(A, "eye", A.shape[-1]))  # type: ignore[no-any-return]  # its slope is 0
    return ops.clone(A) if y is A else y


def cond(A: Tensor, p: Any = None) -> Tensor:
    """How much a relative error of B can grow in the solution of A X = B: the norm of A times that of its inverse.

    Args:
        p: which norm: None or 2, -2 (by singular values), "fro", "nuc", inf, -inf, 1, -1.

    Shapes:
        A (..., N, M) -> (...); square, where p is not None, 2 or -2

    Raises:
        ShapeError: if A holds no matrices, or is not square where it must be.
        DTypeError: for bools and integers.
        ArgumentError: for another p.

    >>> import minigrad as mg
    >>> mg.linalg.cond(mg.tensor([[1.0, 0.0], [0.0, 4.0]]))
    tensor(4.)
    """
    tensors("cond", A=A)
    if p not in (None, 2, -2, *NORMS):
        raise ArgumentError(
            f"cond: p is {p!r}, where None, 2, -2, 'fro', 'nuc', inf, -inf, 1 or -1 is wanted"
        )
    if p in NORMS:
        square("cond", A, "A")
    if len(A.shape) > 1 and 0 in A.shape[-2:]:
        return made(A, "zeros", A.shape[:-2])
    if p in (None, 2, -2):
        s = ops.svdvals(A)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]  # type: ignore[no-any-return]
    singular = ops.slogdet(A.detach())[0] == 0
    whole = ops.where(singular[..., None, None], made(A, "eye", A.shape[-1]), A)
    y = matrix_norm(A, p) * matrix_norm(ops.inv(whole), p)
    return ops.where(singular, inf, y)  # type: ignore[no-any-return]


# ---- decompositions -------------------------------------------------------------------------------------------------
def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """The triangular factor of positive definite matrices: see `minigrad.ops.cholesky`."""
    return ops.cholesky(input, upper=upper)  # type: ignore[no-any-return]


def linalg_qr(A: Tensor, mode: str = "reduced") -> QR:
    """(Q, R) with Q R = A, Q with orthogonal columns and R upper triangular: see `minigrad.ops.qr`.

    Args:
        mode: "reduced", "complete" (Q is square), or "r" (R alone, as reduced; Q is empty).

    Raises:
        ShapeError: if A holds no matrices.
        DTypeError: for bools and integers.
        ArgumentError: for another mode.
    """
    tensors("qr", A=A)
    if mode == "r":
        return QR(made(A, "zeros", (0,)), ops.qr(A)[1])
    return QR(*ops.qr(A, mode=mode))


def qr(input: Tensor, some: bool = True) -> QR:
    """(Q, R) with Q R = input; with `some` reduced, else complete. See `minigrad.linalg.qr`."""
    return linalg_qr(input, "reduced" if some else "complete")


def no_driver(name: str, driver: Any) -> None:
    """Refuse a choice that only PyTorch's GPU code has."""
    if driver is not None:
        raise ArgumentError(f"{name}: driver is {driver!r}: there is no choice of one, leave it None")


def linalg_svdvals(A: Tensor, *, driver: str | None = None) -> Tensor:
    """The singular values, in descending order: see `minigrad.ops.svdvals`."""
    no_driver("svdvals", driver)
    return ops.svdvals(A)  # type: ignore[no-any-return]


def linalg_svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> SVD:
    """(U, S, Vh) with U diag(S) Vh = A: see `minigrad.ops.svd`."""
    no_driver("svd", driver)
    return SVD(*ops.svd(A, full_matrices=full_matrices))


def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> OldSVD:
    """(U, S, V) with U diag(S) V^T = input.

    Args:
        some: only as many columns of U and V as there are singular values, else square ones.
        compute_uv: compute U and V, else they are zeros.

    Raises:
        LinAlgError: for NaN and infinities.
        ShapeError: if input holds no matrices.
        DTypeError: for bools and integers.
    """
    tensors("svd", input=input)
    if not compute_uv:
        s, (*lead, n, m) = ops.svdvals(input), input.shape
        return OldSVD(made(input, "zeros", (*lead, n, n)), s, made(input, "zeros", (*lead, m, m)))
    u, s, vh = ops.svd(input, full_matrices=not some)
    return OldSVD(u, s, ops.mT(vh))


def eigh(A: Tensor, UPLO: str = "L") -> Eigh:
    """(eigenvalues, eigenvectors) of symmetric matrices: see `minigrad.ops.eigh`."""
    return Eigh(*ops.eigh(A, UPLO=UPLO))


def eig(A: Tensor) -> Any:
    """Refused: the eigenvalues of matrices that are not symmetric are complex.

    Raises:
        DTypeError: always.
    """
    raise DTypeError(
        f"eig: the eigenvalues of A {describe(A)} are complex numbers, which minigrad has not; "
        "linalg.eigh takes symmetric matrices"
    )


# ---- vectors --------------------------------------------------------------------------------------------------------
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The products of vectors along a dim; they broadcast.

    Raises:
        ShapeError: if the extents do not fit.
        DTypeError: for bools and integers.
        IndexingError: for a dim that they do not have.

    >>> import minigrad as mg
    >>> mg.linalg.vecdot(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), mg.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    tensors("vecdot", x=x, y=y)
    if not (is_float(x.dtype) and is_float(y.dtype)):
        raise DTypeError(f"vecdot: x is {describe(x)} and y {describe(y)}, where floating tensors are wanted")
    return ops.sum(x * y, dim=dim)  # type: ignore[no-any-return]
