"""An optimizer's state dict read back: all of it, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..backend import as_array, device_of
from ..core import Tensor
from ..dtypes import accumulator
from ..errors import MinigradError, StateError, describe

if TYPE_CHECKING:
    from .optimizer import Optimizer


def restored(optimizer: Optimizer, saved: Any) -> tuple[dict[Tensor, dict[str, Any]], list[dict[str, Any]]]:
    """The state and the groups that a state dict holds for this optimizer: see `Optimizer.load_state_dict`."""
    who = f"{type(optimizer).__name__}.load_state_dict"
    try:
        state, groups = dict(saved["state"]), [dict(group) for group in saved["param_groups"]]
        extents = [len(group["params"]) for group in groups]
    except (TypeError, KeyError, ValueError, IndexError):
        raise StateError(
            f"{who}: it is not a dict of 'state' and 'param_groups' as state_dict gives it"
        ) from None
    own = [len(group["params"]) for group in optimizer.param_groups]
    if extents != own:
        raise StateError(f"{who}: its groups have {extents} parameters, those here {own}; nothing was loaded")
    wrong, new_groups, new_state = [], [], {}
    for k, (group, old) in enumerate(zip(groups, optimizer.param_groups, strict=True)):
        numbers, group["params"] = group["params"], old["params"]
        if absent := [name for name in optimizer.defaults if name not in group]:
            wrong.append(f"group {k} lacks {', '.join(absent)}: it is of another optimizer")
            continue
        new_groups.append(group)
        try:
            optimizer.check(group)
            for n, p in zip(numbers, old["params"], strict=True):
                entry = {name: v for name, v in (state.pop(n, None) or {}).items() if v is not None}
                if entry:
                    new_state[p] = fitting(optimizer, f"parameter {n}", entry, p, group)
        except MinigradError as error:
            wrong.append(f"group {k}: {error}")
    if state and not wrong:
        wrong.append(f"state of the parameters {[*state]}, which are in no group")
    if wrong:
        raise StateError(f"{who}: nothing was loaded: {'; '.join(wrong)}")
    return new_state, new_groups


def fitting(
    optimizer: Optimizer, what: str, entry: dict[str, Any], p: Tensor, group: dict[str, Any]
) -> dict[str, Any]:
    """The state of one parameter: counts as Python's ints, tensors as copies in the dtype in which they are computed.

    Raises:
        StateError: if something lacks, is unknown, or has other extents than the parameter.
    """
    tensors, counts = optimizer.tensors, optimizer.counts
    needed = {*counts, *(name for name, option in tensors.items() if not option or group[option])}
    if needed - entry.keys() or entry.keys() - {*tensors, *counts}:
        raise StateError(f"{what} has the state {sorted(entry)}, where {sorted(needed)} is wanted")
    new: dict[str, Any] = {}
    for name, value in entry.items():
        array = as_array(value.data if isinstance(value, Tensor) else value, None, device_of(p.data))
        if array.shape != (() if name in counts else p.shape):
            raise StateError(f"{what} {describe(p)} has {name} {describe(array)}")
        if name not in counts:
            new[name] = Tensor(array.astype(accumulator(p.dtype), copy=True))
        elif 0 <= array.item() < 2**63:
            new[name] = int(array.item())  # PyTorch has it as a float
        else:
            raise StateError(f"{what} has {name} {array.item()}")
    return new
