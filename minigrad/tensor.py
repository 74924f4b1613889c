"""Tensor's operators and methods, assigned from ops: an op is a plain function, so it binds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import ops, surface
from .backend import as_array, device_of, numpy_namespace, to_device, to_numpy
from .core import Tensor
from .dtypes import as_dtype, is_float
from .errors import (
    ArgumentError,
    DeviceError,
    DTypeError,
    GradientError,
    IndexingError,
    ShapeError,
    clear,
    describe,
)
from .graph import (
    detach,
    detach_,
    register_hook,
    register_post_accumulate_grad_hook,
    requires_grad_,
    retain_grad,
    retains_grad,
    set_grad,
    set_requires_grad,
    tensor_backward,
)
from .inplace import copy_, fill_, in_place, seen_anew, set_item, zero_
from .ops.index import parted, plain
from .placement import converted, cuda, is_pinned, pin_memory, to, type_, type_as
from .surface import shape
from .writes import check_stale, stale


# ---- out of the graph -----------------------------------------------------------------------------------------------
def numpy(self: Tensor) -> Any:
    """The values as a read-only NumPy view; `.numpy().copy()` can be written.

    Raises:
        GradientError: if the tensor requires grad (detach() it first), or its memory is stale.
        DeviceError: for a tensor on a GPU: NumPy cannot see its memory.
    """
    if self.device != "cpu":
        raise DeviceError(f"numpy: this tensor is on {self.device}; cpu() copies it")
    if self.needs_grad:
        raise GradientError("numpy: this tensor requires grad, which NumPy cannot follow; detach() it first")
    return read_only(self)


def read_only(self: Tensor) -> Any:
    """The values as a read-only NumPy view."""
    if stale:
        check_stale([self.data])
    view = to_numpy(self.data)[...]
    view.flags.writeable = False
    return view


def to_array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> Any:
    """NumPy's protocol: a read-only view, or a copy where NumPy asks for one."""
    view = numpy(self)
    if dtype is not None and dtype != view.dtype:
        if copy is False:
            raise DTypeError(f"array: {self.dtype} as {dtype} needs a copy")
        return view.astype(dtype)
    return view.copy() if copy else view


def to_dlpack(self: Tensor, **params: Any) -> Any:
    """The DLPack protocol, by which another library sees this memory; it may write there unnoticed.

    Raises:
        GradientError: if the tensor requires grad, or its memory is stale.
    """
    numpy(self)
    return self.data.__dlpack__(**params)


def item(self: Tensor) -> Any:
    """The single number of a tensor, as a Python number.

    Raises:
        ShapeError: if it holds more than one number, or none.
    """
    if self.data.size != 1:
        raise ShapeError(f"item: a tensor of shape {self.shape} is not a single number")
    return read_only(self).item()


def tolist(self: Tensor) -> Any:
    """The values as nested Python lists."""
    return read_only(self).tolist()


def truth(self: Tensor) -> bool:
    """The truth of a single number."""
    if self.data.size != 1:
        raise ShapeError(
            f"bool: the truth of a tensor of shape {self.shape} is ambiguous; use any() or all()"
        )
    return bool(self.item())


def length(self: Tensor) -> int:
    """The extent of the first axis."""
    if not self.shape:
        raise ShapeError("len: a 0-d tensor has no length")
    return self.shape[0]


def as_index(self: Tensor) -> int:
    """The single integer of a tensor."""
    if self.data.size != 1 or is_float(self.dtype):
        raise DTypeError(f"index: {describe(self)} is not an integer")
    return int(self.item())


def size(self: Tensor, dim: int | None = None) -> Any:
    """The extents, or one of them."""
    try:
        return self.shape if dim is None else self.shape[dim]
    except IndexError:
        raise IndexingError(f"size: dim {dim} is outside of the shape {self.shape}") from None


