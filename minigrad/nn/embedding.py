"""Tables of vectors, one for each of a number of things."""

from __future__ import annotations

from typing import Any, Self

from .. import functional as F
from ..core import Tensor
from ..creation import empty
from ..errors import ArgumentError, ShapeError, describe
from ..mode import recording
from . import init
from .arguments import one_of, whole
from .module import Module, Parameter

__all__ = ["Embedding", "EmbeddingBag"]


class Table(Module):
    """What both layers share: a vector for each index."""

    def prepare(
        self, rows: int, columns: int, padding_idx: int | None, weight: Any, device: Any, dtype: Any
    ) -> None:
        """Take a table, or make one of normal numbers with zeros for the padding."""
        name = type(self).__name__
        self.num_embeddings = whole(name, "num_embeddings", rows, 0)
        self.embedding_dim = whole(name, "embedding_dim", columns, 0)
        if padding_idx is not None:
            if not -rows <= padding_idx < rows:
                raise ArgumentError(f"{name}: padding_idx is {padding_idx}, and there are {rows} rows")
            padding_idx %= rows
        self.padding_idx = padding_idx
        if weight is None:
            self.weight = Parameter(empty(rows, columns, device=device, dtype=dtype))
            self.reset_parameters()
        elif weight.shape != (rows, columns):
            raise ShapeError(f"{name}: _weight is {describe(weight)}, where {[rows, columns]} is wanted")
        else:
            self.weight = Parameter(weight)

    def reset_parameters(self) -> None:
        """Draw a normal table with zeros for the padding."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with recording(False):
                self.weight[self.padding_idx] = 0.0

    @classmethod
    def from_pretrained(cls, embeddings: Tensor, freeze: bool = True, **params: Any) -> Self:
        """A layer over a table that is there already.

        Args:
            embeddings: the table (V, D), whose memory is shared.
            freeze: whether it stays as it is in training.
            params: what else the layer takes.

        Raises:
            ShapeError: if the table is not 2-d.
        """
        if len(embeddings.shape) != 2:
            raise ShapeError(f"{cls.__name__}: embeddings is {describe(embeddings)}, where (V, D) is wanted")
        make: Any = cls
        layer: Self = make(*embeddings.shape, _weight=embeddings, **params)
        layer.weight.requires_grad_(not freeze)
        return layer


class Embedding(Table):
    """The vectors of indices; drawn from a normal distribution at first.

    Args:
        num_embeddings: the number of vectors.
        embedding_dim: the extent of each.
        padding_idx: the index of a vector that is zeros at first and has no gradient.
        max_norm: vectors that are used and longer are scaled to this length, in place.
        norm_type: the p of the p-norm that is their length.
        scale_grad_by_freq: divide each vector's gradient by how often it is used.
        sparse: not here.
        device: "cpu" by default.
        dtype: default: the default floating dtype.

    Shapes:
        input (...) of integers -> (..., embedding_dim); weight (num_embeddings, embedding_dim)

    Raises:
        ArgumentError: for numbers below 0, or a padding_idx that is no index.

    >>> import minigrad as mg
    >>> Embedding(10, 3)(mg.tensor([[1, 2], [4, 9]])).shape
    (2, 2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        self.prepare(num_embeddings, embedding_dim, padding_idx, _weight, device, dtype)
        self.weight.requires_grad_(not _freeze)

    def forward(self, input: Tensor) -> Tensor:
        """The vectors of the indices."""
        more = (self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse)
        return F.embedding(input, self.weight, *more)

    def extra_repr(self) -> str:
        """The arguments; from padding_idx on those that are not at their default."""
        plain = {
            "padding_idx": None,
            "max_norm": None,
            "norm_type": 2,
            "scale_grad_by_freq": False,
            "sparse": False,
        }
        given = [f"{name}={getattr(self, name)}" for name, v in plain.items() if getattr(self, name) != v]
        return ", ".join([f"{self.num_embeddings}, {self.embedding_dim}", *given])


class EmbeddingBag(Table):
    """The sum, the mean or the largest of the vectors of each bag of indices.

    Args:
        num_embeddings: the number of vectors.
        embedding_dim: the extent of each.
        max_norm: vectors that are used and longer are scaled to this length, in place.
        norm_type: the p of the p-norm that is their length.
        scale_grad_by_freq: divide each vector's gradient by how often it is used.
        mode: "sum", "mean" or "max".
        sparse: not here.
        include_last_offset: whether the last of the offsets is the end.
        padding_idx: the index of a vector that is left out.
        device: "cpu" by default.
        dtype: default: the default floating dtype.

    Shapes:
        input (B, N), or (N,) with offsets (B,) -> (B, embedding_dim); weight (num_embeddings, embedding_dim)

    Raises:
        ArgumentError: for another mode, numbers below 0, or a padding_idx that is no index.

    >>> import minigrad as mg
    >>> EmbeddingBag(10, 3)(mg.tensor([[1, 2], [4, 9]])).shape
    (2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        self.mode = one_of("EmbeddingBag", "mode", mode, ("sum", "mean", "max"))
        self.include_last_offset = include_last_offset
        self.prepare(num_embeddings, embedding_dim, padding_idx, _weight, device, dtype)

    def forward(
        self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None
    ) -> Tensor:
        """A vector for each bag: see `minigrad.functional.embedding_bag`."""
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        """The arguments; but for the mode those that are not at their default."""
        plain = {
            "max_norm": None,
            "norm_type": 2,
            "scale_grad_by_freq": False,
            "mode": "",
            "padding_idx": None,
        }
        given = [f"{name}={getattr(self, name)!r}" for name, v in plain.items() if getattr(self, name) != v]
        return ", ".join([f"{self.num_embeddings}, {self.embedding_dim}", *given])
