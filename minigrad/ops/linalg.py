"""Matrix products."""

from __future__ import annotations

from typing import Any

from ..core import Array, op


@op(lambda g: mT(g))
def mT(xp: Any, x: Array) -> Array:
    """The last two axes exchanged, as a view."""
    return xp.swapaxes(x, -1, -2)


@op(lambda g, b: matmul(g, mT(b)), lambda g, a: matmul(mT(a), g))
def matmul(xp: Any, a: Array, b: Array) -> Array:
    """Matrix product over the last two axes; the others broadcast."""
    return xp.matmul(a, b)
