"""Hypothesis strategies for tests of ops: shapes, dtypes, indices, tensors in any memory, whole convolutions, einsum.

    from hypothesis import given
    from minigrad.testing import strategies as mgst

    @given(mgst.tensors(special=True))
    def test_abs_is_not_negative(x): ...

They are drawn by construction, without rejections, and shrink to few dims, small extents and contiguous memory.
"""

from __future__ import annotations

from ...errors import require

require("hypothesis", "minigrad.testing.strategies", "test")

from .einsum import EinsumConfig, einsum_configs  # noqa: E402
from .shapes import broadcastable_shapes, indices, shapes  # noqa: E402
from .tensors import LAYOUTS, dtypes, laid_out, special_values, tensors  # noqa: E402
from .windows import ConvConfig, PoolConfig, conv_configs, pool_configs  # noqa: E402

__all__ = [
    "LAYOUTS",
    "ConvConfig",
    "EinsumConfig",
    "PoolConfig",
    "broadcastable_shapes",
    "conv_configs",
    "dtypes",
    "einsum_configs",
    "indices",
    "laid_out",
    "pool_configs",
    "shapes",
    "special_values",
    "tensors",
]
