"""Norms of vectors and matrices, in the signatures of PyTorch's `torch.linalg` and of its top level."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from .. import ops
from ..core import Tensor, cast
from ..dtypes import as_dtype, is_float
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..ops.reduce import Dims, axes

__all__ = ["dist", "norm"]
METHODS = tuple(__all__)
IN_PLACE = ()

ORDERS = (1, -1, 2, -2, inf, -inf)


# ---- torch.linalg ---------------------------------------------------------------------------------------------------
def prepared(name: str, x: Tensor, dtype: Any) -> Tensor:
    """x in the dtype that its norm is to have, which may not be a narrower one."""
    if not isinstance(x, Tensor) or not is_float(x.dtype):
        raise DTypeError(
            f"{name}: x is {describe(x)}, where a tensor of floats is wanted; x.float() converts it"
        )
    to = x.dtype if dtype is None else as_dtype(dtype)
    if to == x.dtype:
        return x
    if not is_float(to) or to.itemsize <= x.dtype.itemsize:
        raise DTypeError(f"{name}: dtype {to} is narrower than that of x, {x.dtype}")
    return cast(x, dtype=to)  # type: ignore[no-any-return]


def vector_norm(
    x: Tensor, ord: float = 2, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The p-norm over dims: the p-th root of the sum of the p-th powers of absolute values.

    Its gradient is 0 for elements of 0.

    Args:
        ord: p; inf gives the largest absolute value, -inf the smallest, 0 counts what is not 0.
        dim: a dim, several, or None for all.
        keepdim: reduced dims stay, with extent 1.
        dtype: x is converted to it first; not a narrower one.

    Raises:
        DTypeError: for bools and integers, an ord that is no number, or a narrower dtype.
        ShapeError: if there are no elements, where ord is negative or inf.
        IndexingError: for a dim that x does not have.
        ArgumentError: for a dim named twice.

    >>> import minigrad as mg
    >>> mg.linalg.vector_norm(mg.tensor([[3.0, 4.0], [0.0, 2.0]]), dim=1)
    tensor([5., 2.])
    """
    if not isinstance(ord, int | float):
        raise DTypeError(f"vector_norm: ord is {ord!r}, where a number is wanted")
    return ops.vector_norm(prepared("vector_norm", x, dtype), ord=ord, dim=dim, keepdim=keepdim)  # type: ignore[no-any-return]


