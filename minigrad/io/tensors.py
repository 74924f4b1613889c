"""Named tensors in a file: .safetensors or .npz, written whole or not at all, never unpickled."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..backend import to_numpy
from ..core import Tensor
from ..errors import ArgumentError, DTypeError, FileError, MissingDependency
from . import _npz, _safetensors
from .atomic import replacing

Path = str | os.PathLike[str]

FORMATS: dict[str, Any] = {".safetensors": _safetensors, ".npz": _npz}
MARK, SUM = "minigrad", "crc32="  # the metadata entry that holds a checksum of all the rest


def save_tensors(path: Path, tensors: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> None:
    """Write named tensors or arrays, and texts about them, to a .safetensors or .npz file.

    What was at `path` is replaced at the very end, and stays as it was if anything fails. Equal contents
    give equal bytes.

    Raises:
        FileError: if the suffix is neither, or the file cannot be written.
        DTypeError: if a value is not an array of bools, integers or real floats.
        ArgumentError: if a name or a metadata entry is not a text, or is one that is reserved.
        MissingDependency: for .safetensors without that library.

    >>> import minigrad as mg, tempfile
    >>> path = tempfile.mkdtemp() + "/weights.npz"
    >>> save_tensors(path, {"bias": mg.tensor([1.0, 2.0])}, {"epoch": "7"})
    >>> load_tensors(path)
    ({'bias': array([1., 2.], dtype=float32)}, {'epoch': '7'})
    """
    form = format_of(path)
    arrays = {checked_name(name): as_array(name, value) for name, value in tensors.items()}
    notes = dict(metadata or {})
    for key, text in notes.items():
        if not isinstance(key, str) or not isinstance(text, str) or key == MARK or text.startswith(SUM):
            raise ArgumentError(
                f"save_tensors: metadata {key!r}: {text!r} is not a text under a text, or is reserved"
            )
    with replacing(path) as file:
        form.encode(file, arrays, {**notes, MARK: SUM + checksum(arrays, notes)})


def load_tensors(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Read the arrays and the metadata of a .safetensors or .npz file, from minigrad or another program.

    Raises:
        FileError: if the file is missing, cut short, corrupt, of another kind, or holds pickled objects.
        MissingDependency: for .safetensors without that library, and for bfloat16 without ml_dtypes.
    """
    form = format_of(path)
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise FileError(f"{path}: there is no such file: check the name") from None
    except OSError as error:
        raise FileError(
            f"{path}: cannot be read ({error.strerror or error}): give a readable file"
        ) from error
    try:
        arrays, metadata = form.decode(data)
        arrays = {name: as_array(name, a) for name, a in arrays.items()}
        verify(arrays, metadata)
    except MissingDependency:
        raise
    except Exception as error:  # whatever a parser makes of bytes that somebody else chose
        why = "it is empty" if not data else str(error).rstrip(".") or type(error).__name__
        kind = os.path.splitext(path)[1]
        raise FileError(
            f"{path}: not a whole {kind} file ({why}): take another copy of it, or save it again"
        ) from error
    return arrays, metadata


def format_of(path: Path) -> Any:
    """The module that reads and writes a file, by its suffix."""
    suffix = os.path.splitext(path)[1]
    if suffix not in FORMATS:
        raise FileError(
            f"{path}: tensors are kept in {' or '.join(FORMATS)} files: change the suffix {suffix!r}"
        )
    return FORMATS[suffix]


def checked_name(name: Any) -> str:
    """A name that both formats can hold."""
    text = isinstance(name, str) and name.isprintable()
    if not text or name in ("", _npz.METADATA):
        raise ArgumentError(f"save_tensors: {name!r} is not a name for a tensor: use another text")
    return str(name)


def as_array(name: str, value: Any) -> Any:
    """A contiguous array in the machine's byte order."""
    a = np.asarray(to_numpy(value.data) if isinstance(value, Tensor) else value)
    if a.dtype.kind not in "biuf" and a.dtype.name != "bfloat16":
        raise DTypeError(
            f"{name!r} has the dtype {a.dtype}, and a tensor file holds bools, integers and real floats"
        )
    return np.asarray(a, a.dtype.newbyteorder("="), order="C")


def checksum(arrays: Mapping[str, Any], metadata: Mapping[str, str]) -> str:
    """One for names, dtypes, shapes, bytes and metadata."""
    total = zlib.crc32(json.dumps(sorted(metadata.items())).encode())
    for name, a in sorted(arrays.items()):
        total = zlib.crc32(f"{name}:{a.dtype.name}{a.shape}".encode(), total)
        total = zlib.crc32(a.reshape(-1).view(np.uint8), total)
    return f"{total:08x}"


def verify(arrays: dict[str, Any], metadata: dict[str, str]) -> None:
    """Take the checksum out of the metadata and hold it to the rest; a file of another program has none.

    Raises:
        ValueError: if it does not fit.
    """
    told = metadata.pop(MARK, None)
    marked = [text for text in metadata.values() if text.startswith(SUM)]  # its name was damaged
    if marked or (told is not None and told != SUM + checksum(arrays, metadata)):
        raise ValueError("its checksum does not fit its contents")
