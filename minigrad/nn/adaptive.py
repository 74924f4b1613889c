"""Pooling layers whose windows a wanted output size places: evenly, or by chance."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..core import Tensor
from ..errors import ArgumentError
from ..functional.adaptive import ratios
from ..window import spread
from .module import Module

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "FractionalMaxPool2d",
    "FractionalMaxPool3d",
]


def check_size(layer: str, output_size: Any, dims: int) -> None:
    """Refuse what is no number of windows; None in the place of one keeps the input's extent."""
    if dims > 1 and isinstance(output_size, tuple | list) and len(output_size) == dims:
        output_size = tuple(1 if m is None else m for m in output_size)
    spread(layer, "output_size", output_size, dims, 0)


class AdaptiveAvgPool(Module):
    """Adaptive average pooling in `dims` dims."""

    dims: int

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        check_size(type(self).__name__, output_size, self.dims)
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        pool = (F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d)[self.dims - 1]
        return pool(input, self.output_size)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"output_size={self.output_size}"


class AdaptiveMaxPool(Module):
    """Adaptive max pooling in `dims` dims."""

    dims: int

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        check_size(type(self).__name__, output_size, self.dims)
        self.output_size, self.return_indices = output_size, return_indices

    def forward(self, input: Tensor) -> Any:
        """The maxima, and their places if they are wanted."""
        pool = (F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d)[self.dims - 1]
        return pool(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        """The arguments that PyTorch shows."""
        return f"output_size={self.output_size}"


class FractionalMaxPool(Module):
    """Fractional max pooling in `dims` dims."""

    dims: int
    _random_samples: Tensor | None

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        name, dims = type(self).__name__, self.dims
        if (output_size is None) == (output_ratio is None):
            raise ArgumentError(f"{name}: either an output_size or an output_ratio is wanted")
        self.kernel_size = spread(name, "kernel_size", kernel_size, dims, 1)
        self.output_size = None if output_size is None else spread(name, "output_size", output_size, dims, 0)
        self.output_ratio = None if output_ratio is None else ratios(name, output_ratio, dims)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)

    def forward(self, input: Tensor) -> Any:
        """The maxima, and their places if they are wanted."""
        pool = (F.fractional_max_pool2d, F.fractional_max_pool3d)[self.dims - 2]
        given = (self.kernel_size, self.output_size, self.output_ratio, self.return_indices)
        return pool(input, *given, _random_samples=self._random_samples)


class AdaptiveAvgPool1d(AdaptiveAvgPool):
    """The means of windows that cover the input evenly.

    Args:
        output_size: the number of windows.

    Shapes:
        input (N, C, L) -> (N, C, OL)

    Raises:
        ArgumentError: for another number of extents, or one below 0.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> AdaptiveAvgPool1d(5)(mg.zeros(8, 3, 100)).shape
    (8, 3, 5)
    """

    dims = 1


class AdaptiveMaxPool1d(AdaptiveMaxPool):
    """The largest elements of windows that cover the input evenly.

    Args:
        output_size: the number of windows.
        return_indices: also give where in its input's signal each element was.

    Shapes:
        input (N, C, L) -> (N, C, OL)

    Raises:
        ArgumentError: for another number of extents, or one below 0.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> AdaptiveMaxPool1d(5)(mg.zeros(8, 3, 100)).shape
    (8, 3, 5)
    """

    dims = 1


class AdaptiveAvgPool2d(AdaptiveAvgPool):
    """The means of windows that cover the input evenly.

    Args:
        output_size: the number of windows, or one for each dim; None in the place of one keeps the input's extent.

    Shapes:
        input (N, C, H, W) -> (N, C, OH, OW)

    Raises:
        ArgumentError: for another number of extents, or one below 0.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> AdaptiveAvgPool2d((5, None))(mg.zeros(8, 3, 9, 7)).shape
    (8, 3, 5, 7)
    """

    dims = 2


