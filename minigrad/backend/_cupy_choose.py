"""Which of several kernels does a job: the first, or with `backends.cuda.benchmark` the one measured fastest."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from .settings import settings

Array = Any
TIMES = 3


class Chooser:
    """Remembers for each job which way was fastest. Each way computes the whole result."""

    def __init__(self, cp: Any) -> None:
        self.cp = cp
        self.best: dict[Hashable, str] = {}

    def run(self, job: Hashable, ways: dict[str, Callable[[], Array]]) -> Array:
        """The result of the way chosen; the first is the default."""
        if not settings.benchmark or len(ways) == 1:
            return next(iter(ways.values()))()
        key = self.cp.cuda.Device().id, job
        if key not in self.best:
            self.best[key] = min(ways, key=lambda name: self.seconds(ways[name]))
        return ways[self.best[key]]()

    def seconds(self, way: Callable[[], Array]) -> float:
        """The shortest of a few runs, the first, which compiles, not counted; without end where memory is short."""
        cuda = self.cp.cuda
        best = float("inf")
        try:
            for k in range(TIMES + 1):
                start, end = cuda.Event(), cuda.Event()
                start.record()
                way()
                end.record()
                end.synchronize()
                best = min(best, cuda.get_elapsed_time(start, end)) if k else best
        except cuda.memory.OutOfMemoryError:
            return float("inf")
        return best
