"""Equations of einsum, and shapes that they fit."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ...errors import ArgumentError
from .shapes import Shape, part_of, seldom

LETTERS = "ijkB"  # a capital sorts before the others


class EinsumConfig(NamedTuple):
    """An Einstein summation.

    Attributes:
        equation: as einsum takes it.
        shapes: those of its operands.
    """

    equation: str
    shapes: tuple[Shape, ...]


def einsum_configs(max_operands: int = 3, *, max_side: int = 3) -> SearchStrategy[EinsumConfig]:
    """Equations of one operand or several: with diagonals, sums, outer products, "..." and an output or none.

    Dims with the same letter have the same extent or 1, in one operand the same; those of "..." broadcast.

    Args:
        max_operands: how many operands there are at most.
        max_side: how large the extents are; some are 0.

    Raises:
        ArgumentError: if max_operands or max_side is below 1.

    >>> from hypothesis import find
    >>> find(einsum_configs(), lambda c: "->" in c.equation and len(c.shapes) == 2)
    EinsumConfig(equation=',->', shapes=((), ()))
    """
    if max_operands < 1 or max_side < 1:
        raise ArgumentError(
            f"einsum_configs: max_operands is {max_operands}, max_side {max_side}; 1 or more is wanted"
        )
    return drawn_equation(max_operands, max_side)


@st.composite
def drawn_equation(draw: DrawFn, max_operands: int, max_side: int) -> EinsumConfig:
    """The extents of the letters first, then who has which."""
    least = 0 if draw(seldom) else 1
    extents = {c: draw(st.integers(least, max_side)) for c in LETTERS}
    shared = tuple(draw(st.lists(st.integers(1, max_side), max_size=2)))
    terms, shapes, dotted = [], [], False
    for _ in range(draw(st.integers(1, max_operands))):
        names = draw(st.lists(st.sampled_from(LETTERS), max_size=3))
        own = {c: 1 if draw(seldom) else extents[c] for c in names}
        sides: list[Any] = [(own[c],) for c in names]
        if draw(seldom):
            at, dotted = draw(st.integers(0, len(names))), True
            names.insert(at, "...")
            sides.insert(at, draw(part_of(shared)))
        terms.append("".join(names))
        shapes.append(tuple(n for side in sides for n in side))
    equation = ",".join(terms)
    if draw(st.booleans()):
        used = sorted({*equation} & {*LETTERS})
        kept = draw(st.lists(st.sampled_from(used), unique=True) if used else st.just([]))
        if dotted and draw(st.integers(0, 3)):
            kept.insert(draw(st.integers(0, len(kept))), "...")
        equation += "->" + "".join(kept)
    return EinsumConfig(equation, tuple(shapes))
