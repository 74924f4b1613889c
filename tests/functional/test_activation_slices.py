"""Activations of several elements, with weights, or of chance: plain Python, derivatives, edge shapes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from op_samples.case import distinct, f

import minigrad as mg
from minigrad import functional as F
from minigrad.testing import gradcheck

FLOATS = ("float16", "bfloat16", "float32", "float64")


def sigmoid(v: float) -> float:
    return 1 / (1 + math.exp(-v))


SLICES = {
    "softmax": lambda row: [math.exp(v) / math.fsum(map(math.exp, row)) for v in row],
    "log_softmax": lambda row: [v - math.log(math.fsum(map(math.exp, row))) for v in row],
    "softmin": lambda row: [math.exp(-v) / math.fsum(math.exp(-w) for w in row) for v in row],
}


@pytest.mark.parametrize("name", SLICES)
def test_along_a_dim(name: str) -> None:
    x = f(2, 3, 4)
    for dim in (0, 1, 2, -1, -2):
        y = getattr(F, name)(mg.tensor(x), dim).numpy()
        np.testing.assert_allclose(y, np.apply_along_axis(SLICES[name], dim, x), rtol=1e-13)
    fn = getattr(F, name)
    assert fn(mg.tensor(3.0), 0).item() == {"softmax": 1.0, "log_softmax": 0.0, "softmin": 1.0}[name]
    assert fn(mg.zeros(0, 3), 1).shape == (0, 3) and fn(mg.zeros(3, 0), 1).shape == (3, 0)
    ints = mg.tensor([1, 2])
    np.testing.assert_allclose(fn(ints, 0, dtype=mg.float64).numpy(), SLICES[name]([1, 2]), rtol=1e-15)
    for far in (1e4, -1e4, 1e300):
        y = fn(mg.tensor([far, far], dtype=mg.float64), 0).tolist()
        assert y == pytest.approx([math.log(0.5)] * 2 if name == "log_softmax" else [0.5, 0.5], rel=1e-13)
    leaf = mg.tensor(x[0], requires_grad=True)
    for order in (1, 2):
        assert gradcheck(lambda x: fn(x, 1) * mg.tensor(x0), leaf, order=order)
    for dtype in FLOATS:
        assert fn(mg.tensor(x, dtype=dtype), 1).dtype == mg.dtypes.as_dtype(dtype)


x0 = f(3, 4, seed="weights")


def test_glu() -> None:
    x = f(4, 6)
    for dim, (a, b) in {
        -1: (x[:, :3], x[:, 3:]),
        1: (x[:, :3], x[:, 3:]),
        0: (x[:2], x[2:]),
        -2: (x[:2], x[2:]),
    }.items():
        want = [
            [p * sigmoid(q) for p, q in zip(r, s, strict=True)]
            for r, s in zip(a.tolist(), b.tolist(), strict=True)
        ]
        np.testing.assert_allclose(F.glu(mg.tensor(x), dim).numpy(), want, rtol=1e-14)
    leaf = mg.tensor(x, requires_grad=True)
    for order in (1, 2):
        assert gradcheck(F.glu, leaf, order=order)
    assert F.glu(mg.zeros(2, 0)).shape == (2, 0) and F.glu(mg.zeros(0, 2)).shape == (0, 1)
    far = F.glu(mg.tensor([5.0, 5.0, -1e3, 1e3])).tolist()
    assert far == [0.0, 5.0]
    for dtype in FLOATS:
        assert F.glu(mg.tensor(x, dtype=dtype)).dtype == mg.dtypes.as_dtype(dtype)


@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3), (2, 3, 4), (2, 3, 2, 2), (0, 3), (2, 0)])
def test_prelu(shape: tuple[int, ...]) -> None:
    x = distinct(*shape, seed="prelu")
    channels = shape[1] if len(shape) > 1 else 1
    for weight in (np.array(0.25), np.array([0.5]), distinct(channels, seed="weight")):
        per = np.broadcast_to(weight.ravel(), (channels,)) if channels else weight.ravel()
        want, slopes = x.copy(), np.zeros(channels)
        for i in np.ndindex(x.shape):
            c = i[1] if len(i) > 1 else 0
            if x[i] <= 0:
                want[i] = per[c] * x[i]
                slopes[c] += x[i]
        a, w = mg.tensor(x, requires_grad=True), mg.tensor(weight, requires_grad=True)
        y = F.prelu(a, w)
        y.sum().backward()
        np.testing.assert_allclose(y.detach().numpy(), want, rtol=1e-14)
        total = slopes if weight.size == channels and weight.ndim else slopes.sum()
        np.testing.assert_allclose(w.grad.numpy(), np.reshape(total, weight.shape), rtol=1e-13, atol=1e-15)
        if x.size:
            for order in (1, 2):
                assert gradcheck(F.prelu, (a, w), order=order)
            assert F.prelu(a.to(mg.float16), w.to(mg.float16)).dtype == mg.float16


def test_prelu_at_its_kink_and_at_infinity() -> None:
    x = mg.tensor([0.0, -0.0, math.inf, 3.0], requires_grad=True)
    w = mg.tensor([0.5], requires_grad=True)
    y = F.prelu(x, w)
    y.sum().backward()
    assert y.tolist() == [0.0, 0.0, math.inf, 3.0]
    assert x.grad.tolist() == [0.5, 0.5, 1.0, 1.0] and w.grad.tolist() == [0.0]
    assert math.isnan(F.prelu(mg.tensor(math.nan), w).item())


def test_rrelu_draws_a_slope_for_each_element() -> None:
    mg.manual_seed(5)
    n, lower, upper = 20000, 0.2, 0.7
    x = mg.full((n,), -2.0, dtype=mg.float64, requires_grad=True)
    y = F.rrelu(x, lower, upper, training=True)
    slopes = y.detach().numpy() / -2.0
    assert lower <= slopes.min() < lower + 0.01 and upper - 0.01 < slopes.max() <= upper
    spread = (upper - lower) / math.sqrt(12)
    assert abs(slopes.mean() - 0.45) < 5 * spread / math.sqrt(n)
    assert abs(slopes.var() / spread**2 - 1) < 5 * math.sqrt(0.8 / n)  # of the fourth moment of even numbers
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), slopes)
    mg.manual_seed(5)
    assert F.rrelu(x, lower, upper, True).tolist() == y.tolist()
    z = mg.tensor([-2.0, 3.0]) * mg.ones(2, requires_grad=True)
    assert F.rrelu_(z, lower, upper, True) is z and z.tolist()[1] == 3.0 and -1.4 <= z.tolist()[0] <= -0.4
    assert F.rrelu(mg.zeros(0), training=True).shape == (0,)
    for dtype in FLOATS:
        assert F.rrelu(mg.tensor([-1.0], dtype=dtype), training=True).dtype == mg.dtypes.as_dtype(dtype)


# ---- Gumbel's -------------------------------------------------------------------------------------------------------
def test_gumbel_softmax_draws_in_proportion() -> None:
    mg.manual_seed(7)
    n, weights = 20000, [0.2, 0.5, 0.3]
    logits = mg.tensor([[math.log(w) for w in weights]] * n, dtype=mg.float64)
    hard = F.gumbel_softmax(logits, 0.7, hard=True).numpy()
    assert set(hard.ravel().tolist()) == {0.0, 1.0} and (hard.sum(1) == 1).all()
    for share, w in zip(hard.mean(0), weights, strict=True):
        assert abs(share - w) < 5 * math.sqrt(w * (1 - w) / n)
    mg.manual_seed(7)
    soft = F.gumbel_softmax(logits, 0.7).numpy()
    np.testing.assert_allclose(soft.sum(1), 1.0, rtol=1e-14)
    assert (soft.argmax(1) == hard.argmax(1)).all() and soft.min() > 0.0 and soft.max() <= 1.0


@pytest.mark.parametrize("dim", [-1, 0, 1])
def test_the_gradient_of_hard_gumbel_softmax_is_that_of_the_soft_one(dim: int) -> None:
    x, tau, weight = f(3, 4), 1.5, f(3, 4, seed="weight")
    found = []
    for hard in (False, True):
        mg.manual_seed(3)
        leaf = mg.tensor(x, requires_grad=True)
        y = F.gumbel_softmax(leaf, tau, hard, dim=dim)
        (y * mg.tensor(weight)).sum().backward()
        found.append((y.detach().numpy(), leaf.grad.numpy()))
    (soft, g), (_, straight) = found
    np.testing.assert_array_equal(g, straight)
    inner = (soft * weight).sum(dim, keepdims=True)
    np.testing.assert_allclose(g, soft * (weight - inner) / tau, rtol=1e-12, atol=1e-15)


def test_gumbel_softmax_keeps_dtype_and_shape() -> None:
    for dtype in FLOATS:
        for hard in (False, True):
            y = F.gumbel_softmax(mg.zeros(2, 3, dtype=dtype), hard=hard)
            assert y.dtype == mg.dtypes.as_dtype(dtype) and y.shape == (2, 3)
    assert F.gumbel_softmax(mg.tensor(1.0), dim=0, hard=True).item() == 1.0
    assert F.gumbel_softmax(mg.zeros(0, 3), hard=True).shape == (0, 3)
    assert F.gumbel_softmax(mg.zeros(3, 0)).shape == (3, 0)
    far = F.gumbel_softmax(mg.tensor([1e30, -1e30]), 0.1)
    assert far.tolist() == [1.0, 0.0]
    leaf = mg.zeros(2, 3, dtype=mg.float64, requires_grad=True)

    def seeded(x: Any) -> Any:
        mg.manual_seed(0)
        return F.gumbel_softmax(x, 0.8)

    for order in (1, 2):
        assert gradcheck(seeded, leaf, order=order)
