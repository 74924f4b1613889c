"""Products of vectors and matrices in PyTorch's signatures."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from .. import ops
from ..core import Tensor
from ..dtypes import is_float
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..ops.reduce import axes
from ..ops.shape import axis

__all__ = [
    "addbmm",
    "addmm",
    "addmv",
    "addr",
    "baddbmm",
    "bmm",
    "cdist",
    "chain_matmul",
    "cross",
    "dot",
    "ger",
    "inner",
    "kron",
    "mm",
    "mv",
    "outer",
    "tensordot",
    "vdot",
]
METHODS = "addbmm addmm addmv addr baddbmm bmm cross dot ger inner kron mm mv outer vdot".split()
IN_PLACE = "addbmm addmm addmv addr baddbmm".split()


def tensors(name: str, **arguments: Any) -> None:
    """Refuse what is no tensor."""
    for argument, x in arguments.items():
        if not isinstance(x, Tensor):
            raise DTypeError(f"{name}: {argument} is a {type(x).__name__}, where a tensor is wanted")


def ranks(name: str, wanted: Sequence[int], **operands: Tensor) -> None:
    """Refuse operands of other ranks, and what is no tensor."""
    tensors(name, **operands)
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


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The product of two vectors; as `dot`, since there are no complex numbers here.

    Raises:
        ShapeError: for other than two vectors of one length.
    """
    ranks("vdot", (1, 1), input=input, other=other)
    return ops.matmul(input, other)  # type: ignore[no-any-return]


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


def ger(input: Tensor, vec2: Tensor) -> Tensor:
    """`outer` by another name."""
    return outer(input, vec2)


# ---- sums of products and something more ----------------------------------------------------------------------------
def added(name: str, input: Tensor, product: Any, beta: float, alpha: float) -> Any:
    """beta input + alpha product; with a beta of 0 input is not read, NaN or not."""
    tensors(name, input=input)
    dtype, shape = product.dtype, product.shape
    for argument, value in (("beta", beta), ("alpha", alpha)):
        if not (isinstance(value, int) or is_float(dtype) or is_float(input.dtype)):
            raise DTypeError(f"{name}: {argument} is {value}, where {dtype} tensors want an integer")
    if not fits(input.shape, shape):
        raise ShapeError(
            f"{name}: input {describe(input)} does not broadcast to {[*shape]}, the product's shape"
        )
    product = product if alpha == 1 else product * alpha
    if beta == 0:
        return product
    return (input if beta == 1 else input * beta) + product


