"""New tensors from extents and numbers."""

from __future__ import annotations

import math
import operator
from typing import Any

from .backend import as_array, namespace_for
from .core import Tensor
from .dtypes import KNOWN, as_dtype, get_default_dtype, int64, is_float
from .errors import ArgumentError, DTypeError, clear, describe, outside
from .placement import to
from .random import extents
from .tensor import tensor

__all__ = [
    "arange",
    "as_tensor",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "from_numpy",
    "full",
    "full_like",
    "linspace",
    "logspace",
    "ones",
    "ones_like",
    "tril_indices",
    "triu_indices",
    "zeros",
    "zeros_like",
]


def chosen(dtype: Any) -> Any:
    """A dtype, the default one for None."""
    return get_default_dtype() if dtype is None else as_dtype(dtype)


# ---- of one value ---------------------------------------------------------------------------------------------------
def zeros(*size: Any, dtype: Any = None, device: str | None = None, requires_grad: bool = False) -> Tensor:
    """Zeros.

    Args:
        size: the extents, as numbers or as one sequence.
        dtype: default: the default floating dtype.
        device: "cpu" by default.
        requires_grad: whether gradients are collected in `.grad`.

    Raises:
        ShapeError: if `size` is not made of integers >= 0.
        DTypeError: for a dtype that minigrad does not have.

    >>> zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    return Tensor(namespace_for(device).zeros(extents("zeros", size), chosen(dtype)), requires_grad)


def ones(*size: Any, dtype: Any = None, device: str | None = None, requires_grad: bool = False) -> Tensor:
    """Ones: see `zeros`."""
    return Tensor(namespace_for(device).ones(extents("ones", size), chosen(dtype)), requires_grad)


def empty(*size: Any, dtype: Any = None, device: str | None = None, requires_grad: bool = False) -> Tensor:
    """Memory as it comes, to be written before it is read: see `zeros`."""
    return Tensor(namespace_for(device).empty(extents("empty", size), chosen(dtype)), requires_grad)


def full(
    size: Any, fill_value: Any, *, dtype: Any = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """One value everywhere.

    Args:
        size: the extents, as a sequence.
        fill_value: a number.
        dtype: default: bool or int64 for a bool or an int, the default floating dtype for a float.

    Raises:
        ShapeError: if `size` is not made of integers >= 0.
        DTypeError: for a value that is not a number, or a dtype that minigrad does not have.

    >>> full((2,), 7)
    tensor([7, 7])
    """
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    if not isinstance(value, bool | int | float):
        came = f"a {type(value).__name__}, where a number is wanted{outside(value)}"
        raise DTypeError(f"full: fill_value is {came}")
    if type(value) is not bool and isinstance(value, float):
        value = float(value)  # NumPy's float64 is one of Python's floats
    kind = get_default_dtype() if isinstance(value, float) else type(value)
    found = as_dtype(kind if dtype is None else dtype)
    if isinstance(value, float) and not math.isfinite(value) and not is_float(found):
        raise DTypeError(f"full: {value} does not fit {found}")
    try:
        return Tensor(namespace_for(device).full(extents("full", (size,)), value, found), requires_grad)
    except OverflowError:
        raise DTypeError(f"full: {value} does not fit {found}") from None


def zeros_like(
    input: Tensor, *, dtype: Any = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """Zeros with the extents, dtype and device of `input`, unless told otherwise."""
    shape, kind = alike("zeros_like", input, dtype, device)
    return zeros(shape, **kind, requires_grad=requires_grad)


def ones_like(
    input: Tensor, *, dtype: Any = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """Ones with the extents, dtype and device of `input`, unless told otherwise."""
    shape, kind = alike("ones_like", input, dtype, device)
    return ones(shape, **kind, requires_grad=requires_grad)


def empty_like(
    input: Tensor, *, dtype: Any = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """Memory as it comes, with the extents, dtype and device of `input`, unless told otherwise."""
    shape, kind = alike("empty_like", input, dtype, device)
    return empty(shape, **kind, requires_grad=requires_grad)


def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """One value with the extents, dtype and device of `input`, unless told otherwise."""
    shape, kind = alike("full_like", input, dtype, device)
    return full(shape, fill_value, **kind, requires_grad=requires_grad)


def alike(name: str, x: Tensor, dtype: Any, device: str | None) -> tuple[Any, dict[str, Any]]:
    """The extents of x, and its dtype and device where none are given."""
    if not isinstance(x, Tensor):
        raise DTypeError(f"{name}: input is {describe(x)}, where a tensor is wanted")
    device = x.device if device is None else device
    return x.shape, {"dtype": x.dtype if dtype is None else dtype, "device": device}


# ---- of a sequence --------------------------------------------------------------------------------------------------
def arange(
    start: float | None = None,
    end: float | None = None,
    step: float = 1,
    *,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """start, start + step, ... up to before end; `arange(end)` starts at 0.

    Args:
        dtype: default: int64 if all three are integers, else the default floating dtype.

    Raises:
        ArgumentError: for no end, a step of 0, one that leads away from end, or bounds that are not finite.

    >>> arange(2, 8, 3)
    tensor([2, 5])
    """
    start, end = (None, start) if end is None else (start, end)
    given: list[Any] = [
        v.item() if isinstance(v, Tensor) else v for v in (0 if start is None else start, end, step)
    ]
    if any(outside(v) for v in given):
        raise DTypeError(f"arange: {given} are not all real numbers{outside(1j)}")
    if wrong := [v for v in given if not isinstance(v, bool | int | float) and not hasattr(v, "__index__")]:
        raise ArgumentError(
            f"arange: {wrong[0]!r} is not a number; write arange(end) or arange(start, end, step)"
        )
    if dtype is not None and not is_float(as_dtype(dtype)):
        given = [int(v) if math.isfinite(v) else v for v in given]  # as PyTorch: integers are counted
    first, last, by = given
    if not by or (last - first) * by < 0:
        raise ArgumentError(f"arange: step {by} does not lead from {first} to {last}")
    whole = all(hasattr(v, "__index__") for v in given)
    found = (int64 if whole else get_default_dtype()) if dtype is None else as_dtype(dtype)
    xp = namespace_for(device)
    try:
        return Tensor(xp.arange(first, last, by).astype(found, copy=False), requires_grad)
    except (ValueError, OverflowError) as error:
        raise ArgumentError(f"arange: from {first} to {last} in steps of {by}: {error}") from error


def linspace(
    start: float,
    end: float,
    steps: int,
    *,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """`steps` numbers evenly spaced from start to end, both included.

    Raises:
        ArgumentError: if `steps` is not an integer >= 0.

    >>> linspace(0.0, 1.0, 5)
    tensor([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    if not hasattr(steps, "__index__") or steps < 0:
        raise ArgumentError(f"linspace: steps is {steps!r}, where an integer >= 0 is wanted")
    y = namespace_for(device).linspace(float(start), float(end), operator.index(steps))
    return Tensor(y.astype(chosen(dtype), copy=False), requires_grad)


def logspace(
    start: float,
    end: float,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """`steps` powers of a base, their exponents evenly spaced from start to end, both included.

    Raises:
        ArgumentError: if `steps` is not an integer >= 0.

    >>> logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    if not hasattr(steps, "__index__") or steps < 0:
        raise ArgumentError(f"logspace: steps is {steps!r}, where an integer >= 0 is wanted")
    xp = namespace_for(device)
    y = float(base) ** xp.linspace(float(start), float(end), operator.index(steps))
    return Tensor(y.astype(chosen(dtype), copy=False), requires_grad)


def eye(
    n: int, m: int | None = None, *, dtype: Any = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """Ones on the diagonal of an n by m matrix (by default n by n), zeros elsewhere.

    Raises:
        ShapeError: if n or m is not an integer >= 0.
    """
    shape = extents("eye", (n, n if m is None else m))
    return Tensor(namespace_for(device).eye(*shape, dtype=chosen(dtype)), requires_grad)


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: str | None = None
) -> Tensor:
    """The rows, and below them the columns, of the lower triangle of a matrix; `offset` moves its edge up.

    Shapes:
        -> (2, N) for N places, in row-major order

    Raises:
        ShapeError: if row or col is not an integer >= 0.

    >>> tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return triangle("tril_indices", row, col, offset, dtype, device)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: str | None = None
) -> Tensor:
    """The rows, and below them the columns, of the upper triangle of a matrix: see `tril_indices`."""
    return triangle("triu_indices", row, col, offset, dtype, device)


def triangle(name: str, row: int, col: int, offset: int, dtype: Any, device: str | None) -> Tensor:
    """The places by NumPy's function of this name."""
    n, m = extents(name, (row, col))
    xp = namespace_for(device)
    places = getattr(xp, name)(n, operator.index(offset), m)
    return Tensor(xp.stack(places).astype(int64 if dtype is None else as_dtype(dtype), copy=False))


# ---- of other data --------------------------------------------------------------------------------------------------
def from_numpy(ndarray: Any) -> Tensor:
    """A tensor over the memory of a NumPy array: what is written to one is seen in the other.

    What NumPy writes there the engine does not notice: leave the array alone between forward and backward.

    Raises:
        DTypeError: if it is not an array, or of a dtype that minigrad does not have.
        ArgumentError: if the array is read-only; `tensor(array)` copies it.
    """
    xp = namespace_for("cpu")
    if not isinstance(ndarray, xp.ndarray):
        raise DTypeError(f"from_numpy: a {type(ndarray).__name__} is not a NumPy array; use tensor()")
    if ndarray.dtype not in KNOWN or not ndarray.dtype.isnative:
        why = f"minigrad does not compute in {ndarray.dtype}; convert the array first{outside(ndarray)}"
        raise DTypeError(f"from_numpy: {why}")
    if not ndarray.flags.writeable:
        raise ArgumentError("from_numpy: this array is read-only; tensor(array) makes a copy")
    return Tensor(as_array(ndarray))


def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor over the memory of another library's tensor, by the DLPack protocol; a read-only one is copied.

    What the other library writes there the engine does not notice: leave it alone between forward and backward.

    Raises:
        DTypeError: if the object does not speak DLPack, or for a dtype that minigrad does not have.

    >>> import numpy as np
    >>> from_dlpack(np.arange(3))
    tensor([0, 1, 2])
    """
    xp = namespace_for("cpu")
    if isinstance(ext_tensor, Tensor):
        return Tensor(ext_tensor.data)
    if outside(ext_tensor) or not hasattr(ext_tensor, "__dlpack__"):
        why = outside(ext_tensor) or "; it has no __dlpack__"
        raise DTypeError(f"from_dlpack: {describe(ext_tensor)} does not make a tensor{why}")
    try:
        array = xp.from_dlpack(ext_tensor)
    except (RuntimeError, TypeError, BufferError, ValueError, AttributeError) as error:
        raise DTypeError(f"from_dlpack: {describe(ext_tensor)} does not make a tensor: {error}") from error
    return Tensor(as_array(array if array.flags.writeable else array.copy()))


def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: str | None = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor over the memory of `obj` where that can be shared, else with a copy of it.

    Args:
        obj: a Tensor, a NumPy array, a number or nested sequences.
        copy: True copies always; False never, and is an error where it would be needed.

    Raises:
        ArgumentError: if copy=False and a copy is needed.
        DTypeError: if the data are not numbers, or in a dtype that minigrad does not have.

    >>> import numpy as np
    >>> a = np.zeros(2)
    >>> asarray(a)[0] = 5.0
    >>> float(a[0])
    5.0
    """
    array = obj.data if isinstance(obj, Tensor) else obj
    shared = (
        isinstance(array, namespace_for(device).ndarray) and array.dtype in KNOWN and array.dtype.isnative
    )
    shared = shared and array.flags.writeable and (dtype is None or as_dtype(dtype) == array.dtype)
    if shared and not copy:
        return Tensor(as_array(array), requires_grad)
    if copy is False:
        raise ArgumentError(
            f"asarray: copy=False, but {describe(obj)} as a tensor of dtype {dtype} needs a copy"
        )
    return tensor(obj, dtype, device, requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: str | None = None) -> Tensor:
    """`data` itself if it is such a tensor, else a tensor over its memory where that can be shared: see `asarray`.

    Raises:
        DTypeError: if the data are not numbers, or in a dtype that minigrad does not have.

    >>> as_tensor([1, 2])
    tensor([1, 2])
    """
    if isinstance(data, Tensor):
        return to(data, dtype=dtype, device=device)
    return asarray(data, dtype=dtype, device=device)


for name in __all__:
    globals()[name] = clear(globals()[name])
