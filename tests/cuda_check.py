"""How a row of the op table is run on the GPU: shared by the tests of the backend."""

from __future__ import annotations

from typing import Any

import numpy as np
from op_check import call, tensors
from op_samples.case import Case, Sample

import minigrad as mg
from minigrad import Tensor
from minigrad.dtypes import is_float


def there(x: Any) -> Any:
    """An argument on the GPU."""
    if not isinstance(x, Tensor):
        return x
    return x.detach().to("cuda").requires_grad_(x.requires_grad)


def gradients(ys: list[Any], leaves: list[Tensor]) -> list[Any]:
    """Of a sum in which every element of the outputs has another weight."""
    rng, total = np.random.default_rng(1), None
    for y in ys:
        if y.requires_grad:
            w = mg.tensor(rng.uniform(0.5, 1.5, y.shape)).to(y.device, y.dtype)
            total = (w * y).sum() if total is None else total + (w * y).sum()
    return [] if total is None else list(mg.autograd.grad(total, leaves, allow_unused=True))


def computed(case: Case, sample: Sample, device: str, dtype: Any = None) -> tuple[list[Any], list[Any]]:
    """Values and gradients of a row."""
    args = tensors(sample, dtype, requires_grad=case.order > 0)
    args = [*map(there, args)] if device == "cuda" else args
    ys = call(case, sample, args)
    leaves = [a for a in args if isinstance(a, Tensor) and a.requires_grad]
    return ys, gradients(ys, leaves) if leaves else []


def numbers(x: Tensor) -> np.ndarray:
    """The values on the CPU, bfloat16 as float64."""
    a = x.detach().cpu().numpy()
    return a.astype(np.float64) if is_float(a.dtype) else a
