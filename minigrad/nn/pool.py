"""Pooling layers, and unpooling, in 1, 2 and 3 dims."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..core import Tensor
from ..errors import ArgumentError
from ..window import Window, pool_window, spread
from .module import Module

__all__ = [
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]


# ---- the largest element --------------------------------------------------------------------------------------------
class MaxPool(Module):
    """Max pooling in `dims` dims."""

    dims: int

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
        pool_window(type(self).__name__, kernel_size, stride, padding, dilation, ceil_mode, self.dims)
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Tensor) -> Any:
        """The maxima, and their places if they are wanted."""
        pool = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[self.dims - 1]
        given = (self.kernel_size, self.stride, self.padding, self.dilation)
        return pool(input, *given, ceil_mode=self.ceil_mode, return_indices=self.return_indices)

    def extra_repr(self) -> str:
        """The arguments."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxUnpool(Module):
    """Max unpooling in `dims` dims."""

    dims: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        name = type(self).__name__
        kernel = spread(name, "kernel_size", kernel_size, self.dims, 1)
        window = Window(name, kernel, kernel if stride is None else stride, padding)
        self.kernel_size, self.stride = kernel, window.stride
        self.padding = tuple(before for before, _ in window.padding)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """The elements of input where the indices say, zeros elsewhere.

        Args:
            output_size: the extents that were pooled, where several give as many windows; also after two others.
        """
        unpool = (F.max_unpool1d, F.max_unpool2d, F.max_unpool3d)[self.dims - 1]
        return unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


# ---- means ----------------------------------------------------------------------------------------------------------
class AvgPool(Module):
    """Average pooling in 2 or 3 dims."""

    dims: int

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
        pool_window(type(self).__name__, kernel_size, stride, padding, ceil_mode=ceil_mode, dims=self.dims)
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        pool = (F.avg_pool2d, F.avg_pool3d)[self.dims - 2]
        given = (self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)
        return pool(input, *given, self.divisor_override)

    def extra_repr(self) -> str:
        """The arguments that PyTorch shows."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class LPPool(Module):
    """Power-mean pooling in `dims` dims."""

    dims: int

    def __init__(
        self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        name = type(self).__name__
        if norm_type == 0:
            raise ArgumentError(f"{name}: norm_type is 0, which has no root; another number is wanted")
        pool_window(name, kernel_size, stride, 0, ceil_mode=ceil_mode, dims=self.dims)
        self.norm_type, self.kernel_size, self.stride = norm_type, kernel_size, stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """The roots of the sums of powers."""
        pool = (F.lp_pool1d, F.lp_pool2d, F.lp_pool3d)[self.dims - 1]
        return pool(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        """The arguments."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(MaxPool):
    """The largest element of each window.

    Args:
        kernel_size, stride, padding, dilation: an integer. The stride is the
            kernel_size by default; the padding counts as minus infinity.
        return_indices: also give where in its input's signal each element was.
        ceil_mode: count a last window that reaches over the edge.

    Shapes:
        input (N, C, L) -> (N, C, OL)

    Raises:
        ArgumentError: for extents below 1, or a padding that is negative or more than half the kernel.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> MaxPool1d(2)(mg.tensor([[1.0, 2.0, 4.0, 3.0]]))
    tensor([[2., 4.]])
    """

    dims = 1


