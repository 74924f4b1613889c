"""Padding, and its adjoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core import Array, Shape, op
from ..dtypes import accumulator
from ..errors import ArgumentError, ShapeError

__all__ = ["fold_pad", "pad"]


def amounts(name: str, ndim: int, pad: Sequence[int]) -> list[tuple[int, int]]:
    """(before, after) for every dim, from PyTorch's list, which begins with the last dim."""
    if len(pad) % 2 or len(pad) > 2 * ndim:
        raise ShapeError(f"{name}: pad {(*pad,)} is not a pair for each of the last dims of {ndim}")
    pairs = [(pad[k], pad[k + 1]) for k in range(0, len(pad), 2)]
    return [(0, 0)] * (ndim - len(pairs)) + pairs[::-1]


def known(name: str, mode: str) -> None:
    """Refuse another mode."""
    if mode not in ("constant", "reflect", "replicate", "circular"):
        raise ArgumentError(f"{name}: mode {mode!r} is not constant, reflect, replicate or circular")


def sources(name: str, mode: str, n: int, lo: int, hi: int) -> list[int]:
    """For each place along a padded dim of extent n, the place that it copies."""
    known(name, mode)
    first, last = kept(n, lo, hi)
    most = {"reflect": n - 1, "circular": last - first}.get(mode, max(lo, hi) if n else 0)
    if max(lo, hi) > max(most, 0) or lo + n + hi < 0:
        raise ShapeError(f"{name}: {(lo, hi)} is too much for an extent of {n} in mode {mode!r}")
    if mode == "circular":  # round what a negative padding leaves
        return [first + (k - first) % (last - first) for k in range(-lo, n + hi)]
    if mode == "replicate":
        return [min(max(k, 0), n - 1) for k in range(-lo, n + hi)]
    return [n - 1 - abs(n - 1 - abs(k)) for k in range(-lo, n + hi)]


def kept(n: int, lo: int, hi: int) -> tuple[int, int]:
    """The part of a dim of extent n that a negative padding leaves."""
    first = min(max(-lo, 0), n)
    return first, max(first, min(n, n + hi))


def pad_rule(g: Any, pad: Sequence[int], mode: str, shape: Shape) -> Any:
    """Constants take no gradient; what was copied adds up where it came from."""
    if mode == "constant":
        return extend(g, [-p for p in pad])
    return fold_pad(g, pad=pad, mode=mode, shape=shape)


def extend(x: Any, by: Sequence[int], mode: str = "constant") -> Any:
    """`pad`, for where a parameter has its name."""
    return pad(x, pad=by, mode=mode)


@op(pad_rule)
def pad(xp: Any, x: Array, *, pad: Sequence[int], mode: str = "constant", value: float = 0.0) -> Array:
    """Each of the last dims lengthened at both ends, or, by a negative number, shortened.

    Args:
        pad: (before, after) of the last dim, then of the one before it, and so on.
        mode: "constant", "reflect" (without the edge element), "replicate" or "circular".
        value: the constant.

    Shapes:
        x (..., N), pad (a, b) -> (..., a + N + b)

    Raises:
        ShapeError: if `pad` does not fit x, or takes away more than there is.
        ArgumentError: for another mode.

    >>> import minigrad as mg
    >>> mg.functional.pad(mg.tensor([1, 2, 3]), (2, 1), mode="reflect")
    tensor([3, 2, 1, 2, 3, 2])
    """
    known("pad", mode)
    both = amounts("pad", x.ndim, pad)
    if mode != "constant":
        for k, (lo, hi) in enumerate(both):
            if lo or hi:
                x = x.take(xp.asarray(sources("pad", mode, x.shape[k], lo, hi), "int64"), k)
        return x.copy() if not any(pad) else x
    shape = [lo + n + hi for n, (lo, hi) in zip(x.shape, both, strict=True)]
    if min(shape, default=0) < 0:
        raise ShapeError(f"pad: pad {(*pad,)} takes more from {x.shape} than there is")
    y = xp.full(shape, value, x.dtype)
    parts = [(lo, *kept(n, lo, hi)) for n, (lo, hi) in zip(x.shape, both, strict=True)]
    stays = x[tuple(slice(first, last) for _, first, last in parts)]
    y[tuple(slice(lo + first, lo + last) for lo, first, last in parts)] = stays
    return y


@op(lambda g, pad, mode: extend(g, pad, mode))
def fold_pad(xp: Any, x: Array, *, pad: Sequence[int], mode: str, shape: Shape) -> Array:
    """The adjoint of padding by copies: each element added to the place of `shape` that it was copied from."""
    y = x.astype(accumulator(x.dtype), copy=False)
    for k, (lo, hi) in enumerate(amounts("fold_pad", x.ndim, pad)):
        if lo or hi:
            y = fold_along(xp, y, k, lo, shape[k], sources("fold_pad", mode, shape[k], lo, hi))
    return y.astype(x.dtype)


def fold_along(xp: Any, x: Array, k: int, lo: int, n: int, of: Sequence[int]) -> Array:
    """Fold along dim k: the middle in one copy, the edges place by place."""
    x = xp.moveaxis(x, k, 0)
    y = xp.zeros((n, *x.shape[1:]), x.dtype)
    first, last = kept(n, lo, len(of) - lo - n)
    y[first:last] = x[first + lo : last + lo]
    for j, source in enumerate(of):
        if not first <= j - lo < last:
            y[source] += x[j]
    return xp.moveaxis(y, 0, k)
