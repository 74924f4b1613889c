"""Networks."""

from __future__ import annotations

from .alexnet import AlexNet, alexnet
from .lecture_cnn import LectureCNN, lecture_cnn
from .lenet5 import LeNet5, lenet5
from .vgg import VGG, vgg11, vgg11_bn, vgg13, vgg13_bn, vgg16, vgg16_bn, vgg19, vgg19_bn
