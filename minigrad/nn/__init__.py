"""Layers, networks and losses under PyTorch's names."""

from __future__ import annotations

from . import functional, init
from .activation import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from .container import Sequential
from .conv import Conv2d
from .dropout import Dropout
from .linear import Identity, Linear
from .loss import CrossEntropyLoss, L1Loss, MSELoss
from .module import Module, Parameter
from .pool import AvgPool2d, MaxPool2d
from .shape import Flatten
