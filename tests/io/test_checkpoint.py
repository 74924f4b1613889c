"""Checkpoints: every bit comes back, and one of another model is refused."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import minigrad as mg
from minigrad.errors import DTypeError, FileError, StateError
from minigrad.io import load_checkpoint, save_checkpoint, save_tensors
from minigrad.random import Generator

SUFFIXES = [".safetensors", ".npz"]
both = pytest.mark.parametrize("suffix", SUFFIXES)
MODEL = {
    "conv.weight": np.arange(8, dtype=np.float32).reshape(2, 1, 2, 2),
    "conv.bias": np.zeros(2, np.float32),
}
OPTIMIZER = {
    "state": {0: {"step": 12, "exp_avg": np.full((2, 1, 2, 2), 0.1), "max": None}, 1: {"step": 12}},
    "param_groups": [{"lr": 0.1 + 0.2, "betas": (0.9, 0.999), "params": [0, 1], "nesterov": False}],
}


def assert_equal(a, b):
    """The same types, values and bits all the way down."""
    if isinstance(b, np.ndarray):
        assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    elif isinstance(b, dict):
        assert [(type(k), k) for k in a] == [(type(k), k) for k in b]
        [assert_equal(a[k], b[k]) for k in b]
    elif isinstance(b, (list, tuple)):
        assert (type(a), len(a)) == (type(b), len(b))
        [assert_equal(v, w) for v, w in zip(a, b, strict=True)]
    elif isinstance(b, float):
        assert type(a) is float
        assert a.hex() == b.hex()
    else:
        assert (type(a), a) == (type(b), b)


@both
def test_everything_comes_back(tmp_path, suffix):
    path = tmp_path / f"last{suffix}"
    g = Generator(2**64 - 1)
    g.next_key(11)
    progress = {
        "epoch": 7,
        "best": 0.985,
        "history": [[1, 2.5], []],
        "name": "ü",
        "none": None,
        "done": False,
    }
    save_checkpoint(
        path, model=MODEL, optimizer=OPTIMIZER, generator=g.get_state(), progress=progress, kind="lenet5"
    )
    saved = load_checkpoint(path, kind="lenet5", like=MODEL)
    assert saved.kind == "lenet5"
    for got, want in zip(saved[1:], (MODEL, OPTIMIZER, g.get_state(), progress), strict=True):
        assert_equal(got, want)
    fresh = Generator(0)
    fresh.set_state(saved.generator)
    assert fresh.next_key(1) == g.next_key(1)


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False)
arrays = hnp.arrays(
    st.sampled_from(["f4", "f8", "i8", "?"]), hnp.array_shapes(min_dims=0, max_dims=2, max_side=3)
)
trees = st.recursive(
    scalars | arrays,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(
            st.sampled_from(["a", "b", "a.b", "$array", "$x", "'"]) | st.integers(-3, 3), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@both
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=trees)
def test_any_tree_comes_back(tmp_path, suffix, tree):
    path = tmp_path / f"tree{suffix}"
    save_checkpoint(path, model={}, optimizer=tree, progress={"again": tree}, kind="k")
    saved = load_checkpoint(path)
    assert_equal(saved.optimizer, tree)
    assert_equal(saved.progress, {"again": tree})


@both
def test_floats_that_json_does_not_have(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    save_checkpoint(path, model={}, progress=[math.inf, -math.inf, math.nan, -0.0, 5e-324], kind="k")
    got = load_checkpoint(path).progress
    assert got[:2] == [math.inf, -math.inf]
    assert math.isnan(got[2])
    assert [v.hex() for v in got[3:]] == [(-0.0).hex(), (5e-324).hex()]


def test_tensors_and_numpy_scalars_come_back_as_arrays(tmp_path):
    path = tmp_path / "a.npz"
    model = {"w": mg.tensor([1.0, 2.0], requires_grad=True)}
    save_checkpoint(path, model=model, progress={"loss": np.float32(0.1)}, kind="k")
    saved = load_checkpoint(path, like=model)
    assert_equal(saved.model["w"], np.array([1, 2], np.float32))
    assert_equal(saved.progress["loss"], np.array(0.1, np.float32))


@both
def test_equal_states_give_equal_bytes(tmp_path, suffix):
    paths = [tmp_path / f"{k}{suffix}" for k in "ab"]
    for path in paths:
        save_checkpoint(path, model=MODEL, optimizer=OPTIMIZER, kind="lenet5")
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object(), lambda: 0, 1j])
def test_what_a_checkpoint_cannot_hold(tmp_path, value):
    path = tmp_path / "a.npz"
    path.write_bytes(b"precious")
    with pytest.raises(DTypeError, match=r"save_checkpoint: optimizer\.state\.0 is a "):
        save_checkpoint(path, model=MODEL, optimizer={"state": [value]}, kind="k")
    assert path.read_bytes() == b"precious"


# ---- refused -----------------------------------------------------------------------------------------------
def test_another_kind_of_model(tmp_path):
    path = tmp_path / "a.npz"
    save_checkpoint(path, model=MODEL, kind="mlp")
    wanted = (
        r"a\.npz: is a checkpoint of 'mlp', and one of 'lenet5' was asked for; .*conv\.weight \(2, 1, 2, 2\)"
    )
    with pytest.raises(StateError, match=wanted):
        load_checkpoint(path, kind="lenet5")
    assert load_checkpoint(path).kind == "mlp"


@pytest.mark.parametrize(
    ("like", "why"),
    [
        ({**MODEL, "conv.weight": np.zeros((2, 1, 5, 5), np.float32)},
         r"conv\.weight is float32 \(2, 1, 2, 2\) in the file, float32 \(2, 1, 5, 5\) in the model"),
        ({**MODEL, "conv.bias": np.zeros(2)},
         r"conv\.bias is float32 \(2,\) in the file, float64 \(2,\) in the model"),
        ({**MODEL, "fc.weight": np.zeros((3, 2))}, r"the file lacks fc\.weight \(3, 2\)"),
        ({"conv.weight": MODEL["conv.weight"]}, r"only the file has conv\.bias \(2,\)"),
        ({}, "only the file has"),
    ],
)  # fmt: skip
def test_another_shape_of_model(tmp_path, like, why):
    path = tmp_path / "a.npz"
    save_checkpoint(path, model=MODEL, kind="lenet5")
    with pytest.raises(StateError, match=f"does not fit the model: .*{why}"):
        load_checkpoint(path, kind="lenet5", like=like)


def test_tensors_that_are_no_checkpoint(tmp_path):
    save_tensors(tmp_path / "a.npz", MODEL)
    with pytest.raises(FileError, match="holds tensors, but is not a checkpoint"):
        load_checkpoint(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "entry", ["", "3", "{}", json.dumps({"version": 2}),
              json.dumps({"version": 1, "kind": "k", "tree": {"x": 1}}),
              json.dumps({"version": 1, "kind": "k", "tree": {"model": {"w": {"$array": "gone"}}}})],
)  # fmt: skip
def test_an_entry_that_minigrad_did_not_write(tmp_path, entry):
    save_tensors(tmp_path / "a.npz", {}, {"checkpoint": entry})
    with pytest.raises(FileError, match="not a checkpoint that this minigrad wrote"):
        load_checkpoint(tmp_path / "a.npz")


@both
def test_a_file_cut_short(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    save_checkpoint(path, model=MODEL, optimizer=OPTIMIZER, kind="k")
    raw = path.read_bytes()
    for length in range(0, len(raw), 37):
        path.write_bytes(raw[:length])
        with pytest.raises(FileError, match="not a whole"):
            load_checkpoint(path)
