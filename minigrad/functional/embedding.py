"""Rows of a table, one by one or summed in bags."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..backend import namespace_of
from ..core import Tensor
from ..dtypes import accumulator, is_float, level
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..inplace import writable
from ..ops.index import raw_index
from ..writes import changed


def shrink(name: str, index: Any, weight: Tensor, max_norm: float, norm_type: float) -> None:
    """Scale, in place, the rows that are named and longer than max_norm."""
    writable(weight, name)
    xp = namespace_of(weight.data)
    at = xp.unique(index)
    rows = weight.data[at].astype(accumulator(weight.dtype))
    size = xp.abs(rows)
    if norm_type == float("inf"):
        size = size.max(-1, keepdims=True)
    else:
        size = (size**norm_type).sum(-1, keepdims=True) ** (1.0 / norm_type)
    if (size > max_norm).any():
        scaled = xp.where(size > max_norm, rows * (max_norm / (size + 1e-7)), rows)
        weight.data[at] = scaled.astype(weight.dtype)
        changed(weight.data)


def looked_up(
    name: str,
    input: Any,
    weight: Tensor,
    max_norm: float | None,
    norm_type: float,
    scale_grad_by_freq: bool,
    sparse: bool,
    padding_idx: int | None,
) -> Any:
    """The indices as an array, once what is asked for has been checked, and long rows have been scaled."""
    index = raw_index(input)
    if not isinstance(weight, Tensor) or len(weight.shape) != 2 or not is_float(weight.dtype):
        raise ShapeError(f"{name}: weight is {describe(weight)}, where a floating (V, D) is wanted")
    if not hasattr(index, "dtype") or level(index.dtype) != 1:
        raise DTypeError(f"{name}: input is {describe(index)}, where a tensor of integers is wanted")
    if sparse:
        raise DTypeError(f"{name}: sparse=True: sparse tensors are outside of minigrad; leave it out")
    if max_norm is not None and index.size:
        ops.embedding(
            weight.detach(), index, padding_idx=padding_idx
        )  # refuses what is outside before a write
        shrink(name, index, weight, max_norm, norm_type)
    return index


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of `weight` that `input` names.

    Args:
        padding_idx: a row without a gradient; counted from the end if negative.
        max_norm: rows that are named and longer are scaled to this length, in place.
        norm_type: the p of the p-norm that is their length.
        scale_grad_by_freq: divide each row's gradient by how often it is named.
        sparse: not here.

    Shapes:
        input (...), weight (V, D) -> (..., D)

    Raises:
        IndexingError: for an index outside of 0 to V - 1.
        DTypeError: if `input` is not made of integers, or for sparse=True.
        ShapeError: if `weight` is not 2-d.
        ArgumentError: for a padding_idx outside of -V to V - 1.
    """
    more = (max_norm, norm_type, scale_grad_by_freq, sparse, padding_idx)
    index = looked_up("embedding", input, weight, *more)
    return ops.embedding(weight, index, padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq)  # type: ignore[no-any-return]


def bags(xp: Any, index: Any, offsets: Any, include_last_offset: bool) -> Any:
    """How many indices each bag holds.

    Raises:
        ShapeError, ArgumentError, DTypeError: for offsets that do not divide the indices.
    """
    name = "embedding_bag"
    if index.ndim == 2:
        if offsets is not None:
            raise ArgumentError(f"{name}: offsets goes with a 1-d input, and input is {describe(index)}")
        return xp.full(index.shape[0], index.shape[1], "int64")
    if index.ndim != 1 or getattr(offsets, "ndim", 0) != 1 or level(offsets.dtype) != 1:
        raise ShapeError(
            f"{name}: input is {describe(index)}, offsets {describe(offsets)}; (B, N), or (N,) with offsets (B,) "
            "of integers is wanted"
        )
    ends = offsets[1:] if include_last_offset else xp.append(offsets[1:], index.size)
    if include_last_offset and not offsets.size:
        raise ArgumentError(f"{name}: offsets is empty; with include_last_offset it has at least one element")
    counts = ends - offsets[: len(ends)]
    if offsets.size and (offsets[0] != 0 or (counts < 0).any() or offsets[-1] > index.size):
        raise ArgumentError(f"{name}: offsets {offsets.tolist()} do not rise from 0 to at most {index.size}")
    return counts


