"""Reductions, order statistics, scans, norms and counts without PyTorch: values, slopes, forms, and what is refused."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.core import Tensor
from minigrad.errors import ArgumentError, DTypeError, IndexingError, MinigradError, ShapeError
from minigrad.testing import gradcheck

ROW = [2.5, -1.0, 4.0, 0.5, -3.0]
MATRIX = [[3.0, -1.0, 2.0], [0.5, 4.0, -2.5]]
nan, inf = math.nan, math.inf


def t(values: Any, dtype: Any = mg.float64, grad: bool = False) -> Tensor:
    """A tensor of doubles."""
    return mg.tensor(values, dtype=dtype, requires_grad=grad)


# ---- values and slopes ----------------------------------------------------------------------------------------------
CALLS: dict[str, tuple[Callable[[Any], Any], Any, Any]] = {
    "nansum": (mg.nansum, ROW, math.fsum(ROW)),
    "nanmean": (lambda x: mg.nanmean(x, 0, True), ROW, [statistics.fmean(ROW)]),
    "var_mean": (mg.var_mean, ROW, (statistics.variance(ROW), statistics.fmean(ROW))),
    "std_mean": (
        lambda x: mg.std_mean(x, correction=0),
        ROW,
        (statistics.pstdev(ROW), statistics.fmean(ROW)),
    ),
    "aminmax": (mg.aminmax, ROW, (-3.0, 4.0)),
    "trace": (mg.trace, MATRIX, 7.0),
    "median": (mg.median, ROW, statistics.median_low(ROW)),
    "median of a dim": (lambda x: x.median(1).values, MATRIX, [2.0, 0.5]),
    "nanmedian": (lambda x: x.nanmedian(0, True).values, MATRIX, [[0.5, -1.0, -2.5]]),
    "kthvalue": (lambda x: mg.kthvalue(x, 2, 1).values, MATRIX, [2.0, 0.5]),
    "mode": (lambda x: mg.mode(x, 1).values, MATRIX, [-1.0, -2.5]),
    "msort": (mg.msort, MATRIX, [[0.5, -1.0, -2.5], [3.0, 4.0, 2.0]]),
    "sort": (lambda x: x.sort(descending=True).values, ROW, [4.0, 2.5, 0.5, -1.0, -3.0]),
    "topk": (lambda x: x.topk(2, 1, False).values, MATRIX, [[-1.0, 2.0], [-2.5, 0.5]]),
    "quantile": (lambda x: x.quantile(0.3), ROW, -0.7),
    "quantile of rows": (lambda x: mg.quantile(x, t([0.75, 0.0]), 1), MATRIX, [[2.5, 2.25], [-1.0, -2.5]]),
    "nanquantile": (lambda x: mg.nanquantile(x, 0.5, interpolation="midpoint"), ROW, 0.5),
    "cummax": (lambda x: mg.cummax(x, 0).values, ROW, [2.5, 2.5, 4.0, 4.0, 4.0]),
    "cummin": (lambda x: x.cummin(0).values, ROW, [2.5, -1.0, -1.0, -1.0, -3.0]),
    "diff": (lambda x: mg.diff(x, 2), ROW, [8.5, -8.5, 0.0]),
    "diff between": (
        lambda x: mg.diff(x, prepend=t([1.0]), append=x[:1]),
        ROW,
        [1.5, -3.5, 5.0, -3.5, -3.5, 5.5],
    ),
    "trapezoid": (lambda x: mg.trapezoid(x, dx=0.5), ROW, 1.625),
    "trapezoid of x": (lambda x: mg.trapz(x, t([0.0, 2.0, 3.0]), dim=1), MATRIX, [2.5, 5.25]),
    "cumulative_trapezoid": (mg.cumulative_trapezoid, ROW, [0.75, 2.25, 4.5, 3.25]),
    "vector_norm": (lambda x: mg.linalg.vector_norm(x, 3), [1.0, -2.0, 2.0], 17 ** (1 / 3)),
    "norm": (lambda x: x.norm(1, dim=1), MATRIX, [6.0, 7.0]),
    "norm of columns": (lambda x: mg.linalg.norm(x, 1), MATRIX, 5.0),
    "norm of rows": (lambda x: mg.linalg.matrix_norm(x, -inf), MATRIX, 6.0),
    "nuclear norm": (lambda x: mg.norm(x, "nuc"), [[3.0, 0.0], [0.0, -4.0]], 7.0),
    "spectral norm": (lambda x: mg.linalg.matrix_norm(x, 2), [[3.0, 0.0], [0.0, -4.0]], 4.0),
    "smallest singular value": (lambda x: mg.linalg.norm(x, -2, (0, 1)), [[3.0, 0.0], [0.0, -4.0]], 3.0),
    "dist": (lambda x: mg.dist(x, x * 2.0, 1), ROW, 11.0),
    "unique": (mg.unique, [2.0, 1.0, 5.0], [1.0, 2.0, 5.0]),
    "unique_consecutive": (mg.unique_consecutive, [2.0, 1.0, 2.0], [2.0, 1.0, 2.0]),
    "bincount": (lambda w: mg.bincount(mg.tensor([0, 2, 2]), w, 4), [0.5, 1.0, 2.0], [0.5, 0.0, 3.0, 0.0]),
}


@pytest.mark.parametrize("name", CALLS)
def test_values_and_slopes(name: str) -> None:
    call, x, want = CALLS[name]
    leaf = t(x, grad=True)
    got = call(leaf)
    pairs = zip(got, want, strict=True) if isinstance(got, tuple) else [(got, want)]
    for y, z in pairs:
        np.testing.assert_allclose(y.detach().numpy(), z, 1e-13, 1e-14)
        assert y.shape == np.shape(z)
    gradcheck(lambda v: call(v), [leaf], order=1)
    gradcheck(lambda v: call(v), [leaf], order=2, fast_mode=True)


def test_nan_is_left_out() -> None:
    x = t([[1.0, nan, 3.0], [nan, nan, nan]], grad=True)
    assert mg.nansum(x).item() == 4.0
    y = mg.nanmean(x, 1)
    assert (y[0].item(), math.isnan(y[1].item())) == (2.0, True)
    assert mg.nanmedian(x, 1).values[0].item() == 1.0
    assert mg.nanquantile(x[0], 0.5).item() == 2.0
    (mg.nansum(x) + y[0]).backward()
    assert x.grad.tolist() == [[1.5, 0.0, 1.5], [0.0, 0.0, 0.0]]


def test_ties() -> None:
    """All elements: equals share. Along a dim: the first of them, for `mode` the last."""
    x = t([1.0, 2.0, 2.0, 2.0], grad=True)
    for call, want in (
        (mg.median, [0.0, 1 / 3, 1 / 3, 1 / 3]),
        (lambda x: mg.median(x, 0).values, [0.0, 1.0, 0.0, 0.0]),
        (lambda x: mg.kthvalue(x, 3).values, [0.0, 1.0, 0.0, 0.0]),
        (lambda x: mg.mode(x).values, [0.0, 0.0, 0.0, 1.0]),
        (lambda x: mg.topk(x, 2).values.sum(), [0.0, 1.0, 1.0, 0.0]),
        (lambda x: mg.aminmax(x).max, [0.0, 1 / 3, 1 / 3, 1 / 3]),
        (lambda x: mg.unique(x)[1], [0.0, 1.0, 0.0, 0.0]),
        (lambda x: mg.linalg.norm(x, inf), [0.0, 1 / 3, 1 / 3, 1 / 3]),
    ):
        (gx,) = mg.autograd.grad(call(x), x)
        np.testing.assert_allclose(gx.numpy(), want, 1e-15)


def test_quantile_has_a_slope_by_q() -> None:
    q = t(0.3, grad=True)
    mg.quantile(t(ROW), q).backward()
    assert q.grad.item() == pytest.approx(4 * (0.5 - -1.0))


def test_slices_with_nan_are_unique() -> None:
    rows = [[1.0, nan], [0.0, 2.0], [1.0, nan], [0.0, 2.0]]
    y, inverse, counts = mg.unique(t(rows), return_inverse=True, return_counts=True, dim=0)
    assert y.shape == (3, 2)
    assert (inverse.tolist(), counts.tolist()) == ([1, 0, 2, 0], [2, 1, 1])


def test_bincount_of_nothing_has_the_dtype_of_its_weights() -> None:
    assert mg.bincount(mg.tensor([], dtype=mg.int64), mg.tensor([], dtype=mg.float32)).dtype == mg.float32
    assert mg.bincount(mg.tensor([1]), mg.tensor([2])).dtype == mg.float64


def test_isin_and_buckets() -> None:
    x = mg.tensor([1, 2, 3])
    assert mg.isin(x, mg.tensor([3, 1]), invert=True).tolist() == [False, True, False]
    assert mg.isin(2, x).item() is True
    assert mg.bucketize(x, mg.tensor([1, 3]), right=True, out_int32=True).tolist() == [1, 1, 2]
    assert mg.searchsorted(mg.tensor([3, 1, 2]), x, sorter=mg.tensor([1, 2, 0]), side="right").tolist() == [
        1,
        2,
        3,
    ]
    for dtype in (mg.float32, mg.float64):
        row = t([0.1, 0.2], dtype)
        assert mg.searchsorted(row, 0.1).item() == 0
        assert mg.isin(row, 0.1).tolist() == [True, False]


@pytest.mark.parametrize("name", ["any", "all"])
def test_truth_keeps_uint8(name: str) -> None:
    x = mg.tensor([[0, 7], [1, 2]], dtype=mg.uint8)
    y = getattr(x, name)(1)
    assert (y.dtype, y.tolist()) == (mg.uint8, [int(name == "any"), 1])
    assert getattr(x, name)(dim=()).tolist() == [[0, 1], [1, 1]]


def test_halves() -> None:
    for dtype in (mg.float16, mg.bfloat16):
        x = mg.ones(4001, dtype=dtype)
        assert x.nansum().dtype == x.nanmean().dtype == dtype
        assert x.nanmean().item() == 1.0
        assert mg.full((30000,), 3.0, dtype=dtype).nanmean().item() == 3.0
        assert x.logcumsumexp(0)[-1].item() == pytest.approx(1 + math.log(4001), rel=8e-3)
        for y in (
            x.median(),
            x.sort().values,
            x.cummax(0).values,
            x.norm(),
            x.kthvalue(3).values,
            x.histc(2),
        ):
            assert y.dtype == dtype


METHODS = """
    aminmax argsort bincount cummax cummin diff dist histc kthvalue logcumsumexp median mode msort nanmean nanmedian
    nanquantile nansum norm quantile sort topk trace unique unique_consecutive
