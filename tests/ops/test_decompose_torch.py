"""Linear algebra compared with PyTorch: values and derivatives of what does not depend on a choice of vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_samples.case import f
from torch_parity import agree, close, torch

import minigrad as mg

inf = float("inf")
pytestmark = pytest.mark.filterwarnings("ignore:torch.(qr|cholesky|svd) is deprecated")

Call = Callable[[Any, Any], Any]


def regular(*shape: int, seed: str = "") -> Any:
    return f(*shape, low=-1.0, high=1.0, seed=seed) + 2.0 * np.eye(shape[-1])


def positive(*shape: int) -> Any:
    a = f(*shape, low=-1.0, high=1.0)
    return a @ np.swapaxes(a, -1, -2) * 0.3 + np.diag(np.arange(1.0, shape[-1] + 1))


def symmetric(x: Any) -> Any:
    return (x + x.mT) / 2


def both(call: Callable[..., Any], *xs: Any, order: int = 2, tolerance: float = 1e-9) -> None:
    agree(lambda *t: call(mg, *t), lambda *t: call(torch, *t), *xs, order=order, tolerance=tolerance)


def condition(m: Any, x: Any, p: Any) -> Any:
    """cond, whose gradient PyTorch does not compute, but in its parts."""
    if m is mg or 0 in x.shape:
        return m.linalg.cond(x, p)
    return torch.linalg.matrix_norm(x, p) * torch.linalg.matrix_norm(torch.linalg.inv(x), p)


# ---- of one regular matrix ------------------------------------------------------------------------------------------
REGULAR: dict[str, Call] = {
    "inv": lambda m, x: m.linalg.inv(x),
    "inverse": lambda m, x: m.inverse(x),
    "inverse method": lambda m, x: x.inverse(),
    "det": lambda m, x: m.linalg.det(x),
    "det method": lambda m, x: x.det(),
    "top det": lambda m, x: m.det(x),
    "slogdet": lambda m, x: m.linalg.slogdet(x),
    "slogdet names": lambda m, x: m.slogdet(x).logabsdet * m.slogdet(x).sign,
    "slogdet method": lambda m, x: x.slogdet(),
    "logdet": lambda m, x: m.logdet(x @ x),
    "logdet method": lambda m, x: (x @ x).logdet(),
    "pinv": lambda m, x: m.linalg.pinv(x),
    "pinverse": lambda m, x: m.pinverse(x),
    "matrix_exp": lambda m, x: m.matrix_exp(x),
    "linalg matrix_exp": lambda m, x: m.linalg.matrix_exp(x * 0.3),
    "matrix_exp method": lambda m, x: x.matrix_exp(),
    **{f"matrix_power {n}": (lambda m, x, n=n: m.linalg.matrix_power(x, n)) for n in (0, 1, 2, 3, 5, -1, -3)},
    "matrix_power method": lambda m, x: x.matrix_power(4),
    "svdvals": lambda m, x: m.linalg.svdvals(x),
    "svd S": lambda m, x: m.linalg.svd(x).S,
    "svd product": lambda m, x: m.linalg.svd(x)[0] @ m.linalg.svd(x).Vh,
    "svd projector": lambda m, x: m.linalg.svd(x).U[..., :1] @ m.linalg.svd(x).U[..., :1].mT,
    "qr": lambda m, x: m.linalg.qr(x),
    "qr complete": lambda m, x: m.linalg.qr(x, "complete"),
    "old qr": lambda m, x: (m.qr(x).Q, x.qr()[1]),
    "eigvalsh": lambda m, x: m.linalg.eigvalsh(symmetric(x)),
    "eigvalsh U": lambda m, x: m.linalg.eigvalsh(symmetric(x), UPLO="U"),
    "eigh values": lambda m, x: m.linalg.eigh(symmetric(x)).eigenvalues,
    "eigh squares": lambda m, x: m.linalg.eigh(symmetric(x), "U")[1] ** 2,
    "cond": lambda m, x: m.linalg.cond(x),
    "cond 2": lambda m, x: m.linalg.cond(x, 2),
    "cond -2": lambda m, x: m.linalg.cond(x, -2),
    **{f"cond {p}": (lambda m, x, p=p: condition(m, x, p)) for p in (1, -1, inf, -inf, "fro", "nuc")},
}


@pytest.mark.parametrize("shape", [(3, 3), (2, 2, 2), (2, 1, 2, 2), (1, 1)], ids=str)
@pytest.mark.parametrize("name", REGULAR)
def test_of_a_regular_matrix(name: str, shape: tuple[int, ...]) -> None:
    both(REGULAR[name], regular(*shape), order=1 if shape[-1] == 1 and "svd" in name else 2)


@pytest.mark.parametrize("shape", [(0, 0), (0, 2, 2), (2, 0, 0)], ids=str)
@pytest.mark.parametrize("name", [name for name in REGULAR if "projector" not in name])
def test_of_nothing(name: str, shape: tuple[int, ...]) -> None:
    both(REGULAR[name], np.zeros(shape), order=0)


# ---- of matrices of other shapes ------------------------------------------------------------------------------------
WIDE: dict[str, Call] = {
    "pinv": lambda m, x: m.linalg.pinv(x),
    "svdvals": lambda m, x: m.linalg.svdvals(x),
    "svd": lambda m, x: m.linalg.svd(x, full_matrices=False).U @ m.linalg.svd(x, full_matrices=False).Vh,
    "svd squares": lambda m, x: [t**2 for t in m.linalg.svd(x, full_matrices=False)],
    "old svd": lambda m, x: [t**2 for t in m.svd(x)],
    "old svd method": lambda m, x: x.svd(compute_uv=False).S,
    "qr": lambda m, x: m.linalg.qr(x),
    "cond": lambda m, x: m.linalg.cond(x),
    "cond -2": lambda m, x: m.linalg.cond(x, -2),
}


@pytest.mark.parametrize("shape", [(3, 2), (2, 3), (2, 4, 2), (2, 2, 4)], ids=str)
@pytest.mark.parametrize("name", WIDE)
def test_of_a_matrix_that_is_not_square(name: str, shape: tuple[int, ...]) -> None:
    both(WIDE[name], 0.5 * f(*shape) + np.eye(*shape[-2:]) * np.arange(2, 2 + shape[-1]))


@pytest.mark.parametrize("shape", [(3, 2), (2, 3)], ids=str)
def test_shapes_of_full_matrices(shape: tuple[int, int]) -> None:
    x = f(*shape)
    for call in (
        lambda m, x: m.linalg.svd(x),
        lambda m, x: m.svd(x, some=False),
        lambda m, x: m.svd(x, compute_uv=False),
        lambda m, x: m.qr(x, some=False),
        lambda m, x: m.linalg.qr(x, mode="complete"),
        lambda m, x: m.linalg.qr(x, mode="r"),
    ):
        mine, theirs = call(mg, mg.tensor(x)), call(torch, torch.tensor(x))
        assert [y.shape for y in mine] == [tuple(y.shape) for y in theirs]
        for y, z in zip(mine, theirs, strict=True):
            close(y**2, z**2)


@pytest.mark.parametrize(
    "matrix",
    [
        np.zeros((3, 3)),
        np.outer([1.0, 2, 3], [2.0, 1, -1]),
        np.arange(9.0).reshape(3, 3),
        np.eye(3),
        np.zeros((2, 2)),
    ],
    ids=["zero", "rank 1", "rank 2", "identity", "2 x 2 zero"],
)
def test_det_of_singular_matrices(matrix: Any) -> None:
    """The cofactors, which PyTorch has too; its second derivatives there are not finite or not right."""
    both(lambda m, x: m.det(x), matrix, order=1, tolerance=1e-7)


def test_pinv_of_lower_rank() -> None:
    a, b = f(4, 2), f(2, 3)
    both(lambda m, a, b: m.linalg.pinv(a @ b), a, b, order=1)


@pytest.mark.parametrize("shape", [(3, 3), (2, 2, 2), (0, 0)], ids=str)
def test_positive(shape: tuple[int, ...]) -> None:
    x, b = positive(*shape), f(*shape[:-2], shape[-1], 2)
    for call in (
        lambda m, x: m.linalg.cholesky(symmetric(x)),
        lambda m, x: m.linalg.cholesky(symmetric(x), upper=True),
        lambda m, x: m.cholesky(symmetric(x), True),
        lambda m, x: symmetric(x).cholesky(),
        lambda m, x: m.cholesky_inverse(m.linalg.cholesky(symmetric(x))),
        lambda m, x: m.linalg.cholesky(symmetric(x), upper=True).cholesky_inverse(upper=True),
        lambda m, x: m.linalg.pinv(symmetric(x), hermitian=True),
    ):
        both(call, x, order=0 if 0 in shape else 2)
    for call in (
        lambda m, x, b: m.cholesky_solve(b, m.linalg.cholesky(symmetric(x))),
        lambda m, x, b: b.cholesky_solve(m.linalg.cholesky(symmetric(x), upper=True), upper=True),
    ):
        both(call, x, b, order=0 if 0 in shape else 2)


def test_one_triangle_is_read() -> None:
    x = positive(3, 3)
    low, up = np.tril(x) + np.triu(np.full((3, 3), 9.0), 1), np.triu(x) + np.tril(np.full((3, 3), 9.0), -1)
    both(lambda m, x: m.linalg.cholesky(x), low, order=1)
    both(lambda m, x: m.linalg.cholesky(x, upper=True), up, order=1)
    both(lambda m, x: m.linalg.eigvalsh(x), low, order=1)
    both(lambda m, x: m.linalg.eigvalsh(x, UPLO="U"), up, order=1)
    both(lambda m, x: m.linalg.matrix_rank(x, hermitian=True), low, order=0)


# ---- systems --------------------------------------------------------------------------------------------------------
SYSTEMS = [
    ((3, 3), (3, 2)),
    ((3, 3), (3,)),
    ((2, 3, 3), (3, 2)),
    ((2, 3, 3), (2, 3)),
    ((2, 2, 2), (2, 2)),
    ((3, 3), (2, 3, 1)),
    ((2, 1, 2, 2), (3, 2, 2)),
    ((0, 0), (0, 2)),
    ((2, 2), (2, 0)),
    ((0, 2, 2), (2, 1)),
]


@pytest.mark.parametrize(("a", "b"), SYSTEMS, ids=str)
def test_solve(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    order = 0 if 0 in a + b else 2
    both(lambda m, a, b: m.linalg.solve(a, b), regular(*a), f(*b), order=order)
    right = np.swapaxes(f(*b), -1, -2).copy() if len(b) > 1 else f(*b)
    if len(b) > 1 and right.shape != a[:-1] != b:
        both(lambda m, a, b: m.linalg.solve(a, b, left=False), regular(*a), right, order=order)


@pytest.mark.parametrize(("a", "b"), [s for s in SYSTEMS if len(s[1]) > 1 and s[1] != s[0][:-1]], ids=str)
@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("unitriangular", [False, True])
def test_solve_triangular(a: tuple[int, ...], b: tuple[int, ...], upper: bool, unitriangular: bool) -> None:
    order, right = 0 if 0 in a + b else 2, np.swapaxes(f(*b), -1, -2).copy()
    half = (np.triu if upper else np.tril)(regular(*a))
    options = {"upper": upper, "unitriangular": unitriangular}
    both(lambda m, a, b: m.linalg.solve_triangular(a, b, **options), half, f(*b), order=order)
    both(lambda m, a, b: m.linalg.solve_triangular(a, b, left=False, **options), half, right, order=order)


def test_large_triangles() -> None:
    for upper in (False, True):
        a, b = f(2, 150, 150) * 0.02 + np.eye(150), f(150, 3)
        a = (np.triu if upper else np.tril)(a)
        both(lambda m, a, b, u=upper: m.linalg.solve_triangular(a, b, upper=u), a, b, order=1)


@pytest.mark.parametrize("driver", [None, "gelsy", "gelsd", "gelss", "gels"])
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((4, 2), (4, 3)),
        ((2, 4), (2, 3)),
        ((3, 3), (3,)),
        ((2, 4, 2), (2, 4)),
        ((2, 4, 2), (2, 4, 3)),
        ((0, 2), (0, 3)),
    ],
    ids=str,
)
def test_lstsq(driver: str | None, a: tuple[int, ...], b: tuple[int, ...]) -> None:
    x, y = f(*a) + np.eye(*a[-2:]), f(*b)
    mine = mg.linalg.lstsq(mg.tensor(x), mg.tensor(y), driver=driver)
    theirs = torch.linalg.lstsq(torch.tensor(x), torch.tensor(y), driver=driver)
    for name in ("solution", "residuals", "rank", "singular_values"):
        close(getattr(mine, name), getattr(theirs, name))
    if 0 not in a:
        both(lambda m, a, b: m.linalg.lstsq(a, b, driver=driver).solution, x, y, order=1)


def test_lstsq_of_lower_rank() -> None:
    x = np.array([[1.0, 2.0], [2.0, 4.0], [0.0, 1e-9]])
    for rcond in (None, 1e-3):
        mine = mg.linalg.lstsq(mg.tensor(x), mg.tensor(f(3, 1)), rcond=rcond, driver="gelsd")
        theirs = torch.linalg.lstsq(torch.tensor(x), torch.tensor(f(3, 1)), rcond=rcond, driver="gelsd")
        for y, z in zip(mine, theirs, strict=True):
            close(y, z, 1e-5 if rcond is None else 1e-10)  # the condition is 1e10


# ---- ranks ----------------------------------------------------------------------------------------------------------
TOLERANCES: list[dict[str, Any]] = [
    {},
    {"atol": 0.5},
    {"rtol": 0.2},
    {"atol": 0.5, "rtol": 0.2},
    {"atol": 0.0},
    {"atol": np.array([0.0, 5.0])},
    {"rtol": np.array([0.0, 0.2])},
]


@pytest.mark.parametrize("options", TOLERANCES, ids=str)
def test_tolerances(options: dict[str, Any]) -> None:
    x = np.stack([np.diag([4.0, 1.0, 0.3]), np.outer([1.0, 2, 3], [2.0, 1, -1])])
    mine, theirs = (
        {k: t(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
        for t in (mg.tensor, torch.tensor)
    )
    close(mg.linalg.matrix_rank(mg.tensor(x), **mine), torch.linalg.matrix_rank(torch.tensor(x), **theirs))
    close(mg.linalg.pinv(mg.tensor(x), **mine), torch.linalg.pinv(torch.tensor(x), **theirs))


@pytest.mark.parametrize("shape", [(0, 2), (2, 0), (0, 0), (0, 2, 2)], ids=str)
def test_of_no_elements(shape: tuple[int, ...]) -> None:
    for call in (
        lambda m, x: m.linalg.matrix_rank(x),
        lambda m, x: m.linalg.pinv(x),
        lambda m, x: m.linalg.qr(x),
        lambda m, x: m.linalg.svd(x),
        lambda m, x: m.linalg.svdvals(x),
    ):
        both(call, np.zeros(shape), order=0)


def test_cond_of_singular_matrices() -> None:
    x = np.stack([np.eye(2), np.zeros((2, 2)), np.ones((2, 2))])
    for p in (1, -1, inf, -inf, "fro"):
        both(lambda m, x, p=p: m.linalg.cond(x, p), x, order=0)
