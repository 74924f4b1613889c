"""The safetensors format, by the library of that name: a JSON header, then the bytes of each tensor."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import numpy as np

from ..dtypes import bfloat16
from ..errors import require

DTYPES = {
    "BOOL": "?",
    **{f"I{8 * n}": f"<i{n}" for n in (1, 2, 4, 8)},
    **{f"U{8 * n}": f"<u{n}" for n in (1, 2, 4, 8)},
    **{f"F{8 * n}": f"<f{n}" for n in (2, 4, 8)},
}


def library(name: str) -> Any:
    """A module of the safetensors library."""
    return require(name, "a .safetensors file", "cli")


def encode(file: BinaryIO, tensors: dict[str, Any], metadata: dict[str, str]) -> None:
    """Write tensors and metadata, the same bytes each time (the library's order of metadata is random)."""
    data = library("safetensors.numpy").save(tensors)
    size = int.from_bytes(data[:8], "little")
    header = {"__metadata__": dict(sorted(metadata.items())), **json.loads(data[8 : 8 + size])}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    file.write(memoryview(data)[8 + size :])


def decode(data: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """Tensors and metadata."""
    found = library("safetensors").deserialize(data)
    size = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + size]).get("__metadata__") or {}
    return {name: as_array(name, about) for name, about in sorted(found)}, metadata


def as_array(name: str, about: dict[str, Any]) -> Any:
    """One tensor from its bytes."""
    kind = about["dtype"]
    if kind not in DTYPES and kind != "BF16":
        raise ValueError(f"{name!r} has the dtype {kind}, which minigrad does not read")
    dtype = np.dtype(DTYPES[kind]) if kind in DTYPES else bfloat16()
    return np.frombuffer(about["data"], dtype).reshape(about["shape"])
