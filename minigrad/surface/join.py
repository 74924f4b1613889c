"""Joining and dividing along rows, columns and depth in PyTorch's signatures: compositions of ops."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from .. import ops
from ..core import Tensor
from ..dtypes import level
from ..errors import DTypeError, ShapeError, describe
from ..ops.shape import whole
from .arrange import atleast_1d, atleast_2d, atleast_3d, spread_out
from .shape import cat as concat
from .shape import cat as concatenate
from .shape import extent, listed

__all__ = [
    "block_diag",
    "column_stack",
    "concat",
    "concatenate",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "row_stack",
    "tensor_split",
    "vsplit",
    "vstack",
]
METHODS = ("dsplit", "hsplit", "tensor_split", "vsplit")
IN_PLACE = ()


# ---- joining --------------------------------------------------------------------------------------------------------
def hstack(tensors: Sequence[Any]) -> Tensor:
    """Tensors joined along their columns, dim 1; vectors along their only dim.

    Raises:
        ArgumentError, DTypeError: if `tensors` is not a list of at least one tensor.
        ShapeError: for extents that differ elsewhere.

    >>> import minigrad as mg
    >>> mg.hstack([mg.tensor([1, 2]), mg.tensor([3])])
    tensor([1, 2, 3])
    """
    xs = [atleast_1d(x) for x in listed("hstack", tensors)]
    return ops.cat(*xs, dim=0 if len(xs[0].shape) == 1 else 1)  # type: ignore[no-any-return]


def vstack(tensors: Sequence[Any]) -> Tensor:
    """Tensors joined along their rows, dim 0; a vector is a row.

    Raises:
        ArgumentError, DTypeError: if `tensors` is not a list of at least one tensor.
        ShapeError: for extents that differ elsewhere.
    """
    return ops.cat(*(atleast_2d(x) for x in listed("vstack", tensors)), dim=0)  # type: ignore[no-any-return]


row_stack = vstack


def dstack(tensors: Sequence[Any]) -> Tensor:
    """Tensors joined along dim 2; a vector is 1 by N by 1, a matrix N by M by 1.

    Raises:
        ArgumentError, DTypeError: if `tensors` is not a list of at least one tensor.
        ShapeError: for extents that differ elsewhere.
    """
    return ops.cat(*(atleast_3d(x) for x in listed("dstack", tensors)), dim=2)  # type: ignore[no-any-return]


def column_stack(tensors: Sequence[Any]) -> Tensor:
    """Tensors joined along their columns; a vector, or a number, is a column.

    Raises:
        ArgumentError, DTypeError: if `tensors` is not a list of at least one tensor.
        ShapeError: for extents that differ elsewhere.
    """
    xs = [x if len(x.shape) > 1 else ops.reshape(x, shape=(-1, 1)) for x in listed("column_stack", tensors)]
    return ops.cat(*xs, dim=1)  # type: ignore[no-any-return]


def block_diag(*tensors: Any) -> Tensor:
    """Matrices along the diagonal of a larger one, zeros elsewhere; a vector is a row, a number 1 by 1.

    Raises:
        ArgumentError, DTypeError: if there is no tensor, or one is none.
        ShapeError: for more than 2 dims.

    >>> import minigrad as mg
    >>> mg.block_diag(mg.tensor([[1], [2]]), mg.tensor([3, 4]))
    tensor([[1, 0, 0],
            [2, 0, 0],
            [0, 3, 4]])
    """
    xs = spread_out("block_diag", tensors)
    if wrong := [x for x in xs if len(x.shape) > 2]:
        raise ShapeError(f"block_diag: {describe(wrong[0])} has more than 2 dimensions")
    blocks = [atleast_2d(x) for x in xs]
    width, left, rows = sum(b.shape[1] for b in blocks), 0, []
    for b in blocks:
        n, m = b.shape
        zeros = [ops.expand(Tensor(b.data.dtype.type(0)), shape=(n, w)) for w in (left, width - left - m)]
        rows.append(ops.cat(zeros[0], b, zeros[1], dim=1))
        left += m
    return ops.cat(*rows, dim=0)  # type: ignore[no-any-return]


# ---- dividing -------------------------------------------------------------------------------------------------------
def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts along a dim, as views.

    Args:
        indices_or_sections: the number of parts, the first ones larger by 1 if need be; or the positions, a sequence
            or a 1-d tensor, at which a new part begins, as in slices.

    Raises:
        ShapeError: for a 0-d tensor, less than one part, or positions of more than one dim.
        DTypeError: for what is not made of integers.
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.tensor_split(mg.arange(5), 2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    n = extent("tensor_split", input, dim)
    given = indices_or_sections
    if isinstance(given, Tensor):
        if level(given.dtype) != 1 or len(given.shape) > 1:
            raise DTypeError(
                f"tensor_split: {describe(given)}, where a 0-d or 1-d tensor of integers is wanted"
            )
        given = given.tolist()
    if isinstance(given, Sequence):
        ends = [slice(e).indices(n)[1] for e in given]
    elif whole("tensor_split", "indices_or_sections", given) < 1:
        raise ShapeError(f"tensor_split: {given} sections, where at least 1 is wanted")
    else:
        small, larger = divmod(n, given)
        ends = [k * small + min(k, larger) for k in range(1, given)]
    lead = (slice(None),) * (dim % len(input.shape))
    if [*ends] == sorted(ends):
        sizes = [b - a for a, b in pairwise([0, *ends, n])]
        return ops.split(input, sizes=sizes, dim=dim)  # type: ignore[no-any-return]
    return tuple(input[(*lead, slice(a, b))] for a, b in pairwise([0, *ends, n]))


def divided(name: str, input: Tensor, given: Any, least: int, dim: int) -> tuple[Tensor, ...]:
    """`tensor_split` into parts of equal size, along the dim that the name stands for."""
    if len(input.shape) < least:
        raise ShapeError(f"{name}: {describe(input)} has fewer than {least} dimensions")
    if isinstance(given, int) and (given < 1 or input.shape[dim] % given):
        raise ShapeError(
            f"{name}: {describe(input)} does not divide into {given} equal parts along dim {dim}"
        )
    return tensor_split(input, given, dim)


def hsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Parts along the columns, dim 1 (of a vector dim 0), of equal size or at positions: see `tensor_split`.

    Raises:
        ShapeError: for a 0-d tensor, or a number of parts that does not divide the extent.
    """
    return divided("hsplit", input, indices_or_sections, 1, 0 if len(input.shape) == 1 else 1)


def vsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Parts along the rows, dim 0, of equal size or at positions: see `tensor_split`.

    Raises:
        ShapeError: for fewer than 2 dims, or a number of parts that does not divide the extent.
    """
    return divided("vsplit", input, indices_or_sections, 2, 0)


def dsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Parts along dim 2, of equal size or at positions: see `tensor_split`.

    Raises:
        ShapeError: for fewer than 3 dims, or a number of parts that does not divide the extent.
    """
    return divided("dsplit", input, indices_or_sections, 3, 2)
