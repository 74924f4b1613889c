"""Products in PyTorch's signatures, compared with PyTorch to second order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_samples.case import distinct, f, ints
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F

inf = float("inf")
pytestmark = pytest.mark.filterwarnings(
    "ignore:Using torch.cross without", "ignore:torch.chain_matmul is dep"
)

ADDED = [
    ("addmm", [(2, 4), (2, 3), (3, 4)]),
    ("addmm", [(4,), (2, 3), (3, 4)]),
    ("addmm", [(2, 1), (2, 3), (3, 4)]),
    ("addmm", [(2, 4), (2, 0), (0, 4)]),
    ("addmv", [(2,), (2, 3), (3,)]),
    ("addmv", [(1,), (2, 3), (3,)]),
    ("addr", [(2, 3), (2,), (3,)]),
    ("addr", [(3,), (2,), (3,)]),
    ("baddbmm", [(2, 3, 5), (2, 3, 4), (2, 4, 5)]),
    ("baddbmm", [(3, 5), (2, 3, 4), (2, 4, 5)]),
    ("baddbmm", [(1, 1, 1), (2, 3, 4), (2, 4, 5)]),
    ("baddbmm", [(0, 3, 5), (0, 3, 4), (0, 4, 5)]),
    ("addbmm", [(3, 5), (2, 3, 4), (2, 4, 5)]),
    ("addbmm", [(5,), (2, 3, 4), (2, 4, 5)]),
    ("addbmm", [(3, 5), (0, 3, 4), (0, 4, 5)]),
]


@pytest.mark.parametrize(("name", "shapes"), ADDED, ids=str)
@pytest.mark.parametrize("factors", [{}, {"beta": 0.5, "alpha": -2.0}, {"beta": 0}, {"alpha": 0.0}], ids=str)
def test_added(name: str, shapes: Any, factors: Any) -> None:
    xs = [f(*shape, seed=str(k)) for k, shape in enumerate(shapes)]
    agree(lambda *t: getattr(mg, name)(*t, **factors), lambda *t: getattr(torch, name)(*t, **factors), *xs)
    agree(lambda x, *t: getattr(x, name)(*t, **factors), lambda x, *t: getattr(x, name)(*t, **factors), *xs)


@pytest.mark.parametrize("name", ["addmm", "addmv", "addr", "baddbmm", "addbmm"])
def test_added_integers_and_in_place(name: str) -> None:
    shapes = next(shapes for n, shapes in ADDED if n == name)
    xs = [ints(*shape, seed=str(k)) for k, shape in enumerate(shapes)]
    mine, theirs = [mg.tensor(x) for x in xs], [torch.tensor(x) for x in xs]
    close(getattr(mg, name)(*mine, beta=2, alpha=3), getattr(torch, name)(*theirs, beta=2, alpha=3))
    close(getattr(mine[0], f"{name}_")(*mine[1:]), getattr(theirs[0], f"{name}_")(*theirs[1:]))
    x = mg.full_like(mg.tensor(f(*shapes[0])), float("nan"))
    assert np.isfinite(getattr(mg, name)(x, *[mg.tensor(f(*s)) for s in shapes[1:]], beta=0).numpy()).all()


CALLS: list[tuple[str, Callable[[Any, Any, Any], Any], list[Any]]] = [
    ("ger", lambda m, a, b: m.ger(a, b), [(2,), (3,)]),
    ("vdot", lambda m, a, b: m.vdot(a, b), [(3,), (3,)]),
    ("inner", lambda m, a, b: m.inner(a, b), [(3,), (3,)]),
    ("inner", lambda m, a, b: m.inner(a, b), [(2, 3), (4, 5, 3)]),
    ("inner", lambda m, a, b: m.inner(a, b), [(), (2, 3)]),
    ("inner", lambda m, a, b: a.inner(b), [(2, 0), (3, 0)]),
    ("tensordot", lambda m, a, b: m.tensordot(a, b), [(2, 3, 4), (3, 4, 5)]),
    ("tensordot", lambda m, a, b: m.tensordot(a, b, 0), [(2,), (3, 2)]),
    ("tensordot", lambda m, a, b: m.tensordot(a, b, dims=1), [(2, 3), (3, 2)]),
    ("tensordot", lambda m, a, b: m.tensordot(a, b, dims=([1, 0], [0, -1])), [(2, 3, 4), (3, 5, 2)]),
    ("tensordot", lambda m, a, b: m.tensordot(a, b, dims=[[0], [1]]), [(2, 3), (4, 2)]),
    ("tensordot", lambda m, a, b: m.tensordot(a, b, dims=([], [])), [(2,), (3,)]),
    ("tensordot", lambda m, a, b: m.tensordot(a, b, dims=([1], [0])), [(2, 3), (1, 4)]),
    ("tensordot", lambda m, a, b: m.tensordot(a, b, dims=([1], [0])), [(2, 1), (3, 4)]),
    ("tensordot", lambda m, a, b: m.tensordot(a, b, dims=([1], [0])), [(2, 0), (0, 4)]),
    ("kron", lambda m, a, b: m.kron(a, b), [(2, 3), (3, 2)]),
    ("kron", lambda m, a, b: a.kron(b), [(2,), (3, 2, 2)]),
    ("kron", lambda m, a, b: m.kron(a, b), [(2, 1, 3), ()]),
    ("kron", lambda m, a, b: m.kron(a, b), [(0, 2), (3, 2)]),
    ("cross", lambda m, a, b: m.linalg.cross(a, b), [(2, 3), (2, 3)]),
    ("cross", lambda m, a, b: m.linalg.cross(a, b, dim=0), [(3, 1, 2), (3, 4, 2)]),
    ("cross", lambda m, a, b: m.cross(a, b), [(2, 3, 3), (2, 3, 3)]),
    ("cross", lambda m, a, b: a.cross(b, -1), [(2, 3), (1, 3)]),
    ("cross", lambda m, a, b: m.cross(a, b, dim=1), [(0, 3), (0, 3)]),
    ("vecdot", lambda m, a, b: m.linalg.vecdot(a, b), [(2, 3), (3,)]),
    ("vecdot", lambda m, a, b: m.linalg.vecdot(a, b, dim=0), [(2, 3), (2, 3)]),
    ("matmul", lambda m, a, b: m.linalg.matmul(a, b), [(2, 3), (3, 2)]),
    ("multi_dot", lambda m, a, b: m.linalg.multi_dot([a, b]), [(2, 3), (3, 4)]),
    ("multi_dot", lambda m, a, b: m.linalg.multi_dot((a, b, a, b)), [(2, 3), (3, 2)]),
    ("multi_dot", lambda m, a, b: m.linalg.multi_dot([a, b, b, a]), [(3,), (3, 3)]),
    ("multi_dot", lambda m, a, b: m.linalg.multi_dot([a, b]), [(3,), (3, 2)]),
    ("multi_dot", lambda m, a, b: m.linalg.multi_dot([a, b]), [(2, 0), (0, 2)]),
    ("chain_matmul", lambda m, a, b: m.chain_matmul(a, b, a), [(2, 3), (3, 2)]),
]


@pytest.mark.parametrize(("call", "shapes"), [pytest.param(c, s, id=f"{n}{s}") for n, c, s in CALLS])
def test_products(call: Any, shapes: Any) -> None:
    a, b = (distinct(*shape, seed=s) for shape, s in zip(shapes, "ab", strict=True))
    order = 1 if 0 in (*shapes[0], *shapes[1]) else 2
    agree(lambda a, b: call(mg, a, b), lambda a, b: call(torch, a, b), a, b + 0.04, order=order)


# ---- distances ------------------------------------------------------------------------------------------------------
def distances(a: Any, b: Any, p: float) -> Any:
    """torch.cdist has no second derivative; this has."""
    return torch.linalg.vector_norm(a[..., :, None, :] - b[..., None, :, :], p, -1)


def check_cdist(a: Any, b: Any, p: float, tolerance: float = 1e-10) -> None:
    """Value and gradient beside torch.cdist's."""
    exact = "donot_use_mm_for_euclid_dist"
    mine = [mg.tensor(x, requires_grad=True) for x in (a, b)]
    theirs = [torch.tensor(x, requires_grad=True) for x in (a, b)]
    y, z = mg.cdist(*mine, p), torch.cdist(*theirs, p, exact)
    close(y, z, tolerance)
    w = np.random.default_rng(0).uniform(0.5, 1.5, y.shape)
    (y * mg.tensor(w)).sum().backward()
    (z * torch.tensor(w)).sum().backward()
    for x, their_x in zip(mine, theirs, strict=True):
        close(x.grad, their_x.grad, tolerance)


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, inf])
@pytest.mark.parametrize(
    "shapes", [[(4, 3), (2, 3)], [(2, 1, 4, 3), (3, 2, 3)], [(0, 3), (2, 3)], [(2, 0), (3, 0)]], ids=str
)
def test_cdist(p: float, shapes: Any) -> None:
    a, b = distinct(*shapes[0]), distinct(*shapes[1], seed="b") + 0.04
    check_cdist(a, b, p)
    if p > 0 and shapes[0][-1] and p != 0.5:
        agree(lambda a, b: mg.cdist(a, b, p), lambda a, b: distances(a, b, p), a, b)


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, inf])
def test_cdist_of_coincident_points_has_no_slope_there(p: float) -> None:
    a, b = distinct(4, 3), distinct(3, 3, seed="b")
    b[1] = a[2]
    check_cdist(a, b, p)


