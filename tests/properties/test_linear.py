"""The ops that are linear in an argument: f(a x + b y) = a f(x) + b f(y); and which of the table they are.

Where another argument is added, such as a bias, this holds for weights whose sum is 1.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from op_check import TABLE, call, is_floating, tensors
from op_samples.case import Sample
from property_tools import Array, dot, examples, leaf, near, normal, numbers, pulled, values

import minigrad as mg
from minigrad import functional as F
from minigrad.core import Tensor
from minigrad.dtypes import is_float
from minigrad.errors import MinigradError

ONE_BY_ONE: dict[str, tuple[int, ...]] = {  # the arguments in which an op is linear while the others stay
    **dict.fromkeys(["add", "sub", "mul", "matmul", "conv_input", "conv_weight", "setitem"], (0, 1)),
    **dict.fromkeys(["conv", "conv_transpose", "linear", "addcmul", "lerp", "cat", "stack"], (0, 1, 2)),
    **dict.fromkeys(["addcdiv", "times"], (0, 1)),
    **dict.fromkeys(["div", "ratio", "xlogy", "xlog1py", "linear_scan"], (0,)),
    **dict.fromkeys(["solve", "solve_triangular", "rms_norm", "heaviside", "cross_entropy"], (1,)),
    "binary_cross_entropy": (1,),
    "standardize": (1, 2),
    "where": (1, 2),
    "masked_fill": (0, 2),
    "rescale": (0, 1, 2, 3),
}
ALONE = """
    alias as_strided avg_pool avg_pool_input cast clone col2im cumsum diagonal diagonal_put dropout embedding expand
    flatten flip fold_pad gather getitem im2col index_select mT max_unpool mean movedim nan_to_num neg pad permute
    pool_put pool_take put put_along resample reshape roll split squeeze strided_put sum sum_to tile transfer
    transpose tril triu unbind unflatten unfold unfold_put unsqueeze
