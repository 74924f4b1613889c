"""Losses that compare scores of classes with the right class, or with probabilities of each."""

from __future__ import annotations

from typing import Any

from ..backend import namespace_of
from ..core import Array, Shape, Tensor, backward, op, sum_to
from ..dtypes import accumulator, is_float, level
from ..errors import ArgumentError, DTypeError, IndexingError, ShapeError, describe
from ..mode import recording
from .activation import log_softmax
from .compare import eq, isinf, logical_and
from .index import gather, index_select, masked_fill, raw_index
from .loss import checked, finish
from .shape import reshape, unsqueeze

__all__ = ["cross_entropy", "nll_loss"]


# ---- targets and weights --------------------------------------------------------------------------------------------
def class_dim(shape: Shape) -> int:
    """The dim of the classes in (C,), (N, C) and (N, C, d1, ...)."""
    return 0 if len(shape) == 1 else 1


def without(shape: Shape, k: int) -> Shape:
    """The extents without those of dim k."""
    return (*shape[:k], *shape[k + 1 :])


def labels(name: str, shape: Shape, target: Array, ignore_index: int) -> tuple[Array, Any]:
    """Class indices, 0 in the place of ignored ones, and which are not ignored: None if all are classes.

    Raises:
        DTypeError, ShapeError, IndexingError: for a target that does not name classes of an input of this shape.
    """
    k = class_dim(shape)
    if level(target.dtype) != 1:
        raise DTypeError(
            f"{name}: target is {describe(target)}, input {[*shape]}: class indices are integers, "
            "probabilities have the shape of input"
        )
    if not shape or target.shape != without(shape, k):
        raise ShapeError(
            f"{name}: target has shape {[*target.shape]}, input {[*shape]} wants {[*without(shape, k)]}"
        )
    if (xp := namespace_of(target)).device != "cpu":  # nothing is asked of the device
        keep = target != ignore_index
        xp.outside(name, target * keep, shape[k])
        return target * keep, keep
    if not target.size or (
        target.min() >= 0 and target.max() < shape[k] and not 0 <= ignore_index < shape[k]
    ):
        return target, None
    keep = target != ignore_index
    wrong = keep & ((target < 0) | (target >= shape[k]))
    if wrong.any():
        at = tuple(int(i[0]) for i in wrong.nonzero()) if wrong.ndim else ()
        classes = f"the {shape[k]} classes 0..{shape[k] - 1}"
        raise IndexingError(f"{name}: target {target[at]} at {at} is outside of {classes}")
    return target * keep, keep


def for_each_class(name: str, shape: Shape, weight: Any) -> Shape:
    """The extents in which a weight for each class broadcasts with the input."""
    k = class_dim(shape)
    if weight.shape != (shape[k],):
        raise ShapeError(
            f"{name}: weight has shape {[*weight.shape]}, where one number for each of {shape[k]} classes is wanted"
        )
    return tuple(n if j == k else 1 for j, n in enumerate(shape))


def places(xp: Any, index: Array, k: int) -> Any:
    """The index of the elements that class indices pick along dim k."""
    grid = [xp.arange(n).reshape(-1, *[1] * (index.ndim - 1 - j)) for j, n in enumerate(index.shape)]
    return (*grid[:k], index, *grid[k:])


# ---- with other ops -------------------------------------------------------------------------------------------------
def nll_loss(
    input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean"
) -> Any:
    """The negative log likelihood of class indices, input holding log probabilities.

    Args:
        input: log probabilities.
        target: class indices.
        weight: a factor for each class; the mean is the weighted one.
        ignore_index: a class index without a loss.
        reduction: "mean", "sum" or "none".

    Shapes:
        input (N, C, d1, ...), target (N, d1, ...), weight (C,) -> (), or that of target with reduction "none";
        input (C,), target () -> ()

    Raises:
        IndexingError: for a target outside of 0 to C - 1.
        ShapeError, DTypeError: if the shapes do not fit, or target is not made of integers.
        ArgumentError: for another reduction.

    >>> import minigrad as mg
    >>> nll_loss(mg.tensor([[-0.5, -1.5]]), mg.tensor([1]))
    tensor(1.5)
    """
    checked("nll_loss", reduction)
    loss, each, _ = likelihood("nll_loss", input, target, weight, ignore_index)
    return finish(loss, reduction, each)


