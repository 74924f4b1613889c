"""Scans, differences and integrals along a dim, in PyTorch's signatures."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core import Tensor
from ..dtypes import bool_
from ..errors import ArgumentError, DTypeError, IndexingError, ShapeError, describe
from ..ops.shape import axis, whole
from .reduce import Chosen

__all__ = ["cummax", "cummin", "cumulative_trapezoid", "diff", "trapezoid", "trapz"]
METHODS = ("cummax", "cummin", "diff")
IN_PLACE = ()


# ---- the largest and the smallest so far ----------------------------------------------------------------------------
def cummax(input: Tensor, dim: int) -> Any:
    """The largest of all elements up to each along `dim`, and where it stood last; NaN is the largest.

    Raises:
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.cummax(mg.tensor([1, 3, 2, 3]), 0).indices
    tensor([0, 1, 1, 3])
    """
    return Chosen(*ops.cummax(input, dim=dim))


def cummin(input: Tensor, dim: int) -> Any:
    """The smallest of all elements up to each along `dim`, and where it stood last; NaN is the smallest.

    Raises:
        IndexingError: for a dim that the tensor does not have.
    """
    return Chosen(*ops.cummin(input, dim=dim))


# ---- differences ----------------------------------------------------------------------------------------------------
def pieces(x: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """All but the first along dim k, and all but the last."""
    lead = (slice(None),) * k
    return x[(*lead, slice(1, None))], x[(*lead, slice(-1))]


def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None
) -> Tensor:
    """The differences of neighbours along `dim`, taken n times; of bools, whether they differ.

    Args:
        prepend, append: what stands before and after input along `dim`; as many dims, and the same other extents.

    Shapes:
        input (..., N) -> (..., N - n)

    Raises:
        ShapeError: if input is 0-d, or what is put around it has other extents.
        ArgumentError: for a negative n.
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.diff(mg.tensor([1, 4, 9]), prepend=mg.tensor([0]))
    tensor([1, 3, 5])
    """
    if not input.shape:
        raise ShapeError("diff: input is 0-d, where at least one dim is wanted")
    if whole("diff", "n", n) < 0:
        raise ArgumentError(f"diff: n is {n}, where 0 or more is wanted")
    k = axis("diff", dim, len(input.shape))
    for name, x in (("prepend", prepend), ("append", append)):
        if x is not None and [
            m for j, m in enumerate(x.shape) if j != k or len(x.shape) != len(input.shape)
        ] != [m for j, m in enumerate(input.shape) if j != k]:
            raise ShapeError(f"diff: {name} {describe(x)} and input {describe(input)} differ beside dim {k}")
    if not n:
        return input
    if prepend is not None or append is not None:
        input = ops.cat(*(x for x in (prepend, input, append) if x is not None), dim=k)
    step = ops.ne if input.dtype == bool_ else ops.sub
    for _ in range(min(n, input.shape[k])):
        input = step(*pieces(input, k))
    return input


# ---- integrals ------------------------------------------------------------------------------------------------------
def areas(name: str, y: Tensor, x: Any, dx: Any, dim: int) -> tuple[Tensor, int]:
    """Twice the area between each two neighbours, and the dim counted from the front."""
    if y.dtype == bool_:
        raise DTypeError(f"{name}: y is bool, where numbers are wanted")
    if not y.shape:
        raise IndexingError(f"{name}: dim {dim} of a 0-d y")
    k = axis(name, dim, len(y.shape))
    right, left = pieces(y, k)
    if x is None:
        return (right + left) * (1 if dx is None else dx), k
    if dx is not None:
        raise ArgumentError(f"{name}: x and dx both say how far apart the samples are; give one of them")
    if x.dtype == bool_:
        raise DTypeError(f"{name}: x is bool, where numbers are wanted")
    given = describe(x)
    if len(x.shape) == 1:
        x = ops.reshape(x, shape=[-1 if j == k else 1 for j in range(len(y.shape))])
    elif len(x.shape) < len(y.shape):
        x = ops.reshape(x, shape=(*(1,) * (len(y.shape) - len(x.shape)), *x.shape))
    at = k + len(x.shape) - len(y.shape)
    if not x.shape or x.shape[at] != y.shape[k]:
        raise ShapeError(f"{name}: x {given} has not one place for each sample of y {describe(y)}")
    return (right + left) * ops.sub(*pieces(x, at)), at


def trapezoid(y: Tensor, x: Any = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The integral along `dim` by the trapezoidal rule.

    Args:
        x: where the samples were taken: one row, or of a shape that broadcasts with y.
        dx: how far apart they are, all alike. Default: 1.

    Shapes:
        y (..., N), x (N,) -> (...)

    Raises:
        ShapeError: if x has not as many places as y has samples.
        ArgumentError: for both x and dx.
        DTypeError: for bools.
        IndexingError: for a dim that y does not have.

    >>> import minigrad as mg
    >>> mg.trapezoid(mg.tensor([1.0, 2.0, 4.0]), mg.tensor([0.0, 1.0, 3.0]))
    tensor(7.5)
    """
    parts, k = areas("trapezoid", y, x, dx, dim)
    return ops.sum(parts, dim=k) / 2.0  # type: ignore[no-any-return]


trapz = trapezoid


def cumulative_trapezoid(y: Tensor, x: Any = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The integral from the first sample to each other along `dim` by the trapezoidal rule.

    Args:
        x: where the samples were taken: one row, or of a shape that broadcasts with y.
        dx: how far apart they are, all alike. Default: 1.

    Shapes:
        y (..., N), x (N,) -> (..., N - 1)

    Raises:
        ShapeError, ArgumentError, DTypeError, IndexingError: as `trapezoid`.
    """
    parts, k = areas("cumulative_trapezoid", y, x, dx, dim)
    return ops.cumsum(parts, dim=k) / 2.0  # type: ignore[no-any-return]
