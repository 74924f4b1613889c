"""Optimizer: groups of parameters with their options, the state of each parameter, and the frame of a step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..autograd import enable_grad
from ..backend import namespace_of
from ..core import Tensor
from ..creation import zeros_like
from ..dtypes import accumulator, is_float
from ..errors import ArgumentError, DTypeError, ShapeError, StateError, describe
from ..writes import changed
from .state import restored

Array = Any
Group = dict[str, Any]

PIECE = 1 << 15  # elements: the several passes over a piece of a large parameter find it in cache


class Optimizer:
    """The base of optimizers: a subclass names its options in `defaults` and `checks`, and writes `update`.

    Args:
        params: parameters, or dicts {"params": parameters, option: value, ...} whose options stand before the defaults.
        defaults: the options of a group that does not give its own.

    Raises:
        ArgumentError: for no parameters, one that is given twice or is no floating leaf, or an option outside of what
            it can be.
    """

    checks: Mapping[str, Callable[[Any], str]] = {}  # option -> what is wrong with a value, "" if nothing
    slots: Mapping[str, str] = {}  # state by name -> the option without which a parameter has no such state
    counts = False  # whether the state counts the steps

    def __init__(self, params: Any, defaults: Group) -> None:
        self.defaults = defaults
        self.param_groups: list[Group] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        self._buffers: dict[tuple[Any, Any], Array] = {}
        groups = self.listed(params)
        for group in groups if groups and isinstance(groups[0], Mapping) else [{"params": groups}]:
            self.add_param_group(group)