def likelihood(name: str, logp: Any, target: Any, weight: Any, ignore_index: int) -> tuple[Any, Any, Any]:
    """The loss of each target, its share in the weighted mean, and which targets are ignored."""
    index, keep = labels(name, logp.shape, raw_index(target), ignore_index)
    xp, k = namespace_of(index), class_dim(logp.shape)
    ignored = Tensor(xp.zeros(index.shape, "bool") if keep is None else ~keep)
    picked = reshape(gather(logp, unsqueeze(index, dim=k), dim=k), shape=index.shape)
    loss = masked_fill(-picked, ignored, 0.0)
    if weight is None:
        return loss, masked_fill(Tensor(xp.ones(index.shape, logp.dtype)), ignored, 0.0), ignored
    for_each_class(name, logp.shape, weight)
    each = reshape(index_select(weight, index.reshape(-1), dim=0), shape=index.shape)
    each = masked_fill(each, ignored, 0.0)
    return loss * each, each, ignored


def cross_entropy_plain(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """cross_entropy written with other ops: every input has a gradient, of any order."""
    k = class_dim(input.shape)
    kept, rest = sized(input.shape, k), without(input.shape, k)
    logp, even = log_softmax(input, dim=k), label_smoothing / max(input.shape[k], 1)
    by = 1 if weight is None else reshape(weight, shape=for_each_class("cross_entropy", input.shape, weight))
    if is_float(target.dtype):
        want = (target * (1.0 - label_smoothing) + even) * by
        free = logical_and(eq(want, 0.0), isinf(logp))  # 0 log 0 is 0
        terms = masked_fill(logp, free, 0.0) * want
        return finish(-reshape(sum_to(terms, shape=kept), shape=rest), reduction, None)
    loss, each, ignored = likelihood("cross_entropy", logp, target, weight, ignore_index)
    if label_smoothing:
        spread = -reshape(sum_to(logp * by, shape=kept), shape=rest)
        loss = loss * (1.0 - label_smoothing) + masked_fill(spread, ignored, 0.0) * even
    return finish(loss, reduction, each)


def sized(shape: Shape, k: int) -> Shape:
    """The extents with 1 for dim k."""
    return (*shape[:k], 1, *shape[k + 1 :])


# ---- in one pass ----------------------------------------------------------------------------------------------------
def across(g: Array, share: Array, like: Array) -> Array:
    """The gradient of each place's loss, with a dim for the classes if it is not one number for all."""
    g = namespace_of(share).asarray(g, share.dtype) * share
    return g.reshape(like.shape) if g.ndim else g


def pull_input(g: Array, input: Array, _top: Array, _total: Array, _want: Array, _share: Array) -> Array:
    """softmax(input) * the sum of what is wanted - what is wanted, scaled by g."""
    xp, k = namespace_of(input), class_dim(input.shape)
    if not is_float(_want.dtype):
        each = xp.asarray(g, _share.dtype) * _share
        return xp.cross_entropy_input(each, input, _want, _top, _total, k)
    p = xp.exp(input.astype(_top.dtype, copy=False) - _top)
    p *= _want.sum(k, keepdims=True) / _total
    p -= _want
    p *= across(g, _share, _top)
    return p.astype(input.dtype, copy=False)


def pull_target(
    g: Array,
    input: Array,
    weight: Array | None,
    _top: Array,
    _total: Array,
    _share: Array,
    label_smoothing: float,
) -> Array:
    """The gradient of probabilities: minus the log probabilities of the input, scaled by g."""
    y = namespace_of(input).log(_total) - (input.astype(_top.dtype, copy=False) - _top)
    if weight is not None:
        y *= weight.reshape(for_each_class("cross_entropy", input.shape, weight))
    y *= across(g, _share, _top) * (1.0 - label_smoothing)
    return y.astype(input.dtype, copy=False)


def pull_weight(
    g: Array,
    input: Array,
    target: Array,
    weight: Array,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
) -> Array:
    """Few train the weights: their gradient comes from the other ops."""
    w = Tensor(weight, True)
    params: dict[str, Any] = {"reduction": reduction, "label_smoothing": label_smoothing}
    with recording(True):
        y = cross_entropy_plain(Tensor(input), Tensor(target), w, ignore_index=ignore_index, **params)
    return backward([y], [Tensor(g)], wanted={w})[w].data


def wanted(
    xp: Any, x: Array, target: Array, weight: Array | None, ignore_index: int, smoothing: float
) -> tuple[Array, Any, Any]:
    """What the log probabilities of scores x are compared with.

    Returns:
        class indices, or a number for each class where these do not suffice; the weight of each place (None: 1); which
        places are not ignored (None: all).
    """
    shape, k = x.shape, class_dim(x.shape)
    by: Any = (
        1
        if weight is None
        else weight.reshape(for_each_class("cross_entropy", shape, weight)).astype(x.dtype)
    )
    even = smoothing / max(shape[k], 1)
    if is_float(target.dtype) and target.shape == shape:
        return (target.astype(x.dtype) * (1.0 - smoothing) + even) * by, None, None
    index, keep = labels("cross_entropy", shape, target, ignore_index)
    each = None if weight is None else weight.astype(x.dtype)[index]
    if keep is not None:
        each = keep.astype(x.dtype) if each is None else each * keep
    if not smoothing:
        return index, each, keep
    want = xp.zeros(shape, x.dtype)
    want += even * by
    want[places(xp, index, k)] += (1 if each is None else each) * (1.0 - smoothing)
    return want if keep is None else want * keep.reshape(sized(shape, k)), each, keep


@op(
    pull_input,
    pull_target,
    pull_weight,
    outputs="y _top _total _want _share",
    composite=cross_entropy_plain,
    promotes="input weight",
    floating=True,
)
def cross_entropy(
    xp: Any,
    input: Array,
    target: Array,
    weight: Array | None = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """The negative log likelihood of targets under softmax(input), in one pass.

    Args:
        input: scores, also called logits.
        target: class indices, or probabilities of the shape and dtype of input.
        weight: a factor for each class; with class indices the mean is the weighted one.
        ignore_index: a class index without a loss.
        reduction: "mean", "sum" or "none".
        label_smoothing: this part of every target is spread evenly over all classes.

    Shapes:
        input (N, C, d1, ...), target (N, d1, ...) or as input, weight (C,) -> (), or (N, d1, ...) with "none";
        input (C,), target () or (C,) -> ()

    Raises:
        IndexingError: for a class index outside of 0 to C - 1.
        ShapeError, DTypeError: if the shapes or dtypes do not fit.
        ArgumentError: for another reduction, or a label_smoothing outside of 0 to 1.

    >>> import minigrad as mg
    >>> cross_entropy(mg.tensor([[0.0, 0.0]]), mg.tensor([1]))
    tensor(0.6931)
    """
    checked("cross_entropy", reduction)
    if not 0.0 <= label_smoothing <= 1.0:
        raise ArgumentError(f"cross_entropy: label_smoothing is {label_smoothing}, outside of 0 to 1")
    if not input.ndim:
        raise ShapeError("cross_entropy: input is 0-d, where (C,), (N, C) or (N, C, d1, ...) is wanted")
    if is_float(target.dtype) and target.dtype != input.dtype:
        raise DTypeError(
            f"cross_entropy: target is {target.dtype}, input {input.dtype}: probabilities have its dtype"
        )
    k = class_dim(input.shape)
    x = input.astype(accumulator(input.dtype), copy=False)
    want, each, keep = wanted(xp, x, target, weight, ignore_index, label_smoothing)
    with xp.errstate(invalid="ignore", divide="ignore"):  # without a finite score, or a target, it is nan
        if is_float(want.dtype):
            top = x.max(k, keepdims=True)
            x = x - top
            total = xp.total(xp.exp(x), (k,), x.dtype, True)
            y = xp.log(total).reshape(without(x.shape, k))
            y = want.sum(k) * y - xp.where(want == 0, 0, want * x).sum(k)
            y = y if keep is None else xp.where(keep, y, 0)
        else:
            y, top, total = xp.cross_entropy(x, want, each, k)
        share = xp.asarray(1 if each is None or is_float(want.dtype) else each, x.dtype)
        if reduction == "mean":
            count = y.size if each is None else each.sum()
            some = (count or 1) if each is None else xp.where(count == 0, 1, count)
            share = share / some  # where nothing counts, the loss is nan but no gradient is
            y = xp.divide(xp.total(y, None, y.dtype), count)
        elif reduction == "sum":
            y = xp.total(y, None, y.dtype)
    return xp.asarray(y, input.dtype), top, total, want, xp.asarray(share)