""".split()
TOGETHER = {"add", "sub", "cat", "stack", "setitem", "where", "masked_fill"}  # in all arguments at once
NEARLY = {"nextafter"}  # but for roundings
LINEAR = ONE_BY_ONE | dict.fromkeys(ALONE, (0,))


def floating(sample: Sample) -> list[int]:
    """The places of the floating arrays."""
    return [k for k, a in enumerate(sample.args) if is_floating(a)]


def evaluated(name: str, sample: Sample, at: tuple[int, ...], arrays: list[Array]) -> list[Array]:
    """The floating outputs of the op, with other arrays at some places."""
    args = [*sample.args]
    for k, a in zip(at, arrays, strict=True):
        args[k] = np.asarray(a)
    changed = Sample(tuple(args), sample.kwargs)
    return [values(y) for y in call(TABLE[name], changed, tensors(changed)) if is_float(y.dtype)]


def deviation(name: str, sample: Sample, at: tuple[int, ...], rng: Any, a: float, b: float) -> float | None:
    """How far f(a x + b y + c z) is from a f(x) + b f(y) + c f(z), with c = 1 - a - b; None where nothing is finite."""
    shapes, c = [sample.args[k].shape for k in at], 1.0 - a - b
    xs, ys, zs = ([normal(rng, s) for s in shapes] for _ in range(3))
    mixed = [a * x + b * y + c * z for x, y, z in zip(xs, ys, zs, strict=True)]
    worst = None
    for found in zip(*(evaluated(name, sample, at, v) for v in (xs, ys, zs, mixed)), strict=True):
        finite = np.isfinite(np.stack(found)).all(0)
        fx, fy, fz, f = (v[finite] for v in found)
        if f.size:
            scale = 1.0 + max(np.abs(v).max() for v in (fx, fy, fz, f))
            worst = max(worst or 0.0, float(np.abs(f - a * fx - b * fy - c * fz).max() / scale))
    return worst


CASES = [(name, (k,)) for name, places in LINEAR.items() for k in places]
CASES += [(name, ()) for name in sorted(TOGETHER)]
weights = st.floats(-4.0, 4.0).map(lambda v: round(v, 3))


@pytest.mark.parametrize(
    ("name", "at"), [pytest.param(n, k, id=f"{n}-{'all' if not k else k[0]}") for n, k in CASES]
)
def test_linear_ops_are_linear(name: str, at: tuple[int, ...]) -> None:
    samples = [s for s in TABLE[name].samples if floating(s) and (set(at) <= set(floating(s)))]

    @examples(12)
    @given(st.sampled_from(samples), numbers, weights, weights)
    def check(sample: Sample, rng: Any, a: float, b: float) -> None:
        over = at or tuple(floating(sample))
        assert (deviation(name, sample, over, rng, a, b) or 0.0) < 1e-11
        others = [a for k, a in enumerate(sample.args) if k not in over and not at]
        added = sample.kwargs.get("value") or any(np.asarray(a).dtype != bool for a in others)
        if (name in ALONE or not at) and not added:  # nothing but what is linear
            zeros = evaluated(name, sample, over, [np.zeros(sample.args[k].shape) for k in over])
            assert not any(np.nan_to_num(y).any() for y in zeros)

    check()


def seems_linear(name: str, at: Callable[[Sample], tuple[int, ...]]) -> bool:
    """Whether no sample shows that the op is not linear in these places; some sample must have them."""
    found, rng = False, np.random.default_rng(0)
    for sample in TABLE[name].samples:
        places = at(sample)
        if not places or not set(places) <= set(floating(sample)):
            continue
        try:
            off = [deviation(name, sample, places, rng, 1.5, b) for b in (-0.75, 2.0, -3.0)]
        except MinigradError:  # such numbers are refused: a matrix that is not positive definite
            return False
        if any(d is not None and d > 1e-9 for d in off):
            return False
        found |= off != [None] * 3
    return found


def test_no_linear_op_is_missing() -> None:
    for name, case in TABLE.items():
        if case.order == 0 or name in NEARLY:
            continue
        most = max((k + 1 for s in case.samples for k in floating(s)), default=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # random numbers lie outside of many domains
            found = tuple(k for k in range(most) if seems_linear(name, lambda s, k=k: (k,)))
            joint = most > 1 and seems_linear(name, lambda s: tuple(floating(s)))
        assert found == LINEAR.get(name, ()), name
        assert joint == (name in TOGETHER), name


# ---- functions without an op of their own ---------------------------------------------------------------------------
fixed = np.random.default_rng(1)
SHAPE = (2, 3, 4)
places = fixed.integers(0, 2, SHAPE)
matrix, other, image = (Tensor(fixed.standard_normal(s)) for s in ((4, 2), (3, 4), (1, 2, 3, 4)))
grid = Tensor(fixed.uniform(-1.2, 1.2, (2, 3, 2, 2)))


def resized(mode: str, **more: Any) -> Callable[[Tensor], Tensor]:
    """interpolate: images of one dim, two dims or three."""
    lead = {"linear": 0, "trilinear": 2}.get(mode, 1)
    size = {"linear": 7, "trilinear": (1, 5, 7)}.get(mode, (5, 7))
    return lambda x: F.interpolate(x[(None,) * lead], size=size, mode=mode, **more)


FUNCTIONS: dict[str, Callable[[Tensor], Any]] = {
    **{f"interpolate {m}": resized(m) for m in ("nearest", "nearest-exact", "area", "bilinear", "bicubic")},
    **{f"interpolate {m}": resized(m) for m in ("linear", "trilinear")},
    "interpolate, corners": resized("bilinear", align_corners=True),
    "interpolate, smoothed": resized("bilinear", antialias=True),
    "adaptive_avg_pool2d": lambda x: F.adaptive_avg_pool2d(x, (2, 3)),
    "avg_pool1d": lambda x: F.avg_pool1d(x, 3, 2, 1, True, False),
    "unfold": lambda x: F.unfold(x, 2, padding=1),
    "fold": lambda x: F.fold(x.reshape(2, 3, 4), (3, 4), (1, 3), padding=(0, 1), stride=(2, 2)),
    "pixel_shuffle": lambda x: F.pixel_shuffle(x.reshape(4, 2, 3), 2),
    "pixel_unshuffle": lambda x: F.pixel_unshuffle(x.reshape(1, 6, 4), 2),
    "channel_shuffle": lambda x: F.channel_shuffle(x.reshape(2, 4, 3), 2),
    "grid_sample": lambda x: F.grid_sample(x[None].expand(2, -1, -1, -1), grid, align_corners=False),
    "affine_grid": lambda x: F.affine_grid(x[:, :2, :3], (2, 1, 3, 4), align_corners=True),
    **{f"pad {m}": lambda x, m=m: F.pad(x, (2, 1), mode=m) for m in ("constant", "reflect", "circular")},
    "pad replicate": lambda x: F.pad(x, (3, 0), mode="replicate"),
    "cumsum": lambda x: mg.cumsum(x, 1),
    "diff": lambda x: mg.diff(x, 2),
    "gradient": lambda x: mg.gradient(x, dim=1)[0],
    "trapezoid": lambda x: mg.trapezoid(x, dim=1),
    "cumulative_trapezoid": lambda x: mg.cumulative_trapezoid(x, dx=0.5, dim=2),
    "einsum": lambda x: mg.einsum("bij,jk->kb", x, matrix),
    "tensordot": lambda x: mg.tensordot(x, other, 2),
    "kron": lambda x: mg.kron(matrix, x[0]),
    "outer": lambda x: mg.outer(x.reshape(-1), matrix[0]),
    "cross": lambda x: mg.cross(x[:, :, 0], other[:, :2].mT, dim=1),
    "trace": lambda x: mg.trace(x[0]),
    "bmm": lambda x: mg.bmm(x, x.detach().mT * 0 + 1),
    "roll": lambda x: mg.roll(x, (1, 2), (0, 2)),
    "rot90": lambda x: mg.rot90(x, 1, (0, 2)),
    "repeat_interleave": lambda x: mg.repeat_interleave(x, 2, 1),
    "diag_embed": lambda x: mg.diag_embed(x, 1),
    "gather": lambda x: mg.gather(x, 0, places),
    "take": lambda x: mg.take(x, places),
    "index_select": lambda x: mg.index_select(x, 1, np.array([2, 0, 2])),
    "index_add": lambda x: mg.index_add(Tensor(np.zeros((2, 3, 4))), 1, np.array([2, 0, 2]), x),
    "scatter_add": lambda x: mg.scatter_add(Tensor(np.zeros((3, 3, 4))), 0, places, x),
    "scatter_reduce mean": lambda x: mg.scatter_reduce(
        Tensor(np.zeros((3, 3, 4))), 0, Tensor(places), x, "mean"
    ),
    "masked_select": lambda x: mg.masked_select(x, Tensor(places > 0)),
    "masked_fill": lambda x: mg.masked_fill(x, Tensor(places > 0), 0.0),
    "embedding_bag": lambda x: F.embedding_bag(Tensor(places[0]), x[0], mode="sum"),
    "stack and cat": lambda x: mg.cat([mg.stack([x, x]), x[None]]),
    "conv_transpose2d": lambda x: F.conv_transpose2d(
        x, Tensor(fixed_kernel), stride=2, padding=1, output_padding=1, dilation=2
    ),
}
fixed_kernel = fixed.standard_normal((2, 2, 2, 2))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_linear_functions_are_linear_and_their_gradients_adjoint(name: str) -> None:
    fn = FUNCTIONS[name]

    @examples(10)
    @given(st.data(), numbers, weights, weights)
    def check(data: DataObject, rng: Any, a: float, b: float) -> None:
        x, y = (normal(rng, SHAPE) for _ in range(2))
        at = leaf(data, x)
        out, of_y = fn(at), values(fn(Tensor(y)))
        near(fn(Tensor(a * x + b * y)), a * values(out) + b * of_y, 1e-11, 1e-11)
        g = normal(rng, out.shape)
        (gx,) = pulled(out, [at], g)
        assert dot(gx, y) == pytest.approx(dot(g, of_y), rel=1e-11, abs=1e-11)

    check()
