"""Dtypes, and tensors with memory of any layout and values of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan, prod
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.strategies import DrawFn, SearchStrategy

from ...core import Tensor
from ...dtypes import (
    DType,
    as_dtype,
    bool_,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    is_float,
    level,
    uint8,
)
from ...errors import ArgumentError, MissingDependency, require
from .shapes import Shape, shapes

LAYOUTS = ("contiguous", "permuted", "strided", "reversed", "broadcast")
DENSE = 256  # up to so many elements each is drawn on its own
KINDS = ("float", "int", "bool")


# ---- dtypes ---------------------------------------------------------------------------------------------------------
def dtypes(*kinds: str, halves: bool = True) -> SearchStrategy[DType]:
    """Dtypes of minigrad.

    Args:
        kinds: "float", "int" and "bool"; all of them where none is given.
        halves: whether float16 is among the floats, and bfloat16 if ml_dtypes is installed.

    Raises:
        ArgumentError: for another kind.

    >>> from hypothesis import find
    >>> find(dtypes("float", halves=False), lambda d: d.itemsize > 4)
    dtype('float64')
    """
    if wrong := [k for k in kinds if k not in KINDS]:
        raise ArgumentError(f"dtypes: {wrong[0]!r} is no kind; there are {', '.join(KINDS)}")
    found = {
        "float": [float32, float64, *(half_dtypes() if halves else [])],
        "int": [int64, int32, int16, int8, uint8],
        "bool": [bool_],
    }
    return st.sampled_from([d for k in KINDS if k in (kinds or KINDS) for d in found[k]])


def half_dtypes() -> list[DType]:
    """float16, and bfloat16 where its library is installed."""
    try:
        return [float16, as_dtype("bfloat16")]
    except MissingDependency:
        return [float16]


def limits(dtype: DType) -> Any:
    """The finfo or iinfo of a dtype."""
    if dtype.name == "bfloat16":
        ml_dtypes: Any = require("ml_dtypes", "bfloat16", "bfloat16")
        return ml_dtypes.finfo(dtype)
    return np.finfo(dtype) if is_float(dtype) else np.iinfo(dtype)


def special_values(dtype: Any) -> list[Any]:
    """The numbers of a dtype at which functions break: zeros, ones, the ends of its range, infinities, NaN.

    Args:
        dtype: a dtype of minigrad.

    Raises:
        DTypeError: for another.

    >>> special_values("int8")
    [0, 1, -1, 127, -128]
    >>> special_values("float16")[4:9]
    [inf, -inf, nan, 65504.0, -65504.0]
    """
    known = as_dtype(dtype)
    if known == bool_:
        return [False, True]
    about = limits(known)
    if not is_float(known):
        return [0, 1, *([-1] if about.min else []), int(about.max), int(about.min)]
    largest, normal, least = map(float, (about.max, about.smallest_normal, about.smallest_subnormal))
    above_one = 1.0 + float(about.eps)
    return [0.0, -0.0, 1.0, -1.0, inf, -inf, nan, largest, -largest, normal, least, -least, above_one]


# ---- memory ---------------------------------------------------------------------------------------------------------
def laid_out(values: Any, layouts: Sequence[str] = LAYOUTS[:-1]) -> SearchStrategy[Any]:
    """The same values in memory of different layouts, as NumPy arrays that can be written (but for "broadcast").

    What lies between the elements of a strided array is NaN (True, or the largest integer): who reads it is found out.

    Args:
        values: an array, or what makes one.
        layouts: of `LAYOUTS`: "contiguous"; "permuted", the dims in another order; "strided", every second or third
            element; "reversed", backwards along some dims; "broadcast", with stride 0 along the dims in which the
            values repeat, if there are any. By default all but the last.

    Raises:
        ArgumentError: for another layout, or none.

    >>> from hypothesis import find
    >>> find(laid_out([1, 2, 3]), lambda x: not x.flags.contiguous).strides
    (16,)
    """
    check_layouts("laid_out", layouts, LAYOUTS)
    array = np.asarray(values)
    return st.sampled_from([k for k in LAYOUTS if k in layouts]).flatmap(lambda k: in_layout(array, k))


def check_layouts(name: str, layouts: Sequence[str], known: Sequence[str]) -> None:
    """Refuse layouts that there are not."""
    if isinstance(layouts, str) or not layouts or any(k not in known for k in layouts):
        raise ArgumentError(f"{name}: layouts is {layouts!r}; a sequence of {', '.join(known)} is wanted")


@st.composite
def in_layout(draw: DrawFn, values: Any, layout: str) -> Any:
    """A copy of the values in one layout."""
    if layout == "contiguous":
        return np.array(values, order="C")
    if layout == "permuted":
        dims = [*range(values.ndim)]
        order = draw(st.permutations(dims[::-1]))
        order = dims[::-1] if order == dims else order
        return np.array(values.transpose(order), order="C").transpose(np.argsort(order))
    if layout == "broadcast":
        return repeated(values)
    sizes = (1, 2, 3) if layout == "strided" else (-1, 1, -2)
    steps = [draw(st.sampled_from(sizes)) for _ in values.shape]
    extents = [n * abs(s) + 1 for n, s in zip(values.shape, steps, strict=True)]
    memory = np.full(extents, filler(values.dtype), values.dtype)
    view = memory[(*[slice(1, None, s) if s > 0 else slice(None, 0, s) for s in steps], ...)]
    view[...] = values
    return view


def repeated(values: Any) -> Any:
    """A copy of what differs, broadcast to all values."""
    own = values
    for dim in range(values.ndim):
        first = own[(*[slice(None)] * dim, slice(0, 1))]
        if np.broadcast_to(first, values.shape).tobytes() == values.tobytes():
            own = first
    return np.broadcast_to(np.array(own, order="C"), values.shape)


def filler(dtype: DType) -> Any:
    """A value that does not go unnoticed."""
    return nan if level(dtype) == 2 else special_values(dtype)[-1 if dtype == bool_ else -2]


# ---- tensors --------------------------------------------------------------------------------------------------------
def tensors(
    shape: Any = None,
    dtype: Any = None,
    *,
    elements: SearchStrategy[Any] | None = None,
    requires_grad: bool = False,
    layouts: Sequence[str] = LAYOUTS,
    special: bool = False,
    distinct: bool = False,
) -> SearchStrategy[Tensor]:
    """Tensors, by default floating ones of any shape, in contiguous memory or not.

    Args:
        shape: a shape, or a strategy of shapes. Default: `shapes()`.
        dtype: a dtype, or a strategy of dtypes. Default: `dtypes("float")`.
        elements: a strategy of numbers that fit the dtype. Default: finite ones from -8 to 8.
        requires_grad: whether floating tensors are leaves that collect gradients.
        layouts: of `LAYOUTS`; see `laid_out`. "broadcast" repeats elements along some dims without memory of their
            own, and cannot be written; it is left out for distinct elements.
        special: mix in `special_values` of the dtype.
        distinct: elements that are odd multiples of 1/16 (of floats): 1/8 or more from each other and 1/16 from every
            integer, so that nothing ties and differences do not step over a kink. Integers are distinct, no more.

    Raises:
        ArgumentError: for another layout, for `distinct` together with `elements` or `special` or nothing but the
            layout "broadcast", and, when drawn, for more elements than the dtype has distinct ones.

    >>> from hypothesis import find
    >>> find(tensors(dtype="float32", distinct=True), lambda x: x.shape == (2,))
    tensor([ 0.0625, -0.0625])
    """
    check_layouts("tensors", layouts, LAYOUTS)
    if distinct and (elements is not None or special):
        raise ArgumentError("tensors: distinct chooses the elements; it goes without elements and special")
    allowed = [k for k in LAYOUTS if k in layouts and not (distinct and k == "broadcast")]
    if not allowed:
        raise ArgumentError("tensors: elements that are broadcast are not distinct; allow another layout")
    return drawn_tensor(
        shapes() if shape is None else as_strategy(shape, tuple),
        dtypes("float") if dtype is None else as_strategy(dtype, as_dtype),
        elements, requires_grad, allowed, special, distinct
    )  # fmt: skip


def as_strategy(value: Any, convert: Any) -> SearchStrategy[Any]:
    """A strategy as it is, a value as the strategy that always draws it."""
    return value if isinstance(value, SearchStrategy) else st.just(convert(value))


@st.composite
def drawn_tensor(
    draw: DrawFn,
    shapes: SearchStrategy[Shape],
    dtypes: SearchStrategy[DType],
    elements: SearchStrategy[Any] | None,
    requires_grad: bool,
    layouts: list[str],
    special: bool,
    distinct: bool,
) -> Tensor:
    """The shape first, then where it lies, then its values."""
    shape, dtype, layout = draw(shapes), as_dtype(draw(dtypes)), draw(st.sampled_from(layouts))
    if layout == "broadcast":
        own = tuple(1 if draw(st.booleans()) else n for n in shape)
        array = np.broadcast_to(draw(values_of(own, dtype, elements, special)), shape)
    else:
        values = distinct_values(shape, dtype) if distinct else values_of(shape, dtype, elements, special)
        array = draw(in_layout(draw(values), layout))
    return Tensor(array, requires_grad and is_float(dtype))


def values_of(
    shape: Shape, dtype: DType, elements: SearchStrategy[Any] | None, special: bool
) -> SearchStrategy[Any]:
    """Arrays of elements that are drawn one by one; large ones are filled with one of them in most places."""
    numbers = moderate(dtype) if elements is None else elements
    if special:
        numbers = numbers | st.sampled_from(special_values(dtype))
    held = float32 if dtype.name == "bfloat16" else dtype  # NumPy alone cannot make an array of it
    fill = st.nothing() if prod(shape) <= DENSE else None
    drawn = hnp.arrays(held, shape, elements=numbers, fill=fill)
    return drawn.map(lambda x: x.astype(dtype, copy=False))


def moderate(dtype: DType) -> SearchStrategy[Any]:
    """Numbers from -8 to 8."""
    if dtype == bool_:
        return st.booleans()
    if not is_float(dtype):
        return st.integers(max(-8, int(limits(dtype).min)), 8)
    width = {2: 16, 4: 32, 8: 64}[dtype.itemsize]
    return st.floats(-8.0, 8.0, width=width, allow_subnormal=False)  # type: ignore[arg-type]


def distinct_values(shape: Shape, dtype: DType) -> SearchStrategy[Any]:
    """Arrays without equal elements, from the smallest up."""
    n, last = prod(shape), 128 if dtype.name == "bfloat16" else 1024
    if is_float(dtype):
        count = max(128, 4 * n) if dtype.itemsize > 2 else 2 * last
        pool: Any = [k / 16 for k in from_zero(1 - count, count, 2)]
    else:
        about = (0, 1) if dtype == bool_ else (limits(dtype).min, limits(dtype).max)
        pool = from_zero(max(int(about[0]), -max(64, n)), min(int(about[1]), max(64, n)) + 1, 1)
    if n > len(pool):
        raise ArgumentError(
            f"tensors: {n} elements of {dtype} cannot be distinct, it has {len(pool)} so spaced"
        )
    flat = st.lists(st.sampled_from(pool), min_size=n, max_size=n, unique=True)
    return flat.map(
        lambda x: np.array(x, np.float64 if is_float(dtype) else None).astype(dtype).reshape(shape)
    )


def from_zero(low: int, high: int, step: int) -> list[int]:
    """The integers of a range, the smallest in size first, so that they shrink to 0."""
    return sorted(range(low, high, step), key=lambda k: (abs(k), k < 0))
