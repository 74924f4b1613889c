"""The strategies draw what they say: only what is valid, and all of the variety that they promise."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

import minigrad as mg
from minigrad.core import Tensor
from minigrad.dtypes import is_float
from minigrad.errors import ArgumentError, DTypeError
from minigrad.testing import strategies as mgst

few = settings(max_examples=40)


def sample(strategy: SearchStrategy[Any], n: int = 300) -> list[Any]:
    """What a test of n examples would be given."""
    seen: list[Any] = []

    @settings(max_examples=n, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategy)
    def see(value: Any) -> None:
        seen.append(value)

    see()
    return seen


def smallest(strategy: SearchStrategy[Any], wanted: Callable[[Any], bool]) -> Any:
    """What a failure shrinks to."""
    return find(strategy, wanted, settings=settings(max_examples=1000, derandomize=True, database=None))


def missing(seen: list[Any], wanted: dict[str, Callable[[Any], Any]]) -> list[str]:
    """The kinds that are not among the examples."""
    return [name for name, holds in wanted.items() if not any(holds(value) for value in seen)]


# ---- without hypothesis ---------------------------------------------------------------------------------------------
def test_what_is_missing_is_named() -> None:
    program = """
import sys
sys.modules["hypothesis"] = None
import minigrad.testing
from minigrad.errors import MissingDependency
try:
    import minigrad.testing.strategies
except MissingDependency as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "minigrad.testing.strategies needs hypothesis: pip install 'minigrad[test]'\n"


def test_gradcheck_does_not_load_hypothesis() -> None:
    program = "import sys, minigrad.testing; print('hypothesis' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# ---- shapes ---------------------------------------------------------------------------------------------------------
