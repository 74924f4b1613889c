"""Samples of minigrad/ops/reduce.py: each reference walks through the elements in plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

from .case import Case, S, bad, distinct, f, ints

Array = Any
inf, nan = math.inf, math.nan
Line = Sequence[Any]


# ---- references -----------------------------------------------------------------------------------------------------
def over(function: Callable[..., Any], empty: Any = np.float64) -> Callable[..., Array]:
    """The reference of a reduction, from a function of the list of reduced elements."""

    def reference(x: Array, dim: Any = None, keepdim: bool = False, **params: Any) -> Array:
        given = range(x.ndim) if dim is None else dim if isinstance(dim, tuple) else (dim,)
        dims = {d % x.ndim for d in given} if x.ndim else set()
        kept = [1 if k in dims else n for k, n in enumerate(x.shape)]
        lines: dict[Any, list[Any]] = {i: [] for i in np.ndindex(*kept)}
        for j in np.ndindex(x.shape):
            lines[tuple(0 if k in dims else i for k, i in enumerate(j))].append(x[j].item())
        results = [function(line, **params) for line in lines.values()]
        shape = kept if keepdim else [n for k, n in enumerate(x.shape) if k not in dims]
        return np.array(results, None if results else empty).reshape(shape)

    return reference


def along(function: Callable[[Line], list[Any]]) -> Callable[..., Array]:
    """The reference of a function that takes the elements along a dim to as many."""

    def reference(x: Array, dim: int) -> Array:
        y = np.moveaxis(np.atleast_1d(x), dim, -1)
        lines = [function(y[i].tolist()) for i in np.ndindex(y.shape[:-1])]
        z = np.array(lines, None if y.size else x.dtype).reshape(y.shape)
        return np.moveaxis(z, -1, dim).reshape(x.shape)

    return reference


def total(line: Line) -> Any:
    return math.fsum(line) if not line or isinstance(line[0], float) else sum(line)


def mean(line: Line) -> float:
    return math.fsum(line) / len(line) if line else nan


def product(line: Line) -> Any:
    y = 1.0 if not line or isinstance(line[0], float) else 1
    for v in line:
        y = y * v
    return y


def running(combine: Callable[[Any, Any], Any]) -> Callable[[Line], list[Any]]:
    """All that a fold passes through."""

    def function(line: Line) -> list[Any]:
        found: list[Any] = []
        for v in line:
            found.append(combine(found[-1], v) if found else int(v) if isinstance(v, bool) else v)
        return found

    return function


def largest(line: Line) -> Any:
    y = line[0]
    for v in line:
        y = v if v > y or v != v else y
    return y


def smallest(line: Line) -> Any:
    y = line[0]
    for v in line:
        y = v if v < y or v != v else y
    return y


def first(extreme: Callable[[Line], Any]) -> Callable[[Line], int]:
    """Where the extreme element stands first."""
    return lambda line: next(k for k, v in enumerate(line) if v == extreme(line) or v != v)


def both(extreme: Callable[[Line], Any]) -> Callable[..., tuple[Array, Array]]:
    """The extreme elements and their places."""
    return lambda x, **params: (over(extreme)(x, **params), over(first(extreme), np.int64)(x, **params))


def var(line: Line, correction: float = 1) -> float:
    free = max(len(line) - correction, 0)
    squares = math.fsum((v - mean(line)) ** 2 for v in line)
    return squares / free if free else inf if squares else nan


def logsumexp(line: Line) -> float:
    top = max(line, default=-inf)
    return top if math.isinf(top) else top + math.log(math.fsum(math.exp(v - top) for v in line))


# ---- samples --------------------------------------------------------------------------------------------------------
def truths(*shape: int) -> Array:
    return np.asarray(ints(*shape, low=0, high=2) > 0)


def forms(
    make: Callable[..., Array] = f, several: bool = True, dim: int | None = None, **of_one: Any
) -> list[Any]:
    """All dims, one, one from the end, several; kept or not; 0-d, with and without a dim, and with `of_one`."""
    found = [
        S(make(2, 3), dim=0, name="rows"),
        S(make(2, 3, 4), dim=-2, name="a dim from the end"),
        S(make(2, 3), dim=1, keepdim=True, name="kept"),
        S(make(), dim=-1, name="0-d with a dim", **of_one),
    ]
    if dim is None:
        found += [
            S(make(2, 3)),
            S(make(2, 3), keepdim=True, name="all kept"),
            S(make(), name="0-d", **of_one),
        ]
    if several:
        found += [
            S(make(2, 3, 4), dim=(0, -1), name="several"),
            S(make(2, 3), dim=(1, 0), keepdim=True, name="both"),
        ]
    return found


def nothing(*dims: Any, **params: Any) -> list[Any]:
    """Extents of 0, reduced and not."""
    return [S(f(0, 3), dim=d, name=f"empty, dim {d}", **params) for d in dims]


def wrong_dims(op: Any, several: bool = True) -> list[Any]:
    """Dims that are not there, twice there, or no numbers."""
    name = op.op.name
    twice = [
        bad(ArgumentError, rf"{name}: dim \(0, -2\) names a dim of x \(2, 3\) twice", f(2, 3), dim=(0, -2))
    ]
    single = [
        bad(DTypeError, rf"{name}: dim is (tuple|\(0, 1\)), where an integer is wanted", f(2, 3), dim=(0, 1))
    ]
    return [
        bad(
            IndexingError,
            rf"{name}: dim 2 is outside of the dims of x, whose shape is \(2, 3\)",
            f(2, 3),
            dim=2,
        ),
        bad(IndexingError, rf"{name}: dim -3 is outside", f(2, 3), dim=-3),
        bad(
            DTypeError,
            rf"{name}: (dim is str, where an|.*'str' object cannot be interpreted as an) integer",
            f(2, 3),
            dim="0",
        ),
        *(twice if several else single),
    ]


def no_floats(op: Any) -> list[Any]:
    """Integers, where only floats have an answer."""
    return [bad(DTypeError, f"{op.op.name}: x is int64, where a floating dtype is wanted", ints(3))]


def no_elements(op: Any) -> list[Any]:
    """Nothing, of which there is no extreme element."""
    name = op.op.name
    why = rf"{name}: x float64\[0, 3\] has no elements along dim 0, so there is no {name}"
    return [bad(ShapeError, why, f(0, 3), dim=0)]


TRUTHS = np.array([[True, False, True], [True, True, True]])
EVEN = np.array([[1.0, 2.0, 2.0], [3.0, 3.0, 3.0]])
ZEROS = np.array([[1.5, 0.0, -2.0, 0.5], [0.0, 2.0, 0.0, 3.0], [1.0, -1.5, 2.0, 0.5]])
INTEGERS, UNSURE = ints(2, 3, low=-2, high=3), np.array([[nan, 1.0], [2.0, nan]])
no_answer = {"order": 0, "reason": "NaN or an infinity"}
at_ties = {"order": 0, "reason": "at ties there is no slope"}


def extremes(extreme: Callable[[Line], Any]) -> list[Any]:
    return [
        *forms(distinct),
        *nothing(1),
        S(EVEN, dim=1, name="ties", **at_ties),
        S(UNSURE, dim=1, name="NaN", order=0, reason="NaN has no slope"),
        S(INTEGERS, dim=0, name="integers"),
        S(TRUTHS, dim=1, name="bools"),
    ]


def places() -> list[Any]:
    return [
        *forms(distinct, several=False),
        *nothing(1),
        S(EVEN, dim=1, name="ties"),
        S(EVEN, name="ties in row-major order"),
        S(UNSURE, dim=1, name="NaN"),
        S(INTEGERS, dim=0, name="integers"),
    ]


CASES = [
    Case(
        ops.sum,
        over(total),
        [*forms(), *nothing(None, 0, 1), S(INTEGERS, dim=1, name="integers"), S(TRUTHS, dim=0, name="bools")],
        wrong_dims(ops.sum),
    ),
    Case(
        ops.mean,
        over(mean),
        [*forms(), *nothing(None, 0, 1, **no_answer)],
        [*wrong_dims(ops.mean), *no_floats(ops.mean)],
    ),
    Case(
        ops.prod,
        over(product),
        [
            *forms(several=False),
            *nothing(None, 0, 1),
            S(ZEROS, dim=1, name="zeros"),
            S(ZEROS, dim=0, name="zeros in columns"),
            S(ZEROS[0], name="one zero"),
            S(ZEROS[1], name="two zeros"),
            S(INTEGERS, dim=1, name="integers"),
            S(TRUTHS, dim=0, name="bools"),
        ],
        wrong_dims(ops.prod, several=False),
    ),
    Case(
        ops.cumsum,
        along(running(lambda a, b: a + b)),
        [
            S(f(2, 3), dim=1),
            S(f(2, 3, 2), dim=-2, name="a dim from the end"),
            S(f(), dim=0, name="0-d"),
            S(f(0, 3), dim=0, name="empty"),
            S(INTEGERS, dim=0, name="integers"),
            S(TRUTHS, dim=1, name="bools"),
        ],
        wrong_dims(ops.cumsum, several=False),
    ),
    Case(
        ops.cumprod,
        along(running(lambda a, b: a * b)),
        [
            S(f(2, 3), dim=1),
            S(f(2, 3, 2), dim=-2, name="a dim from the end"),
            S(f(), dim=0, name="0-d"),
            S(f(3, 0), dim=1, name="empty"),
            S(ZEROS, dim=1, name="zeros"),
            S(ZEROS, dim=0, name="zeros in columns"),
            S(INTEGERS, dim=0, name="integers"),
        ],
        wrong_dims(ops.cumprod, several=False),
    ),
    Case(ops.amax, over(largest), extremes(largest), [*wrong_dims(ops.amax), *no_elements(ops.amax)]),
    Case(ops.amin, over(smallest), extremes(smallest), [*wrong_dims(ops.amin), *no_elements(ops.amin)]),
    Case(
        ops.max,
        both(largest),
        [*forms(distinct, False, 0), *nothing(1), S(EVEN, dim=1, name="ties", **at_ties), S(INTEGERS, dim=1)],
        [*wrong_dims(ops.max, False), *no_elements(ops.max)],
    ),
    Case(
        ops.min,
        both(smallest),
        [*forms(distinct, False, 0), *nothing(1), S(EVEN, dim=1, name="ties", **at_ties), S(INTEGERS, dim=1)],
        [*wrong_dims(ops.min, False), *no_elements(ops.min)],
    ),
    Case(
        ops.argmax,
        over(first(largest), np.int64),
        places(),
        [*wrong_dims(ops.argmax, False), *no_elements(ops.argmax)],
        order=0,
    ),
    Case(
        ops.argmin,
        over(first(smallest), np.int64),
        places(),
        [*wrong_dims(ops.argmin, False), *no_elements(ops.argmin)],
        order=0,
    ),
    Case(
        ops.var,
        over(var),
        [
            *forms(distinct, **no_answer),
            S(f(2, 4), dim=1, correction=0, name="of all there is"),
            S(f(2, 4), correction=1.5, name="corrected by a fraction"),
            S(np.array([1.0, 2.0]), correction=3, name="corrected by too much", order=0, reason="infinite"),
            *nothing(None, 1, **no_answer),
        ],
        [*wrong_dims(ops.var), *no_floats(ops.var)],
    ),
    Case(
        ops.std,
        over(lambda line, **params: math.sqrt(var(line, **params))),
        [
            *forms(distinct, **no_answer),
            S(f(2, 4), dim=1, correction=0, name="of all there is"),
            S(np.array([3.0, 3.0]), name="all equal", order=0, reason="the root has no slope at 0"),
            *nothing(None, 1, **no_answer),
        ],
        [*wrong_dims(ops.std), *no_floats(ops.std)],
    ),
    Case(
        ops.logsumexp,
        over(logsumexp),
        [
            *forms(dim=0),
            S(f(2, 3), dim=None, name="all"),
            *nothing(0, 1, **no_answer),
            S(np.array([[1000.0, 1000.5], [-1000.0, -1001.0]]), dim=1, name="far from 0"),
            S(
                np.array([[-inf, -inf], [inf, 0.0], [-inf, 1.0]]),
                dim=1,
                name="infinities",
                order=0,
                reason="no slope",
            ),
        ],
        [*wrong_dims(ops.logsumexp), bad(DTypeError, "logsumexp: missing a required .*'dim'", f(2))],
    ),
    Case(
        ops.any,
        over(lambda line: any(map(bool, line)), np.bool_),
        [*forms(truths), *nothing(None, 0, 1), S(ZEROS, dim=1), S(UNSURE)],
        wrong_dims(ops.any),
        order=0,
    ),
    Case(
        ops.all,
        over(lambda line: all(map(bool, line)), np.bool_),
        [*forms(truths), *nothing(None, 0, 1), S(ZEROS, dim=1), S(UNSURE)],
        wrong_dims(ops.all),
        order=0,
    ),
    Case(
        ops.count_nonzero,
        over(lambda line: len([v for v in line if v]), np.int64),
        [
            S(ZEROS),
            S(ZEROS, dim=0),
            S(ZEROS, dim=(-1, 0)),
            S(INTEGERS, dim=1),
            S(TRUTHS, dim=1),
            S(f(), name="0-d"),
            *nothing(None, 0, 1),
        ],
        wrong_dims(ops.count_nonzero),
        order=0,
    ),
]
