"""softmax and normalisation on the GPU: `kernels/softmax.cu` and `kernels/norm.cu`."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..dtypes import accumulator
from ._cupy_window import described
from ._kernels import Kernels

Array = Any
Ints = tuple[int, ...]
BLOCK = 256
BLOCKS = 528  # four for each multiprocessor of a large card
ROWS = [(32, 4), (32, 16), (256, 8), (256, 32)]  # threads of a row, and elements that each keeps


def run(extents: Any, weights: Any) -> tuple[int, int] | None:
    """How a weight lies over some dims: (how many elements share one, how many there are); None if not in one run."""
    here = [k for k, n in enumerate(weights) if n != 1]
    if not here:
        return prod(extents) or 1, 1
    first, last = here[0], here[-1]
    if any(weights[k] != extents[k] for k in range(first, last + 1)):
        return None
    return prod(extents[last + 1 :]), prod(extents[first : last + 1])


class Shaped:
    """Stands for a weight of which only the shape is known."""

    def __init__(self, shape: Ints) -> None:
        self.shape, self.ndim = shape, len(shape)


class Layout:
    """x as (outer, groups, inner), a mean being over outer and inner; and which weight belongs to which element.

    Attributes:
        order, back: the permutation that brings x into this order, and the one that undoes it.
        front: how many dims `outer` has.
        full: weights are written out for each element of (groups, inner), for they lie in no regular way.
        count: how many weights there are then.
    """

    def __init__(self, x: Array, weights: list[Any], dims: Ints) -> None:
        kept = [k for k in range(x.ndim) if k not in dims]
        shapes = [(1,) * (x.ndim - w.ndim) + tuple(w.shape) for w in weights]
        front = [k for k in dims if kept and k < kept[0]]
        if any(k in dims for k in range(kept[0], kept[-1])) if kept else True:
            front = []
        if any(shape[k] != 1 for shape in shapes for k in front):
            front = []
        front.sort()
        self.order = [*front, *kept, *(k for k in range(x.ndim) if k in dims and k not in front)]
        self.back = [self.order.index(k) for k in range(x.ndim)]
        self.shape, self.front, end = [x.shape[k] for k in self.order], len(front), len(front) + len(kept)
        self.outer, self.groups = prod(self.shape[: self.front]), prod(self.shape[self.front : end])
        self.inner = prod(self.shape[end:])
        mine: tuple[int, int] | None = (max(self.groups, 1), 1)
        own: tuple[int, int] | None = (max(self.inner, 1), 1)
        self.full = False
        if shapes:
            w = [shapes[0][k] for k in self.order]
            mine = run(self.shape[self.front : end], w[self.front : end])
            own = run(self.shape[end:], w[end:])
            self.full = mine is None or own is None or len({*shapes}) > 1
        if self.full or mine is None or own is None:
            mine, own = (1, self.groups), (1, self.inner)
        self.fields = {
            "b_div": max(mine[0], 1),
            "b_mod": max(mine[1], 1),
            "b_step": own[1] if mine[1] > 1 else 0,
        }
        self.fields |= {"c_div": max(own[0], 1), "c_mod": max(own[1], 1)}
        self.count = mine[1] * own[1]

    def dense(self) -> tuple[int, int] | None:
        """Threads of a row and elements that each keeps, where a group is a row that fits registers."""
        return next((row for row in ROWS if self.outer == 1 and self.inner <= row[0] * row[1]), None)

    def parts(self, n: int, groups: int, least: int = 2048) -> int:
        """Into how many parts n elements of each group are cut, so that the card is full."""
        return max(1, min(BLOCKS // max(groups, 1), n // least))

    def sizes(self, parts: int) -> np.ndarray:
        """The kernels' struct."""
        fields = {"outer": self.outer, "groups": self.groups, "inner": self.inner, "parts": parts}
        return described(fields, "i8")

    def one_each(self) -> bool:
        """Whether each group has a weight of its own, and one alone."""
        return (self.fields["b_div"], self.fields["b_step"], self.fields["c_mod"]) == (1, 1, 1) and (
            self.fields["b_mod"] == self.groups
        )


