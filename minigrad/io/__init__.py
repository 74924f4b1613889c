"""Files: named tensors, and checkpoints of a training run."""

from __future__ import annotations

from .checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from .tensors import load_tensors, save_tensors

__all__ = ["Checkpoint", "load_checkpoint", "load_tensors", "save_checkpoint", "save_tensors"]