@given(st.data(), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
def test_shapes_keep_to_their_limits(data: DataObject, dims: int, more: int, side: int, wider: int) -> None:
    shape = data.draw(mgst.shapes(dims, dims + more, side, side + wider))
    assert dims <= len(shape) <= dims + more
    assert all(type(n) is int and side <= n <= side + wider for n in shape)


def test_shapes_are_of_every_kind_and_most_have_elements() -> None:
    seen = sample(mgst.shapes())
    assert {(), (0,), (3,), (1, 1)} <= set(seen)
    kinds = {
        "4-d": lambda s: len(s) == 4 and 0 not in s,
        "all extents different": lambda s: len(s) > 2 and len(set(s)) == len(s),
        "an empty dim in front": lambda s: len(s) > 1 and s[0] == 0 < min(s[1:]),
        "an empty dim at the end": lambda s: len(s) > 1 and s[-1] == 0 < min(s[:-1]),
        "only empty dims": lambda s: s == (0, 0),
    }
    assert missing(seen, kinds) == []
    assert 0.6 < sum(0 not in shape for shape in seen) / len(seen) < 0.95


@given(mgst.broadcastable_shapes(3))
def test_shapes_broadcast_to_their_result(drawn: Any) -> None:
    parts, result = drawn
    assert len(parts) == 3
    assert np.zeros(parts[0]).shape == parts[0]
    assert (np.zeros(parts[0]) + np.zeros(parts[1]) + np.zeros(parts[2])).shape == result


def test_every_kind_of_broadcasting_is_drawn() -> None:
    kinds = {
        "none": lambda a, b, y: a == b and len(y) == 2,
        "a 0-d one": lambda a, b, y: a == () and len(b) == 3,
        "of both": lambda a, b, y: len(a) == len(b) and y not in (a, b),
        "of both, in front and inside": lambda a, b, y: len(a) < len(b) and y not in (a, b),
        "of 1 to 0": lambda a, b, y: any({n, m} == {0, 1} for n, m in zip(a[::-1], b[::-1], strict=False)),
    }
    seen = sample(mgst.broadcastable_shapes(), 800)
    assert missing(seen, {k: lambda d, f=f: f(*d[0], d[1]) for k, f in kinds.items()}) == []


# ---- indices --------------------------------------------------------------------------------------------------------
def items(index: Any) -> tuple[Any, ...]:
    """The parts of an index."""
    return index if isinstance(index, tuple) else (index,)


@given(st.data(), mgst.shapes())
def test_numpy_takes_every_index(data: DataObject, shape: tuple[int, ...]) -> None:
    np.zeros(shape)[data.draw(mgst.indices(shape))]


@given(st.data(), mgst.shapes())
def test_a_basic_index_gives_a_view(data: DataObject, shape: tuple[int, ...]) -> None:
    x = np.zeros(shape)
    index = data.draw(mgst.indices(shape, advanced=False))
    assert all(i is None or i is ... or type(i) in (int, slice) for i in items(index))
    assert x[(*items(index), *([] if ... in items(index) else [...]))].base is x


FORMS: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda i: isinstance(i, tuple) and not i,
    "an integer alone": lambda i: type(i) is int,
    "an array or a list alone": lambda i: (
        kinds(i) in (["int32"], ["int64"], ["list"]) and not isinstance(i, tuple)
    ),
    "an ellipsis in front": lambda i: kinds(i)[:1] == ["ellipsis"] and len(items(i)) > 1,
    "an ellipsis inside": lambda i: "ellipsis" in kinds(i)[1:-1],
    "a new dim in front": lambda i: kinds(i)[:1] == ["NoneType"],
    "a new dim inside": lambda i: "NoneType" in kinds(i)[1:-1],
    "arrays side by side": lambda i: sum(k in ("int32", "int64", "list") for k in kinds(i)) > 1,
    "arrays that are apart": lambda i: arrays_apart(kinds(i)),
    "a mask of all": lambda i: isinstance(i, np.ndarray) and i.ndim == 3 and i.sum() > 1,
    "a mask of none": lambda i: isinstance(i, np.ndarray) and i.ndim == 0 and i.dtype == bool,
    "a mask beside an array": lambda i: "bool" in kinds(i) and "int64" in kinds(i),
}
ITEMS: dict[str, Callable[[Any], Any]] = {
    "from the end": lambda j: type(j) is int and j < 0,
    "a negative step": lambda j: isinstance(j, slice) and (j.step or 1) < -1,
    "a bound outside": lambda j: isinstance(j, slice) and (j.start or 0) > 2,
    "a list": lambda j: isinstance(j, list) and len(j) > 1,
    "a nested list": lambda j: isinstance(j, list) and j and isinstance(j[0], list),
    "a 2-d array": lambda j: isinstance(j, np.ndarray) and j.ndim == 2 and j.dtype != bool,
    "a 0-d array": lambda j: isinstance(j, np.ndarray) and j.ndim == 0 and j.dtype == "int32",
    "an empty array": lambda j: isinstance(j, list | np.ndarray) and np.size(j) == 0,
    "a place twice": lambda j: isinstance(j, np.ndarray) and j.dtype != bool and j.size > len({*j.flat}),
    "a mask of one dim": lambda j: isinstance(j, np.ndarray) and j.dtype == bool and j.shape == (2,),
    "a mask of two dims": lambda j: isinstance(j, np.ndarray) and j.dtype == bool and j.shape == (1, 3),
}


def test_every_form_of_index_is_drawn() -> None:
    seen = sample(mgst.indices((2, 1, 3)), 1000)
    assert missing(seen, FORMS) == []
    assert missing([item for index in seen for item in items(index)], ITEMS) == []


def arrays_apart(kinds: list[str]) -> bool:
    """Whether a slice separates two arrays: then NumPy puts their dims in front."""
    at = [k for k, kind in enumerate(kinds) if kind in ("int32", "int64", "list", "bool")]
    return bool(at) and {"slice", "ellipsis", "NoneType"} & {*kinds[at[0] : at[-1]]} != set()


def kinds(index: Any) -> list[str]:
    """The types of the parts, the dtypes of arrays."""
    return [i.dtype.name if isinstance(i, np.ndarray) else type(i).__name__ for i in items(index)]


# ---- dtypes ---------------------------------------------------------------------------------------------------------
NAMES = {
    "float": {"float16", "bfloat16", "float32", "float64"},
    "int": {"uint8", "int8", "int16", "int32", "int64"},
    "bool": {"bool"},
}


@pytest.mark.parametrize("chosen", [["float"], ["int"], ["bool"], ["int", "float"], []])
def test_dtypes_are_those_of_their_kinds(chosen: list[str]) -> None:
    wanted = set().union(*(NAMES[k] for k in chosen or NAMES))
    assert {dtype.name for dtype in sample(mgst.dtypes(*chosen))} == wanted


