"""Memory of any layout, of broadcast arrays too: every op gives the values and gradients of plain copies."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from op_check import TABLE, is_floating, outputs
from op_samples.case import Sample
from property_tools import Array, examples, near, normal, numbers, values

import minigrad as mg
from minigrad.autograd import grad
from minigrad.core import Tensor
from minigrad.dtypes import is_float
from minigrad.errors import MinigradError
from minigrad.testing import strategies as mgst

# Ties, and matrices without an inverse, are not what repeats of the same numbers are to find.
UNREPEATED = {
    "cholesky",
    "det",
    "eigh",
    "eigvalsh",
    "inv",
    "lu",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
}


@st.composite
def in_memory(draw: st.DrawFn, a: Any, repeats: bool) -> tuple[Any, Any]:
    """An argument twice: as it is, and, if it is an array or holds arrays, in other memory."""
    if isinstance(a, tuple):
        pairs = [draw(in_memory(x, False)) for x in a]
        return tuple(p for p, _ in pairs), tuple(q for _, q in pairs)
    if not isinstance(a, np.ndarray):
        return a, a
    if repeats and draw(st.booleans()):
        for dim in range(a.ndim):  # the same numbers again along some dims
            if a.shape[dim] and draw(st.booleans()):
                a = np.repeat(a.take([0], dim), a.shape[dim], dim)
        return a.copy(), draw(mgst.laid_out(a, ["broadcast"]))
    return a.copy(), draw(mgst.laid_out(a))


def evaluated(
    case: Any, args: list[Any], kwargs: Any, floating: list[bool]
) -> tuple[list[Any], list[Tensor]]:
    """The outputs, and the leaves; or the error's type in the place of the outputs."""
    given = [
        Tensor(a, case.order > 0 and f) if isinstance(a, np.ndarray) else a
        for a, f in zip(args, floating, strict=True)
    ]
    leaves = [x for x in given if isinstance(x, Tensor) and x.requires_grad]
    try:
        return outputs(case.op(*given, **kwargs)), leaves
    except MinigradError as error:
        return [type(error)], leaves


def roomy(case: Any, k: int, a: Any) -> bool:
    """Whether numbers may repeat: not where all must differ, nor in indices and other integers."""
    return is_floating(a) and case.op.op.name not in UNREPEATED


@pytest.mark.parametrize("name", sorted(TABLE))
def test_memory_makes_no_difference_to_values_and_gradients(name: str) -> None:
    case = TABLE[name]

    @examples(10)
    @given(st.data(), st.sampled_from(case.samples), numbers)
    def check(data: DataObject, sample: Sample, rng: Any) -> None:
        drawn = [data.draw(in_memory(a, roomy(case, k, a))) for k, a in enumerate(sample.args)]
        params = {k: data.draw(in_memory(v, False)) for k, v in sample.kwargs.items()}
        floating = [is_floating(a) for a in sample.args]
        before = [b.tobytes() if isinstance(b, np.ndarray) else None for _, b in drawn]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plain, xs = evaluated(
                case, [a for a, _ in drawn], {k: v for k, (v, _) in params.items()}, floating
            )
            other, zs = evaluated(
                case, [b for _, b in drawn], {k: v for k, (_, v) in params.items()}, floating
            )
            compare(data, rng, plain, other, xs, zs)
        assert before == [b.tobytes() if isinstance(b, np.ndarray) else None for _, b in drawn]

    check()


