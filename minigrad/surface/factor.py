"""LU factors and what is solved with them, tensors as linear maps, and inverses that report instead of raising."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

from .. import ops
from ..backend import namespace_of
from ..core import Tensor, cast, expand
from ..dtypes import int32, is_float
from ..errors import ArgumentError, DTypeError, LinAlgError, ShapeError, describe
from ..ops.solve import square

__all__ = ["householder_product", "lu_solve", "lu_unpack"]
METHODS = ("lu_solve",)
IN_PLACE = ()

LU = namedtuple("LU", "P L U")
Factors = namedtuple("Factors", "LU pivots")
FactorsAndInfo = namedtuple("FactorsAndInfo", "LU pivots info")
WithInfo = namedtuple("WithInfo", "result info")
InverseAndInfo = namedtuple("InverseAndInfo", "inverse info")
CholeskyAndInfo = namedtuple("CholeskyAndInfo", "L info")


# ---- LU -------------------------------------------------------------------------------------------------------------
def with_pivots(name: str, pivot: bool) -> None:
    """Refuse what is unstable, as PyTorch's code for CPUs does."""
    if not pivot:
        raise ArgumentError(f"{name}: pivot=False: LU factors without pivoting are not there; leave it True")


def permutation(rows: Any, like: Tensor) -> Tensor:
    """The matrix P with P x = y where x = y[rows]."""
    xp = namespace_of(like.data)
    return Tensor((rows[..., None, :] == xp.arange(rows.shape[-1])[:, None]).astype(like.dtype))


def lu(A: Tensor, *, pivot: bool = True) -> LU:
    """(P, L, U) with P L U = A: a permutation, a lower triangle with ones on its diagonal, an upper triangle.

    Shapes:
        A (..., M, N) -> P (..., M, M), L (..., M, K), U (..., K, N), where K = min(M, N)

    Raises:
        ShapeError: if A has fewer than two dims.
        DTypeError: for bools and integers.
        ArgumentError: for pivot=False.

    >>> import minigrad as mg
    >>> mg.linalg.lu(mg.tensor([[1.0, 2.0], [2.0, 6.0]])).U
    tensor([[ 2.,  6.],
            [ 0., -1.]])
    """
    with_pivots("lu", pivot)
    _, rows, L, U = ops.lu(A)
    return LU(permutation(rows.data, L), L, U)


def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> FactorsAndInfo:
    """`lu_factor`, and for each matrix the first place, counted from 1, where U has a 0 on its diagonal, else 0.

    Raises:
        LinAlgError: with check_errors, if there is such a place.
        ShapeError, DTypeError, ArgumentError: as `lu`.
    """
    with_pivots("lu_factor", pivot)
    pivots, _, L, U = ops.lu(A)
    m, n = A.shape[-2:]
    below, k = ops.tril(L, diagonal=-1), min(m, n)
    if m > n:
        U = ops.pad(U, pad=(0, 0, 0, m - n))
    elif m < n:
        below = ops.pad(below, pad=(0, n - m))
    info = first_zero(U.data, k)
    if check_errors:
        report(
            "lu_factor", info, "U has a 0 on its diagonal; lu and lu_factor_ex give the factors all the same"
        )
    return FactorsAndInfo(below + U, cast(pivots + 1, dtype=int32), info)


def first_zero(u: Any, k: int) -> Tensor:
    """Where the diagonals have their first 0, counted from 1, or 0."""
    xp = namespace_of(u)
    zero = xp.diagonal(u, 0, -2, -1)[..., :k] == 0
    at = zero.argmax(-1) + 1 if k else xp.zeros(u.shape[:-2], int32)
    return Tensor(xp.asarray(xp.where(zero.any(-1), at, 0).astype(int32)))


def report(name: str, info: Tensor, why: str) -> None:
    """Raise what `info` tells.

    Raises:
        LinAlgError: naming the first matrix that is wrong.
    """
    if info.data.any():
        at = [int(k[0]) for k in info.data.nonzero()] if info.shape else []
        raise LinAlgError(f"{name}: matrix {at or ''}: {why}".replace(" :", ":"))


