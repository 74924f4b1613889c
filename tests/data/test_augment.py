"""Random shift, rotation and scale against loops; shuffled mini-batches."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.backend import _philox as philox
from minigrad.data import batches, random_affine
from minigrad.data.augment import sample
from minigrad.errors import ArgumentError, DTypeError, ShapeError
from minigrad.random import Generator

AMOUNTS = {"degrees": 20.0, "translate": (0.1, 0.2), "scale": (0.8, 1.3)}


def pictures(*shape, dtype=np.float64):
    return np.random.default_rng(sum(shape)).random(shape).astype(dtype)


def at(image, y, x):
    """The bilinear value of one plane at one place, 0 outside."""
    h, w = image.shape
    i, j = math.floor(y), math.floor(x)
    total = 0.0
    for k in (i, i + 1):
        for m in (j, j + 1):
            if 0 <= k < h and 0 <= m < w:
                total += image[k, m] * (1 - abs(y - k)) * (1 - abs(x - m))
    return total


def moved(images, angle, scale, dx, dy):
    """Each picture turned by angle, times scale, then shifted: one output pixel at a time."""
    n, c, h, w = images.shape
    y = np.zeros(images.shape)
    for k in range(n):
        cos, sin = math.cos(angle[k]), math.sin(angle[k])
        for i in range(h):
            for j in range(w):
                v, u = i - (h - 1) / 2 - dy[k], j - (w - 1) / 2 - dx[k]
                back_v, back_u = (cos * v + sin * u) / scale[k], (-sin * v + cos * u) / scale[k]
                for m in range(c):
                    y[k, m, i, j] = at(images[k, m], back_v + (h - 1) / 2, back_u + (w - 1) / 2)
    return y


@pytest.mark.parametrize("shape", [(4, 1, 9, 9), (3, 2, 6, 11), (2, 3, 1, 4)])
@pytest.mark.parametrize(("dtype", "atol"), [(np.float64, 1e-12), (np.float32, 5e-6)])
def test_against_loops(shape, dtype, atol):
    x = pictures(*shape, dtype=dtype)
    got = random_affine(x, generator=Generator(5), **AMOUNTS)
    u = philox.uniform((5, 0), (shape[0], 4), np.float64)
    angle = np.radians(20.0) * (2 * u[:, 0] - 1)
    scale = 0.8 + 0.5 * u[:, 1]
    dx, dy = 0.1 * shape[3] * (2 * u[:, 2] - 1), 0.2 * shape[2] * (2 * u[:, 3] - 1)
    np.testing.assert_allclose(got, moved(x, angle, scale, dx, dy), atol=atol)
    assert got.dtype == dtype


def test_nothing_to_do_changes_nothing():
    x = pictures(5, 2, 7, 6, dtype=np.float32)
    y = random_affine(x, generator=Generator(0))
    np.testing.assert_array_equal(y, x)
    assert not np.shares_memory(x, y)


def test_whole_pixels_and_right_angles_are_exact():
    x = pictures(1, 1, 8, 8)
    shift = sample(x, np.array([[1.0, 0, 2, 0, 1, -3]]))
    np.testing.assert_array_equal(shift[0, 0, :6, 3:], x[0, 0, 2:, :5])
    assert not shift[0, 0, 6:].any()
    assert not shift[0, 0, :, :3].any()
    turn = sample(x, np.array([[0.0, 1, 0, -1, 0, 0]]))
    np.testing.assert_array_equal(turn[0, 0], np.rot90(x[0, 0]))


@pytest.mark.parametrize("far", [1e3, 1e9, 1e30])
def test_far_outside_is_zero(far):
    assert not sample(np.ones((1, 1, 5, 5), np.float32), np.array([[1.0, 0, far, 0, 1, -far]])).any()


def test_the_input_stays_and_the_generator_decides():
    x = pictures(6, 1, 9, 9)
    before = x.copy()
    g = Generator(3)
    first, second = random_affine(x, generator=g, **AMOUNTS), random_affine(x, generator=g, **AMOUNTS)
    np.testing.assert_array_equal(x, before)
    assert np.abs(first - second).max() > 0.01
    assert g.get_state()["offset"] == 2 * 6 * 4 // 2
    np.testing.assert_array_equal(random_affine(x, generator=Generator(3), **AMOUNTS), first)


def test_pictures_of_a_batch_move_on_their_own():
    y = random_affine(np.tile(pictures(1, 1, 9, 9), (4, 1, 1, 1)), generator=Generator(0), **AMOUNTS)
    assert len({a.tobytes() for a in y}) == 4


def test_a_batch_of_nothing():
    assert random_affine(np.zeros((0, 1, 8, 8), np.float32), generator=Generator(0)).shape == (0, 1, 8, 8)


def test_wrong_images():
    with pytest.raises(ShapeError, match=r"random_affine: images is \(28, 28\)"):
        random_affine(np.zeros((28, 28), np.float32), generator=Generator(0))
    with pytest.raises(DTypeError, match="random_affine: images is uint8"):
        random_affine(np.zeros((1, 1, 2, 2), np.uint8), generator=Generator(0))


@pytest.mark.parametrize(
    "amounts",
    [{"degrees": -1}, {"degrees": math.nan}, {"translate": (-0.1, 0)}, {"translate": (0, math.inf)},
     {"scale": (0, 1)}, {"scale": (1.2, 0.8)}, {"scale": (1, math.nan)}],
)  # fmt: skip
def test_wrong_amounts(amounts):
    g = Generator(0)
    with pytest.raises(ArgumentError, match="random_affine"):
        random_affine(np.zeros((1, 1, 2, 2), np.float32), generator=g, **amounts)
    assert g.get_state()["offset"] == 0


# ---- batches -----------------------------------------------------------------------------------------------
@given(st.integers(0, 40), st.integers(1, 12), st.integers(0, 2**64 - 1))
def test_batches_hold_everything_once(n, size, seed):
    x, y = np.arange(n), np.arange(n) * 10
    taken = list(batches(x, y, batch_size=size, key=(seed, 0)))
    assert [len(a) for a, _ in taken] == [size] * (n // size) + ([n % size] if n % size else [])
    assert sorted(v for a, _ in taken for v in a) == list(range(n))
    assert all((b == a * 10).all() for a, b in taken)


def test_batches_go_on_from_any_position():
    x = pictures(23, 2)
    whole = list(batches(x, batch_size=4, key=(1, 9)))
    for start in range(8):
        rest = list(batches(x, batch_size=4, key=(1, 9), start=start))
        assert [a.tobytes() for (a,) in rest] == [a.tobytes() for (a,) in whole[start:]]


def test_another_key_gives_another_order():
    g = Generator(0)
    orders = [
        np.concatenate([a for (a,) in batches(np.arange(50), batch_size=7, key=g.next_key(50))])
        for _ in (1, 2)
    ]
    assert (orders[0] != orders[1]).any()


def test_batches_wrong_arguments():
    with pytest.raises(ShapeError, match=r"batches: .*\[2, 3\]"):
        batches(np.zeros(2), np.zeros(3), batch_size=1, key=(0, 0))
    with pytest.raises(ShapeError, match="batches"):
        batches(batch_size=1, key=(0, 0))
    with pytest.raises(ArgumentError, match="batch_size 0"):
        batches(np.zeros(2), batch_size=0, key=(0, 0))
    with pytest.raises(ArgumentError, match="start -1"):
        batches(np.zeros(2), batch_size=1, key=(0, 0), start=-1)
