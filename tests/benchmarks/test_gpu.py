"""The GPU's benchmark runs from end to end on tiny extents, in the simulator; its pictures are PNGs."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import picture
import pytest

ROOT = Path(__file__).parents[2]


def image(path: Path) -> np.ndarray:
    """The pixels of a PNG as `picture.save` writes it; checks every chunk."""
    data, at, packed = path.read_bytes(), 8, b""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    wide = high = 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        (crc,) = struct.unpack(">I", data[at + 8 + size : at + 12 + size])
        assert crc == zlib.crc32(kind + body)
        if kind == b"IHDR":
            wide, high = struct.unpack(">II", body[:8])
        packed += body if kind == b"IDAT" else b""
        at += 12 + size
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(high, 1 + 3 * wide)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape(high, wide, 3)


def test_bars_are_as_long_as_their_values(tmp_path: Path) -> None:
    picture.bars(tmp_path / "a.png", "Title", [("one", 1.0), ("four (x)", 4.0)], "ms", mark=2.0)
    pixels = image(tmp_path / "a.png")
    blue = (pixels == picture.BAR).all(2)
    assert [int(blue[48 + 26 * k + 5].sum()) for k in (0, 1)] == [100, 399]  # 400, and the line over it
    assert (pixels == picture.LINE).all(2).any(0).sum() == 1 and (pixels == picture.INK).all(2).sum() > 100


def test_every_character_has_its_dots() -> None:
    assert len(picture.FONT) == 5 * (ord("z") - ord(" ") + 1)
    letters = {picture.FONT[5 * k : 5 * k + 5] for k in range(len(picture.FONT) // 5)}
    assert len(letters) == len(picture.FONT) // 5  # no two look the same


@pytest.mark.skipif(shutil.which("g++") is None, reason="the simulator needs g++")
def test_all_parts_run(tmp_path: Path) -> None:
    env = {**os.environ, "MINIGRAD_CUDASIM": "1", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(ROOT / "benchmarks" / "gpu.py"), str(tmp_path), "--small"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in (tmp_path / "gpu.jsonl").read_text().splitlines()]
    parts = {r["benchmark"] for r in rows}
    assert parts == {
        f"gpu {part}" for part in ("limits", "copies", "conv", "training", "overhead", "and CPU")
    }
    assert "Error" not in done.stdout and all(
        r["card"] and r["commit"] is not None and r["small"] for r in rows
    )
    names = {path.name for path in tmp_path.glob("*.png")}
    assert names == {
        "copies.png",
        "training.png",
        *(f"conv-{p}.png" for p in ("float32", "tf32", "bfloat16")),
    }