def compare(data: DataObject, rng: Any, plain: list[Any], other: list[Any], xs: Any, zs: Any) -> None:
    """Outputs and gradients of one call beside those of the other; the gradient comes in other memory too."""
    if isinstance(plain[0], type) or isinstance(other[0], type):
        assert plain == other
        return
    for y, z in zip(plain, other, strict=True):
        assert y.dtype == z.dtype
        close(values(y), values(z))
    live = [k for k, y in enumerate(plain) if y.requires_grad and is_float(y.dtype)]
    assert live == [k for k, z in enumerate(other) if z.requires_grad and is_float(z.dtype)]
    if not live:
        return
    gs = [normal(rng, plain[k].shape).astype(plain[k].dtype) for k in live]
    moved = [data.draw(mgst.laid_out(g)) for g in gs]
    mine = grad([plain[k] for k in live], xs, [Tensor(g) for g in gs], allow_unused=True)
    theirs = grad([other[k] for k in live], zs, [Tensor(g) for g in moved], allow_unused=True)
    for a, b in zip(mine, theirs, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            close(values(a), values(b))


def close(a: Array, b: Array) -> None:
    """Equal but for the order of sums; where one has no finite value, neither has the other."""
    assert a.shape == b.shape
    exact = a.dtype.kind in "biu"
    scale = np.abs(a[np.isfinite(a)]).max(initial=0.0) if not exact else 0.0
    np.testing.assert_allclose(
        b, a, rtol=0.0 if exact else 1e-9, atol=0.0 if exact else 1e-10 * (1.0 + scale)
    )


# ---- shapes that are drawn, float32 and views among the inputs ------------------------------------------------------
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
    "einsum": lambda x: mg.einsum("bij,bkj->ik", x, x),
    "max_pool2d": lambda x: mg.max_pool2d(x, 2, padding=1),
    "conv2d": lambda x: mg.conv2d(x, x.reshape(1, *x.shape), padding=1),
    "conv_transpose1d": lambda x: (
        mg.conv_transpose1d(x, x.movedim(1, 0), stride=2) if x.shape[0] == x.shape[1] else x
    ),
}


@pytest.mark.parametrize("name", ANY_MEMORY)
def test_no_shape_and_no_dtype_depends_on_the_memory(name: str) -> None:
    fn = ANY_MEMORY[name]

    @examples(6)
    @given(st.data(), mgst.shapes(3, 3, 1), mgst.dtypes("float", halves=False), numbers)
    def check(data: DataObject, shape: Any, dtype: Any, rng: Any) -> None:
        x = normal(rng, shape).astype(dtype)
        copy = Tensor(x.copy(), True)
        wanted, tight = fn(copy), 1e-5 if x.dtype == "float32" else 1e-12
        g = normal(rng, wanted.shape).astype(dtype)
        gw = grad(wanted, copy, [Tensor(g)])[0] if wanted.requires_grad else None
        for layout in mgst.LAYOUTS[:-1]:
            t = Tensor(data.draw(mgst.laid_out(x, [layout])), True)
            y = fn(t)
            near(y, values(wanted), tight, 10 * tight)
            assert y.dtype == wanted.dtype
            if gw is not None:
                (gx,) = grad(y, t, [Tensor(data.draw(mgst.laid_out(g)))])
                near(gx, values(gw), tight, 100 * tight)

    check()


def test_what_lies_between_the_elements_is_left_alone() -> None:
    """Writes in place through a view change its elements and no others."""

    @examples(60)
    @given(st.data(), mgst.shapes(1, 3, 1), numbers)
    def check(data: DataObject, shape: Any, rng: Any) -> None:
        x = data.draw(mgst.laid_out(normal(rng, shape), ["strided", "reversed", "permuted"]))
        memory = x
        while memory.base is not None:
            memory = memory.base
        inside = np.zeros(memory.shape, bool)
        view = np.lib.stride_tricks.as_strided(
            inside.ravel()[(x.__array_interface__["data"][0] - memory.__array_interface__["data"][0]) // 8 :],
            shape,
            [s // 8 for s in x.strides],
        )
        view[...] = True
        assert inside.sum() == math.prod(shape)
        before = memory.copy()
        t = Tensor(x)
        t.mul_(2.0)
        t += 1.0
        np.testing.assert_array_equal(memory[~inside], before[~inside])
        np.testing.assert_array_equal(memory[inside], before[inside] * 2.0 + 1.0)

    check()
