"""The part of CuPy 14 that minigrad uses, on the CPU: the names that CuPy has, with its parameters, and no others."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import devices as cuda
from . import linalg, state, stride_tricks
from .arrays import ndarray, plain, quiet, ufunc, wrapped
from .kernels import RawKernel, RawModule

__version__ = state.NAMES["version"]
NAMES: dict[str, Any] = state.NAMES["cupy"]
FROM_HOST = ("array", "asarray", "ascontiguousarray", "asfortranarray", "asanyarray")
OF_VALUES = (
    "nonzero",
    "argwhere",
    "flatnonzero",
    "unique",
    "compress",
    "extract",
    "bincount",
)  # the shape depends on them
lib = type("lib", (), {"stride_tricks": stride_tricks})
OutOfMemoryError = state.OutOfMemoryError
memory_pool = cuda.MemoryPool()

__all__ = ["RawKernel", "RawModule", "asnumpy", "cuda", "get_array_module", "lib", "linalg", "ndarray"]


def asnumpy(a: Any, stream: Any = None, order: str = "C", out: Any = None, *, blocking: bool = True) -> Any:
    """A copy in NumPy's memory."""
    return a.get(order=order, out=out) if isinstance(a, ndarray) else np.asarray(a)


def get_array_module(*args: Any) -> Any:
    """This module if an argument is one of its arrays, else NumPy."""
    return state.module("cupy") if any(isinstance(a, ndarray) for a in args) else np


def get_default_memory_pool() -> Any:
    """The pool that arrays come from."""
    return memory_pool


def get_default_pinned_memory_pool() -> Any:
    """The pool of page-locked host memory."""
    return cuda.PinnedMemoryPool()


def from_host(name: str) -> Callable[..., Any]:
    """`array` and its like: they alone take what lies on the host."""

    def call(obj: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        kwargs.pop("blocking", None)
        if isinstance(obj, ndarray):
            if obj._device != state.current:  # these alone copy from another device
                return wrapped(quiet(getattr(np, name), obj._a, dtype, *args, **kwargs).copy("K"))
            if name == "asarray" and (dtype is None or obj.dtype == dtype) and not kwargs.get("copy"):
                return obj
        else:
            state.copied("to device", np.asarray(obj).nbytes if not isinstance(obj, list) else len(obj))
            obj = [x._a if isinstance(x, ndarray) else x for x in obj] if isinstance(obj, list) else obj
        made = quiet(getattr(np, name), obj._a if isinstance(obj, ndarray) else obj, dtype, *args, **kwargs)
        if made.dtype.kind not in "biufcV":
            raise ValueError(f"Unsupported dtype {made.dtype}")
        given = obj._a if isinstance(obj, ndarray) else obj
        shares = isinstance(given, np.ndarray) and np.may_share_memory(made, given)
        return wrapped(made.copy("K") if shares and not isinstance(obj, ndarray) else made)

    return call


def take(a: Any, indices: Any, axis: int | None = None, out: Any = None) -> Any:
    """Elements by position; what lies outside wraps around."""
    x = plain(a)
    n = x.size if axis is None else x.shape[axis]
    return wrapped(np.take(x, np.asarray(plain(indices)) % max(n, 1), axis))


def empty(shape: Any, dtype: Any = float, order: str = "C") -> Any:
    """Memory that nobody wrote."""
    return ndarray(shape, dtype, order=order)


def empty_like(a: Any, dtype: Any = None, order: str = "K", subok: Any = None, shape: Any = None) -> Any:
    """Memory that nobody wrote, like an array's."""
    return wrapped(state.poison(np.empty_like(plain(a), dtype, order, False, shape)))  # type: ignore[call-overload]


OWN: dict[str, Any] = {"take": take, "empty": empty, "empty_like": empty_like}


def function(name: str) -> Callable[..., Any]:
    """One of NumPy's functions with CuPy's parameters."""
    f, allowed = getattr(np, name), NAMES[name]

    def call(*args: Any, **kwargs: Any) -> Any:
        if allowed is not None and "**kwargs" not in allowed:
            for k in kwargs:
                if k not in allowed.split():
                    raise TypeError(f"{name}() got an unexpected keyword argument {k!r}")
        if name in OF_VALUES:
            state.copied("shape", 8)
        out = kwargs.get("out")
        found = quiet(f, *plain(args), **plain(kwargs))
        return out if out is not None else wrapped(found)

    call.__name__ = name
    return call


MADE: dict[str, Any] = {}  # not in globals, where `any` and `sum` would hide Python's


def __getattr__(name: str) -> Any:
    """What CuPy has of NumPy's names."""
    if name in MADE:
        return MADE[name]
    if name not in NAMES:
        raise AttributeError(f"module 'cupy' has no attribute {name!r}")
    if name in OWN:
        found = OWN[name]
    elif name in FROM_HOST:
        found = from_host(name)
    elif not hasattr(np, name):
        raise AttributeError(f"module 'cupy' has {name!r}, its stand-in has not")
    else:
        value = getattr(np, name)
        found = ufunc(value) if isinstance(value, np.ufunc) else value
        if callable(value) and not isinstance(value, type | np.ufunc):
            found = function(name)
    MADE[name] = found
    return found


pi, inf, nan = math.pi, math.inf, math.nan


def __dir__() -> list[str]:
    """What CuPy has, as far as it is here."""
    return [*__all__, *(name for name in NAMES if name in OWN or name in globals() or hasattr(np, name))]
