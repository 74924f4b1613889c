"""Activations, and softmax. Their kinks are PyTorch's: relu'(0) = 0, the slope of a clip is 0 at its bounds."""

from __future__ import annotations

from typing import Any

from ..backend import NAMESPACES
from ..core import Array, Shape, op, sum_to
from ..dtypes import accumulator
from ..errors import ArgumentError
from .elementwise import clamp, where
from .functions import exp, fused, sigmoid
from .shape import axis

__all__ = [
    "elu",
    "hardtanh",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "relu",
    "silu",
    "softmax",
    "softplus",
]
METHODS = "relu".split()
IN_PLACE = "relu".split()

FAR = 800.0  # here sigmoid is 0 or 1 in every dtype; farther out its product with an infinite x would be NaN


def wide(x: Array) -> Array:
    """x, halves in float32."""
    return x.astype(accumulator(x.dtype), copy=False)


# ---- with a kink ----------------------------------------------------------------------------------------------------
def pull_relu(g: Any, y: Any) -> Any:
    """g where y is not 0, so also where it is NaN. Of an array astype tells that in half the time of a comparison."""
    return g * (y.astype(bool) if type(y) in NAMESPACES else y != 0)


@op(pull_relu)
def relu(xp: Any, x: Array) -> Array:
    """x where it is above 0, else 0."""
    return xp.maximum(x, xp.zero[x.dtype])


def pull_leaky(g: Any, x: Any, negative_slope: float) -> Any:
    """Products with 0 and 1: where() would take five times as long."""
    above = g * (x > 0)
    return above + (g - above) * negative_slope


@op(pull_leaky, floating=True)
def leaky_relu(xp: Any, x: Array, *, negative_slope: float = 0.01) -> Array:
    """x where it is above 0, else x * negative_slope.

    >>> import minigrad as mg
    >>> leaky_relu(mg.tensor([-2.0, 3.0]), 0.5)
    tensor([-1.,  3.])
    """
    return xp.maximum(x, 0) + xp.minimum(x, 0) * xp.asarray(negative_slope, x.dtype)


@op(lambda g, x, min_val, max_val: g * ((x <= min_val) == (x >= max_val)))  # at NaN it passes
def hardtanh(xp: Any, x: Array, *, min_val: float = -1.0, max_val: float = 1.0) -> Array:
    """x clipped to min_val and max_val.

    Raises:
        ArgumentError: if min_val is not below max_val.
    """
    if not min_val < max_val:
        raise ArgumentError(f"hardtanh: min_val {min_val} is not below max_val {max_val}")
    low, high = xp.asarray([min_val, max_val]).astype(x.dtype)
    return xp.minimum(xp.maximum(x, low), high)


# ---- smooth ---------------------------------------------------------------------------------------------------------
def pull_elu(g: Any, x: Any, alpha: float, scale: float, input_scale: float) -> Any:
    """From exp(x): far below 0 no digit of it is left in y + alpha; above 0 the exponent is 0, so nothing overflows."""
    if kernel := fused(x, "activation_input"):
        return kernel("elu", g, x, alpha * scale, scale, input_scale)
    low = where(x <= 0, x, 0.0) * input_scale
    return where(x <= 0, g * (exp(low) * (alpha * scale * input_scale)), g * scale)


