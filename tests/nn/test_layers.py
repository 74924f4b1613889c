"""Layers: plain loops, PyTorch with the same weights, and constructor arguments that cannot be."""

from __future__ import annotations

import itertools
import math
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from layer_cases import ACTIVATIONS, DROPOUTS, IMAGES, NORMS, PAIRS, TABLES

import minigrad as mg
from minigrad import nn
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

# A layer as torch.nn and minigrad.nn both make it, and the shape of an input.
LAYERS: dict[str, tuple[Callable[[Any], Any], tuple[int, ...]]] = {
    "linear": (lambda n: n.Linear(5, 3), (4, 5)),
    "linear, no bias": (lambda n: n.Linear(5, 3, bias=False), (2, 3, 5)),
    "linear, one vector": (lambda n: n.Linear(5, 3), (5,)),
    "conv": (lambda n: n.Conv2d(3, 4, 3), (2, 3, 7, 6)),
    "conv, stride and padding": (
        lambda n: n.Conv2d(3, 4, (3, 2), stride=(2, 1), padding=(1, 2)),
        (2, 3, 7, 6),
    ),
    "conv, groups and dilation": (lambda n: n.Conv2d(4, 6, 3, 1, 2, 2, 2, False), (2, 4, 7, 6)),
    "conv, same": (lambda n: n.Conv2d(2, 3, (4, 3), padding="same", dilation=(1, 2)), (2, 2, 7, 6)),
    "conv, valid": (lambda n: n.Conv2d(2, 3, 3, padding="valid"), (2, 2, 7, 6)),
    "conv, no batch": (lambda n: n.Conv2d(2, 3, 3), (2, 7, 6)),
    "conv, reflect": (lambda n: n.Conv2d(2, 3, 3, padding=(2, 1), padding_mode="reflect"), (2, 2, 7, 6)),
    "conv, replicate": (lambda n: n.Conv2d(2, 3, 3, 2, padding=2, padding_mode="replicate"), (2, 2, 7, 6)),
    "conv, circular": (
        lambda n: n.Conv2d(2, 4, 3, padding=1, groups=2, padding_mode="circular"),
        (2, 2, 7, 6),
    ),
    "conv, same, reflect": (
        lambda n: n.Conv2d(2, 3, 4, padding="same", padding_mode="reflect"),
        (2, 2, 7, 6),
    ),
    "max pool": (lambda n: n.MaxPool2d(2), (2, 3, 7, 6)),
    "max pool, all": (lambda n: n.MaxPool2d((3, 2), (2, 1), (1, 0), (1, 2), ceil_mode=True), (2, 3, 8, 7)),
    "max pool, indices": (lambda n: n.MaxPool2d(2, return_indices=True), (2, 3, 7, 6)),
    "avg pool": (lambda n: n.AvgPool2d(2), (2, 3, 7, 6)),
    "avg pool, all": (lambda n: n.AvgPool2d((3, 2), (2, 1), (1, 1), True, False), (2, 3, 8, 7)),
    "avg pool, divisor": (lambda n: n.AvgPool2d(3, divisor_override=5), (2, 3, 8, 7)),
    "relu": (lambda n: n.ReLU(), (3, 4)),
    "leaky relu": (lambda n: n.LeakyReLU(0.2), (3, 4)),
    "leaky relu, default": (lambda n: n.LeakyReLU(), (3, 4)),
    "tanh": (lambda n: n.Tanh(), (3, 4)),
    "sigmoid": (lambda n: n.Sigmoid(), (3, 4)),
    "softmax": (lambda n: n.Softmax(dim=1), (3, 4)),
    "flatten": (lambda n: n.Flatten(), (2, 3, 4, 2)),
    "flatten, dims": (lambda n: n.Flatten(0, 1), (2, 3, 4)),
    "identity": (lambda n: n.Identity(7, answer=42), (2, 3)),
    "dropout, eval": (lambda n: n.Dropout(0.3).eval(), (2, 3)),
    "dropout, all": (lambda n: n.Dropout(1.0), (2, 3)),
    "dropout, none": (lambda n: n.Dropout(0.0), (2, 3)),
    "sequential": (lambda n: n.Sequential(n.Linear(4, 3), n.ReLU(), n.Sequential(n.Linear(3, 2))), (3, 4)),
    "sequential, names": (lambda n: n.Sequential(OrderedDict(fc=n.Linear(4, 3), act=n.ReLU())), (3, 4)),
}


def numbers(*shape: int) -> Any:
    return np.random.default_rng(len(shape)).standard_normal(shape)


