"""minigrad/creation.py: values, dtypes, shared memory, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import ArgumentError, DeviceError, DTypeError, ShapeError


def same(x: mg.Tensor, values: Any, dtype: Any) -> None:
    assert x.tolist() == values and x.dtype == dtype and not x.requires_grad and x.device == "cpu"


def test_of_one_value() -> None:
    same(mg.zeros(2, 1), [[0.0], [0.0]], mg.float32)
    same(mg.ones((2,)), [1.0, 1.0], mg.float32)
    same(mg.zeros(()), 0.0, mg.float32)
    same(mg.zeros(), 0.0, mg.float32)
    same(mg.ones(0, 3), [], mg.float32)
    same(mg.zeros([1, 2], dtype=mg.int64), [[0, 0]], mg.int64)
    assert (
        mg.empty(2, 3, dtype="float16").shape == (2, 3) and mg.empty(1, dtype="float16").dtype == mg.float16
    )


def test_full_takes_its_dtype_from_the_value() -> None:
    same(mg.full((2,), 7), [7, 7], mg.int64)
    same(mg.full((2,), True), [True, True], mg.bool_)
    same(mg.full((), 0.5), 0.5, mg.float32)
    same(mg.full((1,), 7, dtype=mg.float64), [7.0], mg.float64)
    same(mg.full((1,), mg.tensor(3)), [3], mg.int64)
    same(mg.full((2,), float("inf")), [float("inf")] * 2, mg.float32)


def test_the_default_dtype_is_followed() -> None:
    mg.set_default_dtype(mg.float64)
    try:
        for x in (mg.zeros(1), mg.full((1,), 0.5), mg.arange(0.0, 1.0), mg.linspace(0, 1, 2), mg.eye(1)):
            assert x.dtype == mg.float64
    finally:
        mg.set_default_dtype(mg.float32)


def test_like() -> None:
    x = mg.zeros(2, 1, dtype=mg.float64, requires_grad=True)
    same(mg.zeros_like(x), [[0.0], [0.0]], mg.float64)
    same(mg.ones_like(x), [[1.0], [1.0]], mg.float64)
    same(mg.full_like(x, 3), [[3.0], [3.0]], mg.float64)
    same(mg.ones_like(x, dtype=mg.int32), [[1], [1]], mg.int32)
    assert mg.empty_like(x).shape == (2, 1) and mg.empty_like(x).dtype == mg.float64
    assert mg.zeros_like(x, requires_grad=True).requires_grad


@pytest.mark.parametrize("name", ["zeros_like", "ones_like", "empty_like"])
def test_like_wants_a_tensor(name: str) -> None:
    with pytest.raises(DTypeError, match=f"{name}: input is 3.0, where a tensor is wanted"):
        getattr(mg, name)(3.0)


def test_arange() -> None:
    same(mg.arange(4), [0, 1, 2, 3], mg.int64)
    same(mg.arange(2, 8, 3), [2, 5], mg.int64)
    same(mg.arange(3, 0, -1), [3, 2, 1], mg.int64)
    same(mg.arange(0.0, 1.0, 0.25), [0.0, 0.25, 0.5, 0.75], mg.float32)
    same(mg.arange(3, dtype=mg.float64), [0.0, 1.0, 2.0], mg.float64)
    same(mg.arange(mg.tensor(2)), [0, 1], mg.int64)
    same(mg.arange(2, 2), [], mg.int64)


def test_linspace_and_eye() -> None:
    same(mg.linspace(0, 1, 5), [0.0, 0.25, 0.5, 0.75, 1.0], mg.float32)
    same(mg.linspace(1, 0, 1), [1.0], mg.float32)
    same(mg.linspace(0, 1, 0), [], mg.float32)
    same(mg.eye(2), [[1.0, 0.0], [0.0, 1.0]], mg.float32)
    same(mg.eye(1, 3, dtype=mg.int64), [[1, 0, 0]], mg.int64)


LEAVES: list[Callable[..., mg.Tensor]] = [
    lambda **k: mg.zeros(1, **k),
    lambda **k: mg.ones(1, **k),
    lambda **k: mg.empty(1, **k),
    lambda **k: mg.full((1,), 1.0, **k),
    lambda **k: mg.arange(1.0, **k),
    lambda **k: mg.linspace(0.0, 1.0, 2, **k),
    lambda **k: mg.eye(1, **k),
    lambda **k: mg.asarray([1.0], **k),
    lambda **k: mg.zeros_like(mg.ones(1), **k),
]


@pytest.mark.parametrize("make", LEAVES)
def test_dtype_device_and_requires_grad(make: Callable[..., mg.Tensor]) -> None:
    x = make(dtype=mg.float64, device="cpu", requires_grad=True)
    assert x.dtype == mg.float64 and x.requires_grad and x.is_leaf
    with pytest.raises(DeviceError, match="device 'cuda'"):
        make(device="cuda")
    with pytest.raises(DTypeError, match="'complex64' is not a dtype of minigrad"):
        make(dtype="complex64")
    with pytest.raises(DTypeError, match="requires_grad: only floating tensors"):
        make(dtype=mg.int64, requires_grad=True)


def test_from_numpy_shares_memory() -> None:
    a = np.zeros((2, 3), np.float64)
    x = mg.from_numpy(a.T)
    x[0, 1] = 5.0
    assert a[1, 0] == 5.0 and x.dtype == mg.float64 and x.shape == (3, 2)
    a[0, 0] = 7.0
    assert x[0, 0].item() == 7.0


def test_asarray_shares_memory_where_it_can() -> None:
    a = np.zeros(2, np.float32)
    assert (
        mg.asarray(a).data is a
        and mg.asarray(a, dtype="float32").data is a
        and mg.asarray(a, copy=False).data is a
    )
    x = mg.ones(2, requires_grad=True)
    y = mg.asarray(x * 1.0)
    assert not y.requires_grad and mg.asarray(x).data is x.data
    frozen = np.zeros(2, np.float32)
    frozen.flags.writeable = False
    for copied in (
        mg.asarray(a, copy=True),
        mg.asarray(a, dtype=mg.float64),
        mg.asarray(frozen),
        mg.asarray([0.0, 0.0]),
    ):
        copied[0] = 1.0
    assert a.tolist() == frozen.tolist() == [0.0, 0.0]
    same(mg.asarray([1, 2]), [1, 2], mg.int64)
    same(mg.asarray(0.5), 0.5, mg.float32)


class Subclass(np.ndarray):
    pass


def test_tensors_hold_plain_arrays() -> None:
    a = np.zeros(2).view(Subclass)
    for x in (mg.from_numpy(a), mg.asarray(a), mg.tensor(a)):
        assert type(x.data) is np.ndarray
    mg.from_numpy(a)[0] = 3.0
    assert a[0] == 3.0


def test_tensor_copies() -> None:
    a = np.zeros(2)
    x = mg.tensor(a)
    x[0] = 1.0
    assert a.tolist() == [0.0, 0.0] and x.dtype == mg.float64
    same(mg.tensor([[1, 2], [3, 4]]), [[1, 2], [3, 4]], mg.int64)
    same(mg.tensor([1, 2.5]), [1.0, 2.5], mg.float32)
    same(mg.tensor([True, False]), [True, False], mg.bool_)
    same(mg.tensor(np.float64(0.5)), 0.5, mg.float64)
    same(mg.tensor([mg.tensor(1.0), mg.tensor(2.0)]), [1.0, 2.0], mg.float32)
    same(mg.tensor([]), [], mg.float32)


def test_refused() -> None:
    frozen = np.zeros(2)
    frozen.flags.writeable = False
    for call, error, text in [
        (lambda: mg.zeros(-1), ShapeError, "zeros: size (-1,) has a negative extent"),
        (lambda: mg.zeros(2.5), ShapeError, "zeros: size "),
        (lambda: mg.ones((1, "a")), ShapeError, "ones: size (1, 'a') is not made of integers"),
        (lambda: mg.eye(-1), ShapeError, "eye: size (-1, -1) has a negative extent"),
        (lambda: mg.full((2,), "a"), DTypeError, "full: fill_value is a str, where a number is wanted"),
        (lambda: mg.full((2,), 300, dtype=mg.uint8), DTypeError, "full: 300 does not fit uint8"),
        (lambda: mg.arange(0, 3, 0), ArgumentError, "arange: step 0 does not lead from 0 to 3"),
        (lambda: mg.arange(3, 0), ArgumentError, "arange: step 1 does not lead from 3 to 0"),
        (lambda: mg.arange(float("inf")), ArgumentError, "arange: from 0 to inf in steps of 1: "),
        (lambda: mg.arange(float("nan")), ArgumentError, "arange: from 0 to nan in steps of 1: "),
        (
            lambda: mg.linspace(0, 1, -1),
            ArgumentError,
            "linspace: steps is -1, where an integer >= 0 is wanted",
        ),
        (lambda: mg.linspace(0, 1, 2.5), ArgumentError, "linspace: steps is 2.5, where an integer"),
        (lambda: mg.from_numpy([1.0]), DTypeError, "from_numpy: a list is not a NumPy array; use tensor()"),
        (lambda: mg.from_numpy(frozen), ArgumentError, "from_numpy: this array is read-only; tensor(array)"),
        (
            lambda: mg.from_numpy(np.zeros(2, complex)),
            DTypeError,
            "from_numpy: minigrad does not compute in complex128",
        ),
        (
            lambda: mg.from_numpy(np.zeros(2, ">f4")),
            DTypeError,
            "from_numpy: minigrad does not compute in >f4",
        ),
        (
            lambda: mg.asarray(frozen, copy=False),
            ArgumentError,
            "asarray: copy=False, but float64[2] as a tensor",
        ),
        (lambda: mg.tensor("a"), DTypeError, "tensor: dtype <U1: "),
        (
            lambda: mg.tensor([[1.0], [1.0, 2.0]]),
            DTypeError,
            "tensor: list does not make an array of numbers",
        ),
        (lambda: mg.tensor([1j]), DTypeError, "tensor: dtype complex128: "),
        (lambda: mg.tensor(2**70), DTypeError, "tensor: "),
    ]:
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value).startswith(text)


# ---- complex, sparse and quantised data -----------------------------------------------------------------------------
OUTSIDE = "complex, sparse and quantised tensors are outside of minigrad"
C = np.array([1 + 2j])


class Sparse:
    """What is known of a sparse matrix of another library."""

    shape, dtype, nnz = (2, 2), np.dtype("f4"), 1

    def tocsr(self) -> Sparse:
        return self


X = mg.ones(1)
OTHERS: dict[str, Any] = {
    "a number": lambda: mg.tensor(1j),
    "a list": lambda: mg.tensor([1.0, 2j]),
    "an array": lambda: mg.tensor(C),
    "complex64": lambda: mg.tensor(C.astype("c8")),
    "from_numpy": lambda: mg.from_numpy(C),
    "from_dlpack": lambda: mg.from_dlpack(C),
    "as_tensor": lambda: mg.as_tensor(C),
    "asarray": lambda: mg.asarray(C),
    "dtype=complex": lambda: mg.tensor([1.0], dtype=complex),
    "dtype=np.complex64": lambda: mg.zeros(2, dtype=np.complex64),
    "dtype='complex64'": lambda: mg.randn(2, dtype="complex64"),
    "a NumPy dtype": lambda: mg.arange(2, dtype=np.dtype("c16")),
    "the default dtype": lambda: mg.set_default_dtype(complex),
    "to": lambda: X.to(complex),
    "type": lambda: X.type("complex128"),
    "sum": lambda: X.sum(dtype=complex),
    "new_tensor": lambda: X.new_tensor([1j]),
    "new_full": lambda: X.new_full((1,), 1j),
    "full": lambda: mg.full((2,), 1j),
    "arange": lambda: mg.arange(1j),
    "an operand": lambda: X + 1j,
    "the left operand": lambda: 1j * X,
    "an array as operand": lambda: C @ X,
    "an exponent": lambda: X**1j,
    "a parameter": lambda: mg.clamp(X, max=1j),
    "in place": lambda: X.add_(C),
    "fill_": lambda: X.fill_(1j),
    "an element": lambda: X.__setitem__(0, 1j),
    "sparse": lambda: mg.tensor(Sparse()),
    "sparse, shared": lambda: mg.as_tensor(Sparse()),
    "a sparse operand": lambda: X + Sparse(),
    "a sparse factor": lambda: mg.matmul(X, Sparse()),
    "a sparse DLPack": lambda: mg.from_dlpack(Sparse()),
}


@pytest.mark.parametrize("name", OTHERS)
def test_complex_sparse_and_quantised_data_are_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(DTypeError, match=OUTSIDE):
        OTHERS[name]()
    assert X.tolist() == [1.0]


@pytest.mark.filterwarnings("ignore:Sparse CSR|torch.quantize_per_tensor:UserWarning")
def test_such_tensors_of_pytorch_are_refused_in_that_sentence() -> None:
    torch = pytest.importorskip("torch")
    quantised = torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)
    eye = torch.eye(2)
    for t in (torch.tensor([1j]), eye.to_sparse(), eye.to_sparse_csr(), quantised):
        for make in (mg.tensor, mg.as_tensor, mg.asarray, mg.from_dlpack, X.add):
            with pytest.raises(DTypeError, match=OUTSIDE):
                make(t)
    for dtype in (torch.complex64, torch.qint8, torch.quint8):
        with pytest.raises(DTypeError, match=OUTSIDE):
            mg.zeros(2, dtype=dtype)
    needed = torch.ones(2, requires_grad=True)
    for make in (mg.tensor, mg.from_dlpack):
        with pytest.raises(DTypeError, match="requires? grad"):
            make(needed)


def test_nothing_else_is_called_complex() -> None:
    for make in (
        lambda: mg.tensor([None]),
        lambda: mg.tensor(np.ones(2, "u2")),
        lambda: mg.zeros(2, dtype="f3"),
    ):
        with pytest.raises(DTypeError) as caught:
            make()
        assert OUTSIDE not in str(caught.value)


def test_from_dlpack_shares_memory() -> None:
    a = np.zeros(3, "f4")
    x = mg.from_dlpack(a)
    x[0] = 5.0
    assert a.tolist() == [5.0, 0.0, 0.0]
    torch = pytest.importorskip("torch")
    t = torch.arange(3)
    y = mg.from_dlpack(t)
    t[0] = 7
    assert y.tolist() == [7, 1, 2]
    assert mg.from_dlpack(x).tolist() == x.tolist()
    for wrong in ([1.0], 3, "text"):
        with pytest.raises(DTypeError, match="from_dlpack: .*does not make a tensor; it has no __dlpack__"):
            mg.from_dlpack(wrong)
