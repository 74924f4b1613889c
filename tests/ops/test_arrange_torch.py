"""minigrad/surface/arrange.py, join.py, diagonal.py and ops/strided.py, compared with PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_samples.case import f, ints
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad.errors import GradientError, IndexingError

Call = Callable[..., Any]
CALLS: list[tuple[str, Call, list[tuple[int, ...]]]] = [
    ("rot90", lambda m, x: m.rot90(x), [(2, 3)]),
    ("rot90 twice", lambda m, x: m.rot90(x, 2, [1, 2]), [(2, 3, 4)]),
    ("rot90 back", lambda m, x: m.rot90(x, -1, (-1, 0)), [(2, 3, 4)]),
    ("rot90 of none", lambda m, x: x.rot90(4), [(2, 3)]),
    ("rot90 of empty", lambda m, x: m.rot90(x), [(0, 3)]),
    ("fliplr", lambda m, x: m.fliplr(x), [(2, 3)]),
    ("flipud", lambda m, x: x.flipud(), [(4,)]),
    ("moveaxis", lambda m, x: m.moveaxis(x, (0, 1), (-1, 0)), [(2, 3, 4)]),
    ("swapaxes", lambda m, x: m.swapaxes(x, 0, -1), [(2, 3, 4)]),
    ("swapdims", lambda m, x: x.swapdims(1, 2), [(2, 3, 4)]),
    ("ravel", lambda m, x: m.ravel(x.transpose(0, 1)), [(2, 3)]),
    ("ravel of a number", lambda m, x: x.ravel(), [()]),
    ("view_as", lambda m, x, y: x.view_as(y), [(2, 6), (3, 4)]),
    ("reshape_as", lambda m, x, y: x.transpose(0, 1).reshape_as(y) * y, [(2, 6), (3, 4)]),
    ("expand_as", lambda m, x, y: x.expand_as(y), [(3, 1), (2, 3, 4)]),
    ("atleast_1d", lambda m, x: m.atleast_1d(x), [()]),
    ("atleast_2d", lambda m, x, y: m.atleast_2d(x, y), [(), (3,)]),
    ("atleast_3d", lambda m, *xs: m.atleast_3d(list(xs)), [(), (3,), (2, 3), (2, 1, 2)]),
    ("broadcast_tensors", lambda m, *xs: m.broadcast_tensors(*xs), [(3, 1), (4,), ()]),
    ("meshgrid", lambda m, *xs: m.meshgrid(*xs, indexing="ij"), [(2,), (3,), ()]),
    ("meshgrid xy", lambda m, *xs: m.meshgrid(list(xs), indexing="xy"), [(2,), (3,), (4,)]),
    ("meshgrid of one", lambda m, *xs: m.meshgrid(*xs, indexing="xy"), [(2,)]),
    ("cartesian_prod", lambda m, *xs: m.cartesian_prod(*xs), [(2,), (3,), (2,)]),
    ("cartesian_prod of one", lambda m, *xs: m.cartesian_prod(*xs), [(3,)]),
    ("cartesian_prod of nothing", lambda m, *xs: m.cartesian_prod(*xs), [(3,), (0,)]),
    ("combinations", lambda m, x: m.combinations(x), [(4,)]),
    ("combinations of 3", lambda m, x: m.combinations(x, 3, True), [(3,)]),
    ("combinations of 0", lambda m, x: m.combinations(x, 0), [(3,)]),
    ("combinations of too many", lambda m, x: m.combinations(x, 4), [(3,)]),
    ("repeat_interleave", lambda m, x: m.repeat_interleave(x, 2), [(2, 3)]),
    ("repeat_interleave along", lambda m, x: x.repeat_interleave(3, dim=-1, output_size=9), [(2, 3)]),
    ("repeat_interleave each", lambda m, x: x.repeat_interleave(m.tensor([2, 0, 1]), 1), [(2, 3)]),
    ("repeat_interleave by one", lambda m, x: x.repeat_interleave(m.tensor([2]), 0), [(2, 3)]),
    ("repeat_interleave a number", lambda m, x: x.repeat_interleave(2), [()]),
    ("repeat_interleave never", lambda m, x: x.repeat_interleave(0, 0), [(2, 3)]),
    ("narrow", lambda m, x: m.narrow(x, 1, 1, 2), [(2, 4)]),
    ("narrow from the end", lambda m, x: x.narrow(0, m.tensor(-2), 1), [(3, 2)]),
    ("narrow to nothing", lambda m, x: x.narrow(0, 3, 0), [(3, 2)]),
    ("select", lambda m, x: m.select(x, 1, -1), [(2, 4)]),
    ("select of a vector", lambda m, x: x.select(0, 2), [(4,)]),
    ("hstack", lambda m, *xs: m.hstack(xs), [(2, 3), (2, 1)]),
    ("hstack of vectors", lambda m, *xs: m.hstack(xs), [(2,), ()]),
    ("vstack", lambda m, *xs: m.vstack(xs), [(3,), (2, 3)]),
    ("row_stack", lambda m, *xs: m.row_stack(xs), [(), (2, 1)]),
    ("dstack", lambda m, *xs: m.dstack(xs), [(2, 3), (2, 3, 2)]),
    ("dstack of vectors", lambda m, *xs: m.dstack(xs), [(3,), (3,)]),
    ("column_stack", lambda m, *xs: m.column_stack(xs), [(2,), (2, 3)]),
    ("column_stack of numbers", lambda m, *xs: m.column_stack(xs), [(), ()]),
    ("concat", lambda m, *xs: m.concat(xs, dim=1), [(2, 3), (2, 1)]),
    ("concatenate", lambda m, *xs: m.concatenate(xs), [(2, 3), (1, 3)]),
    ("block_diag", lambda m, *xs: m.block_diag(*xs), [(2, 3), (2,), (), (0, 2), (1, 1)]),
    ("tensor_split", lambda m, x: m.tensor_split(x, 3), [(7, 2)]),
    ("tensor_split at", lambda m, x: x.tensor_split((1, 4, 9), dim=-1), [(2, 7)]),
    ("tensor_split back", lambda m, x: x.tensor_split([4, 2, -1], dim=0), [(7,)]),
    ("tensor_split at a tensor", lambda m, x: x.tensor_split(m.tensor([2, 3])), [(5,)]),
    ("tensor_split by a tensor", lambda m, x: x.tensor_split(m.tensor(4)), [(5,)]),
    ("hsplit", lambda m, x: m.hsplit(x, 2), [(3, 4)]),
    ("hsplit of a vector", lambda m, x: x.hsplit([1, 2]), [(4,)]),
    ("vsplit", lambda m, x: m.vsplit(x, 3), [(3, 4)]),
    ("dsplit", lambda m, x: x.dsplit((1,)), [(2, 2, 4)]),
    ("squeeze dims", lambda m, x: m.squeeze(x, (0, -1)), [(1, 3, 1)]),
    ("diag of a vector", lambda m, x: m.diag(x, -1), [(3,)]),
    ("diag of a matrix", lambda m, x: x.diag(1), [(3, 4)]),
    ("diag of nothing", lambda m, x: m.diag(x), [(0,)]),
    ("diagonal", lambda m, x: m.diagonal(x), [(3, 4)]),
    ("diagonal of matrices", lambda m, x: x.diagonal(-1, 2, 1), [(2, 3, 4)]),
    ("diag_embed", lambda m, x: m.diag_embed(x), [(2, 3)]),
    ("diag_embed between", lambda m, x: x.diag_embed(-1, 0, 2), [(2, 3)]),
    ("diag_embed turned", lambda m, x: m.diag_embed(x, 2, dim1=-1, dim2=0), [(2, 3)]),
    ("diagflat", lambda m, x: m.diagflat(x, 1), [(2, 2)]),
    ("diagflat of a number", lambda m, x: x.diagflat(), [()]),
    ("diagonal_scatter", lambda m, x, v: m.diagonal_scatter(x, v), [(3, 3), (3,)]),
    ("diagonal_scatter of matrices", lambda m, x, v: x.diagonal_scatter(v, 1, 2, 0), [(4, 2, 3), (2, 3)]),
    ("diagonal_scatter below", lambda m, x, v: x.diagonal_scatter(v, -2), [(4, 5), (2,)]),
    ("diagonal_scatter outside", lambda m, x, v: x.diagonal_scatter(v, 9), [(4, 5), (0,)]),
    ("select_scatter", lambda m, x, v: m.select_scatter(x, v, 1, -1), [(2, 3), (2,)]),
    ("slice_scatter", lambda m, x, v: m.slice_scatter(x, v, 1, 1, 6, 2), [(2, 6), (2, 3)]),
    ("slice_scatter of all", lambda m, x, v: x.slice_scatter(v), [(2, 3), (2, 3)]),
    ("unfold", lambda m, x: x.unfold(0, 3, 2), [(8, 2)]),
    ("unfold twice", lambda m, x: x.unfold(1, 2, 1).unfold(2, 3, 1), [(2, 4, 5)]),
    ("unfold of a transpose", lambda m, x: x.transpose(0, 1).unfold(-1, 2, 2), [(5, 3)]),
    ("unfold of a number", lambda m, x: x.unfold(0, 1, 1), [()]),
    ("as_strided", lambda m, x: m.as_strided(x, (3, 2), (1, 4), 1), [(3, 4)]),
    ("as_strided of a piece", lambda m, x: x[1:].as_strided((3, 3), (1, 1)), [(3, 4)]),
    ("tril of a stack", lambda m, x: m.tril(x, 1), [(2, 3, 4)]),
    ("triu of a stack", lambda m, x: x.triu(-1), [(2, 3, 4)]),
    ("unflatten", lambda m, x: x.unflatten(-1, (2, -1)), [(2, 6)]),
    ("tile", lambda m, x: m.tile(x, (2, 1, 2)), [(2, 3)]),
]


@pytest.mark.parametrize(("name", "call", "shapes"), CALLS, ids=[name for name, _, _ in CALLS])
def test_values_and_gradients(name: str, call: Call, shapes: list[tuple[int, ...]]) -> None:
    xs = [f(*shape, seed=str(k)) for k, shape in enumerate(shapes)]
    agree(lambda *a: call(mg, *a), lambda *a: call(torch, *a), *xs)


@pytest.mark.parametrize("n", [None, 0, 1, 5])
@pytest.mark.parametrize("increasing", [False, True])
def test_vander(n: int | None, increasing: bool) -> None:
    """PyTorch's own has no gradient: it writes over what it saved."""

    def powers(x: Any) -> Any:
        order = range(3 if n is None else n)
        columns = [x**k for k in (order if increasing else reversed(order))]
        return torch.stack(columns, 1) if columns else x[:, None][:, :0]

    x = np.array([0.0, -1.5, 2.0])
    agree(lambda x: mg.vander(x, n, increasing), powers, x)
    close(mg.vander(mg.tensor(x), n, increasing), torch.vander(torch.tensor(x), n, increasing))


