"""Activations: elementwise functions between layers, and softmax."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from .. import ops
from ..core import Tensor
from ..creation import full
from ..dtypes import get_default_dtype
from ..errors import ArgumentError, ShapeError, describe
from .arguments import one_of, whole
from .module import Module, Parameter

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]


def overwriting(layer: Any, *shown: str) -> str:
    """These attributes by name, and inplace where it is True, as PyTorch prints them."""
    parts = [f"{name}={getattr(layer, name)}" for name in shown]
    return ", ".join([*parts, "inplace=True"] if layer.inplace else parts)


# ---- without parameters ---------------------------------------------------------------------------------------------
class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, input: Tensor) -> Tensor:
        """tanh(input)."""
        return ops.tanh(input)  # type: ignore[no-any-return]


class Sigmoid(Module):
    """1 / (1 + exp(-input))."""

    def forward(self, input: Tensor) -> Tensor:
        """1 / (1 + exp(-input))."""
        return ops.sigmoid(input)  # type: ignore[no-any-return]


class LogSigmoid(Module):
    """log(sigmoid(input)), without overflow."""

    def forward(self, input: Tensor) -> Tensor:
        """log(sigmoid(input))."""
        return F.logsigmoid(input)


class Softsign(Module):
    """input / (1 + |input|)."""

    def forward(self, input: Tensor) -> Tensor:
        """input / (1 + |input|)."""
        return F.softsign(input)


class Tanhshrink(Module):
    """input - tanh(input)."""

    def forward(self, input: Tensor) -> Tensor:
        """input - tanh(input)."""
        return F.tanhshrink(input)


class Writing(Module):
    """What the layers without a parameter but `inplace` share."""

    function: Any

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """The function of the input."""
        return type(self).function(input, self.inplace)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        """The arguments that are not at their default."""
        return overwriting(self)


class ReLU(Writing):
    """input where it is above 0, else 0.

    Args:
        inplace: write over the input.

    >>> import minigrad as mg
    >>> ReLU()(mg.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    function = staticmethod(F.relu)


class SELU(Writing):
    """`ELU` scaled so that activations keep mean 0 and variance 1: see `minigrad.functional.selu`."""

    function = staticmethod(F.selu)


class SiLU(Writing):
    """input * sigmoid(input): see `minigrad.functional.silu`."""

    function = staticmethod(F.silu)


class Mish(Writing):
    """input * tanh(softplus(input)): see `minigrad.functional.mish`."""

    function = staticmethod(F.mish)


class Hardsigmoid(Writing):
    """(input + 3) / 6, clipped to 0 and 1."""

    function = staticmethod(F.hardsigmoid)

    def extra_repr(self) -> str:
        """Nothing, as in PyTorch."""
        return ""


class Hardswish(Writing):
    """input * (input + 3) / 6 between -3 and 3, 0 below and input above: see `minigrad.functional.hardswish`."""

    function = staticmethod(F.hardswish)

    def extra_repr(self) -> str:
        """Nothing, as in PyTorch."""
        return ""


# ---- with numbers ---------------------------------------------------------------------------------------------------
class LeakyReLU(Module):
    """input where it is above 0, else input * negative_slope.

    Args:
        inplace: write over the input.

    >>> import minigrad as mg
    >>> LeakyReLU(0.5)(mg.tensor([-1.0, 2.0]))
    tensor([-0.5,  2. ])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Tensor) -> Tensor:
        """max(input, 0) + negative_slope * min(input, 0)."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        """The arguments that are not at their default."""
        return overwriting(self, "negative_slope")


class ELU(Module):
    """input where it is above 0, else alpha * (exp(input) - 1).

    Source: Clevert et al. 2016, "Fast and accurate deep network learning by exponential linear units", equation 1.
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Tensor) -> Tensor:
        """max(input, 0) + alpha * min(exp(input) - 1, 0)."""
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """The arguments that are not at their default, and alpha."""
        return overwriting(self, "alpha")


class CELU(ELU):
    """input where it is above 0, else alpha * (exp(input / alpha) - 1): see `minigrad.functional.celu`."""

    def forward(self, input: Tensor) -> Tensor:
        """max(input, 0) + alpha * min(exp(input / alpha) - 1, 0)."""
        return F.celu(input, self.alpha, self.inplace)


class Hardtanh(Module):
    """input clipped to min_val and max_val.

    Raises:
        ArgumentError: if min_val is not below max_val.
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        if not min_val < max_val:
            raise ArgumentError(f"Hardtanh: min_val {min_val} is not below max_val {max_val}")
        self.min_val, self.max_val, self.inplace = min_val, max_val, inplace

    def forward(self, input: Tensor) -> Tensor:
        """min(max(input, min_val), max_val)."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        """The bounds, and inplace where it is not at its default."""
        return overwriting(self, "min_val", "max_val")


class ReLU6(Hardtanh):
    """input clipped to 0 and 6."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def forward(self, input: Tensor) -> Tensor:
        """min(max(input, 0), 6)."""
        return F.relu6(input, self.inplace)

    def extra_repr(self) -> str:
        """The arguments that are not at their default."""
        return overwriting(self)


