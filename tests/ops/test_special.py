"""Special functions against math's, and against exact values: relative accuracy over their whole range."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import minigrad as mg

EULER = 0.57721566490153286061


def spread(low: float, high: float, n: int = 2000) -> Any:
    """Numbers evenly between the bounds."""
    return np.random.default_rng(n).uniform(low, high, n)


def scales(low: int, high: int, n: int = 300) -> Any:
    """Numbers of every order of magnitude between the powers of ten."""
    return 10.0 ** np.random.default_rng(n).uniform(low, high, n)


RANGES: dict[str, tuple[Callable[[float], float], Any, float]] = {
    "erf": (math.erf, np.r_[spread(-6, 6), scales(-300, 0), [0.46875, 4.0, 5.9, 30.0]], 5e-16),
    "erfc": (math.erfc, np.r_[spread(-6, 6), spread(0, 26), scales(-300, 0), [0.46875, 4.0]], 2e-15),
    "lgamma": (math.lgamma, np.r_[spread(3, 20), scales(-300, -1), scales(1, 300)], 2e-15),
}


@pytest.mark.parametrize("name", RANGES)
def test_relative_error(name: str) -> None:
    function, x, tolerance = RANGES[name]
    want = np.array([function(float(v)) for v in x])
    np.testing.assert_allclose(getattr(mg, name)(mg.tensor(x)).numpy(), want, tolerance, 0)


@pytest.mark.parametrize("name", RANGES)
def test_relative_error_in_float32(name: str) -> None:
    function, x, _ = RANGES[name]
    x = x[(np.abs(x) > 1e-30) & (np.abs(x) < 9)].astype(np.float32)
    want = np.array([function(float(v)) for v in x])
    np.testing.assert_allclose(getattr(mg, name)(mg.tensor(x)).numpy(), want, 5e-7, 0)


def test_lgamma_around_its_zeros() -> None:
    """math's is right to 2e-15 there, the power series at 1 and 2 to all digits."""
    x = spread(0.1, 3)
    np.testing.assert_allclose(mg.lgamma(mg.tensor(x)).numpy(), [math.lgamma(v) for v in x], 0, 5e-15)
    zeta = [math.pi**2 / 6, 1.2020569031595942854, math.pi**4 / 90, 1.0369277551433699263]
    for at in (1, 2):
        x = at + np.r_[scales(-14, -4), -scales(-14, -4)]
        e = x - at
        terms = [(-1) ** k * (z - (at == 2)) / k * e**k for k, z in enumerate(zeta, 2)]
        want = e * ((at == 2) - EULER) + np.sum(terms, 0)
        np.testing.assert_allclose(mg.lgamma(mg.tensor(x)).numpy(), want, 2e-15, 0)


def test_lgamma_below_zero() -> None:
    """Relative to the size of its parts: it has zeros there."""
    x = spread(-30, 0)
    want = np.array([math.lgamma(v) for v in x])
    np.testing.assert_allclose(mg.lgamma(mg.tensor(x)).numpy(), want, 2e-15, 1e-14)


def test_erfinv_undoes_erf() -> None:
    """erf of it, or, near the ends, where that says little, erfc of it."""
    x = np.r_[spread(-0.9, 0.9), scales(-300, -1)]
    back = [math.erf(v) for v in mg.erfinv(mg.tensor(x)).tolist()]
    np.testing.assert_allclose(back, x, 2e-15, 0)
    rest = scales(-15, -1)
    x = 1.0 - rest
    found = mg.erfinv(mg.tensor(x)).numpy()
    back = [math.erfc(v) for v in found]
    np.testing.assert_allclose(back, 1.0 - x, 5e-14, 0)  # erfc multiplies a relative error by 2 x^2
    np.testing.assert_array_equal(mg.erfinv(mg.tensor(-x)).numpy(), -found)


