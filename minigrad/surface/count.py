"""Equal elements in PyTorch's signatures: unique values, membership, weighted counts."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core import Tensor, cast
from ..dtypes import float32, float64
from ..errors import DTypeError, IndexingError, ShapeError, describe
from ..ops.count import counted
from ..ops.shape import axis

__all__ = ["bincount", "isin", "unique", "unique_consecutive"]
METHODS = ("bincount", "unique", "unique_consecutive")
IN_PLACE = ()


# ---- groups of equals -----------------------------------------------------------------------------------------------
def grouped(
    name: str, input: Tensor, dim: int | None, consecutive: bool, return_inverse: bool, return_counts: bool
) -> Any:
    """What `unique` and `unique_consecutive` share."""
    if dim is None:
        rows, along = ops.reshape(input, shape=(-1,)), 0
    else:
        if not input.shape:
            raise IndexingError(f"{name}: dim {dim} of a 0-d input")
        rows, along = input, axis(name, dim, len(input.shape))
        if 0 in (*input.shape[:along], *input.shape[along + 1 :]):
            raise ShapeError(f"{name}: input {describe(input)} has slices without elements along dim {dim}")
    lines = ops.movedim(rows, source=along, destination=0).detach()
    first, inverse, counts = ops.groups(lines, consecutive=consecutive, return_inverse=return_inverse)
    found = [ops.index_select(rows, first, dim=along)]
    if return_inverse:
        found.append(ops.reshape(inverse, shape=input.shape) if dim is None else inverse)
    if return_counts:
        found.append(counts)
    return tuple(found) if len(found) > 1 else found[0]


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The different elements in order, or the different slices along `dim`; no NaN equals another.

    A gradient goes to the first of equals.

    Args:
        sorted: of no effect: the result is sorted in any case.
        return_inverse: where each element of the input stands in the result, too.
        return_counts: how often each element of the result occurs, too.

    Raises:
        IndexingError: for a dim that the tensor does not have.
        ShapeError: if slices have no elements.

    >>> import minigrad as mg
    >>> mg.unique(mg.tensor([3, 1, 3]), return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    return grouped("unique", input, dim, False, return_inverse, return_counts)


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements, or the slices along `dim`, without those that equal the one before; else as `unique`.

    Raises:
        IndexingError: for a dim that the tensor does not have.
        ShapeError: if slices have no elements.

    >>> import minigrad as mg
    >>> mg.unique_consecutive(mg.tensor([1, 1, 2, 1]))
    tensor([1, 2, 1])
    """
    return grouped("unique_consecutive", input, dim, True, return_inverse, return_counts)


# ---- counts ---------------------------------------------------------------------------------------------------------
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each element is one of the test elements; NaN is none.

    Args:
        elements, test_elements: tensors; one may be a number.
        assume_unique: neither has an element twice, which is then not checked, only faster.
        invert: whether it is not one of them.

    Raises:
        DTypeError: if neither is a tensor.

    >>> import minigrad as mg
    >>> mg.isin(mg.tensor([1, 2, 3]), mg.tensor([3, 1]))
    tensor([ True, False,  True])
    """
    if not isinstance(elements, Tensor) and not isinstance(test_elements, Tensor):
        raise DTypeError("isin: neither elements nor test_elements is a tensor")
    found = ops.isin(elements, test_elements, assume_unique=assume_unique)
    return ops.logical_not(found) if invert else found  # type: ignore[no-any-return]


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each integer from 0 on occurs, or what the weights of its occurrences add up to.

    Args:
        weights: one for each element; summed in float64, unless they are float32.
        minlength: so many counts at least.

    Shapes:
        input (N,), weights (N,) -> (max(input.max() + 1, minlength),)

    Raises:
        DTypeError: if input is not made of integers.
        ShapeError: if input is not 1-d, or weights have another shape.
        IndexingError: for an integer below 0.
        ArgumentError: for a negative minlength.

    >>> import minigrad as mg
    >>> mg.bincount(mg.tensor([0, 2, 2]), weights=mg.tensor([0.5, 1.0, 2.0]))
    tensor([0.5, 0. , 3. ])
    """
    if weights is None:
        return ops.bincount(input, minlength=minlength)  # type: ignore[no-any-return]
    counted(input.data, minlength)
    if weights.shape != input.shape:
        came = f"weights {describe(weights)}, input {describe(input)}"
        raise ShapeError(f"bincount: {came}: their shapes are to be the same")
    n = max(minlength, int(input.data.max()) + 1 if input.data.size else 0)
    weights = weights if weights.dtype == float32 else cast(weights, dtype=float64)
    return ops.put_along(weights, input, dim=0, shape=(n,))  # type: ignore[no-any-return]
