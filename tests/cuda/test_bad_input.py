"""What a GPU backend is given wrongly, or at the edge: a clear error, or simply the right answer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from cuda_check import numbers

import minigrad as mg
from minigrad import backend, nn
from minigrad import functional as F
from minigrad.backend._cupy_conv import Convolution
from minigrad.backend._cupy_window import Product
from minigrad.backend._kernels import Kernels
from minigrad.errors import DeviceError, IndexingError, ShapeError
from minigrad.window import Window


def there(*shape: int) -> mg.Tensor:
    return mg.randn(*shape, dtype=mg.float64).to("cuda").requires_grad_()


# ---- indices --------------------------------------------------------------------------------------------------------
OUTSIDE: dict[str, Callable[[mg.Tensor, Any], Any]] = {
    "read": lambda x, i: x[i],
    "read beside a slice": lambda x, i: x[:, i],
    "read after an ellipsis": lambda x, i: x[..., i],
    "write": lambda x, i: x.detach().clone().__setitem__(i, 1.0),
    "index_select": lambda x, i: x.index_select(
        0, i if isinstance(i, mg.Tensor) else mg.tensor(i, device="cuda")
    ),
}


@pytest.mark.parametrize("wrong", [4, -5, 2**40])
@pytest.mark.parametrize("name", OUTSIDE)
def test_places_outside(name: str, wrong: int) -> None:
    x = there(4, 4)
    if name != "index_select":
        with pytest.raises(
            IndexingError, match=rf"item: .*index {wrong} is out of bounds for axis \d with size 4"
        ):
            OUTSIDE[name](x, [0, wrong])
    OUTSIDE[name](x, mg.tensor([0, wrong], device="cuda"))
    with pytest.raises(IndexingError, match=r"outside of (-4|0)\.\.3.*known only now"):
        x.sum().item()
    assert (
        x[mg.tensor([3, -4], device="cuda")].sum().item() == x[[3, 0]].sum().item()
    )  # nothing is left of it


# ---- shapes ---------------------------------------------------------------------------------------------------------
EMPTY: dict[str, Callable[[str], mg.Tensor]] = {
    "conv, no image": lambda d: F.conv2d(mg.ones(0, 3, 5, 5, device=d), mg.ones(2, 3, 3, 3, device=d)),
    "pool, no image": lambda d: F.max_pool2d(mg.ones(0, 3, 4, 4, device=d), 2),
    "mean pool, no channel": lambda d: F.avg_pool2d(mg.ones(2, 0, 4, 4, device=d), 2),
    "softmax, no row": lambda d: F.softmax(mg.ones(0, 4, device=d), 1),
    "softmax of nothing": lambda d: F.softmax(mg.ones(3, 0, device=d), 1),
    "layer norm, no row": lambda d: F.layer_norm(mg.ones(0, 4, device=d), (4,)),
    "matmul over nothing": lambda d: mg.ones(2, 0, device=d) @ mg.ones(0, 3, device=d),
    "no index": lambda d: mg.ones(3, 2, device=d)[mg.zeros(0, dtype=mg.int64, device=d)],
    "embedding of nothing": lambda d: F.embedding(
        mg.zeros(0, dtype=mg.int64, device=d), mg.ones(3, 2, device=d)
    ),
    "dropout of nothing": lambda d: F.dropout(mg.ones(0, device=d)),
}


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_to_do(name: str) -> None:
    found, want = EMPTY[name]("cuda"), EMPTY[name]("cpu")
    assert found.device == "cuda:0" and found.shape == want.shape and (numbers(found) == numbers(want)).all()


def test_windows_larger_than_the_input() -> None:
    with pytest.raises(ShapeError, match="the window spans 3 x 3, the padded input has 2 x 2"):
        F.conv2d(there(1, 1, 2, 2), there(1, 1, 3, 3))
    with pytest.raises(ShapeError, match="the window spans 3 x 3"):
        F.max_pool2d(there(1, 1, 2, 2), 3)


VIEWS: dict[str, Callable[[mg.Tensor], mg.Tensor]] = {
    "transposed": lambda x: x.transpose(2, 3),
    "strided": lambda x: x[:, :, ::2, 1::2],
    "reversed": lambda x: x.flip(3)[:, :, 1:],
    "broadcast": lambda x: x[:1, :, :1].expand(2, 3, 8, 8),
    "permuted": lambda x: x.permute(1, 0, 3, 2)[:3].reshape(2, 3, -1, 8),
}
USES: dict[str, Callable[[mg.Tensor], mg.Tensor]] = {
    "conv": lambda x: F.conv2d(x, mg.ones(2, 3, 3, 3, dtype=x.dtype, device=x.device)),
    "max_pool": lambda x: F.max_pool2d(x, 2),
    "softmax": lambda x: F.softmax(x, 1),
    "norm": lambda x: F.layer_norm(x, x.shape[2:]),
    "batch norm": lambda x: F.batch_norm(x, None, None, training=True),
    "cumulative": lambda x: x.cummax(2)[0],
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("use", USES)
def test_memory_that_is_not_dense(use: str, view: str) -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, 8, 8))
    grads = []
    for device in ("cpu", "cuda"):
        t = mg.tensor(x).to(device).requires_grad_()
        y = USES[use](VIEWS[view](t))
        (y * y).sum().backward()
        grads.append((numbers(y), numbers(t.grad)))
    for u, v in zip(*grads, strict=True):
        np.testing.assert_allclose(v, u, rtol=1e-10, atol=1e-11)


WRITES: dict[str, Callable[[mg.Tensor, Any], None]] = {
    "rows of a transposed view": lambda x, i: x.T.__setitem__(i([0, 2, 0]), 5.0),
    "columns": lambda x, i: x.__setitem__((slice(None), i([1, 1])), 3.0),
    "an integer before a list": lambda x, i: x.__setitem__((1, i([0, 2])), 7.0),
    "a step": lambda x, i: x[:, ::2].__setitem__((slice(None), i([1, 0])), 4.0),
    "a mask": lambda x, i: x.T.__setitem__(i([True, False, True, True]), 6.0),
    "values, the last of which stay": lambda x, i: x.T.__setitem__(
        i([3, 3, 1]), mg.arange(9, dtype=x.dtype, device=x.device).reshape(3, 3)
    ),
}


@pytest.mark.parametrize("given", ["list", "tensor"])
@pytest.mark.parametrize("name", WRITES)
def test_writes_into_views_with_gaps(name: str, given: str) -> None:
    found = []
    for device in ("cpu", "cuda"):
        x = mg.zeros(3, 4, dtype=mg.float64).to(device)
        WRITES[name](x, lambda v, device=device: v if given == "list" else mg.tensor(v).to(device))
        found.append(numbers(x))
    assert found[0].any() and (found[0] == found[1]).all()


def test_extents_past_2_to_the_31_are_counted_in_64_bits(cuda: Any) -> None:
    conv: Convolution = cuda.conv.__self__
    window = Window("conv", (3, 3))
    for batch, counted in ((2, "int"), (2**16, "long long")):
        fields, kind = conv.shape((batch, 64, 226, 226), 64, (224, 224), window, 1, 1)
        assert kind == counted and fields["images"] == batch
        assert conv.tensor.fits(Product(0, (batch, 64, 226, 226), 64, (224, 224), window, 1)) == (batch == 2)


# ---- devices --------------------------------------------------------------------------------------------------------
MIXED: dict[str, Callable[[], Any]] = {
    "mul": lambda: mg.ones(2) * there(2),
    "conv": lambda: F.conv2d(there(1, 1, 4, 4), mg.ones(1, 1, 3, 3, dtype=mg.float64)),
    "linear": lambda: nn.Linear(2, 2)(there(3, 2).float()),
    "cat": lambda: mg.cat([mg.ones(2, dtype=mg.float64), there(2)]),
    "cross_entropy": lambda: F.cross_entropy(there(2, 3), mg.tensor([0, 1])),
    "where": lambda: mg.where(mg.tensor([True, False]), there(2), there(2)),
    "gather": lambda: there(2, 2).gather(0, mg.tensor([[0, 1]])),
}


@pytest.mark.parametrize("name", MIXED)
def test_two_devices(name: str) -> None:
    with pytest.raises(DeviceError, match=r"two devices; move one with .to\(\)"):
        MIXED[name]()


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (lambda: 0, "the CUDA driver knows of no device"),
        (
            lambda: int("cudaErrorInsufficientDriver: CUDA driver version is insufficient"),
            "does not answer.*insufficient",
        ),
        (lambda: int("cudaErrorNoDevice"), "does not answer.*cudaErrorNoDevice"),
    ],
)
def test_no_driver_or_one_too_old(
    answer: Callable[[], int], match: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cupy: Any = ModuleType("cupy")
    cupy.cuda = SimpleNamespace(runtime=SimpleNamespace(getDeviceCount=answer))
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    monkeypatch.delitem(backend.LOADED, "cuda")
    monkeypatch.delenv("MINIGRAD_CUDASIM", raising=False)
    with pytest.raises(DeviceError, match=match):
        mg.ones(2, device="cuda")
    assert not mg.cuda.is_available() and mg.cuda.device_count() == 0


def test_no_compiler(cuda: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(**_: Any) -> Any:
        raise RuntimeError("libnvrtc.so.13: cannot open shared object file")

    monkeypatch.setattr(cuda.cupy, "RawModule", missing)
    kernels = Kernels(cuda.cupy, "pool.cu")
    with pytest.raises(
        DeviceError, match=r"pool.cu: max_pool<float> cannot be compiled.*libnvrtc.*minigrad\[cuda13\]"
    ):
        kernels.get("max_pool", np.dtype("float32"))
