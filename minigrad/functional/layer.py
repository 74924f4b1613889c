"""Linear maps, padding and classes as vectors."""

from __future__ import annotations

from collections.abc import Sequence

from .. import ops
from ..core import Tensor
from ..errors import ArgumentError, ShapeError, describe
from ..surface.matrix import tensors


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input weight^T + bias: see `minigrad.ops.linear`."""
    return ops.linear(input, weight) if bias is None else ops.linear(input, weight, bias)  # type: ignore[no-any-return]


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input1 weight input2^T + bias, with a matrix of weights for each output feature.

    Shapes:
        input1 (..., IN1), input2 (..., IN2), weight (OUT, IN1, IN2), bias (OUT,) -> (..., OUT)

    Raises:
        ShapeError: if the leading dims differ, or the features do not fit.

    >>> import minigrad as mg
    >>> mg.functional.bilinear(mg.tensor([1.0, 2.0]), mg.tensor([3.0]), mg.ones(1, 2, 1), mg.tensor([0.5]))
    tensor([9.5])
    """
    tensors("bilinear", input1=input1, input2=input2, weight=weight)
    if len(weight.shape) != 3:
        raise ShapeError(f"bilinear: weight is {describe(weight)}, where (out, in1, in2) is wanted")
    out, n, m = weight.shape
    for argument, x, features in (("input1", input1, n), ("input2", input2, m)):
        if not x.shape or x.shape[-1] != features:
            raise ShapeError(f"bilinear: {argument} is {describe(x)}, where (..., {features}) is wanted")
    if input1.shape[:-1] != input2.shape[:-1]:
        raise ShapeError(
            f"bilinear: input1 is {describe(input1)} and input2 {describe(input2)}: their leading dims differ"
        )
    if bias is not None and bias.shape != (out,):
        raise ShapeError(f"bilinear: bias has shape {bias.shape}, weight (out, in1, in2) gives ({out},)")
    wide = ops.reshape(ops.permute(weight, dims=(1, 0, 2)), shape=(n, out * m))
    rows = ops.reshape(ops.matmul(input1, wide), shape=(*input1.shape[:-1], out, m))
    y = ops.squeeze(ops.matmul(rows, ops.unsqueeze(input2, dim=-1)), dim=-1)
    return y if bias is None else y + bias  # type: ignore[no-any-return]


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """input with its last dims lengthened: see `minigrad.ops.pad`.

    Raises:
        ArgumentError: for a value in another mode than "constant".
    """
    if value and mode != "constant":
        raise ArgumentError(f"pad: value goes with mode 'constant', and mode is {mode!r}")
    return ops.pad(input, pad=tuple(pad), mode=mode, value=value or 0.0)  # type: ignore[no-any-return]


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """1 at the class that each element names, else 0, along a new last dim: see `minigrad.ops.one_hot`."""
    return ops.one_hot(tensor, num_classes=num_classes)  # type: ignore[no-any-return]
