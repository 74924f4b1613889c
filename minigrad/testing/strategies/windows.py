"""Whole convolutions and poolings: shapes and parameters that fit together."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ...errors import ArgumentError
from ...window import Window, pool_window
from .shapes import Shape, check_range

MORE = 4  # extents that fit are drawn from the smallest so many


class Conv2dConfig(NamedTuple):
    """A convolution: the shapes of its inputs, and its parameters.

    Attributes:
        x: (N, C, H, W), or (C, H, W) for one image.
        weight: (K, C / groups, KH, KW).
        bias: (K,), or None.
        params: stride, padding, dilation and groups.
    """

    x: Shape
    weight: Shape
    bias: Shape | None
    params: dict[str, Any]


class Pool2dConfig(NamedTuple):
    """A pooling: the shape of its input, and its parameters.

    Attributes:
        x: (N, C, H, W), or (C, H, W) for one image.
        params: all that the op takes.
    """

    x: Shape
    params: dict[str, Any]


def conv2d_configs(
    *, max_kernel: int = 3, max_groups: int = 3, min_batch: int = 0
) -> SearchStrategy[Conv2dConfig]:
    """Convolutions that are valid by PyTorch's rules, with an output that has at least one row and one column.

    Strides to 3, padding to 3 or "same" or "valid", dilations to 2, one to two channels in and out for each group;
    a batch of up to two images, which may be empty, or a single image without a batch.

    Args:
        max_kernel: how large kernels are.
        max_groups: how many groups there are.
        min_batch: with 1 there are no empty batches.

    Raises:
        ArgumentError: if max_kernel or max_groups is below 1, or min_batch above 2.

    >>> from hypothesis import find
    >>> find(conv2d_configs(), lambda c: c.params["groups"] > 1).weight
    (2, 1, 1, 1)
    """
    check_range("conv2d_configs", "batches", min_batch, 2)
    if max_kernel < 1 or max_groups < 1:
        raise ArgumentError(
            f"conv2d_configs: max_kernel is {max_kernel}, max_groups {max_groups}; 1 or more is wanted"
        )
    return drawn_conv(max_kernel, max_groups, min_batch)


def pool2d_configs(
    kind: str = "max", *, max_kernel: int = 3, min_batch: int = 0
) -> SearchStrategy[Pool2dConfig]:
    """Poolings that are valid by PyTorch's rules, each of whose windows sees at least one element.

    Strides to 3 or left out, padding up to half the kernel, ceil_mode; for "max" dilations to 3, for "avg"
    count_include_pad and divisor_override.

    Args:
        kind: "max" or "avg".
        max_kernel: how large kernels are.
        min_batch: with 1 there are no empty batches.

    Raises:
        ArgumentError: for another kind, a max_kernel below 1, or a min_batch above 2.

    >>> from hypothesis import find
    >>> find(pool2d_configs("avg"), lambda c: c.params["ceil_mode"]).x
    (1, 1, 1)
    """
    if kind not in ("max", "avg"):
        raise ArgumentError(f"pool2d_configs: kind is {kind!r}; 'max' or 'avg' is wanted")
    check_range("pool2d_configs", "batches", min_batch, 2)
    if max_kernel < 1:
        raise ArgumentError(f"pool2d_configs: max_kernel is {max_kernel}; 1 or more is wanted")
    return drawn_pool(kind, max_kernel, min_batch)


@st.composite
def drawn_conv(draw: DrawFn, max_kernel: int, max_groups: int, min_batch: int) -> Conv2dConfig:
    """The window first, then an x that it fits."""
    kernel = draw(st.tuples(*[st.integers(1, max_kernel)] * 2))
    padding = draw(one_or_two(0, 3) | st.sampled_from(["valid", "same"]))
    stride = draw(one_or_two(1, 1 if padding == "same" else 3))
    dilation, groups = draw(one_or_two(1, 2)), draw(st.integers(1, max_groups))
    window = Window("conv2d_configs", kernel, stride, padding, dilation)
    c, k = draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    size = [draw(fitting(window, dim)) for dim in range(2)]
    return Conv2dConfig(
        (*draw(batches(min_batch)), c * groups, *size),
        (k, c, *kernel),
        (k,) if draw(st.booleans()) else None,
        {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups},
    )


@st.composite
def drawn_pool(draw: DrawFn, kind: str, max_kernel: int, min_batch: int) -> Pool2dConfig:
    """The window first, then an x that it fits."""
    kernel: Any = draw(one_or_two(1, max_kernel))
    kh, kw = (kernel, kernel) if isinstance(kernel, int) else kernel
    padding = st.integers(0, min(kh, kw) // 2) | st.tuples(st.integers(0, kh // 2), st.integers(0, kw // 2))
    params: dict[str, Any] = {
        "kernel_size": kernel,
        "stride": draw(st.none() | one_or_two(1, 3)),
        "padding": draw(padding),
        "ceil_mode": draw(st.booleans()),
    }
    if kind == "max":
        params["dilation"] = draw(one_or_two(1, 3))
    else:
        params["count_include_pad"] = draw(st.booleans())
        params["divisor_override"] = draw(st.none() | st.integers(1, 5))
    names = ("stride", "padding", "dilation", "ceil_mode")
    window = pool_window("pool2d_configs", kernel, **{name: params[name] for name in names if name in params})
    # Padding is at most half the kernel: an extent of the dilation is enough for every window to see an element.
    size = [draw(fitting(window, dim, least=window.dilation[dim])) for dim in range(2)]
    return Pool2dConfig((*draw(batches(min_batch)), draw(st.integers(1, 2)), *size), params)


def one_or_two(low: int, high: int) -> SearchStrategy[Any]:
    """An integer, or a pair for height and width."""
    side = st.integers(low, high)
    return side | st.tuples(side, side)


def batches(least: int) -> SearchStrategy[Shape]:
    """No batch dim, or one."""
    return st.just(()) | st.sampled_from([(n,) for n in (1, 2, 0) if n >= least])


def fitting(window: Window, dim: int, least: int = 1) -> SearchStrategy[int]:
    """The smallest extents from `least` for which there is a window."""
    fits = [n for n in range(least, window.spans[dim] + MORE) if window.windows(dim, n) >= 1]
    return st.sampled_from(fits[:MORE])
