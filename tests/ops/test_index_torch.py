"""minigrad/ops/index.py and its PyTorch signatures, compared with PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from op_samples.case import distinct, f, ints
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F
from minigrad.errors import ArgumentError, DTypeError, GradientError, IndexingError, ShapeError

INDICES: list[tuple[str, tuple[int, ...], Any]] = [
    ("integer", (3, 4), 1),
    ("negative", (3, 4), -1),
    ("slice", (5, 3), slice(1, None, 2)),
    ("empty slice", (5, 3), slice(4, 2)),
    ("tuple", (3, 4, 2), (1, slice(None), -1)),
    ("ellipsis", (3, 4, 2), (..., 0)),
    ("none", (3, 4), (None, slice(1, 3), None)),
    ("list", (4, 2), [2, 0, 3]),
    ("array", (4, 2), np.array([[1, 3], [-2, 0]])),
    ("arrays", (4, 3), (np.array([[0], [2]]), np.array([1, 0]))),
    ("arrays apart", (2, 3, 4), (np.array([0, 1, 1]), slice(None), np.array([3, 3, 2]))),
    ("array and integer apart", (2, 3, 4), (np.array([1, 0]), slice(None), 2)),
    ("integer, slice, list", (2, 3, 4), (1, slice(None), [0, 2])),
    ("list, none, integer", (2, 3, 4), ([1, 0], None, -1)),
    ("integer, ellipsis, arrays", (2, 3, 4, 2), (0, ..., np.array([[3], [1]]), np.array([0, 1]))),
    ("slice, integer, mask", (2, 3, 4), (slice(None), 2, np.array([True, False, True, True]))),
    ("integers around a mask", (2, 3, 2, 4), (1, slice(1, None), np.array([False, True]), -2)),
    ("two arrays, integer, slice", (2, 3, 4, 2), (np.array([0, 1]), np.array([2, 0]), 3, slice(None))),
    ("mask", (2, 3), np.array([[True, False, True], [False, False, True]])),
    ("row mask", (3, 2), np.array([True, False, True])),
    ("mask and slice", (2, 3, 2), (np.array([True, False]), slice(1, 3))),
]
REPEATED: list[
    tuple[str, tuple[int, ...], Any]
] = [  # PyTorch leaves open which of two writes to one place stays
    ("list", (4, 2), [2, 0, 2, 2]),
    ("array", (4, 2), np.array([[1, 3], [-1, 1]])),
    ("arrays apart", (2, 3, 4), (np.array([0, 1, 1]), slice(None), np.array([3, 3, 3]))),
    ("rows of a large tensor", (20, 64), np.arange(40) % 7),
]


def tensors(index: Any, make: Any) -> Any:
    """The index with tensors in the place of arrays."""
    if isinstance(index, tuple):
        return tuple(tensors(i, make) for i in index)
    return make(index) if isinstance(index, np.ndarray) else index


@pytest.mark.parametrize(("name", "shape", "index"), INDICES + REPEATED)
def test_reading(name: str, shape: tuple[int, ...], index: Any) -> None:
    ours, theirs = tensors(index, mg.tensor), tensors(index, torch.tensor)
    agree(lambda x: x[ours], lambda x: x[theirs], f(*shape))
    agree(lambda x: x[index], lambda x: x[theirs], f(*shape))


@pytest.mark.parametrize(("name", "shape", "index"), INDICES)
def test_writing(name: str, shape: tuple[int, ...], index: Any) -> None:
    ours, theirs = tensors(index, mg.tensor), tensors(index, torch.tensor)

    def write(x: Any, v: Any, at: Any) -> Any:
        y = x * 1.0
        y[at] = v
        return y

    values = f(*torch.empty(shape)[theirs].shape, seed="values")
    agree(lambda x, v: write(x, v, ours), lambda x, v: write(x, v, theirs), f(*shape), values)
    agree(lambda x, v: write(x, v, ours), lambda x, v: write(x, v, theirs), f(*shape), f())


def test_a_value_may_have_more_dims_of_extent_1() -> None:
    def write(x: Any, v: Any) -> Any:
        y = x * 1.0
        y[1] = v
        return y

    agree(write, write, f(2, 3), f(1, 1, 3))


def test_the_last_of_two_writes_to_one_place_has_the_gradient() -> None:
    v = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    x = mg.zeros(4)
    x[mg.tensor([1, 1, 0])] = v
    assert x.tolist() == [3.0, 2.0, 0.0, 0.0]
    x.backward(mg.tensor([10.0, 20.0, 30.0, 40.0]))
    assert v.grad.tolist() == [0.0, 20.0, 10.0]


def test_an_index_that_is_changed_later_does_not_change_the_gradient() -> None:
    x = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    at = np.array([0, 2])
    y = x[at]
    at[:] = 1
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 0.0, 1.0]
    held = mg.tensor([0, 2])
    y = x[held]
    held[0] = 1
    with pytest.raises(GradientError, match=r"getitem: a value saved for its gradient was changed in place"):
        y.sum().backward()


ALONG = [((3, 4), 0, (2, 3)), ((3, 4), -1, (3, 6)), ((2, 3, 2), 1, (1, 5, 2))]


@pytest.mark.parametrize(("shape", "dim", "size"), ALONG)
def test_along_a_dim(shape: tuple[int, ...], dim: int, size: tuple[int, ...]) -> None:
    at = ints(*size, low=0, high=shape[dim])
    agree(lambda x, i: x.gather(dim, i), lambda x, i: x.gather(dim, i), f(*shape), at)
    agree(lambda x, i: mg.gather(x, dim, i), lambda x, i: torch.gather(x, dim, i), f(*shape), at)
    agree(lambda x, i: x.scatter(dim, i, 1.5), lambda x, i: x.scatter(dim, i, 1.5), f(*shape), at)
    agree(
        lambda x, i, s: x.scatter_add(dim, i, s),
        lambda x, i, s: x.scatter_add(dim, i, s),
        f(*shape),
        at,
        f(*size),
    )
    corner = tuple(slice(n) for n in size)  # PyTorch has no gradient for a src larger than the index
    large = f(*[n + 1 for n in size])
    agree(
        lambda x, i, s: mg.scatter_add(x, dim, i, s),
        lambda x, i, s: torch.scatter_add(x, dim, i, s[corner]),
        *(f(*shape), at, large),
    )


def test_scatter_of_a_tensor() -> None:
    at = np.array([[2, 0], [1, 2]])
    agree(lambda x, i, s: x.scatter(1, i, s), lambda x, i, s: x.scatter(1, i, s), f(3, 4), at, f(2, 2))
    agree(
        lambda x, i, s: mg.scatter(x, 0, i, s),
        lambda x, i, s: torch.scatter(x, 0, i, s),
        f(3, 4),
        at,
        f(2, 2),
    )
    theirs = lambda x, i, s: torch.scatter(x, 0, i, s[:2, :2])  # noqa: E731
    agree(lambda x, i, s: mg.scatter(x, 0, i, s), theirs, f(3, 4), at, f(3, 4))


def test_of_a_number() -> None:
    zero = np.array(0)
    agree(lambda x, i: x.gather(0, i), lambda x, i: x.gather(0, i), f(), zero)
    agree(
        lambda x, i, s: x.scatter_add(0, i, s), lambda x, i, s: x.scatter_add(0, i, s), f(), zero, f(seed="s")
    )
    agree(lambda x, i, s: x.scatter(0, i, s), lambda x, i, s: x.scatter(0, i, s), f(), zero, f(seed="s"))
    agree(lambda x: mg.sort(x), lambda x: torch.sort(x), f())
    agree(lambda x: x.topk(1), lambda x: x.topk(1), f())


def test_take_along_dim() -> None:
    for shape, size, dim in [
        ((3, 4), (3, 2), 1),
        ((3, 4), (1, 2), 1),
        ((1, 4), (3, 2), -1),
        ((3, 4), (2, 1), 0),
    ]:
        at = ints(*size, low=0, high=shape[dim])
        agree(
            lambda x, i, d=dim: mg.take_along_dim(x, i, d),
            lambda x, i, d=dim: torch.take_along_dim(x, i, d),
            f(*shape),
            at,
        )
    agree(
        lambda x, i: x.take_along_dim(i), lambda x, i: x.take_along_dim(i), f(3, 4), ints(5, low=0, high=12)
    )


def test_index_select() -> None:
    at = np.array([2, 0, 2])
    agree(lambda x, i: x.index_select(0, i), lambda x, i: x.index_select(0, i), f(3, 4), at)
    agree(lambda x, i: mg.index_select(x, -1, i), lambda x, i: torch.index_select(x, -1, i), f(2, 3), at)


def test_masked_fill() -> None:
    mask = np.array([[True, False, True], [False, False, True]])
    agree(lambda x, m: x.masked_fill(m, -1.5), lambda x, m: x.masked_fill(m, -1.5), f(2, 3), mask)
    agree(lambda x, m, v: x.masked_fill(m, v), lambda x, m, v: x.masked_fill(m, v), f(2, 3), mask, f())
    low = float("-inf")
    agree(lambda x, m: x.masked_fill(m, low).exp(), lambda x, m: x.masked_fill(m, low).exp(), f(2, 3), mask)
    x, t = mg.ones(2, 3), torch.ones(2, 3)
    x.masked_fill_(mg.tensor(mask), 7.0)
    close(x, t.masked_fill_(torch.tensor(mask), 7.0))


def test_in_place_forms() -> None:
    at, src = np.array([[0, 2], [1, 1]]), f(2, 2).astype(np.float32)
    for name in ("scatter_add_", "scatter_"):
        x, t = mg.zeros(2, 3), torch.zeros(2, 3)
        before = x.data
        at_once = at if name == "scatter_add_" else np.array([[0, 2], [1, 0]])
        assert getattr(x, name)(1, mg.tensor(at_once), mg.tensor(src)) is x
        getattr(t, name)(1, torch.tensor(at_once), torch.tensor(src))
        assert x.data is before
        close(x, t)


def test_one_hot_and_nonzero() -> None:
    x = np.array([[0, 2], [1, 2]])
    for classes in (-1, 5):
        close(F.one_hot(mg.tensor(x), classes), torch.nn.functional.one_hot(torch.tensor(x), classes))
    for values in (x, x > 1, np.array(3.0), np.array(0.0), np.zeros((0, 2))):
        close(mg.nonzero(mg.tensor(values)), torch.nonzero(torch.tensor(values)))
    ours, theirs = mg.tensor(x).nonzero(as_tuple=True), torch.tensor(x).nonzero(as_tuple=True)
    for a, b in zip(ours, theirs, strict=True):
        close(a, b)


@pytest.mark.parametrize("descending", [False, True])
def test_sort(descending: bool) -> None:
    agree(lambda x: mg.sort(x, 0, descending), lambda x: torch.sort(x, 0, descending), distinct(4, 3))
    agree(lambda x: x.sort(descending=descending), lambda x: x.sort(descending=descending), distinct(4, 3))
    equal = ints(4, 9, low=0, high=3)
    ours = mg.tensor(equal).argsort(descending=descending)
    close(ours, torch.argsort(torch.tensor(equal), descending=descending, stable=True))
    odd = np.array([1.0, np.nan, -np.inf, np.inf, 0.0])
    close(
        mg.tensor(odd).argsort(descending=descending),
        torch.argsort(torch.tensor(odd), descending=descending, stable=True),
    )


def test_topk() -> None:
    for k, dim, largest in [(2, -1, True), (3, 0, False), (0, 1, True)]:
        agree(
            lambda x, a=(k, dim, largest): x.topk(*a),
            lambda x, a=(k, dim, largest): x.topk(*a),
            distinct(4, 3),
        )


def test_numpy_forms_that_pytorch_refuses() -> None:
    x = mg.tensor(f(4, 3), requires_grad=True)
    y = x[::-1, ::-2]
    assert y.tolist() == f(4, 3)[::-1, ::-2].tolist()
    (y * y).sum().backward()
    want = 2 * f(4, 3)
    want[:, 1] = 0.0
    np.testing.assert_allclose(x.grad.numpy(), want)


def test_misuse_is_one_sentence() -> None:
    x = mg.zeros(2, 3)
    at = mg.tensor([[0], [1]])
    for call, error, text in [
        (
            lambda: x[2],
            IndexingError,
            "getitem: x float32[2, 3]: index 2 is out of bounds for axis 0 with size 2",
        ),
        (lambda: x[0, 0, 0], IndexingError, "getitem: x float32[2, 3]: too many indices"),
        (lambda: x[1.0], IndexingError, "getitem: x float32[2, 3]: only integers, slices"),
        (
            lambda: x[mg.tensor([0.5])],
            IndexingError,
            "getitem: x float32[2, 3]: arrays used as indices must be",
        ),
        (lambda: x["a"], IndexingError, "getitem: x float32[2, 3]: only integers, slices"),
        (lambda: x.gather(1, at + 3), IndexingError, "gather: index 3 at (0, 0) is outside of 0..2, dim 1"),
        (
            lambda: x.gather(1, at * 1.0),
            DTypeError,
            "gather: index is float32[2, 1], where a tensor of integers",
        ),
        (
            lambda: x.scatter(1, at, mg.zeros(1, 1)),
            ShapeError,
            "scatter: src float32[1, 1] is smaller than index",
        ),
        (lambda: x.scatter(1, at - 1, 0.0), IndexingError, "scatter: index -1 at (0, 0)"),
        (
            lambda: x.take_along_dim(mg.tensor([0]), 0),
            ShapeError,
            "take_along_dim: indices int64[1] and input",
        ),
        (
            lambda: x.take_along_dim(mg.zeros(1, 2, dtype=mg.int64), 0),
            ShapeError,
            "take_along_dim: indices int64[1, 2]",
        ),
        (lambda: x.topk(4), ArgumentError, "topk: k is 4, where 0 to 3 is wanted"),
        (
            lambda: x.index_select(0, mg.tensor([2])),
            IndexingError,
            "index_select: index 2 at (0,) is outside of 0..1",
        ),
    ]:
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value).startswith(text)
