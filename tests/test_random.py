"""Generators and random tensors."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import random
from minigrad.backend import _philox as philox
from minigrad.errors import ArgumentError, DeviceError, DTypeError, ShapeError, StateError
from minigrad.random import Generator


@pytest.fixture(autouse=True)
def _default_generator():
    state = random.get_state()
    yield
    random.set_state(state)


def same(a, b):
    return a.dtype == b.dtype and np.array_equal(a.numpy(), b.numpy())


def test_the_same_seed_gives_the_same_numbers():
    a, b = Generator(7), Generator(7)
    assert same(random.rand(5, generator=a), random.rand(5, generator=b))
    assert same(random.randn(5, generator=a), random.randn(5, generator=b))
    assert not same(random.rand(5, generator=a), random.rand(5, generator=Generator(8)))


@pytest.mark.parametrize("seed", [0, 5, 2**64 - 1, -1, -(2**63), np.int64(12)])
def test_seeds(seed):
    assert Generator(seed).initial_seed() == int(seed) % 2**64
    assert Generator().manual_seed(seed).get_state() == {"seed": int(seed) % 2**64, "offset": 0}


@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1, 1.5, "1", float("nan")])
def test_wrong_seeds(seed):
    with pytest.raises(ArgumentError, match="seed"):
        Generator(seed)
    g = Generator(3)
    with pytest.raises(ArgumentError, match="seed"):
        g.manual_seed(seed)
    assert g.get_state() == {"seed": 3, "offset": 0}


def test_no_seed_takes_one_from_the_system():
    assert Generator().initial_seed() != Generator().initial_seed()


@given(
    st.lists(
        st.tuples(st.sampled_from(["bits", "uniform", "normal", "randint"]), st.integers(0, 9)), max_size=6
    )
)
def test_draws_never_share_counters(draws):
    g, used = Generator(1), 0
    for kind, count in draws:
        seed, start = g.next_key(count)
        assert (seed, start >= used) == (1, True)
        per_block = 2 if kind in ("randint", "uniform") else 4  # float64 and integers take two words
        used = start + -(-count // per_block)
    assert g.get_state()["offset"] >= used


def test_consecutive_tensors_differ():
    g = Generator(0)
    a, b = random.rand(3, dtype="float64", generator=g), random.rand(3, dtype="float64", generator=g)
    assert not set(a.numpy().tolist()) & set(b.numpy().tolist())


def test_state_goes_back():
    g = Generator(3)
    random.rand(5, generator=g)
    state = g.get_state()
    first = random.randn(4, generator=g)
    g.set_state(state)
    assert same(first, random.randn(4, generator=g))
    other = Generator(99)
    other.set_state(state)
    assert same(first, random.randn(4, generator=other))


@pytest.mark.parametrize(
    "state",
    [None, {}, {"seed": 1}, {"seed": 1, "offset": -1}, {"seed": 1, "offset": 2**128},
     {"seed": 2**64, "offset": 0},
     {"seed": 1.0, "offset": 0}, {"seed": 1, "offset": 0, "more": 2}, [1, 2], "ab"],
)  # fmt: skip
def test_a_wrong_state_changes_nothing(state):
    g = Generator(5)
    with pytest.raises(StateError, match="set_state"):
        g.set_state(state)
    assert g.get_state() == {"seed": 5, "offset": 0}


def test_copies_and_pickles():
    g = Generator(5)
    g.next_key(100)
    for twin in (copy.deepcopy(g), pickle.loads(pickle.dumps(g))):
        assert twin.get_state() == g.get_state()
        assert twin.next_key(2) == (5, 50)
    assert repr(g) == "Generator(seed=5, offset=50)"


def test_threads_never_get_the_same_key():
    g, found = Generator(0), []
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [
            threading.Thread(target=lambda: found.extend([g.next_key(2) for _ in range(2000)]))
            for _ in range(4)
        ]
        [t.start() for t in threads]
        [t.join() for t in threads]
    finally:
        sys.setswitchinterval(old)
    assert len(set(found)) == 8000
    assert g.get_state()["offset"] == 8000


def test_the_default_generator():
    assert mg.manual_seed(4) is random.default_generator
    assert random.initial_seed() == 4
    a = mg.rand(3)
    random.set_state({"seed": 4, "offset": 0})
    assert same(a, mg.rand(3))
    assert random.get_state() == {"seed": 4, "offset": 2}
    assert same(a, mg.rand(3, generator=Generator(4)))


def test_another_process_draws_the_same():
    code = "import minigrad as mg; mg.manual_seed(42); print(mg.randn(4).numpy().tobytes().hex())"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    mg.manual_seed(42)
    assert out.strip() == mg.randn(4).numpy().tobytes().hex()


def test_numbers_are_those_of_the_backend():
    g, key = Generator(6), (6, 0)
    np.testing.assert_array_equal(
        random.rand(2, 3, generator=g).numpy(), philox.uniform(key, (2, 3), np.float32)
    )
    z = random.randn((4,), generator=Generator(6), dtype="float64").numpy()
    np.testing.assert_array_equal(z, philox.normal(key, (4,), np.float64))
    k = random.randint(-3, 9, (7,), generator=Generator(6)).numpy()
    np.testing.assert_array_equal(k, philox.randint(key, (7,), -3, 9, np.int64))
    np.testing.assert_array_equal(
        random.randperm(8, generator=Generator(6)).numpy(), philox.permutation(key, 8)
    )


@pytest.mark.parametrize("size", [(2, 3), ([2, 3],), ((2, 3),), (np.array([2, 3]),)])
def test_sizes(size):
    assert random.rand(*size).shape == (2, 3)
    assert random.randn(*size).shape == (2, 3)


def test_a_size_of_nothing_is_a_scalar():
    assert random.rand().shape == ()
    assert random.randn(()).shape == ()
    assert random.rand(3, 0).shape == (3, 0)


@pytest.mark.parametrize("size", [(-1,), (2.5,), ("a",), ((2, None),), (2, -3)])
def test_wrong_sizes(size):
    with pytest.raises(ShapeError, match="rand: size"):
        random.rand(*size)


def test_dtypes_and_leaves():
    x = random.rand(3, requires_grad=True)
    assert (x.dtype, x.requires_grad, x.is_leaf) == (mg.float32, True, True)
    assert random.randn(3, dtype="float16").dtype == mg.float16
    assert random.rand_like(mg.tensor([1.0, 2.0], dtype="float64")).dtype == mg.float64
    assert random.randn_like(mg.tensor([[1, 2]]), dtype="float32").shape == (1, 2)
    mg.set_default_dtype(mg.float64)
    try:
        assert random.rand(1).dtype == random.normal(size=(1,)).dtype == mg.float64
    finally:
        mg.set_default_dtype(mg.float32)
    for call in (lambda: random.rand(2, dtype="int64"), lambda: random.randn_like(mg.tensor([1]))):
        with pytest.raises(DTypeError, match="not floating"):
            call()
    with pytest.raises(DeviceError):
        random.rand(2, device="nowhere")


def test_normal():
    mean, std = mg.tensor([[1.0], [2.0]], dtype="float64"), mg.tensor([0.0, 3.0], dtype="float64")
    y = random.normal(mean, std, generator=Generator(9)).numpy()
    z = philox.normal((9, 0), (2, 2), np.float64)
    np.testing.assert_array_equal(y, mean.numpy() + std.numpy() * z)
    assert y.dtype == np.float64
    y = random.normal(5.0, 0.5, (40_000,), generator=Generator(1)).numpy()
    assert abs(y.mean() - 5) < 0.01
    assert abs(y.std() - 0.5) < 0.01
    assert random.normal(mg.tensor([1.0, 2.0]), size=(3, 2)).shape == (3, 2)


@pytest.mark.parametrize("std", [-1.0, float("nan"), [1.0, -0.5]])
def test_normal_wrong_std(std):
    with pytest.raises(ArgumentError, match="std"):
        random.normal(0.0, mg.tensor(std))


def test_normal_wrong_shapes():
    with pytest.raises(ShapeError, match="normal: mean"):
        random.normal(mg.tensor([1.0, 2.0]), mg.tensor([1.0, 2.0, 3.0]))
    with pytest.raises(ShapeError, match="do not fit size"):
        random.normal(mg.tensor([1.0, 2.0]), 1.0, (2, 3))
    with pytest.raises(ShapeError, match="do not fit size"):
        random.normal(mg.tensor([[1.0], [2.0]]), 1.0, (2,))


def test_randint():
    y = random.randint(2, 5, (1000,), generator=Generator(0))
    assert (y.dtype, set(y.numpy().tolist())) == (mg.int64, {2, 3, 4})
    assert set(random.randint(2, (100,), generator=Generator(0)).numpy().tolist()) == {0, 1}
    assert random.randint(0, 256, (3,), dtype="uint8").dtype == mg.uint8
    assert random.randint(5, 6, (2, 2)).tolist() == [[5, 5], [5, 5]]


@pytest.mark.parametrize(
    ("args", "dtype"),
    [((3, 3, (2,)), None), ((0, (2,)), None), ((0, 257, (2,)), "uint8"), ((-1, 2, (2,)), "uint8"),
     ((0, 2**63 + 1, (2,)), None), ((0.5, 2, (2,)), None)],
)  # fmt: skip
def test_randint_wrong_ranges(args, dtype):
    with pytest.raises(ArgumentError, match="randint"):
        random.randint(*args, dtype=dtype)


def test_randint_in_other_dtypes():
    y = random.randint(-3, 4, (500,), dtype="float32", requires_grad=True)
    assert y.dtype == mg.float32 and y.requires_grad
    assert set(y.tolist()) == {-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0}
    assert set(random.randint(0, 2, (50,), dtype="bool").tolist()) == {False, True}
    assert random.randint(2048, 2049, (1,), dtype="float16").tolist() == [2048.0]


@pytest.mark.parametrize(("high", "dtype"), [(2050, "float16"), (3, "bool"), (2**53 + 2, "float64")])
def test_randint_beyond_what_a_dtype_holds(high, dtype):
    with pytest.raises(ArgumentError, match=f"randint: .* not a range of {dtype} numbers"):
        random.randint(0, high, (2,), dtype=dtype)


def test_randint_wrong_dtype_and_size():
    with pytest.raises(DTypeError, match="complex64"):
        random.randint(3, (2,), dtype="complex64")
    with pytest.raises(DTypeError, match="requires_grad: only floating"):
        random.randint(3, (2,), requires_grad=True)
    with pytest.raises(ShapeError, match="randint: size"):
        random.randint(0, 3, (2, -1))


def test_randperm():
    y = random.randperm(100, generator=Generator(0))
    assert sorted(y.tolist()) == list(range(100))
    assert random.randperm(0).shape == (0,)
    assert random.randperm(256, dtype="uint8").dtype == mg.uint8
    with pytest.raises(ArgumentError, match="do not fit"):
        random.randperm(257, dtype="uint8")
    with pytest.raises(ShapeError, match="randperm"):
        random.randperm(-1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: mg.randint(5, (7,)),
        lambda: mg.randint(5, size=(7,)),
        lambda: mg.randint(high=5, size=(7,)),
        lambda: mg.randint(0, 5, (7,)),
        lambda: mg.randint(low=0, high=5, size=(7,)),
    ],
)
def test_every_form_of_randint(call: object) -> None:
    mg.manual_seed(3)
    wanted = mg.randint(0, 5, (7,)).tolist()
    mg.manual_seed(3)
    assert call().tolist() == wanted  # type: ignore[operator]


def test_randint_says_what_is_missing() -> None:
    for args in ((5,), (0, 5), ()):
        with pytest.raises(ArgumentError, match=r"randint: write randint\(high, size\)"):
            mg.randint(*args)
    with pytest.raises(DTypeError, match="generator is a int, where a minigrad.Generator is wanted"):
        mg.rand(2, generator=3)
