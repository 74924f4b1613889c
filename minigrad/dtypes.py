"""Dtypes: the ones there are, how they promote (PyTorch's rules), and in what they accumulate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .errors import DTypeError, outside, require

DType = np.dtype[Any]

bool_ = np.dtype(np.bool_)
uint8, int8, int16, int32, int64 = (np.dtype(d) for d in ("u1", "i1", "i2", "i4", "i8"))
float16, float32, float64 = (np.dtype(d) for d in ("f2", "f4", "f8"))

FLOATS: set[DType] = {float16, float32, float64}  # and bfloat16, once somebody asks for it
INTS: set[DType] = {uint8, int8, int16, int32, int64}
KNOWN = {
    d: d for d in (bool_, *INTS, *FLOATS)
}  # to the one object of each, which the engine compares by identity
PYTHON = frozenset({bool, int, float})
WIDENED: set[DType] = set()  # bfloat16: beside a Python float NumPy makes it float32, which the engine undoes

_weak: dict[type, DType] = {bool: bool_, int: int64, float: float32}


def bfloat16() -> DType:
    """The bfloat16 dtype of ml_dtypes.

    Raises:
        MissingDependency: if ml_dtypes is not installed.
    """
    ml_dtypes: Any = require("ml_dtypes", "bfloat16", "bfloat16")
    dtype: DType = np.dtype(ml_dtypes.bfloat16)
    FLOATS.add(dtype)
    KNOWN[dtype] = dtype
    WIDENED.add(dtype)
    return dtype


def get_default_dtype() -> DType:
    """The dtype that Python floats become: float32 unless `set_default_dtype` said otherwise."""
    return _weak[float]


def set_default_dtype(dtype: Any) -> None:
    """Choose the dtype of new floating tensors.

    Raises:
        DTypeError: if `dtype` is not a floating dtype.

    >>> import minigrad as mg
    >>> mg.set_default_dtype(mg.float64); mg.tensor([0.5]).dtype
    dtype('float64')
    >>> mg.set_default_dtype(mg.float32)
    """
    found = as_dtype(dtype)
    if found not in FLOATS:
        raise DTypeError(f"set_default_dtype: {found} is not a floating dtype")
    _weak[float] = found


def as_dtype(dtype: Any) -> DType:
    """A NumPy dtype from a dtype, a NumPy or Python type, or a name.

    Raises:
        DTypeError: for complex, unsigned above 8 bits, and whatever else minigrad does not compute in.
    """
    if isinstance(dtype, np.dtype) and dtype in KNOWN:
        return KNOWN[dtype]
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", getattr(dtype, "__name__", None))
    if name == "bfloat16":
        return bfloat16()
    try:
        found: DType | None = np.dtype(dtype) if dtype is not None else None
    except TypeError:
        found = None
    if found is not None and found.newbyteorder("=") in KNOWN:
        return KNOWN[found.newbyteorder("=")]
    names = ", ".join(sorted(d.name for d in KNOWN))
    there = f"{names} and, with ml_dtypes, bfloat16{outside(dtype)}"
    raise DTypeError(f"{dtype!r} is not a dtype of minigrad, which has {there}")


class finfo:
    """The limits of a floating dtype: bits, eps, max, min, tiny, smallest_normal, resolution.

    Raises:
        DTypeError: for a dtype that is not floating.

    >>> import minigrad as mg
    >>> mg.finfo(mg.float16).max
    65504.0
    """

    def __init__(self, type: Any = None) -> None:
        dtype = get_default_dtype() if type is None else as_dtype(type)
        if dtype not in FLOATS:
            raise DTypeError(f"finfo: {dtype} is not a floating dtype; iinfo knows the limits of integers")
        limits: Any = require("ml_dtypes", "bfloat16", "bfloat16") if dtype in WIDENED else np
        found = limits.finfo(dtype)
        self.dtype, self.bits = dtype.name, 8 * dtype.itemsize
        self.eps, self.max, self.min = float(found.eps), float(found.max), float(found.min)
        self.tiny = self.smallest_normal = float(found.smallest_normal)
        self.resolution = 10.0 ** -int(found.precision)

    def __repr__(self) -> str:
        """The limits, as in `finfo(max=65504.0, ...)`."""
        return f"finfo({', '.join(f'{name}={value}' for name, value in vars(self).items())})"


class iinfo:
    """The limits of an integer dtype: bits, max, min.

    Raises:
        DTypeError: for a dtype that is not of integers.

    >>> import minigrad as mg
    >>> mg.iinfo(mg.int8).max
    127
    """

    def __init__(self, type: Any) -> None:
        dtype = as_dtype(type)
        if dtype not in INTS:
            raise DTypeError(f"iinfo: {dtype} is not an integer dtype")
        found = np.iinfo(dtype)
        self.dtype, self.bits, self.max, self.min = dtype.name, found.bits, int(found.max), int(found.min)

    def __repr__(self) -> str:
        """The limits, as in `iinfo(max=127, ...)`."""
        return f"iinfo({', '.join(f'{name}={value}' for name, value in vars(self).items())})"


def is_float(dtype: DType) -> bool:
    """Whether gradients flow through this dtype."""
    return dtype in FLOATS


def level(dtype: DType) -> int:
    """The kind of a dtype: 0 bool, 1 integer, 2 floating."""
    return 2 if dtype in FLOATS else 0 if dtype == bool_ else 1


def accumulator(dtype: DType) -> DType:
    """The dtype in which sums of this one are held: float32 for halves, int64 for bools and integers, else itself."""
    if dtype in FLOATS:
        return float32 if dtype.itemsize == 2 else dtype
    return int64


def pair(a: DType, b: DType) -> DType:
    """The dtype that two dtypes of tensors of equal standing meet in."""
    if a == b:
        return a
    la, lb = level(a), level(b)
    if la != lb:
        return a if la > lb else b
    if la == 2 and a.itemsize == b.itemsize == 2:  # float16 and bfloat16 meet in float32
        return float32
    return np.promote_types(a, b)


def result_type(values: Iterable[Any]) -> DType:
    """PyTorch's promotion: kinds first; Python scalars weaker than 0-d tensors, these weaker than the rest.

    Args:
        values: arrays and Python scalars, at least one.
    """
    best: dict[int, DType] = {}
    for v in values:
        dtype, strength = (_weak[type(v)], 0) if type(v) in PYTHON else (v.dtype, 2 if v.ndim else 1)
        best[strength] = pair(best[strength], dtype) if strength in best else dtype
    strongest = [best[k] for k in sorted(best, reverse=True)]
    return max(strongest, key=level)  # max keeps the first, so the strongest, of equals
