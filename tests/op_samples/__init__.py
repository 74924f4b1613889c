"""The one table that drives every op test: a Case per op, a file per family of ops."""

from __future__ import annotations

from . import activation, conv, elementwise, engine, index, linalg, loss, pad, pool, shape
from .case import Case

FAMILIES = (activation, conv, elementwise, engine, index, linalg, loss, pad, pool, shape)
TABLE: dict[str, Case] = {case.op.op.name: case for family in FAMILIES for case in family.CASES}
