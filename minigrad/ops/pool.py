"""Pooling in 1, 2 and 3 dims: the largest element or the mean of each window, and what its gradients are made of.

The kernel_size says how many spatial dims there are; its extents, stride, padding and dilation are an integer for each,
all but the kernel_size also one for all. All ops take a single image, (C, H, W), in the place of a batch. The stride is
the kernel_size where none is given.
"""

from __future__ import annotations

from math import prod
from typing import Any

from ..backend import namespace_of
from ..core import Array, Shape, op
from ..dtypes import is_float, level
from ..errors import ArgumentError, DTypeError, IndexingError, ShapeError, describe
from ..window import Window, cross, pool_window, spread
from .conv import EXTENTS, images
from .index import masked_fill

__all__ = ["avg_pool", "avg_pool_input", "max_pool", "max_unpool", "pool_put", "pool_take"]


# ---- what is refused ------------------------------------------------------------------------------------------------
def dims_of(op: str, argument: str, extents: Any) -> int:
    """The number of spatial dims, from an argument that has an integer for each.

    Raises:
        ArgumentError: if there are not 1, 2 or 3.
    """
    dims = len(extents) if isinstance(extents, tuple | list) else 0
    if dims not in EXTENTS:
        raise ArgumentError(
            f"{op}: {argument} is {extents!r}, where an integer for each of 1 to 3 dims is wanted"
        )
    return dims


def check_seen(window: Window, size: Shape) -> None:
    """Refuse windows that lie in the padding alone: a dilated one can step over a small input."""
    for dim, n in enumerate(size):
        if n < window.dilation[dim] and 0 in window.counts(dim, n, padded=False):
            raise ShapeError(
                f"{window.name}: a window lies in the padding alone: kernel_size {window.kernel}, dilation "
                f"{window.dilation} and an input of {cross(size)}; make the input larger or the dilation smaller"
            )


def checked(
    name: str, x: Array, indices: Array, size: Shape, planes: Shape, known: bool = False
) -> tuple[Array, Array]:
    """x and the indices as batches; those that are known to be inside are not looked at.

    Raises:
        DTypeError: if `indices` is not made of integers.
        ShapeError: if the leading extents differ from `planes`.
        IndexingError: for an index outside of the plane.
    """
    batch, at = (images(name, what, v, len(size)) for what, v in (("x", x), ("indices", indices)))
    if level(indices.dtype) != 1:
        raise DTypeError(f"{name}: indices is {indices.dtype}, where integers are wanted")
    if indices.shape[: len(planes)] != planes:
        raise ShapeError(f"{name}: x {describe(x)} and indices {describe(indices)} do not fit together")
    last = prod(size) - 1
    if not known and namespace_of(at).outside(name, at, last + 1):
        raise IndexingError(
            f"{name}: indices go from {at.min()} to {at.max()}, a plane of {cross(size)} to {last}"
        )
    return batch, at


# ---- the largest element --------------------------------------------------------------------------------------------
def max_rule(
    g_y: Any,
    indices: Any,
    shape: Shape,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
) -> Any:
    """The gradient goes where the largest element was."""
    dims = len(kernel_size)
    window = pool_window("max_pool", kernel_size, stride, padding, dilation, ceil_mode, dims)
    return pool_put(g_y, indices, shape[-dims:], window=window)


