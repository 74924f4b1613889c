"""Windows as kernels take them: one to three dims as three, structs by value."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..window import Ints, Window


def in_three(values: Ints, fill: int) -> list[int]:
    """One to three numbers as three, `fill` in front."""
    return [*[fill] * (3 - len(values)), *values]


def described(fields: dict[str, Any], kind: str) -> np.ndarray:
    """A struct of integers, as a kernel takes it by value; fields are numbers or triples."""
    row = [(name, kind, (3,)) if isinstance(v, list) else (name, kind) for name, v in fields.items()]
    return np.array(tuple(fields.values()), np.dtype(row))


def window_fields(window: Window, size: Ints, out: Ints) -> dict[str, Any]:
    """The geometry in the order of the kernels' structs."""
    return {
        "size": in_three(tuple(size), 1),
        "out": in_three(tuple(out), 1),
        "kernel": in_three(window.kernel, 1),
        "stride": in_three(window.stride, 1),
        "padding": in_three(tuple(lo for lo, _ in window.padding), 0),
        "dilation": in_three(window.dilation, 1),
    }


class Product(NamedTuple):
    """One of the three products of a convolution: x (N, C, *size), its windows' extents `out`, K = outs channels out.

    The kinds and their factors a and b: 0 forward, weight and x; 1 the input's gradient, weight and g; 2 the weight's,
    g and x.
    """

    kind: int
    x: Ints
    outs: int
    out: Ints
    window: Window
    groups: int
