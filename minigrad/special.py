"""PyTorch's `torch.special`: functions of mathematics under their longer names."""

from __future__ import annotations

from .functional import log_softmax, softmax
from .ops import (
    digamma,
    entr,
    erf,
    erfc,
    erfinv,
    exp2,
    expm1,
    log1p,
    logit,
    logsumexp,
    round,  # noqa: A004
    sinc,
    xlog1py,
    xlogy,
)
from .ops import digamma as psi
from .ops import lgamma as gammaln
from .ops import sigmoid as expit
from .surface.elementwise import polygamma

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "log1p",
    "log_softmax",
    "logit",
    "logsumexp",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
]
