"""Whole convolutions and poolings in 1, 2 and 3 dims: shapes and parameters that fit together."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ...errors import ArgumentError
from ...window import Window, pool_window
from .shapes import Shape, check_range

MORE = 4  # extents that fit are drawn from the smallest so many
KINDS = ("max", "avg", "lp")


class ConvConfig(NamedTuple):
    """A convolution: the shapes of its inputs, and its parameters; here with H, W for one to three spatial extents.

    Attributes:
        x: (N, C, H, W), or (C, H, W) for one image.
        weight: (K, C / groups, KH, KW); of a transposed one (C, K / groups, KH, KW).
        bias: (K,), or None.
        params: stride, padding, dilation and groups; of a transposed one also output_padding.
    """

    x: Shape
    weight: Shape
    bias: Shape | None
    params: dict[str, Any]


class PoolConfig(NamedTuple):
    """A pooling: the shape of its input, and its parameters; here with H, W for one to three spatial extents.

    Attributes:
        x: (N, C, H, W), or (C, H, W) for one image.
        params: all that the function takes.
    """

    x: Shape
    params: dict[str, Any]


def conv_configs(
    dims: int = 2, *, transposed: bool = False, max_kernel: int = 3, max_groups: int = 3, min_batch: int = 0
) -> SearchStrategy[ConvConfig]:
    """Convolutions that are valid by PyTorch's rules, with an output of at least one element in each dim.

    Strides to 3, padding to 3 or "same" or "valid", dilations to 2, one to two channels in and out for each group;
    a batch of up to two images, which may be empty, or a single image without a batch. Transposed ones have an
    output_padding below the stride in the place of "same" and "valid".

    Args:
        dims: how many spatial dims there are, 1 to 3.
        transposed: whether they are for conv_transpose1d, 2d and 3d.
        max_kernel: how large kernels are.
        max_groups: how many groups there are.
        min_batch: with 1 there are no empty batches.

    Raises:
        ArgumentError: for other dims, if max_kernel or max_groups is below 1, or min_batch above 2.

    >>> from hypothesis import find
    >>> find(conv_configs(), lambda c: c.params["groups"] > 1).weight
    (2, 1, 1, 1)
    >>> find(conv_configs(1, transposed=True), lambda c: c.params["output_padding"] == 1).params["stride"]
    2
    """
    check_dims("conv_configs", dims)
    check_range("conv_configs", "batches", min_batch, 2)
    if max_kernel < 1 or max_groups < 1:
        raise ArgumentError(
            f"conv_configs: max_kernel is {max_kernel}, max_groups {max_groups}; 1 or more is wanted"
        )
    draw = drawn_transposed if transposed else drawn_conv
    return draw(dims, max_kernel, max_groups, min_batch)


def pool_configs(
    kind: str = "max", dims: int = 2, *, max_kernel: int = 3, min_batch: int = 0
) -> SearchStrategy[PoolConfig]:
    """Poolings that are valid by PyTorch's rules, each of whose windows sees at least one element.

    Strides to 3 or left out, padding up to half the kernel, ceil_mode; for "max" dilations to 3, for "avg"
    count_include_pad and, from two dims on, divisor_override; for "lp" a norm_type of 1, 2 or 3, and no padding.

    Args:
        kind: "max", "avg" or "lp".
        dims: how many spatial dims there are, 1 to 3.
        max_kernel: how large kernels are.
        min_batch: with 1 there are no empty batches.

    Raises:
        ArgumentError: for another kind or other dims, a max_kernel below 1, or a min_batch above 2.

    >>> from hypothesis import find
    >>> find(pool_configs("avg"), lambda c: c.params["ceil_mode"]).x
    (1, 1, 1)
    """
    if kind not in KINDS:
        raise ArgumentError(f"pool_configs: kind is {kind!r}; 'max', 'avg' or 'lp' is wanted")
    check_dims("pool_configs", dims)
    check_range("pool_configs", "batches", min_batch, 2)
    if max_kernel < 1:
        raise ArgumentError(f"pool_configs: max_kernel is {max_kernel}; 1 or more is wanted")
    return drawn_pool(kind, dims, max_kernel, min_batch)


def check_dims(name: str, dims: int) -> None:
    """Refuse other numbers of spatial dims than 1 to 3."""
    if dims not in (1, 2, 3):
        raise ArgumentError(f"{name}: dims is {dims!r}; 1, 2 or 3 is wanted")


@st.composite
def drawn_conv(draw: DrawFn, dims: int, max_kernel: int, max_groups: int, min_batch: int) -> ConvConfig:
    """The window first, then an x that it fits."""
    kernel = draw(st.tuples(*[st.integers(1, max_kernel)] * dims))
    padding = draw(one_or_each(dims, 0, 3) | st.sampled_from(["valid", "same"]))
    stride = draw(one_or_each(dims, 1, 1 if padding == "same" else 3))
    dilation, groups = draw(one_or_each(dims, 1, 2)), draw(st.integers(1, max_groups))
    window = Window("conv_configs", kernel, stride, padding, dilation)
    c, k = draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    size = [draw(fitting(window, dim)) for dim in range(dims)]
    return ConvConfig(
        (*draw(batches(min_batch)), c * groups, *size),
        (k, c, *kernel),
        (k,) if draw(st.booleans()) else None,
        {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups},
    )


@st.composite
def drawn_transposed(draw: DrawFn, dims: int, max_kernel: int, max_groups: int, min_batch: int) -> ConvConfig:
    """The window first, then an x that leaves an output."""
    kernel = draw(st.tuples(*[st.integers(1, max_kernel)] * dims))
    padding, stride = draw(one_or_each(dims, 0, 2)), draw(one_or_each(dims, 1, 3))
    dilation, groups = draw(one_or_each(dims, 1, 2)), draw(st.integers(1, max_groups))
    window = Window("conv_configs", kernel, stride, padding, dilation)
    more = draw(st.just(0) | st.tuples(*[st.integers(0, s - 1) for s in window.stride]))
    if dims == 1 and isinstance(more, tuple) and draw(st.booleans()):
        more = more[0]
    least = [next(n for n in range(1, 9) if window.smallest((n,) * dims)[d] >= 1) for d in range(dims)]
    c, k = groups * draw(st.integers(1, 2)), draw(st.integers(1, 2))
    size = [n + draw(st.integers(0, MORE - 2)) for n in least]
    return ConvConfig(
        (*draw(batches(min_batch)), c, *size),
        (c, k, *kernel),
        (k * groups,) if draw(st.booleans()) else None,
        {
            "stride": stride,
            "padding": padding,
            "output_padding": more,
            "groups": groups,
            "dilation": dilation,
        },
    )


@st.composite
def drawn_pool(draw: DrawFn, kind: str, dims: int, max_kernel: int, min_batch: int) -> PoolConfig:
    """The window first, then an x that it fits."""
    kernel: Any = draw(one_or_each(dims, 1, max_kernel))
    spatial = (kernel,) * dims if isinstance(kernel, int) else kernel
    params: dict[str, Any] = {
        "kernel_size": kernel,
        "stride": draw(st.none() | one_or_each(dims, 1, 3)),
        "ceil_mode": draw(st.booleans()),
    }
    if kind == "lp":
        params["norm_type"] = draw(st.sampled_from([2, 1, 3]))
    else:
        each = st.tuples(*[st.integers(0, k // 2) for k in spatial])
        params["padding"] = draw(st.integers(0, min(spatial) // 2) | each)
    if kind == "max":
        params["dilation"] = draw(one_or_each(dims, 1, 3))
    if kind == "avg":
        params["count_include_pad"] = draw(st.booleans())
        if dims > 1:
            params["divisor_override"] = draw(st.none() | st.integers(1, 5))
    names = ("stride", "dilation", "ceil_mode")
    known = {"padding": 0} | {name: params[name] for name in ("padding", *names) if name in params}
    window = pool_window("pool_configs", kernel, dims=dims, **known)
    # Padding is at most half the kernel: an extent of the dilation is enough for every window to see an element.
    size = [draw(fitting(window, dim, least=window.dilation[dim])) for dim in range(dims)]
    return PoolConfig((*draw(batches(min_batch)), draw(st.integers(1, 2)), *size), params)


def one_or_each(dims: int, low: int, high: int) -> SearchStrategy[Any]:
    """An integer, or one for each dim."""
    side = st.integers(low, high)
    return side | st.tuples(*[side] * dims)


def batches(least: int) -> SearchStrategy[Shape]:
    """No batch dim, or one."""
    return st.just(()) | st.sampled_from([(n,) for n in (1, 2, 0) if n >= least])


def fitting(window: Window, dim: int, least: int = 1) -> SearchStrategy[int]:
    """The smallest extents from `least` for which there is a window."""
    fits = [n for n in range(least, window.spans[dim] + MORE) if window.windows(dim, n) >= 1]
    return st.sampled_from(fits[:MORE])
