"""Gradients against finite differences: every element, or random projections; any order; aware of kinks.

The numeric side is always float64: the function is evaluated at x +- h and x +- h/2, which gives the central slope by
Richardson's extrapolation (error of order h**4) and, with f(x), the slopes on either side. Where those two disagree by
the same amount at both steps there is a kink, and any gradient between them is right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..autograd import enable_grad, grad
from ..core import Tensor
from ..dtypes import float16, float32, float64, is_float
from ..errors import ArgumentError, DTypeError, GradientError

__all__ = ["GradcheckResult", "gradcheck", "gradgradcheck"]

Array = Any
TOLERANCES = {float64: (1e-8, 1e-9), float32: (1e-3, 1e-4), float16: (3e-2, 3e-2)}  # relative, absolute
PROJECTIONS = 4  # of fast_mode: a wrong gradient escapes all four with probability 0


@dataclass
class GradcheckResult:
    """What a check found; true if every gradient was right.

    Attributes:
        passed: whether all agreed.
        checked: how many derivatives were compared.
        kinks: at how many of them the slopes from left and right differ.
        worst: the largest difference, as a multiple of what is allowed.
        message: the first disagreement in one sentence, or what was checked.
    """

    passed: bool = True
    checked: int = 0
    kinks: int = 0
    worst: float = 0.0
    message: str = ""

    def __bool__(self) -> bool:
        return self.passed


def gradcheck(
    fn: Callable[..., Any],
    inputs: Any,
    *,
    order: int = 1,
    eps: float = 1e-4,
    atol: float | None = None,
    rtol: float | None = None,
    fast_mode: bool = False,
    raise_exception: bool = True,
    seed: int = 0,
) -> GradcheckResult:
    """Compare the gradients of `fn(*inputs)` with finite differences.

    Args:
        fn: a function of tensors that returns a tensor or several; evaluated many times, so it must be deterministic.
        inputs: a tensor, or a sequence of anything; the floating tensors that require grad are checked.
        order: 1 checks gradients; k checks the k-th derivative, along random directions for the first k - 1, trusting
            the derivatives below it (check those first).
        eps: the step h for inputs up to 1; for a larger x it is eps * |x| ** (1 / 3).
        atol, rtol: the errors allowed. Default: by the lowest dtype of the inputs, 1e-9 and 1e-8 in float64.
        fast_mode: compare random projections instead of every element: a few evaluations, whatever the size.
        raise_exception: raise, instead of returning a result that is false.
        seed: of the random directions.

    Returns:
        a GradcheckResult: true or false, with counts of what was compared, and of kinks.

    Raises:
        GradientError: naming input, element, and both values, if a gradient is wrong, fn is not deterministic, changes
            its inputs, or is not finite; with raise_exception=False only for what makes a comparison impossible.
        ArgumentError: if there is nothing to check, or `order` or `eps` is not positive.

    >>> import minigrad as mg
    >>> from minigrad.testing import gradcheck
    >>> x = mg.tensor([-1.0, 0.0, 2.0], dtype=mg.float64, requires_grad=True)
    >>> gradcheck(mg.relu, x).message
    '9 derivatives agree, 1 of them at a kink'
    """
    if order < 1 or not eps > 0 or not math.isfinite(eps):
        raise ArgumentError(f"gradcheck: order is {order} and eps {eps}, where positive numbers are wanted")
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    at = [i for i, x in enumerate(given) if isinstance(x, Tensor) and x.requires_grad]
    if not at:
        raise ArgumentError("gradcheck: none of the inputs is a floating tensor that requires grad")
    lowest = max((given[i].dtype for i in at), key=lambda d: TOLERANCES.get(d, (1.0, 0.0))[0])
    r, a = TOLERANCES.get(lowest, (0.1, 0.1))
    problem = Problem(fn, given, at, np.random.default_rng(seed), order)
    problem.probe()
    allowed = (r if rtol is None else rtol), (a if atol is None else atol)
    pairs = projections(problem, eps) if fast_mode else elements(problem, eps)
    result = compare(pairs, *allowed)
    if raise_exception and not result:
        raise GradientError(result.message)
    return result


def gradgradcheck(
    fn: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-4,
    atol: float | None = None,
    rtol: float | None = None,
    fast_mode: bool = False,
    raise_exception: bool = True,
    seed: int = 0,
) -> GradcheckResult:
    """Compare second derivatives of `fn(*inputs)` with finite differences of its gradients: gradcheck with order 2.

    The gradients themselves are taken along random directions; a gradient that is wrong, but whose derivative is
    right for it, passes: call gradcheck first.

    >>> import minigrad as mg
    >>> from minigrad.testing import gradgradcheck
    >>> bool(gradgradcheck(mg.sin, mg.tensor([1.0, 2.0], dtype=mg.float64, requires_grad=True)))
    True
    """
    return gradcheck(
        fn, inputs, order=2, eps=eps, atol=atol, rtol=rtol, fast_mode=fast_mode, raise_exception=raise_exception,
        seed=seed
    )  # fmt: skip


# ---- the function under test ----------------------------------------------------------------------------------------
class Problem:
    """fn as a function of the arrays of the inputs that are checked, differentiated order - 1 times."""

    def __init__(self, fn: Any, given: list[Any], at: list[int], rng: Any, order: int) -> None:
        self.fn, self.given, self.at, self.rng, self.order = fn, given, at, rng, order
        self.start = [np.array(given[i].detach().numpy(), dtype=np.float64) for i in at]
        self.weights: list[list[Array]] = []  # of the outputs, then of each order of gradients

    def call(
        self, arrays: Sequence[Array], dtypes: Sequence[Any], other: Any
    ) -> tuple[list[Tensor], list[Tensor]]:
        """The checked inputs as fresh leaves, and the floating outputs of fn."""
        leaves = [Tensor(np.array(x, dtype=d), True) for x, d in zip(arrays, dtypes, strict=True)]
        args = [constant(x, other) for x in self.given]
        for i, leaf in zip(self.at, leaves, strict=True):
            args[i] = leaf
        before = [x.data.copy() if isinstance(x, Tensor) else None for x in args]
        with enable_grad():
            out = self.fn(*args)
        for i, (x, was) in enumerate(zip(args, before, strict=True)):
            if was is not None and x.data.tobytes() != was.tobytes():
                raise GradientError(f"gradcheck: fn changes its input {i} in place; give it a clone()")
        ys = list(out) if isinstance(out, tuple | list) else [out]
        for y in ys:
            if not isinstance(y, Tensor):
                raise DTypeError(f"gradcheck: fn returned a {type(y).__name__}, where tensors are wanted")
        return leaves, [y for y in ys if is_float(y.dtype)]

    def evaluate(self, arrays: Sequence[Array], dtypes: Any = None) -> tuple[list[Tensor], list[Tensor]]:
        """The leaves, and what is compared: fn's outputs, or projections of its gradients."""
        other = None if dtypes else float64
        leaves, ys = self.call(arrays, dtypes or [np.float64] * len(arrays), other)
        for k in range(self.order - 1):
            total = self.project(k, ys)
            with enable_grad():
                found = (
                    grad(total, leaves, create_graph=True, allow_unused=True)
                    if total is not None and total.requires_grad
                    else [None] * len(leaves)
                )
            ys = [
                Tensor(np.zeros_like(x.data)) if g is None else g for x, g in zip(leaves, found, strict=True)
            ]
        return leaves, ys

    def project(self, k: int, ys: Sequence[Tensor]) -> Tensor | None:
        """The sum of the outputs, weighted at random; with the same weights every time."""
        if len(self.weights) == k:
            self.weights.append([self.rng.standard_normal(y.shape) for y in ys])
        total = None
        with enable_grad():
            for y, w in zip(ys, self.weights[k], strict=True):
                term = (y * Tensor(w.astype(y.dtype))).sum()
                total = term if total is None else total + term
        return total

    def values(self, arrays: Sequence[Array]) -> list[Array]:
        """The outputs as float64 arrays."""
        return [y.detach().numpy() for y in self.evaluate(arrays)[1]]

    def probe(self) -> None:
        """Refuse a function that is not deterministic, or not finite where it is checked."""
        first, again = self.values(self.start), self.values(self.start)
        for k, (y, z) in enumerate(zip(first, again, strict=True)):
            if y.shape != z.shape or not np.array_equal(y, z, equal_nan=True):
                raise GradientError(
                    f"gradcheck: output {k} differs between two calls; fix the key or the seed that fn draws from"
                )
            if not np.isfinite(y).all():
                raise GradientError(
                    f"gradcheck: output {k} holds {y[~np.isfinite(y)][0]}; no difference can be taken"
                )

    def backward(self, cotangents: Callable[[list[Tensor]], Iterator[list[Any]]]) -> Iterator[list[Array]]:
        """For each set of gradients of the outputs those of the inputs, by the rules under test."""
        dtypes = [self.given[i].dtype for i in self.at]
        leaves, ys = self.evaluate(self.start, dtypes)
        live = [k for k, y in enumerate(ys) if y.requires_grad]
        for gs in cotangents(ys):
            chosen = [(ys[k], Tensor(gs[k].astype(ys[k].dtype))) for k in live]
            found: Sequence[Any] = [None] * len(leaves)
            if chosen:
                found = grad(
                    [y for y, _ in chosen],
                    leaves,
                    [g for _, g in chosen],
                    retain_graph=True,
                    allow_unused=True,
                )
            for i, x, g in zip(self.at, leaves, found, strict=True):
                if g is not None and (g.shape, g.dtype) != (x.shape, x.dtype):
                    raise GradientError(
                        f"gradcheck: input {i} is {x.dtype}{[*x.shape]}, its gradient {g.dtype}{[*g.shape]}"
                    )
            yield [
                np.zeros(x.shape) if g is None else np.asarray(g.detach().numpy(), dtype=np.float64)
                for x, g in zip(leaves, found, strict=True)
            ]


