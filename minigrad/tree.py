"""Nested tuples, lists and dicts of tensors: how to list the tensors in one, and how to put others in their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .core import Tensor
from .errors import ShapeError

__all__ = ["map_tensors", "replaced", "same_form", "tensors"]


def map_tensors(fn: Callable[[Tensor], Any], tree: Any) -> Any:
    """The same containers with fn(t) for each tensor t; what is neither a tensor nor a container stays.

    >>> import minigrad as mg
    >>> map_tensors(lambda t: t.shape, {"w": mg.zeros(2, 3), "more": (mg.zeros(1), "relu")})
    {'w': (2, 3), 'more': ((1,), 'relu')}
    """
    if isinstance(tree, Tensor):
        return fn(tree)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(map_tensors(fn, t) for t in tree))
    if isinstance(tree, tuple | list):
        return type(tree)(map_tensors(fn, t) for t in tree)
    if isinstance(tree, dict):
        return type(tree)((key, map_tensors(fn, t)) for key, t in tree.items())
    return tree


def tensors(tree: Any) -> list[Tensor]:
    """The tensors in their order; a dict's in the order of its keys' insertion.

    >>> import minigrad as mg
    >>> len(tensors([mg.zeros(1), {"a": mg.zeros(2)}, None, 3]))
    2
    """
    found: list[Tensor] = []
    map_tensors(found.append, tree)
    return found


def replaced(tree: Any, values: Sequence[Any]) -> Any:
    """The same containers with values in the place of the tensors, in the order of `tensors`."""
    left = iter(values)
    return map_tensors(lambda _: next(left), tree)


def same_form(name: str, what: str, tree: Any, like: Any) -> list[Tensor]:
    """The tensors of a tree whose containers and shapes are those of another.

    Raises:
        ShapeError: if the containers differ, or a shape does.
    """
    mine, other = tensors(tree), tensors(like)
    if repr(map_tensors(lambda _: 0, tree)) != repr(map_tensors(lambda _: 0, like)):
        raise ShapeError(
            f"{name}: {what} is made of {len(mine)} tensors in other containers than the {len(other)} "
            "that it goes with"
        )
    for k, (a, b) in enumerate(zip(mine, other, strict=True)):
        if a.shape != b.shape:
            raise ShapeError(f"{name}: {what} has shape {a.shape} at tensor {k}, where {b.shape} is wanted")
    return mine
