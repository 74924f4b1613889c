"""Copies between the host and a GPU: page-locked memory, from which the device reads while the host goes on."""

from __future__ import annotations

import weakref
from collections import deque
from typing import Any

import numpy as np

Array = Any


class Copies:
    """The extras of copying, for one array library."""

    def __init__(self, cp: Any) -> None:
        self.cp = cp
        self.locked: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self.under_way: deque[tuple[Any, np.ndarray]] = deque()  # sources that a device may still be reading

    def pinned(self, x: np.ndarray) -> np.ndarray:
        """A copy in page-locked memory."""
        raw = self.cp.cuda.alloc_pinned_memory(max(x.nbytes, 1))
        base = np.frombuffer(raw, np.uint8, x.nbytes)
        self.locked[id(base)] = base
        y = base.view(x.dtype).reshape(x.shape)
        y[...] = x
        return y

    def is_pinned(self, x: np.ndarray) -> bool:
        """Whether an array lies in memory that `pinned` made."""
        base: Any = x
        while isinstance(base, np.ndarray):
            if self.locked.get(id(base)) is base:
                return True
            base = base.base
        return False

    def upload(self, x: np.ndarray) -> Array:
        """x on the current device. Out of page-locked memory the copy may still be under way, in its stream's order."""
        while self.under_way and self.under_way[0][0].done:
            self.under_way.popleft()
        if not (self.is_pinned(x) and x.flags.c_contiguous and x.size):
            return self.cp.asarray(x)  # CuPy has page-locked memory of its own in between
        y, stream = self.cp.empty(x.shape, x.dtype), self.cp.cuda.get_current_stream()
        y.set(x, stream)
        self.under_way.append((stream.record(), x))
        return y
