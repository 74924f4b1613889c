"""Special functions, and the elementwise ops beside them, next to PyTorch's: values, gradients, edges, dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from torch_parity import agree, torch

import minigrad as mg
from minigrad.errors import MinigradError

RNG = np.random.default_rng(11)
inf, nan = np.inf, np.nan
ANY, POSITIVE, UNIT, LARGE = (
    RNG.uniform(low, high, (3, 4)) for low, high in ((-2.5, 2.5), (0.1, 4.0), (-0.95, 0.95), (1.1, 30.0))
)
OTHER, INSIDE = (RNG.uniform(low, high, (4,)) for low, high in ((0.5, 2.0), (0.05, 0.95)))
EDGES = np.array(
    [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, -2.5, 3.0, -7.0, 12.25, 1e300, -1e300, 1e-300, inf, -inf, nan]
)


def check(call: Callable[..., Any], *xs: Any, order: int = 2, tolerance: float = 1e-11) -> None:
    """Hold both libraries to each other in float64."""
    agree(lambda *ts: call(mg, *ts), lambda *ts: call(torch, *ts), *xs, order=order, tolerance=tolerance)


def found(name: str, lib: Any) -> Any:
    """A function of the top level, or of `special`."""
    return getattr(lib, name, None) or getattr(lib.special, name)


# ---- functions of one tensor ----------------------------------------------------------------------------------------
UNARY = {
    **dict.fromkeys(["erf", "erfc", "sinc", "asinh", "frac", "nan_to_num", "deg2rad", "rad2deg"], ANY),
    **dict.fromkeys(["lgamma", "digamma", "entr"], POSITIVE),
    **dict.fromkeys(["erfinv", "atanh"], UNIT),
    "acosh": LARGE,
    "logit": RNG.uniform(0.05, 0.95, (3, 4)),
}


TRIGAMMA = {"lgamma": 1e-8, "digamma": 1e-8}  # PyTorch's is right to 5e-10


@pytest.mark.parametrize("name", UNARY)
def test_unary(name: str) -> None:
    check(lambda lib, x: found(name, lib)(x), UNARY[name], tolerance=TRIGAMMA.get(name, 1e-11))


def test_gamma_below_zero() -> None:
    x = np.array([-0.3, -1.6, -2.5, -7.25, -20.4])
    check(lambda lib, x: lib.lgamma(x), x, order=1)
    check(lambda lib, x: lib.digamma(x), x, order=0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", UNARY)
def test_unary_at_edges(name: str, dtype: str) -> None:
    with np.errstate(over="ignore"):
        x = EDGES.astype(dtype)
    ours = found(name, mg)(mg.tensor(x)).numpy()
    theirs = found(name, torch)(torch.tensor(x)).numpy()
    assert ours.dtype == dtype
    if name == "sinc":  # libraries agree on little of a sine there
        ours, theirs = (np.where(np.abs(x) > 1e10, 0, v) for v in (ours, theirs))
    if name == "erfc":  # float32: PyTorch's is 2e-6 off in the tail
        ours, theirs = (np.where(x == 12.25, 0, v) for v in (ours, theirs))
    near_a_zero = {"sinc": 1e-7, "digamma": 2e-7}.get(name, 0) if dtype == "float32" else 1e-16
    np.testing.assert_allclose(ours, theirs, {"float32": 2e-6, "float64": 1e-13}[dtype], near_a_zero)
    if name != "entr":
        zero = ours == 0
        assert (np.signbit(ours) == np.signbit(theirs))[zero].all()


@pytest.mark.parametrize(("n", "order"), [(0, 0), (2, 2), (3, 1), (6, 1)])
def test_polygamma(n: int, order: int) -> None:
    check(lambda lib, x: lib.polygamma(n, x), POSITIVE + 0.2, order=order)
    check(lambda lib, x: x.polygamma(n), LARGE, order=order)
    check(lambda lib, x: lib.special.polygamma(n, x), np.array([-0.4, -1.7, -5.25]), order=0)


def test_trigamma() -> None:
    for n, order in ((0, 2), (1, 2)):
        check(lambda lib, x, n=n: lib.polygamma(n, x), POSITIVE, order=order, tolerance=1e-8)  # see TRIGAMMA


def test_polygamma_at_poles() -> None:
    x = np.array([0.0, -0.0, -2.0, inf, nan])
    assert mg.polygamma(1, mg.tensor(x)).tolist()[:4] == [inf, inf, inf, 0.0]
    assert mg.polygamma(2, mg.tensor(x)).tolist()[:4] == [-inf, -inf, -inf, 0.0]
    assert np.isnan(mg.polygamma(2, mg.tensor(x)).numpy()[4])


@pytest.mark.parametrize("eps", [None, 0.1, 1e-6, 0.0, -1.0])
def test_logit(eps: float | None) -> None:
    check(lambda lib, x: lib.logit(x, eps=eps), np.array([0.05, 0.3, 0.5, 0.97]))
    check(lambda lib, x: x.logit(eps), np.array([-0.5, 0.0, 1.0, 2.0, nan]), order=0)


def test_logit_of_what_was_clamped_has_no_slope() -> None:
    check(lambda lib, x: lib.logit(x, 0.1), np.array([0.05, -1.0, 0.97, 3.0]), order=1)


def test_sinc_near_zero() -> None:
    """The slope at 0, and that of the slope: PyTorch cuts its formula off there, and says 0 for the second."""
    check(lambda lib, x: lib.sinc(x), np.array([0.0, 1e-3, -1e-2, 0.1]), order=1, tolerance=1e-10)
    x = mg.tensor([0.0, 1e-7, 1e-3], requires_grad=True, dtype=mg.float64)
    (g,) = mg.autograd.grad(mg.sinc(x).sum(), x, create_graph=True)
    (second,) = mg.autograd.grad(g.sum(), x)
    z = np.pi * x.detach().numpy()
    np.testing.assert_allclose(second.numpy(), np.pi**2 * (-1 / 3 + z**2 / 10), 1e-11)


@pytest.mark.parametrize("options", [{}, {"nan": 1.5}, {"posinf": 2.0}, {"neginf": -3.0, "nan": -1.0}])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "int32", "bool"])
def test_nan_to_num(options: dict[str, float], dtype: str) -> None:
    x = [1.0, 0.0] if dtype in ("int32", "bool") else [nan, inf, -inf, 1.5]
    mine = mg.dtypes.as_dtype(dtype)
    ours = mg.nan_to_num(mg.tensor(x, dtype=mine), **options)
    theirs = torch.nan_to_num(torch.tensor(x, dtype=getattr(torch, dtype)), **options)
    assert ours.dtype == mine
    assert ours.to(mg.float64).tolist() == theirs.double().tolist()


def test_slopes_where_numbers_took_the_place_of_others() -> None:
    check(lambda lib, x: lib.nan_to_num(x, 1.0, 2.0, 3.0), np.array([nan, inf, -inf, 2.0]), order=1)


def test_frexp() -> None:
    for x in (ANY, np.array([0.0, 1.0, -8.0, 1e-310, 1e300])):
        for k in range(2):
            check(lambda lib, x, k=k: lib.frexp(x)[k], x, order=1)
    assert mg.frexp(mg.tensor([inf, 1.0])).mantissa.tolist() == [inf, 0.5]
    assert mg.tensor([8.0]).frexp().exponent.tolist() == [4]


# ---- of two and three -----------------------------------------------------------------------------------------------
BINARY = ["atan2", "hypot", "logaddexp", "logaddexp2", "copysign", "xlogy", "xlog1py", "ldexp"]


@pytest.mark.parametrize("name", BINARY)
def test_binary(name: str) -> None:
    check(lambda lib, a, b: found(name, lib)(a, b), ANY, OTHER)
    check(lambda lib, a, b: found(name, lib)(a, b), np.array(0.7), OTHER)


@pytest.mark.parametrize("name", BINARY)
def test_binary_at_edges(name: str) -> None:
    a, b = (v.ravel() for v in np.meshgrid(EDGES, EDGES))
    ours = found(name, mg)(mg.tensor(a), mg.tensor(b)).numpy()
    theirs = found(name, torch)(torch.tensor(a), torch.tensor(b)).numpy()
    if name == "hypot":  # infinite whatever the other is, which PyTorch forgets beside a NaN
        theirs[np.isinf(a) | np.isinf(b)] = inf
    np.testing.assert_allclose(ours, theirs, 1e-13, 1e-16)


@pytest.mark.parametrize("name", ["xlogy", "xlog1py"])
def test_with_a_number(name: str) -> None:
    check(lambda lib, x: found(name, lib)(x, 1.5), np.array([0.0, 1.0, -2.0]))
    check(lambda lib, x: found(name, lib)(x, -1.0), np.array([0.0]), order=1)
    check(lambda lib, x: found(name, lib)(2.0, x), POSITIVE)


def test_a_weight_of_zero_at_the_end_of_a_logarithm() -> None:
    """No NaN: log counts for nothing there, and where PyTorch divides 0 by 0 the slope is 0."""
    a, b = (mg.tensor(v, requires_grad=True, dtype=mg.float64) for v in ([0.0, 0.0, 2.0], [0.0, -1.0, 0.0]))
    for function, at in ((mg.xlogy, b), (mg.special.xlog1py, b - 1.0)):
        ga, gb = mg.autograd.grad(function(a, at).sum(), [a, b])
        assert ga.tolist()[:2] == [0.0, 0.0]
        assert gb.tolist() == [0.0, -0.0, inf]


def test_at_the_origin() -> None:
    """The slopes of hypot and atan2 are 0 there, as norm's is, where PyTorch divides 0 by 0."""
    for function in (mg.hypot, mg.atan2):
        a, b = (mg.tensor([0.0], requires_grad=True) for _ in range(2))
        function(a, b).backward()
        assert a.grad.tolist() == b.grad.tolist() == [0.0]


