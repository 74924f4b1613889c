"""The vocabulary of the op table: a Case per op, its Samples and its Misuses."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

FLOATS = ("float16", "bfloat16", "float32", "float64")
INTS = ("uint8", "int8", "int16", "int32", "int64")
BOOL = ("bool",)


@dataclass(frozen=True)
class Sample:
    """One call: arrays stand for tensors; `name` says what is special about it."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    name: str = ""
    order: int | None = None  # the highest derivative checked here, where it is not the Case's
    reason: str = ""  # why it is not


@dataclass(frozen=True)
class Misuse:
    """A call that must be refused: with this error, whose message matches this pattern."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    error: type[Exception]
    match: str


@dataclass(frozen=True)
class Case:
    """All that is tested of one op.

    reference: the same function of float64 (or int, bool) NumPy arrays, written independently of the op: never the
        call that the op itself makes. Returns an array, or a tuple of arrays for several outputs.
    dtypes: those of the floating inputs in which forward and gradient must run and stay.
    order: the highest order of derivative checked against finite differences; 0 where no gradient flows.
    tolerance: relative error allowed in float64 against the reference, where more than 1e-12 is right; say why.
    no_empty, no_scalar: why the op has no zero-size or 0-d sample; otherwise some sample must be one.
    """

    op: Callable[..., Any]
    reference: Callable[..., Any]
    samples: list[Sample]
    misuses: list[Misuse] = field(default_factory=list)
    order: int = 3
    dtypes: tuple[str, ...] = FLOATS
    tolerance: float = 1e-12
    no_empty: str = ""
    no_scalar: str = ""
    wide: str = ""  # why low precision is not compared with the reference, where it is not


def S(*args: Any, name: str = "", order: int | None = None, reason: str = "", **kwargs: Any) -> Sample:
    """A sample; its name, order and reason are not handed to the op."""
    return Sample(args, kwargs, name, order, reason)


def bad(error: type[Exception], match: str, *args: Any, **kwargs: Any) -> Misuse:
    """A call that must be refused."""
    return Misuse(args, kwargs, error, match)


def f(*shape: int, low: float = -2.0, high: float = 2.0, seed: str = "") -> np.ndarray:
    """Float64 values, uniform between low and high, the same at every run."""
    rng = np.random.default_rng(zlib.crc32(f"{shape}{low}{high}{seed}".encode()))
    return np.asarray(rng.uniform(low, high, shape))


def distinct(*shape: int, seed: str = "") -> np.ndarray:
    """Float64 values that are at least 0.1 apart and away from 0: nothing ties, nothing sits at a kink."""
    rng = np.random.default_rng(zlib.crc32(f"{shape}{seed}".encode()))
    n = int(np.prod(shape))
    return (rng.permutation(n) * 0.1 - 0.05 * n + 0.03 + rng.uniform(-0.01, 0.01, n)).reshape(shape)


def ints(*shape: int, low: int = -5, high: int = 6, seed: str = "") -> np.ndarray:
    """int64 values in [low, high)."""
    return np.asarray(
        np.random.default_rng(zlib.crc32(f"{shape}{low}{high}{seed}".encode())).integers(low, high, shape)
    )


def each(function: Callable[..., float]) -> Callable[..., np.ndarray]:
    """A reference from a function of Python floats, applied element by element with broadcasting."""

    def reference(*arrays: Any) -> np.ndarray:
        arrays = np.broadcast_arrays(*arrays)
        flat = [function(*map(float, xs)) for xs in zip(*(a.ravel() for a in arrays), strict=True)]
        return np.array(flat, dtype=np.float64).reshape(arrays[0].shape)

    return reference
