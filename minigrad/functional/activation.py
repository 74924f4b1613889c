"""Activations."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .. import ops, random
from ..core import Tensor, cast
from ..creation import ones
from ..dtypes import accumulator, is_float
from ..errors import ArgumentError, ShapeError, clear, describe
from ..inplace import inplace as write
from ..ops.shape import axis
from ..plan import number
from ..surface.activation import along, counted, real
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
    return apply(ops.relu, counted("relu", input), inplace)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """input clipped to 0 and 6."""
    return apply(
        named("relu6", lambda x: ops.hardtanh(x, min_val=0.0, max_val=6.0)), counted("relu6", input), inplace
    )


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """input clipped to min_val and max_val."""
    return apply(ops.hardtanh, counted("hardtanh", input), inplace, min_val=min_val, max_val=max_val)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """input where it is above 0, else input * negative_slope."""
    return apply(ops.leaky_relu, real("leaky_relu", input), inplace, negative_slope=negative_slope)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is above 0, else alpha * (exp(input) - 1)."""
    return apply(ops.elu, real("elu", input), inplace, alpha=alpha)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input * sigmoid(input)."""
    return apply(ops.silu, real("silu", input), inplace)


def logsigmoid(input: Tensor) -> Tensor:
    """log(sigmoid(input)), without overflow."""
    return ops.logsigmoid(real("logsigmoid", input))  # type: ignore[no-any-return]


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta input)) / beta, and input itself where beta input is above the threshold."""
    return ops.softplus(real("softplus", input), beta=beta, threshold=threshold)  # type: ignore[no-any-return]


# ---- smooth gates ---------------------------------------------------------------------------------------------------
def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """input times the probability that a standard normal number is below it.

    Args:
        approximate: "none", or "tanh" for the formula with tanh.

    Raises:
        ArgumentError: for another approximation.
        DTypeError: if input is not floating.

    Source: Hendrycks and Gimpel 2016, "Gaussian error linear units", equation 2 and the formula after it.

    >>> import minigrad as mg
    >>> gelu(mg.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.    ,  0.8413])
    """
    if approximate not in ("none", "tanh"):
        raise ArgumentError(f"gelu: approximate is {approximate!r}, where 'none' or 'tanh' is wanted")
    fn = in_float32(gelu_tanh if approximate == "tanh" else gelu_erf)
    return fn(real("gelu", input))  # type: ignore[no-any-return]


def gelu_erf(x: Tensor) -> Any:
    """x times the distribution function of the normal distribution, which at 40 is 0 or 1."""
    low, near = held(x, 40.0)
    return low * (ops.erfc(near * -math.sqrt(0.5)) * 0.5)


def gelu_tanh(x: Tensor) -> Any:
    """x (1 + tanh(u / 2)) / 2, written x sigmoid(u), which has digits where tanh is -1; at 25 it is 0 or 1."""
    low, near = held(x, 25.0)
    return low * ops.sigmoid((near * near * 0.044715 + 1.0) * near * math.sqrt(8.0 / math.pi))


def held(x: Tensor, far: float) -> tuple[Any, Any]:
    """x not below -far, and x between -far and far, where a gate is 0 and 1: no infinity meets a zero."""
    low = ops.maximum(x, -far)  # through which, other than clamp, NaN has a gradient
    return low, ops.minimum(low, far)


def in_float32(fn: Callable[[Tensor], Any]) -> Callable[[Tensor], Any]:
    """fn, with halves computed in float32, and of the same name."""

    def wide(x: Tensor) -> Any:
        to = accumulator(x.dtype)
        return fn(x) if x.dtype == to else cast(fn(cast(x, dtype=to)), dtype=x.dtype)

    return named(fn.__name__, wide)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * tanh(softplus(input)).

    Source: Misra 2019, "Mish: a self regularized non-monotonic activation function".
    """

    def mish(x: Tensor) -> Any:
        low, near = held(x, ops.activation.FAR)
        return low * ops.tanh(ops.softplus(near))

    return apply(in_float32(mish), real("mish", input), inplace)


def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|)."""
    far = 1e154 if counted("softsign", input).dtype.itemsize == 8 else 1e19  # the square is a number yet

    def softsign(x: Tensor) -> Any:
        near = ops.hardtanh(x, min_val=-far, max_val=far)
        return near / (ops.abs(near) + 1.0)

    return in_float32(softsign)(input if is_float(input.dtype) else input * 1.0)  # type: ignore[no-any-return]


