"""Activations."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .. import ops, random
from ..core import Tensor, cast
from ..creation import ones
from ..dtypes import as_dtype, is_float
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..inplace import inplace as write
from ..ops.shape import axis
from ..surface.sample import drawn

SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def apply(fn: Callable[..., Any], input: Tensor, inplace: bool, **params: Any) -> Tensor:
    """fn(input), written over input if that is asked for."""
    return write(fn, input, **params) if inplace else fn(input, **params)


def named(name: str, fn: Callable[..., Any]) -> Callable[..., Any]:
    """A function with the name that errors are to have."""
    fn.__name__ = name
    return fn


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """input where it is above 0, else 0.

    >>> import minigrad as mg
    >>> relu(mg.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return apply(ops.relu, input, inplace)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """input clipped to 0 and 6."""
    return apply(ops.hardtanh, input, inplace, min_val=0.0, max_val=6.0)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """input clipped to min_val and max_val."""
    return apply(ops.hardtanh, input, inplace, min_val=min_val, max_val=max_val)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """input where it is above 0, else input * negative_slope."""
    return apply(ops.leaky_relu, input, inplace, negative_slope=negative_slope)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is above 0, else alpha * (exp(input) - 1)."""
    return apply(ops.elu, input, inplace, alpha=alpha)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input * sigmoid(input)."""
    return apply(ops.silu, input, inplace)


def logsigmoid(input: Tensor) -> Tensor:
    """log(sigmoid(input)), without overflow."""
    return ops.logsigmoid(input)  # type: ignore[no-any-return]


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta input)) / beta, and input itself where beta input is above the threshold."""
    return ops.softplus(input, beta=beta, threshold=threshold)  # type: ignore[no-any-return]


def softmax(input: Tensor, dim: int | None = None, dtype: Any = None) -> Tensor:
    """exp(input) divided by its sum along dim.

    Args:
        dim: required.
        dtype: cast to it first.

    Raises:
        ArgumentError: without dim.
        IndexingError: for a dim that input does not have.
    """
    return along("softmax", ops.softmax, input, dim, dtype)


def log_softmax(input: Tensor, dim: int | None = None, dtype: Any = None) -> Tensor:
    """log(softmax(input)), without overflow: see `softmax`."""
    return along("log_softmax", ops.log_softmax, input, dim, dtype)


def along(name: str, fn: Callable[..., Any], input: Tensor, dim: int | None, dtype: Any) -> Tensor:
    """fn along a dim that was given."""
    if dim is None:
        raise ArgumentError(
            f"{name}: give dim, the dimension of the classes; PyTorch's guess is not made here"
        )
    return fn(input if dtype is None else cast(input, dtype=as_dtype(dtype)), dim=dim)  # type: ignore[no-any-return]


# ---- smooth gates ---------------------------------------------------------------------------------------------------
def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """input times the probability that a standard normal number is below it.

    Args:
        approximate: "none", or "tanh" for the formula with tanh.

    Raises:
        ArgumentError: for another approximation.

    Source: Hendrycks and Gimpel 2016, "Gaussian error linear units", equation 2 and the formula after it.

    >>> import minigrad as mg
    >>> gelu(mg.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.    ,  0.8413])
    """
    if approximate == "none":
        return input * (ops.erfc(input * -math.sqrt(0.5)) * 0.5)  # type: ignore[no-any-return]
    if approximate == "tanh":
        inner = (input + input * input * input * 0.044715) * math.sqrt(2.0 / math.pi)
        return input * (ops.tanh(inner) * 0.5 + 0.5)  # type: ignore[no-any-return]
    raise ArgumentError(f"gelu: approximate is {approximate!r}, where 'none' or 'tanh' is wanted")


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * tanh(softplus(input)).

    Source: Misra 2019, "Mish: a self regularized non-monotonic activation function".
    """
    return apply(named("mish", lambda x: x * ops.tanh(softplus(x))), input, inplace)


def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|)."""
    return input / (ops.abs(input) + 1.0)  # type: ignore[no-any-return]


def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input)."""
    return input - ops.tanh(input)  # type: ignore[no-any-return]


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half along a dim times the sigmoid of the second.

    Raises:
        ShapeError: if the extent is odd, or input is 0-d.

    Source: Dauphin et al. 2017, "Language modeling with gated convolutional networks", equation 1.
    """
    if not input.shape:
        raise ShapeError("glu: input is 0-d, where a dim to halve is wanted")
    k = axis("glu", dim, len(input.shape))
    if input.shape[k] % 2:
        raise ShapeError(f"glu: input {describe(input)} has the odd extent {input.shape[k]} along dim {dim}")
    a, b = ops.split(input, sizes=(input.shape[k] // 2,) * 2, dim=k)
    return a * ops.sigmoid(b)  # type: ignore[no-any-return]


# ---- exponential below 0 --------------------------------------------------------------------------------------------
def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is above 0, else alpha * (exp(input / alpha) - 1).

    Raises:
        ArgumentError: for alpha = 0.

    Source: Barron 2017, "Continuously differentiable exponential linear units", equation 2.
    """
    if alpha == 0:
        raise ArgumentError("celu: alpha is 0, by which input is divided")
    return apply(named("celu", lambda x: ops.elu(x / alpha, alpha=1.0) * alpha), input, inplace)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """elu scaled so that activations keep mean 0 and variance 1 from layer to layer.

    Source: Klambauer et al. 2017, "Self-normalizing neural networks", equation 2.
    """
    return apply(named("selu", lambda x: ops.elu(x, alpha=SELU_ALPHA) * SELU_SCALE), input, inplace)


