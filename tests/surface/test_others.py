"""PyTorch's further names: values, gradients, dtypes, and what is refused; beside PyTorch where it is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import ArgumentError, DTypeError, IndexingError, MinigradError, ShapeError

F = mg.functional
X = mg.tensor([[1.0, 0.0, 3.0], [0.0, 5.0, 6.0]])


def test_values() -> None:
    assert [p.tolist() for p in X.split_with_sizes([1, 2], dim=1)] == [
        [[1.0], [0.0]],
        [[0.0, 3.0], [5.0, 6.0]],
    ]
    assert mg.narrow_copy(X, 1, 0, 2).tolist() == [[1.0, 0.0], [0.0, 5.0]]
    assert not np.shares_memory(X.narrow_copy(1, 0, 2).numpy(), X.numpy())
    assert mg.adjoint(X).tolist() == X.T.tolist()
    assert X.nonzero_static(size=2).tolist() == [[0, 0], [0, 2]]
    assert mg.nonzero_static(X, size=5, fill_value=7).tolist()[4] == [7, 7]
    assert X.sum_to_size(2, 1).tolist() == [[4.0], [11.0]] and X.sum_to_size((3,)).tolist() == [1.0, 5.0, 9.0]
    assert mg.is_same_size(X, X * 2.0) and not X.is_same_size(X.T)
    assert mg.scalar_tensor(2).dtype == mg.float32 and mg.scalar_tensor(2, dtype=mg.int8).dtype == mg.int8
    assert [p.shape for p in mg.unsafe_chunk(X, 2, dim=1)] == [(2, 2), (2, 1)]
    assert [p.shape for p in X.unsafe_split(1)] == [(1, 3), (1, 3)]


def test_fill() -> None:
    x, v = mg.tensor([1.0, float("nan")], requires_grad=True), mg.tensor(3.0, requires_grad=True)
    y = mg.fill(x, v)
    (y * mg.tensor([1.0, 2.0])).sum().backward()
    assert y.tolist() == [3.0, 3.0] and v.grad.item() == 3.0 and x.grad.tolist() == [0.0, 0.0]
    assert mg.fill(mg.zeros(0, 2), 1).shape == (0, 2)


def test_gradients_go_through() -> None:
    x = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (mg.narrow_copy(x, 0, 1, 2) * mg.split_with_sizes(x, [2, 1])[0]).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0, 2.0]


def test_limits_of_dtypes_beside_pytorch() -> None:
    torch = pytest.importorskip("torch")
    for name in ("float16", "bfloat16", "float32", "float64"):
        ours, theirs = (lib.finfo(getattr(lib, name)) for lib in (mg, torch))
        for limit in ("bits", "eps", "max", "min", "tiny", "smallest_normal", "resolution"):
            assert getattr(ours, limit) == pytest.approx(getattr(theirs, limit), rel=1e-12, abs=0), (
                name,
                limit,
            )
        assert ours.dtype == theirs.dtype
    for name in ("uint8", "int8", "int16", "int32", "int64"):
        ours, theirs = (lib.iinfo(getattr(lib, name)) for lib in (mg, torch))
        assert all(getattr(ours, v) == getattr(theirs, v) for v in ("bits", "max", "min", "dtype"))
    assert (
        mg.finfo().dtype == "float32" and "eps=" in repr(mg.finfo()) and "max=127" in repr(mg.iinfo(mg.int8))
    )


def test_dlpack_to_pytorch_and_back() -> None:
    torch = pytest.importorskip("torch")
    x = mg.arange(3)
    t = torch.from_dlpack(x)
    t[0] = 5
    assert x.tolist() == [5, 1, 2] and mg.from_dlpack(t).tolist() == [5, 1, 2]
    with pytest.raises(mg.errors.GradientError, match="requires grad"):
        torch.from_dlpack(mg.ones(2, requires_grad=True))


def test_names_of_the_top_level_that_are_elsewhere_too() -> None:
    for name in ("celu", "selu_", "prelu", "hardshrink", "layer_norm", "group_norm", "threshold", "dropout"):
        assert getattr(mg, name) is getattr(F, name)
    assert mg.dropout(X, 0.5, train=False).tolist() == X.tolist()
    assert mg.get_device(X) == X.get_device() == -1
    state = mg.get_rng_state()
    a = mg.rand(3).tolist()
    mg.set_rng_state(state)
    assert mg.rand(3).tolist() == a


NAMES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "bfloat16")


def test_facts_of_dtypes_beside_pytorch() -> None:
    torch = pytest.importorskip("torch")
    for a in NAMES:
        for b in NAMES:
            ours, theirs = ([getattr(lib, n) for n in (a, b)] for lib in (mg, torch))
            assert f"torch.{mg.promote_types(*ours)}" == str(torch.promote_types(*theirs))
            assert mg.can_cast(*ours) == torch.can_cast(*theirs), (a, b)
            xs, ts = ([lib.ones(1, dtype=d) for d in ds] for lib, ds in ((mg, ours), (torch, theirs)))
            assert f"torch.{mg.result_type(*xs)}" == str(torch.result_type(*ts))
        assert f"torch.{mg.result_type(xs[0], 1.5)}" == str(torch.result_type(ts[0], 1.5))


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_pooling_with_indices(dims: int) -> None:
    x = mg.tensor(np.random.default_rng(0).normal(size=(2, 3, *(6,) * dims)))
    for name, size in ((f"max_pool{dims}d", 2), (f"adaptive_max_pool{dims}d", 4)):
        want = getattr(F, name)(x, size, return_indices=True)
        for got in (
            getattr(F, f"{name}_with_indices")(x, size),
            getattr(F, f"{name}_with_indices")(x, size, return_indices=False),
        ):
            assert [g.tolist() for g in got] == [w.tolist() for w in want]
    if dims > 1:
        pooled = getattr(F, f"fractional_max_pool{dims}d_with_indices")(x, 2, output_size=3)
        assert pooled[0].shape == pooled[1].shape == (2, 3, *(3,) * dims)
    assert len(mg.max_pool1d_with_indices(mg.ones(1, 4), 2)) == 2


MISUSES: list[tuple[Callable[[], Any], type[MinigradError], str]] = [
    (lambda: mg.split_with_sizes(X, 2), DTypeError, "split_with_sizes: split_sizes is 2, where a list"),
    (lambda: mg.split_with_sizes(X, [1, 3]), ShapeError, "split"),
    (lambda: mg.split_with_sizes(X, [1, 1], dim=2), IndexingError, "split"),
    (lambda: mg.narrow_copy(X, 1, 2, 2), MinigradError, "narrow"),
    (lambda: mg.narrow_copy(X, 2, 0, 1), IndexingError, "narrow"),
    (lambda: mg.narrow_copy([1.0], 0, 0, 1), DTypeError, "narrow_copy: .*input has to be a tensor"),
    (lambda: mg.adjoint(mg.ones(2)), ShapeError, "adjoint: input is float32"),
    (lambda: mg.fill(X, [1.0]), DTypeError, "fill: value is list, where a number or a tensor"),
    (lambda: mg.fill(X, mg.ones(2)), ShapeError, r"fill: value is float32\[2\], where one number"),
    (lambda: mg.fill(X), DTypeError, "fill: missing a required argument: 'value'"),
    (lambda: X.sum_to_size(4), ShapeError, r"sum_to: .*\(4,\)"),
    (lambda: X.sum_to_size(1, 1, 2, 3), ShapeError, "sum_to"),
    (lambda: mg.nonzero_static(X, size=-1), ArgumentError, "nonzero_static: size is -1"),
    (lambda: mg.nonzero_static(X), DTypeError, "nonzero_static: missing a required argument: 'size'"),
    (lambda: mg.scalar_tensor([1.0]), DTypeError, "scalar_tensor: s is list, where a number"),
    (lambda: mg.scalar_tensor(1.0, dtype="complex64"), DTypeError, "'complex64' is not a dtype"),
    (lambda: mg.result_type(X, "float"), DTypeError, "result_type: str is neither"),
    (lambda: mg.finfo(mg.int8), DTypeError, "finfo: int8 is not a floating dtype"),
    (lambda: mg.iinfo(mg.float32), DTypeError, "iinfo: float32 is not an integer dtype"),
    (lambda: mg.finfo("complex64"), DTypeError, "complex, sparse and quantised tensors are outside"),
    (lambda: mg.promote_types(mg.int8, complex), DTypeError, "is not a dtype of minigrad"),
    (lambda: mg.can_cast(mg.int8, "x"), DTypeError, "'x' is not a dtype of minigrad"),
    (lambda: F.max_pool2d_with_indices(X, 0), MinigradError, "max_pool2d: kernel_size"),
    (lambda: F.max_pool2d_with_indices(mg.ones(2), 1), ShapeError, "max_pool2d: x is"),
    (lambda: F.adaptive_max_pool1d_with_indices(X, -1), MinigradError, "adaptive_max_pool1d: output_size"),
]


@pytest.mark.parametrize("k", range(len(MISUSES)))
def test_misuse(k: int) -> None:
    call, error, match = MISUSES[k]
    with pytest.raises(error, match=match):
        call()
