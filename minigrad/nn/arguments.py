"""Checks of what a layer is constructed with: each gives the value in its one form, or says what was wanted."""

from __future__ import annotations

import operator
from typing import Any

from ..errors import ArgumentError


def whole(layer: str, name: str, value: Any, least: int = 1) -> int:
    """An integer of at least `least`.

    Raises:
        ArgumentError: for anything else.
    """
    try:
        n = operator.index(value)
    except TypeError:
        n = least - 1
    if n < least or isinstance(value, bool):
        raise ArgumentError(f"{layer}: {name} is {value!r}, where an integer of at least {least} is wanted")
    return n


def share(layer: str, name: str, value: Any) -> float:
    """A number from 0 to 1.

    Raises:
        ArgumentError: for anything else.
    """
    if isinstance(value, bool) or not hasattr(value, "__float__") or not 0.0 <= value <= 1.0:
        raise ArgumentError(f"{layer}: {name} is {value!r}, where a number from 0 to 1 is wanted")
    return float(value)


def one_of(layer: str, name: str, value: Any, known: tuple[str, ...]) -> str:
    """One of several words.

    Raises:
        ArgumentError: for anything else.
    """
    if value not in known:
        raise ArgumentError(
            f"{layer}: {name} is {value!r}, where one of {', '.join(map(repr, known))} is wanted"
        )
    return str(value)
