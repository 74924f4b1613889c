"""Initial values, written into a tensor that is then returned; no gradient sees it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..core import Tensor
from ..dtypes import is_float
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..inplace import writable
from ..random import Generator, rand, randn
from ..writes import changed

__all__ = [
    "calculate_gain",
    "constant_",
    "fans",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

GAINS: dict[str, Callable[[float], float]] = {
    **dict.fromkeys(("linear", "identity", "sigmoid", "conv1d", "conv2d", "conv3d"), lambda a: 1.0),
    "tanh": lambda a: 5.0 / 3.0,
    "relu": lambda a: math.sqrt(2.0),
    "leaky_relu": lambda a: math.sqrt(2.0 / (1.0 + a**2)),
    "selu": lambda a: 0.75,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much a layer's weights must be larger so that what follows its nonlinearity keeps its size.

    Args:
        nonlinearity: such as "relu" or "tanh".
        param: the slope of "leaky_relu" below 0, by default 0.01.

    Raises:
        ArgumentError: for a nonlinearity without a known gain, or a slope that is not a number.

    >>> calculate_gain("leaky_relu", 1.0)
    1.0
    """
    if nonlinearity not in GAINS:
        raise ArgumentError(f"calculate_gain: nonlinearity {nonlinearity!r} is not one of {', '.join(GAINS)}")
    return GAINS[nonlinearity](0.01 if param is None else finite("calculate_gain", "param", param))


def fans(tensor: Tensor) -> tuple[int, int]:
    """How many numbers go into an element of a layer's output, and into how many outputs one input goes.

    Shapes:
        tensor (out, in, ...) -> in * ..., out * ...

    Raises:
        ShapeError: if the tensor has fewer than two dims.

    >>> import minigrad as mg
    >>> fans(mg.zeros(16, 6, 5, 5))
    (150, 400)
    """
    if len(tensor.shape) < 2:
        raise ShapeError(
            f"init: a tensor {describe(tensor)} has no fan: weights have the dims (out, in, ...)"
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


# ---- plain distributions --------------------------------------------------------------------------------------------
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Write one value everywhere.

    Raises:
        ArgumentError: for a value that the tensor's dtype cannot hold.
    """
    writable(tensor, "constant_")
    try:
        tensor.data[...] = val
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentError(f"constant_: val is {describe(val)}: {error}") from error
    changed(tensor.data)
    return tensor


def zeros_(tensor: Tensor) -> Tensor:
    """Write zeros."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Write ones."""
    return constant_(tensor, 1.0)


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Write numbers drawn evenly from a to b.

    Raises:
        ArgumentError: if a > b, or one is not finite.
        DTypeError: if the tensor is not floating.

    >>> import minigrad as mg
    >>> x = uniform_(mg.zeros(100), -1.0, 1.0)
    >>> bool(-1 <= x.numpy().min() < 0 < x.numpy().max() <= 1)
    True
    """
    a, b = finite("uniform_", "a", a), finite("uniform_", "b", b)
    if a > b:
        raise ArgumentError(f"uniform_: a is {a}, which is above b, {b}")
    return fill("uniform_", rand, tensor, generator, b - a, a)


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Write numbers drawn from a normal distribution.

    Raises:
        ArgumentError: if std is negative, or one is not finite.
        DTypeError: if the tensor is not floating.
    """
    mean, std = finite("normal_", "mean", mean), finite("normal_", "std", std)
    if std < 0:
        raise ArgumentError(f"normal_: std is {std}, and a standard deviation is at least 0")
    return fill("normal_", randn, tensor, generator, std, mean)


def fill(
    name: str, draw: Any, tensor: Tensor, generator: Generator | None, scale: float, shift: float
) -> Tensor:
    """Write drawn numbers, scaled, then shifted."""
    if not is_float(tensor.dtype):
        raise DTypeError(f"{name}: {describe(tensor)} cannot hold random fractions; use a floating tensor")
    writable(tensor, name)
    values = draw(tensor.shape, generator=generator, dtype=tensor.dtype, device=tensor.device).data
    values *= scale
    values += shift
    tensor.data[...] = values
    changed(tensor.data)
    return tensor


def finite(name: str, argument: str, value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not hasattr(value, "__float__") or not math.isfinite(value):
        raise ArgumentError(f"{name}: {argument} is {describe(value)}, where a finite number is wanted")
    return float(value)


# ---- scaled by the fans ---------------------------------------------------------------------------------------------
def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Write uniform numbers of variance 2 gain^2 / (fan_in + fan_out).

    Raises:
        ShapeError: if the tensor has fewer than two dims.

    Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", eq. 16.
    """
    bound = math.sqrt(3.0) * xavier_std("xavier_uniform_", tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Write normal numbers of variance 2 gain^2 / (fan_in + fan_out): see `xavier_uniform_`."""
    return normal_(tensor, 0.0, xavier_std("xavier_normal_", tensor, gain), generator)


def xavier_std(name: str, tensor: Tensor, gain: float) -> float:
    """The standard deviation that keeps the size of both outputs and gradients."""
    if (gain := finite(name, "gain", gain)) < 0:
        raise ArgumentError(f"{name}: gain is {gain}, and at least 0 is wanted")
    return gain * math.sqrt(2.0 / max(sum(fans(tensor)), 1))


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Write uniform numbers of variance gain^2 / fan.

    Args:
        a: the slope below 0 of "leaky_relu"; 0 is ReLU.
        mode: "fan_in" keeps the size of outputs, "fan_out" that of gradients.
        nonlinearity: what follows the layer: see `calculate_gain`.

    Raises:
        ShapeError: if the tensor has fewer than two dims.
        ArgumentError: for another mode, or a nonlinearity without a known gain.

    Source: He et al. 2015, "Delving deep into rectifiers", eq. 10, 14 and 15.
    """
    bound = math.sqrt(3.0) * kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Write normal numbers of variance gain^2 / fan: see `kaiming_uniform_`."""
    return normal_(tensor, 0.0, kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity), generator)


def kaiming_std(name: str, tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    """The standard deviation that keeps the size of outputs, or of gradients."""
    if mode not in ("fan_in", "fan_out"):
        raise ArgumentError(f"{name}: mode is {mode!r}, where 'fan_in' or 'fan_out' is wanted")
    fan = fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(max(fan, 1))
