"""Moving between devices."""

from __future__ import annotations

from typing import Any

from ..backend import to_device
from ..core import Array, op

__all__ = ["transfer"]


@op(lambda g, device, origin: transfer(g, device=origin, origin=device))
def transfer(xp: Any, x: Array, *, device: str, origin: str) -> Array:
    """x on another device; its gradient goes back to `origin`, where x is.

    Raises:
        DeviceError: for a device that is not there.
    """
    return to_device(x, device)
