"""Layers that only rearrange."""

from __future__ import annotations

from .. import ops
from ..core import Tensor
from .module import Module

__all__ = ["Flatten"]


class Flatten(Module):
    """The dims from start_dim to end_dim as one.

    Shapes:
        input (N, C, H, W) -> (N, C H W), with the default arguments

    >>> import minigrad as mg
    >>> Flatten()(mg.zeros(2, 3, 4, 5)).shape
    (2, 60)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        """input with some of its dims as one."""
        return ops.flatten(input, start_dim=self.start_dim, end_dim=self.end_dim)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        """The arguments."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
