"""Every error that minigrad raises on purpose.

Each is also the builtin that a user would catch: a ShapeError is a ValueError, a DTypeError a TypeError.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any


class MinigradError(Exception):
    """The base of all errors that minigrad raises on purpose."""


class ShapeError(MinigradError, ValueError):
    """Extents that do not fit together."""


class ArgumentError(MinigradError, ValueError):
    """A value outside what an argument allows."""


class DTypeError(MinigradError, TypeError):
    """A dtype or a type that an operation does not take."""


class IndexingError(MinigradError, IndexError):
    """An index outside its axis."""


class LinAlgError(MinigradError, RuntimeError):
    """A matrix that is singular or not positive definite, where the opposite is needed."""


class DeviceError(MinigradError, RuntimeError):
    """Inputs on different devices, or a device that is not there."""


class OutOfMemoryError(MinigradError, MemoryError):
    """A device, or the machine, has no room for what an op makes."""


class GradientError(MinigradError, RuntimeError):
    """A gradient that cannot be computed, or that would be wrong."""


class StateError(MinigradError, RuntimeError):
    """A state dict that does not fit its module or optimizer."""


class FileError(MinigradError, ValueError):
    """A file that is missing, cut short, corrupt, or of another kind than asked for."""


class MissingDependency(MinigradError, ImportError):
    """A library that is loaded only when used, and is not installed."""


def require(module: str, purpose: str, extra: str) -> object:
    """Import an optional library, or say which extra of minigrad brings it.

    Raises:
        MissingDependency: if the library is not installed.
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingDependency(
            f"{purpose} needs {module.split('.')[0]}: pip install 'minigrad[{extra}]'"
        ) from error


def describe(value: Any) -> str:
    """An argument as a message shows it: dtype and extents of an array, else a number, or the name of its type."""
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{value.dtype}{[*value.shape]}"
    return repr(value) if value is None or isinstance(value, bool | int | float) else type(value).__name__


OUTSIDE = ("complex", "sparse", "qint", "quint")


def outside(value: Any) -> str:
    """What a message adds about a value, or a dtype, that is complex, sparse or quantised; nothing about others."""
    if isinstance(value, type):
        names = [value.__name__]
    else:
        about = (getattr(value, "dtype", ""), getattr(value, "layout", ""), type(value).__name__)
        names = [
            value if isinstance(value, str) else repr(value) if about[2] == "dtype" else "",
            *map(str, about),
        ]
    if any(word in name.lower() for name in names for word in OUTSIDE) or hasattr(value, "tocsr"):
        return "; complex, sparse and quantised tensors are outside of minigrad"
    return ""


def no_tensor(value: Any) -> str:
    """What a message says of an argument that is neither a tensor nor a number."""
    what = "None" if value is None else f"a {describe(value)}"
    return f"{what}, where a real tensor or a number is wanted{outside(value)}"


def explain(op: Any, error: Exception, args: Sequence[Any], params: dict[str, Any]) -> Exception:
    """The error of an op's forward as one sentence that names the op, its inputs and their shapes.

    Raises:
        MinigradError: the error itself where it is such a sentence. (As its own cause it would be a reference cycle.)
    """
    if isinstance(error, MinigradError):
        raise error
    try:
        op.signature.bind(*args, **params)
    except TypeError as misuse:
        return DTypeError(f"{op.told}: {misuse}; it takes {op.signature}")
    if len({type(a) for a in args if hasattr(a, "dtype") and hasattr(a, "__setitem__")}) > 1:
        return DeviceError(f"{op.told}: its inputs are on two devices; move one with .to()")
    if "different from the current device" in str(error):  # CuPy's words
        devices = {f"cuda:{a.device.id}" for a in args if hasattr(getattr(a, "device", None), "id")}
        advice = "move one with .to()" if len(devices) > 1 else "work within `with mg.cuda.device(number):`"
        where = ", ".join(sorted(devices))
        return DeviceError(f"{op.told}: its inputs are on {where}, not the current device; {advice}")
    names = [*op.inputs, *[f"{op.tail}[{k}]" for k in range(len(args) - len(op.inputs))]]
    came = ", ".join(f"{n} {describe(a)}" for n, a in zip(names, args, strict=False)) or "no inputs"
    for (name, default), a in zip(op.inputs.items(), args, strict=False):
        fits = hasattr(a, "dtype") or isinstance(a, bool | int | float) or (a is None and default is None)
        if not fits and isinstance(error, AttributeError | TypeError):
            return DTypeError(f"{op.told}: {came}: {name} has to be a tensor")
    if isinstance(error, MemoryError):
        return no_room(f"{op.told}: {came}", error)
    for builtin, made in BUILTINS:
        if isinstance(error, builtin):
            return made(f"{op.told}: {came}: {str(error).rstrip()}")
    raise error