def test_without_its_library_bfloat16_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    assert {dtype.name for dtype in sample(mgst.dtypes("float"))} == NAMES["float"] - {"bfloat16"}


@given(mgst.dtypes("float", halves=False))
def test_halves_can_be_left_out(dtype: Any) -> None:
    assert dtype.itemsize > 2


@pytest.mark.parametrize("name", sorted(set().union(*NAMES.values())))
def test_special_values_fit_their_dtype(name: str) -> None:
    dtype = mg.dtypes.as_dtype(name)
    for value in mgst.special_values(name):
        held = np.array(value).astype(dtype)
        assert math.isnan(value) or held.astype(np.float64 if is_float(dtype) else np.int64) == value
    if is_float(dtype):
        finite = [v for v in mgst.special_values(name) if math.isfinite(v)]
        with np.errstate(over="ignore"):
            assert np.isinf(np.array(max(finite) * 1.01).astype(dtype))
        assert np.array(min(v for v in finite if v > 0) / 2.0).astype(dtype) == 0.0


# ---- tensors --------------------------------------------------------------------------------------------------------
@given(mgst.tensors(dtype=mgst.dtypes(), special=True))
def test_tensors_are_tensors_of_known_dtypes(x: Tensor) -> None:
    assert isinstance(x, Tensor) and type(x.data) is np.ndarray
    assert mg.dtypes.as_dtype(x.dtype) is x.dtype
    assert not x.requires_grad
    (x + x).tolist()


@given(mgst.tensors(shape=(2, 3), dtype=mgst.dtypes("float", "int"), requires_grad=True))
def test_shape_dtype_and_leaves(x: Tensor) -> None:
    assert x.shape == (2, 3)
    assert x.is_leaf and x.requires_grad is is_float(x.dtype)


@given(mgst.tensors(dtype=mgst.dtypes()))
def test_elements_are_moderate_unless_others_are_wanted(x: Tensor) -> None:
    assert all(abs(v) <= 8 for v in np.ravel(x.tolist()))


@given(mgst.tensors(shape=(4,), dtype="float64", elements=st.just(2.5)))
def test_elements_can_be_chosen(x: Tensor) -> None:
    assert x.tolist() == [2.5] * 4


def strides(x: Tensor) -> tuple[int, ...]:
    """In elements."""
    return tuple(s // x.dtype.itemsize for s in x.data.strides)


LAYOUTS = {
    "contiguous": lambda x: strides(x) == (3, 1),
    "permuted": lambda x: strides(x) == (1, 2),
    "strided": lambda x: all(s > 1 for s in strides(x)) and strides(x)[0] > 3 * strides(x)[1],
    "reversed": lambda x: all(s < 0 for s in strides(x)),
    "broadcast": lambda x: strides(x) == (0, 1),
}


def test_every_layout_is_drawn() -> None:
    assert tuple(LAYOUTS) == mgst.LAYOUTS
    assert missing(sample(mgst.tensors((2, 3), "float32")), LAYOUTS) == []
    for layout, holds in LAYOUTS.items():
        seen = sample(mgst.tensors((2, 3), "float32", layouts=[layout]), 40)
        assert missing(seen, {layout: holds}) == []


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "int8", "bool"])
def test_one_layout_alone(dtype: str) -> None:
    @few
    @given(mgst.tensors(dtype=dtype, layouts=["contiguous"]))
    def contiguous(x: Tensor) -> None:
        assert x.data.flags.c_contiguous and x.data.flags.writeable

    @few
    @given(mgst.tensors(dtype=dtype, layouts=["permuted", "strided", "reversed"]))
    def writable(x: Tensor) -> None:
        x.zero_()
        assert not x.data.any()

    contiguous()
    writable()


@given(st.data(), mgst.tensors(dtype=mgst.dtypes(), layouts=["contiguous"], special=True))
def test_other_memory_holds_the_same_values(data: DataObject, x: Tensor) -> None:
    moved = data.draw(mgst.laid_out(x.data))
    assert moved.dtype is x.dtype and moved.shape == x.shape
    assert moved.tobytes() == x.data.tobytes()
    assert not np.shares_memory(moved, x.data)


