"""Pooling."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core import Tensor


def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window, and its place if `return_indices`: see `minigrad.ops.max_pool2d`.

    >>> import minigrad as mg
    >>> max_pool2d(mg.tensor([[[1.0, 3.0, 2.0, 2.0]]]), (1, 2))
    tensor([[[3., 2.]]])
    """
    params = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    y, indices = ops.max_pool2d(input, kernel_size=kernel_size, **params)
    return (y, indices) if return_indices else y


def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window: see `minigrad.ops.avg_pool2d`."""
    params = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    return ops.avg_pool2d(  # type: ignore[no-any-return]
        input, **params, count_include_pad=count_include_pad, divisor_override=divisor_override
    )
