"""`minigrad.functional`, in the place where PyTorch has it."""

from __future__ import annotations

from typing import Any

from .. import functional


def __getattr__(name: str) -> Any:
    return getattr(functional, name)


def __dir__() -> list[str]:
    return dir(functional)