@given(mgst.tensors(dtype=mgst.dtypes(), layouts=["broadcast"]), st.data())
def test_what_repeats_can_be_laid_out_without_memory_of_its_own(x: Tensor, data: DataObject) -> None:
    moved = data.draw(mgst.laid_out(x.data.copy(), ["broadcast"]))
    assert moved.dtype is x.dtype and moved.shape == x.shape
    assert moved.tobytes() == x.data.tobytes()
    for dim, n in enumerate(x.shape):
        if n > 1 and x.data.size and x.data.strides[dim] == 0:
            assert moved.strides[dim] == 0


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "int8", "uint8", "bool"])
def test_what_lies_between_is_noticed(dtype: str) -> None:
    holes = mgst.tensors((2,), dtype, elements=st.just(0), layouts=["strided"])
    x = smallest(holes, lambda x: strides(x) == (3,))
    gap = x.data.base[2]
    assert gap != gap or gap in (127, 255, True)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "int8", "uint8", "bool"])
def test_special_values_are_drawn(dtype: str) -> None:
    seen = {x.data[1:].tobytes() for x in sample(mgst.tensors((2,), dtype, special=True))}
    wanted = mgst.special_values(dtype)
    assert {np.array([v]).astype(mg.dtypes.as_dtype(dtype)).tobytes() for v in wanted} <= seen


@given(mgst.tensors(dtype=mgst.dtypes("float"), distinct=True))
def test_distinct_elements_of_floats_are_apart_and_off_the_integers(x: Tensor) -> None:
    flat = sorted(np.ravel(x.tolist()))
    assert all(b - a >= 0.125 for a, b in pairwise(flat))
    assert all(abs(v - round(v)) >= 0.0625 for v in flat)


@given(mgst.tensors(mgst.shapes(max_dims=3), dtype=mgst.dtypes("int"), distinct=True))
def test_distinct_integers(x: Tensor) -> None:
    assert len(set(np.ravel(x.tolist()))) == x.numel()


def test_distinct_elements_of_both_signs_in_any_order() -> None:
    seen = sample(mgst.tensors((2, 2), "float64", distinct=True))
    kinds = {
        "mixed": lambda x: x[0, 1] < 0 < x[1, 1] < x[0, 0],
        "not contiguous": lambda x: not x.data.flags.c_contiguous,
    }
    assert missing(seen, kinds) == []


@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(mgst.tensors((20, 15), "float32"))
def test_large_tensors(x: Tensor) -> None:
    assert x.shape == (20, 15)


# ---- shrinking, and what is refused ---------------------------------------------------------------------------------
def test_failures_shrink_to_what_is_small() -> None:
    x = smallest(mgst.tensors(), lambda x: x.numel() > 3 and max(x.shape) < 4)
    assert x.dtype == "float32" and x.data.flags.c_contiguous and x.numel() == 4
    assert not x.data.any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mgst.shapes(3, 2), "shapes: dims go from 3 to 2"),
        (lambda: mgst.shapes(min_side=-1), "shapes: sides go from -1 to 3"),
        (lambda: mgst.broadcastable_shapes(0), "n is 0"),
        (lambda: mgst.broadcastable_shapes(max_dims=-1), "broadcastable_shapes: dims go from 0 to -1"),
        (lambda: mgst.dtypes("floats"), "'floats' is no kind; there are float, int, bool"),
        (
            lambda: mgst.tensors(layouts="permuted"),
            "layouts is 'permuted'; a sequence of contiguous, permuted",
        ),
        (lambda: mgst.tensors(layouts=["diagonal"]), r"layouts is \['diagonal'\]"),
        (lambda: mgst.laid_out([1], ["fortran"]), "laid_out: layouts is"),
        (lambda: mgst.tensors(distinct=True, special=True), "goes without elements and special"),
        (
            lambda: mgst.tensors(distinct=True, layouts=["broadcast"]),
            "are not distinct; allow another layout",
        ),
    ],
)
def test_misuse_is_named(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()


def test_too_many_distinct_elements_are_refused() -> None:
    with pytest.raises(ArgumentError, match="3 elements of bool cannot be distinct, it has 2"):
        sample(mgst.tensors((3,), "bool", distinct=True))


def test_a_dtype_that_there_is_not_is_refused() -> None:
    with pytest.raises(DTypeError, match="complex64"):
        mgst.tensors(dtype="complex64")
