"""Products on tensor cores: convolution and matmul in tf32 and halves, what chooses them, and what they may round."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from cuda_check import numbers

import minigrad as mg
from minigrad import backends, ops
from minigrad import functional as F
from minigrad.backend._cupy_mma import TILES
from minigrad.backend._cupy_window import Product
from minigrad.errors import ArgumentError
from minigrad.testing import cudasim
from minigrad.window import Window

# name: shape of x, out channels, kernel, stride, padding, dilation, groups
CASES: dict[str, tuple[Any, ...]] = {
    "3x3": ((2, 3, 7, 8), 5, (3, 3), 1, 1, 1, 1),
    "strides, groups": ((2, 4, 9, 7), 6, (3, 2), 2, (1, 0), 1, 2),
    "dilation": ((1, 8, 6, 6), 8, (3, 3), 1, 2, 2, 1),
    "one dim": ((3, 2, 20), 4, (5,), 3, 2, 1, 1),
    "three dims": ((2, 4, 5, 6, 4), 6, (2, 3, 2), (1, 2, 1), 1, 1, 2),
    "many tiles": ((2, 40, 9, 9), 70, (1, 3), 1, 0, 1, 1),
    "121 taps": ((1, 2, 25, 23), 8, (11, 11), 4, 2, 1, 1),
    "a long sum": ((4, 3, 40, 38), 4, (3, 3), 1, 1, 1, 1),
}
DTYPES = {"float32": 3e-6, "float16": 1e-3, "bfloat16": 8e-3}


@pytest.fixture(autouse=True)
def exact() -> Iterator[None]:
    """The choices as they were."""
    yield
    mg.set_float32_matmul_precision("highest")
    backends.cuda.benchmark = False


def as_tf32(x: np.ndarray) -> np.ndarray:
    """float32 whose fractions have 10 bits, which tensor cores take as they are."""
    return ((x.astype(np.float32).view(np.uint32) + np.uint32(0x1000)) & np.uint32(0xFFFFE000)).view(
        np.float32
    )


def data(shape: tuple[int, ...], seed: int, dtype: str) -> mg.Tensor:
    """Numbers that the dtype, or tf32, holds."""
    x = np.random.default_rng(seed).standard_normal(shape)
    return mg.tensor(as_tf32(x) if dtype == "float32" else x, dtype=dtype)


def three(x: Any, w: Any, b: Any, g: Any, case: tuple[Any, ...]) -> list[Any]:
    """The three products, on the CPU in float64."""
    moves = dict(zip(("stride", "padding", "dilation", "groups"), case[3:], strict=True))
    return [
        ops.conv(x, w, b, **moves),
        ops.conv_input(g, w, input_size=x.shape, **moves),
        ops.conv_weight(g, x, weight_size=w.shape, **moves),
    ]


@pytest.mark.parametrize("tile", TILES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CASES)
def test_convolution_on_tensor_cores(
    name: str, dtype: str, tile: str, cuda: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    shape, outs, kernel, *_, groups = case
    window = Window("conv", *case[2:6])
    x, w = data(shape, 1, dtype), data((outs, shape[1] // groups, *kernel), 2, dtype)
    b, g = data((outs,), 3, dtype), data((shape[0], outs, *window.extents(shape[2:])), 4, dtype)
    wanted = three(*(t.double() for t in (x, w, b, g)), case)
    mg.set_float32_matmul_precision("high")
    there = [t.to("cuda").data for t in (x, w, b, g)]
    tensor = cuda.conv.__self__.tensor
    found = []
    for order in ("forward", "reverse"):
        monkeypatch.setenv("MINIGRAD_CUDASIM_ORDER", order)
        ys = []
        for kind, want in enumerate(wanted):
            y = cuda.empty(want.shape, there[0].dtype)
            pair = (there[3] if kind == 2 else there[1]), (there[3] if kind == 1 else there[0])
            bias = there[2] if kind == 0 else None
            job = Product(kind, shape, outs, window.extents(shape[2:]), window, groups)
            tensor.product(job, y, *pair, bias, tile=tile)
            ys.append(numbers(mg.Tensor(y)))
        found.append(ys)
    for u, v, want in zip(*found, wanted, strict=True):
        assert u.tobytes() == v.tobytes()
        far = float(abs(want).max())
        np.testing.assert_allclose(u, want.numpy(), rtol=DTYPES[dtype], atol=DTYPES[dtype] * far)


def test_relu_and_bias_are_part_of_the_kernel(cuda: Any) -> None:
    case = CASES["a long sum"]
    x, w, b = data(case[0], 1, "float16"), data((4, 3, 3, 3), 2, "float16"), data((4,), 3, "float16")
    window = Window("conv", *case[2:6])
    want = F.relu(ops.conv(x.double(), w.double(), b.double(), padding=1))
    xs, ws, bs = (t.to("cuda").data for t in (x, w, b))
    y = cuda.empty(want.shape, xs.dtype)
    cuda.conv.__self__.tensor.product(Product(0, case[0], 4, (40, 38), window, 1), y, ws, xs, bs, relu=True)
    found = numbers(mg.Tensor(y))
    np.testing.assert_allclose(found, want.numpy(), rtol=2e-3, atol=2e-3)
    assert found.min() == 0.0


def used(cuda: Any, *args: Any, **params: Any) -> set[str]:
    """The kernels of a convolution's three products."""
    if not hasattr(cuda.cupy, "state"):
        pytest.skip("a device keeps no log of launches")
    x, w = (t.to("cuda").requires_grad_() for t in args)
    cudasim.clear()
    F.conv2d(x, w, **params).sum().backward()
    return {launch.name.split("<")[0] for launch in cudasim.launches}


