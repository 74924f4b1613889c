"""The simulator: kernels run as on a card, mistakes are told, and the stand-in refuses what CuPy refuses."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minigrad.testing import cudasim
from minigrad.testing.cudasim import state

if shutil.which("g++") is None:
    pytest.skip("there is no g++", allow_module_level=True)
cp = cudasim.cupy
ROOT = Path(__file__).parents[2]


def run(
    body: str, *args: Any, grid: int = 1, block: int = 32, shared: int = 0, parameters: str = "float* x"
) -> None:
    """Launch a kernel of this body."""
    code = f'extern "C" __global__ void f({parameters}) {{ {body} }}'
    kernel = cp.RawModule(code=code).get_function("f")
    kernel((grid,), (block,), args, shared_mem=shared)


@pytest.fixture(params=["forward", "reverse", "7"])
def order(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MINIGRAD_CUDASIM_ORDER", request.param)
    return request.param


# ---- kernels --------------------------------------------------------------------------------------------------------
def test_every_thread_runs_once(order: str) -> None:
    x = cp.zeros(100, "float32")
    run("int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < 100) x[i] += i + 1;", x, grid=4)
    assert x.get().tolist() == [*range(1, 101)]
    assert cudasim.launches[-1] == ("f", (4, 1, 1), (32, 1, 1), 0)


def test_barriers_order_what_threads_do(order: str) -> None:
    x = cp.zeros(64, "float32")
    body = "__shared__ float s[64]; int t = threadIdx.x; s[t] = t; {} x[t] = s[63 - t];"
    run(body.format("__syncthreads();"), x, block=64)
    assert x.get().tolist() == [*range(63, -1, -1)]
    run(body.format(""), x, block=64)
    assert np.isnan(x.get()).any()  # without it some read what is not written yet


def test_warps_exchange_values(order: str) -> None:
    x = cp.arange(64, dtype="float32")
    run(
        "float v = x[threadIdx.x]; for (int o = 16; o; o /= 2) v += __shfl_xor_sync(~0u, v, o); x[threadIdx.x] = v;",
        x,
        block=64,
    )
    assert x.get().tolist() == [496.0] * 32 + [1520.0] * 32


@pytest.mark.parametrize(
    ("body", "match"),
    [
        ("if (threadIdx.x < 16) __syncthreads(); else __syncwarp();", "deadlock"),
        ("if (threadIdx.x < 16)\n __syncthreads(); else\n __syncthreads();", "waits at a different barrier"),
        ("__shfl_xor_sync(1u, 1, 1);", "not in its own mask"),
        ("__trap();", "reached"),
    ],
)
def test_threads_that_wait_for_each_other_in_vain_are_told(body: str, match: str) -> None:
    with pytest.raises(RuntimeError, match=match):
        run(body, cp.zeros(1, "float32"))


def test_templates_by_expression_and_dynamic_shared_memory() -> None:
    code = """template <typename T> __global__ void f(T* x, T v) {
        MG_DYN_SHARED(T, s);
        s[threadIdx.x] = v;
        x[threadIdx.x] = s[threadIdx.x];
    }"""
    module = cp.RawModule(code=code, name_expressions=["f<double>", "f<int>"])
    x, y = cp.zeros(2, "float64"), cp.zeros(2, "int32")
    module.get_function("f<double>")((1,), (2,), (x, np.float64(1.5)), shared_mem=16)
    module.get_function("f<int>")((1,), (2,), (y, np.int32(7)), shared_mem=8)
    assert x.get().tolist() == [1.5, 1.5] and y.get().tolist() == [7, 7]
    with pytest.raises(RuntimeError, match="not found"):
        module.get_function("f<short>")


X = cp.zeros(4, "float32")
REFUSED: dict[str, tuple[dict[str, Any], tuple[Any, ...], type[Exception], str]] = {
    "too many threads": ({"block": 2048}, (X,), RuntimeError, "invalid argument"),
    "no blocks": ({"grid": 0}, (X,), RuntimeError, "invalid argument"),
    "too much shared memory": ({"shared": 10**6}, (X,), RuntimeError, "invalid argument"),
    "another number of arguments": ({}, (X, X), TypeError, "1 parameters, 2 arguments"),
    "another dtype": ({}, (cp.zeros(4, "float64"),), TypeError, "argument 0 is float64"),
    "a NumPy array": ({}, (np.zeros(4, "float32"),), TypeError, "argument 0 is passed as float32"),
    "a number for an array": ({}, (3,), TypeError, "argument 0 is passed as int64"),
    "an int of another size": (
        {"parameters": "float* x, int n"},
        (X, 3),
        TypeError,
        "argument 1 is passed as int64",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_launches_that_are_refused(name: str) -> None:
    params, args, error, match = REFUSED[name]
    with pytest.raises(error, match=match):
        run("x[0] = 1;", *args, **params)


def test_a_kernel_that_does_not_compile() -> None:
    with pytest.raises(cudasim.cupy.state.module("kernels").CompileException, match="nonsense"):
        run("nonsense;", X)


# ---- the stand-in ---------------------------------------------------------------------------------------------------
def test_nothing_goes_to_numpy_unasked() -> None:
    x = cp.ones(3)
    for call in (
        lambda: np.asarray(x),
        lambda: x + np.ones(3),
        lambda: cp.add(x, np.ones(3)),
        lambda: np.ones(3) + x,
    ):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(TypeError):
        x[:] = np.ones(3)
    assert isinstance(np.add(x, x), cp.ndarray) and cp.asnumpy(x).tolist() == [1.0] * 3
    assert cp.get_array_module(x) is cp and cp.get_array_module(np.ones(1)) is np


def test_what_cupy_lacks_is_lacking() -> None:
    x = cp.ones((2, 2))
    for name in ("errstate", "vecdot", "block", "insert"):
        with pytest.raises(AttributeError):
            getattr(cp, name)
    for call in (
        lambda: cp.sum(x, initial=0),
        lambda: cp.max(x, where=x > 0),
        lambda: x.sum(initial=1),
        lambda: cp.add(x, x, where=x > 0),
        lambda: cp.take(x, cp.asarray([0]), mode="clip"),
    ):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(NotImplementedError):
        cp.maximum.reduce(x)
    with pytest.raises(NotImplementedError):
        cp.add.at(x, cp.asarray([0]), 1)
    assert not hasattr(cp.linalg, "vector_norm")


def test_what_cupy_does_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    x = cp.arange(3)
    assert isinstance(x.sum(), cp.ndarray) and x.sum().shape == ()
    assert x[cp.asarray([4, -4])].get().tolist() == [1, 2]  # outside: around the ends, without a word
    assert np.isnan(cp.linalg.inv(cp.zeros((2, 2))).get()).all()
    assert np.isnan(cp.empty(3).get()).all()  # memory that nobody wrote
    for order, wanted in (("forward", 2), ("reverse", 1)):  # of equal places any may win
        monkeypatch.setenv("MINIGRAD_CUDASIM_ORDER", order)
        y = cp.zeros(1, "int64")
        y[cp.asarray([0, 0])] = cp.asarray([1, 2])
        assert y.get().tolist() == [wanted]


def test_copies_are_counted() -> None:
    cudasim.clear()
    x = cp.asarray(np.ones(4, "float32"))
    assert dict(cudasim.copies) == {"to device": 16}
    x.get()
    assert bool(x[0]) and cudasim.copies["to host"] == 20
    cp.nonzero(x)
    assert cudasim.copies["shape"] and not cudasim.launches


def test_memory_is_counted_and_ends() -> None:
    pool = cp.get_default_memory_pool()
    before = pool.used_bytes()
    x = cp.zeros(1000, "float64")
    assert pool.used_bytes() == before + 8000
    view = x[10:]
    assert view.base is x and pool.used_bytes() == before + 8000
    del x, view
    assert pool.used_bytes() == before and pool.free_bytes() >= 8000
    pool.set_limit(size=pool.used_bytes() + 100)
    try:
        with pytest.raises(MemoryError, match="Out of memory allocating 8,000 bytes"):
            cp.zeros(1000, "float64")
    finally:
        pool.set_limit(size=0)
    pool.free_all_blocks()
    assert pool.free_bytes() == 0


def test_two_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "devices", 2)
    with cp.cuda.Device(1):
        x = cp.ones(2)
        assert x.device == cp.cuda.Device(1) and int(cp.cuda.Device()) == 1
    assert int(cp.cuda.Device()) == 0
    with pytest.raises(ValueError, match="different from the current device"):
        x + 1
    with pytest.raises(RuntimeError, match="invalid device ordinal"):
        cp.cuda.Device(2).use()


def test_the_names_are_those_of_the_wheel() -> None:
    if importlib.util.find_spec("cupy") is None:
        pytest.skip("CuPy is not installed")
    spec = importlib.util.spec_from_file_location("cupy_names", ROOT / "tools" / "cupy_names.py")
    tool: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    found = tool.table()
    if found["version"].split(".")[:2] == state.NAMES["version"].split(".")[:2]:
        assert found == json.loads(tool.TABLE.read_text("utf-8"))
