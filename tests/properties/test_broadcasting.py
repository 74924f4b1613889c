"""Broadcasting is expansion: the same values and gradients, for every op of several tensors, whatever the shapes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from op_check import TABLE, is_floating
from property_tools import Array, Shape, examples, leaf, normal, numbers, pulled, summed, values

import minigrad as mg
from minigrad import ops
from minigrad.core import Tensor
from minigrad.dtypes import is_float
from minigrad.testing import strategies as mgst

ELEMENTWISE = """
    add addcdiv addcmul atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor clamp copysign
    div eq floor_divide fmax fmin fmod gcd ge gt heaviside hypot igamma igammac isclose lcm le lerp logaddexp
    logaddexp2 logical_and logical_or logical_xor lt maximum minimum mul ne nextafter pow ratio remainder sub times
    trunc_divide where xlog1py xlogy
""".split()
MATRICES = {  # the dims in front broadcast: the shapes of what is behind
    "matmul": ((2, 3), (3, 2)),
    "solve": ((2, 2), (2, 3)),
    "solve_triangular": ((2, 2), (2, 3)),
    "cdist": ((2, 3), (4, 3)),
}
OTHERWISE = {  # ops of several tensors whose shapes belong together in another way
    *(
        "cat",
        "stack",
        "conv",
        "conv_input",
        "conv_transpose",
        "conv_weight",
        "linear",
        "linear_scan",
        "rescale",
    ),
    *("cross_entropy", "embedding", "gather", "index_select", "put_along", "scatter_extreme", "setitem"),
    *(
        "rms_norm",
        "standardize",
        "isin",
        "searchsorted",
        "fractional_max_pool",
        "max_unpool",
        "pool_put",
        "pool_take",
    ),
    *(
        "binary_cross_entropy",
        "huber_loss",
        "l1_loss",
        "mse_loss",
    ),  # one shape: PyTorch warns of others, here they are refused
    "masked_fill",  # the mask broadcasts, the value is a single number
}


def inputs(name: str) -> int:
    """How many tensors an op takes."""
    op = TABLE[name].op.op
    return 2 if op.tail else len(op.inputs)


def test_every_op_of_several_tensors_is_here() -> None:
    several = {name for name in TABLE if inputs(name) > 1}
    assert several == {*ELEMENTWISE, *MATRICES, *OTHERWISE}


def agree(a: Array, b: Array, exact: bool = True) -> None:
    """Equal but for the last digits, which NumPy's loops make as the strides are; sums may be in another order."""
    assert a.shape == b.shape and a.dtype == b.dtype
    if a.dtype.kind in "biu":
        np.testing.assert_array_equal(a, b)
    else:
        np.testing.assert_allclose(a, b, rtol=1e-14 if exact else 1e-11, atol=0.0 if exact else 1e-11)


def expanded(data: DataObject, a: Array, shape: Shape) -> Tensor:
    """The array repeated to the shape, in memory of its own."""
    return (
        leaf(data, np.broadcast_to(a, shape).copy())
        if is_floating(a)
        else Tensor(np.broadcast_to(a, shape).copy())
    )