def matrix_norm(
    A: Tensor,
    ord: float | str = "fro",
    dim: Sequence[int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Tensor:
    """A norm of the matrices that two dims hold.

    Args:
        ord: "fro": the root of the sum of squares; "nuc": the sum of singular values; 2 and -2: the largest and the
            smallest singular value; 1 and -1: the largest and the smallest sum of absolute values of a column; inf
            and -inf: that of a row.
        dim: those of the rows and of the columns.
        keepdim: reduced dims stay, with extent 1.
        dtype: A is converted to it first; not a narrower one.

    Raises:
        DTypeError: for bools and integers, or a narrower dtype.
        ShapeError: if A has fewer than 2 dims, or where ord is negative no elements.
        ArgumentError: for another ord, or dims that are not two different ones.
        IndexingError: for a dim that A does not have.

    >>> import minigrad as mg
    >>> mg.linalg.matrix_norm(mg.tensor([[3.0, 4.0], [0.0, 0.0]])), mg.linalg.matrix_norm(mg.eye(3), 1)
    (tensor(5.), tensor(1.))
    """
    A = prepared("matrix_norm", A, dtype)
    if not isinstance(dim, tuple | list) or len(dim) != 2:
        raise ArgumentError(f"matrix_norm: dim is {dim}, where two dims are wanted")
    if len(A.shape) < 2:
        raise ShapeError(f"matrix_norm: A {describe(A)} has fewer than 2 dims")
    if ord not in ("fro", "nuc", *ORDERS):
        raise ArgumentError(
            f"matrix_norm: ord is {ord!r}, where fro, nuc, 1, -1, 2, -2, inf or -inf is wanted"
        )
    row, column = axes("matrix_norm", tuple(dim), A.shape)
    if ord == "fro":
        return ops.vector_norm(A, ord=2, dim=(row, column), keepdim=keepdim)  # type: ignore[no-any-return]
    if ord in ("nuc", 2, -2):
        y = of_singular_values(A, ord, row, column)
    else:
        over, other = (row, column) if ord in (1, -1) else (column, row)
        y = extreme(ops.sum(ops.abs(A), dim=over, keepdim=True), ord, other)
    return y if keepdim else ops.squeeze(y, dim=(row, column))


def extreme(x: Tensor, ord: Any, dim: int) -> Tensor:
    """The largest or, for a negative ord, the smallest element along a dim; the largest of nothing is 0."""
    if ord > 0 and not x.shape[dim]:
        return ops.sum(x, dim=dim, keepdim=True)  # type: ignore[no-any-return]
    return (ops.amax if ord > 0 else ops.amin)(x, dim=dim, keepdim=True)  # type: ignore[no-any-return]


def of_singular_values(A: Tensor, ord: Any, row: int, column: int) -> Tensor:
    """The norms that are made of singular values, both dims kept with extent 1."""
    values = ops.svdvals(ops.movedim(A, source=(row, column), destination=(-2, -1)))
    y = ops.sum(values, dim=-1, keepdim=True) if ord == "nuc" else extreme(values, ord, len(A.shape) - 2)
    return ops.movedim(ops.unsqueeze(y, dim=-1), source=(-2, -1), destination=(row, column))  # type: ignore[no-any-return]


def linalg_norm(
    A: Tensor, ord: float | str | None = None, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """A vector norm over one dim, a matrix norm over two; without `ord`, the root of the sum of squares.

    Args:
        ord: see `vector_norm` and `matrix_norm`.
        dim: one dim or two. Default: all, of which there may be any number where `ord` is not given, else 1 or 2.
        keepdim: reduced dims stay, with extent 1.
        dtype: A is converted to it first; not a narrower one.

    Raises:
        DTypeError, ShapeError, ArgumentError, IndexingError: as `vector_norm` and `matrix_norm`; or if the number of
            dims says neither vector nor matrix.

    >>> import minigrad as mg
    >>> mg.linalg.norm(mg.tensor([3.0, -4.0]), 1), mg.linalg.norm(mg.tensor([3.0, -4.0]))
    (tensor(7.), tensor(5.))
    """
    dims = dim if dim is None or isinstance(dim, tuple | list) else (dim,)
    if dims is not None and len(dims) not in (1, 2):
        raise ArgumentError(f"norm: dim is {dim}, where one dim or two are wanted")
    if ord is None:
        return vector_norm(A, 2, dims, keepdim, dtype=dtype)
    if dims is None:
        if len(A.shape) not in (1, 2):
            raise ShapeError(f"norm: A {describe(A)} is neither vector nor matrix; give dim")
        dims = tuple(range(len(A.shape)))
    if len(dims) == 1 and not isinstance(ord, str):
        return vector_norm(A, ord, dims, keepdim, dtype=dtype)
    return matrix_norm(A, ord, tuple(dims), keepdim, dtype=dtype)


# ---- the top level --------------------------------------------------------------------------------------------------
def norm(
    input: Tensor, p: float | str | None = "fro", dim: Dims = None, keepdim: bool = False, dtype: Any = None
) -> Tensor:
    """The p-norm of all elements, or over dims, as of one vector; "nuc" gives that of matrices.

    Args:
        p: a number, "fro" or None, which are 2, or "nuc": see `minigrad.linalg.vector_norm` and `matrix_norm`.
        dim: a dim, several, or None for all; for "nuc" two.
        keepdim: reduced dims stay, with extent 1.
        dtype: input is converted to it first; not a narrower one.

    Raises:
        DTypeError, ShapeError, ArgumentError, IndexingError: as `minigrad.linalg.vector_norm` and `matrix_norm`.

    >>> import minigrad as mg
    >>> mg.norm(mg.tensor([[3.0, 4.0], [0.0, 0.0]]))
    tensor(5.)
    """
    if p == "fro" and isinstance(dim, tuple | list) and len(dim) > 2:
        raise ArgumentError(
            f"norm: p is 'fro' and dim {dim}, where one dim or two are wanted; p=2 takes more"
        )
    if p is None or p == "fro":
        p = 2
    if isinstance(p, str):
        dims = tuple(range(len(input.shape))) if dim is None else dim
        return matrix_norm(input, p, dims, keepdim, dtype=dtype)  # type: ignore[arg-type]
    return vector_norm(input, p, dim, keepdim, dtype=dtype)


def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of the difference of two tensors, which broadcast.

    Raises:
        DTypeError: if both are made of bools or integers.
        ShapeError: if they do not broadcast.

    >>> import minigrad as mg
    >>> mg.dist(mg.tensor([1.0, 2.0]), mg.tensor([4.0, 6.0]))
    tensor(5.)
    """
    return vector_norm(ops.sub(input, other), p)
