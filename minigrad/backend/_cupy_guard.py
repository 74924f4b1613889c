"""Indices that are outside, on the GPU: noted by a kernel, and told when something is next copied to the host.

To ask at once would make the host wait for the device at every op. The kernels themselves read and write nothing that
is outside.
"""

from __future__ import annotations

from typing import Any

from ..errors import IndexingError
from ._kernels import Kernels

Array = Any
SLOTS = 256


class Guard:
    """The extra `outside`, for one array library."""

    def __init__(self, cp: Any) -> None:
        self.cp, self.kernels = cp, Kernels(cp, "guard.cu")
        self.flags: dict[int, Array] = {}  # by device
        self.slots: dict[tuple[str, int, int], int] = {}
        self.asked: set[int] = set()

    def outside(self, name: str, index: Array, n: int, least: int = 0) -> bool:
        """Note indices outside of least to n - 1, and go on: False."""
        if index.size:
            device = self.cp.cuda.Device().id
            if device not in self.flags:
                self.flags[device] = self.cp.zeros(SLOTS, "int32")
            slot = self.slots.setdefault((name, least, n), min(len(self.slots), SLOTS - 1))
            index = self.cp.ascontiguousarray(index)
            given = index, self.flags[device], slot, index.size, least, n
            self.kernels.each("outside", (index.dtype,), index.size, *given)
            self.asked.add(device)
        return False

    def settle(self) -> None:
        """Tell what was noted on the current device since the last time.

        Raises:
            IndexingError: naming the op.
        """
        device = self.cp.cuda.Device().id
        if device not in self.asked:
            return
        self.asked.discard(device)
        found = self.flags[device].get()
        if found.any():
            self.flags[device].fill(0)
            wrong = [
                f"{name}: an index is outside of {least}..{n - 1}"
                for (name, least, n), k in self.slots.items()
                if found[k]
            ]
            raise IndexingError(
                f"{'; '.join(wrong)}. This is known only now that a result is copied to the host"
            )