@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_cdist_of_many(offset: float) -> None:
    """Where PyTorch's own product loses digits, its exact way is asked."""
    a, b = f(40, 5) + offset, f(30, 5, seed="b") + offset
    b[0], b[1] = a[0], a[1] + 1e-6
    check_cdist(a, b, 2.0, 1e-8)
    assert mg.cdist(mg.tensor(a), mg.tensor(b))[0, 0].item() == 0.0


@pytest.mark.parametrize("lead", [(), (4,), (2, 3), (0,)], ids=str)
def test_bilinear(lead: tuple[int, ...]) -> None:
    xs = f(*lead, 3), f(*lead, 2, seed="b"), f(5, 3, 2), f(5)
    agree(F.bilinear, torch.nn.functional.bilinear, *xs)
    agree(F.bilinear, torch.nn.functional.bilinear, *xs[:3])


def test_integers() -> None:
    a, b = ints(3), ints(3, seed="b")
    for name in ("kron", "inner", "vdot", "ger", "cross"):
        close(
            getattr(mg, name)(mg.tensor(a), mg.tensor(b)),
            getattr(torch, name)(torch.tensor(a), torch.tensor(b)),
        )
    close(mg.tensordot(mg.tensor(a), mg.tensor(b), 1), torch.tensordot(torch.tensor(a), torch.tensor(b), 1))


