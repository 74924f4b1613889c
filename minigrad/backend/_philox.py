"""Random numbers from a counter: Philox4x32-10 in NumPy, made to give the same bits on every device.

A key is a pair (seed, block). Block b is Philox's four 32-bit words of the counter b (128 bits) under the
seed (64 bits), lowest word first. Every function reads the words from its key's block on, in order:

- one word a number: bits, uniform and normal below 64 bits. Number i is word i % 4 of block i // 4.
- two words a number, the low one first: float64, exponential, randint, permutation. Number i starts at word
  2 * (i % 2) of block i // 2. So n numbers of any kind take at most (n + 1) // 2 blocks.

Floats use only +, -, *, /, sqrt and exact scaling in float64, in the order written here, then one rounding to
their dtype. These are the same on all IEEE hardware, so NumPy, Numba and CUDA agree to the last bit if the
compiler contracts nothing to fused multiply-adds.

Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 4.3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

Key = tuple[int, int]
Array = Any

ROUNDS = 10
WEYL = (0x9E3779B9, 0xBB67AE85)  # what each round adds to the two key words
MULTIPLIERS = np.array([[0xD2511F53], [0xCD9E8D57]], np.uint64)  # of counter words 0 and 2
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
CHUNK = 4096  # blocks at a time, so that temporaries stay in cache
DIGITS = {"float16": 11, "bfloat16": 8, "float32": 24}  # a float in [0, 1) with more would round to 1

LN2 = math.log(2.0)
ATANH = [1.0 / (2 * k + 1) for k in range(11)]  # of s**2k in atanh(s) / s
# fmt: off
CENTRE = (  # numerator and denominator in 0.180625 - q**2, lowest power first
    (3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
     45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727),
    (1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
     21213.794301586595867, 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610))
TAIL = (  # in r - 1.6
    (1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
     1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
     0.148103976427480074590, 0.0151986665636164571966, 5.47593808499534494600e-4, 1.05075007164441684324e-9))
FAR_TAIL = (  # in r - 5
    (6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 0.296560571828504891230,
     0.0265321895265761230930, 1.24266094738807843860e-3, 2.71155556874348757815e-5,
     2.01033439929228813265e-7),
    (1.0, 0.599832206555887937690, 0.136929880922735805310, 0.0148753612908506148525,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
     2.04426310338993978564e-15))
# fmt: on


def chunks(key: Key, count: int, words: int) -> Iterator[tuple[slice, Array]]:
    """The next `count` numbers of one word (uint32) or two (uint64), by slices, in one buffer."""
    seed, block = key
    per = 4 // words
    blocks = -(-count // per)
    size = min(blocks, CHUNK)
    a, b, p = (np.empty((2, size), np.uint64) for _ in range(3))
    out = np.empty((size, 2), np.uint64)
    steps = np.arange(size, dtype=np.uint64)
    keys = [
        [[seed + r * WEYL[0] & 0xFFFFFFFF], [(seed >> 32) + r * WEYL[1] & 0xFFFFFFFF]] for r in range(ROUNDS)
    ]
    subkeys = np.array(keys, np.uint64)
    for start in range(0, blocks, CHUNK):
        if blocks - start < size:
            size = blocks - start
            a, b, p, out, steps = a[:, :size], b[:, :size], p[:, :size], out[:size], steps[:size]
        count_up(block + start, steps, a, b)
        swapped = p[::-1]  # each product feeds the other half
        for subkey in subkeys:
            np.multiply(a, MULTIPLIERS, out=p)
            np.right_shift(swapped, HALF, out=a)
            np.bitwise_xor(a, b, out=a)
            np.bitwise_xor(a, subkey, out=a)
            np.bitwise_and(swapped, LOW, out=b)
        np.left_shift(b, HALF, out=b)
        np.bitwise_or(a, b, out=out.T)
        here = slice(start * per, min(count, (start + size) * per))
        flat = out.reshape(-1)
        yield here, (flat if words == 2 else flat.view(np.uint32))[: here.stop - here.start]


def count_up(block: int, steps: Array, a: Array, b: Array) -> None:
    """Counter words 0 and 2 into `a`, 1 and 3 into `b`, for the blocks from `block` on."""
    low, high = block & 0xFFFFFFFFFFFFFFFF, block >> 64
    c = np.uint64(low) + steps
    tops: Array = np.uint64(high & 0xFFFFFFFFFFFFFFFF)
    if low + len(steps) > 1 << 64:  # a carry into the upper half of the counter
        tops = np.where(c < np.uint64(low), np.uint64(high + 1 & 0xFFFFFFFFFFFFFFFF), tops)
    a[0], b[0], a[1], b[1] = c & LOW, c >> HALF, tops & LOW, tops >> HALF


def bits(key: Key, shape: Any) -> Array:
    """Random uint32 words."""
    y = np.empty(shape, np.uint32)
    flat = y.reshape(-1)
    for here, w in chunks(key, y.size, 1):
        flat[here] = w
    return y


def uniform(key: Key, shape: Any, dtype: Any) -> Array:
    """Floats in [0, 1), evenly spaced: 53 binary digits for float64, 24 float32, 11 float16, 8 bfloat16."""
    y = np.empty(shape, dtype)
    flat = y.reshape(-1)
    digits = DIGITS.get(y.dtype.name, 53)
    words = 2 if digits == 53 else 1
    scale = 2.0**-digits if words == 2 else np.float32(2.0**-digits)
    for here, w in chunks(key, y.size, words):
        np.right_shift(w, 32 * words - digits, out=w)
        flat[here] = np.multiply(w, scale, dtype=type(scale), casting="unsafe")
    return y


def normal(key: Key, shape: Any, dtype: Any) -> Array:
    """Standard normal numbers: their quantiles at (k + 1/2) / 2**n, with n = 52 for float64, else 32.

    So one uniform number makes one normal number, out to 8.2 standard deviations (6.3 below 64 bits).
    """
    y = np.empty(shape, dtype)
    flat = y.reshape(-1)
    n, words = (52, 2) if y.dtype == np.float64 else (32, 1)
    for here, w in chunks(key, y.size, words):
        k = (w >> np.uint64(12) if words == 2 else w).astype(np.float64)
        k += 0.5 - 2.0 ** (n - 1)
        k *= 2.0**-n
        flat[here] = quantile(k)
    return y


def exponential(key: Key, shape: Any, dtype: Any) -> Array:
    """Exponential numbers of rate 1: -log of (k + 1/2) / 2**52, so above 0 and below 36.8."""
    y = np.empty(shape, dtype)
    flat = y.reshape(-1)
    for here, w in chunks(key, y.size, 2):
        k = (w >> np.uint64(12)).astype(np.float64)
        k += 0.5
        k *= 2.0**-52
        flat[here] = -log(k)
    return y


def randint(key: Key, shape: Any, low: int, high: int, dtype: Any) -> Array:
    """Integers of low <= k < high, each the upper half of a 64-bit word times high - low (plus low)."""
    y = np.empty(shape, dtype)
    flat = y.reshape(-1)
    span = high - low
    top, bottom = np.uint64(span >> 32), np.uint64(span & 0xFFFFFFFF)
    start = np.array(low, np.int64).view(np.uint64)
    for here, w in chunks(key, y.size, 2):
        wh, wl = w >> HALF, w & LOW
        low_part = wh * bottom + (wl * bottom >> HALF)
        carried = wl * top + (low_part & LOW)
        product = wh * top + (low_part >> HALF) + (carried >> HALF)
        flat[here] = (product + start).view(np.int64)
    return y


def permutation(key: Key, n: int) -> Array:
    """The numbers 0 to n - 1 (int64) in random order: that of n random 64-bit words."""
    order = np.empty(n, np.uint64)
    for here, w in chunks(key, n, 2):
        order[here] = w
    return np.argsort(order, kind="stable")


def dropout(x: Array, key: Key, p: float, scale: float) -> Array:
    """x times scale where a number in [0, 1) is at least p, else 0."""
    keep = uniform(key, x.shape, np.float32) >= p
    return np.where(keep, x * scale, np.zeros((), x.dtype))


def polynomial(coefficients: Any, x: Array) -> Array:
    """By Horner's rule, the lowest power first."""
    y = x * coefficients[-1]
    for c in coefficients[-2:0:-1]:
        y += c
        y *= x
    y += coefficients[0]
    return y


def ratio(pair: Any, x: Array) -> Array:
    """A rational function."""
    y = polynomial(pair[0], x)
    y /= polynomial(pair[1], x)
    return y


def quantile(q: Array) -> Array:
    """The z that a standard normal number stays below with probability q + 1/2.

    Source: Wichura 1988, "Algorithm AS 241: the percentage points of the normal distribution", PPND16.
    """
    z = ratio(CENTRE, 0.180625 - q * q)
    z *= q
    outer = np.flatnonzero(np.abs(q) > 0.425)
    side = q[outer]
    r = np.sqrt(-log(0.5 - np.abs(side)))
    tail = ratio(TAIL, r - 1.6)
    if (far := r > 5.0).any():
        tail[far] = ratio(FAR_TAIL, r[far] - 5.0)
    z[outer] = np.copysign(tail, side)
    return z


def log(x: Array) -> Array:
    """The natural logarithm of positive numbers, by operations that are exact or rounded alike everywhere."""
    m, e = np.frexp(x)
    small = m < math.sqrt(0.5)
    m[small] *= 2.0
    s = (m - 1.0) / (m + 1.0)
    y = polynomial(ATANH, s * s)
    y *= 2.0 * s
    y += (e - small) * LN2
    return y
