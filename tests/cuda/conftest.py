"""Tests of the GPU backend: on a device where CuPy finds one, else in the simulator."""

from __future__ import annotations

import importlib.util
import os
import shutil
from functools import cache
from typing import Any

import pytest

from minigrad import backend


@cache
def real() -> bool:
    """Whether CuPy finds a device."""
    if importlib.util.find_spec("cupy") is None:
        return False
    import cupy

    try:
        return cupy.cuda.runtime.getDeviceCount() > 0
    except cupy.cuda.runtime.CUDARuntimeError:
        return False


@cache
def namespace() -> Any:
    """The GPU's namespace, built once."""
    if not real():
        if shutil.which("g++") is None:
            pytest.skip("neither a CUDA device nor g++")
        os.environ["MINIGRAD_CUDASIM"] = "1"
    try:
        return backend.gpu()
    finally:
        os.environ.pop("MINIGRAD_CUDASIM", None)
        backend.LOADED.clear()  # other tests ask what happens without one


@pytest.fixture(autouse=True)
def cuda(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`device="cuda"` works."""
    xp = namespace()
    monkeypatch.setitem(backend.LOADED, "cuda", xp)
    return xp


@pytest.fixture(autouse=True)
def bfloat16(request: pytest.FixtureRequest) -> None:
    """Tests of bfloat16 need the library that has it."""
    if "bfloat16" in request.node.name and importlib.util.find_spec("ml_dtypes") is None:
        pytest.skip("ml_dtypes is not installed")


@pytest.fixture(params=["forward", "reverse"])
def order(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """In which order the simulator runs threads and blocks."""
    monkeypatch.setenv("MINIGRAD_CUDASIM_ORDER", request.param)
    return request.param


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With MINIGRAD_SHARD=k/n every n-th test from the k-th on: processes that share a device share the work."""
    if shard := os.environ.get("MINIGRAD_SHARD"):
        k, n = map(int, shard.split("/"))
        items[:] = items[k::n]
