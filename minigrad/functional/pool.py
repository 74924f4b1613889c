"""Pooling: the largest element, the mean or a power mean of windows, and unpooling."""

from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..core import Tensor
from ..errors import ArgumentError, DTypeError
from ..window import Window, cross, spread


def largest(dims: int, input: Tensor, kernel_size: Any, return_indices: bool, **params: Any) -> Any:
    """Max pooling in so many dims."""
    kernel = spread(f"max_pool{dims}d", "kernel_size", kernel_size, dims, 1)
    y, indices = ops.max_pool(input, kernel_size=kernel, **params)
    return (y, indices) if return_indices else y


def mean(dims: int, input: Tensor, kernel_size: Any, **params: Any) -> Tensor:
    """Average pooling in so many dims."""
    kernel = spread(f"avg_pool{dims}d", "kernel_size", kernel_size, dims, 1)
    return ops.avg_pool(input, kernel_size=kernel, **params)  # type: ignore[no-any-return]


def power(
    dims: int, input: Tensor, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool
) -> Tensor:
    """The p-norm of each window; the gradient of one whose sum of powers is 0 is 0.

    Raises:
        ArgumentError: if norm_type is 0.
        DTypeError: if norm_type is not a number.
    """
    name = f"lp_pool{dims}d"
    if isinstance(norm_type, bool) or not isinstance(norm_type, int | float):
        raise DTypeError(f"{name}: norm_type is {norm_type!r}, where a number is wanted")
    if norm_type == 0 or math.isnan(norm_type):
        raise ArgumentError(f"{name}: norm_type is {norm_type}, which has no root; another number is wanted")
    kernel = spread(name, "kernel_size", kernel_size, dims, 1)
    params = {"kernel_size": kernel, "stride": stride, "ceil_mode": ceil_mode}
    if math.isinf(norm_type):
        sign = math.copysign(1.0, norm_type)
        return ops.max_pool(ops.abs(input) * sign, **params)[0] * sign  # type: ignore[no-any-return]
    total = ops.avg_pool(input**norm_type, **params) * math.prod(kernel)
    zero = total == 0.0
    root = ops.masked_fill(total, zero, 1.0) ** (1.0 / norm_type)
    return ops.masked_fill(root, zero, 0.0 if norm_type > 0 else math.inf)  # type: ignore[no-any-return]


def unpooled(
    dims: int, input: Tensor, indices: Tensor, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Tensor:
    """Zeros with each element where pooling found it.

    Raises:
        ArgumentError: if no pooling of `output_size` with these windows gives as many as input has.
    """
    name = f"max_unpool{dims}d"
    kernel = spread(name, "kernel_size", kernel_size, dims, 1)
    window = Window(name, kernel, kernel if stride is None else stride, padding)
    size = window.smallest(input.shape[-dims:])
    if output_size is not None:
        found = window.chosen(output_size, 2)
        if any(not n - s < m < n + s for n, m, s in zip(size, found, window.stride, strict=True)):
            low, high = ([n + k * (s - 1) for n, s in zip(size, window.stride, strict=True)] for k in (-1, 1))
            raise ArgumentError(
                f"{name}: output_size is {cross(found)}, where {cross(low)} to {cross(high)} is possible"
            )
        size = found
    elif min(size) < 0:
        raise ArgumentError(f"{name}: padding {padding} leaves an output of {cross(size)}")
    return ops.max_unpool(input, indices, size=size)  # type: ignore[no-any-return]


def max_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window, and its place if `return_indices`: see `minigrad.ops.max_pool`.

    >>> import minigrad as mg
    >>> max_pool1d(mg.tensor([[1.0, 3.0, 2.0, 2.0]]), 2)
    tensor([[3., 2.]])
    """
    params = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    return largest(1, input, kernel_size, return_indices, **params)


def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window, and its place if `return_indices`: see `minigrad.ops.max_pool`.

    >>> import minigrad as mg
    >>> max_pool2d(mg.tensor([[[1.0, 3.0, 2.0, 2.0]]]), (1, 2))
    tensor([[[3., 2.]]])
    """
    params = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    return largest(2, input, kernel_size, return_indices, **params)


def max_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window, and its place if `return_indices`: see `minigrad.ops.max_pool`.

    >>> import minigrad as mg
    >>> max_pool3d(mg.tensor([[[[1.0, 3.0, 2.0, 2.0]]]]), (1, 1, 2))
    tensor([[[[3., 2.]]]])
    """
    params = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    return largest(3, input, kernel_size, return_indices, **params)


def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Tensor:
    """Zeros with each element where max_pool1d found it: see `minigrad.ops.max_unpool`.

    Args:
        output_size: the extents that were pooled, where several give as many windows; also after two others.
    """
    return unpooled(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Tensor:
    """Zeros with each element where max_pool2d found it: see `minigrad.ops.max_unpool`.

    Args:
        output_size: the extents that were pooled, where several give as many windows; also after two others.
    """
    return unpooled(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Tensor:
    """Zeros with each element where max_pool3d found it: see `minigrad.ops.max_unpool`.

    Args:
        output_size: the extents that were pooled, where several give as many windows; also after two others.
    """
    return unpooled(3, input, indices, kernel_size, stride, padding, output_size)


def avg_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window: see `minigrad.ops.avg_pool`."""
    params = {"stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    return mean(1, input, kernel_size, count_include_pad=count_include_pad, **params)


def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window: see `minigrad.ops.avg_pool`."""
    params = {"stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    more = {"count_include_pad": count_include_pad, "divisor_override": divisor_override}
    return mean(2, input, kernel_size, **params, **more)


def avg_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window: see `minigrad.ops.avg_pool`."""
    params = {"stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    more = {"count_include_pad": count_include_pad, "divisor_override": divisor_override}
    return mean(3, input, kernel_size, **params, **more)


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """The p-th root of the sum of the p-th powers of each window, p = norm_type.

    A window that ceil_mode lets reach over the end counts as if its mean power went on there. Where the sum is 0, so is
    its gradient.

    Raises:
        ArgumentError: if norm_type is 0.
        DTypeError: if norm_type is not a number.
    """
    return power(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """The p-th root of the sum of the p-th powers of each window, p = norm_type.

    A window that ceil_mode lets reach over the end counts as if its mean power went on there. Where the sum is 0, so is
    its gradient.

    Raises:
        ArgumentError: if norm_type is 0.
        DTypeError: if norm_type is not a number.
    """
    return power(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """The p-th root of the sum of the p-th powers of each window, p = norm_type.

    A window that ceil_mode lets reach over the end counts as if its mean power went on there. Where the sum is 0, so is
    its gradient.

    Raises:
        ArgumentError: if norm_type is 0.
        DTypeError: if norm_type is not a number.
    """
    return power(3, input, norm_type, kernel_size, stride, ceil_mode)