def gauss(p: int, q: int) -> float:
    """digamma(p / q), 0 < p < q: Gauss's theorem."""
    total = -EULER - math.log(2 * q) - math.pi / 2 / math.tan(math.pi * p / q)
    return total + 2 * math.fsum(
        math.cos(2 * math.pi * n * p / q) * math.log(math.sin(math.pi * n / q))
        for n in range(1, (q + 1) // 2)
    )


def test_digamma_at_fractions() -> None:
    for p, q in ((1, 3), (3, 4), (1, 5), (5, 8), (7, 16), (1, 100)):
        for steps in (0, 1, 2, 5, 9, 10, 30):
            x = Fraction(p, q) + steps
            want = gauss(p, q) + math.fsum(1 / (p / q + k) for k in range(steps))
            assert mg.digamma(mg.tensor(float(x), dtype=mg.float64)).item() == pytest.approx(
                want, rel=2e-15, abs=4e-16 * q
            )


def test_digamma_near_its_root() -> None:
    """The slope there is trigamma(1.46...) = 0.9676...; all digits are left of a value of 1e-9."""
    root, rest, slope, bend = (
        1.4616321449683622,
        9.549995429965697e-17,
        0.96767224544762117,
        -0.8855263379671842,
    )
    for off in (1e-9, -1e-8, 1e-7):
        x = root + off
        away = (Fraction(x) - Fraction(root)) - Fraction(rest)
        got = mg.digamma(mg.tensor(x, dtype=mg.float64)).item()
        assert got == pytest.approx(float(away) * (slope + bend / 2 * float(away)), rel=1e-13)


def test_digamma_below_zero() -> None:
    """digamma(1 - x) - digamma(x) = pi cot(pi x)."""
    x = -spread(0.05, 20)
    x = x[np.abs(x - np.rint(x)) > 0.02]
    left = mg.digamma(mg.tensor(1.0 - x)).numpy() - mg.digamma(mg.tensor(x)).numpy()
    np.testing.assert_allclose(left, math.pi / np.tan(math.pi * (x - np.rint(x))), 1e-13, 1e-13)


ZETA = {
    2: math.pi**2 / 6,
    3: 1.2020569031595942854,
    4: math.pi**4 / 90,
    5: 1.0369277551433699263,
    12: 1.0002460865533080483,
}


@pytest.mark.parametrize("s", ZETA)
def test_polygamma_at_integers_and_halves(s: int) -> None:
    """The zeta function, less its first terms, and the same of the odd terms alone."""
    n, sign = s - 1, (-1) ** s
    x = mg.tensor([1.0, 2.0, 12.0, 0.5], dtype=mg.float64)
    got = mg.polygamma(n, x).numpy() / (sign * math.factorial(n))
    want = [
        ZETA[s],
        ZETA[s] - 1,
        math.fsum([ZETA[s], *(-1 / k**s for k in range(1, 12))]),
        (2**s - 1) * ZETA[s],
    ]
    np.testing.assert_allclose(got[[0, 3]], np.array(want)[[0, 3]], 3e-15, 0)
    np.testing.assert_allclose(got, want, 0, 5e-16 * ZETA[s] * 2**s)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_polygamma_steps(n: int) -> None:
    """polygamma(n, x + 1) - polygamma(n, x) = (-1)^n n! / x^(n + 1), on both sides of 0."""
    x = np.r_[spread(-5, 0, 300), spread(0, 15, 300)]
    x = x[np.abs(x - np.rint(x)) > 0.05]
    lower, upper = (mg.polygamma(n, mg.tensor(v)).numpy() for v in (x, x + 1))
    np.testing.assert_allclose(
        upper - lower, (-1) ** n * math.factorial(n) / x ** (n + 1), 1e-10, 1e-11 * abs(lower).max()
    )


def test_large_arrays_and_empty_ones() -> None:
    """More than one block, in any shape."""
    x = spread(0.1, 12, 120_000).reshape(3, 40_000)
    for name in ("erf", "erfc", "lgamma", "digamma"):
        whole = getattr(mg, name)(mg.tensor(x)).numpy()
        np.testing.assert_array_equal(whole[:, 39_990:], getattr(mg, name)(mg.tensor(x[:, 39_990:])).numpy())
        np.testing.assert_array_equal(getattr(mg, name)(mg.tensor(x.T)).numpy(), whole.T)
        assert getattr(mg, name)(mg.zeros(0, 3)).shape == (0, 3)


POINTS = {
    "lgamma": [0.0, -1.0, -0.0, -math.inf, math.nan],
    "digamma": [0.0, -1.0, -math.inf, math.nan],
    "erfinv": [1.0, -1.0, 2.0, math.nan],
    "logit": [0.0, 1.0, -0.5, 2.0, math.nan],
    "entr": [0.0, -1.0, math.inf, math.nan],
    "acosh": [1.0, 0.5, -2.0, math.nan],
    "atanh": [1.0, -1.0, 2.0, math.nan],
    "xlogy": [0.0, -1.0, math.nan],
    "hypot": [0.0, math.nan, math.inf],
    "atan2": [0.0, math.nan, math.inf],
}


@pytest.mark.parametrize("name", POINTS)
def test_what_where_did_not_take_does_no_harm(name: str) -> None:
    """A gradient of 0 stays 0 where the slope is infinite or NaN, and so does the next one."""
    points = POINTS[name]
    x = mg.tensor(points, requires_grad=True, dtype=mg.float64)
    function = getattr(mg, name, None) or getattr(mg.special, name)
    y = function(x, x) if name in ("xlogy", "hypot", "atan2") else function(x)
    taken = mg.where(mg.tensor([False] * len(points)), y, 2.0)
    assert mg.autograd.grad(taken.sum(), x, retain_graph=True)[0].tolist() == [0.0] * len(points)


def test_slopes_at_the_ends() -> None:
    """Infinite where they are, with their sign."""
    ends = {"erfinv": ([1.0, -1.0], [math.inf] * 2), "logit": ([0.0, 1.0], [math.inf] * 2)}
    ends |= {
        "entr": ([0.0], [math.inf]),
        "atanh": ([1.0, -1.0], [math.inf] * 2),
        "acosh": ([1.0], [math.inf]),
    }
    for name, (points, slopes) in ends.items():
        x = mg.tensor(points, requires_grad=True, dtype=mg.float64)
        (getattr(mg, name, None) or getattr(mg.special, name))(x).sum().backward()
        assert x.grad.tolist() == slopes, name
