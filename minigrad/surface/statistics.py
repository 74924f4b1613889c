"""Covariances, histograms and slopes of samples, in PyTorch's signatures."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

from .. import ops
from ..backend import NAMESPACES
from ..core import Tensor, cast
from ..dtypes import bool_, is_float
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..ops.shape import axis

__all__ = ["corrcoef", "cov", "gradient", "histogram", "pdist", "renorm"]
METHODS = ("corrcoef", "cov", "histogram", "renorm")
IN_PLACE = ("renorm",)

Histogram = namedtuple("Histogram", "hist bin_edges")


# ---- covariance -----------------------------------------------------------------------------------------------------
def weights_of(name: str, w: Any, n: int, floating: bool) -> None:
    """Refuse weights that are not one number >= 0 for each of n observations."""
    if not isinstance(w, Tensor) or is_float(w.dtype) != floating or w.dtype == bool_:
        raise DTypeError(
            f"cov: {name} is {describe(w)}, where {'floats' if floating else 'integers'} are wanted"
        )
    if w.shape != (n,):
        raise ShapeError(f"cov: {name} is {describe(w)}, where one for each of {n} observations is wanted")
    if (w.data < 0).any():
        raise ArgumentError(f"cov: {name} holds a number below 0")


def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Tensor:
    """The covariances of variables, one in each row of input, over observations, one in each column.

    Args:
        correction: subtracted from the number of observations: 1 for an unbiased estimate.
        fweights: how often each observation was made, integers.
        aweights: how much each observation counts, floats.

    Shapes:
        input (N, M) -> (N, N); input (M,) or (1, M) -> ()

    Raises:
        ShapeError: if input has more than two dims, or weights are not one for each observation.
        DTypeError: for bools, and for weights of another kind.
        ArgumentError: for weights below 0.

    >>> import minigrad as mg
    >>> mg.cov(mg.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if len(input.shape) > 2:
        raise ShapeError(f"cov: input is {describe(input)}, where at most two dims are wanted")
    if input.dtype == bool_:
        raise DTypeError("cov: input is bool, where numbers are wanted")
    x = ops.reshape(input, shape=(1, -1)) if len(input.shape) < 2 else input
    n, w = x.shape[1], None
    if fweights is not None:
        weights_of("fweights", fweights, n, False)
        w = fweights
    if aweights is not None:
        weights_of("aweights", aweights, n, True)
        w = aweights if w is None else w * aweights
    total = n if w is None else ops.sum(w)
    x = x - ops.div(ops.sum(x if w is None else x * w, dim=1, keepdim=True), total)
    if correction == 0:
        free = total
    elif aweights is None:
        free = total - correction
    else:
        free = total - correction * ops.sum(w * aweights) / total
    free = ops.clamp(free, 0, None) if isinstance(free, Tensor) else max(free, 0)
    products = ops.matmul(x, ops.mT(x if w is None else x * w))
    y = ops.div(products, free if isinstance(free, Tensor) or free else float(free))
    return ops.reshape(y, shape=()) if x.shape[0] == 1 else y  # type: ignore[no-any-return]


def corrcoef(input: Tensor) -> Tensor:
    """Pearson's correlations of variables, one in each row of input, over observations, one in each column.

    Shapes:
        input (N, M) -> (N, N); input (M,) or (1, M) -> ()

    Raises:
        ShapeError: if input has more than two dims.
        DTypeError: for bools.

    >>> import minigrad as mg
    >>> mg.corrcoef(mg.tensor([[0.0, 1.0, 2.0], [6.0, 3.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if len(input.shape) > 2:
        raise ShapeError(f"corrcoef: input is {describe(input)}, where at most two dims are wanted")
    c = cov(input)
    if not c.shape:
        return c / c  # type: ignore[no-any-return]
    spread = ops.sqrt(ops.diagonal(c))
    y = c / ops.unsqueeze(spread, dim=1) / ops.unsqueeze(spread, dim=0)
    return ops.clamp(y, -1.0, 1.0)  # type: ignore[no-any-return]


# ---- histograms -----------------------------------------------------------------------------------------------------
def edges_of(input: Tensor, bins: Any, range: Sequence[float] | None) -> Any:
    """The edges of the bins as an array."""
    xp = NAMESPACES[type(input.data)]
    if isinstance(bins, Tensor):
        if range is not None:
            raise ArgumentError("histogram: range goes with a number of bins, not with their edges")
        if len(bins.shape) != 1 or not bins.shape[0] or bins.dtype != input.dtype:
            raise ShapeError(
                f"histogram: bins are {describe(bins)}, where one row of {input.dtype} is wanted"
            )
        if (bins.data[1:] < bins.data[:-1]).any():
            raise ArgumentError("histogram: the edges in bins do not increase")
        return bins.data
    if type(bins) is not int or bins < 1:
        raise ArgumentError(f"histogram: bins is {describe(bins)}, where an integer from 1 on is wanted")
    low, high = (0.0, 1.0) if range is None else map(float, range)  # these if there are no samples
    if range is None and input.data.size:
        low, high = float(input.data.min()), float(input.data.max())
    if not -xp.inf < low <= high < xp.inf:
        raise ArgumentError(f"histogram: the range from {low} to {high} is not finite, or falls")
    if low == high:
        low, high = low - 0.5, high + 0.5
    return xp.linspace(low, high, bins + 1).astype(input.dtype)


def histogram(
    input: Tensor,
    bins: Any = 100,
    *,
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> Histogram:
    """How many elements fall into each bin, and the bins' edges; the last bin has both of its edges.

    Args:
        bins: their number, or their edges in increasing order.
        range: the first and the last edge. Default: the smallest and the largest element.
        weight: how much each element counts; a gradient goes to it.
        density: divide by the sum of all and by the width of each bin.

    Raises:
        DTypeError: if input, or weight, is not floating.
        ShapeError: if weight has another shape than input, or edges are not one row.
        ArgumentError: for edges that do not increase, or are not finite.

    >>> import minigrad as mg
    >>> mg.histogram(mg.tensor([1.0, 2.0, 1.0]), bins=2, range=(0.0, 2.0)).hist
    tensor([0., 3.])
    """
    if not is_float(input.dtype):
        raise DTypeError(f"histogram: input is {describe(input)}, where a tensor of floats is wanted")
    if weight is not None and (weight.shape != input.shape or weight.dtype != input.dtype):
        raise ShapeError(f"histogram: weight is {describe(weight)}, input {describe(input)}")
    edges = Tensor(edges_of(input, bins, range))
    n = edges.shape[0] - 1
    flat = ops.reshape(input.detach(), shape=(-1,))
    at = ops.searchsorted(edges, flat, right=True) - 1
    at = ops.where(ops.eq(flat, edges[-1]), n - 1, at)
    inside = ops.nonzero(ops.logical_and(ops.ge(at, 0), ops.lt(at, n)))[:, 0] if n else at[:0]
    w = cast(flat == flat, dtype=input.dtype) if weight is None else ops.reshape(weight, shape=(-1,))
    y = ops.put_along(w[inside], at[inside], dim=0, shape=(n,))
    if density:
        y = y / (ops.sum(y) * (edges[1:] - edges[:-1]))
    return Histogram(y, edges)


# ---- slopes ---------------------------------------------------------------------------------------------------------
def steps_of(input: Tensor, spacing: Any, dims: Sequence[int]) -> list[Any]:
    """For each dim the distance of its samples, or their places."""
    if isinstance(spacing, Tensor) and spacing.shape == ():
        spacing = spacing.item()
    if isinstance(spacing, int | float):
        return [spacing] * len(dims)
    given = list(spacing)
    if len(given) != len(dims):
        raise ArgumentError(f"gradient: {len(given)} spacings for {len(dims)} dims")
    for s, d in zip(given, dims, strict=True):
        if isinstance(s, Tensor) and s.shape and s.shape != (input.shape[d],):
            raise ShapeError(f"gradient: spacing {describe(s)} for the {input.shape[d]} samples of dim {d}")
    return given


def slope(x: Tensor, step: Any, d: int, edge_order: int) -> Tensor:
    """The slope along dim d: exact for parabolas inside, for lines or parabolas at the ends."""
    n, lead = x.shape[d], (slice(None),) * d

    def part(start: int, stop: int | None) -> Any:
        return x[(*lead, slice(start, stop))]

    if isinstance(step, Tensor) and step.shape:
        shape = [-1 if k == d else 1 for k in range(len(x.shape))]
        gaps = ops.reshape(step[1:] - step[:-1], shape=shape)
    else:
        gaps = None

    def gap(start: int, stop: int | None) -> Any:
        return step if gaps is None else gaps[(*lead, slice(start, stop))]

    rise = ops.div(part(1, None) - part(0, -1), gap(0, None))  # between neighbours

    def between(start: int, stop: int | None) -> Any:
        return rise[(*lead, slice(start, stop))]

    first, last = between(0, 1), between(n - 2, None)
    if edge_order == 2:
        a, b = gap(0, 1), gap(1, 2)
        first = first + (first - between(1, 2)) * (a / (a + b))
        a, b = gap(n - 2, None), gap(n - 3, n - 2)
        last = last + (last - between(n - 3, n - 2)) * (a / (a + b))
    a, b = gap(0, n - 2), gap(1, None)
    middle = (between(0, n - 2) * b + between(1, None) * a) / (a + b)
    return ops.cat(first, middle, last, dim=d)  # type: ignore[no-any-return]


def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """The slopes of samples along dims, one tensor for each: by central differences, at the ends by one-sided ones.

    Args:
        spacing: how far apart the samples are: a number, one for each dim, or for each dim a row of places; None is 1.
        dim: a dim, several, or None for all.
        edge_order: 1 is exact for lines at the ends, 2 for parabolas.

    Raises:
        ArgumentError: for another edge_order, not as many spacings as dims, or a dim named twice.
        ShapeError: if a dim has no more than edge_order samples, or not as many as places.
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.gradient(mg.tensor([0.0, 1.0, 4.0, 9.0]))
    (tensor([1., 2., 4., 5.]),)
    """
    if edge_order not in (1, 2):
        raise ArgumentError(f"gradient: edge_order is {edge_order}, where 1 or 2 is wanted")
    nd = len(input.shape)
    given = range(nd) if dim is None else [dim] if isinstance(dim, int) else dim
    dims = [axis("gradient", d, nd) for d in given]
    if len({*dims}) < len(dims):
        raise ArgumentError(f"gradient: dim {tuple(given)} names a dim twice")
    if few := [d for d in dims if input.shape[d] <= edge_order]:
        raise ShapeError(f"gradient: input is {describe(input)}: dim {few[0]} needs {edge_order + 1} samples")
    steps = steps_of(input, 1 if spacing is None else spacing, dims)
    return tuple(slope(input, s, d, edge_order) for s, d in zip(steps, dims, strict=True))


# ---- distances and lengths ------------------------------------------------------------------------------------------
def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The distances between all rows, each pair once: (0, 1), (0, 2), ..., (1, 2), ...

    Args:
        p: of the p-norm; inf for the largest difference.

    Shapes:
        input (N, M) -> (N (N - 1) / 2,)

    Raises:
        ShapeError: if input has not two dims.
        ArgumentError: for a negative p.
        DTypeError: if input is not floating.

    >>> import minigrad as mg
    >>> mg.pdist(mg.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
    tensor([5.    , 1.    , 4.2426])
    """
    if len(input.shape) != 2:
        raise ShapeError(f"pdist: input is {describe(input)}, where two dims are wanted")
    if not is_float(input.dtype):
        raise DTypeError(f"pdist: input is {describe(input)}, where a tensor of floats is wanted")
    if not p >= 0:
        raise ArgumentError(f"pdist: p is {p}, where 0 or more is wanted")
    xp = NAMESPACES[type(input.data)]
    first, second = (Tensor(xp.asarray(k)) for k in xp.triu_indices(input.shape[0], 1))
    off = ops.index_select(input, first, dim=0) - ops.index_select(input, second, dim=0)
    return ops.vector_norm(off, ord=float(p), dim=1)  # type: ignore[no-any-return]


def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """Each slice along `dim` whose p-norm is above maxnorm is scaled down to that length.

    Raises:
        ShapeError: if input has fewer than two dims.
        ArgumentError: for a p that is not above 0, or a negative maxnorm.
        DTypeError: if input is not floating.
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.renorm(mg.tensor([[3.0, 4.0], [0.3, 0.4]]), 2, 0, 1.0)
    tensor([[0.6, 0.8],
            [0.3, 0.4]])
    """
    if len(input.shape) < 2:
        raise ShapeError(f"renorm: input is {describe(input)}, where two dims or more are wanted")
    if not is_float(input.dtype):
        raise DTypeError(f"renorm: input is {describe(input)}, where a tensor of floats is wanted")
    if not p > 0:
        raise ArgumentError(f"renorm: p is {p}, where a number above 0 is wanted")
    if not maxnorm >= 0:
        raise ArgumentError(f"renorm: maxnorm is {maxnorm}, where 0 or more is wanted")
    k = axis("renorm", dim, len(input.shape))
    others = tuple(d for d in range(len(input.shape)) if d != k)
    length = ops.vector_norm(input, ord=float(p), dim=others, keepdim=True)
    long = ops.gt(length, maxnorm)
    factor = ops.where(long, ops.div(maxnorm, ops.where(long, length, 1.0) + 1e-7), 1.0)
    return input * factor  # type: ignore[no-any-return]
