"""Tensor files: what comes back, what is refused, and that nothing is lost on an error."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
import zipfile

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import minigrad as mg
from minigrad.errors import ArgumentError, DTypeError, FileError, MissingDependency
from minigrad.io import load_tensors, save_tensors
from minigrad.io.atomic import replacing

SUFFIXES = [".safetensors", ".npz"]
DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"]
FLOATS = ["float16", "float32", "float64", ml_dtypes.bfloat16]
both = pytest.mark.parametrize("suffix", SUFFIXES)
relaxed = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=9).filter(str.isprintable)


def assert_same(got, want):
    assert sorted(got) == sorted(want)
    for name, a in want.items():
        assert (got[name].dtype, got[name].shape) == (a.dtype, a.shape)
        assert got[name].tobytes() == a.tobytes()  # bits, so NaNs and signed zeros too


@both
@pytest.mark.parametrize("dtype", DTYPES + FLOATS)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
def test_every_dtype_comes_back(tmp_path, suffix, dtype, shape):
    values = {"x": (np.arange(24)[: int(np.prod(shape))] - 3.5).astype(dtype).reshape(shape)}
    save_tensors(tmp_path / f"a{suffix}", values)
    got, metadata = load_tensors(tmp_path / f"a{suffix}")
    assert_same(got, values)
    assert metadata == {}


@both
@relaxed
@given(
    data=st.dictionaries(
        names, hnp.arrays(st.sampled_from(["f4", "f8", "i8", "?"]), hnp.array_shapes(min_dims=0))
    ),
    metadata=st.dictionaries(names, names.filter(lambda text: not text.startswith("crc32="))).filter(
        lambda notes: "minigrad" not in notes
    ),
)
def test_any_content_comes_back(tmp_path, suffix, data, metadata):
    path = tmp_path / f"any{suffix}"
    save_tensors(path, data, metadata)
    got, notes = load_tensors(path)
    assert_same(got, data)
    assert notes == metadata


@both
def test_special_values_strides_and_byte_order(tmp_path, suffix):
    nan = np.array([0x7FC00001, 0xFFC00002, 0x80000000, 0x7F800000], np.uint32).view(np.float32)
    base = np.arange(24.0).reshape(4, 6)
    values = {"nan": nan, "t": base.T, "step": base[::2, ::-3], "big": np.arange(3, dtype=">i4")}
    save_tensors(tmp_path / f"a{suffix}", values)
    got, _ = load_tensors(tmp_path / f"a{suffix}")
    assert got["nan"].tobytes() == nan.tobytes()
    for name in ("t", "step", "big"):
        np.testing.assert_array_equal(got[name], values[name])
        assert got[name].dtype.isnative
    got["t"][0, 0] = 5.0  # the reader may write into what it gets


@both
def test_tensors_of_minigrad(tmp_path, suffix):
    x = mg.tensor([[1.5, 2.5]], requires_grad=True)
    save_tensors(tmp_path / f"a{suffix}", {"w": x, "n": 3, "list": [1, 2]})
    got, _ = load_tensors(str(tmp_path / f"a{suffix}"))
    assert got["w"].tolist() == [[1.5, 2.5]]
    assert (got["n"].shape, got["list"].tolist()) == ((), [1, 2])


@both
def test_equal_contents_give_equal_bytes(tmp_path, suffix):
    def write(path):
        save_tensors(path, {"b": np.ones(3), "a": np.zeros(2, "f4")}, {k: k * 2 for k in "qwertz"})
        return path.read_bytes()

    assert write(tmp_path / f"a{suffix}") == write(tmp_path / f"b{suffix}")


def test_other_programs_read_the_files(tmp_path):
    values = {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "s": np.array(2.0)}
    save_tensors(tmp_path / "a.safetensors", values, {"who": "ü"})
    assert_same(safetensors.numpy.load_file(tmp_path / "a.safetensors"), values)
    with safetensors.safe_open(tmp_path / "a.safetensors", "np") as file:
        assert file.metadata()["who"] == "ü"
    save_tensors(tmp_path / "a.npz", values, {"who": "ü"})
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["w"], values["w"])
        assert json.loads(file["__metadata__"].tobytes())["metadata"]["who"] == "ü"


def test_files_of_other_programs_are_read(tmp_path):
    values = {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "f": np.ones((2, 3), order="F")}
    np.savez_compressed(tmp_path / "a.npz", **values)
    got, metadata = load_tensors(tmp_path / "a.npz")
    assert metadata == {}
    for name, a in values.items():
        np.testing.assert_array_equal(got[name], a)
    safetensors.numpy.save_file({"w": values["w"]}, tmp_path / "a.safetensors", {"format": "np"})
    assert_same(load_tensors(tmp_path / "a.safetensors")[0], {"w": values["w"]})
    assert load_tensors(tmp_path / "a.safetensors")[1] == {"format": "np"}


# ---- what is refused on writing ----------------------------------------------------------------------------
@both
@pytest.mark.parametrize("value", [np.array([1j]), np.array(["text"]), np.array([None]), {"a": 1}])
def test_wrong_values(tmp_path, suffix, value):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"precious")
    with pytest.raises(DTypeError, match="'bad' has the dtype"):
        save_tensors(path, {"good": np.ones(2), "bad": value})
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"precious", [path.name])


@both
@pytest.mark.parametrize("name", ["", 3, None, "__metadata__", "a\0b", "new\nline", "\ud800"])
def test_wrong_names(tmp_path, suffix, name):
    with pytest.raises(ArgumentError, match="not a name"):
        save_tensors(tmp_path / f"a{suffix}", {name: np.ones(2)})


@both
@pytest.mark.parametrize("entry", [{"k": 3}, {3: "v"}, {"minigrad": "v"}, {"k": "crc32=1"}])
def test_wrong_metadata(tmp_path, suffix, entry):
    with pytest.raises(ArgumentError, match="save_tensors: metadata"):
        save_tensors(tmp_path / f"a{suffix}", {}, entry)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["weights.pt", "weights", "weights.npy"])
def test_other_suffixes(tmp_path, name):
    for call in (lambda: save_tensors(tmp_path / name, {}), lambda: load_tensors(tmp_path / name)):
        with pytest.raises(FileError, match=r"kept in \.safetensors or \.npz files"):
            call()


# ---- written whole or not at all ---------------------------------------------------------------------------
@both
def test_a_failed_write_leaves_the_old_file(tmp_path, suffix, monkeypatch):
    path = tmp_path / f"a{suffix}"
    save_tensors(path, {"w": np.ones(3)})
    old = path.read_bytes()

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        FileError, match=r"cannot be written \(No space left on device\): what was there is unchanged"
    ):
        save_tensors(path, {"w": np.zeros(3)})
    assert (path.read_bytes(), os.listdir(tmp_path)) == (old, [path.name])


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_write_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def write():
        with replacing(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        write()
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"old", ["a.bin"])


def test_the_file_appears_only_at_the_end(tmp_path):
    path = tmp_path / "a.bin"
    with replacing(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"new", ["a.bin"])
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask()


def umask():
    now = os.umask(0)
    os.umask(now)
    return now


def test_a_killed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.npz"
    save_tensors(path, {"w": np.ones(3)})
    code = (
        "import os, sys; from minigrad.io.atomic import replacing\n"
        "with replacing(sys.argv[1]) as f: f.write(b'half'); f.flush(); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 9
    assert load_tensors(path)[0]["w"].tolist() == [1, 1, 1]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.npz").write_bytes(b"")
    (tmp_path / "link.npz").symlink_to(tmp_path / "real.npz")
    save_tensors(tmp_path / "link.npz", {"w": np.ones(1)})
    assert (tmp_path / "link.npz").is_symlink()
    assert load_tensors(tmp_path / "real.npz")[0]["w"].tolist() == [1]


def test_no_folder_and_a_folder(tmp_path):
    with pytest.raises(FileError, match=r"there is no folder .*runs: make it first"):
        save_tensors(tmp_path / "runs" / "a.npz", {})
    (tmp_path / "d.npz").mkdir()
    with pytest.raises(FileError, match="it is a folder"):
        save_tensors(tmp_path / "d.npz", {})
    with pytest.raises(FileError, match=r"d\.npz: cannot be read"):
        load_tensors(tmp_path / "d.npz")


# ---- what is refused on reading ----------------------------------------------------------------------------
@both
def test_a_missing_file(tmp_path, suffix):
    with pytest.raises(FileError, match=rf"gone{suffix}: there is no such file: check the name"):
        load_tensors(tmp_path / f"gone{suffix}")


@both
@pytest.mark.parametrize(
    "content", [b"", b"x", b"PK\x03\x04 and so on", b"\xff" * 100, b"<html>not found</html>"]
)
def test_other_content(tmp_path, suffix, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(FileError, match=rf"a{suffix}: not a whole {suffix} file .*take another copy"):
        load_tensors(path)


def test_each_format_under_the_others_name(tmp_path):
    save_tensors(tmp_path / "a.npz", {"w": np.ones(3)})
    save_tensors(tmp_path / "b.safetensors", {"w": np.ones(3)})
    (tmp_path / "a.npz").rename(tmp_path / "a.safetensors")
    (tmp_path / "b.safetensors").rename(tmp_path / "b.npz")
    for name in ("a.safetensors", "b.npz"):
        with pytest.raises(FileError, match="not a whole"):
            load_tensors(tmp_path / name)


class Bomb:
    """Unpickling it makes a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (self.path,))


