"""VGG: networks of 3x3 convolutions alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import ArgumentError
from ..nn import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
    init,
)

__all__ = ["VGG", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn"]

# How many convolutions each of the five levels has; their maps are 64, 128, 256, 512 and 512
DEPTHS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
MAPS = (64, 128, 256, 512, 512)


class VGG(Module):
    """VGG with 11, 13, 16 or 19 layers that have weights.

    Its state dict has the names of torchvision: `features.0.weight` to `classifier.6.bias`.

    Args:
        layers: 11, 13, 16 or 19: configurations A, B, D and E of the paper.
        num_classes: the number of outputs.
        batch_norm: normalise after each convolution.
        dropout: the probability that a hidden unit of the classifier is left out in training.
        init_weights: draw weights as torchvision does (He et al. 2015 for convolutions, a standard deviation of 0.01
            for the rest, biases 0); else keep those that layers begin with.

    Shapes:
        input (N, 3, H, W), H and W at least 32 -> (N, num_classes)

    Raises:
        ArgumentError: for another number of layers, or num_classes below 1.

    Source: Simonyan and Zisserman 2015, "Very deep convolutional networks for large-scale image recognition", table 1.

    >>> import minigrad as mg
    >>> net = VGG(11, num_classes=10, init_weights=False)
    >>> net(mg.zeros(1, 3, 32, 32)).shape
    (1, 10)
    """

    def __init__(
        self,
        layers: int,
        num_classes: int = 1000,
        batch_norm: bool = False,
        dropout: float = 0.5,
        init_weights: bool = True,
    ) -> None:
        super().__init__()
        if layers not in DEPTHS:
            raise ArgumentError(f"VGG: layers is {layers!r}, where 11, 13, 16 or 19 is wanted")
        if num_classes < 1:
            raise ArgumentError(f"VGG: num_classes is {num_classes}, where at least 1 is wanted")
        features: list[Module] = []
        channels = 3
        for depth, maps in zip(DEPTHS[layers], MAPS, strict=True):
            for _ in range(depth):
                features += [Conv2d(channels, maps, 3, padding=1)]
                features += [BatchNorm2d(maps), ReLU()] if batch_norm else [ReLU()]
                channels = maps
            features.append(MaxPool2d(2))
        self.features = Sequential(*features)
        self.avgpool = AdaptiveAvgPool2d(7)
        self.classifier = Sequential(
            *(Linear(512 * 7 * 7, 4096), ReLU(), Dropout(dropout)),
            *(Linear(4096, 4096), ReLU(), Dropout(dropout)),
            Linear(4096, num_classes),
        )
        self.flatten = Flatten()
        if init_weights:
            self.apply(draw)

    def forward(self, input: Any) -> Any:
        """A score for each class."""
        return self.classifier(self.flatten(self.avgpool(self.features(input))))


def draw(layer: Module) -> None:
    """New weights for a layer that has some."""
    if isinstance(layer, Conv2d):
        init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    elif isinstance(layer, Linear):
        init.normal_(layer.weight, 0.0, 0.01)
    if isinstance(layer, Conv2d | Linear) and layer.bias is not None:
        init.zeros_(layer.bias)


def named(layers: int, batch_norm: bool) -> Callable[..., VGG]:
    """The function that makes one of them."""

    def make(num_classes: int = 1000, dropout: float = 0.5, init_weights: bool = True) -> VGG:
        return VGG(layers, num_classes, batch_norm, dropout, init_weights)

    make.__name__ = make.__qualname__ = f"vgg{layers}{'_bn' if batch_norm else ''}"
    make.__doc__ = (
        f"VGG-{layers}{' with batch normalisation' if batch_norm else ''}, with new weights: see `VGG`."
    )
    return make


vgg11, vgg13, vgg16, vgg19 = (named(layers, False) for layers in DEPTHS)
vgg11_bn, vgg13_bn, vgg16_bn, vgg19_bn = (named(layers, True) for layers in DEPTHS)
