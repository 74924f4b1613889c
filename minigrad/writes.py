"""In-place writes, noted by the owner of the memory, so that a gradient computed from a changed value is an error.

One clock ticks at every write; nothing is stored on any tensor. A saved value is wrong if its memory was written
after its node was made. Memory that a recorded write moved its tensor away from is stale: using it is an error.
"""

from __future__ import annotations

import sys
import weakref
from types import FrameType
from typing import Any

from .backend import ARRAYS
from .errors import GradientError

clock = 0
written: dict[int, tuple[int, str, Any]] = {}  # id(owner) -> time, line, weak reference that forgets it
# id(owner) -> weak reference to it, line, weak reference to the writer, the place that it left
stale: dict[int, tuple[Any, str, Any, Any]] = {}


def owner(array: Any) -> Any:
    """The array that owns the memory behind a view."""
    while type(array.base) in ARRAYS:
        array = array.base
    return array


def caller() -> str:
    """The nearest line outside of minigrad, as `file:line`."""
    frame: FrameType | None = sys._getframe(1)
    while frame and frame.f_back and frame.f_globals.get("__name__", "").startswith("minigrad."):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else "an unknown line"


def changed(array: Any) -> None:
    """Tell the engine that an array was written. Every in-place write goes through here."""
    global clock
    clock += 1
    own = owner(array)
    key = id(own)
    old = written.get(key)
    ref = old[2] if old and old[2]() is own else weakref.ref(own, lambda r: forget(key, r))
    written[key] = clock, caller(), ref


def forget(key: int, ref: Any) -> None:
    """Drop the note on memory that is gone, unless the address has a new owner."""
    if key in written and written[key][2] is ref:
        del written[key]


def check_saved(name: str, time: int, value: Any) -> None:
    """Refuse a value that was saved at `time` and written since.

    Raises:
        GradientError: naming the op and the line of the write.
    """
    if type(value) in (tuple, list):
        for v in value:
            check_saved(name, time, v)
    elif type(value) in ARRAYS:
        when, line, _ = written.get(id(owner(value)), (0, "", None))
        if when > time:
            raise GradientError(
                f"{name}: a value saved for its gradient was changed in place at {line}; "
                "change it after backward, or work on a clone()"
            )


def mark_stale(array: Any, writer: Any) -> None:
    """Remember that `writer` moved away from this memory, so that other tensors over it are noticed."""
    own = owner(array)
    key = id(own)
    ref = weakref.ref(own, lambda _: stale.pop(key, None))
    stale[key] = ref, caller(), weakref.ref(writer), place(array)


def place(array: Any) -> Any:
    """Where in memory an array lies, and how."""
    return getattr(array, "ctypes", array).data, array.shape, array.strides


def check_stale(arrays: Any) -> None:
    """Refuse memory that another tensor's recorded in-place write has left behind.

    Raises:
        GradientError: naming the line of the write.
    """
    for x in arrays:
        if type(x) in ARRAYS and (held := stale.get(id(owner(x)))):
            raise GradientError(
                f"this tensor shares memory with one changed in place at {held[1]}: "
                "take the view again after the change, or clone() before it"
            )


def fresh(value: Any) -> Any:
    """A saved value, copied if its memory is stale: the value is right, and may be used where that memory may not."""
    if type(value) in (tuple, list):
        return type(value)(map(fresh, value))
    return value.copy() if type(value) in ARRAYS and id(owner(value)) in stale else value
