"""Losses."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core import Tensor
from ..ops.index import raw_index


def cross_entropy(
    input: Tensor,
    target: Any,
    weight: Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """The negative log likelihood of targets under softmax(input): see `minigrad.ops.cross_entropy`.

    >>> import minigrad as mg
    >>> x = mg.tensor([[0.0, 0.0]], requires_grad=True)
    >>> cross_entropy(x, mg.tensor([1])).backward()
    >>> x.grad
    tensor([[ 0.5, -0.5]])
    """
    params: dict[str, Any] = {"ignore_index": ignore_index, "reduction": reduction}
    params["label_smoothing"] = label_smoothing
    target = target if isinstance(target, Tensor) else raw_index(target)
    if weight is None:
        return ops.cross_entropy(input, target, **params)  # type: ignore[no-any-return]
    return ops.cross_entropy(input, target, weight, **params)  # type: ignore[no-any-return]


def mse_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """The squared difference: see `minigrad.ops.mse_loss`."""
    return ops.mse_loss(input, target, reduction=reduction)  # type: ignore[no-any-return]


def l1_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """The absolute difference: see `minigrad.ops.l1_loss`."""
    return ops.l1_loss(input, target, reduction=reduction)  # type: ignore[no-any-return]


def huber_loss(input: Tensor, target: Tensor, *, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Half the squared difference up to `delta`, then a line: see `minigrad.ops.huber_loss`."""
    return ops.huber_loss(input, target, reduction=reduction, delta=delta)  # type: ignore[no-any-return]


def smooth_l1_loss(input: Tensor, target: Tensor, *, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """`huber_loss` divided by its delta, here called beta; with beta = 0 the absolute difference.

    Raises:
        ShapeError: if the shapes differ.
        ArgumentError: for another reduction, or beta < 0.
    """
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    return huber_loss(input, target, reduction=reduction, delta=beta) / beta  # type: ignore[no-any-return]
