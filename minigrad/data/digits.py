"""The bundled data: 1,797 scanned handwritten digits of 8x8 pixels, and two fixed splits. See DIGITS.md."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import ArgumentError, DTypeError, FileError, ShapeError, describe

Array = Any

FILE = Path(__file__).with_name("digits.bin")
COUNT = 1797
SPLITS = {"stratified": 65, "file-order": 66}  # the column that holds each scan's part


class Part(NamedTuple):
    """Images (N, 1, 8, 8), float32 from 0 (paper) to 1 (ink), and their labels (N,), int64."""

    images: Array
    labels: Array


class Splits(NamedTuple):
    """1,197 scans to train on, 240 to choose by, 360 to be read once at the end."""

    train: Part
    val: Part
    test: Part


def digits(split: str = "stratified", path: str | Path = FILE) -> Splits:
    """The digits in three parts, each in file order, the same on every machine.

    Args:
        split: "stratified" has the classes in the same proportion in each part; "file-order" tests on the
            last 360 scans, mostly by other hands and harder, and stratifies the validation part in the rest.
        path: another copy of the file.

    Raises:
        ArgumentError: if there is no such split.
        FileError: if the file is missing, cut short or corrupt.

    Source: E. Alpaydin and C. Kaynak 1998, "Optical recognition of handwritten digits", UCI, CC BY 4.0.

    >>> train, val, test = digits()
    >>> train.images.shape, val.labels.shape, test.labels[:5]
    ((1197, 1, 8, 8), (240,), array([2, 0, 1, 0, 7]))
    """
    if split not in SPLITS:
        raise ArgumentError(f"digits: split {split!r} is not one of {[*SPLITS]}")
    rows = read(Path(path))
    images = (rows[:, :64] / np.float32(16)).reshape(-1, 1, 8, 8)
    labels = rows[:, 64].astype(np.int64)
    parts = [np.flatnonzero(rows[:, SPLITS[split]] == k) for k in range(3)]
    return Splits(*(Part(images[at], labels[at]) for at in parts))


def read(path: Path) -> Array:
    """The table in the file: 64 pixels, label and the two parts of each scan."""
    try:
        data = zlib.decompress(path.read_bytes())  # its checksum tells whether a byte has changed
    except OSError as error:
        raise FileError(
            f"digits: {path} cannot be read ({error.strerror}): install minigrad again"
        ) from error
    except zlib.error as error:
        raise FileError(
            f"digits: {path} is cut short or corrupt ({error}): install minigrad again"
        ) from error
    if len(data) != COUNT * 67:
        raise FileError(f"digits: {path} holds {len(data)} bytes, not {COUNT * 67}: it is another file")
    return np.frombuffer(data, np.uint8).reshape(COUNT, 67)


def to_size(images: Array, size: int = 28) -> Array:
    """Bring pictures to size x size by bicubic interpolation, cut to 0 to 1; beyond the edge is 0.

    The picture fills the whole frame; DIGITS.md says how this and the kernel were chosen.

    Shapes:
        images (N, C, H, W) -> (N, C, size, size), of the same dtype

    Raises:
        ShapeError: if `images` is not (N, C, H, W).
        DTypeError: if it is not floating.
        ArgumentError: if `size` is not at least 1.

    Source: Keys 1981, "Cubic convolution interpolation for digital image processing", equation 4.

    >>> to_size(digits().val.images).shape
    (240, 1, 28, 28)
    """
    if getattr(images, "ndim", None) != 4 or not isinstance(images, np.ndarray):
        raise ShapeError(f"to_size: images is {describe(images)}, and (N, C, H, W) is wanted")
    if images.dtype.kind != "f":
        raise DTypeError(f"to_size: images is {images.dtype}, and floats from 0 to 1 are wanted")
    if not isinstance(size, int) or size < 1:
        raise ArgumentError(f"to_size: size is {size}, and an integer of at least 1 is wanted")
    down, across = (weights(size, extent) for extent in images.shape[2:])
    y = down @ images.astype(np.float64) @ across.T
    return np.clip(y, 0.0, 1.0).astype(images.dtype)


def weights(size: int, extent: int) -> Array:
    """How much of each of `extent` pixels goes into each of `size` that cover the same length."""
    centres = (np.arange(size) + 0.5) * extent / size - 0.5
    return cubic(np.abs(centres[:, None] - np.arange(extent)))


def cubic(d: Array, a: float = -0.75) -> Array:
    """The kernel of bicubic interpolation at distance d >= 0."""
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = a * (((d - 5) * d + 8) * d - 4)
    return np.where(d < 1, near, np.where(d < 2, far, 0.0))
