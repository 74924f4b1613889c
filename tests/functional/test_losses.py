"""Losses against their formulas in plain Python, their gradients against differences, and what they refuse."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_samples.case import distinct, f, ints

import minigrad as mg
from minigrad import functional as F
from minigrad.errors import ArgumentError, DTypeError, IndexingError, MinigradError, ShapeError
from minigrad.testing import gradcheck, gradgradcheck

Losses = Callable[..., list[float]]
REDUCTIONS = ("none", "mean", "sum")


# ---- the formulas: the losses of a batch, one number for each -------------------------------------------------------
def each(fn: Callable[..., float]) -> Losses:
    """A formula of one element, over all."""

    def losses(*xs: Any, **params: Any) -> list[float]:
        return [fn(*map(float, row), **params) for row in zip(*map(np.ravel, xs), strict=True)]

    return losses


def rows(fn: Callable[..., float]) -> Losses:
    """A formula of one row, over all."""

    def losses(*xs: Any, **params: Any) -> list[float]:
        return [fn(*(x.tolist() for x in row), **params) for row in zip(*xs, strict=True)]

    return losses


def bce(p: float, t: float) -> float:
    def log(v: float) -> float:
        return max(math.log(v), -100.0) if v > 0 else -100.0

    return -t * log(p) - (1 - t) * log(1 - p)


def poisson(x: float, t: float, log_input: bool = True, full: bool = False, eps: float = 1e-8) -> float:
    rest = t * math.log(t) - t + 0.5 * math.log(2 * math.pi * t) if full and t > 1 else 0.0
    return (math.exp(x) - t * x if log_input else x - t * math.log(x + eps)) + rest


def gaussian(x: float, t: float, var: float, full: bool = False, eps: float = 1e-6) -> float:
    var = max(var, eps)
    return 0.5 * (math.log(var) + (x - t) ** 2 / var) + (0.5 * math.log(2 * math.pi) if full else 0.0)


def hinge(x: float, t: float, margin: float = 1.0) -> float:
    return x if t == 1 else max(0.0, margin - x)


def multi_margin(x: list[float], t: int, p: int = 1, margin: float = 1.0, weight: Any = None) -> float:
    factor = 1.0 if weight is None else weight[t]
    return sum(factor * max(0.0, margin - x[t] + v) ** p for k, v in enumerate(x) if k != t) / len(x)


def multilabel_margin(x: list[float], t: list[int]) -> float:
    right = list(itertools.takewhile(lambda k: k >= 0, t))
    wrong = [k for k in range(len(x)) if k not in right]
    return sum(max(0.0, 1 - (x[j] - x[i])) for j in right for i in wrong) / len(x)


def multilabel_soft(x: list[float], t: list[float], weight: Any = None) -> float:
    w = [1.0] * len(x) if weight is None else weight
    return sum(c * (math.log1p(math.exp(-v)) + (1 - y) * v) for v, y, c in zip(x, t, w, strict=True)) / len(x)


def cosine(a: list[float], b: list[float], t: float, margin: float = 0.0) -> float:
    length = math.sqrt((math.hypot(*a) ** 2 + 1e-12) * (math.hypot(*b) ** 2 + 1e-12))  # as PyTorch
    c = sum(u * v for u, v in zip(a, b, strict=True)) / length
    return 1 - c if t == 1 else max(0.0, c - margin)


def apart(a: list[float], b: list[float], p: float, eps: float = 1e-6) -> float:
    return sum(abs(u - v + eps) ** p for u, v in zip(a, b, strict=True)) ** (1 / p)


def triplet(a: Any, b: Any, c: Any, margin: float = 1.0, p: float = 2.0, swap: bool = False) -> float:
    far = min(apart(a, c, p), apart(b, c, p)) if swap else apart(a, c, p)
    return max(0.0, apart(a, b, p) - far + margin)


X, Y, P, Q = (
    distinct(4, 3),
    distinct(4, 3, seed="y"),
    f(4, 3, low=0.1, high=0.9),
    f(4, 3, low=0.1, high=0.9, seed="q"),
)
SIGNS = np.where(f(4, 3, seed="sign") > 0, 1.0, -1.0)
LABELS, WEIGHT = ints(4, low=0, high=3), np.array([0.5, 2.0, 1.25])
SETS = np.array([[2, 0, -1], [-1, 0, 1], [0, 1, 2], [1, -1, 1]])
CASES: dict[str, list[tuple[Losses, tuple[Any, ...], dict[str, Any]]]] = {
    "mse_loss": [(each(lambda x, t: (x - t) ** 2), (X, Y), {})],
    "l1_loss": [(each(lambda x, t: abs(x - t)), (X, Y), {})],
    "huber_loss": [
        (
            each(lambda x, t, delta=1.0: min(abs(x - t), delta) * (abs(x - t) - min(abs(x - t), delta) / 2)),
            (X, Y),
            k,
        )
        for k in ({}, {"delta": 0.3})
    ],
    "smooth_l1_loss": [
        (
            each(
                lambda x, t, beta=1.0: (x - t) ** 2 / beta / 2 if abs(x - t) < beta else abs(x - t) - beta / 2
            ),
            (X, Y),
            k,
        )
        for k in ({}, {"beta": 0.5})
    ],
    "binary_cross_entropy": [
        (each(bce), (P, Q), {}),
        (each(bce), (np.array([0.0, 1.0]), np.array([0.25, 1.0])), {}),
    ],
    "binary_cross_entropy_with_logits": [
        (each(lambda x, t: math.log1p(math.exp(-x)) + (1 - t) * x), (X, Q), {})
    ],
    "kl_div": [
        (each(lambda x, t: t * (math.log(t) - x)), (np.log(P), Q), {}),
        (each(lambda x, t: 0.0 if t == 0 else math.nan), (np.log(P), np.zeros((4, 3))), {}),
        (each(lambda x, t, log_target: math.exp(t) * (t - x)), (np.log(P), np.log(Q)), {"log_target": True}),
    ],
    "poisson_nll_loss": [
        (each(poisson), (Q * 4, P * 5), {"log_input": a, "full": b, "eps": e})
        for a, b, e in itertools.product((True, False), (True, False), (1e-8, 0.1))
    ],
    "gaussian_nll_loss": [
        (each(gaussian), (X, Y, P), {}),
        (each(gaussian), (X, Y, P), {"full": True, "eps": 0.5}),
    ],
    "hinge_embedding_loss": [(each(hinge), (X, SIGNS), {}), (each(hinge), (X, SIGNS), {"margin": 0.2})],
    "soft_margin_loss": [(each(lambda x, t: math.log1p(math.exp(-x * t))), (X, SIGNS), {})],
    "margin_ranking_loss": [
        (each(lambda a, b, t, margin=0.0: max(0.0, margin - t * (a - b))), (X, Y, SIGNS), k)
        for k in ({}, {"margin": 0.4})
    ],
    "multi_margin_loss": [
        (rows(multi_margin), (X, LABELS), k)
        for k in ({}, {"p": 2}, {"margin": 0.3}, {"p": 2, "weight": WEIGHT})
    ],
    "multilabel_margin_loss": [(rows(multilabel_margin), (X, SETS), {})],
    "multilabel_soft_margin_loss": [
        (rows(multilabel_soft), (X, (SIGNS + 1) / 2), k) for k in ({}, {"weight": WEIGHT})
    ],
    "cosine_embedding_loss": [
        (rows(cosine), (X, Y, SIGNS[:, 0]), k) for k in ({}, {"margin": 0.3}, {"margin": -0.2})
    ],
    "triplet_margin_loss": [
        (rows(triplet), (X, Y, P * 2 - 1), {"p": p, "margin": m, "swap": s})
        for p, m, s in itertools.product((1.0, 2.0, 3.0), (1.0, 0.3), (False, True))
    ],
    "triplet_margin_with_distance_loss": [
        (rows(triplet), (X, Y, P * 2 - 1), {"margin": 0.7, "swap": s}) for s in (False, True)
    ],
}
ROWS = [
    pytest.param(name, *case, id=f"{name}-{k}")
    for name, cases in CASES.items()
    for k, case in enumerate(cases)
]


def given(params: dict[str, Any]) -> dict[str, Any]:
    return {k: mg.tensor(v) if isinstance(v, np.ndarray) else v for k, v in params.items()}


@pytest.mark.parametrize(("name", "formula", "xs", "params"), ROWS)
def test_the_losses_are_their_formulas(name: str, formula: Losses, xs: Any, params: Any) -> None:
    wanted = np.array(formula(*xs, **params))
    found = {r: getattr(F, name)(*map(mg.tensor, xs), **given(params), reduction=r) for r in REDUCTIONS}
    np.testing.assert_allclose(found["none"].numpy().ravel(), wanted, rtol=1e-12, atol=1e-13)
    assert found["mean"].shape == found["sum"].shape == ()
    assert found["mean"].item() == pytest.approx(wanted.mean(), rel=1e-12)
    assert found["sum"].item() == pytest.approx(wanted.sum(), rel=1e-12)


@pytest.mark.parametrize(("name", "formula", "xs", "params"), ROWS)
def test_gradients_of_all_floating_arguments(name: str, formula: Losses, xs: Any, params: Any) -> None:
    """To the second order, at points that are no kinks; what is cut off has PyTorch's, which differences do not see."""
    if xs[0].min() == 0 or "eps" in params:
        return
    whole = {"hinge_embedding_loss": 1, "cosine_embedding_loss": 2, "kl_div": 2 if (xs[1] > 0).all() else 1}
    moving = [
        mg.tensor(x, requires_grad=x.dtype.kind == "f" and k < whole.get(name, 9)) for k, x in enumerate(xs)
    ]
    for reduction in ("none", "mean"):
        fn = lambda *xs, r=reduction: getattr(F, name)(*xs, **given(params), reduction=r)  # noqa: E731
        assert gradcheck(fn, moving) and gradgradcheck(fn, moving)


