"""What holds for every shape, memory, index and configuration, beside plain loops and NumPy's own indexing."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

import minigrad as mg
from minigrad import ops
from minigrad.autograd import grad
from minigrad.core import Tensor
from minigrad.errors import GradientError
from minigrad.testing import gradcheck
from minigrad.testing import strategies as mgst

Array = Any
Shape = tuple[int, ...]
numbers = st.integers(0, 2**32 - 1).map(
    np.random.default_rng
)  # for arrays too large to be drawn element by element
few = settings(max_examples=30)


def values(t: Tensor) -> Array:
    """The values, whatever the graph."""
    return t.detach().numpy()


def normal(rng: np.random.Generator, shape: Shape) -> Array:
    return np.asarray(rng.standard_normal(shape))


def part(i: Shape, shape: Shape) -> Shape:
    """Where in an array of this shape the element lies that is broadcast to i."""
    return tuple(0 if n == 1 else k for k, n in zip(i[len(i) - len(shape) :], shape, strict=True))


def summed(g: Array, shape: Shape) -> Array:
    """g added up over what broadcasting had repeated."""
    total = np.zeros(shape)
    for i in np.ndindex(g.shape):
        total[part(i, shape)] += g[i]
    return total


def dot(a: Any, b: Any) -> float:
    """The sum of all products, exactly rounded."""
    return math.fsum((np.asarray(a, np.float64) * np.asarray(b, np.float64)).ravel())


# ---- elementwise ----------------------------------------------------------------------------------------------------
BINARY: dict[str, tuple[Callable[..., float], Callable[..., float], Callable[..., float]]] = {
    "add": (lambda a, b: a + b, lambda a, b: 1.0, lambda a, b: 1.0),
    "sub": (lambda a, b: a - b, lambda a, b: 1.0, lambda a, b: -1.0),
    "mul": (lambda a, b: a * b, lambda a, b: b, lambda a, b: a),
    "div": (lambda a, b: a / b, lambda a, b: 1 / b, lambda a, b: -a / b**2),
    "maximum": (max, lambda a, b: (a > b) + (a == b) / 2, lambda a, b: (a < b) + (a == b) / 2),
    "minimum": (min, lambda a, b: (a < b) + (a == b) / 2, lambda a, b: (a > b) + (a == b) / 2),
}


@pytest.mark.parametrize("name", BINARY)
def test_binary_ops_broadcast_and_their_gradients_are_summed_back(name: str) -> None:
    value, slope_a, slope_b = BINARY[name]

    @settings(max_examples=60)
    @given(st.data(), mgst.broadcastable_shapes())
    def check(data: DataObject, shapes: Any) -> None:
        a, b = (data.draw(mgst.tensors(s, "float64", distinct=True, requires_grad=True)) for s in shapes[0])
        y = getattr(mg, name)(a, b)
        g = np.arange(1.0, 1.0 + y.numel()).reshape(y.shape)
        ga, gb = grad(y, [a, b], [Tensor(g)])
        assert y.shape == shapes[1]
        va, vb, of_a, of_b = values(a), values(b), np.zeros(y.shape), np.zeros(y.shape)
        for i in np.ndindex(y.shape):
            pair = float(va[part(i, a.shape)]), float(vb[part(i, b.shape)])
            assert values(y)[i] == pytest.approx(value(*pair), rel=1e-15)
            of_a[i], of_b[i] = g[i] * slope_a(*pair), g[i] * slope_b(*pair)
        np.testing.assert_allclose(values(ga), summed(of_a, a.shape), rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(values(gb), summed(of_b, b.shape), rtol=1e-13, atol=1e-13)

    check()


def quotient(a: float, b: float) -> float:
    """IEEE 754: a quotient by zero has a value too."""
    if b != 0.0 or math.isnan(a):
        return a / b if b != 0.0 else math.nan
    return math.nan if a == 0.0 else math.copysign(math.inf, math.copysign(1.0, a) * math.copysign(1.0, b))


EXACT: dict[str, Callable[[float, float], Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": quotient,
    "maximum": lambda a, b: math.nan if math.isnan(a) or math.isnan(b) else max(a, b),
    "lt": lambda a, b: a < b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}


@pytest.mark.parametrize("name", EXACT)
def test_special_values_follow_ieee_754_in_every_dtype(name: str) -> None:
    """Rounding a float64 result once more is harmless for halves and float32 (Figueroa 1995)."""

    @given(st.data(), mgst.dtypes("float"))
    def check(data: DataObject, dtype: Any) -> None:
        a, b = (data.draw(mgst.tensors((4,), dtype, special=True)) for _ in range(2))
        y = getattr(ops, name)(a, b)
        exact = [EXACT[name](p, q) for p, q in zip(a.tolist(), b.tolist(), strict=True)]
        with np.errstate(over="ignore", under="ignore"):
            wanted = np.array(exact).astype(y.dtype)
        np.testing.assert_array_equal(values(y).astype("f8"), wanted.astype("f8"))

    check()


OPERATORS = ["add", "sub", "mul", "true_divide", "maximum", "eq", "lt"]
CALLS = {"true_divide": "div"}


@settings(max_examples=150)
@given(st.data(), st.sampled_from(OPERATORS))
def test_result_dtypes_are_those_of_torch(data: DataObject, name: str) -> None:
    torch = pytest.importorskip("torch")
    operand = mgst.tensors(mgst.shapes(max_dims=1, min_side=1, max_side=1), mgst.dtypes())
    a = data.draw(operand)
    b = data.draw(operand | st.sampled_from([True, 2, 0.5]) if name != "maximum" else operand)
    assume(
        not (name == "sub" and "bool" in (getattr(a, "dtype", ""), getattr(b, "dtype", ""), type(b).__name__))
    )
    theirs = [
        torch.ones(x.shape, dtype=getattr(torch, x.dtype.name)) if isinstance(x, Tensor) else x
        for x in (a, b)
    ]
    assert f"torch.{getattr(ops, CALLS.get(name, name))(a, b).dtype.name}" == str(
        getattr(torch, name)(*theirs).dtype
    )


# ---- memory ---------------------------------------------------------------------------------------------------------
ANY_MEMORY: dict[str, Callable[[Tensor], Any]] = {
    "exp": mg.exp,
    "tanh": mg.tanh,
    "relu": mg.relu,
    "sqrt of abs": lambda x: mg.sqrt(mg.abs(x)),
    "sum": mg.sum,
    "sum over a dim": lambda x: mg.sum(x, -1),
    "mean over dims": lambda x: mg.mean(x, (0, 2)),
    "amax": lambda x: mg.amax(x, 1),
    "argmax": lambda x: mg.argmax(x, 1),
    "cumsum": lambda x: mg.cumsum(x, 0),
    "softmax": lambda x: mg.softmax(x, 1),
    "sort": lambda x: mg.sort(x, 2)[0],
    "reshape": lambda x: x.reshape(-1),
    "matmul": lambda x: x @ x.mT,
    "max_pool2d": lambda x: mg.max_pool2d(x, 2, padding=1),
    "conv2d": lambda x: mg.conv2d(x, x.reshape(1, *x.shape), padding=1),
}


@pytest.mark.parametrize("name", ANY_MEMORY)
def test_values_and_gradients_do_not_depend_on_the_memory(name: str) -> None:
    fn = ANY_MEMORY[name]

    @few
    @given(
        st.data(), mgst.tensors(mgst.shapes(3, 3, 1), mgst.dtypes("float", halves=False), requires_grad=True)
    )
    def check(data: DataObject, x: Tensor) -> None:
        copy = Tensor(np.array(values(x), order="C"), True)
        y, wanted = fn(x), fn(copy)
        tight = {"rtol": 1e-5, "atol": 1e-5} if x.dtype == "float32" else {"rtol": 1e-13, "atol": 1e-13}
        np.testing.assert_allclose(values(y), values(wanted), **tight)
        assert y.dtype == wanted.dtype
        if y.requires_grad:
            g = Tensor(data.draw(mgst.laid_out(np.arange(y.numel()).reshape(y.shape).astype(y.dtype))))
            (gx,), (gw,) = grad(y, x, [g]), grad(wanted, copy, [g])
            np.testing.assert_allclose(values(gx), values(gw), **{**tight, "atol": tight["atol"] * 100})

    check()


# ---- indexing -------------------------------------------------------------------------------------------------------
def as_tensors(index: Any) -> Any:
    """The index with Tensors in the place of arrays."""
    if isinstance(index, tuple):
        return tuple(map(as_tensors, index))
    return Tensor(index) if isinstance(index, np.ndarray) else index


small = mgst.shapes(max_dims=3)


@settings(max_examples=300)
@given(st.data(), small, numbers, st.booleans())
def test_indexing_is_numpys_and_its_gradient_the_adjoint(
    data: DataObject, shape: Shape, rng: Any, as_tensor: bool
) -> None:
    index = data.draw(mgst.indices(shape))
    x = Tensor(data.draw(mgst.laid_out(normal(rng, shape))), True)
    y = x[as_tensors(index) if as_tensor else index]
    np.testing.assert_array_equal(values(y), values(x)[index])
    g, wanted = normal(rng, y.shape), np.zeros(math.prod(shape))
    places = np.arange(wanted.size).reshape(shape)[index]
    for place, part in zip(places.ravel(), g.ravel(), strict=True):
        wanted[place] += part
    (gx,) = grad(y, x, [Tensor(g)])
    np.testing.assert_allclose(values(gx), wanted.reshape(shape), rtol=1e-14)


@settings(max_examples=300)
@given(st.data(), small, numbers)
def test_assignment_is_numpys_and_so_are_its_gradients(data: DataObject, shape: Shape, rng: Any) -> None:
    index = data.draw(mgst.indices(shape))
    x = Tensor(normal(rng, shape), True)
    places = np.arange(x.numel()).reshape(shape)[index]
    cut = data.draw(st.integers(0, places.ndim))
    own = tuple(1 if data.draw(st.booleans()) else n for n in places.shape[cut:])
    v = Tensor(data.draw(mgst.laid_out(normal(rng, own))), True)
    y = x.clone()
    y[index] = v
    wanted = values(x).copy()
    wanted[index] = values(v)
    np.testing.assert_array_equal(values(y), wanted)
    g = normal(rng, shape)
    gx, gv = grad(y, [x, v], [Tensor(g)])
    to_x, to_v, last = g.copy().reshape(-1), np.zeros(places.shape), {}
    for i in np.ndindex(places.shape):
        last[int(places[i])] = i  # a later write to the same place wins
    for place, i in last.items():
        to_v[i], to_x[place] = g.reshape(-1)[place], 0.0
    np.testing.assert_array_equal(values(gx), to_x.reshape(shape))
    np.testing.assert_allclose(values(gv), summed(to_v, own), rtol=1e-13, atol=1e-13)


# ---- views ----------------------------------------------------------------------------------------------------------
Move = tuple[Callable[[Tensor], Tensor], Callable[[Array], Array]]


@st.composite
def moves(draw: st.DrawFn, shape: Shape) -> Move:
    """A movement of elements: as minigrad does it, and as NumPy does it to an array of positions."""
    kind = draw(
        st.sampled_from(["index", "permute", "transpose", "reshape", "unsqueeze", "expand", "flip", "tile"])
    )
    if kind == "index":
        index = draw(mgst.indices(shape, advanced=False))
        return (lambda x: x[index]), (lambda p: p[index])
    if kind == "permute":
        dims = draw(st.permutations(range(len(shape))))
        return (lambda x: x.permute(dims)), (lambda p: p.transpose(dims))
    if kind == "reshape":
        return (lambda x: x.reshape(1, -1) if x.numel() else x), (lambda p: p.ravel()[None] if p.size else p)
    if kind == "unsqueeze":
        dim = draw(st.integers(0, len(shape)))
        return (lambda x: x.unsqueeze(dim)), (lambda p: p.reshape(*p.shape[:dim], 1, *p.shape[dim:]))
    if kind == "expand":
        return (lambda x: x.expand(2, *shape)), (lambda p: np.array([p, p]))
    if kind == "flip" and shape:
        return (lambda x: x.flip(-1)), (lambda p: p[..., ::-1])
    if kind == "tile":
        return (lambda x: mg.tile(x, (2,))), (
            lambda p: np.concatenate([p, p], -1) if p.ndim else np.array([p, p])
        )
    if len(shape) > 1:
        return (lambda x: x.transpose(0, -1)), (lambda p: p.swapaxes(0, -1))
    return (lambda x: x), (lambda p: p)


@settings(max_examples=200)
@given(st.data(), small, numbers, st.integers(1, 5))
def test_backward_through_chains_of_views(data: DataObject, shape: Shape, rng: Any, steps: int) -> None:
    x = Tensor(data.draw(mgst.laid_out(normal(rng, shape))), True)
    y, places = x, np.arange(x.numel()).reshape(shape)
    for _ in range(steps):
        assume(y.ndim < 7 and y.numel() < 200)
        ours, theirs = data.draw(moves(y.shape))
        y, places = ours(y), theirs(places)
    assert y.shape == places.shape
    np.testing.assert_array_equal(values(y), values(x).reshape(-1)[places])
    g, wanted = normal(rng, y.shape), np.zeros(x.numel())
    for place, part in zip(places.ravel(), g.ravel(), strict=True):
        wanted[place] += part
    y.backward(Tensor(g))
    got = np.zeros(shape) if x.grad is None else values(x.grad)
    np.testing.assert_allclose(got, wanted.reshape(shape), rtol=1e-13, atol=1e-13)


# ---- reductions -----------------------------------------------------------------------------------------------------
def deviations(v: list[float]) -> list[float]:
    return [a - math.fsum(v) / len(v) for a in v]


REDUCTIONS: dict[str, tuple[Callable[..., Tensor], Callable[..., float], Callable[..., list[float]]]] = {
    "sum": (mg.sum, math.fsum, lambda v: [1.0] * len(v)),
    "mean": (mg.mean, lambda v: math.fsum(v) / len(v), lambda v: [1.0 / len(v)] * len(v)),
    "amax": (mg.amax, max, lambda v: [float(a == max(v)) for a in v]),
    "amin": (mg.amin, min, lambda v: [float(a == min(v)) for a in v]),
    "var": (
        lambda x, dim, keepdim: mg.var(x, dim, correction=0, keepdim=keepdim),
        lambda v: math.fsum(d * d for d in deviations(v)) / len(v),
        lambda v: [2.0 * d / len(v) for d in deviations(v)],
    ),
    "logsumexp": (
        mg.logsumexp,
        lambda v: math.log(math.fsum(map(math.exp, v))),
        lambda v: [math.exp(a) / math.fsum(map(math.exp, v)) for a in v],
    ),
}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_over_any_dims_of_any_memory(name: str) -> None:
    fn, value, slopes = REDUCTIONS[name]
    shapes = mgst.shapes(min_dims=1, max_dims=3, min_side=0 if name == "sum" else 1)

    @few
    @given(st.data(), mgst.tensors(shapes, "float64", distinct=True, requires_grad=True), st.booleans())
    def check(data: DataObject, x: Tensor, keepdim: bool) -> None:
        dims = data.draw(st.lists(st.integers(0, x.ndim - 1), min_size=1, unique=True))
        y = fn(x, tuple(d - data.draw(st.sampled_from([0, x.ndim])) for d in dims), keepdim=keepdim)
        groups = defaultdict(list)
        for i in np.ndindex(x.shape):
            groups[tuple(0 if d in dims else k for d, k in enumerate(i))].append(i)
        kept = tuple(1 if d in dims else n for d, n in enumerate(x.shape))
        assert y.shape == (kept if keepdim else tuple(n for d, n in enumerate(x.shape) if d not in dims))
        found, g, wanted = (
            values(y).reshape(kept),
            np.arange(1.0, 1.0 + y.numel()).reshape(kept),
            np.zeros(x.shape),
        )
        for i in np.ndindex(kept):
            elements = [float(values(x)[j]) for j in groups[i]]
            assert found[i] == pytest.approx(value(elements), rel=1e-13, abs=1e-13)
            for j, slope in zip(groups[i], slopes(elements), strict=True):
                wanted[j] = g[i] * slope
        (gx,) = grad(y, x, [Tensor(g.reshape(y.shape))])
        np.testing.assert_allclose(values(gx), wanted, rtol=1e-12, atol=1e-12)

    check()


# ---- linear ops -----------------------------------------------------------------------------------------------------
fixed = np.random.default_rng(1)
places = fixed.integers(0, 3, (3, 3))
LINEAR: dict[str, Callable[[Tensor], Tensor]] = {
    "cumsum": lambda x: mg.cumsum(x, 1),
    "roll": lambda x: mg.roll(x, (1, 2), (0, 1)),
    "tril": lambda x: mg.tril(x, 1),
    "gather": lambda x: mg.gather(x, 0, places),
    "index_select": lambda x: mg.index_select(x, 1, places[0]),
    "scatter_add": lambda x: mg.scatter_add(Tensor(np.zeros((3, 3))), 1, places, x),
    "matmul": lambda x: x @ Tensor(np.arange(6.0).reshape(3, 2)),
    "im2col": lambda x: ops.im2col(x[None], kernel_size=2, padding=1, stride=2),
    "col2im": lambda x: ops.col2im(x.reshape(1, 9), output_size=(3, 3), kernel_size=1),
    "conv_transpose2d": lambda x: ops.conv_transpose(
        x[None], Tensor(np.arange(8.0).reshape(1, 2, 2, 2)), stride=2, padding=1, output_padding=1, dilation=2
    ),
    "stack and cat": lambda x: mg.cat([mg.stack([x, x]), x[None]]),
    "masked_fill": lambda x: mg.masked_fill(x, Tensor(places > 1), 0.0),
}


@few
@given(st.sampled_from(list(LINEAR)), st.data(), numbers)
def test_gradients_of_linear_ops_are_adjoints(name: str, data: DataObject, rng: Any) -> None:
    x, other = (normal(rng, (3, 3)) for _ in range(2))
    leaf = Tensor(data.draw(mgst.laid_out(x)), True)
    y = LINEAR[name](leaf)
    g = normal(rng, y.shape)
    (gx,) = grad(y, leaf, [Tensor(g)])
    image = values(LINEAR[name](Tensor(other)))
    assert dot(values(gx), other) == pytest.approx(dot(g, image), rel=1e-12, abs=1e-12)


# ---- in place -------------------------------------------------------------------------------------------------------
STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "view": lambda a, b: a.mT,
    "row": lambda a, b: a[::-1] * b,
}


def program(steps: list[tuple[str, int, int]], pool: list[Any]) -> Any:
    """Steps that make new arrays or change old ones, on Tensors or on NumPy arrays."""
    for name, i, j in steps:
        a, b = pool[i % len(pool)], pool[j % len(pool)]
        if name == "imul":
            a *= b
        elif name == "iadd":
            a += b
        elif name == "set":
            a[0] = b[1]
        elif name == "iadd of a piece":
            a[:, 1] += b[0]
        else:
            pool.append(STEPS[name](a, b))
    return pool[-1] * pool[-1]


def test_after_writes_in_place_a_gradient_is_right_or_refused() -> None:
    outcomes: Counter[str] = Counter()
    names = [*STEPS, "imul", "iadd", "set", "iadd of a piece"]
    step = st.tuples(st.sampled_from(names), st.integers(0, 5), st.integers(0, 5))

    @settings(max_examples=300)
    @given(st.lists(step, min_size=2, max_size=7), numbers)
    def check(steps: Any, rng: Any) -> None:
        x, c = rng.uniform(-1, 1, (2, 2)), rng.uniform(-1, 1, (2, 2))
        leaf = Tensor(x.copy(), True)
        try:
            y = program(steps, [leaf * 2.0, Tensor(c.copy())])
            (gx,) = grad(y.sum(), leaf) if y.requires_grad else (Tensor(np.zeros((2, 2))),)
        except GradientError:
            outcomes["refused"] += 1
            return
        wanted = np.zeros((2, 2))
        for i in np.ndindex(2, 2):  # a derivative is the imaginary part after an imaginary step
            z = x.astype(complex)
            z[i] += 1e-30j
            result = program(steps, [z * 2.0, c.astype(complex)])
            wanted[i] = result.sum().imag / 1e-30
        np.testing.assert_allclose(values(y), result.real, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(values(gx), wanted, rtol=1e-9, atol=1e-9)
        outcomes["right" if wanted.any() else "none"] += 1

    check()
    assert outcomes["right"] > 50 and outcomes["refused"] > 10 and outcomes["none"] > 3


# ---- compositions ---------------------------------------------------------------------------------------------------
mask = Tensor(np.array([[True, False], [False, True]]))
SMOOTH: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "sin": lambda a, b: mg.sin(a),
    "tanh": lambda a, b: mg.tanh(a - b),
    "mul": lambda a, b: a * b * 0.5,
    "div": lambda a, b: a / (b * b + 1.0),
    "softmax": lambda a, b: mg.softmax(a, 0) * b,
    "log": lambda a, b: mg.log1p(a * a),
    "pow": lambda a, b: (a * a + 1.0) ** (b * 0.1),
    "matmul": lambda a, b: a @ b.mT,
    "centred": lambda a, b: a - a.mean(1, keepdim=True),
    "var": lambda a, b: a / (mg.var(b) + 1.0),
    "where": lambda a, b: mg.where(mask, a, b),
    "cumsum": lambda a, b: mg.cumsum(a, 0),
    "piece": lambda a, b: a[[0, 0]] + b[::-1, :1],
    "cat": lambda a, b: mg.cat([a[:1], b[1:]]),
}


@few
@given(
    mgst.tensors((2, 2), "float64", elements=st.floats(-2, 2), requires_grad=True),
    mgst.tensors((2, 2), "float64", distinct=True, requires_grad=True),
    st.lists(
        st.tuples(st.sampled_from(list(SMOOTH)), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=5
    ),
    st.sampled_from([1, 2]),
)
def test_compositions_have_right_first_and_second_derivatives(
    a: Tensor, b: Tensor, steps: Any, order: int
) -> None:
    def composed(a: Tensor, b: Tensor) -> Tensor:
        pool = [a, b]
        for name, i, j in steps:
            pool.append(SMOOTH[name](pool[-1 - i % len(pool)], pool[-1 - j % len(pool)]))
        return pool[-1]

    assert gradcheck(composed, [a, b], order=order, fast_mode=True)
