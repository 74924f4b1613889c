"""Dropout: shares, mean and variance within bounds from the number of samples, whole channels, masks, refusals."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from op_samples.case import f

import minigrad as mg
from minigrad import functional as F
from minigrad.errors import ArgumentError, DTypeError, GradientError, ShapeError

SIGMAS = 5.0  # one seed in two million is farther off, and every test begins with the same seed
ALPHA = -1.6732632423543772 * 1.0507009873554805  # the least value of selu

SHAPES: dict[str, list[tuple[int, ...]]] = {  # of inputs, the last with many channels
    "dropout": [(), (0,), (7,), (3, 4), (200, 100)],
    "alpha_dropout": [(), (0,), (7,), (3, 4), (200, 100)],
    "dropout1d": [(0, 3), (3, 4), (2, 3, 4), (100, 200, 2)],
    "dropout2d": [(2, 3, 4), (2, 0, 3, 4), (2, 3, 4, 5), (100, 200, 2, 1)],
    "dropout3d": [(3, 4, 2, 2), (2, 3, 4, 1, 2), (100, 200, 1, 2, 1)],
    "feature_alpha_dropout": [(3, 4), (2, 3, 4), (2, 3, 1, 2, 2), (100, 200, 2)],
    "feature_dropout": [(3, 4), (2, 3, 4), (2, 3, 1, 2, 2), (100, 200, 2)],
}
ALPHAS = ("alpha_dropout", "feature_alpha_dropout")
each = pytest.mark.parametrize("name", SHAPES)


def call(name: str, x: Any, p: float, training: bool = True, **more: Any) -> Any:
    return getattr(F, name)(x, p, training, **more)


def lead(name: str, shape: tuple[int, ...]) -> int:
    """How many dims say which channel an element is of."""
    if name in ("dropout", "alpha_dropout"):
        return len(shape)
    return (
        2
        if name != "dropout3d" and name != "dropout1d"
        else len(shape) - {"dropout3d": 3, "dropout1d": 1}[name]
    )


def line(name: str, p: float) -> tuple[float, float, float]:
    """The factor and the summand of what is kept, and the value of what is dropped."""
    if name not in ALPHAS:
        return (1 / (1 - p) if p < 1 else 0.0), 0.0, 0.0
    a = 1 / math.sqrt((1 - p) * (1 + p * ALPHA**2)) if p < 1 else 0.0
    b = -a * p * ALPHA
    return a, b, a * ALPHA + b


@each
@pytest.mark.parametrize("p", [0.3, 0.5])
def test_each_element_is_kept_on_a_line_or_dropped_with_its_channel(name: str, p: float) -> None:
    a, b, low = line(name, p)
    for shape in SHAPES[name]:
        x = f(*shape) + 5.0
        y = call(name, mg.tensor(x), p).numpy()
        assert y.shape == shape
        dropped = np.isclose(y, low, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(y[~dropped], (a * x + b)[~dropped], rtol=1e-12)
        k = lead(name, shape)
        flat = dropped.reshape(*shape[:k], -1) if dropped.size else dropped.reshape(*shape[:k], 1)[:0]
        assert (flat.all(-1) == flat.any(-1)).all()
        n = math.prod(shape[:k])
        if n >= 20000:
            assert abs(dropped.mean() - p) < SIGMAS * math.sqrt(p * (1 - p) / n)
            if flat.shape[-1] > 1:  # neighbours along both dims of channels are independent
                for axis in (0, 1):
                    m = np.moveaxis(flat[..., 0], axis, 0)
                    assert abs((m[1:] & m[:-1]).mean() - p * p) < SIGMAS * p * math.sqrt(2 / n)


@each
@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_mean_and_variance_stay(name: str, p: float) -> None:
    n = 40000
    shape = {"dropout2d": (200, 200, 1, 1), "dropout3d": (200, 200, 1, 1, 1), "dropout1d": (200, 200, 1)}.get(
        name, (200, 200)
    )
    mg.manual_seed(11)
    x = mg.randn(*shape, dtype=mg.float64)
    y = call(name, x, p).numpy()
    a, b, low = line(name, p)
    second = (1 - p) * (a * a + b * b) + p * low * low  # of y for a standard normal x
    mean = (1 - p) * b + p * low
    assert mean == pytest.approx(0.0, abs=1e-12)
    assert second == pytest.approx(1.0 if name in ALPHAS else 1 / (1 - p), rel=1e-12)
    fourth = (1 - p) * (3 * a**4 + 6 * a * a * b * b + b**4) + p * low**4
    assert abs(y.mean()) < SIGMAS * math.sqrt(second / n)
    assert abs((y * y).mean() - second) < SIGMAS * math.sqrt((fourth - second**2) / n)
    ones = call(name, mg.ones(shape, dtype=mg.float64), p).numpy()
    want, spread = (1 - p) * (a + b) + p * low, abs(a + b - low) * math.sqrt(p * (1 - p))
    assert abs(ones.mean() - want) < SIGMAS * spread / math.sqrt(n)


@each
def test_with_p_0_or_in_evaluation_nothing_changes(name: str) -> None:
    for shape in SHAPES[name][:-1]:
        x = mg.tensor(f(*shape))
        state = mg.get_rng_state()
        for y in (call(name, x, 0.0), call(name, x, 0.5, False), call(name, x, 1.0, False, inplace=True)):
            assert y is x
        assert mg.get_rng_state() == state  # nothing is drawn


@each
def test_with_p_1_all_is_zero_and_so_is_the_gradient(name: str) -> None:
    for shape in SHAPES[name][:-1]:
        x = mg.tensor(f(*shape), requires_grad=True)
        y = call(name, x, 1.0)
        y.sum().backward()
        assert y.shape == shape and not y.detach().numpy().any() and not x.grad.numpy().any()
    x = mg.full((2, 2, 2, 1, 1)[: 5 if name == "dropout3d" else 3], math.inf)
    assert not call(name, x, 1.0).numpy().any()


@each
@pytest.mark.parametrize("inplace", [False, True])
def test_the_gradient_is_the_mask(name: str, inplace: bool) -> None:
    p, shape = 0.4, SHAPES[name][2]
    x = f(*shape) + 5.0
    leaf = mg.tensor(x, requires_grad=True)
    before = leaf * 1.0
    y = call(name, before, p, inplace=inplace)
    assert (y is before) == inplace
    g = f(*shape, seed="g")
    (found,) = mg.autograd.grad(y, [leaf], [mg.tensor(g)], create_graph=True)
    a, _, low = line(name, p)
    kept = ~np.isclose(y.detach().numpy(), low, rtol=1e-12, atol=1e-12)
    assert 0 < kept.sum() < kept.size
    np.testing.assert_allclose(found.detach().numpy(), g * a * kept, rtol=1e-12)
    seed = mg.tensor(g, requires_grad=True)  # linear: the gradient's own derivative is the mask again
    (once,) = mg.autograd.grad(call_again(name, leaf, p), [leaf], [seed], create_graph=True)
    (twice,) = mg.autograd.grad(once.sum(), [seed])
    kept = ~np.isclose(call_again(name, leaf, p).detach().numpy(), low, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(twice.numpy(), a * kept, rtol=1e-12)


def call_again(name: str, x: Any, p: float) -> Any:
    mg.manual_seed(17)
    return call(name, x, p)


@each
def test_one_seed_gives_one_mask_and_the_next_call_another(name: str) -> None:
    shape = SHAPES[name][-1]
    x = mg.ones(shape)
    first, state = call_again(name, x, 0.5), mg.get_rng_state()
    second = call(name, x, 0.5)
    assert call_again(name, x, 0.5).tolist() == first.tolist() != second.tolist()
    mg.set_rng_state(state)
    assert call(name, x, 0.5).tolist() == second.tolist()
    assert (
        call_again(name, x.to(mg.float64), 0.5).numpy().astype(bool).tolist()
        == first.numpy().astype(bool).tolist()
    )


@each
def test_in_place(name: str) -> None:
    shape = SHAPES[name][2]
    want = call_again(name, mg.ones(shape), 0.5).tolist()
    x = mg.ones(shape)
    memory = x.data
    mg.manual_seed(17)
    assert call(name, x, 0.5, inplace=True) is x and x.data is memory and x.tolist() == want
    if hasattr(mg, name + "_"):
        y = mg.ones(shape)
        mg.manual_seed(17)
        assert getattr(mg, name + "_")(y, 0.5, True) is y and y.tolist() == want
        assert getattr(mg, name + "_")(y, p=0.5, train=False) is y
    leaf = mg.ones(shape, requires_grad=True)
    with pytest.raises(GradientError, match=rf"{name}_: a leaf that requires grad changes in place"):
        call(name, leaf, 0.5, inplace=True)
    assert leaf.tolist() == mg.ones(shape).tolist()


@each
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_the_dtype_stays(name: str, dtype: str) -> None:
    x = mg.ones(SHAPES[name][2], dtype=dtype, requires_grad=True)
    y = call(name, x, 0.5)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == mg.dtypes.as_dtype(dtype)
    a, b, low = line(name, 0.5)
    eps = float(mg.finfo(dtype).eps)
    for v in set(y.detach().numpy().astype(float).ravel()):
        assert min(abs(v - low), abs(v - a - b)) <= 4 * eps


@each
def test_what_is_dropped_leaves_no_nan(name: str) -> None:
    x = mg.full(SHAPES[name][2], math.nan, requires_grad=True)
    y = call_again(name, x, 0.5)
    y.sum().backward()
    kept = np.isnan(y.detach().numpy())
    assert 0 < kept.sum() < kept.size and ((x.grad.numpy() != 0) == kept).all()


def test_defaults() -> None:
    x = mg.ones(2, 3, 50)
    for name in ("dropout", "dropout1d", "dropout2d"):
        assert set(getattr(F, name)(x).numpy().ravel().tolist()) == {0.0, 2.0}
    for name in ALPHAS:
        assert getattr(F, name)(x) is x  # as in PyTorch training is False here
    assert F.dropout3d(mg.ones(30, 2, 1, 1)).numpy().max() == 2.0
    assert mg.dropout is F.dropout and mg.alpha_dropout is F.alpha_dropout
    assert mg.feature_alpha_dropout(x, 0.5, train=False) is x


def test_native_dropout_tells_the_mask() -> None:
    x = mg.tensor(f(50, 40) + 5.0, requires_grad=True)
    for train in (True, None):
        y, kept = mg.native_dropout(x, 0.25, train)
        assert kept.dtype == mg.bool_ and y.shape == kept.shape == x.shape
        np.testing.assert_allclose(
            y.detach().numpy(), np.where(kept.numpy(), x.detach().numpy() / 0.75, 0.0), rtol=1e-14
        )
        assert abs(kept.numpy().mean() - 0.75) < SIGMAS * math.sqrt(0.25 * 0.75 / 2000)
    (g,) = mg.autograd.grad(y.sum(), [x])
    np.testing.assert_allclose(g.numpy(), kept.numpy() / 0.75, rtol=1e-14)
    y, kept = mg.native_dropout(x, 0.25, False)
    assert y.tolist() == x.tolist() and kept.numpy().all()


# ---- what is refused ------------------------------------------------------------------------------------------------
@each
def test_what_every_form_refuses(name: str) -> None:
    x = mg.ones(SHAPES[name][1])
    for p in (1.5, -0.1, math.nan, math.inf):
        for training in (True, False):
            with pytest.raises(
                ArgumentError, match=rf"^{name}: p is {p}, and a probability lies between 0 and 1"
            ):
                call(name, x, p, training)
    for wrong, told in (("0.5", "str"), (None, "None"), ([0.5], "list")):
        with pytest.raises(DTypeError, match=rf"^{name}: p is {told}, where a number is wanted"):
            call(name, x, wrong)  # type: ignore[arg-type]
    for dtype in (mg.int64, mg.bool_):
        whole = mg.ones(SHAPES[name][2], dtype=dtype)
        with pytest.raises(
            DTypeError, match=rf"^{name}: input is {dtype}.*, where a floating tensor is wanted"
        ):
            call(name, whole, 0.5)
        assert call(name, whole, 0.5, False) is whole and call(name, whole, 0.0) is whole
    for given in ([1.0], 3.0, None):
        with pytest.raises(DTypeError, match=rf"^{name}: .*input"):
            call(name, given, 0.5)
    with pytest.raises(DTypeError, match=rf"^{name}: missing a required argument: 'input'"):
        getattr(F, name)()
    assert call(name, mg.ones(SHAPES[name][2]), mg.tensor(0.0)).shape == SHAPES[name][2]


DIMS = {"dropout1d": (2, 3), "dropout2d": (3, 4), "dropout3d": (4, 5)}
WRONG = [(name, d) for name, d in itertools.product(DIMS, range(7)) if d not in DIMS[name]]


@pytest.mark.parametrize(("name", "dims"), WRONG)
def test_the_wrong_number_of_dims(name: str, dims: int) -> None:
    low, high = DIMS[name]
    for training in (True, False):
        with pytest.raises(ShapeError, match=rf"^{name}: input is .*, where {low} or {high} dims are wanted"):
            call(name, mg.ones(*[2] * dims) if dims else mg.tensor(1.0), 0.5, training)


@pytest.mark.parametrize("name", ["feature_alpha_dropout", "feature_dropout"])
def test_channels_need_two_dims_where_something_is_dropped(name: str) -> None:
    for x in (mg.ones(3), mg.tensor(1.0)):
        with pytest.raises(ShapeError, match=rf"^{name}: input is .*, where \(N, C, ...\) is wanted"):
            call(name, x, 0.5)
        assert call(name, x, 0.5, False) is x and call(name, x, 0.0) is x


def test_native_dropout_refuses() -> None:
    for call, error, match in [
        (lambda: mg.native_dropout(mg.ones(2), 2.0, True), ArgumentError, "native_dropout: p is 2.0"),
        (lambda: mg.native_dropout(mg.ones(2), "1", True), DTypeError, "native_dropout: p is str"),
        (lambda: mg.native_dropout(mg.tensor([1]), 0.5, True), DTypeError, "native_dropout: input is int64"),
        (lambda: mg.native_dropout(mg.ones(2), 0.5), DTypeError, "native_dropout: missing .*'train'"),
    ]:
        with pytest.raises(error, match=f"^{match}"):
            call()