def represent(self: Tensor) -> str:
    """The values as NumPy prints them, with what a reader cannot see: device, dtype, graph."""
    values = read_only(self)
    if values.dtype.kind == "V":  # NumPy has no format for bfloat16
        values = values.astype("float32")
    body = numpy_namespace.array2string(values, separator=", ", prefix="tensor(", precision=4)
    known = self.dtype.name in ("float32", "int64", "bool") and self.data.size
    parts = [body] if known else [body, f"dtype={self.dtype.name}"]
    if not self.data.size:
        parts.append(f"shape={self.shape}")
    if self.device != "cpu":
        parts.append(f"device='{self.device}'")
    if self.node is not None:
        parts.append(f"op={(self.node.edges[0] if hasattr(self.node, 'k') else self.node).op.name}")
    elif self.needs_grad:
        parts.append("requires_grad=True")
    return f"tensor({', '.join(parts)})"


def formatted(self: Tensor, spec: str) -> str:
    """A 0-d tensor formats as its number, `f"{loss:.3f}"`; any other as its repr, which takes no format."""
    if spec and self.shape:
        raise ArgumentError(f"format: {spec!r} formats a single number, this tensor has shape {self.shape}")
    return format(item(self) if spec else represent(self) if self.shape else item(self), spec)


def deep_copy(self: Tensor, memo: dict[int, Any]) -> Tensor:
    """A leaf with its own memory, and a copy of its gradient.

    Raises:
        GradientError: for the result of a recorded op, whose graph cannot be copied.
    """
    if self.node is not None:
        raise GradientError("deepcopy: this tensor is the result of a recorded op; detach() it first")
    new = memo[id(self)] = type(self)(read_only(self).copy(), self.needs_grad)
    if self.grad is not None:
        new.grad = Tensor(self.grad.data.copy())
    return new


def reduced(self: Tensor) -> tuple[Any, ...]:
    """What pickle and copy.copy keep of a leaf: its values and whether it requires grad."""
    if self.node is not None:
        raise GradientError("pickle: this tensor is the result of a recorded op; detach() it first")
    return rebuilt, (type(self), self.data, self.needs_grad)


def rebuilt(kind: type[Tensor], data: Any, requires_grad: bool) -> Tensor:
    """A leaf from what pickle kept of it."""
    return kind(as_array(data), requires_grad)


# ---- new tensors ----------------------------------------------------------------------------------------------------
def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """A new tensor with a copy of `data`, in the dtype of this one unless told otherwise: see `tensor`."""
    return tensor(data, self.dtype if dtype is None else dtype, device or self.device, requires_grad)


def tensor(data: Any, dtype: Any = None, device: str | None = None, requires_grad: bool = False) -> Tensor:
    """A new tensor with a copy of `data`.

    Args:
        data: a number, nested sequences, a NumPy array or a Tensor.
        dtype: default: that of an array; for Python floats the default dtype, for ints int64.
        device: "cpu" by default.
        requires_grad: whether gradients are collected in `.grad`.

    Raises:
        DTypeError: if the data are not numbers, or in a dtype that minigrad does not have.
        DeviceError: for a device that is not there.

    >>> import minigrad as mg
    >>> mg.tensor([[1.0, 2.0], [3.0, 4.0]])
    tensor([[1., 2.],
            [3., 4.]])
    """
    to = None if dtype is None else as_dtype(dtype)
    array = read_only(data) if isinstance(data, Tensor) else as_array(data, to)
    if to is not None:
        array = array.astype(to, copy=False)
    there = array if device is None else to_device(array, device)
    return Tensor(there.copy() if there is array else there, requires_grad)


# ---- assignment -----------------------------------------------------------------------------------------------------
def getitem(self: Tensor, index: Any) -> Tensor:
    """`self[index]`, for every form of index that NumPy has; integers beside arrays are read as PyTorch does."""
    index = plain(index)
    y: Tensor = self
    for part in parted(index) or (index,):
        y = ops.getitem(y, index=part)
    return y


UNLIKE = (str, bytes, list, tuple, dict, set, type(None))  # what no tensor equals


