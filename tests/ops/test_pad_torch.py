"""Padding beside PyTorch's: every mode, lengthening and shortening."""

from __future__ import annotations

import pytest
from op_samples.case import f
from torch_parity import agree, torch

from minigrad import functional as F

TF = torch.nn.functional
PADS = [
    (1, 2),
    (0, 0),
    (-1, 2),
    (2, -1),
    (2, -3),
    (-2, 2),
    (3, 3),
    (1, 2, 2, 1),
    (1, -2, -1, 2),
    (1, 1, 0, 1, 1, 0),
]


SHAPES = [(2, 5), (2, 3, 5), (2, 3, 4, 5), (1, 2, 3, 4, 5)]
CASES = [  # by copies PyTorch pads as many dims as are neither the batch nor, if there are more dims, channels
    (mode, shape, pad)
    for mode in ("constant", "reflect", "replicate", "circular")
    for shape in SHAPES
    for pad in PADS
    if len(pad) // 2 in ((len(shape) - 2, len(shape) - 1) if mode != "constant" else range(len(shape) + 1))
]


@pytest.mark.parametrize(("mode", "shape", "pad"), CASES)
def test_pad(mode: str, shape: tuple[int, ...], pad: tuple[int, ...]) -> None:
    agree(lambda x: F.pad(x, pad, mode), lambda x: TF.pad(x, pad, mode), f(*shape))
    if mode == "constant":
        agree(lambda x: F.pad(x, pad, value=-1.5), lambda x: TF.pad(x, pad, value=-1.5), f(*shape))
