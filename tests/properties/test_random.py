"""Random numbers are a function of seed and place in the stream: not of shape, nor of how many are drawn at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from property_tools import examples, values

import minigrad as mg
from minigrad import functional
from minigrad.core import Tensor
from minigrad.random import Generator
from minigrad.testing import strategies as mgst

seeds = st.integers(-(2**63), 2**64 - 1)
counts = st.integers(0, 40)
DRAWS: dict[str, Callable[..., Any]] = {
    "rand float64": lambda n, g: mg.rand(*n, generator=g, dtype="float64"),
    "rand float32": lambda n, g: mg.rand(*n, generator=g),
    "randn float64": lambda n, g: mg.randn(*n, generator=g, dtype="float64"),
    "randn float32": lambda n, g: mg.randn(*n, generator=g),
    "randint": lambda n, g: mg.randint(-5, 90, n, generator=g),
    "normal": lambda n, g: mg.normal(2.0, 3.0, n, generator=g),
    "bernoulli": lambda n, g: mg.bernoulli(mg.full(n, 0.4), generator=g),
}
WHOLE = ["rand float64", "randn float64", "randint"]  # two words a number: a block holds two


@pytest.mark.parametrize("name", DRAWS)
def test_the_same_seed_gives_the_same_numbers_in_any_shape(name: str) -> None:
    draw = DRAWS[name]

    @examples(40)
    @given(seeds, mgst.shapes(), st.lists(counts, max_size=3))
    def check(seed: int, shape: Any, before: list[int]) -> None:
        one, two = Generator(seed), Generator(seed)
        for n in before:
            assert np.array_equal(values(draw((n,), one)), values(draw((n,), two)))
        y, flat = draw(shape, one), draw((math.prod(shape),), two)
        assert np.array_equal(values(y), values(flat).reshape(shape))
        assert one.get_state() == two.get_state()

    check()


@pytest.mark.parametrize("name", DRAWS)
def test_fewer_numbers_are_the_first_of_more(name: str) -> None:
    draw = DRAWS[name]

    @examples(40)
    @given(seeds, counts, st.sampled_from([0, 1, 7, 5000, 70_000]))
    def check(seed: int, n: int, more: int) -> None:
        few, many = draw((n,), Generator(seed)), draw((n + more,), Generator(seed))
        assert np.array_equal(values(few), values(many)[:n])

    check()


@pytest.mark.parametrize("name", WHOLE)
def test_numbers_drawn_in_pieces_are_those_drawn_at_once(name: str) -> None:
    draw = DRAWS[name]

    @examples(40)
    @given(seeds, st.lists((st.integers(0, 20) | st.just(9000)).map(lambda k: 2 * k), min_size=1, max_size=5))
    def check(seed: int, pieces: list[int]) -> None:
        one, two = Generator(seed), Generator(seed)
        parts = [values(draw((n,), one)) for n in pieces]
        assert np.array_equal(np.concatenate(parts), values(draw((sum(pieces),), two)))
        assert one.get_state() == two.get_state()

    check()


@examples(40)
@given(seeds, st.lists(st.tuples(st.sampled_from(sorted(DRAWS)), counts), max_size=5))
def test_a_state_that_is_set_again_goes_on_from_there(seed: int, draws: list[tuple[str, int]]) -> None:
    g = Generator(seed)
    mg.rand(3, generator=g)
    state = g.get_state()
    first = [values(DRAWS[name]((n,), g)) for name, n in draws]
    other = Generator(seed + 1 if seed < 0 else seed - 1)
    other.set_state(state)
    for found, (name, n) in zip(first, draws, strict=True):
        assert np.array_equal(found, values(DRAWS[name]((n,), other)))


@examples(40)
@given(seeds, st.integers(0, 60))
def test_permutations_have_every_number_once(seed: int, n: int) -> None:
    found = mg.randperm(n, generator=Generator(seed)).tolist()
    assert sorted(found) == [*range(n)]
    assert found == mg.randperm(n, generator=Generator(seed)).tolist()


@examples(30)
@given(seeds, mgst.shapes(1, 3, 1), st.floats(0.1, 0.9))
def test_dropout_keeps_scaled_elements_and_its_gradient_has_the_same_mask(
    seed: int, shape: Any, p: float
) -> None:
    mg.manual_seed(seed)
    x = Tensor(np.arange(1.0, 1.0 + math.prod(shape)).reshape(shape), True)
    y = functional.dropout(x, p)
    kept = values(y) != 0
    np.testing.assert_allclose(values(y)[kept], values(x)[kept] / (1 - p), rtol=1e-12)
    y.sum().backward()
    np.testing.assert_allclose(values(x.grad), kept / (1 - p), rtol=1e-12)
    mg.manual_seed(seed)
    assert np.array_equal(values(functional.dropout(x, p)), values(y))


@examples(20)
@given(seeds, st.integers(-100, 100), st.integers(1, 50))
def test_integers_lie_in_their_range(seed: int, low: int, width: int) -> None:
    found = mg.randint(low, low + width, (300,), generator=Generator(seed)).tolist()
    assert min(found) >= low and max(found) < low + width
    assert width > 20 or {*found} == {*range(low, low + width)}
