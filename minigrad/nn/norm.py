"""Normalisation layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import functional as F
from .. import ops
from ..core import Tensor
from ..creation import empty, zeros
from ..dtypes import int64
from ..errors import ArgumentError, ShapeError, describe
from . import init
from .arguments import whole
from .module import Module, Parameter

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LayerNorm",
    "LocalResponseNorm",
    "RMSNorm",
]


def parameter(wanted: bool, shape: Any, device: Any, dtype: Any) -> Parameter | None:
    """A parameter to be filled, if it is wanted."""
    return Parameter(empty(shape, device=device, dtype=dtype)) if wanted else None


def begin(weight: Tensor | None, bias: Tensor | None) -> None:
    """Ones for the weight, zeros for the bias."""
    if weight is not None:
        init.ones_(weight)
    if bias is not None:
        init.zeros_(bias)


# ---- with running statistics ----------------------------------------------------------------------------------------
class Tracking(Module):
    """What batch and instance normalisation share: parameters, and statistics that move as training goes on."""

    dims: tuple[int, ...] = ()  # how many dims the input may have
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: str | None = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = n = whole(type(self).__name__, "num_features", num_features)
        self.eps, self.momentum, self.affine = eps, momentum, affine
        self.track_running_stats = track_running_stats
        self.weight = parameter(affine, n, device, dtype)
        self.bias = parameter(affine and bias, n, device, dtype)
        kinds = {"running_mean": dtype, "running_var": dtype, "num_batches_tracked": int64}
        for name, kind in kinds.items():
            size = () if kind is int64 else (n,)
            made = zeros(size, dtype=kind, device=device) if track_running_stats else None
            self.register_buffer(name, made)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the statistics: mean 0, variance 1, no batches."""
        if self.track_running_stats:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Weight 1, bias 0, and no statistics."""
        self.reset_running_stats()
        begin(self.weight, self.bias)

    def check(self, input: Tensor) -> None:
        """Refuse an input with another number of dims."""
        if len(input.shape) not in self.dims:
            wanted = " or ".join(map(str, self.dims))
            raise ShapeError(
                f"{type(self).__name__}: input is {describe(input)}, where {wanted} dims are wanted"
            )

    def extra_repr(self) -> str:
        """The arguments."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm(Tracking):
    """Batch normalisation: see `BatchNorm2d`."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalised with the statistics of this batch in training, with the running ones in evaluation."""
        self.check(input)
        momentum, tracking = self.momentum, self.training and self.track_running_stats
        if momentum is None:
            momentum = 1.0 / (int(self.num_batches_tracked) + 1) if tracking else 0.0
        used = tracking or not self.training
        y = F.batch_norm(
            input,
            self.running_mean if used else None,
            self.running_var if used else None,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            momentum,
            self.eps,
        )
        if tracking:
            self.num_batches_tracked += 1
        return y


class BatchNorm1d(BatchNorm):
    """Batch normalisation of vectors or sequences: see `BatchNorm2d`.

    Shapes:
        input (N, C) or (N, C, L) -> the same

    >>> import minigrad as mg
    >>> BatchNorm1d(1, eps=0.0, affine=False)(mg.tensor([[1.0], [3.0]]))
    tensor([[-1.],
            [ 1.]])
    """

    dims = (2, 3)


class BatchNorm2d(BatchNorm):
    """Each channel less its mean over the batch, divided by its standard deviation, times weight, plus bias.

    In training the running statistics move towards those of the batch; in evaluation they are used instead.

    Args:
        num_features: the number of channels.
        eps: added to the variance.
        momentum: by which part the running statistics move; None gives the mean over all batches so far.
        affine: whether there are weight and bias.
        track_running_stats: without, the statistics of the batch are used in evaluation too.
        device: "cpu" by default.
        dtype: default: the default floating dtype.
        bias: whether there is a bias, if affine.

    Shapes:
        input (N, C, H, W) -> the same; weight, bias, running_mean, running_var (C,)

    Raises:
        ArgumentError: if num_features is not an integer of at least 1.

    Source: Ioffe & Szegedy 2015, "Batch normalization", algorithms 1 and 2.

    >>> import minigrad as mg
    >>> layer = BatchNorm2d(6)
    >>> layer(mg.ones(2, 6, 3, 3)).shape
    (2, 6, 3, 3)
    >>> layer.running_mean.tolist() == mg.full((6,), 0.1).tolist()
    True
    """

    dims = (4,)


class BatchNorm3d(BatchNorm):
    """Batch normalisation of volumes: see `BatchNorm2d`.

    Shapes:
        input (N, C, D, H, W) -> the same
    """

    dims = (5,)


