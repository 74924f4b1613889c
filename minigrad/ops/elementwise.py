"""Elementwise arithmetic. Inputs broadcast; the engine sums gradients back."""

from __future__ import annotations

import math
from typing import Any

from ..core import Array, cast, op, same
from ..dtypes import PYTHON, accumulator, bool_, is_float, result_type
from ..errors import ArgumentError, DTypeError, describe
from .compare import isfinite

__all__ = [
    "abs",
    "add",
    "addcdiv",
    "addcmul",
    "clamp",
    "copysign",
    "div",
    "floor_divide",
    "fmod",
    "frac",
    "frexp",
    "gcd",
    "heaviside",
    "lcm",
    "lerp",
    "maximum",
    "minimum",
    "mul",
    "nan_to_num",
    "neg",
    "ratio",
    "reciprocal",
    "remainder",
    "sign",
    "square",
    "sub",
    "times",
    "trunc_divide",
    "where",
]
METHODS = """
    abs add addcdiv addcmul clamp copysign floor_divide fmod frac gcd heaviside lcm lerp maximum minimum
    mul nan_to_num neg reciprocal remainder sign square sub
""".split()
IN_PLACE = """
    abs add addcdiv addcmul clamp copysign floor_divide fmod frac gcd heaviside lcm lerp mul nan_to_num neg
    reciprocal remainder sign square sub
""".split()


# ---- what ops of several steps share --------------------------------------------------------------------------------
def wide(x: Any) -> Any:
    """Halves as float32, for ops of several steps; all else as it is."""
    dtype: Any = getattr(x, "dtype", None)
    return x.astype(accumulator(dtype)) if is_float(dtype) and dtype.itemsize == 2 else x


def no_slope(g: Any) -> Any:
    """The rule of steps: zero, whatever g is."""
    return where(False, g, 0.0)


