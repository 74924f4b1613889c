"""What every test starts from, and leaves as it was."""

from __future__ import annotations

from collections.abc import Iterator

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
def state() -> Iterator[None]:
    """Seed 0 and the default dtype before each test; a test that leaves recording switched off has failed."""
    manual_seed(0)
    yield
    record, mode.record = mode.record, True
    set_default_dtype(float32)
    assert record is True, "the test left its record mode behind"
