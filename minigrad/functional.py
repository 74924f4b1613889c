"""torch.nn.functional's names and signatures: random keys are drawn here, `inplace` and None are resolved here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import ops, random
from .core import Tensor, cast
from .dtypes import as_dtype
from .errors import ArgumentError
from .ops.classification import nll_loss
from .ops.index import raw_index
from .ops.loss import binary_cross_entropy_with_logits
from .tensor import inplace as write

__all__ = [
    "avg_pool2d",
    "binary_cross_entropy_with_logits",
    "conv2d",
    "conv_transpose2d",
    "cross_entropy",
    "dropout",
    "elu",
    "fold",
    "hardtanh",
    "huber_loss",
    "l1_loss",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "max_pool2d",
    "mse_loss",
    "nll_loss",
    "one_hot",
    "pad",
    "relu",
    "relu6",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "unfold",
]


# ---- activations ----------------------------------------------------------------------------------------------------
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


# ---- layers ---------------------------------------------------------------------------------------------------------
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input weight^T + bias: see `minigrad.ops.linear`."""
    return ops.linear(input, weight) if bias is None else ops.linear(input, weight, bias)  # type: ignore[no-any-return]


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, each element is zero with probability p, else divided by 1 - p; draws from `minigrad.random`.

    Raises:
        ArgumentError: if p is outside of 0 to 1.
    """
    if not 0.0 <= p <= 1.0:
        raise ArgumentError(f"dropout: p is {p}, and a probability lies between 0 and 1")
    if not training or p == 0.0:
        return input
    key = random.default_generator.next_key(input.data.size)
    return apply(ops.dropout, input, inplace, key=key, p=p)


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """input with its last dims lengthened: see `minigrad.ops.pad`."""
    return ops.pad(input, pad=tuple(pad), mode=mode, value=value or 0.0)  # type: ignore[no-any-return]


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """1 at the class that each element names, else 0, along a new last dim: see `minigrad.ops.one_hot`."""
    return ops.one_hot(tensor, num_classes=num_classes)  # type: ignore[no-any-return]


# ---- convolution and pooling ----------------------------------------------------------------------------------------
def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of images with kernels: see `minigrad.ops.conv2d`."""
    params = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return ops.conv2d(input, weight, bias, **params)  # type: ignore[no-any-return]


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The adjoint of conv2d: see `minigrad.ops.conv_transpose2d`."""
    params = {"stride": stride, "padding": padding, "output_padding": output_padding}
    return ops.conv_transpose2d(input, weight, bias, **params, groups=groups, dilation=dilation)  # type: ignore[no-any-return]


def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window, and its place if `return_indices`: see `minigrad.ops.max_pool2d`.

    >>> import minigrad as mg
    >>> max_pool2d(mg.tensor([[[1.0, 3.0, 2.0, 2.0]]]), (1, 2))
    tensor([[[3., 2.]]])
    """
    params = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    y, indices = ops.max_pool2d(input, kernel_size=kernel_size, **params)
    return (y, indices) if return_indices else y


def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window: see `minigrad.ops.avg_pool2d`."""
    params = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    return ops.avg_pool2d(  # type: ignore[no-any-return]
        input, **params, count_include_pad=count_include_pad, divisor_override=divisor_override
    )


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """What a kernel sees, a column for each window: see `minigrad.ops.im2col`."""
    params = {"kernel_size": kernel_size, "dilation": dilation, "padding": padding, "stride": stride}
    return ops.im2col(input, **params)  # type: ignore[no-any-return]


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Columns added up to images: see `minigrad.ops.col2im`."""
    params = {"kernel_size": kernel_size, "dilation": dilation, "padding": padding, "stride": stride}
    return ops.col2im(input, output_size=output_size, **params)  # type: ignore[no-any-return]


# ---- losses ---------------------------------------------------------------------------------------------------------
def cross_entropy(
    input: Tensor,
    target: Any,
    weight: Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """The negative log likelihood of targets under softmax(input): see `minigrad.ops.cross_entropy`.

    >>> import minigrad as mg
    >>> x = mg.tensor([[0.0, 0.0]], requires_grad=True)
    >>> cross_entropy(x, mg.tensor([1])).backward()
    >>> x.grad
    tensor([[ 0.5, -0.5]])
    """
    params: dict[str, Any] = {"ignore_index": ignore_index, "reduction": reduction}
    params["label_smoothing"] = label_smoothing
    target = target if isinstance(target, Tensor) else raw_index(target)
    if weight is None:
        return ops.cross_entropy(input, target, **params)  # type: ignore[no-any-return]
    return ops.cross_entropy(input, target, weight, **params)  # type: ignore[no-any-return]


def mse_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """The squared difference: see `minigrad.ops.mse_loss`."""
    return ops.mse_loss(input, target, reduction=reduction)  # type: ignore[no-any-return]


def l1_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """The absolute difference: see `minigrad.ops.l1_loss`."""
    return ops.l1_loss(input, target, reduction=reduction)  # type: ignore[no-any-return]


def huber_loss(input: Tensor, target: Tensor, *, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Half the squared difference up to `delta`, then a line: see `minigrad.ops.huber_loss`."""
    return ops.huber_loss(input, target, reduction=reduction, delta=delta)  # type: ignore[no-any-return]


def smooth_l1_loss(input: Tensor, target: Tensor, *, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """`huber_loss` divided by its delta, here called beta; with beta = 0 the absolute difference.

    Raises:
        ShapeError: if the shapes differ.
        ArgumentError: for another reduction, or beta < 0.
    """
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    return huber_loss(input, target, reduction=reduction, delta=beta) / beta  # type: ignore[no-any-return]
