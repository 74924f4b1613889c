"""The GPU: kernels beside the card's own limits, networks beside PyTorch and beside the CPU.

    python benchmarks/gpu.py OUTDIR            # gpu.jsonl, gpu.txt and a picture for each part
    python benchmarks/gpu.py OUTDIR --small    # tiny extents: that it runs, no figures

The limits are measured in the same run: bytes a second of a large copy, operations a second of cuBLAS. A time is the
median of device events around a run; PyTorch, where it is installed, runs in turn with minigrad.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import picture
from timing import Timing, append, row, table

import minigrad as mg
from minigrad import functional as F
from minigrad import models, ops, optim
from minigrad.backend._cupy_window import Product

TORCH: Any = importlib.import_module("torch") if importlib.util.find_spec("torch") else None
if TORCH and not TORCH.cuda.is_available():
    TORCH = None
REPEATS, WARMUP = 20, 3
# VGG-16's convolutions at 224 x 224: channels in and out, extent; those of one shape once
VGG = [(3, 64, 224), (64, 64, 224), (64, 128, 112), (128, 128, 112), (128, 256, 56), (256, 256, 56)]
VGG += [(256, 512, 28), (512, 512, 28), (512, 512, 14)]
PRECISIONS = ("float32", "tf32", *(("bfloat16",) if importlib.util.find_spec("ml_dtypes") else ()))


class Bench:
    """What the parts share: the sizes, the rows, and the card's limits."""

    def __init__(self, small: bool) -> None:
        self.small, self.rows = small, []  # type: bool, list[dict[str, Any]]
        self.xp = mg.core.NAMESPACES[type(mg.ones(1, device="cuda").data)]
        self.bandwidth = 1.0  # bytes a second
        self.rates: dict[str, float] = {}  # operations a second

    def seconds(self, runs: dict[str, Callable[[], Any]]) -> dict[str, Timing]:
        """Each run by events of the device, in turn."""
        cuda, repeats = self.xp.cuda, 2 if self.small else REPEATS
        first, found = {}, {name: [] for name in runs}  # type: dict[str, float], dict[str, list[float]]
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            self.wait()
            first[name] = time.perf_counter() - start
        for k in range(repeats + WARMUP):
            for name, run in runs.items():
                if name.startswith("torch"):
                    start, end = (TORCH.cuda.Event(enable_timing=True) for _ in range(2))
                    start.record()
                    run()
                    end.record()
                    TORCH.cuda.synchronize()
                    spent = start.elapsed_time(end)
                else:
                    start, end = cuda.Event(), cuda.Event()
                    start.record()
                    run()
                    end.record()
                    end.synchronize()
                    spent = cuda.get_elapsed_time(start, end)
                if k >= WARMUP:
                    found[name].append(spent / 1e3)
        return {name: Timing(first[name], tuple(found[name])) for name in runs}

    def wait(self) -> None:
        """Until the device is done."""
        mg.cuda.synchronize()
        if TORCH:
            TORCH.cuda.synchronize()

    def note(self, part: str, case: str, timings: dict[str, Timing], **more: Any) -> None:
        """Rows of one case."""
        self.rows += [row(f"gpu {part}", case, name, t, **more) for name, t in timings.items()]


def in_precision(precision: str) -> tuple[str, str]:
    """(dtype, what products of float32 may round to) for both libraries."""
    mg.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    if TORCH:
        TORCH.backends.cuda.matmul.allow_tf32 = TORCH.backends.cudnn.allow_tf32 = precision == "tf32"
    return ("float32" if precision == "tf32" else precision), precision


# ---- the card -------------------------------------------------------------------------------------------------------
def limits(b: Bench) -> None:
    """A large copy, and a large product in each precision."""
    n = 2**10 if b.small else 2**28
    x, y = b.xp.ones(n, "float32"), b.xp.empty(n, "float32")
    timing = b.seconds({"copy": lambda: b.xp.copyto(y, x)})
    b.bandwidth = 8 * n / timing["copy"].median
    b.note("limits", "copy", timing, bytes_a_second=b.bandwidth)
    m = 64 if b.small else 8192
    for precision in PRECISIONS:
        dtype, _ = in_precision(precision)
        u = mg.randn(m, m, device="cuda").to(dtype)
        timing = b.seconds({"cuBLAS": partial(ops.matmul, u, u)})
        b.rates[precision] = 2 * m**3 / timing["cuBLAS"].median
        b.note("limits", f"product, {precision}", timing, operations_a_second=b.rates[precision])


