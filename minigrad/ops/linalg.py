"""Matrix products. Halves are multiplied and summed in float32."""

from __future__ import annotations

from math import prod
from typing import Any

from ..core import Array, Shape, op, same
from ..dtypes import bool_
from ..errors import DTypeError, ShapeError, describe
from .shape import reshape, unsqueeze

__all__ = ["linear", "mT", "matmul"]
METHODS = "matmul".split()
IN_PLACE = ()


@op(lambda g: mT(g))
def mT(xp: Any, x: Array) -> Array:
    """The last two axes exchanged, as a view."""
    return xp.swapaxes(x, -1, -2)


def column(v: Any) -> Any:
    """A vector as a matrix of one column; with leading dims each of many."""
    return unsqueeze(v, dim=-1)


def left(g: Any, b: Any, shape: Shape) -> Any:
    """The gradient of a in a @ b, `shape` being that of a."""
    if len(shape) > 1 and len(b.shape) > 1:
        return matmul(g, mT(b))
    if len(b.shape) == 1:  # y sums over the last axis of a
        return (column(g) if len(shape) > 1 else g) * b
    return reshape(matmul(b, column(g)), shape=(*b.shape[:-2], *shape))


def right(g: Any, a: Any, shape: Shape) -> Any:
    """The gradient of b in a @ b, `shape` being that of b."""
    if len(a.shape) == 1:
        return column(a) * unsqueeze(g, dim=-2) if len(shape) > 1 else g * a
    if len(shape) == 1:
        return matmul(mT(rows(a)), reshape(g, shape=(prod(g.shape),)))
    return outer_sum(a, g) if len(shape) == 2 else matmul(mT(a), g)


def rows(x: Any) -> Any:
    """All leading dims as one."""
    return reshape(x, shape=(prod(x.shape[:-1]), x.shape[-1])) if len(x.shape) != 2 else x


def outer_sum(a: Any, b: Any) -> Any:
    """The sum of a^T b over all leading dims, as one matrix product."""
    return matmul(mT(rows(a)), rows(b))


@op(left, right, strict=True)
def matmul(xp: Any, a: Array, b: Array) -> Array:
    """Matrix product over the last two axes, the others broadcast; a vector is a row on the left, else a column.

    Shapes:
        a (..., N, K), b (..., K, M) -> (..., N, M); a (K,), b (K,) -> ()

    Raises:
        ShapeError: if the inner extents differ, an operand is 0-d, or leading extents do not broadcast.
        DTypeError: for bools, and for two dtypes.

    >>> import minigrad as mg
    >>> mg.matmul(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), mg.tensor([1.0, -1.0]))
    tensor([-1., -1.])
    """
    if not (a.ndim and b.ndim):
        raise ShapeError(f"matmul: a {describe(a)}, b {describe(b)}: a 0-d operand is multiplied with *")
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        raise ShapeError(
            f"matmul: a {describe(a)} has {a.shape[-1]} columns, b {describe(b)} has {inner} rows"
        )
    if a.dtype == bool_:
        raise DTypeError("matmul: a and b are bool; convert one to an integer or floating dtype")
    return xp.product(a, b)


@op(lambda g, weight: matmul(g, weight), lambda g, x: outer_sum(g, x), same, strict=True)
def linear(xp: Any, x: Array, weight: Array, bias: Array | None = None) -> Array:
    """x weight^T + bias.

    Args:
        x: any leading dims, then the features.
        weight: one row for each output feature.
        bias: one number for each output feature.

    Shapes:
        x (..., IN), weight (OUT, IN), bias (OUT,) -> (..., OUT)

    Raises:
        ShapeError: if the features do not fit.
        DTypeError: if x, weight and bias are not of one dtype.

    >>> import minigrad as mg
    >>> mg.functional.linear(mg.tensor([1.0, 2.0]), mg.tensor([[3.0, 4.0]]), mg.tensor([0.5]))
    tensor([11.5])
    """
    if weight.ndim != 2:
        raise ShapeError(f"linear: weight has shape {weight.shape}, where (out, in) is wanted")
    out, features = weight.shape
    if not x.ndim:
        raise ShapeError(f"linear: x is 0-d, where (..., {features}) is wanted")
    if x.shape[-1] != features:
        raise ShapeError(f"linear: x has {x.shape[-1]} features, weight (out, in) takes {features}")
    if bias is not None and bias.shape != (out,):
        raise ShapeError(f"linear: bias has shape {bias.shape}, weight (out, in) gives ({out},)")
    return xp.product(x, weight.T, bias)
