"""How a sample of the op table is run: shared by the tests that the table drives."""

from __future__ import annotations

from typing import Any

import numpy as np
from op_samples import TABLE
from op_samples.case import Case, Sample

from minigrad.core import Tensor
from minigrad.dtypes import as_dtype
from minigrad.tensor import tensor

SAMPLES = [
    (case, sample, f"{name}-{k}{'-' if sample.name else ''}{sample.name}".replace(" ", "_"))
    for name, case in sorted(TABLE.items())
    for k, sample in enumerate(case.samples)
]


def is_floating(a: Any) -> bool:
    """Whether a sample's argument stands for a floating tensor."""
    return isinstance(a, np.ndarray) and a.dtype == np.float64


def tensors(sample: Sample, dtype: Any = None, requires_grad: bool = False, layout: Any = None) -> list[Any]:
    """The sample's arguments, its arrays as tensors: in another dtype, or another layout in memory."""
    made = []
    for a in sample.args:
        if isinstance(a, np.ndarray):
            floating = is_floating(a)
            t = tensor(a, dtype=dtype if floating else None)
            if layout is not None:
                t = Tensor(layout(t.data))
            t.requires_grad = requires_grad and floating
            made.append(t)
        else:
            made.append(a)
    return made


def outputs(y: Any) -> list[Any]:
    """One output or several as a list."""
    return list(y) if isinstance(y, tuple) else [y]


def call(case: Case, sample: Sample, args: list[Any]) -> list[Any]:
    """The outputs of the op."""
    return outputs(case.op(*args, **sample.kwargs))


def expected(case: Case, sample: Sample) -> list[Any]:
    """The outputs of the reference."""
    return [np.asarray(y) for y in outputs(case.reference(*sample.args, **sample.kwargs))]


def permuted(x: Any) -> Any:
    """The same values in Fortran order, with gaps between them."""
    wide = np.empty([2 * n for n in x.shape], x.dtype, order="F")
    view = wide[tuple(slice(None, None, 2) for _ in x.shape)] if x.ndim else x.copy()
    view[...] = x
    return view


def reversed_in_memory(x: Any) -> Any:
    """The same values, the last first in memory."""
    if not x.ndim:
        return x.copy()
    return np.ascontiguousarray(x[tuple(slice(None, None, -1) for _ in x.shape)])[
        tuple(slice(None, None, -1) for _ in x.shape)
    ]


def tolerance(dtype: Any, reference: Any, args: list[Any]) -> float:
    """Absolute error allowed in a low precision: 32 roundings of the largest value that plays a part."""
    name = as_dtype(dtype).name
    eps = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23}[name]
    arrays = [
        np.abs(a).max()
        for a in (*args, reference)
        if isinstance(a, np.ndarray) and a.size and a.dtype != bool
    ]
    finite = [float(v) for v in arrays if np.isfinite(v)]
    return 32 * eps * max([1.0, *finite])