def largest(rows: Tensor, bag: Any, counts: Any) -> Tensor:
    """The largest of each bag's rows, element by element; of equals the first gets the gradient."""
    xp, most = namespace_of(bag), int(counts.max()) if len(counts) else 0
    if not most:
        return ops.put(rows, index=bag, shape=(len(counts), rows.shape[1]))  # type: ignore[no-any-return]
    rank = xp.arange(len(bag)) - (xp.cumsum(counts) - counts)[bag]
    laid = ops.put(rows, index=(bag, rank), shape=(len(counts), most, rows.shape[1]))
    free = (xp.arange(most) >= counts[:, None])[..., None]
    values, _ = ops.max(ops.masked_fill(laid, Tensor(free), float("-inf")), dim=1)
    return ops.masked_fill(values, Tensor((counts == 0)[:, None]), 0.0)  # type: ignore[no-any-return]


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The sum, the mean or the largest of the rows that each bag of indices names; zeros for an empty bag.

    Args:
        offsets: where in a 1-d input each bag begins.
        max_norm, norm_type, scale_grad_by_freq, sparse: as for `embedding`.
        mode: "sum", "mean" or "max".
        per_sample_weights: a factor for each index; mode "sum" only.
        include_last_offset: whether the last of `offsets` is not a beginning, but the end.
        padding_idx: an index that is left out, and whose row has no gradient.

    Shapes:
        input (B, N), weight (V, D) -> (B, D); input (N,), offsets (B,) -> (B, D)

    Raises:
        IndexingError: for an index outside of 0 to V - 1.
        ShapeError, DTypeError: if shapes or dtypes do not fit.
        ArgumentError: for another mode, and for arguments that do not go together.

    >>> import minigrad as mg
    >>> table = mg.tensor([[1.0], [2.0], [3.0]])
    >>> embedding_bag(mg.tensor([0, 1, 2]), table, mg.tensor([0, 2]), mode="sum")
    tensor([[3.],
            [3.]])
    """
    name = "embedding_bag"
    if mode not in ("sum", "mean", "max"):
        raise ArgumentError(f"{name}: mode is {mode!r}, where 'sum', 'mean' or 'max' is wanted")
    if mode == "max" and scale_grad_by_freq:
        raise ArgumentError(f"{name}: scale_grad_by_freq does not go with mode 'max'")
    more = (max_norm, norm_type, scale_grad_by_freq, sparse, padding_idx)
    index = looked_up(name, input, weight, *more)
    xp, factors = namespace_of(weight.data), per_sample_weights
    counts = bags(xp, index, raw_index(offsets), include_last_offset)
    if factors is not None:
        if mode != "sum":
            raise ArgumentError(f"{name}: per_sample_weights goes with mode 'sum', and mode is {mode!r}")
        if factors.shape != index.shape or factors.dtype != weight.dtype:
            raise ShapeError(
                f"{name}: per_sample_weights is {describe(factors)}, where {weight.dtype}{[*index.shape]} is wanted"
            )
        factors = ops.reshape(factors, shape=(-1,))
    bag = xp.repeat(xp.arange(len(counts)), counts)
    index = index.reshape(-1)[: len(bag)]
    rows = ops.embedding(weight, index, padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq)
    if factors is not None:
        rows = rows * ops.unsqueeze(factors[: len(bag)], dim=1)
    if padding_idx is not None:
        stays = (index != padding_idx % weight.shape[0]).nonzero()[0]
        rows, bag = ops.index_select(rows, stays, dim=0), bag[stays]
        counts = xp.bincount(bag, minlength=len(counts))
    if mode == "max":
        return largest(rows, bag, counts)
    total = ops.put(rows, index=bag, shape=(len(counts), weight.shape[1]))
    if mode == "sum":
        return total  # type: ignore[no-any-return]
    return total / Tensor(xp.maximum(counts, 1)[:, None].astype(weight.dtype))  # type: ignore[no-any-return]
