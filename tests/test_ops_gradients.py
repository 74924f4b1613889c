"""Every op of the table: derivatives of order 1, 2 and 3 against finite differences in float64."""

from __future__ import annotations

import numpy as np
import pytest
from op_check import SAMPLES, call, is_floating, tensors

import minigrad as mg
from minigrad.core import Tensor
from minigrad.testing import gradcheck

SMALL = 1500  # derivatives of inputs times outputs that are checked one by one

DIFFERENTIABLE = [
    pytest.param(case, sample, id=name)
    for case, sample, name in SAMPLES
    if (case.order if sample.order is None else sample.order) and any(map(is_floating, sample.args))
]


@pytest.mark.parametrize(("case", "sample"), DIFFERENTIABLE)
def test_derivatives(case: object, sample: object) -> None:
    args = tensors(sample, requires_grad=True)
    ys = [y for y in call(case, sample, args) if y.requires_grad]
    if not ys:
        pytest.skip("integers, promoted nowhere: no gradient flows")
    sizes = [a.data.size for a in args if isinstance(a, Tensor) and a.requires_grad]
    count = sum(sizes) * sum(y.data.size for y in ys)

    def differentiable(*inputs: object) -> tuple[object, ...]:
        return tuple(y for y in call(case, sample, list(inputs)) if mg.dtypes.is_float(y.dtype))

    top = case.order if sample.order is None else sample.order
    for order in range(1, top + 1):
        gradcheck(differentiable, args, order=order, fast_mode=order > 1 or count > SMALL)


@pytest.mark.parametrize(("case", "sample"), [p for p in DIFFERENTIABLE if p.values[0].op.op.composite])
def test_rule_and_composite_agree(case: object, sample: object) -> None:
    """In ordinary backward the rule is used, under create_graph the composite: the gradients are the same."""
    args = tensors(sample, requires_grad=True)
    leaves = [a for a in args if isinstance(a, Tensor) and a.requires_grad]
    ys = [y for y in call(case, sample, args) if y.requires_grad]
    rng = np.random.default_rng(0)
    gs = [mg.tensor(rng.normal(size=y.shape)) for y in ys]
    options = {"allow_unused": True, "retain_graph": True}
    rule, composite = (
        mg.autograd.grad(ys, leaves, gs, create_graph=create, **options) for create in (False, True)
    )
    for a, b, x in zip(rule, composite, leaves, strict=True):
        mine, other = (np.zeros(x.shape) if g is None else g.detach().numpy() for g in (a, b))
        np.testing.assert_allclose(mine, other, rtol=1e-8, atol=1e-9 * (1 + np.abs(other).max(initial=0.0)))