class InstanceNorm(Tracking):
    """Instance normalisation: see `InstanceNorm2d`."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: str | None = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """Normalised with its own statistics, or, in evaluation, with the running ones if there are any."""
        self.check(input)
        alone = len(input.shape) == self.dims[0]
        y = F.instance_norm(
            ops.unsqueeze(input, dim=0) if alone else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return ops.squeeze(y, dim=0) if alone else y


class InstanceNorm1d(InstanceNorm):
    """Instance normalisation of sequences: see `InstanceNorm2d`.

    Shapes:
        input (N, C, L) or (C, L) -> the same
    """

    dims = (2, 3)


class InstanceNorm2d(InstanceNorm):
    """Each channel of each image less its mean, divided by its standard deviation, times weight, plus bias.

    Args:
        num_features: the number of channels.
        eps: added to the variance.
        momentum: by which part the running statistics move.
        affine: whether there are weight and bias.
        track_running_stats: whether running statistics move in training, and are used in evaluation.
        device: "cpu" by default.
        dtype: default: the default floating dtype.
        bias: whether there is a bias, if affine.

    Shapes:
        input (N, C, H, W) or (C, H, W) -> the same; weight, bias, running_mean, running_var (C,)

    Raises:
        ArgumentError: if num_features is not an integer of at least 1.

    Source: Ulyanov et al. 2016, "Instance normalization", equation 2.

    >>> import minigrad as mg
    >>> InstanceNorm2d(1, eps=0.0)(mg.tensor([[[1.0, 3.0]]]))
    tensor([[[-1.,  1.]]])
    """

    dims = (3, 4)


class InstanceNorm3d(InstanceNorm):
    """Instance normalisation of volumes: see `InstanceNorm2d`.

    Shapes:
        input (N, C, D, H, W) or (C, D, H, W) -> the same
    """

    dims = (4, 5)


# ---- without --------------------------------------------------------------------------------------------------------
class GroupNorm(Module):
    """Each group of channels less its mean, divided by its standard deviation, times weight, plus bias.

    Args:
        num_groups: in how many groups the channels are divided, neighbours together.
        num_channels: the number of channels.
        eps: added to the variance.
        affine: whether there are weight and bias.
        device: "cpu" by default.
        dtype: default: the default floating dtype.
        bias: whether there is a bias, if affine.

    Shapes:
        input (N, C, ...) -> the same; weight, bias (C,)

    Raises:
        ArgumentError: if the groups do not divide the channels.

    Source: Wu & He 2018, "Group normalization", equations 1 to 6.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: str | None = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_groups = whole("GroupNorm", "num_groups", num_groups)
        self.num_channels = whole("GroupNorm", "num_channels", num_channels)
        if num_channels % num_groups:
            raise ArgumentError(
                f"GroupNorm: num_groups={num_groups} does not divide num_channels={num_channels}"
            )
        self.eps, self.affine = eps, affine
        self.weight = parameter(affine, num_channels, device, dtype)
        self.bias = parameter(affine and bias, num_channels, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1, bias 0."""
        begin(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """input, each group normalised."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The arguments."""
        bias = self.bias is not None
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={bias}"


def extents(layer: str, normalized_shape: Any) -> tuple[int, ...]:
    """normalized_shape as a tuple."""
    many = normalized_shape if isinstance(normalized_shape, tuple | list) else (normalized_shape,)
    return tuple(whole(layer, "normalized_shape", n) for n in many)


class LayerNorm(Module):
    """input less its mean over the last dims, divided by its standard deviation, times weight, plus bias.

    Args:
        normalized_shape: the extents of those dims, or that of the last one.
        eps: added to the variance.
        elementwise_affine: whether there are weight and bias.
        bias: whether there is a bias, if elementwise_affine.
        device: "cpu" by default.
        dtype: default: the default floating dtype.

    Shapes:
        input (..., *normalized_shape) -> the same; weight, bias (*normalized_shape)

    Raises:
        ArgumentError: if an extent is not an integer of at least 1.

    Source: Ba et al. 2016, "Layer normalization", equation 3.

    >>> import minigrad as mg
    >>> LayerNorm(2, eps=0.0, elementwise_affine=False)(mg.tensor([[1.0, 3.0]]))
    tensor([[-1.,  1.]])
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = extents("LayerNorm", normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.weight = parameter(elementwise_affine, self.normalized_shape, device, dtype)
        self.bias = parameter(elementwise_affine and bias, self.normalized_shape, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1, bias 0."""
        begin(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """input, normalised over its last dims."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The arguments."""
        affine, bias = self.elementwise_affine, self.bias is not None
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={affine}, bias={bias}"


class RMSNorm(Module):
    """input divided by the root of the mean of its squares over the last dims, times weight.

    Args:
        normalized_shape: the extents of those dims, or that of the last one.
        eps: added to the mean. Default: how far apart 1 and the next larger number are, float32's for halves.
        elementwise_affine: whether there is a weight.
        device: "cpu" by default.
        dtype: default: the default floating dtype.

    Shapes:
        input (..., *normalized_shape) -> the same; weight (*normalized_shape)

    Raises:
        ArgumentError: if an extent is not an integer of at least 1.

    Source: Zhang & Sennrich 2019, "Root mean square layer normalization", equation 4.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = extents("RMSNorm", normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.weight = parameter(elementwise_affine, self.normalized_shape, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1."""
        begin(self.weight, None)

    def forward(self, input: Tensor) -> Tensor:
        """input, divided by its size over its last dims."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LocalResponseNorm(Module):
    """input divided by (k + alpha m)^beta, m being the mean square of `size` neighbouring channels.

    Shapes:
        input (N, C, L, ...) -> the same

    Raises:
        ArgumentError: if size is not an integer of at least 1.

    Source: Krizhevsky et al. 2012, "ImageNet classification with deep convolutional neural networks", section 3.3.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = whole("LocalResponseNorm", "size", size), alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        """input, divided by a function of its neighbours."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
