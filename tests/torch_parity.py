"""One function in minigrad and in PyTorch, compared to the second derivative in float64."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")


def listed(y: Any) -> list[Any]:
    """One tensor or several, as a list."""
    return [*y] if isinstance(y, tuple | list) else [y]


def projected(ys: Sequence[Any], constant: Callable[[Any], Any]) -> Any:
    """A number that depends on every element that has a gradient, and not linearly."""
    rng = np.random.default_rng(1)
    total: Any = None
    for y in ys:
        w = constant(rng.uniform(0.5, 1.5, tuple(y.shape)))
        if y.requires_grad:
            term = (w * y * y + w * y).sum()
            total = term if total is None else total + term
    return total


def close(mine: Any, theirs: Any, tolerance: float = 1e-10) -> None:
    """Equal shapes and dtypes, and values to a tolerance; NaN and infinities in the same places."""
    want = theirs.detach().numpy()
    assert tuple(mine.shape) == want.shape
    assert f"torch.{mine.dtype}" == str(theirs.dtype)
    np.testing.assert_allclose(mine.detach().numpy(), want, rtol=tolerance, atol=tolerance)


def agree(
    mine: Callable[..., Any], theirs: Callable[..., Any], *xs: Any, order: int = 2, tolerance: float = 1e-10
) -> None:
    """Values, gradients (of an ordinary backward and of one that is recorded) and second derivatives are equal.

    Args:
        xs: arrays; those of floats get a gradient.
        order: the highest derivative compared.
    """
    ours = [mg.tensor(x, requires_grad=x.dtype.kind == "f") for x in xs]
    other = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in xs]
    leaves, their_leaves = ([x for x in side if x.requires_grad] for side in (ours, other))
    ys, zs = listed(mine(*ours)), listed(theirs(*other))
    for y, z in zip(ys, zs, strict=True):
        close(y, z, tolerance)
    for k in range(order):
        total, their_total = projected(ys, mg.tensor), projected(zs, torch.tensor)
        if total is None or their_total is None:  # a derivative that is zero throughout
            break
        zs = list(torch.autograd.grad(their_total, their_leaves, create_graph=True, allow_unused=True))
        for recorded in (False, True) if k == 0 else (True,):
            ys = list(
                mg.autograd.grad(total, leaves, retain_graph=True, create_graph=recorded, allow_unused=True)
            )
            for y, z, x, their_x in zip(ys, zs, leaves, their_leaves, strict=True):
                close(
                    mg.zeros_like(x) if y is None else y,
                    torch.zeros_like(their_x) if z is None else z,
                    tolerance,
                )
        ys = [mg.zeros_like(x) if y is None else y for y, x in zip(ys, leaves, strict=True)]
        zs = [torch.zeros_like(x) if z is None else z for z, x in zip(zs, their_leaves, strict=True)]
