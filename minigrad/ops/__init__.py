"""The ops: plain functions on Tensors and on arrays, one block each, a family to a file."""

from __future__ import annotations

from typing import Any

from ..core import alias, cast, expand, sum_to
from ..plan import Op
from . import activation, compare, elementwise, functions, index, linalg, reduce, shape
from .activation import elu, hardtanh, leaky_relu, log_softmax, logsigmoid, relu, silu, softmax, softplus
from .classification import cross_entropy
from .compare import (
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    eq,
    ge,
    gt,
    isclose,
    isfinite,
    isinf,
    isnan,
    le,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    lt,
    ne,
)
from .conv import col2im, conv2d, conv2d_input, conv2d_weight, conv_transpose2d, im2col
from .elementwise import (
    abs,
    add,
    clamp,
    div,
    floor_divide,
    fmod,
    lerp,
    maximum,
    minimum,
    mul,
    neg,
    ratio,
    reciprocal,
    remainder,
    sign,
    square,
    sub,
    trunc_divide,
    where,
)
from .functions import (
    acos,
    asin,
    atan,
    ceil,
    cos,
    cosh,
    exp,
    exp2,
    expm1,
    floor,
    log,
    log1p,
    log2,
    log10,
    pow,
    round,
    rsqrt,
    sigmoid,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
    trunc,
)
from .index import (
    argsort,
    gather,
    getitem,
    index_select,
    masked_fill,
    nonzero,
    one_hot,
    overwritten,
    put,
    put_along,
    setitem,
)
from .linalg import linear, matmul, mT
from .loss import huber_loss, l1_loss, mse_loss
from .pad import fold_pad, pad
from .pool import avg_pool2d, avg_pool2d_input, max_pool2d, pool_put, pool_take
from .reduce import (
    all,
    amax,
    amin,
    any,
    argmax,
    argmin,
    count_nonzero,
    cumprod,
    cumsum,
    logsumexp,
    max,
    mean,
    min,
    prod,
    std,
    sum,
    var,
)
from .sample import dropout
from .shape import (
    cat,
    clone,
    flatten,
    flip,
    movedim,
    permute,
    reshape,
    roll,
    split,
    squeeze,
    stack,
    tile,
    transpose,
    tril,
    triu,
    unbind,
    unflatten,
    unsqueeze,
)

FAMILIES = (activation, compare, elementwise, functions, index, linalg, reduce, shape)  # those with methods


def registry() -> dict[str, Any]:
    """Every op by name."""
    return {name: f for name, f in sorted(globals().items()) if isinstance(getattr(f, "op", None), Op)}