def no_room(told: str, error: Exception) -> OutOfMemoryError:
    """What to do where memory does not suffice."""
    return OutOfMemoryError(
        f"{told}: {str(error) or 'out of memory'} Make the batch smaller, compute under no_grad() what needs no "
        "gradient, drop tensors that are not needed; on a GPU mg.cuda.memory_summary() tells what holds the memory, "
        "and mg.cuda.empty_cache() gives back what is unused."
    )


@functools.cache  # so that two names of one function stay one function
def clear(function: Any) -> Any:
    """A plain function whose misuse is told like that of an op: one sentence with its name and what it was given."""
    if hasattr(function, "op"):
        return function

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (TypeError, AttributeError, ValueError, IndexError, OverflowError, MinigradError) as error:
            if isinstance(error, MinigradError):
                name_in(error, function.__name__.removeprefix("linalg_"))
                raise
            if (known := renamed(function, kwargs)) is not None:
                return call(*args, **known)
            told = misuse(function, error, args, kwargs)
            raise told from error
        except MemoryError as error:
            raise no_room(function.__name__, error) from error

    return call


def name_in(error: MinigradError, name: str) -> None:
    """Put the name of the function that was called before what an op in it says; names between the two are left out."""
    told = error.__dict__.setdefault("told", error.args[0] if error.args else None)
    if isinstance(told, str) and f"{name}:" not in told:
        error.args = (f"{name}: {told}", *error.args[1:])


# PyTorch's names of arguments, and NumPy's, that a function may know by another
NAMES = {
    "input": "x a A start",
    "other": "b B",
    "A": "x",
    "b": "B",
    "input2": "L tau",
    "tol": "atol",
    "rcond": "rtol",
    "axis": "dim",
    "keepdims": "keepdim",
    "train": "training",
    "split_size": "split_size_or_sections",
    "element": "elements",
    "test_element": "test_elements",
    "axis0": "dim0",
    "axis1": "dim1",
    "indices": "indices_or_sections",
    "sections": "indices_or_sections",
    "from": "low",
    "to": "high",
}


def renamed(function: Any, kwargs: dict[str, Any]) -> dict[str, Any] | None:
    """Keywords in the function's own names, None if they are so already."""
    code = function.__code__
    own = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    found = {}
    for name, value in kwargs.items():
        others = [] if name in own else [n for n in NAMES.get(name, "").split() if n in own]
        others += own[:1] if not others and name == "input" and name not in own else ()
        found[others[0] if others else name] = value
    return found if found.keys() != kwargs.keys() and len(found) == len(kwargs) else None


def misuse(function: Any, error: Exception, args: Any, kwargs: Any) -> MinigradError:
    """What to say of an error that a plain function ran into."""
    import inspect

    name, signature = function.__name__, inspect.signature(function)
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError as wrong:
        return DTypeError(f"{name}: {wrong}; it takes {signature}")
    came = ", ".join(f"{k} {describe(v)}" for k, v in given.items())
    first = next(iter(given), "")
    if first in TENSORS and not hasattr(given[first], "dtype"):
        return DTypeError(f"{name}: {came}: {first} has to be a tensor")
    made = next(made for builtin, made in BUILTINS if isinstance(error, builtin))
    return made(f"{name}: {came}: {error}")


TENSORS = ("input", "self", "x", "a", "tensor")  # the first parameter of a function that takes a tensor
BUILTINS: tuple[tuple[type[Exception], type[MinigradError]], ...] = (
    (IndexError, IndexingError),
    (TypeError, DTypeError),
    (AttributeError, DTypeError),  # a number where a tensor is wanted
    (OverflowError, DTypeError),
    (ValueError, ShapeError),
)
