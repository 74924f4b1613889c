"""What can be asked of a tensor without computing."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core import Tensor
from ..dtypes import PYTHON, is_float
from ..errors import DTypeError, IndexingError, ShapeError, describe

__all__ = ["is_complex", "is_floating_point", "is_nonzero", "is_signed", "is_tensor", "numel"]
METHODS = """
    element_size is_complex is_floating_point is_nonzero is_signed ndimension nelement numel stride
""".split()
IN_PLACE = ()


def stride(self: Tensor, dim: int | None = None) -> Any:
    """How many elements of memory one step along each dim leads on, or along one of them.

    Raises:
        IndexingError: for a dim that the tensor does not have.
    """
    steps = tuple(s // self.data.itemsize for s in self.data.strides)
    try:
        return steps if dim is None else steps[dim]
    except IndexError:
        raise IndexingError(f"stride: dim {dim} is outside of the shape {self.shape}") from None


def numel(input: Tensor) -> int:
    """The number of elements."""
    return input.data.size  # type: ignore[no-any-return]


nelement = numel


def element_size(self: Tensor) -> int:
    """The bytes of one element."""
    return self.data.itemsize  # type: ignore[no-any-return]


def ndimension(self: Tensor) -> int:
    """The number of dims."""
    return self.data.ndim  # type: ignore[no-any-return]


def is_signed(input: Tensor) -> bool:
    """Whether the dtype has numbers below 0."""
    return input.dtype.name not in ("bool", "uint8")


def is_complex(input: Tensor) -> bool:
    """False: complex tensors are outside of minigrad."""
    return False


def is_tensor(obj: Any) -> bool:
    """Whether an object is a minigrad tensor."""
    return isinstance(obj, Tensor)


def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype is floating, so that gradients can flow."""
    return is_float(input.dtype)


def is_nonzero(input: Tensor) -> bool:
    """Whether a single number is not zero.

    Raises:
        ShapeError: if the tensor holds more than one number, or none.
    """
    if input.data.size != 1:
        raise ShapeError(f"is_nonzero: a tensor of shape {input.shape} is not a single number")
    return bool(input.data.any())


def contains(self: Tensor, element: Any) -> bool:
    """Whether an element equals a number, or one of a tensor that broadcasts.

    Raises:
        DTypeError: for what is neither a number nor a tensor.
    """
    if type(element) not in PYTHON and not isinstance(element, Tensor):
        raise DTypeError(f"in: {describe(element)} is neither a number nor a tensor")
    return bool(ops.any(ops.eq(self, element)).item())
