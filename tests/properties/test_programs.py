"""Programs of several steps: writes in place among them, and compositions of smooth ops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from property_tools import examples, numbers, values

import minigrad as mg
from minigrad.autograd import grad
from minigrad.core import Tensor
from minigrad.errors import GradientError
from minigrad.testing import gradcheck
from minigrad.testing import strategies as mgst

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

    @examples(300)
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


@examples(30)
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
