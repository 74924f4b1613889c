"""Ops that draw random numbers: each takes a key, so the same call gives the same numbers again."""

from __future__ import annotations

from typing import Any

from ..core import Array, op
from ..dtypes import is_float
from ..errors import ArgumentError, DTypeError, describe

__all__ = ["dropout"]


@op(lambda g, key, p: dropout(g, key=key, p=p))  # linear in x, and the key makes the mask again
def dropout(xp: Any, x: Array, *, key: tuple[int, int], p: float = 0.5) -> Array:
    """Each element is zero with probability p, else divided by 1 - p, so that the mean stays.

    Args:
        key: where in the random stream the mask begins: `generator.next_key(x.size)`.
        p: the probability, from 0 (nothing is dropped) to 1 (all is).

    Shapes:
        x (any) -> the same

    Raises:
        ArgumentError: if p is outside 0 to 1.
        DTypeError: if x is not floating.

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".

    >>> import minigrad as mg
    >>> dropout(mg.tensor([1.0] * 6), key=(7, 0), p=0.5)
    tensor([2., 2., 0., 0., 0., 2.])
    """
    if not 0.0 <= p <= 1.0:
        raise ArgumentError(f"dropout: p is {p}, and a probability lies between 0 and 1")
    if not is_float(x.dtype):
        raise DTypeError(f"dropout: x is {describe(x)}, where a floating tensor is wanted")
    return xp.dropout(x, key, p, 1.0 / (1.0 - p) if p < 1.0 else 1.0)
