"""The ops: plain functions on Tensors and on arrays, one block each, a family to a file."""

from __future__ import annotations

from typing import Any

from ..core import alias, cast, expand, sum_to
from .compare import eq, ge, gt, le, lt, ne
from .elementwise import add, cos, div, exp, mul, neg, sin, sub
from .index import getitem, put, raw_index, setitem
from .linalg import matmul, mT


def registry() -> dict[str, Any]:
    """Every op by name."""
    return {name: f for name, f in sorted(globals().items()) if hasattr(f, "op")}
