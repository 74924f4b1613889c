"""The record mode: what becomes of each Node, per thread."""

from __future__ import annotations

import threading
from typing import Any


class Mode(threading.local):
    """What becomes of a Node, per thread: False drops it (no_grad), True keeps it, a function also sees it."""

    record: Any = True


mode = Mode()


class recording:
    """`recording(False)` is no_grad; `recording(function)` calls function(node, values) for each Node as it is made.

    The values are those that a Node may save of: inputs, then outputs, then the dict of parameters.
    """

    def __init__(self, value: Any) -> None:
        self.value = value

    def __enter__(self) -> None:
        self.old, mode.record = mode.record, self.value

    def __exit__(self, *_: object) -> None:
        mode.record = self.old


class After:
    """A hook that sees a leaf once its `.grad` has grown, not the gradient on its way there."""

    def __init__(self, hook: Any) -> None:
        self.hook = hook

    def __call__(self, g: Any) -> None:
        """Let the gradient pass."""
