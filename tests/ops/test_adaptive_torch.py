"""Adaptive and fractional pooling beside PyTorch's, ties, NaN and infinities included."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from op_samples.case import distinct, f
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F

TF = torch.nn.functional


def some(seed: int, dims: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Extents and numbers of windows at random; a third of them divide."""
    rng = np.random.default_rng([seed, dims])
    size = rng.integers(1, 10, dims)
    wanted = rng.integers(1, 8, dims)
    if seed % 3 == 0:
        size = wanted * rng.integers(1, 4, dims)
    lead = (2, 3) if seed % 4 else (3,)
    return (*lead, *map(int, size)), tuple(map(int, wanted))


def both(name: str, *given: Any, **params: Any) -> tuple[Any, Any]:
    mine, theirs = (getattr(lib, name) for lib in (F, TF))
    return (lambda x: mine(x, *given, **params)), (lambda x: theirs(x, *given, **params))


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("seed", range(30))
def test_adaptive_avg_pool(seed: int, dims: int) -> None:
    shape, wanted = some(seed, dims)
    agree(*both(f"adaptive_avg_pool{dims}d", wanted), f(*shape))


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("seed", range(30))
def test_adaptive_max_pool(seed: int, dims: int) -> None:
    shape, wanted = some(seed, dims)
    agree(*both(f"adaptive_max_pool{dims}d", wanted), distinct(*shape))
    mine, theirs = both(f"adaptive_max_pool{dims}d", wanted, return_indices=True)
    x = distinct(*shape)
    for a, b in zip(mine(mg.tensor(x)), theirs(torch.tensor(x)), strict=True):
        close(a, b, 0.0)


@pytest.mark.parametrize(
    ("dims", "shape", "wanted"),
    [
        (1, (2, 3, 7), 4),
        (1, (2, 3, 7), [4]),
        (2, (2, 3, 5, 6), 4),
        (2, (2, 3, 5, 6), (None, 4)),
        (2, (3, 5, 6), [2, None]),
        (2, (2, 4, 3, 5), (None, None)),
        (3, (1, 2, 4, 5, 6), (2, None, 7)),
        (3, (2, 4, 5, 6), 3),
        (2, (0, 2, 5, 4), (3, 2)),
    ],
)
@pytest.mark.parametrize("kind", ["avg", "max"])
def test_forms_of_output_size(kind: str, dims: int, shape: tuple[int, ...], wanted: Any) -> None:
    agree(*both(f"adaptive_{kind}_pool{dims}d", wanted), distinct(*shape))


@pytest.mark.parametrize("kind", ["avg", "max"])
def test_no_windows(kind: str) -> None:
    for dims, wanted in ((1, 0), (2, (0, 2)), (3, (3, 2, 0))):
        mine, theirs = both(f"adaptive_{kind}_pool{dims}d", wanted)
        x = mg.tensor(f(2, 3, *(4, 5, 6)[:dims]), requires_grad=True)
        y = mine(x)
        close(y, theirs(torch.tensor(x.detach().numpy())), 0.0)
        y.sum().backward()
        assert not x.grad.numpy().any()


SPECIAL = {
    "ties": np.round,
    "all equal": np.ones_like,
    "NaN here and there": lambda x: np.where(x > 1.0, np.nan, x),
    "NaN throughout": lambda x: np.full_like(x, np.nan),
    "both infinities": lambda x: np.sign(np.round(x)) * np.inf,
    "NaN and infinity": lambda x: np.where(x > 1.0, np.nan, np.where(x > 0, np.inf, -np.inf)),
}


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("name", SPECIAL)
@pytest.mark.filterwarnings("ignore:invalid value encountered in multiply:RuntimeWarning")
def test_which_element_is_the_largest(name: str, dims: int) -> None:
    rng = np.random.default_rng(0)
    for seed in range(6):
        shape, wanted = some(seed, dims)
        x = SPECIAL[name](f(*shape))
        for dtype in ("float64", "float32"):
            runs = [both(f"adaptive_max_pool{dims}d", wanted, return_indices=True)]
            if dims > 1:
                kernel, size = (2,) * dims, tuple(n // 2 for n in shape[-dims:])
                if min(shape[-dims:]) < 3:
                    continue
                samples = rng.random((*(shape[:2] if len(shape) == dims + 2 else (1, 3)), dims)).astype(dtype)
                runs.append(
                    tuple(
                        partial(drawn, dims, lib, tensor(samples), kernel, size) for lib, tensor in LIBRARIES
                    )
                )
            for mine, theirs in runs:
                for a, b in zip(
                    mine(mg.tensor(x.astype(dtype))), theirs(torch.tensor(x.astype(dtype))), strict=True
                ):
                    close(a, b, 0.0)


LIBRARIES = ((F, mg.tensor), (TF, torch.tensor))


def drawn(dims: int, lib: Any, samples: Any, kernel: Any, size: Any, x: Any) -> Any:
    pool = getattr(lib, f"fractional_max_pool{dims}d")
    return pool(x, kernel, size, return_indices=True, _random_samples=samples)


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("seed", range(30))
def test_fractional_max_pool(seed: int, dims: int) -> None:
    rng = np.random.default_rng([seed, dims])
    kernel, wanted = rng.integers(1, 4, dims), rng.integers(1, 5, dims)
    spare = rng.integers(dims - 2, 5, dims)  # in 3 dims PyTorch wants one element more than the windows need
    shape = (2, 3, *map(int, wanted + kernel - 1 + spare))
    given = (tuple(map(int, kernel)), tuple(map(int, wanted)))
    samples = rng.random((2, 3, dims))
    pools = (partial(drawn, dims, lib, tensor(samples), *given) for lib, tensor in LIBRARIES)
    agree(*pools, distinct(*shape))


def test_an_output_ratio_is_a_part_of_the_extents() -> None:
    x, samples = distinct(2, 3, 9, 7, 5), np.random.default_rng(0).random((2, 3, 3))
    for ratio in ((0.5, 0.4, 0.7), 0.5):
        pools = (
            partial(
                lib.fractional_max_pool3d, kernel_size=2, output_ratio=ratio, _random_samples=tensor(samples)
            )
            for lib, tensor in LIBRARIES
        )
        agree(*pools, x)
