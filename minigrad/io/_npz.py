"""NumPy's .npz: a zip of .npy members, read without ever unpickling."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any, BinaryIO

import numpy as np

from ..dtypes import bfloat16

METADATA = "__metadata__"


def encode(file: BinaryIO, tensors: dict[str, Any], metadata: dict[str, str]) -> None:
    """Write tensors and, as JSON in a member of their own, metadata and the names of bfloat16 tensors."""
    halves = [name for name, a in tensors.items() if a.dtype.name == "bfloat16"]  # .npy has no such dtype
    about = json.dumps({"metadata": metadata, "bfloat16": halves}).encode()
    with zipfile.ZipFile(file, "w") as archive:
        # a damaged directory loses members from some point on, so what has the checksum comes first
        for name, a in {METADATA: np.frombuffer(about, np.uint8), **tensors}.items():
            plain = a.view(np.uint16) if name in halves else a
            with archive.open(zipfile.ZipInfo(name + ".npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, plain, allow_pickle=False)


def decode(data: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """Tensors and metadata; a file that another program wrote has none of these."""
    tensors = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.namelist():
            name = member.removesuffix(".npy")
            if name == member:
                raise ValueError(f"its member {member!r} is not a NumPy array")
            if name in tensors:
                raise ValueError(f"it has two members {member!r}")
            tensors[name] = read_array(
                archive.read(member), name
            )  # the whole of it, so that its checksum counts
    about = json.loads(tensors.pop(METADATA).tobytes()) if METADATA in tensors else {}
    for name in about.get("bfloat16", ()):
        tensors[name] = tensors[name].view(bfloat16())
    return tensors, dict(about.get("metadata", {}))


def read_array(data: bytes, name: str) -> Any:
    """One .npy."""
    stream = io.BytesIO(data)
    try:
        array = np.lib.format.read_array(stream, allow_pickle=False)
    except ValueError as error:
        if "allow_pickle" in str(error):
            raise ValueError(f"{name!r} holds pickled Python objects, which could run any code") from None
        raise
    if stream.read(1):
        raise ValueError(f"{name!r} is longer than its header says")
    return array
