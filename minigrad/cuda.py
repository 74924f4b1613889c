"""GPUs: which there are, the current one, streams and events, and what memory they hold. Names as in `torch.cuda`.

CuPy does the work: `pip install 'minigrad[cuda13]'` or `'minigrad[cuda12]'`. Nothing here asks for a device before a
function is called. `MINIGRAD_CUDASIM=1` puts a simulator in the place of a card: see `minigrad.testing.cudasim`.

>>> import minigrad as mg
>>> device = "cuda" if mg.cuda.is_available() else "cpu"
>>> mg.ones(2, device=device).sum().item()
2.0
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from typing import Any, NamedTuple

from .backend import ARRAYS, LOADED, gpu, number_of
from .errors import ArgumentError, DeviceError

__all__ = [
    "DeviceProperties",
    "Event",
    "Stream",
    "current_device",
    "current_stream",
    "device",
    "device_count",
    "empty_cache",
    "get_device_capability",
    "get_device_name",
    "get_device_properties",
    "is_available",
    "mem_get_info",
    "memory_allocated",
    "memory_reserved",
    "memory_summary",
    "set_device",
    "set_memory_limit",
    "stream",
    "synchronize",
]


class DeviceProperties(NamedTuple):
    """What a device is."""

    name: str
    major: int
    minor: int
    total_memory: int  # bytes
    multi_processor_count: int


# ---- devices --------------------------------------------------------------------------------------------------------
def is_available() -> bool:
    """Whether tensors can be made with `device="cuda"`."""
    try:
        gpu()
    except DeviceError:
        return False
    return True


def device_count() -> int:
    """How many devices there are; 0 without CuPy or a driver."""
    return int(gpu().cuda.runtime.getDeviceCount()) if is_available() else 0


def number(given: Any) -> int:
    """The number of a device from None (the current one), a number, or a name.

    Raises:
        DeviceError: for one that is not there.
    """
    if given is None:
        return current_device()
    found = number_of(f"cuda:{given}" if isinstance(given, int) else str(given))
    return current_device() if found is None else found


def current_device() -> int:
    """The number of the device that `device="cuda"` means.

    Raises:
        DeviceError: if there is none.
    """
    return int(gpu().cuda.Device().id)


def set_device(device: Any) -> None:
    """Make a device the current one; `with mg.cuda.device(1)` does so for a while.

    Raises:
        DeviceError: if it is not there.
    """
    gpu().cuda.Device(number(device)).use()


@contextlib.contextmanager
def device(device: Any) -> Iterator[None]:
    """The current device within a `with`. Ops on tensors of a device run while that is the current one.

    Raises:
        DeviceError: if it is not there.
    """
    with gpu().cuda.Device(number(device)):
        yield


def get_device_properties(device: Any = None) -> DeviceProperties:
    """Name, compute capability, memory in bytes, and how many multiprocessors.

    Raises:
        DeviceError: if it is not there.
    """
    xp, k = gpu(), number(device)
    found = xp.cuda.runtime.getDeviceProperties(k)
    major, minor = get_device_capability(k)
    name = found["name"]
    return DeviceProperties(
        name.decode() if isinstance(name, bytes) else name,
        major,
        minor,
        int(found["totalGlobalMem"]),
        int(found["multiProcessorCount"]),
    )


def get_device_name(device: Any = None) -> str:
    """The name of a device, as its driver tells it."""
    return get_device_properties(device).name


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """The compute capability, as (9, 0)."""
    digits = gpu().cuda.Device(number(device)).compute_capability
    return int(digits[:-1]), int(digits[-1])


# ---- order and time -------------------------------------------------------------------------------------------------
def synchronize(device: Any = None) -> None:
    """Wait until a device has done all that was asked of it."""
    gpu().cuda.Device(number(device)).synchronize()


class Stream:
    """A queue of work: what is asked within `with mg.cuda.stream(s)` runs in order, and beside other queues."""

    def __init__(self) -> None:
        self.queue = gpu().cuda.Stream(non_blocking=True)

    def synchronize(self) -> None:
        """Wait until its work is done."""
        self.queue.synchronize()

    def wait_event(self, event: Event) -> None:
        """Let what is asked from now on wait for an event."""
        self.queue.wait_event(event.place)

    def record_event(self, event: Event | None = None) -> Event:
        """Note the place that the queue has come to."""
        event = event or Event()
        event.record(self)
        return event


@contextlib.contextmanager
def stream(stream: Stream) -> Iterator[Stream]:
    """Work goes to a queue within a `with`."""
    with stream.queue:
        yield stream


def current_stream() -> Any:
    """CuPy's current stream."""
    return gpu().cuda.get_current_stream()


