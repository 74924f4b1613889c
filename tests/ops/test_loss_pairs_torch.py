"""Losses of probabilities, margins, pairs, triplets and sequences, compared with PyTorch."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_samples.case import distinct, f, ints
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F

TF = torch.nn.functional
REDUCTIONS = ("none", "mean", "sum")
each_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


def both(name: str, *args: Any, **params: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The call in both libraries; arrays among the fixed arguments become tensors of each."""

    def call(library: Any, functions: Any) -> Callable[..., Any]:
        def given(v: Any) -> Any:
            return library.tensor(v) if isinstance(v, np.ndarray) else v

        more = {k: given(v) for k, v in params.items()}
        return lambda *xs: getattr(functions, name)(*xs, *map(given, args), **more)

    return call(mg, F), call(torch, TF)


def same(name: str, *xs: Any, order: int = 2, **params: Any) -> None:
    agree(*both(name, **params), *xs, order=order)


def signs(*shape: int, seed: str = "sign") -> np.ndarray:
    return np.where(f(*shape, seed=seed) > 0, 1.0, -1.0)


# ---- each element its own weight ------------------------------------------------------------------------------------
@each_reduction
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "huber_loss"])
def test_weights(name: str, reduction: str) -> None:
    x, t, w = distinct(3, 4), distinct(3, 4, seed="t"), f(3, 4, low=0.1, high=2.0)
    ours, theirs = both(name, reduction=reduction)
    agree(
        lambda x, t, w: getattr(F, name)(x, t, weight=w, reduction=reduction),
        lambda x, t, w: getattr(TF, name)(x, t, weight=w, reduction=reduction),
        *(x, t, w),
    )
    agree(ours, theirs, x, t)


@each_reduction
def test_huber_loss_by_position(reduction: str) -> None:
    x, t = distinct(3, 4), distinct(3, 4, seed="t")
    agree(
        lambda x, t: F.huber_loss(x, t, reduction, 0.3),
        lambda x, t: TF.huber_loss(x, t, reduction, 0.3),
        x,
        t,
    )


# ---- probabilities --------------------------------------------------------------------------------------------------
@each_reduction
def test_binary_cross_entropy(reduction: str) -> None:
    p, t, w = f(3, 4, low=0.05, high=0.95), f(3, 4, low=0.0, high=1.0, seed="t"), f(4, low=0.5, high=2.0)
    same("binary_cross_entropy", p, t, reduction=reduction)
    same("binary_cross_entropy", p, t, reduction=reduction, weight=w)
    same("binary_cross_entropy", f(low=0.1, high=0.9), f(low=0.1, high=0.9), reduction=reduction)
    ends, hard = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])
    same("binary_cross_entropy", ends, hard, order=0, reduction=reduction)
    for lib, fns in ((mg, F), (torch, TF)):
        x = lib.tensor(ends, requires_grad=True)
        fns.binary_cross_entropy(x, lib.tensor(hard), reduction="sum").backward()
        np.testing.assert_allclose(x.grad.numpy(), [0.0, 0.0, -1e12, 1e12], rtol=1e-8)


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")
@pytest.mark.parametrize("reduction", [*REDUCTIONS, "batchmean"])
def test_kl_div(reduction: str) -> None:
    logp, t = np.log(f(3, 4, low=0.05, high=0.9)), f(3, 4, low=0.05, high=0.9, seed="t")
    same("kl_div", logp, t, reduction=reduction)
    same("kl_div", logp, np.log(t), reduction=reduction, log_target=True)
    sparse = t * (t > 0.4)
    ours, theirs = both("kl_div", sparse, reduction=reduction)
    agree(ours, theirs, logp)


