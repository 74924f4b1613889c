"""Make minigrad/data/digits.bin from scikit-learn's copy of the scans: `python tools/make_digits.py`, once.

Needs scikit-learn, which minigrad itself does not. The file is a zlib stream of 1,797 rows of 67 bytes: 64
pixels (0 to 16, row by row), the label, and the scan's part in each split (0 train, 1 validation, 2 test).
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from minigrad.backend._philox import permutation

SEED = 1998  # the year of the data set
TEST, VALIDATION = 360, 240
TARGET = Path(__file__).parents[1] / "minigrad" / "data" / "digits.bin"


def shares(counts: np.ndarray, total: int) -> np.ndarray:
    """How many of each class make `total`: in proportion, rounded so that the largest remainders go up."""
    exact = counts * total / counts.sum()
    whole = np.floor(exact).astype(int)
    up = np.argsort(whole - exact, kind="stable")[: total - whole.sum()]
    whole[up] += 1
    return whole


def choose(labels: np.ndarray, free: np.ndarray, total: int, stream: int) -> np.ndarray:
    """`total` of the scans in `free`, stratified by class."""
    counts = np.bincount(labels[free], minlength=10)
    chosen = []
    for digit, share in enumerate(shares(counts, total)):
        members = free[labels[free] == digit]
        chosen.append(members[permutation((SEED, (16 * stream + digit) << 64), len(members))[:share]])
    return np.concatenate(chosen)


def main() -> None:
    """Read, check, split, pack, write."""
    scans = load_digits()
    images, labels = scans.images.reshape(1797, 64), scans.target
    assert images.min() == 0 and images.max() == 16 and (images == np.rint(images)).all()
    assert np.bincount(labels).tolist() == [
        178,
        182,
        177,
        183,
        181,
        182,
        181,
        179,
        174,
        180,
    ]  # as UCI lists them
    everything = np.arange(1797)
    stratified, file_order = np.zeros((2, 1797), np.uint8)
    stratified[choose(labels, everything, TEST, 0)] = 2
    stratified[choose(labels, np.flatnonzero(stratified == 0), VALIDATION, 1)] = 1
    file_order[-TEST:] = 2
    file_order[choose(labels, everything[:-TEST], VALIDATION, 2)] = 1
    rows = np.column_stack([images, labels, stratified, file_order]).astype(np.uint8)
    TARGET.write_bytes(zlib.compress(rows.tobytes(), 9))
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
