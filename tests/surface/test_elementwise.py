"""The elementwise surface without PyTorch: sums with a factor, other names, casts, operators, forms in place."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import special
from minigrad.core import Tensor
from minigrad.errors import ArgumentError, DTypeError, GradientError, ShapeError
from minigrad.testing import gradcheck


def t(*values: Any, dtype: Any = None, grad: bool = False) -> Tensor:
    """A tensor of one dim."""
    return mg.tensor(list(values), dtype=dtype, requires_grad=grad)


# ---- values and slopes ----------------------------------------------------------------------------------------------
CALLS: dict[str, tuple[Callable[..., Any], list[Any], list[float]]] = {
    "add": (lambda a, b: mg.add(a, b, alpha=3), [1.0, 2.0], [7.0, 14.0]),
    "sub": (lambda a, b: a.sub(b, alpha=0.5), [1.0, 2.0], [0.0, 0.0]),
    "rsub": (lambda a, b: mg.rsub(a, b, alpha=2), [1.0, 2.0], [0.0, 0.0]),
    "float_power": (lambda a, b: mg.float_power(a, b), [1.0, 2.0], [1.0, 16.0]),
    "ldexp": (lambda a, b: a.ldexp(b), [1.5, 3.0], [6.0, 48.0]),
    "deg2rad": (lambda a, b: mg.deg2rad(a * b), [90.0, -45.0], [math.pi, -math.pi]),
    "rad2deg": (lambda a, b: (a * b).rad2deg(), [0.5, 1.0], [180 / math.pi, 720 / math.pi]),
    "clamp_min": (lambda a, b: mg.clamp_min(a, b), [1.0, 5.0], [2.0, 5.0]),
    "clamp_max": (lambda a, b: a.clamp_max(b), [1.0, 5.0], [1.0, 4.0]),
    "polygamma": (lambda a, b: mg.polygamma(1, a) * b, [1.0, 1.0], [math.pi**2 / 3, math.pi**2 / 1.5]),
    "positive": (lambda a, b: +a * b, [1.0, 5.0], [2.0, 20.0]),
}


@pytest.mark.parametrize("name", CALLS)
def test_values_and_slopes(name: str) -> None:
    """Beside [2, 4]; slopes against differences."""
    call, a, want = CALLS[name]
    x, y = (mg.tensor(v, dtype=mg.float64, requires_grad=True) for v in (a, [2.0, 4.0]))
    got = call(x, y)
    np.testing.assert_allclose(got.detach().numpy(), want, 1e-14)
    gradcheck(call, [x, y])


def test_alpha_of_integers() -> None:
    assert mg.add(t(1, 2), t(3, 4), alpha=2).tolist() == [7, 10]
    assert mg.sub(t(1, 2, dtype=mg.uint8), 1, alpha=1).tolist() == [0, 1]
    assert mg.add(t(1, 2), 0.5, alpha=2.0).tolist() == [2.0, 3.0]
    assert t(1.0).add_(t(2.0), alpha=10).tolist() == [21.0]


def test_float_power_is_always_double() -> None:
    for a, b in ((t(2, 3), 2), (2, t(1, 2)), (t(2.0, 3.0), t(2, -1)), (t(True, False), 1)):
        assert mg.float_power(a, b).dtype == mg.float64
    assert mg.float_power(t(2, 4), -1).tolist() == [0.5, 0.25]


def test_ldexp_in_the_dtype_of_its_first() -> None:
    assert mg.ldexp(t(1.0, 1.0, dtype=mg.float64), t(200, -1074)).tolist() == [2.0**200, 5e-324]
    assert mg.ldexp(t(1, 3), t(3, 0)).tolist() == [8.0, 3.0]


# ---- other names ----------------------------------------------------------------------------------------------------
PAIRS = """
    absolute:abs negative:neg sgn:sign fix:trunc clip:clamp subtract:sub multiply:mul divide:div greater:gt
    greater_equal:ge less:lt less_equal:le not_equal:ne arcsin:asin arccos:acos arctan:atan arctan2:atan2
    arcsinh:asinh arccosh:acosh arctanh:atanh
