"""Networks on the GPU: the CPU's numbers, our kernels in the log, nothing copied back, one stream of random numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import functional as F
from minigrad import nn, optim
from minigrad.errors import IndexingError
from minigrad.models.lenet5 import LeNet5
from minigrad.testing import cudasim


def simulated(cuda: Any) -> None:
    """Skip on a real device: it keeps no log."""
    if not hasattr(cuda.cupy, "state"):
        pytest.skip("a device keeps no log of launches")


def trained(device: str, steps: int, make: Callable[[Any], Any]) -> tuple[list[float], list[np.ndarray]]:
    """The losses of some steps, and the weights that they lead to."""
    mg.manual_seed(7)
    model = LeNet5().to(device)
    optimizer = make(model.parameters())
    losses = []
    for _ in range(steps):
        x = mg.randn(3, 1, 28, 28).to(device)
        t = mg.randint(0, 10, (3,)).to(device)
        loss = F.cross_entropy(model(x), t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, [p.detach().cpu().numpy() for p in model.parameters()]


OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "SGD": lambda p: optim.SGD(p, lr=0.05),
    "SGD, momentum": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, dampening=0.1, weight_decay=1e-3),
    "SGD, nesterov": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True, maximize=True),
    "Adam": lambda p: optim.Adam(p, lr=1e-3, weight_decay=1e-2),
    "Adam, amsgrad": lambda p: optim.Adam(p, lr=1e-3, amsgrad=True),
    "AdamW": lambda p: optim.AdamW(p, lr=1e-3, weight_decay=1e-2),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_lenet5_trains_as_on_the_cpu(name: str, order: str) -> None:
    make = OPTIMIZERS[name]
    losses, weights = trained("cuda", 2, make)
    wanted_losses, wanted = trained("cpu", 2, make)
    np.testing.assert_allclose(losses, wanted_losses, rtol=1e-5)
    for a, b in zip(weights, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=2e-6)


@pytest.mark.parametrize("name", ["SGD, momentum", "AdamW"])
def test_a_step_is_one_launch_for_all_parameters(name: str, cuda: Any) -> None:
    """Of each dtype; also where a parameter has more than one block's elements, or is not dense."""
    rng, found = np.random.default_rng(0), []
    values = [rng.standard_normal(n) for n in ((3,), (300, 300), (), (0, 2), (4, 6))]
    for device in ("cpu", "cuda"):
        params = [
            mg.tensor(v, dtype="float32" if k % 2 else "float64").to(device) for k, v in enumerate(values)
        ]
        params[4] = params[4].T
        params = [p.requires_grad_() for p in params]
        optimizer = OPTIMIZERS[name](params)
        for _ in range(3):
            for p in params:
                p.grad = p.detach() * 0.5 + 1.0
            if hasattr(cuda.cupy, "state"):
                cudasim.clear()
            optimizer.step()
        found.append([p.detach().cpu().numpy() for p in params])
    if hasattr(cuda.cupy, "state"):
        assert len([launch for launch in cudasim.launches if launch.name[:4] in ("sgd<", "adam")]) == 2
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)


def test_two_thread_orders_give_equal_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for order in ("forward", "reverse", "12345"):
        monkeypatch.setenv("MINIGRAD_CUDASIM_ORDER", order)
        losses, weights = trained("cuda", 2, OPTIMIZERS["Adam"])
        found.append((losses, [w.tobytes() for w in weights]))
    assert found[0] == found[1] == found[2]


def test_nothing_is_copied_back_in_a_step(cuda: Any) -> None:
    simulated(cuda)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.5),
        nn.Flatten(),
        nn.Linear(36, 5),
    ).to("cuda")
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    x, t = mg.randn(2, 1, 8, 8).to("cuda"), mg.tensor([0, 3]).to("cuda")
    for _ in range(2):  # a first step makes the state
        cudasim.clear()
        optimizer.zero_grad()
        F.cross_entropy(model(x), t).backward()
        optimizer.step()
    assert cudasim.copies["to host"] == 0 and cudasim.copies["shape"] == 0, cudasim.copies


