"""Networks."""

from __future__ import annotations

from .lenet5 import LeNet5, lenet5