@op(max_rule, outputs="y indices")
def max_pool(
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
        x (N, C, H, W), kernel_size (KH, KW) -> (N, C, OH, OW), (N, C, OH, OW); 1 or 3 dims in the same way

    Raises:
        ShapeError: if x has other dimensions, the window is larger than the padded x, or sees nothing of it.
        ArgumentError: for extents below 1, or a padding that is negative or more than half the kernel.
        DTypeError: for bools, and for parameters that are not integers.

    >>> import minigrad as mg
    >>> mg.ops.max_pool(mg.tensor([[1.0, 3.0, 2.0, 2.0]]), kernel_size=(2,))
    (tensor([[3., 2.]]), tensor([[1, 2]]))
    """
    dims = dims_of("max_pool", "kernel_size", kernel_size)
    name = f"max_pool{dims}d"
    batch = images(name, "x", x, dims)
    window = pool_window(name, kernel_size, stride, padding, dilation, ceil_mode, dims)
    check_seen(window, batch.shape[2:])
    y, indices = xp.max_pool(batch, window)
    return (y, indices) if x.ndim == dims + 2 else (y[0], indices[0])


@op(lambda g, indices, size: pool_take(g, indices, len(size)), None)
def pool_put(xp: Any, x: Array, indices: Array, *, size: Any, window: Window | None = None) -> Array:
    """Zeros with each element of x added at its index in its plane of extents `size`.

    Args:
        indices: row W + column, as max_pool gives them.
        size: the extents of the planes, for each dim.
        window: the one by which max_pool found these indices; with it a GPU adds window by window, and sorts nothing.

    Shapes:
        x (N, C, OH, OW), indices (N, C, OH, OW), size (H, W) -> (N, C, H, W); 1 or 3 dims in the same way

    Raises:
        IndexingError: for an index outside of the plane.
        ShapeError: if `indices` is not of the shape of x.
        ArgumentError: if `size` is not made of 1 to 3 extents.
        DTypeError: if `indices` is not made of integers.

    >>> import minigrad as mg
    >>> pool_put(mg.tensor([[[5.0, 7.0]]]), mg.tensor([[[3, 0]]]), size=(2, 2))
    tensor([[[7., 0.],
             [0., 5.]]])
    """
    dims = dims_of("pool_put", "size", size)
    size = spread("pool_put", "size", size, dims, 0)
    batch, at = checked("pool_put", x, indices, size, x.shape, known=window is not None)
    y = xp.pool_put(batch, at, size, window)
    return y if x.ndim == dims + 2 else y[0]


@op(lambda g, indices, shape, dims: pool_put(g, indices, shape[-dims:]), None)
def pool_take(xp: Any, x: Array, indices: Array, *, dims: int) -> Array:
    """The elements of x at the indices in their planes.

    Args:
        indices: row W + column, as max_pool gives them.
        dims: how many dims a plane has.

    Shapes:
        x (N, C, H, W), indices (N, C, OH, OW) -> (N, C, OH, OW); 1 or 3 dims in the same way

    Raises:
        IndexingError: for an index outside of the plane.
        ShapeError: if x and `indices` have not the same planes.
        ArgumentError: if `dims` is not 1, 2 or 3.
        DTypeError: if `indices` is not made of integers.

    >>> import minigrad as mg
    >>> pool_take(mg.tensor([[5.0, 6.0, 7.0]]), mg.tensor([[2, 0]]), dims=1)
    tensor([[7., 5.]])
    """
    if dims not in EXTENTS:
        raise ArgumentError(f"pool_take: dims is {dims!r}, where 1, 2 or 3 is wanted")
    if x.ndim != indices.ndim:
        raise ShapeError(f"pool_take: x {describe(x)} and indices {describe(indices)} differ in dimensions")
    batch, at = checked("pool_take", x, indices, x.shape[-dims:], x.shape[:-dims])
    y = xp.pool_take(batch, at)
    return y if x.ndim == dims + 2 else y[0]


def unpool_rule(g: Any, indices: Any, _lost: Any, size: Any) -> Any:
    """What was overwritten plays no part."""
    return masked_fill(pool_take(g, indices, len(size)), _lost, 0.0)


@op(unpool_rule, None, outputs="y _lost")
def max_unpool(xp: Any, x: Array, indices: Array, *, size: Any) -> tuple[Array, Array]:
    """Zeros with each element of x written at its index in its plane of extents `size`; of several the last stays.

    Args:
        indices: row W + column, as max_pool gives them.
        size: the extents of the planes, for each dim.
        window: the one by which max_pool found these indices; with it a GPU adds window by window, and sorts nothing.

    Shapes:
        x (N, C, OH, OW), indices (N, C, OH, OW), size (H, W) -> (N, C, H, W); 1 or 3 dims in the same way

    Raises:
        IndexingError: for an index outside of the plane.
        ShapeError: if `indices` is not of the shape of x.
        ArgumentError: if `size` is not made of 1 to 3 extents.
        DTypeError: if `indices` is not made of integers.

    >>> import minigrad as mg
    >>> max_unpool(mg.tensor([[5.0, 7.0]]), mg.tensor([[2, 0]]), size=(4,))
    tensor([[7., 0., 5., 0.]])
    """
    dims = dims_of("max_unpool", "size", size)
    name = f"max_unpool{dims}d"
    size = spread(name, "size", size, dims, 0)
    batch, at = checked(name, x, indices, size, x.shape)
    y, lost = xp.pool_set(batch, at, size)
    return (y, lost) if x.ndim == dims + 2 else (y[0], lost[0])


# ---- the mean -------------------------------------------------------------------------------------------------------
def mean_window(
    form: str, x: Array, kernel: Any, stride: Any, padding: Any, ceil_mode: bool, divisor: Any
) -> tuple[Window, int]:
    """The window of a mean, and its number of dims.

    Raises:
        DTypeError, ArgumentError: for what has no mean, or a divisor that is none.
    """
    dims = dims_of(form.format(""), "kernel_size", kernel)
    name = form.format(f"{dims}d")
    if not is_float(x.dtype):
        raise DTypeError(f"{name}: a mean of {x.dtype} is not {x.dtype}; convert x to a floating dtype")
    if divisor is not None and (isinstance(divisor, bool) or not isinstance(divisor, int | float)):
        raise DTypeError(f"{name}: divisor_override is {divisor!r}, where an integer is wanted")
    if divisor == 0:
        raise ArgumentError(f"{name}: divisor_override is 0; another integer is wanted, or None")
    return pool_window(name, kernel, stride, padding, ceil_mode=ceil_mode, dims=dims), dims


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
    return avg_pool_input(g, shape, *params)


@op(mean_rule)
def avg_pool(
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
        x (N, C, H, W), kernel_size (KH, KW) -> (N, C, OH, OW); 1 or 3 dims in the same way

    Raises:
        ShapeError: if x has other dimensions, or the window is larger than the padded x.
        ArgumentError: for extents below 1, a padding that is negative or more than half the kernel, a divisor of 0.
        DTypeError: for integers and bools, and for parameters that are not integers.

    >>> import minigrad as mg
    >>> mg.ops.avg_pool(mg.tensor([[1.0, 3.0, 2.0, 2.0]]), kernel_size=(2,))
    tensor([[2., 2.]])
    """
    window, dims = mean_window("avg_pool{}", x, kernel_size, stride, padding, ceil_mode, divisor_override)
    batch = images(window.name, "x", x, dims)
    check_seen(window, batch.shape[2:])
    y = xp.avg_pool(batch, window, count_include_pad, divisor_override)
    return y if x.ndim == dims + 2 else y[0]


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
    return avg_pool(g, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@op(share_rule)
def avg_pool_input(
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
    """The gradient of avg_pool's x, of shape `input_size`: each mean's share for each of its elements.

    Shapes:
        grad_output (N, C, OH, OW) -> (N, C, H, W); 1 or 3 dims in the same way

    Raises:
        ShapeError: if `grad_output` is not of the shape that avg_pool gives for `input_size`.
        ArgumentError, DTypeError: as avg_pool.
    """
    given = (kernel_size, stride, padding, ceil_mode, divisor_override)
    window, dims = mean_window("avg_pool{}_input", grad_output, *given)
    g, size = images(window.name, "grad_output", grad_output, dims), tuple(input_size[-dims:])
    wanted = (*input_size[:-dims], *window.extents(size))
    if grad_output.shape != wanted:
        raise ShapeError(
            f"{window.name}: grad_output is {grad_output.shape}; {wanted} is wanted, the shape of the output"
        )
    x = xp.avg_pool_input(g, size, window, count_include_pad, divisor_override)
    return x if grad_output.ndim == dims + 2 else x[0]
