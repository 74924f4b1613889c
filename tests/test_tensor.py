"""Tensor's methods: what they show, which memory they share, and what happens to gradients when memory is written."""

from __future__ import annotations

import copy
import gc
import operator
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import writes
from minigrad.errors import ArgumentError, DTypeError, GradientError, IndexingError, ShapeError


def leaf(*values: float) -> mg.Tensor:
    return mg.tensor([*values], dtype=mg.float64, requires_grad=True)


# ---- out of the graph -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: mg.tensor(1.5), "tensor(1.5)"),
        (lambda: mg.tensor([[1.0, 2.25], [3.0, -4.0]]), "tensor([[ 1.  ,  2.25],\n        [ 3.  , -4.  ]])"),
        (lambda: mg.tensor([1, 2]), "tensor([1, 2])"),
        (lambda: mg.tensor([True]), "tensor([ True])"),
        (lambda: mg.tensor([1.0], dtype=mg.float64), "tensor([1.], dtype=float64)"),
        (lambda: mg.tensor([1.0, 1 / 3], dtype="bfloat16"), "tensor([1.   , 0.334], dtype=bfloat16)"),
        (lambda: mg.zeros(0, 2), "tensor([], dtype=float32, shape=(0, 2))"),
        (lambda: mg.tensor([1.0], requires_grad=True), "tensor([1.], requires_grad=True)"),
        (lambda: mg.tensor([1.0], requires_grad=True) * 2.0, "tensor([2.], op=mul)"),
        (lambda: mg.tensor([1.0, 2.0], requires_grad=True).split(1)[1], "tensor([2.], op=split)"),
        (lambda: mg.tensor([1 / 3]), "tensor([0.3333])"),
    ],
)
def test_repr(make: Callable[[], Any], text: str) -> None:
    assert repr(make()) == text


def test_format_of_a_number() -> None:
    assert f"{mg.tensor(0.12345):.3f}" == "0.123" and f"{mg.tensor(2)}" == "2"
    assert f"{mg.tensor([1.0])}" == "tensor([1.])"
    with pytest.raises(
        ArgumentError, match=r"format: '.2f' formats a single number, this tensor has shape \(1,\)"
    ):
        f"{mg.tensor([1.0]):.2f}"


def test_numbers() -> None:
    x = mg.tensor([[2.5]])
    assert x.item() == 2.5 and type(x.item()) is float and float(x) == 2.5 and int(x) == 2 and bool(x)
    assert mg.tensor(3).item() == 3 and type(mg.tensor(3).item()) is int
    assert operator.index(mg.tensor(3)) == 3 and [10, 20, 30][mg.tensor(1)] == 20 and not mg.tensor(0)
    assert mg.tensor([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]] and mg.tensor(1.0).tolist() == 1.0
    assert (x.numel(), x.ndim, x.dim(), x.size(), x.size(-1), len(x)) == (1, 2, 2, (1, 1), 1, 1)
    assert leaf(2.0).item() == 2.0 and leaf(2.0, 3.0).tolist() == [
        2.0,
        3.0,
    ]  # of values alone, no gradient is lost


def test_numbers_refused() -> None:
    pair = mg.zeros(2)
    for call, error, text in [
        (lambda: pair.item(), ShapeError, "item: a tensor of shape (2,) is not a single number"),
        (lambda: bool(pair), ShapeError, "bool: the truth of a tensor of shape (2,) is ambiguous"),
        (lambda: bool(mg.zeros(0)), ShapeError, "bool: the truth of a tensor of shape (0,)"),
        (lambda: float(pair), ShapeError, "item: a tensor of shape (2,)"),
        (lambda: len(mg.tensor(1.0)), ShapeError, "len: a 0-d tensor has no length"),
        (lambda: list(mg.tensor(1.0)), ShapeError, "unbind: a 0-d tensor has no dim to divide"),
        (lambda: range(mg.tensor(1.5)), DTypeError, "index: float32[] is not an integer"),
        (lambda: pair.size(1), IndexingError, "size: dim 1 is outside of the shape (2,)"),
        (lambda: pair.cuda(), RuntimeError, "device 'cuda': "),
    ]:
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value).startswith(text)


