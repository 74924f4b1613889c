"""Gradients where domains end, at kinks, ties, zeros and beside NaN: the values the table of ops speaks of.

Each row is a call, its inputs, the gradient of the sum of what it returns, and the gradient of the sum of that: numbers
worked out by hand from the function's limits, not taken from the code. PyTorch has NaN in many of these.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor
from minigrad import functional as F

inf, nan = math.inf, math.nan
ANY = "any"  # a derivative that is left open: the corner itself has none of this order

Row = tuple[Callable[..., Tensor], list[Any], list[Any], list[Any]]


def chosen(taken: Callable[[Tensor], Tensor], fn: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """fn(x) where `taken`, else 0."""
    return lambda x: mg.where(taken(x), fn(x), 0.0)


def above(v: float) -> Callable[[Tensor], Tensor]:
    return lambda x: x > v


def times(*factors: float) -> Tensor:
    return mg.tensor(factors, dtype=mg.float64)


WHERE: dict[str, Row] = {  # a branch that is not taken, with a slope or value that is not finite
    "sqrt": (chosen(above(0), mg.sqrt), [[0.0, 4.0]], [[0.0, 1 / 4]], [[0.0, -1 / 32]]),
    "rsqrt": (chosen(above(0), mg.rsqrt), [[0.0, 4.0]], [[0.0, -1 / 16]], [[0.0, 3 / 128]]),
    "log": (chosen(above(0), mg.log), [[0.0, 4.0]], [[0.0, 1 / 4]], [[0.0, -1 / 16]]),
    "log2": (chosen(above(0), mg.log2), [[0.0, 1.0]], [[0.0, 1 / math.log(2)]], [[0.0, -1 / math.log(2)]]),
    "log of negative": (chosen(above(0), mg.log), [[-1.0, 4.0]], [[0.0, 1 / 4]], [[0.0, -1 / 16]]),
    "log1p": (chosen(above(-1), mg.log1p), [[-1.0, 1.0]], [[0.0, 1 / 2]], [[0.0, -1 / 4]]),
    "1 / x": (chosen(above(0), lambda x: 1 / x), [[0.0, 4.0]], [[0.0, -1 / 16]], [[0.0, 1 / 32]]),
    "reciprocal": (chosen(above(0), mg.reciprocal), [[0.0, 4.0]], [[0.0, -1 / 16]], [[0.0, 1 / 32]]),
    "sum / count": (
        lambda x, n: mg.where(n > 0, x / n, 0.0),
        [[1.0, 2.0], [0.0, 4.0]],
        [[0.0, 1 / 4], [0.0, -1 / 8]],
        [[0.0, -1 / 16], [0.0, -1 / 16 + 1 / 16]],
    ),
    "addcdiv": (
        lambda x, n: mg.where(n > 0, mg.addcdiv(x, x, n), 0.0),
        [[1.0, 2.0], [0.0, 4.0]],
        [[0.0, 5 / 4], [0.0, -1 / 8]],
        [[0.0, -1 / 16], [0.0, 0.0]],
    ),
    "x ** 0.5": (chosen(above(0), lambda x: x**0.5), [[0.0, 4.0]], [[0.0, 1 / 4]], [[0.0, -1 / 32]]),
    "x ** -1.0": (chosen(above(0), lambda x: x**-1.0), [[0.0, 4.0]], [[0.0, -1 / 16]], [[0.0, 1 / 32]]),
    "x ** p": (
        lambda x, p: mg.where(x > 0, x**p, 0.0),
        [[0.0, 1.0], [-1.0, 2.0]],
        [[0.0, 2.0], [0.0, 0.0]],
        [[0.0, 3.0], [0.0, 1.0]],
    ),
    "exp": (chosen(lambda x: x < 700, mg.exp), [[1e3, 0.0]], [[0.0, 1.0]], [[0.0, 1.0]]),
    "exp2": (
        chosen(lambda x: x < 700, mg.exp2),
        [[1e5, 0.0]],
        [[0.0, math.log(2)]],
        [[0.0, math.log(2) ** 2]],
    ),
    "expm1": (chosen(lambda x: x < 700, mg.expm1), [[1e3, 0.0]], [[0.0, 1.0]], [[0.0, 1.0]]),
    "sinh": (chosen(lambda x: x < 700, mg.sinh), [[1e3, 0.0]], [[0.0, 1.0]], [[0.0, 0.0]]),
    "cosh": (chosen(lambda x: x < 700, mg.cosh), [[1e3, 0.0]], [[0.0, 0.0]], [[0.0, 1.0]]),
    "asin": (chosen(lambda x: x < 1, mg.asin), [[1.0, 0.0]], [[0.0, 1.0]], [[0.0, 0.0]]),
    "acos": (chosen(lambda x: x < 1, mg.acos), [[1.0, 0.0]], [[0.0, -1.0]], [[0.0, 0.0]]),
    "atanh": (chosen(lambda x: x < 1, mg.atanh), [[1.0, 0.0]], [[0.0, 1.0]], [[0.0, 0.0]]),
    "acosh": (chosen(above(1), mg.acosh), [[1.0, math.sqrt(2)]], [[0.0, 1.0]], [[0.0, -math.sqrt(2)]]),
    "norm": (chosen(lambda x: mg.norm(x) > 0, mg.norm), [[0.0, 0.0]], [[0.0, 0.0]], [[0.0, 0.0]]),
}

POWERS: dict[str, Row] = {
    "0 ** 0": (lambda x, p: x**p, [[0.0], [0.0]], [[0.0], [0.0]], [ANY, ANY]),
    "0 ** 2": (lambda x, p: x**p, [[0.0], [2.0]], [[0.0], [0.0]], [[2.0], [0.0]]),
    "0 ** 1": (lambda x, p: x**p, [[0.0], [1.0]], [[1.0], [0.0]], [ANY, ANY]),
    "x ** 0": (lambda x: x**0, [[0.0, -3.0]], [[0.0, 0.0]], [None]),
    "x ** 1": (lambda x: x**1.0, [[0.0, -3.0]], [[1.0, 1.0]], [None]),
    "x ** 2": (lambda x: x**2, [[0.0, -3.0]], [[0.0, -6.0]], [[2.0, 2.0]]),
    "x ** 3": (lambda x: x**3.0, [[0.0, -3.0]], [[0.0, 27.0]], [[0.0, -18.0]]),
    "2 ** x": (lambda x: 2.0**x, [[0.0]], [[math.log(2)]], [[math.log(2) ** 2]]),
    "0 ** x": (lambda x: 0.0**x, [[3.0]], [[0.0]], [[0.0]]),
    "xlogy": (mg.xlogy, [[0.0, 0.0], [0.0, 3.0]], [[0.0, math.log(3)], [0.0, 0.0]], [ANY, ANY]),
    "atan2": (mg.atan2, [[0.0, 0.0], [0.0, -1.0]], [[0.0, -1.0], [0.0, 0.0]], [ANY, ANY]),
    "hypot": (mg.hypot, [[0.0, 3.0], [0.0, 4.0]], [[0.0, 0.6], [0.0, 0.8]], [ANY, ANY]),
    "sinc": (mg.sinc, [[0.0, 1.0]], [[0.0, -1.0]], [[-(math.pi**2) / 3, 2.0]]),
    "abs": (mg.abs, [[0.0, -0.0, -1.0]], [[0.0, 0.0, -1.0]], [ANY]),
    "fmod": (mg.fmod, [[4.0, -5.0], [2.0, 3.0]], [[1.0, 1.0], [-2.0, 1.0]], [None, None]),
    "remainder": (mg.remainder, [[4.0, -5.0], [2.0, 3.0]], [[1.0, 1.0], [-2.0, 2.0]], [None, None]),
}

ZEROS: dict[str, Row] = {  # products, norms and distances of zeros
    "prod of one": (mg.prod, [[0.0, 2.0, 3.0]], [[6.0, 0.0, 0.0]], [[5.0, 3.0, 2.0]]),
    "prod of two": (mg.prod, [[0.0, 0.0, 3.0]], [[0.0, 0.0, 0.0]], [[3.0, 3.0, 0.0]]),
    "prod of three": (mg.prod, [[0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0]]),
    "cumprod": (
        lambda x: mg.cumprod(x, 0),
        [[2.0, 0.0, 3.0]],
        [[1.0 + 0.0 + 0.0, 2.0 + 6.0, 0.0]],
        [[1.0 + 3.0, 1.0 + 3.0 + 2.0, 2.0 + 0.0]],
    ),
    "norm 2": (lambda x: mg.norm(x, 2), [[0.0, 0.0]], [[0.0, 0.0]], [ANY]),
    "norm 1": (lambda x: mg.norm(x, 1), [[0.0, 2.0]], [[0.0, 1.0]], [ANY]),
    "norm 0": (lambda x: mg.norm(x, 0), [[0.0, 2.0]], [[0.0, 0.0]], [ANY]),
    "norm 0.5": (lambda x: mg.norm(x, 0.5), [[0.0, 2.0]], [[0.0, 1.0]], [[0.0, 0.0]]),
    "norm 1.5": (lambda x: mg.norm(x, 1.5), [[0.0, 0.0]], [[0.0, 0.0]], [ANY]),
    "norm 3": (lambda x: mg.norm(x, 3), [[0.0, 1.0]], [[0.0, 1.0]], [[0.0, 0.0]]),
    "norm inf": (lambda x: mg.norm(x, inf), [[2.0, -2.0, 1.0]], [[0.5, -0.5, 0.0]], [ANY]),
    "norm fro": (mg.linalg.matrix_norm, [[[0.0, 0.0]]], [[[0.0, 0.0]]], [ANY]),
    "renorm": (
        lambda x: mg.renorm(x, 2, 0, 1.0),
        [[[0.0, 0.0], [0.3, 0.4]]],
        [[[1.0, 1.0], [1.0, 1.0]]],
        [[[0.0, 0.0], [0.0, 0.0]]],
    ),
    "cdist": (mg.cdist, [[[1.0, 1.0]], [[1.0, 1.0]]], [[[0.0, 0.0]], [[0.0, 0.0]]], [ANY, ANY]),
    "cdist 1": (
        lambda x, y: mg.cdist(x, y, 1.0),
        [[[1.0, 1.0]], [[1.0, 2.0]]],
        [[[0.0, -1.0]], [[0.0, 1.0]]],
        [ANY, ANY],
    ),
    "cdist inf": (
        lambda x, y: mg.cdist(x, y, inf),
        [[[1.0, 1.0]], [[2.0, 2.0]]],
        [[[-0.5, -0.5]], [[0.5, 0.5]]],
        [ANY, ANY],
    ),
    "pairwise_distance": (
        lambda x, y: F.pairwise_distance(x, y, eps=0.0),
        [[1.0, 1.0], [1.0, 1.0]],
        [[0.0, 0.0], [0.0, 0.0]],
        [ANY, ANY],
    ),
    "normalize": (lambda x: F.normalize(x, dim=0, eps=0.5), [[0.0, 0.0]], [[2.0, 2.0]], [[0.0, 0.0]]),
    "cosine_similarity": (
        lambda x, y: F.cosine_similarity(x, y, 0, eps=0.25),
        [[0.0, 0.0], [3.0, 4.0]],
        [[0.6 / 0.25, 0.8 / 0.25], [0.0, 0.0]],
        [ANY, ANY],
    ),
    "layer_norm": (
        lambda x: F.layer_norm(x, (2,), eps=0.25) * times(1.0, 3.0),
        [[2.0, 2.0]],
        [[-2.0, 2.0]],
        [[0.0, 0.0]],
    ),
    "std": (mg.std, [[2.0, 2.0]], [[0.0, 0.0]], [ANY]),
    "var": (mg.var, [[2.0, 2.0]], [[0.0, 0.0]], [[0.0, 0.0]]),
    "std of one": (lambda x: mg.std(x, correction=0), [[2.0]], [[0.0]], [ANY]),
    "var of one": (lambda x: mg.var(x, correction=0), [[2.0]], [[0.0]], [ANY]),
}

INFINITE: dict[str, Row] = {  # probabilities of 0, and exponents far out
    "softmax": (
        lambda x: mg.softmax(x, 0) * times(1.0, 2.0, 4.0),
        [[-inf, 0.0, 0.0]],
        [[0.0, -0.5, 0.5]],
        [[0.0, 0.0, 0.0]],
    ),
    "log_softmax": (
        lambda x: mg.log_softmax(x, 0)[1:],
        [[-inf, 0.0, 0.0]],
        [[0.0, 0.0, 0.0]],
        [[0.0, 0.0, 0.0]],
    ),
    "logsumexp": (lambda x: mg.logsumexp(x, 0), [[-inf, 1.0]], [[0.0, 1.0]], [[0.0, 0.0]]),
    "logsumexp of nothing": (lambda x: mg.logsumexp(x, 0), [[-inf, -inf]], [[0.0, 0.0]], [[0.0, 0.0]]),
    "logsumexp above": (lambda x: mg.logsumexp(x, 0), [[inf, 1.0]], [[1.0, 0.0]], [[0.0, 0.0]]),
    "logcumsumexp": (
        lambda x: mg.logcumsumexp(x, 0),
        [[-inf, -inf, 1.0]],
        [[0.0, 0.0, 1.0]],
        [[0.0, 0.0, 0.0]],
    ),
    "logaddexp": (
        mg.logaddexp,
        [[-inf, 1.0, inf], [-inf, 1.0, 0.0]],
        [[0.5, 0.5, 1.0], [0.5, 0.5, 0.0]],
        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
    ),
    "sigmoid": (mg.sigmoid, [[-800.0, 800.0]], [[0.0, 0.0]], [[0.0, 0.0]]),
    "tanh": (mg.tanh, [[-800.0, 800.0]], [[0.0, 0.0]], [[0.0, 0.0]]),
    "softplus": (F.softplus, [[-800.0, 800.0]], [[0.0, 1.0]], [[0.0, 0.0]]),
    "logsigmoid": (F.logsigmoid, [[-800.0, 800.0]], [[1.0, 0.0]], [[0.0, 0.0]]),
    "silu": (F.silu, [[-800.0, 800.0]], [[0.0, 1.0]], [[0.0, 0.0]]),
    "mish": (F.mish, [[-800.0, 800.0]], [[0.0, 1.0]], [[0.0, 0.0]]),
    "gelu": (F.gelu, [[-50.0, 50.0]], [[0.0, 1.0]], [[0.0, 0.0]]),
    "elu": (F.elu, [[800.0, 0.0]], [[1.0, 1.0]], [ANY]),
    "binary_cross_entropy": (
        lambda p: F.binary_cross_entropy(p, times(0.0, 1.0, 1.0), reduction="sum"),
        [[0.0, 1.0, 0.5]],
        [[0.0, 0.0, -2.0]],
        [ANY],
    ),
    "binary_cross_entropy, wrong": (
        lambda p: F.binary_cross_entropy(p, times(1.0, 0.0), reduction="sum"),
        [[0.0, 1.0]],
        [[-1e12, 1e12]],
        [ANY],
    ),
    "binary_cross_entropy_with_logits": (
        lambda x: F.binary_cross_entropy_with_logits(x, times(0.0, 1.0), reduction="sum"),
        [[800.0, -800.0]],
        [[1.0, -1.0]],
        [[0.0, 0.0]],
    ),
    "kl_div": (
        lambda x: F.kl_div(x, times(0.0, 1.0), reduction="sum"),
        [[-1.0, -inf]],
        [[0.0, -1.0]],
        [None],
    ),
    "cross_entropy": (
        lambda x: F.cross_entropy(x, mg.tensor([1])),
        [[[-inf, 0.0, 0.0]]],
        [[[0.0, -0.5, 0.5]]],
        [[[0.0, 0.0, 0.0]]],
    ),
}

TIES: dict[str, Row] = {  # kinks, ties, NaN
    "relu": (mg.relu, [[0.0, -0.0, nan]], [[0.0, 0.0, 1.0]], [None]),
    "relu6": (F.relu6, [[0.0, 6.0, nan]], [[0.0, 0.0, 1.0]], [None]),
    "hardtanh": (F.hardtanh, [[-1.0, 1.0, nan]], [[0.0, 0.0, 1.0]], [None]),
    "leaky_relu": (F.leaky_relu, [[0.0, inf, -inf]], [[0.01, 1.0, 0.01]], [None]),
    "clamp": (lambda x: mg.clamp(x, -1, 1), [[-1.0, 1.0, 2.0, nan]], [[1.0, 1.0, 0.0, 0.0]], [None]),
    "max": (mg.max, [[2.0, 2.0, 1.0]], [[0.5, 0.5, 0.0]], [None]),
    "max of a dim": (lambda x: mg.max(x, 0)[0], [[2.0, 2.0, 1.0]], [[1.0, 0.0, 0.0]], [None]),
    "max beside NaN": (mg.max, [[1.0, nan, 2.0]], [[0.0, 1.0, 0.0]], [None]),
    "min beside NaN": (mg.min, [[1.0, nan, 2.0]], [[0.0, 1.0, 0.0]], [None]),
    "amax beside NaNs": (mg.amax, [[1.0, nan, nan]], [[0.0, 0.5, 0.5]], [None]),
    "maximum": (mg.maximum, [[1.0, 3.0], [1.0, 2.0]], [[0.5, 1.0], [0.5, 0.0]], [None, None]),
    "fmax": (mg.fmax, [[1.0, nan], [nan, 2.0]], [[1.0, 0.0], [0.0, 1.0]], [None, None]),
    "sort": (lambda x: mg.sort(x)[0] * times(1.0, 2.0, 4.0), [[2.0, 2.0, 1.0]], [[2.0, 4.0, 1.0]], [None]),
    "huber_loss": (
        lambda x: F.huber_loss(x, mg.zeros_like(x), reduction="sum"),
        [[0.0, 1.0, -1.0, 2.0]],
        [[0.0, 1.0, -1.0, 1.0]],
        [ANY],
    ),
    "smooth_l1_loss": (
        lambda x: F.smooth_l1_loss(x, mg.zeros_like(x), beta=0.0, reduction="sum"),
        [[0.0, 1.0]],
        [[0.0, 1.0]],
        [ANY],
    ),
}

MATRICES: dict[str, Row] = {
    "det, singular": (
        mg.linalg.det,
        [[[1.0, 2.0], [2.0, 4.0]]],
        [[[4.0, -2.0], [-2.0, 1.0]]],
        [[[1.0, -1.0], [-1.0, 1.0]]],
    ),
    "det of zeros": (
        mg.linalg.det,
        [[[0.0, 0.0], [0.0, 0.0]]],
        [[[0.0, 0.0], [0.0, 0.0]]],
        [[[1.0, -1.0], [-1.0, 1.0]]],
    ),
    "eigvalsh, equal": (
        lambda x: mg.linalg.eigh(x)[0] ** 3,
        [[[2.0, 0.0], [0.0, 2.0]]],
        [[[12.0, 0.0], [0.0, 12.0]]],
        [ANY],
    ),
    "svdvals, equal": (
        lambda x: mg.linalg.svdvals(x) ** 2,
        [[[2.0, 0.0], [0.0, 2.0]]],
        [[[4.0, 0.0], [0.0, 4.0]]],
        [ANY],
    ),
    "matrix_power 0": (
        lambda x: mg.linalg.matrix_power(x, 0),
        [[[2.0, 1.0], [0.0, 0.0]]],
        [[[0.0, 0.0], [0.0, 0.0]]],
        [[[0.0, 0.0], [0.0, 0.0]]],
    ),
}

ROWS = [
    pytest.param(*row, id=name)
    for family in (WHERE, POWERS, ZEROS, INFINITE, TIES, MATRICES)
    for name, row in family.items()
]


def derivative(y: Tensor, xs: list[Tensor]) -> list[Any]:
    """The gradients of the sum of y, in a graph; None where it does not depend on an x."""
    if not y.requires_grad:
        return [None] * len(xs)
    return list(mg.autograd.grad(y.sum(), xs, create_graph=True, allow_unused=True))


def close(found: Any, wanted: Any) -> None:
    """Equal to the last digits; no gradient is one of zeros. ANY is any finite number, or infinity of a sign."""
    if wanted is None or found is None:
        assert not np.any(wanted or 0.0) and (found is None or not found.detach().numpy().any())
    else:
        np.testing.assert_allclose(found.detach().numpy(), np.asarray(wanted), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("fn", "at", "first", "second"), ROWS)
def test_gradients_at_the_edge(fn: Callable[..., Tensor], at: Any, first: Any, second: Any) -> None:
    xs = [mg.tensor(x, dtype=mg.float64, requires_grad=True) for x in at]
    gs = derivative(fn(*xs), xs)
    for g, wanted in zip(gs, first, strict=True):
        close(g, wanted)
    if ANY in second:
        return
    total = sum((g.sum() for g in gs if g is not None), mg.tensor(0.0, dtype=mg.float64))
    for g, wanted in zip(derivative(total, xs), second, strict=True):
        close(g, wanted)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("name", WHERE)
def test_a_branch_that_is_not_taken_stays_without_effect_in_every_dtype(name: str, dtype: str) -> None:
    fn, at, first, _ = WHERE[name]
    xs = [mg.tensor(x, dtype=dtype, requires_grad=True) for x in at]
    for g, wanted in zip(derivative(fn(*xs), xs), first, strict=True):
        eps = float(mg.finfo(dtype).eps)
        np.testing.assert_allclose(g.detach().numpy().astype(float), wanted, rtol=8 * eps, atol=eps)


def test_a_query_that_may_look_at_nothing_has_no_gradient_of_nan() -> None:
    q, k, v = (mg.tensor(np.ones((1, n, 2)), requires_grad=True) for n in (2, 3, 3))
    mask = mg.tensor([[False, False, False], [True, False, True]])
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    assert y.tolist() == [[[0.0, 0.0], [1.0, 1.0]]]
    y.sum().backward()
    assert q.grad.tolist() == [[[0.0, 0.0], [0.0, 0.0]]]
    assert v.grad.tolist() == [[[0.5, 0.5], [0.0, 0.0], [0.5, 0.5]]]


def test_what_is_not_guarded() -> None:
    """A product of two tensors behind `where`, and 0/0 that a chain of ops makes, are NaN, as in PyTorch."""
    x = mg.tensor([0.0, 2.0], requires_grad=True)
    mg.where(x > 0, x * mg.log(x), 0.0).sum().backward()
    assert math.isnan(x.grad[0].item()) and math.isfinite(x.grad[1].item())
    (g,) = derivative((x * x).sqrt(), [x])
    assert math.isnan(g[0].item()) and g[1].item() == 1.0


@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_nan_in_a_grid_is_seen(mode: str, padding_mode: str) -> None:
    image = mg.tensor([[[[1.0, 2.0], [3.0, 4.0]]]], requires_grad=True)
    grid = mg.tensor([[[[nan, 0.0], [0.0, 0.0]]]])
    y = F.grid_sample(image, grid, mode=mode, padding_mode=padding_mode, align_corners=True)
    assert math.isnan(y[0, 0, 0, 0].item()) and math.isfinite(y[0, 0, 0, 1].item())


def test_what_is_not_read_has_no_gradient() -> None:
    """PyTorch gives the triangle that a Cholesky factor does not have one, and pinv one that is not symmetric."""
    low = mg.tensor([[2.0, 7.0], [1.0, 3.0]], dtype=mg.float64, requires_grad=True)
    for y in (mg.cholesky_inverse(low), mg.cholesky_solve(mg.ones(2, 1, dtype=mg.float64), low)):
        (g,) = derivative(y, [low])
        assert g[0, 1].item() == 0.0 and g[1, 0].item() != 0.0
    a = mg.tensor([[2.0, 1.0], [1.0, 3.0]], dtype=mg.float64, requires_grad=True)
    (g,) = derivative(mg.linalg.pinv(a, hermitian=True) * times(1.0, 4.0), [a])
    assert g[0, 1].item() == pytest.approx(g[1, 0].item()) and g[0, 1].item() != 0.0


def test_an_element_that_unpooling_writes_over_has_no_gradient() -> None:
    x = mg.tensor([[[1.0, 2.0, 3.0]]], requires_grad=True)
    y = F.max_unpool1d(x, mg.tensor([[[4, 4, 1]]]), 2)
    assert y.tolist() == [[[0.0, 3.0, 0.0, 0.0, 2.0, 0.0]]]
    (g,) = derivative(y, [x])
    assert g.tolist() == [[[0.0, 1.0, 1.0]]]
