"""Attention."""

from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..backend import namespace_of
from ..core import Tensor
from ..dtypes import bool_, is_float
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from .dropout import dropout

NAME = "scaled_dot_product_attention"


def checked(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None, dropout_p: float) -> None:
    """Refuse inputs that do not fit together.

    Raises:
        ShapeError, DTypeError, ArgumentError: for extents, dtypes and a probability that do not fit.
    """
    three = f"query is {describe(query)}, key {describe(key)}, value {describe(value)}"
    if min(len(t.shape) for t in (query, key, value)) < 2:
        raise ShapeError(f"{NAME}: {three}; (..., L, E), (..., S, E), (..., S, EV) are wanted")
    if not is_float(query.dtype) or not query.dtype == key.dtype == value.dtype:
        raise DTypeError(f"{NAME}: {three}; one floating dtype is wanted")
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ShapeError(f"{NAME}: {three}: query and key differ in their last extent, or key and value in S")
    if attn_mask is not None and attn_mask.dtype != bool_ and not is_float(attn_mask.dtype):
        raise DTypeError(f"{NAME}: attn_mask is {attn_mask.dtype}, where bool or a floating dtype is wanted")
    if not 0.0 <= dropout_p <= 1.0:
        raise ArgumentError(f"{NAME}: dropout_p is {dropout_p}, and a probability lies between 0 and 1")


def grouped(x: Any, heads: int) -> Any:
    """The rows of all heads that share one of `heads` heads as the rows of that one."""
    *lead, own, rows, columns = x.shape
    if heads < 1 or own % heads:
        raise ShapeError(
            f"{NAME}: enable_gqa: {heads} heads of key or value do not divide the {own} of query"
        )
    return ops.reshape(x, shape=(*lead, heads, own // heads * rows, columns))


def products(a: Any, b: Any, enable_gqa: bool) -> Any:
    """a @ b, where with enable_gqa several heads of a share one of b."""
    if not enable_gqa or min(len(a.shape), len(b.shape)) < 3 or a.shape[-3] == b.shape[-3]:
        return ops.matmul(a, b)
    y = ops.matmul(grouped(a, b.shape[-3]), b)
    return ops.reshape(y, shape=(*y.shape[:-3], *a.shape[-3:-1], y.shape[-1]))


def masked(scores: Any, attn_mask: Tensor | None, is_causal: bool) -> Any:
    """The scores, -inf where a query may not look."""
    shape = scores.shape
    if is_causal:
        rows, columns = (namespace_of(scores.data).arange(n) for n in shape[-2:])
        return ops.masked_fill(scores, Tensor(columns > rows[:, None]), -math.inf)
    if attn_mask is None:
        return scores
    tail = shape[max(len(shape) - len(attn_mask.shape), 0) :]
    if len(attn_mask.shape) > len(shape) or any(
        n not in (1, m) for n, m in zip(attn_mask.shape, tail, strict=True)
    ):
        raise ShapeError(f"{NAME}: attn_mask is {describe(attn_mask)}, the scores {[*shape]}")
    if attn_mask.dtype == bool_:
        return ops.where(attn_mask, scores, -math.inf)
    return scores + (attn_mask if attn_mask.dtype == scores.dtype else attn_mask.to(scores.dtype))


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query key^T scale + mask) value; a query that may look nowhere gets zeros, and no gradient.

    Args:
        attn_mask: bool, True where a query may look, or numbers that are added to the scores.
        dropout_p: the probability with which a weight is dropped; also outside of training.
        is_causal: whether query i sees the keys 0 to i alone.
        scale: by default 1 / sqrt(E).
        enable_gqa: whether several heads of query, in dim -3, may share one of key and value.

    Shapes:
        query (..., L, E), key (..., S, E), value (..., S, EV), attn_mask broadcasts to (..., L, S) -> (..., L, EV)

    Raises:
        ShapeError, DTypeError: if shapes or dtypes do not fit.
        ArgumentError: for a dropout_p outside of 0 to 1, or attn_mask together with is_causal.

    Source: Vaswani et al. 2017, "Attention is all you need", equation 1.

    >>> import minigrad as mg
    >>> x = mg.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> scaled_dot_product_attention(x, x, x, is_causal=True)[0]
    tensor([1., 0.])
    """
    checked(query, key, value, attn_mask, dropout_p)
    if is_causal and attn_mask is not None:
        raise ArgumentError(
            f"{NAME}: attn_mask and is_causal are both given: put the triangle into attn_mask"
        )
    by = 1.0 / math.sqrt(max(query.shape[-1], 1)) if scale is None else scale
    scores = masked(products(query * by, ops.mT(key), enable_gqa), attn_mask, is_causal)
    blind = None if attn_mask is None else Tensor((scores.data == -math.inf).all(-1, keepdims=True))
    if blind is None or not blind.data.any():
        weights = ops.softmax(scores, dim=-1)
    else:
        weights = ops.masked_fill(ops.softmax(ops.masked_fill(scores, blind, 0.0), dim=-1), blind, 0.0)
    if dropout_p:
        weights = dropout(weights, dropout_p)
    return products(weights, value, enable_gqa)  # type: ignore[no-any-return]
