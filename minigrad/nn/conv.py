"""Convolution layers, and transposed ones, in 1, 2 and 3 dims."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..core import Tensor
from ..creation import empty
from ..errors import ArgumentError
from ..window import Window, cross, spread
from .arguments import one_of, whole
from .linear import reset
from .module import Module, Parameter

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class ConvBase(Module):
    """What all convolution layers share: their arguments, their parameters, how they are shown."""

    dims: int

    def setup(
        self,
        channels: tuple[int, int],
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        output_padding: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: str | None,
        dtype: Any,
        transposed: bool,
    ) -> Window:
        """Check and keep the arguments, and draw the parameters."""
        name, dims = type(self).__name__, self.dims
        self.in_channels = whole(name, "in_channels", channels[0])
        self.out_channels = whole(name, "out_channels", channels[1])
        self.groups = whole(name, "groups", groups)
        for which, n in (("in_channels", self.in_channels), ("out_channels", self.out_channels)):
            if n % self.groups:
                raise ArgumentError(f"{name}: groups={groups} does not divide {which}={n}")
        self.kernel_size = spread(name, "kernel_size", kernel_size, dims, 1)
        window = Window(name, self.kernel_size, stride, padding, dilation)
        self.stride, self.dilation = window.stride, window.dilation
        self.padding = padding if isinstance(padding, str) else tuple(before for before, _ in window.padding)
        self.output_padding = spread(name, "output_padding", output_padding, dims, 0)
        self.padding_mode = one_of(name, "padding_mode", padding_mode, PADDING_MODES)
        outer, inner = (
            (self.in_channels, self.out_channels) if transposed else (self.out_channels, self.in_channels)
        )
        shape = (outer, inner // self.groups, *self.kernel_size)
        self.weight = Parameter(empty(shape, dtype=dtype, device=device))
        self.bias = Parameter(empty(self.out_channels, dtype=dtype, device=device)) if bias else None
        self.reset_parameters()
        return window

    def reset_parameters(self) -> None:
        """Draw new initial values."""
        reset(self.weight, self.bias)

    def extra_repr(self) -> str:
        """The arguments; from padding on those that are not at their default."""
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        )
        none, one = (0,) * self.dims, (1,) * self.dims
        plain: dict[str, Any] = {"padding": none, "dilation": one, "output_padding": none, "groups": 1}
        plain |= {"bias": True, "padding_mode": "zeros"}
        given = {name: getattr(self, name) for name in plain} | {"bias": self.bias is not None}
        return ", ".join([text, *(f"{name}={v}" for name, v in given.items() if v != plain[name])])


class ConvForward(ConvBase):
    """Convolution in `dims` dims."""

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
        channels, rest = (in_channels, out_channels), (groups, bias, padding_mode, device, dtype, False)
        window = self.setup(channels, kernel_size, stride, padding, dilation, 0, *rest)
        self.edges = [n for both in reversed(window.padding) for n in both]  # as F.pad takes them

    def forward(self, input: Tensor) -> Tensor:
        """The convolution of input with the weight, plus the bias."""
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input, padding = F.pad(input, self.edges, mode=self.padding_mode), 0
        conv = (F.conv1d, F.conv2d, F.conv3d)[self.dims - 1]
        return conv(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class ConvBackward(ConvBase):
    """Transposed convolution in `dims` dims."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        spread(name, "padding", padding, self.dims, 0)
        if padding_mode != "zeros":
            raise ArgumentError(f"{name}: padding_mode is {padding_mode!r}, where only 'zeros' is possible")
        channels, rest = (in_channels, out_channels), (groups, bias, padding_mode, device, dtype, True)
        self.window = self.setup(channels, kernel_size, stride, padding, dilation, output_padding, *rest)

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        """The transposed convolution of input with the weight, plus the bias.

        Args:
            output_size: the extents of the output, in the place of output_padding; also after those of the batch and
                the channels.

        Raises:
            ArgumentError: if no convolution of `output_size` gives the extents of input.
        """
        more = self.output_padding
        if output_size is not None:
            size = self.window.chosen(output_size, len(input.shape) - self.dims)
            low = self.window.smallest(input.shape[-self.dims :])
            more = tuple(m - n for m, n in zip(size, low, strict=True))
            if any(not 0 <= p < s for p, s in zip(more, self.stride, strict=True)):
                high = [n + s - 1 for n, s in zip(low, self.stride, strict=True)]
                raise ArgumentError(
                    f"{type(self).__name__}: output_size is {cross(size)}, where {cross(low)} to {cross(high)} "
                    "is possible"
                )
        conv = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[self.dims - 1]
        rest = (self.stride, self.padding, more, self.groups, self.dilation)
        return conv(input, self.weight, self.bias, *rest)


class Conv1d(ConvForward):
    """Convolution (cross-correlation) over one dim, plus a bias for each output channel.

    Both are drawn evenly from -1/sqrt(fan_in) to 1/sqrt(fan_in), where fan_in = in_channels / groups * KL.

    Args:
        in_channels, out_channels: the channels before and after.
        kernel_size, stride, dilation: an integer.
        padding: the same, or "valid" (none), or "same" (the output has the input's extents).
        groups: in how many parts the channels are divided; no part sees another.
        bias: whether there is one.
        padding_mode: what is beyond the edge: "zeros", "reflect", "replicate" or "circular".
        device: "cpu" by default.
        dtype: default: the default floating dtype.

    Shapes:
        input (N, C, L) -> (N, K, OL); weight (K, C / groups, KL), bias (K,)

    Raises:
        ArgumentError: for extents below 1, a negative padding, groups that do not divide both numbers of channels,
            another padding_mode, or "same" with a stride.
        DTypeError: for a kernel_size, stride, padding or dilation that is not made of integers.

    >>> import minigrad as mg
    >>> Conv1d(2, 6, 3, stride=2)(mg.zeros(8, 2, 101)).shape
    (8, 6, 50)
    """

    dims = 1


