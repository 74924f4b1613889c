"""Comparisons and logic: bool results, through which no gradient flows. Inputs broadcast and promote."""

from __future__ import annotations

from typing import Any

from ..core import Array, op


@op(promotes="a b")
def eq(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise a == b."""
    return xp.equal(a, b)


@op(promotes="a b")
def ne(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise a != b."""
    return xp.not_equal(a, b)


@op(promotes="a b")
def lt(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise a < b."""
    return xp.less(a, b)


@op(promotes="a b")
def le(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise a <= b."""
    return xp.less_equal(a, b)


@op(promotes="a b")
def gt(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise a > b."""
    return xp.greater(a, b)


@op(promotes="a b")
def ge(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise a >= b."""
    return xp.greater_equal(a, b)
