"""Window: the geometry of convolution and pooling, for any number of spatial dims. No other file has its formulas."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from .errors import ArgumentError, DTypeError, ShapeError

Ints = tuple[int, ...]


def spread(name: str, argument: str, value: Any, dims: int, least: int) -> Ints:
    """One integer for each spatial dim, from a single one, alone or in a list, or from as many as there are dims.

    Raises:
        DTypeError: for what is not made of integers.
        ArgumentError: for another number of them, or one below `least`.

    >>> spread("conv2d", "stride", 2, dims=2, least=1)
    (2, 2)
    """
    if type(value) is tuple and len(value) == dims and all(type(v) is int and v >= least for v in value):
        return value  # layers ask with every batch
    many = isinstance(value, Sequence) and not isinstance(value, str)
    if any(isinstance(v, bool) or not hasattr(v, "__index__") for v in (value if many else (value,))):
        raise DTypeError(f"{name}: {argument} is {value!r}, where an integer or {dims} of them are wanted")
    ints = tuple(map(operator.index, value)) if many else (operator.index(value),)
    if len(ints) == 1 and not (many and "size" in argument):  # a size has as many as there are dims
        ints *= dims
    if len(ints) != dims:
        raise ArgumentError(
            f"{name}: {argument} is {value!r}, where one integer or {dims} of them are wanted"
        )
    if min(ints) < least:
        raise ArgumentError(f"{name}: {argument} is {value!r}, where at least {least} is wanted")
    return ints


def cross(extents: Sequence[int]) -> str:
    """Extents as a message shows them: `3 x 4`."""
    return " x ".join(map(str, extents))


def inside(start: int, step: int, count: int, n: int) -> tuple[int, int]:
    """The k of 0 <= k < count, as a half-open range, for which 0 <= start + k step < n.

    >>> inside(-2, 1, 5, 3)
    (2, 5)
    """
    low = min(max(0, -(start // step)), count)
    return low, max(low, min(count, (n - 1 - start) // step + 1))


class Window:
    """How a kernel moves over its input.

    Window `o` of a dim covers the positions `o stride + i dilation - padding` for its taps `0 <= i < kernel`.

    Args:
        name: the op, for messages.
        kernel: extents of the kernel, one for each spatial dim.
        stride, dilation: an integer, or one for each dim.
        padding: an integer, or one for each dim, on both sides; "valid" (none), or "same" (stride 1, the output has
            the input's extents; the odd element comes at the end).
        ceil_mode: count a last window that reaches over the padded input, as long as it begins before the end padding.

    Raises:
        ArgumentError: for a kernel, stride or dilation below 1, a negative padding, "same" with a stride.
        DTypeError: for what is not an integer.

    >>> Window("conv2d", (5, 5), padding=2).extents((28, 28))
    (28, 28)
    >>> Window("max_pool2d", (3, 3), stride=2, ceil_mode=True).extents((6, 7))
    (3, 3)
    """

    __slots__ = ("ceil_mode", "dilation", "kernel", "name", "padding", "stride")

    def __init__(
        self,
        name: str,
        kernel: Sequence[int],
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
    ) -> None:
        dims = len(kernel)
        self.name, self.ceil_mode = name, ceil_mode
        self.kernel = spread(name, "kernel_size", kernel, dims, 1)
        self.stride = spread(name, "stride", stride, dims, 1)
        self.dilation = spread(name, "dilation", dilation, dims, 1)
        self.padding = self.both_sides(padding)

    def both_sides(self, padding: Any) -> tuple[tuple[int, int], ...]:
        """(before, after) for each dim."""
        if not isinstance(padding, str):
            return tuple((p, p) for p in spread(self.name, "padding", padding, len(self.kernel), 0))
        if padding == "valid":
            return ((0, 0),) * len(self.kernel)
        if padding != "same":
            raise ArgumentError(
                f"{self.name}: padding is {padding!r}, where integers, 'same' or 'valid' are wanted"
            )
        if max(self.stride) > 1:
            raise ArgumentError(
                f"{self.name}: padding='same' wants stride 1, it is {self.stride}; give integers"
            )
        return tuple(((s - 1) // 2, s // 2) for s in self.spans)

    @property
    def spans(self) -> Ints:
        """From the first tap to the last, both included."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    def extents(self, size: Sequence[int]) -> Ints:
        """The number of windows in each dim of an input.

        Raises:
            ShapeError: if the window is larger than the padded input.
        """
        found = tuple(self.windows(dim, n) for dim, n in enumerate(size))
        if min(found) < 1:
            padded = [lo + n + hi for n, (lo, hi) in zip(size, self.padding, strict=True)]
            raise ShapeError(
                f"{self.name}: the window spans {cross(self.spans)}, the padded input has {cross(padded)}: "
                "make the input or the padding larger, or the kernel or the dilation smaller"
            )
        return found

    def windows(self, dim: int, n: int) -> int:
        """The number of windows in a dim of n elements; below 1 if none fits."""
        (lo, hi), s = self.padding[dim], self.stride[dim]
        count = (lo + n + hi - self.spans[dim] + (s - 1 if self.ceil_mode else 0)) // s + 1
        return count - (self.ceil_mode and (count - 1) * s >= n + lo)

    def smallest(self, size: Sequence[int]) -> Ints:
        """The extents of the smallest input that gives `size` windows; below 1 if the padding alone is larger."""
        rows = zip(size, self.stride, self.spans, self.padding, strict=True)
        return tuple((n - 1) * s + span - lo - hi for n, s, span, (lo, hi) in rows)

    def inputs(self, size: Sequence[int], output_padding: Any = 0) -> Ints:
        """The smallest input that gives `size` windows, made larger at its end by `output_padding`.

        Raises:
            ArgumentError: if `output_padding` is not below the stride: such an input gives more windows.
            ShapeError: if nothing is left.
        """
        more = spread(self.name, "output_padding", output_padding, len(self.kernel), 0)
        if any(p >= s for p, s in zip(more, self.stride, strict=True)):
            raise ArgumentError(f"{self.name}: output_padding {more} is not below the stride {self.stride}")
        found = tuple(n + p for n, p in zip(self.smallest(size), more, strict=True))
        if min(found) < 1:
            raise ShapeError(
                f"{self.name}: padding {tuple(lo for lo, _ in self.padding)} leaves an output of {cross(found)}"
            )
        return found

    def chosen(self, output_size: Any, lead: int) -> Ints:
        """The extents of an output that a caller chose, alone or after `lead` others.

        Raises:
            ArgumentError: for another number of extents, or a negative one.
            DTypeError: for what is not made of integers.
        """
        dims = len(self.kernel)
        if not isinstance(output_size, tuple | list) or len(output_size) not in (dims, dims + lead):
            raise ArgumentError(
                f"{self.name}: output_size is {output_size!r}, where {dims} or {dims + lead} integers are wanted"
            )
        return spread(self.name, "output_size", tuple(output_size[-dims:]), dims, 0)

    def start(self, dim: int, tap: int) -> int:
        """Where in a dim of the input tap `tap` of the first window lies; below 0 in the padding."""
        return tap * self.dilation[dim] - self.padding[dim][0]

    def seen(self, dim: int, tap: int, windows: int, n: int) -> tuple[slice, slice]:
        """The windows whose tap lies inside of n elements, and the elements that it lies on."""
        start, step = self.start(dim, tap), self.stride[dim]
        a, b = inside(start, step, windows, n)
        return slice(a, b), slice(
            start + a * step, start + (b - 1) * step + 1 if b > a else start + a * step, step
        )

    def counts(self, dim: int, n: int, padded: bool) -> list[int]:
        """How many elements each window of a dim holds; `padded` counts the padding, up to its end."""
        start, d, k = self.start(dim, 0), self.dilation[dim], self.kernel[dim]
        lo, hi = self.padding[dim] if padded else (0, 0)
        reaches = [
            inside(start + lo + o * self.stride[dim], d, k, lo + n + hi) for o in range(self.windows(dim, n))
        ]
        return [b - a for a, b in reaches]


def adaptive(n: int, windows: int) -> list[tuple[int, int]]:
    """Windows over n elements that cover them evenly, one beginning where another ends or before it: (start, stop).

    >>> adaptive(5, 3)
    [(0, 2), (1, 4), (3, 5)]
    """
    return [(o * n // windows, -(-(o + 1) * n // windows)) for o in range(windows)]


def fractional(xp: Any, samples: Any, n: int, kernel: int, windows: int) -> Any:
    """Where windows begin that lie n / windows apart on average, in a row that the samples choose; the last at the end.

    Args:
        samples: floats in [0, 1), (...); all is computed in their dtype.

    Shapes:
        samples (...) -> (..., windows)

    Source: Graham 2014, "Fractional max-pooling", section 2 (pseudorandom sequences).
    """
    u, count = samples[..., None], max(windows - 1, 0)
    apart = samples.dtype.type((n - kernel) / max(windows - 1, 1))
    found = xp.empty((*samples.shape, windows), "int64")
    found[..., count:] = n - kernel
    found[..., :count] = xp.trunc((xp.arange(count, dtype=u.dtype) + u) * apart) - xp.trunc(u * apart)
    return found


def pool_window(
    name: str,
    kernel: Any,
    stride: Any,
    padding: Any,
    dilation: Any = 1,
    ceil_mode: bool = False,
    dims: int = 2,
) -> Window:
    """The Window of a pooling: its stride is the kernel where none is given, its padding at most half the kernel.

    Raises:
        ArgumentError: for a padding of more than half the kernel, and as `Window`.

    >>> pool_window("max_pool2d", 2, None, 0).extents((28, 28))
    (14, 14)
    """
    kernel = spread(name, "kernel_size", kernel, dims, 1)
    window = Window(name, kernel, kernel if stride is None else stride, padding, dilation, ceil_mode)
    if any(2 * lo > k for (lo, _), k in zip(window.padding, kernel, strict=True)):
        raise ArgumentError(f"{name}: padding {padding} is more than half the kernel_size {kernel}")
    return window
