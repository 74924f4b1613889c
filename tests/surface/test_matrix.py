"""Products without PyTorch: sums in plain loops, slopes by differences, and what is refused."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_samples.case import f

import minigrad as mg
from minigrad import functional as F
from minigrad.core import Tensor
from minigrad.errors import ArgumentError, DTypeError, IndexingError, MinigradError, ShapeError
from minigrad.surface.matrix import cheapest
from minigrad.testing import gradcheck

Array = Any


# ---- references: an output element at a time ------------------------------------------------------------------------
def mm(a: Array, b: Array) -> Array:
    return table((len(a), b.shape[1]), lambda i, j: sum(a[i, k] * b[k, j] for k in range(len(b))))


def table(shape: tuple[int, ...], element: Callable[..., float]) -> Array:
    return np.array([element(*at) for at in np.ndindex(shape)], dtype=float).reshape(shape)


def cross(a: Array, b: Array) -> Array:
    rows = [
        [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]]
        for x, y in zip(a, b, strict=True)
    ]
    return np.array(rows)


A, B, V, W, X, Y = f(2, 3), f(3, 4), f(3), f(2), f(2, 3, 2), f(2, 2, 3)
CALLS: dict[str, tuple[Callable[..., Any], list[Array], Callable[..., Array]]] = {
    "addmm": (
        lambda i, a, b: mg.addmm(i, a, b, beta=0.5, alpha=2),
        [f(4), A, B],
        lambda i, a, b: table((2, 4), lambda n, m: 0.5 * i[m] + 2 * mm(a, b)[n, m]),
    ),
    "addmv": (
        lambda i, a, v: i.addmv(a, v, beta=-1.0),
        [W, A, V],
        lambda i, a, v: table((2,), lambda n: sum(a[n, k] * v[k] for k in range(3)) - i[n]),
    ),
    "addr": (
        lambda i, a, b: mg.addr(i, a, b, alpha=3.0),
        [A, W, V],
        lambda i, a, b: table((2, 3), lambda n, m: i[n, m] + 3 * a[n] * b[m]),
    ),
    "baddbmm": (
        lambda i, a, b: mg.baddbmm(i, a, b, alpha=0.5),
        [f(3, 1), X, Y],
        lambda i, a, b: table((2, 3, 3), lambda k, n, m: i[n, 0] + 0.5 * mm(a[k], b[k])[n, m]),
    ),
    "addbmm": (
        lambda i, a, b: mg.addbmm(i, a, b, beta=2),
        [f(3, 3), X, Y],
        lambda i, a, b: table((3, 3), lambda n, m: 2 * i[n, m] + sum(mm(a[k], b[k])[n, m] for k in range(2))),
    ),
    "inner": (
        mg.inner,
        [A, f(4, 3)],
        lambda a, b: table((2, 4), lambda n, m: sum(a[n, k] * b[m, k] for k in range(3))),
    ),
    "vdot": (mg.vdot, [V, f(3, seed="b")], lambda a, b: np.array(sum(a[k] * b[k] for k in range(3)))),
    "ger": (mg.ger, [W, V], lambda a, b: table((2, 3), lambda n, m: a[n] * b[m])),
    "tensordot": (
        lambda a, b: mg.tensordot(a, b, ([2, 0], [1, 0])),
        [X, f(2, 2, 4)],
        lambda a, b: table(
            (3, 4),
            lambda n, m: sum(a[j, n, k] * b[j, k, m] for j, k in itertools.product(range(2), repeat=2)),
        ),
    ),
    "kron": (
        mg.kron,
        [A, f(2, 2)],
        lambda a, b: table((4, 6), lambda n, m: a[n // 2, m // 2] * b[n % 2, m % 2]),
    ),
    "cross": (mg.cross, [A, f(2, 3, seed="b")], cross),
    "linalg.cross": (mg.linalg.cross, [A, f(2, 3, seed="b")], cross),
    "vecdot": (
        lambda a, b: mg.linalg.vecdot(a, b, dim=0),
        [A, f(2, 3, seed="b")],
        lambda a, b: table((3,), lambda k: a[0, k] * b[0, k] + a[1, k] * b[1, k]),
    ),
    "multi_dot": (
        lambda *xs: mg.linalg.multi_dot(xs),
        [V, f(3, 4), f(4, 2), W],
        lambda v, a, b, w: mm(mm(mm(v[None], a), b), w[:, None])[0, 0],
    ),
    "chain_matmul": (mg.chain_matmul, [A, B, f(4, 2)], lambda a, b, c: mm(mm(a, b), c)),
    "bilinear": (
        F.bilinear,
        [f(4, 3), f(4, 2), f(5, 3, 2), f(5)],
        lambda x, y, w, b: table(
            (4, 5),
            lambda n, o: b[o] + sum(x[n, i] * w[o, i, j] * y[n, j] for i in range(3) for j in range(2)),
        ),
    ),
    "cdist": (
        mg.cdist,
        [A, f(4, 3)],
        lambda a, b: table((2, 4), lambda n, m: math.sqrt(sum((a[n, k] - b[m, k]) ** 2 for k in range(3)))),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_values_and_slopes(name: str) -> None:
    call, xs, reference = CALLS[name]
    ts = [mg.tensor(x, requires_grad=True) for x in xs]
    np.testing.assert_allclose(call(*ts).detach().numpy(), reference(*xs), 1e-12, 1e-13)
    for order in (1, 2):
        gradcheck(call, ts, order=order, fast_mode=order > 1)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("name", CALLS)
def test_dtypes_stay(name: str, dtype: str) -> None:
    call, xs, reference = CALLS[name]
    ts = [mg.tensor(x, dtype=dtype, requires_grad=True) for x in xs]
    y = call(*ts)
    y.backward(mg.ones_like(y))
    assert {t.dtype for t in (y, *(t.grad for t in ts))} == {mg.dtypes.as_dtype(dtype)}
    allowed = {"float16": 0.02, "bfloat16": 0.2, "float32": 1e-5}[dtype]
    np.testing.assert_allclose(y.detach().numpy().astype(float), reference(*xs), rtol=allowed, atol=allowed)


def test_a_beta_of_0_does_not_read_input() -> None:
    x = mg.full((2, 4), math.nan, requires_grad=True)
    y = mg.addmm(x, mg.ones(2, 3), mg.ones(3, 4), beta=0)
    assert y.tolist() == [[3.0] * 4] * 2 and not y.requires_grad


def test_in_place() -> None:
    x = mg.ones(2, 2)
    assert x.addmm_(mg.ones(2, 3), mg.ones(3, 2)) is x and x.tolist() == [[4.0, 4.0]] * 2
    with pytest.raises(ShapeError, match=r"addmm_: float32\[2\] cannot hold the result float32\[2, 2\]"):
        mg.ones(2).addmm_(mg.ones(2, 3), mg.ones(3, 2))


def test_the_cheapest_order() -> None:
    """10 x 100, 100 x 5, 5 x 50: the first two cost 5000 + 2500, the last two 25000 + 50000."""
    assert cheapest([10, 100, 5, 50])[0, 2] == 1
    assert cheapest([50, 5, 100, 10])[0, 2] == 0
    for sizes in ([3, 7, 2, 9, 4, 6], [30, 35, 15, 5, 10, 20, 25]):
        best = cheapest(sizes)

        def cost(i: int, j: int, k: int | None = None) -> int:
            if i == j:
                return 0
            k = best[i, j] if k is None else k  # noqa: B023
            return cost(i, k) + cost(k + 1, j) + sizes[i] * sizes[k + 1] * sizes[j + 1]  # noqa: B023

        def every(i: int, j: int) -> int:
            if i == j:
                return 0
            return min(
                every(i, k) + every(k + 1, j) + sizes[i] * sizes[k + 1] * sizes[j + 1]  # noqa: B023
                for k in range(i, j)
            )

        assert cost(0, len(sizes) - 2) == every(0, len(sizes) - 2)


def test_cdist_of_points_that_meet() -> None:
    x = mg.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=mg.float64, requires_grad=True)
    for p in (0.0, 0.5, 1.0, 2.0, 3.0, math.inf):
        y = mg.cdist(x, x, p)
        assert y[0, 0].item() == y[1, 1].item() == 0.0
        x.grad = None
        y.sum().backward()
        assert np.isfinite(x.grad.numpy()).all()


# ---- what is refused ------------------------------------------------------------------------------------------------
def z(*shape: int, dtype: Any = None) -> Tensor:
    return mg.zeros(*shape, dtype=dtype)


I64 = mg.int64
MISUSES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: mg.addmm(z(2, 2), z(2, 3), z(2, 2)), ShapeError, r"matmul: a float32\[2, 3\] has 3 columns"),
    (
        lambda: mg.addmm(z(2, 2), z(2), z(2, 2)),
        ShapeError,
        r"addmm: mat1 is float32\[2\], where 2 dimensions",
    ),
    (
        lambda: mg.addmm(z(3, 2), z(2, 3), z(3, 2)),
        ShapeError,
        r"addmm: input float32\[3, 2\] does not broadcast to \[2, 2\]",
    ),
    (lambda: mg.addmm(z(1, 2, 2), z(2, 3), z(3, 2)), ShapeError, r"addmm: input float32\[1, 2, 2\] does not"),
    (
        lambda: mg.addmm(z(2, 2, dtype=I64), z(2, 2, dtype=I64), z(2, 2, dtype=I64), alpha=0.5),
        DTypeError,
        "addmm: alpha is 0.5, where int64 tensors want an integer",
    ),
    (lambda: mg.addmm(z(2, 2), z(2, 2), 3.0), DTypeError, "addmm: mat2 is a float, where a tensor is wanted"),
    (
        lambda: mg.addmv(z(2), z(2, 3), z(2, 3)),
        ShapeError,
        r"addmv: vec is float32\[2, 3\], where 1 dimensions",
    ),
    (
        lambda: mg.addmv(z(3), z(2, 3), z(3)),
        ShapeError,
        r"addmv: input float32\[3\] does not broadcast to \[2\]",
    ),
    (lambda: mg.addmv(z(2), z(3), z(3)), ShapeError, "addmv: mat is"),
    (
        lambda: mg.addr(z(2, 2), z(2, 2), z(2)),
        ShapeError,
        r"addr: vec1 is float32\[2, 2\], where 1 dimensions",
    ),
    (lambda: mg.addr(z(3, 3), z(2), z(3)), ShapeError, r"addr: input float32\[3, 3\] does not broadcast"),
    (lambda: mg.addr(z(2, 3), z(2), 1), DTypeError, "addr: vec2 is a int"),
    (lambda: mg.baddbmm(z(2, 2, 2), z(2, 2, 3), z(2, 2, 2)), ShapeError, "baddbmm: batch1 is .* and batch2"),
    (lambda: mg.baddbmm(z(2, 2, 2), z(2, 2, 3), z(3, 3, 2)), ShapeError, "baddbmm: batch1 is .* and batch2"),
    (
        lambda: mg.baddbmm(z(3, 2, 2), z(2, 2, 3), z(2, 3, 2)),
        ShapeError,
        "baddbmm: input .* does not broadcast",
    ),
    (lambda: mg.addbmm(z(2, 2), z(2, 3), z(2, 3, 2)), ShapeError, r"addbmm: batch1 is float32\[2, 3\]"),
    (lambda: mg.addbmm(z(2, 2), z(2, 2, 3), z(1, 3, 2)), ShapeError, "addbmm: batch1 is .* and batch2"),
    (
        lambda: mg.addbmm(z(2, 2, 2), z(2, 2, 3), z(2, 3, 2)),
        ShapeError,
        "addbmm: input .* does not broadcast",
    ),
    (
        lambda: mg.inner(z(2, 3), z(3, 2)),
        ShapeError,
        r"inner: input is float32\[2, 3\] and other float32\[3, 2\]",
    ),
    (lambda: mg.inner(z(2), 2.0), DTypeError, "inner: other is a float, where a tensor is wanted"),
    (lambda: mg.kron(2.0, z(2)), DTypeError, "kron: input is a float"),
    (lambda: mg.tensordot(z(2), [1.0]), DTypeError, "tensordot: b is a list"),
    (lambda: mg.cross(z(3), [1.0, 2.0, 3.0]), DTypeError, "cross: other is a list"),
    (lambda: mg.addmm(1.0, z(2, 2), z(2, 2)), DTypeError, "addmm: input is a float"),
    (lambda: F.bilinear(z(2), 1.0, z(1, 2, 1)), DTypeError, "bilinear: input2 is a float"),
    (lambda: mg.vdot(z(2, 2), z(2)), ShapeError, r"vdot: input is float32\[2, 2\], where 1 dimensions"),
    (lambda: mg.vdot(z(2), z(3)), ShapeError, "matmul: a float32"),
    (lambda: mg.ger(z(2), z(2, 2)), ShapeError, r"outer: vec2 is float32\[2, 2\]"),
    (
        lambda: mg.tensordot(z(2, 3), z(2, 3), 1),
        ShapeError,
        "tensordot: dim 1 of a .* has extent 3, dim 0 of b .* has 2",
    ),
    (lambda: mg.tensordot(z(2), z(2), 2), ShapeError, "tensordot: dims is 2, for a"),
    (lambda: mg.tensordot(z(2), z(2), -1), ShapeError, "tensordot: dims is -1"),
    (
        lambda: mg.tensordot(z(2), z(2), ([0], [0, 1])),
        ArgumentError,
        "tensordot: dims names 1 dims of a and 2 of b",
    ),
    (lambda: mg.tensordot(z(2, 2), z(2, 2), ([0, 0], [0, 1])), ArgumentError, "tensordot: dim .* twice"),
    (lambda: mg.tensordot(z(2), z(2), ([1], [0])), IndexingError, "tensordot: dim 1 is outside"),
    (lambda: mg.cross(z(2, 2), z(2, 2)), ShapeError, "cross: input is .* where an extent of 3 is wanted"),
    (lambda: mg.cross(z(2, 3), z(2, 3), dim=0), ShapeError, "cross: input is .* an extent of 3 along dim 0"),
    (lambda: mg.linalg.cross(z(3), z(1, 3)), ShapeError, "cross: input is .* their ranks differ"),
    (lambda: mg.linalg.cross(z(3), z(3), dim=1), IndexingError, "cross: dim 1 is outside of 1 dimensions"),
    (lambda: mg.linalg.vecdot(z(2), z(3)), ShapeError, "mul: a float32"),
    (lambda: mg.linalg.vecdot(z(2, dtype=I64), z(2, dtype=I64)), DTypeError, "vecdot: x is int64"),
    (lambda: mg.linalg.vecdot(z(2), [1.0, 2.0]), DTypeError, "vecdot: y is a list"),
    (lambda: mg.linalg.multi_dot([z(2, 2)]), ShapeError, "multi_dot: 1 tensors, where at least 2 are wanted"),
    (
        lambda: mg.linalg.multi_dot([z(2, 2), z(2), z(2, 2)]),
        ShapeError,
        r"multi_dot: tensors\[1\] is .* where a matrix is",
    ),
    (
        lambda: mg.linalg.multi_dot([z(2, 2), z(3, 2)]),
        ShapeError,
        r"multi_dot: tensors\[0\] is .* inner extents",
    ),
    (lambda: mg.linalg.multi_dot([z(2, 2), 3]), DTypeError, r"multi_dot: tensors\[1\] is a int"),
    (lambda: mg.chain_matmul(z(2, 2), z(2)), ShapeError, r"chain_matmul: matrices\[1\] is float32\[2\]"),
    (lambda: mg.cdist(z(2, 2), z(2, 2), compute_mode="mm"), ArgumentError, "cdist: compute_mode is 'mm'"),
    (lambda: mg.cdist(z(2, 2), z(2, 2), -1), ArgumentError, "cdist: p is -1.0"),
    (lambda: mg.cdist(z(2, 2), z(2, 3)), ShapeError, "cdist: x1 is .* their last extents differ"),
    (lambda: F.bilinear(z(2, 3), z(2, 2), z(3, 2)), ShapeError, r"bilinear: weight is float32\[3, 2\]"),
    (
        lambda: F.bilinear(z(2, 3), z(2, 3), z(1, 3, 2)),
        ShapeError,
        r"bilinear: input2 is .* where \(..., 2\)",
    ),
    (lambda: F.bilinear(z(2, 3), z(3, 2), z(1, 3, 2)), ShapeError, "bilinear: .* their leading dims differ"),
    (lambda: F.bilinear(z(2, 3), z(2, 2), z(1, 3, 2), z(2)), ShapeError, r"bilinear: bias has shape \(2,\)"),
]


@pytest.mark.parametrize(("call", "error", "match"), MISUSES, ids=[m[2][:40] for m in MISUSES])
def test_misuse(call: Callable[[], Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert isinstance(caught.value, MinigradError)
    assert re.match(rf"(\w+: )?({match})", str(caught.value)), str(caught.value)