def constant(x: Any, dtype: Any) -> Any:
    """An input that is not checked: outside of any graph, floating ones in the dtype asked for."""
    if not isinstance(x, Tensor):
        return x
    return Tensor(
        np.array(x.detach().numpy(), dtype=dtype if dtype is not None and is_float(x.dtype) else None)
    )


# ---- what is compared -----------------------------------------------------------------------------------------------
@dataclass
class Slopes:
    """Numeric derivatives of some outputs along one direction."""

    central: Array
    left: Array
    right: Array
    kink: Array  # where left and right disagree, by the same amount at both steps

    @classmethod
    def along(cls, f: Callable[[float], Array], h: float) -> Slopes:
        """The slopes at 0 of a function of one number."""
        zero, (p, m), (p2, m2) = f(0.0), (f(h), f(-h)), (f(h / 2), f(-h / 2))
        with np.errstate(invalid="ignore", over="ignore"):
            central = (4.0 * (p2 - m2) / h - (p - m) / (2.0 * h)) / 3.0
            right, left = (p2 - zero) / (h / 2), (zero - m2) / (h / 2)
            wide, narrow = (p - 2.0 * zero + m) / h, right - left
            scale = np.maximum.reduce([np.abs(zero), np.abs(p), np.abs(m)])
            noise = 64 * np.finfo(np.float64).eps * scale / h
            size = noise + 1e-7 * np.maximum(1.0, np.maximum(np.abs(left), np.abs(right)))
            kink = (np.abs(narrow) > size) & (np.abs(narrow) > 0.75 * np.abs(wide)) & (narrow * wide > 0)
        return cls(central, np.minimum(left, right), np.maximum(left, right), kink)