def first(y: Any) -> Any:
    return y[0] if isinstance(y, tuple) else y


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")  # PyTorch's own
@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
def test_layers_with_the_weights_of_pytorch(make: Any, shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    theirs, mine = make(torch.nn).double(), make(nn).double()
    assert repr(mine) == repr(theirs)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict(theirs.state_dict())
    assert [p.dtype for p in mine.parameters()] == [mg.float64 for _ in mine.parameters()]
    a = numbers(*shape)
    x, other = mg.tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
    ys, zs = mine(x), theirs(other)
    assert isinstance(ys, tuple) == isinstance(zs, tuple)
    if isinstance(ys, tuple):
        assert ys[1].tolist() == zs[1].tolist()
    y, z = first(ys), first(zs)
    g = numbers(*y.shape)
    y.backward(mg.tensor(g))
    z.backward(torch.tensor(g))
    pairs = [(y.detach(), z.detach()), (x.grad, other.grad)]
    pairs += [(p.grad, q.grad) for p, q in zip(mine.parameters(), theirs.parameters(), strict=True)]
    for p, q in pairs:
        assert tuple(p.shape) == tuple(q.shape)
        np.testing.assert_allclose(p.numpy(), q.numpy(), rtol=1e-11, atol=1e-11)


LOSSES: dict[str, tuple[Callable[[Any, Any], Any], Any, Any]] = {
    "cross entropy": (lambda n, t: n.CrossEntropyLoss(), (4, 3), np.array([0, 2, 1, 0])),
    "cross entropy, sum": (lambda n, t: n.CrossEntropyLoss(reduction="sum"), (4, 3), np.array([0, 2, 1, 0])),
    "cross entropy, all": (
        lambda n, t: n.CrossEntropyLoss(t([1.0, 2.0, 0.5]), ignore_index=1, label_smoothing=0.1),
        (4, 3),
        np.array([0, 2, 1, 0]),
    ),
    "cross entropy, images": (
        lambda n, t: n.CrossEntropyLoss(reduction="none"),
        (2, 3, 2),
        np.array([[0, 1], [2, 2]]),
    ),
    "cross entropy, probabilities": (
        lambda n, t: n.CrossEntropyLoss(),
        (2, 3),
        np.array([[0.2, 0.3, 0.5]] * 2),
    ),
    "mse": (lambda n, t: n.MSELoss(), (4, 3), numbers(4, 3) / 2),
    "mse, none": (lambda n, t: n.MSELoss(reduction="none"), (4, 3), numbers(4, 3) / 2),
    "l1": (lambda n, t: n.L1Loss(), (4, 3), numbers(4, 3) / 2),
    "l1, sum": (lambda n, t: n.L1Loss(reduction="sum"), (4, 3), numbers(4, 3) / 2),
}


@pytest.mark.parametrize(("make", "shape", "target"), LOSSES.values(), ids=LOSSES)
def test_losses_of_pytorch(make: Any, shape: Any, target: Any) -> None:
    torch = pytest.importorskip("torch")
    a = numbers(*shape)
    x, other = mg.tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
    mine = make(nn, lambda v: mg.tensor(v, dtype=mg.float64))
    theirs = make(torch.nn, lambda v: torch.tensor(v, dtype=torch.float64))
    y, z = mine(x, mg.tensor(target)), theirs(other, torch.tensor(target))
    y.sum().backward()
    z.sum().backward()
    assert list(mine.state_dict()) == list(theirs.state_dict()) and repr(mine) == repr(theirs)
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(x.grad.numpy(), other.grad.numpy(), rtol=1e-12, atol=1e-12)


# ---- plain loops ----------------------------------------------------------------------------------------------------
def test_linear_is_a_sum_of_weighted_inputs() -> None:
    layer = nn.Linear(3, 2, dtype=mg.float64)
    w, b, x = layer.weight.tolist(), layer.bias.tolist(), numbers(4, 3)
    y = layer(mg.tensor(x)).tolist()
    for n, k in itertools.product(range(4), range(2)):
        assert y[n][k] == pytest.approx(b[k] + sum(x[n, c] * w[k][c] for c in range(3)), rel=1e-13)
    assert nn.Linear(3, 2, False).bias is None


MIRROR = {
    "zeros": None,
    "reflect": lambda i, n: n - 1 - abs(n - 1 - abs(i)),
    "replicate": lambda i, n: min(max(i, 0), n - 1),
}
MIRROR["circular"] = lambda i, n: i % n


@pytest.mark.parametrize("mode", MIRROR)
@pytest.mark.parametrize("groups", [1, 2])
def test_convolution_is_a_sum_over_window_and_channels(mode: str, groups: int) -> None:
    layer = nn.Conv2d(2, 4, (3, 2), (2, 1), (2, 1), (1, 2), groups, padding_mode=mode, dtype=mg.float64)
    w, b, x = layer.weight.detach().numpy(), layer.bias.detach().numpy(), numbers(1, 2, 5, 6)

    def at(c: int, i: int, j: int) -> float:
        place = MIRROR[mode]
        if place is None:
            return float(x[0, c, i, j]) if 0 <= i < 5 and 0 <= j < 6 else 0.0
        return float(x[0, c, place(i, 5), place(j, 6)])

    y = layer(mg.tensor(x))
    assert y.shape == (1, 4, 4, 6)
    per = 2 // groups
    for k, oh, ow in itertools.product(range(4), range(4), range(6)):
        part = k // (4 // groups) * per
        window = itertools.product(range(per), range(3), range(2))
        terms = [w[k, c, i, j] * at(part + c, 2 * oh + i - 2, ow + 2 * j - 1) for c, i, j in window]
        assert y[0, k, oh, ow].item() == pytest.approx(b[k] + math.fsum(terms), abs=1e-12)


def test_pooling_takes_the_largest_and_the_mean_of_each_window() -> None:
    x = numbers(1, 1, 4, 6)
    windows = {
        (i, j): [x[0, 0, 2 * i + a, 3 * j + b] for a in (0, 1) for b in (0, 1, 2)]
        for i in (0, 1)
        for j in (0, 1)
    }
    largest, mean = (layer((2, 3))(mg.tensor(x)).numpy()[0, 0] for layer in (nn.MaxPool2d, nn.AvgPool2d))
    for place, window in windows.items():
        assert largest[place] == max(window)
        assert mean[place] == pytest.approx(math.fsum(window) / 6, rel=1e-13)


def test_activations_are_their_formulas() -> None:
    xs = [-2.0, -0.5, 0.0, 0.25, 3.0]
    formulas = {
        nn.ReLU(): lambda x: max(x, 0.0),
        nn.LeakyReLU(0.1): lambda x: x if x > 0 else 0.1 * x,
        nn.Tanh(): math.tanh,
        nn.Sigmoid(): lambda x: 1 / (1 + math.exp(-x)),
        nn.Softmax(0): lambda x: math.exp(x) / sum(map(math.exp, xs)),
    }
    for layer, formula in formulas.items():
        assert layer(mg.tensor(xs, dtype=mg.float64)).tolist() == pytest.approx(
            [formula(x) for x in xs], rel=1e-14
        )


def test_inplace_writes_over_the_input() -> None:
    for layer in (nn.ReLU(inplace=True), nn.LeakyReLU(0.5, True)):
        x = mg.tensor([-1.0, 2.0])
        assert layer(x) is x and x.tolist()[0] in (0.0, -0.5)
        w = mg.tensor([-1.0, 2.0], requires_grad=True)
        layer(w * 1.0).sum().backward()
        assert w.grad.tolist() == [x.tolist()[0] / -1.0 + 0.0, 1.0]


def test_dropout_drops_in_training_alone() -> None:
    mg.random.manual_seed(3)
    layer, x = nn.Dropout(0.25), mg.ones(20000)
    y = layer(x).numpy()
    assert {round(float(v), 6) for v in np.unique(y)} == {0.0, 1.333333}
    assert abs((y == 0).mean() - 0.25) < 0.015 and (layer(x).numpy() != y).any()
    mg.random.manual_seed(3)
    assert (layer(x).numpy() == y).all()
    assert layer.eval()(x) is x
    inplace = nn.Dropout(0.5, inplace=True)
    assert inplace(z := mg.ones(100)) is z and 0.0 in z.tolist()


def test_losses_are_their_formulas() -> None:
    x, labels = numbers(3, 4), [1, 3, 0]
    want = [
        math.log(sum(math.exp(v) for v in row)) - row[k] for row, k in zip(x.tolist(), labels, strict=True)
    ]
    assert nn.CrossEntropyLoss(reduction="none")(mg.tensor(x), mg.tensor(labels)).tolist() == pytest.approx(
        want
    )
    assert nn.CrossEntropyLoss()(mg.tensor(x), mg.tensor(labels)).item() == pytest.approx(sum(want) / 3)
    weight = [1.0, 2.0, 3.0, 4.0]
    heavy = sum(weight[k] * v for k, v in zip(labels, want, strict=True)) / 7
    weighted = nn.CrossEntropyLoss(mg.tensor(weight, dtype=mg.float64))
    assert weighted(mg.tensor(x), mg.tensor(labels)).item() == pytest.approx(heavy)
    assert list(weighted.state_dict()) == ["weight"] and not list(weighted.parameters())
    d = [a - b for a, b in zip(x[0].tolist(), x[1].tolist(), strict=True)]
    a, b = mg.tensor(x[0]), mg.tensor(x[1])
    assert nn.MSELoss()(a, b).item() == pytest.approx(sum(v * v for v in d) / 4)
    assert nn.L1Loss(reduction="sum")(a, b).item() == pytest.approx(sum(map(abs, d)))


# ---- Sequential -----------------------------------------------------------------------------------------------------
def test_sequential_is_a_sequence() -> None:
    a, b, c = nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)
    m = nn.Sequential(a, b, c)
    assert len(m) == 3 and list(m) == [a, b, c] and m[0] is a and m[-1] is c
    assert list(m[1:]) == [b, c] and list(m[1:].state_dict()) == ["2.weight", "2.bias"]  # names stay
    assert isinstance(m[:2], nn.Sequential) and m[::2][1] is c and len(m[3:]) == 0
    m[-1] = nn.Linear(3, 5)
    assert m.append(nn.Tanh()) is m and m(mg.zeros(4, 2)).shape == (4, 5) and len(m) == 4
    named = nn.Sequential({"fc": a, "act": b})
    assert named.fc is a and list(named.state_dict()) == ["fc.weight", "fc.bias"] and named[1] is b
    empty = nn.Sequential()
    x = mg.ones(1)
    assert len(empty) == 0 and empty(x) is x
    shared = nn.Sequential(b, a, b)
    assert len(shared) == 3 and list(shared) == [b, a, b]