# ---- kernels that copy ----------------------------------------------------------------------------------------------
def copying(b: Bench) -> Iterator[tuple[str, Callable[[], Any], Any, float]]:
    """(name, minigrad's run, PyTorch's run, the fewest bytes)."""
    n, c, h = (2, 3, 8) if b.small else (32, 64, 112)
    size = 4.0 * n * c * h * h
    x = mg.randn(n, c, h, h, device="cuda")
    g = mg.randn(n, c, h // 2, h // 2, device="cuda")
    rows = mg.randn(*(8, 40) if b.small else (32768, 1024), device="cuda")
    weight = mg.ones(rows.shape[1], device="cuda")
    _, at = ops.max_pool(x, kernel_size=(2, 2), stride=(2, 2))
    theirs = {
        k: TORCH.from_dlpack(v.data) if TORCH else None
        for k, v in {"x": x, "rows": rows, "weight": weight}.items()
    }
    f: Any = TORCH.nn.functional if TORCH else None

    def torch(fn: Callable[[], Any]) -> Any:
        return fn if TORCH else None

    yield (
        "im2col",
        lambda: ops.im2col(x, kernel_size=(3, 3), padding=1),
        torch(lambda: f.unfold(theirs["x"], 3, padding=1)),
        10 * size,
    )
    yield (
        "max_pool2d",
        lambda: ops.max_pool(x, kernel_size=(2, 2), stride=(2, 2)),
        torch(lambda: f.max_pool2d(theirs["x"], 2, return_indices=True)),
        size * 1.75,
    )
    window = mg.window.Window("max_pool", (2, 2), 2)
    yield "max_pool2d backward", lambda: ops.pool_put(g, at, size=(h, h), window=window), None, size * 1.75
    yield "softmax", lambda: F.softmax(rows, 1), torch(lambda: f.softmax(theirs["rows"], 1)), 2 * rows.nbytes
    yield (
        "layer_norm",
        lambda: F.layer_norm(rows, rows.shape[1:], weight, weight),
        torch(lambda: f.layer_norm(theirs["rows"], rows.shape[1:], theirs["weight"], theirs["weight"])),
        2 * rows.nbytes,
    )
    yield (
        "batch_norm",
        lambda: F.batch_norm(x, None, None, training=True),
        torch(lambda: f.batch_norm(theirs["x"], None, None, training=True)),
        3 * size,
    )
    yield "dropout", lambda: F.dropout(x, 0.5), torch(lambda: f.dropout(theirs["x"], 0.5)), 2 * size
    p = mg.randn(*x.shape, device="cuda", requires_grad=True)
    p.grad = x
    adam = optim.Adam([p])
    yield "Adam", adam.step, None, 7 * size


def copies(b: Bench) -> None:
    """Bytes a second over those of a copy."""
    for name, run, other, fewest in copying(b):
        with mg.no_grad():
            timing = b.seconds({"minigrad": run, **({"torch": other} if other else {})})
        for subject, t in timing.items():
            b.note("copies", name, {subject: t}, share_of_copy=fewest / t.median / b.bandwidth)


# ---- convolution ----------------------------------------------------------------------------------------------------
def torch_product(kind: int, x: Any, w: Any, g: Any) -> Any:
    """One of the three products by PyTorch."""
    if kind == 0:
        return TORCH.nn.functional.conv2d(x, w, padding=1)
    geometry = [1, 1], [1, 1], [1, 1], False, [0, 0], 1
    return TORCH.ops.aten.convolution_backward(g, x, w, None, *geometry, [kind == 1, kind == 2, False])


def convolutions(b: Bench) -> None:
    """The three products of VGG-16's layers, batch 32: over cuBLAS's rate on a product of that size, and columns."""
    conv = b.xp.conv.__self__
    for precision in PRECISIONS:
        for c, k, h in [(3, 8, 8)] if b.small else VGG:
            dtype, _ = in_precision(precision)
            n = 2 if b.small else 32
            x = mg.randn(n, c, h, h, device="cuda").to(dtype)
            w, g = (
                mg.randn(k, c, 3, 3, device="cuda").to(dtype),
                mg.randn(n, k, h, h, device="cuda").to(dtype),
            )
            window = mg.window.Window("conv2d", (3, 3), padding=1)
            shape = x.shape, k, (h, h), window, 1
            left = mg.randn(k, c * 9, device="cuda").to(dtype)
            right = mg.randn(c * 9, n * h * h, device="cuda").to(dtype)
            for kind, name, y, u, v in (
                (0, "forward", g, w, x),
                (1, "input", x, w, g),
                (2, "weight", w, g, x),
            ):
                given = Product(kind, *shape), b.xp.empty_like(y.data), u.data, v.data, None
                runs: dict[str, Callable[[], Any]] = {
                    "minigrad": partial(conv.best, *given),
                    "columns": partial(conv.by_columns, *given),
                    "cuBLAS": partial(ops.matmul, left, right),
                }
                if TORCH:
                    tensors = [TORCH.from_dlpack(t.float().data).to(getattr(TORCH, dtype)) for t in (x, w, g)]
                    runs["torch"] = partial(torch_product, kind, *tensors)
                operations = 2.0 * n * h * h * k * c * 9
                for subject, t in b.seconds(runs).items():
                    b.note(
                        "conv",
                        f"{c} to {k}, {h}: {name}, {precision}",
                        {subject: t},
                        operations_a_second=operations / t.median,
                    )


# ---- networks -------------------------------------------------------------------------------------------------------
def networks(b: Bench) -> Iterator[tuple[str, Callable[[], Any], tuple[int, ...], str]]:
    """(name, how it is made, a batch's shape, precision)."""
    yield "LeNet-5, 64", models.lenet5, (64, 1, 28, 28), "float32"
    if b.small:
        return
    yield "lecture CNN, 64", lambda: models.lecture_cnn(200), (64, 3, 200, 200), "tf32"
    yield "AlexNet, 64", models.alexnet, (64, 3, 224, 224), "tf32"
    yield "VGG-16, 64", lambda: models.vgg16(init_weights=False), (64, 3, 224, 224), "tf32"
    if "bfloat16" in PRECISIONS:
        yield "VGG-16, 64", lambda: models.vgg16(init_weights=False), (64, 3, 224, 224), "bfloat16"


def trained(model: Any, shape: tuple[int, ...], device: str, dtype: str) -> Callable[[], Any]:
    """A step of training on one batch."""
    model = model.to(device)
    model = model.to(dtype) if dtype != "float32" else model
    optimizer = optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)
    x, t = mg.randn(*shape).to(device, dtype), (mg.arange(shape[0]) % 10).to(device)

    def step() -> None:
        optimizer.zero_grad()
        F.cross_entropy(model(x), t).backward()
        optimizer.step()

    return step


