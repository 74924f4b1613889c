"""Convolution in 1, 2 and 3 dims and its gradients, each of which is another of them; columns of images, and their sum.

The weight's extents say how many spatial dims there are. All of them take a single image, (C, H, W), in the place of a
batch, and stride, padding and dilation as an integer or as one for each spatial dim.
"""

from __future__ import annotations

from typing import Any

from ..core import Array, Shape, op, sum_to
from ..dtypes import bool_
from ..errors import DTypeError, ShapeError
from ..window import Window, cross, spread
from .shape import reshape

__all__ = ["col2im", "conv", "conv_input", "conv_transpose", "conv_weight", "im2col"]

EXTENTS = {1: "L", 2: "H, W", 3: "D, H, W"}


# ---- what is refused ------------------------------------------------------------------------------------------------
def wanted(dims: int) -> str:
    """The shapes of an input with so many spatial dims."""
    return f"(N, C, {EXTENTS[dims]}) or (C, {EXTENTS[dims]})"


def images(name: str, argument: str, x: Array, dims: int, shapes: str = "") -> Array:
    """A batch (N, C, H, W), of one image if x is (C, H, W); with so many spatial dims.

    Raises:
        DTypeError: for bools.
        ShapeError: for another number of dims.
    """
    if x.dtype == bool_:
        raise DTypeError(f"{name}: {argument} is bool; convert it to an integer or floating dtype")
    if x.ndim not in (dims + 1, dims + 2):
        raise ShapeError(f"{name}: {argument} is {x.shape}; {shapes or wanted(dims)} is wanted")
    return x if x.ndim == dims + 2 else x[None]


def named(form: str, weight: Shape) -> tuple[str, int]:
    """The op's name in messages, and the number of spatial dims, both from the weight's shape.

    Raises:
        ShapeError: if it has not 1, 2 or 3 of them.
    """
    dims = len(weight) - 2
    if dims not in EXTENTS:
        name = form.format("")
        raise ShapeError(
            f"{name}: weight is {(*weight,)}; two numbers of channels and then one to three extents are wanted"
        )
    return form.format(f"{dims}d"), dims


def window_of(
    name: str, channels: int, weight: Shape, stride: Any, padding: Any, dilation: Any, groups: Any
) -> Window:
    """The window of a convolution of so many channels with a weight of this shape.

    Raises:
        ShapeError, ArgumentError, DTypeError: if they do not fit together.
    """
    spread(name, "groups", groups, 1, 1)
    if weight[0] % groups:
        raise ShapeError(f"{name}: groups={groups} does not divide the first extent of weight {(*weight,)}")
    if channels != weight[1] * groups:
        raise ShapeError(
            f"{name}: weight has {weight[1] * groups} input channels, x has {channels} (groups={groups})"
        )
    return Window(name, weight[2:], stride, padding, dilation)


def check_bias(name: str, bias: Array | None, k: int) -> None:
    """Refuse a bias that is not one number for each output channel."""
    if bias is not None and bias.shape != (k,):
        raise ShapeError(f"{name}: bias is {bias.shape}; ({k},) is wanted, a number for each output channel")


def check_output(window: Window, g: Array, n: int, k: int, size: Shape) -> None:
    """Refuse a gradient that is not that of the output."""
    if g.shape != (output := (n, k, *window.extents(size))):
        raise ShapeError(
            f"{window.name}: grad_output is {g.shape}; {output} is wanted, the shape of the output"
        )


