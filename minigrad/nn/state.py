"""Values from a state dict into the tensors of a module: all of them, or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..backend import as_array, device_of
from ..core import Tensor
from ..dtypes import level
from ..errors import ArgumentError, DTypeError, ShapeError, StateError, describe
from ..inplace import writable
from ..writes import changed, owner


class LoadReport(NamedTuple):
    """What `load_state_dict` did not find in the state dict, and what it found no place for."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def load(who: str, own: Mapping[str, Tensor], given: Any, strict: bool) -> LoadReport:
    """Copy what is given into the tensors of the same paths: see `Module.load_state_dict`."""
    if not isinstance(given, Mapping):
        raise StateError(f"{who}: it is a {type(given).__name__}, where a dict of tensors by path is wanted")
    report = LoadReport([k for k in own if k not in given], [k for k in given if k not in own])
    names, misfits, new = [], [], {}
    if strict and report.missing_keys:
        names.append("missing: " + ", ".join(f"{k} {describe(own[k])}" for k in report.missing_keys))
    if strict and report.unexpected_keys:
        names.append("unexpected: " + ", ".join(f"{k} {describe(given[k])}" for k in report.unexpected_keys))
    memory = {id(owner(t.data)) for t in own.values()}
    for path, t in own.items():
        if path in given:
            try:
                new[path] = fitting(given[path], t, memory)
            except (ArgumentError, DTypeError, ShapeError) as error:
                misfits.append(f"{path}: {error}")
    if names or misfits:
        hint = "" if misfits else " (strict=False loads what both have)"
        raise StateError(f"{who}: nothing was loaded{hint}: {'; '.join(names + misfits)}")
    for path, values in new.items():
        own[path].data[...] = values
        changed(own[path].data)
    return report


def fitting(value: Any, t: Tensor, memory: set[int]) -> Any:
    """A value as an array of the tensor's shape and dtype, away from memory that is about to be written."""
    writable(t, "load_state_dict")
    value = value.detach() if hasattr(value, "detach") else value
    array = as_array(value.data if isinstance(value, Tensor) else value, None, device_of(t.data))
    if array.shape != t.shape:
        raise ShapeError(f"{describe(array)} does not fit {describe(t)}")
    if level(array.dtype) > level(t.dtype):
        raise DTypeError(f"{describe(array)} would lose its kind of numbers in {describe(t)}")
    return array.astype(t.dtype, copy=id(owner(array)) in memory)
