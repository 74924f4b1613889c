"""Pooling beside PyTorch's over many geometries, ties, NaN and infinities included."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from op_samples.case import distinct, f
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F
from minigrad import ops
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

TF = torch.nn.functional
Params = dict[str, Any]


def some(seed: int, dilated: bool = False, dims: int = 2) -> tuple[tuple[int, ...], Params]:
    """Extents and parameters at random, with at least one window, and an element of the input in each."""
    rng = np.random.default_rng(seed)
    while True:
        n, c = (int(v) for v in rng.integers(1, 4, 2))
        kernel, size = rng.integers(1, 5, dims), rng.integers(1, 9, dims)
        dilation = rng.integers(1, 4, dims) if dilated else np.ones(dims, int)
        padding = rng.integers(0, kernel // 2 + 1)
        if (size + 2 * padding > dilation * (kernel - 1)).all() and (size >= dilation).all():
            stride = None if seed % 3 == 0 else tuple(map(int, rng.integers(1, 5, dims)))
            each = {"kernel_size": kernel, "padding": padding, **({"dilation": dilation} if dilated else {})}
            params = {name: tuple(map(int, v)) for name, v in each.items()}
            return (n, c, *map(int, size)), {**params, "stride": stride, "ceil_mode": seed % 2 == 1}


def batch_last(x: Any) -> Any:
    """The same numbers with the batch innermost in memory, as convolution leaves them."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 0, -1)), -1, 0)


# ---- the largest element --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("seed", range(60))
def test_max_pool(seed: int, dims: int) -> None:
    shape, params = some(seed, dilated=True, dims=dims)
    mine, theirs = (getattr(lib, f"max_pool{dims}d") for lib in (F, TF))
    x = distinct(*shape) if seed % 4 else distinct(*shape[1:])
    agree(lambda x: mine(x, **params), lambda x: theirs(x, **params), x)
    pairs = (
        lib(tensor(x), return_indices=True, **params)[1]
        for lib, tensor in ((mine, mg.tensor), (theirs, torch.tensor))
    )
    close(*pairs, 0.0)


SPECIAL = {
    "ties": lambda x: np.round(x),
    "all equal": lambda x: np.ones_like(x),
    "NaN here and there": lambda x: np.where(x > 1.0, np.nan, x),
    "NaN throughout": lambda x: np.full_like(x, np.nan),
    "minus infinity": lambda x: np.where(x > -1.5, -np.inf, x),
    "both infinities": lambda x: np.sign(np.round(x)) * np.inf,
    "NaN and infinity": lambda x: np.where(x > 1.0, np.nan, np.where(x > 0, np.inf, -np.inf)),
}


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("memory", [np.asarray, batch_last], ids=["batch first", "batch last"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("name", SPECIAL)
@pytest.mark.filterwarnings("ignore:invalid value encountered in multiply:RuntimeWarning")
def test_which_element_is_the_largest(name: str, dtype: str, memory: Any, dims: int) -> None:
    mine, theirs = (getattr(lib, f"max_pool{dims}d") for lib in (F, TF))
    for seed in range(8):
        shape, params = some(seed, dims=dims)
        x = memory(SPECIAL[name](f(*shape)).astype(dtype))
        y, indices = mine(mg.Tensor(x), **params, return_indices=True)
        want, places = theirs(torch.tensor(x), **params, return_indices=True)
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


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("seed", range(10))
def test_put_is_the_adjoint_of_take(seed: int, dims: int) -> None:
    shape, params = some(seed, dims=dims)
    x = mg.tensor(distinct(*shape))
    y, indices = ops.max_pool(x, **params)
    assert np.array_equal(ops.pool_take(x, indices, dims).numpy(), y.numpy())
    g = mg.tensor(f(*y.shape, seed="g"))
    put = ops.pool_put(g, indices, shape[2:])
    assert float((put * x).sum()) == pytest.approx(float((g * y).sum()), rel=1e-12)


# ---- unpooling ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("chosen", [False, True])
def test_max_unpool(dims: int, chosen: bool) -> None:
    size = (7, 6, 8)[:dims]
    for kernel, stride, padding in ((2, None, 0), (3, 3, 1), (2, 3, 0), ((1, 2, 3)[:dims], None, 0)):
        pooled = getattr(TF, f"max_pool{dims}d")
        y, indices = pooled(torch.tensor(distinct(2, 3, *size)), kernel, stride, padding, return_indices=True)
        given = (kernel, stride, padding, (2, 3, *size)) if chosen else (kernel, stride, padding)
        if not chosen and int(indices.max()) >= np.prod(default_size(y, *given)):
            continue
        name = f"max_unpool{dims}d"
        agree(
            partial(unpooled, getattr(F, name), given),
            partial(unpooled, getattr(TF, name), given),
            y.numpy(),
            indices.numpy(),
        )


def unpooled(function: Any, given: Any, x: Any, indices: Any) -> Any:
    return function(x, indices, *given)


def default_size(y: Any, kernel: Any, stride: Any, padding: int) -> list[int]:
    """The extents that unpooling takes where none are given."""
    dims = y.ndim - 2
    kernel = (kernel,) * dims if isinstance(kernel, int) else kernel
    stride = kernel if stride is None else (stride,) * dims
    return [(n - 1) * s + k - 2 * padding for n, k, s in zip(y.shape[2:], kernel, stride, strict=True)]


def test_of_an_index_that_comes_twice_the_last_stays_and_alone_has_a_gradient() -> None:
    """PyTorch leaves open which stays, and hands the gradient to all of them."""
    x = mg.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    y = ops.max_unpool(x, mg.tensor([[1, 3, 1]]), (4,))
    assert y.tolist() == [[0.0, 3.0, 0.0, 2.0]]
    y.backward(mg.tensor([[1.0, 10.0, 100.0, 1000.0]]))
    assert x.grad.tolist() == [[0.0, 1000.0, 10.0]]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda x, i: F.max_unpool2d(x, i, 2, output_size=(2, 9)),
            ArgumentError,
            "max_unpool2d: output_size is 2 x 9, where 3 x 3 to 5 x 5",
        ),
        (
            lambda x, i: F.max_unpool2d(x, i, 2, output_size=4),
            ArgumentError,
            "output_size is 4, where 2 or 4 integers",
        ),
        (lambda x, i: F.max_unpool2d(x, i + 12, 2), IndexingError, "max_unpool2d: indices go from"),
        (lambda x, i: F.max_unpool2d(x, i[:, :1], 2), ShapeError, "do not fit together"),
        (lambda x, i: F.max_unpool1d(x, i, 2), ShapeError, r"max_unpool1d: x is \(1, 2, 2, 2\); \(N, C, L\)"),
        (lambda x, i: F.max_unpool2d(x, i, 2, padding=3), ArgumentError, "max_unpool2d: padding 3 leaves"),
    ],
)
def test_what_unpooling_refuses(call: Any, error: type[Exception], message: str) -> None:
    y, indices = F.max_pool2d(mg.tensor(distinct(1, 2, 4, 4)), 2, return_indices=True)
    with pytest.raises(error, match=message):
        call(y, indices)


