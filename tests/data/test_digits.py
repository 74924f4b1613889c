"""The bundled digits: what is in them, the splits, enlarging, and damaged files."""

from __future__ import annotations

import math
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad.data import digits, to_size
from minigrad.data.digits import FILE, SPLITS, cubic
from minigrad.errors import ArgumentError, FileError, ShapeError

PER_CLASS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # as UCI lists them
FIRST = """0 0 5 13 9 1 0 0  0 0 13 15 10 15 5 0  0 3 15 2 0 11 8 0  0 4 12 0 0 8 8 0
           0 5 8 0 0 9 8 0  0 4 11 0 1 12 7 0  0 2 14 5 10 12 0 0  0 0 6 13 10 0 0 0"""


def whole(split="stratified"):
    parts = digits(split)
    return np.concatenate([p.images for p in parts]), np.concatenate([p.labels for p in parts])


@pytest.mark.parametrize("split", SPLITS)
def test_parts(split):
    parts = digits(split)
    assert [len(p.labels) for p in parts] == [1197, 240, 360]
    assert parts == (parts.train, parts.val, parts.test)
    for images, labels in parts:
        assert (images.shape, images.dtype) == ((len(labels), 1, 8, 8), np.float32)
        assert labels.dtype == np.int64
    images, labels = whole(split)
    assert np.bincount(labels).tolist() == PER_CLASS
    assert (images.min(), images.max()) == (0.0, 1.0)
    assert np.array_equal(images * 16, np.rint(images * 16))


def test_both_splits_hold_the_same_scans():
    a, b = (
        sorted(zip(labels.tolist(), map(bytes, images), strict=True)) for images, labels in map(whole, SPLITS)
    )
    assert a == b


@pytest.mark.parametrize("split", SPLITS)
def test_stratified_parts_have_each_class_in_proportion(split):
    parts = digits(split)
    known = sum(np.bincount(p.labels) for p in parts[: 2 if split == "file-order" else 3])
    for part in parts[: 2 if split == "file-order" else 3]:
        share = known * len(part.labels) / known.sum()
        assert np.abs(np.bincount(part.labels) - share).max() < 1.1


def test_the_last_scans_are_the_test_part_in_file_order():
    rows = np.frombuffer(zlib.decompress(FILE.read_bytes()), np.uint8).reshape(1797, 67)
    test = digits("file-order").test
    np.testing.assert_array_equal(test.images.reshape(360, 64) * 16, rows[-360:, :64])
    np.testing.assert_array_equal(test.labels, rows[-360:, 64])
    first = digits("file-order").train if rows[0, 66] == 0 else digits("file-order").val
    assert (first.images[0] * 16).astype(int).ravel().tolist() == [int(v) for v in FIRST.split()]
    assert first.labels[0] == 0


def test_the_splits_never_change():
    sums = [zlib.crc32(p.images.tobytes() + p.labels.tobytes()) for split in SPLITS for p in digits(split)]
    assert sums == [2349687039, 2853391018, 4084949590, 2161541306, 2874570005, 89568622]


def test_the_file_is_small():
    assert FILE.stat().st_size < 100_000


def test_an_unknown_split():
    with pytest.raises(ArgumentError, match="'random' is not one of .*file-order"):
        digits("random")


def test_a_missing_file(tmp_path):
    with pytest.raises(FileError, match=r"gone\.bin cannot be read .*install minigrad again"):
        digits(path=tmp_path / "gone.bin")
    with pytest.raises(FileError, match="cannot be read"):
        digits(path=tmp_path)


def test_another_file(tmp_path):
    path = tmp_path / "other.bin"
    path.write_bytes(zlib.compress(b"something else"))
    with pytest.raises(FileError, match="another file"):
        digits(path=path)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_file_is_an_error_or_harmless(tmp_path_factory, data):
    raw = bytearray(FILE.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        del raw[at:]
    else:
        raw[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("digits") / "damaged.bin"
    path.write_bytes(raw)
    try:
        got = digits(path=path)
    except FileError:
        return
    for part, good in zip(got, digits(), strict=True):
        np.testing.assert_array_equal(part.images, good.images)
        np.testing.assert_array_equal(part.labels, good.labels)


# ---- to_size -----------------------------------------------------------------------------------------------
def keys_kernel(d, a=-0.75):
    """Cubic convolution as its paper writes it."""
    d = abs(d)
    if d <= 1:
        return (a + 2) * d**3 - (a + 3) * d**2 + 1
    return a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a if d < 2 else 0.0


def enlarged(image, size):
    """Bicubic interpolation, one pixel and one neighbour at a time."""
    h, w = image.shape
    y = np.zeros((size, size))
    for i in range(size):
        for j in range(size):
            v, u = (i + 0.5) * h / size - 0.5, (j + 0.5) * w / size - 0.5
            for k in range(math.floor(v) - 1, math.floor(v) + 3):
                for m in range(math.floor(u) - 1, math.floor(u) + 3):
                    if 0 <= k < h and 0 <= m < w:
                        y[i, j] += keys_kernel(v - k) * keys_kernel(u - m) * image[k, m]
    return y.clip(0, 1)


@pytest.mark.parametrize(("shape", "size"), [((8, 8), 28), ((8, 8), 32), ((5, 7), 11), ((8, 8), 5)])
def test_to_size_against_loops(shape, size):
    image = np.random.default_rng(0).random(shape)
    got = to_size(np.stack([image, image[::-1]])[None], size)
    assert got.shape == (1, 2, size, size)
    np.testing.assert_allclose(got[0, 0], enlarged(image, size), atol=1e-14)
    np.testing.assert_allclose(got[0, 1], got[0, 0, ::-1], atol=1e-14)


def test_to_size_keeps_what_fits():
    images = digits().val.images
    np.testing.assert_array_equal(to_size(images, 8), images)
    big = to_size(images)
    assert (big.shape, big.dtype) == ((240, 1, 28, 28), np.float32)
    assert (big.min(), big.max()) == (0.0, 1.0)
    ink = big.mean((1, 2, 3)) / images.mean((1, 2, 3))
    assert np.abs(ink - 1).max() < 0.1


def test_the_kernel_is_one_at_zero_and_sums_to_one():
    np.testing.assert_array_equal(cubic(np.array([0.0, 1.0, 2.0, 3.0])), [1, 0, 0, 0])
    for t in np.linspace(0, 1, 11):
        assert sum(cubic(np.abs(t - np.arange(-2, 4)))) == pytest.approx(1, abs=1e-14)


def test_to_size_of_nothing():
    assert to_size(np.zeros((0, 1, 8, 8), np.float32)).shape == (0, 1, 28, 28)


def test_to_size_wrong_arguments():
    with pytest.raises(ShapeError, match=r"to_size: images is float64\[8, 8\]"):
        to_size(np.zeros((8, 8)))
    with pytest.raises(ArgumentError, match="to_size: size is 0"):
        to_size(np.zeros((1, 1, 8, 8)), 0)
