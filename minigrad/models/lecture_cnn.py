"""The simple convolutional network of the lecture that minigrad started from."""

from __future__ import annotations

from typing import Any

from ..errors import ArgumentError
from ..nn import Conv2d, Dropout, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential
from ..nn.arguments import one_of

__all__ = ["LectureCNN", "lecture_cnn"]

# The lecture's two tables differ in the third level: 32 and 64 maps by its operations, 64 and 64 by its parameters
MAPS = {
    "operations": ((4, 8), (16, 32), (32, 64), (128, 128)),
    "parameters": ((4, 8), (16, 32), (64, 64), (128, 128)),
}


class LectureCNN(Module):
    """Four levels of two 3x3 convolutions, ReLU and 2x2 max pooling; dropout; two fully connected layers.

    The scores are those before softmax, which `cross_entropy` has.

    Args:
        size: N of the input, N x N x 3: at least 16.
        hidden: units of the first fully connected layer, the lecture's M.
        num_classes: the number of outputs, the lecture's K.
        dropout: the probability that an input of the first fully connected layer is left out in training.
        variant: "operations" (third level 32, 64) or "parameters" (64, 64): the lecture's tables differ.

    Shapes:
        input (N, 3, size, size) -> (N, num_classes)

    Raises:
        ArgumentError: for another variant, a size below 16, hidden or num_classes below 1.

    Source: S. Olsen, lecture "Deep learning and CNN's", University of Copenhagen.

    >>> import minigrad as mg
    >>> net = LectureCNN(size=32, hidden=20)
    >>> net(mg.zeros(2, 3, 32, 32)).shape
    (2, 10)
    >>> sum(p.numel() for p in net.features.parameters())
    255400
    """

    def __init__(
        self,
        size: int = 200,
        hidden: int = 100,
        num_classes: int = 10,
        dropout: float = 0.5,
        variant: str = "operations",
    ) -> None:
        super().__init__()
        levels = MAPS[one_of("LectureCNN", "variant", variant, tuple(MAPS))]
        for name, value, least in (
            ("size", size, 16),
            ("hidden", hidden, 1),
            ("num_classes", num_classes, 1),
        ):
            if value < least:
                raise ArgumentError(f"LectureCNN: {name} is {value}, where at least {least} is wanted")
        features: list[Module] = []
        channels = 3
        for level in levels:
            for maps in level:
                features += [Conv2d(channels, maps, 3, padding=1), ReLU()]
                channels = maps
            features.append(MaxPool2d(2))
        self.features = Sequential(*features)
        self.classifier = Sequential(
            *(Flatten(), Dropout(dropout), Linear(channels * (size // 16) ** 2, hidden), ReLU()),
            Linear(hidden, num_classes),
        )

    def forward(self, input: Any) -> Any:
        """A score for each class."""
        return self.classifier(self.features(input))


def lecture_cnn(
    size: int = 200,
    hidden: int = 100,
    num_classes: int = 10,
    dropout: float = 0.5,
    variant: str = "operations",
) -> LectureCNN:
    """The lecture's network with new weights: see `LectureCNN`."""
    return LectureCNN(size, hidden, num_classes, dropout, variant)
