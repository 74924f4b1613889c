"""Columns of images and back, as layers."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..core import Tensor
from ..window import Window, spread
from .module import Module

__all__ = ["Fold", "Unfold"]


class Unfold(Module):
    """What a kernel sees of each image, a column for each window.

    Args:
        kernel_size, dilation, padding, stride: an integer, or one for height and one for width.

    Shapes:
        input (N, C, H, W) -> (N, C KH KW, OH OW)

    Raises:
        ArgumentError: for extents below 1, or a negative padding.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> Unfold((2, 3))(mg.zeros(2, 5, 3, 4)).shape
    (2, 30, 4)
    """

    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None:
        super().__init__()
        kernel = spread("Unfold", "kernel_size", kernel_size, 2, 1)
        Window("Unfold", kernel, stride, padding, dilation)
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Tensor) -> Tensor:
        """The columns."""
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        """The arguments."""
        names = ("kernel_size", "dilation", "padding", "stride")
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)


class Fold(Module):
    """Columns added up to images: the adjoint of Unfold.

    Args:
        output_size: height and width of the images, or one integer for both.
        kernel_size, dilation, padding, stride: an integer, or one for height and one for width.

    Shapes:
        input (N, C KH KW, OH OW) -> (N, C, H, W)

    Raises:
        ArgumentError: for extents below 1, or a negative padding.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> Fold((3, 4), (2, 3))(mg.zeros(2, 30, 4)).shape
    (2, 5, 3, 4)
    """

    def __init__(
        self, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
    ) -> None:
        super().__init__()
        spread("Fold", "output_size", output_size, 2, 1)
        kernel = spread("Fold", "kernel_size", kernel_size, 2, 1)
        Window("Fold", kernel, stride, padding, dilation)
        self.output_size, self.kernel_size = output_size, kernel_size
        self.dilation, self.padding, self.stride = dilation, padding, stride

    def forward(self, input: Tensor) -> Tensor:
        """The images."""
        given = (self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)
        return F.fold(input, *given)

    def extra_repr(self) -> str:
        """The arguments."""
        names = ("output_size", "kernel_size", "dilation", "padding", "stride")
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)