@each_reduction
def test_poisson_nll_loss(reduction: str) -> None:
    counts = np.array([[0.0, 1.0, 2.0, 7.0], [3.0, 1.5, 0.5, 12.0]])
    for log_input, full in itertools.product((True, False), repeat=2):
        x = f(2, 4) if log_input else f(2, 4, low=0.2, high=5.0)
        for target in (counts, counts + 1.25):
            more = {"log_input": log_input, "full": full, "eps": 1e-3, "reduction": reduction}
            agree(*both("poisson_nll_loss", target, **more), x)


@each_reduction
def test_gaussian_nll_loss(reduction: str) -> None:
    x, t = f(3, 4), f(3, 4, seed="t")
    for full, var in itertools.product(
        (False, True), (f(3, 4, low=0.3, high=2.0), f(3, 1, low=0.3, high=2.0))
    ):
        same("gaussian_nll_loss", x, t, var, full=full, reduction=reduction)
    same("gaussian_nll_loss", x, t, f(3, low=0.3, high=2.0), reduction=reduction)
    agree(
        lambda x, t: F.gaussian_nll_loss(x, t, 0.7, reduction=reduction),
        lambda x, t: TF.gaussian_nll_loss(x, t, 0.7, reduction=reduction),
        *(x, t),
    )
    tiny = np.array([[1e-9, 0.0, 0.5, 1.0]])
    same("gaussian_nll_loss", x[:1], t[:1], tiny, order=1, eps=1e-2, reduction=reduction)


# ---- margins --------------------------------------------------------------------------------------------------------
@each_reduction
@pytest.mark.parametrize("margin", [1.0, 0.25])
def test_hinge_embedding_loss(margin: float, reduction: str) -> None:
    x, t = distinct(3, 4), signs(3, 4)
    agree(*both("hinge_embedding_loss", t, margin=margin, reduction=reduction), x)
    at_the_kink = np.array([margin, margin, 0.0, 0.0])
    agree(
        *both("hinge_embedding_loss", np.array([1.0, -1.0, 1.0, -1.0]), margin=margin), at_the_kink, order=1
    )


@each_reduction
def test_soft_margin_loss(reduction: str) -> None:
    agree(*both("soft_margin_loss", signs(3, 4), reduction=reduction), f(3, 4))
    far = np.array([500.0, -500.0, 500.0, -500.0])
    agree(*both("soft_margin_loss", np.array([1.0, 1.0, -1.0, -1.0]), reduction=reduction), far)


@each_reduction
@pytest.mark.parametrize("margin", [0.0, 0.5])
def test_margin_ranking_loss(margin: float, reduction: str) -> None:
    a, b = distinct(3, 4), distinct(3, 4, seed="b")
    agree(*both("margin_ranking_loss", signs(3, 4), margin=margin, reduction=reduction), a, b)
    agree(*both("margin_ranking_loss", signs(3, 1), margin=margin, reduction=reduction), a, b)
    tie = np.array([margin, -margin])
    agree(*both("margin_ranking_loss", np.array([1.0, -1.0]), margin=margin), tie, np.zeros(2), order=1)


@each_reduction
def test_multi_margin_loss(reduction: str) -> None:
    labels = ints(5, low=0, high=4)
    for p, margin, w in itertools.product((1, 2), (1.0, 0.3), (None, f(4, low=0.5, high=2.0))):
        more = {} if w is None else {"weight": w}
        agree(
            *both("multi_margin_loss", labels, p, margin, reduction=reduction, **more),
            distinct(5, 4),
            order=1,
        )  # the highest that PyTorch has
    agree(*both("multi_margin_loss", np.array(2), reduction=reduction), distinct(4), order=1)
    agree(*both("multi_margin_loss", np.array(0), reduction=reduction), distinct(), order=1)
    kink = np.array([[1.0, 0.0, 2.0]])
    for p in (1, 2):
        agree(*both("multi_margin_loss", np.array([0]), p, reduction=reduction), kink, order=1)


