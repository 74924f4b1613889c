"""Choices of the user that backends read; `minigrad.backends` is where they are made."""

from __future__ import annotations


class Settings:
    """How exact products of float32 are on the GPU, and whether convolutions are timed to choose a kernel."""

    float32_matmul_precision = "highest"
    benchmark = False


settings = Settings()