class Event:
    """A place in a queue, and when it was reached.

    Args:
        enable_timing: keep the time.

    Attributes:
        enable_timing: whether it does.
    """

    def __init__(self, enable_timing: bool = False) -> None:
        self.enable_timing = enable_timing
        self.place = gpu().cuda.Event(disable_timing=not enable_timing)

    def record(self, stream: Stream | None = None) -> None:
        """Note the place that a queue has come to; the current one by default."""
        self.place.record(stream.queue if stream else None)

    def synchronize(self) -> None:
        """Wait until it is reached."""
        self.place.synchronize()

    def query(self) -> bool:
        """Whether it is reached."""
        return bool(self.place.done)

    def elapsed_time(self, end: Event) -> float:
        """Milliseconds from this event to another.

        Raises:
            ArgumentError: if one of them keeps no time.
        """
        if not (self.enable_timing and end.enable_timing):
            raise ArgumentError("Event.elapsed_time: both events want enable_timing=True")
        return float(gpu().cuda.get_elapsed_time(self.place, end.place))


# ---- memory ---------------------------------------------------------------------------------------------------------
def memory_allocated(device: Any = None) -> int:
    """Bytes that tensors hold on a device."""
    with gpu().cuda.Device(number(device)):
        return int(gpu().get_default_memory_pool().used_bytes())


def memory_reserved(device: Any = None) -> int:
    """Bytes that this process holds on a device, for tensors and in store."""
    with gpu().cuda.Device(number(device)):
        return int(gpu().get_default_memory_pool().total_bytes())


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """(free, all) bytes of a device's memory, of all processes."""
    free, total = gpu().cuda.Device(number(device)).mem_info
    return int(free), int(total)


def empty_cache() -> None:
    """Give the memory that no tensor uses back to the device."""
    if "cuda" in LOADED:
        gpu().get_default_memory_pool().free_all_blocks()


def set_memory_limit(size: int | float | None, device: Any = None) -> None:
    """The most that this process may take of a device: bytes, a share of the memory as a float, or None for all.

    Raises:
        ArgumentError: for a negative number, or a share above 1.
    """
    if size is not None and (size < 0 or (isinstance(size, float) and size > 1)):
        raise ArgumentError(
            f"set_memory_limit: size is {size}, where bytes, a share of 0.0 to 1.0 or None is wanted"
        )
    with gpu().cuda.Device(number(device)):
        pool = gpu().get_default_memory_pool()
        if isinstance(size, float):
            pool.set_limit(fraction=size)
        else:
            pool.set_limit(size=size or 0)


def memory_summary(most: int = 10) -> str:
    """What holds the memory: the largest arrays that are alive, the figures of the pool, a line each.

    Args:
        most: how many arrays are listed.
    """
    xp, found = gpu(), {}
    for thing in gc.get_objects():
        array = getattr(thing, "data", None) if type(thing).__name__ == "Tensor" else thing
        if type(array) in ARRAYS and isinstance(array, xp.ndarray):
            base = array if array.base is None else array.base
            found[id(base)] = base
    largest = sorted(found.values(), key=lambda a: -a.nbytes)[:most]
    lines = [f"{a.nbytes:>15,} bytes  {a.dtype}{[*a.shape]}" for a in largest]
    free, total = mem_get_info()
    return "\n".join(
        [
            *lines,
            f"{memory_allocated():>15,} bytes  in tensors",
            f"{memory_reserved():>15,} bytes  held by this process",
            f"{free:>15,} bytes  free, of {total:,}",
        ]
    )