def test_far_from_the_origin() -> None:
    """No overflow in squares: PyTorch's atan2 has slope 0 there."""
    a, b = (mg.tensor([1e200], requires_grad=True, dtype=mg.float64) for _ in range(2))
    ga, gb = mg.autograd.grad(mg.atan2(a, b), [a, b])
    np.testing.assert_allclose([ga.item(), gb.item()], [5e-201, -5e-201], 1e-14)
    check(lambda lib, a, b: lib.hypot(a, b), np.array([1e200, 1e-200]), np.array([1e200, 1e-200]), order=0)


def test_sums_of_exponentials_at_infinity() -> None:
    """Two equal infinities share, and no NaN comes of them."""
    for function in (mg.logaddexp, mg.logaddexp2):
        a, b = (mg.tensor(v, requires_grad=True) for v in ([inf, -inf, 1.0, 2.0], [inf, -inf, -inf, inf]))
        ga, gb = mg.autograd.grad(function(a, b).sum(), [a, b])
        assert ga.tolist() == [0.5, 0.5, 1.0, 0.0]
        assert gb.tolist() == [0.5, 0.5, 0.0, 1.0]


def test_heaviside() -> None:
    for x, values in (
        (ANY, OTHER),
        (np.array([0.0, -0.0, nan, inf]), np.array(0.3)),
        (np.arange(-1, 2), np.arange(3)),
    ):
        check(lambda lib, a, b: lib.heaviside(a, b), x, values, order=0)
    x, values = (mg.tensor(v, requires_grad=True) for v in ([-1.0, 0.0, 2.0], [0.5, 0.5, 0.5]))
    mg.heaviside(x, values).sum().backward()
    assert (x.grad.tolist(), values.grad.tolist()) == ([0.0, 0.0, 0.0], [0.0, 1.0, 0.0])


