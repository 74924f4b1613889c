"""Choices of kernels and of precision on the GPU: `mg.backends.cuda`, `mg.set_float32_matmul_precision`."""

from __future__ import annotations

from .backend.settings import settings
from .errors import ArgumentError

__all__ = ["cuda", "get_float32_matmul_precision", "set_float32_matmul_precision"]
PRECISIONS = ("highest", "high", "medium")


def set_float32_matmul_precision(precision: str) -> None:
    """How products of float32 are computed on a GPU: matrix products, batches of them, and convolutions.

    Args:
        precision: "highest" computes in float32 throughout. "high" and "medium" let tensor cores round each factor to
            tf32 (10 bits of fraction, an error of 2^-11 each) and sum in float32. On the CPU nothing changes.

    Raises:
        ArgumentError: for another word.

    >>> set_float32_matmul_precision("high")
    >>> get_float32_matmul_precision()
    'high'
    >>> set_float32_matmul_precision("highest")
    """
    if precision not in PRECISIONS:
        raise ArgumentError(
            f"set_float32_matmul_precision: precision is {precision!r}, where 'highest', 'high' or 'medium' is wanted"
        )
    settings.float32_matmul_precision = precision


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was given last; "highest" at first."""
    return settings.float32_matmul_precision


class Matmul:
    """`mg.backends.cuda.matmul`."""

    __slots__ = ()

    @property
    def allow_tf32(self) -> bool:
        """Whether products of float32 may round to tf32: the same choice as `set_float32_matmul_precision`."""
        return settings.float32_matmul_precision != "highest"

    @allow_tf32.setter
    def allow_tf32(self, allowed: bool) -> None:
        set_float32_matmul_precision("high" if allowed else "highest")


class Cuda:
    """`mg.backends.cuda`."""

    __slots__ = ()
    matmul = Matmul()

    @property
    def benchmark(self) -> bool:
        """Whether the first convolution of each shape tries all kernels that can do it, and the fastest is kept."""
        return settings.benchmark

    @benchmark.setter
    def benchmark(self, on: bool) -> None:
        settings.benchmark = bool(on)


cuda = Cuda()
