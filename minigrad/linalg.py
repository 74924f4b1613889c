"""PyTorch's `torch.linalg`: linear algebra over batches of matrices."""

from __future__ import annotations

from types import FunctionType

from .errors import LinAlgError, clear
from .ops import cholesky, det, eigvalsh, inv, matmul, matrix_exp
from .surface.factor import (
    cholesky_ex,
    householder_product,
    inv_ex,
    lu,
    lu_factor,
    lu_factor_ex,
    solve_ex,
    tensorinv,
    tensorsolve,
)
from .surface.factor import linalg_diagonal as diagonal
from .surface.factor import linalg_lu_solve as lu_solve
from .surface.factor import linalg_vander as vander
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
from .surface.linalg import linalg_svdvals as svdvals
from .surface.matrix import linalg_cross as cross
from .surface.matrix import multi_dot
from .surface.norm import linalg_norm as norm
from .surface.norm import matrix_norm, vector_norm

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
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
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]

for name in __all__:
    if isinstance(globals()[name], FunctionType):
        globals()[name] = clear(globals()[name])
