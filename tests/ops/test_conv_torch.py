"""Convolution beside PyTorch's over many geometries, and what must hold of it whatever the numbers are."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from op_samples.case import f
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F
from minigrad import ops
from minigrad.errors import ShapeError

TF = torch.nn.functional
Params = dict[str, Any]

STRIDES = (1, 2, (2, 1))
PADDINGS = (0, (1, 2), "same")
DILATIONS = (1, (2, 1))
GRID = [
    {"stride": s, "padding": p, "dilation": d, "groups": groups}
    for s, p, d, groups in itertools.product(STRIDES, PADDINGS, DILATIONS, (1, 2))
    if not (p == "same" and s != 1)
]
KERNELS = ((3, 2), (1, 1), (2, 4))


def some(seed: int, dims: int = 2) -> tuple[tuple[int, ...], tuple[int, ...], Params]:
    """Extents and parameters at random: x, weight, parameters, with at least one window."""
    rng = np.random.default_rng(seed)
    while True:
        groups, c, k, n = (int(v) for v in rng.integers(1, 4, 4))
        kernel, size = rng.integers(1, 6 - dims // 2, dims), rng.integers(1, 11 - dims, dims)
        stride, dilation, padding = (rng.integers(low, 4, dims) for low in (1, 1, 0))
        if (size + 2 * padding > dilation * (kernel - 1)).all():
            pairs = {"stride": stride, "padding": padding, "dilation": dilation}
            params = {name: tuple(map(int, v)) for name, v in pairs.items()}
            x, weight = (n, c * groups, *map(int, size)), (k * groups, c, *map(int, kernel))
            return x, weight, {**params, "groups": groups}


# ---- beside PyTorch -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kernel", KERNELS, ids=str)
@pytest.mark.parametrize("params", GRID, ids=str)
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")
def test_conv2d(params: Params, kernel: tuple[int, int]) -> None:
    x, weight = f(2, 4, 6, 5), f(4, 4 // params["groups"], *kernel)
    agree(lambda *a: F.conv2d(*a, **params), lambda *a: TF.conv2d(*a, **params), x, weight, f(4))


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("seed", range(40))
def test_conv_at_random(seed: int, dims: int) -> None:
    x, weight, params = some(seed, dims)
    mine, theirs = (getattr(lib, f"conv{dims}d") for lib in (F, TF))
    arrays = (f(*x), f(*weight)) if seed % 2 else (f(*x), f(*weight), f(weight[0]))
    agree(lambda *a: mine(*a, **params), lambda *a: theirs(*a, **params), *arrays)


@pytest.mark.parametrize("dims", [1, 3])
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")
def test_padding_by_name(padding: str, dims: int) -> None:
    mine, theirs = (getattr(lib, f"conv{dims}d") for lib in (F, TF))
    for kernel, dilation in (((3, 2, 1), (1, 2, 3)), ((2, 4, 3), (1, 1, 1)), ((4, 3, 2), (2, 1, 2))):
        params = {"padding": padding, "dilation": dilation[:dims]}
        x, weight = f(2, 2, *(8, 5, 6)[:dims]), f(3, 2, *kernel[:dims])
        agree(lambda *a, p=params: mine(*a, None, **p), lambda *a, p=params: theirs(*a, None, **p), x, weight)


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("seed", range(40))
def test_transposed_at_random(seed: int, dims: int) -> None:
    """All that PyTorch takes: an output_padding below the stride or the dilation."""
    _, weight, params = some(seed, dims)
    rng = np.random.default_rng(seed)
    size = tuple(int(v) for v in rng.integers(1, 5, dims))
    rows = [*zip(weight[2:], params["stride"], params["dilation"], params["padding"], strict=True)]
    more = tuple(int(rng.integers(0, max(s, d))) for _, s, d, _ in rows)
    params["padding"] = tuple(
        min(p, ((n - 1) * s + d * (k - 1) + e) // 2)
        for n, e, (k, s, d, p) in zip(size, more, rows, strict=True)
    )
    arrays = f(2, weight[0], *size), f(*weight), f(weight[1] * params["groups"])
    mine, theirs = (getattr(lib, f"conv_transpose{dims}d") for lib in (F, TF))
    agree(
        lambda *a: mine(*a, output_padding=more, **params),
        lambda *a: theirs(*a, output_padding=more, **params),
        *arrays,
    )


@pytest.mark.parametrize("seed", range(40))
def test_unfold_and_fold_at_random(seed: int) -> None:
    shape, weight, params = some(seed)
    geometry = {"kernel_size": weight[2:], **{k: v for k, v in params.items() if k != "groups"}}
    agree(lambda x: F.unfold(x, **geometry), lambda x: TF.unfold(x, **geometry), f(*shape))
    columns = TF.unfold(torch.zeros(shape), **geometry).shape
    size = shape[2:]
    agree(lambda x: F.fold(x, size, **geometry), lambda x: TF.fold(x, size, **geometry), f(*columns))


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"stride": 2, "output_padding": 1},
        {"stride": (3, 2), "output_padding": (2, 0), "padding": (1, 0)},
        {"dilation": (2, 3), "padding": 1},
        {"stride": (1, 2), "dilation": (1, 2)},
    ],
    ids=str,
)
def test_conv_transpose2d(params: Params, groups: int, kernel: tuple[int, int]) -> None:
    x, weight, bias = f(2, 4, 3, 4), f(4, 3, *kernel), f(3 * groups)
    ours, theirs = F.conv_transpose2d, TF.conv_transpose2d
    agree(
        lambda *a: ours(*a, groups=groups, **params),
        lambda *a: theirs(*a, groups=groups, **params),
        x,
        weight,
        bias,
    )


def test_by_position_as_in_pytorch() -> None:
    x, weight, bias = f(1, 4, 7, 6), f(4, 2, 2, 3), f(4)
    agree(
        lambda *a: F.conv2d(*a, (2, 1), 1, (1, 2), 2),
        lambda *a: TF.conv2d(*a, (2, 1), 1, (1, 2), 2),
        x,
        weight,
        bias,
    )
    back = (x, f(4, 1, 2, 3), f(2), (2, 1), 1, (1, 0), 2, 1)
    close(
        F.conv_transpose2d(*map(mg.tensor, back[:3]), *back[3:]),
        TF.conv_transpose2d(*map(torch.tensor, back[:3]), *back[3:]),
    )


@pytest.mark.parametrize("x", [(3, 5, 4), (0, 3, 5, 4)], ids=["one image", "no image"])
def test_without_a_batch(x: tuple[int, ...]) -> None:
    weight, back = f(2, 3, 2, 2), f(3, 2, 2, 2)
    agree(lambda *a: F.conv2d(*a, padding=1), lambda *a: TF.conv2d(*a, padding=1), f(*x), weight, f(2))
    agree(F.conv_transpose2d, TF.conv_transpose2d, f(*x), back, f(2))
    agree(lambda x: F.unfold(x, 2), lambda x: TF.unfold(x, 2), f(*x))
    agree(lambda x: F.fold(x, (3, 3), 2), lambda x: TF.fold(x, (3, 3), 2), f(*x[:-3], 8, 4))


@pytest.mark.parametrize("dims", [1, 3])
@pytest.mark.parametrize("batch", [(3,), (0, 3)], ids=["one", "none"])
def test_without_a_batch_in_other_dims(batch: tuple[int, ...], dims: int) -> None:
    x, size = f(*batch, *(5, 4, 3)[:dims]), (2, 1, 2)[:dims]
    for name, weight in ((f"conv{dims}d", f(2, 3, *size)), (f"conv_transpose{dims}d", f(3, 2, *size))):
        agree(getattr(F, name), getattr(TF, name), x, weight, f(2))


def test_weights_of_another_rank_are_refused() -> None:
    for dims, weight in ((1, (2, 1, 3, 3)), (2, (2, 1, 3)), (3, (2, 1, 3, 3))):
        for name in (f"conv{dims}d", f"conv_transpose{dims}d"):
            with pytest.raises(ShapeError, match=rf"{name}: weight is \({', '.join(map(str, weight))}\); \("):
                getattr(F, name)(mg.ones(2, 2, *(4,) * (len(weight) - 2)), mg.ones(*weight))


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
def test_integers(dtype: str) -> None:
    rng = np.random.default_rng(0)
    x, weight = (rng.integers(0, 9, shape).astype(dtype) for shape in ((1, 2, 4, 4), (3, 2, 2, 2)))
    close(F.conv2d(mg.tensor(x), mg.tensor(weight)), TF.conv2d(torch.tensor(x), torch.tensor(weight)), 0.0)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_halves_are_summed_in_float32(dtype: str) -> None:
    """4096 ones: a sum in the half itself would stop at 2048, or at 256."""
    x, weight = mg.ones(1, 1024, 2, 2, dtype=dtype), mg.ones(1, 1024, 2, 2, dtype=dtype)
    x.requires_grad_(), weight.requires_grad_()
    y = F.conv2d(x, weight)
    assert y.dtype.name == dtype and float(y.detach().reshape(1)[0]) == 4096.0
    y.sum().backward()
    assert x.grad.dtype.name == weight.grad.dtype.name == dtype
    wide = mg.ones(1, 1, 64, 64, dtype=dtype)
    assert float(ops.conv_weight(wide, wide, (1, 1, 1, 1)).reshape(1)[0]) == 4096.0
    assert (
        float(
            ops.conv_input(
                mg.ones(1, 4096, 1, 1, dtype=dtype), mg.ones(4096, 1, 1, 1, dtype=dtype), (1, 1, 1, 1)
            ).reshape(1)[0]
        )
        == 4096.0
    )
    assert float(F.fold(mg.ones(1, 4096, 1, dtype=dtype), (1, 1), 1).reshape(4096)[0]) == 1.0


# ---- whatever the numbers are ---------------------------------------------------------------------------------------
def dot(a: Any, b: Any) -> float:
    return float((a * b).sum())


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("seed", range(20))
def test_the_gradients_are_adjoints(seed: int, dims: int) -> None:
    """<conv(x, w), g> = <x, conv_input(g, w)> = <w, conv_weight(g, x)>; the transposed convolution is the former."""
    x_shape, w_shape, params = some(seed + 100, dims)
    x, weight = mg.tensor(f(*x_shape)), mg.tensor(f(*w_shape))
    y = ops.conv(x, weight, **params)
    g = mg.tensor(f(*y.shape, seed="g"))
    want = pytest.approx(dot(y, g), rel=1e-12)
    assert dot(x, ops.conv_input(g, weight, x_shape, **params)) == want
    assert dot(weight, ops.conv_weight(g, x, w_shape, **params)) == want
    names = ("padding", "dilation", "stride")
    rows = zip(x_shape[2:], w_shape[2:], *(params[name] for name in names), strict=True)
    rest = tuple((n + 2 * p - d * (k - 1) - 1) % s for n, k, p, d, s in rows)  # what no window sees
    back = ops.conv_transpose(g, weight, output_padding=rest, **params)
    assert np.array_equal(back.numpy(), ops.conv_input(g, weight, x_shape, **params).numpy())


@pytest.mark.parametrize("dims", [1, 3])
def test_the_same_in_two_dims(dims: int) -> None:
    """An extent of 1 more changes nothing; a volume's convolution is a sum of those of its planes."""
    x, weight = f(2, 4, *(6, 5, 4)[:dims]), f(6, 2, *(3, 2, 3)[:dims])
    params = {"stride": 2, "padding": 1, "groups": 2}
    y = getattr(F, f"conv{dims}d")(mg.tensor(x), mg.tensor(weight), **params).numpy()
    if dims == 1:
        flat = {"stride": (1, 2), "padding": (0, 1), "groups": 2}
        want = F.conv2d(mg.tensor(x[:, :, None]), mg.tensor(weight[:, :, None]), **flat).numpy()[:, :, 0]
    else:
        padded, want = np.pad(x, ((0, 0), (0, 0), (1, 1), (0, 0), (0, 0))), np.zeros(y.shape)
        for d, i in np.ndindex(y.shape[2], 3):
            plane, slab = padded[:, :, 2 * d + i], weight[:, :, i]
            want[:, :, d] += F.conv2d(mg.tensor(plane), mg.tensor(slab), **params).numpy()
    np.testing.assert_allclose(y, want, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_columns_times_weights_are_the_convolution(seed: int) -> None:
    x_shape, w_shape, params = some(seed + 200)
    geometry = {k: v for k, v in params.items() if k != "groups"}
    x, weight = mg.tensor(f(x_shape[0], w_shape[1], *x_shape[2:])), mg.tensor(f(*w_shape))
    columns = F.unfold(x, w_shape[2:], **geometry)
    y = F.conv2d(x, weight, **geometry)
    np.testing.assert_allclose(
        (weight.reshape(w_shape[0], -1) @ columns).reshape(y.shape).numpy(), y.numpy(), rtol=1e-12, atol=1e-12
    )


def test_linear_in_each_input() -> None:
    x, z, w, v = (
        mg.tensor(f(*shape, seed=s))
        for shape, s in (((2, 3, 6, 5), "x"), ((2, 3, 6, 5), "z"), ((4, 3, 3, 2), "w"), ((4, 3, 3, 2), "v"))
    )
    mixed = F.conv2d(2.0 * x - z, w + 3.0 * v, padding=1)
    apart = [
        (a, F.conv2d(p, q, padding=1)) for a, p, q in ((2.0, x, w), (6.0, x, v), (-1.0, z, w), (-3.0, z, v))
    ]
    np.testing.assert_allclose(mixed.numpy(), sum(a * y.numpy() for a, y in apart), rtol=1e-11, atol=1e-11)


def test_what_moves_in_the_input_moves_in_the_output() -> None:
    picture = np.zeros((1, 1, 12, 12))
    picture[..., 3:6, 2:7] = f(3, 5)
    moved = np.roll(picture, (2, 3), (2, 3))
    weight = mg.tensor(f(2, 1, 3, 3))
    y, z = (F.conv2d(mg.tensor(p), weight, padding=1).numpy() for p in (picture, moved))
    np.testing.assert_array_equal(np.roll(y, (2, 3), (2, 3)), z)
    strided = F.conv2d(mg.tensor(np.roll(picture, (2, 4), (2, 3))), weight, stride=2, padding=1).numpy()
    np.testing.assert_array_equal(
        np.roll(F.conv2d(mg.tensor(picture), weight, stride=2, padding=1).numpy(), (1, 2), (2, 3)), strided
    )


def test_two_convolutions_without_activation_are_one() -> None:
    """The kernel of the one is the full convolution of the other's with its own."""
    x, first, second = mg.tensor(f(2, 3, 9, 8)), mg.tensor(f(4, 3, 3, 2)), mg.tensor(f(5, 4, 2, 3))
    both = F.conv2d(F.conv2d(x, first), second)
    k, m = first.shape[2:], second.shape[2:]
    kernel = np.zeros((5, 3, k[0] + m[0] - 1, k[1] + m[1] - 1))
    for i, j in np.ndindex(*m):
        kernel[:, :, i : i + k[0], j : j + k[1]] += np.einsum(
            "om,mchw->ochw", second.numpy()[:, :, i, j], first.numpy()
        )
    np.testing.assert_allclose(F.conv2d(x, mg.tensor(kernel)).numpy(), both.numpy(), rtol=1e-11, atol=1e-11)


def test_a_gradient_of_another_shape_is_refused() -> None:
    with pytest.raises(
        ShapeError, match=r"conv2d_input: grad_output is \(1, 2, 3, 4\); \(1, 2, 3, 3\) is wanted"
    ):
        ops.conv_input(f(1, 2, 3, 4), f(2, 1, 2, 2), (1, 1, 4, 4))