# ---- pieces of lines ------------------------------------------------------------------------------------------------
def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """(input + 3) / 6, clipped to 0 and 1."""
    return apply(
        named("hardsigmoid", lambda x: ops.hardtanh(x + 3.0, min_val=0.0, max_val=6.0) / 6.0), input, inplace
    )


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * (input + 3) / 6 between -3 and 3, 0 below and input above.

    Source: Howard et al. 2019, "Searching for MobileNetV3", section 5.2.
    """

    def hardswish(x: Tensor) -> Any:
        return ops.where(x <= -3.0, 0.0, ops.where(x < 3.0, x * ((x + 3.0) / 6.0), x))

    return apply(hardswish, real("hardswish", input), inplace)


def real(name: str, x: Tensor) -> Tensor:
    """x, if it is floating."""
    if not is_float(x.dtype):
        raise DTypeError(f"{name}: input is {describe(x)}, where a floating tensor is wanted")
    return x


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """input where |input| is above lambd, else 0."""
    return ops.where(ops.abs(input) > lambd, input, 0.0)  # type: ignore[no-any-return]


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """input brought nearer to 0 by lambd, and to 0 where it is no farther from it.

    Raises:
        ArgumentError: for lambd < 0.
    """
    if lambd < 0:
        raise ArgumentError(f"softshrink: lambd is {lambd}, where at least 0 is wanted")
    near = ops.where(input < -lambd, input + lambd, 0.0)
    return ops.where(input > lambd, input - lambd, near)  # type: ignore[no-any-return]


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """input where it is above the threshold, else `value`."""
    return apply(named("threshold", lambda x: ops.where(x > threshold, x, value)), input, inplace)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """input where it is above 0, else input * weight, of which there is one, or one for each channel.

    Shapes:
        input (N, C, ...) or any, weight (C,), (1,) or () -> that of input

    Raises:
        ShapeError: for another number of weights.

    Source: He et al. 2015, "Delving deep into rectifiers", equation 1.
    """
    shape = input.shape
    channels = shape[1] if len(shape) > 1 else 1
    if len(weight.shape) > 1 or weight.data.size not in (1, channels):
        raise ShapeError(
            f"prelu: weight is {describe(weight)}, where one number or one for each of {channels} channels is wanted"
        )
    if weight.data.size > 1:
        weight = ops.reshape(weight, shape=(channels, *[1] * (len(shape) - 2)))
    elif weight.shape:
        weight = ops.reshape(weight, shape=())
    return ops.where(input > 0, input, input * weight)  # type: ignore[no-any-return]


def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """leaky_relu with a slope drawn evenly from lower to upper for each element; in evaluation their mean.

    Raises:
        ArgumentError: if lower is above upper.

    Source: Xu et al. 2015, "Empirical evaluation of rectified activations in convolutional network", section 2.4.
    """
    if lower > upper:
        raise ArgumentError(f"rrelu: lower is {lower}, which is above upper, {upper}")
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    slope = random.rand_like(real("rrelu", input)) * (upper - lower) + lower
    return apply(named("rrelu", lambda x: ops.where(x > 0, x, x * slope)), input, inplace)


# ---- over a dim -----------------------------------------------------------------------------------------------------
def softmin(input: Tensor, dim: int | None = None, dtype: Any = None) -> Tensor:
    """softmax(-input): see `softmax`."""
    return along("softmin", lambda x, dim: ops.softmax(-x, dim=dim), input, dim, dtype)


def gumbel_softmax(logits: Tensor, tau: float = 1.0, hard: bool = False, *, dim: int = -1) -> Tensor:
    """A sample of the Gumbel-softmax distribution; with `hard` a one-hot vector, with the sample's gradient.

    Args:
        tau: the temperature.

    Raises:
        ArgumentError: for tau <= 0.
        DTypeError: for logits that are not floating.

    Source: Jang, Gu and Poole 2017, "Categorical reparameterization with Gumbel-softmax", equation 2.
    """
    if not tau > 0:
        raise ArgumentError(f"gumbel_softmax: tau is {tau}, where a number above 0 is wanted")
    noise = -ops.log(drawn("exponential", real("gumbel_softmax", logits), None))
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = ops.argmax(soft, dim=dim, keepdim=True)
    one = ops.put_along(ones(index.shape, dtype=soft.dtype), index, dim=dim, shape=soft.shape)
    return one - soft.detach() + soft  # type: ignore[no-any-return]


# ---- in place -------------------------------------------------------------------------------------------------------
def in_place(fn: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """An activation that writes over its input."""

    def written(input: Tensor, *args: Any, **params: Any) -> Tensor:
        return fn(input, *args, **params, inplace=True)

    written.__name__, written.__doc__ = f"{fn.__name__}_", f"`{fn.__name__}`, written over its input."
    return written


relu_, elu_, celu_, selu_ = in_place(relu), in_place(elu), in_place(celu), in_place(selu)
hardtanh_, leaky_relu_, rrelu_ = in_place(hardtanh), in_place(leaky_relu), in_place(rrelu)
threshold_ = in_place(threshold)
