"""Every op of the table: values, dtypes, memory layouts, and what it refuses."""

from __future__ import annotations

import inspect
import re
import warnings

import numpy as np
import pytest
from op_check import (
    SAMPLES,
    TABLE,
    call,
    expected,
    is_floating,
    permuted,
    reversed_in_memory,
    tensors,
    tolerance,
)

import minigrad as mg
from minigrad.core import Tensor
from minigrad.dtypes import as_dtype, is_float
from minigrad.errors import MinigradError
from minigrad.ops import registry

each_sample = pytest.mark.parametrize(("case", "sample"), [pytest.param(c, s, id=i) for c, s, i in SAMPLES])
each_floating = pytest.mark.parametrize(
    ("case", "sample"), [pytest.param(c, s, id=i) for c, s, i in SAMPLES if any(map(is_floating, s.args))]
)
VIEWS = {  # ops whose result may share memory with an input
    *("alias", "sum_to", "expand", "mT", "getitem", "reshape", "permute", "transpose", "movedim", "squeeze"),
    *("unsqueeze", "flatten", "unflatten", "split", "unbind", "flip", "cast"),
    *("diagonal", "unfold", "as_strided"),
}


# ---- the table is complete ------------------------------------------------------------------------------------------
def test_every_op_has_a_case() -> None:
    assert set(registry()) == set(TABLE)


def unsampled(case: object) -> list[str]:
    """The parameters, and optional inputs, of a case's op that no sample gives another value than the default."""
    op = case.op.op  # type: ignore[attr-defined]
    missing = []
    for name, p in op.signature.parameters.items():
        position = list(op.signature.parameters).index(name)
        if p.default is inspect.Parameter.empty or p.kind is p.VAR_POSITIONAL:
            continue
        values = [
            s.args[position] if position < len(s.args) else s.kwargs.get(name, p.default)
            for s in case.samples  # type: ignore[attr-defined]
        ]
        if all(v is p.default or (not isinstance(v, np.ndarray) and v == p.default) for v in values):
            missing.append(name)
    return missing


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_argument_has_a_sample(name: str) -> None:
    assert unsampled(TABLE[name]) == []


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_op_has_misuses_and_the_edge_shapes(name: str) -> None:
    case = TABLE[name]
    arrays = [a for s in case.samples for a in s.args if isinstance(a, np.ndarray)]
    assert len(case.misuses) >= 3
    assert case.no_empty or any(a.size == 0 for a in arrays)
    assert case.no_scalar or any(a.ndim == 0 for a in arrays)


# ---- values ---------------------------------------------------------------------------------------------------------
@each_sample
def test_forward(case: object, sample: object) -> None:
    args = tensors(sample)
    before = [a.data.tobytes() if isinstance(a, Tensor) else None for a in args]
    wanted = expected(case, sample)
    finite = all(np.isfinite(r).all() for r in wanted)
    with warnings.catch_warnings():  # NumPy's warning of an infinity or NaN is welcome where there is one
        warnings.simplefilter("error" if finite and not sample.reason else "ignore")
        ys = call(case, sample, args)
    assert [y.shape for y in ys] == [r.shape for r in wanted]
    for y, r in zip(ys, wanted, strict=True):
        assert not any(map(is_floating, sample.args)) or is_float(y.dtype) == (r.dtype == np.float64)
        np.testing.assert_allclose(y.numpy(), r, rtol=case.tolerance, atol=case.tolerance)
    assert before == [a.data.tobytes() if isinstance(a, Tensor) else None for a in args]
    if case.op.op.name not in VIEWS:
        given = [a.data for a in args if isinstance(a, Tensor)]
        assert not any(np.may_share_memory(y.data, a) for y in ys for a in given)


@each_sample
@pytest.mark.parametrize("layout", [permuted, reversed_in_memory])
def test_memory_layout_makes_no_difference(case: object, sample: object, layout: object) -> None:
    plain = call(case, sample, tensors(sample, requires_grad=case.order > 0))
    other = call(case, sample, tensors(sample, requires_grad=case.order > 0, layout=layout))
    for y, z in zip(plain, other, strict=True):
        np.testing.assert_allclose(z.detach().numpy(), y.detach().numpy(), rtol=1e-11, atol=1e-11)


@each_floating
def test_dtypes(case: object, sample: object) -> None:
    """Forward and gradients stay in the dtype of the inputs, and near the reference."""
    for name in case.dtypes:
        dtype = mg.dtypes.bfloat16() if name == "bfloat16" else as_dtype(name)
        args = tensors(sample, dtype=dtype, requires_grad=case.order > 0)
        with np.errstate(over="ignore"):
            ys = call(case, sample, args)
        for y, r in zip(ys, expected(case, sample), strict=True):
            if r.dtype != np.float64:
                continue
            assert y.dtype == sample.kwargs.get("dtype", dtype), (name, y.dtype)
            if name != "float64" and not case.wide:
                atol = tolerance(dtype, r, list(sample.args))
                got = y.detach().numpy().astype(np.float64)
                np.testing.assert_allclose(got, r, rtol=0, atol=atol, err_msg=name)
        live = [y for y in ys if y.requires_grad]
        leaves = [a for a in args if isinstance(a, Tensor) and a.requires_grad]
        if live and leaves:
            gs = mg.autograd.grad(live, leaves, [mg.ones_like(y) for y in live], allow_unused=True)
            assert all(
                g is None or (g.dtype, g.shape) == (x.dtype, x.shape) for g, x in zip(gs, leaves, strict=True)
            )


# ---- what is refused ------------------------------------------------------------------------------------------------
MISUSES = [(name, case, k) for name, case in sorted(TABLE.items()) for k in range(len(case.misuses))]


@pytest.mark.parametrize(("name", "case", "k"), [pytest.param(*m, id=f"{m[0]}-{m[2]}") for m in MISUSES])
def test_misuse(name: str, case: object, k: int) -> None:
    misuse = case.misuses[k]
    known = "biuf"
    args = [
        Tensor(a.copy())
        if isinstance(a, np.ndarray) and a.dtype.kind in known and a.dtype.itemsize < 16
        else a
        for a in misuse.args
    ]
    with pytest.raises(misuse.error) as caught:
        case.op(*args, **misuse.kwargs)
    assert isinstance(caught.value, MinigradError), "a bare error of NumPy or Python"
    assert re.search(misuse.match, str(caught.value)), str(caught.value)
    assert re.match(r"\w+: ", str(caught.value)), "no op is named"
    for a, original in zip(args, misuse.args, strict=True):
        if isinstance(a, Tensor):
            assert a.data.tobytes() == original.tobytes()