def check_pair(
    data: DataObject, op: Any, arrays: list[Array], fulls: list[Shape], kwargs: Any, exact: bool
) -> None:
    """The op of tensors that broadcast, beside the op of what they are broadcast to."""
    given = [leaf(data, a) if is_floating(a) else Tensor(a) for a in arrays]
    large = [expanded(data, a, s) for a, s in zip(arrays, fulls, strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # infinities are welcome here
        y, z = op(*given, **kwargs), op(*large, **kwargs)
        agree(values(y), values(z), exact)
        if not (y.requires_grad and is_float(y.dtype)):
            return
        g = np.arange(1.0, 1.0 + y.numel()).reshape(y.shape)
        mine, theirs = (
            pulled(r, [x for x in xs if x.requires_grad], g) for r, xs in ((y, given), (z, large))
        )
    floats = [a for a in arrays if is_floating(a)]
    for a, small, full in zip(floats, mine, theirs, strict=True):
        assert small.shape == a.shape
        finite = np.isfinite(full).all()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = summed(full, a.shape)
        np.testing.assert_allclose(small, wanted, rtol=1e-10, atol=1e-9 if finite else 0.0)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_an_elementwise_op_broadcasts_as_if_its_inputs_were_expanded(name: str) -> None:
    case, count = TABLE[name], inputs(name)
    whole = [s for s in case.samples if len(s.args) >= 2 and all(isinstance(a, np.ndarray) for a in s.args)]
    kinds = {tuple(a.dtype for a in s.args) for s in whole if all(a.size for a in s.args)}

    def pool(k: int, dtypes: Any) -> Array:
        """All values that the samples of these dtypes have for an argument."""
        found = [s.args[k].ravel() for s in whole if tuple(a.dtype for a in s.args) == dtypes]
        return np.concatenate(found)

    pools = {kind: [pool(k, kind) for k in range(len(kind))] for kind in sorted(kinds, key=str)}
    params = {k: [s.kwargs for s in whole if tuple(a.dtype for a in s.args) == k] for k in pools}

    @examples(12)
    @given(st.data(), mgst.broadcastable_shapes(count), st.sampled_from(sorted(pools, key=str)), numbers)
    def check(data: DataObject, drawn: Any, kind: Any, rng: Any) -> None:
        shapes, _ = drawn
        shapes = shapes[: len(kind)]
        whole_shape = np.broadcast_shapes(*shapes)
        arrays = [np.asarray(rng.choice(p, s)) for p, s in zip(pools[kind], shapes, strict=True)]
        kwargs = data.draw(st.sampled_from(params[kind]))
        check_pair(data, case.op, arrays, [whole_shape] * len(arrays), kwargs, True)

    check()


@pytest.mark.parametrize("name", MATRICES)
def test_the_dims_in_front_of_matrices_broadcast_as_if_they_were_expanded(name: str) -> None:
    behind = MATRICES[name]
    kwargs = {"upper": False} if name == "solve_triangular" else {}

    @examples(12)
    @given(st.data(), mgst.broadcastable_shapes(2, max_dims=2, max_side=2), numbers)
    def check(data: DataObject, drawn: Any, rng: Any) -> None:
        shapes, front = drawn
        arrays = [normal(rng, (*s, *c)) for s, c in zip(shapes, behind, strict=True)]
        if name.startswith("solve"):
            arrays[0] = arrays[0] + 4.0 * np.eye(2)
        check_pair(data, TABLE[name].op, arrays, [(*front, *c) for c in behind], kwargs, False)

    check()


@examples(40)
@given(st.data(), mgst.broadcastable_shapes(2), numbers)
def test_the_mask_of_masked_fill_broadcasts(data: DataObject, drawn: Any, rng: Any) -> None:
    (of_mask, _), shape = drawn
    mask = rng.random(of_mask) < 0.5
    x, value = leaf(data, normal(rng, shape)), leaf(data, normal(rng, ()))
    y = ops.masked_fill(x, Tensor(mask), value)
    full = np.broadcast_to(mask, shape)
    agree(values(y), np.where(full, values(value), values(x)))
    g = normal(rng, shape)
    gx, gv = pulled(y, [x, value], g)
    agree(gx, np.where(full, 0.0, g))
    agree(gv, np.asarray(g[full].sum()), False)


@examples(60)
@given(st.data(), mgst.broadcastable_shapes(3), numbers)
def test_broadcast_tensors_and_expand_repeat_elements(data: DataObject, drawn: Any, rng: Any) -> None:
    shapes, shape = drawn
    xs = [leaf(data, normal(rng, s)) for s in shapes]
    assert mg.broadcast_shapes(*shapes) == shape
    for x, y, own in zip(xs, mg.broadcast_tensors(*xs), shapes, strict=True):
        g = normal(rng, shape)
        for found in (y, x.expand(*shape), x.broadcast_to(shape)):
            agree(values(found), np.broadcast_to(values(x), shape))
            agree(pulled(found, [x], g)[0], summed(g, own), False)