def test_which_kernels_run(cuda: Any) -> None:
    x, w = mg.randn(2, 8, 9, 9), mg.randn(8, 8, 3, 3)
    assert used(cuda, x, w) >= {"conv_gemm"}
    assert used(cuda, x.half(), w.half()) >= {"conv_mma", "pack_weight"}
    mg.set_float32_matmul_precision("high")
    found = used(cuda, x, w)
    assert "conv_mma" in found and "conv_gemm" not in found
    assert "conv_gemm" in used(cuda, x.double(), w.double())
    assert used(cuda, x, w[:, :1], groups=8) >= {"depthwise", "depthwise_input", "depthwise_weight"}
    assert not used(cuda, x, w[:, :, :1, :1]) & {
        "conv_gemm",
        "conv_mma",
        "im2col",
    }  # cuBLAS, over x as it lies
    many_taps = used(cuda, mg.randn(1, 2, 14, 14), mg.randn(2, 2, 12, 12))
    assert "conv_gemm" in many_taps and "conv_mma" not in many_taps


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_benchmark_tries_all_ways_once(dtype: str, cuda: Any) -> None:
    backends.cuda.benchmark = True
    mg.set_float32_matmul_precision("high")
    x, w = data((2, 4, 7, 6), 1, dtype), data((6, 4, 3, 3), 2, dtype)
    first = used(cuda, x, w, padding=1)
    assert first >= {"conv_gemm", "conv_mma", "im2col", "col2im"}
    chooser = cuda.conv.__self__.chooser
    before = dict(chooser.best)
    assert used(cuda, x, w, padding=1) <= first and chooser.best == before
    y = F.conv2d(x.to("cuda"), w.to("cuda"), padding=1)
    want = F.conv2d(x.double(), w.double(), padding=1)
    np.testing.assert_allclose(numbers(y), want.numpy(), rtol=2e-3, atol=2e-3)


# ---- matrix products ------------------------------------------------------------------------------------------------
FORMS: dict[str, Any] = {
    "batch": lambda a, b: a @ b,
    "transposed": lambda a, b: a.mT.contiguous().mT @ b.mT.contiguous().mT,
    "one on the left": lambda a, b: a[0] @ b,
    "strided": lambda a, b: a[:, ::2, ::2] @ b[:, ::2],
    "reversed": lambda a, b: a.flip(1) @ b,
    "broadcast": lambda a, b: a.reshape(3, 1, 5, 6) @ b,
    "two dims": lambda a, b: a[0] @ b[0],
    "nothing to sum": lambda a, b: a[..., :0] @ b[:, :0],
    "nothing": lambda a, b: a[:0] @ b[:0],
    "vectors": lambda a, b: a[0] @ b[0, :, 0],
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", FORMS)
def test_matrix_products(form: str, dtype: str) -> None:
    a, b = data((3, 5, 6), 1, dtype), data((3, 6, 4), 2, dtype)
    want = FORMS[form](a.double(), b.double())
    for precision in ("highest", "high"):
        mg.set_float32_matmul_precision(precision)
        x, y = (t.to("cuda").requires_grad_() for t in (a, b))
        z = FORMS[form](x, y)
        assert z.shape == want.shape and z.dtype == a.dtype
        np.testing.assert_allclose(numbers(z), want.numpy(), rtol=DTYPES[dtype], atol=DTYPES[dtype] * 5)
        z.sum().backward()
        assert x.grad.shape == a.shape


def test_tf32_rounds_only_where_it_is_allowed() -> None:
    x = mg.tensor([[1.0 + 2.0**-12]], device="cuda")
    one = mg.ones(1, 1, device="cuda")
    assert (x @ one).item() == 1.0 + 2.0**-12
    assert (
        F.conv2d(x.reshape(1, 1, 1, 1).expand(1, 1, 2, 2), mg.ones(1, 1, 2, 2, device="cuda")).item()
        == 4 + 2.0**-10
    )
    mg.set_float32_matmul_precision("high")
    assert (x @ one).item() == 1.0 and backends.cuda.matmul.allow_tf32
    assert (x.expand(2, 1, 1) @ one).tolist() == [[[1.0]], [[1.0]]]
    two = x.reshape(1, 1, 1, 1).expand(1, 2, 2, 2)
    assert F.conv2d(two, mg.ones(2, 2, 2, 2, device="cuda")).tolist() == [[[[8.0]], [[8.0]]]]
    assert (x.double() @ one.double()).item() == 1.0 + 2.0**-12
    backends.cuda.matmul.allow_tf32 = False
    assert mg.get_float32_matmul_precision() == "highest"


def test_misuse() -> None:
    with pytest.raises(ArgumentError, match="set_float32_matmul_precision: precision is 'low'"):
        mg.set_float32_matmul_precision("low")
    with pytest.raises(AttributeError):
        backends.cuda.benchmrk = True
