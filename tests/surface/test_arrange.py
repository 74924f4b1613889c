"""The arranging, joining and scattering surface without PyTorch: values, slopes, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.core import Tensor
from minigrad.errors import ArgumentError, DTypeError, GradientError, IndexingError, ShapeError
from minigrad.testing import gradcheck


def t(values: Any, dtype: Any = mg.float64) -> Tensor:
    return mg.tensor(values, dtype=dtype)


A, V = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [7.0, 8.0]
AT = mg.tensor([1, 1, 0])
CALLS: dict[str, tuple[Callable[..., Any], Any]] = {  # of A and V
    "rot90": (lambda a, v: mg.rot90(a), [[3, 6], [2, 5], [1, 4]]),
    "fliplr": (lambda a, v: mg.fliplr(a), [[3, 2, 1], [6, 5, 4]]),
    "flipud": (lambda a, v: mg.flipud(a), [[4, 5, 6], [1, 2, 3]]),
    "ravel": (lambda a, v: a.T.ravel(), [1, 4, 2, 5, 3, 6]),
    "swapaxes": (lambda a, v: a.swapaxes(0, 1), [[1, 4], [2, 5], [3, 6]]),
    "atleast_2d": (lambda a, v: mg.atleast_2d(v), [[7, 8]]),
    "atleast_3d": (lambda a, v: mg.atleast_3d(v), [[[7], [8]]]),
    "broadcast_tensors": (lambda a, v: mg.broadcast_tensors(v, a.T)[0], [[7, 8]] * 3),
    "meshgrid": (lambda a, v: mg.meshgrid(v, a[0], indexing="xy")[1], [[1, 1], [2, 2], [3, 3]]),
    "cartesian_prod": (lambda a, v: mg.cartesian_prod(v, a[0, :2]), [[7, 1], [7, 2], [8, 1], [8, 2]]),
    "combinations": (lambda a, v: mg.combinations(a[0], 2), [[1, 2], [1, 3], [2, 3]]),
    "repeat_interleave": (lambda a, v: v.repeat_interleave(mg.tensor([0, 2])), [8, 8]),
    "repeat_interleave all": (lambda a, v: v.repeat_interleave(2), [7, 7, 8, 8]),
    "vander": (lambda a, v: mg.vander(a[0, :2], 3), [[1, 1, 1], [4, 2, 1]]),
    "narrow": (lambda a, v: a.narrow(1, -2, 2), [[2, 3], [5, 6]]),
    "select": (lambda a, v: a.select(1, -1), [3, 6]),
    "hstack": (lambda a, v: mg.hstack([a, v.unsqueeze(1)]), [[1, 2, 3, 7], [4, 5, 6, 8]]),
    "vstack": (lambda a, v: mg.vstack([v, a[:, 1:]]), [[7, 8], [2, 3], [5, 6]]),
    "dstack": (lambda a, v: mg.dstack([v, v]), [[[7, 7], [8, 8]]]),
    "column_stack": (lambda a, v: mg.column_stack([v, a]), [[7, 1, 2, 3], [8, 4, 5, 6]]),
    "block_diag": (lambda a, v: mg.block_diag(v, a[:, :1]), [[7, 8, 0], [0, 0, 1], [0, 0, 4]]),
    "tensor_split": (lambda a, v: a.tensor_split(2, 1)[0], [[1, 2], [4, 5]]),
    "hsplit": (lambda a, v: a.hsplit([1])[1], [[2, 3], [5, 6]]),
    "vsplit": (lambda a, v: a.vsplit(2)[1], [[4, 5, 6]]),
    "dsplit": (lambda a, v: a.unsqueeze(0).dsplit(3)[2], [[[3], [6]]]),
    "diag": (lambda a, v: mg.diag(v, 1), [[0, 7, 0], [0, 0, 8], [0, 0, 0]]),
    "diagflat": (lambda a, v: mg.diagflat(v), [[7, 0], [0, 8]]),
    "diagonal": (lambda a, v: a.diagonal(1), [2, 6]),
    "diagonal_scatter": (lambda a, v: a.diagonal_scatter(v), [[7, 2, 3], [4, 8, 6]]),
    "select_scatter": (lambda a, v: a.select_scatter(v, 1, 0), [[7, 2, 3], [8, 5, 6]]),
    "slice_scatter": (lambda a, v: a.slice_scatter(v.unsqueeze(1), 1, 2), [[1, 2, 7], [4, 5, 8]]),
    "unfold": (lambda a, v: a.unfold(1, 2, 1), [[[1, 2], [2, 3]], [[4, 5], [5, 6]]]),
    "as_strided": (lambda a, v: a.as_strided((2, 2), (1, 1), 3), [[4, 5], [5, 6]]),
    "index_add": (lambda a, v: v.index_add(0, AT, a[0], alpha=2), [13, 14]),
    "index_copy": (lambda a, v: v.index_copy(0, AT, a[0]), [3, 2]),
    "index_fill": (lambda a, v: v.index_fill(0, AT[:2], 9.0), [7, 9]),
    "index_put": (lambda a, v: v.index_put((AT,), a[0], accumulate=True), [10, 11]),
    "index_reduce": (lambda a, v: v.index_reduce(0, AT, a[0], "mean"), [5, 11 / 3]),
    "put": (lambda a, v: a.put(mg.tensor([0, -1]), v), [[7, 2, 3], [4, 5, 8]]),
    "take": (lambda a, v: a.take(mg.tensor([5, -6, 5])), [6, 1, 6]),
    "masked_select": (lambda a, v: a.masked_select(a > 2.5), [3, 4, 5, 6]),
    "masked_scatter": (lambda a, v: v.masked_scatter(v > 7.5, a), [7, 1]),
    "scatter_reduce sum": (lambda a, v: v.scatter_reduce(0, AT, a[0], "sum"), [10, 11]),
    "scatter_reduce prod": (lambda a, v: v.scatter_reduce(0, AT, a[0], "prod"), [21, 16]),
    "scatter_reduce mean": (lambda a, v: v.scatter_reduce(0, AT, a[0], "mean"), [5, 11 / 3]),
    "scatter_reduce amax": (lambda a, v: v.scatter_reduce(0, AT, a[1], "amax"), [7, 8]),
    "scatter_reduce amin": (lambda a, v: v.scatter_reduce(0, AT, a[0], "amin"), [3, 1]),
    "alone": (lambda a, v: v.scatter_reduce(0, AT[:2], a[0, :2], "mean", include_self=False), [7, 1.5]),
}


@pytest.mark.parametrize("name", CALLS)
def test_values_and_slopes(name: str) -> None:
    call, want = CALLS[name]
    a, v = mg.tensor(np.array(A), requires_grad=True), mg.tensor(np.array(V), requires_grad=True)
    np.testing.assert_allclose(call(a, v).detach().numpy(), np.array(want, np.float64), 1e-14)
    gradcheck(call, [a, v])


def test_products_beside_zeros_have_every_derivative() -> None:
    at = mg.tensor([0, 0, 0, 1, 1, 2])
    src = mg.tensor([0.0, 2.0, 3.0, 0.0, 0.0, 5.0], dtype=mg.float64, requires_grad=True)
    x = mg.tensor([1.5, 2.0, 0.0, 4.0], dtype=mg.float64, requires_grad=True)
    y = x.scatter_reduce(0, at, src, "prod")
    assert y.tolist() == [0.0, 0.0, 0.0, 4.0]
    gx, gs = mg.autograd.grad(y.sum(), [x, src], create_graph=True)
    assert gx.tolist() == [0.0, 0.0, 5.0, 1.0] and gs.tolist() == [9.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    (second,) = mg.autograd.grad(gs[0], [src])
    assert second.tolist() == [0.0, 4.5, 3.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_halves_are_joined_in_float32(dtype: str) -> None:
    at = mg.tensor([0] * 8)
    large = mg.full((8,), 60000.0, dtype=dtype, requires_grad=True)
    y = mg.zeros(1, dtype=dtype).scatter_reduce(0, at, large, "mean", include_self=False)
    assert (y.item(), y.dtype) == (large[0].item(), large.dtype)
    y.sum().backward()
    assert large.grad.dtype == large.dtype and large.grad.tolist() == [0.125] * 8
    near = mg.full((8,), 1.0 + 2.0**-7, dtype=dtype)
    product = mg.ones(1, dtype=dtype).scatter_reduce(0, at, near, "prod")
    assert product.item() == mg.tensor([(1.0 + 2.0**-7) ** 8]).to(dtype).item()


def test_overlapping_views_are_noticed_when_memory_is_written() -> None:
    x = mg.tensor(np.arange(6.0), requires_grad=True)
    for see in (
        lambda y: y.unfold(0, 2, 1),
        lambda y: y.as_strided((5, 2), (1, 1)),
        lambda y: y.reshape(2, 3).diagonal(),
    ):
        y = x * 1.0
        base = y.detach()
        z = see(y) ** 2
        base[0] = 9.0
        with pytest.raises(GradientError, match="changed in place"):
            z.sum().backward()


def test_a_view_of_a_leaf_is_written_only_under_no_grad() -> None:
    x = mg.tensor(np.ones((2, 2)), requires_grad=True)
    for see in (lambda: x.diagonal(), lambda: x.unfold(0, 1, 1), lambda: x.as_strided((2,), (1,))):
        with pytest.raises(GradientError, match="a view of a leaf that requires grad"):
            see().zero_()
    with mg.no_grad():
        x.diagonal().zero_()
    assert x.tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_an_index_of_a_number_is_a_view() -> None:
    x = mg.zeros(3, 2)
    x[mg.tensor(1)].fill_(5.0)
    x[mg.tensor(2), mg.tensor(0)].fill_(7.0)
    assert x.tolist() == [[0.0, 0.0], [5.0, 5.0], [7.0, 0.0]]


# ---- what is refused ------------------------------------------------------------------------------------------------
a, v, m, i = t(A), t(V), mg.tensor([True, False]), mg.tensor([0, 1])
MISUSES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: mg.rot90(a, 1, (0, 0)), ArgumentError, r"rot90: dims \(0, 0\) are the same"),
    (lambda: mg.rot90(a, 1, (0,)), ArgumentError, r"rot90: dims \(0,\) are 1, where 2"),
    (lambda: mg.rot90(a, 1, (0, 2)), IndexingError, "rot90: dim 2 is outside of 2 dimensions"),
    (lambda: mg.fliplr(v), ShapeError, r"fliplr: float64\[2\] has no columns"),
    (lambda: mg.flipud(t(1.0)), ShapeError, r"flipud: float64\[\] has no rows"),
    (lambda: a.reshape_as(v), ShapeError, r"reshape: x float64\[2, 3\]"),
    (lambda: a.T.view_as(t([0.0] * 6)), ShapeError, r"view: float64\[3, 2\] cannot be seen"),
    (lambda: mg.atleast_2d(3), DTypeError, r"atleast_2d: tensors\[0\] is a int"),
    (lambda: mg.atleast_1d(v, 2), DTypeError, r"atleast_1d: tensors\[1\] is a int"),
    (lambda: mg.broadcast_shapes((2,), (3, 4)), ShapeError, r"broadcast_shapes: \(2,\), \(3, 4\) do not fit"),
    (lambda: mg.broadcast_shapes((-1,)), ShapeError, r"broadcast_shapes: .* negative extent"),
    (lambda: mg.broadcast_tensors(a, v), ShapeError, r"broadcast_shapes: \(2, 3\), \(2,\)"),
    (lambda: mg.meshgrid(v, indexing="ji"), ArgumentError, "meshgrid: indexing is 'ji'"),
    (lambda: mg.meshgrid(a), ShapeError, r"meshgrid: float64\[2, 3\] is not a vector"),
    (lambda: mg.meshgrid(v, i), DTypeError, r"meshgrid: float64\[2\], int64\[2\] differ in dtype"),
    (lambda: mg.cartesian_prod(v, t(1.0)), ShapeError, r"cartesian_prod: float64\[\] is not a vector"),
    (lambda: mg.combinations(a), ShapeError, r"combinations: float64\[2, 3\] is not a vector"),
    (lambda: mg.combinations(v, -1), ArgumentError, "combinations: r is -1"),
    (lambda: v.repeat_interleave(t([1.0])), DTypeError, r"repeat_interleave: repeats is float64\[1\]"),
    (
        lambda: v.repeat_interleave(mg.tensor([1, 2, 3])),
        ShapeError,
        r"repeat_interleave: repeats int64\[3\] for 2",
    ),
    (lambda: v.repeat_interleave(-1), ArgumentError, "repeat_interleave: repeats has -1"),
    (lambda: v.repeat_interleave(2, output_size=5), ShapeError, "output_size is 5, and the result has 4"),
    (lambda: a.repeat_interleave(2, 2), IndexingError, "repeat_interleave: dim 2"),
    (lambda: mg.vander(a), ShapeError, r"vander: float64\[2, 3\] is not a vector"),
    (lambda: mg.vander(v, -1), ArgumentError, "vander: N is -1"),
    (lambda: a.narrow(0, 1, 2), IndexingError, "narrow: start 1 and length 2 lead out of 2"),
    (lambda: a.narrow(0, -3, 1), IndexingError, "narrow: start -3"),
    (lambda: t(1.0).narrow(0, 0, 1), ShapeError, "narrow: a 0-d tensor"),
    (lambda: a.select(1, 3), IndexingError, "select: index 3 is outside of 3, the extent of dim 1"),
    (lambda: t(1.0).select(0, 0), ShapeError, "select: a 0-d tensor"),
    (lambda: mg.hstack([]), ArgumentError, "hstack: tensors is empty"),
    (lambda: mg.vstack([a, v]), ShapeError, r"cat: xs\[0\] float64\[2, 3\], xs\[1\] float64\[1, 2\]"),
    (lambda: mg.column_stack(a), ArgumentError, "column_stack: tensors is a Tensor"),
    (lambda: mg.block_diag(a.unsqueeze(0)), ShapeError, r"block_diag: float64\[1, 2, 3\] has more than 2"),
    (lambda: a.tensor_split(0), ShapeError, "tensor_split: 0 sections"),
    (lambda: a.tensor_split(v), DTypeError, r"tensor_split: float64\[2\]"),
    (
        lambda: a.hsplit(2),
        ShapeError,
        r"hsplit: float64\[2, 3\] does not divide into 2 equal parts along dim 1",
    ),
    (lambda: v.vsplit(1), ShapeError, r"vsplit: float64\[2\] has fewer than 2"),
    (lambda: a.dsplit(1), ShapeError, r"dsplit: float64\[2, 3\] has fewer than 3"),
    (lambda: mg.diag(a.unsqueeze(0)), ShapeError, r"diag: float64\[1, 2, 3\] is neither"),
    (lambda: mg.diag_embed(t(1.0)), ShapeError, "diag_embed: a 0-d tensor"),
    (lambda: mg.diag_embed(v, dim1=0, dim2=-2), ArgumentError, "diag_embed: dim1 0 and dim2 -2 are the same"),
    (lambda: mg.diag_embed(v, dim1=2), IndexingError, "diag_embed: dim 2 is outside"),
    (lambda: a.diagonal_scatter(t([1.0])), ShapeError, r"diagonal_scatter: src float64\[1\] does not fit"),
    (lambda: a.diagonal_scatter(V), DTypeError, r"diagonal_scatter: src is list"),
    (lambda: mg.rot90(a, 0.5), DTypeError, "rot90: k is 0.5, where an integer"),
    (lambda: a.narrow(0, 0.5, 1), DTypeError, "narrow: start is 0.5, where an integer"),
    (lambda: a.select(0, v), DTypeError, r"select: index is float64\[2\], where an integer"),
    (lambda: a.split(1.5), DTypeError, "split: split_size_or_sections is 1.5"),
    (lambda: a.chunk(1.5), DTypeError, "chunk: chunks is 1.5"),
    (lambda: a.tensor_split(1.5), DTypeError, "tensor_split: indices_or_sections is 1.5"),
    (
        lambda: a.select_scatter(v, 0, 0),
        ShapeError,
        r"select_scatter: src float64\[2\] does not fit the piece \[3\]",
    ),
    (lambda: a.select_scatter(v, 1, 3), IndexingError, "select_scatter: index 3"),
    (lambda: a.slice_scatter(a, step=0), ArgumentError, "slice_scatter: step is 0"),
    (lambda: a.slice_scatter(v), ShapeError, r"slice_scatter: src float64\[2\]"),
    (lambda: a.T.as_strided((1,), (1,)), ShapeError, r"as_strided: float64\[3, 2\] is not contiguous"),
    (lambda: a[1].as_strided((1,), (1,), 0), ShapeError, "as_strided: a storage_offset into a piece"),
    (lambda: a.as_strided((7,), (1,)), ArgumentError, "as_strided: .* lead to element 6, and there are 6"),
    (lambda: v.fill_diagonal_(1.0), ShapeError, r"fill_diagonal_: float64\[2\]"),
    (lambda: a.clone().fill_diagonal_("1"), DTypeError, "fill_diagonal_: fill_value is str"),
    (lambda: v.index_add(0, i, v.float()), DTypeError, r"index_add: source is float32\[2\]"),
    (
        lambda: v.index_add(0, i, t([1.0])),
        ShapeError,
        r"index_add: source float64\[1\] is not of the shape \[2\]",
    ),
    (lambda: v.index_add(0, i + 1, v), IndexingError, "index_add: index 2 at"),
    (lambda: v.index_add(0, i - 1, v), IndexingError, "index_add: index -1 at"),
    (lambda: i.index_add(0, i, i, alpha=0.5), DTypeError, "index_add: alpha is 0.5"),
    (lambda: v.index_copy(0, i * 1.0, v), DTypeError, r"index_copy: index is float32\[2\]"),
    (lambda: v.index_copy(1, i, v), IndexingError, "index_copy: dim 1 is outside"),
    (lambda: v.index_fill(0, i, v), ShapeError, r"index_fill: value float64\[2\]"),
    (lambda: v.index_fill(0, i - 3, 1.0), IndexingError, "index_fill: index -1"),
    (lambda: v.index_put(i, v), DTypeError, "index_put: indices is int64"),
    (lambda: v.index_put((i,), a, accumulate=True), ShapeError, "index_put: values|broadcast_shapes"),
    (lambda: v.index_put((i + 1,), v), IndexingError, "setitem: .*out of bounds"),
    (lambda: v.index_reduce(0, i, v, "sum"), ArgumentError, "index_reduce: reduce is 'sum'"),
    (lambda: v.put(i, t([1.0])), ShapeError, r"put: source float64\[1\] and index int64\[2\] differ"),
    (lambda: v.put(i + 1, v), IndexingError, "put: index 2 is outside of 2 elements"),
    (lambda: v.take(i - 3), IndexingError, "take: index -3 is outside of 2 elements"),
    (lambda: v.take([0]), DTypeError, "take: index is list"),
    (lambda: v.masked_select(i), DTypeError, r"masked_select: mask is int64\[2\]"),
    (lambda: a.masked_select(m), ShapeError, r"masked_select: mask bool\[2\] does not broadcast"),
    (lambda: v.masked_scatter(v > 0, t([1.0])), ShapeError, r"masked_scatter: source float64\[1\] has fewer"),
    (lambda: v.scatter(0, i), ArgumentError, "scatter: one of src and value"),
    (lambda: v.scatter(0, i, v, reduce="mean"), ArgumentError, "scatter: reduce is 'mean'"),
    (lambda: v.scatter(0, i, v.float()), DTypeError, r"scatter: src is float32\[2\]"),
    (lambda: v.scatter_reduce(0, i, v, "max"), ArgumentError, "scatter_reduce: reduce is 'max'"),
    (lambda: v.scatter_reduce(0, i + 1, v, "prod"), IndexingError, "scatter_reduce: index 2 at"),
    (lambda: v.scatter_reduce(0, i, v[:1], "amax"), ShapeError, "scatter_reduce: src .* is smaller"),
    (lambda: mg.where(m, v), ArgumentError, "where: input and other go together"),
]


@pytest.mark.parametrize("k", range(len(MISUSES)))
def test_misuse(k: int) -> None:
    call, error, match = MISUSES[k]
    with pytest.raises(error, match=match):
        call()
