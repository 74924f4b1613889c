"""minigrad/ops/loss.py, classification.py and their PyTorch signatures, compared with PyTorch."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from op_samples.case import distinct, f, ints
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

TF = torch.nn.functional
REDUCTIONS = ("none", "mean", "sum")


def probabilities(*shape: int) -> np.ndarray:
    raw = f(*shape, low=0.1, high=1.0)
    return raw / raw.sum(0 if len(shape) == 1 else 1, keepdims=True)


# ---- of a number ----------------------------------------------------------------------------------------------------
NUMBERS: list[tuple[str, dict[str, Any]]] = [
    ("mse_loss", {}),
    ("l1_loss", {}),
    ("huber_loss", {}),
    ("huber_loss", {"delta": 0.3}),
    ("smooth_l1_loss", {}),
    ("smooth_l1_loss", {"beta": 0.5}),
    ("smooth_l1_loss", {"beta": 0.0}),
]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("name", "params"), NUMBERS, ids=str)
def test_of_a_number(name: str, params: dict[str, Any], reduction: str) -> None:
    given = {**params, "reduction": reduction}
    for x, t in [(distinct(3, 4), distinct(3, 4, seed="t")), (distinct(), distinct(seed="t")), (f(2), f(2))]:
        agree(
            lambda x, t: getattr(F, name)(x, t, **given), lambda x, t: getattr(TF, name)(x, t, **given), x, t
        )


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_binary_cross_entropy_with_logits(reduction: str) -> None:
    x, t, w, p = (
        f(3, 4),
        f(3, 4, low=0.0, high=1.0),
        f(4, low=0.5, high=1.5),
        f(4, low=0.5, high=3.0, seed="p"),
    )
    ours, theirs = F.binary_cross_entropy_with_logits, TF.binary_cross_entropy_with_logits
    agree(lambda x, t: ours(x, t, reduction=reduction), lambda x, t: theirs(x, t, reduction=reduction), x, t)
    agree(
        lambda x, t: ours(x, t, mg.tensor(w), reduction, mg.tensor(p)),
        lambda x, t: theirs(x, t, torch.tensor(w), reduction=reduction, pos_weight=torch.tensor(p)),
        *(x, t),
    )

    def spelled_out(x: Any, t: Any, w: Any, p: Any) -> Any:  # PyTorch's own has no gradient for the weights
        y = -w * (p * t * torch.sigmoid(x).log() + (1 - t) * torch.sigmoid(-x).log())
        return {"none": lambda: y, "mean": y.mean, "sum": y.sum}[reduction]()

    agree(lambda x, t, w, p: ours(x, t, w, reduction, p), spelled_out, x, t, w, p)
    far = np.array([-1000.0, 1000.0, -1000.0, 1000.0])
    sure = np.array([0.0, 1.0, 1.0, 0.0])
    agree(lambda x: ours(x, mg.tensor(sure)), lambda x: theirs(x, torch.tensor(sure)), far)


# ---- of a class -----------------------------------------------------------------------------------------------------
SHAPES = [(5, 4), (4,), (2, 4, 3), (2, 4, 3, 2)]
WEIGHT = f(4, low=0.5, high=2.0)


def rest(shape: tuple[int, ...]) -> tuple[int, ...]:
    return () if len(shape) == 1 else (shape[0], *shape[2:])


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_cross_entropy_of_labels(shape: tuple[int, ...], reduction: str) -> None:
    labels = ints(*rest(shape), low=0, high=4)
    for weighted, ignore, smoothing in itertools.product((False, True), (-100, 1), (0.0, 0.3, 1.0)):
        params = {"ignore_index": ignore, "reduction": reduction, "label_smoothing": smoothing}
        if len(shape) == 1 and labels == ignore:
            continue
        w = {"weight": mg.tensor(WEIGHT)} if weighted else {}
        v = {"weight": torch.tensor(WEIGHT)} if weighted else {}
        agree(
            lambda x, t, k=(w, params): F.cross_entropy(x, t, **k[0], **k[1]),
            lambda x, t, k=(v, params): TF.cross_entropy(x, t, **k[0], **k[1]),
            *(f(*shape), labels),
        )


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_cross_entropy_of_probabilities(shape: tuple[int, ...], reduction: str) -> None:
    for weighted, smoothing in itertools.product((False, True), (0.0, 0.3)):
        params = {"reduction": reduction, "label_smoothing": smoothing}
        xs = (f(*shape), probabilities(*shape), *((WEIGHT,) if weighted else ()))
        agree(
            lambda x, t, *w, k=params: F.cross_entropy(x, t, *w, **k),
            lambda x, t, *w, k=params: TF.cross_entropy(x, t, *w, **k),
            *xs,
        )


def test_cross_entropy_has_a_gradient_for_its_weight() -> None:
    """PyTorch refuses one with labels; log_softmax and indexing give it there too."""

    def theirs(x: Any, w: Any) -> Any:
        each, t = w[torch.tensor(labels)], torch.tensor(labels)
        return -(TF.log_softmax(x, 1)[torch.arange(5), t] * each).sum() / each.sum()

    labels = ints(5, low=0, high=4)
    agree(lambda x, w: F.cross_entropy(x, mg.tensor(labels), w), theirs, f(5, 4), WEIGHT)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_nll_loss(shape: tuple[int, ...], reduction: str) -> None:
    labels = ints(*rest(shape), low=0, high=4, seed="nll")
    for weighted, ignore in itertools.product((False, True), (-100, 2)):
        if len(shape) == 1 and labels == ignore:
            continue
        w = {"weight": mg.tensor(WEIGHT)} if weighted else {}
        v = {"weight": torch.tensor(WEIGHT)} if weighted else {}
        params = {"ignore_index": ignore, "reduction": reduction}
        agree(
            lambda x, t, k=(w, params): F.nll_loss(x, t, **k[0], **k[1]),
            lambda x, t, k=(v, params): TF.nll_loss(x, t, **k[0], **k[1]),
            *(f(*shape), labels),
        )


def test_cross_entropy_of_extreme_scores() -> None:
    low = -np.inf
    x = np.array([[1e4, 0.0, -1e4], [low, 0.0, 1.0], [1e30, -1e30, 0.0], [0.1, 0.2, 0.3]])
    agree(
        lambda x, t: F.cross_entropy(x, t),
        lambda x, t: TF.cross_entropy(x, t),
        x,
        np.array([0, 2, 0, 1]),
        order=1,
    )
    for t in ([0, 0, 0, 0], [2, 0, 1, 2]):
        for row in ([low, low, low], [np.inf, 0.0, 0.0], [np.nan, 0.0, 0.0]):
            y = np.concatenate([x, [row]])
            ours = F.cross_entropy(mg.tensor(y), mg.tensor([*t, 1]), reduction="none")
            close(ours, TF.cross_entropy(torch.tensor(y), torch.tensor([*t, 1]), reduction="none"))


def test_large_scores_keep_their_precision_in_the_gradient() -> None:
    x = f(8, 5).astype(np.float32)
    labels = ints(8, low=0, high=5)
    for offset in (0.0, 1e4):
        ours = mg.tensor(x + np.float32(offset), requires_grad=True)
        theirs = torch.tensor((x + np.float32(offset)).astype(np.float64), requires_grad=True)
        F.cross_entropy(ours, mg.tensor(labels)).backward()
        TF.cross_entropy(theirs, torch.tensor(labels)).backward()
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-5, atol=1e-7)


def test_probability_zero_of_an_impossible_class_costs_nothing() -> None:
    """0 log 0 is 0, where PyTorch gives NaN."""
    x = mg.tensor([[-np.inf, 0.0, 1.0]], dtype=mg.float64, requires_grad=True)
    target = mg.tensor([[0.0, 0.25, 0.75]], dtype=mg.float64)
    for plain in (False, True):
        y = F.cross_entropy(x, target)
        (g,) = mg.autograd.grad(y, x, create_graph=plain)
        want = np.exp([0.0, 1.0]) / np.exp([0.0, 1.0]).sum()
        assert y.item() == pytest.approx(-(0.25 * np.log(want[0]) + 0.75 * np.log(want[1])))
        np.testing.assert_allclose(g.detach().numpy(), [[0.0, *(want - [0.25, 0.75])]], atol=1e-15)


def test_certain_probabilities_have_a_gradient_too() -> None:
    target = np.eye(4)[[2, 0, 1]]
    for smoothing in (0.0, 0.2):
        agree(
            lambda x, t, e=smoothing: F.cross_entropy(x, t, label_smoothing=e),
            lambda x, t, e=smoothing: TF.cross_entropy(x, t, label_smoothing=e),
            *(f(3, 4), target),
        )


def test_nothing_to_average() -> None:
    x = mg.zeros(2, 3)
    ignored = F.cross_entropy(x, mg.tensor([-100, -100]))
    assert np.isnan(ignored.item()) and np.isnan(
        F.cross_entropy(mg.zeros(0, 3), mg.zeros(0, dtype=mg.int64)).item()
    )
    assert np.isnan(F.mse_loss(mg.zeros(0), mg.zeros(0)).item())
    assert F.cross_entropy(x, mg.tensor([-100, -100]), reduction="sum").item() == 0.0


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_losses_keep_the_dtype(dtype: str) -> None:
    x = mg.tensor(f(6, 4), dtype=dtype, requires_grad=True)
    y = F.cross_entropy(x, mg.tensor(ints(6, low=0, high=4)), label_smoothing=0.1)
    (g,) = mg.autograd.grad(y, x)
    assert y.dtype == g.dtype == x.dtype
    other = torch.tensor(f(6, 4), dtype=torch.float64)
    want = TF.cross_entropy(other, torch.tensor(ints(6, low=0, high=4)), label_smoothing=0.1)
    assert float(y.to(mg.float64)) == pytest.approx(want.item(), rel=2e-2 if dtype != "float32" else 1e-6)


def test_labels_may_be_an_array_that_is_used_again() -> None:
    for ours, other in ((F.cross_entropy, TF.cross_entropy), (F.nll_loss, TF.nll_loss)):
        x = mg.tensor(f(2, 3), requires_grad=True)
        labels = np.array([0, 1])
        y = ours(x, labels)
        labels[:] = 2
        y.backward()
        theirs = torch.tensor(f(2, 3), requires_grad=True)
        other(theirs, torch.tensor([0, 1])).backward()
        close(x.grad, theirs.grad)


def test_misuse_is_one_sentence() -> None:
    x, t = mg.zeros(5, 10), mg.tensor([0, 9, 1, 10, 2])
    for call, error, text in [
        (
            lambda: F.cross_entropy(x, t),
            IndexingError,
            "cross_entropy: target 10 at (3,) is outside of the 10 classes",
        ),
        (
            lambda: F.nll_loss(x, t),
            IndexingError,
            "nll_loss: target 10 at (3,) is outside of the 10 classes 0..9",
        ),
        (
            lambda: F.cross_entropy(x, t[:4]),
            ShapeError,
            "cross_entropy: target has shape [4], input [5, 10] wants [5]",
        ),
        (
            lambda: F.cross_entropy(x, t * 1.0),
            DTypeError,
            "cross_entropy: target is float32[5], input [5, 10]",
        ),
        (lambda: F.cross_entropy(x, t, mg.ones(9)), ShapeError, "cross_entropy: weight has shape [9]"),
        (lambda: F.cross_entropy(x, t, reduction="avg"), ArgumentError, "cross_entropy: reduction is 'avg'"),
        (lambda: F.nll_loss(x, t, reduction=None), ArgumentError, "nll_loss: reduction is None"),
        (
            lambda: F.mse_loss(x, x[:, :1]),
            ShapeError,
            "mse_loss: input float32[5, 10] and target float32[5, 1] differ",
        ),
        (
            lambda: F.smooth_l1_loss(x, x, beta=-1.0),
            ArgumentError,
            "smooth_l1_loss: huber_loss: delta is -1.0",
        ),
        (
            lambda: F.binary_cross_entropy_with_logits(x, x[0]),
            ShapeError,
            "binary_cross_entropy_with_logits: input float32[5, 10] and target float32[10] differ",
        ),
    ]:
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value).startswith(text)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_nothing_flows_where_every_target_is_ignored(label_smoothing: float, weighted: bool) -> None:
    """One batch of padding alone must not destroy the weights."""
    x = mg.tensor(np.random.default_rng(0).normal(size=(2, 3)), requires_grad=True)
    weight = mg.ones(3, dtype=mg.float64) if weighted else None
    loss = F.cross_entropy(x, mg.tensor([-100, -100]), weight, label_smoothing=label_smoothing)
    for create_graph in (False, True):
        (g,) = mg.autograd.grad(loss, x, retain_graph=True, create_graph=create_graph)
        assert np.isnan(loss.item()) and g.tolist() == [[0.0] * 3] * 2
