"""minigrad/ops/shape.py, pad.py and their PyTorch signatures, compared with PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from op_samples.case import f
from torch_parity import agree, torch

import minigrad as mg
from minigrad import functional as F
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

TF = torch.nn.functional

METHODS: list[tuple[str, tuple[int, ...], tuple[Any, ...]]] = [
    ("reshape", (2, 6), (3, -1)),
    ("reshape", (2, 6), ((4, 3),)),
    ("view", (2, 6), (3, 4)),
    ("view", (2, 6), ((-1,),)),
    ("permute", (2, 3, 4), (2, 0, 1)),
    ("permute", (2, 3, 4), ((-1, 0, 1),)),
    ("transpose", (2, 3, 4), (0, 2)),
    ("transpose", (2, 3, 4), (-1, -2)),
    ("movedim", (2, 3, 4), (0, 2)),
    ("movedim", (2, 3, 4), ((0, 1), (2, 0))),
    ("flatten", (2, 3, 4), ()),
    ("flatten", (2, 3, 4), (1,)),
    ("flatten", (2, 3, 4), (0, 1)),
    ("flatten", (), ()),
    ("unflatten", (2, 6), (1, (2, -1))),
    ("squeeze", (1, 3, 1), ()),
    ("squeeze", (1, 3, 1), (0,)),
    ("squeeze", (1, 3, 1), (1,)),
    ("squeeze", (1, 3, 1), ((0, 2),)),
    ("unsqueeze", (2, 3), (1,)),
    ("unsqueeze", (2, 3), (-1,)),
    ("expand", (3, 1), (2, -1, 4)),
    ("expand", (3, 1), ((3, 5),)),
    ("expand", (), (2, 2)),
    ("flip", (2, 3), (0,)),
    ("flip", (2, 3), ((0, 1),)),
    ("roll", (2, 3), (4,)),
    ("roll", (2, 3), ((1, -1), (0, 1))),
    ("tile", (2, 3), (2,)),
    ("tile", (3,), (2, 2)),
    ("repeat", (2, 3), (2, 1, 2)),
    ("repeat", (), (3,)),
    ("tril", (3, 4), (-1,)),
    ("triu", (2, 3, 3), (1,)),
    ("t", (2, 3), ()),
    ("t", (3,), ()),
    ("split", (5, 2), (2,)),
    ("split", (2, 5), (2, 1)),
    ("split", (2, 5), ([1, 4], -1)),
    ("split", (0, 2), (2,)),
    ("chunk", (5, 2), (3,)),
    ("chunk", (5, 2), (9,)),
    ("chunk", (2, 0), (3, 1)),
    ("unbind", (3, 2), ()),
    ("unbind", (3, 2), (-1,)),
    ("clone", (2, 3), ()),
    ("contiguous", (2, 3), ()),
]


@pytest.mark.parametrize(("name", "shape", "args"), METHODS, ids=lambda v: str(v).replace(" ", ""))
def test_methods(name: str, shape: tuple[int, ...], args: tuple[Any, ...]) -> None:
    agree(lambda x: getattr(x, name)(*args), lambda x: getattr(x, name)(*args), f(*shape))


FUNCTIONS: list[tuple[str, tuple[Any, ...]]] = [
    ("reshape", ((3, -1),)),
    ("permute", ((1, 0),)),
    ("transpose", (0, 1)),
    ("movedim", (0, 1)),
    ("flatten", ()),
    ("unflatten", (1, (2, 3))),
    ("squeeze", ()),
    ("unsqueeze", (0,)),
    ("broadcast_to", ((2, 2, 6),)),
    ("flip", ((0,),)),
    ("roll", (1, 1)),
    ("tile", ((2, 2),)),
    ("tril", ()),
    ("triu", (1,)),
    ("t", ()),
    ("split", (4, 1)),
    ("chunk", (2, 1)),
    ("unbind", (1,)),
]


@pytest.mark.parametrize(("name", "args"), FUNCTIONS, ids=lambda v: str(v).replace(" ", ""))
def test_functions(name: str, args: tuple[Any, ...]) -> None:
    agree(lambda x: getattr(mg, name)(x, *args), lambda x: getattr(torch, name)(x, *args), f(2, 6))


def test_joining() -> None:
    agree(lambda a, b: mg.cat([a, b, a], 1), lambda a, b: torch.cat([a, b, a], 1), f(2, 3), f(2, 1))
    agree(lambda a, b: mg.cat((a, b), dim=-2), lambda a, b: torch.cat((a, b), dim=-2), f(2, 3), f(1, 3))
    agree(
        lambda a, b: mg.stack([a, b, a], 1),
        lambda a, b: torch.stack([a, b, a], 1),
        f(2, 3),
        f(2, 3, seed="b"),
    )
    agree(lambda a, b: mg.stack((a, b), -1), lambda a, b: torch.stack((a, b), -1), f(2), f(2, seed="b"))


def test_joining_promotes_as_pytorch_does() -> None:
    for dtypes in (("int32", "int64"), ("int64", "float32"), ("bool", "uint8"), ("float32", "float64")):
        ours = mg.cat([mg.ones(2, dtype=d) for d in dtypes])
        theirs = torch.cat([torch.ones(2, dtype=getattr(torch, d)) for d in dtypes])
        assert f"torch.{ours.dtype}" == str(theirs.dtype)


def test_an_unused_part_has_a_gradient_of_zeros() -> None:
    agree(lambda x: x.split(2)[1], lambda x: x.split(2)[1], f(5, 2))
    agree(lambda x: mg.unbind(x)[2] * x[0], lambda x: torch.unbind(x)[2] * x[0], f(3, 2))


PADS: list[tuple[tuple[int, ...], tuple[int, ...], str]] = [
    ((2, 3, 4), (1, 2), "constant"),
    ((2, 3, 4), (1, 0, 0, 2, 1, 1), "constant"),
    ((2, 3, 4), (-1, 1, 0, -2), "constant"),
    ((2, 3, 4), (3, 1), "reflect"),
    ((2, 3, 4, 5), (1, 2, 3, 1), "reflect"),
    ((2, 3, 4), (5, 6), "replicate"),
    ((2, 3, 4, 5), (1, 2, 0, 6), "replicate"),
    ((2, 3, 4), (4, 3), "circular"),
    ((2, 3, 4, 5), (1, 2, 0, 4), "circular"),
]


@pytest.mark.parametrize(("shape", "amounts", "mode"), PADS, ids=lambda v: str(v).replace(" ", ""))
def test_pad(shape: tuple[int, ...], amounts: tuple[int, ...], mode: str) -> None:
    agree(lambda x: F.pad(x, amounts, mode), lambda x: TF.pad(x, amounts, mode), f(*shape))


def test_pad_with_a_value() -> None:
    agree(lambda x: F.pad(x, (1, 2), value=2.5), lambda x: TF.pad(x, (1, 2), value=2.5), f(2, 3))
    agree(lambda x: F.pad(x, [0, 1]), lambda x: TF.pad(x, [0, 1]), np.arange(3))


def test_misuse_is_one_sentence() -> None:
    x = mg.zeros(2, 3)
    for call, error, text in [
        (lambda: mg.cat([]), ArgumentError, "cat: tensors is empty"),
        (lambda: mg.cat(x), ArgumentError, "cat: tensors is a Tensor, where a list of tensors is wanted"),
        (lambda: mg.stack([x, [1.0]]), DTypeError, "stack: tensors[1] is a list, where a tensor is wanted"),
        (lambda: x.split(0), ShapeError, "split: a split size of 0"),
        (lambda: x.split([1, 2]), ShapeError, "split: sizes [1, 2] do not add up to 2"),
        (lambda: x.split(1, 2), IndexingError, "split: dim 2 is outside of 2 dimensions"),
        (lambda: mg.zeros(()).split(1), ShapeError, "split: a 0-d tensor has no dim to divide"),
        (lambda: x.chunk(0), ArgumentError, "chunk: chunks is 0"),
        (lambda: x.T.view(6), ShapeError, "view: float32[3, 2] cannot be seen as [6] without a copy"),
        (lambda: x.expand(2, 4), ShapeError, "expand: "),
        (lambda: x.expand(3), ShapeError, "expand: float32[2, 3] does not expand to [3]"),
        (lambda: x.expand(-1, 2, 3), ShapeError, "expand: float32[2, 3] does not expand to [-1, 2, 3]"),
        (lambda: x.repeat(2), ShapeError, "repeat: 1 sizes for 2 dimensions"),
        (lambda: mg.zeros(2, 2, 2).t(), ShapeError, "t: float32[2, 2, 2] is not a matrix"),
        (lambda: mg.zeros(2, 2, 2).T, ShapeError, "t: float32[2, 2, 2] is not a matrix"),
    ]:
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value).startswith(text)
