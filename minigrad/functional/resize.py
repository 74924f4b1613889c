"""Images and volumes under other extents."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from .. import ops
from ..backend import namespace_for
from ..core import Tensor
from ..dtypes import is_float
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..ops.resample import Taps
from ..window import spread

SMOOTH = ("linear", "bilinear", "bicubic", "trilinear", "lanczos")
DIMS = {"linear": 1, "bilinear": 2, "bicubic": 2, "lanczos": 2, "trilinear": 3}  # all others take 1 to 3
REACH = {"bilinear": 1.0, "bicubic": 2.0, "lanczos": 3.0}


# ---- filters --------------------------------------------------------------------------------------------------------
def cubic(x: Any, a: float) -> Any:
    """Keys' cubic convolution; a is its slope at 1."""
    np = namespace_for(None)
    x = np.abs(x)
    near, far = ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0, ((x - 5.0) * x + 8.0) * x * a - 4.0 * a
    return np.where(x <= 1.0, near, np.where(x < 2.0, far, 0.0))


def cubic_weights(part: Any, a: float = -0.75) -> list[Any]:
    """The weights of the elements at -1, 0, 1 and 2 for a place at `part`, 0 to 1: arrays or Tensors."""

    def near(x: Any) -> Any:
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0

    def far(x: Any) -> Any:
        return ((x - 5.0) * x + 8.0) * x * a - 4.0 * a

    return [far(part + 1.0), near(part), near(1.0 - part), far(2.0 - part)]


def tent(x: Any) -> Any:
    """1 - |x|, and 0 beyond 1."""
    np = namespace_for(None)
    return np.maximum(1.0 - np.abs(x), 0.0)


def lanczos(x: Any) -> Any:
    """sinc(x) sinc(x / 3), and 0 beyond 3."""
    np = namespace_for(None)
    return np.where(np.abs(x) < 3.0, np.sinc(x) * np.sinc(x / 3.0), 0.0)


SMOOTHED = {"bilinear": tent, "bicubic": lambda x: cubic(x, -0.5), "lanczos": lanczos}


# ---- one dim --------------------------------------------------------------------------------------------------------
def nearest(n: int, m: int, scale: float | None, exact: bool, plane: bool) -> Any:
    """The element that each output copies, found in float32 as PyTorch does; in a plane n and 2 n are exact."""
    np = namespace_for(None)
    step = np.float32(n / m if scale is None else 1.0 / scale)
    if exact:
        at = ((np.arange(m) + 0.5) * np.float64(step)).astype("float32")
    else:
        step = np.float32(n / m) if plane and m in (n, 2 * n) else step
        at = np.arange(m, dtype="float32") * step
    return np.minimum(np.floor(at), n - 1).astype("int64")


def step_of(n: int, m: int, scale: float | None, align_corners: bool) -> float:
    """How far apart two outputs lie in the input."""
    if align_corners:
        return (n - 1) / (m - 1) if m > 1 else 0.0
    return n / m if scale is None else 1.0 / scale


def windows(first: Any, count: Any, weight: Callable[[Any], Any], n: int) -> tuple[Any, Any]:
    """Taps from `first` on, `count` of them, whose weights are brought to a sum of 1."""
    np = namespace_for(None)
    reach = np.arange(max(int(count.max()), 1))[:, None]
    raw = np.where(reach < count, weight(reach), 0.0)
    return np.minimum(first + reach, n - 1), raw / raw.sum(0)


