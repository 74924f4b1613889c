"""Samples of minigrad/ops/activation.py: Python's math, element by element."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, IndexingError

from .case import Case, S, bad, distinct, each, f, ints

Array = Any


def sigmoid(v: float) -> float:
    return 1.0 / (1.0 + math.exp(-v)) if v > -700.0 else 0.0


def element(function: Callable[..., float]) -> Callable[..., Array]:
    """A reference from a function of one number and of the op's parameters."""
    return lambda x, **params: each(lambda v: function(v, **params))(x)


def elu(v: float, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> float:
    return scale * (v if v > 0 else alpha * math.expm1(v * input_scale))


def softplus(v: float, beta: float = 1.0, threshold: float = 20.0) -> float:
    return v if v * beta > threshold else math.log1p(math.exp(v * beta)) / beta


def logsigmoid(v: float) -> float:
    return -math.log1p(math.exp(-v)) if v > -700.0 else v


def slices(x: Array, dim: int, function: Callable[[list[float]], list[float]]) -> Array:
    """function on each slice of x along dim."""
    if not x.ndim:
        return np.array(function([float(x)])[0])
    y = np.empty_like(x)
    for i in np.ndindex(*[1 if d == dim % x.ndim else n for d, n in enumerate(x.shape)]):
        line = tuple(slice(None) if d == dim % x.ndim else k for d, k in enumerate(i))
        y[line] = function([float(v) for v in x[line]])
    return y


def log_sum(values: list[float]) -> float:
    top = max(values, default=0.0)
    return top + math.log(math.fsum(math.exp(v - top) for v in values)) if values else 0.0


def log_softmax(x: Array, dim: int) -> Array:
    return slices(x, dim, lambda values: [v - log_sum(values) for v in values])


def softmax(x: Array, dim: int) -> Array:
    return slices(x, dim, lambda values: [math.exp(v - log_sum(values)) for v in values])


BASIC = [S(distinct(3, 4)), S(distinct(), name="0-d"), S(f(0, 2), name="empty")]
WIDE = S(
    np.array([-800.0, -30.0, 30.0, 800.0]),
    name="far out",
    order=1,
    reason="the slopes differ too little from 0 or 1",
)
DIMS = [
    S(f(3, 4), dim=1),
    S(f(3, 4), dim=0),
    S(f(2, 3, 2), dim=-2, name="negative dim"),
    S(f(), dim=0, name="0-d"),
    S(f(0, 3), dim=1, name="no slice"),
    S(f(3, 0), dim=1, name="empty slices"),
    S(f(2, 3) + 1000.0, dim=1, name="large"),
]
NO_DIM = r"missing a required .*argument: 'dim'"


def refused(op: Any) -> list[Any]:
    name = op.op.name
    return [
        bad(DTypeError, rf"{name}: .*too many positional", f(2), 1.0, 1.0, 1.0, 1.0),
        bad(DTypeError, rf"{name}: x list: x has to be a tensor", [1.0, 2.0]),
        bad(DTypeError, rf"{name}: .*unexpected keyword argument 'inplace'", f(2), inplace=True),
        *[
            bad(DTypeError, rf"{name}: {p} is {given}, where a number is wanted", f(2), **{p: value})
            for p in op.op.params
            for value, given in ((None, "None"), ("1", "str"), (f(1), r"float64\[1\]"))
        ],
    ]


CASES = [
    Case(ops.relu, element(lambda v: max(v, 0.0)), [*BASIC, S(ints(4), name="integers")], refused(ops.relu)),
    Case(
        ops.leaky_relu,
        element(lambda v, negative_slope=0.01: v if v > 0 else v * negative_slope),
        [*BASIC, S(distinct(5), negative_slope=0.3)],
        refused(ops.leaky_relu),
    ),
    Case(
        ops.hardtanh,
        element(lambda v, min_val=-1.0, max_val=1.0: min(max(v, min_val), max_val)),
        [
            *BASIC,
            S(distinct(9), min_val=-0.2),
            S(distinct(9), max_val=0.2),
            S(distinct(9), min_val=0.0, max_val=6.0),
        ],
        [
            *refused(ops.hardtanh),
            bad(ArgumentError, r"hardtanh: min_val 1.0 is not below max_val 1.0", f(2), min_val=1.0),
        ],
    ),
    Case(
        ops.elu,
        element(elu),
        [*BASIC, WIDE, S(distinct(5), alpha=0.5), S(distinct(5), alpha=2.0, scale=1.5, input_scale=0.5)],
        refused(ops.elu),
    ),
    Case(ops.silu, element(lambda v: v * sigmoid(v)), [*BASIC, WIDE], refused(ops.silu)),
    Case(ops.logsigmoid, element(logsigmoid), [*BASIC, WIDE], refused(ops.logsigmoid)),
    Case(
        ops.softplus,
        element(softplus),
        [*BASIC, WIDE, S(distinct(5), beta=2.5), S(distinct(9), beta=3.0, threshold=0.5)],
        [*refused(ops.softplus), bad(ArgumentError, r"softplus: beta is 0", f(2), beta=0.0)],
    ),
    Case(
        ops.softmax,
        softmax,
        DIMS,
        [
            bad(IndexingError, r"softmax: dim 2 is outside of 2 dimensions", f(2, 3), dim=2),
            bad(DTypeError, rf"softmax: {NO_DIM}", f(2)),
            bad(DTypeError, r"softmax: dim is tuple, where an integer is wanted", f(2, 3), dim=(0, 1)),
        ],
    ),
    Case(
        ops.log_softmax,
        log_softmax,
        DIMS,
        [
            bad(IndexingError, r"log_softmax: dim 2 is outside of 2 dimensions", f(2, 3), dim=2),
            bad(DTypeError, rf"log_softmax: {NO_DIM}", f(2)),
            bad(DTypeError, r"log_softmax: dim is tuple, where an integer is wanted", f(2, 3), dim=(0, 1)),
        ],
    ),
]
