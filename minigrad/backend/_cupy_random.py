"""Random numbers on the GPU: `kernels/philox.cu`, the same bits as `_philox`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._kernels import EXACT, Kernels
from ._philox import DIGITS, Key

Array = Any
KINDS = {"bits": 0, "uniform": 1, "normal": 2, "exponential": 3, "randint": 4, "words": 5}


class Random:
    """The extras of random numbers, for one array library."""

    def __init__(self, cp: Any) -> None:
        self.cp, self.kernels = cp, Kernels(cp, "philox.cu", EXACT)

    def counter(self, key: Key) -> tuple[Any, ...]:
        """A key as the kernels take it."""
        return tuple(np.uint64(v & (1 << 64) - 1) for v in (key[0], key[1], key[1] >> 64))

    def dropout(self, x: Array, key: Key, p: float, scale: float) -> Array:
        """x times scale where a number in [0, 1) is at least p, else 0; the mask is made as it is used."""
        y, x = self.cp.empty(x.shape, x.dtype), self.cp.ascontiguousarray(x)
        self.kernels.each("dropout", (x.dtype,), -(-y.size // 4), x, y, y.size, *self.counter(key), p, scale)
        return y

    def draw(
        self,
        kind: str,
        key: Key,
        shape: Any,
        dtype: Any,
        words: int,
        digits: int = 0,
        span: int = 0,
        start: int = 0,
    ) -> Array:
        """An array of numbers of one kind, `words` words each."""
        y = self.cp.empty(shape, dtype)
        types = (
            "unsigned int"
            if y.dtype == np.uint32
            else "unsigned long long"
            if y.dtype == np.uint64
            else y.dtype
        )
        rest = np.int32(digits), np.uint64(span), np.uint64(start % (1 << 64))
        blocks = -(-y.size * words // 4)
        kernel = (types, str(KINDS[kind]), str(words))
        self.kernels.each("random", kernel, blocks, y, y.size, *self.counter(key), *rest)
        return y

    def philox_bits(self, key: Key, shape: Any) -> Array:
        """Random uint32 words."""
        return self.draw("bits", key, shape, "uint32", 1)

    def philox_uniform(self, key: Key, shape: Any, dtype: Any) -> Array:
        """Floats in [0, 1), evenly spaced."""
        digits = DIGITS.get(np.dtype(dtype).name, 53)
        return self.draw("uniform", key, shape, dtype, 2 if digits == 53 else 1, digits)

    def philox_normal(self, key: Key, shape: Any, dtype: Any) -> Array:
        """Standard normal numbers."""
        return self.draw("normal", key, shape, dtype, 2 if np.dtype(dtype) == np.float64 else 1)

    def philox_exponential(self, key: Key, shape: Any, dtype: Any) -> Array:
        """Exponential numbers of rate 1."""
        return self.draw("exponential", key, shape, dtype, 2)

    def philox_randint(self, key: Key, shape: Any, low: int, high: int, dtype: Any) -> Array:
        """Integers of low <= k < high."""
        return self.draw("randint", key, shape, dtype, 2, span=high - low, start=low)

    def philox_permutation(self, key: Key, n: int) -> Array:
        """The numbers 0 to n - 1 (int64) in random order: that of n random 64-bit words."""
        words = self.draw("words", key, (n,), "uint64", 2)
        return self.cp.argsort(words, kind="stable").astype("int64", copy=False)
