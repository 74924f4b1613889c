"""The random bits: published known answers, an implementation one number at a time, and statistics."""

from __future__ import annotations

import math
from itertools import permutations
from statistics import NormalDist

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad.backend import _philox as philox

# philox4x32 10 of kat_vectors in the authors' Random123: counter, key, words
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
M32, M64 = 2**32 - 1, 2**64 - 1


def number(words: str) -> int:
    """Words, the lowest first, as one number."""
    return sum(int(word, 16) << 32 * i for i, word in enumerate(words.split()))


def block(seed: int, counter: int) -> list[int]:
    """One block of Philox4x32-10 in Python's integers."""
    c = [counter >> 32 * i & M32 for i in range(4)]
    k = [seed & M32, seed >> 32]
    for _ in range(10):
        p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [q >> 32 ^ c[1] ^ k[0], q & M32, p >> 32 ^ c[3] ^ k[1], p & M32]
        k = [k[0] + 0x9E3779B9 & M32, k[1] + 0xBB67AE85 & M32]
    return c


def words(key: tuple[int, int], count: int) -> list[int]:
    """The first words of a key."""
    blocks = (block(key[0], key[1] + i & (1 << 128) - 1) for i in range(-(-count // 4)))
    return [w for four in blocks for w in four][:count]


def pairs(key: tuple[int, int], count: int) -> list[int]:
    """The first 64-bit numbers of a key."""
    w = words(key, 2 * count)
    return [low | high << 32 for low, high in zip(w[::2], w[1::2], strict=True)]


def normal_at(q: float) -> float:
    """The quantile one operation at a time, in Python's floats."""

    def horner(coefficients, x):
        y = coefficients[-1] * x
        for c in coefficients[-2:0:-1]:
            y = (y + c) * x
        return y + coefficients[0]

    def log(x):
        m, e = math.frexp(x)
        if m < math.sqrt(0.5):
            m, e = m * 2, e - 1
        s = (m - 1) / (m + 1)
        return horner(philox.ATANH, s * s) * (2 * s) + e * math.log(2)

    if abs(q) <= 0.425:
        t = 0.180625 - q * q
        return horner(philox.CENTRE[0], t) / horner(philox.CENTRE[1], t) * q
    r = math.sqrt(-log(0.5 - abs(q)))
    (top, bottom), t = (philox.TAIL, r - 1.6) if r <= 5 else (philox.FAR_TAIL, r - 5)
    return math.copysign(horner(top, t) / horner(bottom, t), q)


keys = st.tuples(st.integers(0, M64), st.integers(0, 2**128 - 1) | st.integers(2**64 - 9, 2**64 + 9))


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter, key, answer):
    assert philox.bits((number(key), number(counter)), 4).tolist() == [int(w, 16) for w in answer.split()]


@settings(max_examples=50)
@given(keys, st.integers(0, 40))
def test_bits_are_those_of_the_scalar_form(key, count):
    got = philox.bits(key, (count,))
    assert got.dtype == np.uint32
    assert got.tolist() == words(key, count)


@pytest.mark.parametrize("edge", [2**32, 2**64, 2**96, 2**128])
def test_carries_within_a_chunk(edge):
    key = 99, edge - 3
    assert philox.bits(key, 24).tolist() == words(key, 24)


def test_chunks_join_without_a_seam():
    count = 4 * philox.CHUNK + 6
    all_of_it = philox.bits((5, 2**64 - 100), count)
    assert all_of_it[-6:].tolist() == words((5, 2**64 - 100 + philox.CHUNK), 6)
    np.testing.assert_array_equal(philox.bits((5, 2**64 - 100), 1001), all_of_it[:1001])
    np.testing.assert_array_equal(philox.bits((5, 2**64 - 100 + 7), 50), all_of_it[28:78])


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (2, 3, 5)])
def test_shapes(shape):
    for y in (
        philox.bits((0, 0), shape),
        philox.uniform((0, 0), shape, np.float32),
        philox.normal((0, 0), shape, np.float64),
        philox.randint((0, 0), shape, 0, 3, np.int32),
    ):
        assert y.shape == shape