def twin(model: Any) -> Any:
    """The same layers in PyTorch."""
    n = TORCH.nn
    if isinstance(model, mg.nn.Sequential):
        return n.Sequential(*map(twin, model))
    name, own = type(model).__name__, vars(model)
    if name == "Conv2d":
        arguments = model.weight.shape[1] * model.groups, model.weight.shape[0], tuple(model.weight.shape[2:])
        return n.Conv2d(*arguments, stride=model.stride, padding=model.padding, groups=model.groups)
    if name == "Linear":
        return n.Linear(model.weight.shape[1], model.weight.shape[0])
    if name == "MaxPool2d":
        return n.MaxPool2d(model.kernel_size, model.stride)
    if name in ("ReLU", "Flatten"):
        return getattr(n, name)()
    if name == "Dropout":
        return n.Dropout(model.p)
    if name == "AdaptiveAvgPool2d":
        return n.AdaptiveAvgPool2d(model.output_size)
    parts = [
        getattr(model, part)
        for part in ("features", "avgpool", "flatten", "classifier")
        if hasattr(model, part)
    ]
    assert parts, (name, own)
    return n.Sequential(*map(twin, parts))


def torch_step(model: Any, shape: tuple[int, ...], dtype: str) -> Callable[[], Any]:
    """PyTorch's step on the same network."""
    net = twin(model).cuda().to(getattr(TORCH, dtype))
    optimizer = TORCH.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9)
    x = TORCH.randn(*shape, device="cuda").to(getattr(TORCH, dtype))
    t = TORCH.arange(shape[0], device="cuda") % 10

    def step() -> None:
        optimizer.zero_grad()
        TORCH.nn.functional.cross_entropy(net(x), t).backward()
        optimizer.step()

    return step


def training(b: Bench) -> None:
    """A step of each network, beside PyTorch."""
    for name, make, shape, precision in networks(b):
        dtype, _ = in_precision(precision)
        mg.manual_seed(0)
        model = make()
        other = {"torch": torch_step(model, shape, dtype)} if TORCH else {}
        runs = {"minigrad": trained(model, shape, "cuda", dtype), **other}
        b.note("training", f"{name}, {precision}", b.seconds(runs))
        mg.cuda.empty_cache()
        if TORCH:
            TORCH.cuda.empty_cache()


