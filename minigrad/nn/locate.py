"""Errors inside a network name the module that they come from by its path."""

from __future__ import annotations

from typing import Any

from ..errors import MinigradError

PLACE, NOTE = "_minigrad_place", "_minigrad_note"  # what an exception carries while it travels outwards


def locate(module: Any, error: Exception) -> None:
    """Say in an error that leaves a module's forward which module it comes from.

    The innermost module gives its class, every module further out the path from itself to there. A minigrad error is
    prefixed, `features.3 (Conv2d): conv2d: ...`; any other keeps its text, and gets a note.
    """
    held: Any = error
    inner, path, kind, text = getattr(held, PLACE, (None, "", type(module).__name__, str(error)))
    if inner is not None:
        step = next((name for name, below in module.named_modules() if below is inner), None)
        if not step:  # the same module again, or one that is no attribute of this one
            return
        path = f"{step}.{path}" if path else step
    place, before = f"{path} ({kind})" if path else kind, getattr(held, NOTE, None)
    setattr(held, PLACE, (module, path, kind, text))
    if isinstance(error, MinigradError) and not isinstance(error, ImportError):
        error.args = (f"{place}: {text}", *error.args[1:])
    else:
        note = f"raised in {place}"
        error.add_note(note)
        error.__notes__[:] = [n for n in error.__notes__ if n != before]
        setattr(held, NOTE, note)