def test_numpy_is_a_view_that_cannot_be_written() -> None:
    x = mg.tensor([1.0, 2.0])
    view = x.numpy()
    x[0] = 5.0
    assert view.tolist() == [5.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1.0
    assert x.tolist() == [5.0, 2.0]
    with pytest.raises(GradientError, match=r"numpy: this tensor requires grad, .*detach\(\) it first"):
        leaf(1.0).numpy()
    assert leaf(1.0).detach().numpy().tolist() == [1.0]


def test_numpy_takes_tensors() -> None:
    x = mg.tensor([1.0, 2.0])
    assert np.sum(np.asarray(x)) == 3.0 and np.array(x, dtype=np.float64).dtype == np.float64
    copied = np.array(x)
    copied[0] = 7.0
    assert x.tolist() == [1.0, 2.0]
    assert (np.array([1.0, 2.0], np.float32) * x).tolist() == [
        1.0,
        4.0,
    ]  # by Tensor.__rmul__, not element by element
    assert isinstance(np.array([1.0, 2.0], np.float32) * x, mg.Tensor)
    with pytest.raises(DTypeError, match="array: float32 as float64 needs a copy"):
        np.asarray(x, dtype=np.float64, copy=False)
    with pytest.raises(GradientError, match="requires grad"):
        np.asarray(leaf(1.0))


def test_iteration_has_gradients() -> None:
    x = mg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    first, second = x
    (first * second).sum().backward()
    assert x.grad.tolist() == [[3.0, 4.0], [1.0, 2.0]]
    assert [v.item() for v in mg.tensor([1, 2, 3])] == [1, 2, 3] and 2 in mg.tensor([1, 2, 3])


def test_copies_and_pickles_of_leaves() -> None:
    x = leaf(1.0, 2.0)
    (x * x).sum().backward()
    y = copy.deepcopy(x)
    assert (
        y.requires_grad
        and y.tolist() == [1.0, 2.0]
        and y.grad.tolist() == [2.0, 4.0]
        and y.grad is not x.grad
    )
    z = pickle.loads(pickle.dumps(x))
    assert z.requires_grad and z.dtype == mg.float64 and z.tolist() == [1.0, 2.0]
    for fn in (copy.deepcopy, pickle.dumps):
        with pytest.raises(GradientError, match=r"the result of a recorded op; detach\(\) it first"):
            fn(x * 2.0)


# ---- views ----------------------------------------------------------------------------------------------------------
VIEWS: dict[str, Callable[[Any], Any]] = {
    "reshape": lambda x: x.reshape(6),
    "view": lambda x: x.view(3, 2),
    "permute": lambda x: x.permute(1, 0),
    "transpose": lambda x: x.transpose(0, 1),
    "movedim": lambda x: x.movedim(0, 1),
    "mT": lambda x: x.mT,
    "T": lambda x: x.T,
    "flatten": lambda x: x.flatten(),
    "unflatten": lambda x: x.unflatten(1, (3, 1)),
    "squeeze": lambda x: x.squeeze(),
    "unsqueeze": lambda x: x.unsqueeze(0),
    "expand": lambda x: x.expand(2, 2, 3),
    "split": lambda x: x.split(1)[0],
    "chunk": lambda x: x.chunk(2)[0],
    "unbind": lambda x: x.unbind()[0],
    "a slice": lambda x: x[:, 1:],
    "a row": lambda x: x[0],
    "an element": lambda x: x[0, 0],
    "detach": lambda x: x.detach(),
    "contiguous": lambda x: x.contiguous(),
}
COPIES: dict[str, Callable[[Any], Any]] = {
    "clone": lambda x: x.clone(),
    "flip": lambda x: x.flip(0),
    "roll": lambda x: x.roll(1),
    "tile": lambda x: x.tile(1, 1),
    "tril": lambda x: x.tril(),
    "a list": lambda x: x[[0, 1]],
    "a mask": lambda x: x[mg.tensor([True, True])],
    "cat": lambda x: mg.cat([x]),
    "pad": lambda x: mg.functional.pad(x, (0, 0)),
    "pad by copies": lambda x: mg.functional.pad(x, (0, 0), mode="reflect"),
    "contiguous": lambda x: x.T.contiguous(),
    "tensor": lambda x: mg.tensor(x),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_shows_what_is_written(name: str) -> None:
    x = mg.zeros(2, 3)
    y = VIEWS[name](x)
    x.fill_(7.0)
    assert set(y.flatten().tolist()) == {7.0}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_does_not(name: str) -> None:
    x = mg.zeros(2, 3)
    y = COPIES[name](x)
    x.fill_(7.0)
    assert set(y.flatten().tolist()) == {0.0}


def test_writing_to_a_view_writes_to_its_base() -> None:
    x = mg.zeros(2, 3)
    x.T[1].fill_(1.0)
    x[0, 0] += 2.0
    x.view(-1)[5:] += 3.0
    assert x.tolist() == [[2.0, 1.0, 0.0], [0.0, 1.0, 3.0]]
    with pytest.raises(ArgumentError, match=r"setitem: this tensor is a read-only view .*clone\(\) it first"):
        mg.zeros(1).expand(3)[0] = 1.0


def test_contiguous() -> None:
    x = mg.zeros(2, 3)
    assert x.is_contiguous() and x.contiguous() is x
    assert not x.T.is_contiguous() and x.T.contiguous().is_contiguous()


# ---- written in place, unrecorded -----------------------------------------------------------------------------------
def test_in_place_forms_write_into_the_memory() -> None:
    x = mg.tensor([4.0, 9.0])
    memory = x.data
    x += 1.0
    x *= mg.tensor([2.0, 1.0])
    x -= 1
    x /= 3.0
    assert x.data is memory and x.tolist() == [3.0, 3.0]
    assert x.add_(1.0).mul_(2.0).neg_() is x and x.tolist() == [-8.0, -8.0]
    assert x.copy_(mg.tensor([1, 2])) is x and x.fill_(mg.tensor(3.0)) is x and x.zero_() is x
    assert x.data is memory and x.tolist() == [0.0, 0.0]


def test_in_place_forms_keep_shape_and_dtype() -> None:
    for call, error, text in [
        (lambda x: x.add_(mg.zeros(3, 2)), ShapeError, "add_: int64[2] cannot hold the result float32[3, 2]"),
        (lambda x: x.add_(0.5), DTypeError, "add_: int64[2] cannot hold the result float32[2]"),
        (lambda x: x.div_(2), DTypeError, "div_: int64[2] cannot hold the result float32[2]"),
    ]:
        x = mg.tensor([1, 2])
        with pytest.raises(error) as caught:
            call(x)
        assert str(caught.value) == text and x.tolist() == [1, 2]


def test_setitem_refused() -> None:
    for index, value, error, text in [
        (2, 1.0, IndexingError, "setitem: x float32[2], v 1.0: index 2 is out of bounds"),
        (0.5, 1.0, IndexingError, "setitem: x float32[2], v 1.0: only integers"),
        (slice(None), mg.zeros(3), ShapeError, "setitem: x float32[2], v float32[3]: could not broadcast"),
        (0, [1.0, 2.0], ShapeError, "setitem: x float32[2], v float32[2]: "),
        (0, None, DTypeError, "tensor: dtype object: "),
        (0, 1j, DTypeError, "tensor: dtype complex128: "),
        (0, "1", DTypeError, "tensor: dtype <U1: "),
    ]:
        x = mg.tensor([1.0, 2.0])
        with pytest.raises(error) as caught:
            x[index] = value
        assert str(caught.value).startswith(text) and x.tolist() == [1.0, 2.0]
    with pytest.raises(DTypeError, match="out of bounds for uint8"):
        mg.zeros(1, dtype=mg.uint8)[0] = 300


def test_a_leaf_changes_only_under_no_grad() -> None:
    w = leaf(1.0, 2.0)

    def assign() -> None:
        w[0] = 5.0

    for change in (lambda: w.add_(1.0), lambda: w.zero_(), assign):
        with pytest.raises(
            GradientError, match="a leaf that requires grad changes in place only under no_grad"
        ):
            change()
    assert w.tolist() == [1.0, 2.0]
    with mg.no_grad():
        w -= 0.5
        w[0] = 5.0
    assert w.tolist() == [5.0, 1.5] and w.is_leaf and w.requires_grad


# ---- written in place, between forward and backward -----------------------------------------------------------------
def test_a_saved_value_that_was_written_is_an_error() -> None:
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = (x * w).sum()
    with mg.no_grad():
        w += 1.0
    with pytest.raises(
        GradientError, match=r"mul: a value saved for its gradient was changed in place at .*test_tensor"
    ):
        y.backward()
    assert x.grad is None
    (x * w).sum().backward()  # saved after the write
    assert x.grad.tolist() == [4.0, 5.0]


def test_a_saved_value_written_through_a_view_is_an_error() -> None:
    x, h = leaf(1.0, 2.0), mg.zeros(3, dtype=mg.float64)
    y = (x * h[1:]).sum()
    h.view(3, 1)[2, 0] = 5.0
    with pytest.raises(GradientError, match="changed in place"):
        y.backward()


def test_a_write_to_what_nobody_saved_is_fine() -> None:
    x, w = leaf(1.0), leaf(2.0)
    y = x + w
    with mg.no_grad():
        w += 1.0
    y.backward()
    assert x.grad.tolist() == [1.0]


def test_recorded_writes_have_the_right_gradient() -> None:
    """Also where PyTorch refuses: exp has saved the h that `*=` replaces."""
    x = leaf(0.3, -0.5, 0.8, 1.1)
    h = x.exp()
    h *= x
    h += 1.0
    h[1] = x[0] * 2.0
    h[2] += x[3]
    (h * h).sum().backward()

    def value(v: Any) -> Any:
        e = np.exp(v) * v + 1.0
        return (e[0] ** 2) + (2 * v[0]) ** 2 + (e[2] + v[3]) ** 2 + e[3] ** 2

    at, step = x.detach().numpy().copy(), 1e-6
    for k in range(4):
        d = np.eye(4)[k] * step
        assert x.grad.tolist()[k] == pytest.approx((value(at + d) - value(at - d)) / (2 * step), rel=1e-6)


def test_recorded_writes_have_the_right_second_derivative() -> None:
    x = leaf(0.7, -1.2)
    h = x * x
    h *= x  # mul has saved h, whose memory is stale now
    (g,) = mg.autograd.grad(h.sum(), x, create_graph=True)
    (gg,) = mg.autograd.grad(g.sum(), x)
    np.testing.assert_allclose(g.detach().numpy(), [3 * 0.7**2, 3 * 1.2**2])
    np.testing.assert_allclose(gg.numpy(), [6 * 0.7, -6 * 1.2])


def test_a_buffer_filled_row_by_row() -> None:
    x = leaf(1.0, 2.0)
    rows = mg.zeros(3, 2, dtype=mg.float64)
    for k in range(3):
        rows[k] = x * float(k)
    assert rows.tolist() == [[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]]
    rows.sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_value_is_cast_to_the_dtype_of_what_it_is_written_to() -> None:
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    y = mg.zeros(3, dtype=mg.float64)
    y[1:] = x
    y.sum().backward()
    assert y.dtype == mg.float64 and x.grad.dtype == mg.float32 and x.grad.tolist() == [1.0, 1.0]
    z = mg.zeros(2, dtype=mg.int64)
    z[:] = x * 1.5
    assert z.tolist() == [1, 3] and not z.requires_grad


def test_a_view_of_memory_that_was_left_behind_is_an_error() -> None:
    x = leaf(1.0, 2.0, 3.0)
    h = x * 2.0
    v = h[1:]
    h *= x
    for use in (lambda: v * 2.0, v.tolist, lambda: v[0], v.detach().numpy, lambda: v.__setitem__(0, 1.0)):
        with pytest.raises(GradientError, match=r"shares memory with one changed in place at .*test_tensor"):
            use()
    assert h[1:].tolist() == [8.0, 18.0]
    h = x * 2.0
    v = h[1:]
    v *= x[1:]
    with pytest.raises(GradientError, match="shares memory"):
        h.sum()


def test_notes_on_memory_that_is_gone_are_forgotten() -> None:
    gc.collect()
    stale, written = len(writes.stale), len(writes.written)
    x = leaf(1.0, 2.0)
    h = x * 2.0
    h *= x
    y = mg.zeros(3)
    y += 1.0
    del h, x, y
    assert len(writes.stale) <= stale and len(writes.written) <= written


def test_detached_memory_is_shared() -> None:
    x = leaf(1.0, 2.0)
    y = x.detach()
    assert not y.requires_grad and y.is_leaf
    with mg.no_grad():
        x[0] = 5.0
    assert y.tolist() == [5.0, 2.0]


# ---- leaves, results, hooks -----------------------------------------------------------------------------------------
def test_requires_grad() -> None:
    x = mg.tensor([1.0])
    assert x.requires_grad_() is x and x.requires_grad and x.is_leaf
    y = x * 2.0
    assert y.requires_grad and not y.is_leaf
    x.requires_grad = False
    assert not (x * 2.0).requires_grad
    with pytest.raises(
        GradientError, match=r"requires_grad: only a leaf can stop requiring grad; use detach"
    ):
        y.requires_grad = False
    for refused in (lambda: mg.tensor([1]).requires_grad_(), lambda: mg.tensor([1], requires_grad=True)):
        with pytest.raises(
            DTypeError, match=r"requires_grad: only floating tensors have gradients, this one is int64"
        ):
            refused()


def test_to() -> None:
    x = mg.tensor([1.9, -1.9], requires_grad=True)
    assert x.to(mg.float32) is x and x.to("cpu") is x and x.cpu() is x and x.to(device="cpu") is x
    y = x.to(mg.float64)
    (y * y).sum().backward()
    assert y.dtype == mg.float64 and x.grad.dtype == mg.float32
    assert x.to(mg.int64).tolist() == [1, -1] and not x.to(mg.int64).requires_grad
    assert (
        x.to(mg.zeros(1, dtype=mg.float16)).dtype == mg.float16 and x.to("bfloat16").dtype.name == "bfloat16"
    )
    with pytest.raises(DTypeError, match="'complex64' is not a dtype of minigrad"):
        x.to("complex64")


def test_retain_grad() -> None:
    x = leaf(1.0, 2.0)
    h = x * 3.0
    h.retain_grad()
    (h * h).sum().backward()
    assert h.grad.tolist() == [6.0, 12.0] and x.grad.tolist() == [18.0, 36.0]


def test_every_method_is_documented() -> None:
    for name, value in vars(mg.Tensor).items():
        if not name.startswith("_") and callable(value) and getattr(value, "__name__", "") != "<lambda>":
            assert value.__doc__, name


def test_python_floats_are_of_the_default_dtype() -> None:
    assert mg.Tensor([1.0, 2.0]).dtype == mg.Tensor(2.0).dtype == mg.float32
    assert mg.Tensor(np.ones(2)).dtype == mg.float64


@pytest.mark.parametrize("call", [lambda: mg.exp(2.0), lambda: mg.exp([1.0]), lambda: mg.add(1.0, 2.0)])
def test_an_op_without_a_tensor_is_refused(call: Any) -> None:
    with pytest.raises(DTypeError, match="(exp|add): (x|a) .*has to be a tensor"):
        call()


def test_nothing_equals_none() -> None:
    x = mg.ones(2)
    assert (x == None) is False and (x != None) is True  # noqa: E711
    assert (x == 1.0).tolist() == [True, True]


def test_an_unpickled_tensor_has_the_dtype_that_the_engine_knows() -> None:
    assert pickle.loads(pickle.dumps(mg.ones(2))).dtype is mg.float32


@pytest.mark.parametrize("name", "add sub mul truediv floordiv mod pow matmul lt le gt ge eq ne".split())
def test_operators_beside_arrays_and_numpys_numbers(name: str) -> None:
    fn, x = getattr(operator, name), mg.tensor([1.0, 2.0], dtype="float64", requires_grad=True)
    for other in (np.array([3.0, 4.0]), np.float64(3.0), np.int64(3))[: 1 if name == "matmul" else 3]:
        for y, want in (
            (fn(other, x), fn(other, np.array([1.0, 2.0]))),
            (fn(x, other), fn(x.detach().numpy(), other)),
        ):
            assert isinstance(y, mg.Tensor) and (y.detach().numpy() == want).all()


@pytest.mark.parametrize(
    "use", [np.exp, np.add.reduce, lambda x: np.maximum(x, 1.0), lambda x: np.zeros(2).__iadd__(x)]
)
def test_numpys_functions_are_refused(use: Any) -> None:
    with pytest.raises(DTypeError, match=r"numpy\.\w+ does not know gradients: use the function of minigrad"):
        use(mg.ones(2))