# ---- the mean -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("seed", range(60))
def test_avg_pool(seed: int, dims: int) -> None:
    shape, params = some(seed, dims=dims)
    if dims == 3:  # PyTorch wants the kernel to fit without padding here, and in 2 dims does not
        shape = (*shape[:2], *map(max, shape[2:], params["kernel_size"]))
    more: Params = {"count_include_pad": seed % 5 < 3}
    if dims > 1:
        more["divisor_override"] = (None, None, 3, -2)[seed % 4]
    mine, theirs = (getattr(lib, f"avg_pool{dims}d") for lib in (F, TF))
    x = f(*shape) if seed % 4 else f(*shape[1:])
    agree(lambda x: mine(x, **params, **more), lambda x: theirs(x, **params, **more), x)


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("p", [2, 3.0, 1, 0.5, -1.0, float("inf"), -float("inf")])
def test_lp_pool(p: float, dims: int) -> None:
    mine, theirs = (getattr(lib, f"lp_pool{dims}d") for lib in (F, TF))
    for seed in range(6):
        shape, params = some(seed, dims=dims)
        kernel = params["kernel_size"] if dims > 1 else params["kernel_size"][0]
        given = (p, kernel, params["stride"], params["ceil_mode"])
        size = tuple(max(n, k) for n, k in zip(shape[2:], params["kernel_size"], strict=True))
        x = np.abs(distinct(*shape[:2], *size))
        agree(lambda x, a=given: mine(x, *a), lambda x, a=given: theirs(x, *a), x, tolerance=1e-9)


def test_the_gradient_of_a_power_mean_of_zeros_is_zero() -> None:
    x = np.array([[0.0, 0.0, 3.0, 4.0, -1.0, 1.0]])
    for p in (2, 3.0, 1, 4):
        agree(lambda x, p=p: F.lp_pool1d(x, p, 2), lambda x, p=p: TF.lp_pool1d(x, p, 2), x, order=1)
    leaf = mg.tensor(x, requires_grad=True)
    F.lp_pool1d(leaf, 2, 2).sum().backward()
    np.testing.assert_allclose(leaf.grad.numpy()[0, :4], [0.0, 0.0, 0.6, 0.8], rtol=1e-14)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: F.lp_pool2d(x, 0, 2), ArgumentError, "lp_pool2d: norm_type is 0, which has no root"),
        (lambda x: F.lp_pool2d(x, "2", 2), DTypeError, "lp_pool2d: norm_type is '2', where a number"),
        (lambda x: F.lp_pool2d(x, 2, 5), ShapeError, "the window spans 5 x 5"),
        (lambda x: F.lp_pool1d(x, 2, (2, 2)), ArgumentError, r"lp_pool1d: kernel_size is \(2, 2\)"),
        (lambda x: F.max_pool1d(x, 2), ShapeError, r"max_pool1d: x is \(1, 2, 4, 4\); \(N, C, L\)"),
        (lambda x: F.avg_pool1d(x, 2), ShapeError, "avg_pool1d: x is"),
        (lambda x: F.avg_pool3d(x, (2, 2)), ArgumentError, r"avg_pool3d: kernel_size is \(2, 2\)"),
        (lambda x: F.max_pool3d(x, 2, padding=2), ArgumentError, "max_pool3d: padding 2 is more than half"),
    ],
)
def test_what_is_refused(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(mg.tensor(f(1, 2, 4, 4)))


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
