"""`minigrad.functional`, in the place where PyTorch has it."""

from __future__ import annotations

from typing import Any

from .. import functional
from ..functional import __all__ as __all__


def __getattr__(name: str) -> Any:
    return getattr(functional, name)
