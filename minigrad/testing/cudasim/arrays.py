"""CuPy's `ndarray` and `ufunc` over NumPy memory, with CuPy's refusals, so that what fails on a card fails here."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import state

# Ufuncs whose `reduce` and `accumulate` CuPy has
REDUCED = ("add", "multiply")


def plain(value: Any) -> Any:
    """The NumPy array behind a stand-in's, in tuples, lists and dicts too.

    Raises:
        TypeError: for NumPy's own arrays: CuPy takes none in its functions.
    """
    if isinstance(value, ndarray):
        value.check_here()
        return value._a
    if isinstance(value, np.ndarray):
        raise TypeError(f"Unsupported type {type(value)}")
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    if isinstance(value, list):
        return [*map(plain, value)]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


def wrapped(value: Any) -> Any:
    """The stand-in's array for NumPy's; NumPy's scalars become 0-d arrays, as CuPy gives."""
    if isinstance(value, np.ndarray):
        return ndarray._of(value)
    if isinstance(value, np.generic):
        return ndarray._of(np.asarray(value))
    if isinstance(value, tuple):
        return type(value)(*map(wrapped, value)) if hasattr(value, "_fields") else tuple(map(wrapped, value))
    return [*map(wrapped, value)] if isinstance(value, list) else value


def quiet(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """A call whose infinities and NaNs nobody is warned of: a card does not warn."""
    with np.errstate(all="ignore"):
        return function(*args, **kwargs)


class Memory:
    """Where an array's memory begins, as `cupy.cuda.MemoryPointer` tells."""

    def __init__(self, a: np.ndarray) -> None:
        self.ptr, self.mem = a.ctypes.data, a


class ndarray:
    """An array that a kernel may read and write, and that NumPy may not touch unasked."""

    __slots__ = ("__weakref__", "_a", "_device", "_owner")
    __array_priority__ = 100
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self, shape: Any, dtype: Any = float, memptr: Any = None, strides: Any = None, order: str = "C"
    ) -> None:
        if memptr is not None or strides is not None:
            raise NotImplementedError("the stand-in makes arrays in memory of their own")
        state.reserve(int(np.prod(shape)) * np.dtype(dtype).itemsize)
        self._a = state.poison(np.empty(shape, dtype, order=order))  # type: ignore[call-overload]
        self._device, self._owner = state.current, None
        state.own(self)

    @classmethod
    def _of(cls, a: np.ndarray) -> ndarray:
        self = object.__new__(cls)
        self._a, self._device = a, state.current
        self._owner = state.owner_of(a)
        if self._owner is None:
            state.reserve(a.nbytes)
            state.own(self)
        return self

    def check_here(self) -> None:
        """Refuse use on another device than the one that holds it."""
        if self._device != state.current:
            raise ValueError(
                "The device where the array resides "
                f"({self._device}) is different from the current device ({state.current})."
            )

    # ---- what it is ------------------------------------------------------------------------------------------------
    data = property(lambda self: Memory(self._a))
    device = property(lambda self: state.module("devices").Device(self._device))
    dtype = property(lambda self: self._a.dtype)
    shape = property(lambda self: self._a.shape, lambda self, shape: setattr(self._a, "shape", shape))
    size = property(lambda self: self._a.size)
    ndim = property(lambda self: self._a.ndim)
    nbytes = property(lambda self: self._a.nbytes)
    itemsize = property(lambda self: self._a.itemsize)
    strides = property(lambda self: self._a.strides)
    flags = property(lambda self: self._a.flags)
    T = property(lambda self: wrapped(self._a.T))
    mT = property(lambda self: wrapped(self._a.mT))

    base = property(lambda self: self._owner)

    # ---- to the host -----------------------------------------------------------------------------------------------
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def get(self, stream: Any = None, order: str = "C", out: Any = None, blocking: bool = True) -> Any:
        """A copy in NumPy's memory."""
        state.copied("to host", self._a.nbytes)
        if out is not None:
            out[...] = self._a
            return out
        return self._a.copy(order)  # type: ignore[arg-type]

    def set(self, arr: np.ndarray, stream: Any = None) -> None:
        """Written over by a NumPy array."""
        state.copied("to device", self._a.nbytes)
        self._a[...] = arr

    def item(self) -> Any:
        """The one element, as a Python number."""
        return self.get().item()

    def tolist(self) -> Any:
        """Nested lists of Python numbers."""
        return self.get().tolist()

    def tobytes(self, order: str = "C") -> bytes:
        """The memory, row-major."""
        return self.get().tobytes(order)  # type: ignore[no-any-return]

    def __float__(self) -> float:
        return float(self.get())

    def __int__(self) -> int:
        return int(self.get())

    def __index__(self) -> int:
        return self.get().__index__()  # type: ignore[no-any-return]

    def __bool__(self) -> bool:
        return bool(self.get())

    def __repr__(self) -> str:
        return repr(self._a)

    def __len__(self) -> int:
        return len(self._a)

    def __iter__(self) -> Iterator[ndarray]:
        return (self[i] for i in range(len(self)))

    # ---- indexing --------------------------------------------------------------------------------------------------
    def __getitem__(self, key: Any) -> ndarray:
        self.check_here()
        return wrapped(self._a[in_range(self._a, key)])  # type: ignore[no-any-return]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.check_here()
        value, key = plain(value), in_range(self._a, key)
        if state.reversed_order() and isinstance(value, np.ndarray) and value.size > 1 and gathers(key):
            places = np.arange(self._a.size).reshape(self._a.shape)[
                key
            ]  # of equal ones any may win on a card
            values = np.broadcast_to(value, places.shape)
            self._a[np.unravel_index(places.ravel()[::-1], self._a.shape)] = values.ravel()[::-1]
        else:
            quiet(self._a.__setitem__, key, value)

    # ---- as a NumPy function's argument ----------------------------------------------------------------------------
    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        f = getattr(state.module("cupy"), ufunc.__name__)
        if out is not None:
            kwargs["out"] = out[0]
        return (f if method == "__call__" else getattr(f, method))(*inputs, **kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if not all(issubclass(t, ndarray) for t in types):
            return NotImplemented
        return getattr(state.module("cupy"), func.__name__)(*args, **kwargs)

    # ---- methods ---------------------------------------------------------------------------------------------------
    def astype(
        self, dtype: Any, order: str = "K", casting: Any = None, subok: Any = None, copy: bool = True
    ) -> ndarray:
        """In another dtype; itself where it has it and copy is False."""
        if not copy and self._a.dtype == dtype:
            return self
        return wrapped(quiet(self._a.astype, dtype, order=order))  # type: ignore[no-any-return]

    def view(self, dtype: Any = None, type: Any = None) -> ndarray:
        """The same memory, in another dtype if that is given; arrays of arrays' classes are not told apart."""
        if dtype is None or dtype is ndarray:
            return wrapped(self._a.view())  # type: ignore[no-any-return]
        return wrapped(self._a.view(dtype))  # type: ignore[no-any-return]

    def fill(self, value: Any) -> None:
        """Every element becomes value."""
        self._a.fill(plain(value))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in state.NAMES["cupy.ndarray"]:
            raise AttributeError(f"'ndarray' object has no attribute {name!r}")
        method = getattr(self._a, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            if {"where", "initial"} & {*kwargs}:
                raise TypeError(f"{name}() got an unexpected keyword argument 'where' or 'initial'")
            self.check_here()
            found = quiet(method, *plain(args), **plain(kwargs))
            if name == "diagonal" and self._a.flags.writeable:  # nothing is read-only on a card
                found.flags.writeable = True
            return wrapped(found)

        return call


def gathers(key: Any) -> bool:
    """Whether an index has arrays of integers in it."""
    parts = key if isinstance(key, tuple) else (key,)
    return any(isinstance(p, np.ndarray) and p.dtype.kind in "iu" and p.size > 1 for p in parts)


def in_range(a: np.ndarray, key: Any) -> Any:
    """An index for NumPy; integers in arrays wrap around the ends, as CuPy's do without a word."""
    parts = [*key] if isinstance(key, tuple) else [key]
    parts = [plain(np_free(p)) for p in parts]
    taken = sum(
        p.ndim if isinstance(p, np.ndarray) and p.dtype == bool else p is not None
        for p in parts
        if p is not Ellipsis
    )
    axis = 0
    for k, p in enumerate(parts):
        if p is Ellipsis:
            axis += a.ndim - taken
        elif isinstance(p, np.ndarray) and p.dtype == bool:
            state.copied("shape", 8)
            axis += p.ndim
        elif p is not None and not isinstance(p, bool | np.bool_):
            if isinstance(p, np.ndarray) and p.dtype.kind in "iu" and axis < a.ndim and a.shape[axis]:
                parts[k] = p % a.shape[axis]
            axis += 1
    return tuple(parts)


def np_free(part: Any) -> Any:
    """A list in an index as an array; slices whose ends are 0-d arrays are read on the host."""
    if isinstance(part, list):
        return wrapped(np.asarray(part))
    if isinstance(part, slice):
        return slice(*(int(v) if isinstance(v, ndarray) else v for v in (part.start, part.stop, part.step)))
    return part


def operator(name: str) -> Any:
    """One of Python's operators, between arrays of this kind and numbers."""

    def call(self: ndarray, *others: Any) -> Any:
        if others and isinstance(others[0], np.ndarray):
            raise TypeError(f"Unsupported type {type(others[0])}")
        self.check_here()
        found = quiet(getattr(self._a, name), *plain(others))
        if found is self._a:  # an in-place operator
            return self
        return found if found is NotImplemented else wrapped(found)

    call.__name__ = name
    return call


for word in "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split():
    for prefix in ("", "r", "i"):
        if hasattr(np.ndarray, f"__{prefix}{word}__"):
            setattr(ndarray, f"__{prefix}{word}__", operator(f"__{prefix}{word}__"))
for word in "lt le gt ge eq ne neg pos abs invert divmod".split():
    setattr(ndarray, f"__{word}__", operator(f"__{word}__"))


class ufunc:
    """One of NumPy's ufuncs, with what CuPy's have: no `where`; `reduce` and `accumulate` of sums and products only."""

    def __init__(self, function: np.ufunc) -> None:
        self.function, self.__name__ = function, function.__name__
        self.nin, self.nout, self.nargs = function.nin, function.nout, function.nargs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Elementwise."""
        if extra := {*kwargs} - {"out", "dtype", "casting"}:
            raise TypeError(f"Wrong arguments {sorted(extra)}")
        out = kwargs.get("out")
        found = quiet(self.function, *plain(args), **plain(kwargs))
        return out if out is not None else wrapped(found)

    def sums(self, method: str) -> Any:
        """A method that CuPy has of sums and products."""
        if self.__name__ not in REDUCED:
            raise NotImplementedError(f"`{self.__name__}.{method}` is not implemented")

        def call(*args: Any, **kwargs: Any) -> Any:
            if {"where", "initial"} & {*kwargs}:
                raise TypeError("'initial' and 'where' are not supported")
            return wrapped(quiet(getattr(self.function, method), *plain(args), **plain(kwargs)))

        return call

    reduce = property(lambda self: self.sums("reduce"))
    accumulate = property(lambda self: self.sums("accumulate"))
    reduceat = property(lambda self: self.sums("reduceat"))

    def outer(self, a: Any, b: Any, **kwargs: Any) -> Any:
        """Of all pairs."""
        return wrapped(quiet(self.function.outer, plain(a), plain(b), **kwargs))

    def at(self, a: ndarray, indices: Any, b: Any = None) -> None:
        """Unbuffered, in place: CuPy adds with atomics, in no order, so this refuses; use kernels that gather."""
        raise NotImplementedError(f"{self.__name__}.at adds by atomics on a card: not deterministic")


def tracked(array: ndarray) -> Any:
    """A weak reference, for the memory statistics."""
    return weakref.ref(array)