"""


@pytest.mark.parametrize("name", METHODS.split())
def test_methods(name: str) -> None:
    assert getattr(Tensor, name) is getattr(mg, name)


@pytest.mark.parametrize("name", ["max", "median", "kthvalue", "mode", "sort", "topk", "cummax"])
def test_results_have_names(name: str) -> None:
    y = getattr(mg, name)(t(ROW), *((2,) if name in ("kthvalue", "topk") else ()), dim=0)
    assert y.values is y[0] and y.indices is y[1]


# ---- misuse ---------------------------------------------------------------------------------------------------------
x, m, i = t(ROW), t(MATRIX), mg.tensor([1, 2])
REFUSED: list[tuple[Callable[[], Any], type[MinigradError], str]] = [
    (lambda: mg.nansum(m, 2), IndexingError, "sum: dim 2 is outside"),
    (lambda: mg.nanmean(i), DTypeError, "nanmean: x is int64, where a floating dtype is wanted"),
    (lambda: mg.nanmean(m, (0, 0)), ArgumentError, "sum: dim .* twice"),
    (lambda: mg.var_mean(i), DTypeError, "var: x is int64"),
    (
        lambda: mg.std_mean(m, 0, True, correction=1),
        ArgumentError,
        "std: unbiased and correction say the same",
    ),
    (lambda: mg.std_mean(m, 2), IndexingError, "std: dim 2 is outside"),
    (
        lambda: mg.aminmax(m, dim=(0, 1)),
        DTypeError,
        r"aminmax: dim is (tuple|\(0, 1\)), where an integer is wanted",
    ),
    (lambda: mg.aminmax(mg.zeros(0)), ShapeError, r"amin: x float32\[0\] has no elements"),
    (lambda: mg.aminmax(m, dim=2), IndexingError, "aminmax: dim 2 is outside"),
    (lambda: mg.trace(x), ShapeError, r"trace: input float64\[5\], where a matrix is wanted"),
    (lambda: mg.any(m, 2), IndexingError, "any: dim 2 is outside"),
    (lambda: mg.median(m, keepdim=True), ArgumentError, "median: keepdim goes with a dim"),
    (lambda: mg.median(m, 2), IndexingError, "median: dim 2 is outside"),
    (lambda: mg.nanmedian(mg.zeros(0, 2), 0), ShapeError, r"median: x float32\[0, 2\] has no elements"),
    (lambda: mg.kthvalue(m, 4), ArgumentError, "kthvalue: k is 4, where 1 to 3 is wanted"),
    (lambda: mg.mode(m, 2), IndexingError, "mode: dim 2 is outside"),
    (lambda: mg.sort(m, 2), IndexingError, "argsort: dim 2 is outside"),
    (lambda: mg.topk(m, 4), ArgumentError, "topk: k is 4, where 0 to 3 is wanted"),
    (lambda: mg.quantile(i, 0.5), DTypeError, "quantile: input is int64, where float32 or float64 is wanted"),
    (lambda: mg.quantile(x.half(), 0.5), DTypeError, "quantile: input is float16"),
    (
        lambda: mg.quantile(x, [0.5]),
        DTypeError,
        "quantile: q is a list, where a number or a tensor is wanted",
    ),
    (
        lambda: mg.quantile(x, mg.tensor([0.5])),
        DTypeError,
        "quantile: q is float32, where .* float64, is wanted",
    ),
    (
        lambda: mg.quantile(x, t([[0.5]])),
        ShapeError,
        r"quantile: q float64\[1, 1\] is neither a number nor 1-d",
    ),
    (lambda: mg.quantile(x, 1.5), ArgumentError, "quantile: q is not between 0 and 1"),
    (lambda: mg.quantile(x, nan), ArgumentError, "quantile: q is not between 0 and 1"),
    (lambda: mg.nanquantile(x, t([0.5, -0.5])), ArgumentError, "nanquantile: q is not between 0 and 1"),
    (lambda: mg.quantile(x, 0.5, 1), IndexingError, "quantile: dim 1 is outside"),
    (
        lambda: mg.nanquantile(mg.zeros(0), 0.5),
        ShapeError,
        r"nanquantile: input float32\[0\] has no elements",
    ),
    (
        lambda: mg.quantile(x, 0.5, interpolation="cubic"),
        ArgumentError,
        "quantile: interpolation 'cubic' is none of",
    ),
    (
        lambda: mg.searchsorted(x, x, side="l"),
        ArgumentError,
        "searchsorted: side is 'l', where 'left' or 'right'",
    ),
    (
        lambda: mg.searchsorted(x, x, right=True, side="left"),
        ArgumentError,
        "searchsorted: side is 'left' and right",
    ),
    (lambda: mg.searchsorted(x, x, sorter=i), ShapeError, r"sorted_sequence float64\[5\], sorter int64\[2\]"),
    (lambda: mg.searchsorted(i, x, sorter=i), IndexingError, "gather: index 2 at .* outside of 0..1"),
    (lambda: mg.searchsorted(i, x, sorter=x[:2]), DTypeError, "gather: index is float64, where integers"),
    (
        lambda: mg.searchsorted(m, 1.0),
        ShapeError,
        r"searchsorted: sorted_sequence float64\[2, 3\], input float64\[\]",
    ),
    (lambda: mg.bucketize(x, m), ShapeError, r"bucketize: boundaries float64\[2, 3\] are not 1-d"),
    (lambda: mg.cummax(m, 2), IndexingError, "cummax: dim 2 is outside"),
    (lambda: mg.diff(t(1.0)), ShapeError, "diff: input is 0-d"),
    (lambda: mg.diff(x, -1), ArgumentError, "diff: n is -1, where 0 or more is wanted"),
    (lambda: mg.diff(x, dim=1), IndexingError, "diff: dim 1 is outside"),
    (
        lambda: mg.diff(m, prepend=x),
        ShapeError,
        r"diff: prepend float64\[5\] and input float64\[2, 3\] differ",
    ),
    (lambda: mg.diff(m, append=m, dim=0, n=-2), ArgumentError, "diff: n is -2"),
    (
        lambda: mg.diff(m, append=m.T),
        ShapeError,
        r"diff: append float64\[3, 2\] and input .* differ beside dim 1",
    ),
    (lambda: mg.trapezoid(x > 0), DTypeError, "trapezoid: y is bool, where numbers are wanted"),
    (lambda: mg.trapezoid(x, x > 0), DTypeError, "trapezoid: x is bool, where numbers are wanted"),
    (lambda: mg.trapezoid(x, x, dx=1.0), ArgumentError, "trapezoid: x and dx both say"),
    (
        lambda: mg.trapezoid(m, x),
        ShapeError,
        r"trapezoid: x float64\[5\] has not one place for each sample of y",
    ),
    (lambda: mg.cumulative_trapezoid(t(1.0)), IndexingError, "cumulative_trapezoid: dim -1 of a 0-d y"),
    (lambda: mg.cumulative_trapezoid(m, dim=2), IndexingError, "cumulative_trapezoid: dim 2 is outside"),
    (lambda: mg.norm(i), DTypeError, r"vector_norm: x is int64\[2\], where a tensor of floats is wanted"),
    (lambda: mg.norm(m, "inf"), ArgumentError, "matrix_norm: ord is 'inf', where fro, nuc, 1"),
    (lambda: mg.norm(x, "nuc"), ArgumentError, r"matrix_norm: dim is \(0,\), where two dims"),
    (lambda: mg.linalg.matrix_norm(x), ShapeError, r"matrix_norm: A float64\[5\] has fewer than 2 dims"),
    (
        lambda: mg.norm(m, dtype=mg.float32),
        DTypeError,
        "vector_norm: dtype float32 is narrower than that of x",
    ),
    (lambda: mg.norm(mg.ones(2, 2, 2), dim=(0, 1, 2)), ArgumentError, "norm: p is 'fro' and dim"),
    (lambda: mg.dist(i, i), DTypeError, r"vector_norm: x is int64\[2\]"),
    (lambda: mg.dist(m, x), ShapeError, "sub: "),
    (
        lambda: mg.linalg.vector_norm(x, "fro"),
        DTypeError,
        "vector_norm: ord is 'fro', where a number is wanted",
    ),
    (lambda: mg.linalg.vector_norm(x, dim=1), IndexingError, "vector_norm: dim 1 is outside"),
    (lambda: mg.linalg.vector_norm(mg.zeros(0), inf), ShapeError, "vector_norm: .* has no elements"),
    (lambda: mg.linalg.matrix_norm(m, 3), ArgumentError, "matrix_norm: ord is 3, where fro, nuc"),
    (lambda: mg.linalg.matrix_norm(m, dim=(0, 0)), ArgumentError, "matrix_norm: dim .* twice"),
    (
        lambda: mg.linalg.matrix_norm(m, dim=(0,)),
        ArgumentError,
        r"matrix_norm: dim is \(0,\), where two dims",
    ),
    (lambda: mg.linalg.matrix_norm(mg.zeros(2, 0), -2), ShapeError, "amin: .* has no elements"),
    (
        lambda: mg.linalg.norm(mg.ones(2, 2, 2), 2),
        ShapeError,
        "norm: A .* is neither vector nor matrix; give dim",
    ),
    (lambda: mg.linalg.norm(mg.ones(2, 2, 2), 2, (0, 1, 2)), ArgumentError, "norm: dim is .* one dim or two"),
    (lambda: mg.linalg.norm(x, "fro"), ArgumentError, r"matrix_norm: dim is \(0,\), where two dims"),
    (lambda: mg.unique(x, dim=1), IndexingError, "unique: dim 1 is outside"),
    (lambda: mg.unique(t(1.0), dim=0), IndexingError, "unique: dim 0 of a 0-d input"),
    (
        lambda: mg.unique(mg.zeros(0, 3), dim=1),
        ShapeError,
        r"unique: input float32\[0, 3\] has slices without",
    ),
    (lambda: mg.unique_consecutive(m, dim=2), IndexingError, "unique_consecutive: dim 2 is outside"),
    (lambda: mg.isin(1, 2), DTypeError, "isin: neither elements nor test_elements is a tensor"),
    (lambda: mg.bincount(i, x), ShapeError, r"bincount: weights float64\[5\], input int64\[2\]"),
    (lambda: mg.bincount(x, x), DTypeError, "bincount: input is float64, where integers are wanted"),
    (lambda: mg.bincount(i, i, -1), ArgumentError, "bincount: minlength is -1"),
]


@pytest.mark.parametrize("k", range(len(REFUSED)))
def test_misuse(k: int) -> None:
    call, error, match = REFUSED[k]
    with pytest.raises(error, match=match):
        call()