def fits(shape: Sequence[int], to: Sequence[int]) -> bool:
    """Whether `shape` broadcasts to `to`."""
    return len(shape) <= len(to) and all(
        n in (1, m) for n, m in zip(reversed(shape), reversed(to), strict=False)
    )


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta input + alpha mat1 @ mat2; with a beta of 0 input is not read.

    Shapes:
        input, which broadcasts to (N, M); mat1 (N, K), mat2 (K, M) -> (N, M)

    Raises:
        ShapeError: for other ranks or extents.
        DTypeError: for a floating beta or alpha beside integers.

    >>> import minigrad as mg
    >>> mg.addmm(mg.ones(1), mg.ones(2, 3), mg.ones(3, 2), alpha=2)
    tensor([[7., 7.],
            [7., 7.]])
    """
    ranks("addmm", (2, 2), mat1=mat1, mat2=mat2)
    return added("addmm", input, ops.matmul(mat1, mat2), beta, alpha)  # type: ignore[no-any-return]


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta input + alpha mat @ vec; with a beta of 0 input is not read.

    Shapes:
        input, which broadcasts to (N,); mat (N, K), vec (K,) -> (N,)

    Raises:
        ShapeError: for other ranks or extents.
        DTypeError: for a floating beta or alpha beside integers.
    """
    ranks("addmv", (2, 1), mat=mat, vec=vec)
    return added("addmv", input, ops.matmul(mat, vec), beta, alpha)  # type: ignore[no-any-return]


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta input + alpha times the outer product of two vectors; with a beta of 0 input is not read.

    Shapes:
        input, which broadcasts to (N, M); vec1 (N,), vec2 (M,) -> (N, M)

    Raises:
        ShapeError: for other ranks or extents.
        DTypeError: for a floating beta or alpha beside integers.
    """
    ranks("addr", (1, 1), vec1=vec1, vec2=vec2)
    return added("addr", input, outer(vec1, vec2), beta, alpha)  # type: ignore[no-any-return]


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta input + alpha times a batch of matrix products; with a beta of 0 input is not read.

    Shapes:
        input, which broadcasts to (B, N, M); batch1 (B, N, K), batch2 (B, K, M) -> (B, N, M)

    Raises:
        ShapeError: for other ranks or extents.
        DTypeError: for a floating beta or alpha beside integers.
    """
    product = batched("baddbmm", batch1, batch2)
    return added("baddbmm", input, product, beta, alpha)  # type: ignore[no-any-return]


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta input + alpha times the sum of a batch of matrix products; with a beta of 0 input is not read.

    Shapes:
        input, which broadcasts to (N, M); batch1 (B, N, K), batch2 (B, K, M) -> (N, M)

    Raises:
        ShapeError: for other ranks or extents.
        DTypeError: for a floating beta or alpha beside integers.
    """
    batched("addbmm", batch1, batch2, dry=True)
    (b, n, k), m = batch1.shape, batch2.shape[2]  # one product, over the batch too
    wide = ops.reshape(ops.permute(batch1, dims=(1, 0, 2)), shape=(n, b * k))
    product = ops.matmul(wide, ops.reshape(batch2, shape=(b * k, m)))
    return added("addbmm", input, product, beta, alpha)  # type: ignore[no-any-return]


def batched(name: str, batch1: Tensor, batch2: Tensor, dry: bool = False) -> Any:
    """The products of as many matrices; `dry` only looks whether they fit."""
    ranks(name, (3, 3), batch1=batch1, batch2=batch2)
    if batch1.shape[0] != batch2.shape[0] or batch1.shape[2] != batch2.shape[1]:
        wanted = "(B, N, K) and (B, K, M) are wanted"
        raise ShapeError(
            f"{name}: batch1 is {describe(batch1)} and batch2 {describe(batch2)}, where {wanted}"
        )
    return None if dry else ops.matmul(batch1, batch2)


# ---- over chosen dims -----------------------------------------------------------------------------------------------
def inner(input: Tensor, other: Tensor) -> Tensor:
    """The sum of products over the last dim of both; a number multiplies.

    Shapes:
        input (..., K), other (---, K) -> (..., ---)

    Raises:
        ShapeError: if the last extents differ.
    """
    tensors("inner", input=input, other=other)
    if not input.shape or not other.shape:
        return input * other  # type: ignore[no-any-return]
    if input.shape[-1] != other.shape[-1]:
        raise ShapeError(
            f"inner: input is {describe(input)} and other {describe(other)}: their last extents differ"
        )
    return tensordot(input, other, ([-1], [-1]))


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """The sum of products over dims of a paired with dims of b; the other dims of a come first, then those of b.

    Args:
        dims: how many of the last dims of a meet the first of b; or two lists of dims, of a and of b.

    Raises:
        ShapeError: if paired extents differ, except for an extent of 1, or `dims` are more than there are.
        IndexingError: for a dim that a tensor does not have.
        ArgumentError: for lists of different length, or a dim named twice.

    >>> import minigrad as mg
    >>> mg.tensordot(mg.ones(2, 3, 4), mg.ones(4, 3, 5), dims=([1, 2], [1, 0])).shape
    (2, 5)
    """
    tensors("tensordot", a=a, b=b)
    of_a, of_b = paired(a, b, dims)
    for i, j in zip(of_a, of_b, strict=True):
        n, m = a.shape[i], b.shape[j]
        if n != m and 1 not in (n, m):
            raise ShapeError(
                f"tensordot: dim {i} of a {describe(a)} has extent {n}, dim {j} of b {describe(b)} has {m}"
            )
        if n > m:  # an extent of 1 meets each element of the other
            a = ops.sum(a, dim=i, keepdim=True).to(dtype=a.dtype)  # sums of small integers are int64
        elif m > n:
            b = ops.sum(b, dim=j, keepdim=True).to(dtype=b.dtype)
    rest_a = [k for k in range(len(a.shape)) if k not in of_a]
    rest_b = [k for k in range(len(b.shape)) if k not in of_b]
    rows, columns = [a.shape[k] for k in rest_a], [b.shape[k] for k in rest_b]
    k = prod(a.shape[i] for i in of_a)
    left = ops.reshape(ops.permute(a, dims=(*rest_a, *of_a)), shape=(prod(rows), k))
    right = ops.reshape(ops.permute(b, dims=(*of_b, *rest_b)), shape=(k, prod(columns)))
    return ops.reshape(ops.matmul(left, right), shape=(*rows, *columns))  # type: ignore[no-any-return]


def paired(a: Tensor, b: Tensor, dims: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The dims of a and of b that `dims` pairs, counted from the front."""
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        if not 0 <= dims <= min(len(a.shape), len(b.shape)):
            raise ShapeError(f"tensordot: dims is {dims}, for a {describe(a)} and b {describe(b)}")
        return tuple(range(len(a.shape) - dims, len(a.shape))), tuple(range(dims))
    of_a, of_b = ((d,) if isinstance(d, int) else tuple(d) for d in dims)
    if len(of_a) != len(of_b):
        raise ArgumentError(f"tensordot: dims names {len(of_a)} dims of a and {len(of_b)} of b")
    dims_a = axes("tensordot", of_a, a.shape) if of_a else ()  # no dims would mean all
    return dims_a, axes("tensordot", of_b, b.shape) if of_b else ()