@each_reduction
def test_multilabel_margin_loss(reduction: str) -> None:
    targets = np.array([[3, 0, -1, 1], [-1, 2, 2, 2], [0, 1, 2, 3], [2, 2, -1, -1]])
    agree(*both("multilabel_margin_loss", targets, reduction=reduction), distinct(4, 4), order=1)
    agree(*both("multilabel_margin_loss", targets[0], reduction=reduction), distinct(4), order=1)
    agree(*both("multilabel_margin_loss", np.array(0), reduction=reduction), distinct(), order=1)
    kink = np.array([[1.0, 0.0, 2.0, 5.0]])
    agree(*both("multilabel_margin_loss", np.array([[0, -1, 0, 0]]), reduction=reduction), kink, order=1)


@each_reduction
def test_multilabel_soft_margin_loss(reduction: str) -> None:
    t, w = (signs(3, 4) + 1) / 2, f(4, low=0.5, high=2.0)
    agree(*both("multilabel_soft_margin_loss", t, reduction=reduction), f(3, 4))
    agree(*both("multilabel_soft_margin_loss", t, w, reduction=reduction), f(3, 4))
    agree(*both("multilabel_soft_margin_loss", t[0], reduction=reduction), f(4) * 300)


# ---- pairs and triplets ---------------------------------------------------------------------------------------------
@each_reduction
@pytest.mark.parametrize("margin", [0.0, -0.3, 0.5])
def test_cosine_embedding_loss(margin: float, reduction: str) -> None:
    a, b = f(5, 3), f(5, 3, seed="b")
    agree(*both("cosine_embedding_loss", signs(5), margin=margin, reduction=reduction), a, b)
    agree(*both("cosine_embedding_loss", np.array(-1.0), margin=margin, reduction=reduction), a[0], b[0])


@each_reduction
@pytest.mark.parametrize("swap", [False, True])
def test_triplets(swap: bool, reduction: str) -> None:
    a, p, n = (distinct(6, 3, seed=s) for s in "apn")
    for power, margin in itertools.product((1.0, 2.0, 3.0), (1.0, 0.2)):
        agree(
            lambda a, q, n, k=(power, margin): F.triplet_margin_loss(
                a, q, n, k[1], k[0], swap=swap, reduction=reduction
            ),
            lambda a, q, n, k=(power, margin): TF.triplet_margin_loss(
                a, q, n, k[1], k[0], swap=swap, reduction=reduction
            ),
            *(a, p, n),
        )
    agree(
        lambda a, q, n: F.triplet_margin_with_distance_loss(
            a, q, n, distance_function=lambda u, v: (u - v).abs().amax(-1), swap=swap, reduction=reduction
        ),
        lambda a, q, n: TF.triplet_margin_with_distance_loss(
            a, q, n, distance_function=lambda u, v: (u - v).abs().amax(-1), swap=swap, reduction=reduction
        ),
        *(a, p, n),
    )
    same("triplet_margin_with_distance_loss", a, p, n, margin=0.4, swap=swap, reduction=reduction)


# ---- sequences ------------------------------------------------------------------------------------------------------
def on_scores(loss: Callable[..., Any], functions: Any) -> Callable[..., Any]:
    """The loss of log_softmax(scores): PyTorch's gradient for log probabilities holds only behind that."""
    return lambda x: loss(functions.log_softmax(x, -1))


@each_reduction
@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("form", ["padded", "joined"])
def test_ctc_loss(form: str, blank: int, reduction: str) -> None:
    labels = [c for c in range(5) if c != blank]
    rows = [[labels[0], labels[1], labels[1]], [labels[3]], [], [labels[2], labels[2]]]
    inputs, counts = [7, 4, 6, 3], [len(r) for r in rows]
    joined = np.array([c for row in rows for c in row])
    table = np.array([r + [labels[0]] * (4 - len(r)) for r in rows])
    targets = joined if form == "joined" else table
    ours, theirs = both("ctc_loss", targets, np.array(inputs), np.array(counts), blank, reduction)
    agree(on_scores(ours, F), on_scores(theirs, TF), f(7, 4, 5), order=1)


