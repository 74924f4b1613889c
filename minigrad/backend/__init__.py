"""Array backends: which namespace works on an array, and how arrays move between devices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import KNOWN, WIDENED, bfloat16, get_default_dtype, is_float
from ..errors import DeviceError, DTypeError, outside
from ._numpy import xp as numpy_namespace

ARRAYS: set[type] = {np.ndarray}  # what a Tensor may hold
NAMESPACES: dict[type, Any] = {
    np.ndarray: numpy_namespace,
    np.bool_: numpy_namespace,  # NumPy's full reductions give scalars
    **{np.dtype(d).type: numpy_namespace for d in ("u1", "i1", "i2", "i4", "i8", "f2", "f4", "f8")},
}


def namespace_of(array: Any) -> Any:
    """The namespace `xp` of an array: NumPy's or CuPy's names plus what both lack."""
    return NAMESPACES[type(array)]


def namespace_for(device: str | None) -> Any:
    """The namespace that makes arrays on a device.

    Raises:
        DeviceError: for a device that this build does not have.
    """
    if device is None or device == "cpu":
        return numpy_namespace
    raise DeviceError(f"device {device!r}: this version of minigrad computes on 'cpu' only")


def as_array(value: Any, dtype: Any = None, device: str | None = None) -> Any:
    """An array of a dtype that minigrad knows, from an array, a scalar or nested lists.

    Raises:
        DTypeError: for strings, objects, ragged lists, complex and unsigned 16 to 64 bit numbers.
    """
    xp = namespace_for(device)
    try:
        array = xp.asarray(value, dtype)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:  # the last is PyTorch's
        why = f"{type(value).__name__} does not make an array of numbers: {error}"
        raise DTypeError(f"tensor: {why}{outside(value) or outside(str(error))}") from error
    if array.dtype not in KNOWN and array.dtype.name == "bfloat16":
        bfloat16()  # an array of it was made before minigrad was asked for it
    if array.dtype not in KNOWN:
        there = "bool, uint8, int8 to int64 and floating numbers are wanted; convert the data first"
        raise DTypeError(f"tensor: dtype {array.dtype}: {there}{outside(array) or outside(value)}")
    array = array if type(array) in ARRAYS else array.view(xp.ndarray)
    if dtype is None and not hasattr(value, "dtype") and is_float(array.dtype):  # Python's floats
        array = array.astype(get_default_dtype())
    one = KNOWN[array.dtype]  # unpickled arrays have another object for the same dtype
    return array if array.dtype is one else array.view(one)


def settled(y: Any, dtype: Any, kind: Any) -> Any:
    """What NumPy gives for a result of this dtype as the array it should be: not a scalar, and not widened."""
    y = NAMESPACES[kind].asarray(y)
    return y.astype(dtype, copy=False) if dtype in WIDENED and is_float(y.dtype) else y


def to_device(array: Any, device: str) -> Any:
    """The same values on a device; the array itself where it is there already."""
    namespace_for(device)
    return array


def to_numpy(array: Any) -> Any:
    """The values as a NumPy array, on the CPU."""
    return np.asarray(array)


def device_of(array: Any) -> str:
    """The name of the device that holds an array."""
    name: str = NAMESPACES[type(array)].device
    return name