def test_pickles_are_never_run(tmp_path):
    np.savez(tmp_path / "a.npz", good=np.ones(2), bad=np.array([Bomb(str(tmp_path / "run"))], dtype=object))
    with pytest.raises(FileError, match="'bad' holds pickled Python objects, which could run any code"):
        load_tensors(tmp_path / "a.npz")
    assert not (tmp_path / "run").exists()


def zip_of(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)


def npy(a):
    stream = io.BytesIO()
    np.save(stream, a)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([("w.npy", npy(np.ones(3)) + b"more")], "longer than its header"),
        ([("w.npy", npy(np.ones(3))[:-1])], "not a whole"),
        ([("w.npy", npy(np.array(["text"])))], "has the dtype <U4"),
        ([("readme.txt", b"hello")], "'readme.txt' is not a NumPy array"),
        ([("w.npy", npy(np.ones(1))), ("__metadata__.npy", npy(np.ones(2, "u1")))], "not a whole"),
        ([("w.npy", npy(np.ones(3)).replace(b"(3,)", b"(9**9,)"))], "not a whole"),
    ],
)
def test_odd_archives(tmp_path, members, why):
    zip_of(tmp_path / "a.npz", members)
    with pytest.raises(FileError, match=why):
        load_tensors(tmp_path / "a.npz")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name(tmp_path):
    zip_of(tmp_path / "a.npz", [("w.npy", npy(np.ones(3))), ("w.npy", npy(np.zeros(3)))])
    with pytest.raises(FileError, match=r"two members 'w\.npy'"):
        load_tensors(tmp_path / "a.npz")