def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input)."""
    return counted("tanhshrink", input) - ops.tanh(input)  # type: ignore[no-any-return]


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half along a dim times the sigmoid of the second.

    Raises:
        ShapeError: if the extent is odd, or input is 0-d.
        DTypeError: if input is not floating.

    Source: Dauphin et al. 2017, "Language modeling with gated convolutional networks", equation 1.
    """
    if not real("glu", input).shape:
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
    if not (alpha := number("celu", "alpha", alpha, "float")):
        raise ArgumentError("celu: alpha is 0, by which input is divided")
    fn = named("celu", lambda x: ops.elu(x, alpha=alpha, input_scale=1.0 / alpha))
    return apply(fn, real("celu", input), inplace)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """elu scaled so that activations keep mean 0 and variance 1 from layer to layer.

    Source: Klambauer et al. 2017, "Self-normalizing neural networks", equation 2.
    """
    fn = named("selu", lambda x: ops.elu(x, alpha=SELU_ALPHA, scale=SELU_SCALE))
    return apply(fn, real("selu", input), inplace)


# ---- pieces of lines ------------------------------------------------------------------------------------------------
def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """(input + 3) / 6, clipped to 0 and 1."""
    fn = in_float32(named("hardsigmoid", lambda x: ops.hardtanh(x + 3.0, min_val=0.0, max_val=6.0) / 6.0))
    return apply(fn, real("hardsigmoid", input), inplace)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * (input + 3) / 6 between -3 and 3, 0 below and input above.

    Source: Howard et al. 2019, "Searching for MobileNetV3", section 5.2.
    """

    def hardswish(x: Tensor) -> Any:
        near = ops.where(ops.abs(x) >= 3.0, 0.0, x)  # so that no infinity is multiplied
        return ops.where(x >= 3.0, x, near * ((near + 3.0) / 6.0))

    return apply(in_float32(hardswish), real("hardswish", input), inplace)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """input brought nearer to 0 by lambd, and to 0 where it is no farther from it.

    Raises:
        ArgumentError: for lambd < 0.
        DTypeError: if input is not floating.
    """
    if not (lambd := number("softshrink", "lambd", lambd, "float")) >= 0:
        raise ArgumentError(f"softshrink: lambd is {lambd}, where at least 0 is wanted")
    return real("softshrink", input) - ops.clamp(input, -lambd, lambd)  # type: ignore[no-any-return]


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """input where it is above the threshold, else `value`; both are cut to integers where input holds these."""
    limits = (("threshold", threshold), ("value", value))
    least, low = (number("threshold", name, given, "float") for name, given in limits)
    if not is_float(counted("threshold", input).dtype):
        least, low = int(least), int(low)
    return apply(named("threshold", lambda x: ops.where(x <= least, low, x)), input, inplace)


def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """leaky_relu with a slope drawn evenly from lower to upper for each element; in evaluation their mean.

    Raises:
        ArgumentError: if lower is above upper, or one of them is not finite.
        DTypeError: if input is not floating.

    Source: Xu et al. 2015, "Empirical evaluation of rectified activations in convolutional network", section 2.4.
    """
    lower, upper = (number("rrelu", n, v, "float") for n, v in (("lower", lower), ("upper", upper)))
    if not -math.inf < lower <= upper < math.inf:
        raise ArgumentError(
            f"rrelu: lower is {lower}, upper {upper}, where finite numbers in order are wanted"
        )
    real("rrelu", input)
    if not training:
        fn = named("rrelu", lambda x: ops.leaky_relu(x, negative_slope=(lower + upper) / 2))
        return apply(fn, input, inplace)
    slope = random.rand_like(input) * (upper - lower) + lower
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
    if not (tau := number("gumbel_softmax", "tau", tau, "float")) > 0:
        raise ArgumentError(f"gumbel_softmax: tau is {tau}, where a number above 0 is wanted")
    real("gumbel_softmax", logits, "logits")
    noise = -ops.log(Tensor(drawn("exponential", logits, None)))
    soft = ops.softmax((logits + cast(noise, dtype=logits.dtype)) / tau, dim=dim)
    if not hard:
        return soft  # type: ignore[no-any-return]
    index = ops.argmax(soft, dim=dim, keepdim=True)
    one = ones(index.shape, dtype=soft.dtype, device=soft.device)
    hot = ops.put_along(one, index, dim=dim, shape=soft.shape)
    return hot + (soft - soft.detach())  # type: ignore[no-any-return]


# ---- in place -------------------------------------------------------------------------------------------------------
def in_place(fn: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """An activation that writes over its input."""

    def written(input: Tensor, *args: Any, **params: Any) -> Tensor:
        return clear(fn)(input, *args, **params, inplace=True)  # type: ignore[no-any-return]

    written.__name__, written.__doc__ = f"{fn.__name__}_", f"`{fn.__name__}`, written over its input."
    return written


relu_, elu_, celu_, selu_ = in_place(relu), in_place(elu), in_place(celu), in_place(selu)
hardtanh_, leaky_relu_, rrelu_ = in_place(hardtanh), in_place(leaky_relu), in_place(rrelu)
threshold_ = in_place(threshold)