def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: each element of input times the whole of other, as blocks.

    Shapes:
        input (N, M), other (K, L) -> (N K, M L); the shorter shape gets ones in front

    >>> import minigrad as mg
    >>> mg.kron(mg.tensor([1, 2]), mg.tensor([1, 10]))
    tensor([ 1, 10,  2, 20])
    """
    tensors("kron", input=input, other=other)
    rank = max(len(input.shape), len(other.shape))
    one, two = ((1,) * (rank - len(x.shape)) + tuple(x.shape) for x in (input, other))
    blocks = ops.reshape(input, shape=[n for k in one for n in (k, 1)])
    block = ops.reshape(other, shape=[n for k in two for n in (1, k)])
    return ops.reshape(blocks * block, shape=[n * m for n, m in zip(one, two, strict=True)])  # type: ignore[no-any-return]


def linalg_cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The cross product of vectors of three along a dim; the other dims broadcast.

    Raises:
        ShapeError: if the ranks differ, or the extent of the dim is not 3.
        IndexingError: for a dim that they do not have.

    >>> import minigrad as mg
    >>> mg.linalg.cross(mg.tensor([1.0, 0.0, 0.0]), mg.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    tensors("cross", input=input, other=other)
    if len(input.shape) != len(other.shape):
        raise ShapeError(f"cross: input is {describe(input)} and other {describe(other)}: their ranks differ")
    for argument, x in (("input", input), ("other", other)):
        k = axis("cross", dim, len(x.shape))
        if not x.shape or x.shape[k] != 3:
            raise ShapeError(
                f"cross: {argument} is {describe(x)}, where an extent of 3 along dim {dim} is wanted"
            )
    (a, b), (c, d) = ([ops.roll(x, shifts=-n, dims=k) for n in (1, 2)] for x in (input, other))
    return a * d - b * c  # type: ignore[no-any-return]


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross product of vectors of three along a dim; the other dims broadcast.

    Args:
        dim: by default the first of extent 3.

    Raises:
        ShapeError: if the ranks differ, or there is no such extent of 3.
        IndexingError: for a dim that they do not have.
    """
    tensors("cross", input=input, other=other)
    if dim is None:
        if 3 not in input.shape:
            raise ShapeError(f"cross: input is {describe(input)}, where an extent of 3 is wanted")
        dim = input.shape.index(3)
    return linalg_cross(input, other, dim=dim)


