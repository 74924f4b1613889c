"""Array backends: which namespace works on an array, and how arrays move between devices."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from ..dtypes import KNOWN, WIDENED, bfloat16, get_default_dtype, is_float
from ..errors import DeviceError, DTypeError, outside
from ._numpy import xp as numpy_namespace

LOADED: dict[str, Any] = {}  # the namespaces of GPUs, once somebody asked for one
ARRAYS: set[type] = {np.ndarray}  # what a Tensor may hold
NAMESPACES: dict[type, Any] = {
    np.ndarray: numpy_namespace,
    np.bool_: numpy_namespace,  # NumPy's full reductions give scalars
    **{np.dtype(d).type: numpy_namespace for d in ("u1", "i1", "i2", "i4", "i8", "f2", "f4", "f8")},
}


def namespace_of(array: Any) -> Any:
    """The namespace `xp` of an array: NumPy's or CuPy's names plus what both lack."""
    return NAMESPACES[type(array)]


def gpu() -> Any:
    """The namespace of the GPU, loaded when it is first asked for.

    Raises:
        DeviceError: if CuPy or a device is missing, with what to do.
    """
    if "cuda" not in LOADED:
        LOADED["cuda"] = xp = importlib.import_module(f"{__package__}._cupy").build()
        ARRAYS.add(xp.ndarray)
        NAMESPACES[xp.ndarray] = xp
    return LOADED["cuda"]


def number_of(device: str) -> int | None:
    """The number in "cuda:1"; None for "cuda", the current one.

    Raises:
        DeviceError: for a device that is not there.
    """
    name, colon, digits = device.partition(":")
    if name != "cuda" or (colon and not digits.isdecimal()):
        raise DeviceError(f"device {device!r}: 'cpu', 'cuda' or 'cuda:0', 'cuda:1' ... are wanted")
    if not colon:
        return None
    if int(digits) >= (count := gpu().cuda.runtime.getDeviceCount()):
        raise DeviceError(f"device {device!r}: there are {count}, counted from 0")
    return int(digits)


def namespace_for(device: str | None) -> Any:
    """The namespace that makes arrays on a device.

    Raises:
        DeviceError: for a device that is not there.
    """
    if device is None or device == "cpu":
        return numpy_namespace
    if not isinstance(device, str):
        raise DeviceError(f"device {device!r}: 'cpu', 'cuda' or 'cuda:0', 'cuda:1' ... are wanted")
    number = number_of(device)
    xp = gpu()
    if number is None or number == xp.cuda.Device().id:
        return xp
    return importlib.import_module(f"{__package__}._cupy").on_device(xp, number)


def as_array(value: Any, dtype: Any = None, device: str | None = None) -> Any:
    """An array of a dtype that minigrad knows, from an array, a scalar or nested lists.

    Raises:
        DTypeError: for strings, objects, ragged lists, complex and unsigned 16 to 64 bit numbers.
    """
    xp = namespace_for(device)
    if xp.device != "cpu" and type(value) not in ARRAYS - {
        numpy_namespace.ndarray
    }:  # made on the host, then copied
        return to_device(as_array(value, dtype), str(device))
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
    y = y if type(y) in ARRAYS else NAMESPACES[kind].asarray(y)
    return y.astype(dtype, copy=False) if dtype in WIDENED and is_float(y.dtype) else y


def to_device(array: Any, device: str) -> Any:
    """The same values on a device; the array itself where it is there already.

    Raises:
        DeviceError: for a device that is not there.
    """
    xp = namespace_for(device)
    here = device_of(array)
    if device == here or (device == "cuda" and here == f"cuda:{xp.cuda.Device().id}"):
        return array
    if device == "cpu":
        return to_numpy(array)
    return xp.upload(array) if here == "cpu" else xp.asarray(array)


def to_numpy(array: Any) -> Any:
    """The values as a NumPy array, on the CPU: a copy of what is on a GPU.

    Raises:
        IndexingError: if an op on the GPU was given an index that is outside.
    """
    xp = NAMESPACES[type(array)]
    if xp is numpy_namespace:
        return np.asarray(array)
    y = array.get()
    xp.settle()
    return y


def device_of(array: Any) -> str:
    """The name of the device that holds an array."""
    name: str = NAMESPACES[type(array)].device
    return name if name == "cpu" else f"{name}:{array.device.id}"