def test_copysign_of_zeros_and_numbers() -> None:
    check(
        lambda lib, a, b: lib.copysign(a, b),
        np.array([0.0, -0.0, 1.0, -2.0]),
        np.array([-0.0, 1.0, -0.0, 0.0]),
        order=1,  # PyTorch's second is 0 / 0
    )
    for number in (-1.0, -0.0, 2):
        check(lambda lib, a, number=number: lib.copysign(a, number), ANY)
    assert mg.copysign(mg.tensor([1, 2]), -1).tolist() == [-1.0, -2.0]


def test_products_and_quotients_added() -> None:
    for value in (1, -0.5, 3):
        check(lambda lib, x, a, b, value=value: lib.addcmul(x, a, b, value=value), ANY, ANY[:, :1], OTHER)
        check(lambda lib, x, a, b, value=value: lib.addcdiv(x, a, b, value=value), ANY, ANY[:, :1], OTHER)
        check(lambda lib, x, a, b, value=value: x.addcmul(a, b, value=value), ANY, np.array(2.0), OTHER)
    ints = np.arange(1, 5)
    check(lambda lib, x, a, b: lib.addcmul(x, a, b, value=2), ints, ints, ints)
    check(lambda lib, x, a, b: lib.addcmul(x, a, b), ints, OTHER, OTHER)
    for dtype in ("float16", "bfloat16"):
        x, a, b = ANY[:, 0], ANY[:, 1], ANY[:, 2]
        mine = [mg.tensor(v, dtype=mg.dtypes.as_dtype(dtype)) for v in (x, a, b)]
        other = [torch.tensor(v, dtype=getattr(torch, dtype)) for v in (x, a, b)]
        np.testing.assert_allclose(
            mg.addcmul(*mine, value=0.3).to(mg.float32).numpy(),
            torch.addcmul(*other, value=0.3).float(),
            {"float16": 2.0**-10, "bfloat16": 2.0**-7}[dtype],
        )


