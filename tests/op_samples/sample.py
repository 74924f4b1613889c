"""Samples of minigrad/ops/sample.py: one key, so one mask."""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad.errors import ArgumentError, DTypeError

from .case import Case, S, bad, f

MASK = 0xFFFFFFFF


def philox(seed: int, block: int) -> list[int]:
    """One block of Philox4x32-10 in Python integers: Salmon et al. 2011, section 4.3."""
    c = [block >> 32 * k & MASK for k in range(4)]
    key = [seed & MASK, seed >> 32]
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [b >> 32 ^ c[1] ^ key[0], b & MASK, a >> 32 ^ c[3] ^ key[1], a & MASK]
        key = [(key[0] + 0x9E3779B9) & MASK, (key[1] + 0xBB67AE85) & MASK]
    return c


def dropped(x: np.ndarray, *, key: tuple[int, int], p: float = 0.5) -> np.ndarray:
    """Element i is kept where the i-th word of the stream, as a number in [0, 1), is at least p."""
    seed, block = key
    y = np.zeros(x.shape)
    for i, at in enumerate(np.ndindex(x.shape)):
        word = philox(seed, block + i // 4)[i % 4]
        if (word >> 8) / 2**24 >= p:
            y[at] = x[at] / (1.0 - p)
    return y


CASES = [
    Case(
        mg.ops.dropout,
        dropped,
        [
            S(f(3, 7), key=(7, 0)),
            S(f(2, 3, 4), key=(2**40 + 5, 3), p=0.2),
            S(f(5), key=(1, 2**64 - 1), p=0.0, name="nothing dropped"),
            S(f(5), key=(1, 1), p=1.0, name="all dropped"),
            S(f(), key=(0, 0), p=0.1, name="0-d"),
            S(f(0, 3), key=(0, 0), name="empty"),
        ],
        [
            bad(
                ArgumentError,
                "dropout: p is 1.5, and a probability lies between 0 and 1",
                f(2),
                key=(0, 0),
                p=1.5,
            ),
            bad(ArgumentError, "dropout: p is -0.1", f(2), key=(0, 0), p=-0.1),
            bad(DTypeError, "dropout: .*missing .*'key'", f(2)),
        ],
    )
]
