"""The CPU namespace: NumPy's names, plus what both NumPy and CuPy lack."""

from __future__ import annotations

import types
import warnings
from typing import Any

import numpy as np

from . import (
    _numpy_conv,
    _numpy_index,
    _numpy_integrals,
    _numpy_lu,
    _numpy_matmul,
    _numpy_norm,
    _numpy_pool,
    _numpy_reduce,
    _numpy_scan,
    _numpy_softmax,
    _numpy_sort,
    _numpy_special,
    _philox,
)

# Infinity and NaN are results like any other, as in PyTorch: what NumPy warns of in minigrad's own lines is not shown.
FLOATING = "(divide by zero|overflow|underflow|invalid value) encountered"
warnings.filterwarnings("ignore", FLOATING, RuntimeWarning, r"minigrad\.")


class Zeros(dict[Any, Any]):
    """A 0-d zero of each dtype: with a Python number NumPy takes twice as long over a small array."""

    def __missing__(self, dtype: Any) -> Any:
        zero = self[dtype] = np.zeros((), dtype)
        zero.flags.writeable = False
        return zero


EXTRAS: dict[str, Any] = {
    "zero": Zeros(),
    "product": _numpy_matmul.product,
    "total": _numpy_reduce.total,
    "add_at": _numpy_index.add_at,
    "overwritten": _numpy_index.overwritten,
    "diagonal": _numpy_index.diagonal,
    "strided": _numpy_index.strided,
    "join_at": _numpy_index.join_at,
    "local": _numpy_index.local,
    "outside": _numpy_index.outside,
    "set_at": _numpy_index.set_at,
    "running_extreme": _numpy_scan.running_extreme,
    "running_place": _numpy_scan.running_place,
    "linear_scan": _numpy_scan.linear_scan,
    "stable_order": _numpy_sort.stable_order,
    "searchsorted_rows": _numpy_sort.searchsorted_rows,
    "conv": _numpy_conv.conv,
    "conv_input": _numpy_conv.conv_input,
    "conv_weight": _numpy_conv.conv_weight,
    "im2col": _numpy_conv.im2col,
    "col2im": _numpy_conv.col2im,
    "max_pool": _numpy_pool.max_pool,
    "adaptive_max_pool": _numpy_pool.adaptive_max_pool,
    "fractional_max_pool": _numpy_pool.fractional_max_pool,
    "pool_put": _numpy_pool.pool_put,
    "pool_set": _numpy_pool.pool_set,
    "pool_take": _numpy_pool.pool_take,
    "avg_pool": _numpy_pool.avg_pool,
    "avg_pool_input": _numpy_pool.avg_pool_input,
    "softmax": _numpy_softmax.softmax,
    "softmax_input": _numpy_softmax.softmax_input,
    "cross_entropy": _numpy_softmax.cross_entropy,
    "cross_entropy_input": _numpy_softmax.cross_entropy_input,
    "normalize": _numpy_norm.normalize,
    "normalize_input": _numpy_norm.normalize_input,
    "erf": _numpy_special.erf,
    "erfc": _numpy_special.erfc,
    "erfinv": _numpy_special.erfinv,
    "lgamma": _numpy_special.lgamma,
    "digamma": _numpy_special.digamma,
    "polygamma": _numpy_special.polygamma,
    "bessel_i": _numpy_integrals.bessel_i,
    "erfcx": _numpy_integrals.erfcx,
    "gamma_integral": _numpy_integrals.gamma_integral,
    "ndtri": _numpy_integrals.ndtri,
    "lu_factor": _numpy_lu.lu_factor,
    "rows_of": _numpy_lu.rows_of,
    "dropout": _philox.dropout,
    "philox_bits": _philox.bits,
    "philox_uniform": _philox.uniform,
    "philox_normal": _philox.normal,
    "philox_exponential": _philox.exponential,
    "philox_randint": _philox.randint,
    "philox_permutation": _philox.permutation,
}


def build() -> types.ModuleType:
    """NumPy's names as attributes of one module, so that a lookup costs what it costs in NumPy."""
    xp = types.ModuleType("minigrad.backend.numpy", __doc__)
    xp.__dict__.update({k: v for k, v in vars(np).items() if not k.startswith("__")})
    xp.__dict__.update(EXTRAS, device="cpu")
    return xp


xp = build()