@settings(max_examples=25)
@given(keys)
def test_uniform_is_a_word_over_its_range(key):
    w, w64 = np.array(words(key, 9)), pairs(key, 9)
    assert philox.uniform(key, 9, np.float64).tolist() == [(v >> 11) / 2**53 for v in w64]
    for dtype, digits in ((np.float32, 24), (np.float16, 11), (ml_dtypes.bfloat16, 8)):
        got = philox.uniform(key, 9, dtype)
        assert got.dtype == dtype
        np.testing.assert_array_equal(got.astype(np.float64), (w >> 32 - digits) / 2**digits)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
def test_uniform_reaches_both_ends_but_not_1(dtype, monkeypatch):
    ends = np.array([0, M64], np.uint64)

    def only_ends(key, count, words):
        yield slice(0, count), ends.copy() if words == 2 else (ends & np.uint64(M32)).astype(np.uint32)

    monkeypatch.setattr(philox, "chunks", only_ends)
    low, high = philox.uniform((0, 0), 2, dtype).astype(np.float64)
    assert low == 0.0
    assert 0.99 < high < 1.0
    low, high = philox.normal((0, 0), 2, dtype).astype(np.float64)
    assert low == -high
    assert 6.2 < high < 8.3


@settings(max_examples=25)
@given(keys)
def test_normal_is_the_quantile_of_one_uniform_number(key):
    want = [normal_at((v >> 12) * 2.0**-52 + 2.0**-53 - 0.5) for v in pairs(key, 9)]
    assert philox.normal(key, 9, np.float64).tolist() == want
    want = [normal_at((v + 0.5) * 2.0**-32 - 0.5) for v in words(key, 9)]
    np.testing.assert_array_equal(philox.normal(key, 9, np.float32), np.array(want).astype(np.float32))
    half = philox.normal(key, 9, np.float16)
    np.testing.assert_array_equal(half, np.array(want).astype(np.float16))


def test_quantile_is_the_same_to_the_last_bit_one_by_one():
    tails = [2.0**-k for k in range(2, 54)]
    q = np.array([s * (0.5 - p) for p in tails for s in (1, -1)] + [k / 1000 for k in range(-499, 500)])
    assert philox.quantile(q).tolist() == [normal_at(v) for v in q.tolist()]


def test_quantile_against_another_implementation():
    inverse = NormalDist().inv_cdf
    p = np.concatenate([2.0 ** -np.arange(1.0, 53.5, 0.5), np.linspace(0.001, 0.999, 999)])
    want = [inverse(v) for v in p]
    np.testing.assert_allclose(
        philox.quantile(p - 0.5)[p > 1e-9], np.array(want)[p > 1e-9], rtol=2e-9, atol=1e-15
    )
    exact = p - 0.5 == np.array([float(v) for v in p]) - 0.5
    assert exact.all()
    tails = 2.0 ** -np.arange(
        2.0, 54.0
    )  # 1/2 - tail is exact, so the tails can be compared to the last digits
    np.testing.assert_allclose(philox.quantile(tails - 0.5), [inverse(v) for v in tails], rtol=2e-15)


def test_log_against_the_library():
    x = np.concatenate([2.0 ** -np.arange(0.0, 60.0, 0.37), np.linspace(0.5, 0.99, 200)])
    np.testing.assert_allclose(philox.log(x), np.log(x), rtol=1e-15)


@settings(max_examples=50)
@given(keys, st.integers(-(2**63), 2**63 - 1), st.integers(1, 2**63 - 1))
def test_randint_is_the_upper_half_of_the_product(key, low, span):
    high = min(low + span, 2**63)
    want = [low + ((high - low) * w >> 64) for w in pairs(key, 5)]
    assert philox.randint(key, 5, low, high, np.int64).tolist() == want


