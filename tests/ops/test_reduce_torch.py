"""Reductions beside PyTorch's: values, first and second gradients, dtypes, empty and special inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from torch_parity import agree, torch

import minigrad as mg
from minigrad.dtypes import as_dtype
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

RNG = np.random.default_rng(3)
X = RNG.uniform(-2.0, 2.0, (3, 4, 2))
inf, nan = np.inf, np.nan


def check(call: Callable[..., Any], *xs: Any, tolerance: float = 1e-11) -> None:
    """Hold both libraries to each other in float64, to second order."""
    agree(lambda *ts: call(*ts), lambda *ts: call(*ts), *xs, tolerance=tolerance)


def values(side: Callable[[Any], Any], x: Any) -> list[Any]:
    """The same call on a tensor of each library, as arrays."""
    return [np.asarray(side(lib.tensor(x)).detach().numpy()) for lib in (mg, torch)]


# ---- dims -----------------------------------------------------------------------------------------------------------
SEVERAL = ["sum", "mean", "amax", "amin", "var", "std", "logsumexp"]
ONE = ["prod", "max", "min"]
CUMULATIVE = ["cumsum", "cumprod"]
TRUTH = ["any", "all"]


@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", [0, 1, -1, (0, 2), (-1, 0), (0, 1, 2)])
@pytest.mark.parametrize("name", SEVERAL)
def test_dims(name: str, dim: Any, keepdim: bool) -> None:
    check(lambda x: getattr(x, name)(dim, keepdim=keepdim), X)


@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("name", ONE)
def test_one_dim(name: str, dim: int, keepdim: bool) -> None:
    check(lambda x: getattr(x, name)(dim, keepdim), X)


@pytest.mark.parametrize("name", [n for n in (*SEVERAL, *ONE) if n != "logsumexp"])
def test_all_dims(name: str) -> None:
    check(lambda x: getattr(x, name)(), X)
    check(lambda x: getattr(x, name)(), np.array(1.5) if name not in ("var", "std") else X[0])


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("name", CUMULATIVE)
def test_cumulative(name: str, dim: int) -> None:
    check(lambda x: getattr(x, name)(dim), X)
    check(lambda x: getattr(x, name)(-1), np.array(1.5))


@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", [None, 0, -1, 2])
@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_positions(name: str, dim: int | None, keepdim: bool) -> None:
    ours, theirs = values(lambda t: getattr(t, name)(dim, keepdim=keepdim), X)
    assert ours.dtype == "int64"
    assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("dim", [None, 0, -1, (0, 2)])
@pytest.mark.parametrize("name", [*TRUTH, "count_nonzero"])
def test_truth(name: str, dim: Any) -> None:
    for x in (X > 1.5, X > -3.0, X.astype("int64"), np.where(X > 0, nan, 0.0)):
        ours, theirs = values(lambda t: getattr(t, name)() if dim is None else getattr(t, name)(dim), x)
        assert ours.dtype == theirs.dtype
        assert ours.tolist() == theirs.tolist()
        if name != "count_nonzero" and dim is not None:
            ours, theirs = values(lambda t: getattr(t, name)(dim, keepdim=True), x)
            assert ours.tolist() == theirs.tolist()


# ---- ties, zeros, special values ------------------------------------------------------------------------------------
TIES = np.array([[1.0, 2.0, 2.0, 0.0], [3.0, 3.0, 3.0, 3.0], [0.5, -1.0, -1.0, 0.5]])


@pytest.mark.parametrize("name", ["amax", "amin"])
@pytest.mark.parametrize("dim", [0, 1, (0, 1)])
def test_ties_share(name: str, dim: Any) -> None:
    check(lambda x: getattr(x, name)(dim), TIES)
    check(lambda x: getattr(x, name[1:])(), TIES)


@pytest.mark.parametrize("name", ["max", "min"])
def test_the_first_of_ties_is_chosen(name: str) -> None:
    for dim in (0, 1):
        for x in (TIES, np.where(TIES == 2, nan, TIES)):
            ours, theirs = (getattr(lib.tensor(x), name)(dim) for lib in (mg, torch))
            assert ours.indices.tolist() == theirs.indices.tolist()
            np.testing.assert_array_equal(ours.values.numpy(), theirs.values.numpy())
    check(lambda x: getattr(x, name)(1).values, TIES)


ZEROS = {
    "none": [1.5, -2.0, 3.0, 0.5],
    "one": [1.5, 0.0, 3.0, 0.5],
    "two": [0.0, 2.0, 0.0, 3.0],
    "all": [0.0] * 4,
}


@pytest.mark.parametrize("row", ZEROS)
@pytest.mark.parametrize("name", ["prod", "cumprod"])
def test_products_with_zeros(name: str, row: str) -> None:
    check(lambda x: getattr(x, name)(0), np.array(ZEROS[row]))
    x = np.stack([ZEROS[row], ZEROS["one"], ZEROS["none"]])
    check(lambda x: getattr(x, name)(0), x)
    check(lambda x: getattr(x, name)(1), x)
    if name == "prod":
        check(lambda x: x.prod(), x)


@pytest.mark.parametrize("row", ZEROS)
def test_the_third_derivative_of_a_product(row: str) -> None:
    """Against the product written out, whose derivatives PyTorch takes factor by factor."""
    here, there = (lib.tensor(ZEROS[row], requires_grad=True, dtype=lib.float64) for lib in (mg, torch))
    y, z = here.prod(), there[0] * there[1] * there[2] * there[3]
    for _ in range(3):
        (gx,) = mg.autograd.grad(y, here, create_graph=True)
        (hx,) = torch.autograd.grad(z, there, create_graph=True)
        np.testing.assert_allclose(gx.detach().numpy(), hx.detach().numpy(), 1e-13, 1e-15)
        y, z = (gx * gx * gx).sum() + gx.sum(), (hx * hx * hx).sum() + hx.sum()


@pytest.mark.parametrize(
    "name", ["sum", "mean", "prod", "amax", "amin", "max", "min", "var", "std", "logsumexp"]
)
def test_special_values(name: str) -> None:
    rows = [
        [1.0, nan],
        [inf, 1.0],
        [-inf, 1.0],
        [inf, -inf],
        [inf, inf],
        [-inf, -inf],
        [nan, inf],
        [0.0, -0.0],
    ]
    for x in (np.array(rows), np.array(rows, "float32")):
        ours, theirs = (getattr(lib.tensor(x), name)(1) for lib in (mg, torch))
        ours, theirs = (y if isinstance(y, mg.Tensor | torch.Tensor) else y.values for y in (ours, theirs))
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), 1e-6)


@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_special_values_along(name: str) -> None:
    ours, theirs = values(lambda t: getattr(t, name)(0), np.array([1.0, 2.0, inf, 0.0, -inf, nan, 1.0]))
    np.testing.assert_array_equal(ours, theirs)


def test_logsumexp_has_no_nan_gradient() -> None:
    """As PyTorch where that is finite; rows of -inf get nothing, infinities share."""
    rows = np.array([[-inf, -inf], [inf, 1.0], [inf, inf], [-inf, 1.0], [1000.0, 1001.0]])
    x = mg.tensor(rows, requires_grad=True)
    (gx,) = mg.autograd.grad(x.logsumexp(1).sum(), x, create_graph=True)
    assert gx.tolist()[:4] == [[0.0, 0.0], [1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]
    there = torch.tensor(rows, requires_grad=True)
    (hx,) = torch.autograd.grad(there.logsumexp(1).sum(), there)
    finite = np.isfinite(hx.numpy())
    np.testing.assert_allclose(gx.detach().numpy()[finite], hx.numpy()[finite], 1e-12)
    (again,) = mg.autograd.grad((gx * mg.tensor([1.0, 3.0])).sum(), x)
    assert np.isfinite(again.numpy()).all()


@pytest.mark.filterwarnings("ignore:.*degrees of freedom")  # PyTorch's; minigrad gives none
@pytest.mark.parametrize("name", ["var", "std"])
def test_spread_without_freedom(name: str) -> None:
    for row, correction in (([1.0], 1), ([1.0, 2.0], 3), ([1.0, 1.0], 2), ([], 1), ([], 0), ([2.0], 0)):
        ours, theirs = (getattr(lib.tensor(row), name)(correction=correction).numpy() for lib in (mg, torch))
        np.testing.assert_array_equal(ours, theirs)
    x, there = (lib.tensor([1.0], requires_grad=True) for lib in (mg, torch))
    getattr(x, name)().backward()
    getattr(there, name)().backward()
    assert np.isnan(x.grad.numpy()).all() and np.isnan(there.grad.numpy()).all()


def test_equal_elements_have_no_slope_in_their_spread() -> None:
    check(lambda x: x.std(1), np.array([[2.0, 2.0], [1.0, 3.0]]))


# ---- dtypes ---------------------------------------------------------------------------------------------------------
DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]
REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": lambda x: x.sum(0),
    "prod": lambda x: x.prod(0),
    "cumsum": lambda x: x.cumsum(0),
    "cumprod": lambda x: x.cumprod(0),
    "amax": lambda x: x.amax(0),
    "min": lambda x: x.min(0).values,
    "count_nonzero": lambda x: x.count_nonzero(0),
    "logsumexp": lambda x: x.logsumexp(0),
    "mean": lambda x: x.mean(0),
    "var": lambda x: x.var(0),
    "std": lambda x: x.std(0),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_dtypes(name: str, dtype: str) -> None:
    rows = [[3, 0, 1], [2, 5, 4]]
    ours, theirs = mg.tensor(rows, dtype=dtype), torch.tensor(rows, dtype=getattr(torch, dtype))
    if name in ("mean", "var", "std") and not dtype.count("float"):
        with pytest.raises(DTypeError, match=f"{name}: x is {dtype}, where a floating dtype is wanted"):
            REDUCTIONS[name](ours)
        with pytest.raises(RuntimeError):
            REDUCTIONS[name](theirs)
        return
    y, z = REDUCTIONS[name](ours), REDUCTIONS[name](theirs)
    assert f"torch.{y.dtype.name}" == str(z.dtype)
    close = {"float16": 1e-3, "bfloat16": 8e-3}.get(y.dtype.name, 1e-6)
    np.testing.assert_allclose(y.to(mg.float64).numpy(), z.double().numpy(), close)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "cumsum", "cumprod"])
def test_dtype_argument(name: str) -> None:
    for dtype in ("float32", "float64", "float16", "bfloat16") + (
        () if name == "mean" else ("int32", "uint8")
    ):
        ours = getattr(mg.tensor([1, 2, 3]), name)(0, dtype=as_dtype(dtype))
        theirs = getattr(torch.tensor([1, 2, 3]), name)(0, dtype=getattr(torch, dtype))
        assert f"torch.{ours.dtype.name}" == str(theirs.dtype)
        assert ours.tolist() == theirs.tolist()
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    getattr(x, name)(0, dtype=mg.float64).sum().backward()
    assert x.grad.dtype == "float32"


def test_halves_are_summed_in_float32() -> None:
    for dtype in ("float16", "bfloat16"):
        x = mg.ones(4097, dtype=as_dtype(dtype))
        assert x.sum().item() == 4096.0  # 4097, rounded once; summed in float16 it would stop at 2048
        assert x.mean().item() == 1.0
        assert x.cumsum(0)[-1].item() == 4096.0


# ---- nothing, and misuse --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["sum", "prod", "mean", "any", "all", "count_nonzero"])
def test_of_nothing(name: str) -> None:
    ours, theirs = values(lambda t: getattr(t, name)(), np.zeros((0, 3)))
    np.testing.assert_array_equal(ours, theirs)
    for dim in (0, 1):
        ours, theirs = (getattr(lib.zeros(0, 3), name)(dim).numpy() for lib in (mg, torch))
        assert ours.shape == theirs.shape
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", ["amax", "amin", "argmax", "argmin", "max", "min"])
def test_no_largest_of_nothing(name: str) -> None:
    ours, theirs = mg.zeros(0, 3), torch.zeros(0, 3)
    pattern = rf"{name}: x float32\[0, 3\] has no elements along dim 0"
    for call in (
        lambda t: getattr(t, name)(0),
        *([] if name in ("max", "min") else [lambda t: getattr(t, name)()]),
    ):
        with pytest.raises(ShapeError, match=pattern):
            call(ours)
        with pytest.raises((IndexError, RuntimeError)):
            call(theirs)
    if name[0] == "a":
        assert getattr(ours, name)(1).shape == tuple(getattr(theirs, name)(1).shape) == (0,)
    else:
        assert getattr(ours, name)(1).indices.shape == (0,)


@pytest.mark.parametrize("name", [*SEVERAL, *ONE, *CUMULATIVE, *TRUTH, "argmax", "argmin", "count_nonzero"])
def test_a_dim_that_is_not_there(name: str) -> None:
    for dim in (2, -3):
        with pytest.raises(IndexingError, match=rf"{name}: dim {dim} is outside .* \(2, 3\)"):
            getattr(mg.zeros(2, 3), name)(dim)
        with pytest.raises(IndexError):
            getattr(torch.zeros(2, 3), name)(dim)
    with pytest.raises(IndexingError, match=rf"{name}: dim 1 is outside"):
        getattr(mg.tensor(1.0), name)(1)


@pytest.mark.parametrize("name", [*SEVERAL, *TRUTH, "count_nonzero"])
def test_a_dim_named_twice(name: str) -> None:
    with pytest.raises(ArgumentError, match=rf"{name}: dim \(0, -2\) names a dim of x \(2, 3\) twice"):
        getattr(mg.zeros(2, 3), name)((0, -2))
    with pytest.raises(RuntimeError):
        getattr(torch.zeros(2, 3), name)((0, -2))


@pytest.mark.parametrize("name", ["prod", "max", "argmin", "cumsum", "cumprod"])
def test_only_one_dim(name: str) -> None:
    with pytest.raises(DTypeError, match=rf"{name}: dim is (tuple|\(0, 1\)), where an integer is wanted"):
        getattr(mg.zeros(2, 3), name)((0, 1))


# ---- the forms of a call --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["max", "min"])
def test_forms_of_max_and_min(name: str) -> None:
    a, b = np.array([[1.0, 5.0], [3.0, 4.0]]), np.array([2.0, 4.5])
    forms = (
        lambda lib, x, y: getattr(lib, name)(x),
        lambda lib, x, y: getattr(lib, name)(x, 1).values,
        lambda lib, x, y: getattr(lib, name)(x, 1).indices,
        lambda lib, x, y: getattr(lib, name)(x, dim=0, keepdim=True)[0],
        lambda lib, x, y: getattr(lib, name)(x, 0, True)[1],
        lambda lib, x, y: getattr(lib, name)(x, y),
        lambda lib, x, y: getattr(x, name)(other=y),
    )
    for form in forms:
        ours, theirs = (form(lib, lib.tensor(a), lib.tensor(b)).tolist() for lib in (mg, torch))
        assert ours == theirs
    with pytest.raises(ArgumentError, match=f"{name}: keepdim goes with a dim"):
        getattr(mg.tensor(a), name)(keepdim=True)
    with pytest.raises(ArgumentError, match=f"{name}: other compares two tensors"):
        getattr(mg.tensor(a), name)(0, other=mg.tensor(b))


@pytest.mark.parametrize("name", ["var", "std"])
def test_forms_of_var_and_std(name: str) -> None:
    forms = (
        lambda x: getattr(x, name)(0, False),
        lambda x: getattr(x, name)(False),
        lambda x: getattr(x, name)(True),
        lambda x: getattr(x, name)(1, True, True),
        lambda x: getattr(x, name)(unbiased=False),
        lambda x: getattr(x, name)(0, correction=2),
        lambda x: getattr(x, name)(dim=(0, 1), correction=0.5, keepdim=True),
    )
    for form in forms:
        check(form, X[0])
    with pytest.raises(ArgumentError, match=f"{name}: unbiased and correction say the same"):
        getattr(mg.tensor(X), name)(0, unbiased=True, correction=1)
