"""minigrad/ops/linalg.py and its PyTorch signatures, compared with PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
from op_samples.case import f, ints
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F
from minigrad.errors import DTypeError, ShapeError

SHAPES = [
    ((3, 4), (4, 2)),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 5, 3), (3,)),
    ((3,), (2, 3, 4)),
    ((2, 3, 4), (4, 2)),
    ((3, 4), (2, 4, 2)),
    ((2, 3, 4), (2, 4, 5)),
    ((2, 1, 3, 4), (5, 4, 2)),
    ((1, 3, 4), (2, 4, 2)),
    ((5, 2, 3, 4), (4, 2)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 3)),
    ((0, 2, 3), (3, 2)),
    ((2, 2, 0), (0, 3)),
]


@pytest.mark.parametrize(("a", "b"), SHAPES, ids=str)
def test_matmul(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    agree(lambda x, y: x @ y, lambda x, y: x @ y, f(*a), f(*b, seed="b"))


def test_matmul_of_memory_in_another_order() -> None:
    agree(lambda x, y: x.mT @ y.mT, lambda x, y: x.mT @ y.mT, f(4, 3), f(2, 4))
    agree(lambda x, y: x.mT @ y.mT, lambda x, y: x.mT @ y.mT, f(2, 4, 3), f(5, 4))
    agree(lambda x, y: x.permute(1, 2, 0) @ y, lambda x, y: x.permute(1, 2, 0) @ y, f(4, 2, 3), f(4, 5))
    agree(lambda x, y: x[:, ::2] @ y, lambda x, y: x[:, ::2] @ y, f(3, 4), f(2, 5))


@pytest.mark.parametrize(
    ("name", "a", "b"),
    [
        ("dot", (3,), (3,)),
        ("mv", (2, 3), (3,)),
        ("mm", (2, 3), (3, 4)),
        ("bmm", (2, 3, 4), (2, 4, 2)),
        ("outer", (2,), (3,)),
        ("matmul", (2, 3), (3,)),
    ],
)
def test_by_name(name: str, a: tuple[int, ...], b: tuple[int, ...]) -> None:
    x, y = f(*a), f(*b, seed="b")
    agree(lambda x, y: getattr(mg, name)(x, y), lambda x, y: getattr(torch, name)(x, y), x, y)
    agree(lambda x, y: getattr(x, name)(y), lambda x, y: getattr(x, name)(y), x, y)


@pytest.mark.parametrize("lead", [(), (3,), (2, 3), (0,), (2, 0, 3)], ids=str)
def test_linear(lead: tuple[int, ...]) -> None:
    x, w, b = f(*lead, 4), f(2, 4), f(2)
    agree(F.linear, torch.nn.functional.linear, x, w, b)
    agree(F.linear, torch.nn.functional.linear, x, w)


def test_the_output_of_linear_has_its_own_memory() -> None:
    w, b = mg.ones(2, 3), mg.zeros(2)
    y = F.linear(mg.ones(4, 3), w, b)
    y += 1.0
    assert b.tolist() == [0.0, 0.0] and w.tolist() == [[1.0] * 3] * 2


def test_integers() -> None:
    for dtype in ("uint8", "int32", "int64"):
        a, b = ints(3, 4, low=0).astype(dtype), ints(4, 2, low=0).astype(dtype)
        close(mg.tensor(a) @ mg.tensor(b), torch.tensor(a) @ torch.tensor(b))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_halves_are_summed_in_float32(dtype: str) -> None:
    """3000 products of 1 would stop at 2048 in float16 and at 256 in bfloat16."""
    ones = mg.ones(3000, dtype=dtype)
    assert (ones @ ones).tolist() in (3000.0, 3008.0) and (ones @ ones).dtype == mg.dtypes.as_dtype(dtype)
    x, w, b = mg.ones(1, 3000, dtype=dtype), mg.ones(2, 3000, dtype=dtype), mg.zeros(2, dtype=dtype)
    assert F.linear(x, w, b).tolist() in ([[3000.0] * 2], [[3008.0] * 2])
    v = mg.ones(3000, 1, dtype=dtype)
    w = mg.ones(2, 1, dtype=dtype, requires_grad=True)
    F.linear(v, w).backward(mg.ones(3000, 2, dtype=dtype))
    assert w.grad.dtype == w.dtype and w.grad.tolist() in ([[3000.0]] * 2, [[3008.0]] * 2)


def test_misuse_is_one_sentence() -> None:
    a, b = mg.zeros(2, 3), mg.zeros(2, 3)
    for call, error, text in [
        (lambda: a @ b, ShapeError, "matmul: a float32[2, 3] has 3 columns, b float32[2, 3] has 2 rows"),
        (lambda: a @ 2.0, DTypeError, "matmul: a float32[2, 3], b 2.0: "),
        (lambda: a @ [1.0, 2.0, 3.0], DTypeError, "matmul: b is a list"),
        (lambda: mg.dot(a, b), ShapeError, "dot: input is float32[2, 3], where 1 dimensions are wanted"),
        (lambda: mg.mm(a, b[0]), ShapeError, "mm: mat2 is float32[3], where 2 dimensions are wanted"),
        (lambda: mg.mv(a, b), ShapeError, "mv: vec is float32[2, 3], where 1 dimensions are wanted"),
        (lambda: mg.bmm(a, b), ShapeError, "bmm: input is float32[2, 3], where 3 dimensions are wanted"),
        (lambda: mg.bmm(a[None], mg.zeros(2, 3, 1)), ShapeError, "bmm: input float32[1, 2, 3] and mat2"),
        (lambda: mg.outer(a, b), ShapeError, "outer: input is float32[2, 3], where 1 dimensions are wanted"),
        (
            lambda: F.linear(a, mg.zeros(2, 4)),
            ShapeError,
            "linear: x has 3 features, weight (out, in) takes 4",
        ),
        (
            lambda: F.linear(a, b, mg.zeros(3)),
            ShapeError,
            "linear: bias has shape (3,), weight (out, in) gives (2,)",
        ),
        (
            lambda: F.linear(a, b, 1.0),
            DTypeError,
            "linear: x float32[2, 3], weight float32[2, 3], bias 1.0: ",
        ),
    ]:
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value).startswith(text)
    assert np.all(a.numpy() == 0)
