"""Bytes between memory and blocks: kernels that only copy or reduce move little more than the fewest possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import minigrad as mg
from minigrad import functional as F
from minigrad import ops, optim
from minigrad.backend import _kernels
from minigrad.testing import cudasim

MOST = 1.1  # times the fewest
N = 4  # bytes of float32; an index has 8


def leaf(*shape: int) -> mg.Tensor:
    return mg.randn(*shape, device="cuda", requires_grad=True)


def norm(fn: Callable[..., mg.Tensor], shape: tuple[int, ...], weights: int) -> Any:
    """A norm's forward and backward."""
    x, w, b = leaf(*shape), leaf(weights), leaf(weights)
    fn(x, w, b).sum().backward()


def step(make: Callable[[Any], Any]) -> None:
    """The second step of an optimizer, whose state is there."""
    p = leaf(20000)
    optimizer = make([p])
    for _ in range(2):
        p.grad = mg.ones(20000, device="cuda")
        optimizer.step()


IMAGE = (2, 8, 32, 32)
SIZE = 2 * 8 * 32 * 32
# name: what is run; kernel -> the fewest bytes it can move: what it reads, and what it writes
CASES: dict[str, tuple[Callable[[], Any], dict[str, int]]] = {
    "im2col": (
        lambda: ops.im2col(leaf(*IMAGE), kernel_size=(3, 3), padding=1).sum().backward(),
        {"im2col": (1 + 9) * SIZE * N, "col2im": (9 + 1) * SIZE * N},
    ),
    "max_pool": (
        lambda: F.max_pool2d(leaf(*IMAGE), 2).sum().backward(),
        {
            "max_pool": (SIZE + SIZE // 4) * N + SIZE // 4 * 8,
            "max_pool_input": (SIZE + SIZE // 4) * N + SIZE // 4 * 8,
        },
    ),
    "avg_pool": (
        lambda: F.avg_pool2d(leaf(*IMAGE), 2).sum().backward(),
        {"avg_pool": (SIZE + SIZE // 4) * N, "avg_pool_input": (SIZE + SIZE // 4) * N},
    ),
    "softmax": (
        lambda: F.softmax(leaf(60, 300), 1).sum().backward(),
        {"softmax_rows": 2 * 18000 * N, "softmax_rows_input": 3 * 18000 * N},
    ),
    "softmax along a middle dim": (
        lambda: F.log_softmax(leaf(4, 20, 256), 1).sum().backward(),
        {"softmax_lines": 2 * 20480 * N, "softmax_lines_input": 3 * 20480 * N},
    ),
    "cross entropy": (
        lambda: F.cross_entropy(leaf(512, 40), mg.arange(512, device="cuda") % 40).backward(),
        {"cross_entropy": 512 * (40 * N + 8 + 3 * N), "cross_entropy_input": 512 * (2 * 40 * N + 8 + 2 * N)},
    ),
    "layer norm": (
        lambda: F.layer_norm(leaf(96, 256), (256,)).sum().backward(),
        {"normalize_rows": 2 * 96 * 256 * N, "normalize_rows_input": 3 * 96 * 256 * N},
    ),
    "weights of layer norm": (
        lambda: norm(lambda x, w, b: F.layer_norm(x, (6000,), w, b), (40, 6000), 6000),
        {"part_columns": 2 * 240000 * N},
    ),
    "batch norm": (
        lambda: norm(lambda x, w, b: F.batch_norm(x, None, None, w, b, True), (16, 4, 32, 32), 4),
        {
            "part_moments": 65536 * N,
            "normalize_each": 2 * 65536 * N,
            "part_weights": 2 * 65536 * N,
            "normalize_each_input": 3 * 65536 * N,
        },
    ),
    "dropout": (lambda: F.dropout(leaf(20000), 0.5), {"dropout": 2 * N * 20000}),
    "sgd": (lambda: step(lambda p: optim.SGD(p, 0.1, momentum=0.9)), {"sgd": 5 * 20000 * N}),
    "adam": (lambda: step(lambda p: optim.Adam(p)), {"adam": 7 * 20000 * N}),
}


@pytest.mark.parametrize("name", CASES)
def test_few_bytes_move(name: str, cuda: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(cuda.cupy, "state"):
        pytest.skip("a device does not count bytes")
    monkeypatch.setenv("MINIGRAD_CUDASIM_COUNT", "1")
    for family in _kernels.FAMILIES:
        monkeypatch.setattr(family, "found", {})
    run, fewest = CASES[name]
    cudasim.clear()
    run()
    moved = {t.name.split("<")[0]: t.read + t.written for t in cudasim.traffic}  # of the last launch
    ratios = {kernel: moved[kernel] / least for kernel, least in fewest.items()}
    assert all(0.95 <= ratio <= MOST for ratio in ratios.values()), ratios


def test_strided_reads_and_second_passes_are_counted(cuda: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cp = cuda.cupy
    if not hasattr(cp, "state"):
        pytest.skip("a device does not count bytes")
    monkeypatch.setenv("MINIGRAD_CUDASIM_COUNT", "1")
    code = """extern "C" __global__ void f(const float* x, float* y, int stride, int times) {
      float s = 0;
      for (int t = 0; t < times; ++t, __syncthreads())
        for (int i = threadIdx.x; i < 32768; i += 256) s += x[i * stride];
      y[threadIdx.x] = s;
    }"""
    f = cp.RawModule(code=code).get_function("f")
    x, y = cp.zeros(32768 * 8, "float32"), cp.zeros(256, "float32")
    for stride, times, read in (
        (1, 1, 32768 * 4),
        (1, 2, 2 * 32768 * 4),
        (8, 1, 32768 * 32),
        (2, 1, 32768 * 8),
    ):
        cudasim.clear()
        f((1,), (256,), (x, y, cuda.int32(stride), cuda.int32(times)))
        (moved,) = cudasim.traffic
        assert (
            0.9 * read <= moved.read <= read and moved.written == 1024
        )  # a part of the first pass is still there
