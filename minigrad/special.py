"""PyTorch's `torch.special`: functions of mathematics under their longer names."""

from __future__ import annotations

from types import FunctionType

from .errors import clear
from .functional import log_softmax, softmax
from .ops import (
    digamma,
    entr,
    erf,
    erfc,
    erfcx,
    erfinv,
    exp2,
    expm1,
    log1p,
    logit,
    logsumexp,
    ndtri,
    round,  # noqa: A004
    sinc,
    xlog1py,
    xlogy,
)
from .ops import digamma as psi
from .ops import igamma as gammainc
from .ops import igammac as gammaincc
from .ops import lgamma as gammaln
from .ops import sigmoid as expit
from .surface.elementwise import polygamma
from .surface.special import i0, i0e, i1, i1e, log_ndtr, ndtr
from .surface.special import i0 as modified_bessel_i0
from .surface.special import i1 as modified_bessel_i1
from .surface.special import mvlgamma as multigammaln

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcx",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammainc",
    "gammaincc",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "log1p",
    "log_ndtr",
    "log_softmax",
    "logit",
    "logsumexp",
    "modified_bessel_i0",
    "modified_bessel_i1",
    "multigammaln",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
]

for name in __all__:
    if isinstance(globals()[name], FunctionType):
        globals()[name] = clear(globals()[name])
