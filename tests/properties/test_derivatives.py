"""Every op of the table with a derivative, at random values: adjoints, finite differences, and two orders of gradients.

Values are drawn around those of a sample, since these lie where the op is defined and smooth, or at a kink on purpose.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from op_check import TABLE, call, is_floating, tensors
from op_samples.case import Case, Sample
from property_tools import Array, dot, examples, normal, numbers, values

import minigrad as mg
from minigrad.core import Tensor
from minigrad.dtypes import is_float
from minigrad.func import jvp
from minigrad.testing import gradcheck

KINKED = {  # where values that come near each other, or near a step, come near a kink
    *(
        "abs",
        "amax",
        "amin",
        "cdist",
        "ceil",
        "clamp",
        "copysign",
        "cummax",
        "cummin",
        "elu",
        "floor",
        "floor_divide",
    ),
    *(
        "fmax",
        "fmin",
        "fmod",
        "frac",
        "heaviside",
        "huber_loss",
        "hardtanh",
        "l1_loss",
        "leaky_relu",
        "logit",
        "max",
    ),
    *("max_pool", "adaptive_max_pool", "fractional_max_pool", "maximum", "median", "min", "minimum", "relu"),
    *("remainder", "round", "scatter_extreme", "sign", "trunc", "trunc_divide", "vector_norm"),
}
SMALL = 200  # derivatives of inputs times outputs that are checked one by one


def differentiable(case: Case) -> list[Sample]:
    """The samples of an op through which a gradient flows."""
    found = []
    for s in case.samples:
        order = case.order if s.order is None else s.order
        if order and any(map(is_floating, s.args)):
            ys = call(case, s, tensors(s, requires_grad=True))
            if any(y.requires_grad for y in ys):
                found.append(s)
    return found


SAMPLES = {name: found for name, case in sorted(TABLE.items()) if (found := differentiable(case))}
each_op = pytest.mark.parametrize("name", SAMPLES)


def test_every_op_is_here_but_those_without_a_derivative() -> None:
    assert set(TABLE) - set(SAMPLES) == {name for name, case in TABLE.items() if case.order == 0}


@st.composite
def samples(draw: st.DrawFn, name: str) -> Sample:
    """A sample of the op, with other values near its own; zeros stay what they are.

    At an op with kinks all values are scaled alike, so that what ties still ties and what does not is still apart.
    """
    sample, rng = draw(st.sampled_from(SAMPLES[name])), draw(numbers)
    width = draw(st.sampled_from([0.0, 0.01, 0.03]))
    common = 1.0 + width * rng.uniform(-1.0, 0.0)

    def moved(a: Array) -> Array:
        return np.asarray(a * (common if name in KINKED else 1.0 + width * rng.uniform(-1.0, 1.0, a.shape)))

    args = (moved(a) if is_floating(a) else a for a in sample.args)
    return Sample(tuple(args), sample.kwargs, sample.name, sample.order)


def of_arrays(case: Case, sample: Sample) -> tuple[Callable[..., list[Tensor]], list[Array]]:
    """The op as a function of its floating arrays alone, and these."""
    at = [k for k, a in enumerate(sample.args) if is_floating(a)]

    def run(*xs: Tensor) -> list[Tensor]:
        args = tensors(sample)
        for k, x in zip(at, xs, strict=True):
            args[k] = x
        return [y for y in call(case, sample, args) if is_float(y.dtype)]

    return run, [sample.args[k] for k in at]


# ---- three ways to a product with the Jacobian ----------------------------------------------------------------------
def slopes(f: Callable[[float], Array], h: float = 1e-4) -> tuple[Array, Array, Array]:
    """The least and largest slope at 0 that can be right: where the function has a kink they lie apart."""
    zero, p, m, p2, m2 = f(0.0), f(h), f(-h), f(h / 2), f(-h / 2)
    central = (4.0 * (p2 - m2) / h - (p - m) / (2.0 * h)) / 3.0
    # The one-sided slopes are right to second order in h; a kink shows in their difference at both steps alike.
    right, left = (4.0 * p2 - p - 3.0 * zero) / h, (m - 4.0 * m2 + 3.0 * zero) / h
    scale = np.maximum.reduce([np.abs(v) for v in (zero, p, m)]) if zero.size else zero
    noise = 1e-13 * scale / h + 1e-6 * np.maximum(1.0, np.abs(central))
    kink = np.abs(right - left) > 10 * noise
    low, high = np.minimum(left, right), np.maximum(left, right)
    return np.where(kink, low, central), np.where(kink, high, central), noise


@each_op
def test_forward_and_reverse_products_are_adjoint_and_agree_with_differences(name: str) -> None:
    @examples(8)
    @given(samples(name), numbers)
    def check(sample: Sample, rng: Any) -> None:
        run, xs = of_arrays(TABLE[name], sample)
        vs = [normal(rng, x.shape) for x in xs]
        ys, pushed = jvp(lambda *ts: run(*ts), [Tensor(x) for x in xs], [Tensor(v) for v in vs])
        leaves = [Tensor(x.copy(), True) for x in xs]
        outs = run(*leaves)
        ws = [normal(rng, y.shape) for y in outs]
        live = [(y, Tensor(w)) for y, w in zip(outs, ws, strict=True) if y.requires_grad]
        found = mg.autograd.grad([y for y, _ in live], leaves, [w for _, w in live], allow_unused=True)
        back = math.fsum(dot(values(g), v) for g, v in zip(found, vs, strict=True) if g is not None)
        forth = math.fsum(dot(values(t), w) for t, w in zip(pushed, ws, strict=True))
        size = math.fsum(dot(np.abs(values(t)), np.abs(w)) for t, w in zip(pushed, ws, strict=True))
        assert back == pytest.approx(forth, rel=1e-9, abs=1e-9 * (1.0 + size))
        for k, (y, t) in enumerate(zip(ys, pushed, strict=True)):
            assert np.array_equal(values(y), values(outs[k]))

            def along(e: float, k: int = k) -> Array:
                return values(run(*(Tensor(x + e * v) for x, v in zip(xs, vs, strict=True)))[k])

            low, high, noise = slopes(along)
            assert (values(t) >= low - noise).all() and (values(t) <= high + noise).all()

    check()


@each_op
def test_gradients_of_two_orders_agree_with_differences(name: str) -> None:
    @examples(3)
    @given(samples(name))
    def check(sample: Sample) -> None:
        run, xs = of_arrays(TABLE[name], sample)
        leaves = [Tensor(x.copy(), True) for x in xs]
        top = TABLE[name].order if sample.order is None else sample.order
        many = sum(x.size for x in xs) * sum(y.numel() for y in run(*leaves)) > SMALL
        atol = 1e-9 * max([1.0, *(np.abs(x).max(initial=0.0) for x in xs)])  # far from 0 all is rounded more
        for order in range(1, min(top, 2) + 1):
            fast = order > 1 or many
            gradcheck(lambda *ts: tuple(run(*ts)), leaves, order=order, fast_mode=fast, atol=atol)

    check()
