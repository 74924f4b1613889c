"""Arithmetic and comparison in PyTorch's signatures."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core import Tensor
from ..errors import ArgumentError

__all__ = ["allclose", "div", "equal"]
METHODS = ("allclose", "div", "equal")
IN_PLACE = ("div",)


def div(a: Any, b: Any, *, rounding_mode: str | None = None) -> Any:
    """Elementwise quotient.

    Args:
        rounding_mode: None divides; "floor" rounds the quotient down and "trunc" towards zero, and with these
            integers stay integers.

    Raises:
        ArgumentError: for another mode, and for an integer divided by zero in one of these.

    >>> import minigrad as mg
    >>> mg.div(mg.tensor([7, -7]), 2, rounding_mode="trunc")
    tensor([ 3, -3])
    """
    if rounding_mode is None:
        return ops.div(a, b)
    if rounding_mode == "floor":
        return ops.floor_divide(a, b)
    if rounding_mode == "trunc":
        return ops.trunc_divide(a, b)
    raise ArgumentError(f"div: rounding_mode is {rounding_mode!r}, where None, 'floor' or 'trunc' is wanted")


def allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether |a - b| <= atol + rtol |b| everywhere.

    >>> import minigrad as mg
    >>> mg.allclose(mg.tensor([1.0, 2.0]), mg.tensor([1.000001, 2.0]))
    True
    """
    return bool(ops.all(ops.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)))


def equal(a: Tensor, b: Tensor) -> bool:
    """Whether a and b have the same shape and the same values; NaN equals nothing.

    >>> import minigrad as mg
    >>> mg.equal(mg.tensor([1, 2]), mg.tensor([1, 2]))
    True
    """
    return a.shape == b.shape and bool(ops.all(ops.eq(a, b)))