KERNELS: dict[str, tuple[Callable[[], Any], set[str]]] = {
    "conv2d": (
        lambda: F.conv2d(leaf(2, 3, 6, 6), leaf(4, 3, 3, 3), leaf(4)),
        {"conv_gemm<float, int, 0", "conv_gemm<float, int, 1", "conv_gemm<float, int, 2"},
    ),
    "depthwise": (
        lambda: F.conv2d(leaf(2, 3, 6, 6), leaf(3, 1, 3, 3), groups=3),
        {"depthwise<float", "depthwise_input<float", "depthwise_weight<float"},
    ),
    "max_pool2d": (lambda: F.max_pool2d(leaf(2, 3, 6, 6), 2), {"max_pool<float", "max_pool_input<float"}),
    "avg_pool2d": (lambda: F.avg_pool2d(leaf(2, 3, 6, 6), 2), {"avg_pool<float", "avg_pool_input<float"}),
    "unfold": (lambda: F.unfold(leaf(2, 3, 6, 6), 2), {"im2col<float", "col2im<float"}),
    "softmax": (lambda: F.softmax(leaf(3, 5), 1), {"softmax_rows<float", "softmax_rows_input<float"}),
    "log_softmax": (
        lambda: F.log_softmax(leaf(3, 5), 0),
        {"softmax_lines<float", "softmax_lines_input<float"},
    ),
    "cross_entropy": (
        lambda: F.cross_entropy(leaf(3, 5), mg.tensor([0, 1, 4], device="cuda")),
        {"cross_entropy<float", "cross_entropy_input<float"},
    ),
    "batch_norm": (
        lambda: F.batch_norm(leaf(3, 4, 5), None, None, leaf(4), leaf(4), training=True),
        {"part_moments<float, 1", "join_moments<float, 1", "normalize_each<float, 1", "part_weights<float, 1"}
        | {"normalize_each_input<float, 1"},
    ),
    "layer_norm": (
        lambda: F.layer_norm(leaf(3, 4), (4,), leaf(4), leaf(4)),
        {"normalize_rows<float, 1", "normalize_rows_input<float, 1", "part_columns<float, 1"},
    ),
    "group_norm": (
        lambda: F.group_norm(leaf(3, 4, 5), 2, leaf(4), leaf(4)),
        {"normalize_rows<float, 1", "normalize_rows_input<float, 1"},
    ),
    "rms_norm": (
        lambda: F.rms_norm(leaf(3, 4), (4,), leaf(4)),
        {"normalize_rows<float, 0", "normalize_rows_input<float, 0"},
    ),
    "embedding": (
        lambda: F.embedding(mg.tensor([[0, 2, 2]], device="cuda"), leaf(4, 3)),
        {"segment_sum<float"},
    ),
    "index_add": (
        lambda: leaf(4, 3).index_add(0, mg.tensor([0, 2, 2], device="cuda"), leaf(3, 3)),
        {"segment_sum<float"},
    ),
    "dropout": (lambda: F.dropout(leaf(4, 3), 0.5), {"dropout<float"}),
    **{
        name: (
            lambda name=name: getattr(F, name)(leaf(4, 3)),
            {f"activation<float, {k}", f"activation_input<float, {k}"},
        )
        for k, name in enumerate(("sigmoid", "silu", "logsigmoid", "softplus", "elu"))
    },
    "cummax": (lambda: mg.cummax(leaf(4, 3), 0)[0], {"running_extreme<float, 1"}),
}


def leaf(*shape: int) -> Any:
    return mg.randn(*shape, device="cuda", requires_grad=True)


@pytest.mark.parametrize("name", KERNELS)
def test_our_kernels_run(name: str, cuda: Any) -> None:
    simulated(cuda)
    call, wanted = KERNELS[name]
    cudasim.clear()
    y = call()
    (y * y).sum().backward()
    ran = [launch.name for launch in cudasim.launches]
    for kernel in wanted:
        assert any(name.startswith(kernel) for name in ran), (kernel, ran)


# ---- random numbers -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("kind", ["rand", "randn"])
def test_one_seed_gives_the_same_bits_on_both(kind: str, dtype: str, order: str) -> None:
    for shape in ((), (1,), (3,), (5, 7), (0, 3), (1000,)):
        mg.manual_seed(11)
        here = getattr(mg, kind)(*shape, dtype=dtype)
        mg.manual_seed(11)
        there = getattr(mg, kind)(*shape, dtype=dtype, device="cuda")
        assert there.device == "cuda:0" and there.cpu().numpy().tobytes() == here.numpy().tobytes()


def test_integers_permutations_masks_and_weights_too(order: str) -> None:
    def drawn(device: str) -> list[Any]:
        mg.manual_seed(3)
        x = mg.ones(40, device=device)
        return [
            mg.randint(-5, 1000, (37,), device=device),
            mg.randint(0, 2**62, (37,), device=device),
            mg.randperm(101, device=device),
            F.dropout(x, 0.3),
            mg.empty(33, device=device).exponential_(),
            mg.bernoulli(x * 0.25),
        ]

    for a, b in zip(drawn("cpu"), drawn("cuda"), strict=True):
        assert b.cpu().numpy().tobytes() == a.numpy().tobytes()


def test_counters_beyond_64_bits() -> None:
    from minigrad.backend import gpu, numpy_namespace

    for key in ((2**64 - 1, 2**64 - 2), (5, 2**64 - 1), (9, 3 * 2**64 + 7)):
        a = numpy_namespace.philox_bits(key, (13,))
        assert gpu().philox_bits(key, (13,)).get().tobytes() == a.tobytes()


# ---- what is refused ------------------------------------------------------------------------------------------------
WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "embedding": (
        lambda: F.embedding(mg.tensor([0, 9], device="cuda"), leaf(4, 3)),
        "embedding: an index is outside of 0..3",
    ),
    "gather": (
        lambda: leaf(4, 3).gather(0, mg.tensor([[5, 0, 0]], device="cuda")),
        "gather: an index is outside of 0..3",
    ),
    "cross_entropy": (
        lambda: F.cross_entropy(leaf(2, 3), mg.tensor([0, 3], device="cuda")),
        "cross_entropy: an index is outside of 0..2",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_index_outside_is_told_when_a_result_is_read(name: str) -> None:
    call, match = WRONG[name]
    y = call()
    y.sum().backward()
    with pytest.raises(IndexingError, match=match):
        y.tolist()
    assert mg.ones(2, device="cuda").tolist() == [1.0, 1.0]  # and once only