def equals(self: Tensor, other: Any) -> Any:
    """Elementwise; with what is no number and no array, False."""
    return NotImplemented if isinstance(other, UNLIKE) else ops.eq(self, other)


def differs(self: Tensor, other: Any) -> Any:
    """Elementwise; with what is no number and no array, True."""
    return NotImplemented if isinstance(other, UNLIKE) else ops.ne(self, other)


def reflected(fn: Callable[..., Any]) -> Callable[..., Any]:
    """`fn` with its two operands exchanged."""
    return lambda self, other: fn(other, self)


def array_ufunc(self: Tensor, ufunc: Any, method: str, *inputs: Any, **params: Any) -> Any:
    """NumPy's protocol: array * Tensor is Tensor's; other functions of NumPy would drop the gradient.

    Raises:
        DTypeError: for whatever is no operator between an array and a Tensor.
    """
    name = UFUNCS.get(ufunc.__name__)
    if (
        name
        and method == "__call__"
        and not params
        and len(inputs) == 2
        and not isinstance(inputs[0], Tensor)
    ):
        return getattr(ops, name)(*inputs)
    advice = "numpy.{0} does not know gradients: use the function of minigrad, or x.detach().numpy()"
    raise DTypeError(advice.format(ufunc.__name__))


def spread(fn: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The method that takes a list of ints either as one argument or spread: `x.reshape(2, 3)`."""

    known = clear(fn)

    def method(self: Tensor, *extents: Any, **params: Any) -> Tensor:
        for other in [n for n in ("size", "repeats") if n in params and name not in params]:
            params[name] = params.pop(other)
        if name in params:
            return known(self, **params)  # type: ignore[no-any-return]
        one = len(extents) == 1 and isinstance(extents[0], tuple | list)
        return known(self, **{name: tuple(extents[0]) if one else extents}, **params)  # type: ignore[no-any-return]

    method.__name__, method.__doc__ = fn.__name__, fn.__doc__
    return method


OPERATORS = {"add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "matmul": "matmul", "pow": "pow"}
OPERATORS |= {"floordiv": "floor_divide", "mod": "remainder"}
OPERATORS |= {"and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor"}
OPERATORS |= {"lshift": "bitwise_left_shift", "rshift": "bitwise_right_shift"}
UFUNCS = {"subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "power": "pow"}
UFUNCS |= {
    "left_shift": "bitwise_left_shift",
    "right_shift": "bitwise_right_shift",
    "equal": "eq",
    "not_equal": "ne",
}
UFUNCS |= {"less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge"}
UFUNCS |= {n: n for n in "add matmul floor_divide remainder bitwise_and bitwise_or bitwise_xor".split()}
DTYPES = {"half": "float16", "float": "float32", "double": "float64", "bfloat16": "bfloat16", "bool": "bool"}
DTYPES |= {"byte": "uint8", "char": "int8", "short": "int16", "int": "int32", "long": "int64"}
EXTENTS: dict[str, tuple[Callable[..., Any], str]] = {
    "reshape": (ops.reshape, "shape"),
    "permute": (ops.permute, "dims"),
    "flip": (ops.flip, "dims"),
    "tile": (ops.tile, "dims"),
    "view": (shape.view, "shape"),
    "expand": (shape.expand, "sizes"),
    "repeat": (shape.repeat, "sizes"),
}
SEEN_ANEW = (ops.squeeze, ops.unsqueeze, ops.transpose, shape.t)
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
FAMILIES = (*ops.FAMILIES, *surface.FAMILIES)  # a later one's method hides an earlier one's

TABLE: dict[str, Any] = {
    **{name: getattr(family, name) for family in FAMILIES for name in family.METHODS},
    **{f"{name}_": in_place(getattr(family, name)) for family in FAMILIES for name in family.IN_PLACE},
    **{f"{fn.__name__}_": seen_anew(fn) for fn in SEEN_ANEW},
    "swapaxes_": seen_anew(ops.transpose),
    "swapdims_": seen_anew(ops.transpose),
    **{name: spread(fn, argument) for name, (fn, argument) in EXTENTS.items()},
    **{f"__{name}__": getattr(ops, fn) for name, fn in OPERATORS.items()},
    **{f"__r{name}__": reflected(getattr(ops, fn)) for name, fn in OPERATORS.items()},
    **{f"__i{name}__": in_place(getattr(ops, fn)) for name, fn in OPERATORS.items() if name != "matmul"},
    **{f"__{name}__": getattr(ops, name) for name in COMPARISONS},
    **{name: converted(dtype) for name, dtype in DTYPES.items()},
    "__eq__": equals,
    "__ne__": differs,
    "__neg__": ops.neg,
    "__pos__": surface.elementwise.positive,
    "__abs__": ops.abs,
    "__invert__": ops.bitwise_not,
    "where": lambda self, condition, other: ops.where(condition, self, other),
    "__hash__": object.__hash__,
    "__getitem__": getitem,
    "__setitem__": set_item,
    "__array__": to_array,
    "__array_ufunc__": array_ufunc,
    "__dlpack__": to_dlpack,
    "__dlpack_device__": lambda self: self.data.__dlpack_device__(),
    "__bool__": truth,
    "__float__": lambda self: float(self.item()),
    "__int__": lambda self: int(self.item()),
    "__index__": as_index,
    "__len__": length,
    "__contains__": surface.facts.contains,
    "__iter__": lambda self: iter(ops.unbind(self)),
    "__repr__": represent,
    "__format__": formatted,
    "__deepcopy__": deep_copy,
    "__reduce__": reduced,
    "T": property(shape.t),
    "mT": property(ops.mT),
    "H": property(shape.t),
    "mH": property(ops.mT),
    "adjoint": ops.mT,
    "backward": tensor_backward,
    "register_hook": register_hook,
    "register_post_accumulate_grad_hook": register_post_accumulate_grad_hook,
    "retain_grad": retain_grad,
    "retains_grad": property(retains_grad),
    "requires_grad": property(lambda self: self.needs_grad, set_requires_grad),
    "requires_grad_": requires_grad_,
    "grad": property(lambda self: self._grad, set_grad),
    "is_leaf": property(lambda self: self.node is None),
    "detach": detach,
    "detach_": detach_,
    "grad_fn": property(lambda self: self.node),
    "output_nr": property(lambda self: getattr(self.node, "k", 0)),
    "device": property(lambda self: device_of(self.data)),
    "ndim": property(lambda self: self.data.ndim),
    "dim": lambda self: self.data.ndim,
    "size": size,
    "itemsize": property(lambda self: self.data.itemsize),
    "nbytes": property(lambda self: self.data.nbytes),
    "is_cpu": property(lambda self: self.device == "cpu"),
    "is_cuda": property(lambda self: self.device != "cpu"),
    "fill_": fill_,
    "zero_": zero_,
    "copy_": copy_,
    "numpy": numpy,
    "pin_memory": pin_memory,
    "is_pinned": is_pinned,
    "item": item,
    "tolist": tolist,
    "to": clear(to),
    "type": clear(type_),
    "type_as": type_as,
    "cpu": lambda self: to(self, "cpu"),
    "cuda": cuda,
    "new_tensor": new_tensor,
}
for method_name, method in TABLE.items():
    setattr(Tensor, method_name, method)

# PyTorch has these at its top level too
AT_TOP = """
    abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ asin_ asinh_ atan_
    atanh_ ceil_ clamp_ clamp_max_ clamp_min_ clip_ cos_ cosh_ deg2rad_ detach_ erf_ erfc_ exp2_
    exp_ expm1_ fill_ fix_ floor_ frac_ gcd_ i0_ index_put_ lcm_ ldexp_ log10_ log1p_ log2_ log_
    logit_ nan_to_num_ neg_ negative_ rad2deg_ reciprocal_ relu_ round_ rsqrt_ sigmoid_ sin_ sinc_
    sinh_ sqrt_ square_ tan_ tanh_ trunc_ xlogy_ zero_ detach
""".split()
