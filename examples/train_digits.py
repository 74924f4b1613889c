"""LeNet-5 learns to read handwritten digits: the job of `minigrad train lenet5`, on one page.

    python examples/train_digits.py [EPOCHS]

Settings are those that did best on validation scans; see minigrad/trainer.py.
"""

from __future__ import annotations

import math
import sys

import minigrad as mg
from minigrad import functional as F
from minigrad import nn, optim
from minigrad.data import batches, digits, random_affine, to_size
from minigrad.io import save_tensors
from minigrad.random import manual_seed

EPOCHS = int(sys.argv[1]) if len(sys.argv) > 1 else 60
BATCH, PEAK_RATE = 64, 0.006

generator = manual_seed(0)
train, val, test = digits()


class LeNet5(nn.Module):
    """LeCun et al. 1998, with ReLU and max-pooling."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        )
        self.classifier = nn.Sequential(
            *(nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))
        )

    def forward(self, images):
        """A score for each digit."""
        return self.classifier(self.features(images))


model = LeNet5()
optimizer = optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=0.1)


def rate(done: float) -> float:
    """A tenth of the time up to the peak, the rest down along a cosine."""
    return PEAK_RATE * (done / 0.1 if done < 0.1 else 0.5 + 0.5 * math.cos(math.pi * (done - 0.1) / 0.9))


def right(images, labels) -> int:
    """How many pictures the network reads right."""
    model.eval()
    with mg.no_grad():
        read = model(mg.tensor(to_size(images))).numpy().argmax(1)
    return int((read == labels).sum())


best, best_weights, step = -1, {}, 0
steps = EPOCHS * math.ceil(len(train.labels) / BATCH)
for epoch in range(1, EPOCHS + 1):
    model.train()
    order = generator.next_key(len(train.labels))
    for images, labels in batches(to_size(train.images), train.labels, batch_size=BATCH, key=order):
        optimizer.param_groups[0]["lr"] = rate((step + 0.5) / steps)
        moved = random_affine(images, generator=generator, degrees=15, translate=(0.1, 0.1), scale=(0.8, 1.2))
        loss = F.cross_entropy(model(mg.tensor(moved)), mg.tensor(labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
    reached = right(*val)
    print(f"epoch {epoch:2}  loss {loss.item():.4f}  validation {reached}/{len(val.labels)}")
    if reached >= best:
        best = reached
        best_weights = {name: weight.numpy().copy() for name, weight in model.state_dict().items()}

save_tensors("lenet5-digits.npz", best_weights)
model.load_state_dict(best_weights)
reached, n = right(*test), len(test.labels)  # looked at once, when all is decided
print(f"test accuracy: {100 * reached / n:.1f} % ({reached}/{n})")