def lu_factor(A: Tensor, *, pivot: bool = True) -> Factors:
    """L and U in one matrix, and for each step the row, counted from 1, that it swaps with its own.

    Shapes:
        A (..., M, N) -> LU the same, pivots (..., min(M, N))

    Raises:
        LinAlgError: if U has a 0 on its diagonal.
        ShapeError, DTypeError, ArgumentError: as `lu`.

    >>> import minigrad as mg
    >>> mg.linalg.lu_factor(mg.tensor([[1.0, 2.0], [2.0, 6.0]]))
    Factors(LU=tensor([[ 2. ,  6. ],
            [ 0.5, -1. ]]), pivots=tensor([2, 2], dtype=int32))
    """
    return Factors(*lu_factor_ex(A, pivot=pivot, check_errors=True)[:2])


def order_of(name: str, pivots: Tensor, m: int) -> Any:
    """The order of m rows after the swaps."""
    p = pivots.data
    if is_float(p.dtype) or p.ndim == 0:
        raise DTypeError(f"{name}: pivots are {describe(pivots)}, where rows of integers are wanted")
    if p.size and not (p.min() >= 1 and p.max() <= m):
        raise ArgumentError(f"{name}: pivots name a row outside of 1..{m}")
    return namespace_of(p).rows_of(p - 1, m)


def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) -> LU:
    """(P, L, U) from the result of `linalg.lu_factor`.

    Args:
        unpack_data, unpack_pivots: whether L and U, and P, are wanted; else they are without elements.

    Raises:
        DTypeError: if the pivots are not integers.
        ArgumentError: for a pivot that names no row.

    >>> import minigrad as mg
    >>> A = mg.tensor([[1.0, 2.0], [2.0, 6.0]])
    >>> P, L, U = mg.lu_unpack(*mg.linalg.lu_factor(A))
    >>> P @ L @ U
    tensor([[1., 2.],
            [2., 6.]])
    """
    m, n = LU_data.shape[-2:]
    k, none = min(m, n), LU_data.detach()[..., :0, :0]
    rows = order_of("lu_unpack", LU_pivots, m)
    P = permutation(rows, LU_data) if unpack_pivots else none
    if not unpack_data:
        return LU(P, none, none)
    one = permutation(namespace_of(rows).arange(m), LU_data)[:, :k]
    return LU(P, ops.tril(LU_data[..., :k], diagonal=-1) + one, ops.triu(LU_data[..., :k, :]))


def linalg_lu_solve(
    LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False
) -> Tensor:
    """The X with A X = B, from the result of `lu_factor(A)`.

    Args:
        left: False solves X A = B.
        adjoint: solve with the transpose of A.

    Shapes:
        LU (..., N, N), pivots (..., N), B (..., N, K) -> (..., N, K)

    Raises:
        ShapeError: if LU is not square, or the extents do not fit.
        LinAlgError: if A is singular.
        DTypeError, ArgumentError: for wrong pivots.

    >>> import minigrad as mg
    >>> factors = mg.linalg.lu_factor(mg.tensor([[1.0, 2.0], [2.0, 6.0]]))
    >>> mg.linalg.lu_solve(*factors, mg.tensor([[3.0], [8.0]]))
    tensor([[1.],
            [1.]])
    """
    square("lu_solve", LU.data, "LU")
    if not left:
        return ops.mT(linalg_lu_solve(LU, pivots, ops.mT(B), adjoint=not adjoint))  # type: ignore[no-any-return]
    if len(B.shape) < 2 or B.shape[-2] != LU.shape[-1]:
        raise ShapeError(f"lu_solve: LU is {describe(LU)} and B {describe(B)}: B has another number of rows")
    P = permutation(order_of("lu_solve", pivots, LU.shape[-1]), LU)
    if adjoint:
        y = ops.solve_triangular(ops.mT(LU), B, upper=False)
        return P @ ops.solve_triangular(ops.mT(LU), y, upper=True, unitriangular=True)  # type: ignore[no-any-return]
    y = ops.solve_triangular(LU, ops.mT(P) @ B, upper=False, unitriangular=True)
    return ops.solve_triangular(LU, y, upper=True)  # type: ignore[no-any-return]


def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """`linalg.lu_solve` with its arguments in the older order."""
    return linalg_lu_solve(LU_data, LU_pivots, b)