class MaxPool2d(MaxPool):
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
    >>> MaxPool2d(2)(mg.tensor([[[1.0, 2.0], [4.0, 3.0]]]))
    tensor([[[4.]]])
    """

    dims = 2


class MaxPool3d(MaxPool):
    """The largest element of each window.

    Args:
        kernel_size, stride, padding, dilation: an integer, or one for depth, height and width each. The stride is the
            kernel_size by default; the padding counts as minus infinity.
        return_indices: also give where in its input's volume each element was.
        ceil_mode: count a last window that reaches over the edge.

    Shapes:
        input (N, C, D, H, W) -> (N, C, OD, OH, OW)

    Raises:
        ArgumentError: for extents below 1, or a padding that is negative or more than half the kernel.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> MaxPool3d((1, 2, 2))(mg.tensor([[[[1.0, 2.0], [4.0, 3.0]]]]))
    tensor([[[[4.]]]])
    """

    dims = 3


class MaxUnpool1d(MaxUnpool):
    """What MaxPool1d left, where it was, and zeros elsewhere.

    Args:
        kernel_size, stride, padding: an integer. The stride is the kernel_size
            by default.

    Shapes:
        input (N, C, OL), indices (N, C, OL) -> (N, C, L)

    Raises:
        ArgumentError: for extents below 1, or a negative padding.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> y, indices = MaxPool1d(2, return_indices=True)(mg.tensor([[1.0, 2.0, 4.0, 3.0]]))
    >>> MaxUnpool1d(2)(y, indices)
    tensor([[0., 2., 4., 0.]])
    """

    dims = 1


class MaxUnpool2d(MaxUnpool):
    """What MaxPool2d left, where it was, and zeros elsewhere.

    Args:
        kernel_size, stride, padding: an integer, or one for height and one for width. The stride is the kernel_size
            by default.

    Shapes:
        input (N, C, OH, OW), indices (N, C, OH, OW) -> (N, C, H, W)

    Raises:
        ArgumentError: for extents below 1, or a negative padding.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> y, indices = MaxPool2d(2, return_indices=True)(mg.tensor([[[1.0, 2.0], [4.0, 3.0]]]))
    >>> MaxUnpool2d(2)(y, indices)
    tensor([[[0., 0.],
             [4., 0.]]])
    """

    dims = 2


class MaxUnpool3d(MaxUnpool):
    """What MaxPool3d left, where it was, and zeros elsewhere.

    Args:
        kernel_size, stride, padding: an integer, or one for depth, height and width each. The stride is the kernel_size
            by default.

    Shapes:
        input (N, C, OD, OH, OW), indices (N, C, OD, OH, OW) -> (N, C, D, H, W)

    Raises:
        ArgumentError: for extents below 1, or a negative padding.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> y, indices = MaxPool3d((1, 2, 2), return_indices=True)(mg.tensor([[[[1.0, 2.0], [4.0, 3.0]]]]))
    >>> MaxUnpool3d((1, 2, 2))(y, indices)
    tensor([[[[0., 0.],
              [4., 0.]]]])
    """

    dims = 3


class AvgPool1d(AvgPool):
    """The mean of each window.

    Args:
        kernel_size, stride, padding: an integer. The stride is the kernel_size
            by default; the padding is zeros.
        ceil_mode: count a last window that reaches over the edge.
        count_include_pad: whether the padding counts in the mean.

    Shapes:
        input (N, C, L) -> (N, C, OL)

    Raises:
        ArgumentError: for extents below 1, or a padding that is negative or more than half the kernel.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> AvgPool1d(2)(mg.tensor([[1.0, 2.0, 4.0, 3.0]]))
    tensor([[1.5, 3.5]])
    """

    dims = 1

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.kernel_size, self.stride, self.padding = (
            spread("AvgPool1d", name, getattr(self, name), 1, 0)
            for name in ("kernel_size", "stride", "padding")
        )

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        given = (self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)
        return F.avg_pool1d(input, *given)


class AvgPool2d(AvgPool):
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
    >>> AvgPool2d(2)(mg.tensor([[[1.0, 2.0], [4.0, 3.0]]]))
    tensor([[[2.5]]])
    """

    dims = 2


class AvgPool3d(AvgPool):
    """The mean of each window.

    Args:
        kernel_size, stride, padding: an integer, or one for depth, height and width each. The stride is the kernel_size
            by default; the padding is zeros.
        ceil_mode: count a last window that reaches over the edge.
        count_include_pad: whether the padding counts in the mean.
        divisor_override: divide by this instead of the number of elements.

    Shapes:
        input (N, C, D, H, W) -> (N, C, OD, OH, OW)

    Raises:
        ArgumentError: for extents below 1, or a padding that is negative or more than half the kernel.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> AvgPool3d((1, 2, 2))(mg.tensor([[[[1.0, 2.0], [4.0, 3.0]]]]))
    tensor([[[[2.5]]]])
    """

    dims = 3


class LPPool1d(LPPool):
    """The p-th root of the sum of the p-th powers of each window, p = norm_type.

    Args:
        norm_type: any number but 0; infinity gives the largest absolute value.
        kernel_size, stride: an integer. The stride is the kernel_size by default.
        ceil_mode: count a last window that reaches over the edge.

    Shapes:
        input (N, C, L) -> (N, C, OL)

    Raises:
        ArgumentError: for extents below 1, or a norm_type of 0.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> LPPool1d(2, 2)(mg.tensor([[3.0, 4.0]]))
    tensor([[5.]])
    """

    dims = 1


class LPPool2d(LPPool):
    """The p-th root of the sum of the p-th powers of each window, p = norm_type.

    Args:
        norm_type: any number but 0; infinity gives the largest absolute value.
        kernel_size, stride: an integer, or one for height and one for width. The stride is the kernel_size by default.
        ceil_mode: count a last window that reaches over the edge.

    Shapes:
        input (N, C, H, W) -> (N, C, OH, OW)

    Raises:
        ArgumentError: for extents below 1, or a norm_type of 0.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> LPPool2d(2, (1, 2))(mg.tensor([[[3.0, 4.0]]]))
    tensor([[[5.]]])
    """

    dims = 2


class LPPool3d(LPPool):
    """The p-th root of the sum of the p-th powers of each window, p = norm_type.

    Args:
        norm_type: any number but 0; infinity gives the largest absolute value.
        kernel_size, stride: an integer, or one for depth, height and width each. The stride is the
            kernel_size by default.
        ceil_mode: count a last window that reaches over the edge.

    Shapes:
        input (N, C, D, H, W) -> (N, C, OD, OH, OW)

    Raises:
        ArgumentError: for extents below 1, or a norm_type of 0.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> LPPool3d(2, (1, 1, 2))(mg.tensor([[[[3.0, 4.0]]]]))
    tensor([[[[5.]]]])
    """

    dims = 3