Pair = tuple[str, list[str], Array, Slopes]  # which input, the outputs' names, by backward, by differences


def elements(problem: Problem, eps: float) -> Iterator[Pair]:
    """Every input element against every output element."""

    def one_hot(ys: list[Tensor]) -> Iterator[list[Array]]:
        for k, y in enumerate(ys):
            for j in range(y.data.size):
                gs = [np.zeros(z.shape) for z in ys]
                gs[k].reshape(-1)[j] = 1.0
                yield gs

    rows = list(problem.backward(one_hot))
    shapes = [y.shape for y in problem.values(problem.start)]
    names = [
        f"output {k} at {tuple(map(int, i))}" for k, shape in enumerate(shapes) for i in np.ndindex(shape)
    ]
    for n, (i, x) in enumerate(zip(problem.at, problem.start, strict=True)):
        for j in np.ndindex(x.shape):
            h = eps * max(1.0, abs(float(x[j]))) ** (1 / 3)
            slopes = Slopes.along(lambda e, n=n, j=j: moved(problem, n, j, e), h)  # type: ignore[misc]
            analytic = np.array([row[n][j] for row in rows])
            if len(names):
                yield f"input {i} at {tuple(map(int, j))}", names, analytic, slopes


def moved(problem: Problem, n: int, j: tuple[int, ...], e: float) -> Array:
    """All outputs, flat, with one element of one input moved by e."""
    arrays = [x.copy() if k == n else x for k, x in enumerate(problem.start)]
    arrays[n][j] += e
    ys = [y.reshape(-1) for y in problem.values(arrays)]
    return np.concatenate(ys) if ys else np.zeros(0)