# ---- reports instead of errors --------------------------------------------------------------------------------------
def guarded(A: Tensor, info: Tensor, call: Callable[[Tensor], Tensor]) -> Tensor:
    """call(A), and NaN for the matrices that `info` names."""
    if not info.data.any():
        return call(A)
    xp = namespace_of(A.data)
    wrong = Tensor(info.data[..., None, None] != 0)
    y = call(ops.where(wrong, Tensor(xp.eye(A.shape[-1], dtype=A.dtype)), A))
    return ops.where(wrong, math.nan, y)  # type: ignore[no-any-return]


def inv_ex(A: Tensor, *, check_errors: bool = False) -> InverseAndInfo:
    """The inverse of each matrix, NaN for a singular one, and an integer for each that is 0 where there is one.

    Raises:
        LinAlgError: with check_errors, if a matrix is singular.
        ShapeError, DTypeError: if A is not made of square matrices of floats.

    >>> import minigrad as mg
    >>> mg.linalg.inv_ex(mg.zeros(2, 2)).info
    tensor(1, dtype=int32)
    """
    square("inv_ex", A.data, "A")
    info = first_zero(ops.lu(A.detach())[3].data, A.shape[-1])
    if check_errors:
        report("inv_ex", info, "it is singular")
    return InverseAndInfo(guarded(A, info, ops.inv), info)


def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> WithInfo:
    """`linalg.solve`, NaN for a singular matrix, and an integer for each matrix that is 0 where it is regular.

    Raises:
        LinAlgError: with check_errors, if a matrix is singular.
        ShapeError, DTypeError: as `linalg.solve`.
    """
    from .linalg import is_vector, solve

    square("solve_ex", A.data, "A")
    info = first_zero(ops.lu(A.detach())[3].data, A.shape[-1])
    if check_errors:
        report("solve_ex", info, "it is singular")
    if is_vector(A, B) and info.data.any():
        y = guarded(A, info, lambda a: ops.unsqueeze(solve(a, B, left=left), dim=-1))
        return WithInfo(ops.squeeze(y, dim=-1), info)
    return WithInfo(guarded(A, info, lambda a: solve(a, B, left=left)), info)


def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> CholeskyAndInfo:
    """The Cholesky factor of each matrix, NaN where there is none, and the first leading block without one, else 0.

    Raises:
        LinAlgError: with check_errors, if a matrix is not positive definite.
        ShapeError, DTypeError: if A is not made of square matrices of floats.

    >>> import minigrad as mg
    >>> mg.linalg.cholesky_ex(mg.tensor([[1.0, 2.0], [2.0, 1.0]])).info
    tensor(2, dtype=int32)
    """
    square("cholesky_ex", A.data, "A")
    xp, n = namespace_of(A.data), A.shape[-1]
    info = xp.zeros(A.shape[:-2], int32)
    try:
        ops.cholesky(A.detach())
    except LinAlgError:
        flat = A.detach().reshape(-1, n, n)
        blocks = [next((k for k in range(1, n + 1) if not definite(a[:k, :k])), 0) for a in flat]
        info = xp.asarray(blocks, dtype=int32).reshape(A.shape[:-2])
    if check_errors:
        report("cholesky_ex", Tensor(info), "it is not positive definite")
    return CholeskyAndInfo(guarded(A, Tensor(info), lambda a: ops.cholesky(a, upper=upper)), Tensor(info))


def definite(a: Tensor) -> bool:
    """Whether a matrix has a Cholesky factor."""
    try:
        ops.cholesky(a)
    except LinAlgError:
        return False
    return True


