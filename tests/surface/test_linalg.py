"""Linear algebra without PyTorch: what must hold, elimination by hand, slopes by differences, what is refused."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_samples.by_hand import eliminated, leibniz, product, singular
from op_samples.case import f

import minigrad as mg
from minigrad import linalg
from minigrad.core import Tensor
from minigrad.errors import ArgumentError, DTypeError, GradientError, LinAlgError, MinigradError, ShapeError
from minigrad.testing import gradcheck

Array = Any
inf = math.inf


def regular(n: int, seed: str = "") -> Array:
    return f(n, n, low=-1.0, high=1.0, seed=seed) + 2.0 * np.eye(n)


def positive(n: int) -> Array:
    a = f(n, n)
    return product(a, a.T) + np.eye(n)


def t(x: Any, dtype: Any = None) -> Tensor:
    return mg.tensor(x, dtype=dtype, requires_grad=True)


def norms(a: Array, p: Any) -> float:
    sizes = np.abs(a)
    if p == "fro":
        return math.sqrt(float((a * a).sum()))
    if p == "nuc":
        return float(sum(singular(a)[1]))
    return float({1: max, -1: min, inf: max, -inf: min}[p](sizes.sum(0 if abs(p) == 1 else 1)))


A, S, B = regular(3), positive(3), f(3, 2)
L = np.tril(regular(3, "low"))
LOW_RANK = np.outer([1.0, 2.0, 3.0, 4.0], [1.0, -1.0])
CALLS: dict[str, tuple[Callable[..., Any], list[Array], Callable[..., Array]]] = {
    "solve": (linalg.solve, [A, B], eliminated),
    "solve a vector": (linalg.solve, [A, B[:, 0]], lambda a, b: eliminated(a, b[:, None])[:, 0]),
    "solve from the right": (
        lambda a, b: linalg.solve(a, b, left=False),
        [A, f(2, 3)],
        lambda a, b: eliminated(a.T, b.T).T,
    ),
    "solve_triangular": (
        lambda a, b: linalg.solve_triangular(a, b, upper=False),
        [L, B],
        lambda a, b: eliminated(np.tril(a), b),
    ),
    "solve_triangular from the right": (
        lambda a, b: linalg.solve_triangular(a, b, upper=True, left=False),
        [L.T.copy(), f(2, 3)],
        lambda a, b: eliminated(np.triu(a).T, b.T).T,
    ),
    "cholesky_solve": (mg.cholesky_solve, [B, L], lambda b, c: eliminated(product(c, c.T), b)),
    "cholesky_solve upper": (
        lambda b, c: b.cholesky_solve(c, upper=True),
        [B, L.T.copy()],
        lambda b, c: eliminated(product(c.T, c), b),
    ),
    "cholesky_inverse": (mg.cholesky_inverse, [L], lambda c: eliminated(product(c, c.T), np.eye(3))),
    "inverse": (mg.inverse, [A], lambda a: eliminated(a, np.eye(3))),
    "lstsq": (
        lambda a, b: linalg.lstsq(a, b).solution,
        [f(4, 2), f(4, 3)],
        lambda a, b: eliminated(product(a.T, a), product(a.T, b)),
    ),
    "lstsq of more unknowns": (
        lambda a, b: linalg.lstsq(a, b).solution,
        [f(2, 4), f(2, 3)],
        lambda a, b: product(a.T, eliminated(product(a, a.T), b)),
    ),
    "lstsq residuals": (
        lambda a, b: linalg.lstsq(a, b, driver="gelsd").residuals,
        [f(4, 2), f(4, 3)],
        lambda a, b: ((product(a, eliminated(product(a.T, a), product(a.T, b))) - b) ** 2).sum(0),
    ),
    "pinverse": (mg.pinverse, [A], lambda a: eliminated(a, np.eye(3))),
    "logdet": (mg.logdet, [np.diag([2.0, 3.0, 4.0])], lambda a: np.array(math.log(24.0))),
    "power 3": (lambda a: linalg.matrix_power(a, 3), [A], lambda a: product(product(a, a), a)),
    "power -2": (lambda a: mg.matrix_power(a, -2), [A], lambda a: eliminated(product(a, a), np.eye(3))),
    "power 1": (lambda a: a.matrix_power(1), [A], lambda a: a),
    "qr r": (lambda a: linalg.qr(a, mode="r").R ** 2, [A], lambda a: np.linalg.cholesky(a.T @ a).T ** 2),
    "svd": (lambda a: mg.svd(a).U @ mg.svd(a).V.mT, [A], lambda a: product(*singular(a)[::2])),
    "cond": (linalg.cond, [A], lambda a: np.array(singular(a)[1][0] / singular(a)[1][-1])),
    "cond -2": (
        lambda a: linalg.cond(a, -2),
        [A],
        lambda a: np.array(singular(a)[1][-1] / singular(a)[1][0]),
    ),
    **{
        f"cond {p}": (
            lambda a, p=p: linalg.cond(a, p),
            [A],
            lambda a, p=p: np.array(norms(a, p) * norms(eliminated(a, np.eye(3)), p)),
        )
        for p in (1, -1, inf, -inf, "fro", "nuc")
    },
}


@pytest.mark.parametrize("name", CALLS)
def test_values_and_slopes(name: str) -> None:
    call, xs, reference = CALLS[name]
    ts = [t(x) for x in xs]
    np.testing.assert_allclose(call(*ts).detach().numpy(), reference(*xs), 1e-10, 1e-11)
    gradcheck(call, ts)
    gradcheck(call, ts, order=2, fast_mode=True)


# ---- what must hold of the factors ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "shape", [(4, 4), (5, 3), (3, 5), (2, 3, 4, 2), (1, 1), (0, 3), (3, 0), (0, 2, 2)], ids=str
)
def test_factors(shape: tuple[int, ...]) -> None:
    x = mg.tensor(f(*shape))
    n, m = shape[-2:]

    def orthogonal(q: Tensor) -> None:
        np.testing.assert_allclose(
            (q.mT @ q).numpy(), np.broadcast_to(np.eye(q.shape[-1]), (q.mT @ q).shape), atol=1e-13
        )

    for some in (True, False):
        q, r = linalg.qr(x, "reduced" if some else "complete")
        assert q.shape[-1] == r.shape[-2] == (min(n, m) if some else n)
        orthogonal(q)
        np.testing.assert_allclose((q @ r).numpy(), x.numpy(), atol=1e-13)
        assert (mg.tril(r, -1) == 0).all()
        u, s, vh = linalg.svd(x, full_matrices=not some)
        orthogonal(u)
        orthogonal(vh.mT)
        k = min(n, m)
        np.testing.assert_allclose(
            ((u[..., :k] * s[..., None, :]) @ vh[..., :k, :]).numpy(), x.numpy(), atol=1e-13
        )
        assert (s >= 0).all() and (s[..., 1:] <= s[..., :-1]).all()
        np.testing.assert_allclose(linalg.svdvals(x).numpy(), s.numpy(), atol=1e-13)
    square = x @ x.mT
    w, v = linalg.eigh(square)
    orthogonal(v)
    np.testing.assert_allclose(((v * w[..., None, :]) @ v.mT).numpy(), square.numpy(), atol=1e-12)
    np.testing.assert_allclose(linalg.eigvalsh(square).numpy(), w.numpy(), atol=1e-12)
    assert (w[..., 1:] >= w[..., :-1]).all()


@pytest.mark.parametrize("x", [A, f(4, 2), f(2, 4), LOW_RANK, np.zeros((2, 3))], ids=lambda x: str(x.shape))
def test_the_pseudo_inverse_keeps_penrose_s_four_rules(x: Array) -> None:
    y = linalg.pinv(mg.tensor(x)).numpy()
    for got, want in ((x @ y @ x, x), (y @ x @ y, y), ((x @ y).T, x @ y), ((y @ x).T, y @ x)):
        np.testing.assert_allclose(got, want, atol=1e-13)


def test_results_by_name() -> None:
    x = mg.tensor(A)
    assert linalg.slogdet(x)._fields == mg.slogdet(x)._fields == ("sign", "logabsdet")
    assert linalg.qr(x)._fields == x.qr()._fields == ("Q", "R")
    assert linalg.svd(x)._fields == ("U", "S", "Vh") and mg.svd(x)._fields == ("U", "S", "V")
    assert linalg.eigh(x)._fields == ("eigenvalues", "eigenvectors")
    assert linalg.lstsq(x, x)._fields == ("solution", "residuals", "rank", "singular_values")
    assert linalg.qr(x, mode="r").Q.shape == (0,)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_dtypes_stay(dtype: str) -> None:
    x, b = t(S, dtype), t(B, dtype)
    ys = [
        linalg.solve(x, b),
        x.logdet(),
        *linalg.svd(x),
        *linalg.eigh(x),
        *x.qr(),
        x.cholesky(),
        linalg.cond(x, "nuc"),
    ]
    ys += [*linalg.slogdet(x), linalg.pinv(x), x.matrix_power(-2), x.matrix_power(0), x.det(), x.matrix_exp()]
    ys += [linalg.lstsq(x, b).solution, mg.cholesky_inverse(x), linalg.lstsq(x, b, driver="gelss").residuals]
    assert {y.dtype for y in ys} == {x.dtype}
    for y in ys:
        if y.requires_grad:
            (g,) = mg.autograd.grad(y, [x], mg.ones_like(y), retain_graph=True)
            assert g.dtype == x.dtype


def test_powers_of_integers() -> None:
    x = mg.tensor([[1, 1], [1, 0]])
    assert x.matrix_power(10).tolist() == [[89, 55], [55, 34]] and x.matrix_power(0).tolist() == [
        [1, 0],
        [0, 1],
    ]


def test_a_power_of_1_is_a_copy() -> None:
    x = mg.ones(2, 2)
    y = x.matrix_power(1)
    y += 1.0
    assert x.tolist() == [[1.0, 1.0]] * 2


# ---- where matrices are singular, and where values are equal -------------------------------------------------------
def test_logdet_and_slogdet_at_their_ends() -> None:
    x = mg.tensor(
        [[[1.0, 2.0], [2.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]], [[2.0, 0.0], [0.0, 3.0]]], requires_grad=True
    )
    y = mg.logdet(x)
    assert (
        y[0].item() == -inf
        and math.isnan(y[1].item())
        and math.isclose(y[2].item(), math.log(6), rel_tol=1e-6)
    )
    sign, logabsdet = mg.slogdet(x)
    assert sign.tolist() == [0.0, -1.0, 1.0] and not sign.requires_grad
    mg.where(sign > 0, logabsdet, 0.0).sum().backward()
    assert x.grad[:2].tolist() == [[[0.0, 0.0]] * 2] * 2  # the singular one is not asked, and does no harm
    np.testing.assert_allclose(x.grad[2].numpy(), [[0.5, 0.0], [0.0, 1 / 3]], rtol=1e-6)
    x.grad = None
    mg.slogdet(x)[1].sum().backward()
    assert mg.isnan(x.grad[0]).all() and mg.isfinite(x.grad[1:]).all()


def test_det_of_a_large_singular_matrix() -> None:
    """One cofactor is checked by the determinant that it is, and the second derivative by differences of gradients."""
    x = f(12, 12)
    x[:, 3] = x[:, 4]
    leaf = t(x)
    (g,) = mg.autograd.grad(mg.det(leaf), [leaf], create_graph=True)
    minor = np.delete(np.delete(x, 2, 0), 3, 1)
    scale = abs(g.detach().numpy()).max()
    np.testing.assert_allclose(g[2, 3].item(), -linalg.det(mg.tensor(minor)).item(), rtol=1e-9)
    (h,) = mg.autograd.grad((g * mg.tensor(f(12, 12, seed="w"))).sum(), [leaf])

    def slope(at: Array) -> float:
        one = t(at)
        mg.det(one).backward()
        return float((one.grad.numpy() * f(12, 12, seed="w")).sum())

    d, step = f(12, 12, seed="d"), 1e-4
    want = (slope(x + step * d) - slope(x - step * d)) / (2 * step)
    np.testing.assert_allclose(float((h.numpy() * d).sum()), want, rtol=1e-6, atol=1e-6 * scale)


@pytest.mark.parametrize(
    "columns", [(1, 1, 1, 1, 1), (-1, 1, 1, 1, 1), (1, 1, 0, 1, 1), (0, 0, 1, -1, 1), (1, 0, 0, 0, 0)]
)
def test_det_has_one_gradient_recorded_or_not(columns: tuple[int, ...]) -> None:
    x = t(np.stack([f(5, 5) * columns, f(5, 5, seed="b")]))
    (plain,) = mg.autograd.grad(mg.det(x).sum(), [x])
    (recorded,) = mg.autograd.grad(mg.det(x).sum(), [x], create_graph=True)
    np.testing.assert_allclose(recorded.detach().numpy(), plain.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("rank", [0, 1, 2, 4, 5])
def test_every_derivative_of_det(rank: int) -> None:
    """det(x + t d) is a polynomial of t, whose coefficients its values at six places give."""
    x, d = product(f(5, rank), f(rank, 5, seed="b")), f(5, 5, seed="d")
    places = [-2.0, -1.0, 0.5, 1.0, 2.0, 3.0]
    powers = np.array([[at**k for k in range(6)] for at in places])
    coefficients = eliminated(powers, np.array([[leibniz(x + at * d)] for at in places]))[:, 0]
    at = t(0.0, mg.float64)
    y = mg.det(mg.tensor(x) + at * mg.tensor(d))
    for k in range(6):
        assert math.isclose(y.item(), math.factorial(k) * coefficients[k], rel_tol=1e-9, abs_tol=1e-9), k
        if k < 5:
            (y,) = mg.autograd.grad(y, [at], create_graph=True)


def test_values_have_slopes_where_they_are_equal_and_vectors_have_none() -> None:
    x = t(np.eye(3))
    linalg.svdvals(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.eye(3), atol=1e-14)
    x.grad = None
    linalg.eigh(x).eigenvalues.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.eye(3), atol=1e-14)
    x.grad = None
    (linalg.eigh(x).eigenvectors * mg.tensor(f(3, 3))).sum().backward()
    assert not mg.isfinite(x.grad).all()


def test_the_rest_of_a_square_q_has_no_slope() -> None:
    x = t(f(3, 2))
    with pytest.raises(GradientError, match="qr: mode 'complete' of matrices 3 x 2 has no derivative"):
        linalg.qr(x, "complete").R.sum().backward()


def test_qr_of_dependent_columns_has_no_slope() -> None:
    with pytest.raises(
        LinAlgError, match=r"qr: q float64\[2, 2\] has no derivative: the columns of x are dependent"
    ):
        linalg.qr(t(np.diag([1.0, 0.0]))).Q.sum().backward()


def test_a_large_gradient_costs_matrix_exp_no_digits() -> None:
    x = t([[2.6]], mg.float64)
    x.matrix_exp().backward(mg.tensor([[1e10]], dtype=mg.float64))
    assert math.isclose(x.grad.item(), 1e10 * math.exp(2.6), rel_tol=1e-13)


def test_of_symmetric_matrices_the_gradient_is_symmetric() -> None:
    for call in (
        linalg.cholesky,
        linalg.eigvalsh,
        lambda x: linalg.eigh(x)[1] ** 2,
        lambda x: linalg.pinv(x, hermitian=True),
    ):
        x = t(S)
        (call(x) * mg.tensor(f(3, 3))).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), x.grad.numpy().T, rtol=1e-12)


# ---- what is refused ------------------------------------------------------------------------------------------------
def z(*shape: int, dtype: Any = None) -> Tensor:
    return mg.zeros(*shape, dtype=dtype)


E = mg.eye(2)
I64 = mg.int64
MISUSES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: linalg.solve(z(2, 3), z(2)), ShapeError, r"solve: A is float32\[2, 3\], where square matrices"),
    (lambda: linalg.solve(z(2, 2), z(2)), LinAlgError, r"solve: the matrix float32\[2, 2\] is singular"),
    (
        lambda: linalg.solve(mg.stack([E, z(2, 2)]), z(2, 1)),
        LinAlgError,
        r"solve: the matrix \[1\] is singular",
    ),
    (
        lambda: linalg.solve(E, z(2), left=False),
        ShapeError,
        r"solve: B float32\[2\] is a vector, where left=False",
    ),
    (lambda: linalg.solve(E, z(2, 3), left=False), ShapeError, r"solve: .* where B \(..., K, N\) is wanted"),
    (lambda: linalg.solve(E, z(3)), ShapeError, r"solve: A is .* where B \(..., 2, K\) is wanted"),
    (lambda: linalg.solve(E, 1.0), DTypeError, "solve: B is a float, where a tensor is wanted"),
    (lambda: linalg.solve_triangular(E, z(3, 2), upper=True), ShapeError, "solve_triangular: A is"),
    (
        lambda: linalg.solve_triangular(E, z(2, 3), upper=True, left=False),
        ShapeError,
        "solve_triangular: A is",
    ),
    (lambda: linalg.solve_triangular(z(2, 2), E, upper=True), LinAlgError, "solve_triangular: .* has a 0 on"),
    (lambda: linalg.lstsq(z(3, 2), z(2, 2)), ShapeError, "lstsq: A is .* and B .* are wanted"),
    (lambda: linalg.lstsq(z(3), z(3)), ShapeError, "lstsq: A is"),
    (lambda: linalg.lstsq(E, E, driver="qr"), ArgumentError, "lstsq: driver is 'qr'"),
    (lambda: linalg.lstsq(z(3, 2), z(3), driver="gels"), LinAlgError, "lstsq: A .* has not full rank"),
    (lambda: linalg.lstsq(z(3, 2, dtype=I64), z(3, 2)), DTypeError, "pinv: x is int64"),
    (lambda: mg.cholesky_solve(z(3, 1), E), ShapeError, "cholesky_solve: B is"),
    (lambda: mg.cholesky_solve(z(2), E), ShapeError, "cholesky_solve: B is"),
    (lambda: mg.cholesky_solve(z(2, 1), z(2, 2)), LinAlgError, "solve_triangular: .* 0 on its diagonal"),
    (
        lambda: mg.cholesky_inverse(z(2, 3)),
        ShapeError,
        r"cholesky_inverse: L is float32\[2, 3\], where square",
    ),
    (lambda: mg.cholesky_inverse(z(2, 2)), LinAlgError, "solve_triangular: "),
    (lambda: mg.cholesky_inverse(2), DTypeError, "cholesky_inverse: L is a int"),
    (lambda: mg.cholesky(-E), LinAlgError, r"cholesky: the matrix float32\[2, 2\] is not positive definite"),
    (lambda: linalg.inv(mg.stack([E, E, z(2, 2)])), LinAlgError, r"inv: the matrix \[2\] is singular"),
    (lambda: mg.logdet(z(2, 3)), ShapeError, "logdet: input is"),
    (lambda: mg.logdet(z(2)), ShapeError, "logdet: input is"),
    (lambda: mg.logdet(z(2, 2, dtype=I64)), DTypeError, "slogdet: x is int64"),
    (lambda: linalg.matrix_power(z(2, 3), 2), ShapeError, "matrix_power: A is"),
    (lambda: linalg.matrix_power(E, 0.5), DTypeError, "matrix_power: n is 0.5, where an int is wanted"),
    (lambda: linalg.matrix_power(z(2, 2), -1), LinAlgError, "inv: .* is singular"),
    (lambda: linalg.matrix_power(z(2, 2, dtype=I64), -1), DTypeError, "inv: x is int64"),
    (lambda: linalg.cond(E, 3), ArgumentError, "cond: p is 3, where None, 2"),
    (lambda: linalg.cond(z(2, 3), 1), ShapeError, r"cond: A is float32\[2, 3\], where square matrices"),
    (lambda: linalg.cond(z(3)), ShapeError, r"svdvals: x is float32\[3\]"),
    (lambda: linalg.cond(z(2, 2, dtype=I64)), DTypeError, "svdvals: x is int64"),
    (lambda: linalg.qr(E, "R"), ArgumentError, "qr: mode is 'R'"),
    (lambda: mg.svd(z(3)), ShapeError, r"svd: x is float32\[3\]"),
    (lambda: linalg.eigh(E, "l"), ArgumentError, "eigh: UPLO is 'l'"),
    (lambda: linalg.eig(E), DTypeError, r"eig: the eigenvalues of A float32\[2, 2\] are complex"),
    (lambda: linalg.eigvals(E), DTypeError, "eig: the eigenvalues"),
    (lambda: linalg.pinv(z(3)), ShapeError, "pinv: x is"),
    (lambda: linalg.matrix_rank(z(3)), ShapeError, "matrix_rank: x is"),
    (lambda: linalg.svdvals(mg.full((2, 2), inf)), LinAlgError, "svdvals: .* holds NaN or infinities"),
]


@pytest.mark.parametrize(("call", "error", "match"), MISUSES, ids=[m[2][:40] for m in MISUSES])
def test_misuse(call: Callable[[], Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert isinstance(caught.value, MinigradError)
    assert re.match(rf"(\w+: )?({match})", str(caught.value)), str(caught.value)


def test_a_singular_matrix_is_a_runtime_error() -> None:
    """As in PyTorch."""
    with pytest.raises(RuntimeError):
        linalg.inv(z(2, 2))
    assert linalg.LinAlgError is LinAlgError
