"""Modules made of other modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, overload

from ..errors import DTypeError, IndexingError, describe
from .module import Module

__all__ = ["Sequential"]


class Sequential(Module):
    """One module after the other.

    Args:
        modules: modules, named "0", "1", ...; or one dict of them by name.

    Raises:
        DTypeError: for an argument that is not a Module.

    >>> from minigrad import nn
    >>> net = Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> net[0]
    Linear(in_features=2, out_features=3, bias=True)
    >>> len(net[1:])
    1
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        named = modules[0] if len(modules) == 1 and isinstance(modules[0], Mapping) else None
        for name, module in named.items() if named is not None else enumerate(modules):
            self.add_module(str(name), checked(module, f"argument {name}"))

    def forward(self, input: Any) -> Any:
        """What the last module makes of what the one before it makes of ... input."""
        for module in self._own(Module).values():
            input = module(input)
        return input

    def append(self, module: Module) -> Sequential:
        """Add a module behind the last, named by its place, or the next number that is free."""
        name = next(str(k) for k in count(len(self)) if str(k) not in self._own(Module))
        self.add_module(name, checked(module, "append: module"))
        return self

    def extend(self, modules: Iterable[Module]) -> Sequential:
        """Append several modules."""
        for module in [*modules]:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Sequential:
        """Put a module before the one at `index`; all are named by their places then."""
        held = [*self]
        held.insert(index, checked(module, "insert: module"))
        return self._renamed(held)

    def pop(self, index: int = -1) -> Module:
        """Take a module out and return it; the others are named by their places then."""
        held, name = [*self], self._name(index)
        module = self._own(Module)[name]
        del held[[*self._own(Module)].index(name)]
        self._renamed(held)
        return module  # type: ignore[no-any-return]

    def __delitem__(self, index: int | slice) -> None:
        held = [*self]
        if isinstance(index, int):
            self._name(index)
        del held[index]
        self._renamed(held)

    def __add__(self, other: Sequential) -> Sequential:
        return Sequential(*self, *other)

    def _renamed(self, modules: list[Module]) -> Sequential:
        for name in self._own(Module):
            delattr(self, name)
        return self.extend(modules)

    def __len__(self) -> int:
        return len(self._own(Module))

    def __iter__(self) -> Iterator[Module]:
        return iter(self._own(Module).values())

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(dict([*self._own(Module).items()][index]))
        return self._own(Module)[self._name(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name(index), checked(module, f"[{index}]"))

    def _name(self, index: int) -> str:
        names = [*self._own(Module)]
        try:
            return names[index]
        except IndexError:
            raise IndexingError(f"Sequential: there is no module {index} among {len(names)}") from None


def checked(module: Any, what: str) -> Module:
    """A module, and not the class of one."""
    if isinstance(module, type) and issubclass(module, Module):
        raise DTypeError(f"Sequential: {what} is the class {module.__name__}: write {module.__name__}(...)")
    if not isinstance(module, Module):
        raise DTypeError(f"Sequential: {what} is a {describe(module)}, where a Module is wanted")
    return module
