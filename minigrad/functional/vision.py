"""Pixels among channels, and images sampled at any place."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import prod
from typing import Any

from .. import ops
from ..backend import device_of, namespace_for, namespace_of
from ..core import Tensor
from ..dtypes import is_float
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from .resize import cubic_weights


# ---- pixels among channels ------------------------------------------------------------------------------------------
def factor(name: str, argument: str, value: Any, input: Tensor, least: int = 3) -> int:
    """A factor of at least 1 for images.

    Raises:
        ArgumentError: for another factor.
        ShapeError: if input has fewer dims than images.
    """
    if type(value) is not int or value < 1:
        raise ArgumentError(f"{name}: {argument} is {value!r}, where an integer of at least 1 is wanted")
    if len(input.shape) < least:
        wanted = "(..., C, H, W)" if least == 3 else "(..., H, W)"
        raise ShapeError(f"{name}: input is {describe(input)}, where {wanted} is wanted")
    return value


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """r^2 channels as the r x r pixels in the place of one.

    Shapes:
        input (..., C r^2, H, W) -> (..., C, H r, W r)

    Raises:
        ShapeError: if r^2 does not divide the channels.
        ArgumentError: if r is not an integer of at least 1.

    Source: Shi et al. 2016, "Real-time single image and video super-resolution", equation 4.

    >>> import minigrad as mg
    >>> pixel_shuffle(mg.tensor([[[1]], [[2]], [[3]], [[4]]]), 2)
    tensor([[[1, 2],
             [3, 4]]])
    """
    r = factor("pixel_shuffle", "upscale_factor", upscale_factor, input)
    *lead, c, h, w = input.shape
    if c % (r * r):
        raise ShapeError(
            f"pixel_shuffle: {r} x {r} does not divide the {c} channels of input {describe(input)}"
        )
    n = len(lead)
    x = ops.reshape(input, shape=(*lead, c // (r * r), r, r, h, w))
    x = ops.permute(x, dims=(*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return ops.reshape(x, shape=(*lead, c // (r * r), h * r, w * r))  # type: ignore[no-any-return]


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """The r x r pixels of each block as r^2 channels: `pixel_shuffle` undone.

    Shapes:
        input (..., C, H r, W r) -> (..., C r^2, H, W)

    Raises:
        ShapeError: if r does not divide the extents.
        ArgumentError: if r is not an integer of at least 1.
    """
    r = factor("pixel_unshuffle", "downscale_factor", downscale_factor, input)
    *lead, c, h, w = input.shape
    if h % r or w % r:
        raise ShapeError(
            f"pixel_unshuffle: downscale_factor {r} does not divide {h} x {w}, the extents of input"
        )
    n = len(lead)
    x = ops.reshape(input, shape=(*lead, c, h // r, r, w // r, r))
    x = ops.permute(x, dims=(*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return ops.reshape(x, shape=(*lead, c * r * r, h // r, w // r))  # type: ignore[no-any-return]


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels of all groups in turn: the first of each, then the second of each, and so on.

    Shapes:
        input (N, C, ...), with at least 3 dims -> the same

    Raises:
        ShapeError: if the groups do not divide the channels.
        ArgumentError: if groups is not an integer of at least 1.

    Source: Zhang et al. 2018, "ShuffleNet", figure 1.
    """
    factor("channel_shuffle", "groups", groups, input)
    n, c, *rest = input.shape
    if c % groups:
        raise ShapeError(f"channel_shuffle: groups={groups} does not divide the {c} channels of input")
    x = ops.reshape(input, shape=(n, groups, c // groups, *rest))
    return ops.reshape(ops.transpose(x, dim0=1, dim1=2), shape=input.shape)  # type: ignore[no-any-return]


# ---- grids ----------------------------------------------------------------------------------------------------------
def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The places that `grid_sample` reads to turn, scale and shift images.

    Args:
        theta: a matrix for each image: from (x, y, 1), or (x, y, z, 1), of the output to x, y (, z) of the input.
        size: that of the output, (N, C, H, W) or (N, C, D, H, W).
        align_corners: whether -1 and 1 are the centres of the corner pixels, or (by default) their outer corners.

    Shapes:
        theta (N, 2, 3) -> (N, H, W, 2); theta (N, 3, 4) -> (N, D, H, W, 3)

    Raises:
        ShapeError: if theta and size do not fit.
        DTypeError: if theta is not floating.

    Source: Jaderberg et al. 2015, "Spatial transformer networks", equation 1.

    >>> import minigrad as mg
    >>> affine_grid(mg.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]), (1, 1, 1, 2))
    tensor([[[[-0.5,  0. ],
              [ 0.5,  0. ]]]])
    """
    n, _, *extents = size if len(size) in (4, 5) else (0, 0)
    dims = len(extents)
    if not dims or min(extents) < 1 or theta.shape != (n, dims, dims + 1):
        raise ShapeError(
            f"affine_grid: theta is {describe(theta)}, size {(*size,)}; (N, 2, 3) with (N, C, H, W) or "
            "(N, 3, 4) with (N, C, D, H, W) is wanted"
        )
    if not is_float(theta.dtype):
        raise DTypeError(f"affine_grid: theta is {theta.dtype}, where a floating dtype is wanted")
    xp = namespace_for(device_of(theta.data))
    lines = []
    for m in extents:
        line = xp.linspace(-1.0, 1.0, m) if m > 1 else xp.zeros(1)
        lines.append(line if align_corners else line * ((m - 1) / m))
    mesh = xp.meshgrid(*lines, indexing="ij")[::-1]
    places = xp.stack([m.ravel() for m in mesh] + [xp.ones(prod(extents))], -1)
    grid = ops.matmul(Tensor(places.astype(theta.dtype)), ops.mT(theta))
    return ops.reshape(grid, shape=(n, *extents, dims))  # type: ignore[no-any-return]


def pixels(at: Any, n: int, align_corners: bool) -> Any:
    """Places from -1 to 1 as numbers of pixels."""
    return (at + 1.0) * (0.5 * (n - 1)) if align_corners else ((at + 1.0) * n - 1.0) * 0.5


def clipped(at: Any, n: int) -> Any:
    """Kept from 0 to n - 1, with no slope at the ends."""
    return ops.where(at <= 0, 0.0, ops.where(at >= n - 1, n - 1.0, at))


def reflected(at: Any, n: int, align_corners: bool) -> Any:
    """Turned back at the first and the last centre, or at the outer edges of their pixels, as often as needed."""
    low, span = (0.0, n - 1.0) if align_corners else (-0.5, float(n))
    if not span:
        return at * 0.0
    away = at - low
    away = ops.where(away < 0, -away, away)
    turns = ops.floor(away / span)
    rest = away - turns * span
    return clipped(ops.where(turns % 2 == 0, rest, span - rest) + low, n)


def padded(at: Any, n: int, padding_mode: str, align_corners: bool) -> Any:
    """Places inside of the image, where the padding copies it."""
    if padding_mode == "border":
        return clipped(at, n)
    return reflected(at, n, align_corners) if padding_mode == "reflection" else at


def corners(at: Any, n: int, mode: str, padding_mode: str, align_corners: bool) -> list[tuple[Any, Any]]:
    """In one dim, the indices that a place takes from, as floating arrays, and their weights: None is 1."""
    if mode == "bicubic":
        base = ops.floor(at.detach())
        weights = cubic_weights(at - base)
        index = [padded(base + (k - 1.0), n, padding_mode, align_corners) for k in range(4)]
        return [(i.data, w) for i, w in zip(index, weights, strict=True)]
    at = padded(at, n, padding_mode, align_corners)
    if mode == "nearest":
        one = ops.where(False, at, 1.0) if at.requires_grad else None  # its gradient is 0, and not missing
        return [(ops.round(at.detach()).data, one)]
    base = ops.floor(at.detach())
    part = at - base
    return [(base.data, 1.0 - part), (base.data + 1.0, part)]


def check_grid(input: Tensor, grid: Tensor, mode: str, padding_mode: str) -> int:
    """The number of spatial dims.

    Raises:
        ShapeError, DTypeError, ArgumentError: for what `grid_sample` does not take.
    """
    dims = len(input.shape) - 2
    if (
        dims not in (2, 3)
        or len(grid.shape) != dims + 2
        or grid.shape[-1] != dims
        or grid.shape[0] != input.shape[0]
    ):
        raise ShapeError(
            f"grid_sample: input is {describe(input)}, grid {describe(grid)}; (N, C, H, W) and (N, OH, OW, 2), or "
            "(N, C, D, H, W) and (N, OD, OH, OW, 3) are wanted"
        )
    if not all(input.shape[2:]):
        raise ShapeError(f"grid_sample: input is {describe(input)}, an image without pixels")
    if input.dtype != grid.dtype or not is_float(input.dtype):
        raise DTypeError(
            f"grid_sample: input is {input.dtype}, grid {grid.dtype}: one floating dtype is wanted"
        )
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ArgumentError(f"grid_sample: mode is {mode!r}, where bilinear, nearest or bicubic is wanted")
    if mode == "bicubic" and dims == 3:
        raise ArgumentError("grid_sample: mode 'bicubic' takes images (N, C, H, W), and input has 5 dims")
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ArgumentError(
            f"grid_sample: padding_mode is {padding_mode!r}, where zeros, border or reflection is wanted"
        )
    return dims


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """Images read at the places of a grid.

    Args:
        grid: x, y (, z) of every place, from -1 to 1 across the image.
        mode: "bilinear", "nearest" or "bicubic" (images only).
        padding_mode: what is outside: "zeros", "border" (the nearest pixel), "reflection".
        align_corners: whether -1 and 1 are the centres of the corner pixels, or (by default) their outer corners.

    Shapes:
        input (N, C, H, W), grid (N, OH, OW, 2) -> (N, C, OH, OW);
        input (N, C, D, H, W), grid (N, OD, OH, OW, 3) -> (N, C, OD, OH, OW)

    Raises:
        ShapeError, DTypeError: if input and grid do not fit.
        ArgumentError: for another mode.

    Source: Jaderberg et al. 2015, "Spatial transformer networks", equation 3.

    >>> import minigrad as mg
    >>> grid_sample(mg.tensor([[[[1.0, 3.0]]]]), mg.tensor([[[[0.0, 0.0]]]]))
    tensor([[[[2.]]]])
    """
    dims = check_grid(input, grid, mode, padding_mode)
    n, c, *extents = input.shape
    out = grid.shape[1:-1]
    xp, count = namespace_of(input.data), n * prod(out)
    order = (0, *range(2, dims + 2), 1)
    table = ops.reshape(ops.permute(input, dims=order), shape=(n * prod(extents), c))
    image = xp.repeat(xp.arange(n) * prod(extents), prod(out))
    sides = []
    for k, m in enumerate(extents):
        at = ops.reshape(grid[..., dims - 1 - k], shape=(count,))
        sides.append(corners(pixels(at, m, bool(align_corners)), m, mode, padding_mode, bool(align_corners)))
    table = ops.pad(table, pad=(0, 0, 0, 1))  # zeros, where what is outside is read
    total: Any = None
    for corner in itertools.product(*sides):
        flat, inside, weight = image, xp.ones(count, "bool"), None
        step = prod(extents)
        for (index, w), m in zip(corner, extents, strict=True):
            inside &= (index >= 0) & (index <= m - 1)  # False for NaN
            step //= m
            flat = flat + xp.where(inside, index, 0).astype("int64") * step
            weight = w if weight is None or w is None else weight * w
        part = ops.index_select(table, xp.where(inside, flat, n * prod(extents)), dim=0)
        if weight is not None:
            counts = inside | (weight.data != weight.data)  # NaN in the grid is NaN in the picture
            part = part * ops.unsqueeze(ops.where(Tensor(counts), weight, 0.0), dim=1)
        total = part if total is None else total + part
    back = (0, dims + 1, *range(1, dims + 1))
    return ops.permute(ops.reshape(total, shape=(n, *out, c)), dims=back)  # type: ignore[no-any-return]
