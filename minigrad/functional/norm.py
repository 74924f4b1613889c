"""Normalisation over batches, layers, groups, instances and neighbouring channels."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from .. import ops
from ..core import Tensor, cast
from ..dtypes import accumulator, float32, is_float
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..inplace import writable
from ..writes import changed


# ---- what is refused ------------------------------------------------------------------------------------------------
def checked(name: str, input: Tensor, size: int | None = None, /, **given: Tensor | None) -> None:
    """Refuse what is not floating, and parameters of another dtype or, if there is a `size`, of another extent.

    Raises:
        DTypeError: for another dtype than that of input; beside halves float32 may stand too.
        ShapeError: for another shape than (size,).
    """
    for what, t in (("input", input), *given.items()):
        if t is not None and not isinstance(t, Tensor):
            raise DTypeError(f"{name}: {what} is a {describe(t)}, where a tensor is wanted")
    if not is_float(input.dtype):
        raise DTypeError(f"{name}: input is {input.dtype}, where a floating dtype is wanted")
    for what, t in given.items():
        if t is None:
            continue
        if t.dtype != input.dtype and (t.dtype != float32 or accumulator(input.dtype) != float32):
            raise DTypeError(f"{name}: {what} is {t.dtype}, input {input.dtype}: one dtype is wanted")
        if size is not None and t.shape != (size,):
            raise ShapeError(
                f"{name}: {what} is {[*t.shape]}, where [{size}] is wanted, one for each channel"
            )


def channels(name: str, input: Tensor) -> int:
    """The number of channels, the second extent.

    Raises:
        ShapeError: if there is none.
    """
    if len(getattr(input, "shape", ())) < 2:
        raise ShapeError(f"{name}: input is {describe(input)}, where (N, C, ...) is wanted")
    return input.shape[1]


def several(name: str, input: Tensor, count: int, of: str) -> None:
    """Refuse statistics of a single element: the result would be 0 whatever the input is."""
    if count == 1:
        raise ShapeError(f"{name}: input {describe(input)} has one element for each {of}: give it more")


def column(t: Tensor | None, ndim: int) -> Tensor | None:
    """A number for each channel in the extents that broadcast with (N, C, ...)."""
    return None if t is None else ops.reshape(t, shape=(-1, *[1] * (ndim - 2)))


# ---- running statistics ---------------------------------------------------------------------------------------------
def blend(name: str, running: Tensor | None, new: Any, momentum: float) -> None:
    """Move a running statistic towards a new one, in place."""
    if running is not None:
        writable(running, name)
        running.data *= 1.0 - momentum
        running.data += (momentum * new).astype(running.dtype)
        changed(running.data)


def fixed(
    name: str, input: Tensor, mean: Any, var: Any, weight: Tensor | None, bias: Tensor | None, eps: float
) -> Tensor:
    """Normalised with statistics that are known, one for each channel."""
    if mean is None or var is None:
        raise ArgumentError(
            f"{name}: without the statistics of input, running_mean and running_var are wanted"
        )
    if not eps >= 0:
        raise ArgumentError(f"{name}: eps is {eps}, where 0 or more is wanted")
    ndim = len(input.shape)
    scale = ops.rsqrt(Tensor(var.data) + eps)
    scale = scale if weight is None else scale * weight
    shift = () if bias is None else (column(bias, ndim),)
    y = ops.rescale(input, column(Tensor(mean.data), ndim), column(scale, ndim), *shift)
    return cast(y, dtype=input.dtype) if y.dtype != input.dtype else y  # type: ignore[no-any-return]


def standardized(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, dim: Sequence[int], eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """ops.standardize, its result in the dtype of input."""
    y, mean, var = ops.standardize(input, weight, bias, dim=dim, eps=eps)
    return (cast(y, dtype=input.dtype) if y.dtype != input.dtype else y), mean, var


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel less its mean, divided by its standard deviation, times weight, plus bias.

    Args:
        running_mean, running_var: what is used where `training` is False. In training they move towards the statistics
            of this batch, in place, the variance with its factor n / (n - 1).
        weight, bias: a number for each channel.
        training: whether to use the statistics of this batch.
        momentum: by which part the running statistics move.
        eps: added to the variance.

    Shapes:
        input (N, C, ...) -> the same; all others (C,)

    Raises:
        ShapeError: if shapes do not fit, or in training a channel has one element.
        ArgumentError: without running statistics where they are needed.
        DTypeError: if the dtypes differ.

    Source: Ioffe & Szegedy 2015, "Batch normalization", algorithms 1 and 2.

    >>> import minigrad as mg
    >>> batch_norm(mg.tensor([[1.0], [3.0]]), None, None, training=True, eps=0.0)
    tensor([[-1.],
            [ 1.]])
    """
    name = "batch_norm"
    n = channels(name, input)
    checked(name, input, n, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if not training:
        return fixed(name, input, running_mean, running_var, weight, bias, eps)
    ndim, count = len(input.shape), input.data.size // max(n, 1)
    several(name, input, count, "channel")
    dims = (0, *range(2, ndim))
    y, mean, var = standardized(input, column(weight, ndim), column(bias, ndim), dims, eps)
    if count:
        blend(name, running_mean, mean.data.reshape(-1), momentum)
        blend(name, running_var, var.data.reshape(-1) * (count / (count - 1)), momentum)
    return y


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel of each instance less its mean, divided by its standard deviation, times weight, plus bias.

    Args:
        running_mean, running_var: what is used where `use_input_stats` is False; otherwise they move towards the mean
            of the statistics of all instances, in place.
        weight, bias: a number for each channel.
        use_input_stats: whether to use the statistics of input.
        momentum: by which part the running statistics move.
        eps: added to the variance.

    Shapes:
        input (N, C, ...) -> the same; all others (C,)

    Raises:
        ShapeError: if shapes do not fit, or a channel of an instance has one element.
        ArgumentError: without running statistics where they are needed.
        DTypeError: if the dtypes differ.

    Source: Ulyanov et al. 2016, "Instance normalization", equation 2.
    """
    name = "instance_norm"
    n = channels(name, input)
    checked(name, input, n, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if not use_input_stats:
        return fixed(name, input, running_mean, running_var, weight, bias, eps)
    ndim, count = len(input.shape), prod(input.shape[2:])
    several(name, input, count, "channel of an instance")
    y, mean, var = standardized(input, column(weight, ndim), column(bias, ndim), tuple(range(2, ndim)), eps)
    if input.data.size:
        blend(name, running_mean, mean.data.reshape(-1, n).mean(0), momentum)
        blend(name, running_var, var.data.reshape(-1, n).mean(0) * (count / (count - 1)), momentum)
    return y


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Each group of channels less its mean, divided by its standard deviation, times weight, plus bias.

    Args:
        num_groups: in how many groups the channels are divided, neighbours together.
        weight, bias: a number for each channel.
        eps: added to the variance.

    Shapes:
        input (N, C, ...) -> the same; weight, bias (C,)

    Raises:
        ShapeError: if shapes do not fit, or there is one element for each group.
        ArgumentError: if the groups do not divide the channels.
        DTypeError: if the dtypes differ.

    Source: Wu & He 2018, "Group normalization", equations 1 to 6.
    """
    c = channels("group_norm", input)
    checked("group_norm", input, c, weight=weight, bias=bias)
    if type(num_groups) is not int or num_groups < 1 or c % num_groups:
        raise ArgumentError(f"group_norm: num_groups is {num_groups!r}, which does not divide {c} channels")
    several("group_norm", input, input.data.size // num_groups, "group")
    each = (num_groups, c // num_groups)
    w, b = (None if t is None else ops.reshape(t, shape=(*each, 1)) for t in (weight, bias))
    x = ops.reshape(input, shape=(input.shape[0], *each, prod(input.shape[2:])))
    return ops.reshape(standardized(x, w, b, (2, 3), eps)[0], shape=input.shape)  # type: ignore[no-any-return]


def last_dims(name: str, input: Tensor, normalized_shape: Any, **given: Tensor | None) -> tuple[int, ...]:
    """The dims that `normalized_shape` stands for, the last ones.

    Raises:
        ShapeError, DTypeError, ArgumentError: if it is not the end of input's shape, or a parameter has another shape.
    """
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape:
        raise ArgumentError(f"{name}: normalized_shape is (), where at least one extent is wanted")
    checked(name, input, None, **given)
    if input.shape[-len(shape) :] != shape:
        raise ShapeError(
            f"{name}: input is {[*input.shape]}, which does not end with normalized_shape {shape}"
        )
    for what, t in given.items():
        if t is not None and t.shape != shape:
            raise ShapeError(f"{name}: {what} is {[*t.shape]}, where normalized_shape {[*shape]} is wanted")
    return tuple(range(-len(shape), 0))


def layer_norm(
    input: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """input less its mean over the last dims, divided by its standard deviation, times weight, plus bias.

    Args:
        normalized_shape: the extents of those dims.
        weight, bias: of that shape.
        eps: added to the variance.

    Shapes:
        input (..., *normalized_shape) -> the same

    Raises:
        ShapeError: if the shapes do not fit.
        DTypeError: if the dtypes differ.

    Source: Ba et al. 2016, "Layer normalization", equation 3.

    >>> import minigrad as mg
    >>> layer_norm(mg.tensor([[1.0, 3.0], [20.0, 10.0]]), [2], eps=0.0)
    tensor([[-1.,  1.],
            [ 1., -1.]])
    """
    dims = last_dims("layer_norm", input, normalized_shape, weight=weight, bias=bias)
    return standardized(input, weight, bias, dims, eps)[0]


def rms_norm(
    input: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    """input divided by the root of the mean of its squares over the last dims, times weight.

    Args:
        normalized_shape: the extents of those dims.
        weight: of that shape.
        eps: added to the mean. Default: how far apart 1 and the next larger number are, float32's for halves.

    Shapes:
        input (..., *normalized_shape) -> the same

    Raises:
        ShapeError: if the shapes do not fit.
        DTypeError: if the dtypes differ.

    Source: Zhang & Sennrich 2019, "Root mean square layer normalization", equation 4.
    """
    dims = last_dims("rms_norm", input, normalized_shape, weight=weight)
    if eps is None:
        eps = 2.0**-23 if accumulator(input.dtype) == float32 else 2.0**-52
    y = ops.rms_norm(input, weight, dim=dims, eps=eps)
    return cast(y, dtype=input.dtype) if y.dtype != input.dtype else y  # type: ignore[no-any-return]


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """input divided by (k + alpha m)^beta, m being the mean square of `size` neighbouring channels, zeros beyond.

    Args:
        size: how many channels a mean is taken over; of an even number one more lies before than after.

    Shapes:
        input (N, C, ...), with at least 3 dims -> the same

    Raises:
        ShapeError: if input has fewer than 3 dims.
        ArgumentError: if size is not an integer of at least 1.

    Source: Krizhevsky et al. 2012, "ImageNet classification with deep convolutional neural networks", section 3.3.
    """
    checked("local_response_norm", input)
    if len(input.shape) < 3:
        raise ShapeError(f"local_response_norm: input is {describe(input)}, where (N, C, L, ...) is wanted")
    if type(size) is not int or size < 1:
        raise ArgumentError(
            f"local_response_norm: size is {size!r}, where an integer of at least 1 is wanted"
        )
    if not input.data.size:
        return input
    n, c = input.shape[:2]
    squares = ops.reshape(ops.square(input), shape=(n, 1, c, prod(input.shape[2:])))
    squares = ops.pad(squares, pad=(0, 0, size // 2, (size - 1) // 2))
    means = ops.avg_pool(squares, kernel_size=(size, 1), stride=1)
    return input / (ops.reshape(means, shape=input.shape) * alpha + k) ** beta  # type: ignore[no-any-return]
