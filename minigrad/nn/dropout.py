"""Dropout."""

from __future__ import annotations

from .. import functional as F
from ..core import Tensor
from .arguments import share
from .module import Module

__all__ = ["Dropout"]


class Dropout(Module):
    """In training, each element is zero with probability p, else divided by 1 - p; in evaluation, the input.

    Args:
        p: the probability.
        inplace: write over the input.

    Raises:
        ArgumentError: if p is outside of 0 to 1.

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".

    >>> import minigrad as mg
    >>> Dropout(0.9).eval()(mg.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        self.p, self.inplace = share("Dropout", "p", p), inplace

    def forward(self, input: Tensor) -> Tensor:
        """The input, thinned in training."""
        return F.dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"p={self.p}, inplace={self.inplace}"
