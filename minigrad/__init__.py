"""minigrad: a GPU-accelerated autodiff framework that a reader can hold in their head.

The names are PyTorch's. A program imports `minigrad.data`, `.io`, `.models` and `.testing` if it needs them.
"""

from __future__ import annotations

from typing import Any

from . import autograd, dtypes, errors, func, functional, nn, ops, optim, random
from .autograd import checkpoint, enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from .core import Tensor, op
from .creation import (
    arange,
    asarray,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from .dtypes import (
    bool_,
    float16,
    float32,
    float64,
    get_default_dtype,
    int8,
    int16,
    int32,
    int64,
    set_default_dtype,
    uint8,
)
from .dtypes import bool_ as bool
from .dtypes import float16 as half
from .dtypes import float32 as float
from .dtypes import float64 as double
from .dtypes import int16 as short
from .dtypes import int32 as int
from .dtypes import int64 as long
from .functional import conv2d, conv_transpose2d, log_softmax, max_pool2d, softmax
from .ops import (
    abs,
    acos,
    add,
    all,
    amax,
    amin,
    any,
    argmax,
    argmin,
    argsort,
    asin,
    atan,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    ceil,
    clamp,
    clone,
    cos,
    cosh,
    count_nonzero,
    eq,
    exp,
    exp2,
    expm1,
    flatten,
    flip,
    floor,
    floor_divide,
    fmod,
    ge,
    gt,
    isclose,
    isfinite,
    isinf,
    isnan,
    le,
    lerp,
    log,
    log1p,
    log2,
    log10,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    logsumexp,
    lt,
    masked_fill,
    matmul,
    maximum,
    minimum,
    movedim,
    mul,
    ne,
    neg,
    permute,
    pow,
    reciprocal,
    relu,
    remainder,
    reshape,
    roll,
    round,
    rsqrt,
    sigmoid,
    sign,
    sin,
    sinh,
    sqrt,
    square,
    squeeze,
    sub,
    tan,
    tanh,
    tile,
    transpose,
    tril,
    triu,
    trunc,
    unbind,
    unflatten,
    unsqueeze,
    where,
)
from .random import (
    Generator,
    default_generator,
    initial_seed,
    manual_seed,
    normal,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
    randperm,
)
from .surface.elementwise import allclose, div, equal
from .surface.index import gather, index_select, nonzero, scatter, scatter_add, sort, take_along_dim, topk
from .surface.matrix import bmm, dot, mm, mv, outer
from .surface.reduce import cumprod, cumsum, max, mean, min, prod, std, sum, var
from .surface.shape import broadcast_to, cat, chunk, split, stack, t
from .tensor import tensor

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "bfloat16":  # comes from ml_dtypes, which is loaded when it is asked for
        return dtypes.bfloat16()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
