"""Pooling: the largest element or the mean of each window, and what its gradients are made of.

All of them take one image (C, H, W) in the place of a batch, and kernel_size, stride, padding and dilation as an
integer or as a pair for height and width. The stride is the kernel_size where none is given.
"""

from __future__ import annotations

from typing import Any

from ..core import Array, Shape, op
from ..dtypes import is_float, level
from ..errors import ArgumentError, DTypeError, IndexingError, ShapeError, describe
from ..window import Window, cross, pool_window, spread
from .conv import images

__all__ = ["avg_pool2d", "avg_pool2d_input", "max_pool2d", "pool_put", "pool_take"]


# ---- the largest element --------------------------------------------------------------------------------------------
def check_seen(window: Window, size: Shape) -> None:
    """Refuse windows that lie in the padding alone: a dilated one can step over a small input."""
    for dim, n in enumerate(size):
        if n < window.dilation[dim] and 0 in window.counts(dim, n, padded=False):
            raise ShapeError(
                f"{window.name}: a window lies in the padding alone: kernel_size {window.kernel}, dilation "
                f"{window.dilation} and an input of {cross(size)}; make the input larger or the dilation smaller"
            )


@op(lambda g_y, indices, shape: pool_put(g_y, indices, shape[-2:]), outputs="y indices")
def max_pool2d(
    xp: Any,
    x: Array,
    *,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> tuple[Array, Array]:
    """The largest element of each window, and where in its plane it is: row W + column (int64).

    Of equals the first counts; a NaN is larger than all, and of several the last counts.

    Args:
        padding: elements below all others around x, at most half the kernel.
        ceil_mode: count a last window that reaches over the end, if it begins before the padding there.

    Shapes:
        x (N, C, H, W) -> (N, C, OH, OW), (N, C, OH, OW)

    Raises:
        ShapeError: if x has other dimensions, the window is larger than the padded x, or sees nothing of it.
        ArgumentError: for extents below 1, or a padding that is negative or more than half the kernel.
        DTypeError: for bools, and for parameters that are not integers.

    >>> import minigrad as mg
    >>> mg.ops.max_pool2d(mg.tensor([[[1.0, 3.0, 2.0, 2.0]]]), kernel_size=(1, 2))
    (tensor([[[3., 2.]]]), tensor([[[1, 2]]]))
    """
    batch = images("max_pool2d", "x", x)
    window = pool_window("max_pool2d", kernel_size, stride, padding, dilation, ceil_mode)
    check_seen(window, batch.shape[2:])
    y, indices = xp.max_pool2d(batch, window)
    return (y, indices) if x.ndim == 4 else (y[0], indices[0])


def checked(name: str, x: Array, indices: Array, size: Shape, planes: Shape) -> tuple[Array, Array]:
    """x and the indices as batches.

    Raises:
        DTypeError: if `indices` is not made of integers.
        ShapeError: if the leading extents differ from `planes`.
        IndexingError: for an index outside of the plane.
    """
    batch, at = images(name, "x", x), images(name, "indices", indices)
    if level(indices.dtype) != 1:
        raise DTypeError(f"{name}: indices is {indices.dtype}, where integers are wanted")
    if indices.shape[: len(planes)] != planes:
        raise ShapeError(f"{name}: x {describe(x)} and indices {describe(indices)} do not fit together")
    last = size[0] * size[1] - 1
    if at.size and (at.min() < 0 or at.max() > last):
        raise IndexingError(
            f"{name}: indices go from {at.min()} to {at.max()}, a plane of {cross(size)} to {last}"
        )
    return batch, at


@op(lambda g, indices: pool_take(g, indices), None)
def pool_put(xp: Any, x: Array, indices: Array, *, size: Any) -> Array:
    """Zeros with each element of x added at its index in its plane of extents `size`.

    Args:
        indices: row W + column, as max_pool2d gives them.
        size: height and width of the planes.

    Shapes:
        x (N, C, OH, OW), indices (N, C, OH, OW), size (H, W) -> (N, C, H, W)

    Raises:
        IndexingError: for an index outside of the plane.
        ShapeError: if `indices` is not of the shape of x.
        DTypeError: if `indices` is not made of integers.

    >>> import minigrad as mg
    >>> pool_put(mg.tensor([[[5.0, 7.0]]]), mg.tensor([[[3, 0]]]), size=(2, 2))
    tensor([[[7., 0.],
             [0., 5.]]])
    """
    size = spread("pool_put", "size", size, 2, 0)
    batch, at = checked("pool_put", x, indices, size, x.shape)
    y = xp.max_pool2d_put(batch, at, size)
    return y if x.ndim == 4 else y[0]


@op(lambda g, indices, shape: pool_put(g, indices, shape[-2:]), None)
def pool_take(xp: Any, x: Array, indices: Array) -> Array:
    """The elements of x at the indices in their planes.

    Args:
        indices: row W + column, as max_pool2d gives them.

    Shapes:
        x (N, C, H, W), indices (N, C, OH, OW) -> (N, C, OH, OW)

    Raises:
        IndexingError: for an index outside of the plane.
        ShapeError: if x and `indices` have not the same planes.
        DTypeError: if `indices` is not made of integers.
    """
    if x.ndim != indices.ndim:
        raise ShapeError(f"pool_take: x {describe(x)} and indices {describe(indices)} differ in dimensions")
    batch, at = checked("pool_take", x, indices, x.shape[-2:], x.shape[:-2])
    y = xp.max_pool2d_take(batch, at)
    return y if x.ndim == 4 else y[0]


# ---- the mean -------------------------------------------------------------------------------------------------------
def mean_window(
    name: str, x: Array, kernel: Any, stride: Any, padding: Any, ceil_mode: bool, divisor: Any
) -> Window:
    """The window of a mean.

    Raises:
        DTypeError, ArgumentError: for what has no mean, or a divisor that is none.
    """
    if not is_float(x.dtype):
        raise DTypeError(f"{name}: a mean of {x.dtype} is not {x.dtype}; convert x to a floating dtype")
    if divisor == 0:
        raise ArgumentError(f"{name}: divisor_override is 0; another integer is wanted, or None")
    return pool_window(name, kernel, stride, padding, ceil_mode=ceil_mode)


def mean_rule(
    g: Any,
    shape: Shape,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: Any,
    count_include_pad: Any,
    divisor_override: Any,
) -> Any:
    """The mean is linear."""
    params = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    return avg_pool2d_input(g, shape, *params)


@op(mean_rule)
def avg_pool2d(
    xp: Any,
    x: Array,
    *,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """The mean of each window.

    Args:
        padding: zeros around x, at most half the kernel.
        ceil_mode: count a last window that reaches over the end, if it begins before the padding there.
        count_include_pad: whether the padding counts as elements; what lies beyond it never does.
        divisor_override: divide the sums by this instead.

    Shapes:
        x (N, C, H, W) -> (N, C, OH, OW)

    Raises:
        ShapeError: if x has other dimensions, or the window is larger than the padded x.
        ArgumentError: for extents below 1, a padding that is negative or more than half the kernel, a divisor of 0.
        DTypeError: for integers and bools, and for parameters that are not integers.

    >>> import minigrad as mg
    >>> mg.functional.avg_pool2d(mg.tensor([[[1.0, 3.0, 2.0, 2.0]]]), kernel_size=(1, 2))
    tensor([[[2., 2.]]])
    """
    batch = images("avg_pool2d", "x", x)
    window = mean_window("avg_pool2d", x, kernel_size, stride, padding, ceil_mode, divisor_override)
    check_seen(window, batch.shape[2:])
    y = xp.avg_pool2d(batch, window, count_include_pad, divisor_override)
    return y if x.ndim == 4 else y[0]


def share_rule(
    g: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: Any,
    count_include_pad: Any,
    divisor_override: Any,
) -> Any:
    """The adjoint of the adjoint."""
    return avg_pool2d(g, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@op(share_rule)
def avg_pool2d_input(
    xp: Any,
    grad_output: Array,
    *,
    input_size: Shape,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """The gradient of avg_pool2d's x, of shape `input_size`: each mean's share for each of its elements.

    Shapes:
        grad_output (N, C, OH, OW) -> (N, C, H, W)

    Raises:
        ShapeError: if `grad_output` is not of the shape that avg_pool2d gives for `input_size`.
        ArgumentError, DTypeError: as avg_pool2d.
    """
    name, g = "avg_pool2d_input", images("avg_pool2d_input", "grad_output", grad_output)
    window = mean_window(name, g, kernel_size, stride, padding, ceil_mode, divisor_override)
    wanted = (*input_size[:-2], *window.extents(input_size[-2:]))
    if grad_output.shape != wanted:
        raise ShapeError(
            f"{name}: grad_output is {grad_output.shape}; {wanted} is wanted, the shape of the output"
        )
    x = xp.avg_pool2d_input(g, tuple(input_size[-2:]), window, count_include_pad, divisor_override)
    return x if grad_output.ndim == 4 else x[0]