@lru_cache(maxsize=128)
def taps(
    mode: str, n: int, m: int, scale: float | None, align_corners: bool, antialias: bool, plane: bool
) -> Taps:
    """What each of m outputs takes from n elements."""
    np = namespace_for(None)
    if mode in ("nearest", "nearest-exact"):
        return Taps(n, nearest(n, m, scale, mode == "nearest-exact", plane)[None], np.ones((1, m)))
    o = np.arange(m)
    if mode == "area":
        first = o * n // m
        return Taps(n, *windows(first, -(-(o + 1) * n // m) - first, lambda k: k * 0.0 + 1.0, n))
    step = step_of(n, m, scale, align_corners)
    if antialias:
        wide = max(step, 1.0)
        centre, reach = step * (o + 0.5), REACH[mode] * wide
        first = np.maximum((centre - reach + 0.5).astype("int64"), 0)
        count = np.minimum((centre + reach + 0.5).astype("int64"), n) - first
        weight = SMOOTHED[mode]
        return Taps(n, *windows(first, count, lambda k: weight((k + first - centre + 0.5) / wide), n))
    at = step * o if align_corners else step * (o + 0.5) - 0.5
    base = np.minimum(np.floor(at), n - 1)
    part = np.clip(at - base, 0.0, 1.0)
    reach = np.arange(-1, 3)[:, None] if mode == "bicubic" else np.arange(2)[:, None]
    index = np.clip(base + reach, 0, n - 1).astype("int64")
    return Taps(n, index, np.stack(cubic_weights(part) if mode == "bicubic" else [1.0 - part, part]))


# ---- what is asked for ----------------------------------------------------------------------------------------------
def factors(name: str, scale_factor: Any, dims: int) -> list[float]:
    """A factor for each dim.

    Raises:
        ArgumentError: for another number of them, or one that is not above 0.
        DTypeError: for what is not a number.
    """
    many = isinstance(scale_factor, tuple | list)
    found = [*scale_factor] if many else [scale_factor] * dims
    for s in found:
        if isinstance(s, bool) or not isinstance(s, int | float):
            raise DTypeError(f"{name}: scale_factor is {scale_factor!r}, where numbers are wanted")
        if not 0.0 < s < math.inf:
            raise ArgumentError(f"{name}: scale_factor is {scale_factor!r}, where numbers above 0 are wanted")
    if len(found) != dims:
        raise ArgumentError(f"{name}: scale_factor is {scale_factor!r}, where {dims} numbers are wanted")
    return found


def checked(input: Tensor, mode: str, align_corners: bool | None, antialias: bool) -> int:
    """The number of dims that change.

    Raises:
        ArgumentError, ShapeError: for a mode that does not go with the input or with the other arguments.
    """
    if mode not in (*SMOOTH, "nearest", "nearest-exact", "area"):
        wanted = "nearest, nearest-exact, area, linear, bilinear, bicubic, trilinear or lanczos"
        raise ArgumentError(f"interpolate: mode is {mode!r}, where {wanted} is wanted")
    dims = len(input.shape) - 2
    if dims != DIMS.get(mode, dims) or not 1 <= dims <= 3:
        taken = DIMS.get(mode, "1 to 3")
        raise ShapeError(
            f"interpolate: input is {describe(input)}; mode {mode!r} takes (N, C) and {taken} dims"
        )
    if not all(input.shape[1:]):
        raise ShapeError(
            f"interpolate: input is {describe(input)}, and all extents but the first are wanted above 0"
        )
    if align_corners is not None and mode not in SMOOTH:
        raise ArgumentError(f"interpolate: align_corners goes with {', '.join(SMOOTH)}, mode is {mode!r}")
    if (antialias and mode not in REACH) or (mode == "lanczos" and not antialias):
        raise ArgumentError(f"interpolate: antialias={antialias} does not go with mode {mode!r}")
    if mode == "lanczos" and align_corners:
        raise ArgumentError("interpolate: align_corners=True does not go with mode 'lanczos'")
    return dims


def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Signals, images or volumes under other extents.

    Args:
        size: the new extents, a number or one for each dim; or
        scale_factor: by what the extents are multiplied, and rounded down.
        mode: "nearest", "nearest-exact" (whose pixels are centred), "area" (means), "linear" (1 dim), "bilinear",
            "bicubic" (2 dims), "trilinear" (3 dims), "lanczos" (2 dims, with antialias).
        align_corners: whether the centres of the corner pixels, and not their outer corners, stay where they are.
        recompute_scale_factor: take the ratio of extents as the factor, instead of the one that was given.
        antialias: widen the filter where the image becomes smaller; bilinear, bicubic and lanczos.

    Shapes:
        input (N, C, L), (N, C, H, W) or (N, C, D, H, W) -> (N, C, ...)

    Raises:
        ArgumentError: for arguments that do not go together.
        ShapeError: for an input without pixels, or of another number of dims than mode takes.
        DTypeError: for integers and bools, unless they are only copied.

    Source: Keys 1981, "Cubic convolution interpolation for digital image processing", equation 15, with a = -0.75, and
        with antialias -0.5.

    >>> import minigrad as mg
    >>> interpolate(mg.tensor([[[1.0, 2.0]]]), scale_factor=2, mode="linear")
    tensor([[[1.  , 1.25, 1.75, 2.  ]]])
    """
    name, dims = "interpolate", checked(input, mode, align_corners, antialias)
    if (size is None) == (scale_factor is None):
        raise ArgumentError(f"{name}: size is {size}, scale_factor {scale_factor}: one of them is wanted")
    scales: list[float | None] = [None] * dims
    if size is not None:
        if recompute_scale_factor:
            raise ArgumentError(f"{name}: recompute_scale_factor goes with scale_factor, and size is given")
        new = spread(name, "size", size, dims, 1)
    else:
        given = factors(name, scale_factor, dims)
        new = tuple(int(n * s) for n, s in zip(input.shape[2:], given, strict=True))
        if min(new) < 1:
            raise ArgumentError(f"{name}: scale_factor {scale_factor} leaves nothing of {[*input.shape[2:]]}")
        if not recompute_scale_factor and mode != "area":
            scales = [*given]
    if not is_float(input.dtype) and not mode.startswith("nearest"):
        raise DTypeError(f"{name}: input is {input.dtype}; mode {mode!r} wants a floating dtype")
    rows = zip(input.shape[2:], new, scales, strict=True)
    every = [taps(mode, n, m, s, bool(align_corners), antialias, dims == 2) for n, m, s in rows]
    return ops.resample(input, taps=every)  # type: ignore[no-any-return]


def upsample(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """`interpolate`, by its older name."""
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
) -> Tensor:
    """`interpolate` with mode "nearest"."""
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
) -> Tensor:
    """`interpolate` with mode "bilinear" and align_corners."""
    return interpolate(input, size, scale_factor, "bilinear", True)
