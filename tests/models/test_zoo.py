"""AlexNet, VGG and the lecture's network: parameters as published, torchvision's names, shapes, and what is refused."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import functional as F
from minigrad import models, nn
from minigrad.errors import ArgumentError, ShapeError


def count(net: nn.Module, *, weights_only: bool = False) -> int:
    return sum(prod(p.shape) for n, p in net.named_parameters() if not weights_only or n.endswith("weight"))


# ---- figures of the papers and of the lecture -----------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.parametrize(
    ("layers", "plain", "normed"),
    [
        (11, 132_863_336, 132_868_840),
        (13, 133_047_848, 133_053_736),
        (16, 138_357_544, 138_365_992),
        (19, 143_667_240, 143_678_248),
    ],
)
def test_vgg_has_the_published_parameters(layers: int, plain: int, normed: int) -> None:
    net = getattr(models, f"vgg{layers}")(init_weights=False)
    assert count(net) == plain
    if layers == 16:
        assert count(net, weights_only=True) == 138_344_128
    assert count(getattr(models, f"vgg{layers}_bn")(init_weights=False)) == normed


@pytest.mark.parametrize(("variant", "parameters"), [("one-tower", 61_100_840), ("original", 60_965_224)])
def test_alexnet_has_the_published_parameters(variant: str, parameters: int) -> None:
    net = models.alexnet(variant=variant)
    assert count(net) == parameters
    dense = sum(count(layer) for layer in net.classifier)
    assert dense == 58_631_144  # most of them


@pytest.mark.parametrize(
    ("variant", "weights", "features", "total"),
    [("operations", 254_988, 255_400, 2_099_710), ("parameters", 282_636, 283_080, 2_127_390)],
)
def test_the_lectures_network(variant: str, weights: int, features: int, total: int) -> None:
    net = models.lecture_cnn(variant=variant)
    assert (count(net.features, weights_only=True), count(net.features), count(net)) == (
        weights,
        features,
        total,
    )
    assert count(models.lecture_cnn(96, 7, 5, variant=variant).classifier) == 128 * 36 * 7 + 7 + 7 * 5 + 5


# ---- names ----------------------------------------------------------------------------------------------------------
CONVOLUTIONS = {  # torchvision's numbers of the convolutions in `features`
    "vgg11": (0, 3, 6, 8, 11, 13, 16, 18),
    "vgg13": (0, 2, 5, 7, 10, 12, 15, 17, 20, 22),
    "vgg16": (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28),
    "vgg19": (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34),
    "vgg11_bn": (0, 4, 8, 11, 15, 18, 22, 25),
    "alexnet": (0, 3, 6, 8, 10),
}
DENSE = {"vgg": (0, 3, 6), "ale": (1, 4, 6)}


@pytest.mark.slow
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_state_dicts_have_torchvisions_names(name: str) -> None:
    more = {"init_weights": False} if name != "alexnet" else {}
    state = getattr(models, name)(num_classes=2, **more).state_dict()
    shapes = {key: tuple(t.shape) for key, t in state.items()}
    convolutions = [key for key, shape in shapes.items() if len(shape) == 4]
    assert convolutions == [f"features.{k}.weight" for k in CONVOLUTIONS[name]]
    dense = [key for key, shape in shapes.items() if len(shape) == 2]
    assert dense == [f"classifier.{k}.weight" for k in DENSE[name[:3]]]
    normed = {f"features.{k + 1}.running_mean" for k in CONVOLUTIONS[name]} if name.endswith("_bn") else set()
    assert {key for key in shapes if key.endswith("running_mean")} == normed


# ---- what they compute ----------------------------------------------------------------------------------------------
SMALL: dict[str, tuple[Any, int]] = {
    "alexnet": (lambda: models.alexnet(3), 63),
    "alexnet, original": (lambda: models.alexnet(3, variant="original"), 67),
    "vgg11": (lambda: models.vgg11(3), 32),
    "vgg11_bn": (lambda: models.vgg11_bn(3), 32),
    "lecture_cnn": (lambda: models.lecture_cnn(20, 6, 3), 20),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name[:3] == "vgg" else ()) for name in SMALL]
)
def test_forward_and_backward(name: str) -> None:
    make, size = SMALL[name]
    mg.manual_seed(0)
    net = make()
    x = mg.randn(2, 3, size, size)
    loss = F.cross_entropy(net(x), mg.tensor([0, 2]))
    loss.backward()
    assert all(p.grad is not None and np.isfinite(p.grad.numpy()).all() for p in net.parameters())
    net.eval()
    with mg.no_grad():
        y = net(x)
        assert y.shape == (2, 3) and (y == net(x)).all() and (net.train()(x) != y).any()  # dropout
        with pytest.raises(ShapeError):
            net(mg.zeros(2, 3, 8, 8))


@pytest.mark.slow
def test_vggs_first_weights() -> None:
    mg.manual_seed(0)
    net = models.vgg11(2)
    assert net.features[0].weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.05)
    assert net.classifier[0].weight.std().item() == pytest.approx(0.01, rel=0.01)
    assert not any(
        layer.bias.detach().numpy().any()
        for layer in net.modules()
        if isinstance(layer, nn.Conv2d | nn.Linear)
    )


WRONG: list[tuple[Any, str]] = [
    (lambda: models.VGG(12), "VGG: layers is 12, where 11, 13, 16 or 19"),
    (lambda: models.vgg11(0), "VGG: num_classes is 0, where at least 1"),
    (lambda: models.alexnet(variant="two"), "AlexNet: variant is 'two'"),
    (lambda: models.alexnet(0), "AlexNet: num_classes is 0"),
    (lambda: models.lecture_cnn(15), "LectureCNN: size is 15, where at least 16"),
    (lambda: models.lecture_cnn(variant="x"), "LectureCNN: variant is 'x'"),
    (lambda: models.lecture_cnn(hidden=0), "LectureCNN: hidden is 0"),
]


@pytest.mark.parametrize(("use", "match"), WRONG)
def test_what_is_refused(use: Any, match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        use()