def test_sequential_misuse() -> None:
    with pytest.raises(DTypeError, match="Sequential: argument 1 is the class ReLU: write ReLU"):
        nn.Sequential(nn.Linear(1, 1), nn.ReLU)
    with pytest.raises(DTypeError, match="argument act is a function, where a Module is wanted"):
        nn.Sequential({"act": lambda x: x})
    m = nn.Sequential(nn.ReLU())
    with pytest.raises(IndexingError, match="there is no module 1 among 1"):
        m[1]
    with pytest.raises(IndexingError, match="there is no module -2 among 1"):
        m[-2] = nn.ReLU()
    with pytest.raises(DTypeError, match="append: module is a int|append: module is a 3"):
        m.append(3)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="'a.b' is not a name"):
        nn.Sequential({"a.b": nn.ReLU()})


# ---- constructor arguments ------------------------------------------------------------------------------------------
MISUSE: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "in_features": (
        lambda: nn.Linear(0, 3),
        ArgumentError,
        "Linear: in_features is 0, where an integer of at least 1",
    ),
    "out_features": (lambda: nn.Linear(3, -1), ArgumentError, "Linear: out_features is -1"),
    "a float": (lambda: nn.Linear(3.0, 1), ArgumentError, "Linear: in_features is 3.0"),  # type: ignore[arg-type]
    "a bool": (lambda: nn.Linear(True, 1), ArgumentError, "Linear: in_features is True"),
    "dtype": (lambda: nn.Linear(2, 1, dtype=mg.int64), DTypeError, "only floating tensors have gradients"),
    "in_channels": (lambda: nn.Conv2d(0, 3, 3), ArgumentError, "Conv2d: in_channels is 0"),
    "out_channels": (lambda: nn.Conv2d(3, None, 3), ArgumentError, "Conv2d: out_channels is None"),  # type: ignore[arg-type]
    "groups": (
        lambda: nn.Conv2d(4, 6, 3, groups=3),
        ArgumentError,
        "Conv2d: groups=3 does not divide in_channels=4",
    ),
    "groups, out": (
        lambda: nn.Conv2d(6, 4, 3, groups=3),
        ArgumentError,
        "groups=3 does not divide out_channels=4",
    ),
    "no groups": (lambda: nn.Conv2d(6, 4, 3, groups=0), ArgumentError, "Conv2d: groups is 0"),
    "kernel": (
        lambda: nn.Conv2d(1, 1, 0),
        ArgumentError,
        "Conv2d: kernel_size is 0, where at least 1 is wanted",
    ),
    "kernel of three": (lambda: nn.Conv2d(1, 1, (3, 3, 3)), ArgumentError, r"kernel_size is \(3, 3, 3\)"),
    "stride": (lambda: nn.Conv2d(1, 1, 3, stride=0), ArgumentError, "Conv2d: stride is 0"),
    "padding": (lambda: nn.Conv2d(1, 1, 3, padding=-1), ArgumentError, "Conv2d: padding is -1"),
    "padding word": (lambda: nn.Conv2d(1, 1, 3, padding="full"), ArgumentError, "Conv2d: padding is 'full'"),
    "same and stride": (
        lambda: nn.Conv2d(1, 1, 3, 2, "same"),
        ArgumentError,
        "Conv2d: padding='same' wants stride 1",
    ),
    "dilation": (lambda: nn.Conv2d(1, 1, 3, dilation=1.5), DTypeError, "Conv2d: dilation is 1.5"),
    "padding_mode": (
        lambda: nn.Conv2d(1, 1, 3, padding_mode="mirror"),
        ArgumentError,
        "padding_mode is 'mirror', where one of 'zeros'",
    ),
    "pool kernel": (lambda: nn.MaxPool2d(0), ArgumentError, "MaxPool2d: kernel_size is 0"),
    "pool padding": (
        lambda: nn.MaxPool2d(2, padding=2),
        ArgumentError,
        "MaxPool2d: padding 2 is more than half",
    ),
    "pool stride": (lambda: nn.AvgPool2d(2, 0), ArgumentError, "AvgPool2d: stride is 0"),
    "avg padding": (
        lambda: nn.AvgPool2d(3, padding=2),
        ArgumentError,
        "AvgPool2d: padding 2 is more than half",
    ),
    "p": (lambda: nn.Dropout(1.5), ArgumentError, "Dropout: p is 1.5, where a number from 0 to 1 is wanted"),
    "p nan": (lambda: nn.Dropout(math.nan), ArgumentError, "Dropout: p is nan"),
    "p text": (lambda: nn.Dropout("0.5"), ArgumentError, "Dropout: p is '0.5'"),  # type: ignore[arg-type]
    "reduction": (
        lambda: nn.MSELoss(reduction="avg"),
        ArgumentError,
        "MSELoss: reduction is 'avg', where one of 'mean'",
    ),
    "l1 reduction": (lambda: nn.L1Loss(reduction="avg"), ArgumentError, "L1Loss: reduction is 'avg'"),
    "ce reduction": (
        lambda: nn.CrossEntropyLoss(reduction=""),
        ArgumentError,
        "CrossEntropyLoss: reduction is ''",
    ),
    "smoothing": (
        lambda: nn.CrossEntropyLoss(label_smoothing=2),
        ArgumentError,
        "CrossEntropyLoss: label_smoothing is 2",
    ),
    "ce weight": (
        lambda: nn.CrossEntropyLoss([1.0]),
        DTypeError,
        "'weight' is a list, where a Tensor or None is wanted",
    ),  # type: ignore[arg-type]
    "softmax dim": (lambda: nn.Softmax()(mg.ones(1)), ArgumentError, "^Softmax: softmax: give dim"),
    "input": (lambda: nn.Conv2d(3, 4, 3)(mg.zeros(1, 4, 8, 8)), ShapeError, r"^Conv2d: conv2d: "),
    "input too small": (
        lambda: nn.MaxPool2d(5)(mg.zeros(1, 1, 3, 3)),
        ShapeError,
        "^MaxPool2d: max_pool2d: ",
    ),
}


