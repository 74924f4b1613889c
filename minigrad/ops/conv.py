"""Convolution and its gradients, each of which is another of them; the columns of an image and their sum.

All take one image (C, H, W) in the place of a batch (N, C, H, W), and stride, padding and dilation as an integer or as
a pair for height and width.
"""

from __future__ import annotations

from typing import Any

from ..core import Array, Shape, op, sum_to
from ..dtypes import bool_
from ..errors import ArgumentError, DTypeError, ShapeError
from ..window import Window, cross, spread
from .shape import reshape

__all__ = ["col2im", "conv2d", "conv2d_input", "conv2d_weight", "conv_transpose2d", "im2col"]


# ---- what is refused ------------------------------------------------------------------------------------------------
def images(name: str, argument: str, x: Array) -> Array:
    """A batch (N, C, H, W), of one image if x is (C, H, W)."""
    if x.ndim not in (3, 4):
        raise ShapeError(f"{name}: {argument} is {x.shape}; (N, C, H, W) or (C, H, W) is wanted")
    if x.dtype == bool_:
        raise DTypeError(f"{name}: {argument} is bool; convert it to an integer or floating dtype")
    return x if x.ndim == 4 else x[None]


def like(y: Array, x: Array) -> Array:
    """y without its batch if x has none."""
    return y if x.ndim == 4 else y[0]


def check_groups(name: str, groups: int, **channels: int) -> None:
    """Refuse groups that do not divide the channels."""
    if type(groups) is not int or groups < 1:
        raise ArgumentError(f"{name}: groups is {groups!r}, where an integer of at least 1 is wanted")
    for what, n in channels.items():
        if n % groups:
            raise ShapeError(f"{name}: groups={groups} does not divide the {n} channels of {what}")


def check_weight(name: str, shape: Shape, layout: str, x: int, x_name: str, takes: int, groups: int) -> None:
    """Refuse weights of other dimensions, or for another number of channels."""
    if len(shape) != 4:
        raise ShapeError(f"{name}: weight is {(*shape,)}; {layout} is wanted")
    if x != takes:
        raise ShapeError(f"{name}: weight has {takes} input channels, {x_name} has {x} (groups={groups})")


def check_bias(name: str, bias: Array | None, k: int) -> None:
    """Refuse a bias that is not one number for each output channel."""
    if bias is not None and bias.shape != (k,):
        raise ShapeError(f"{name}: bias is {bias.shape}; ({k},) is wanted, a number for each output channel")


def check_output(window: Window, g: Array, n: int, k: int, size: Shape) -> None:
    """Refuse a gradient that is not that of the output."""
    wanted = (n, k, *window.extents(size))
    if g.shape != wanted:
        raise ShapeError(f"{window.name}: grad_output is {g.shape}, the output of this convolution is {wanted}")


# ---- convolution ----------------------------------------------------------------------------------------------------
def conv_of_g(g: Any, weight: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """Convolution, as the gradient of what is linear in an output of convolution."""
    return conv2d(g, weight, None, stride=stride, padding=padding, dilation=dilation, groups=groups)


def bias_rule(g: Any, shape: Shape) -> Any:
    """The bias is added everywhere."""
    return reshape(sum_to(g, shape=(*shape, 1, 1)), shape=shape)


def x_rule(g: Any, weight: Any, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """The gradient of conv2d's input."""
    params = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return conv2d_input(g, weight, input_size=shape, **params)


def weight_rule(g: Any, x: Any, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """The gradient of conv2d's weight."""
    params = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return conv2d_weight(g, x, weight_size=shape, **params)


@op(x_rule, weight_rule, bias_rule)
def conv2d(
    xp: Any,
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """Cross-correlation of images with kernels: y[k] = bias[k] + sum over c, i, j of weight[k, c, i, j] x[c] moved by (i, j).

    Args:
        padding: zeros around x; "valid" (none), or "same" (the output has x's extents; wants stride 1).
        groups: in how many parts the channels are divided; no part sees another.

    Shapes:
        x (N, C, H, W), weight (K, C / groups, KH, KW), bias (K,) -> (N, K, OH, OW),
        OH = (H + 2 padding - dilation (KH - 1) - 1) // stride + 1

    Raises:
        ShapeError: if channels, groups or bias do not fit, or the window is larger than the padded input.
        ArgumentError: for a stride, dilation or groups below 1, a negative padding, "same" with a stride.
        DTypeError: for bools.

    >>> import minigrad as mg
    >>> mg.conv2d(mg.tensor([[[1.0, 2.0, 4.0]]]), mg.tensor([[[[-1.0, 1.0]]]]))
    tensor([[[1., 2.]]])
    """
    batch = images("conv2d", "x", x)
    takes = weight.shape[1] * groups if weight.ndim == 4 and type(groups) is int else -1
    check_weight("conv2d", weight.shape, "(K, C / groups, KH, KW)", batch.shape[1], "x", takes, groups)
    check_groups("conv2d", groups, weight=weight.shape[0])
    check_bias("conv2d", bias, weight.shape[0])
    window = Window("conv2d", weight.shape[2:], stride, padding, dilation)
    return like(xp.conv2d(batch, weight, bias, window, groups), x)