class Threshold(Module):
    """input where it is above the threshold, else `value`."""

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold, self.value, self.inplace = threshold, value, inplace

    def forward(self, input: Tensor) -> Tensor:
        """The input, replaced where it is not above the threshold."""
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        """Threshold and value, and inplace where it is not at its default."""
        return overwriting(self, "threshold", "value")


class RReLU(Module):
    """`LeakyReLU` with a slope drawn for each element in training; in evaluation the mean of lower and upper.

    Source: Xu et al. 2015, "Empirical evaluation of rectified activations in convolutional network", section 2.4.
    """

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def forward(self, input: Tensor) -> Tensor:
        """The input, below 0 times a slope."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        """The bounds, and inplace where it is not at its default."""
        return overwriting(self, "lower", "upper")


class Softplus(Module):
    """log(1 + exp(beta input)) / beta, and input itself where beta input is above the threshold."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Tensor) -> Tensor:
        """log(1 + exp(beta input)) / beta."""
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"beta={self.beta}, threshold={self.threshold}"


class Hardshrink(Module):
    """input where |input| is above lambd, else 0."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """The input, or 0 near 0."""
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """lambd."""
        return f"{self.lambd}"


class Softshrink(Hardshrink):
    """input brought nearer to 0 by lambd, and to 0 where it is no farther from it."""

    def forward(self, input: Tensor) -> Tensor:
        """input - min(max(input, -lambd), lambd)."""
        return F.softshrink(input, self.lambd)


class GELU(Module):
    """input times the probability that a standard normal number is below it: see `minigrad.functional.gelu`.

    Args:
        approximate: "none", or "tanh" for the formula with tanh.

    Raises:
        ArgumentError: for another approximation.
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = one_of("GELU", "approximate", approximate, ("none", "tanh"))

    def forward(self, input: Tensor) -> Tensor:
        """input P(z < input)."""
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        """The argument."""
        return f"approximate={self.approximate!r}"


# ---- with weights ---------------------------------------------------------------------------------------------------
class PReLU(Module):
    """input where it is above 0, else input * weight, which is learned.

    Args:
        num_parameters: 1, or the number of channels.
        init: what every weight begins with.

    Shapes:
        input (N, C, ...) or any -> the same

    Raises:
        ArgumentError: if num_parameters is not an integer of at least 1.

    Source: He et al. 2015, "Delving deep into rectifiers", equation 1.

    >>> import minigrad as mg
    >>> PReLU()(mg.tensor([-1.0, 2.0])).detach()
    tensor([-0.25,  2.  ])
    """

    weight: Parameter

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters = whole("PReLU", "num_parameters", num_parameters)
        self.init = init
        self.weight = Parameter(
            full((num_parameters,), init, dtype=dtype or get_default_dtype(), device=device)
        )

    def forward(self, input: Tensor) -> Tensor:
        """max(input, 0) + weight * min(input, 0)."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """How many weights there are."""
        return f"num_parameters={self.num_parameters}"


# ---- along a dim ----------------------------------------------------------------------------------------------------
class Softmax(Module):
    """exp(input) divided by its sum along dim.

    Args:
        dim: required; None is an error of forward.

    >>> import minigrad as mg
    >>> Softmax(dim=1)(mg.tensor([[0.0, 0.0]]))
    tensor([[0.5, 0.5]])
    """

    function: Any = staticmethod(F.softmax)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """The function of input along dim."""
        return type(self).function(input, self.dim)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        """The arguments."""
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """log(softmax(input)) along dim, without overflow: see `Softmax`."""

    function = staticmethod(F.log_softmax)


class Softmin(Softmax):
    """softmax(-input) along dim: see `Softmax`."""

    function = staticmethod(F.softmin)


class Softmax2d(Module):
    """`Softmax` over the channels of images.

    Shapes:
        input (N, C, H, W) or (C, H, W) -> the same

    Raises:
        ShapeError: for other dims.
    """

    def forward(self, input: Tensor) -> Tensor:
        """exp(input) / sum of exp(input) over the channels."""
        if len(input.shape) not in (3, 4):
            raise ShapeError(f"input is {describe(input)}, where (N, C, H, W) or (C, H, W) is wanted")
        return F.softmax(input, -3)


class GLU(Module):
    """The first half of the input along dim times the sigmoid of the second: see `minigrad.functional.glu`."""

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """a * sigmoid(b)."""
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        """The argument."""
        return f"dim={self.dim}"