class Conv2d(ConvForward):
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

    dims = 2


class Conv3d(ConvForward):
    """Convolution (cross-correlation) over depth, height and width, plus a bias for each output channel.

    Both are drawn evenly from -1/sqrt(fan_in) to 1/sqrt(fan_in), where fan_in = in_channels / groups * KD * KH * KW.

    Args:
        in_channels, out_channels: the channels before and after.
        kernel_size, stride, dilation: an integer, or one for depth, height and width each.
        padding: the same, or "valid" (none), or "same" (the output has the input's extents).
        groups: in how many parts the channels are divided; no part sees another.
        bias: whether there is one.
        padding_mode: what is beyond the edge: "zeros", "reflect", "replicate" or "circular".
        device: "cpu" by default.
        dtype: default: the default floating dtype.

    Shapes:
        input (N, C, D, H, W) -> (N, K, OD, OH, OW); weight (K, C / groups, KD, KH, KW), bias (K,)

    Raises:
        ArgumentError: for extents below 1, a negative padding, groups that do not divide both numbers of channels,
            another padding_mode, or "same" with a stride.
        DTypeError: for a kernel_size, stride, padding or dilation that is not made of integers.

    >>> import minigrad as mg
    >>> Conv3d(3, 8, 3, padding="same")(mg.zeros(1, 3, 4, 6, 6)).shape
    (1, 8, 4, 6, 6)
    """

    dims = 3


class ConvTranspose1d(ConvBackward):
    """Transposed convolution over one dim: the adjoint of Conv1d, plus a bias for each output channel.

    Both are drawn evenly from -1/sqrt(fan_in) to 1/sqrt(fan_in), where fan_in = out_channels / groups * KL.

    Args:
        in_channels, out_channels: the channels before and after.
        kernel_size, stride, dilation: an integer.
        padding: the same; what is cut off around the output.
        output_padding: the same; how much larger than the smallest the output is, below the stride or the dilation.
        groups: in how many parts the channels are divided; no part sees another.
        bias: whether there is one.
        padding_mode: "zeros".
        device: "cpu" by default.
        dtype: default: the default floating dtype.

    Shapes:
        input (N, C, L) -> (N, K, OL); weight (C, K / groups, KL), bias (K,)

    Raises:
        ArgumentError: for extents below 1, a negative padding, groups that do not divide both numbers of channels, or
            another padding_mode.
        DTypeError: for a kernel_size, stride, padding, output_padding or dilation that is not made of integers.

    >>> import minigrad as mg
    >>> ConvTranspose1d(4, 2, 3, stride=2)(mg.zeros(8, 4, 50)).shape
    (8, 2, 101)
    """

    dims = 1


class ConvTranspose2d(ConvBackward):
    """Transposed convolution over height and width: the adjoint of Conv2d, plus a bias for each output channel.

    Both are drawn evenly from -1/sqrt(fan_in) to 1/sqrt(fan_in), where fan_in = out_channels / groups * KH * KW.

    Args:
        in_channels, out_channels: the channels before and after.
        kernel_size, stride, dilation: an integer, or one for height and one for width.
        padding: the same; what is cut off around the output.
        output_padding: the same; how much larger than the smallest the output is, below the stride or the dilation.
        groups: in how many parts the channels are divided; no part sees another.
        bias: whether there is one.
        padding_mode: "zeros".
        device: "cpu" by default.
        dtype: default: the default floating dtype.

    Shapes:
        input (N, C, H, W) -> (N, K, OH, OW); weight (C, K / groups, KH, KW), bias (K,)

    Raises:
        ArgumentError: for extents below 1, a negative padding, groups that do not divide both numbers of channels, or
            another padding_mode.
        DTypeError: for a kernel_size, stride, padding, output_padding or dilation that is not made of integers.

    >>> import minigrad as mg
    >>> layer = ConvTranspose2d(6, 1, 3, stride=2, padding=1)
    >>> layer(mg.zeros(8, 6, 14, 14)).shape, layer(mg.zeros(8, 6, 14, 14), output_size=(28, 28)).shape
    ((8, 1, 27, 27), (8, 1, 28, 28))
    """

    dims = 2


class ConvTranspose3d(ConvBackward):
    """Transposed convolution over depth, height and width: the adjoint of Conv3d, plus a bias for each output channel.

    Both are drawn evenly from -1/sqrt(fan_in) to 1/sqrt(fan_in), where fan_in = out_channels / groups * KD * KH * KW.

    Args:
        in_channels, out_channels: the channels before and after.
        kernel_size, stride, dilation: an integer, or one for depth, height and width each.
        padding: the same; what is cut off around the output.
        output_padding: the same; how much larger than the smallest the output is, below the stride or the dilation.
        groups: in how many parts the channels are divided; no part sees another.
        bias: whether there is one.
        padding_mode: "zeros".
        device: "cpu" by default.
        dtype: default: the default floating dtype.

    Shapes:
        input (N, C, D, H, W) -> (N, K, OD, OH, OW); weight (C, K / groups, KD, KH, KW), bias (K,)

    Raises:
        ArgumentError: for extents below 1, a negative padding, groups that do not divide both numbers of channels, or
            another padding_mode.
        DTypeError: for a kernel_size, stride, padding, output_padding or dilation that is not made of integers.

    >>> import minigrad as mg
    >>> ConvTranspose3d(2, 1, 2, stride=2)(mg.zeros(1, 2, 3, 4, 4)).shape
    (1, 1, 6, 8, 8)
    """

    dims = 3
