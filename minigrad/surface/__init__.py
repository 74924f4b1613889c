"""PyTorch's signatures of the top level and of methods, where an op's own is another: a family to a file.

In each file `__all__` names the functions of the top level, METHODS what becomes a method of Tensor, and IN_PLACE what
has a form with `_` too; the files of `minigrad.ops` say the same of the ops that need no other signature.
"""

from __future__ import annotations

from ..errors import clear
from . import (
    activation,
    arrange,
    count,
    diagonal,
    einsum,
    elementwise,
    factor,
    facts,
    fresh,
    index,
    join,
    linalg,
    matrix,
    norm,
    order,
    others,
    reduce,
    sample,
    scan,
    scatter,
    shape,
    special,
    statistics,
)

FAMILIES = (
    activation,
    arrange,
    count,
    diagonal,
    einsum,
    elementwise,
    factor,
    facts,
    fresh,
    index,
    join,
    linalg,
    matrix,
    norm,
    order,
    others,
    reduce,
    sample,
    scan,
    scatter,
    shape,
    special,
    statistics,
)
for family in FAMILIES:
    for name in {*family.__all__, *family.METHODS}:
        setattr(family, name, clear(getattr(family, name)))
