"""Checkpoints: all that a training run needs to go on bit for bit, in one file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..core import Tensor
from ..errors import DTypeError, FileError, StateError
from .tensors import Path, load_tensors, save_tensors

ENTRY, VERSION = "checkpoint", 1
PLAIN = (bool, int, float, str, type(None))


class Checkpoint(NamedTuple):
    """What a checkpoint holds: state dicts of arrays and plain values, as they were given."""

    kind: str
    model: dict[str, Any]
    optimizer: Any
    generator: Any
    progress: Any


def save_checkpoint(
    path: Path,
    *,
    model: Mapping[str, Any],
    optimizer: Any = None,
    generator: Any = None,
    progress: Any = None,
    kind: str,
) -> None:
    """Write the state of a training run to one .safetensors or .npz file.

    Arrays and tensors keep every bit, and so do Python's numbers and texts; dicts, lists and tuples of these
    may nest.

    Args:
        model: the model's `state_dict()`.
        optimizer: the optimizer's `state_dict()`.
        generator: `Generator.get_state()`.
        progress: whatever else the run needs, such as the epoch.
        kind: the model's name; `load_checkpoint` refuses another.

    Raises:
        FileError: if the file cannot be written; what was there stays as it was.
        DTypeError: if something is neither an array, a plain value, nor made of these.

    >>> import minigrad as mg, tempfile
    >>> path = tempfile.mkdtemp() + "/last.npz"
    >>> save_checkpoint(path, model={"bias": mg.tensor([1.0])}, progress={"epoch": 3}, kind="tiny")
    >>> saved = load_checkpoint(path, kind="tiny")
    >>> saved.model, saved.progress
    ({'bias': array([1.], dtype=float32)}, {'epoch': 3})
    """
    arrays: dict[str, Any] = {}
    parts = {"model": dict(model), "optimizer": optimizer, "generator": generator, "progress": progress}
    tree = {name: pack(part, name, arrays) for name, part in parts.items()}
    about = {"version": VERSION, "kind": kind, "tree": tree}
    save_tensors(path, arrays, {ENTRY: json.dumps(about)})


def load_checkpoint(path: Path, kind: str | None = None, like: Mapping[str, Any] | None = None) -> Checkpoint:
    """Read a checkpoint, and refuse one of another model before anything of it is used.

    Args:
        kind: the model's name. Default: any.
        like: the `state_dict()` of the model that it is for; names, shapes and dtypes must be the same.

    Raises:
        FileError: if the file is missing, cut short, corrupt, or not a checkpoint.
        StateError: if it is one of another model.
    """
    arrays, metadata = load_tensors(path)
    if ENTRY not in metadata:
        raise FileError(f"{path}: holds tensors, but is not a checkpoint: give the file that training wrote")
    try:
        about = json.loads(metadata[ENTRY])
        if about["version"] != VERSION:
            raise ValueError(f"its version is {about['version']}, and this minigrad reads {VERSION}")
        saved = Checkpoint(
            about["kind"], **{name: unpack(part, arrays) for name, part in about["tree"].items()}
        )
    except (ValueError, KeyError, TypeError) as error:
        raise FileError(
            f"{path}: is not a checkpoint that this minigrad wrote ({error}): give another"
        ) from error
    if kind is not None and kind != saved.kind:
        raise StateError(
            f"{path}: is a checkpoint of {saved.kind!r}, and one of {kind!r} was asked for; "
            f"it holds {listing(saved.model)}"
        )
    if like is not None and (wrong := differences(saved.model, like)):
        raise StateError(f"{path}: does not fit the model: {'; '.join(wrong)}")
    return saved


def pack(value: Any, place: str, arrays: dict[str, Any]) -> Any:
    """A value as JSON can hold it; arrays go to `arrays` and leave their name behind."""
    if isinstance(value, Tensor | np.ndarray | np.generic):
        name = place
        while name in arrays:
            name += "'"
        arrays[name] = value
        return {"$array": name}
    if type(value) in PLAIN:
        return value
    if type(value) in (list, tuple):
        items = [pack(v, f"{place}.{k}", arrays) for k, v in enumerate(value)]
        return items if type(value) is list else {"$tuple": items}
    if isinstance(value, Mapping):
        pairs = [(k, pack(v, f"{place}.{k}", arrays)) for k, v in value.items()]
        if all(type(k) is str and not k.startswith("$") for k, _ in pairs):
            return dict(pairs)
        return {"$dict": [(pack(k, place, arrays), v) for k, v in pairs]}
    raise DTypeError(
        f"save_checkpoint: {place} is a {type(value).__name__}: "
        "a checkpoint holds arrays, numbers, texts, and dicts, lists and tuples of these"
    )


def unpack(value: Any, arrays: dict[str, Any]) -> Any:
    """What `pack` was given."""
    if isinstance(value, list):
        return [unpack(v, arrays) for v in value]
    if not isinstance(value, dict):
        return value
    if "$array" in value:
        return arrays[value["$array"]]
    if "$tuple" in value:
        return tuple(unpack(v, arrays) for v in value["$tuple"])
    if "$dict" in value:
        return {unpack(k, arrays): unpack(v, arrays) for k, v in value["$dict"]}
    return {k: unpack(v, arrays) for k, v in value.items()}


def listing(model: Mapping[str, Any]) -> str:
    """Names and shapes, as a message shows them."""
    return ", ".join(f"{name} {tuple(a.shape)}" for name, a in model.items()) or "no parameters"


def differences(saved: Mapping[str, Any], like: Mapping[str, Any]) -> list[str]:
    """Where the state dicts of two models part."""
    wrong = []
    if missing := {k: v for k, v in like.items() if k not in saved}:
        wrong.append(f"the file lacks {listing(missing)}")
    if extra := {k: v for k, v in saved.items() if k not in like}:
        wrong.append(f"only the file has {listing(extra)}")
    for k, b in like.items():
        a = saved.get(k, b)
        if (tuple(a.shape), a.dtype) != (tuple(b.shape), b.dtype):
            wrong.append(
                f"{k} is {a.dtype} {tuple(a.shape)} in the file, {b.dtype} {tuple(b.shape)} in the model"
            )
    return wrong
