"""Attention, embeddings, lengths: plain loops, and what is refused."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from op_samples.case import f

import minigrad as mg
from minigrad import functional as F
from minigrad import nn
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

Q, K, V = f(2, 3), f(4, 3), f(4, 5)
q, k, v = (mg.tensor(a) for a in (Q, K, V))


# ---- attention ------------------------------------------------------------------------------------------------------
def attended(seen: Any, scale: float, bias: Any = None) -> np.ndarray:
    y = np.zeros((2, 5))
    for i in range(2):
        scores = {
            j: math.fsum(Q[i] * K[j]) * scale + (0.0 if bias is None else bias[i, j])
            for j in range(4)
            if seen(i, j)
        }
        total = math.fsum(map(math.exp, scores.values()))
        for j, e in itertools.product(scores, range(5)):
            y[i, e] += math.exp(scores[j]) / total * V[j, e]
    return y


def test_attention_is_a_mean_of_values_weighted_by_scores() -> None:
    bias, seen = f(2, 4), f(2, 4, seed="s") > 0
    cases = [
        ({}, lambda i, j: True, 3**-0.5, None),
        ({"scale": 0.2}, lambda i, j: True, 0.2, None),
        ({"is_causal": True}, lambda i, j: j <= i, 3**-0.5, None),
        ({"attn_mask": mg.tensor(seen)}, lambda i, j: seen[i, j], 3**-0.5, None),
        ({"attn_mask": mg.tensor(bias)}, lambda i, j: True, 3**-0.5, bias),
    ]
    for params, see, scale, add in cases:
        y = F.scaled_dot_product_attention(q, k, v, **params)
        np.testing.assert_allclose(y.numpy(), attended(see, scale, add), rtol=1e-12, atol=1e-13)


def test_a_query_that_sees_nothing_gets_zeros_and_no_gradient() -> None:
    leaf = mg.tensor(Q, requires_grad=True)
    y = F.scaled_dot_product_attention(leaf, k, v, mg.tensor([[False] * 4, [True] * 4]))
    y.sum().backward()
    assert y[0].tolist() == [0.0] * 5 and leaf.grad[0].tolist() == [0.0] * 3
    assert np.isfinite(leaf.grad.numpy()).all() and leaf.grad[1].abs().sum().item() > 0


def test_dropped_weights_are_zero_and_the_mean_stays() -> None:
    mg.manual_seed(0)
    ones = mg.ones(2, 2000, 1)
    y = F.scaled_dot_product_attention(mg.zeros(2, 5, 3), mg.zeros(2, 2000, 3), ones, dropout_p=0.25)
    assert y.numpy() == pytest.approx(1.0, abs=0.06) and (y.numpy() != 1.0).all()


# ---- embeddings -----------------------------------------------------------------------------------------------------
TABLE, BAG = f(5, 2), [3, 0, 0, 4, 1]
table, bag = mg.tensor(TABLE), mg.tensor(BAG)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_bags(mode: str) -> None:
    y = F.embedding_bag(bag, table, mg.tensor([0, 2, 2]), mode=mode, padding_idx=4).numpy()
    for row, members in zip(y, ([3, 0], [], [0, 1]), strict=True):
        for d in range(2):
            column = [TABLE[i, d] for i in members] or [0.0]
            want = {"sum": math.fsum(column), "mean": math.fsum(column) / len(column), "max": max(column)}[
                mode
            ]
            assert row[d] == pytest.approx(want, rel=1e-13)


def test_the_gradient_of_a_row_is_the_sum_of_those_of_its_uses() -> None:
    for params, want in [
        ({}, [2, 1, 0, 1, 1]),
        ({"padding_idx": 0}, [0, 1, 0, 1, 1]),
        ({"scale_grad_by_freq": True}, [1, 1, 0, 1, 1]),
    ]:
        leaf = mg.tensor(TABLE, requires_grad=True)
        F.embedding(bag, leaf, **params).sum().backward()
        assert leaf.grad.tolist() == [[n, n] for n in want]


def test_long_rows_are_scaled_if_they_are_named() -> None:
    leaf = mg.tensor([[3.0, 4.0], [6.0, 8.0], [0.3, 0.4]], requires_grad=True)
    y = F.embedding(mg.tensor([0, 2]), leaf, max_norm=1.0)
    np.testing.assert_allclose(y.detach().numpy(), [[0.6, 0.8], [0.3, 0.4]], rtol=1e-6)
    assert leaf[1].tolist() == [6.0, 8.0]
    with pytest.raises(IndexingError, match="embedding: index 3"):
        F.embedding(mg.tensor([1, 3]), leaf, max_norm=1.0)
    assert leaf[1].tolist() == [6.0, 8.0]  # nothing is written before an error


# ---- lengths --------------------------------------------------------------------------------------------------------
def test_lengths_and_angles() -> None:
    a, b = (
        mg.tensor([[3.0, 4.0], [0.0, 0.0]], dtype=mg.float64),
        mg.tensor([[4.0, 3.0], [1.0, 2.0]], dtype=mg.float64),
    )
    assert F.cosine_similarity(a, b).tolist() == [pytest.approx(0.96, rel=1e-14), 0.0]
    assert F.normalize(a, p=1.0).tolist() == [[pytest.approx(3 / 7), pytest.approx(4 / 7)], [0.0, 0.0]]
    assert F.pairwise_distance(a, b, p=math.inf, eps=0.0).tolist() == [1.0, 2.0]


@pytest.mark.parametrize("p", [0.5, 1.0, 1.5, 2.0, 3.0, math.inf])
def test_gradients_at_zero_are_zero(p: float) -> None:
    x = mg.zeros(2, 3, requires_grad=True)
    F.normalize(x, p).sum().backward()
    assert np.isfinite(x.grad.numpy()).all()
    y = mg.zeros(2, 3, requires_grad=True)
    F.pairwise_distance(y, mg.zeros(2, 3), p, eps=0.0).sum().backward()
    assert y.grad.tolist() == [[0.0] * 3] * 2


# ---- what is refused ------------------------------------------------------------------------------------------------
sdpa = F.scaled_dot_product_attention
REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda: sdpa(q[0], k, v), ShapeError, r"scaled_dot_product_attention: query is float64\[3\]"),
    (lambda: sdpa(q.to(mg.float32), k, v), DTypeError, "query is float32.*one floating dtype"),
    (lambda: sdpa(q.to(mg.int64), k.to(mg.int64), v.to(mg.int64)), DTypeError, "one floating dtype"),
    (lambda: sdpa(q, v, v), ShapeError, "query and key differ in their last extent"),
    (lambda: sdpa(q, k, v[:3]), ShapeError, "or key and value in S"),
    (lambda: sdpa(q, k, v, mg.zeros(2, 4).to(mg.int64)), DTypeError, "attn_mask is int64"),
    (lambda: sdpa(q, k, v, mg.zeros(3, 4)), ShapeError, r"attn_mask is float32\[3, 4\], the scores \[2, 4\]"),
    (
        lambda: sdpa(q, k, v, mg.zeros(3, 4) > 0),
        ShapeError,
        r"attn_mask is bool\[3, 4\], the scores \[2, 4\]",
    ),
    (
        lambda: sdpa(q, k, v, mg.zeros(4), is_causal=True),
        ArgumentError,
        "attn_mask and is_causal are both given",
    ),
    (lambda: sdpa(q, k, v, dropout_p=1.5), ArgumentError, "dropout_p is 1.5"),
    (
        lambda: sdpa(mg.zeros(4, 2, 3), mg.zeros(3, 2, 3), mg.zeros(3, 2, 3), enable_gqa=True),
        ShapeError,
        "3 heads of key or value do not divide the 4 of query",
    ),
    (lambda: F.embedding(bag, table[0]), ShapeError, r"embedding: weight is float64\[2\]"),
    (lambda: F.embedding(q, table), DTypeError, "embedding: input is float64"),
    (lambda: F.embedding(bag, table, sparse=True), DTypeError, "embedding: sparse=True"),
    (lambda: F.embedding(bag, table, padding_idx=5), ArgumentError, "embedding: padding_idx is 5"),
    (lambda: F.embedding(bag, table[:2]), IndexingError, "embedding: index 3 is outside of 0..1"),
    (lambda: F.embedding_bag(bag, table), ShapeError, "embedding_bag: .*offsets None"),
    (
        lambda: F.embedding_bag(bag.reshape(1, 5), table, mg.tensor([0])),
        ArgumentError,
        "offsets goes with a 1-d",
    ),
    (
        lambda: F.embedding_bag(bag, table, mg.tensor([1, 2])),
        ArgumentError,
        r"offsets \[1, 2\] do not rise from 0",
    ),
    (lambda: F.embedding_bag(bag, table, mg.tensor([0, 3, 2])), ArgumentError, "do not rise"),
    (
        lambda: F.embedding_bag(bag, table, mg.tensor([0, 6])),
        ArgumentError,
        "do not rise from 0 to at most 5",
    ),
    (lambda: F.embedding_bag(bag, table, mg.tensor([0]), mode="prod"), ArgumentError, "mode is 'prod'"),
    (
        lambda: F.embedding_bag(bag, table, mg.tensor([0]), mode="max", scale_grad_by_freq=True),
        ArgumentError,
        "scale_grad_by_freq does not go with mode 'max'",
    ),
    (
        lambda: F.embedding_bag(bag, table, mg.tensor([0]), per_sample_weights=q),
        ArgumentError,
        "goes with mode 'sum'",
    ),
    (
        lambda: F.embedding_bag(bag, table, mg.tensor([0]), mode="sum", per_sample_weights=q),
        ShapeError,
        r"per_sample_weights is float64\[2, 3\]",
    ),
    (lambda: nn.Embedding(3, 2, padding_idx=3), ArgumentError, "Embedding: padding_idx is 3"),
    (lambda: nn.Embedding(-1, 2), ArgumentError, "Embedding: num_embeddings is -1"),
    (
        lambda: nn.Embedding(3, 2, _weight=mg.zeros(2, 2)),
        ShapeError,
        r"Embedding: _weight is float32\[2, 2\]",
    ),
    (lambda: nn.Embedding.from_pretrained(mg.zeros(3)), ShapeError, r"Embedding: embeddings is float32\[3\]"),
    (lambda: nn.EmbeddingBag(3, 2, mode="min"), ArgumentError, "EmbeddingBag: mode is 'min'"),
    (lambda: F.normalize(bag), DTypeError, "vector_norm: x is int64"),
    (lambda: F.normalize(q, dim=2), IndexingError, "vector_norm: dim 2"),
    (lambda: F.normalize(q, out=q), ArgumentError, "normalize: out is not supported"),
    (lambda: F.cosine_similarity(bag, bag), DTypeError, "cosine_similarity: x1 is int64"),
    (lambda: F.cosine_similarity(q, k), ShapeError, r"cosine_similarity: x1 float64\[2, 3\] and x2"),
    (lambda: F.cosine_similarity(q, q, 2), IndexingError, "vector_norm: dim 2"),
    (lambda: F.pairwise_distance(bag, bag), DTypeError, "pairwise_distance: x1 is int64"),
    (lambda: F.pairwise_distance(q, k), ShapeError, r"sub: a float64\[2, 3\]"),
    (lambda: F.pairwise_distance(q, "k"), DTypeError, "sub: b is a str"),
]


@pytest.mark.parametrize(("call", "error", "match"), REFUSED)
def test_refused(call: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        call()
