"""Every row of the op table on the GPU: values and gradients as on the CPU, with equal bits in two thread orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cuda_check import computed, numbers
from op_check import SAMPLES, is_floating, tolerance
from op_samples.case import Case, Sample

import minigrad as mg

ROWS = pytest.mark.parametrize(
    ("case", "sample"),
    [pytest.param(*row[:2], id=row[2]) for row in SAMPLES if row[0].op.op.name != "transfer"],  # below
)


def same(found: list[Any], wanted: list[Any], rtol: float, atol: float) -> None:
    """On the GPU, of the CPU's shape and dtype, and with its values."""
    for u, v in zip(found, wanted, strict=True):
        if u is None or v is None:
            assert u is v
            continue
        assert u.device == "cuda:0" and (u.shape, u.dtype) == (v.shape, v.dtype)
        np.testing.assert_allclose(numbers(u), numbers(v), rtol=rtol, atol=atol)


@ROWS
def test_values_gradients_and_bits(case: Case, sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted_ys, wanted_gs = computed(case, sample, "cpu")
    bits = []
    for order in ("forward", "reverse"):
        monkeypatch.setenv("MINIGRAD_CUDASIM_ORDER", order)
        ys, gs = computed(case, sample, "cuda")
        same(ys, wanted_ys, 1e-12, 1e-12)
        same(gs, wanted_gs, 1e-10, 1e-11)
        bits.append([None if t is None else numbers(t).tobytes() for t in (*ys, *gs)])
    assert bits[0] == bits[1]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@ROWS
def test_lower_precision(case: Case, sample: Sample, dtype: str) -> None:
    if dtype not in case.dtypes or not any(map(is_floating, sample.args)):
        return
    wanted_ys, wanted_gs = computed(case, sample, "cpu", dtype)
    ys, gs = computed(case, sample, "cuda", dtype)
    off = max((tolerance(dtype, numbers(v), list(sample.args)) for v in wanted_ys if v.size), default=0.0)
    same(ys, wanted_ys, 8 * off, off)
    same(gs, wanted_gs, 8 * off, 8 * off)


def test_gradients_cross_between_devices() -> None:
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    y = (x.to("cuda") * mg.tensor([3.0, 4.0], device="cuda")).cpu()
    assert y.device == "cpu" and y.tolist() == [3.0, 8.0]
    y.sum().backward()
    assert x.grad.device == "cpu" and x.grad.tolist() == [3.0, 4.0]
    assert x.to("cuda").to("cuda:0").device == "cuda:0" and x.to("cpu") is x
    with pytest.raises(
        mg.errors.DeviceError, match="mul: its inputs are on two devices; move one with .to()"
    ):
        x * mg.ones(2, device="cuda")
