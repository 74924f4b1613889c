"""Functions of mathematics in PyTorch's signatures, made of the ops of `minigrad.ops.integrals`."""

from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..core import Tensor, cast
from ..dtypes import as_dtype
from ..errors import ArgumentError, DTypeError, describe

__all__ = ["i0", "i0e", "i1", "i1e", "log_ndtr", "mvlgamma", "ndtr"]
METHODS = ("i0", "log_softmax", "mvlgamma", "softmax")
IN_PLACE = ("i0", "mvlgamma")


# ---- Bessel functions -----------------------------------------------------------------------------------------------
def i0(input: Any) -> Any:
    """The modified Bessel function of the first kind of order 0, elementwise.

    >>> import minigrad as mg
    >>> mg.i0(mg.tensor([0.0, 1.0]))
    tensor([1.    , 1.2661])
    """
    return ops.bessel_i(input, n=0)


def i0e(input: Any) -> Any:
    """exp(-|x|) i0(x), elementwise."""
    return ops.bessel_i(input, n=0, scaled=True)


def i1(input: Any) -> Any:
    """The modified Bessel function of the first kind of order 1, elementwise.

    >>> import minigrad as mg
    >>> mg.special.i1(mg.tensor([0.0, 1.0]))
    tensor([0.    , 0.5652])
    """
    return ops.bessel_i(input, n=1)


def i1e(input: Any) -> Any:
    """exp(-|x|) i1(x), elementwise."""
    return ops.bessel_i(input, n=1, scaled=True)


# ---- the normal distribution ----------------------------------------------------------------------------------------
def ndtr(input: Any) -> Any:
    """The normal distribution function, elementwise.

    >>> import minigrad as mg
    >>> mg.special.ndtr(mg.tensor([0.0, 1.96]))
    tensor([0.5  , 0.975])
    """
    return ops.mul(ops.erfc(ops.mul(input, -math.sqrt(0.5))), 0.5)


def log_ndtr(input: Any) -> Any:
    """The logarithm of the normal distribution function, elementwise; exact where that underflows.

    >>> import minigrad as mg
    >>> mg.special.log_ndtr(mg.tensor([-100.0, 0.0]))
    tensor([-5.0055e+03, -6.9315e-01])
    """
    z = ops.mul(input, math.sqrt(0.5))
    low = ops.lt(z, -1.0)
    left = ops.where(low, z, -1.0)
    tail = ops.log(ops.mul(ops.erfcx(ops.neg(left)), 0.5)) - left * left
    rest = ops.log1p(ops.mul(ops.erfc(ops.where(low, -1.0, z)), -0.5))
    return ops.where(low, tail, rest)


# ---- gamma ----------------------------------------------------------------------------------------------------------
def mvlgamma(input: Any, p: int) -> Any:
    """The logarithm of the gamma function of p dimensions, elementwise; it needs input > (p - 1) / 2.

    Args:
        p: the number of dimensions, 1 or more.

    Raises:
        DTypeError: if p is not an integer.
        ArgumentError: if p is below 1.

    >>> import minigrad as mg
    >>> mg.mvlgamma(mg.tensor([2.0]), 2)
    tensor([0.4516])
    """
    if type(p) is not int:
        raise DTypeError(f"mvlgamma: p is {describe(p)}, where an integer is wanted")
    if p < 1:
        raise ArgumentError(f"mvlgamma: p is {p}, where 1 or more is wanted")
    if not isinstance(input, Tensor):
        raise DTypeError(f"mvlgamma: input is {describe(input)}, where a tensor is wanted")
    y = ops.lgamma(input)
    for k in range(1, p):
        y = y + ops.lgamma(ops.sub(input, 0.5 * k))
    return y + 0.25 * p * (p - 1) * math.log(math.pi) if p > 1 else y


# ---- shares ---------------------------------------------------------------------------------------------------------
def softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """exp(input) divided by its sum along dim, in `dtype` if one is given: see `minigrad.ops.softmax`.

    >>> import minigrad as mg
    >>> mg.tensor([1, 1]).softmax(0, mg.float64)
    tensor([0.5, 0.5], dtype=float64)
    """
    return ops.softmax(input if dtype is None else cast(input, dtype=as_dtype(dtype)), dim=dim)


def log_softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """The logarithm of softmax, in `dtype` if one is given: see `minigrad.ops.log_softmax`."""
    return ops.log_softmax(input if dtype is None else cast(input, dtype=as_dtype(dtype)), dim=dim)
