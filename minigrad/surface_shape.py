"""PyTorch's signatures for the ops of shape, index and matrix product that do not have them already.

Functions of the top level, most of them methods too: METHODS and IN_PLACE name those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import ops
from .backend import namespace_of
from .core import Shape, Tensor
from .errors import ArgumentError, DTypeError, ShapeError, describe
from .ops.index import along, raw_index
from .ops.shape import axis
from .writes import owner

__all__ = [
    "bmm",
    "broadcast_to",
    "cat",
    "chunk",
    "dot",
    "gather",
    "index_select",
    "mm",
    "mv",
    "nonzero",
    "outer",
    "scatter",
    "scatter_add",
    "sort",
    "split",
    "stack",
    "t",
    "take_along_dim",
    "topk",
]
METHODS = (
    *(
        "bmm",
        "broadcast_to",
        "chunk",
        "contiguous",
        "dot",
        "expand_as",
        "gather",
        "index_select",
        "is_contiguous",
    ),
    *(
        "mm",
        "mv",
        "nonzero",
        "outer",
        "scatter",
        "scatter_add",
        "sort",
        "split",
        "t",
        "take_along_dim",
        "topk",
    ),
)
IN_PLACE = ("scatter", "scatter_add")


def listed(name: str, tensors: Any) -> Sequence[Any]:
    """A sequence of at least one tensor."""
    if isinstance(tensors, Tensor) or not isinstance(tensors, Sequence):
        raise ArgumentError(
            f"{name}: tensors is a {type(tensors).__name__}, where a list of tensors is wanted"
        )
    if not tensors:
        raise ArgumentError(f"{name}: tensors is empty, where at least one is wanted")
    for k, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise DTypeError(f"{name}: tensors[{k}] is a {type(t).__name__}, where a tensor is wanted")
    return tensors


# ---- joining and dividing -------------------------------------------------------------------------------------------
def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors joined along a dim; all other extents are equal.

    Raises:
        ArgumentError, DTypeError: if `tensors` is not a list of at least one tensor.
        ShapeError: for 0-d tensors, or extents that differ elsewhere.
        IndexingError: for a dim that they do not have.

    >>> import minigrad as mg
    >>> mg.cat([mg.tensor([1, 2]), mg.tensor([3])])
    tensor([1, 2, 3])
    """
    return ops.cat(*listed("cat", tensors), dim=dim)


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors of one shape joined along a new dim.

    Raises:
        ArgumentError, DTypeError: if `tensors` is not a list of at least one tensor.
        ShapeError: for shapes that differ.
        IndexingError: if `dim` is outside of -ndim - 1 to ndim.
    """
    return ops.stack(*listed("stack", tensors), dim=dim)


def split(tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Parts along a dim, as views.

    Args:
        split_size_or_sections: the size of each part, the last one smaller if need be; or a size for each part.

    Raises:
        ShapeError: for a size below 1, or sizes that do not add up to the extent.
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.split(mg.arange(5), 2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    if isinstance(split_size_or_sections, Sequence):
        sizes = tuple(split_size_or_sections)
    else:
        n, size = extent("split", tensor, dim), split_size_or_sections
        if size < 1:
            raise ShapeError(f"split: a split size of {size}, where at least 1 is wanted")
        sizes = (size,) * (n // size) + ((n % size,) if n % size or not n else ())
    return ops.split(tensor, sizes=sizes, dim=dim)  # type: ignore[no-any-return]


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` parts of equal size along a dim, the last one smaller if need be, as views.

    Raises:
        ArgumentError: for less than one chunk.
        IndexingError: for a dim that the tensor does not have.
    """
    if chunks < 1:
        raise ArgumentError(f"chunk: chunks is {chunks}, where at least 1 is wanted")
    n = extent("chunk", input, dim)
    return split(input, -(-n // chunks), dim) if n else ops.split(input, sizes=(0,) * chunks, dim=dim)


def extent(name: str, x: Tensor, dim: int) -> int:
    """The extent of a dim that is to be divided."""
    if not x.shape:
        raise ShapeError(f"{name}: a 0-d tensor has no dim to divide")
    return x.shape[axis(name, dim, len(x.shape))]


# ---- extents --------------------------------------------------------------------------------------------------------
def view(self: Tensor, shape: Shape) -> Tensor:
    """The elements under other extents, over the same memory; one extent may be -1.

    Raises:
        ShapeError: if the numbers of elements differ, or memory would have to be copied.
    """
    y: Tensor = ops.reshape(self, shape=shape)
    if y.data.size and owner(y.data) is not owner(self.data):
        raise ShapeError(
            f"view: {describe(self)} cannot be seen as {[*y.shape]} without a copy; use reshape()"
        )
    return y


def expand(self: Tensor, sizes: Shape) -> Tensor:
    """A read-only view in which dims of extent 1 are repeated; -1 keeps an extent, new dims go in front.

    Raises:
        ShapeError: if the extents do not fit.
    """
    old = (-1,) * (len(sizes) - len(self.shape)) + self.shape
    shape = tuple(o if s == -1 else s for o, s in zip(old, sizes, strict=False))
    if len(sizes) < len(self.shape) or min(shape, default=0) < 0:
        raise ShapeError(f"expand: {describe(self)} does not expand to {[*sizes]}")
    return ops.expand(self, shape=shape)  # type: ignore[no-any-return]


def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """A read-only view with the extents of `other`."""
    return expand(self, other.shape)


def broadcast_to(input: Tensor, size: Sequence[int]) -> Tensor:
    """A read-only view of `size`, dims of extent 1 repeated, new dims in front; -1 keeps an extent.

    Raises:
        ShapeError: if the extents do not fit.
    """
    return expand(input, tuple(size))


def repeat(self: Tensor, sizes: Shape) -> Tensor:
    """The tensor repeated along each dim; there are at least as many sizes as dims.

    Raises:
        ShapeError: for fewer sizes than dims, or a negative one.

    >>> import minigrad as mg
    >>> mg.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    if len(sizes) < len(self.shape):
        raise ShapeError(f"repeat: {len(sizes)} sizes for {len(self.shape)} dimensions")
    return ops.tile(self, dims=sizes)  # type: ignore[no-any-return]


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix, as a view; a vector or a number as it is.

    Raises:
        ShapeError: for more than two dims.
    """
    if len(input.shape) > 2:
        raise ShapeError(f"t: {describe(input)} is not a matrix; use mT, transpose() or permute()")
    return ops.transpose(input, dim0=0, dim1=-1)  # type: ignore[no-any-return]


def is_contiguous(self: Tensor) -> bool:
    """Whether the elements lie in memory in row-major order, without gaps."""
    return bool(self.data.flags.c_contiguous)


def contiguous(self: Tensor) -> Tensor:
    """The tensor itself if it is contiguous, else a copy that is."""
    return self if is_contiguous(self) else ops.clone(self)


# ---- indexing along one dim -----------------------------------------------------------------------------------------
def gather(input: Tensor, dim: int, index: Any) -> Tensor:
    """The elements that `index` picks along `dim`: see `minigrad.ops.gather`."""
    return ops.gather(input, raw_index(index), dim=dim)  # type: ignore[no-any-return]


def index_select(input: Tensor, dim: int, index: Any) -> Tensor:
    """The slices along `dim` that the 1-d `index` names: see `minigrad.ops.index_select`."""
    return ops.index_select(input, raw_index(index), dim=dim)  # type: ignore[no-any-return]


def take_along_dim(input: Tensor, indices: Any, dim: int | None = None) -> Tensor:
    """`gather` with the dims beside `dim` broadcast; without `dim`, from all elements in row-major order.

    Raises:
        IndexingError: for an index outside of 0 to the extent of dim, or a dim that the tensor does not have.
        ShapeError: if the numbers of dims differ, or the other dims do not broadcast.
        DTypeError: if `indices` are not integers.
    """
    index = raw_index(indices)
    if dim is None:
        return gather(ops.reshape(input, shape=(-1,)), 0, index.reshape(-1))
    if len(index.shape) != len(input.shape):
        raise ShapeError(
            f"take_along_dim: indices {describe(index)} and input {describe(input)} differ in dimensions"
        )
    k = axis("take_along_dim", dim, len(input.shape))
    pairs = [*zip(input.shape, index.shape, strict=True)]
    if any(1 not in (n, m) and n != m for j, (n, m) in enumerate(pairs) if j != k):
        raise ShapeError(
            f"take_along_dim: indices {describe(index)} and input {describe(input)} do not broadcast"
        )
    wide = [m if n == 1 else n for n, m in pairs]
    shape, to = [*wide], [*wide]
    shape[k : k + 1], to[k : k + 1] = input.shape[k : k + 1], index.shape[k : k + 1]
    return gather(expand(input, tuple(shape)), dim, ops.expand(Tensor(index), shape=tuple(to)))


def written(name: str, x: Tensor, dim: int, index: Any, src: Any) -> tuple[Any, Any]:
    """The places that scatter writes, and what it writes there: the corner of src that index covers."""
    raw = raw_index(index)
    if isinstance(src, Tensor) and src.shape != raw.shape:
        if len(src.shape) != raw.ndim or any(n < m for n, m in zip(src.shape, raw.shape, strict=True)):
            raise ShapeError(f"{name}: src {describe(src)} is smaller than index {describe(raw)}")
        src = src[tuple(slice(m) for m in raw.shape)]
    return raw, src


def scatter(input: Tensor, dim: int, index: Any, src: Any) -> Tensor:
    """A copy with `src` written where `gather` would read it; of places named more than once the last stays.

    Args:
        src: a number, or a tensor at least as large as `index`.

    Raises:
        IndexingError, ShapeError, DTypeError: for an index that does not fit, or a src that is too small.

    >>> import minigrad as mg
    >>> mg.zeros(3).scatter(0, mg.tensor([2, 0]), mg.tensor([5.0, 6.0]))
    tensor([6., 0., 5.])
    """
    raw, value = written("scatter", input, dim, index, src)
    if not input.shape:
        value = ops.reshape(value, shape=(1,)) if isinstance(value, Tensor) else value
        return scatter(ops.reshape(input, shape=(1,)), dim, raw.reshape(1), value).reshape(())  # type: ignore[no-any-return]
    where = along(namespace_of(input.data), "scatter", input.shape, raw, dim)
    return ops.setitem(input, value, index=where)  # type: ignore[no-any-return]


def scatter_add(input: Tensor, dim: int, index: Any, src: Tensor) -> Tensor:
    """A copy with `src` added where `gather` would read it; places named more than once add up.

    Raises:
        IndexingError, ShapeError, DTypeError: for an index that does not fit, or a src that is too small.
    """
    raw, value = written("scatter_add", input, dim, index, src)
    return input + ops.put_along(value, raw, dim=dim, shape=input.shape)  # type: ignore[no-any-return]


def nonzero(input: Tensor, as_tuple: bool = False) -> Any:
    """The positions of the elements that are not zero: a row of indices for each, or a tensor for each dim.

    >>> import minigrad as mg
    >>> mg.nonzero(mg.tensor([0, 7, 0, 8]))
    tensor([[1],
            [3]])
    """
    found = ops.nonzero(input)
    return ops.unbind(found, dim=1) if as_tuple else found


def sort(
    input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False
) -> tuple[Tensor, Tensor]:
    """The values along `dim` in order, and their positions; equal ones keep their order.

    Raises:
        IndexingError: for a dim that the tensor does not have.

    >>> import minigrad as mg
    >>> mg.sort(mg.tensor([3, 1, 2]), descending=True)
    (tensor([3, 2, 1]), tensor([0, 2, 1]))
    """
    index = ops.argsort(input, dim=dim, descending=descending)
    return ops.gather(input, index, dim=dim), index


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True) -> tuple[Tensor, Tensor]:
    """The k largest (or smallest) values along `dim`, in order, and their positions.

    Raises:
        ArgumentError: if k is negative, or larger than the extent of dim.
        IndexingError: for a dim that the tensor does not have.
    """
    at = axis("topk", dim, len(input.shape))
    n = input.shape[at] if input.shape else 1
    if not 0 <= k <= n:
        raise ArgumentError(f"topk: k is {k}, where 0 to {n} is wanted")
    index = ops.argsort(input, dim=dim, descending=largest)
    index = index[(*(slice(None),) * at, slice(k))] if input.shape else index
    return ops.gather(input, index, dim=dim), index


# ---- matrix products ------------------------------------------------------------------------------------------------
def ranks(name: str, wanted: Sequence[int], **operands: Tensor) -> None:
    """Refuse operands of other ranks."""
    for (argument, x), rank in zip(operands.items(), wanted, strict=True):
        if len(x.shape) != rank:
            raise ShapeError(f"{name}: {argument} is {describe(x)}, where {rank} dimensions are wanted")


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The product of two vectors.

    Raises:
        ShapeError: for other than two vectors of one length.
    """
    ranks("dot", (1, 1), input=input, tensor=tensor)
    return ops.matmul(input, tensor)  # type: ignore[no-any-return]


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """A matrix times a vector.

    Raises:
        ShapeError: for other ranks or extents.
    """
    ranks("mv", (2, 1), input=input, vec=vec)
    return ops.matmul(input, vec)  # type: ignore[no-any-return]


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """A matrix times a matrix.

    Raises:
        ShapeError: for other ranks or extents.
    """
    ranks("mm", (2, 2), input=input, mat2=mat2)
    return ops.matmul(input, mat2)  # type: ignore[no-any-return]


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """As many matrices times as many matrices.

    Shapes:
        input (B, N, K), mat2 (B, K, M) -> (B, N, M)

    Raises:
        ShapeError: for other ranks or extents.
    """
    ranks("bmm", (3, 3), input=input, mat2=mat2)
    if input.shape[0] != mat2.shape[0]:
        raise ShapeError(
            f"bmm: input {describe(input)} and mat2 {describe(mat2)} differ in their first extent"
        )
    return ops.matmul(input, mat2)  # type: ignore[no-any-return]


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The product of each element of one vector with each of the other.

    Shapes:
        input (N,), vec2 (M,) -> (N, M)

    Raises:
        ShapeError: for other than two vectors.
    """
    ranks("outer", (1, 1), input=input, vec2=vec2)
    return ops.unsqueeze(input, dim=1) * vec2  # type: ignore[no-any-return]