# ---- sums and products ----------------------------------------------------------------------------------------------
@op(same, same)
def add(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise sum."""
    return xp.add(a, b)


@op(same, lambda g: -g)
def sub(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise difference."""
    return xp.subtract(a, b)


@op(lambda g, b: g * b, lambda g, a: g * a)
def mul(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise product."""
    return xp.multiply(a, b)


@op(lambda g, b: times(g, b), lambda g, a: times(a, g))
def times(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise product, where 0 times anything, infinity and NaN included, is 0: as `ratio`, for rules."""
    return still(xp, a, xp.multiply(a, b))


def still(xp: Any, a: Array, y: Array) -> Array:
    """y, but 0 where a is 0. It can only differ where y is NaN, and one product of all y tells that there is none."""
    if xp.device == "cpu" and y.itemsize > 2:
        row = y.ravel()
        if row.dot(row) < math.inf:
            return y
    return xp.where(xp.equal(a, 0), xp.zeros((), y.dtype), y)


def addends(name: str, value: float, dtype: Any) -> None:
    """Refuse bools, and a fraction of integers."""
    if dtype == bool_:
        raise DTypeError(f"{name}: all inputs are bool; convert one to an integer or floating dtype")
    if type(value) is float and not is_float(dtype):
        raise DTypeError(f"{name}: value is {value}, which the {dtype} of the inputs cannot hold")


@op(same, lambda g, tensor2, value: g * (tensor2 * value), lambda g, tensor1, value: g * (tensor1 * value))
def addcmul(xp: Any, x: Array, tensor1: Array, tensor2: Array, *, value: float = 1) -> Array:
    """x + value tensor1 tensor2, elementwise.

    Raises:
        DTypeError: for bools, and for a floating value beside integers.

    >>> import minigrad as mg
    >>> mg.addcmul(mg.tensor([1.0]), mg.tensor([2.0]), mg.tensor([3.0]), value=0.5)
    tensor([4.])
    """
    dtype = xp.result_type(xp.result_type(x, tensor1), tensor2)
    addends("addcmul", value, dtype)
    return xp.asarray(wide(x) + value * (wide(tensor1) * wide(tensor2))).astype(dtype, copy=False)


@op(
    same,
    lambda g, tensor2, value: ratio(g * value, tensor2),
    lambda g, tensor1, tensor2, value: -times(g * value, tensor1 / tensor2 / tensor2),
)
def addcdiv(xp: Any, x: Array, tensor1: Array, tensor2: Array, *, value: float = 1) -> Array:
    """x + value tensor1 / tensor2, elementwise.

    Raises:
        DTypeError: for bools and integers, which would not stay what they are.

    >>> import minigrad as mg
    >>> mg.addcdiv(mg.tensor([1.0]), mg.tensor([3.0]), mg.tensor([2.0]), value=0.5)
    tensor([1.75])
    """
    dtype = xp.result_type(xp.result_type(x, tensor1), tensor2)
    if not is_float(dtype):
        raise DTypeError(f"addcdiv: the inputs are {dtype}, whose quotient is floating; convert one of them")
    return xp.asarray(wide(x) + value * (wide(tensor1) / wide(tensor2))).astype(dtype, copy=False)


@op(lambda g: -g)
def neg(xp: Any, x: Array) -> Array:
    """Elementwise negation."""
    return xp.negative(x)


@op(lambda g, x: g * sign(x))
def abs(xp: Any, x: Array) -> Array:
    """Elementwise absolute value; its derivative at 0 is 0."""
    return xp.absolute(x)


@op(no_slope)
def sign(xp: Any, x: Array) -> Array:
    """-1 for negative, 1 for positive elements, 0 for zero and NaN."""
    return x.copy() if x.dtype == bool_ else (x > 0).astype(x.dtype) - (x < 0)


@op(lambda g, a, y: g * (sign(a) * sign(y)), no_slope, floating=True)
def copysign(xp: Any, a: Array, b: Array) -> Array:
    """The size of a with the sign of b, that of -0 too; its slope at a = 0 is 0."""
    return xp.copysign(a, b)


@op(no_slope, lambda g, x: where(x == 0, g, 0.0), promotes="")
def heaviside(xp: Any, x: Array, values: Array) -> Array:
    """1 for positive elements, 0 for negative ones and NaN, and `values` where x is 0; its slope along x is 0.

    Args:
        values: a tensor of x's dtype.

    Raises:
        DTypeError: if x and values are not tensors of one dtype.

    >>> import minigrad as mg
    >>> mg.heaviside(mg.tensor([-2.0, 0.0, 3.0]), mg.tensor(0.5))
    tensor([0. , 0.5, 1. ])
    """
    if type(x) in PYTHON or type(values) in PYTHON or x.dtype != values.dtype:
        raise DTypeError(f"heaviside: x is {describe(x)}, values {describe(values)}; one dtype is wanted")
    return xp.where(x == 0, values, (x > 0).astype(x.dtype))


@op(lambda g, x: where(isfinite(x), g, 0.0))
def nan_to_num(
    xp: Any, x: Array, *, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Array:
    """x with numbers in the place of NaN and infinities, where the slope is 0.

    Args:
        nan, posinf, neginf: the numbers; for infinities by default the largest and smallest of x's dtype.

    >>> import minigrad as mg
    >>> mg.nan_to_num(mg.tensor([float("nan"), float("-inf"), 1.0]), neginf=-9.0)
    tensor([ 0., -9.,  1.])
    """
    if not is_float(x.dtype):
        return x.copy()
    end, zero = xp.asarray(math.inf, x.dtype), xp.zeros((), x.dtype)
    largest = xp.nextafter(end, zero) if posinf is None else xp.asarray(posinf, x.dtype)
    smallest = xp.nextafter(-end, zero) if neginf is None else xp.asarray(neginf, x.dtype)
    y = xp.where(x != x, xp.asarray(nan, x.dtype), x)
    return xp.where(x == end, largest, xp.where(x == -end, smallest, y))


@op(lambda g, x: g * (x * 2.0))
def square(xp: Any, x: Array) -> Array:
    """Elementwise x * x; of bools as integers."""
    return xp.multiply(x, x, dtype="int64" if x.dtype == bool_ else None)


@op(
    lambda g, weight: g * (1.0 - weight),
    lambda g, weight: g * weight,
    lambda g, start, end: g * (end - start),
    floating=True,
)
def lerp(xp: Any, start: Array, end: Array, weight: Array) -> Array:
    """start + weight (end - start), exact at both ends.

    Args:
        weight: a number or a tensor; beyond 0 to 1 the line goes on.

    >>> import minigrad as mg
    >>> mg.lerp(mg.tensor([0.0, 10.0]), mg.tensor([1.0, 20.0]), 0.5)
    tensor([ 0.5, 15. ])
    """
    a, b, w = wide(start), wide(end), wide(weight)
    y = xp.where(w < 0.5, a + w * (b - a), b - (b - a) * (1.0 - w))
    return y.astype(xp.result_type(start, end, weight), copy=False)


# ---- quotients ------------------------------------------------------------------------------------------------------
@op(lambda g, b: ratio(g, b), lambda g, b, y: -times(g, y / b), floating=True)
def div(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise quotient."""
    return xp.true_divide(a, b)


@op(lambda g, b: ratio(g, b), lambda g, a, b: -ratio(g * ratio(a, b), b), floating=True)
def ratio(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise quotient, where 0 divided by anything, 0 and NaN included, is 0.

    It keeps a gradient of 0 what it is: rules divide by it where a function ends or has infinite slope, so that a
    branch that `where` did not take stays without effect.
    """
    return still(xp, a, xp.true_divide(a, b))


@op(lambda g, y: -times(times(g, y), y), floating=True)
def reciprocal(xp: Any, x: Array) -> Array:
    """Elementwise 1 / x."""
    return xp.reciprocal(x)


def no_zero(xp: Any, name: str, a: Any, b: Any) -> bool:
    """Refuse bools, and a zero among integer divisors; whether a and b are integers."""
    dtype = xp.result_type(a, b)
    if is_float(dtype):
        return False
    if dtype == bool_:
        raise DTypeError(f"{name}: a and b are bool; convert one to an integer or floating dtype")
    if not xp.all(b):
        raise ArgumentError(f"{name}: b {describe(b)} holds a zero, by which integers cannot be divided")
    return True


@op(no_slope, no_slope)
def floor_divide(xp: Any, a: Array, b: Array) -> Array:
    """The quotient rounded down; integers stay integers, and its slope is 0.

    Raises:
        ArgumentError: for an integer divided by zero.

    >>> import minigrad as mg
    >>> mg.tensor([7, -7]) // 2
    tensor([ 3, -4])
    """
    no_zero(xp, "floor_divide", a, b)
    return xp.floor_divide(a, b)


@op(no_slope, no_slope)
def trunc_divide(xp: Any, a: Array, b: Array) -> Array:
    """The quotient rounded towards zero; integers stay integers, and its slope is 0.

    Raises:
        ArgumentError: for an integer divided by zero.
    """
    if no_zero(xp, "trunc_divide", a, b):
        return xp.floor_divide(a - xp.fmod(a, b), b)
    return xp.trunc(xp.true_divide(a, b))


@op(same, lambda g, a, b: -(g * floor_divide(a, b)))
def remainder(xp: Any, a: Array, b: Array) -> Array:
    """What floor division leaves, with the sign of b, as Python's %.

    Raises:
        ArgumentError: for an integer divided by zero.

    >>> import minigrad as mg
    >>> mg.tensor([7, -7]) % 3
    tensor([1, 2])
    """
    no_zero(xp, "remainder", a, b)
    return xp.remainder(a, b)


@op(same, lambda g, a, b: -(g * trunc_divide(a, b)))
def fmod(xp: Any, a: Array, b: Array) -> Array:
    """What division towards zero leaves, with the sign of a.

    Raises:
        ArgumentError: for an integer divided by zero.

    >>> import minigrad as mg
    >>> mg.fmod(mg.tensor([7, -7]), 3)
    tensor([ 1, -1])
    """
    no_zero(xp, "fmod", a, b)
    return xp.fmod(a, b)


# ---- parts ----------------------------------------------------------------------------------------------------------
@op(same)
def frac(xp: Any, x: Array) -> Array:
    """What truncation takes from each element, with its sign.

    Raises:
        DTypeError: for integers and bools.

    >>> import minigrad as mg
    >>> mg.frac(mg.tensor([1.5, -2.25]))
    tensor([ 0.5 , -0.25])
    """
    floating("frac", x)
    return x - xp.trunc(x)


@op(
    lambda g_mantissa, exponent: ratio(g_mantissa, 2.0 ** cast(exponent, dtype=g_mantissa.dtype)),
    outputs="mantissa exponent",
)
def frexp(xp: Any, x: Array) -> tuple[Array, Array]:
    """Each element as mantissa * 2^exponent, the mantissa from 0.5 to 1 and the exponent in int32.

    Raises:
        DTypeError: for integers and bools.

    >>> import minigrad as mg
    >>> frexp(mg.tensor([1.0, -6.0]))
    (tensor([ 0.5 , -0.75]), tensor([1, 3], dtype=int32))
    """
    floating("frexp", x)
    mantissa, exponent = xp.frexp(wide(x))
    return xp.asarray(mantissa).astype(x.dtype, copy=False), xp.asarray(exponent)


def floating(name: str, x: Array) -> None:
    """Refuse bools and integers."""
    if not is_float(x.dtype):
        raise DTypeError(f"{name}: x is {x.dtype}, where a floating dtype is wanted; x.float() converts it")


# ---- integers -------------------------------------------------------------------------------------------------------
def integers(xp: Any, name: str, a: Array, b: Array) -> None:
    """Refuse all else."""
    dtype = xp.result_type(a, b)
    if is_float(dtype) or dtype == bool_:
        raise DTypeError(f"{name}: a and b are {dtype}, where integers are wanted")


@op(promotes="a b")
def gcd(xp: Any, a: Array, b: Array) -> Array:
    """The greatest common divisor of integers, elementwise; that of 0 and n is |n|.

    Raises:
        DTypeError: for floating numbers and bools.
    """
    integers(xp, "gcd", a, b)
    return xp.gcd(a, b)


@op(promotes="a b")
def lcm(xp: Any, a: Array, b: Array) -> Array:
    """The least common multiple of integers, elementwise; that of 0 and n is 0.

    Raises:
        DTypeError: for floating numbers and bools.
    """
    integers(xp, "lcm", a, b)
    return xp.lcm(a, b)


# ---- choices --------------------------------------------------------------------------------------------------------
@op(None, lambda g, condition: where(condition, g, 0.0), lambda g, condition: where(condition, 0.0, g))
def where(xp: Any, condition: Array, a: Array, b: Array) -> Array:
    """a where condition is true, b elsewhere; what was not taken has no effect on gradients, NaN or not.

    Args:
        condition: bool.
        a, b: tensors or numbers.

    Raises:
        DTypeError: if condition is not bool.

    >>> import minigrad as mg
    >>> x = mg.tensor([-1.0, 2.0])
    >>> mg.where(x > 0, x, 0.0)
    tensor([0., 2.])
    """
    if getattr(condition, "dtype", None) != bool_ and type(condition) is not bool:
        raise DTypeError(f"where: condition is {describe(condition)}, where bool is wanted")
    if type(a) in PYTHON or type(b) in PYTHON:  # NumPy would choose float64 for two, and beside bfloat16
        to = result_type((a, b))
        a, b = xp.asarray(a, to), xp.asarray(b, to)
    return xp.where(condition, a, b)


@op(
    lambda g, a, b: where(a == b, g * 0.5, where(a < b, 0.0, g)),
    lambda g, a, b: where(a == b, g * 0.5, where(a > b, 0.0, g)),
)
def maximum(xp: Any, a: Array, b: Array) -> Array:
    """The larger of a and b, elementwise, NaN if one of them is; equals share the gradient."""
    return xp.maximum(a, b)


@op(
    lambda g, a, b: where(a == b, g * 0.5, where(a > b, 0.0, g)),
    lambda g, a, b: where(a == b, g * 0.5, where(a < b, 0.0, g)),
)
def minimum(xp: Any, a: Array, b: Array) -> Array:
    """The smaller of a and b, elementwise, NaN if one of them is; equals share the gradient."""
    return xp.minimum(a, b)


def clamp_x(g: Any, x: Any, min: Any, max: Any) -> Any:
    """g within the bounds, and on them."""
    g = g if min is None else where(x >= min, g, 0.0)
    return g if max is None else where(x <= max, g, 0.0)


def clamp_min(g: Any, x: Any, min: Any, max: Any) -> Any:
    """g where the lower bound holds, and the upper one does not overrule it."""
    g = where(x < min, g, 0.0)
    return g if max is None else where(max > min, g, 0.0)


def clamp_max(g: Any, x: Any, min: Any, max: Any) -> Any:
    """g where the upper bound holds, or overrules the lower one."""
    above = where(x > max, g, 0.0)
    return above if min is None else where(max < min, g, above)


@op(clamp_x, clamp_min, clamp_max)
def clamp(xp: Any, x: Array, min: Array | None = None, max: Array | None = None) -> Array:
    """x brought between min and max; where they cross, max.

    Args:
        min, max: numbers or tensors, one of which may be None.

    Raises:
        ArgumentError: if both bounds are None.

    >>> import minigrad as mg
    >>> mg.clamp(mg.tensor([-2.0, 0.5, 2.0]), -1, 1)
    tensor([-1. ,  0.5,  1. ])
    """
    if min is None and max is None:
        raise ArgumentError("clamp: min and max are None; give one of them")
    if min is None:
        return xp.minimum(x, max)
    y = xp.maximum(x, min)
    if type(max) in PYTHON and y.shape:  # y is nobody's yet
        return xp.minimum(y, max, out=y)
    return y if max is None else xp.minimum(y, max)
