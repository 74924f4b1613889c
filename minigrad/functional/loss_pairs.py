"""Losses of probabilities, of margins and of pairs, written with other ops: so all have gradients of any order."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .. import ops
from ..core import Tensor
from ..creation import zeros_like
from ..dtypes import is_float
from ..errors import ArgumentError, DTypeError, IndexingError, ShapeError, describe
from ..ops.loss import alike, checked, finish
from .distance import pairwise_distance

SMALL = 1e-12  # added to squared lengths of 0


# ---- of probabilities -----------------------------------------------------------------------------------------------
def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, reduction: str = "mean"
) -> Tensor:
    """The negative log likelihood of `target` under the probability `input`; logarithms end at -100.

    Args:
        input: probabilities.
        target: probabilities, of the shape of input.
        weight: a factor for each element; broadcasts with input.
        reduction: "mean", "sum" or "none".

    Raises:
        ShapeError: if the shapes differ.
        ArgumentError: for another reduction, or an input outside of 0 to 1.

    >>> import minigrad as mg
    >>> binary_cross_entropy(mg.tensor([0.5, 1.0]), mg.tensor([1.0, 1.0]))
    tensor(0.3466)
    """
    checked("binary_cross_entropy", reduction)
    alike("binary_cross_entropy", input, target)
    if input.data.size and not (input.data.min() >= 0 and input.data.max() <= 1):
        raise ArgumentError("binary_cross_entropy: input has elements outside of 0 to 1: give probabilities")

    loss = ops.binary_cross_entropy(input, target)
    return finish(loss if weight is None else loss * weight, reduction, None)  # type: ignore[no-any-return]


def kl_div(input: Tensor, target: Tensor, *, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """target * (log target - input), input being log probabilities; 0 where the target is 0.

    Args:
        reduction: "mean" (over all elements), "batchmean" (the sum divided by the first extent), "sum" or "none".
        log_target: target holds log probabilities too.

    Raises:
        ArgumentError: for another reduction.
        ShapeError: if the shapes do not broadcast.
    """
    if reduction != "batchmean":
        checked("kl_div", reduction)
    loss = ops.exp(target) * (target - input) if log_target else ops.xlogy(target, target) - target * input
    if reduction == "batchmean":
        return finish(loss, "sum", None) / (loss.shape[0] if loss.shape else 1)  # type: ignore[no-any-return]
    return finish(loss, reduction, None)  # type: ignore[no-any-return]


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    *,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Tensor:
    """The negative log likelihood of counts under a Poisson distribution, up to a term of the target alone.

    Args:
        input: the logarithm of the expected count, or the count itself without `log_input`.
        full: add Stirling's approximation of log(target!) where the target is above 1.
        eps: added to the expected count before its logarithm is taken.
        reduction: "mean", "sum" or "none".

    Raises:
        ArgumentError: for another reduction.
    """
    checked("poisson_nll_loss", reduction)
    loss = ops.exp(input) - target * input if log_input else input - target * ops.log(input + eps)
    if full:
        t = ops.where(target > 1, target, 1.0)
        stirling = t * ops.log(t) - t + ops.log(t * (2.0 * math.pi)) * 0.5
        loss = loss + ops.where(target > 1, stirling, 0.0)
    return finish(loss, reduction, None)  # type: ignore[no-any-return]


def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """The negative log likelihood of `target` under a normal distribution, up to a constant.

    Args:
        input: the expected values.
        var: the variances, of the shape of input, of that with a last extent of 1 or without it, or a number; below
            `eps` they count as eps, through which their gradient flows on.
        full: add the constant.
        reduction: "mean", "sum" or "none".

    Raises:
        ShapeError: if the shapes do not fit.
        ArgumentError: for another reduction, or a negative variance.

    Source: Nix and Weigend 1994, "Estimating the mean and variance of the target probability distribution", equation 4.
    """
    checked("gaussian_nll_loss", reduction)
    v = var if isinstance(var, Tensor) else zeros_like(input.detach()) + var
    if v.shape != input.shape:
        if v.shape == input.shape[:-1]:
            v = ops.unsqueeze(v, dim=-1)
        elif v.shape[:-1] != input.shape[:-1] or v.shape[-1:] != (1,):
            raise ShapeError(f"gaussian_nll_loss: var {describe(v)} does not fit input {describe(input)}")
    if v.data.size and v.data.min() < 0:
        raise ArgumentError("gaussian_nll_loss: var has negative elements")
    v = v + (ops.clamp(v.detach(), eps) - v.detach())
    off = input - target
    loss = (ops.log(v) + off * off / v) * 0.5
    if full:
        loss = loss + 0.5 * math.log(2.0 * math.pi)
    return finish(loss, reduction, None)  # type: ignore[no-any-return]


# ---- of margins -----------------------------------------------------------------------------------------------------
def above(x: Any) -> Any:
    """x where it is above 0, else 0; at 0 the gradient is that of PyTorch's clamp, 1."""
    return ops.clamp(x, 0.0)


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, *, reduction: str = "mean"
) -> Tensor:
    """input where the target is 1, and max(0, margin - input) where it is -1.

    Raises:
        ArgumentError: for another reduction.
    """
    checked("hinge_embedding_loss", reduction)
    far = ops.where(ops.eq(target, 1), 0.0, above(margin - input))
    near = ops.where(ops.eq(target, -1), 0.0, input)
    return finish(far + near, reduction, None)  # type: ignore[no-any-return]


