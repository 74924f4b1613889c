"""Errors inside a network name the module that they come from by its path."""

from __future__ import annotations

from typing import Any

from ..errors import MinigradError

PLACE = "_minigrad_place"  # where on an exception its place is kept while it travels outwards


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
    setattr(held, PLACE, (module, path, kind, text))
    place = f"{path} ({kind})" if path else kind
    if isinstance(error, MinigradError) and not isinstance(error, ImportError):
        error.args = (f"{place}: {text}", *error.args[1:])
    elif inner is None:
        error.add_note(f"raised in {place}")
    else:
        error.__notes__[-1] = f"raised in {place}"
