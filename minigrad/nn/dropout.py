"""Dropout, of elements and of whole channels."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..core import Tensor
from .arguments import share
from .module import Module

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class Thinning(Module):
    """What the layers share: p and inplace."""

    function: Any

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        self.p, self.inplace = share(type(self).__name__, "p", p), inplace

    def forward(self, input: Tensor) -> Tensor:
        """The input, thinned in training."""
        return type(self).function(input, self.p, self.training, self.inplace)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        """The arguments."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(Thinning):
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

    function = staticmethod(F.dropout)


class Dropout1d(Thinning):
    """`Dropout` of whole channels.

    Shapes:
        input (N, C, L) or (C, L) -> the same

    Source: Tompson et al. 2015, "Efficient object localization using convolutional networks", section 3.2.
    """

    function = staticmethod(F.dropout1d)


class Dropout2d(Thinning):
    """`Dropout` of whole channels.

    Shapes:
        input (N, C, H, W) or (N, C, L) -> the same
    """

    function = staticmethod(F.dropout2d)


class Dropout3d(Thinning):
    """`Dropout` of whole channels.

    Shapes:
        input (N, C, D, H, W) or (C, D, H, W) -> the same
    """

    function = staticmethod(F.dropout3d)


class AlphaDropout(Thinning):
    """Dropout for `SELU`: what is dropped becomes its least value, and mean and variance stay.

    Source: Klambauer et al. 2017, "Self-normalizing neural networks", section "New dropout technique".
    """

    function = staticmethod(F.alpha_dropout)


class FeatureAlphaDropout(Thinning):
    """`AlphaDropout` of whole channels.

    Shapes:
        input (N, C, ...) -> the same
    """

    function = staticmethod(F.feature_alpha_dropout)
