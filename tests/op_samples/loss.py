"""Samples of minigrad/ops/loss.py and classification.py: plain loops in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

from .case import Case, S, bad, distinct, f, ints

Array = Any


def reduced(losses: list[float], shape: tuple[int, ...], reduction: str, total: float | None = None) -> Array:
    if reduction == "none":
        return np.array(losses, float).reshape(shape)
    count = len(losses) if total is None else total
    if reduction == "mean" and not count:
        return np.array(math.nan)
    return np.array(math.fsum(losses) / (count if reduction == "mean" else 1))


def distance(loss: Callable[..., float]) -> Callable[..., Array]:
    """A reference from the loss of one difference."""

    def reference(input: Array, target: Array, reduction: str = "mean", **params: float) -> Array:
        differences = [float(a) - float(b) for a, b in zip(input.flat, target.flat, strict=True)]
        return reduced([loss(d, **params) for d in differences], input.shape, reduction)

    return reference


def huber(d: float, delta: float = 1.0) -> float:
    return d * d / 2 if abs(d) <= delta else delta * (abs(d) - delta / 2)


def surprise(input: Array, target: Array) -> Array:
    def of(p: float, t: float) -> float:
        logs = [max(math.log(q), -100.0) if q else -100.0 for q in (p, 1 - p)]
        return -t * logs[0] - (1 - t) * logs[1]

    many = [of(float(p), float(t)) for p, t in zip(input.flat, target.flat, strict=True)]
    return np.array(many, float).reshape(input.shape)


def cross_entropy(
    input: Array,
    target: Array,
    weight: Array | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Array:
    """For each place the sum over the classes of -weight * probability wanted * log probability given."""
    k = 0 if input.ndim == 1 else 1
    classes = input.shape[k]
    weight = np.ones(classes) if weight is None else weight
    rest = input.shape[:k] + input.shape[k + 1 :]
    losses, total = [], 0.0
    for i in np.ndindex(rest):
        scores = [float(input[(*i[:k], c, *i[k:])]) for c in range(classes)]
        top = max(scores)
        log_sum = top + math.log(math.fsum(math.exp(s - top) for s in scores))
        if target.dtype.kind == "f":
            wanted, part = [float(target[(*i[:k], c, *i[k:])]) for c in range(classes)], 1.0
        else:
            label = int(target[i])
            wanted, part = [float(c == label) for c in range(classes)], 0.0
            if label == ignore_index:
                wanted = [0.0] * classes
                losses.append(0.0)
                continue
            part = float(weight[label])
        smooth = [w * (1 - label_smoothing) + label_smoothing / classes for w in wanted]
        losses.append(
            -math.fsum(w * q * (s - log_sum) for w, q, s in zip(weight, smooth, scores, strict=True) if w * q)
        )
        total += part
    return reduced(losses, rest, reduction, total)


def probabilities(*shape: int) -> Array:
    raw = f(*shape, low=0.1, high=1.0)
    return raw / raw.sum(0 if len(shape) == 1 else 1, keepdims=True)


LABELS = np.array([2, 0, 1])
WEIGHT = f(4, low=0.5, high=2.0)


def compared(op: Any) -> list[Any]:
    """The samples of a loss that compares numbers."""
    far = distinct(3, 4, seed="target")
    return [
        S(distinct(3, 4), far),
        S(distinct(3, 4), far, reduction="sum"),
        S(distinct(3, 4), far, reduction="none"),
        S(distinct(), distinct(seed="target"), name="0-d"),
        S(f(0, 2), f(0, 2), reduction="sum", name="empty"),
    ]


def mistaken(name: str, op: Any) -> list[Any]:
    return [
        bad(
            ShapeError,
            rf"{name}: input float64\[3, 1\] and target float64\[3\] differ in shape",
            f(3, 1),
            f(3),
        ),
        bad(
            ArgumentError,
            rf"{name}: reduction is 'average', where 'none', 'mean'",
            f(3),
            f(3),
            reduction="average",
        ),
        bad(DTypeError, rf"{name}: target is a list, where a real tensor or a number is wanted", f(3), [1.0]),
    ]


CASES = [
    Case(ops.mse_loss, distance(lambda d: d * d), compared(ops.mse_loss), mistaken("mse_loss", ops.mse_loss)),
    Case(ops.l1_loss, distance(abs), compared(ops.l1_loss), mistaken("l1_loss", ops.l1_loss)),
    Case(
        ops.huber_loss,
        distance(huber),
        [*compared(ops.huber_loss), S(distinct(9), distinct(9, seed="target") * 0.3, delta=0.2)],
        [
            *mistaken("huber_loss", ops.huber_loss),
            bad(ArgumentError, r"huber_loss: delta is 0.0, where a number above 0", f(2), f(2), delta=0.0),
        ],
    ),
    Case(
        ops.binary_cross_entropy,
        surprise,
        [
            S(f(3, 4, low=0.1, high=0.9), f(3, 4, low=0.0, high=1.0)),
            S(f(low=0.1, high=0.9), f(low=0.0, high=1.0), name="0-d"),
            S(f(0, 2), f(0, 2), name="empty"),
            S(
                np.array([0.0, 1.0, 0.0, 1.0]),
                np.array([0.0, 0.0, 1.0, 1.0]),
                name="certain",
                order=0,
                reason="it is cut off there: tests/test_domain_edges.py",
            ),
        ],
        [
            bad(
                ShapeError,
                r"binary_cross_entropy: input float64\[3, 1\] and target float64\[3\]",
                f(3, 1),
                f(3),
            ),
            bad(DTypeError, "binary_cross_entropy: missing a required argument: 'target'", f(3)),
            bad(DTypeError, "binary_cross_entropy: target is a list, where a real tensor", f(3), [1.0]),
        ],
        tolerance=1e-11,  # near 1 the logarithm of 1 - p loses what log1p(-p) keeps
    ),
    Case(
        ops.cross_entropy,
        cross_entropy,
        [
            S(f(3, 4), LABELS),
            S(f(3, 4), LABELS, reduction="sum"),
            S(f(3, 4), LABELS, reduction="none"),
            S(f(3, 4), LABELS, WEIGHT, name="weighted"),
            S(f(3, 4), LABELS, WEIGHT, ignore_index=0, name="weighted, one ignored"),
            S(f(3, 4), np.array([-100, 3, -100]), name="ignored by default"),
            S(f(3, 4), LABELS, label_smoothing=0.2),
            S(f(3, 4), LABELS, WEIGHT, label_smoothing=0.2, ignore_index=1, name="everything"),
            S(
                f(3, 4),
                LABELS,
                WEIGHT,
                label_smoothing=0.2,
                ignore_index=1,
                reduction="none",
                name="all, not reduced",
            ),
            S(f(2, 4, 3), ints(2, 3, low=0, high=4), WEIGHT, name="places"),
            S(
                f(2, 3, 2, 2),
                ints(2, 2, 2, low=0, high=3),
                reduction="none",
                label_smoothing=1.0,
                name="places in 2-d",
            ),
            S(f(4), np.array(2), name="no batch"),
            S(f(4), np.array(2), WEIGHT, label_smoothing=0.1, name="no batch, weighted"),
            S(f(3, 4), probabilities(3, 4), name="probabilities"),
            S(
                f(3, 4),
                probabilities(3, 4),
                WEIGHT,
                reduction="sum",
                label_smoothing=0.3,
                name="probabilities, weighted",
            ),
            S(f(2, 4, 3), probabilities(2, 4, 3), reduction="none", name="probabilities of places"),
            S(f(4), probabilities(4), name="probabilities, no batch"),
            S(f(3, 4) + 1000.0, LABELS, name="large scores"),
            S(f(3, 4), LABELS.astype(np.uint8), name="uint8"),
            S(f(0, 4), np.zeros(0, int), reduction="sum", name="empty"),
        ],
        [
            bad(
                IndexingError,
                r"^cross_entropy: target 10 at \(3,\) is outside of the 10 classes 0..9$",
                *(f(5, 10), np.array([0, 9, 1, 10, 2])),
            ),
            bad(IndexingError, r"cross_entropy: target -1 at \(0, 1\)", f(1, 3, 2), np.array([[0, -1]])),
            bad(
                ShapeError,
                r"cross_entropy: target has shape \[2\], input \[3, 4\] wants \[3\]",
                f(3, 4),
                np.array([0, 1]),
            ),
            bad(
                ShapeError,
                r"cross_entropy: weight has shape \[3\], where one .* each of 4",
                f(3, 4),
                LABELS,
                f(3),
            ),
            bad(ShapeError, r"cross_entropy: input is 0-d", f(), np.array(0)),
            bad(
                DTypeError,
                r"cross_entropy: target is float64\[3\], input \[3, 4\]: class indices are",
                f(3, 4),
                f(3),
            ),
            bad(DTypeError, r"cross_entropy: target is bool\[3\]", f(3, 4), np.array([True, False, True])),
            bad(
                DTypeError,
                r"cross_entropy: target is float32, input float64",
                f(2, 2),
                f(2, 2).astype(np.float32),
            ),
            bad(
                ArgumentError, r"cross_entropy: reduction is 'average'", f(3, 4), LABELS, reduction="average"
            ),
            bad(
                ArgumentError, r"cross_entropy: label_smoothing is 1.5", f(3, 4), LABELS, label_smoothing=1.5
            ),
        ],
        no_scalar="there are at least classes",
    ),
]
