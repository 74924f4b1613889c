"""`cupy.cuda`: devices, streams, events, memory. Everything runs at once, in order."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

from . import cublas as cublas
from . import state


def is_available() -> bool:
    """Whether there is a device."""
    return state.devices > 0


class Device:
    """One of the devices; `with` makes it the current one."""

    def __init__(self, device: Any = None) -> None:
        self.id = state.current if device is None else int(device)
        self.before: list[int] = []

    compute_capability = "90"
    mem_info = property(lambda self: (2**34 - state.pool().used, 2**34))
    attributes = property(lambda self: {"MultiProcessorCount": 132, "MaxSharedMemoryPerBlockOptin": 232448})

    def use(self) -> None:
        """Make it the current one.

        Raises:
            RuntimeError: if there is none of that number.
        """
        if not 0 <= self.id < state.devices:
            raise RuntimeError("cudaErrorInvalidDevice: invalid device ordinal")
        state.current = self.id

    def __enter__(self) -> Device:
        self.before.append(state.current)
        self.use()
        return self

    def __exit__(self, *error: Any) -> None:
        state.current = self.before.pop()

    def __index__(self) -> int:
        return self.id

    __int__ = __index__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and other.id == self.id

    def __hash__(self) -> int:
        return self.id

    def __repr__(self) -> str:
        return f"<CUDA Device {self.id}>"

    def synchronize(self) -> None:
        """Wait for all that was asked for: here it is done already."""


class Stream:
    """A queue of work; here all work is done when it is asked for."""

    null: Stream

    def __init__(
        self, null: bool = False, non_blocking: bool = False, ptds: bool = False, priority: Any = None
    ) -> None:
        self.ptr, self.is_non_blocking, self.done = 0 if null else id(self), non_blocking, True

    def use(self) -> Stream:
        """Make it the current one."""
        current_stream[:] = [self]
        return self

    def __enter__(self) -> Stream:
        current_stream.append(self)
        return self

    def __exit__(self, *error: Any) -> None:
        current_stream.pop()

    def synchronize(self) -> None:
        """Wait for its work."""

    def record(self, event: Any = None) -> Any:
        """Note a place in the queue."""
        event = event or Event()
        event.record(self)
        return event

    def wait_event(self, event: Any) -> None:
        """Let what follows wait for another queue's place."""


Stream.null = Stream(null=True)
current_stream = [Stream.null]


def get_current_stream(device_id: int = -1) -> Stream:
    """The queue that work goes to."""
    return current_stream[-1]


class Event:
    """A place in a queue, with its time."""

    def __init__(self, block: bool = False, disable_timing: bool = False, interprocess: bool = False) -> None:
        self.at, self.done = 0.0, True

    def record(self, stream: Any = None) -> None:
        """Note now."""
        self.at = time.perf_counter()

    def synchronize(self) -> None:
        """Wait until it is reached."""


def get_elapsed_time(start: Event, end: Event) -> float:
    """Milliseconds between two events."""
    return (end.at - start.at) * 1e3


def get_cublas_handle() -> int:
    """What cuBLAS knows its user by."""
    return 1


class MemoryPool:
    """The figures of the current device's pool."""

    def used_bytes(self) -> int:
        """Bytes of arrays."""
        return state.pool().used

    def free_bytes(self) -> int:
        """Bytes that are held for arrays to come."""
        return state.pool().free

    def total_bytes(self) -> int:
        """Both."""
        return state.pool().used + state.pool().free

    def free_all_blocks(self, stream: Any = None) -> None:
        """Give back what no array uses."""
        state.pool().free = 0

    def set_limit(self, size: int | None = None, fraction: float | None = None) -> None:
        """The most that arrays may take; 0 for no limit."""
        state.pool().limit = int(fraction * 2**34) if fraction is not None else int(size or 0)

    def get_limit(self) -> int:
        """The most that arrays may take; 0 for no limit."""
        return state.pool().limit


class PinnedMemoryPool:
    """Page-locked host memory: here there is none."""

    def n_free_blocks(self) -> int:
        """How many blocks wait."""
        return 0

    def free_all_blocks(self) -> None:
        """Give them back."""


def alloc_pinned_memory(size: int) -> Any:
    """Page-locked host memory: here it is ordinary memory."""
    return bytearray(size)


runtime = SimpleNamespace(
    getDeviceCount=lambda: state.devices,
    runtimeGetVersion=lambda: 13000,
    driverGetVersion=lambda: 13000,
    getDeviceProperties=lambda i: {"name": b"cudasim", "multiProcessorCount": 132, "totalGlobalMem": 2**34},
    CUDARuntimeError=RuntimeError,
    CUDA_R_32F=0,
    CUDA_R_16F=2,
    CUDA_R_16BF=14,
)
memory = SimpleNamespace(OutOfMemoryError=state.OutOfMemoryError)
