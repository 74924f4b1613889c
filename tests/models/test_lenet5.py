"""LeNet-5: its size, its names, PyTorch with the same weights, and where its errors come from."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import ArgumentError, ShapeError
from minigrad.models.lenet5 import LeNet5, lenet5

SHAPES = {
    "features.0.weight": (6, 1, 5, 5),
    "features.0.bias": (6,),
    "features.3.weight": (16, 6, 5, 5),
    "features.3.bias": (16,),
    "classifier.1.weight": (120, 400),
    "classifier.1.bias": (120,),
    "classifier.3.weight": (84, 120),
    "classifier.3.bias": (84,),
    "classifier.5.weight": (10, 84),
    "classifier.5.bias": (10,),
}


def test_it_has_61706_parameters_under_known_names() -> None:
    net = lenet5()
    assert isinstance(net, LeNet5) and {k: t.shape for k, t in net.state_dict().items()} == SHAPES
    assert sum(p.numel() for p in net.parameters()) == 61_706
    assert sum(p.numel() for p in lenet5(3).parameters()) == 61_706 - 7 * 85


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("pooling", ["max", "avg"])
def test_pytorch_with_the_same_weights(activation: str, pooling: str) -> None:
    torch = pytest.importorskip("torch")
    n = torch.nn
    act, pool = (
        {"relu": n.ReLU, "tanh": n.Tanh}[activation],
        {"max": n.MaxPool2d, "avg": n.AvgPool2d}[pooling],
    )
    features = n.Sequential(n.Conv2d(1, 6, 5, padding=2), act(), pool(2), n.Conv2d(6, 16, 5), act(), pool(2))
    dense = n.Sequential(n.Flatten(), n.Linear(400, 120), act(), n.Linear(120, 84), act(), n.Linear(84, 10))
    theirs = n.Sequential(features, dense).double()
    net = lenet5(activation=activation, pooling=pooling).double()
    names = zip(net.state_dict(), theirs.state_dict().values(), strict=True)
    net.load_state_dict(dict(names))
    a, labels = np.random.default_rng(0).standard_normal((3, 1, 28, 28)), np.array([3, 1, 9])
    x, other = mg.tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
    loss = mg.functional.cross_entropy(net(x), mg.tensor(labels))
    want = n.functional.cross_entropy(theirs(other), torch.tensor(labels))
    loss.backward()
    want.backward()
    assert loss.item() == pytest.approx(want.item(), rel=1e-12)
    pairs = [(x.grad, other.grad)] + [
        (p.grad, q.grad) for p, q in zip(net.parameters(), theirs.parameters(), strict=True)
    ]
    for p, q in pairs:
        np.testing.assert_allclose(p.numpy(), q.numpy(), rtol=1e-9, atol=1e-12)


def test_errors_name_the_layer() -> None:
    net = lenet5()
    with pytest.raises(ShapeError, match=r"^features\.0 \(Conv2d\): conv2d: "):
        net(mg.zeros(2, 3, 28, 28))
    with pytest.raises(ShapeError, match=r"^classifier\.1 \(Linear\): linear: "):
        net(mg.zeros(2, 1, 32, 32))
    with pytest.raises(
        ArgumentError, match="LeNet5: activation is 'sigmoid', where one of 'relu', 'tanh' is wanted"
    ):
        lenet5(activation="sigmoid")
    with pytest.raises(ArgumentError, match="LeNet5: pooling is 'min'"):
        lenet5(pooling="min")
    with pytest.raises(ArgumentError, match="Linear: out_features is 0"):
        lenet5(0)
