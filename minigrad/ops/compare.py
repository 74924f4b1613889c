"""Comparisons and logic: bool results, through which no gradient flows. Inputs broadcast and promote."""

from __future__ import annotations

from typing import Any

from ..core import Array, op
from ..dtypes import accumulator, bool_, is_float
from ..errors import ArgumentError, DTypeError

__all__ = [
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "eq",
    "ge",
    "gt",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "le",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "lt",
    "ne",
    "signbit",
]
METHODS = """
    bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor eq ge gt isclose
    isfinite isinf isnan isneginf isposinf le logical_and logical_not logical_or logical_xor lt ne signbit
""".split()
IN_PLACE = """
    bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor eq ge gt le
    logical_and logical_not logical_or logical_xor lt ne
""".split()


# ---- order ----------------------------------------------------------------------------------------------------------
@op(promotes="a b")
def eq(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise a == b."""
    return xp.equal(a, b)


@op(promotes="a b")
def ne(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise a != b."""
    return xp.not_equal(a, b)


@op(promotes="a b")
def lt(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise a < b."""
    return xp.less(a, b)


@op(promotes="a b")
def le(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise a <= b."""
    return xp.less_equal(a, b)


@op(promotes="a b")
def gt(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise a > b."""
    return xp.greater(a, b)


@op(promotes="a b")
def ge(xp: Any, a: Array, b: Array) -> Array:
    """Elementwise a >= b."""
    return xp.greater_equal(a, b)


@op(promotes="a b")
def isclose(
    xp: Any, a: Array, b: Array, *, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Array:
    """Whether |a - b| <= atol + rtol |b|, elementwise; infinities are close to themselves alone.

    Args:
        rtol, atol: the error allowed, relative to b and absolute.
        equal_nan: whether NaN is close to NaN.

    Raises:
        ArgumentError: if rtol or atol is below 0, or NaN.

    >>> import minigrad as mg
    >>> mg.isclose(mg.tensor([1.0, 2.0]), mg.tensor([1.000001, 2.1]))
    tensor([ True, False])
    """
    if not (rtol >= 0 and atol >= 0):
        raise ArgumentError(f"isclose: rtol is {rtol}, atol {atol}, where 0 or more is wanted")
    same = xp.equal(a, b)
    if equal_nan:
        same = same | (xp.not_equal(a, a) & xp.not_equal(b, b))
    dtype = xp.result_type(a, b)
    to = accumulator(dtype) if is_float(dtype) else "float64"
    a, b = xp.asarray(a, to), xp.asarray(b, to)
    with xp.errstate(invalid="ignore"):  # infinities of one sign differ by NaN
        off = xp.absolute(a - b)
    return same | (xp.isfinite(off) & (off <= atol + rtol * xp.absolute(b)))


# ---- kinds of numbers -----------------------------------------------------------------------------------------------
@op(None)
def isnan(xp: Any, x: Array) -> Array:
    """Whether each element is NaN."""
    return xp.isnan(x)


@op(None)
def isinf(xp: Any, x: Array) -> Array:
    """Whether each element is infinite."""
    return xp.isinf(x)


@op(None)
def isfinite(xp: Any, x: Array) -> Array:
    """Whether each element is neither infinite nor NaN."""
    return xp.isfinite(x)


@op(None)
def isposinf(xp: Any, x: Array) -> Array:
    """Whether each element is positive infinity."""
    return xp.equal(x, xp.inf)


@op(None)
def isneginf(xp: Any, x: Array) -> Array:
    """Whether each element is negative infinity."""
    return xp.equal(x, -xp.inf)


@op(None)
def signbit(xp: Any, x: Array) -> Array:
    """Whether each element has a minus sign: -0 has one, where x < 0 does not see it."""
    return xp.signbit(x) if is_float(x.dtype) else xp.less(x, 0)


# ---- logic: every number but 0 is true ------------------------------------------------------------------------------
@op(promotes="a b")
def logical_and(xp: Any, a: Array, b: Array) -> Array:
    """Whether a and b are both true, elementwise."""
    return xp.logical_and(xp.not_equal(a, 0), xp.not_equal(b, 0))


@op(promotes="a b")
def logical_or(xp: Any, a: Array, b: Array) -> Array:
    """Whether a or b is true, elementwise."""
    return xp.logical_or(xp.not_equal(a, 0), xp.not_equal(b, 0))


@op(promotes="a b")
def logical_xor(xp: Any, a: Array, b: Array) -> Array:
    """Whether one of a and b is true and the other is not, elementwise."""
    return xp.logical_xor(xp.not_equal(a, 0), xp.not_equal(b, 0))


@op(None)
def logical_not(xp: Any, x: Array) -> Array:
    """Whether each element is not true."""
    return xp.equal(x, 0)


# ---- bits: of bools their truth, of integers each -------------------------------------------------------------------
def bits(name: str, **inputs: Any) -> None:
    """Refuse floating numbers, which have no bits to combine."""
    for key, x in inputs.items():
        if is_float(getattr(x, "dtype", bool_)):
            raise DTypeError(f"{name}: {key} is {x.dtype}, where bools or integers are wanted")


@op(promotes="a b")
def bitwise_and(xp: Any, a: Array, b: Array) -> Array:
    """a & b of bools or integers, elementwise.

    Raises:
        DTypeError: for floating numbers.
    """
    bits("bitwise_and", a=a, b=b)
    return xp.bitwise_and(a, b)


@op(promotes="a b")
def bitwise_or(xp: Any, a: Array, b: Array) -> Array:
    """a | b of bools or integers, elementwise.

    Raises:
        DTypeError: for floating numbers.
    """
    bits("bitwise_or", a=a, b=b)
    return xp.bitwise_or(a, b)


@op(promotes="a b")
def bitwise_xor(xp: Any, a: Array, b: Array) -> Array:
    """a ^ b of bools or integers, elementwise.

    Raises:
        DTypeError: for floating numbers.
    """
    bits("bitwise_xor", a=a, b=b)
    return xp.bitwise_xor(a, b)


@op(None)
def bitwise_not(xp: Any, x: Array) -> Array:
    """~x of bools or integers: every bit turned.

    Raises:
        DTypeError: for floating numbers.

    >>> import minigrad as mg
    >>> ~(mg.tensor([1.0, 3.0]) > 2)
    tensor([ True, False])
    """
    bits("bitwise_not", x=x)
    return xp.invert(x)


def shifts(xp: Any, name: str, a: Array, b: Array) -> None:
    """Refuse all but integers."""
    bits(name, a=a, b=b)
    if xp.result_type(a, b) == bool_:
        raise DTypeError(f"{name}: a and b are bool, where integers are wanted")


@op(promotes="a b")
def bitwise_left_shift(xp: Any, a: Array, b: Array) -> Array:
    """The bits of integers a moved to the left by b places; 0 where b is negative or beyond the width.

    Raises:
        DTypeError: for floating numbers and bools.

    >>> import minigrad as mg
    >>> mg.tensor([1, 3]) << 2
    tensor([ 4, 12])
    """
    shifts(xp, "bitwise_left_shift", a, b)
    return xp.left_shift(a, b)


@op(promotes="a b")
def bitwise_right_shift(xp: Any, a: Array, b: Array) -> Array:
    """The bits of integers a moved to the right by b places; 0 or -1 where b is negative or beyond the width.

    Raises:
        DTypeError: for floating numbers and bools.
    """
    shifts(xp, "bitwise_right_shift", a, b)
    return xp.right_shift(a, b)