def test_dtypes_of_joined_tensors_are_those_of_pytorch() -> None:
    for dtypes in (("int32", "int64"), ("int64", "float32"), ("bool", "uint8")):
        for name in ("hstack", "vstack", "dstack", "column_stack"):
            ours, theirs = ([m.ones(2, 2, dtype=getattr(m, d)) for d in dtypes] for m in (mg, torch))
            close(getattr(mg, name)(ours), getattr(torch, name)(theirs))
        close(mg.block_diag(*ours), torch.block_diag(*theirs))


def test_integers() -> None:
    x = ints(3, 4)
    for call in (
        lambda m, x: m.rot90(x),
        lambda m, x: m.repeat_interleave(x[0].abs()),
        lambda m, x: m.diag(x[0]),
        lambda m, x: m.combinations(x[0], 2),
        lambda m, x: x.unfold(1, 2, 1),
    ):
        close(call(mg, mg.tensor(x)), call(torch, torch.tensor(x)))


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("shape", [(3, 3), (7, 3), (2, 5), (8, 3), (2, 2, 2)])
def test_fill_diagonal(shape: tuple[int, ...], wrap: bool) -> None:
    x = np.zeros(shape)
    close(mg.tensor(x).fill_diagonal_(2.5, wrap), torch.tensor(x).fill_diagonal_(2.5, wrap))