def beside_the_cpu(b: Bench) -> None:
    """A step on the card and on the CPU of the same machine."""
    for name, make, shape, _ in [*networks(b)][:2]:
        dtype, _ = in_precision("float32")
        mg.manual_seed(0)
        cpu, gpu = trained(make(), shape, "cpu", dtype), trained(make(), shape, "cuda", dtype)
        found = b.seconds({"GPU": gpu})
        spent = []
        for _ in range(2 if b.small else 5):
            start = time.perf_counter()
            cpu()
            spent.append(time.perf_counter() - start)
        b.note("and CPU", name, {**found, "CPU": Timing(spent[0], tuple(spent))})


def overhead(b: Bench) -> None:
    """Microseconds of an op on 8 floats, forward and backward, on the host's clock."""
    n, x = (
        (4, mg.ones(8, device="cuda", requires_grad=True))
        if b.small
        else (200, mg.ones(8, device="cuda", requires_grad=True))
    )

    def chain(x: Any, backward: Callable[[Any], Any]) -> Callable[[], Any]:
        def run() -> None:
            y = x
            for _ in range(n):
                y = y * 1.5
            backward(y)

        return run

    runs = {"minigrad": chain(x, lambda y: y.sum().backward())}
    if TORCH:
        t = TORCH.ones(8, device="cuda", requires_grad=True)
        runs["torch"] = chain(t, lambda y: y.sum().backward())
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(3 if b.small else 30):
        for name, run in runs.items():
            b.wait()
            start = time.perf_counter()
            run()
            b.wait()
            found[name].append((time.perf_counter() - start) / n)
    b.note("overhead", "y * 1.5", {k: Timing(v[0], tuple(v[1:])) for k, v in found.items()})


# ---- what comes out -------------------------------------------------------------------------------------------------
def pictures(b: Bench, folder: Path) -> None:
    """Bars for copies, convolutions and steps."""
    share = [(f"{r['case']} ({r['subject']})", r["share_of_copy"]) for r in b.rows if "share_of_copy" in r]
    picture.bars(folder / "copies.png", "Fewest bytes over time, as a share of a copy", share, "shares", 0.85)
    for precision in PRECISIONS:
        found = [
            (f"{r['case']} ({r['subject']})", r["operations_a_second"] / 1e12)
            for r in b.rows
            if r["benchmark"] == "gpu conv" and r["case"].endswith(precision)
        ]
        picture.bars(
            folder / f"conv-{precision}.png",
            f"Convolutions of VGG-16, batch 32, {precision}",
            found,
            "TFLOP/s",
        )
    steps = [
        (f"{r['case']} ({r['subject']})", 1e3 * r["median_s"])
        for r in b.rows
        if r["benchmark"] == "gpu training"
    ]
    picture.bars(folder / "training.png", "A step of training", steps, "ms")


def main() -> None:
    """All parts; what one of them cannot do is said, and the others go on."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--small", action="store_true", help="tiny extents")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    b = Bench(given.small)
    card = mg.cuda.get_device_properties()
    about = {"card": card.name, "driver": b.xp.cuda.runtime.driverGetVersion(), "small": given.small}
    for part in (limits, copies, convolutions, training, overhead, beside_the_cpu):
        start, before = time.perf_counter(), len(b.rows)
        try:
            part(b)
        except Exception as error:  # the other parts' figures are not lost
            print(f"{part.__name__}: {type(error).__name__}: {error}", flush=True)
        fresh = [{**r, **about} for r in b.rows[before:]]
        append(given.folder / "gpu.jsonl", fresh)
        text = (
            table(fresh, against="torch" if any(r["subject"] == "torch" for r in fresh) else "cuBLAS")
            if fresh
            else ""
        )
        with open(given.folder / "gpu.txt", "a", encoding="utf-8") as file:
            file.write(f"{part.__name__}, {card.name}\n{text}\n\n")
        print(f"{part.__name__}: {time.perf_counter() - start:.0f} s\n{text}\n", flush=True)
    ratio = [r["share_of_copy"] for r in b.rows if r.get("share_of_copy") and r["subject"] == "minigrad"]
    if ratio:
        print(f"copy-like kernels: {statistics.median(ratio):.2f} of a copy, {min(ratio):.2f} at least")
    pictures(b, given.folder)


if __name__ == "__main__":
    main()
