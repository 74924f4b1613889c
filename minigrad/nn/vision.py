"""Layers that change the extents of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import functional as F
from ..core import Tensor
from .arguments import whole
from .module import Module

__all__ = [
    "ChannelShuffle",
    "PixelShuffle",
    "PixelUnshuffle",
    "Upsample",
    "UpsamplingBilinear2d",
    "UpsamplingNearest2d",
]


class Upsample(Module):
    """Signals, images or volumes under other extents: see `minigrad.functional.interpolate`.

    Args:
        size: the new extents; or
        scale_factor: by what they are multiplied.
        mode: "nearest", "linear", "bilinear", "bicubic", "trilinear" and others.
        align_corners: whether the centres of the corner pixels stay where they are.
        recompute_scale_factor: take the ratio of extents as the factor.

    Shapes:
        input (N, C, L), (N, C, H, W) or (N, C, D, H, W) -> (N, C, ...)

    >>> import minigrad as mg
    >>> Upsample(scale_factor=2)(mg.tensor([[[1.0, 2.0]]]))
    tensor([[[1., 1., 2., 2.]]])
    """

    def __init__(
        self,
        size: int | tuple[int, ...] | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.size, self.mode = size, mode
        many = isinstance(scale_factor, tuple | list)
        given: Any = scale_factor
        self.scale_factor: Any = tuple(map(float, given)) if many else given and float(given)
        self.align_corners, self.recompute_scale_factor = align_corners, recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        """input under its new extents."""
        params = (self.size, self.scale_factor, self.mode, self.align_corners)
        return F.interpolate(input, *params, recompute_scale_factor=self.recompute_scale_factor)

    def extra_repr(self) -> str:
        """The arguments that PyTorch shows."""
        named = f"size={self.size!r}" if self.scale_factor is None else f"scale_factor={self.scale_factor!r}"
        return f"{named}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """`Upsample` with mode "nearest"."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "nearest")


class UpsamplingBilinear2d(Upsample):
    """`Upsample` with mode "bilinear" and align_corners."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "bilinear", True)


class PixelShuffle(Module):
    """r^2 channels as the r x r pixels in the place of one.

    Shapes:
        input (..., C r^2, H, W) -> (..., C, H r, W r)

    Raises:
        ArgumentError: if upscale_factor is not an integer of at least 1.

    Source: Shi et al. 2016, "Real-time single image and video super-resolution", equation 4.
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = whole("PixelShuffle", "upscale_factor", upscale_factor)

    def forward(self, input: Tensor) -> Tensor:
        """input with fewer channels and more pixels."""
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        """The argument."""
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """The r x r pixels of each block as r^2 channels.

    Shapes:
        input (..., C, H r, W r) -> (..., C r^2, H, W)

    Raises:
        ArgumentError: if downscale_factor is not an integer of at least 1.
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = whole("PixelUnshuffle", "downscale_factor", downscale_factor)

    def forward(self, input: Tensor) -> Tensor:
        """input with more channels and fewer pixels."""
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        """The argument."""
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """The channels of all groups in turn.

    Shapes:
        input (N, C, ...) -> the same

    Raises:
        ArgumentError: if groups is not an integer of at least 1.

    Source: Zhang et al. 2018, "ShuffleNet", figure 1.
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = whole("ChannelShuffle", "groups", groups)

    def forward(self, input: Tensor) -> Tensor:
        """input with its channels in another order."""
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        """The argument."""
        return f"groups={self.groups}"
