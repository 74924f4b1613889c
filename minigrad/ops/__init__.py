"""The ops: plain functions on Tensors and on arrays, one block each, a family to a file."""

from __future__ import annotations

from typing import Any

from ..core import alias, cast, expand, sum_to
from ..plan import Op
from . import (
    activation,
    compare,
    count,
    elementwise,
    functions,
    index,
    integrals,
    linalg,
    matrix,
    pairs,
    reduce,
    scan,
    shape,
    special,
    strided,
)
from .activation import elu, hardtanh, leaky_relu, log_softmax, logsigmoid, relu, silu, softmax, softplus
from .adaptive import adaptive_max_pool, fractional_max_pool
from .classification import cross_entropy
from .compare import (
    bitwise_and,
    bitwise_left_shift,
    bitwise_not,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    eq,
    ge,
    gt,
    isclose,
    isfinite,
    isinf,
    isnan,
    isneginf,
    isposinf,
    le,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    lt,
    ne,
    signbit,
)
from .conv import col2im, conv, conv_input, conv_transpose, conv_weight, im2col
from .count import bincount, groups, histc, isin
from .decompose import cholesky, eigh, eigvalsh, qr, svd, svdvals
from .device import transfer
from .distance import cdist
from .elementwise import (
    abs,
    add,
    addcdiv,
    addcmul,
    clamp,
    copysign,
    div,
    floor_divide,
    fmod,
    frac,
    frexp,
    gcd,
    heaviside,
    lcm,
    lerp,
    maximum,
    minimum,
    mul,
    nan_to_num,
    neg,
    ratio,
    reciprocal,
    remainder,
    sign,
    square,
    sub,
    times,
    trunc_divide,
    where,
)
from .embedding import embedding
from .functions import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    ceil,
    cos,
    cosh,
    exp,
    exp2,
    expm1,
    floor,
    hypot,
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
from .integrals import bessel_i, erfcx, igamma, igammac, ndtri
from .linalg import linear, matmul, mT
from .loss import binary_cross_entropy, huber_loss, l1_loss, mse_loss
from .lu import lu
from .matrix import det, matrix_exp, matrix_rank, pinv, slogdet
from .norm import rescale, rms_norm, standardize
from .order import kthvalue_at, median, median_at, mode_at, searchsorted, topk_at
from .pad import fold_pad, pad
from .pairs import fmax, fmin, nextafter
from .pool import avg_pool, avg_pool_input, max_pool, max_unpool, pool_put, pool_take
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
from .resample import resample
from .sample import dropout
from .scan import cummax, cummin, linear_scan, logcumsumexp
from .scatter import scatter_extreme
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
from .solve import inv, solve, solve_triangular
from .special import (
    digamma,
    entr,
    erf,
    erfc,
    erfinv,
    lgamma,
    logaddexp,
    logaddexp2,
    logit,
    polygamma,
    sinc,
    sinc_slope,
    xlog1py,
    xlogy,
)
from .strided import as_strided, diagonal, diagonal_put, strided_put, unfold, unfold_put
from .vector_norm import vector_norm

FAMILIES = (
    activation,
    compare,
    count,
    elementwise,
    functions,
    index,
    integrals,
    linalg,
    matrix,
    pairs,
    reduce,
    scan,
    shape,
    special,
    strided,
)  # those with methods


def registry() -> dict[str, Any]:
    """Every op by name."""
    return {name: f for name, f in sorted(globals().items()) if isinstance(getattr(f, "op", None), Op)}
