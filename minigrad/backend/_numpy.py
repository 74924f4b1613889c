"""The CPU namespace: NumPy's names, plus what both NumPy and CuPy lack."""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from . import _philox

EXTRAS: dict[str, Any] = {
    "philox_bits": _philox.bits,
    "philox_uniform": _philox.uniform,
    "philox_normal": _philox.normal,
    "philox_randint": _philox.randint,
    "philox_permutation": _philox.permutation,
}


def add_at(shape: tuple[int, ...], index: Any, values: Any) -> Any:
    """A new array of zeros with `values` added at `index`, repeated places summed."""
    y = np.zeros(shape, values.dtype)
    np.add.at(y, index, values)
    return y


def build() -> types.ModuleType:
    """NumPy's names as attributes of one module, so that a lookup costs what it costs in NumPy."""
    xp = types.ModuleType("minigrad.backend.numpy", __doc__)
    xp.__dict__.update({k: v for k, v in vars(np).items() if not k.startswith("__")})
    xp.__dict__.update(EXTRAS, add_at=add_at, device="cpu")
    return xp


xp = build()
