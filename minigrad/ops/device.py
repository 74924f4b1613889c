"""Moving between devices."""

from __future__ import annotations

from typing import Any

from ..backend import to_device
from ..core import Array, op
from ..errors import DeviceError, name_in

__all__ = ["transfer"]


@op(lambda g, device, origin: transfer(g, device=origin, origin=device))
def transfer(xp: Any, x: Array, *, device: str, origin: str) -> Array:
    """x on another device; its gradient goes back to `origin`, where x is.

    Raises:
        DeviceError: for a device that is not there.
    """
    try:
        y = to_device(x, device)
    except DeviceError as error:
        name_in(error, "transfer")
        raise
    return x.copy() if y is x else y
