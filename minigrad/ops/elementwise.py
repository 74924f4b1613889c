"""Elementwise arithmetic and functions. Inputs broadcast; the engine sums gradients back."""

from __future__ import annotations

from typing import Any

from ..core import Array, op, same

__all__ = ["add", "cos", "div", "exp", "mul", "neg", "sin", "sub"]


@op(same, same)
def add(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise sum."""
    return xp.add(a, b)


@op(lambda g, b: g * b, lambda g, a: g * a)
def mul(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise product."""
    return xp.multiply(a, b)


@op(lambda g: -g)
def neg(xp: Any, x: Array) -> Array:
    """Elementwise negation."""
    return xp.negative(x)


@op(same, lambda g: -g)
def sub(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise difference."""
    return xp.subtract(a, b)


@op(lambda g, b: g / b, lambda g, b, y: -(g * y / b), floating=True)
def div(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise quotient."""
    return xp.true_divide(a, b)


@op(lambda g, y: g * y, floating=True)
def exp(xp: Any, x: Array) -> Array:
    """Elementwise exponential."""
    return xp.exp(x)


@op(lambda g, x: g * cos(x), floating=True)
def sin(xp: Any, x: Array) -> Array:
    """Elementwise sine of radians."""
    return xp.sin(x)


@op(lambda g, x: -(g * sin(x)), floating=True)
def cos(xp: Any, x: Array) -> Array:
    """Elementwise cosine of radians."""
    return xp.cos(x)
