"""Dropout, of elements and of whole channels; all draw from `minigrad.random`."""

from __future__ import annotations

import math
from typing import Any

from .. import ops, random
from ..core import Tensor
from ..creation import ones
from ..errors import ArgumentError, ShapeError, describe
from ..plan import number
from .activation import SELU_ALPHA, SELU_SCALE, apply, in_place, named, real

LEAST = -SELU_ALPHA * SELU_SCALE  # of selu


def chance(name: str, p: Any) -> float:
    """A probability.

    Raises:
        ArgumentError: if p is outside of 0 to 1.
        DTypeError: if it is not a number.
    """
    found: float = number(name, "p", p, "float")
    if not 0.0 <= found <= 1.0:
        raise ArgumentError(f"{name}: p is {found}, and a probability lies between 0 and 1")
    return found


def key_for(count: int) -> random.Key:
    """A key to draw so many numbers from."""
    return random.default_generator.next_key(count)


def kept(like: Tensor, shape: tuple[int, ...], p: float) -> Tensor:
    """A bool tensor, each element false with probability p."""
    one = ones(shape, dtype=like.dtype, device=like.device)
    return ops.dropout(one, key=key_for(math.prod(shape)), p=p) > 0.0  # type: ignore[no-any-return]


# ---- to zero --------------------------------------------------------------------------------------------------------
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, each element is zero with probability p, else divided by 1 - p; draws from `minigrad.random`.

    Raises:
        ArgumentError: if p is outside of 0 to 1.
        DTypeError: if input is not floating.
    """
    p = chance("dropout", p)
    if not training or p == 0.0:
        return input
    return apply(ops.dropout, real("dropout", input), inplace, key=key_for(input.data.size), p=p)


def native_dropout(input: Tensor, p: float, train: bool | None) -> tuple[Tensor, Tensor]:
    """The result of `dropout`, and a bool tensor that says what was kept; `train=None` is training.

    Raises:
        ArgumentError: if p is outside of 0 to 1.
        DTypeError: if input is not floating.

    >>> import minigrad as mg
    >>> mg.native_dropout(mg.ones(2), 1.0, True)
    (tensor([0., 0.]), tensor([False, False]))
    """
    p = chance("native_dropout", p) if train is not False else 0.0
    keep = kept(real("native_dropout", input), input.shape, p)
    return ops.where(keep, input * (1.0 / (1.0 - p) if p < 1.0 else 1.0), 0.0), keep


def channels(name: str, input: Tensor, p: float, training: bool, inplace: bool, lead: int) -> Tensor:
    """Dropout of all that stands below the first `lead` dims at once."""
    if not training or p == 0.0:
        return input
    shape = (*input.shape[:lead], *[1] * (len(input.shape) - lead))
    keep, scale = kept(real(name, input), shape, p), 1.0 / (1.0 - p) if p < 1.0 else 1.0
    return apply(named(name, lambda x: ops.where(keep, x * scale, 0.0)), input, inplace)


def spatial(name: str, input: Tensor, dims: int) -> int:
    """How many dims lead up to the channels of (N, C, ...) or (C, ...), where `dims` follow."""
    count = len(input.shape)
    if count not in (dims + 1, dims + 2):
        raise ShapeError(
            f"{name}: input is {describe(input)}, where {dims + 1} or {dims + 2} dims are wanted"
        )
    return count - dims


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, each channel is zero with probability p, else divided by 1 - p.

    Shapes:
        input (N, C, L) or (C, L) -> the same

    Raises:
        ArgumentError: if p is outside of 0 to 1.
        ShapeError: for other dims.
        DTypeError: if input is not floating.

    Source: Tompson et al. 2015, "Efficient object localization using convolutional networks", section 3.2.
    """
    p = chance("dropout1d", p)
    return channels("dropout1d", input, p, training, inplace, spatial("dropout1d", input, 1))


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout1d` for (N, C, H, W); as in PyTorch (N, C, L) is taken as well, and (C, H, W) is not.

    Raises:
        ArgumentError: if p is outside of 0 to 1.
        ShapeError: for other dims.
        DTypeError: if input is not floating.
    """
    p = chance("dropout2d", p)
    spatial("dropout2d", input, 2)
    return channels("dropout2d", input, p, training, inplace, 2)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout1d` for (N, C, D, H, W) or (C, D, H, W).

    Raises:
        ArgumentError: if p is outside of 0 to 1.
        ShapeError: for other dims.
        DTypeError: if input is not floating.
    """
    p = chance("dropout3d", p)
    return channels("dropout3d", input, p, training, inplace, spatial("dropout3d", input, 3))


def feature_dropout(input: Tensor, p: float, train: bool, inplace: bool = False) -> Tensor:
    """`dropout1d` for (N, C, ...), whatever follows.

    Raises:
        ArgumentError: if p is outside of 0 to 1.
        ShapeError: if something is to be dropped of less than two dims.
        DTypeError: if input is not floating.
    """
    p = chance("feature_dropout", p)
    features("feature_dropout", input, p, train)
    return channels("feature_dropout", input, p, train, inplace, 2)


def features(name: str, input: Tensor, p: float, training: bool) -> None:
    """Refuse what has no dim of channels, where these are to be dropped."""
    if training and p and len(input.shape) < 2:
        raise ShapeError(f"{name}: input is {describe(input)}, where (N, C, ...) is wanted")


# ---- to the least value of selu -------------------------------------------------------------------------------------
def to_saturation(
    name: str, input: Tensor, p: float, training: bool, inplace: bool, shape: tuple[int, ...]
) -> Tensor:
    """Elements set with probability p to the least value of selu, then all scaled so that mean and variance stay."""
    if not training or p == 0.0:
        return input
    keep = kept(real(name, input), shape, p)
    scale = 1.0 / math.sqrt((1.0 - p) * (1.0 + p * LEAST * LEAST)) if p < 1.0 else 0.0
    shift = -scale * p * LEAST
    return apply(
        named(name, lambda x: ops.where(keep, x * scale + shift, LEAST * scale + shift)), input, inplace
    )


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout for `selu`: what is dropped becomes its least value, and mean and variance stay.

    Raises:
        ArgumentError: if p is outside of 0 to 1.
        DTypeError: if input is not floating.

    Source: Klambauer et al. 2017, "Self-normalizing neural networks", section "New dropout technique".
    """
    p = chance("alpha_dropout", p)
    return to_saturation("alpha_dropout", input, p, training, inplace, input.shape)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """`alpha_dropout` of whole channels.

    Shapes:
        input (N, C, ...) -> the same

    Raises:
        ArgumentError: if p is outside of 0 to 1.
        ShapeError: if something is to be dropped of less than two dims.
        DTypeError: if input is not floating.
    """
    p = chance("feature_alpha_dropout", p)
    features("feature_alpha_dropout", input, p, training)
    shape = (*input.shape[:2], *[1] * (len(input.shape) - 2))
    return to_saturation("feature_alpha_dropout", input, p, training, inplace, shape)


dropout_, feature_dropout_ = in_place(dropout), in_place(feature_dropout)
alpha_dropout_, feature_alpha_dropout_ = in_place(alpha_dropout), in_place(feature_alpha_dropout)
