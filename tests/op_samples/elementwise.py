"""Samples of minigrad/ops/elementwise.py."""

from __future__ import annotations

import math

import numpy as np

import minigrad as mg
from minigrad.errors import DTypeError, ShapeError

from .case import Case, S, bad, each, f

CASES = [
    Case(
        mg.mul,
        each(lambda a, b: a * b),
        [S(f(3, 4), f(3, 4, seed="b")), S(f(3, 1), f(4), name="broadcast"), S(f(), f(2)), S(f(0, 3), f(3)), S(f(2), 1.5)],
        [
            bad(ShapeError, r"mul: a float64\[2\], b float64\[3\]", f(2), f(3)),
            bad(DTypeError, r"mul: b is a list", f(2), [1.0, 2.0]),
            bad(DTypeError, r"mul: b is a complex128", f(2), np.ones(2, complex)),
        ],
    ),
    Case(
        mg.exp,
        each(math.exp),
        [S(f(3, 4)), S(f(), name="0-d"), S(f(0, 2), name="empty")],
        [bad(DTypeError, r"exp: .*too many positional", f(2), 1)],
    ),
]