@each_reduction
def test_ctc_loss_of_what_cannot_be(reduction: str) -> None:
    """Two equal labels need a blank between them: three steps for two, here there are two."""
    targets, inputs, counts = np.array([[1, 1], [1, 2]]), (2, 3), (2, 2)
    for zero in (False, True):
        ours, theirs = both("ctc_loss", targets, inputs, counts, reduction=reduction, zero_infinity=zero)
        # without zero_infinity PyTorch's gradient is NaN, ours 0
        agree(on_scores(ours, F), on_scores(theirs, TF), f(3, 2, 4), order=1 if zero else 0)


def test_ctc_loss_of_one_sequence() -> None:
    x, t = f(6, 4), np.array([1, 3, 3])
    agree(
        on_scores(lambda lp: F.ctc_loss(lp, mg.tensor(t), mg.tensor(6), mg.tensor(3)), F),
        on_scores(lambda lp: TF.ctc_loss(lp, torch.tensor(t), torch.tensor(6), torch.tensor(3)), TF),
        x,
        order=1,
    )


# ---- dtypes ---------------------------------------------------------------------------------------------------------
@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_low_precision(dtype: str) -> None:
    """Values near those of float64, in the dtype that came in, and finite gradients."""
    a, b, t = f(4, 3), f(4, 3, seed="b"), signs(4)
    ours = {
        "soft_margin_loss": (a, signs(4, 3)),
        "hinge_embedding_loss": (a, signs(4, 3)),
        "margin_ranking_loss": (a, b, signs(4, 3)),
        "cosine_embedding_loss": (a, b, t),
        "triplet_margin_loss": (a, b, f(4, 3, seed="c")),
        "multilabel_soft_margin_loss": (a, (signs(4, 3) + 1) / 2),
        "kl_div": (np.log(f(4, 3, low=0.1, high=0.9)), f(4, 3, low=0.1, high=0.9, seed="b")),
        "binary_cross_entropy": (f(4, 3, low=0.1, high=0.9), (signs(4, 3) + 1) / 2),
        "poisson_nll_loss": (a, np.ones((4, 3))),
        "gaussian_nll_loss": (a, b, f(4, 3, low=0.5, high=1.5)),
    }
    for name, args in ours.items():
        xs = [mg.tensor(v, dtype=dtype, requires_grad=k == 0) for k, v in enumerate(args)]
        y = getattr(F, name)(*xs)
        want = getattr(TF, name)(*map(torch.tensor, args))
        assert y.dtype == xs[0].dtype, name
        assert float(y.item()) == pytest.approx(want.item(), rel=3e-2 if dtype != "float32" else 1e-5), name
        y.backward()
        assert np.isfinite(xs[0].grad.numpy().astype(float)).all(), name
    scores = mg.tensor(f(7, 2, 4), dtype=dtype, requires_grad=True)
    y = F.ctc_loss(F.log_softmax(scores, -1), mg.tensor([[1, 2], [3, 3]]), (7, 6), (2, 2))
    want = TF.ctc_loss(
        TF.log_softmax(torch.tensor(f(7, 2, 4)), -1), torch.tensor([[1, 2], [3, 3]]), (7, 6), (2, 2)
    )
    y.backward()
    assert float(y.item()) == pytest.approx(want.item(), rel=5e-2 if dtype != "float32" else 1e-5)
    assert np.isfinite(scores.grad.numpy().astype(float)).all()


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")
def test_an_empty_batch() -> None:
    for name in ("soft_margin_loss", "hinge_embedding_loss", "mse_loss", "kl_div", "poisson_nll_loss"):
        for reduction in REDUCTIONS:
            close(
                getattr(F, name)(mg.zeros(0, 3), mg.zeros(0, 3), reduction=reduction),
                getattr(TF, name)(torch.zeros(0, 3), torch.zeros(0, 3), reduction=reduction),
            )
