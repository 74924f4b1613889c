"""minigrad/ops/activation.py and its PyTorch signatures, compared with PyTorch, kinks and edges included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from op_samples.case import distinct, f
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F
from minigrad.errors import ArgumentError, GradientError, IndexingError

TF = torch.nn.functional

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("relu", {}),
    ("relu6", {}),
    ("hardtanh", {}),
    ("hardtanh", {"min_val": -0.5, "max_val": 0.25}),
    ("leaky_relu", {}),
    ("leaky_relu", {"negative_slope": 0.3}),
    ("elu", {}),
    ("elu", {"alpha": 0.5}),
    ("silu", {}),
    ("logsigmoid", {}),
    ("softplus", {}),
    ("softplus", {"beta": 2.5, "threshold": 1.0}),
]
KINKS = np.array([-1.0, 0.0, -0.0, 1.0, 6.0, -0.5, 0.25])
EDGES = np.array([-np.inf, np.inf, -1000.0, 1000.0, np.nan])


@pytest.mark.parametrize(("name", "params"), CALLS, ids=str)
def test_elementwise(name: str, params: dict[str, Any]) -> None:
    ours, theirs = getattr(F, name), getattr(TF, name)
    for x in (distinct(4, 25) * 2.0, distinct(), f(0, 2)):
        agree(lambda x: ours(x, **params), lambda x: theirs(x, **params), x)


@pytest.mark.parametrize(("name", "params"), CALLS, ids=str)
def test_at_kinks_the_slope_is_pytorchs(name: str, params: dict[str, Any]) -> None:
    agree(lambda x: getattr(F, name)(x, **params), lambda x: getattr(TF, name)(x, **params), KINKS, order=1)


@pytest.mark.parametrize(("name", "params"), CALLS, ids=str)
def test_at_the_edges_of_the_numbers(name: str, params: dict[str, Any]) -> None:
    for dtype in (np.float64, np.float32):
        x = EDGES[name == "silu" :].astype(
            dtype
        )  # at -inf, where PyTorch multiplies it with 0, the limit is 0
        close(getattr(F, name)(mg.tensor(x), **params), getattr(TF, name)(torch.tensor(x), **params), 1e-6)
    far = EDGES[2:4]
    agree(lambda x: getattr(F, name)(x, **params), lambda x: getattr(TF, name)(x, **params), far)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize(
    ("shape", "dim"), [((3, 4), 1), ((3, 4), 0), ((2, 3, 4), -2), ((), 0), ((2, 0), 1), ((0, 2), 1)]
)
def test_along_a_dim(name: str, shape: tuple[int, ...], dim: int) -> None:
    agree(lambda x: getattr(F, name)(x, dim), lambda x: getattr(TF, name)(x, dim), f(*shape))
    agree(lambda x: getattr(x, name)(dim), lambda x: getattr(x, name)(dim), f(*shape))
    agree(
        lambda x: getattr(F, name)(x + 1e4, dim),
        lambda x: getattr(TF, name)(x + 1e4, dim),
        f(*shape),
        tolerance=1e-9,
    )


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_infinite_scores(name: str) -> None:
    low, high = -np.inf, np.inf
    for row in ([low, 0.0, 1.0], [low, low, 2.0], [low, low, low], [high, 0.0, 1.0], [np.nan, 0.0, 1.0]):
        x = np.array([row, [0.5, 1.5, -1.0]])
        close(getattr(F, name)(mg.tensor(x), 1), getattr(TF, name)(torch.tensor(x), 1))
    x = np.array([[low, 0.0, 1.0], [0.5, 1.5, -1.0]])
    ours, theirs = mg.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    weight = f(3)
    (getattr(F, name)(ours, 1)[:, 1:] * mg.tensor(weight[1:])).sum().backward()
    (getattr(TF, name)(theirs, 1)[:, 1:] * torch.tensor(weight[1:])).sum().backward()
    close(ours.grad, theirs.grad)
    assert np.isfinite(ours.grad.numpy()).all()


def test_softmax_casts_first() -> None:
    x = f(3, 4).astype(np.float32)
    close(F.softmax(mg.tensor(x), 1, dtype=mg.float64), TF.softmax(torch.tensor(x), 1, dtype=torch.float64))
    x = np.arange(6).reshape(2, 3)
    close(
        F.log_softmax(mg.tensor(x), 1, dtype="float32"),
        TF.log_softmax(torch.tensor(x), 1, dtype=torch.float32),
        1e-6,
    )


@pytest.mark.parametrize("name", ["relu", "relu6", "hardtanh", "leaky_relu", "elu", "silu"])
def test_inplace_writes_into_the_memory(name: str) -> None:
    x, t = mg.tensor(distinct(9)), torch.tensor(distinct(9))
    memory = x.data
    assert getattr(F, name)(x, inplace=True) is x
    assert x.data is memory
    close(x, getattr(TF, name)(t, inplace=True))
    agree(
        lambda x: getattr(F, name)(x * 1.0, inplace=True) * x,
        lambda x: getattr(TF, name)(x * 1.0, inplace=True) * x,
        distinct(9),
    )
    leaf = mg.tensor(distinct(9), requires_grad=True)
    with pytest.raises(
        GradientError, match=r"_: a leaf that requires grad changes in place only under no_grad"
    ):
        getattr(F, name)(leaf, inplace=True)
    assert leaf.tolist() == distinct(9).tolist()


def test_relu_as_a_method() -> None:
    x = mg.tensor([-1.0, 2.0])
    assert x.relu().tolist() == [0.0, 2.0] and x.relu_() is x and x.tolist() == [0.0, 2.0]


def test_dropout() -> None:
    x = mg.ones(1000)
    assert F.dropout(x, training=False) is x and F.dropout(x, 0.0) is x
    assert F.dropout(x, 1.0).tolist() == [0.0] * 1000
    mg.random.manual_seed(3)
    a, b = F.dropout(x, 0.25), F.dropout(x, 0.25)
    assert set(a.tolist()) == {0.0, np.float32(1 / 0.75)} and a.tolist() != b.tolist()
    mg.random.manual_seed(3)
    memory = x.data
    assert F.dropout(x, 0.25, inplace=True) is x and x.data is memory and x.tolist() == a.tolist()
    with pytest.raises(ArgumentError, match=r"dropout: p is 1.5, and a probability lies between 0 and 1"):
        F.dropout(x, 1.5, training=False)


def test_misuse_is_one_sentence() -> None:
    x = mg.zeros(2, 3)
    for call, error, text in [
        (lambda: F.softmax(x), ArgumentError, "softmax: give dim"),
        (lambda: F.log_softmax(x), ArgumentError, "log_softmax: give dim"),
        (lambda: F.softmax(x, 2), IndexingError, "softmax: dim 2 is outside of 2 dimensions"),
        (lambda: F.hardtanh(x, 1.0, 0.0), ArgumentError, "hardtanh: min_val 1.0 is not below max_val 0.0"),
        (lambda: F.softplus(x, 0.0), ArgumentError, "softplus: beta is 0"),
    ]:
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value).startswith(text)
