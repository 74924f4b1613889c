"""minigrad: a GPU-accelerated autodiff framework that a reader can hold in their head."""

from __future__ import annotations

from . import autograd, functional, ops
from .autograd import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from .core import Tensor, op
from .creation import *
from .dtypes import (
    bool_,
    float16,
    float32,
    float64,
    get_default_dtype,
    int8,
    int16,
    int32,
    int64,
    set_default_dtype,
    uint8,
)
from .ops import *
from .surface import *
from .surface_shape import *
from .tensor import tensor

__version__ = "0.1.0"