def projections(problem: Problem, eps: float) -> Iterator[Pair]:
    """All inputs along random directions against randomly weighted outputs."""
    shapes = [y.shape for y in problem.values(problem.start)]
    for _ in range(PROJECTIONS):
        weights = [problem.rng.standard_normal(s) for s in shapes]
        steps = [problem.rng.standard_normal(x.shape) for x in problem.start]
        (found,) = problem.backward(lambda ys, weights=weights: iter([weights]))  # type: ignore[misc]
        analytic = np.array([sum(float((g * v).sum()) for g, v in zip(found, steps, strict=True))])

        def f(e: float, weights: Any = weights, steps: Any = steps) -> Array:
            ys = problem.values([x + e * v for x, v in zip(problem.start, steps, strict=True)])
            return np.array([sum(float((w * y).sum()) for w, y in zip(weights, ys, strict=True))])

        slopes = Slopes.along(f, eps)
        yield "a random direction", ["the outputs weighted at random"], analytic, slopes


def compare(pairs: Iterator[Pair], rtol: float, atol: float) -> GradcheckResult:
    """Hold analytic to numeric derivatives."""
    result = GradcheckResult()
    for where, names, analytic, s in pairs:
        error = np.abs(analytic - s.central)
        inside = s.kink & (analytic >= s.left - atol) & (analytic <= s.right + atol)
        error = np.where(inside, 0.0, error)
        allowed = atol + rtol * np.maximum(np.abs(analytic), np.abs(s.central))
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.where(error == 0.0, 0.0, np.where(np.isfinite(error), error / allowed, np.inf))
        result.checked += analytic.size
        result.kinks += int(s.kink.sum())
        k = int(ratio.argmax())
        result.worst = max(result.worst, float(ratio[k]))
        if ratio[k] > 1.0 and result.passed:
            result.passed = False
            sides = f", slopes {s.left[k]:.9g} and {s.right[k]:.9g} on its sides" if s.kink[k] else ""
            values = f"backward gives {analytic[k]:.9g}, differences give {s.central[k]:.9g}{sides}"
            result.message = f"gradcheck: {where}, {names[k]}: {values}"
    if result.passed:
        at_kinks = f", {result.kinks} of them at a kink" if result.kinks else ""
        result.message = f"{result.checked} derivatives agree{at_kinks}"
    return result
