"""Fully connected layers."""

from __future__ import annotations

import math
from typing import Any

from .. import functional as F
from ..core import Tensor
from ..creation import empty
from . import init
from .arguments import whole
from .module import Module, Parameter

__all__ = ["Identity", "Linear"]


class Identity(Module):
    """Gives its input back; takes the place of a layer that is to be left out, and any arguments of it."""

    def __init__(self, *args: Any, **params: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        """input."""
        return input


class Linear(Module):
    """input weight^T + bias.

    Both are drawn evenly from -1/sqrt(in_features) to 1/sqrt(in_features).

    Args:
        in_features, out_features: the extents of the last dim before and after.
        bias: whether there is one.
        device: "cpu" by default.
        dtype: default: the default floating dtype.

    Shapes:
        input (..., in_features) -> (..., out_features); weight (out_features, in_features), bias (out_features,)

    Raises:
        ArgumentError: if a number of features is not an integer of at least 1.

    >>> import minigrad as mg
    >>> layer = Linear(20, 30)
    >>> layer
    Linear(in_features=20, out_features=30, bias=True)
    >>> layer(mg.zeros(128, 20)).shape
    (128, 30)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.in_features = whole("Linear", "in_features", in_features)
        self.out_features = whole("Linear", "out_features", out_features)
        self.weight = Parameter(empty(self.out_features, self.in_features, dtype=dtype, device=device))
        self.bias = Parameter(empty(self.out_features, dtype=dtype, device=device)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new initial values."""
        reset(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """input weight^T + bias."""
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The arguments."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
        )


def reset(weight: Tensor, bias: Tensor | None) -> None:
    """Draw weights, then biases, evenly from -1/sqrt(fan_in) to 1/sqrt(fan_in)."""
    init.kaiming_uniform_(weight, a=math.sqrt(5.0))
    if bias is not None:
        bound = 1.0 / math.sqrt(init.fans(weight)[0])
        init.uniform_(bias, -bound, bound)
