"""Connectionist temporal classification: the likelihood of labels under scores of every time step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..backend import namespace_of
from ..core import Tensor, cast
from ..dtypes import accumulator, is_float
from ..errors import ArgumentError, DTypeError, IndexingError, ShapeError, describe
from ..ops.loss import checked, finish

NEVER = -1e30  # the logarithm of what cannot be: finite, so that differences of two such are


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """The negative log likelihood of label sequences, over all ways to write them out in time.

    The forward recursion runs over time with all sequences and states at once, written with other ops: gradients of
    any order follow. A sequence that is too short for its labels has the loss infinity, which passes no gradient.

    Args:
        log_probs: logarithms of probabilities over the classes.
        targets: class indices without blanks, padded to (N, S), or one sequence after the other.
        input_lengths, target_lengths: how much of each sequence counts: a tensor or a sequence of N integers.
        blank: the class that stands for no label.
        reduction: "mean" (each loss divided by its target length, then the mean), "sum" or "none".
        zero_infinity: infinite losses count as 0.

    Shapes:
        log_probs (T, N, C), targets (N, S) or (sum of target_lengths,) -> (), or (N,) with "none";
        log_probs (T, C), targets (S,) -> ()

    Raises:
        ShapeError, DTypeError: if the shapes or dtypes do not fit.
        ArgumentError: for lengths that are too large or negative, a blank that is no class, or another reduction.
        IndexingError: for targets that name no class.

    Source: Graves et al. 2006, "Connectionist temporal classification", equations 5 to 8.

    >>> import minigrad as mg
    >>> log_probs = mg.log(mg.full((2, 1, 2), 0.5))
    >>> ctc_loss(log_probs, mg.tensor([[1]]), [2], [1], reduction="none")  # of 4 paths 3 spell "1"
    tensor([0.2877])
    """
    checked("ctc_loss", reduction)
    if not is_float(log_probs.dtype) or is_float(targets.dtype):
        came = f"log_probs {describe(log_probs)}, targets {describe(targets)}"
        raise DTypeError(f"ctc_loss: {came}: floating log_probs and integer targets are wanted")
    if len(log_probs.shape) == 2:
        loss = ctc_loss(
            ops.unsqueeze(log_probs, dim=1),
            targets,
            alone(input_lengths),
            alone(target_lengths),
            blank,
            reduction,
            zero_infinity,
        )
        return ops.reshape(loss, shape=())  # type: ignore[no-any-return]
    if len(log_probs.shape) != 3:
        raise ShapeError(f"ctc_loss: log_probs is {describe(log_probs)}, where (T, N, C) or (T, C) is wanted")
    steps, n, c = log_probs.shape
    if not 0 <= blank < c:
        raise ArgumentError(f"ctc_loss: blank is {blank}, where one of {c} classes is wanted")
    times = lengths("input_lengths", input_lengths, n, steps)
    counts = lengths("target_lengths", target_lengths, n, None)
    wide = cast(log_probs, dtype=accumulator(log_probs.dtype))  # sums of many steps
    losses = per_sequence(wide, padded(targets, counts, c, blank), times, counts, blank)
    if zero_infinity:
        losses = ops.where(ops.isinf(losses), 0.0, losses)
    if reduction == "mean":
        share = Tensor(namespace_of(log_probs.data).asarray([max(k, 1) for k in counts], losses.dtype))
        losses = losses / share
    return cast(finish(losses, reduction, None), dtype=log_probs.dtype)  # type: ignore[no-any-return]


def alone(value: Any) -> Any:
    """The length of a single sequence as that of a batch of one."""
    items = value.tolist() if isinstance(value, Tensor) else value
    return items if isinstance(items, list | tuple) else [items]


def lengths(name: str, value: Any, n: int, most: int | None) -> list[int]:
    """N lengths as Python's integers.

    Raises:
        ShapeError: if there are not N.
        DTypeError: for one that is no integer.
        ArgumentError: for one that is negative or too large.
    """
    items: Sequence[Any] = value.tolist() if isinstance(value, Tensor) else [*value]
    if len(items) != n:
        raise ShapeError(f"ctc_loss: {name} has {len(items)} lengths, log_probs {n} sequences")
    for k, length in enumerate(items):
        if int(length) != length:
            raise DTypeError(f"ctc_loss: {name}[{k}] is {length}, where an integer is wanted")
        if length < 0 or (most is not None and length > most):
            limit = "at least 0" if most is None else f"0 to {most}"
            raise ArgumentError(f"ctc_loss: {name}[{k}] is {length}, where {limit} is wanted")
    return [int(length) for length in items]


def padded(targets: Tensor, counts: list[int], c: int, blank: int) -> Any:
    """The labels of each sequence in a row, blanks behind them.

    Raises:
        ShapeError: if there are not as many labels as the lengths say.
        IndexingError: for a label that is no class, or is the blank.
    """
    xp, raw, n = namespace_of(targets.data), targets.data, len(counts)
    wide = max(counts, default=0)
    rows = xp.full((n, wide), blank, dtype="int64")
    if raw.ndim == 2:
        if raw.shape[0] != n or raw.shape[1] < wide:
            raise ShapeError(
                f"ctc_loss: targets is {describe(targets)}, where ({n}, at least {wide}) is wanted"
            )
        pieces = [raw[k, :count] for k, count in enumerate(counts)]
    elif raw.ndim == 1 and raw.size == sum(counts):
        ends = [sum(counts[: k + 1]) for k in range(n)]
        pieces = [raw[end - count : end] for end, count in zip(ends, counts, strict=True)]
    elif raw.ndim == 1 and n == 1 and raw.size >= wide:
        pieces = [raw[:wide]]
    else:
        raise ShapeError(f"ctc_loss: targets is {describe(targets)}, target_lengths add up to {sum(counts)}")
    for k, piece in enumerate(pieces):
        if piece.size and not (piece.min() >= 0 and piece.max() < c):
            raise IndexingError(f"ctc_loss: targets of sequence {k} lie outside of the {c} classes")
        if (piece == blank).any():
            raise IndexingError(f"ctc_loss: targets of sequence {k} hold the blank, {blank}")
        rows[k, : piece.size] = piece
    return rows


def per_sequence(log_probs: Tensor, labels: Any, times: list[int], counts: list[int], blank: int) -> Tensor:
    """The loss of each sequence: alpha over the states blank, label, blank, ..., blank."""
    xp, dtype = namespace_of(labels), log_probs.dtype
    steps, n, _ = log_probs.shape
    states = xp.full((n, 2 * labels.shape[1] + 1), blank, dtype="int64")
    states[:, 1::2] = labels
    width = states.shape[1]
    ends = 2 * xp.asarray(counts, dtype="int64").reshape(n, 1)
    place = xp.arange(width).reshape(1, width)
    inside = Tensor(place <= ends)
    skips = xp.zeros(states.shape, dtype="bool")  # over a blank between two different labels
    skips[:, 2:] = (states[:, 2:] != blank) & (states[:, 2:] != states[:, :-2])
    apart = Tensor(skips)
    never = Tensor(xp.full((n, 2), NEVER, dtype=dtype))
    emitted = ops.gather(log_probs, xp.broadcast_to(states, (steps, *states.shape)), dim=2)
    alpha = ops.where(Tensor(place == 0), 0.0, Tensor(xp.full(states.shape, NEVER, dtype=dtype)))
    for t in range(steps):
        before = ops.cat(never, alpha, dim=1)
        if t == 0:  # from before the first step to its blank or its first label
            moved = ops.where(Tensor(place <= 1), 0.0, alpha)
        else:
            two = ops.where(apart, before[:, :width], NEVER)
            moved = ops.logaddexp(ops.logaddexp(alpha, before[:, 1 : width + 1]), two)
        here = ops.where(inside, moved + emitted[t], NEVER)
        going = Tensor(xp.asarray([t < k for k in times], "bool").reshape(n, 1))
        alpha = ops.where(going, ops.clamp(here, NEVER), alpha)
    last = ops.gather(alpha, ends, dim=1)
    past = ops.gather(alpha, xp.maximum(ends - 1, 0), dim=1)
    past = ops.where(Tensor(ends > 0), past, NEVER)
    total = ops.reshape(ops.logaddexp(last, past), shape=(n,))
    return ops.where(total < NEVER / 2, float("inf"), -total)  # type: ignore[no-any-return]