def test_randint_over_all_of_int64():
    got = philox.randint((1, 1), 4, -(2**63), 2**63, np.int64)
    assert got.tolist() == [w - 2**63 for w in pairs((1, 1), 4)]


@pytest.mark.parametrize("n", [0, 1, 2, 50, 9000])
def test_permutation_sorts_random_words(n):
    got = philox.permutation((3, 4), n)
    assert got.dtype == np.int64
    assert got.tolist() == sorted(range(n), key=pairs((3, 4), n).__getitem__)


# ---- statistics: fixed seeds, so these hold or fail for good; the bounds are those of 1 in 10,000 ----
def distance(sample, cumulative) -> float:
    """Kolmogorov and Smirnov's, times the root of the sample's size; 2.23 is passed once in 10,000 times."""
    f = cumulative(np.sort(sample))
    n = len(f)
    k = np.arange(n)
    return math.sqrt(n) * max((f - k / n).max(), ((k + 1) / n - f).max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_uniform_is_uniform(dtype):
    u = philox.uniform((11, 0), 200_000, dtype).astype(np.float64)
    assert distance(u, lambda x: x) < 2.23
    for lag in (1, 2, 4, 8):
        assert abs(np.corrcoef(u[:-lag], u[lag:])[0, 1]) < 4 / math.sqrt(len(u))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normal_is_normal(dtype):
    z = philox.normal((12, 0), 200_000, dtype).astype(np.float64)
    assert distance(z, np.vectorize(NormalDist().cdf)) < 2.23
    moments = [np.mean(z**k) for k in (1, 2, 3, 4)]
    np.testing.assert_allclose(moments, [0, 1, 0, 3], atol=4 * math.sqrt(96 / len(z)))
    assert abs(np.corrcoef(z[:-1], z[1:])[0, 1]) < 4 / math.sqrt(len(z))


def test_each_bit_is_fair():
    w = philox.bits((13, 0), 100_000)
    ones = np.unpackbits(w.view(np.uint8)).reshape(-1, 32).mean(0)
    assert np.abs(ones - 0.5).max() < 4.3 * 0.5 / math.sqrt(len(w))  # 4.3: the largest of 32


def test_exponential_is_minus_the_log_of_a_uniform_number():
    got = philox.exponential((7, 3), 9, np.float64)
    want = [-math.log(((v >> 12) + 0.5) / 2**52) for v in pairs((7, 3), 9)]
    np.testing.assert_allclose(got, want, rtol=1e-14)
    assert philox.exponential((7, 3), (0, 2), np.float64).shape == (0, 2)
    assert philox.exponential((7, 3), 9, np.float32).tolist() == got.astype(np.float32).tolist()


def test_exponential_is_exponential():
    x = philox.exponential((11, 0), 200_000, np.float64)
    assert distance(x, lambda v: -np.expm1(-v)) < 2.23 and x.min() > 0


def test_neighbouring_seeds_and_blocks_are_unrelated():
    a = philox.uniform((1, 0), 100_000, np.float64)
    for key in ((0, 0), (2, 0), (1 << 32, 0), (1, 50_000), (1, 1 << 64)):
        assert abs(np.corrcoef(a, philox.uniform(key, 100_000, np.float64))[0, 1]) < 4 / math.sqrt(100_000)


@pytest.mark.parametrize(("cells", "bound"), [(2, 15.2), (10, 33.8), (37, 77.4)])  # chi-square, 1 in 10,000
def test_randint_is_even(cells, bound):
    counts = np.bincount(philox.randint((14, 0), 100_000, 0, cells, np.int64), minlength=cells)
    assert len(counts) == cells
    assert ((counts - 100_000 / cells) ** 2).sum() / (100_000 / cells) < bound


def test_every_order_is_as_likely():
    orders = [tuple(philox.permutation((15, 2 * k), 4).tolist()) for k in range(4800)]
    counts = np.array([orders.count(p) for p in permutations(range(4))])
    assert ((counts - 200) ** 2).sum() / 200 < 56.6  # chi-square of 23 degrees, 1 in 10,000