def test_views_are_written_through() -> None:
    for write in (
        lambda x: x.diagonal().fill_(7.0),
        lambda x: x.T.diagonal(1).mul_(2.0),
        lambda x: x.unfold(0, 2, 2).fill_(3.0),
        lambda x: x.select(1, 0).zero_(),
        lambda x: x.narrow(0, 1, 1).zero_(),
        lambda x: x.as_strided((2,), (5,)).fill_(1.0),
        lambda x: x.swapaxes(0, 1)[0].fill_(4.0),
        lambda x: x.hsplit(2)[1].fill_(5.0),
    ):
        ours, theirs = mg.tensor(f(4, 4)), torch.tensor(f(4, 4))
        write(ours)
        write(theirs)
        close(ours, theirs)


def test_broadcast_shapes() -> None:
    for shapes in [((2, 1), (3,)), ((), (4, 1), (1, 5)), (3, (2, 1)), ((0,), (1,)), ()]:
        assert mg.broadcast_shapes(*shapes) == tuple(torch.broadcast_shapes(*shapes))


ANEW: list[Call] = [
    lambda x: x.squeeze_(),
    lambda x: x.squeeze_(1),
    lambda x: x.squeeze_((0, 1)),
    lambda x: x.unsqueeze_(-1),
    lambda x: x.transpose_(0, 2),
    lambda x: x.swapaxes_(0, 1).swapdims_(1, 2),
    lambda x: x.squeeze_().t_(),
]


@pytest.mark.parametrize("k", range(len(ANEW)))
def test_views_in_place(k: int) -> None:
    """Recorded they have the gradient of the view; unrecorded the memory stays."""

    def recorded(x: Any) -> Any:
        y = x * 2.0
        z = y * 1.0
        assert ANEW[k](y) is y
        return y, z

    agree(recorded, recorded, f(2, 1, 3))
    ours, theirs = mg.tensor(f(2, 1, 3)), torch.tensor(f(2, 1, 3))
    other = ours.reshape(6)
    close(ANEW[k](ours), ANEW[k](theirs))
    ours.zero_()
    assert other.tolist() == [0.0] * 6


def test_a_leaf_keeps_its_shape() -> None:
    x = mg.ones(1, 2, requires_grad=True)
    for refused in (x.squeeze_, x.t_, lambda: x[:1].squeeze_(), lambda: x.transpose_(0, 1)):
        with pytest.raises(
            GradientError, match="a leaf that requires grad, or a view of one, keeps its shape"
        ):
            refused()
    with pytest.raises(IndexingError, match="squeeze: dim 5 is outside"):
        mg.ones(1).squeeze_(5)
