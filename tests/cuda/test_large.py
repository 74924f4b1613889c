"""The corners of kernels that small samples do not reach: as on the CPU, with equal bits in two thread orders."""

from __future__ import annotations

import numpy as np
import pytest
from cuda_check import numbers
from cuda_large import LARGE, maker


@pytest.mark.parametrize(
    ("file", "name"), [(file, name) for file, runs in LARGE.items() for name in runs if file != "reduce.cuh"]
)
def test_large(file: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    far = 2e-3 if file == "conv_mma.cu" else 1e-10  # halves, tf32
    run = LARGE[file][name]
    wanted, bits = [*map(numbers, run(maker("cpu")))], []
    for order in ("forward", "reverse"):
        monkeypatch.setenv("MINIGRAD_CUDASIM_ORDER", order)
        found = [*map(numbers, run(maker("cuda")))]
        for u, v in zip(found, wanted, strict=True):
            np.testing.assert_allclose(u, v, rtol=far, atol=far * max(0.1, float(abs(v).max())))
        bits.append([u.tobytes() for u in found])
    assert bits[0] == bits[1]