# ---- einsum ---------------------------------------------------------------------------------------------------------
EINSUMS = """
    i,i->  ij->ji  ij  ji  ii  ii->i  iij->j  iij->ji  iii  ij->  ij->i  ij,jk->ik  ij,jk  bij,bjk->bik  ij,kj
    i,j->ij  i,j->ji  ij,ij->ij  ij,ij->  bi,bi->b  ij,jk,kl->il  ij,jk,ki  bn,anm,bm->ba  ab,cd->  ab,cd->ac
    bij,kj->kbi  ...ij,...jk->...ik  ...ij,jk->...ik  ...ii->...i  ...ii  i...->...  ...i,...i->...  ...,...->...
    i...j,j->i...  i...,i...->...  ...ij->i  ijk,ilm,njm,nlk->  A,a->aA  aB,Bc  ij,i->i  ij,i,j  ab,ab,ab->a
    i_j_,_j_k_->_i_k  ij,j->  abc,cd,def->abef  a,b,c->cab  ->
""".split()
EXTENTS = dict(zip("abcdefijklmnAB", (2, 3, 4, 2, 3, 2, 3, 4, 2, 3, 2, 4, 2, 3), strict=True))


def operands(equation: str, lead: tuple[int, ...] = (2, 3)) -> list[Any]:
    """Operands of an equation; each ellipsis stands for `lead`, the first for one dim less, the second for a 1."""
    terms = equation.split("->")[0].replace("_", "").split(",")
    found, dots = [], [lead[1:], (1, *lead[1:]), lead]
    for k, term in enumerate(terms):
        before, mark, after = term.partition("...")
        shape = (
            [EXTENTS[n] for n in before] + [*(dots[min(k, 2)] if mark else ())] + [EXTENTS[n] for n in after]
        )
        if "iij" in term or "iii" in term:
            shape = [3] * len(shape)
        found.append(f(*shape, seed=str(k)))
    return found


@pytest.mark.parametrize("equation", EINSUMS)
def test_einsum(equation: str) -> None:
    xs, spaced = operands(equation), equation.replace("_", " ")
    agree(lambda *t: mg.einsum(spaced, *t), lambda *t: torch.einsum(spaced, *t), *xs)
    agree(lambda *t: mg.einsum(spaced, t), lambda *t: torch.einsum(spaced, *t), *xs, order=1)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", [(2, 1), (3, 4)]),
        ("ij,ij->ij", [(2, 1), (1, 4)]),
        ("ij,jk->ik", [(2, 0), (0, 4)]),
        ("ij,jk->ik", [(0, 2), (2, 4)]),
        ("bij,bjk->bik", [(0, 2, 3), (0, 3, 2)]),
        ("ij->", [(0, 3)]),
        ("ii->i", [(0, 0)]),
        ("ii->i", [(1, 1)]),
        ("ij,j->i", [(2, 1), (1,)]),
        ("...i,...i->...", [(3,), (2, 4, 3)]),
        ("...,...", [(), (2, 3)]),
    ],
    ids=str,
)
def test_einsum_of_ones_and_nothing(equation: str, shapes: Any) -> None:
    xs = [f(*shape, seed=str(k)) for k, shape in enumerate(shapes)]
    agree(lambda *t: mg.einsum(equation, *t), lambda *t: torch.einsum(equation, *t), *xs)


def test_einsum_of_lists() -> None:
    a, b, c = f(2, 3), f(3, 4, seed="b"), f(2, 2, 3)
    for call in (
        lambda e, a, b, c: e(a, [0, 1], b, [1, 2], [0, 2]),
        lambda e, a, b, c: e(a, [0, 1], b, [1, 2]),
        lambda e, a, b, c: e(a, [27, 1], b, [1, 0]),
        lambda e, a, b, c: e(c, [..., 0], a, [..., 0], [...]),
        lambda e, a, b, c: e(c, [0, 0, 1]),
    ):
        agree(lambda *t: call(mg.einsum, *t), lambda *t: call(torch.einsum, *t), a, b, c)  # noqa: B023
