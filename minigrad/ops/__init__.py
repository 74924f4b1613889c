"""The ops: plain functions on Tensors and on arrays, one block each, a family to a file."""

from __future__ import annotations

from typing import Any

from ..core import alias, cast, expand, sum_to
from .compare import eq, ge, gt, le, lt, ne
from .elementwise import add, cos, div, exp, mul, neg, sin, sub
from .index import (
    argsort,
    gather,
    getitem,
    index_select,
    masked_fill,
    nonzero,
    one_hot,
    overwritten,
    put,
    put_along,
    setitem,
)
from .linalg import linear, matmul, mT
from .pad import fold_pad, pad
from .shape import (
    cat,
    clone,
    flatten,
    flip,
    movedim,
    permute,
    reshape,
    roll,
    split,
    squeeze,
    stack,
    tile,
    transpose,
    tril,
    triu,
    unbind,
    unflatten,
    unsqueeze,
)


def registry() -> dict[str, Any]:
    """Every op by name."""
    return {name: f for name, f in sorted(globals().items()) if hasattr(f, "op")}