# ---- weights --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "huber_loss"])
def test_a_weight_for_each_element(name: str) -> None:
    loss, weight = getattr(F, name), P * 3
    plain = loss(mg.tensor(X), mg.tensor(Y), reduction="none").numpy()
    found = {r: loss(mg.tensor(X), mg.tensor(Y), reduction=r, weight=mg.tensor(weight)) for r in REDUCTIONS}
    np.testing.assert_allclose(found["none"].numpy(), plain * weight, rtol=1e-13)
    assert found["sum"].item() == pytest.approx((plain * weight).sum())
    share = weight.size if name == "huber_loss" else weight.sum()
    assert found["mean"].item() == pytest.approx((plain * weight).sum() / share)


@pytest.mark.parametrize("name", ["binary_cross_entropy", "binary_cross_entropy_with_logits"])
def test_a_weight_that_broadcasts(name: str) -> None:
    loss, w = getattr(F, name), mg.tensor(WEIGHT)
    plain = loss(mg.tensor(P), mg.tensor(Q), reduction="none").numpy()
    weighted = loss(mg.tensor(P), mg.tensor(Q), weight=w, reduction="none")
    np.testing.assert_allclose(weighted.numpy(), plain * WEIGHT, rtol=1e-12)
    assert loss(mg.tensor(P), mg.tensor(Q), w).item() == pytest.approx((plain * WEIGHT).mean())


