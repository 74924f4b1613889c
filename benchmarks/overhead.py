"""What an op costs beside its arithmetic: chains of 200 elementwise ops on 8 floats, forward and backward.

PyTorch runs in turn with minigrad where it is installed, on one thread. A figure is the time of a whole chain, its
leaf and its backward included, divided by 200.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy and PyTorch start their threads

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
from timing import append, measure, options, row, table

import minigrad as mg

OPS = 200
ONES = np.ones(8, np.float32)
NEAR_ONE = ONES * np.float32(1.0001)


def chain(lib: Any, step: Callable[[Any], Any], ops: int = 1, write: str = "") -> Callable[[], Any]:
    """A run of OPS ops, `ops` in each step; `write` is where eight other numbers change in place, if they do."""
    other = lib.tensor(ONES)

    def run() -> Any:
        y = x = lib.tensor(ONES, requires_grad=True)
        if write == "before":
            other.add_(1.0)
        for _ in range(OPS // ops):
            y = step(y)
        if write == "between":
            other.add_(1.0)
        y.backward(lib.ones(8))
        return x.grad

    return run


def chains(lib: Any) -> dict[str, Callable[[], Any]]:
    """Each case for one library: minigrad and PyTorch take the same words. Cases that write come last."""
    c, w = lib.tensor(NEAR_ONE), lib.tensor(NEAR_ONE, requires_grad=True)
    exp, sin = lib.exp, lib.sin
    return {
        "y * constant": chain(lib, lambda y: y * c),
        "y * weight": chain(lib, lambda y: y * w),
        "y + constant": chain(lib, lambda y: y + c),
        "y * 1.5": chain(lib, lambda y: y * 1.5),
        "sin(y)": chain(lib, sin),
        "exp(-y), two ops": chain(lib, lambda y: exp(-y), ops=2),
        "tanh(y)": chain(lib, lib.tanh),
        "relu(y)": chain(lib, lib.relu),
        "six of these in turn": chain(lib, lambda y: lib.relu(lib.tanh(exp(-sin(y * 1.5)))), ops=6),
        "sin(y), after a write": chain(lib, sin, write="before"),
        "sin(y), write before backward": chain(lib, sin, write="between"),
    }


def libraries() -> dict[str, Any]:
    """minigrad, and PyTorch on one thread where it is installed."""
    found: dict[str, Any] = {"minigrad": mg}
    if importlib.util.find_spec("torch"):
        found = {"torch": importlib.import_module("torch"), **found}
        found["torch"].set_num_threads(1)
    return found


def agree(case: str, runs: dict[str, Callable[[], Any]]) -> None:
    """Stop if the libraries do not compute the same gradient."""
    grads = {name: np.array(run().numpy()) for name, run in runs.items()}
    if not all(np.allclose(g, grads["minigrad"], rtol=1e-3, atol=1e-12) for g in grads.values()):
        raise SystemExit(f"{case}: the gradients differ, so the times cannot be compared: {grads}")


def main() -> None:
    """Measure, print, and keep the rows if asked to."""
    args = options(__doc__, repeats=150)
    made = {name: chains(lib) for name, lib in libraries().items()}
    rows = []
    for case in made["minigrad"]:
        runs = {name: cases[case] for name, cases in made.items()}
        agree(case, runs)
        timings = measure(runs, args.repeats)
        rows += [row("overhead", case, name, t, OPS, ops=OPS, floats=8) for name, t in timings.items()]
    print("microseconds per op, forward and backward: median [quartiles]\n")
    print(table(rows, "us", against="torch"))
    if args.json:
        append(args.json, rows)


if __name__ == "__main__":
    main()