@op(pull_elu, floating=True)
def elu(xp: Any, x: Array, *, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> Array:
    """x where it is above 0, else alpha * (exp(x) - 1).

    Args:
        scale: a factor of the result.
        input_scale: a factor of x in exp(x).

    Source: Clevert et al. 2016, "Fast and accurate deep network learning by exponential linear units", equation 1.
    """
    if kernel := fused(x):
        return kernel("elu", x, alpha * scale, scale, input_scale)
    v = wide(x)
    low = xp.expm1(xp.minimum(v, 0) * input_scale) * (alpha * scale)
    return xp.where(v > 0, v if scale == 1 else v * scale, low).astype(x.dtype, copy=False)


def pull_silu(g: Any, x: Any) -> Any:
    """The derivative of x sigmoid(x)."""
    if kernel := fused(x, "activation_input"):
        return kernel("silu", g, x)
    near = clamp(x, -FAR, FAR)
    s = sigmoid(near)
    return g * (s * (near * (1 - s) + 1))


@op(pull_silu, floating=True)
def silu(xp: Any, x: Array) -> Array:
    """x * sigmoid(x), also called swish; 0 at -inf.

    Source: Elfwing et al. 2018, "Sigmoid-weighted linear units for neural network function approximation".
    """
    if kernel := fused(x):
        return kernel("silu", x)
    v = xp.maximum(wide(x), -FAR)
    return (v * sigmoid(v)).astype(x.dtype, copy=False)


def pull_logsigmoid(g: Any, x: Any) -> Any:
    """The derivative of log(sigmoid(x))."""
    kernel = fused(x, "activation_input")
    return kernel("logsigmoid", g, x) if kernel else g * sigmoid(-x)


@op(pull_logsigmoid, floating=True)
def logsigmoid(xp: Any, x: Array) -> Array:
    """log(sigmoid(x)), without overflow."""
    if kernel := fused(x):
        return kernel("logsigmoid", x)
    v = wide(x)
    return (xp.minimum(v, 0) - xp.log1p(xp.exp(-xp.abs(v)))).astype(x.dtype, copy=False)


def pull_softplus(g: Any, x: Any, beta: float, threshold: float) -> Any:
    """The slope is that of the line above the threshold, else sigmoid(beta x)."""
    if kernel := fused(x, "activation_input"):
        return kernel("softplus", g, x, beta, threshold)
    z = x * beta
    return where(z > threshold, g, g * sigmoid(z))


@op(pull_softplus, floating=True)
def softplus(xp: Any, x: Array, *, beta: float = 1.0, threshold: float = 20.0) -> Array:
    """log(1 + exp(beta x)) / beta, and x itself where beta x is above the threshold.

    Raises:
        ArgumentError: if beta is 0.
    """
    if not beta:
        raise ArgumentError("softplus: beta is 0, where another number is wanted")
    if kernel := fused(x):
        return kernel("softplus", x, beta, threshold)
    v = wide(x)
    z = v * beta
    y = xp.log1p(xp.exp(xp.minimum(z, threshold))) / beta
    return xp.where(z > threshold, v, y).astype(x.dtype, copy=False)


# ---- along a dim ----------------------------------------------------------------------------------------------------
def sized(shape: Shape, dim: int) -> Shape:
    """The extents with 1 in the place of dim."""
    k = axis("softmax", dim, len(shape))
    return tuple(1 if j == k else n for j, n in enumerate(shape))


def pull_softmax(g: Any, y: Any, dim: int) -> Any:
    """y (g - the sum of g y along dim): arrays in one pass, Tensors by ops."""
    if type(y) in NAMESPACES:
        return in_lines(g, y, dim, False)
    return y * (g - sum_to(g * y, shape=sized(y.shape, dim)))


def pull_log_softmax(g: Any, y: Any, dim: int) -> Any:
    """g - exp(y) times the sum of g along dim."""
    if type(y) in NAMESPACES:
        return in_lines(g, y, dim, True)
    return g - exp(y) * sum_to(g, shape=sized(y.shape, dim))


def in_lines(g: Array, y: Array, dim: int, log: bool) -> Array:
    """The backend's gradient; a 0-d y has one dim."""
    k, shape = axis("softmax", dim, y.ndim), y.shape or (1,)
    gx: Array = NAMESPACES[type(y)].softmax_input(g.reshape(shape), y.reshape(shape), k, log)
    return gx.reshape(y.shape)


def along(xp: Any, name: str, x: Array, dim: int, log: bool) -> Array:
    """Either of them; a 0-d x has one dim."""
    k = axis(name, dim, x.ndim)
    with xp.errstate(invalid="ignore", divide="ignore"):
        return xp.softmax(x.reshape(x.shape or (1,)), k, log).reshape(x.shape)


@op(pull_softmax, floating=True)
def softmax(xp: Any, x: Array, *, dim: int) -> Array:
    """exp(x) divided by its sum along dim; a slice that is -inf throughout gives nan.

    Raises:
        IndexingError: for a dim that x does not have.

    >>> import minigrad as mg
    >>> mg.softmax(mg.tensor([0.0, 0.0]), dim=0)
    tensor([0.5, 0.5])
    """
    return along(xp, "softmax", x, dim, False)


@op(pull_log_softmax, floating=True)
def log_softmax(xp: Any, x: Array, *, dim: int) -> Array:
    """log(softmax(x)), without overflow; a slice that is -inf throughout gives nan.

    Raises:
        IndexingError: for a dim that x does not have.
    """
    return along(xp, "log_softmax", x, dim, True)
