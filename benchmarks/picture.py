"""Bars in a PNG, with nothing but NumPy: benchmarks run where no library for pictures is."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

# Columns of 7 dots, the lowest bit on top, five to a character, from space to z
FONT = bytes.fromhex(
    "0000000000 00005f0000 0007000700 147f147f14 242a7f2a12 2313086462 3649562050 0008070300 001c224100 0041221c00 "
    "2a1c7f1c2a 08083e0808 0080703000 0808080808 0000606000 2010080402 3e5149453e 00427f4000 7249494946 2141494d33 "
    "1814127f10 2745454539 3c4a494931 4121110907 3649494936 464949291e 0000140000 0040340000 0008142241 1414141414 "
    "0041221408 0201590906 3e415d594e 7c1211127c 7f49494936 3e41414122 7f4141413e 7f49494941 7f09090901 3e41415173 "
    "7f0808087f 00417f4100 2040413f01 7f08142241 7f40404040 7f021c027f 7f0408107f 3e4141413e 7f09090906 3e4151215e "
    "7f09192946 2649494932 03017f0103 3f4040403f 1f2040201f 3f4038403f 6314081463 0304780403 6159494d43 007f414141 "
    "0204081020 004141417f 0402010204 4040404040 0003070800 2054547840 7f28444438 3844444428 384444287f 3854545418 "
    "00087e0902 18a4a49c78 7f08040478 00447d4000 2040403d00 7f10284400 00417f4000 7c04780478 7c08040478 3844444438 "
    "fc18242418 18242418fc 7c08040408 4854545424 04043f4424 3c4040207c 1c2040201c 3c4030403c 4428102844 4c9090907c "
    "4464544c44 "
)
INK, PAPER, BAR, LINE = (30, 30, 30), (255, 255, 255), (64, 120, 192), (200, 60, 50)
HIGH, GAP = 14, 12  # of a row of text, between rows


def write(image: np.ndarray, text: str, top: int, left: int) -> None:
    """Characters of 5 x 8 dots, from a place on."""
    for k, char in enumerate(text):
        at = 5 * (ord(char) - 32) if " " <= char <= "z" else 5 * (ord("?") - 32)
        for x, column in enumerate(FONT[at : at + 5]):
            for y in range(8):
                if column >> y & 1 and left + 6 * k + x < image.shape[1]:
                    image[top + y, left + 6 * k + x] = INK


def bars(
    path: str | Path, title: str, rows: Sequence[tuple[str, float]], unit: str, mark: float | None = None
) -> None:
    """A row of text and a bar for each (name, value), and a line at `mark`."""
    wide, name = 400, 6 * max([len(n) for n, _ in rows] + [1]) + 20
    most = max([v for _, v in rows] + [mark or 0.0, 1e-30])
    image = np.full((60 + (HIGH + GAP) * len(rows), name + wide + 120, 3), PAPER, np.uint8)
    write(image, title, 10, 10)
    write(image, f"in {unit}" + ("" if mark is None else f"; the line is at {mark:g}"), 26, 10)
    for k, (label, value) in enumerate(rows):
        top = 48 + (HIGH + GAP) * k
        end = name + max(1, round(wide * value / most))
        image[top : top + HIGH, name:end] = BAR
        write(image, label, top + 3, 10)
        write(image, f"{value:.3g}", top + 3, end + 6)
    if mark is not None:
        image[44:, name + round(wide * mark / most)] = LINE
    save(path, image)


def save(path: str | Path, image: np.ndarray) -> None:
    """An (H, W, 3) array of bytes as PNG (ISO/IEC 15948)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    h, w = image.shape[:2]
    lines = np.concatenate([np.zeros((h, 1), np.uint8), image.reshape(h, -1)], 1)
    head = struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)), chunk(b"IEND", b"")
    Path(path).write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
