"""Linear maps, dropout, padding and classes as vectors."""

from __future__ import annotations

from collections.abc import Sequence

from .. import ops, random
from ..core import Tensor
from ..errors import ArgumentError
from .activation import apply


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input weight^T + bias: see `minigrad.ops.linear`."""
    return ops.linear(input, weight) if bias is None else ops.linear(input, weight, bias)  # type: ignore[no-any-return]


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, each element is zero with probability p, else divided by 1 - p; draws from `minigrad.random`.

    Raises:
        ArgumentError: if p is outside of 0 to 1.
    """
    if not 0.0 <= p <= 1.0:
        raise ArgumentError(f"dropout: p is {p}, and a probability lies between 0 and 1")
    if not training or p == 0.0:
        return input
    key = random.default_generator.next_key(input.data.size)
    return apply(ops.dropout, input, inplace, key=key, p=p)


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """input with its last dims lengthened: see `minigrad.ops.pad`.

    Raises:
        ArgumentError: for a value in another mode than "constant".
    """
    if value and mode != "constant":
        raise ArgumentError(f"pad: value goes with mode 'constant', and mode is {mode!r}")
    return ops.pad(input, pad=tuple(pad), mode=mode, value=value or 0.0)  # type: ignore[no-any-return]


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """1 at the class that each element names, else 0, along a new last dim: see `minigrad.ops.one_hot`."""
    return ops.one_hot(tensor, num_classes=num_classes)  # type: ignore[no-any-return]
