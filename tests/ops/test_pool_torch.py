"""Pooling beside PyTorch's over many geometries, ties, NaN and infinities included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from op_samples.case import distinct, f
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F
from minigrad import ops

TF = torch.nn.functional
Params = dict[str, Any]


def some(seed: int, dilated: bool = False) -> tuple[tuple[int, ...], Params]:
    """Extents and parameters at random, with at least one window, and an element of the input in each."""
    rng = np.random.default_rng(seed)
    while True:
        n, c = (int(v) for v in rng.integers(1, 4, 2))
        kernel, size = rng.integers(1, 5, 2), rng.integers(1, 9, 2)
        dilation = rng.integers(1, 4, 2) if dilated else np.ones(2, int)
        padding = rng.integers(0, kernel // 2 + 1)
        if (size + 2 * padding > dilation * (kernel - 1)).all() and (size >= dilation).all():
            stride = None if seed % 3 == 0 else tuple(map(int, rng.integers(1, 5, 2)))
            pairs = {"kernel_size": kernel, "padding": padding, **({"dilation": dilation} if dilated else {})}
            params = {name: tuple(map(int, v)) for name, v in pairs.items()}
            return (n, c, *map(int, size)), {**params, "stride": stride, "ceil_mode": seed % 2 == 1}


def batch_last(x: Any) -> Any:
    """The same numbers with the batch innermost in memory, as convolution leaves them."""
    return np.ascontiguousarray(x.transpose(1, 2, 3, 0)).transpose(3, 0, 1, 2)


# ---- the largest element --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(60))
def test_max_pool2d(seed: int) -> None:
    shape, params = some(seed, dilated=True)
    agree(lambda x: F.max_pool2d(x, **params), lambda x: TF.max_pool2d(x, **params), distinct(*shape))


SPECIAL = {
    "ties": lambda x: np.round(x),
    "all equal": lambda x: np.ones_like(x),
    "NaN here and there": lambda x: np.where(x > 1.0, np.nan, x),
    "NaN throughout": lambda x: np.full_like(x, np.nan),
    "minus infinity": lambda x: np.where(x > -1.5, -np.inf, x),
    "both infinities": lambda x: np.sign(np.round(x)) * np.inf,
    "NaN and infinity": lambda x: np.where(x > 1.0, np.nan, np.where(x > 0, np.inf, -np.inf)),
}


@pytest.mark.parametrize("memory", [np.asarray, batch_last], ids=["batch first", "batch last"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("name", SPECIAL)
@pytest.mark.filterwarnings("ignore:invalid value encountered in multiply:RuntimeWarning")
def test_which_element_is_the_largest(name: str, dtype: str, memory: Any) -> None:
    for seed in range(8):
        shape, params = some(seed)
        x = memory(SPECIAL[name](f(*shape)).astype(dtype))
        y, indices = F.max_pool2d(mg.Tensor(x), **params, return_indices=True)
        want, places = TF.max_pool2d(torch.tensor(x), **params, return_indices=True)
        close(y, want, 0.0)
        close(indices, places, 0.0)
        assert indices.dtype == mg.int64


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
def test_integers(dtype: str) -> None:
    x = np.random.default_rng(0).integers(0, 5, (2, 2, 5, 4)).astype(dtype)
    x[0] = np.iinfo(dtype).min
    params = {"kernel_size": 3, "stride": 2, "padding": 1, "return_indices": True}
    for mine, want in zip(
        F.max_pool2d(mg.tensor(x), **params), TF.max_pool2d(torch.tensor(x), **params), strict=True
    ):
        close(mine, want, 0.0)


@pytest.mark.parametrize("name", ["ties", "all equal"])
def test_of_equals_the_first_gets_the_gradient(name: str) -> None:
    for seed in range(8):
        shape, params = some(seed)
        x = SPECIAL[name](f(*shape))
        agree(lambda x, p=params: F.max_pool2d(x, **p), lambda x, p=params: TF.max_pool2d(x, **p), x)


@pytest.mark.parametrize("seed", range(10))
def test_put_is_the_adjoint_of_take(seed: int) -> None:
    shape, params = some(seed)
    x = mg.tensor(distinct(*shape))
    y, indices = F.max_pool2d(x, **params, return_indices=True)
    assert np.array_equal(ops.pool_take(x, indices).numpy(), y.numpy())
    g = mg.tensor(f(*y.shape, seed="g"))
    put = ops.pool_put(g, indices, shape[2:])
    assert float((put * x).sum()) == pytest.approx(float((g * y).sum()), rel=1e-12)


def test_put_undoes_pooling_as_unpooling_does() -> None:
    y, indices = TF.max_pool2d(torch.tensor(distinct(2, 3, 6, 4)), 2, return_indices=True)
    close(
        ops.pool_put(mg.tensor(y.numpy()), mg.tensor(indices.numpy()), (6, 4)),
        TF.max_unpool2d(y, indices, 2),
        0.0,
    )


# ---- the mean -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(60))
def test_avg_pool2d(seed: int) -> None:
    shape, params = some(seed)
    more = {"count_include_pad": seed % 5 < 3, "divisor_override": (None, None, 3, -2)[seed % 4]}
    agree(
        lambda x: F.avg_pool2d(x, **params, **more), lambda x: TF.avg_pool2d(x, **params, **more), f(*shape)
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_halves_are_rounded_once(name: str, dtype: str) -> None:
    """Sums are those of float32; only the results are halves."""
    params = {"kernel_size": (3, 4), "stride": (2, 1), "padding": 1}
    half = mg.tensor(f(2, 3, 9, 8), dtype=dtype)
    results = []
    for x in (half, half.to(mg.float32)):
        x.requires_grad_()
        y = getattr(F, name)(x, **params)
        y.backward(half[:, :, :5, :7].to(x.dtype))
        results.append([y.detach(), x.grad])
    for mine, want in zip(*results, strict=True):
        assert mine.dtype == half.dtype
        assert np.array_equal(mine.to(mg.float32).numpy(), want.to(half.dtype).to(mg.float32).numpy())


def test_overlapping_gradients_of_halves_are_summed_in_float32() -> None:
    """2,049 windows share one largest element; in float16 the sum would stop at 2,048."""
    indices = mg.zeros(1, 1, 1, 2052, dtype=mg.int64)
    g = mg.ones(1, 1, 1, 2052, dtype=mg.float16)
    assert float(ops.pool_put(g, indices, (1, 1)).reshape(1)[0]) == 2052.0


# ---- both -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("shape", [(3, 5, 4), (0, 3, 5, 4)], ids=["one image", "no image"])
@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_without_a_batch(name: str, shape: tuple[int, ...]) -> None:
    agree(lambda x: getattr(F, name)(x, 2), lambda x: getattr(TF, name)(x, 2), distinct(*shape))


def test_by_position_as_in_pytorch() -> None:
    x = distinct(1, 2, 7, 6)
    agree(lambda x: F.max_pool2d(x, 2, 3, 1, 2, True), lambda x: TF.max_pool2d(x, 2, 3, 1, 2, True), x)
    agree(
        lambda x: F.avg_pool2d(x, 2, 3, 1, True, False, 5),
        lambda x: TF.avg_pool2d(x, 2, 3, 1, True, False, 5),
        x,
    )


@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_memory_order_changes_nothing(name: str) -> None:
    x = distinct(3, 2, 7, 6)
    for seed in range(6):
        _, params = some(seed + 30)
        params = {**params, "kernel_size": (3, 2), "padding": (1, 1)}
        runs = []
        for memory in (np.asarray, batch_last):
            leaf = mg.Tensor(memory(x), requires_grad=True)
            y = getattr(F, name)(leaf, **params)
            (y * y).sum().backward()
            runs.append((y.detach().numpy(), leaf.grad.numpy()))
            assert y.data.transpose(np.argsort(leaf.data.strides)[::-1]).flags.c_contiguous
        for a, b in zip(*runs, strict=True):
            np.testing.assert_array_equal(a, b)
