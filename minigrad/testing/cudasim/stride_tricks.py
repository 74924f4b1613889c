"""`cupy.lib.stride_tricks`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import plain, wrapped


def as_strided(x: Any, shape: Any = None, strides: Any = None) -> Any:
    """A view with other extents and steps; nothing is checked."""
    return wrapped(np.lib.stride_tricks.as_strided(plain(x), shape, strides))


def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    """All windows of a shape, as a view."""
    return wrapped(np.lib.stride_tricks.sliding_window_view(plain(x), window_shape, axis, writeable=True))
