"""Losses: what training makes small."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..core import Tensor
from .arguments import one_of, share
from .module import Module

__all__ = ["CrossEntropyLoss", "L1Loss", "MSELoss"]

REDUCTIONS = ("mean", "sum", "none")


class CrossEntropyLoss(Module):
    """The negative log likelihood of targets under softmax(input).

    Args:
        weight: a factor for each class; a buffer.
        ignore_index: a class index that counts for nothing.
        reduction: "mean" (over what is not ignored, by weight), "sum" or "none".
        label_smoothing: the share of each target that goes to all classes evenly.

    Shapes:
        input (N, C) or (N, C, ...), target (N) or (N, ...) of class indices, or probabilities like input -> ()

    Raises:
        ArgumentError: for another reduction, or label_smoothing outside of 0 to 1.

    >>> import minigrad as mg
    >>> round(CrossEntropyLoss()(mg.zeros(3, 4), mg.tensor([0, 1, 3])).item(), 4)  # log 4
    1.3863
    """

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.reduction = one_of("CrossEntropyLoss", "reduction", reduction, REDUCTIONS)
        self.label_smoothing = share("CrossEntropyLoss", "label_smoothing", label_smoothing)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """The loss of scores against class indices or probabilities."""
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class MSELoss(Module):
    """The squared difference.

    Args:
        reduction: "mean", "sum" or "none".

    Raises:
        ArgumentError: for another reduction.

    >>> import minigrad as mg
    >>> MSELoss()(mg.tensor([1.0, 5.0]), mg.tensor([1.0, 3.0]))
    tensor(2.)
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = one_of("MSELoss", "reduction", reduction, REDUCTIONS)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(input - target)^2."""
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(Module):
    """The absolute difference.

    Args:
        reduction: "mean", "sum" or "none".

    Raises:
        ArgumentError: for another reduction.

    >>> import minigrad as mg
    >>> L1Loss()(mg.tensor([1.0, 5.0]), mg.tensor([1.0, 3.0]))
    tensor(1.)
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = one_of("L1Loss", "reduction", reduction, REDUCTIONS)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """|input - target|."""
        return F.l1_loss(input, target, reduction=self.reduction)
