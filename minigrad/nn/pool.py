"""Pooling layers."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..core import Tensor
from ..window import pool_window
from .module import Module

__all__ = ["AvgPool2d", "MaxPool2d"]


class MaxPool2d(Module):
    """The largest element of each window.

    Args:
        kernel_size, stride, padding, dilation: an integer, or one for height and one for width. The stride is the
            kernel_size by default; the padding counts as minus infinity.
        return_indices: also give where in its input's plane each element was.
        ceil_mode: count a last window that reaches over the edge.

    Shapes:
        input (N, C, H, W) -> (N, C, OH, OW)

    Raises:
        ArgumentError: for extents below 1, or a padding that is negative or more than half the kernel.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> MaxPool2d(2)(mg.tensor([[[[1.0, 2.0], [4.0, 3.0]]]]))
    tensor([[[[4.]]]])
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        pool_window("MaxPool2d", kernel_size, stride, padding, dilation, ceil_mode)
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Tensor) -> Any:
        """The maxima, and their places if they are wanted."""
        return F.max_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )

    def extra_repr(self) -> str:
        """The arguments."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class AvgPool2d(Module):
    """The mean of each window.

    Args:
        kernel_size, stride, padding: an integer, or one for height and one for width. The stride is the kernel_size
            by default; the padding is zeros.
        ceil_mode: count a last window that reaches over the edge.
        count_include_pad: whether the padding counts in the mean.
        divisor_override: divide by this instead of the number of elements.

    Shapes:
        input (N, C, H, W) -> (N, C, OH, OW)

    Raises:
        ArgumentError: for extents below 1, or a padding that is negative or more than half the kernel.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> AvgPool2d(2)(mg.tensor([[[[1.0, 2.0], [4.0, 3.0]]]]))
    tensor([[[[2.5]]]])
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        pool_window("AvgPool2d", kernel_size, stride, padding, ceil_mode=ceil_mode)
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        return F.avg_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self) -> str:
        """The arguments that PyTorch shows."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"
