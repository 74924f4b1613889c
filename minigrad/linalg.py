"""PyTorch's `torch.linalg`: linear algebra over batches of matrices."""

from __future__ import annotations

from .errors import LinAlgError
from .ops import cholesky, det, eigvalsh, inv, matmul, matrix_exp, svdvals
from .surface.linalg import (
    cond,
    eig,
    eigh,
    lstsq,
    matrix_power,
    matrix_rank,
    pinv,
    slogdet,
    solve,
    solve_triangular,
    vecdot,
)
from .surface.linalg import eig as eigvals
from .surface.linalg import linalg_qr as qr
from .surface.linalg import linalg_svd as svd
from .surface.matrix import linalg_cross as cross
from .surface.matrix import multi_dot
from .surface.norm import linalg_norm as norm
from .surface.norm import matrix_norm, vector_norm

__all__ = [
    "LinAlgError",
    "cholesky",
    "cond",
    "cross",
    "det",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "vecdot",
    "vector_norm",
]