@pytest.mark.parametrize(("call", "error", "message"), MISUSE.values(), ids=MISUSE)
def test_misuse(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_functional_is_where_pytorch_has_it() -> None:
    import minigrad.nn.functional as F

    assert nn.functional is F and F.relu is mg.functional.relu and dir(F) == dir(mg.functional)
    with pytest.raises(AttributeError, match="no_such_thing"):
        F.no_such_thing  # noqa: B018


# modules whose layers have a table in a test file of their own
ELSEWHERE = ("adaptive", "conv", "fold", "pool")


def test_every_layer_of_the_package_is_in_this_table() -> None:
    modules = {n: v for n, v in vars(nn).items() if isinstance(v, type) and issubclass(v, nn.Module)}
    layers = {n for n, v in modules.items() if v.__module__.split(".")[-1] not in ELSEWHERE} - {"Module"}
    tested = {re.sub(r"\W", "", type(make(nn)).__name__) for make, _ in LAYERS.values()}
    tested |= {type(make(nn, mg.tensor)).__name__ for make, _, _ in LOSSES.values()}
    tested |= {type(make(nn)).__name__ for make, _ in (*NORMS.values(), *IMAGES.values())}
    tested |= {type(make(nn)).__name__ for make, _ in (*ACTIVATIONS.values(), *DROPOUTS.values())}
    tested |= {type(make(nn)).__name__ for make in (*TABLES.values(), *PAIRS.values())}
    assert layers <= tested
