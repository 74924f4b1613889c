"""Stable orders by digits and by comparing, against Python's sort; recurrences in blocks, against a plain loop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from minigrad.backend import as_array, namespace_for
from minigrad.dtypes import bfloat16

xp = namespace_for("cpu")
RNG = np.random.default_rng(5)
LONG = 700  # elements: sorted by digits
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan, 1e-40, -1e-40, 3e38, -3e38, 1.0, 1.0 + 2**-23]


def python_order(row: list[Any], descending: bool) -> list[int]:
    """Python's stable sort; NaN is the largest."""
    sign = -1 if descending else 1
    return sorted(
        range(len(row)), key=lambda k: (sign * (row[k] != row[k]), sign * row[k] if row[k] == row[k] else 0)
    )


def rows_of(dtype: str, n: int) -> Any:
    """Three rows with ties, and with every special value of the dtype."""
    if dtype == "bfloat16":
        with np.errstate(over="ignore"):
            return rows_of("float32", n).astype(bfloat16())
    if dtype[0] == "f":
        values = np.where(
            RNG.uniform(size=(3, n)) < 0.3, RNG.choice(SPECIAL, (3, n)), RNG.normal(size=(3, n))
        )
        with np.errstate(over="ignore"):
            return values.astype(dtype)
    if dtype == "bool":
        return RNG.uniform(size=(3, n)) < 0.5
    return RNG.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, (3, n), dtype, endpoint=True)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("n", [0, 1, 20, LONG])
@pytest.mark.parametrize(
    "dtype", "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64".split()
)
def test_stable_order(dtype: str, n: int, descending: bool) -> None:
    x = rows_of(dtype, n)
    values = x.astype("float64") if dtype == "bfloat16" else x
    want = np.array([python_order(row.tolist(), descending) for row in values], int)
    np.testing.assert_array_equal(xp.stable_order(x, 1, descending), want.reshape(3, n))
    np.testing.assert_array_equal(xp.stable_order(x.T, 0, descending), want.reshape(3, n).T)
    np.testing.assert_array_equal(xp.stable_order(x[1], 0, descending), want.reshape(3, n)[1])


@pytest.mark.parametrize("low", [0, -(2**62), 2**62])
@pytest.mark.parametrize("spread", [3, 2**16 - 1, 2**16, 2**32 - 1, 2**32])
def test_order_of_integers_of_every_spread(low: int, spread: int) -> None:
    x = low + RNG.integers(0, spread, LONG, endpoint=True)
    x[[5, 600]] = low, low + spread
    assert xp.stable_order(x, 0).tolist() == python_order(x.tolist(), False)
    assert xp.stable_order(x, 0, True).tolist() == python_order(x.tolist(), True)


@pytest.mark.parametrize("shape", [(1,), (64,), (65,), (1000,), (1000, 3), (100, 2000), (2, 0), (0, 2)])
def test_linear_scan(shape: tuple[int, ...]) -> None:
    x, a = RNG.normal(size=shape), RNG.uniform(-1.0, 1.0, shape)
    want = np.zeros(shape)
    for k in range(shape[0]):
        want[k] = x[k] + (a[k] * want[k - 1] if k else 0.0)
    np.testing.assert_allclose(xp.linear_scan(x, a, 0), want, 1e-12, 1e-13)
    np.testing.assert_allclose(xp.linear_scan(x.T, a.T, x.ndim - 1), want.T, 1e-12, 1e-13)
    assert as_array(xp.linear_scan(x.astype("f4"), a.astype("f4"), 0)).dtype == np.float32
