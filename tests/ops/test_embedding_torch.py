"""Embeddings and bags of them beside PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from layer_cases import TABLES
from op_samples.case import f, ints
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F
from minigrad import nn

TF = torch.nn.functional
IDX = np.array([[0, 2, 2, 4], [1, 2, 3, 0]])


@pytest.mark.parametrize("padding_idx", [None, 2, -1])
@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (0,)])
def test_embedding(shape: tuple[int, ...], padding_idx: int | None, scale: bool) -> None:
    params = {"padding_idx": padding_idx, "scale_grad_by_freq": scale}
    i = ints(*shape, low=0, high=5)
    agree(
        lambda w: F.embedding(mg.tensor(i), w, **params),
        lambda w: TF.embedding(torch.tensor(i), w, **params),
        f(5, 3),
        order=1 if scale or not i.size else 2,  # PyTorch fails at the second of nothing
    )


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.5, float("inf")])
def test_max_norm_scales_the_table(norm_type: float) -> None:
    for call in ("embedding", "embedding_bag"):
        mine, theirs = mg.tensor(f(5, 3)), torch.tensor(f(5, 3))
        params = {"max_norm": 1.2, "norm_type": norm_type}
        close(
            getattr(F, call)(mg.tensor(IDX), mine, **params),
            getattr(TF, call)(torch.tensor(IDX), theirs, **params),
            1e-12,
        )
        close(mine, theirs, 1e-12)


# the bags of a 1-d input of 8: plain, empty ones among them, all in one
OFFSETS = [[0, 3, 5], [0, 0, 4, 4, 8], [0]]


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("padding_idx", [None, 2, -5])
@pytest.mark.parametrize("offsets", [None, *OFFSETS])
def test_embedding_bag(offsets: Any, padding_idx: int | None, mode: str) -> None:
    for include_last in (False, True):
        if include_last and (offsets is None or padding_idx is not None):
            continue
        params = {"mode": mode, "padding_idx": padding_idx}
        i, o = (IDX, None) if offsets is None else (IDX.ravel(), np.array(offsets + [8] * include_last))

        def bag(
            m: Any, w: Any, tensor: Any, i: Any = i, o: Any = o, p: Any = params, last: bool = include_last
        ) -> Any:
            where = () if o is None else (tensor(o),)
            return m.embedding_bag(tensor(i), w, *where, include_last_offset=last, **p)

        agree(lambda w: bag(F, w, mg.tensor), lambda w: bag(TF, w, torch.tensor), f(5, 3), order=1)


@pytest.mark.parametrize("mode", ["sum", "mean"])
def test_bags_scaled_by_frequency_are_sums_of_such_embeddings(mode: str) -> None:
    """PyTorch's own bags divide by the frequency of another row: its plain embedding is the reference here."""
    agree(
        lambda w: F.embedding_bag(mg.tensor(IDX), w, mode=mode, scale_grad_by_freq=True),
        lambda w: getattr(TF.embedding(torch.tensor(IDX), w, scale_grad_by_freq=True), mode)(1),
        f(5, 3),
        order=1,
    )


def test_factors_of_the_indices() -> None:
    for params in ({}, {"padding_idx": 2}):
        agree(
            lambda w, s, p=params: F.embedding_bag(mg.tensor(IDX), w, mode="sum", per_sample_weights=s, **p),
            lambda w, s, p=params: TF.embedding_bag(
                torch.tensor(IDX), w, mode="sum", per_sample_weights=s, **p
            ),
            f(5, 3),
            f(2, 4),
            order=1,
        )


def test_of_equal_elements_the_first_gets_the_gradient() -> None:
    i = np.array([[0, 2, 0, 3]])
    agree(
        lambda w: F.embedding_bag(mg.tensor(i), w, mode="max"),
        lambda w: TF.embedding_bag(torch.tensor(i), w, mode="max"),
        np.ones((4, 2)),
        order=1,
    )


@pytest.mark.parametrize("num_classes", [-1, 7])
def test_one_hot(num_classes: int) -> None:
    i = ints(3, 2, low=0, high=5)
    close(F.one_hot(mg.tensor(i), num_classes), TF.one_hot(torch.tensor(i), num_classes), 0.0)


@pytest.mark.parametrize("make", TABLES.values(), ids=TABLES)
def test_layers(make: Any) -> None:
    mine, theirs = make(nn).double(), make(torch.nn).double()
    assert repr(mine) == repr(theirs) and list(mine.state_dict()) == list(theirs.state_dict())
    if mine.padding_idx is not None and isinstance(mine, nn.Embedding):
        assert mine.weight.detach().numpy()[mine.padding_idx].tolist() == [0.0] * 3
    mine.load_state_dict(theirs.state_dict())
    y, z = mine(mg.tensor(IDX)), theirs(torch.tensor(IDX))
    close(y, z)
    (y * y).sum().backward()
    (z * z).sum().backward()
    close(mine.weight.grad, theirs.weight.grad)
    close(mine.weight, theirs.weight)


def test_from_pretrained() -> None:
    table = f(5, 3)
    for freeze in (True, False):
        mine = nn.Embedding.from_pretrained(mg.tensor(table), freeze, padding_idx=1)
        theirs = torch.nn.Embedding.from_pretrained(torch.tensor(table), freeze, padding_idx=1)
        assert repr(mine) == repr(theirs)
        assert mine.weight.requires_grad == theirs.weight.requires_grad
        close(mine(mg.tensor(IDX)), theirs(torch.tensor(IDX)), 0.0)
    assert nn.EmbeddingBag.from_pretrained(mg.tensor(table), mode="sum").mode == "sum"