# ---- PyTorch's signatures -------------------------------------------------------------------------------------------
SURFACE: dict[str, Callable[..., Any]] = {
    "add": lambda lib, a, b: lib.add(a, b, alpha=-1.5),
    "add a number": lambda lib, a, b: a.add(2, alpha=3) * b,
    "sub": lambda lib, a, b: lib.sub(a, b, alpha=2),
    "subtract": lambda lib, a, b: a.subtract(b, alpha=0.25),
    "rsub": lambda lib, a, b: lib.rsub(a, b, alpha=2),
    "rsub a number": lambda lib, a, b: lib.rsub(a, 2.5) * b,
    "float_power": lambda lib, a, b: lib.float_power(abs(a), b),
    "float_power of numbers": lambda lib, a, b: lib.float_power(2.5, a) * b.float_power(3),
    "clamp_min": lambda lib, a, b: lib.clamp_min(a, 0.25) + lib.clamp_min(a, b),
    "clamp_max": lambda lib, a, b: a.clamp_max(0.25) + lib.clamp_max(a, b),
    "clip": lambda lib, a, b: lib.clip(a, -0.5, 0.75) + a.clip(min=-0.5) + lib.clip(a, max=b),
    "divide": lambda lib, a, b: (
        lib.divide(a, b) + lib.true_divide(a, b) + lib.divide(a, b, rounding_mode="trunc")
    ),
    "positive": lambda lib, a, b: lib.positive(a) + (+b),
    "casts": lambda lib, a, b: a.float().double() + b.half().type_as(a) + a.type(lib.float64),
}


@pytest.mark.parametrize("name", SURFACE)
def test_signatures(name: str) -> None:
    check(SURFACE[name], ANY, OTHER)
    check(SURFACE[name], np.array(0.75), OTHER)
    check(SURFACE[name], np.zeros((0, 4)), OTHER)


def test_ldexp() -> None:
    check(lambda lib, x: lib.ldexp(x, lib.tensor([1, 2, 0, 3])), ANY)


def test_slope_of_ldexp_at_a_negative_exponent() -> None:
    """2^-2, where PyTorch takes an integer power and has 0."""
    x = mg.tensor([8.0], requires_grad=True)
    mg.ldexp(x, mg.tensor([-2])).backward()
    assert x.grad.tolist() == [0.25]


def test_in_place_forms_are_pytorchs() -> None:
    """Every form with an underscore that this family's functions have there, they have here."""
    names = """
        abs absolute acos acosh add addcdiv addcmul arccos arccosh arcsin arcsinh arctan arctan2 arctanh asin asinh
        atan atan2 atanh bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor ceil
        clamp clamp_max clamp_min clip copysign cos cosh deg2rad digamma div divide eq erf erfc erfinv exp exp2 expm1
        fix float_power floor floor_divide fmod frac gcd ge greater greater_equal gt heaviside hypot lcm ldexp le
        lerp less less_equal lgamma log log10 log1p log2 logical_and logical_not logical_or logical_xor logit lt mul
        multiply nan_to_num ne neg negative not_equal polygamma pow rad2deg reciprocal remainder round rsqrt sgn
        sigmoid sign sin sinc sinh sqrt square sub subtract tan tanh true_divide trunc xlogy
    """.split()
    for name in names:
        assert hasattr(torch.Tensor, f"{name}_") == hasattr(mg.Tensor, f"{name}_"), name
        assert hasattr(mg.Tensor, name)


@pytest.mark.parametrize("left", ["int32", "float16", "float32", "float64"])
@pytest.mark.parametrize("right", ["bool", "int64", "float32", "float64"])
def test_dtypes_in_place(left: str, right: str) -> None:
    """The result is cast to the tensor's dtype, if that is not of a lesser kind."""
    for lib in (mg, torch):
        x = lib.tensor([2, 3]).to(getattr(lib, left))
        other = lib.tensor([1, 0]).to(getattr(lib, right))
        if left == "int32" and right.startswith("float"):
            with pytest.raises((MinigradError, RuntimeError), match="cannot hold|can't be cast"):
                x.mul_(other)
        else:
            assert x.mul_(other).dtype == getattr(lib, left)
            assert x.tolist() == [2, 0]


