"""The one table that drives every op test: a Case per op, a file per family of ops."""

from __future__ import annotations

from . import (
    activation,
    adaptive,
    compare,
    conv,
    count,
    decompose,
    device,
    distance,
    elementwise,
    embedding,
    engine,
    functions,
    index,
    integrals,
    linalg,
    loss,
    lu,
    matrix,
    norm,
    order,
    pad,
    pairs,
    pool,
    reduce,
    resample,
    sample,
    scan,
    scatter,
    shape,
    solve,
    special,
    strided,
    vector_norm,
)
from .case import Case

FAMILIES = (
    *(activation, adaptive, compare, conv, count, decompose, device, distance, elementwise, embedding),
    *(engine, functions, index, integrals, linalg, loss, lu, matrix, norm, order, pad, pairs),
    *(pool, reduce, resample, sample, scan, scatter, shape, solve, special),
    *(strided, vector_norm),
)
TABLE: dict[str, Case] = {case.op.op.name: case for family in FAMILIES for case in family.CASES}
