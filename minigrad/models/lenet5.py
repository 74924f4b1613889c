"""LeNet-5."""

from __future__ import annotations

from typing import Any

from ..nn import AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential, Tanh
from ..nn.arguments import one_of

__all__ = ["LeNet5", "lenet5"]

ACTIVATIONS: dict[str, Any] = {"relu": ReLU, "tanh": Tanh}
POOLINGS: dict[str, Any] = {"max": MaxPool2d, "avg": AvgPool2d}


class LeNet5(Module):
    """LeNet-5 in its common form: every map of the second convolution sees all maps of the first.

    Its parameters are `features.0`, `features.3` (convolutions), `classifier.1`, `classifier.3`, `classifier.5` (fully
    connected), each with a `weight` and a `bias`.

    Args:
        num_classes: the number of outputs.
        activation: "relu" or "tanh".
        pooling: "max" or "avg".

    Shapes:
        input (N, 1, 28, 28) -> (N, num_classes)

    Raises:
        ArgumentError: for another activation or pooling, or num_classes below 1.

    Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section II.B.

    >>> import minigrad as mg
    >>> net = LeNet5()
    >>> net(mg.zeros(2, 1, 28, 28)).shape
    (2, 10)
    >>> sum(p.numel() for p in net.parameters())
    61706
    """

    def __init__(self, num_classes: int = 10, activation: str = "relu", pooling: str = "max") -> None:
        super().__init__()
        active = ACTIVATIONS[one_of("LeNet5", "activation", activation, tuple(ACTIVATIONS))]
        pool = POOLINGS[one_of("LeNet5", "pooling", pooling, tuple(POOLINGS))]
        self.features = Sequential(
            Conv2d(1, 6, 5, padding=2), active(), pool(2), Conv2d(6, 16, 5), active(), pool(2)
        )
        self.classifier = Sequential(
            Flatten(), Linear(400, 120), active(), Linear(120, 84), active(), Linear(84, num_classes)
        )

    def forward(self, input: Any) -> Any:
        """A score for each class."""
        return self.classifier(self.features(input))


def lenet5(num_classes: int = 10, activation: str = "relu", pooling: str = "max") -> LeNet5:
    """A LeNet-5 with new weights: see `LeNet5`."""
    return LeNet5(num_classes, activation, pooling)
