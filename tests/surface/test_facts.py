"""What can be asked of a tensor, new tensors like one that is there, moves, hooks: without PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import ArgumentError, DeviceError, DTypeError, IndexingError, ShapeError


def test_facts() -> None:
    x = mg.zeros(2, 3, dtype=mg.float64)
    assert (x.numel(), x.nelement(), mg.numel(x), x.ndimension()) == (6, 6, 6, 2)
    assert (x.element_size(), x.itemsize, x.nbytes) == (8, 8, 48)
    assert (x.stride(), x.T.stride(), x.stride(-1), x[:, ::2].stride()) == ((3, 1), (1, 3), 1, (3, 2))
    assert x.is_floating_point() and mg.is_floating_point(x) and not mg.is_floating_point(mg.zeros(1).long())
    assert x.is_signed() and not x.byte().is_signed() and not x.bool().is_signed()
    assert not x.is_complex() and not x.is_cuda and mg.is_tensor(x) and not mg.is_tensor(x.numpy())
    assert mg.is_nonzero(mg.tensor([2.0])) and not mg.tensor(0).is_nonzero()


def test_membership() -> None:
    x = mg.tensor([[1, 2], [3, 4]])
    assert 3 in x and 5 not in x and 2.0 in x and mg.tensor(4) in x
    assert mg.tensor([3, 9]) in x and mg.tensor([9, 1]) not in x
    assert True in mg.tensor([False, True])


def test_moves() -> None:
    x, ints = mg.tensor([1.5], requires_grad=True), mg.tensor([1])
    assert x.to("cpu") is x and x.to("cpu", mg.float32) is x and x.to(mg.float32) is x and x.to(x) is x
    assert x.to("cpu", mg.float64).dtype == x.to("cpu", dtype=mg.float64).dtype == mg.float64
    assert x.to(ints).tolist() == [1] and x.to(device="cpu", dtype=mg.int8).dtype == mg.int8
    y = x.to(mg.float32, copy=True)
    assert y is not x and y.data is not x.data and x.to("cpu", non_blocking=True) is x
    y.backward()
    assert x.grad.tolist() == [1.0]
    for move in (
        lambda: x.to("cuda"),
        lambda: x.cuda(),
        lambda: x.cuda(1),
        lambda: x.to("cuda:1", mg.float64),
    ):
        with pytest.raises(DeviceError, match="device 'cuda"):
            move()
    for wrong in ("complex64", "complex128", "qint8"):
        with pytest.raises(DTypeError, match=f"'{wrong}' is not a dtype of minigrad"):
            x.to(wrong)


def test_new_like() -> None:
    x = mg.zeros(1, dtype=mg.float64)
    for y, values in [
        (x.new_zeros(2, 1), [[0.0], [0.0]]),
        (x.new_ones((2,)), [1.0, 1.0]),
        (x.new_full((2,), 7), [7.0, 7.0]),
        (x.new_tensor([1, 2]), [1.0, 2.0]),
    ]:
        assert y.tolist() == values and y.dtype == mg.float64 and not y.requires_grad
    assert x.new_empty(2, 3).shape == (2, 3) and x.new_empty(()).shape == ()
    assert x.new_ones(2, dtype=mg.int8).dtype == mg.int8 and x.new_full([1], mg.tensor(3)).tolist() == [3.0]
    for y in (
        x.new_zeros(1, requires_grad=True),
        x.new_full((1,), 2, requires_grad=True),
        x.new_tensor(1.0, requires_grad=True),
    ):
        assert y.requires_grad and y.is_leaf


def test_a_hook_for_the_length_of_a_block() -> None:
    x, seen = mg.ones(1, requires_grad=True), []
    with x.register_hook(seen.append):
        (x * 2.0).backward()
    (x * 3.0).backward()
    assert [g.item() for g in seen] == [2.0]


def test_exponents_evenly_spaced() -> None:
    np.testing.assert_allclose(mg.logspace(-1, 1, 3, dtype=mg.float64).numpy(), [0.1, 1.0, 10.0], 1e-15)
    np.testing.assert_allclose(mg.logspace(0, 4, 3, base=2).numpy(), [1.0, 4.0, 16.0], 1e-6)
    assert mg.logspace(2, 3, 1).tolist() == [100.0] and mg.logspace(0, 1, 0).shape == (0,)
    assert mg.logspace(0, 1, 2, requires_grad=True).requires_grad


@pytest.mark.parametrize("offset", [-3, -1, 0, 2, 5])
@pytest.mark.parametrize("shape", [(3, 4), (4, 2), (0, 3), (2, 0)])
def test_triangles(shape: tuple[int, int], offset: int) -> None:
    for make, keep in [
        (mg.tril_indices, lambda i, j: j - i <= offset),
        (mg.triu_indices, lambda i, j: j - i >= offset),
    ]:
        want = [(i, j) for i, j in np.ndindex(shape) if keep(i, j)]
        got = make(*shape, offset)
        assert got.shape == (2, len(want)) and got.dtype == mg.int64
        assert [*zip(*got.tolist(), strict=True)] == want
    assert mg.tril_indices(2, 2, dtype=mg.int32).dtype == mg.int32


def test_arange_by_name() -> None:
    assert mg.arange(end=3).tolist() == mg.arange(start=0, end=3).tolist() == [0, 1, 2]
    assert mg.arange(end=mg.tensor(1.0), step=0.5).tolist() == [0.0, 0.5]


def test_as_tensor() -> None:
    x, a = mg.ones(2, requires_grad=True), np.zeros(2)
    assert mg.as_tensor(x) is x and mg.as_tensor(a).data is a and mg.as_tensor([1.0]).dtype == mg.float32
    y = mg.as_tensor(x, dtype=mg.float64, device="cpu")
    y.sum().backward()
    assert y.dtype == mg.float64 and x.grad.tolist() == [1.0, 1.0]


MISUSES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: mg.zeros(2).stride(1), IndexingError, r"stride: dim 1 is outside of the shape \(2,\)"),
    (lambda: mg.is_nonzero(mg.zeros(2)), ShapeError, r"is_nonzero: a tensor of shape \(2,\)"),
    (lambda: "a" in mg.zeros(2), DTypeError, "in: str is neither a number nor a tensor"),
    (lambda: mg.tensor([1, 2]) in mg.zeros(3), ShapeError, r"eq: a float32\[3\], b float32\[2\]"),
    (lambda: mg.zeros(1).new_zeros(-1), ShapeError, r"new_zeros: size \(-1,\)"),
    (lambda: mg.zeros(1).new_full((2,), "a"), DTypeError, "new_full: fill_value is str"),
    (lambda: mg.zeros(1).byte().new_full((2,), 300), DTypeError, "new_full: 300 does not fit uint8"),
    (lambda: mg.zeros(1).new_empty(1, dtype="complex64"), DTypeError, "'complex64' is not a dtype"),
    (lambda: mg.zeros(1).new_ones(1, device="cuda"), DeviceError, "device 'cuda'"),
    (lambda: mg.zeros(1).new_tensor([1j]), DTypeError, "tensor: "),
    (lambda: mg.zeros(1).to("cpu", "float12"), DTypeError, "'float12' is not a dtype"),
    (lambda: mg.logspace(0, 1, -1), ArgumentError, "logspace: steps is -1"),
    (lambda: mg.as_tensor("a"), DTypeError, "tensor: "),
    (
        lambda: mg.unravel_index(mg.tensor([6]), (2, 3)),
        IndexingError,
        "unravel_index: index 6 is outside of 6",
    ),
    (lambda: mg.unravel_index(mg.zeros(1), (2, 3)), DTypeError, r"unravel_index: index is float32\[1\]"),
    (lambda: mg.arange(), ArgumentError, "arange: None is not a number"),
    (lambda: mg.arange("3"), ArgumentError, "arange: '3' is not a number"),
    (lambda: mg.tril_indices(-1, 2), ShapeError, r"tril_indices: size \(-1, 2\)"),
    (lambda: mg.triu_indices(1, 2.5), ShapeError, "triu_indices: size .* is not made of integers"),
    (lambda: mg.triu_indices(1, 2, dtype="complex64"), DTypeError, "'complex64' is not a dtype"),
]


@pytest.mark.parametrize("k", range(len(MISUSES)))
def test_misuse(k: int) -> None:
    call, error, match = MISUSES[k]
    with pytest.raises(error, match=match):
        call()