def cdist(
    x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary"
) -> Tensor:
    """The p-norm distance of each vector of x1 from each of x2; its gradient at coincident ones is 0.

    Args:
        p: 0 counts the differences, inf takes the largest.
        compute_mode: PyTorch's choices, of one meaning here: for p 2 large inputs are multiplied as matrices, and what
            that would leave inexact is computed again.

    Shapes:
        x1 (..., P, M), x2 (..., R, M) -> (..., P, R); leading dims broadcast

    Raises:
        ShapeError: if the extents do not fit.
        DTypeError: for bools and integers.
        ArgumentError: for a negative p, or another compute_mode.

    >>> import minigrad as mg
    >>> mg.cdist(mg.tensor([[0.0, 0.0]]), mg.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    modes = "use_mm_for_euclid_dist_if_necessary use_mm_for_euclid_dist donot_use_mm_for_euclid_dist".split()
    if compute_mode not in modes:
        raise ArgumentError(
            f"cdist: compute_mode is {compute_mode!r}, where one of {', '.join(modes)} is wanted"
        )
    return ops.cdist(x1, x2, p=float(p))  # type: ignore[no-any-return]


# ---- many matrices --------------------------------------------------------------------------------------------------
def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of two or more matrices in the order that costs least; the first and last may be vectors.

    Shapes:
        (N, K), (K, L), ..., (P, M) -> (N, M); without N or M for vectors

    Raises:
        ShapeError: for other ranks, extents that do not fit, or fewer than two.
        DTypeError: for what is no tensor.

    Source:
        Cormen, Leiserson, Rivest and Stein, "Introduction to Algorithms", chapter 15, matrix-chain multiplication.

    >>> import minigrad as mg
    >>> mg.linalg.multi_dot([mg.ones(2, 3), mg.ones(3, 4), mg.ones(4)])
    tensor([12., 12.])
    """
    xs = [*tensors]
    for k, x in enumerate(xs):
        if not isinstance(x, Tensor):
            raise DTypeError(f"multi_dot: tensors[{k}] is a {type(x).__name__}, where a tensor is wanted")
        at_end = k in (0, len(xs) - 1)
        if len(x.shape) != 2 and not (len(x.shape) == 1 and at_end):
            wanted = "a matrix or a vector" if at_end else "a matrix"
            raise ShapeError(f"multi_dot: tensors[{k}] is {describe(x)}, where {wanted} is wanted")
    if len(xs) < 2:
        raise ShapeError(f"multi_dot: {len(xs)} tensors, where at least 2 are wanted")
    row, column = len(xs[0].shape) == 1, len(xs[-1].shape) == 1
    xs[0] = ops.unsqueeze(xs[0], dim=0) if row else xs[0]
    xs[-1] = ops.unsqueeze(xs[-1], dim=1) if column else xs[-1]
    for k in range(1, len(xs)):
        if xs[k].shape[0] != xs[k - 1].shape[1]:
            pair = f"tensors[{k - 1}] is {describe(xs[k - 1])} and tensors[{k}] {describe(xs[k])}"
            raise ShapeError(f"multi_dot: {pair}: their inner extents differ")
    y = chained(xs, cheapest([xs[0].shape[0], *(x.shape[1] for x in xs)]), 0, len(xs) - 1)
    gone = [d for d, vector in ((0, row), (1, column)) if vector]
    return ops.squeeze(y, dim=gone) if gone else y  # type: ignore[no-any-return]


def cheapest(sizes: Sequence[int]) -> dict[tuple[int, int], int]:
    """For each run of matrices i to j, of which k has sizes[k] rows, after which one to divide it."""
    n = len(sizes) - 1
    cost, best = {(i, i): 0 for i in range(n)}, {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            of = {
                k: cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j)
            }
            best[i, j] = min(of, key=lambda k: of[k])
            cost[i, j] = of[best[i, j]]
    return best


def chained(xs: Sequence[Any], best: dict[tuple[int, int], int], i: int, j: int) -> Any:
    """The product of matrices i to j, divided as `best` says."""
    if i == j:
        return xs[i]
    k = best[i, j]
    return ops.matmul(chained(xs, best, i, k), chained(xs, best, k + 1, j))


def chain_matmul(*matrices: Tensor) -> Tensor:
    """The product of matrices in the order that costs least; a single one as it is.

    Raises:
        ShapeError: for other ranks, or extents that do not fit.
    """
    ranks("chain_matmul", (2,) * len(matrices), **{f"matrices[{k}]": x for k, x in enumerate(matrices)})
    return matrices[0] if len(matrices) == 1 else multi_dot(matrices)
