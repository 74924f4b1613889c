"""Optimizer: groups of parameters with their options, the state of each parameter, and the frame of a step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any, ClassVar

from ..autograd import enable_grad
from ..backend import NAMESPACES
from ..core import Tensor
from ..creation import zeros_like
from ..dtypes import accumulator, is_float
from ..errors import ArgumentError, DTypeError, describe
from ..inplace import writable
from ..writes import changed
from .state import restored

Array = Any
Group = dict[str, Any]

PIECE = 1 << 17  # elements: what several passes go over should still be in cache at the last


class Optimizer:
    """The base of optimizers: a subclass writes `update`, `check` for its options, and names in `tensors` and `counts`
    what it keeps of a parameter, so that it can be loaded.

    Args:
        params: parameters, or dicts {"params": parameters, option: value, ...}, each with its own options.
        defaults: the options of a group that does not give its own.

    Raises:
        ArgumentError: for no parameters, one that is given twice, one that is no leaf or not floating, or an option
            outside of what it can be.
        DTypeError: for what is not a parameter.

    >>> import minigrad as mg
    >>> class SignDescent(Optimizer):
    ...     def update(self, p, g, state, group):
    ...         p -= group["lr"] * ((g > 0) * 1.0 - (g < 0) * 1.0)
    >>> x = mg.tensor([3.0, -3.0], requires_grad=True)
    >>> optimizer = SignDescent([x], {"lr": 0.5})
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.detach()
    tensor([ 2.5, -2.5])
    """

    # State of a parameter's extents, each with the option that it is there for or "", and state that is a count.
    tensors: ClassVar[Mapping[str, str]] = {}
    counts: ClassVar[tuple[str, ...]] = ()

    def __init__(self, params: Any, defaults: Group) -> None:
        self.defaults = defaults
        self.param_groups: list[Group] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        self._scratch: dict[Any, Array] = {}
        items = self._listed(params)
        for group in items if items and isinstance(items[0], Mapping) else [{"params": items}]:
            self.add_param_group(group)

    # ---- written by a subclass ------------------------------------------------------------------------------------
    def update(self, p: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        """Write one parameter's array.

        Args:
            p, g: the parameter and its gradient.
            state: what was kept of this parameter; empty at first.
            group: the options.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no update: define update(self, p, g, state, group)"
        )

    def check(self, group: Group) -> None:
        """Raise an ArgumentError for options that cannot be; called before each step."""

    # ---- parameters ----------------------------------------------------------------------------------------------
    def _listed(self, params: Any) -> list[Any]:
        who = type(self).__name__
        if isinstance(params, Tensor | set | frozenset | str) or not hasattr(params, "__iter__"):
            raise DTypeError(
                f"{who}: params is a {type(params).__name__}, where a list of parameters is wanted"
            )
        items = [p[1] if isinstance(p, tuple) and len(p) == 2 else p for p in params]  # of named_parameters()
        if not items:
            raise ArgumentError(
                f"{who}: no parameters: an iterator such as model.parameters() can be used only once"
            )
        return items

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Train more parameters, with their own options.

        Args:
            param_group: {"params": a parameter or several, option: value, ...}.

        Raises:
            ArgumentError, DTypeError: as the constructor; nothing is added then.
        """
        who = type(self).__name__
        if not isinstance(param_group, Mapping) or "params" not in param_group:
            raise ArgumentError(f"{who}: a group is a dict with 'params', this one is {param_group!r}")
        given = param_group["params"]
        params = [given] if isinstance(given, Tensor) else self._listed(given)
        known = {id(p): "another group" for group in self.param_groups for p in group["params"]}
        for k, p in enumerate(params):
            if not isinstance(p, Tensor):
                raise DTypeError(f"{who}: parameter {k} is a {type(p).__name__}, where a Tensor is wanted")
            if p.node is not None:
                raise ArgumentError(
                    f"{who}: parameter {k} {describe(p)} is the result of an op, and no leaf: detach() it"
                )
            if not is_float(p.dtype):
                raise ArgumentError(
                    f"{who}: parameter {k} {describe(p)} is not floating, and has no gradient"
                )
            if id(p) in known:
                raise ArgumentError(
                    f"{who}: parameter {k} {describe(p)} is given twice, first as {known[id(p)]}"
                )
            writable(p, who)
            known[id(p)] = f"parameter {k}"
        group = {**self.defaults, **param_group, "params": params}
        self.check(group)
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or, with set_to_none=False, fill them with zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad = None if set_to_none else zeros_like(p)

    # ---- a step ---------------------------------------------------------------------------------------------------
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient.

        Args:
            closure: computes the loss and calls backward; run first, and its result is returned.

        Raises:
            ArgumentError: for an option outside of what it can be; nothing is changed.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        work: list[Any] = []
        for group in self.param_groups:
            self.check(group)
            work += [(p, p.grad.data, group) for p in group["params"] if p.grad is not None]
        with NAMESPACES[type(work[0][1])].errstate(all="ignore") if work else nullcontext():
            try:
                for p, g, group in work:
                    self.update(p.data, g, self.state.setdefault(p, {}), group)
                    changed(p.data)
            finally:
                for xp in {id(xp): xp for xp in (NAMESPACES[type(g)] for _, g, _ in work)}.values():
                    getattr(xp, "finish_steps", list)()  # a GPU takes all steps at once
        return loss

    def slot(self, state: dict[str, Any], name: str, p: Array) -> Array:
        """The array that a parameter's state holds under a name; at first zeros, in the dtype of `pieces`."""
        dtype, held = accumulator(p.dtype), state.get(name)
        if held is None:
            state[name] = held = Tensor(NAMESPACES[type(p)].zeros_like(p, dtype=dtype))
        elif held.dtype != dtype:  # the parameter's dtype has changed
            state[name] = held = Tensor(held.data.astype(dtype))
        return held.data

    def pieces(self, p: Array, *others: Array) -> Iterator[tuple[Any, ...]]:
        """xp, then arrays of the same extents in pieces that fit in the cache, then scratch memory of these extents.

        Halves are handed out in float32; what is written to the first array is brought back.
        """
        xp, dtype, arrays = NAMESPACES[type(p)], accumulator(p.dtype), (p, *others)
        parts: Any = [arrays]
        size = p.size
        if size > PIECE and xp.device == "cpu":
            rows = max(1, PIECE * len(p) // size)
            parts = ([a[k : k + rows] for a in arrays] for k in range(0, len(p), rows))
            size = p[:rows].size
        scratch = self._scratch.get((xp.device, dtype))
        if scratch is None or scratch.size < size:
            scratch = self._scratch[xp.device, dtype] = xp.empty(size, dtype)
        for y, *rest in parts:
            wide = y.astype(dtype, copy=False)
            yield xp, wide, *(a.astype(dtype, copy=False) for a in rest), scratch[: y.size].reshape(y.shape)
            if wide is not y:
                y[...] = wide

    # ---- state ----------------------------------------------------------------------------------------------------
    def state_dict(self) -> dict[str, Any]:
        """State and options, parameters by number, in PyTorch's layout: {"state": {0: ...}, "param_groups": [...]}.

        The state's tensors are the optimizer's own: `copy.deepcopy` keeps them as they are.
        """
        params = [p for group in self.param_groups for p in group["params"]]
        number = {id(p): k for k, p in enumerate(params)}
        groups = [
            {**group, "params": [number[id(p)] for p in group["params"]]} for group in self.param_groups
        ]
        return {"state": {number[id(p)]: {**s} for p, s in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over copies of another optimizer's state and options, all of them, or, on an error, none.

        Args:
            state_dict: what `state_dict` of minigrad or PyTorch gave.

        Raises:
            StateError: if it is of another optimizer, or of other parameters; with all that does not fit.
        """
        self.state, self.param_groups = restored(self, state_dict)

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for k, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {k}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])


def number(who: str, name: str, value: Any, below: float = math.inf) -> None:
    """Refuse an option that is no number from 0 to below a bound.

    Raises:
        ArgumentError: naming the option.
    """
    try:
        fits = not isinstance(value, bool | str) and 0.0 <= float(value) < below
    except (TypeError, ValueError):
        fits = False
    if not fits:
        bound = (
            "a finite number of at least 0" if below == math.inf else f"a number from 0 to below {below:g}"
        )
        raise ArgumentError(f"{who}: {name} is {describe(value)}, where {bound} is wanted")