"""
NAMES = dict(pair.split(":") for pair in PAIRS.split())


@pytest.mark.parametrize("name", NAMES)
def test_other_names(name: str) -> None:
    """The same function at the top, and the same method, and both in place."""
    assert getattr(mg, name) is getattr(mg, NAMES[name])
    assert getattr(Tensor, name) is getattr(Tensor, NAMES[name])
    assert callable(getattr(Tensor, f"{name}_"))


def test_true_divide_has_no_rounding() -> None:
    assert mg.true_divide(t(3), 2).tolist() == [1.5]
    with pytest.raises(DTypeError, match="div: .*rounding_mode"):
        mg.true_divide(t(3), 2, rounding_mode="floor")


def test_special_has_longer_names() -> None:
    assert special.expit is mg.sigmoid
    assert special.gammaln is mg.lgamma
    assert special.psi is special.digamma is mg.digamma
    assert all(callable(getattr(special, name)) for name in special.__all__)
    assert special.softmax(t(0.0, 0.0), 0, dtype=mg.float64).tolist() == [0.5, 0.5]
    assert special.logsumexp(t(0.0, 0.0), 0, True).shape == (1,)
    assert special.round(t(1.26), decimals=1).item() == pytest.approx(1.3)


# ---- casts ----------------------------------------------------------------------------------------------------------
CASTS = {"float": "float32", "double": "float64", "half": "float16", "bfloat16": "bfloat16", "bool": "bool"}
CASTS |= {"byte": "uint8", "char": "int8", "short": "int16", "int": "int32", "long": "int64"}


@pytest.mark.parametrize("name", CASTS)
def test_casts(name: str) -> None:
    x = t(1.75, 0.0)
    y = getattr(x, name)()
    assert y.dtype.name == CASTS[name]
    assert y.tolist() == (
        [True, False] if name == "bool" else [1.75 if mg.dtypes.is_float(y.dtype) else 1, 0]
    )
    assert getattr(y, name)() is y
    assert x.type(CASTS[name]).dtype == x.type_as(y).dtype == y.dtype


def test_gradients_flow_through_casts() -> None:
    x = t(1.5, grad=True)
    (x.double().half().float() * 3.0).backward()
    assert (x.grad.tolist(), x.grad.dtype) == ([3.0], mg.float32)


def test_no_cast_to_what_is_not_there() -> None:
    for wrong in ("complex64", "torch.FloatTensor", None):
        with pytest.raises(DTypeError, match="is not a dtype of minigrad"):
            t(1.0).type(wrong)


# ---- operators ------------------------------------------------------------------------------------------------------
def test_operators_with_a_number_on_the_left() -> None:
    x = t(2, 5)
    assert [(7 // x).tolist(), (7 % x).tolist(), (2**x).tolist()] == [[3, 1], [1, 2], [4, 32]]
    assert [(6 & x).tolist(), (6 | x).tolist(), (6 ^ x).tolist()] == [[2, 4], [6, 7], [4, 3]]
    assert [(1 << x).tolist(), (64 >> x).tolist(), (1 - x).tolist()] == [[4, 32], [16, 2], [-1, -4]]
    assert (np.eye(2, dtype=np.int64) @ x).tolist() == [2, 5]
    x <<= 1
    x >>= 1
    assert (+x).tolist() == [2, 5]


# ---- in place -------------------------------------------------------------------------------------------------------
IN_PLACE = """
    absolute acosh arccosh add addcdiv addcmul asinh atan2 atanh arctan2 bitwise_left_shift bitwise_right_shift
    clamp_max clamp_min clip copysign deg2rad digamma divide eq erf erfc erfinv fix float_power frac gcd ge greater gt
    greater_equal heaviside hypot lcm ldexp le less less_equal lgamma logit lt multiply nan_to_num ne negative
    not_equal polygamma rad2deg sgn sinc sub subtract true_divide xlogy
