"""Dropout, of elements and of whole channels; all draw from `minigrad.random`."""

from __future__ import annotations

import math
from typing import Any

from .. import ops, random
from ..core import Tensor
from ..creation import ones
from ..errors import ArgumentError, ShapeError, describe
from .activation import SELU_ALPHA, SELU_SCALE, apply, named, real


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, each element is zero with probability p, else divided by 1 - p; draws from `minigrad.random`.

    Raises:
        ArgumentError: if p is outside of 0 to 1.
    """
    if not 0.0 <= p <= 1.0:
        raise ArgumentError(f"dropout: p is {p}, and a probability lies between 0 and 1")
    if not training or p == 0.0:
        return input
    key = random.default_generator.next_key(input.data.size)
    return apply(ops.dropout, input, inplace, key=key, p=p)


def checked(name: str, input: Tensor, p: float) -> bool:
    """Whether anything is to be dropped.

    Raises:
        ArgumentError: if p is outside of 0 to 1.
        DTypeError: if input is not floating.
    """
    if not 0.0 <= p <= 1.0:
        raise ArgumentError(f"{name}: p is {p}, and a probability lies between 0 and 1")
    real(name, input)
    return p > 0.0


def mask(shape: tuple[int, ...], p: float, dtype: Any) -> Tensor:
    """Ones, each of them with probability p zero, the others divided by 1 - p."""
    key = random.default_generator.next_key(math.prod(shape))
    return ops.dropout(ones(shape, dtype=dtype), key=key, p=p)  # type: ignore[no-any-return]


def channels(name: str, input: Tensor, p: float, training: bool, inplace: bool, spatial: int) -> Tensor:
    """Dropout of whole channels of (N, C, ...) or (C, ...), `spatial` dims each."""
    ranks = (spatial + 1, spatial + 2)
    if len(input.shape) not in ranks:
        raise ShapeError(
            f"{name}: input is {describe(input)}, where {ranks[0]} or {ranks[1]} dims are wanted"
        )
    if not checked(name, input, p) or not training:
        return input
    keep = mask((*input.shape[:-spatial], *[1] * spatial), p, input.dtype)
    return apply(named(name, lambda x: x * keep), input, inplace)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, each channel is zero with probability p, else divided by 1 - p.

    Shapes:
        input (N, C, L) or (C, L) -> the same

    Raises:
        ArgumentError: if p is outside of 0 to 1.
        ShapeError: for other dims.

    Source: Tompson et al. 2015, "Efficient object localization using convolutional networks", section 3.2.
    """
    return channels("dropout1d", input, p, training, inplace, 1)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout1d` for (N, C, H, W); as in PyTorch (N, C, L) is taken as well, and (C, H, W) is not.

    Raises:
        ArgumentError: if p is outside of 0 to 1.
        ShapeError: for other dims.
    """
    return channels("dropout2d", input, p, training, inplace, 1 if len(input.shape) == 3 else 2)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout1d` for (N, C, D, H, W) or (C, D, H, W).

    Raises:
        ArgumentError: if p is outside of 0 to 1.
        ShapeError: for other dims.
    """
    return channels("dropout3d", input, p, training, inplace, 3)


def to_saturation(name: str, input: Tensor, p: float, shape: tuple[int, ...], inplace: bool) -> Tensor:
    """Elements set with probability p to the least value of selu, then all scaled so that mean and variance stay."""
    least = -SELU_ALPHA * SELU_SCALE
    keep = mask(shape, p, input.dtype) * (1.0 - p) if p < 1.0 else mask(shape, p, input.dtype)
    scale = 1.0 / math.sqrt((1.0 - p) * (1.0 + p * least * least)) if p < 1.0 else 0.0
    shift = -scale * p * least
    return apply(named(name, lambda x: (x * keep + (1.0 - keep) * least) * scale + shift), input, inplace)


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout for `selu`: what is dropped becomes its least value, and mean and variance stay.

    Raises:
        ArgumentError: if p is outside of 0 to 1.

    Source: Klambauer et al. 2017, "Self-normalizing neural networks", section "New dropout technique".
    """
    if not checked("alpha_dropout", input, p) or not training:
        return input
    return to_saturation("alpha_dropout", input, p, input.shape, inplace)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """`alpha_dropout` of whole channels.

    Shapes:
        input (N, C, ...) -> the same

    Raises:
        ArgumentError: if p is outside of 0 to 1.
        ShapeError: for less than two dims.
    """
    if len(input.shape) < 2:
        raise ShapeError(f"feature_alpha_dropout: input is {describe(input)}, where (N, C, ...) is wanted")
    if not checked("feature_alpha_dropout", input, p) or not training:
        return input
    shape = (*input.shape[:2], *[1] * (len(input.shape) - 2))
    return to_saturation("feature_alpha_dropout", input, p, shape, inplace)
