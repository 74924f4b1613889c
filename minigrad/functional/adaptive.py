"""Pooling to a wanted output size: windows that cover the input evenly, or that lie by chance."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .. import ops, random
from ..backend import namespace_for
from ..core import Tensor
from ..dtypes import is_float
from ..errors import ArgumentError, DTypeError, ShapeError
from ..ops.conv import images
from ..ops.resample import Taps
from ..window import adaptive, spread

Ints = tuple[int, ...]


def wanted_size(name: str, input: Tensor, output_size: Any, dims: int) -> Ints:
    """The number of windows in each dim; None means as many as there are elements."""
    images(name, "input", input.data, dims)
    if dims > 1 and isinstance(output_size, tuple | list) and len(output_size) == dims:
        sizes = zip(output_size, input.shape[-dims:], strict=True)
        output_size = tuple(n if m is None else m for m, n in sizes)
    return spread(name, "output_size", output_size, dims, 0)


@lru_cache(maxsize=128)
def shares(n: int, m: int) -> Taps:
    """The means of m windows that cover n elements."""
    np = namespace_for(None)
    windows = adaptive(n, m)
    reach = range(max(b - a for a, b in windows))
    index = [[min(a + t, b - 1) for a, b in windows] for t in reach]
    return Taps(n, np.array(index), np.array([[(a + t < b) / (b - a) for a, b in windows] for t in reach]))


def mean(dims: int, input: Tensor, output_size: Any) -> Tensor:
    """Adaptive average pooling in so many dims.

    Raises:
        ShapeError: if input has other dimensions, or planes without elements.
    """
    name = f"adaptive_avg_pool{dims}d"
    size = wanted_size(name, input, output_size, dims)
    extents = input.shape[-dims:]
    if 0 in extents:
        raise ShapeError(f"{name}: input is {input.shape}; a plane without elements has no mean")
    if not is_float(input.dtype):
        raise DTypeError(
            f"{name}: a mean of {input.dtype} is not {input.dtype}; convert input to a floating dtype"
        )
    if 0 in size:
        return ops.reshape(input[..., :0], shape=(*input.shape[:-dims], *size))  # type: ignore[no-any-return]
    if max(size) == 1:
        return ops.mean(input, dim=tuple(range(-dims, 0)), keepdim=True)  # type: ignore[no-any-return]
    if all(n % m == 0 for n, m in zip(extents, size, strict=True)):
        kernel = tuple(n // m for n, m in zip(extents, size, strict=True))
        return ops.avg_pool(input, kernel_size=kernel)  # type: ignore[no-any-return]
    taps = [shares(n, m) for n, m in zip(extents, size, strict=True)]
    return ops.resample(input, taps=taps)  # type: ignore[no-any-return]


def largest(dims: int, input: Tensor, output_size: Any, return_indices: bool) -> Any:
    """Adaptive max pooling in so many dims."""
    size = wanted_size(f"adaptive_max_pool{dims}d", input, output_size, dims)
    y, indices = ops.adaptive_max_pool(input, output_size=size)
    return (y, indices) if return_indices else y


def fractional(
    dims: int,
    input: Tensor,
    kernel_size: Any,
    output_size: Any,
    output_ratio: Any,
    return_indices: bool,
    samples: Tensor | None,
) -> Any:
    """Fractional max pooling in so many dims.

    Raises:
        ArgumentError: if neither output_size nor output_ratio is given, or a ratio is not above 0 and below 1.
        DTypeError: if a ratio is not a number.
    """
    name = f"fractional_max_pool{dims}d"
    batch = images(name, "input", input.data, dims)
    if output_size is None:
        extents = input.shape[-dims:]
        output_size = tuple(
            int(n * r) for n, r in zip(extents, ratios(name, output_ratio, dims), strict=True)
        )
    size = spread(name, "output_size", output_size, dims, 0)
    kernel = spread(name, "kernel_size", kernel_size, dims, 1)
    if samples is None:
        samples = random.rand(*batch.shape[:2], dims, dtype=input.dtype)
    elif dims == 2:
        samples = ops.flip(samples, dims=(-1,))  # PyTorch's samples of a plane are for width and height
    y, indices = ops.fractional_max_pool(input, samples, kernel_size=kernel, output_size=size)
    return (y, indices) if return_indices else y


def ratios(name: str, output_ratio: Any, dims: int) -> tuple[float, ...]:
    """A ratio for each dim.

    Raises:
        ArgumentError: if there is none, another number of them, or one that is not above 0 and below 1.
        DTypeError: for what is not a number.
    """
    if output_ratio is None:
        raise ArgumentError(f"{name}: an output_size or an output_ratio is wanted")
    found = tuple(output_ratio) if isinstance(output_ratio, tuple | list) else (output_ratio,) * dims
    if any(isinstance(r, bool) or not isinstance(r, int | float) for r in found):
        raise DTypeError(f"{name}: output_ratio is {output_ratio!r}, where numbers are wanted")
    if len(found) != dims or not all(0.0 < r < 1.0 for r in found):
        raise ArgumentError(
            f"{name}: output_ratio is {output_ratio!r}, where a number above 0 and below 1 or {dims} are wanted"
        )
    return found


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The means of windows that cover input evenly.

    Args:
        output_size: the number of windows.

    Raises:
        ShapeError: if input has other dimensions, or planes without elements.
        ArgumentError, DTypeError: for what is no number of windows.

    >>> import minigrad as mg
    >>> adaptive_avg_pool1d(mg.ones(2, 3, 7), 5).shape
    (2, 3, 5)
    """
    return mean(1, input, output_size)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The means of windows that cover input evenly.

    Args:
        output_size: the number of windows, or one for each dim; None in the place of one keeps the extent.

    Raises:
        ShapeError: if input has other dimensions, or planes without elements.
        ArgumentError, DTypeError: for what is no number of windows.

    >>> import minigrad as mg
    >>> adaptive_avg_pool2d(mg.ones(2, 3, 7, 7), (5, None)).shape
    (2, 3, 5, 7)
    """
    return mean(2, input, output_size)


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The means of windows that cover input evenly.

    Args:
        output_size: the number of windows, or one for each dim; None in the place of one keeps the extent.

    Raises:
        ShapeError: if input has other dimensions, or planes without elements.
        ArgumentError, DTypeError: for what is no number of windows.

    >>> import minigrad as mg
    >>> adaptive_avg_pool3d(mg.ones(2, 3, 7, 7, 7), (5, None, None)).shape
    (2, 3, 5, 7, 7)
    """
    return mean(3, input, output_size)


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of windows that cover input evenly: see `minigrad.ops.adaptive_max_pool`.

    Args:
        output_size: the number of windows.
        return_indices: also give where in its plane each was.
    """
    return largest(1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of windows that cover input evenly: see `minigrad.ops.adaptive_max_pool`.

    Args:
        output_size: the number of windows, or one for each dim; None in the place of one keeps the extent.
        return_indices: also give where in its plane each was.
    """
    return largest(2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of windows that cover input evenly: see `minigrad.ops.adaptive_max_pool`.

    Args:
        output_size: the number of windows, or one for each dim; None in the place of one keeps the extent.
        return_indices: also give where in its plane each was.
    """
    return largest(3, input, output_size, return_indices)


def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest elements of windows in a random row: see `minigrad.ops.fractional_max_pool`.

    Args:
        output_size: the number of windows, or one for each dim.
        output_ratio: the same as a part of the input's extents, above 0 and below 1.
        return_indices: also give where in its plane each was.
        _random_samples: (N, C, 2) numbers in [0, 1), for width, then height. Default: drawn by chance.
    """
    return fractional(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest elements of windows in a random row: see `minigrad.ops.fractional_max_pool`.

    Args:
        output_size: the number of windows, or one for each dim.
        output_ratio: the same as a part of the input's extents, above 0 and below 1.
        return_indices: also give where in its plane each was.
        _random_samples: (N, C, 3) numbers in [0, 1), for depth, height and width. Default: drawn by chance.
    """
    return fractional(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)