""".split()


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place(name: str) -> None:
    """The values of the plain form, in the same memory."""
    whole = name in ("bitwise_left_shift", "bitwise_right_shift", "gcd", "lcm")
    x = t(1, 4) if whole else t(1.25, 4.0, dtype=mg.float64)
    many = {"addcmul": 2, "addcdiv": 2, "polygamma": 0}
    two = {
        *"add atan2 arctan2 copysign divide hypot heaviside ldexp multiply sub subtract true_divide xlogy".split()
    }
    two |= {*"float_power clamp_min clamp_max clip bitwise_left_shift bitwise_right_shift gcd lcm".split()}
    two |= {*"eq ne gt ge lt le greater greater_equal less less_equal not_equal".split()}
    others = [x * 0 + 2] * many.get(name, int(name in two))
    others = [1] if name == "polygamma" else others
    want = getattr(x, name)(*others)
    memory = x.data
    assert getattr(x, f"{name}_")(*others) is x
    assert x.data is memory
    np.testing.assert_array_equal(x.numpy(), want.to(x.dtype).numpy())


def test_comparisons_in_place_keep_the_dtype() -> None:
    x = t(1.0, 2.0)
    x.gt_(1.5)
    assert (x.tolist(), x.dtype) == ([0.0, 1.0], mg.float32)
    assert t(1, 0).logical_and_(t(1, 1)).tolist() == [1, 0]
    assert t(1.0).add_(t(2.0, dtype=mg.float64)).dtype == mg.float32


def test_a_cast_in_place_is_recorded() -> None:
    x, other = t(1.0, 2.0, grad=True), t(3.0, 4.0, dtype=mg.float64, grad=True)
    y = x * 1.0
    y.mul_(other)
    y.sum().backward()
    assert (x.grad.tolist(), x.grad.dtype) == ([3.0, 4.0], mg.float32)
    assert (other.grad.tolist(), other.grad.dtype) == ([1.0, 2.0], mg.float64)


# ---- what is refused ------------------------------------------------------------------------------------------------
MISUSES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (
        lambda: mg.add(t(1), t(2), alpha=0.5),
        DTypeError,
        "add: alpha is 0.5, which goes with floating tensors",
    ),
    (lambda: mg.sub(t(1), 2, alpha=0.5), DTypeError, "sub: alpha is 0.5, which goes with floating tensors"),
    (
        lambda: mg.add(t(1.0), t(1.0), alpha="2"),
        DTypeError,
        "mul: b is a str, where a real tensor or a number",
    ),
    (
        lambda: mg.add(t(1.0, 2.0), t(1.0, 2.0, 3.0), alpha=2),
        ShapeError,
        r"add: a float32\[2\], b float32\[3\]",
    ),
    (lambda: mg.rsub(t(True), t(True)), DTypeError, r"sub: a bool\[1\]"),
    (lambda: mg.float_power(t(1.0, 2.0), t(1.0, 2.0, 3.0)), ShapeError, r"pow: a float64\[2\]"),
    (lambda: mg.float_power("2", t(1.0)), DTypeError, "pow: a is a str"),
    (lambda: mg.ldexp(t(1.0), 2), DTypeError, "ldexp: b is 2, where a tensor is wanted"),
    (lambda: mg.ldexp(2.0, t(1)), DTypeError, "ldexp: a is 2.0, where a tensor is wanted"),
    (lambda: mg.positive(t(True)), DTypeError, "positive: x is bool, which has no sign"),
    (lambda: mg.clamp_min(t(1.0), None), ArgumentError, "clamp: min and max are None"),
    (lambda: mg.clamp_max(t(1.0, 2.0), t(1.0, 2.0, 3.0)), ShapeError, r"clamp: x float32\[2\]"),
    (lambda: mg.polygamma(-2, t(1.0)), ArgumentError, "polygamma: n is -2"),
    (
        lambda: mg.polygamma(t(1.0), 1),
        DTypeError,
        "polygamma: n is float32\\[1\\], where an integer is wanted",
    ),
    (lambda: mg.deg2rad("90"), DTypeError, "mul: a is a str|mul: a str"),
    (lambda: t(1, 2).erf_(), DTypeError, r"erf_: int64\[2\] cannot hold the result float32\[2\]"),
    (lambda: t(1, 2).true_divide_(2), DTypeError, r"div_: int64\[2\] cannot hold the result float32\[2\]"),
    (lambda: t(1.0, 2.0, grad=True).erf_(), GradientError, "erf_: a leaf that requires grad"),
    (lambda: t(1.0) << 1, DTypeError, "bitwise_left_shift: a is float32, where bools or integers are wanted"),
]


@pytest.mark.parametrize("k", range(len(MISUSES)))
def test_misuse(k: int) -> None:
    call, error, match = MISUSES[k]
    with pytest.raises(error, match=match):
        call()
