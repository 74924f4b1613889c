"""What the parts of the stand-in share: CuPy's names, the current device, memory in use, and the log."""

from __future__ import annotations

import importlib
import json
import os
import weakref
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

HERE = Path(__file__).parent
NAMES: dict[str, Any] = json.loads((HERE / "cupy_names.json").read_text("utf-8"))

current = 0  # the index of the current device
devices = int(os.environ.get("MINIGRAD_CUDASIM_DEVICES", "1"))


class Launch(NamedTuple):
    """One launch of a kernel."""

    name: str
    grid: tuple[int, int, int]
    block: tuple[int, int, int]
    shared: int


class Traffic(NamedTuple):
    """Bytes between memory and the blocks of one launch."""

    name: str
    read: int
    written: int


launches: list[Launch] = []
traffic: list[Traffic] = []
copies: Counter[str] = (
    Counter()
)  # bytes "to host" and "to device", and "shape": results whose shape depends on values


def clear() -> None:
    """Empty the log."""
    launches.clear()
    traffic.clear()
    copies.clear()


def copied(way: str, count: int) -> None:
    """Note a copy between the host and a device."""
    copies[way] += max(count, 1)


def module(name: str) -> Any:
    """Another part of the stand-in, at the time of use: they know each other both ways."""
    return importlib.import_module(f"{__package__}.{name}")


def counting() -> bool:
    """Whether kernels are compiled so that `traffic` is kept; MINIGRAD_CUDASIM_COUNT."""
    return os.environ.get("MINIGRAD_CUDASIM_COUNT") == "1"


def order() -> int:
    """In which order threads run: 0 forward, 1 reverse, else the seed of a shuffle; MINIGRAD_CUDASIM_ORDER."""
    word = os.environ.get("MINIGRAD_CUDASIM_ORDER", "forward")
    return {"forward": 0, "reverse": 1}.get(word) if word in ("forward", "reverse") else int(word) + 2  # type: ignore[return-value]


def reversed_order() -> bool:
    """Whether what a card leaves open is done the other way round."""
    return order() != 0


# ---- memory ---------------------------------------------------------------------------------------------------------
class OutOfMemoryError(MemoryError):
    """What CuPy raises when a device has no room left."""


class Pool:
    """The memory pool's figures, of a device."""

    def __init__(self) -> None:
        self.used = self.peak = self.free = self.limit = 0


pools: dict[int, Pool] = {}
owners: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()


def pool() -> Pool:
    """That of the current device."""
    return pools.setdefault(current, Pool())


def reserve(count: int) -> None:
    """Room for an array.

    Raises:
        OutOfMemoryError: above the limit.
    """
    p = pool()
    if p.limit and p.used + count > p.limit:
        raise OutOfMemoryError(
            f"Out of memory allocating {count:,} bytes (allocated so far: {p.used:,} bytes, "
            f"limit set to: {p.limit:,} bytes)."
        )
    p.used += count
    p.free = max(0, p.free - count)
    p.peak = max(p.peak, p.used)


def watched(args: Any) -> list[int]:
    """Where memory begins and ends that a launch may touch: its arguments, then all that lives."""
    arrays = [a._a for a in args if hasattr(a, "_a")] + [a._a for a in owners.values()]
    return [a.ctypes.data + k for a in arrays[:500] for k in (0, a.nbytes)]


def own(array: Any) -> None:
    """Count an array's memory until it goes."""
    owners[id(array._a)] = array
    weakref.finalize(array._a, release, current, array._a.nbytes)


def release(device: int, count: int) -> None:
    """An array went: its memory stays in the pool."""
    p = pools.setdefault(device, Pool())
    p.used -= count
    p.free += count


def owner_of(a: np.ndarray) -> Any:
    """The array that holds a view's memory; None for an array with its own."""
    root = a
    while isinstance(root.base, np.ndarray):
        root = root.base
    return None if root is a else owners.get(id(root))


def poison(a: np.ndarray) -> np.ndarray:
    """Fresh memory holds what nobody wants: 0xFF, NaN for floats, so that reading it shows."""
    if a.size:
        a.reshape(-1, order="A").view(np.uint8)[...] = 0xFF if a.dtype != bool else 1
    return a