# ---- integers and questions -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["gcd", "lcm", "bitwise_left_shift", "bitwise_right_shift"])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "int64"])
def test_integers(name: str, dtype: str) -> None:
    a, b = (
        v.ravel().astype(dtype)
        for v in np.meshgrid(np.arange(0 if dtype == "uint8" else -9, 10), [0, 1, 3, 6, 40])
    )
    ours, theirs = (getattr(lib, name)(lib.tensor(a), lib.tensor(b)) for lib in (mg, torch))
    assert ours.dtype == dtype
    assert ours.tolist() == theirs.tolist()


def test_shifts_as_operators() -> None:
    a = np.array([1, -7, 12])
    for lib in (mg, torch):
        x = lib.tensor(a)
        assert (x << 2).tolist() == [4, -28, 48]
        assert (x >> 1).tolist() == [0, -4, 6]
        assert (2 << lib.tensor([1, 2])).tolist() == [4, 8]
        assert (64 >> lib.tensor([1, 2])).tolist() == [32, 16]
        x <<= 1
        x >>= 2
        assert x.tolist() == [0, -4, 6]


@pytest.mark.parametrize("name", ["isposinf", "isneginf", "signbit"])
def test_questions(name: str) -> None:
    for x in (EDGES, EDGES[:6].astype("float32"), np.arange(-1, 2), np.array([True, False])):
        ours, theirs = (getattr(lib, name)(lib.tensor(x)) for lib in (mg, torch))
        assert ours.tolist() == theirs.tolist()
    half = mg.tensor([-0.0, 1.0, -inf], dtype=mg.bfloat16)
    assert getattr(mg, name)(half).tolist() == getattr(torch, name)(torch.tensor([-0.0, 1.0, -inf])).tolist()


# ---- dtypes, and what is refused ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name", ["erf", "lgamma", "digamma", "sinc", "asinh", "logit", "entr", "erfinv", "deg2rad"]
)
def test_integers_give_floats(name: str) -> None:
    for x in (np.array([0, 1, 3]), np.array([True, False])):
        ours, theirs = found(name, mg)(mg.tensor(x)), found(name, torch)(torch.tensor(x))
        assert ours.dtype == mg.float32
        np.testing.assert_allclose(ours.numpy(), theirs, 1e-6, 1e-7)


REFUSED = [
    *[
        lambda lib, a=name: getattr(lib, a)(lib.tensor([1, 2]), lib.tensor([1, 2]))
        for name in ("logaddexp", "hypot")
    ],
    *[lambda lib, a=name: getattr(lib, a)(lib.tensor([1.5]), lib.tensor([1.0])) for name in ("gcd", "lcm")],
    *[lambda lib, a=name: getattr(lib, a)(lib.tensor([True]), lib.tensor([True])) for name in ("gcd", "lcm")],
    lambda lib: lib.tensor([True]) << lib.tensor([True]),
    lambda lib: lib.tensor([1.0]) << 1,
    lambda lib: lib.frac(lib.tensor([1])),
    lambda lib: lib.frexp(lib.tensor([1])),
    lambda lib: lib.heaviside(lib.tensor([1.0]), lib.tensor([1])),
    lambda lib: lib.heaviside(lib.tensor([1.0]), 0.5),
    lambda lib: lib.addcdiv(*[lib.tensor([1, 2])] * 3),
    lambda lib: lib.addcmul(*[lib.tensor([True])] * 3),
    lambda lib: lib.polygamma(-1, lib.tensor([1.0])),
    lambda lib: lib.polygamma(1.5, lib.tensor([1.0])),
    lambda lib: lib.positive(lib.tensor([True])),
    lambda lib: lib.add(lib.tensor([1]), lib.tensor([1]), alpha=0.5),
    lambda lib: lib.sub(lib.tensor([True]), lib.tensor([True])),
    lambda lib: lib.rsub(lib.tensor([True]), lib.tensor([True])),
    lambda lib: lib.ldexp(lib.tensor([1.0]), 2),
    lambda lib: lib.tensor([1, 2]).erf_(),
    lambda lib: lib.tensor([1, 2]).add_(lib.tensor([0.5, 0.5])),
    lambda lib: lib.hypot(lib.tensor([1.0, 2.0]), lib.tensor([1.0, 2.0, 3.0])),
]


@pytest.mark.parametrize("k", range(len(REFUSED)))
def test_what_torch_refuses_is_refused(k: int) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011  (PyTorch's are of many classes)
        REFUSED[k](torch)
    with pytest.raises(MinigradError, match=r"^\w+: "):
        REFUSED[k](mg)
