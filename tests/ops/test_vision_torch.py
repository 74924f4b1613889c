"""Shuffles, grids and sampling beside PyTorch's."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from op_samples.case import f
from torch_parity import agree, torch

from minigrad import functional as F

TF = torch.nn.functional
MODES = [
    *itertools.product(["bilinear", "nearest", "bicubic"], ["zeros", "border", "reflection"], [False, True])
]


@pytest.mark.parametrize("shape", [(8, 3, 2), (2, 8, 3, 2), (2, 3, 12, 1, 2)])
def test_shuffles(shape: tuple[int, ...]) -> None:
    agree(lambda x: F.pixel_shuffle(x, 2), lambda x: TF.pixel_shuffle(x, 2), f(*shape))
    agree(lambda x: F.pixel_unshuffle(x, 1), lambda x: TF.pixel_unshuffle(x, 1), f(*shape))
    if len(shape) > 3:
        agree(lambda x: F.channel_shuffle(x, 1), lambda x: TF.channel_shuffle(x, 1), f(*shape))


def test_shuffles_back() -> None:
    agree(lambda x: F.pixel_unshuffle(x, 3), lambda x: TF.pixel_unshuffle(x, 3), f(2, 2, 6, 9))
    agree(lambda x: F.channel_shuffle(x, 3), lambda x: TF.channel_shuffle(x, 3), f(2, 6, 4, 2))
    agree(lambda x: F.channel_shuffle(x, 2), lambda x: TF.channel_shuffle(x, 2), f(2, 6, 2))


@pytest.mark.filterwarnings("ignore:Since version 1.3.0:UserWarning")  # PyTorch's own
@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("size", [(2, 3, 4, 5), (2, 1, 1, 3), (2, 1, 2, 3, 4), (2, 1, 1, 1, 1)])
def test_affine_grid(size: tuple[int, ...], align_corners: bool) -> None:
    d = len(size) - 2
    agree(
        lambda t: F.affine_grid(t, size, align_corners),
        lambda t: TF.affine_grid(t, size, align_corners),
        f(2, d, d + 1),
    )


@pytest.mark.parametrize(("mode", "padding_mode", "align_corners"), MODES)
def test_grid_sample(mode: str, padding_mode: str, align_corners: bool) -> None:
    params = {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
    for shape, out in (
        ((2, 3, 4, 5), (2, 6, 3, 2)),
        ((1, 2, 1, 3), (1, 2, 2, 2)),
        ((0, 2, 3, 3), (0, 2, 2, 2)),
    ):
        for reach in (0.9, 4.0):
            x, grid = f(*shape), f(*out, low=-reach, high=reach)
            order = 2 if mode != "bicubic" and x.size else 1
            agree(
                lambda x, g: F.grid_sample(x, g, **params),
                lambda x, g: TF.grid_sample(x, g, **params),
                x,
                grid,
                order=order,
            )
    if mode != "bicubic":
        x, grid = f(2, 2, 3, 4, 2), f(2, 2, 3, 2, 3, low=-1.7, high=1.7)
        agree(
            lambda x, g: F.grid_sample(x, g, **params),
            lambda x, g: TF.grid_sample(x, g, **params),
            x,
            grid,
            order=1,
        )


@pytest.mark.parametrize(("mode", "padding_mode", "align_corners"), MODES)
def test_grid_sample_on_the_edge(mode: str, padding_mode: str, align_corners: bool) -> None:
    """Where there are kinks, and steps."""
    params = {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
    line = np.array([-1.0, -0.75, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, -1.25, 3.0, -3.0])
    grid = np.stack(np.meshgrid(line, line), -1)[None]
    agree(
        lambda x, g: F.grid_sample(x, g, **params),
        lambda x, g: TF.grid_sample(x, g, **params),
        f(1, 2, 4, 4),
        grid,
        order=1,
    )
