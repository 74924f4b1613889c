"""Attention, lengths and distances beside PyTorch's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from layer_cases import PAIRS
from op_samples.case import distinct, f
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F
from minigrad import nn

TF = torch.nn.functional
Q, K, V = f(2, 4, 3, 5), f(2, 4, 6, 5, seed="k"), f(2, 4, 6, 2, seed="v")
SEEN = f(3, 6, seed="m") > -0.5
SEEN[1] = False  # a query that sees nothing


def both(*xs: Any, mask: Any = None, order: int = 2, **params: Any) -> None:
    agree(
        lambda q, k, v: F.scaled_dot_product_attention(
            q, k, v, None if mask is None else mg.tensor(mask), **params
        ),
        lambda q, k, v: TF.scaled_dot_product_attention(
            q, k, v, None if mask is None else torch.tensor(mask), **params
        ),
        *xs,
        order=order,
    )


MASKS = {
    "bool": SEEN,
    "bool, a batch": f(2, 1, 3, 6) > 0,
    "numbers": f(3, 6),
    "numbers, heads": f(4, 3, 6),
    "minus infinity": np.where(SEEN, f(3, 6), -np.inf),
}


@pytest.mark.parametrize("params", [{}, {"scale": 0.3}, {"is_causal": True}, {"dropout_p": 1.0}])
def test_attention(params: Any) -> None:
    both(Q, K, V, **params)
    both(Q[0], K[0], V[0], **params)
    both(Q[0, 0], K[0, 0], V[0, 0], **params)
    both(Q, K[:, :1], V[:, :1], **params)


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_masks(mask: Any) -> None:
    both(Q, K, V, mask=mask)


def test_heads_share_keys() -> None:
    both(Q, K[:, :2], V[:, :2], enable_gqa=True)
    both(Q, K[:, :1], V[:, :2], enable_gqa=True, mask=SEEN)
    both(Q, K, V, enable_gqa=True, is_causal=True)


def test_a_mask_learns() -> None:
    agree(
        lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, m),
        lambda q, k, v, m: TF.scaled_dot_product_attention(q, k, v, m),
        *(Q, K, V, f(3, 6)),
        order=1,
    )


def test_nothing_to_look_at() -> None:
    both(Q, K[:, :, :0], V[:, :, :0], order=1)
    both(Q[:, :, :0], K, V, order=1)


# ---- lengths --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("p", [2.0, 1.0, 3.0, 0.5, math.inf, -1.0])
def test_normalize_and_distance(p: float) -> None:
    x, y = distinct(3, 4, 2), distinct(3, 4, 2, seed="y")
    for dim in (1, 0, -1, (1, 2)):
        agree(lambda x, d=dim: F.normalize(x, p, d), lambda x, d=dim: TF.normalize(x, p, d), x)
    for keepdim in (False, True):
        agree(
            lambda x, y, k=keepdim: F.pairwise_distance(x, y, p, 1e-3, k),
            lambda x, y, k=keepdim: TF.pairwise_distance(x, y, p, 1e-3, k),
            *(x, y),
        )


def test_normalize_zeros() -> None:
    x = f(3, 4)
    x[1] = 0.0
    agree(lambda x: F.normalize(x, eps=0.1), lambda x: TF.normalize(x, eps=0.1), x, order=1)


@pytest.mark.parametrize(
    "shapes", [((3, 4, 2), (3, 4, 2)), ((3, 4), (1, 4)), ((3, 4), (4,)), ((2, 1, 4), (3, 4))]
)
def test_cosine_similarity(shapes: Any) -> None:
    for dim in (1, 0, -1):
        agree(
            lambda x, y, d=dim: F.cosine_similarity(x, y, d),
            lambda x, y, d=dim: TF.cosine_similarity(x, y, d),
            *(f(*shapes[0]), f(*shapes[1], seed="y")),
        )


def test_cosine_similarity_below_eps_has_the_gradient_of_its_value() -> None:
    """PyTorch clamps the length without telling autograd; here a gradient is that of x / eps."""
    x, y = (
        mg.tensor([[1e-3, 2e-3]], dtype=mg.float64, requires_grad=True),
        mg.tensor([[3.0, 4.0]], dtype=mg.float64),
    )
    F.cosine_similarity(x, y, eps=0.1).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [[6.0, 8.0]], rtol=1e-12)


@pytest.mark.parametrize("make", PAIRS.values(), ids=PAIRS)
def test_layers(make: Any) -> None:
    mine, theirs = make(nn), make(torch.nn)
    assert repr(mine) == repr(theirs)
    agree(mine, theirs, f(3, 4), f(3, 4, seed="y"))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_attention_in_low_precision(dtype: str) -> None:
    xs = [mg.tensor(x, dtype=dtype) for x in (Q, K, V)]
    y = F.scaled_dot_product_attention(*xs, is_causal=True)
    want = TF.scaled_dot_product_attention(*map(torch.tensor, (Q, K, V)), is_causal=True)
    assert y.dtype == xs[0].dtype
    close(y.to(mg.float64), want, {"float16": 4e-3, "bfloat16": 3e-2, "float32": 1e-5}[dtype])