def test_a_dtype_that_minigrad_does_not_read(tmp_path):
    header = json.dumps({"w": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [0, 2]}}).encode()
    (tmp_path / "a.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0\0")
    with pytest.raises(FileError, match="'w' has the dtype F8_E4M3, which minigrad does not read"):
        load_tensors(tmp_path / "a.safetensors")


@both
@relaxed
@given(data=st.data())
def test_a_damaged_file_is_an_error_or_the_exact_content(tmp_path, suffix, data):
    path = tmp_path / f"a{suffix}"
    values = {
        "conv.weight": np.arange(12, dtype=np.float32).reshape(3, 4),
        "b": np.ones(2, ml_dtypes.bfloat16),
    }
    notes = {"kind": "lenet5", "epoch": "7"}
    save_tensors(path, values, notes)
    raw = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1), label="at")
    how = data.draw(st.sampled_from(["cut", "flip", "overwrite", "insert", "remove"]))
    junk = data.draw(st.binary(min_size=1, max_size=12))
    if how == "cut":
        del raw[at:]
    elif how == "flip":
        raw[at] ^= data.draw(st.integers(1, 255))
    elif how == "remove":
        del raw[at : at + len(junk)]
    else:
        raw[at : at + (len(junk) if how == "overwrite" else 0)] = junk
    path.write_bytes(raw)
    try:
        got, metadata = load_tensors(path)
    except FileError:
        return
    assert_same(got, values)
    assert metadata == notes


@both
@pytest.mark.parametrize("flip", [0x01, 0x15, 0x80, 0xFF])
def test_every_single_damaged_byte_is_noticed(tmp_path, suffix, flip):
    path = tmp_path / f"a{suffix}"
    values, notes = {"w": np.arange(3, dtype=np.float32)}, {"kind": "net"}
    save_tensors(path, values, notes)
    raw = path.read_bytes()
    for at in range(len(raw)):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ flip]) + raw[at + 1 :])
        try:
            got, metadata = load_tensors(path)
        except FileError:
            continue
        assert_same(got, values)
        assert metadata == notes


def test_without_the_safetensors_library(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"old")
    for call in (lambda: save_tensors(path, {"w": np.ones(1)}), lambda: load_tensors(path)):
        with pytest.raises(
            MissingDependency, match=r"a \.safetensors file needs safetensors: pip .*minigrad\[cli\]"
        ):
            call()
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"old", [path.name])
    save_tensors(tmp_path / "a.npz", {"w": np.ones(1)})
