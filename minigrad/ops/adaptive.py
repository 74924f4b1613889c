"""The largest element of windows that a wanted output size places: evenly, or by chance."""

from __future__ import annotations

from typing import Any

from ..core import Array, Shape, op
from ..dtypes import accumulator
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..window import Window, adaptive, cross, fractional, spread
from .conv import images
from .pool import dims_of, pool_put

__all__ = ["adaptive_max_pool", "fractional_max_pool"]


def max_rule(g_y: Any, indices: Any, shape: Shape, output_size: Any) -> Any:
    """The gradient goes where the largest element was."""
    return pool_put(g_y, indices, shape[-len(output_size) :])


def planes(name: str, x: Array, dims: int) -> Array:
    """x as a batch.

    Raises:
        ShapeError: if its planes have no elements.
        DTypeError: for bools.
    """
    batch = images(name, "x", x, dims)
    if 0 in batch.shape[2:]:
        raise ShapeError(f"{name}: x is {x.shape}; a plane without elements has no largest one")
    return batch


def nothing(xp: Any, batch: Array, size: Shape) -> tuple[Array, Array]:
    """The results where there are no planes, or no windows."""
    shape = (*batch.shape[:2], *size)
    return xp.zeros(shape, batch.dtype), xp.zeros(shape, "int64")


@op(max_rule, outputs="y indices")
def adaptive_max_pool(xp: Any, x: Array, *, output_size: Any) -> tuple[Array, Array]:
    """The largest elements of windows that cover x evenly, and where in its plane each is: row W + column (int64).

    Window o of OH reaches from the floor of o H / OH to the ceiling of (o + 1) H / OH. Of equals the first counts; a
    NaN is larger than all, and of several the last counts.

    Args:
        output_size: the number of windows in each dim.

    Shapes:
        x (N, C, H, W), output_size (OH, OW) -> (N, C, OH, OW), (N, C, OH, OW); 1 or 3 dims in the same way

    Raises:
        ShapeError: if x has other dimensions, or planes without elements.
        ArgumentError: for another number of extents than 1 to 3, or one below 0.
        DTypeError: for bools, and for extents that are not integers.

    >>> import minigrad as mg
    >>> mg.ops.adaptive_max_pool(mg.tensor([[1.0, 3.0, 2.0, 0.0, 5.0]]), output_size=(3,))
    (tensor([[3., 3., 5.]]), tensor([[1, 1, 4]]))
    """
    dims = dims_of("adaptive_max_pool", "output_size", output_size)
    name = f"adaptive_max_pool{dims}d"
    size = spread(name, "output_size", output_size, dims, 0)
    batch = planes(name, x, dims)
    pairs = [*zip(batch.shape[2:], size, strict=True)]
    if all(m and n % m == 0 for n, m in pairs):
        kernel = tuple(n // m for n, m in pairs)
        y, indices = xp.max_pool(batch, Window(name, kernel, kernel))
    elif not batch.size or 0 in size:
        y, indices = nothing(xp, batch, size)
    else:
        y, indices = xp.adaptive_max_pool(batch, [adaptive(n, m) for n, m in pairs])
    return (y, indices) if x.ndim == dims + 2 else (y[0], indices[0])


@op(max_rule, None, outputs="y indices")
def fractional_max_pool(
    xp: Any, x: Array, samples: Array, *, kernel_size: Any, output_size: Any
) -> tuple[Array, Array]:
    """The largest elements of windows that lie about H / OH apart, in a row that the samples choose, and their places.

    Args:
        samples: numbers in [0, 1), for each plane one for each dim.
        kernel_size: the extents of the windows.
        output_size: the number of windows in each dim.

    Shapes:
        x (N, C, H, W), samples (N, C, 2) -> (N, C, OH, OW), (N, C, OH, OW); 3 dims in the same way

    Raises:
        ShapeError: if x or samples have other dimensions, or the windows do not fit into x.
        ArgumentError: for another number of extents than 2 or 3, a kernel below 1, or an output_size below 0.
        DTypeError: if samples has another dtype than x, or for extents that are not integers.

    Source: Graham 2014, "Fractional max-pooling", section 2.
    """
    dims = dims_of("fractional_max_pool", "output_size", output_size)
    name = f"fractional_max_pool{dims}d"
    kernel = spread(name, "kernel_size", kernel_size, dims, 1)
    size = spread(name, "output_size", output_size, dims, 0)
    if dims == 1:
        raise ArgumentError(
            f"{name}: output_size is {output_size!r}, where an integer for 2 or 3 dims is wanted"
        )
    batch = planes(name, x, dims)
    if samples.dtype != x.dtype:
        raise DTypeError(f"{name}: samples is {samples.dtype} and x is {x.dtype}; give both the same dtype")
    if samples.shape != (*batch.shape[:2], dims):
        raise ShapeError(
            f"{name}: samples is {describe(samples)}; {(*batch.shape[:2], dims)} is wanted: of a plane one for each dim"
        )
    extents = batch.shape[2:]
    if any(m + k - 1 > n for n, m, k in zip(extents, size, kernel, strict=True)):
        raise ShapeError(
            f"{name}: {cross(size)} windows of {cross(kernel)} do not fit into {cross(extents)}; "
            "make them smaller or fewer"
        )
    if not bool(((samples >= 0) & (samples < 1)).all()):
        raise ArgumentError(f"{name}: samples has an element outside of [0, 1)")
    if not batch.size or 0 in size:
        y, indices = nothing(xp, batch, size)
    else:
        u = samples.astype(accumulator(x.dtype), copy=False)
        rows = zip(extents, kernel, size, strict=True)
        first = [fractional(xp, u[..., d], n, k, m) for d, (n, k, m) in enumerate(rows)]
        y, indices = xp.fractional_max_pool(batch, first, kernel)
    return (y, indices) if x.ndim == dims + 2 else (y[0], indices[0])
