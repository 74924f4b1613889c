"""Inverses and linear systems, batched over leading dims. Halves are computed in float32."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core import Array, op
from ..dtypes import is_float
from ..errors import DTypeError, LinAlgError, ShapeError, describe
from .elementwise import wide
from .linalg import matmul, mT
from .shape import tril, triu

__all__ = ["inv", "solve", "solve_triangular"]
METHODS = ()
IN_PLACE = ()

BLOCK = 64  # triangular systems up to this size are solved whole


# ---- what the operations on matrices share --------------------------------------------------------------------------
def matrices(name: str, x: Array, argument: str = "x") -> None:
    """Refuse what is not made of floating matrices."""
    if x.ndim < 2:
        raise ShapeError(f"{name}: {argument} is {describe(x)}, where matrices (..., N, M) are wanted")
    if not is_float(x.dtype):
        why = f"where a floating dtype is wanted; {argument}.float() converts it"
        raise DTypeError(f"{name}: {argument} is {x.dtype}, {why}")


def square(name: str, x: Array, argument: str = "x") -> None:
    """Refuse what is not made of square floating matrices."""
    matrices(name, x, argument)
    if x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"{name}: {argument} is {describe(x)}, where square matrices are wanted")


def attempt(xp: Any, name: str, why: str, call: Callable[[Any], Any], x: Array) -> Any:
    """call(x); where the library refuses it, an error that names the first matrix of x that it refuses alone."""
    refused = (xp.linalg.LinAlgError, FloatingPointError)
    try:
        with xp.errstate(all="ignore"):
            return finished(xp, call(x), x)
    except refused:
        pass
    for at in xp.ndindex(x.shape[:-2]):
        try:
            finished(xp, call(x[at]), x[at])
        except refused:
            raise LinAlgError(f"{name}: {which(x, at)} {why}") from None
    raise LinAlgError(f"{name}: a matrix of {describe(x)} {why}")


def finished(xp: Any, y: Any, x: Array) -> Any:
    """What a call on x gave. CuPy gives NaN where NumPy raises.

    Raises:
        FloatingPointError: for that.
    """
    if xp.device != "cpu":
        for part in y if isinstance(y, tuple) else (y,):
            if part.dtype.kind == "f" and not xp.isfinite(part).all() and xp.isfinite(x).all():
                raise FloatingPointError
    return y


def which(x: Array, at: Sequence[Any]) -> str:
    """One of the matrices of x, as a message names it."""
    return f"the matrix {[int(i) for i in at] or describe(x)}"


def spectrum(xp: Any, name: str, call: Callable[[Any], Any], x: Array) -> Any:
    """call(x), which finds eigenvalues or singular values; NaN and infinities have none."""
    wrong = ~xp.isfinite(x).all(-1).all(-1)
    if wrong.any():
        at = [i[0] for i in wrong.nonzero()] if wrong.ndim else ()
        raise LinAlgError(f"{name}: {which(x, at)} holds NaN or infinities")
    return attempt(xp, name, "is so ill-conditioned that the iteration does not end", call, x)


def narrow(y: Array, x: Array) -> Array:
    """What was computed from x, in its dtype."""
    return y.astype(x.dtype, copy=False)


# ---- inverse and systems --------------------------------------------------------------------------------------------
@op(lambda g, y: -(mT(y) @ g @ mT(y)))
def inv(xp: Any, x: Array) -> Array:
    """The inverse of each matrix.

    Shapes:
        x (..., N, N) -> the same

    Raises:
        LinAlgError: if a matrix is singular.
        ShapeError: if the matrices are not square.
        DTypeError: for bools and integers.

    >>> import minigrad as mg
    >>> mg.linalg.inv(mg.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5 , 0.  ],
            [0.  , 0.25]])
    """
    square("inv", x)
    return narrow(attempt(xp, "inv", "is singular", xp.linalg.inv, wide(x)), x)


def solve_rule(g: Any, A: Any, y: Any) -> tuple[Any, Any]:
    """That of b solves the transposed system; that of a follows from it."""
    g_b = solve(mT(A), g)
    return -(g_b @ mT(y)), g_b


@op(joint=solve_rule)
def solve(xp: Any, A: Array, B: Array) -> Array:
    """The matrices y with A y = B.

    Shapes:
        A (..., N, N), B (..., N, K) -> (..., N, K); leading dims broadcast

    Raises:
        LinAlgError: if a matrix of A is singular.
        ShapeError: if A is not square, or the extents do not fit.
        DTypeError: for bools and integers.
    """
    system("solve", A, B)
    try:
        with xp.errstate(all="ignore"):
            return narrow(xp.linalg.solve(wide(A), wide(B)), A)
    except xp.linalg.LinAlgError:
        attempt(xp, "solve", "is singular", xp.linalg.inv, wide(A))
        raise


def system(name: str, A: Array, B: Array) -> None:
    """Refuse a system that is none."""
    square(name, A, "A")
    matrices(name, B, "B")
    if B.shape[-2] != A.shape[-1]:
        n = A.shape[-1]
        raise ShapeError(f"{name}: A is {describe(A)} and B {describe(B)}, where B (..., {n}, K) is wanted")


# ---- triangular systems ---------------------------------------------------------------------------------------------
def triangle(x: Any, upper: bool, unitriangular: bool) -> Any:
    """Of x the elements that a triangular system reads."""
    edge = 1 if unitriangular else 0
    return triu(x, diagonal=edge) if upper else tril(x, diagonal=-edge)


def triangular_rule(g: Any, A: Any, y: Any, upper: bool, unitriangular: bool) -> tuple[Any, Any]:
    """As that of solve, for the elements that were read."""
    g_b = solve_triangular(mT(A), g, upper=not upper, unitriangular=unitriangular)
    return -triangle(matmul(g_b, mT(y)), upper, unitriangular), g_b


def substituted(xp: Any, a: Array, b: Array, upper: bool) -> Array:
    """y with a y = b, a being triangular: by halves, so that most of the work is matrix products."""
    n = a.shape[-1]
    if n <= BLOCK:
        if upper:  # elimination finds nothing to do: this is substitution alone
            return xp.linalg.solve(a, b)
        return xp.linalg.solve(a[..., ::-1, ::-1], b[..., ::-1, :])[..., ::-1, :]
    k = n // 2
    one, two = a[..., :k, :k], a[..., k:, k:]
    if upper:
        low = substituted(xp, two, b[..., k:, :], upper)
        top = substituted(xp, one, b[..., :k, :] - a[..., :k, k:] @ low, upper)
    else:
        top = substituted(xp, one, b[..., :k, :], upper)
        low = substituted(xp, two, b[..., k:, :] - a[..., k:, :k] @ top, upper)
    return xp.concatenate([top, low], -2)


@op(joint=triangular_rule)
def solve_triangular(xp: Any, A: Array, B: Array, *, upper: bool, unitriangular: bool = False) -> Array:
    """The matrices y with A y = B, where only a triangle of A is read.

    Args:
        upper: the upper triangle, else the lower one.
        unitriangular: take the diagonal of A as ones, without reading it.

    Shapes:
        A (..., N, N), B (..., N, K) -> (..., N, K); leading dims broadcast

    Raises:
        LinAlgError: if a 0 stands on a diagonal.
        ShapeError: if A is not square, or the extents do not fit.
        DTypeError: for bools and integers.
    """
    system("solve_triangular", A, B)
    half = (xp.triu if upper else xp.tril)(wide(A))
    diagonal = xp.eye(A.shape[-1], dtype=bool)
    if unitriangular:
        half = xp.where(diagonal, xp.ones((), half.dtype), half)
    zero = ((half == 0) & diagonal).any(-1).any(-1)
    if zero.any():
        at = [i[0] for i in zero.nonzero()] if zero.ndim else ()
        raise LinAlgError(f"solve_triangular: {which(A, at)} has a 0 on its diagonal")
    with xp.errstate(all="ignore"):
        return narrow(substituted(xp, half, wide(B), upper), A)
