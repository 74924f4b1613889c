"""What every test starts from, and leaves as it was."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from minigrad.dtypes import float32, set_default_dtype
from minigrad.mode import mode
from minigrad.random import manual_seed

# The same examples in every run, and no failure because a machine was busy.
settings.register_profile(
    "minigrad", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# `--hypothesis-profile=thorough`: other examples in every run, and ten times as many.
settings.register_profile("thorough", settings.get_profile("minigrad"), derandomize=False, max_examples=1000)
settings.load_profile("minigrad")


@pytest.fixture(autouse=True)
def state(request: pytest.FixtureRequest) -> Iterator[None]:
    """Seed 0 and the default dtype before each test; a test that leaves recording switched off has failed.

    A module's RNG begins anew, by the test's name: what a test draws does not depend on those before it.
    """
    manual_seed(0)
    if rng := getattr(request.module, "RNG", None):
        fresh = np.random.default_rng(zlib.crc32(request.node.name.encode()))
        rng.bit_generator.state = fresh.bit_generator.state
    yield
    record, mode.record = mode.record, True
    set_default_dtype(float32)
    assert record is True, "the test left its record mode behind"