def test_batchmean() -> None:
    x, t = mg.tensor(np.log(P)), mg.tensor(Q)
    total = F.kl_div(x, t, reduction="sum").item()
    assert F.kl_div(x, t, reduction="batchmean").item() == pytest.approx(total / 4)


# ---- kinks ----------------------------------------------------------------------------------------------------------
def slope(fn: Callable[[Any], Any], at: list[float]) -> list[float]:
    x = mg.tensor(at, requires_grad=True)
    fn(x).sum().backward()
    return x.grad.tolist()  # type: ignore[no-any-return]


def test_gradients_at_kinks() -> None:
    """Where a margin is just kept PyTorch gives 1 in some losses and 0 in others, and so do these."""
    one = mg.tensor([1.0])
    assert slope(lambda x: F.hinge_embedding_loss(x, -one), [1.0]) == [-1.0]
    assert slope(lambda x: F.margin_ranking_loss(x, 0 * one, one, 0.5), [0.5]) == [-1.0]
    assert slope(lambda x: F.multi_margin_loss(x, mg.tensor(0)), [1.0, 0.0]) == [0.0, 0.0]
    assert slope(lambda x: F.multilabel_margin_loss(x, mg.tensor([0, -1])), [1.0, 0.0]) == [0.0, 0.0]
    assert slope(lambda x: F.l1_loss(x, 0 * one), [0.0]) == [0.0]
    assert slope(lambda x: F.smooth_l1_loss(x, 0 * one, beta=0.0), [0.0]) == [0.0]


def test_vectors_of_length_zero_have_a_finite_cosine() -> None:
    a = mg.tensor(np.zeros((2, 3)), requires_grad=True)
    loss = F.cosine_embedding_loss(a, mg.tensor(np.ones((2, 3))), mg.tensor([1.0, -1.0]), reduction="none")
    loss.sum().backward()
    assert loss.tolist() == [1.0, 0.0] and np.isfinite(a.grad.numpy()).all()


