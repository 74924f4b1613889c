"""The one table that drives every op test: a Case per op, a file per family of ops."""

from __future__ import annotations

from . import (
    activation,
    compare,
    conv,
    elementwise,
    engine,
    functions,
    index,
    linalg,
    loss,
    pad,
    pool,
    reduce,
    sample,
    shape,
)
from .case import Case

FAMILIES = (
    *(activation, compare, conv, elementwise, engine, functions, index),
    *(linalg, loss, pad, pool, reduce, sample, shape),
)
TABLE: dict[str, Case] = {case.op.op.name: case for family in FAMILIES for case in family.CASES}
