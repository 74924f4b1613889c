"""Data: the bundled digits, random changes to pictures, mini-batches."""

from __future__ import annotations

from .augment import batches, random_affine
from .digits import Part, Splits, digits, to_size

__all__ = ["Part", "Splits", "batches", "digits", "random_affine", "to_size"]