def soft_margin_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """log(1 + exp(-target * input)), the target being 1 or -1.

    Raises:
        ShapeError: if the shapes differ.
        ArgumentError: for another reduction.
    """
    checked("soft_margin_loss", reduction)
    alike("soft_margin_loss", input, target)
    return finish(-ops.logsigmoid(target * input), reduction, None)  # type: ignore[no-any-return]


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, *, reduction: str = "mean"
) -> Tensor:
    """max(0, margin - target * (input1 - input2)): the target says which is to be the larger.

    Raises:
        ShapeError: if the number of dims differs.
        ArgumentError: for another reduction.
    """
    checked("margin_ranking_loss", reduction)
    if len({len(t.shape) for t in (input1, input2, target)}) > 1:
        came = ", ".join(map(describe, (input1, input2, target)))
        raise ShapeError(f"margin_ranking_loss: input1, input2 and target are {came}: their dims differ")
    return finish(above(margin - target * (input1 - input2)), reduction, None)  # type: ignore[no-any-return]


def classes(name: str, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Scores (N, C) and labels (N,) from these, or from (C,) and ()."""
    if is_float(target.dtype):
        raise DTypeError(f"{name}: target is {describe(target)}, where class indices are wanted")
    if len(input.shape) < 2 and target.shape in ((), (1,)):
        input, target = ops.reshape(input, shape=(1, -1)), ops.reshape(target, shape=(1,))
    if len(input.shape) != 2 or target.shape != input.shape[:1]:
        raise ShapeError(
            f"{name}: input is {describe(input)}, target {describe(target)}: (N, C), (N,) are wanted"
        )
    if target.data.size and not (target.data.min() >= 0 and target.data.max() < input.shape[1]):
        raise IndexingError(f"{name}: target has labels outside of the {input.shape[1]} classes")
    return input, target


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    *,
    reduction: str = "mean",
) -> Tensor:
    """The mean over the other classes of max(0, margin - score of the right one + score)^p.

    Args:
        p: 1 or 2.
        weight: a factor for each class.
        reduction: "mean", "sum" or "none".

    Shapes:
        input (N, C), target (N,) -> (), or (N,) with "none"; input (C,), target () -> ()

    Raises:
        ShapeError, DTypeError, IndexingError: for a target that does not name a class for each row.
        ArgumentError: for another p or reduction.
    """
    checked("multi_margin_loss", reduction)
    if p not in (1, 2):
        raise ArgumentError(f"multi_margin_loss: p is {p}, where 1 or 2 is wanted")
    x, labels = classes("multi_margin_loss", input, target)
    if weight is not None and weight.shape != (x.shape[1],):
        raise ShapeError(f"multi_margin_loss: weight {describe(weight)} has not one number for each class")
    at = ops.unsqueeze(labels, dim=1)
    other = ops.eq(ops.one_hot(labels, num_classes=x.shape[1]), 0)
    each = ops.relu(margin - ops.gather(x, at, dim=1) + x)
    each = each if p == 1 else each * each
    if weight is not None:
        each = each * ops.unsqueeze(ops.index_select(weight, labels, dim=0), dim=1)
    loss = ops.sum(ops.where(other, each, 0.0), dim=1) / x.shape[1]
    return finish(ops.reshape(loss, shape=()) if len(input.shape) < 2 else loss, reduction, None)  # type: ignore[no-any-return]


def multilabel_margin_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """The sum over right classes j and wrong classes i of max(0, 1 - (input[j] - input[i])), divided by C.

    Args:
        target: class indices of the right classes, in front; -1 ends them.
        reduction: "mean", "sum" or "none".

    Shapes:
        input and target (N, C) -> (), or (N,) with "none"; (C,) -> ()

    Raises:
        ShapeError: if the shapes differ.
        DTypeError, IndexingError: for a target that does not name classes.
        ArgumentError: for another reduction.
    """
    name = "multilabel_margin_loss"
    checked(name, reduction)
    alike(name, input, target)
    if is_float(target.dtype):
        raise DTypeError(f"{name}: target is {describe(target)}, where class indices are wanted")
    if len(input.shape) > 2:
        raise ShapeError(f"{name}: input is {describe(input)}, where (N, C) or (C,) is wanted")
    if not input.shape:
        input, target = ops.reshape(input, shape=(1,)), ops.reshape(target, shape=(1,))
    c = input.shape[-1]
    if target.data.size and not (target.data.min() >= -1 and target.data.max() < c):
        raise IndexingError(f"{name}: target has labels outside of the {c} classes and -1")
    counts = (target.data >= 0).cumprod(-1).astype(bool)  # those before the first -1
    index = Tensor(target.data * counts)
    hot = ops.one_hot(index, num_classes=c) * ops.unsqueeze(Tensor(counts), dim=-1)
    wrong = ops.eq(ops.amax(hot, dim=-2), 0) if c else ops.eq(target, 0)
    right = ops.gather(input, index, dim=-1)
    each = ops.relu(1.0 - ops.unsqueeze(right, dim=-1) + ops.unsqueeze(input, dim=-2))
    counted = ops.logical_and(ops.unsqueeze(Tensor(counts), dim=-1), ops.unsqueeze(wrong, dim=-2))
    loss = ops.sum(ops.where(counted, each, 0.0), dim=(-1, -2)) / max(c, 1)
    return finish(loss, reduction, None)  # type: ignore[no-any-return]


def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, reduction: str = "mean"
) -> Tensor:
    """The mean over classes of the binary cross entropy of each, input being logits.

    Raises:
        ShapeError: if the shapes differ.
        ArgumentError: for another reduction.
    """
    checked("multilabel_soft_margin_loss", reduction)
    alike("multilabel_soft_margin_loss", input, target)
    loss = (target - 1.0) * ops.logsigmoid(-input) - target * ops.logsigmoid(input)
    loss = ops.mean(loss if weight is None else loss * weight, dim=-1)
    return finish(loss, reduction, None)  # type: ignore[no-any-return]


# ---- of pairs and triplets ------------------------------------------------------------------------------------------
def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, *, reduction: str = "mean"
) -> Tensor:
    """1 - cosine where the target is 1, and max(0, cosine - margin) where it is -1.

    Shapes:
        input1 and input2 (N, D), target (N,) -> (), or (N,) with "none"; (D,), target () -> ()

    Raises:
        ShapeError: for other shapes.
        ArgumentError: for another reduction.
    """
    name = "cosine_embedding_loss"
    checked(name, reduction)
    alike(name, input1, input2)
    if len(input1.shape) not in (1, 2) or target.shape != input1.shape[:-1]:
        came = f"input1 {describe(input1)}, target {describe(target)}"
        raise ShapeError(f"{name}: {came}: (N, D) and (N,), or (D,) and () are wanted")
    a, b = (ops.sum(ops.square(x), dim=-1) + SMALL for x in (input1, input2))
    cosine = ops.sum(input1 * input2, dim=-1) / ops.sqrt(a * b)
    near = ops.where(ops.eq(target, 1), 1.0 - cosine, 0.0)
    far = ops.where(ops.eq(target, -1), above(cosine - margin), 0.0)
    return finish(near + far, reduction, None)  # type: ignore[no-any-return]


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    *,
    reduction: str = "mean",
) -> Tensor:
    """max(0, margin + distance to the positive - distance to the negative).

    Args:
        p, eps: of `pairwise_distance`.
        swap: take the distance between positive and negative where that is smaller.
        reduction: "mean", "sum" or "none".

    Raises:
        ArgumentError: for another reduction, or margin <= 0.

    Source: Balntas et al. 2016, "Learning local feature descriptors with triplets", equations 2 and 4.
    """

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return pairwise_distance(a, b, p, eps)

    return triplets("triplet_margin_loss", anchor, positive, negative, distance, margin, swap, reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own.

    Raises:
        ArgumentError: for another reduction, or margin <= 0.
    """
    name = "triplet_margin_with_distance_loss"
    return triplets(
        name, anchor, positive, negative, distance_function or pairwise_distance, margin, swap, reduction
    )


def triplets(
    name: str,
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    distance: Callable[[Tensor, Tensor], Tensor],
    margin: float,
    swap: bool,
    reduction: str,
) -> Tensor:
    """What the two triplet losses share."""
    checked(name, reduction)
    if not margin > 0:
        raise ArgumentError(f"{name}: margin is {margin}, where a number above 0 is wanted")
    far = distance(anchor, negative)
    if swap:
        far = ops.minimum(far, distance(positive, negative))
    return finish(above(distance(anchor, positive) - far + margin), reduction, None)  # type: ignore[no-any-return]
