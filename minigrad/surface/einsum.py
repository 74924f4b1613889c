"""Einstein summation: products over named dims, two operands at a time as matrix products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

from .. import ops
from ..core import Tensor
from ..errors import ArgumentError, DTypeError, ShapeError, describe

__all__ = ["einsum"]
METHODS = ()
IN_PLACE = ()

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
Labels = tuple[Any, ...]  # letters, Ellipsis, and for the dims of an ellipsis numbers: 1 is the last


def einsum(*args: Any) -> Tensor:
    """The sum of products over named dims.

    Args:
        args: an equation such as "bij,bjk->bik" and the operands, which may come as a list. Or, instead of letters,
            each operand followed by a list of numbers below 52, and, if the output is given, its list at the end.

    A letter in several places means equal extents (or 1), twice in one operand its diagonal. What the output does not
    name is summed. Without "->" the output has the letters that occur once, in the order A-Z, a-z. "..." (in lists
    Ellipsis) stands for any dims, which broadcast; without "->" they come first in the output.

    Raises:
        ArgumentError: for an equation that says nothing, or does not fit the number of operands.
        ShapeError: if extents or ranks do not fit.
        DTypeError: for operands that are no tensors.

    >>> import minigrad as mg
    >>> a = mg.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> mg.einsum("ij,kj->ik", a, a)
    tensor([[ 5., 11.],
            [11., 25.]])
    >>> mg.einsum("ii", a)
    tensor(5.)
    """
    terms, output, operands = read(args)
    if not operands:
        raise ArgumentError("einsum: no operands are given, where at least one is wanted")
    if len(terms) != len(operands):
        raise ArgumentError(f"einsum: the equation has {len(terms)} operands, and {len(operands)} were given")
    for k, x in enumerate(operands):
        if not isinstance(x, Tensor):
            raise DTypeError(f"einsum: operand {k} is a {type(x).__name__}, where a tensor is wanted")
    labelled = [spelled(k, term, x) for k, (term, x) in enumerate(zip(terms, operands, strict=True))]
    rank = max((-n for labels in labelled for n in labels if isinstance(n, int)), default=0)
    output = outcome(output, terms, labelled, rank)
    pairs = [single(k, x, labels) for k, (x, labels) in enumerate(zip(operands, labelled, strict=True))]
    return contracted(broadcast(pairs), output)  # type: ignore[no-any-return]


# ---- reading the equation -------------------------------------------------------------------------------------------
def read(args: Sequence[Any]) -> tuple[list[Labels], Labels | None, list[Any]]:
    """The labels of each operand, those of the output (None where it is implied), and the operands."""
    if not args:
        raise ArgumentError("einsum: an equation and operands are wanted, nothing was given")
    if isinstance(args[0], str):
        operands = args[1:]
        if len(operands) == 1 and isinstance(operands[0], list | tuple):
            operands = operands[0]
        left, arrow, right = args[0].replace(" ", "").partition("->")
        terms = [letters(term, args[0]) for term in left.split(",")]
        return terms, letters(right, args[0]) if arrow else None, [*operands]
    lists = [*args[1::2]]
    terms = [numbers(labels) for labels in lists]
    output = numbers(args[-1]) if len(args) % 2 else None
    return terms, output, [*(args[:-1] if len(args) % 2 else args)[::2]]


def letters(term: str, equation: str) -> Labels:
    """The labels of one operand of an equation."""
    before, dots, after = term.partition("...")
    if any(c not in LETTERS for c in before + after):
        wrong = next(c for c in before + after if c not in LETTERS)
        raise ArgumentError(
            f"einsum: {equation!r} has a {wrong!r}, where letters, ',', '...' and '->' are wanted"
        )
    return (*before, ..., *after) if dots else (*before,)


def numbers(labels: Any) -> Labels:
    """The labels of one operand given as a list of numbers."""
    if not isinstance(labels, list | tuple):
        kind = type(labels).__name__
        raise ArgumentError(f"einsum: a list of numbers is wanted after each operand, a {kind} was given")
    for n in labels:
        if n is not ... and not (isinstance(n, int) and 0 <= n < len(LETTERS)):
            raise ArgumentError(f"einsum: the list {labels} holds {n!r}, where Ellipsis or 0 to 51 is wanted")
    if labels.count(...) > 1:
        raise ArgumentError(f"einsum: the list {labels} has more than one Ellipsis")
    return tuple(n if n is ... else LETTERS[n] for n in labels)


def spelled(k: int, term: Labels, x: Tensor) -> Labels:
    """A label for each dim of an operand; those of an ellipsis are -1 for the last, -2, and so on."""
    rank, named = len(x.shape), len(term) - (... in term)
    if rank < named or (rank > named and ... not in term):
        text = "".join("..." if n is ... else n for n in term)
        raise ShapeError(f"einsum: operand {k} is {describe(x)}, where {text!r} names {named} dimensions")
    if ... not in term:
        return term
    at = term.index(...)
    return (*term[:at], *range(named - rank, 0), *term[at + 1 :])


def outcome(output: Labels | None, terms: Sequence[Labels], labelled: Sequence[Labels], rank: int) -> Labels:
    """A label for each dim of the output."""
    every = [n for labels in labelled for n in labels if isinstance(n, str)]
    dots = tuple(range(-rank, 0))
    if output is None:
        return (*dots, *sorted(n for n in set(every) if every.count(n) == 1))
    for n in output:
        if n is not ... and n not in every:
            raise ArgumentError(f"einsum: the output names {n!r}, which no operand has")
        if output.count(n) > 1:
            raise ArgumentError(f"einsum: the output names {n!r} more than once")
    at = output.index(...) if ... in output else None
    return output if at is None else (*output[:at], *dots, *output[at + 1 :])


# ---- one operand ----------------------------------------------------------------------------------------------------
Pair = tuple[Any, Labels]  # a tensor and its labels, each once


def single(k: int, x: Any, labels: Labels) -> Pair:
    """An operand in which no label occurs twice: there its diagonal is taken."""
    for n in dict.fromkeys(labels):
        while labels.count(n) > 1:
            i = labels.index(n)
            j = labels.index(n, i + 1)
            if x.shape[i] != x.shape[j]:
                raise ShapeError(
                    f"einsum: operand {k} is {describe(x)}, whose dims {i} and {j} are both {n!r}"
                )
            x = ops.diagonal(x, dim1=i, dim2=j)
            labels = (*labels[:i], *labels[i + 1 : j], *labels[j + 1 :], n)
    return x, labels


def broadcast(pairs: Sequence[Pair]) -> list[Pair]:
    """The operands without the dims of extent 1 that meet a larger one."""
    extents: dict[Any, int] = {}
    for k, (x, labels) in enumerate(pairs):
        for n, extent in zip(labels, x.shape, strict=True):
            known = extents.get(n, 1)
            if known != 1 and extent not in (1, known):
                name = "..." if isinstance(n, int) else n
                raise ShapeError(f"einsum: operand {k} is {describe(x)}, where {name!r} has extent {known}")
            extents[n] = extent if known == 1 else known
    found = []
    for x, labels in pairs:
        gone = [d for d, n in enumerate(labels) if x.shape[d] == 1 != extents[n]]
        kept = tuple(n for d, n in enumerate(labels) if d not in gone)
        found.append((ops.squeeze(x, dim=gone) if gone else x, kept))
    return found


def summed(pair: Pair, kept: Iterable[Any]) -> Pair:
    """An operand without the labels that nobody else needs."""
    x, labels = pair
    gone = [d for d, n in enumerate(labels) if n not in kept]
    if not gone:
        return pair
    return ops.sum(x, dim=gone), tuple(n for n in labels if n in kept)


# ---- all of them ----------------------------------------------------------------------------------------------------
def contracted(pairs: list[Pair], output: Labels) -> Any:
    """The operands as one: those two first whose product is smallest beside them."""
    while True:
        pairs = [summed(p, {*output, *(n for q in pairs if q is not p for n in q[1])}) for p in pairs]
        if len(pairs) == 1:
            return ops.permute(pairs[0][0], dims=[pairs[0][1].index(n) for n in output])
        choices = [(i, j) for j in range(len(pairs)) for i in range(j)]
        i, j = min(choices, key=lambda at: growth(pairs, at, output)) if len(choices) > 1 else choices[0]
        rest = [p for k, p in enumerate(pairs) if k not in (i, j)]
        y, labels = product(pairs[i], pairs[j], needed(rest, output))
        if not rest and labels == output:
            return y
        pairs = [*rest, (y, labels)]


def needed(rest: Sequence[Pair], output: Labels) -> set[Any]:
    """The labels that are still to come."""
    return {*output, *(n for _, labels in rest for n in labels)}


def extents_of(*pairs: Pair) -> dict[Any, int]:
    """The extent of each label."""
    return {n: extent for x, labels in pairs for n, extent in zip(labels, x.shape, strict=True)}


def growth(pairs: Sequence[Pair], at: tuple[int, int], output: Labels) -> int:
    """By how many elements the product of two operands is larger than they are."""
    one, two = (pairs[k] for k in at)
    kept = needed([p for k, p in enumerate(pairs) if k not in at], output)
    size = prod(extent for n, extent in extents_of(one, two).items() if n in kept)
    return size - int(prod(one[0].shape)) - int(prod(two[0].shape))


def product(one: Pair, two: Pair, kept: set[Any]) -> Pair:
    """Two operands as one: labels that both have and nobody else needs are summed, by a matrix product."""
    la, lb = one[1], two[1]
    both = [n for n in la if n in lb and n in kept]
    inner = [n for n in la if n in lb and n not in kept]
    rows, columns = [n for n in la if n not in lb], [n for n in lb if n not in la]
    a, b = arranged(one, (both, rows, inner)), arranged(two, (both, inner, columns))
    labels = (*both, *rows, *columns)
    if inner and (rows or columns):
        y = ops.matmul(a, b)
    elif inner:  # a number for each pair of vectors
        y = ops.sum(a * ops.mT(b), dim=-1)
    else:
        y = a * b
    extents = extents_of(one, two)
    return reshaped(y, tuple(extents[n] for n in labels)), labels


def arranged(pair: Pair, groups: Sequence[Sequence[Any]]) -> Any:
    """The operand with a dim for each group of labels, but for a first group of none."""
    x, labels = pair
    order = [labels.index(n) for group in groups for n in group]
    if order != sorted(order):
        x = ops.permute(x, dims=order)
    shape, at = [], 0
    for group in groups:
        shape.append(prod(x.shape[at : at + len(group)]))
        at += len(group)
    return reshaped(x, tuple(shape if groups[0] else shape[1:]))


def reshaped(x: Any, shape: tuple[int, ...]) -> Any:
    """x in a shape; itself if it has that."""
    return x if x.shape == shape else ops.reshape(x, shape=shape)
