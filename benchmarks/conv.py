"""Convolution and pooling, forward and backward: the layers of LeNet-5 and of networks like VGG, beside PyTorch.

Both run in turn, on one thread unless OMP_NUM_THREADS says otherwise: with more, the idle threads of the one slow the
other. A figure is one forward pass and one backward pass to all that has a gradient.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy and PyTorch start their threads

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from timing import append, measure, options, row, table

import minigrad as mg
from minigrad import functional


@dataclass(frozen=True)
class Layer:
    """A function of x and of its weights, with its parameters."""

    function: str
    x: tuple[int, ...]
    weight: tuple[int, ...] = ()
    params: tuple[tuple[str, Any], ...] = ()
    input_gradient: bool = True


LAYERS = {
    "LeNet-5 conv 1, 64 x 1 x 28 x 28": Layer(
        "conv2d", (64, 1, 28, 28), (6, 1, 5, 5), (("padding", 2),), False
    ),
    "LeNet-5 conv 2, 64 x 6 x 14 x 14": Layer("conv2d", (64, 6, 14, 14), (16, 6, 5, 5)),
    "3 x 3, 8 x 64 x 56 x 56 to 64": Layer("conv2d", (8, 64, 56, 56), (64, 64, 3, 3), (("padding", 1),)),
    "3 x 3, 8 x 256 x 14 x 14 to 256": Layer("conv2d", (8, 256, 14, 14), (256, 256, 3, 3), (("padding", 1),)),
    "3 x 3, 1 x 64 x 112 x 112 to 128": Layer(
        "conv2d", (1, 64, 112, 112), (128, 64, 3, 3), (("padding", 1),)
    ),
    "7 x 7 stride 2, 8 x 3 x 112 x 112 to 64": Layer(
        "conv2d", (8, 3, 112, 112), (64, 3, 7, 7), (("padding", 3), ("stride", 2)), False
    ),
    "1 x 1, 8 x 256 x 28 x 28 to 128": Layer("conv2d", (8, 256, 28, 28), (128, 256, 1, 1)),
    "depthwise 3 x 3, 8 x 64 x 56 x 56": Layer(
        "conv2d", (8, 64, 56, 56), (64, 1, 3, 3), (("padding", 1), ("groups", 64))
    ),
    "max 2 x 2, 64 x 6 x 28 x 28": Layer("max_pool2d", (64, 6, 28, 28), (), (("kernel_size", 2),)),
    "max 3 x 3 stride 2, 8 x 64 x 56 x 56": Layer(
        "max_pool2d", (8, 64, 56, 56), (), (("kernel_size", 3), ("stride", 2), ("padding", 1))
    ),
    "mean 2 x 2, 64 x 6 x 28 x 28": Layer("avg_pool2d", (64, 6, 28, 28), (), (("kernel_size", 2),)),
    "1-D 3, 16 x 64 x 512 to 64": Layer("conv1d", (16, 64, 512), (64, 64, 3), (("padding", 1),)),
    "1-D 5, 128 x 32 x 64 to 64": Layer("conv1d", (128, 32, 64), (64, 32, 5), (("padding", 2),)),
    "3-D 3 x 3 x 3, 2 x 16 x 16 x 28 x 28 to 32": Layer(
        "conv3d", (2, 16, 16, 28, 28), (32, 16, 3, 3, 3), (("padding", 1),)
    ),
    "3-D 3 x 7 x 7 stride 1 2 2, 2 x 3 x 8 x 56 x 56 to 32": Layer(
        "conv3d", (2, 3, 8, 56, 56), (32, 3, 3, 7, 7), (("padding", (1, 3, 3)), ("stride", (1, 2, 2))), False
    ),
    "transposed 4 x 4 stride 2, 8 x 64 x 16 x 16 to 32": Layer(
        "conv_transpose2d", (8, 64, 16, 16), (64, 32, 4, 4), (("padding", 1), ("stride", 2))
    ),
    "1-D max 3 stride 2, 32 x 64 x 512": Layer(
        "max_pool1d", (32, 64, 512), (), (("kernel_size", 3), ("stride", 2), ("padding", 1))
    ),
    "3-D max 2 x 2 x 2, 4 x 16 x 16 x 32 x 32": Layer(
        "max_pool3d", (4, 16, 16, 32, 32), (), (("kernel_size", 2),)
    ),
    "3-D mean 3 x 3 x 3 stride 2, 4 x 16 x 16 x 32 x 32": Layer(
        "avg_pool3d", (4, 16, 16, 32, 32), (), (("kernel_size", 3), ("stride", 2), ("padding", 1))
    ),
    "adaptive mean to 7 x 7, 8 x 64 x 30 x 30": Layer(
        "adaptive_avg_pool2d", (8, 64, 30, 30), (), (("output_size", 7),)
    ),
    "adaptive max to 7 x 7, 8 x 64 x 30 x 30": Layer(
        "adaptive_max_pool2d", (8, 64, 30, 30), (), (("output_size", 7),)
    ),
}


def libraries() -> dict[str, tuple[Any, Any]]:
    """minigrad, and PyTorch with as many threads where it is installed, each with its functions."""
    found: dict[str, tuple[Any, Any]] = {"minigrad": (mg, functional)}
    if importlib.util.find_spec("torch"):
        torch = importlib.import_module("torch")
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        found = {"torch": (torch, torch.nn.functional), **found}
    return found


def pass_through(library: tuple[Any, Any], layer: Layer) -> Callable[[], list[Any]]:
    """One forward and one backward pass of a layer; returns the output and the gradients."""
    (lib, functions), rng = library, np.random.default_rng(0)
    x = lib.tensor(rng.standard_normal(layer.x, np.float32), requires_grad=layer.input_gradient)
    leaves = [x] if layer.input_gradient else []
    inputs = [x]
    if layer.weight:
        scale = np.float32(np.prod(layer.weight[1:])) ** np.float32(-0.5)
        inputs.append(lib.tensor(scale * rng.standard_normal(layer.weight, np.float32), requires_grad=True))
        channels = layer.weight[1 if "transpose" in layer.function else 0]
        inputs.append(lib.tensor(rng.standard_normal(channels, np.float32), requires_grad=True))
        leaves += inputs[1:]
    function, params = getattr(functions, layer.function), dict(layer.params)
    shape = tuple(function(*inputs, **params).shape)
    g = lib.tensor(rng.standard_normal(shape, np.float32))

    def run() -> list[Any]:
        for leaf in leaves:
            leaf.grad = None
        y = function(*inputs, **params)
        y.backward(g)
        return [y.detach(), *(leaf.grad for leaf in leaves)]

    return run


def agree(case: str, runs: dict[str, Callable[[], list[Any]]]) -> None:
    """Stop if the libraries do not compute the same."""
    found = [[np.array(v.numpy()) for v in run()] for run in runs.values()]
    for values in zip(*found, strict=True):
        scale = np.abs(values[0]).max()
        if not all(np.allclose(v, values[0], rtol=1e-3, atol=1e-4 * scale) for v in values):
            raise SystemExit(f"{case}: the results differ, so the times cannot be compared")


def main() -> None:
    """Measure, print, and keep the rows if asked to."""
    args = options(__doc__, repeats=20)
    found, rows = libraries(), []
    for case, layer in LAYERS.items():
        runs = {name: pass_through(lib, layer) for name, lib in found.items()}
        agree(case, runs)
        timings = measure(runs, args.repeats)
        rows += [row("conv", case, name, t) for name, t in timings.items()]
    print(
        f"milliseconds, forward and backward, {os.environ['OMP_NUM_THREADS']} thread(s): median [quartiles]\n"
    )
    print(table(rows, "ms", against="torch"))
    if args.json:
        append(args.json, rows)


if __name__ == "__main__":
    main()
