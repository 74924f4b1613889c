"""Elementwise ops of any shape: beside Python's own arithmetic, at special values, and in every mixture of dtypes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from op_check import TABLE
from property_tools import examples, near, numbers, part, summed, values

import minigrad as mg
from minigrad import ops
from minigrad.autograd import grad
from minigrad.core import Tensor
from minigrad.errors import MinigradError
from minigrad.testing import gradcheck
from minigrad.testing import strategies as mgst

# ---- two arguments --------------------------------------------------------------------------------------------------
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

    @examples(40)
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

    @examples(40)
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


@examples(150)
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


# ---- one argument ---------------------------------------------------------------------------------------------------
ALL, POSITIVE, UNIT = (-3.0, 3.0), (0.25, 4.0), (-0.9, 0.9)
DOMAINS: dict[str, tuple[float, float]] = {  # where an op is defined and smooth
    **dict.fromkeys(
        ["asinh", "atan", "cos", "cosh", "erf", "erfc", "exp", "exp2", "expm1", "logsigmoid"], ALL
    ),
    **dict.fromkeys(
        ["neg", "sigmoid", "silu", "sin", "sinc", "sinh", "softplus", "square", "tanh", "erfcx"], ALL
    ),
    **dict.fromkeys(
        ["digamma", "entr", "lgamma", "log", "log10", "log2", "reciprocal", "rsqrt", "sqrt"], POSITIVE
    ),
    **dict.fromkeys(["acos", "asin", "atanh", "erfinv", "log1p", "tan"], UNIT),
    **dict.fromkeys(["logit", "ndtri"], (0.1, 0.9)),
    "acosh": (1.25, 4.0),
}
KINKED = ["abs", "ceil", "elu", "floor", "frac", "hardtanh", "leaky_relu", "relu", "round", "sign", "trunc"]
ELSEWHERE = {"alias", "clone", "nan_to_num", "squeeze"}  # these give their values back


def test_every_op_of_one_number_is_here() -> None:
    """Ops of one tensor, whose parameters have defaults, and which give a 0-d tensor and a vector what they give it."""
    found = set()
    for name, case in TABLE.items():
        op = case.op.op
        lone = (
            len(op.inputs) == 1
            and not op.tail
            and all(v is not op.signature.empty for v in op.params.values())
        )
        if not lone or case.order == 0:
            continue
        try:
            with np.errstate(all="ignore"):
                one, two = case.op(Tensor(np.asarray(0.4))), case.op(Tensor(np.array([0.4, 0.6])))
        except MinigradError:
            continue
        if isinstance(one, Tensor) and one.shape == () and two.shape == (2,):
            found.add(name)
    assert found == {*DOMAINS, *KINKED, *ELSEWHERE}


@pytest.mark.parametrize("name", [*DOMAINS, *KINKED])
def test_ops_of_one_number_in_any_shape(name: str) -> None:
    case = TABLE[name]
    low, high = DOMAINS.get(name, ALL)

    @examples(5)
    @given(st.data(), mgst.shapes(max_dims=3), numbers)
    def check(data: DataObject, shape: Any, rng: Any) -> None:
        x = rng.uniform(low, high, shape)
        if name in KINKED:  # away from the steps
            x = np.asarray(np.floor(x) + 0.2 + 0.25 * rng.random(shape))
        for layout in mgst.LAYOUTS[:-1]:
            t = Tensor(data.draw(mgst.laid_out(x, [layout])), True)
            near(case.op(t), case.reference(x), 1e-11, 1e-11)
        if x.size:
            assert gradcheck(case.op, t, fast_mode=x.size > 6)
            assert gradcheck(case.op, t, order=2, fast_mode=True)

    check()
