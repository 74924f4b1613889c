"""Losses."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core import Tensor
from ..errors import DTypeError, ShapeError, describe, no_tensor
from ..ops.index import raw_index
from ..ops.loss import checked, finish


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


def weighed(
    name: str,
    input: Tensor,
    target: Tensor,
    weight: Any,
    reduction: str,
    by_weights: bool = True,
    **params: Any,
) -> Tensor:
    """The op of that name, times a weight for each element; its mean is that of the weights too, if `by_weights`.

    Raises:
        DTypeError, ShapeError: if weight is no tensor of the shape of input.
        ArgumentError: for another reduction.
    """
    op = getattr(ops, name)
    if weight is None:
        return op(input, target, reduction=reduction, **params)  # type: ignore[no-any-return]
    checked(name, reduction)
    if not isinstance(weight, Tensor):
        raise DTypeError(f"{name}: weight is {no_tensor(weight)}")
    if weight.shape != input.shape:
        raise ShapeError(f"{name}: weight {describe(weight)} and input {describe(input)} differ in shape")
    loss = op(input, target, reduction="none", **params) * weight
    return finish(loss, reduction, weight if by_weights else None)  # type: ignore[no-any-return]


def mse_loss(
    input: Tensor, target: Tensor, *, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    """The squared difference: see `minigrad.ops.mse_loss`.

    Args:
        weight: a factor for each element, by whose sum a mean divides.
    """
    return weighed("mse_loss", input, target, weight, reduction)


def l1_loss(
    input: Tensor, target: Tensor, *, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    """The absolute difference: see `minigrad.ops.l1_loss`.

    Args:
        weight: a factor for each element, by whose sum a mean divides.
    """
    return weighed("l1_loss", input, target, weight, reduction)


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """Half the squared difference up to `delta`, then a line: see `minigrad.ops.huber_loss`.

    Args:
        weight: a factor for each element; a mean divides by the number of elements, as in PyTorch.
    """
    return weighed("huber_loss", input, target, weight, reduction, by_weights=False, delta=delta)


def smooth_l1_loss(input: Tensor, target: Tensor, *, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """`huber_loss` divided by its delta, here called beta; with beta = 0 the absolute difference.

    Raises:
        ShapeError: if the shapes differ.
        ArgumentError: for another reduction, or beta < 0.
    """
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    return huber_loss(input, target, reduction=reduction, delta=beta) / beta  # type: ignore[no-any-return]
