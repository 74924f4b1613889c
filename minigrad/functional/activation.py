"""Activations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import ops
from ..core import Tensor, cast
from ..dtypes import as_dtype
from ..errors import ArgumentError
from ..inplace import inplace as write


def apply(fn: Callable[..., Any], input: Tensor, inplace: bool, **params: Any) -> Tensor:
    """fn(input), written over input if that is asked for."""
    return write(fn, input, **params) if inplace else fn(input, **params)


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
