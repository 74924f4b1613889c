"""Convolution and what it is made of."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core import Tensor
from ..errors import ArgumentError, ShapeError
from ..window import spread

KERNELS = {1: "KL", 2: "KH, KW", 3: "KD, KH, KW"}


def check_dims(name: str, weight: Tensor, dims: int, channels: str) -> None:
    """Refuse a weight for another number of spatial dims; the ops take any.

    Raises:
        ShapeError: if it has another number of dims.
    """
    if len(weight.shape) != dims + 2:
        raise ShapeError(f"{name}: weight is {weight.shape}; ({channels}, {KERNELS[dims]}) is wanted")


def transposed(
    dims: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Tensor:
    """The adjoint of a convolution; where output_padding reaches the stride, that of one with windows that see nothing.

    Raises:
        ArgumentError: if output_padding is below neither the stride nor the dilation.
    """
    name = f"conv_transpose{dims}d"
    check_dims(name, weight, dims, "C, K / groups")
    more = spread(name, "output_padding", output_padding, dims, 0)
    if any(more):
        steps, apart = spread(name, "stride", stride, dims, 1), spread(name, "dilation", dilation, dims, 1)
        if any(p >= max(s, d) for p, s, d in zip(more, steps, apart, strict=True)):
            raise ArgumentError(
                f"{name}: output_padding {more} is not below the stride {steps} or the dilation {apart}"
            )
        extra = [p // s for p, s in zip(more, steps, strict=True)]
        if any(extra):
            input = ops.pad(input, pad=[n for e in reversed(extra) for n in (0, e)])
            more = tuple(p % s for p, s in zip(more, steps, strict=True))
    params = {"stride": stride, "padding": padding, "output_padding": more, "dilation": dilation}
    return ops.conv_transpose(input, weight, bias, groups=groups, **params)  # type: ignore[no-any-return]


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of signals with kernels: see `minigrad.ops.conv`."""
    check_dims("conv1d", weight, 1, "K, C / groups")
    params = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return ops.conv(input, weight, bias, **params)  # type: ignore[no-any-return]


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of images with kernels: see `minigrad.ops.conv`."""
    check_dims("conv2d", weight, 2, "K, C / groups")
    params = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return ops.conv(input, weight, bias, **params)  # type: ignore[no-any-return]


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of volumes with kernels: see `minigrad.ops.conv`."""
    check_dims("conv3d", weight, 3, "K, C / groups")
    params = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return ops.conv(input, weight, bias, **params)  # type: ignore[no-any-return]


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The adjoint of conv1d: see `minigrad.ops.conv_transpose`; output_padding is below the stride or the dilation."""
    return transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The adjoint of conv2d: see `minigrad.ops.conv_transpose`; output_padding is below the stride or the dilation."""
    return transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The adjoint of conv3d: see `minigrad.ops.conv_transpose`; output_padding is below the stride or the dilation."""
    return transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """What a kernel sees, a column for each window: see `minigrad.ops.im2col`."""
    params = {"kernel_size": kernel_size, "dilation": dilation, "padding": padding, "stride": stride}
    return ops.im2col(input, **params)  # type: ignore[no-any-return]


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Columns added up to images: see `minigrad.ops.col2im`."""
    params = {"kernel_size": kernel_size, "dilation": dilation, "padding": padding, "stride": stride}
    return ops.col2im(input, output_size=output_size, **params)  # type: ignore[no-any-return]
