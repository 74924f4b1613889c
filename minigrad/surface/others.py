"""PyTorch's further names: pieces by sizes, copies of views, a fixed number of places, and facts of dtypes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..backend import namespace_for, namespace_of
from ..core import Tensor, sum_to
from ..dtypes import PYTHON, as_dtype, get_default_dtype, int64, is_float, level, pair
from ..dtypes import result_type as common
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from .arrange import narrow
from .shape import chunk, split

__all__ = [
    "adjoint",
    "can_cast",
    "fill",
    "get_device",
    "is_same_size",
    "narrow_copy",
    "nonzero_static",
    "promote_types",
    "result_type",
    "scalar_tensor",
    "split_with_sizes",
    "unsafe_chunk",
    "unsafe_split",
    "unsafe_split_with_sizes",
]
METHODS = """
    get_device is_same_size narrow_copy nonzero_static split_with_sizes sum_to_size unsafe_chunk unsafe_split
    unsafe_split_with_sizes
""".split()
IN_PLACE = ()

unsafe_chunk, unsafe_split = chunk, split


def get_device(input: Tensor) -> int:
    """The number of the GPU that holds the tensor, -1 on the CPU."""
    name = input.device
    return -1 if name == "cpu" else int(name.partition(":")[2] or 0)


# ---- pieces and copies ----------------------------------------------------------------------------------------------
def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of these sizes along `dim`, views of input: see `split`.

    Raises:
        ShapeError: if the sizes do not add up to the extent.
        DTypeError: if the sizes are not a sequence.

    >>> import minigrad as mg
    >>> mg.split_with_sizes(mg.arange(4), [1, 3])
    (tensor([0]), tensor([1, 2, 3]))
    """
    if not isinstance(split_sizes, tuple | list):
        raise DTypeError(f"split_with_sizes: split_sizes is {describe(split_sizes)}, where a list is wanted")
    return split(input, list(split_sizes), dim)


unsafe_split_with_sizes = split_with_sizes


def narrow_copy(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """`narrow` with memory of its own.

    Raises:
        IndexingError, ShapeError: as `narrow`.

    >>> import minigrad as mg
    >>> mg.narrow_copy(mg.arange(5), 0, 1, 2)
    tensor([1, 2])
    """
    return ops.clone(narrow(input, dim, start, length))  # type: ignore[no-any-return]


def adjoint(input: Tensor) -> Tensor:
    """The last two dims exchanged.

    Raises:
        ShapeError: if there are fewer than two.
    """
    if len(input.shape) < 2:
        raise ShapeError(f"adjoint: input is {describe(input)}, where two dims or more are wanted")
    return ops.mT(input)  # type: ignore[no-any-return]


def fill(input: Tensor, value: Any) -> Tensor:
    """A tensor like input with one value everywhere, a number or a 0-d tensor to which the gradient goes.

    Raises:
        ShapeError: if value has a dim.
        DTypeError: if it is neither a number nor a tensor.

    >>> import minigrad as mg
    >>> mg.fill(mg.zeros(2), 3.0)
    tensor([3., 3.])
    """
    if not isinstance(value, Tensor) and type(value) not in PYTHON:
        raise DTypeError(f"fill: value is {describe(value)}, where a number or a tensor is wanted")
    if isinstance(value, Tensor) and value.shape:
        raise ShapeError(f"fill: value is {describe(value)}, where one number is wanted")
    mask = ops.logical_or(ops.eq(input, input), True)
    return ops.masked_fill(input, mask, value)  # type: ignore[no-any-return]


def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """The sum over the dims that broadcasting from `size` to this tensor's extents would repeat.

    Raises:
        ShapeError: if `size` does not broadcast to those.

    >>> import minigrad as mg
    >>> mg.ones(3, 2).sum_to_size(1, 2)
    tensor([[3., 3.]])
    """
    shape = tuple(size[0]) if len(size) == 1 and isinstance(size[0], tuple | list) else size
    wide = self if is_float(self.dtype) else self.to(dtype=int64)  # as sum() counts
    return sum_to(wide, shape=shape)  # type: ignore[no-any-return]


def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1) -> Tensor:
    """The first `size` places of what is not 0, one in each row, and rows of `fill_value` where there are fewer.

    Raises:
        ArgumentError: for a negative size.

    >>> import minigrad as mg
    >>> mg.nonzero_static(mg.tensor([0, 7, 9]), size=3)
    tensor([[ 1],
            [ 2],
            [-1]])
    """
    if size < 0:
        raise ArgumentError(f"nonzero_static: size is {size}, where 0 or more is wanted")
    found = ops.nonzero(input.detach()).data[:size]
    y = namespace_of(found).full((size, found.shape[1]), fill_value, int64)
    y[: found.shape[0]] = found
    return Tensor(y)


# ---- facts ----------------------------------------------------------------------------------------------------------
def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same extents."""
    return input.shape == other.shape


def scalar_tensor(
    s: Any, *, dtype: Any = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """A 0-d tensor of a number, in the default floating dtype unless told otherwise.

    Raises:
        DTypeError: for what is not a number.

    >>> import minigrad as mg
    >>> mg.scalar_tensor(3)
    tensor(3.)
    """
    if type(s) not in PYTHON:
        raise DTypeError(f"scalar_tensor: s is {describe(s)}, where a number is wanted")
    to = get_default_dtype() if dtype is None else as_dtype(dtype)
    return Tensor(namespace_for(device).asarray(s, to), requires_grad)


def result_type(tensor1: Any, tensor2: Any) -> Any:
    """The dtype in which an operation on two tensors, or a tensor and a number, is computed.

    Raises:
        DTypeError: for what is neither.

    >>> import minigrad as mg
    >>> mg.result_type(mg.tensor([1, 2]), 1.0)
    dtype('float32')
    """
    for x in (tensor1, tensor2):
        if not isinstance(x, Tensor) and type(x) not in PYTHON:
            raise DTypeError(f"result_type: {describe(x)} is neither a tensor nor a number")
    return common([x.data if isinstance(x, Tensor) else x for x in (tensor1, tensor2)])


def promote_types(type1: Any, type2: Any) -> Any:
    """The smallest dtype of at least both kinds and sizes.

    Raises:
        DTypeError: for a dtype that minigrad does not have.

    >>> import minigrad as mg
    >>> mg.promote_types(mg.int32, mg.float16)
    dtype('float16')
    """
    return pair(as_dtype(type1), as_dtype(type2))


def can_cast(from_: Any, to: Any) -> bool:
    """Whether an in-place operation may turn one dtype into another: no float becomes an integer, no number a bool.

    Raises:
        DTypeError: for a dtype that minigrad does not have.

    >>> import minigrad as mg
    >>> mg.can_cast(mg.float64, mg.float16), mg.can_cast(mg.float32, mg.int64)
    (True, False)
    """
    return level(as_dtype(from_)) <= level(as_dtype(to))
