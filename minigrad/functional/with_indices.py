"""Maxima of pooling with where they stood, under PyTorch's names for the pair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import adaptive, pool


def always(fn: Callable[..., Any], name: str) -> Callable[..., Any]:
    """fn with return_indices=True; the argument itself is taken and of no effect, as in PyTorch."""

    def call(input: Any, *args: Any, return_indices: bool = True, **params: Any) -> Any:
        return fn(input, *args, return_indices=True, **params)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`{fn.__name__}` with return_indices=True: (maxima, places)."
    return call


max_pool1d_with_indices = always(pool.max_pool1d, "max_pool1d_with_indices")
max_pool2d_with_indices = always(pool.max_pool2d, "max_pool2d_with_indices")
max_pool3d_with_indices = always(pool.max_pool3d, "max_pool3d_with_indices")
adaptive_max_pool1d_with_indices = always(adaptive.adaptive_max_pool1d, "adaptive_max_pool1d_with_indices")
adaptive_max_pool2d_with_indices = always(adaptive.adaptive_max_pool2d, "adaptive_max_pool2d_with_indices")
adaptive_max_pool3d_with_indices = always(adaptive.adaptive_max_pool3d, "adaptive_max_pool3d_with_indices")
fractional_max_pool2d_with_indices = always(
    adaptive.fractional_max_pool2d, "fractional_max_pool2d_with_indices"
)
fractional_max_pool3d_with_indices = always(
    adaptive.fractional_max_pool3d, "fractional_max_pool3d_with_indices"
)
