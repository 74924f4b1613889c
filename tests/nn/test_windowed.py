"""Layers with windows in 1, 2 and 3 dims beside PyTorch with the same weights, and arguments that cannot be."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.errors import ArgumentError, DTypeError, ShapeError

Make = Callable[[Any], Any]

# A layer as torch.nn and minigrad.nn both make it, and the shape of an input.
LAYERS: dict[str, tuple[Make, tuple[int, ...]]] = {
    "conv 1": (lambda n: n.Conv1d(3, 4, 3), (2, 3, 7)),
    "conv 1, all": (lambda n: n.Conv1d(4, 6, 3, 2, 2, 2, 2, False), (2, 4, 9)),
    "conv 1, tuples": (lambda n: n.Conv1d(2, 3, (4,), (3,), (1,), (2,)), (2, 9)),
    "conv 1, same, reflect": (lambda n: n.Conv1d(2, 3, 4, padding="same", padding_mode="reflect"), (2, 2, 7)),
    "conv 1, circular": (lambda n: n.Conv1d(2, 3, 3, 2, 2, padding_mode="circular"), (2, 2, 7)),
    "conv 2": (lambda n: n.Conv2d(3, 4, (3, 2), (2, 1), (1, 2)), (2, 3, 7, 6)),
    "conv 2, replicate": (lambda n: n.Conv2d(2, 3, 3, 2, (2, 1), padding_mode="replicate"), (2, 2, 7, 6)),
    "conv 3": (lambda n: n.Conv3d(2, 4, (2, 3, 1), (1, 2, 1), (1, 0, 2), (2, 1, 1), 2), (2, 2, 4, 5, 3)),
    "conv 3, valid": (lambda n: n.Conv3d(2, 3, 2, padding="valid", bias=False), (2, 4, 3, 3)),
    "conv 3, replicate": (
        lambda n: n.Conv3d(1, 2, 3, padding=(1, 2, 1), padding_mode="replicate"),
        (1, 1, 3, 3, 4),
    ),
    "conv 3, same, circular": (
        lambda n: n.Conv3d(1, 2, (2, 3, 1), padding="same", padding_mode="circular"),
        (1, 1, 3, 3, 4),
    ),
    "transposed 1": (lambda n: n.ConvTranspose1d(3, 4, 3), (2, 3, 5)),
    "transposed 1, all": (lambda n: n.ConvTranspose1d(4, 6, 3, 2, 1, 1, 2, False, 2), (4, 5)),
    "transposed 2": (lambda n: n.ConvTranspose2d(2, 3, (3, 2), (2, 1), (1, 0), (1, 0)), (2, 2, 4, 3)),
    "transposed 2, output padding below the dilation": (
        lambda n: n.ConvTranspose2d(2, 4, 3, 1, (1, 0), (2, 1), 2, True, 3),
        (2, 2, 4, 3),
    ),
    "transposed 3": (
        lambda n: n.ConvTranspose3d(2, 3, 2, (2, 1, 3), 1, (1, 0, 2), dilation=(1, 2, 1)),
        (1, 2, 2, 3, 3),
    ),
    **{
        f"max {d}": (
            lambda n, d=d: getattr(n, f"MaxPool{d}d")(3, 2, 1, return_indices=True),
            (2, 2, *(7, 6, 5)[:d]),
        )
        for d in (1, 2, 3)
    },
    "max 1, all": (lambda n: n.MaxPool1d(2, 3, 1, 2, ceil_mode=True), (2, 9)),
    "max 3, all": (
        lambda n: n.MaxPool3d((3, 2, 1), None, (1, 0, 0), (1, 2, 3), ceil_mode=True),
        (2, 1, 5, 6, 4),
    ),
    "avg 1": (lambda n: n.AvgPool1d(3, 2, 1), (2, 2, 7)),
    "avg 1, all": (lambda n: n.AvgPool1d((2,), None, (1,), True, False), (2, 6)),
    "avg 2": (lambda n: n.AvgPool2d((3, 2), None, 1, True, False, 5), (2, 2, 7, 6)),
    "avg 3": (lambda n: n.AvgPool3d(2, (1, 2, 3), 1, True, False), (1, 2, 3, 4, 5)),
    "avg 3, divisor": (lambda n: n.AvgPool3d((1, 2, 3), divisor_override=4), (2, 3, 4, 5)),
    "lp 1": (lambda n: n.LPPool1d(2, 3, 2, ceil_mode=True), (2, 2, 8)),
    "lp 2": (lambda n: n.LPPool2d(4, (2, 3)), (2, 2, 5, 6)),
    "lp 2, infinite": (lambda n: n.LPPool2d(math.inf, 2, (1, 2)), (2, 2, 5, 6)),
    "lp 3": (lambda n: n.LPPool3d(2.0, (1, 2, 2), 1), (2, 2, 4, 3)),
    **{
        f"adaptive {kind} {d}": (
            lambda n, d=d, kind=kind: getattr(n, f"Adaptive{kind}Pool{d}d")(3),
            (2, 2, *(7, 6, 5)[:d]),
        )
        for d in (1, 2, 3)
        for kind in ("Avg", "Max")
    },
    "adaptive max, indices": (lambda n: n.AdaptiveMaxPool2d((None, 2), return_indices=True), (2, 5, 7)),
    "adaptive avg, one": (lambda n: n.AdaptiveAvgPool2d(1), (2, 3, 5, 7)),
    "unfold": (lambda n: n.Unfold((2, 3), 2, (1, 2), (1, 2)), (2, 3, 6, 5)),
    "fold": (lambda n: n.Fold((5, 4), (2, 3), (2, 1), (0, 2), (1, 2)), (2, 12, 9)),
}


def numbers(*shape: int) -> Any:
    return np.random.default_rng(len(shape)).standard_normal(shape)


def listed(y: Any) -> list[Any]:
    return [*y] if isinstance(y, tuple) else [y]


def compare(mine: Any, theirs: Any, *arrays: Any, **params: Any) -> None:
    """Values, and the gradients of inputs and parameters, of two modules with the same weights."""
    torch = pytest.importorskip("torch")
    assert repr(mine) == repr(theirs)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict(theirs.state_dict())
    xs, others = ([lib.tensor(a) for a in arrays] for lib in (mg, torch))
    for x, other in zip(xs, others, strict=True):
        if other.is_floating_point():
            x.requires_grad_(), other.requires_grad_()
    ys, zs = listed(mine(*xs, **params)), listed(theirs(*others, **params))
    assert len(ys) == len(zs)
    g = numbers(*ys[0].shape)
    ys[0].backward(mg.tensor(g))
    zs[0].backward(torch.tensor(g))
    pairs = [(y.detach(), z.detach()) for y, z in zip(ys, zs, strict=True)]
    leaves = zip((*xs, *mine.parameters()), (*others, *theirs.parameters()), strict=True)
    for p, q in [*pairs, *((x.grad, other.grad) for x, other in leaves if other.requires_grad)]:
        assert tuple(p.shape) == tuple(q.shape)
        np.testing.assert_allclose(p.numpy(), q.numpy(), rtol=1e-11, atol=1e-11)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")  # PyTorch's own
@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
def test_layers_with_the_weights_of_pytorch(make: Make, shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    compare(make(nn).double(), make(torch.nn).double(), numbers(*shape))


# ---- what takes more than an input ----------------------------------------------------------------------------------
@pytest.mark.parametrize("batch", [(2, 3), (3,)], ids=["batch", "no batch"])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_unpooling_undoes_pooling(dims: int, batch: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    size = (7, 6, 5)[:dims]
    for kernel, stride, padding in ((2, None, 0), (3, 3, 1), (2, 3, 0)):  # no overlap: no index twice
        pool = getattr(torch.nn, f"MaxPool{dims}d")(kernel, stride, padding, return_indices=True)
        y, indices = (v.numpy() for v in pool(torch.tensor(numbers(*batch, *size))))
        mine, theirs = (getattr(n, f"MaxUnpool{dims}d")(kernel, stride, padding) for n in (nn, torch.nn))
        for chosen in (size, (1, 1, *size)):
            compare(mine, theirs, y, indices, output_size=chosen)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_transposed_to_a_chosen_size(dims: int) -> None:
    torch = pytest.importorskip("torch")
    low = (10, 7, 4)[:dims]
    for extra in (0, 1, 2):
        layers = (
            getattr(n, f"ConvTranspose{dims}d")(2, 3, 3, 3, 1, dilation=(1, 1, 2)[3 - dims :]).double()
            for n in (nn, torch.nn)
        )
        mine, theirs = layers
        x = numbers(2, 2, *((n - 1) // 3 + 1 for n in low))
        least = mine.window.smallest(x.shape[2:])
        size = [n + extra for n in least]
        compare(mine, theirs, x, output_size=size)
        compare(mine, theirs, x, output_size=[2, 3, *size])


@pytest.mark.parametrize("dims", [2, 3])
def test_fractional_pooling_with_given_samples(dims: int) -> None:
    torch = pytest.importorskip("torch")
    samples, name, shape = (
        np.random.default_rng(0).random((2, 3, dims)),
        f"FractionalMaxPool{dims}d",
        (9, 8, 7)[:dims],
    )
    for given in (
        {"output_size": (4, 3, 3)[:dims]},
        {"output_ratio": (0.5, 0.6, 0.7)[:dims], "return_indices": True},
    ):
        mine = getattr(nn, name)((2, 3, 1)[:dims], _random_samples=mg.tensor(samples), **given)
        theirs = getattr(torch.nn, name)((2, 3, 1)[:dims], _random_samples=torch.tensor(samples), **given)
        compare(mine, theirs, numbers(2, 3, *shape))


def test_fractional_pooling_draws_from_the_seed() -> None:
    layer, x = nn.FractionalMaxPool2d(2, output_size=5), mg.tensor(numbers(4, 3, 16, 16))
    mg.manual_seed(3)
    first, second = layer(x), layer(x)
    mg.manual_seed(3)
    assert np.array_equal(layer(x).numpy(), first.numpy())
    assert not np.array_equal(second.numpy(), first.numpy())


@pytest.mark.parametrize(
    "name", ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "Conv1d", "Conv3d"]
)
def test_initial_values_are_drawn_from_the_fan_in(name: str) -> None:
    layer = getattr(nn, name)(24, 32, 5, groups=4)
    channels = 32 // 4 if "Transpose" in name else 24 // 4
    bound = (channels * 5**layer.dims) ** -0.5
    for p in layer.parameters():
        values = p.detach().numpy()
        assert np.abs(values).max() <= bound
        assert np.abs(values).max() > 0.9 * bound or values.size < 100
    assert abs(layer.weight.detach().numpy().std() - bound / 3**0.5) < 0.05 * bound


# ---- what is refused ------------------------------------------------------------------------------------------------
MISUSE: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "channels": (lambda: nn.Conv1d(0, 3, 3), ArgumentError, "Conv1d: in_channels is 0"),
    "kernel of two": (lambda: nn.Conv1d(1, 1, (3, 3)), ArgumentError, r"Conv1d: kernel_size is \(3, 3\)"),
    "groups": (
        lambda: nn.Conv3d(4, 6, 3, groups=4),
        ArgumentError,
        "Conv3d: groups=4 does not divide out_channels=6",
    ),
    "mode": (
        lambda: nn.Conv3d(1, 1, 3, padding_mode="mirror"),
        ArgumentError,
        "Conv3d: padding_mode is 'mirror'",
    ),
    "input of another rank": (
        lambda: nn.Conv1d(1, 1, 3)(mg.ones(1, 1, 5, 5)),
        ShapeError,
        "^Conv1d: conv1d: x is",
    ),
    "transposed padding": (
        lambda: nn.ConvTranspose2d(1, 1, 3, padding="same"),
        DTypeError,
        "padding is 'same'",
    ),
    "transposed mode": (
        lambda: nn.ConvTranspose1d(1, 1, 3, padding_mode="reflect"),
        ArgumentError,
        "ConvTranspose1d: padding_mode is 'reflect', where only 'zeros'",
    ),
    "output_padding": (
        lambda: nn.ConvTranspose1d(1, 1, 3, output_padding=-1),
        ArgumentError,
        "output_padding is -1",
    ),
    "output_padding too large": (
        lambda: nn.ConvTranspose1d(1, 1, 3, 2, output_padding=2)(mg.ones(1, 1, 4)),
        ArgumentError,
        r"conv_transpose1d: output_padding \(2,\) is not below the stride \(2,\) or the dilation \(1,\)",
    ),
    "output_size": (
        lambda: nn.ConvTranspose2d(1, 1, 3, 2)(mg.ones(1, 1, 4, 4), output_size=(9, 11)),
        ArgumentError,
        "ConvTranspose2d: output_size is 9 x 11, where 9 x 9 to 10 x 10 is possible",
    ),
    "output_size's length": (
        lambda: nn.ConvTranspose2d(1, 1, 3, 2)(mg.ones(1, 1, 4, 4), output_size=(9,)),
        ArgumentError,
        r"output_size is \(9,\), where 2 or 4 integers",
    ),
    "pool padding": (
        lambda: nn.MaxPool3d(3, padding=2),
        ArgumentError,
        "MaxPool3d: padding 2 is more than half",
    ),
    "pool kernel": (lambda: nn.AvgPool1d((2, 2)), ArgumentError, r"AvgPool1d: kernel_size is \(2, 2\)"),
    "unpool stride": (lambda: nn.MaxUnpool2d(2, 0), ArgumentError, "MaxUnpool2d: stride is 0"),
    "norm_type": (lambda: nn.LPPool1d(0, 2), ArgumentError, "LPPool1d: norm_type is 0, which has no root"),
    "adaptive": (
        lambda: nn.AdaptiveAvgPool2d((3,)),
        ArgumentError,
        r"AdaptiveAvgPool2d: output_size is \(3,\)",
    ),
    "adaptive, none": (
        lambda: nn.AdaptiveMaxPool1d(None),
        DTypeError,
        "AdaptiveMaxPool1d: output_size is None",
    ),
    "fractional, both": (
        lambda: nn.FractionalMaxPool2d(2, 3, 0.5),
        ArgumentError,
        "FractionalMaxPool2d: either an output_size or an output_ratio",
    ),
    "fractional, none": (lambda: nn.FractionalMaxPool3d(2), ArgumentError, "FractionalMaxPool3d: either"),
    "ratio": (lambda: nn.FractionalMaxPool2d(2, output_ratio=1.0), ArgumentError, "output_ratio is 1.0"),
    "fold": (lambda: nn.Fold(0, 2), ArgumentError, "Fold: output_size is 0"),
    "unfold": (lambda: nn.Unfold(2.5), DTypeError, "Unfold: kernel_size is 2.5"),
}


@pytest.mark.parametrize(("call", "error", "message"), MISUSE.values(), ids=MISUSE)
def test_misuse(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_every_layer_of_these_files_is_tested() -> None:
    files = ("adaptive", "conv", "fold", "pool")
    layers = {n for n, v in vars(nn).items() if isinstance(v, type) and v.__module__.split(".")[-1] in files}
    tested = {type(make(nn)).__name__ for make, _ in LAYERS.values()}
    assert layers - tested == {
        "FractionalMaxPool2d",
        "FractionalMaxPool3d",
        *(f"MaxUnpool{d}d" for d in (1, 2, 3)),
    }