class Normalisation:
    """The extras of softmax and normalisation, for one array library."""

    def __init__(self, cp: Any) -> None:
        self.cp, self.rows, self.groups = cp, Kernels(cp, "softmax.cu"), Kernels(cp, "norm.cu")

    # ---- softmax -----------------------------------------------------------------------------------------------------
    def over_lines(self, kernel: str, arrays: tuple[Array, ...], axis: int, log: bool) -> Array:
        """A kernel over lines along an axis: dense rows in registers, others line by line."""
        given = [*map(self.cp.ascontiguousarray, arrays)]
        shape, y = given[-1].shape, self.cp.empty(given[-1].shape, given[-1].dtype)
        lead, n, rest = prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :])
        if not y.size:
            return y
        dense = next((row for row in ROWS if rest == 1 and n <= row[0] * row[1]), None)
        types = (y.dtype, str(int(log)))
        if dense:
            blocks = -(-lead // (BLOCK // dense[0]))
            self.rows.blocks(
                kernel.format("rows"), (*types, *map(str, dense)), (blocks,), BLOCK, *given, y, lead, n
            )
        else:
            self.rows.each(kernel.format("lines"), types, lead * rest, *given, y, lead * rest, n, rest)
        return y

    def softmax(self, x: Array, axis: int, log: bool) -> Array:
        """exp(x) divided by its sum along an axis, or the logarithm of that; without overflow."""
        return self.over_lines("softmax_{}", (x,), axis, log)

    def cross_entropy(self, x: Array, want: Array, each: Any, axis: int) -> tuple[Array, Array, Array]:
        """The loss of each place, the largest score and the sum of exponentials above it."""
        x, want = self.cp.ascontiguousarray(x), self.cp.ascontiguousarray(want.astype("int64", copy=False))
        to, n, rest = accumulator(x.dtype), x.shape[axis], prod(x.shape[axis + 1 :])
        kept = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
        loss, top, total = self.cp.empty(want.shape, to), self.cp.empty(kept, to), self.cp.empty(kept, to)
        each = None if each is None else self.cp.ascontiguousarray(each.astype(to, copy=False))
        arrays = (x, want, each, loss, top, total)
        self.rows.each("cross_entropy", (x.dtype,), loss.size, *arrays, loss.size, n, rest)
        return loss, top, total

    def cross_entropy_input(
        self, g: Array, x: Array, want: Array, top: Array, total: Array, axis: int
    ) -> Array:
        """The gradient of the scores, from that of the loss of each place, or one for all."""
        x, want = self.cp.ascontiguousarray(x), self.cp.ascontiguousarray(want.astype("int64", copy=False))
        g, y = self.cp.ascontiguousarray(g.astype(top.dtype, copy=False)), self.cp.empty(x.shape, x.dtype)
        rest = prod(x.shape[axis + 1 :])
        arrays, step = (x, want, g, top, total, y), int(g.size > 1)
        self.rows.each("cross_entropy_input", (x.dtype,), y.size, *arrays, y.size, x.shape[axis], rest, step)
        return y

    def softmax_input(self, g: Array, y: Array, axis: int, log: bool) -> Array:
        """The gradient of x, from that of y = softmax(x), or log_softmax(x)."""
        return self.over_lines("softmax_{}_input", (g.astype(y.dtype, copy=False), y), axis, log)

    # ---- about the mean, or about zero -------------------------------------------------------------------------------
    def normalize(
        self, x: Array, weight: Any, bias: Any, dims: Ints, eps: float, centred: bool
    ) -> tuple[Array, Any, Any, Array]:
        """(x - mean) scale weight + bias in x's dtype; mean, variance and scale in that of sums; else mean is 0."""
        if not x.ndim:
            y, *rest = self.normalize(x.reshape(1), weight, bias, (0,), eps, centred)
            return (y.reshape(()), *(None if a is None else a.reshape(()) for a in rest))
        lay = Layout(x, [w for w in (weight, bias) if w is not None], dims)
        v = self.cp.ascontiguousarray(x.transpose(lay.order))
        y, to = self.cp.empty(v.shape, x.dtype), accumulator(x.dtype)
        kept = tuple(1 if k in dims else n for k, n in enumerate(x.shape))
        fill = 0 if lay.outer * lay.inner else np.nan
        mean, var, scale = (self.cp.full(kept, fill, to) for _ in range(3))
        if v.size:
            w, b = (self.flat(a, x, lay) for a in (weight, bias))
            self.units(lay, centred, v, w, b, y, mean, var, scale, float(eps))
        return y.transpose(lay.back), mean if centred else None, var, scale

    def normalize_input(
        self, g: Array, x: Array, weight: Any, mean: Any, scale: Array, dims: Ints, bias_shape: Ints | None
    ) -> tuple[Array, Any, Any]:
        """The gradients of x, weight and bias; that of bias only for a shape."""
        if not x.ndim:
            gx, *rest = self.normalize_input(
                g.reshape(1), x.reshape(1), weight, mean, scale, (0,), bias_shape
            )
            return (gx.reshape(()), *rest)
        shapes = [s for s in (None if weight is None else tuple(weight.shape), bias_shape) if s is not None]
        lay = Layout(x, [Shaped(s) for s in shapes], dims)
        v, h = (self.cp.ascontiguousarray(a.transpose(lay.order)) for a in (x, g.astype(x.dtype, copy=False)))
        gx, to = self.cp.empty(v.shape, x.dtype), accumulator(x.dtype)
        w = self.flat(weight, x, lay)
        found: list[Any] = [None, None]
        if shapes:
            found = [self.cp.zeros(lay.count, to) for _ in range(2)]
        if v.size:
            if shapes:
                self.weight_sums(lay, h, v, mean, scale, *found)
            self.slopes(lay, h, v, w, mean, scale, gx, *found)
        found = [None if f is None else f.astype(x.dtype, copy=False) for f in found]
        gw = None if weight is None else self.given_back(found[0], tuple(weight.shape), lay)
        return gx.transpose(lay.back), gw, self.given_back(found[1], bias_shape, lay)

    def units(self, lay: Layout, centred: bool, *arrays: Any) -> None:
        """y, mean, var and scale: (x, weight, bias, y, mean, var, scale, eps) are the arrays."""
        x, w, b, y, mean, var, scale, eps = arrays
        types, at = (x.dtype, str(int(centred))), described(lay.fields, "i8")
        if dense := lay.dense():
            blocks = -(-lay.groups * dense[0] // BLOCK)
            sizes = lay.sizes(1)
            types = (*types, *map(str, dense))
            self.groups.blocks("normalize_rows", types, (blocks,), BLOCK, *arrays[:7], sizes, at, eps)
            return
        parts = lay.parts(lay.outer * lay.inner, lay.groups)
        moments, sizes = self.cp.empty((lay.groups, parts, 3), scale.dtype), lay.sizes(parts)
        self.each_group("part_moments", types, lay.groups, parts, x, moments, sizes)
        sums = (scale.dtype, types[1])
        self.groups.each("join_moments", sums, lay.groups, moments, mean, var, scale, lay.groups, sizes, eps)
        self.groups.each("normalize_each", types, x.size, x, w, b, y, mean, scale, x.size, sizes, at)

    def slopes(self, lay: Layout, *arrays: Any) -> None:
        """gx: (g, x, weight, mean, scale, gx, sums of g unit for each weight, sums of g) are the arrays."""
        g, x, w, mean, scale, gx, along, centre = arrays
        types, at = (x.dtype, str(int(mean is not None))), described(lay.fields, "i8")
        if dense := lay.dense():
            blocks = -(-lay.groups * dense[0] // BLOCK)
            types = (*types, *map(str, dense))
            self.groups.blocks("normalize_rows_input", types, (blocks,), BLOCK, *arrays[:6], lay.sizes(1), at)
            return
        if lay.one_each() and along is not None:  # the sums of a group are those of its weight
            along, centre = (along * w, centre * w) if w is not None else (along, centre)
        else:
            parts = lay.parts(lay.outer * lay.inner, lay.groups)
            sums = self.cp.empty((lay.groups, parts, 2), scale.dtype)
            along, centre = (self.cp.empty(lay.groups, scale.dtype) for _ in range(2))
            given = g, x, w, mean, scale, sums, lay.sizes(parts), at
            self.each_group("part_slopes", types, lay.groups, parts, *given)
            self.joined(sums, along, centre, parts)
        more: Any = g, x, w, mean, scale, along, centre, gx, x.size, lay.sizes(1), at
        self.groups.each("normalize_each_input", types, x.size, *more)

    def weight_sums(self, lay: Layout, *arrays: Any) -> None:
        """The sums for each weight: (g, x, mean, scale, sums of g unit, sums of g) are the arrays."""
        g, x, mean, scale, along, centre = arrays
        types, at = (x.dtype, str(int(mean is not None))), described(lay.fields, "i8")
        columns = not lay.fields["b_step"] and (lay.fields["c_div"], lay.fields["c_mod"]) == (1, lay.inner)
        if columns:
            blocks = -(-lay.inner // 32)
            parts = lay.parts(lay.outer * lay.groups, blocks, 64)
            sums = self.cp.empty((lay.inner, parts, 2), scale.dtype)
            given = g, x, mean, scale, sums, lay.sizes(parts)
            self.each_group("part_columns", types, blocks, parts, *given)
        else:
            parts = lay.parts(x.size // lay.count, lay.count)
            sums = self.cp.empty((lay.count, parts, 2), scale.dtype)
            self.each_group(
                "part_weights", types, lay.count, parts, g, x, mean, scale, sums, lay.sizes(parts), at
            )
        self.joined(sums, along, centre, parts)

    def joined(self, sums: Array, along: Array, centre: Array, parts: int) -> None:
        """The sums of parts in their order."""
        count = len(sums)
        self.groups.each("join_slopes", (sums.dtype,), count, sums, along, centre, count, parts)

    def each_group(self, name: str, types: tuple[Any, ...], count: int, parts: int, *args: Any) -> None:
        """A block for each part of each of `count` groups."""
        self.groups.blocks(name, types, (count * parts,), BLOCK, *args)

    def flat(self, w: Any, x: Array, lay: Layout) -> Any:
        """A weight as the kernels find it: its numbers in a row, or one for each element of (groups, inner)."""
        if w is None:
            return None
        spread = (
            w.astype(x.dtype, copy=False).reshape((1,) * (x.ndim - w.ndim) + w.shape).transpose(lay.order)
        )
        if lay.full:
            spread = self.cp.broadcast_to(spread, (*[1] * lay.front, *lay.shape[lay.front :]))
        return self.cp.ascontiguousarray(spread).reshape(-1)

    def given_back(self, gw: Any, shape: Ints | None, lay: Layout) -> Any:
        """The gradient of a weight in its own shape."""
        if gw is None or shape is None:
            return None
        wide = (1,) * (len(lay.order) - len(shape)) + tuple(shape)
        there = (*[1] * lay.front, *lay.shape[lay.front :]) if lay.full else [wide[k] for k in lay.order]
        spread = gw.reshape(there).transpose(lay.back)
        axes = tuple(k for k, n in enumerate(wide) if n == 1 and spread.shape[k] != 1)
        return (spread.sum(axes) if axes else spread).reshape(shape)
