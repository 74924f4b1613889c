"""Activations: elementwise functions between layers, and softmax."""

from __future__ import annotations

from .. import functional as F
from .. import ops
from ..core import Tensor
from .module import Module

__all__ = ["LeakyReLU", "ReLU", "Sigmoid", "Softmax", "Tanh"]


class ReLU(Module):
    """input where it is above 0, else 0.

    Args:
        inplace: write over the input.

    >>> import minigrad as mg
    >>> ReLU()(mg.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """max(input, 0)."""
        return F.relu(input, self.inplace)

    def extra_repr(self) -> str:
        """The arguments that are not at their default."""
        return "inplace=True" if self.inplace else ""


class LeakyReLU(Module):
    """input where it is above 0, else input * negative_slope.

    Args:
        inplace: write over the input.

    >>> import minigrad as mg
    >>> LeakyReLU(0.5)(mg.tensor([-1.0, 2.0]))
    tensor([-0.5,  2. ])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Tensor) -> Tensor:
        """max(input, 0) + negative_slope * min(input, 0)."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        """The arguments that are not at their default."""
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, input: Tensor) -> Tensor:
        """tanh(input)."""
        return ops.tanh(input)  # type: ignore[no-any-return]


class Sigmoid(Module):
    """1 / (1 + exp(-input))."""

    def forward(self, input: Tensor) -> Tensor:
        """1 / (1 + exp(-input))."""
        return ops.sigmoid(input)  # type: ignore[no-any-return]


class Softmax(Module):
    """exp(input) divided by its sum along dim.

    Args:
        dim: required; None is an error of forward.

    >>> import minigrad as mg
    >>> Softmax(dim=1)(mg.tensor([[0.0, 0.0]]))
    tensor([[0.5, 0.5]])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """exp(input) / sum of exp(input) along dim."""
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"dim={self.dim}"
