"""Dtypes: promotion beside PyTorch's, names and what is refused, the default, accumulators, bfloat16's library."""

from __future__ import annotations

import itertools
import pickle
import sys
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import minigrad as mg
from minigrad import dtypes
from minigrad.dtypes import accumulator, as_dtype, get_default_dtype, is_float, result_type, set_default_dtype
from minigrad.errors import DTypeError, MissingDependency

NAMES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]
NUMBERS = {"python bool": True, "python int": 3, "python float": 0.5}


# ---- promotion ------------------------------------------------------------------------------------------------------
def operands(make: Any) -> dict[str, Any]:
    """An array of each dtype, a 0-d one of each, and Python's numbers."""
    found = {f"{name} {ndim}-d": make(name, (2,) * ndim) for name in NAMES for ndim in (0, 1, 2)}
    return {**found, **NUMBERS}


@pytest.mark.parametrize("default", ["float16", "bfloat16", "float32", "float64"])
def test_result_type_is_that_of_torch(default: str) -> None:
    torch = pytest.importorskip("torch")
    set_default_dtype(default)
    torch.set_default_dtype(getattr(torch, default))
    try:
        ours = operands(lambda name, shape: np.ones(shape, as_dtype(name)))
        theirs = operands(lambda name, shape: torch.ones(shape, dtype=getattr(torch, name)))
        for a, b in itertools.product(ours, ours):
            found = result_type([ours[a], ours[b]])
            assert f"torch.{found.name}" == str(torch.result_type(theirs[a], theirs[b])), (a, b)
    finally:
        torch.set_default_dtype(torch.float32)


def test_result_type_of_more_than_two_does_not_depend_on_their_order() -> None:
    def one(name: str, ndim: int) -> Any:
        return np.ones((2,) * ndim, as_dtype(name))

    cases = [
        (
            [one("int8", 1), one("int64", 0), 0.5],
            "float32",
        ),  # the highest kind decides, and only a number has it
        (
            [one("float16", 1), one("float64", 0), one("int64", 1)],
            "float16",
        ),  # a 0-d tensor is weak in its kind
        ([one("float16", 1), one("bfloat16", 1), 2], "float32"),
        ([one("int16", 1), one("uint8", 1), one("int8", 1)], "int16"),
        ([one("bool", 1), one("int8", 0), 1], "int8"),
        ([one("int8", 1), one("float16", 0), 0.5], "float16"),
        ([one("uint8", 1), one("int8", 1), one("bool", 2)], "int16"),
    ]
    for values, expected in cases:
        for order in itertools.permutations(values):
            assert result_type(order).name == expected


def test_a_single_value_keeps_its_dtype() -> None:
    for name in NAMES:
        assert result_type([np.ones(2, as_dtype(name))]).name == name
    assert [result_type([v]).name for v in (True, 1, 1.0)] == ["bool", "int64", "float32"]


# ---- names ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
def test_every_way_to_name_a_dtype(name: str) -> None:
    expected = as_dtype(name)
    assert expected.name == name
    copied = pickle.loads(pickle.dumps(expected))
    ways = [expected, expected.type, copied, expected.newbyteorder(">"), expected.newbyteorder("=")]
    assert all(
        as_dtype(way) is expected for way in ways
    )  # one object for each: the engine compares by identity
    if name != "bfloat16":
        assert getattr(mg, "bool_" if name == "bool" else name) is expected
    arrays = [pickle.loads(pickle.dumps(np.ones(2, expected)))]
    arrays += [np.ones(2, np.longlong)] if name == "int64" else []
    assert all(mg.tensor(array).dtype is expected for array in arrays)


def test_python_types_name_dtypes() -> None:
    assert [as_dtype(t).name for t in (bool, int, float)] == ["bool", "int64", "float64"]
    set_default_dtype("float16")
    assert as_dtype(float).name == "float64"  # Python's floats are 64 bits wide, whatever the default
    assert as_dtype(ml_dtypes.bfloat16).name == "bfloat16"


WRONG = [
    complex,
    "complex64",
    np.uint16,
    "uint32",
    np.uint64,
    object,
    str,
    "S4",
    "nonsense",
    "",
    None,
    5,
    [],
    [1, 2],
]
WRONG += ["datetime64[s]", np.dtype([("a", "f4")]), ml_dtypes.float8_e4m3fn, "float8_e4m3fn"]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_dtype_is_refused(wrong: Any) -> None:
    with pytest.raises(DTypeError, match="is not a dtype of minigrad, which has .*bool.*float64.* bfloat16"):
        as_dtype(wrong)


# ---- the default ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64"])
def test_the_default_dtype(name: str) -> None:
    set_default_dtype(name)
    assert get_default_dtype().name == name
    assert mg.tensor([0.5]).dtype.name == name
    assert (mg.tensor([1]) / 2).dtype.name == name
    assert mg.exp(mg.tensor([True])).dtype.name == name
    assert (mg.tensor([1]) * 0.5).dtype.name == name
    assert mg.tensor(np.ones(1, np.float32)).dtype.name == "float32"  # an array has a dtype of its own


@pytest.mark.parametrize("wrong", ["int32", bool, int])
def test_only_a_floating_dtype_can_be_the_default(wrong: Any) -> None:
    with pytest.raises(DTypeError, match=r"set_default_dtype: (int32|bool|int64) is not a floating dtype"):
        set_default_dtype(wrong)
    with pytest.raises(DTypeError, match="is not a dtype of minigrad"):
        set_default_dtype("complex64")
    assert get_default_dtype().name == "float32"


# ---- kinds ----------------------------------------------------------------------------------------------------------
def test_accumulators() -> None:
    wanted = {"float16": "float32", "bfloat16": "float32", "float32": "float32", "float64": "float64"}
    for name in NAMES:
        assert accumulator(as_dtype(name)).name == wanted.get(name, "int64")
        assert is_float(as_dtype(name)) is (name in wanted)


# ---- bfloat16 -------------------------------------------------------------------------------------------------------
def test_bfloat16_names_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    for way in (dtypes.bfloat16, lambda: as_dtype("bfloat16")):
        with pytest.raises(
            MissingDependency, match=r"bfloat16 needs ml_dtypes: pip install 'minigrad\[bfloat16\]'"
        ):
            way()


def test_a_number_beside_bfloat16_leaves_it_bfloat16() -> None:
    """NumPy would make float32 of it: in results, and in the gradients of an ordinary and of a recorded backward."""
    dtype = as_dtype("bfloat16")
    x = mg.tensor([1.0, 2.0, 3.0], dtype=dtype, requires_grad=True)
    for y in (
        x * 1.5,
        1.5 - x,
        x / 3.0,
        x**2.5,
        2.5**x,
        mg.maximum(x, 1.5),
        mg.where(x > 1.5, x, 0.5),
        x.clamp(1.5),
    ):
        assert y.dtype == dtype
        for create_graph in (False, True):
            (g,) = mg.autograd.grad(y.sum(), x, create_graph=create_graph, retain_graph=True)
            assert g.dtype == dtype
    assert (x * 1.1).tolist() == [float(dtype.type(np.float32(v) * np.float32(1.1))) for v in (1, 2, 3)]


def test_bfloat16_and_other_dtypes_convert_to_each_other_in_the_graph() -> None:
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    y = (x.to("bfloat16") * 1.5).to(mg.float64)
    y.sum().backward()
    assert x.grad.dtype == "float32"
    assert x.grad.tolist() == [1.5, 1.5]