# ---- convolution ----------------------------------------------------------------------------------------------------
def x_rule(g: Any, weight: Any, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """conv is linear in x."""
    return conv_input(g, weight, shape, stride, padding, dilation, groups)


def weight_rule(g: Any, x: Any, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """conv is linear in its weight."""
    return conv_weight(g, x, shape, stride, padding, dilation, groups)


def bias_rule(g: Any, shapes: list[Shape]) -> Any:
    """The bias was added everywhere."""
    _, weight, bias = shapes
    return reshape(sum_to(g, shape=(*bias, *[1] * (len(weight) - 2))), shape=bias)


@op(x_rule, weight_rule, bias_rule, strict=True)
def conv(
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
    """Cross-correlation: the sum over c, i and j of weight[k, c, i, j] x[c] shifted by (i, j), plus bias[k].

    Args:
        padding: zeros around x; "valid" is none, "same" is what makes the output as large as x (with stride 1).
        groups: in how many parts the channels are divided; no part sees another.

    Shapes:
        x (N, C, H, W), weight (K, C / groups, KH, KW), bias (K,) -> (N, K, OH, OW); L or D, H, W in the place of H, W

    Raises:
        ShapeError: if channels, groups or bias do not fit, or the window is larger than the padded input.
        ArgumentError: for a stride, dilation or groups below 1, a negative padding, "same" with a stride.
        DTypeError: for bools, and for parameters that are not integers.

    >>> import minigrad as mg
    >>> mg.ops.conv(mg.tensor([[1.0, 2.0, 4.0]]), mg.tensor([[[-1.0, 1.0]]]))
    tensor([[1., 2.]])
    """
    name, dims = named("conv{}", weight.shape)
    batch = images(name, "x", x, dims)
    window = window_of(name, batch.shape[1], weight.shape, stride, padding, dilation, groups)
    check_bias(name, bias, weight.shape[0])
    y = xp.conv(batch, weight, bias, window, groups)
    return y if x.ndim == dims + 2 else y[0]


def input_g_rule(g: Any, weight: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """conv_input is linear in grad_output, and conv its adjoint."""
    return conv(g, weight, None, stride, padding, dilation, groups)


def input_weight_rule(
    g: Any, grad_output: Any, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    """g stands where the input of conv stood."""
    return conv_weight(grad_output, g, shape, stride, padding, dilation, groups)


@op(input_g_rule, input_weight_rule)
def conv_input(
    xp: Any,
    grad_output: Array,
    weight: Array,
    *,
    input_size: Shape,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """The gradient of conv's x, of shape `input_size`.

    Shapes:
        grad_output (N, K, OH, OW), weight (K, C / groups, KH, KW) -> (N, C, H, W); 1 or 3 dims in the same way

    Raises:
        ShapeError: if `grad_output` is not of the shape that conv gives for `input_size`.
        ArgumentError, DTypeError: as conv.
    """
    name, dims = named("conv{}_input", weight.shape)
    g = images(name, "grad_output", grad_output, dims)
    if len(input_size) != grad_output.ndim:
        raise ShapeError(f"{name}: input_size is {(*input_size,)}, and grad_output is {grad_output.shape}")
    c, size = input_size[-dims - 1], tuple(input_size[-dims:])
    window = window_of(name, c, weight.shape, stride, padding, dilation, groups)
    check_output(window, g, input_size[0] if grad_output.ndim == dims + 2 else 1, weight.shape[0], size)
    y = xp.conv_input(g, weight, size, window, groups)
    return y if grad_output.ndim == dims + 2 else y[0]


def weight_g_rule(g: Any, x: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """conv_weight is linear in grad_output; g stands where the weight of conv stood."""
    return conv(x, g, None, stride, padding, dilation, groups)


def weight_x_rule(
    g: Any, grad_output: Any, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    """g stands where the weight of conv stood."""
    return conv_input(grad_output, g, shape, stride, padding, dilation, groups)


@op(weight_g_rule, weight_x_rule)
def conv_weight(
    xp: Any,
    grad_output: Array,
    x: Array,
    *,
    weight_size: Shape,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """The gradient of conv's weight, of shape `weight_size`.

    Shapes:
        grad_output (N, K, OH, OW), x (N, C, H, W) -> (K, C / groups, KH, KW); 1 or 3 dims in the same way

    Raises:
        ShapeError: if `grad_output` is not of the shape that conv gives for x and such a weight.
        ArgumentError, DTypeError: as conv.
    """
    name, dims = named("conv{}_weight", weight_size)
    g, batch = images(name, "grad_output", grad_output, dims), images(name, "x", x, dims)
    window = window_of(name, batch.shape[1], weight_size, stride, padding, dilation, groups)
    check_output(window, g, batch.shape[0], weight_size[0], batch.shape[2:])
    return xp.conv_weight(g, batch, window, groups)


def transposed_weight_rule(
    g: Any, x: Any, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    """conv_transpose is conv_input: x stands where grad_output stood, and g where the input did."""
    return conv_weight(x, g, shape, stride, padding, dilation, groups)


@op(input_g_rule, transposed_weight_rule, bias_rule, strict=True)
def conv_transpose(
    xp: Any,
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Array:
    """The adjoint of conv, plus a bias: each element of x adds a scaled kernel to the output.

    Args:
        padding: what is cut off around the output.
        output_padding: how much larger than the smallest the output is, at its end; below the stride.

    Shapes:
        x (N, C, H, W), weight (C, K / groups, KH, KW), bias (K,) -> (N, K, OH, OW), 1 or 3 dims in the same way;
        OH = (H - 1) stride - 2 padding + dilation (KH - 1) + 1 + output_padding

    Raises:
        ShapeError: if channels, groups or bias do not fit, or `padding` leaves nothing.
        ArgumentError: for a stride, dilation or groups below 1, a negative padding, too large an output_padding.
        DTypeError: for bools, and for parameters that are not integers.

    >>> import minigrad as mg
    >>> mg.ops.conv_transpose(mg.tensor([[1.0, 2.0]]), mg.tensor([[[1.0, 10.0]]]), stride=2)
    tensor([[ 1., 10.,  2., 20.]])
    """
    name, dims = named("conv_transpose{}", weight.shape)
    batch = images(name, "x", x, dims)
    if isinstance(padding, str):
        raise DTypeError(f"{name}: padding is {padding!r}, where integers are wanted: only conv pads by name")
    k = weight.shape[1] * spread(name, "groups", groups, 1, 1)[0]
    window = window_of(name, k, weight.shape, stride, padding, dilation, groups)
    if batch.shape[1] != weight.shape[0]:
        raise ShapeError(f"{name}: weight has {weight.shape[0]} input channels, x has {batch.shape[1]}")
    check_bias(name, bias, k)
    y = xp.conv_input(batch, weight, window.inputs(batch.shape[2:], output_padding), window, groups)
    if bias is not None:
        y += bias.reshape(k, *[1] * dims)
    return y if x.ndim == dims + 2 else y[0]


# ---- columns --------------------------------------------------------------------------------------------------------
def col_rule(g: Any, shape: Shape, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    """Each element was copied to several columns."""
    return col2im(g, shape[-2:], kernel_size, dilation, padding, stride)


@op(col_rule)
def im2col(
    xp: Any, x: Array, *, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Array:
    """What a kernel sees, window by window: a column for each, zeros where it reaches into the padding.

    Shapes:
        x (N, C, H, W) -> (N, C KH KW, OH OW)

    Raises:
        ShapeError: if the window is larger than the padded input.
        ArgumentError: for a kernel_size, stride or dilation below 1, or a negative padding.
        DTypeError: for bools, and for parameters that are not integers.

    >>> import minigrad as mg
    >>> im2col(mg.tensor([[[1, 2, 3]]]), kernel_size=(1, 2))
    tensor([[1, 2],
            [2, 3]])
    """
    batch = images("im2col", "x", x, 2)
    window = Window("im2col", spread("im2col", "kernel_size", kernel_size, 2, 1), stride, padding, dilation)
    y = xp.im2col(batch, window)
    return y if x.ndim == 4 else y[0]


def im_rule(g: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    """Each column was added to the image."""
    return im2col(g, kernel_size, dilation, padding, stride)


@op(im_rule)
def col2im(
    xp: Any,
    x: Array,
    *,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Array:
    """Columns added up where `im2col` took them from.

    Args:
        output_size: height and width of the images.

    Shapes:
        x (N, C KH KW, OH OW), output_size (H, W) -> (N, C, H, W)

    Raises:
        ShapeError: if x has not as many columns as there are windows, or not whole kernels.
        ArgumentError: for a kernel_size, stride or dilation below 1, or a negative padding.
        DTypeError: for bools, and for parameters that are not integers.

    >>> import minigrad as mg
    >>> col2im(mg.tensor([[1, 2], [2, 3]]), output_size=(1, 3), kernel_size=(1, 2))
    tensor([[[1, 4, 3]]])
    """
    name, batch = "col2im", images("col2im", "x", x, 1, "(N, C KH KW, OH OW) or (C KH KW, OH OW)")
    kernel, size = (
        spread(name, what, v, 2, 1)
        for what, v in (("kernel_size", kernel_size), ("output_size", output_size))
    )
    window = Window(name, kernel, stride, padding, dilation)
    oh, ow = window.extents(size)
    if batch.shape[1] % (kernel[0] * kernel[1]):
        raise ShapeError(
            f"{name}: x has {batch.shape[1]} rows, no multiple of the {cross(kernel)} taps of the kernel"
        )
    if batch.shape[2] != oh * ow:
        raise ShapeError(
            f"{name}: x has {batch.shape[2]} columns, output_size {size} has {oh} x {ow} windows"
        )
    y = xp.col2im(batch, size, window)
    return y if x.ndim == 3 else y[0]
