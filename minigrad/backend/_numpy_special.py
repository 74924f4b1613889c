"""The error functions, and gamma's logarithm and its derivatives, on the CPU: NumPy has none of them.

Arrays are worked on in blocks that stay in the cache, each region of a function only where an element is in it.
float64 is computed in float64; float32 and the halves have shorter formulas, or fewer terms, in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial, inf, log, pi, sqrt
from typing import Any

import numpy as np

Array = Any
BLOCK = 32768


# ---- what all share -------------------------------------------------------------------------------------------------
def blockwise(
    kernel: Callable[[Array], Array], x: Array, single: Callable[[Array], Array] | None = None
) -> Array:
    """kernel(x), block by block; for all below float64 single(x) in float32. The result has x's dtype."""
    dtype: Any = np.float64
    if x.dtype != np.float64:
        kernel, dtype = single or kernel, np.float32
    flat = x.reshape(-1)
    y = np.empty(flat.shape, x.dtype)
    with np.errstate(all="ignore"):
        for k in range(0, flat.size, BLOCK):
            y[k : k + BLOCK] = kernel(flat[k : k + BLOCK].astype(dtype, copy=False))
    return y.reshape(x.shape)


def polynomial(z: Array, coefficients: Sequence[float]) -> Array:
    """By Horner's rule; the coefficient of the highest power comes first."""
    y = z * coefficients[0]
    y += coefficients[1]
    for c in coefficients[2:]:
        y *= z
        y += c
    return y


def within(y: Array, region: Array, kernel: Callable[..., Array], *xs: Array) -> None:
    """y = kernel(*xs) where `region` holds; nothing is computed elsewhere."""
    at = region.nonzero()[0]
    if at.size == y.size:
        y[...] = kernel(*xs)
    elif at.size:
        y[at] = kernel(*(x[at] for x in xs))


