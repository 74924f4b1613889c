"""What the tests in tests/properties share: how many examples, arrays of random numbers, sums, gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from minigrad.autograd import grad
from minigrad.core import Tensor
from minigrad.testing import strategies as mgst

Array = Any
Shape = tuple[int, ...]
numbers = st.integers(0, 2**32 - 1).map(np.random.default_rng)  # for arrays too large to be drawn one by one


def examples(n: int) -> Any:
    """n examples for a property, and as many times more as the profile wants than Hypothesis's own 100."""
    return settings(max_examples=max(1, n * settings().max_examples // 100))


def values(t: Tensor) -> Array:
    """The values, whatever the graph."""
    return t.detach().numpy()


def normal(rng: np.random.Generator, shape: Shape) -> Array:
    """Normal numbers."""
    return np.asarray(rng.standard_normal(shape))


def apart(rng: np.random.Generator, shape: Shape) -> Array:
    """Numbers of which any two differ by 0.2 or more, in random order: nothing ties."""
    n = math.prod(shape)
    return np.asarray((rng.permutation(n) - n / 2 + 0.2 + 0.4 * rng.random(n)) * 0.5).reshape(shape)


def leaf(data: DataObject, a: Array) -> Tensor:
    """The array in any memory, as a tensor that collects a gradient."""
    return Tensor(data.draw(mgst.laid_out(a)), True)


def part(i: Shape, shape: Shape) -> Shape:
    """Where in an array of this shape the element lies that is broadcast to i."""
    return tuple(0 if n == 1 else k for k, n in zip(i[len(i) - len(shape) :], shape, strict=True))


def summed(g: Array, shape: Shape) -> Array:
    """g added up over what broadcasting had repeated."""
    total = np.zeros(shape)
    for i in np.ndindex(g.shape):
        total[part(i, shape)] += g[i]
    return total


def dot(a: Any, b: Any) -> float:
    """The sum of all products, exactly rounded."""
    return math.fsum((np.asarray(a, np.float64) * np.asarray(b, np.float64)).ravel())


def near(a: Any, b: Any, rtol: float = 1e-12, atol: float = 1e-12) -> None:
    """Tensors or arrays agree, in their shapes too."""
    a, b = (values(x) if isinstance(x, Tensor) else np.asarray(x) for x in (a, b))
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


def pulled(y: Tensor, xs: list[Tensor], g: Array) -> list[Array]:
    """The gradients of all xs for the gradient g of y; zeros where none flows."""
    if not y.requires_grad:
        return [np.zeros(x.shape) for x in xs]
    found = grad(y, xs, [Tensor(np.asarray(g, y.dtype))], allow_unused=True)
    return [np.zeros(x.shape) if gx is None else values(gx) for x, gx in zip(xs, found, strict=True)]


def same_function(rng: Any, f: Callable[..., Tensor], h: Callable[..., Tensor], *arrays: Array) -> None:
    """Two functions of tensors agree in values and gradients."""
    ours, theirs = ([Tensor(a.copy(), True) for a in arrays] for _ in range(2))
    y, z = f(*ours), h(*theirs)
    near(y, z)
    g = normal(rng, y.shape)
    for a, b in zip(pulled(y, ours, g), pulled(z, theirs, g), strict=True):
        near(a, b, 1e-11, 1e-11)
