"""Writes down what a CuPy wheel has: names and parameters, which `minigrad.testing.cudasim` holds its stand-in to.

Run it where CuPy is installed; it needs no driver: python tools/cupy_names.py
"""

from __future__ import annotations

import importlib
import inspect
import json
import types
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[1] / "minigrad" / "testing" / "cudasim" / "cupy_names.json"
MODULES = ("cupy", "cupy.linalg", "cupy.cuda", "cupy.cuda.runtime", "cupy.lib.stride_tricks")
CLASSES = (
    "cupy.ndarray",
    "cupy.ufunc",
    "cupy.RawModule",
    "cupy.RawKernel",
    "cupy.cuda.Device",
    "cupy.cuda.Stream",
)
CLASSES += (
    "cupy.cuda.Event",
    "cupy.cuda.MemoryPool",
    "cupy.cuda.PinnedMemoryPool",
    "cupy.cuda.UnownedMemory",
)


def parameters(value: Any) -> str | None:
    """The names of what a function takes; "ufunc" for one, None for what is no function or does not tell."""
    if type(value).__name__ == "ufunc":
        return "ufunc"
    if not callable(value) or isinstance(value, type):
        return None
    try:
        return " ".join(
            str(p).partition(":")[0].partition("=")[0] for p in inspect.signature(value).parameters.values()
        )
    except (TypeError, ValueError):
        return None


def names(owner: Any) -> dict[str, str | None]:
    """Public names, with the parameters of functions."""
    found = {}
    for name in dir(owner):
        value = getattr(owner, name, None)
        if not name.startswith("_") and not isinstance(value, types.ModuleType):
            found[name] = parameters(value)
    return found


def table() -> dict[str, Any]:
    """All of it, with the wheel's version."""
    cupy = importlib.import_module("cupy")
    found: dict[str, Any] = {"version": cupy.__version__}
    for module in MODULES:
        found[module] = names(importlib.import_module(module))
    for name in CLASSES:
        module, _, cls = name.rpartition(".")
        found[name] = names(getattr(importlib.import_module(module), cls))
    return found


if __name__ == "__main__":
    TABLE.write_text(json.dumps(table(), indent=0, sort_keys=True) + "\n", "utf-8")
    print(TABLE)
