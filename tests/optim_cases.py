"""Optimizers with their options, and parameters with gradients for them to work on."""

from __future__ import annotations

from typing import Any

import numpy as np

import minigrad as mg
from minigrad import nn

SHAPES = [(4, 3), (5,), (), (2, 1, 3)]
STEPS = 50

SGD_OPTIONS: list[dict[str, Any]] = [
    {},
    {"lr": 0.05},
    {"lr": 0.05, "weight_decay": 0.1},
    {"lr": 0.05, "maximize": True, "weight_decay": 0.1},
    {"lr": 0.05, "momentum": 0.9},
    {"lr": 0.05, "momentum": 0.9, "dampening": 0.3},
    {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1},
    {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1, "dampening": 0.3, "maximize": True},
    {"lr": 0.05, "momentum": 0.9, "nesterov": True},
    {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "maximize": True},
    {"lr": 0.0, "momentum": 0.9},
]
ADAM_OPTIONS: list[dict[str, Any]] = [
    {},
    {"lr": 0.05},
    {"lr": 0.05, "betas": (0.5, 0.7)},
    {"lr": 0.05, "betas": (0.0, 0.9)},
    {"lr": 0.05, "eps": 0.1},
    {"lr": 0.05, "weight_decay": 0.1},
    {"lr": 0.05, "weight_decay": 0.0},
    {"lr": 0.05, "amsgrad": True},
    {"lr": 0.05, "maximize": True},
    {"lr": 0.05, "weight_decay": 0.1, "amsgrad": True, "maximize": True, "eps": 1e-3},
]
CASES = [("SGD", o) for o in SGD_OPTIONS] + [(name, o) for name in ("Adam", "AdamW") for o in ADAM_OPTIONS]
IDS = [f"{name} {' '.join(f'{k}={v}' for k, v in o.items())}" for name, o in CASES]


def starts() -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape) for shape in SHAPES]


def slopes(t: int) -> list[Any]:
    """A gradient per parameter; that of the second is missing now and then."""
    rng = np.random.default_rng(100 + t)
    gs: list[Any] = [rng.standard_normal(shape) * 3.0 ** rng.integers(-2, 3) for shape in SHAPES]
    return [None if k == 1 and t % 3 == 0 else g for k, g in enumerate(gs)]


def parameters() -> list[Any]:
    return [nn.Parameter(mg.tensor(x)) for x in starts()]


def feed(ps: list[Any], t: int) -> None:
    for p, g in zip(ps, slopes(t), strict=True):
        p.grad = None if g is None else mg.tensor(g)


def run(optimizer: Any, ps: list[Any], first: int, last: int) -> list[Any]:
    for t in range(first, last):
        feed(ps, t)
        optimizer.step()
    return [p.detach().numpy().copy() for p in ps]