# ---- tensors as linear maps -----------------------------------------------------------------------------------------
def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of A as a map: tensordot(tensorinv(A, ind), A, ind) is the identity.

    Shapes:
        A (*first, *last), first being `ind` extents with the product of those of last -> (*last, *first)

    Raises:
        ArgumentError: if ind is below 1.
        ShapeError: if the two products differ.
        LinAlgError: if the map has no inverse.

    >>> import minigrad as mg
    >>> mg.linalg.tensorinv(mg.eye(4).reshape(4, 2, 2), ind=1).shape
    (2, 2, 4)
    """
    if ind < 1:
        raise ArgumentError(f"tensorinv: ind is {ind}, where 1 or more is wanted")
    first, last = A.shape[:ind], A.shape[ind:]
    if math.prod(first) != math.prod(last):
        raise ShapeError(f"tensorinv: A is {describe(A)}, ind {ind}: {first} and {last} have other products")
    y = ops.inv(ops.reshape(A, shape=(math.prod(first), -1)))
    return ops.reshape(y, shape=(*last, *first))  # type: ignore[no-any-return]


def tensorsolve(A: Tensor, B: Tensor, dims: Sequence[int] | None = None) -> Tensor:
    """The X with tensordot(A, X, X.ndim) = B.

    Args:
        dims: of A, moved to its end first.

    Shapes:
        A (*B's extents, *rest), the products of both being the same -> (*rest)

    Raises:
        ShapeError: if the two products differ.
        LinAlgError: if the map has no inverse.

    >>> import minigrad as mg
    >>> mg.linalg.tensorsolve(mg.eye(4).reshape(2, 2, 4) * 2.0, mg.ones(2, 2))
    tensor([0.5, 0.5, 0.5, 0.5])
    """
    if dims is not None:
        ends = tuple(range(len(A.shape) - len(dims), len(A.shape)))
        A = ops.movedim(A, source=tuple(dims), destination=ends)
    rest, n = A.shape[len(B.shape) :], math.prod(B.shape)
    if math.prod(rest) != n:
        raise ShapeError(f"tensorsolve: A is {describe(A)} and B {describe(B)}: {rest} and {B.shape} differ")
    y = ops.solve(ops.reshape(A, shape=(n, n)), ops.reshape(B, shape=(n, 1)))
    return ops.reshape(y, shape=rest)  # type: ignore[no-any-return]


def linalg_vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The powers 0 to N - 1 of each element, along a new last dim.

    Args:
        N: their number. Default: as many as elements.

    Shapes:
        x (..., M) -> (..., M, N)

    Raises:
        ArgumentError: if N is below 2.
        ShapeError: if x is 0-d.

    >>> import minigrad as mg
    >>> mg.linalg.vander(mg.tensor([1.0, 2.0]), N=3)
    tensor([[1., 1., 1.],
            [1., 2., 4.]])
    """
    if not x.shape:
        raise ShapeError("vander: x is 0-d, where at least one dim is wanted")
    n = x.shape[-1] if N is None else N
    if n < 2:
        raise ArgumentError(f"vander: N is {n}, where 2 or more is wanted")
    column = ops.unsqueeze(x, dim=-1)
    one = cast(ops.logical_or(column == column, True), dtype=column.dtype)
    rest = expand(column, shape=(*x.shape, n - 1))
    return ops.cumprod(ops.cat(one, rest, dim=-1), dim=-1)  # type: ignore[no-any-return]


def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of matrices: `diagonal` of the last two dims."""
    return ops.diagonal(A, offset=offset, dim1=dim1, dim2=dim2)  # type: ignore[no-any-return]


def householder_product(A: Tensor, tau: Tensor) -> Tensor:
    """The first columns of the product of reflections I - tau v vT; v is 1 on the diagonal of A, below it A's column.

    Shapes:
        A (..., M, N), tau (..., K) with K <= N <= M -> (..., M, N)

    Raises:
        ShapeError: if the extents do not fit.
        DTypeError: if the dtypes differ, or are not floating.

    >>> import minigrad as mg
    >>> mg.linalg.householder_product(mg.tensor([[5.0], [1.0]]), mg.tensor([1.0]))
    tensor([[ 0.],
            [-1.]])
    """
    came = f"A is {describe(A)}, tau {describe(tau)}"
    if A.dtype != tau.dtype or not is_float(A.dtype):
        raise DTypeError(f"householder_product: {came}, where one floating dtype is wanted")
    fit = len(A.shape) >= 2 and tau.shape[:-1] == A.shape[:-2] and len(tau.shape) == len(A.shape) - 1
    if not fit or not tau.shape[-1] <= A.shape[-1] <= A.shape[-2]:
        raise ShapeError(
            f"householder_product: {came}, where A (..., M, N), tau (..., K), K <= N <= M is wanted"
        )
    m, n = A.shape[-2:]
    eye = Tensor(namespace_of(A.data).eye(m, n, dtype=A.dtype))
    V = ops.tril(A, diagonal=-1) + eye
    y = expand(eye, shape=A.shape)
    for k in range(tau.shape[-1] - 1, -1, -1):
        v = V[..., k : k + 1]
        y = y - (v * tau[..., k, None, None]) @ (ops.mT(v) @ y)
    return y  # type: ignore[no-any-return]