# ---- the error function: W. J. Cody 1969, "Rational Chebyshev approximations for the error function" ----------------
NEAR = 0.46875
NEAR_P = (
    *(1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2),
    3.20937758913846947e3,
)
NEAR_Q = (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3)
MIDDLE_P = (
    *(2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1),
    *(2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3),
    1.23033935479799725e3,
)
MIDDLE_Q = (
    *(1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3),
    *(3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)
FAR_P = (
    *(-1.63153871373020978e-2, -3.05326634961232344e-1, -3.60344899949804439e-1, -1.25781726111229246e-1),
    *(-1.60837851487422766e-2, -6.58749161529837803e-4),
)
FAR_Q = (
    *(1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2),
    2.33520497626869185e-3,
)


def near(x: Array) -> Array:
    """erf where |x| is at most NEAR."""
    z = x * x
    y = polynomial(z, NEAR_P)
    y *= x
    y /= polynomial(z, NEAR_Q)
    return y


def gaussian(a: Array) -> Array:
    """exp(-a a) to full precision: rounding a a would cost a factor of a a."""
    short = np.trunc(a * 16.0) / 16.0
    y = np.exp(short * -short)
    y *= np.exp((short - a) * (short + a))
    return y


def middle(a: Array) -> Array:
    """erfc where a is between NEAR and 4."""
    y = polynomial(a, MIDDLE_P)
    y /= polynomial(a, MIDDLE_Q)
    y *= gaussian(a)
    return y


def far(a: Array) -> Array:
    """erfc from 4 on."""
    a = np.minimum(a, 1e3)  # where it is long 0
    z = 1.0 / (a * a)
    y = polynomial(z, FAR_P)
    y *= z
    y /= polynomial(z, FAR_Q)
    y += 1.0 / sqrt(pi)
    y /= a
    y *= gaussian(a)
    return y


def tails(x: Array) -> tuple[Array, Array]:
    """|x|, and erfc(|x|) where that is above NEAR."""
    a = np.abs(x)
    y = a.copy()  # NaN stays
    within(y, (a > NEAR) & (a <= 4.0), middle, a)
    within(y, a > 4.0, far, a)
    return a, y


def erf_double(x: Array) -> Array:
    """erf in float64."""
    a, y = tails(x)
    np.subtract(1.0, y, out=y)
    np.copysign(y, x, out=y)
    within(y, a <= NEAR, near, x)
    return y


def erfc_double(x: Array) -> Array:
    """erfc in float64."""
    a, y = tails(x)
    y = np.where(x < 0, 2.0 - y, y)
    within(y, a <= NEAR, lambda v: 1.0 - near(v), x)
    return y


# A rational function of x x fitted to erf(x) / x, least squares weighted until the largest relative error was least
# (2e-8); beyond 3.925 erf is 1 in float32.
SINGLE_P = (
    *(2.0460378353e-6, 2.8484397210e-4, 3.7725404418e-3, 5.2769267996e-2, 1.9059349384e-1),
    1.1283791457,
)
SINGLE_Q = (*(3.8047907417e-5, 1.1638567140e-3, 1.4983177085e-2, 1.1418260134e-1, 5.0224176749e-1), 1.0)
# The Chebyshev interpolant of (1 + 2x) exp(x x) erfc(x) between 0.5 and 11 in t = (x - 3) / (x + 3) + 1 / 14, a form
# due to Shepherd and Laframboise 1981.
SINGLE_C = (
    *(-0.000564808986, 0.002166456931, 0.001275638180, -0.024674360323, 0.078730721421, -0.145527112880),
    *(0.167383529891, -0.079252433660, -0.126659099424, 1.262402129403),
)


def erf_single(x: Array) -> Array:
    """erf in float32."""
    x = np.clip(x, -3.925, 3.925)
    z = x * x
    y = polynomial(z, SINGLE_P)
    y *= x
    y /= polynomial(z, SINGLE_Q)
    return np.clip(y, -1.0, 1.0, out=y)


def erfc_tail(a: Array) -> Array:
    """erfc in float32 from 0.5 on."""
    a = np.minimum(a, 11.0)
    y = polynomial((a - 3.0) / (a + 3.0) + 1.0 / 14.0, SINGLE_C)
    y *= gaussian(a)
    y /= 2.0 * a + 1.0
    return y


def erfc_single(x: Array) -> Array:
    """erfc in float32."""
    y = 1.0 - erf_single(x)
    within(y, x > 0.5, erfc_tail, x)
    return y


def erf(x: Array) -> Array:
    """2 / sqrt(pi) times the integral of exp(-t t) from 0 to x."""
    return blockwise(erf_double, x, erf_single)


def erfc(x: Array) -> Array:
    """1 - erf(x), to full relative precision in its tail."""
    return blockwise(erfc_double, x, erfc_single)


# ---- its inverse: M. J. Wichura 1988, "Algorithm AS 241: the percentage points of the normal distribution" ----------
CENTRE_P = (
    *(2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4),
    *(1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0),
)
CENTRE_Q = (
    *(5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4),
    *(5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
)
SIDE_P = (
    *(7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1),
    *(1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0),
    *(4.63033784615654529590e0, 1.42343711074968357734e0),
)
SIDE_Q = (
    *(1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2),
    *(1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0),
    *(2.05319162663775882187e0, 1.0),
)
END_P = (
    *(2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3),
    *(2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0),
    *(5.46378491116411436990e0, 6.65790464350110377720e0),
)
END_Q = (
    *(2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5),
    *(7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1),
    *(5.99832206555887937690e-1, 1.0),
)


# The same algorithm's short form, PPND7; nothing in float32 is as near to the ends as its last region.
SHORT_CENTRE_P = (59.109374720, 159.29113202, 50.434271938, 3.3871327179)
SHORT_CENTRE_Q = (67.187563600, 78.757757664, 17.895169469, 1.0)
SHORT_SIDE_P = (0.17023821103, 1.3067284816, 2.7568153900, 1.4234372777)
SHORT_SIDE_Q = (0.12021132975, 0.73700164250, 1.0)


def quantile(r: Array) -> Array:
    """sqrt(2) erfinv where r = sqrt(-log((1 - |x|) / 2)) is above 1.6."""
    off = r - 1.6
    if r.dtype == np.float32:
        return polynomial(off, SHORT_SIDE_P) / polynomial(off, SHORT_SIDE_Q)
    y = polynomial(off, SIDE_P) / polynomial(off, SIDE_Q)
    within(y, r > 5.0, lambda v: polynomial(v - 5.0, END_P) / polynomial(v - 5.0, END_Q), r)
    return y


def erfinv_outside(x: Array) -> Array:
    """sqrt(2) erfinv where |x| is above 0.85."""
    tail = 0.5 * (1.0 - np.abs(x))
    y = np.copysign(quantile(np.sqrt(-np.log(tail))), x)
    return np.where(tail > 0, y, np.where(tail < 0, np.nan, np.copysign(inf, x)))


def erfinv_all(x: Array) -> Array:
    """erfinv."""
    long = x.dtype == np.float64
    q = x * 0.5
    z = 0.180625 - q * q
    y = polynomial(z, CENTRE_P if long else SHORT_CENTRE_P)
    y *= q
    y /= polynomial(z, CENTRE_Q if long else SHORT_CENTRE_Q)
    within(y, np.abs(x) > 0.85, erfinv_outside, x)
    y *= sqrt(0.5)
    return y


def erfinv(x: Array) -> Array:
    """The inverse of erf: infinite at -1 and 1, NaN beyond."""
    return blockwise(erfinv_all, x)


# ---- gamma and its derivatives: Stirling's series and recurrence; Abramowitz and Stegun 1964, chapter 6 -------------
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
STIRLING = [b / (2 * k * (2 * k - 1)) for k, b in enumerate(BERNOULLI, 1)][::-1]
PSI_SERIES = [b / (2 * k) for k, b in enumerate(BERNOULLI, 1)][::-1]

# The Chebyshev interpolants, in 40 digits, of lgamma(x) / (x - 2) between 1.5 and 2.5, in powers of x - 2, and of
# digamma(x) / (x - ROOT) between 1 and 2, in powers of x - 1.5.
LGAMMA = (
    *(-1.3219945666117874e-7, 2.78740805211359e-7, -4.3252393445604814e-7, 9.200527894968101e-7),
    *(-2.0439048107029907e-6, 4.38470440459836e-6, -9.438715099211532e-6, 2.0505590755833454e-5),
    *(-4.49263133791557e-5, 9.945767355819498e-5, -2.2315475400520507e-4, 5.096695154115458e-4),
    *(-1.1927539118428156e-3, 2.890510331034267e-3, -7.3855510286719986e-3, 2.058080842778038e-2),
    *(-6.73523010531981e-2, 0.32246703342411326, 0.42278433509846713),
)
ROOT = (1.4616321325302124, 1.2438149938918909e-8)  # digamma's positive one: a float32, and the rest
DIGAMMA = (
    *(-8.153978973309418e-5, 1.2230983055406747e-4, -6.11554261750751e-5, 9.173383289174792e-5),
    *(-2.178682145501451e-4, 3.268068044141764e-4, -4.599625144612576e-4, 6.899717801166841e-4),
    *(-1.042261556504223e-3, 1.5635679757533885e-3, -2.344650082351321e-3, 3.5180800751066694e-3),
    *(-5.28001782089874e-3, 7.927024067961237e-3, -1.1908215172584002e-2, 1.7907248195969127e-2),
    *(-2.697579684427536e-2, 4.076083394462657e-2, -6.192213327165706e-2, 9.498872445283e-2),
    *(-0.14840492305391761, 0.24054248424078736, -0.42362742128146047, 0.9510558760318328),
)


def enough(x: Array, terms: Sequence[float], few: int) -> Sequence[float]:
    """The terms, highest power first, that x's dtype needs: all, or the lowest few in float32."""
    return terms if x.dtype == np.float64 else terms[-few:]


def large(x: Array) -> float:
    """From where on the series hold in x's dtype."""
    return 10.0 if x.dtype == np.float64 else 4.0


def lgamma_small(x: Array) -> Array:
    """Between 0 and large(x), by steps of 1 from where the polynomial holds."""
    n = np.rint(x - 2.0)  # so far above the interval, or, at -1 and -2, below it
    product = np.where(n < 0, x, x.dtype.type(1.0))
    within(product, n == -2.0, lambda v: v * (v + 1.0), x)
    for k in range(1, int(large(x)) - 1):
        product *= np.where(n >= k, x - k, x.dtype.type(1.0))
    off = x - (n + 2.0)
    y = polynomial(off, enough(x, LGAMMA, 12)) * off
    y += np.copysign(1.0, n) * np.log(product)
    return y


def lgamma_large(x: Array) -> Array:
    """From large(x) on."""
    z = 1.0 / (x * x)
    rest = polynomial(z, enough(x, STIRLING, 4)) / x + (0.5 * log(2.0 * pi) - 0.5)
    return (x - 0.5) * (np.log(x) - 1.0) + rest


def lgamma_positive(x: Array) -> Array:
    """From 0 on."""
    y = x.copy()
    within(y, x < large(x), lgamma_small, x)
    within(y, (x >= large(x)) & (x < inf), lgamma_large, x)
    return y


def off_integer(x: Array) -> Array:
    """pi times the distance to the nearest integer, without rounding before that."""
    return pi * (x - np.rint(x))


def lgamma_negative(x: Array) -> Array:
    """Below 0, by reflection."""
    y = log(pi) - np.log(np.abs(np.sin(off_integer(x)))) - lgamma_positive(1.0 - x)
    return np.where(x == -inf, inf, y)


def lgamma_all(x: Array) -> Array:
    """lgamma."""
    y = lgamma_positive(np.abs(x))
    within(y, x < 0, lgamma_negative, x)
    return y


def lgamma(x: Array) -> Array:
    """log |gamma(x)|: infinite at 0 and at negative integers."""
    return blockwise(lgamma_all, x)


def digamma_small(x: Array) -> Array:
    """Between 0 and large(x), by steps of 1 from where the polynomial holds."""
    n = np.maximum(np.floor(x), 0.0) - 1.0
    y = np.where(n < 0, -1.0 / x, x.dtype.type(0.0))
    for k in range(1, int(large(x)) - 1):
        y += np.where(n >= k, 1.0 / (x - k), x.dtype.type(0.0))
    x = x - n
    y += polynomial(x - 1.5, enough(x, DIGAMMA, 17)) * ((x - ROOT[0]) - ROOT[1])
    return y


def digamma_large(x: Array) -> Array:
    """From large(x) on."""
    z = 1.0 / (x * x)
    return np.log(x) - (0.5 / x + polynomial(z, enough(x, PSI_SERIES, 5)) * z)


def digamma_positive(x: Array) -> Array:
    """From 0 on."""
    y = x.copy()
    within(y, x < large(x), digamma_small, x)
    within(y, x >= large(x), digamma_large, x)
    return y


def digamma_negative(x: Array) -> Array:
    """Below 0, by reflection; NaN at integers, where it goes to both infinities."""
    off = off_integer(x)
    return np.where(off == 0, np.nan, digamma_positive(1.0 - x) - pi / np.tan(off))


def digamma_all(x: Array) -> Array:
    """digamma."""
    y = digamma_positive(x)
    within(y, x < 0, digamma_negative, x)
    return y


def digamma(x: Array) -> Array:
    """The derivative of lgamma."""
    return blockwise(digamma_all, x)


def to_power(x: Array, n: int) -> Array:
    """x to the power of n >= 1 by repeated squaring, several times faster than NumPy's power."""
    y = None
    while n:
        if n & 1:
            y = x if y is None else y * x
        x, n = x * x, n >> 1
    return y


def zeta(s: int, x: Array) -> Array:
    """The sum of (x + k)^-s over k = 0, 1, ..., for x >= 0: Euler and Maclaurin's formula after the first terms."""
    far = large(x) + s
    y = np.zeros_like(x)
    x = x + 0.0  # -0 is 0
    for _ in range(int(far)):
        small = x < far
        if not small.any():
            break
        y += np.where(small, to_power(1.0 / x, s), x.dtype.type(0.0))
        x = np.where(small, x + 1.0, x)
    terms, rising = [], float(s)
    for k, b in enumerate(BERNOULLI, 1):
        terms.append(b * rising / factorial(2 * k))
        rising *= (s + 2 * k - 1) * (s + 2 * k)
    one = 1.0 / x
    z = one * one
    rest = 1.0 / (s - 1) + one * (0.5 + one * polynomial(z, terms[::-1]))
    return y + rest * to_power(one, s - 1)


def cotangent_slope(n: int) -> list[float]:
    """The n-th derivative of pi cot(pi x) as a polynomial in cot(pi x), divided by pi^(n + 1)."""
    p = [0.0, 1.0]  # from the lowest power on
    for _ in range(n):
        slope = [k * c for k, c in enumerate(p)][1:]
        p = [-a - b for a, b in zip([*slope, 0.0, 0.0], [0.0, 0.0, *slope], strict=True)]
    return p[::-1]


def polygamma(n: int, x: Array) -> Array:
    """The n-th derivative of digamma, n >= 1."""
    sign = -1.0 if n % 2 == 0 else 1.0
    size = float(factorial(n)) if n <= 170 else inf
    slope = cotangent_slope(n) if (x < 0).any() else []

    def negative(v: Array) -> Array:
        return -(pi ** (n + 1)) * polynomial(1.0 / np.tan(off_integer(v)), slope) - size * zeta(
            n + 1, 1.0 - v
        )

    def kernel(v: Array) -> Array:
        y = sign * size * zeta(n + 1, np.abs(v))
        within(y, v < 0, negative, v)
        return y

    return blockwise(kernel, x)
