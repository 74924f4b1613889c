"""Samples of minigrad/ops/norm.py: statistics element by element, summed exactly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

from .case import Case, S, bad, f, ints

Array = Any


def named(ndim: int, dim: Any) -> set[int]:
    dims = range(ndim) if dim is None or dim == () else [dim] if isinstance(dim, int) else dim
    return {d % ndim for d in dims} if ndim else set()


def pools(x: Array, dim: Any) -> tuple[dict[Any, list[float]], Any]:
    """The elements that share statistics, by where these are stored; and where those of an element are."""
    dims, found = named(x.ndim, dim), {}

    def home(i: Any) -> Any:
        return tuple(0 if k in dims else j for k, j in enumerate(i))

    for i in np.ndindex(*(1 if k in dims else n for k, n in enumerate(x.shape))):
        found[i] = []
    for i in np.ndindex(x.shape):
        found[home(i)].append(float(x[i]))
    return found, home


def at(w: Array | None, shape: Any, otherwise: float) -> Array:
    return np.full(shape, otherwise) if w is None else np.broadcast_to(w, shape)


def standardize(x: Array, weight: Any = None, bias: Any = None, *, dim: Any, eps: float = 1e-5) -> Any:
    groups, home = pools(x, dim)
    shape = [1 if k in named(x.ndim, dim) else n for k, n in enumerate(x.shape)]
    m, v, y = np.empty(shape), np.empty(shape), np.empty(x.shape)
    for i, values in groups.items():
        n = len(values)
        m[i] = math.fsum(values) / n if n else math.nan
        v[i] = math.fsum((a - m[i]) ** 2 for a in values) / n if n else math.nan
    w, b = at(weight, x.shape, 1.0), at(bias, x.shape, 0.0)
    for i in np.ndindex(x.shape):
        y[i] = (x[i] - m[home(i)]) / math.sqrt(v[home(i)] + eps) * w[i] + b[i]
    return y, m, v


def rescale(x: Array, mean: Any, scale: Any, bias: Any = None) -> Array:
    x, mean, scale, bias = np.broadcast_arrays(x, mean, scale, 0.0 if bias is None else bias)
    y = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        y[i] = (float(x[i]) - float(mean[i])) * float(scale[i]) + float(bias[i])
    return y


def rms_norm(x: Array, weight: Any = None, *, dim: Any, eps: float) -> Array:
    groups, home = pools(x, dim)
    w, y = at(weight, x.shape, 1.0), np.empty(x.shape)
    for i in np.ndindex(x.shape):
        values = groups[home(i)]
        y[i] = x[i] / math.sqrt(math.fsum(a * a for a in values) / len(values) + eps) * w[i]
    return y


CASES = [
    Case(
        ops.standardize,
        standardize,
        [
            S(f(3, 5), dim=1),
            S(f(4, 3), f(3), f(3, seed="b"), dim=0, name="a batch"),
            S(f(2, 3, 4), f(3, 1), f(3, 1, seed="b"), dim=(0, 2), eps=0.1, name="a batch of sequences"),
            S(f(2, 3, 4), f(3, 4), dim=(-1, -2), name="layers, weight alone"),
            S(f(2, 2, 3, 2), f(2, 3, 1), f(2, 3, 1, seed="b"), dim=(2, 3), name="groups"),
            S(f(2, 4), None, f(4), dim=1, name="bias alone"),
            S(f(2, 3), f(2, 3), f(1), dim=None, name="all dims"),
            S(
                f(3, 4, low=1e3, high=1.001e3),
                dim=1,
                name="a large mean",
                order=1,
                reason="differences cancel",
            ),
            S(f(2, 1), dim=1, name="of one element"),
            S(f(), dim=None, name="0-d"),
            S(f(0, 3), f(3), dim=1, name="none"),
            S(f(2, 0), dim=1, name="of none", order=0, reason="the mean of nothing is NaN"),
        ],
        [
            bad(
                ShapeError,
                r"standardize: weight \[4\] does not broadcast to x \[2, 3\]",
                f(2, 3),
                f(4),
                dim=1,
            ),
            bad(ShapeError, r"standardize: bias \[2, 2, 3\] does not", f(2, 3), None, f(2, 2, 3), dim=1),
            bad(DTypeError, r"standardize: x is int64", ints(2, 3), dim=1),
            bad(IndexingError, r"standardize: dim 2 is outside of the dims of x", f(2, 3), dim=2),
            bad(ArgumentError, r"standardize: dim \(0, -2\) names a dim of x", f(2, 3), dim=(0, -2)),
        ],
        tolerance=1e-10,  # the large mean: 1e3 rounds to 1e-13, against a deviation of 1
    ),
    Case(
        ops.rescale,
        rescale,
        [
            S(f(2, 3), f(3), f(3, seed="s")),
            S(f(2, 3, 2), f(3, 1), f(3, 1, seed="s"), f(3, 1, seed="b")),
            S(f(), f(), f(), name="0-d"),
            S(f(0, 3), f(3), f(3), f(3), name="none"),
        ],
        [
            bad(ShapeError, r"rescale: x float64\[2, 3\], mean float64\[2\]", f(2, 3), f(2), f(3)),
            bad(ShapeError, r"rescale: .*scale float64\[4, 3\]", f(2, 3), f(3), f(4, 3)),
            bad(ShapeError, r"rescale: .*bias float64\[4\]", f(2, 3), f(3), f(3), f(4)),
            bad(DTypeError, r"rescale: .*x is a str", "text", f(3), f(3)),
        ],
    ),
    Case(
        ops.rms_norm,
        rms_norm,
        [
            S(f(3, 5), dim=1, eps=1e-6),
            S(f(2, 3, 4), f(3, 4), dim=(-2, -1), eps=0.1),
            S(f(2, 3), f(2, 1), dim=None, eps=0.0, name="all dims"),
            S(np.zeros((2, 3)), f(3), dim=1, eps=1e-2, name="of zeros"),
            S(f(), dim=None, eps=1e-2, name="0-d"),
            S(f(0, 3), f(3), dim=1, eps=1e-6, name="none"),
        ],
        [
            bad(
                ShapeError,
                r"rms_norm: weight \[2\] does not broadcast to x \[2, 3\]",
                f(2, 3),
                f(2),
                dim=1,
                eps=0.1,
            ),
            bad(IndexingError, r"rms_norm: dim -3 is outside of the dims of x", f(2, 3), dim=-3, eps=0.1),
            bad(DTypeError, r"rms_norm: .*eps", f(2, 3), dim=1),
            bad(DTypeError, r"rms_norm: x is int64", ints(2, 3), dim=1, eps=0.1),
        ],
    ),
]
