"""Convolution layers."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..core import Tensor
from ..creation import empty
from ..errors import ArgumentError
from ..window import Window, spread
from .arguments import one_of, whole
from .linear import reset
from .module import Module, Parameter

__all__ = ["Conv2d"]

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class Conv2d(Module):
    """Convolution (cross-correlation) over height and width, plus a bias for each output channel.

    Both are drawn evenly from -1/sqrt(fan_in) to 1/sqrt(fan_in), where fan_in = in_channels / groups * KH * KW.

    Args:
        in_channels, out_channels: the channels before and after.
        kernel_size, stride, dilation: an integer, or one for height and one for width.
        padding: the same, or "valid" (none), or "same" (the output has the input's extents).
        groups: in how many parts the channels are divided; no part sees another.
        bias: whether there is one.
        padding_mode: what is beyond the edge: "zeros", "reflect", "replicate" or "circular".
        device: "cpu" by default.
        dtype: default: the default floating dtype.

    Shapes:
        input (N, C, H, W) -> (N, K, OH, OW); weight (K, C / groups, KH, KW), bias (K,)

    Raises:
        ArgumentError: for extents below 1, a negative padding, groups that do not divide both numbers of channels,
            another padding_mode, or "same" with a stride.
        DTypeError: for a kernel_size, stride, padding or dilation that is not made of integers.

    >>> import minigrad as mg
    >>> layer = Conv2d(1, 6, 5, padding=2)
    >>> layer
    Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))
    >>> layer(mg.zeros(64, 1, 28, 28)).shape
    (64, 6, 28, 28)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.in_channels = whole("Conv2d", "in_channels", in_channels)
        self.out_channels = whole("Conv2d", "out_channels", out_channels)
        self.groups = whole("Conv2d", "groups", groups)
        for name, channels in (("in_channels", self.in_channels), ("out_channels", self.out_channels)):
            if channels % self.groups:
                raise ArgumentError(f"Conv2d: groups={groups} does not divide {name}={channels}")
        self.kernel_size = spread("Conv2d", "kernel_size", kernel_size, 2, 1)
        window = Window("Conv2d", self.kernel_size, stride, padding, dilation)
        self.stride, self.dilation = window.stride, window.dilation
        self.padding = padding if isinstance(padding, str) else tuple(before for before, _ in window.padding)
        self.padding_mode = one_of("Conv2d", "padding_mode", padding_mode, PADDING_MODES)
        self.edges = [n for both in reversed(window.padding) for n in both]  # as F.pad takes them
        shape = (self.out_channels, self.in_channels // self.groups, *self.kernel_size)
        self.weight = Parameter(empty(shape, dtype=dtype, device=device))
        self.bias = Parameter(empty(self.out_channels, dtype=dtype, device=device)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new initial values."""
        reset(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """The convolution of input with the weight, plus the bias."""
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input, padding = F.pad(input, self.edges, mode=self.padding_mode), 0
        return F.conv2d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        """The arguments; from padding on those that are not at their default."""
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        )
        plain = {"padding": (0, 0), "dilation": (1, 1), "groups": 1, "bias": True, "padding_mode": "zeros"}
        given = {name: getattr(self, name) for name in plain} | {"bias": self.bias is not None}
        return ", ".join([text, *(f"{name}={v}" for name, v in given.items() if v != plain[name])])
