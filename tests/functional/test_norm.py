"""Normalisation: statistics by plain loops, running statistics, and what is refused."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from op_samples.case import f

import minigrad as mg
from minigrad import functional as F
from minigrad import nn
from minigrad.errors import ArgumentError, DTypeError, ShapeError

X = f(3, 4, 5)


def moments(values: Any) -> tuple[float, float]:
    """Mean and variance of some numbers."""
    many = [float(v) for v in values]
    mean = math.fsum(many) / len(many)
    return mean, math.fsum((v - mean) ** 2 for v in many) / len(many)


def pool(name: str, n: int, c: int) -> Any:
    """The elements of X that share statistics with X[n, c]."""
    return {
        "batch": X[:, c].ravel(),
        "instance": X[n, c],
        "group": X[n, c // 2 * 2 : c // 2 * 2 + 2].ravel(),
        "layer": X[n].ravel(),
    }[name]


def normalised(name: str) -> np.ndarray:
    y = np.empty_like(X)
    for n, c in itertools.product(range(3), range(4)):
        mean, var = moments(pool(name, n, c))
        y[n, c] = [(v - mean) / math.sqrt(var + 0.01) for v in X[n, c]]
    return y


@pytest.mark.parametrize("name", ["batch", "instance", "group", "layer"])
def test_each_element_is_measured_with_those_that_it_shares_statistics_with(name: str) -> None:
    x = mg.tensor(X)
    got = {
        "batch": lambda: F.batch_norm(x, None, None, training=True, eps=0.01),
        "instance": lambda: F.instance_norm(x, eps=0.01),
        "group": lambda: F.group_norm(x, 2, eps=0.01),
        "layer": lambda: F.layer_norm(x, (4, 5), eps=0.01),
    }[name]()
    np.testing.assert_allclose(got.numpy(), normalised(name), rtol=1e-12, atol=1e-12)


def test_weight_and_bias_belong_to_channels() -> None:
    w, b = f(4, seed="w"), f(4, seed="b")
    for name, call in {"batch": F.batch_norm, "instance": F.instance_norm, "group": None}.items():
        params = {"weight": mg.tensor(w), "bias": mg.tensor(b), "eps": 0.01}
        if call is None:
            y = F.group_norm(mg.tensor(X), 2, **params)
        else:
            y = call(mg.tensor(X), None, None, **params, **({"training": True} if name == "batch" else {}))
        want = normalised(name) * w[:, None] + b[:, None]
        np.testing.assert_allclose(y.numpy(), want, rtol=1e-12, atol=1e-12)


def test_rms_norm_does_not_subtract_the_mean() -> None:
    y = F.rms_norm(
        mg.tensor([3.0, 4.0], dtype=mg.float64), (2,), mg.tensor([1.0, 2.0], dtype=mg.float64), eps=0.0
    )
    np.testing.assert_allclose(y.numpy(), [3 / math.sqrt(12.5), 8 / math.sqrt(12.5)], rtol=1e-14)


def test_local_response_norm_looks_at_neighbours() -> None:
    y = F.local_response_norm(mg.tensor(X), 3, alpha=0.6, beta=2.0, k=0.5).numpy()
    for n, c, i in itertools.product(range(3), range(4), range(5)):
        near = [X[n, k, i] ** 2 for k in (c - 1, c, c + 1) if 0 <= k < 4]
        assert y[n, c, i] == pytest.approx(X[n, c, i] / (0.5 + 0.2 * math.fsum(near)) ** 2, rel=1e-12)


# ---- running statistics ---------------------------------------------------------------------------------------------
def test_running_statistics_move_by_the_momentum_with_the_unbiased_variance() -> None:
    mean, var = mg.zeros(4, dtype=mg.float64), mg.ones(4, dtype=mg.float64)
    F.batch_norm(mg.tensor(X), mean, var, training=True, momentum=0.3)
    for c in range(4):
        m, v = moments(X[:, c].ravel())
        assert mean[c].item() == pytest.approx(0.3 * m, rel=1e-12)
        assert var[c].item() == pytest.approx(0.7 + 0.3 * v * 15 / 14, rel=1e-12)


def test_evaluation_changes_no_statistics_and_training_no_gradient_of_them() -> None:
    layer = nn.BatchNorm1d(4, dtype=mg.float64).eval()
    before = {k: v.tolist() for k, v in layer.state_dict().items()}
    layer(mg.tensor(X))
    assert {k: v.tolist() for k, v in layer.state_dict().items()} == before
    layer.train()(mg.tensor(X)).sum().backward()
    assert layer.running_mean.grad is None and layer.num_batches_tracked.item() == 1


def test_statistics_that_change_between_forward_and_backward_are_noticed() -> None:
    layer, x = nn.BatchNorm1d(4, dtype=mg.float64).eval(), mg.tensor(X)
    y = layer(x)
    layer.train()(x)
    with pytest.raises(mg.errors.GradientError, match="changed in place"):
        y.sum().backward()


def test_the_mean_over_all_batches() -> None:
    layer = nn.BatchNorm1d(4, momentum=None, dtype=mg.float64)
    for k in range(3):
        layer(mg.tensor(f(2, 4, 5, seed=str(k))))
    means = [[moments(f(2, 4, 5, seed=str(k))[:, c].ravel())[0] for c in range(4)] for k in range(3)]
    np.testing.assert_allclose(layer.running_mean.numpy(), np.mean(means, 0), rtol=1e-12)


def test_a_batch_that_is_refused_changes_nothing() -> None:
    layer = nn.BatchNorm1d(4)
    before = {k: v.tolist() for k, v in layer.state_dict().items()}
    for wrong in (mg.zeros(1, 4), mg.zeros(3, 5), mg.zeros(3, 4, dtype=mg.float64)):
        with pytest.raises((ShapeError, DTypeError)):
            layer(wrong)
    assert {k: v.tolist() for k, v in layer.state_dict().items()} == before


def test_reset_forgets() -> None:
    layer = nn.BatchNorm2d(4)
    layer(mg.tensor(f(2, 4, 3, 3).astype("float32")))
    layer.reset_running_stats()
    assert layer.running_mean.tolist() == [0.0] * 4 and layer.running_var.tolist() == [1.0] * 4
    assert layer.num_batches_tracked.item() == 0


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_halves_are_computed_in_float32(dtype: str) -> None:
    """The squares of 300 do not fit float16; beside a half, parameters and statistics may be float32."""
    x = mg.tensor(X * 300, dtype=dtype)
    exact = F.layer_norm(x.to(mg.float32), (4, 5)).numpy()
    for y in (F.layer_norm(x, (4, 5)), F.layer_norm(x, (4, 5), mg.ones(4, 5))):
        assert y.dtype == x.dtype
        np.testing.assert_allclose(
            y.to(mg.float32).numpy(), exact, atol={"float16": 2e-3, "bfloat16": 2e-2}[dtype]
        )
    layer = nn.BatchNorm1d(4)
    for mode in (True, False):
        y = layer.train(mode)(x)
        assert y.dtype == x.dtype and layer.running_var.dtype == mg.float32
        assert np.isfinite(y.detach().to(mg.float32).numpy()).all()


# ---- what is refused ------------------------------------------------------------------------------------------------
x, w = mg.tensor(X), mg.ones(4, dtype=mg.float64)
REFUSED: list[tuple[Any, type[Exception], str]] = [
    (
        lambda: F.batch_norm(x, None, None),
        ArgumentError,
        "batch_norm: .*running_mean and running_var are wanted",
    ),
    (
        lambda: F.batch_norm(x[:1, :, :1], None, None, training=True),
        ShapeError,
        "one element for each channel",
    ),
    (lambda: F.batch_norm(x, w[:3], w), ShapeError, r"batch_norm: running_mean is \[3\], where \[4\]"),
    (
        lambda: F.batch_norm(x, w, w, w.to(mg.float32)),
        DTypeError,
        "batch_norm: weight is float32, input float64",
    ),
    (lambda: F.batch_norm(w, w, w), ShapeError, r"batch_norm: input is float64\[4\], where \(N, C, ...\)"),
    (lambda: F.batch_norm(x.to(mg.int64), w, w), DTypeError, "batch_norm: input is int64"),
    (lambda: F.batch_norm(x, w, w, 2.0), DTypeError, "batch_norm: weight is a 2.0, where a tensor"),
    (
        lambda: F.instance_norm(x[:, :, :1]),
        ShapeError,
        "instance_norm: .*one element for each channel of an instance",
    ),
    (lambda: F.instance_norm(x, use_input_stats=False), ArgumentError, "instance_norm: .*running_mean"),
    (lambda: F.instance_norm(x, weight=w[:2]), ShapeError, r"instance_norm: weight is \[2\]"),
    (lambda: F.group_norm(x, 3), ArgumentError, "group_norm: num_groups is 3, which does not divide 4"),
    (lambda: F.group_norm(x, 0), ArgumentError, "group_norm: num_groups is 0"),
    (lambda: F.group_norm(x[:1, :, :1], 4), ShapeError, "group_norm: .*one element for each group"),
    (
        lambda: F.layer_norm(x, (3, 5)),
        ShapeError,
        r"layer_norm: input is \[3, 4, 5\], which does not end with .*\(3, 5\)",
    ),
    (lambda: F.layer_norm(x, ()), ArgumentError, r"layer_norm: normalized_shape is \(\)"),
    (lambda: F.layer_norm(x, 5, w), ShapeError, r"layer_norm: weight is \[4\], where normalized_shape \[5\]"),
    (lambda: F.rms_norm(x, 4), ShapeError, r"rms_norm: .*does not end with normalized_shape \(4,\)"),
    (lambda: F.rms_norm(x, 5, w), ShapeError, r"rms_norm: weight is \[4\]"),
    (lambda: F.rms_norm(x.to(mg.int64), 5), DTypeError, "rms_norm: input is int64"),
    (lambda: F.local_response_norm(x[0], 2), ShapeError, r"local_response_norm: .*\(N, C, L, ...\)"),
    (lambda: F.local_response_norm(x, 0), ArgumentError, "local_response_norm: size is 0"),
    (lambda: F.local_response_norm(x > 0, 2), DTypeError, "local_response_norm: input is bool"),
    (lambda: nn.BatchNorm2d(4)(x), ShapeError, "BatchNorm2d: input is .*, where 4 dims are wanted"),
    (lambda: nn.BatchNorm1d(0), ArgumentError, "BatchNorm1d: num_features is 0"),
    (lambda: nn.InstanceNorm1d(4)(x[None]), ShapeError, "InstanceNorm1d: .*where 2 or 3 dims"),
    (lambda: nn.GroupNorm(3, 4), ArgumentError, "GroupNorm: num_groups=3 does not divide num_channels=4"),
    (lambda: nn.LayerNorm(2.5), ArgumentError, "LayerNorm: normalized_shape is 2.5"),
    (lambda: nn.LocalResponseNorm(-1), ArgumentError, "LocalResponseNorm: size is -1"),
]


@pytest.mark.parametrize(("call", "error", "match"), REFUSED)
def test_refused(call: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        call()
