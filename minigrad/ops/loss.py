"""Losses that compare numbers; each is reduced to its mean, its sum, or not at all."""

from __future__ import annotations

from math import prod
from typing import Any

from ..core import Array, op, sum_to
from ..dtypes import accumulator, finfo
from ..errors import ArgumentError, ShapeError, describe
from .activation import hardtanh, logsigmoid
from .elementwise import clamp, wide
from .functions import log, log1p
from .reduce import mean, shared

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits", "huber_loss", "l1_loss", "mse_loss"]


# ---- what losses share ----------------------------------------------------------------------------------------------
def checked(name: str, reduction: str) -> None:
    """Refuse another reduction."""
    if reduction not in ("none", "mean", "sum"):
        raise ArgumentError(f"{name}: reduction is {reduction!r}, where 'none', 'mean' or 'sum' is wanted")


def alike(name: str, input: Any, target: Any) -> None:
    """Refuse shapes that differ: broadcasting (N, 1) with (N,) is a common mistake."""
    if input.shape != target.shape:
        raise ShapeError(f"{name}: input {describe(input)} and target {describe(target)} differ in shape")


def reduced(xp: Any, y: Array, reduction: str, dtype: Any) -> Array:
    """The mean, the sum, or all of y."""
    count = y.size
    if reduction != "none":
        y = xp.total(y, None, y.dtype)
        if reduction == "mean":
            with xp.errstate(all="ignore"):  # the mean of nothing is nan, as in PyTorch
                y = xp.divide(y, count)
    return y if y.dtype == dtype else y.astype(dtype)


def share(g: Any, reduction: str, count: int) -> Any:
    """The gradient of each element's loss."""
    return shared(g, max(count, 1)) if reduction == "mean" else g


def finish(loss: Any, reduction: str, each: Any) -> Any:
    """`reduced`, on Tensors; the mean is weighted by `each` if that is not None."""
    if reduction == "none":
        return loss
    if reduction == "sum":
        return sum_to(loss, shape=())
    return mean(loss) if each is None else mean(loss) / mean(each)


# ---- losses ---------------------------------------------------------------------------------------------------------
LEAST = -100.0  # where PyTorch cuts a logarithm off


def pull_probability(g: Any, input: Any, target: Any) -> Any:
    """Steep at 0 and 1, though the loss is cut off there: that a certain and wrong answer is changed matters more."""
    least = max(1e-12, float(finfo(input.dtype).tiny))
    return g * ((input - target) / clamp((1.0 - input) * input, least))


def pull_odds(g: Any, input: Any) -> Any:
    """How the loss changes with the target."""
    return g * (clamp(log1p(-input), LEAST) - clamp(log(input), LEAST))


@op(pull_probability, pull_odds)
def binary_cross_entropy(xp: Any, input: Array, target: Array) -> Array:
    """-target log(input) - (1 - target) log(1 - input), elementwise, whose logarithms end at -100.

    Raises:
        ShapeError: for shapes that differ.

    >>> import minigrad as mg
    >>> binary_cross_entropy(mg.tensor([0.5, 0.0]), mg.tensor([1.0, 1.0]))
    tensor([  0.6931, 100.    ])
    """
    alike("binary_cross_entropy", input, target)
    p, t = wide(input), wide(target)
    with xp.errstate(divide="ignore"):  # at 0 and 1, where the logarithm ends
        y = (t - 1.0) * xp.maximum(xp.log1p(-p), LEAST) - t * xp.maximum(xp.log(p), LEAST)
    return xp.asarray(y).astype(input.dtype, copy=False)


def pull_squares(g: Any, input: Any, target: Any, reduction: str) -> Any:
    """The gradient of input in the squared error."""
    return (input - target) * (share(g, reduction, prod(input.shape)) * 2)


def negated(rule: Any) -> Any:
    """The rule of target, where the loss knows only input - target."""
    return lambda g, input, target, reduction: -rule(g, input, target, reduction)


@op(pull_squares, negated(pull_squares), floating=True)
def mse_loss(xp: Any, input: Array, target: Array, *, reduction: str = "mean") -> Array:
    """The squared difference.

    Args:
        reduction: "mean", "sum" or "none".

    Shapes:
        input and target alike -> (), or theirs with reduction "none"

    Raises:
        ShapeError: if the shapes differ.
        ArgumentError: for another reduction.
    """
    checked("mse_loss", reduction)
    alike("mse_loss", input, target)
    d = (input - target).astype(accumulator(input.dtype), copy=False)
    return reduced(xp, d * d, reduction, input.dtype)


def pull_distance(g: Any, input: Any, target: Any, reduction: str) -> Any:
    """The gradient of input in the absolute error: 0 where there is none."""
    g = share(g, reduction, prod(input.shape))
    return g * (input > target) - g * (input < target)


@op(pull_distance, negated(pull_distance), floating=True)
def l1_loss(xp: Any, input: Array, target: Array, *, reduction: str = "mean") -> Array:
    """The absolute difference.

    Args:
        reduction: "mean", "sum" or "none".

    Shapes:
        input and target alike -> (), or theirs with reduction "none"

    Raises:
        ShapeError: if the shapes differ.
        ArgumentError: for another reduction.
    """
    checked("l1_loss", reduction)
    alike("l1_loss", input, target)
    d = xp.abs((input - target).astype(accumulator(input.dtype), copy=False))
    return reduced(xp, d, reduction, input.dtype)


def pull_huber(g: Any, input: Any, target: Any, reduction: str, delta: float) -> Any:
    """The gradient of input in the Huber loss."""
    clipped = hardtanh(input - target, min_val=-delta, max_val=delta)
    return clipped * share(g, reduction, prod(input.shape))


@op(
    pull_huber,
    lambda g, input, target, reduction, delta: -pull_huber(g, input, target, reduction, delta),
    floating=True,
)
def huber_loss(xp: Any, input: Array, target: Array, *, reduction: str = "mean", delta: float = 1.0) -> Array:
    """Half the squared difference up to `delta`, from there on a line of the same slope.

    Args:
        reduction: "mean", "sum" or "none".
        delta: where the line begins, above 0.

    Shapes:
        input and target alike -> (), or theirs with reduction "none"

    Raises:
        ShapeError: if the shapes differ.
        ArgumentError: for another reduction, or delta <= 0.

    Source: Huber 1964, "Robust estimation of a location parameter".
    """
    checked("huber_loss", reduction)
    alike("huber_loss", input, target)
    if not delta > 0:
        raise ArgumentError(f"huber_loss: delta is {delta}, where a number above 0 is wanted")
    d = xp.abs((input - target).astype(accumulator(input.dtype), copy=False))
    return reduced(xp, xp.where(d <= delta, d * d * 0.5, delta * (d - 0.5 * delta)), reduction, input.dtype)


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    """The negative log likelihood of `target` under the probability sigmoid(input).

    Args:
        input: logits.
        target: probabilities, of the shape of input.
        weight: a factor for each element's loss; broadcasts with input.
        reduction: "mean", "sum" or "none".
        pos_weight: a factor for the positive part; broadcasts with input.

    Shapes:
        input and target alike -> (), or theirs with reduction "none"

    Raises:
        ShapeError: if the shapes differ.
        ArgumentError: for another reduction.
    """
    checked("binary_cross_entropy_with_logits", reduction)
    alike("binary_cross_entropy_with_logits", input, target)
    positive = 1 if pos_weight is None else (pos_weight - 1) * target + 1
    loss = (1 - target) * input - positive * logsigmoid(input)
    return finish(loss if weight is None else loss * weight, reduction, None)
