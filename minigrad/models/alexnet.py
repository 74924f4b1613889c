"""AlexNet."""

from __future__ import annotations

from typing import Any

from ..errors import ArgumentError
from ..nn import (
    AdaptiveAvgPool2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
)
from ..nn.arguments import one_of

__all__ = ["AlexNet", "alexnet"]


def one_tower() -> Sequential:
    """Today's form: fewer maps, no groups, no normalisation."""
    return Sequential(
        *(Conv2d(3, 64, 11, stride=4, padding=2), ReLU(), MaxPool2d(3, 2)),
        *(Conv2d(64, 192, 5, padding=2), ReLU(), MaxPool2d(3, 2)),
        *(Conv2d(192, 384, 3, padding=1), ReLU()),
        *(Conv2d(384, 256, 3, padding=1), ReLU()),
        *(Conv2d(256, 256, 3, padding=1), ReLU(), MaxPool2d(3, 2)),
    )


def original() -> Sequential:
    """The paper's two towers: convolutions 2, 4 and 5 see the maps of one alone. Its alpha is not divided by size."""

    def norm() -> LocalResponseNorm:
        return LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)

    return Sequential(
        *(Conv2d(3, 96, 11, stride=4), ReLU(), norm(), MaxPool2d(3, 2)),
        *(Conv2d(96, 256, 5, padding=2, groups=2), ReLU(), norm(), MaxPool2d(3, 2)),
        *(Conv2d(256, 384, 3, padding=1), ReLU()),
        *(Conv2d(384, 384, 3, padding=1, groups=2), ReLU()),
        *(Conv2d(384, 256, 3, padding=1, groups=2), ReLU(), MaxPool2d(3, 2)),
    )


VARIANTS = {"one-tower": one_tower, "original": original}


class AlexNet(Module):
    """AlexNet: five convolutions and three fully connected layers, most of the parameters in these.

    Its state dict has the names of torchvision: `features.0.weight` to `classifier.6.bias`.

    Args:
        num_classes: the number of outputs.
        dropout: the probability that a hidden unit of the classifier is left out in training.
        variant: "one-tower", the form of today's model collections (Krizhevsky 2014), or "original", with two groups
            and local response normalisation (for 227 x 227).

    Shapes:
        input (N, 3, H, W), H and W at least 63, or 67 in the original -> (N, num_classes)

    Raises:
        ArgumentError: for another variant, or num_classes below 1.

    Source: Krizhevsky, Sutskever and Hinton 2012, "ImageNet classification with deep convolutional neural networks",
    section 3; Krizhevsky 2014, "One weird trick for parallelizing convolutional neural networks".

    >>> import minigrad as mg
    >>> net = AlexNet(num_classes=10)
    >>> net(mg.zeros(1, 3, 64, 64)).shape
    (1, 10)
    """

    def __init__(self, num_classes: int = 1000, dropout: float = 0.5, variant: str = "one-tower") -> None:
        super().__init__()
        make = VARIANTS[one_of("AlexNet", "variant", variant, tuple(VARIANTS))]
        if num_classes < 1:
            raise ArgumentError(f"AlexNet: num_classes is {num_classes}, where at least 1 is wanted")
        self.features = make()
        self.avgpool = AdaptiveAvgPool2d(6)
        self.classifier = Sequential(
            *(Dropout(dropout), Linear(256 * 6 * 6, 4096), ReLU()),
            *(Dropout(dropout), Linear(4096, 4096), ReLU()),
            Linear(4096, num_classes),
        )
        self.flatten = Flatten()

    def forward(self, input: Any) -> Any:
        """A score for each class."""
        return self.classifier(self.flatten(self.avgpool(self.features(input))))


def alexnet(num_classes: int = 1000, dropout: float = 0.5, variant: str = "one-tower") -> AlexNet:
    """An AlexNet with new weights: see `AlexNet`."""
    return AlexNet(num_classes, dropout, variant)