# ---- what is refused ------------------------------------------------------------------------------------------------
x, t = mg.zeros(4, 3), mg.ones(4, 3)
REFUSED: list[tuple[str, tuple[Any, ...], dict[str, Any], type[MinigradError], str]] = [
    *[
        (
            name,
            tuple(map(mg.tensor, cases[0][1])),
            {"reduction": wrong},
            ArgumentError,
            f"reduction is {wrong!r}",
        )
        for name, cases in CASES.items()
        for wrong in ("average", None, 1)
    ],
    *[
        (
            name,
            (x, t[:3]),
            {},
            ShapeError,
            r"input float32\[4, 3\] and target float32\[3, 3\] differ in shape",
        )
        for name in ("mse_loss", "l1_loss", "huber_loss", "soft_margin_loss", "binary_cross_entropy")
    ],
    *[
        (
            name,
            (x, t),
            {"weight": mg.ones(3)},
            ShapeError,
            r"weight float32\[3\] and input float32\[4, 3\] differ",
        )
        for name in ("mse_loss", "l1_loss", "huber_loss")
    ],
    ("mse_loss", (x, t), {"weight": "heavy"}, DTypeError, "weight is a str"),
    ("mse_loss", (x, [1.0]), {}, DTypeError, "target"),
    ("huber_loss", (x, t), {"delta": 0.0}, ArgumentError, "delta is 0.0"),
    ("smooth_l1_loss", (x, t), {"beta": -1.0}, ArgumentError, "-1.0"),
    ("binary_cross_entropy", (x + 2, t), {}, ArgumentError, "elements outside of 0 to 1: give probabilities"),
    ("binary_cross_entropy", (x * math.nan, t), {}, ArgumentError, "elements outside of 0 to 1"),
    ("kl_div", (x, mg.ones(2, 3)), {}, ShapeError, r"float32\[2, 3\], b float32\[4, 3\]"),
    (
        "gaussian_nll_loss",
        (x, t, t[:2]),
        {},
        ShapeError,
        r"var float32\[2, 3\] does not fit input float32\[4, 3\]",
    ),
    ("gaussian_nll_loss", (x, t, -t), {}, ArgumentError, "var has negative elements"),
    ("margin_ranking_loss", (x, t, mg.ones(4)), {}, ShapeError, "their dims differ"),
    (
        "multi_margin_loss",
        (x, mg.tensor([0, 1, 2])),
        {},
        ShapeError,
        r"input is float32\[4, 3\], target int64\[3\]",
    ),
    ("multi_margin_loss", (x, mg.tensor([0, 1, 2, 3])), {}, IndexingError, "outside of the 3 classes"),
    ("multi_margin_loss", (x, mg.ones(4)), {}, DTypeError, "class indices are wanted"),
    ("multi_margin_loss", (x, mg.tensor([0, 1, 2, 0]), 3), {}, ArgumentError, "p is 3, where 1 or 2"),
    (
        "multi_margin_loss",
        (x, mg.tensor([0, 1, 2, 0])),
        {"weight": mg.ones(4)},
        ShapeError,
        r"weight float32\[4\] has not one number for each class",
    ),
    ("multilabel_margin_loss", (x, t), {}, DTypeError, "class indices are wanted"),
    (
        "multilabel_margin_loss",
        (x, mg.ones(4, 3, dtype=mg.int64) * 3),
        {},
        IndexingError,
        "outside of the 3 classes",
    ),
    ("multilabel_margin_loss", (x, mg.ones(4, 2, dtype=mg.int64)), {}, ShapeError, "differ in shape"),
    (
        "cosine_embedding_loss",
        (x, t, mg.ones(3)),
        {},
        ShapeError,
        r"\(N, D\) and \(N,\), or \(D,\) and \(\) are wanted",
    ),
    ("cosine_embedding_loss", (x, t[:2], mg.ones(4)), {}, ShapeError, "differ in shape"),
    (
        "triplet_margin_loss",
        (x, t, t),
        {"margin": 0.0},
        ArgumentError,
        "margin is 0.0, where a number above 0",
    ),
    ("triplet_margin_with_distance_loss", (x, t, t), {"margin": -1.0}, ArgumentError, "margin is -1.0"),
    ("triplet_margin_loss", (x, t, mg.ones(4, 2)), {}, ShapeError, r"float32\[4, 2\]"),
]


@pytest.mark.parametrize(("name", "args", "params", "error", "match"), REFUSED)
def test_what_is_refused(name: str, args: Any, params: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match) as caught:
        getattr(F, name)(*args, **params)
    assert str(caught.value).startswith(f"{name}: ")
