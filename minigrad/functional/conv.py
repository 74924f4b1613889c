"""Convolution and what it is made of."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core import Tensor


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of images with kernels: see `minigrad.ops.conv2d`."""
    params = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return ops.conv2d(input, weight, bias, **params)  # type: ignore[no-any-return]


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
    """The adjoint of conv2d: see `minigrad.ops.conv_transpose2d`."""
    params = {"stride": stride, "padding": padding, "output_padding": output_padding}
    return ops.conv_transpose2d(input, weight, bias, **params, groups=groups, dilation=dilation)  # type: ignore[no-any-return]


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
