"""mg.cuda: devices, streams, events, memory, and what is told where there is no room or no device."""

from __future__ import annotations

from typing import Any

import pytest

import minigrad as mg
from minigrad import backend
from minigrad.backend import _cupy
from minigrad.errors import ArgumentError, DeviceError, OutOfMemoryError


def test_devices() -> None:
    assert mg.cuda.is_available() and mg.cuda.device_count() >= 1
    assert mg.cuda.current_device() == 0
    found = mg.cuda.get_device_properties()
    assert found.name == mg.cuda.get_device_name("cuda:0") and found.total_memory > 0
    assert (found.major, found.minor) == mg.cuda.get_device_capability(0)
    with mg.cuda.device("cuda:0"):
        assert mg.zeros(1, device="cuda").device == "cuda:0"
    mg.cuda.set_device(0)
    mg.cuda.synchronize()
    for wrong in (99, "cuda:99", "cpu", "cuda:-1"):
        with pytest.raises(DeviceError):
            mg.cuda.set_device(wrong)


def test_streams_and_events() -> None:
    start, end = mg.cuda.Event(enable_timing=True), mg.cuda.Event(enable_timing=True)
    queue = mg.cuda.Stream()
    with mg.cuda.stream(queue):
        start.record(queue)
        x = mg.ones(100, device="cuda") * 2
        end.record(queue)
    queue.wait_event(queue.record_event())
    queue.synchronize()
    end.synchronize()
    assert end.query() and start.elapsed_time(end) >= 0.0 and x.sum().item() == 200.0
    with pytest.raises(ArgumentError, match="enable_timing"):
        start.elapsed_time(mg.cuda.Event())
    assert mg.cuda.current_stream() is not None


def test_memory() -> None:
    before = mg.cuda.memory_allocated()
    x = mg.zeros(1000, device="cuda")
    assert mg.cuda.memory_allocated() >= before + 4000
    assert mg.cuda.memory_reserved() >= mg.cuda.memory_allocated()
    free, total = mg.cuda.mem_get_info()
    assert 0 < free <= total
    assert "float32[1000]" in mg.cuda.memory_summary(1000) and "in tensors" in mg.cuda.memory_summary(0)
    del x
    mg.cuda.empty_cache()
    assert mg.cuda.memory_allocated() == before
    for wrong in (-1, 1.5):
        with pytest.raises(ArgumentError, match="set_memory_limit"):
            mg.cuda.set_memory_limit(wrong)


@pytest.fixture
def two_devices(cuda: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two devices: the machine's, or the simulator's."""
    if hasattr(cuda.cupy, "state"):
        monkeypatch.setattr(cuda.cupy.state, "devices", 2)
    elif mg.cuda.device_count() < 2:
        pytest.skip("this machine has one device")


@pytest.mark.usefixtures("two_devices")
def test_two_devices() -> None:
    x = mg.tensor([1.0, 2.0], device="cuda:1", requires_grad=True)
    assert x.device == "cuda:1" and mg.cuda.device_count() == 2 and mg.cuda.current_device() == 0
    with mg.cuda.device(1):
        assert mg.ones(1, device="cuda").device == "cuda:1"
        y = x * 3.0
        z = y.to("cuda:0")
        y.sum().backward()
    assert (x.grad.device, x.grad.tolist(), z.device) == ("cuda:1", [3.0, 3.0], "cuda:0")
    assert (z + mg.ones(2, device="cuda:0")).tolist() == [4.0, 7.0] and x.cpu().tolist() == [1.0, 2.0]
    assert mg.cuda.memory_allocated(1) > 0
    with pytest.raises(DeviceError, match="there are 2, counted from 0"):
        mg.ones(1, device="cuda:2")


@pytest.mark.usefixtures("two_devices")
def test_the_wrong_device_is_told(cuda: Any) -> None:
    if not hasattr(cuda.cupy, "state"):
        pytest.skip("devices that see each other's memory compute")
    x = mg.ones(2, device="cuda:1")
    with pytest.raises(
        DeviceError, match=r"mul: its inputs are on cuda:1, not the current device; work within `with"
    ):
        x * 2.0
    with pytest.raises(
        DeviceError, match=r"add: its inputs are on cuda:0, cuda:1, not .*; move one with .to\(\)"
    ):
        x + mg.ones(2, device="cuda:0")


def test_page_locked_memory() -> None:
    x = mg.randn(3, 4, dtype=mg.float64, requires_grad=True)
    y = x.detach().pin_memory()
    assert (
        y.is_pinned() and y.T.is_pinned() and y.pin_memory() is y and not x.is_pinned() and y.device == "cpu"
    )
    z = y.to("cuda", non_blocking=True) * 2.0
    assert not z.is_pinned() and z.cpu().tolist() == (x * 2.0).tolist()
    assert y.T[1:].to("cuda").tolist() == x.T[1:].tolist()
    assert mg.zeros(0, 3).pin_memory().cuda().shape == (0, 3)
    with pytest.raises(DeviceError, match="pin_memory: the tensor is on cuda:0; only what is on the CPU"):
        z.pin_memory()


def test_no_room_is_told_with_what_to_do() -> None:
    x = mg.ones(1000, device="cuda")
    mg.cuda.empty_cache()
    mg.cuda.set_memory_limit(mg.cuda.memory_allocated() + 5000)
    try:
        with pytest.raises(
            OutOfMemoryError, match=r"mul: a float32\[1000, 1\], b float32\[1000\]: Out of memory allocating"
        ) as e:
            x.reshape(1000, 1) * x
        assert "memory_summary" in str(e.value) and "batch smaller" in str(e.value)
        with pytest.raises(OutOfMemoryError, match="zeros: Out of memory"):
            mg.zeros(10**6, device="cuda")
        assert (x + 1).sum().item() == 2000.0  # and nothing is lost
    finally:
        mg.cuda.set_memory_limit(None)


# ---- without --------------------------------------------------------------------------------------------------------
class NoDriver:
    """A CuPy that finds no driver, or one that is too old."""

    def __init__(self, count: Any) -> None:
        def get() -> Any:
            if isinstance(count, Exception):
                raise count
            return count

        self.cuda = type("cuda", (), {"runtime": type("runtime", (), {"getDeviceCount": staticmethod(get)})})


def test_without_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "LOADED", {})
    for found, match in (
        (
            NoDriver(RuntimeError("cudaErrorInsufficientDriver: CUDA driver version is insufficient")),
            "driver does not answer.*insufficient",
        ),
        (NoDriver(0), "knows of no device"),
    ):
        monkeypatch.setattr(_cupy.importlib, "import_module", lambda name, found=found: found)
        with pytest.raises(DeviceError, match=match):
            _cupy.build()
        monkeypatch.undo()


def test_without_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise ImportError("No module named 'cupy'")

    monkeypatch.setattr(_cupy.importlib, "import_module", absent)
    with pytest.raises(DeviceError, match=r"pip install 'minigrad\[cuda13\]'"):
        _cupy.library()