class AdaptiveMaxPool2d(AdaptiveMaxPool):
    """The largest elements of windows that cover the input evenly.

    Args:
        output_size: the number of windows, or one for each dim; None in the place of one keeps the input's extent.
        return_indices: also give where in its input's plane each element was.

    Shapes:
        input (N, C, H, W) -> (N, C, OH, OW)

    Raises:
        ArgumentError: for another number of extents, or one below 0.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> AdaptiveMaxPool2d((5, None))(mg.zeros(8, 3, 9, 7)).shape
    (8, 3, 5, 7)
    """

    dims = 2


class AdaptiveAvgPool3d(AdaptiveAvgPool):
    """The means of windows that cover the input evenly.

    Args:
        output_size: the number of windows, or one for each dim; None in the place of one keeps the input's extent.

    Shapes:
        input (N, C, D, H, W) -> (N, C, OD, OH, OW)

    Raises:
        ArgumentError: for another number of extents, or one below 0.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> AdaptiveAvgPool3d((2, 5, None))(mg.zeros(8, 3, 4, 9, 7)).shape
    (8, 3, 2, 5, 7)
    """

    dims = 3


class AdaptiveMaxPool3d(AdaptiveMaxPool):
    """The largest elements of windows that cover the input evenly.

    Args:
        output_size: the number of windows, or one for each dim; None in the place of one keeps the input's extent.
        return_indices: also give where in its input's volume each element was.

    Shapes:
        input (N, C, D, H, W) -> (N, C, OD, OH, OW)

    Raises:
        ArgumentError: for another number of extents, or one below 0.
        DTypeError: for what is not made of integers.

    >>> import minigrad as mg
    >>> AdaptiveMaxPool3d((2, 5, None))(mg.zeros(8, 3, 4, 9, 7)).shape
    (8, 3, 2, 5, 7)
    """

    dims = 3


class FractionalMaxPool2d(FractionalMaxPool):
    """The largest elements of windows that lie a fraction of the input apart, in a random row.

    Args:
        kernel_size: an integer, or one for height and one for width.
        output_size: the number of windows, or one for each dim.
        output_ratio: the same as a part of the input's extents, above 0 and below 1; one of the two is wanted.
        return_indices: also give where in its input's plane each element was.
        _random_samples: (N, C, 2) numbers in [0, 1), for width, then height. Default: drawn from
            `minigrad.random` at each call.

    Shapes:
        input (N, C, H, W) -> (N, C, OH, OW)

    Raises:
        ArgumentError: for extents below 1, a ratio that is not above 0 and below 1, or both or none of the two.
        DTypeError: for what is not made of integers, or a ratio that is not made of numbers.

    Source: Graham 2014, "Fractional max-pooling".

    >>> import minigrad as mg
    >>> FractionalMaxPool2d(2, output_ratio=0.7)(mg.zeros(8, 3, 10, 10)).shape
    (8, 3, 7, 7)
    """

    dims = 2


class FractionalMaxPool3d(FractionalMaxPool):
    """The largest elements of windows that lie a fraction of the input apart, in a random row.

    Args:
        kernel_size: an integer, or one for depth, height and width each.
        output_size: the number of windows, or one for each dim.
        output_ratio: the same as a part of the input's extents, above 0 and below 1; one of the two is wanted.
        return_indices: also give where in its input's volume each element was.
        _random_samples: (N, C, 3) numbers in [0, 1), for depth, height and width. Default: drawn from
            `minigrad.random` at each call.

    Shapes:
        input (N, C, D, H, W) -> (N, C, OD, OH, OW)

    Raises:
        ArgumentError: for extents below 1, a ratio that is not above 0 and below 1, or both or none of the two.
        DTypeError: for what is not made of integers, or a ratio that is not made of numbers.

    Source: Graham 2014, "Fractional max-pooling".

    >>> import minigrad as mg
    >>> FractionalMaxPool3d(2, output_ratio=0.7)(mg.zeros(8, 3, 10, 10, 10)).shape
    (8, 3, 7, 7, 7)
    """

    dims = 3
