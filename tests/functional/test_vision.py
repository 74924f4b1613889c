"""Interpolation, shuffles, grids: pixel by pixel, and what is refused."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from op_samples.case import f

import minigrad as mg
from minigrad import functional as F
from minigrad import nn
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

X = f(1, 2, 4, 5)
x = mg.tensor(X)


def tent(t: float) -> float:
    return max(0.0, 1.0 - abs(t))


def keys(t: float, a: float = -0.75) -> float:
    """Keys 1981, equation 15."""
    t = abs(t)
    if t <= 1:
        return (a + 2) * t**3 - (a + 3) * t**2 + 1
    return a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a if t < 2 else 0.0


def line(o: int, n: int, m: int, weight: Any, align: bool) -> dict[int, float]:
    """What one output of a dim takes from each element: a filter around its place, the edges repeated."""
    place = o * (n - 1) / (m - 1) if align else (o + 0.5) * n / m - 0.5
    taken: dict[int, float] = {}
    for k in range(-4, n + 4):
        if w := weight(place - k):
            at = min(max(k, 0), n - 1)
            taken[at] = taken.get(at, 0.0) + w
    return taken


@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_interpolation_is_a_filter_in_each_dim(mode: str, align: bool) -> None:
    weight = tent if mode == "bilinear" else keys
    y = F.interpolate(x, (7, 3), mode=mode, align_corners=align).numpy()
    for c, i, j in itertools.product(range(2), range(7), range(3)):
        rows, columns = line(i, 4, 7, weight, align), line(j, 5, 3, weight, align)
        want = math.fsum(p * q * X[0, c, a, b] for a, p in rows.items() for b, q in columns.items())
        assert y[0, c, i, j] == pytest.approx(want, rel=1e-11, abs=1e-12)


def test_nearest_copies_and_area_averages() -> None:
    assert F.interpolate(mg.tensor([[[0.0, 1.0, 2.0]]]), 7).tolist() == [[[0, 0, 0, 1, 1, 2, 2]]]
    assert F.interpolate(mg.tensor([[[0, 1, 2]]]), 2, mode="nearest-exact").tolist() == [[[0, 2]]]
    assert F.interpolate(mg.tensor([[[0.0, 1.0, 2.0]]]), 2, mode="area").tolist() == [[[0.5, 1.5]]]


def test_a_shrinking_image_is_smoothed_with_antialias() -> None:
    point = mg.zeros(1, 1, 16, 16)
    point[..., 8, 8] = 16.0
    assert F.interpolate(point, (4, 4), mode="bilinear").abs().sum().item() == 0.0  # between two others
    assert F.interpolate(point, (4, 4), mode="bilinear", antialias=True).sum().item() == pytest.approx(1.0)
    assert F.interpolate(x, (4, 5), mode="bicubic", antialias=True).tolist() == x.tolist()


def test_shuffles_move_pixels() -> None:
    a = mg.arange(16).reshape(4, 2, 2)
    y = F.pixel_shuffle(a, 2)
    for c, i, j in itertools.product(range(4), range(2), range(2)):
        assert y[0, 2 * i + c // 2, 2 * j + c % 2].item() == a[c, i, j].item()
    assert F.pixel_unshuffle(y, 2).tolist() == a.tolist()
    assert F.channel_shuffle(mg.arange(6).reshape(1, 6, 1), 2).reshape(6).tolist() == [0, 3, 1, 4, 2, 5]
    assert F.pixel_shuffle(mg.zeros(0, 4, 2, 2), 2).shape == (0, 1, 4, 4)


@pytest.mark.parametrize("align", [False, True])
def test_sampling_with_the_identity_gives_the_image(align: bool) -> None:
    theta = mg.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]], dtype=mg.float64)
    grid = F.affine_grid(theta, X.shape, align)
    for mode in ("bilinear", "nearest", "bicubic"):
        np.testing.assert_allclose(F.grid_sample(x, grid, mode, align_corners=align).numpy(), X, atol=1e-13)


def test_sampling_reads_between_pixels_and_beyond_them() -> None:
    image = mg.tensor([[[[1.0, 3.0, 7.0]]]])
    for place, mode, want in [
        (-1 / 3, "zeros", 2.0),
        (-1.0, "zeros", 0.5),
        (-1.0, "border", 1.0),
        (4 / 3, "reflection", 7.0),
        (9.0, "zeros", 0.0),
        (math.nan, "zeros", math.nan),
    ]:
        got = F.grid_sample(image, mg.tensor([[[[place, 0.0]]]]), padding_mode=mode)
        assert got.item() == pytest.approx(want, abs=1e-5, nan_ok=True), (place, mode)


def test_the_places_of_nearest_pixels_have_a_gradient_of_zero() -> None:
    places = mg.tensor([[[[0.3, 0.2]]]], requires_grad=True)
    F.grid_sample(mg.tensor([[[[1.0, 3.0]]]]), places, "nearest").sum().backward()
    assert places.grad.tolist() == [[[[0.0, 0.0]]]]


# ---- what is refused ------------------------------------------------------------------------------------------------
grid, volume = mg.zeros(1, 2, 2, 2, dtype=mg.float64), mg.zeros(1, 1, 2, 2, 2)
REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda: F.interpolate(x, 3, mode="cubic"), ArgumentError, "interpolate: mode is 'cubic'"),
    (
        lambda: F.interpolate(x, 3, mode="linear"),
        ShapeError,
        r"interpolate: .*mode 'linear' takes \(N, C\) and 1 dims",
    ),
    (lambda: F.interpolate(x[0, 0], 3), ShapeError, "interpolate: input is .*1 to 3 dims"),
    (lambda: F.interpolate(x[:, :, :0], 3), ShapeError, "interpolate: .*above 0"),
    (lambda: F.interpolate(x), ArgumentError, "interpolate: size is None, scale_factor None: one of them"),
    (
        lambda: F.interpolate(x, 3, 2.0),
        ArgumentError,
        "interpolate: size is 3, scale_factor 2.0: one of them",
    ),
    (lambda: F.interpolate(x, (3, 4, 5)), ArgumentError, r"interpolate: size is \(3, 4, 5\)"),
    (lambda: F.interpolate(x, 2.5), DTypeError, "interpolate: size is 2.5, where an integer"),
    (lambda: F.interpolate(x, 0), ArgumentError, "interpolate: size is 0, where at least 1"),
    (lambda: F.interpolate(x, scale_factor=(2.0,)), ArgumentError, "interpolate: scale_factor .*2 numbers"),
    (lambda: F.interpolate(x, scale_factor="2"), DTypeError, "interpolate: scale_factor is '2'"),
    (lambda: F.interpolate(x, scale_factor=-1), ArgumentError, "interpolate: scale_factor is -1"),
    (
        lambda: F.interpolate(x, scale_factor=0.1),
        ArgumentError,
        "interpolate: scale_factor 0.1 leaves nothing",
    ),
    (lambda: F.interpolate(x, 3, align_corners=True), ArgumentError, "align_corners goes with linear"),
    (
        lambda: F.interpolate(x, 3, recompute_scale_factor=True),
        ArgumentError,
        "recompute_scale_factor goes with",
    ),
    (
        lambda: F.interpolate(x, 3, antialias=True),
        ArgumentError,
        "antialias=True does not go with mode 'nearest'",
    ),
    (
        lambda: F.interpolate(x, 3, mode="lanczos"),
        ArgumentError,
        "antialias=False does not go with mode 'lanczos'",
    ),
    (lambda: F.interpolate(x.to(mg.int64), 3, mode="bilinear"), DTypeError, "interpolate: input is int64"),
    (lambda: F.pixel_shuffle(x, 2), ShapeError, "pixel_shuffle: 2 x 2 does not divide the 2 channels"),
    (lambda: F.pixel_shuffle(x[0, 0], 2), ShapeError, r"pixel_shuffle: input is .*\(..., C, H, W\)"),
    (lambda: F.pixel_shuffle(x, 0), ArgumentError, "pixel_shuffle: upscale_factor is 0"),
    (
        lambda: F.pixel_unshuffle(x, 2),
        ShapeError,
        "pixel_unshuffle: downscale_factor 2 does not divide 4 x 5",
    ),
    (lambda: F.pixel_unshuffle(x, 1.0), ArgumentError, "pixel_unshuffle: downscale_factor is 1.0"),
    (lambda: F.channel_shuffle(x, 3), ShapeError, "channel_shuffle: groups=3 does not divide the 2 channels"),
    (lambda: F.channel_shuffle(x, -1), ArgumentError, "channel_shuffle: groups is -1"),
    (lambda: F.channel_shuffle(x[0, 0], 1), ShapeError, "channel_shuffle: input is"),
    (lambda: F.affine_grid(grid, (1, 1, 2, 2)), ShapeError, r"affine_grid: theta is .*, size \(1, 1, 2, 2\)"),
    (lambda: F.affine_grid(mg.zeros(1, 2, 3), (1, 1, 0, 2)), ShapeError, "affine_grid: theta is"),
    (lambda: F.affine_grid(mg.zeros(1, 2, 3), (1, 1, 2)), ShapeError, "affine_grid: theta is"),
    (
        lambda: F.affine_grid(mg.zeros(1, 2, 3).to(mg.int64), (1, 1, 2, 2)),
        DTypeError,
        "affine_grid: theta is int64",
    ),
    (lambda: F.grid_sample(x, grid[0]), ShapeError, "grid_sample: input is .*, grid .* are wanted"),
    (lambda: F.grid_sample(x, volume), ShapeError, "grid_sample: input is"),
    (lambda: F.grid_sample(x[:, :, :0], grid), ShapeError, "grid_sample: .*without pixels"),
    (
        lambda: F.grid_sample(x, grid.to(mg.float32)),
        DTypeError,
        "grid_sample: input is float64, grid float32",
    ),
    (lambda: F.grid_sample(x, grid, "linear"), ArgumentError, "grid_sample: mode is 'linear'"),
    (lambda: F.grid_sample(x, grid, padding_mode="circular"), ArgumentError, "padding_mode is 'circular'"),
    (
        lambda: F.grid_sample(volume, mg.zeros(1, 1, 1, 1, 3), "bicubic"),
        ArgumentError,
        "mode 'bicubic' takes images",
    ),
    (lambda: nn.PixelShuffle(0), ArgumentError, "PixelShuffle: upscale_factor is 0"),
    (lambda: nn.PixelUnshuffle("2"), ArgumentError, "PixelUnshuffle: downscale_factor is '2'"),
    (lambda: nn.ChannelShuffle(0), ArgumentError, "ChannelShuffle: groups is 0"),
    (lambda: F.pad(x, (1, 1), "reflect", 1.0), ArgumentError, "pad: value goes with mode 'constant'"),
    (lambda: F.one_hot(mg.tensor([-1])), IndexingError, "one_hot: index -1"),
]


@pytest.mark.parametrize(("call", "error", "match"), REFUSED)
def test_refused(call: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        call()
