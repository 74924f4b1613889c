"""Interpolation beside PyTorch's: every mode, growing and shrinking, by size and by factor."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from layer_cases import IMAGES
from op_samples.case import f
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F
from minigrad import nn

TF = torch.nn.functional
SHAPES = {1: (2, 3, 7), 2: (2, 3, 5, 7), 3: (1, 2, 5, 4, 7)}
SMOOTH = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
SIZES = {
    1: [3, 7, 14, 1, 20],
    2: [(5, 3), (10, 14), (1, 9), (4, 21), (5, 7)],
    3: [(5, 8, 3), (1, 2, 14), (7, 4, 7)],
}
FACTORS = [2, 0.5, 1.7, 0.61, 3.0]


def both(shape: tuple[int, ...], order: int = 2, **params: Any) -> None:
    agree(lambda x: F.interpolate(x, **params), lambda x: TF.interpolate(x, **params), f(*shape), order=order)


@pytest.mark.parametrize("dims", SHAPES)
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "area"])
def test_copies_and_means(mode: str, dims: int) -> None:
    for size in SIZES[dims]:
        both(SHAPES[dims], size=size, mode=mode)
    for factor in FACTORS:
        both(SHAPES[dims], scale_factor=factor, mode=mode)
        both(SHAPES[dims], scale_factor=factor, mode=mode, recompute_scale_factor=True)


@pytest.mark.parametrize("mode", SMOOTH)
@pytest.mark.parametrize("align_corners", [None, False, True])
def test_smooth(mode: str, align_corners: bool | None) -> None:
    shape, dims = SHAPES[SMOOTH[mode]], SMOOTH[mode]
    for size in SIZES[dims]:
        both(shape, size=size, mode=mode, align_corners=align_corners)
    for factor, again in itertools.product(FACTORS, (None, True, False)):
        both(shape, scale_factor=factor, mode=mode, align_corners=align_corners, recompute_scale_factor=again)
    both(shape, scale_factor=(1.5, 0.7, 2.0)[:dims], mode=mode, align_corners=align_corners)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("align_corners", [False, True])
def test_antialias(mode: str, align_corners: bool) -> None:
    if mode == "lanczos" and align_corners:
        return  # refused by both
    for size in [*SIZES[2], (2, 2), (3, 30)]:
        both((2, 3, 5, 7), 1, size=size, mode=mode, align_corners=align_corners, antialias=True)
    for factor in FACTORS:
        both((2, 3, 9, 7), 1, scale_factor=factor, mode=mode, align_corners=align_corners, antialias=True)


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact"])
def test_every_pair_of_extents_copies_the_same_elements(mode: str) -> None:
    """In images: where a centre falls on an edge, PyTorch itself rounds sequences of float64 in another way."""
    for n, m in itertools.product(range(1, 60, 3), range(1, 90, 2)):
        x = np.arange(float(n)).reshape(1, 1, 1, n)
        mine, theirs = (
            z.interpolate(t(x), (1, m), mode=mode) for z, t in ((F, mg.tensor), (TF, torch.tensor))
        )
        close(mine, theirs, 0.0)


def test_images_too_large_for_a_matrix_product() -> None:
    both((1, 1, 3, 700), 1, size=(5, 900), mode="bilinear")
    both((1, 1, 700, 3), 1, size=(411, 2), mode="bicubic")


def test_what_is_not_finite_stays_where_it_is() -> None:
    x = f(1, 1, 6, 6)
    x[0, 0, 2, 3] = np.nan
    for mode in ("bilinear", "bicubic", "nearest", "area"):
        y = F.interpolate(mg.tensor(x), (9, 4), mode=mode)
        z = TF.interpolate(torch.tensor(x), (9, 4), mode=mode)
        assert np.array_equal(np.isnan(y.numpy()), np.isnan(z.numpy())) or mode == "bicubic"
        assert np.isnan(y.numpy()).sum() <= np.isnan(z.numpy()).sum()


def test_no_images() -> None:
    both((0, 2, 3, 3), size=(4, 5), mode="bilinear")


def test_older_names() -> None:
    x = f(1, 2, 3, 4)
    close(
        F.upsample(mg.tensor(x), scale_factor=2, mode="bilinear"),
        TF.interpolate(torch.tensor(x), scale_factor=2, mode="bilinear"),
    )
    close(F.upsample_nearest(mg.tensor(x), 7), TF.interpolate(torch.tensor(x), 7))
    close(
        F.upsample_bilinear(mg.tensor(x), 7),
        TF.interpolate(torch.tensor(x), 7, mode="bilinear", align_corners=True),
    )


@pytest.mark.parametrize(("make", "shape"), IMAGES.values(), ids=IMAGES)
def test_layers(make: Any, shape: tuple[int, ...]) -> None:
    mine, theirs = make(nn), make(torch.nn)
    assert repr(mine) == repr(theirs)
    agree(mine, theirs, f(*shape))
