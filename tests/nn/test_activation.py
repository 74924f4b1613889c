"""Activations and dropouts as layers: PyTorch's results, names and prints, arguments, plain formulas, misuse."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from layer_cases import ACTIVATIONS, DROPOUTS, OVERWRITING
from op_samples.case import distinct, f

import minigrad as mg
from minigrad import functional as F
from minigrad import nn
from minigrad.errors import ArgumentError, DTypeError, GradientError, IndexingError, ShapeError

CASES = {**ACTIVATIONS, **DROPOUTS}


@pytest.mark.parametrize("case", CASES)
def test_layers_of_pytorch(case: str) -> None:
    torch = pytest.importorskip("torch")
    make, shape = CASES[case]
    mine, theirs = make(nn).double(), make(torch.nn).double()
    assert repr(mine) == repr(theirs) and mine.training == theirs.training
    assert list(mine.state_dict()) == list(theirs.state_dict())
    for p, q in zip(mine.parameters(), theirs.parameters(), strict=True):
        assert p.tolist() == q.tolist()  # how it begins
    a, g = f(*shape), f(*shape, seed="g")
    x, other = mg.tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
    y, z = mine(x), theirs(other)
    weight = g[tuple(slice(0, n) for n in y.shape)]
    y.backward(mg.tensor(weight))
    z.backward(torch.tensor(weight))
    pairs = [(y.detach(), z.detach()), (x.grad, other.grad)]
    pairs += [(p.grad, q.grad) for p, q in zip(mine.parameters(), theirs.parameters(), strict=True)]
    # PyTorch's slope of hardsigmoid is 1/6 as a float32 number even in float64
    rtol = 1e-7 if case == "hardsigmoid" else 1e-11
    for p, q in pairs:
        np.testing.assert_allclose(p.numpy(), q.numpy(), rtol=rtol, atol=1e-12)


def arguments(layer: Any) -> list[tuple[str, Any]]:
    """Names and defaults of a constructor; PyTorch's old names of hardtanh's bounds are left out."""
    own = inspect.signature(layer).parameters.values()
    known = [p for p in own if p.kind is p.POSITIONAL_OR_KEYWORD and p.name not in ("min_value", "max_value")]
    return [(p.name, p.default) for p in known]


@pytest.mark.parametrize("module", ["activation", "dropout"])
def test_every_layer_of_pytorch_is_there_with_its_arguments(module: str) -> None:
    torch = pytest.importorskip("torch")
    source = getattr(torch.nn.modules, module)
    names = set(source.__all__) - {"MultiheadAttention"}
    assert len(names) > 5
    for name in names:
        assert arguments(getattr(nn, name)) == arguments(getattr(torch.nn, name)), name


@pytest.mark.parametrize("case", OVERWRITING)
def test_inplace_writes_over_the_input(case: str) -> None:
    make = OVERWRITING[case]
    shape, layer = (2, 3, 4), make(nn)
    a = distinct(*shape, seed=case)
    x = mg.tensor(a)
    memory = x.data
    assert layer(x) is x and x.data is memory and x.tolist() != a.tolist()
    layer.inplace = False
    y = mg.tensor(a)
    assert layer(y) is not y and y.tolist() == a.tolist() and layer(y).tolist() == x.tolist()
    layer.inplace = True
    with pytest.raises(GradientError, match="a leaf that requires grad changes in place"):
        layer(mg.tensor(a, requires_grad=True))
    torch = pytest.importorskip("torch")
    assert repr(layer) == repr(make(torch.nn))
    np.testing.assert_allclose(x.numpy(), make(torch.nn)(torch.tensor(a)).numpy(), rtol=1e-7)


def sigmoid(v: float) -> float:
    return 1 / (1 + math.exp(-v))


FORMULAS: list[tuple[nn.Module, Callable[[float], float]]] = [
    (nn.CELU(0.5), lambda v: v if v > 0 else 0.5 * math.expm1(v / 0.5)),
    (nn.ELU(1.5), lambda v: v if v > 0 else 1.5 * math.expm1(v)),
    (nn.GELU(), lambda v: v * math.erfc(-v / math.sqrt(2)) / 2),
    (nn.GELU("tanh"), lambda v: v / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3)))),
    (nn.Hardshrink(0.3), lambda v: v if abs(v) > 0.3 else 0.0),
    (nn.Hardsigmoid(), lambda v: min(max(v / 6 + 0.5, 0.0), 1.0)),
    (nn.Hardswish(), lambda v: v * min(max(v / 6 + 0.5, 0.0), 1.0)),
    (nn.Hardtanh(-0.75, 2.0), lambda v: min(max(v, -0.75), 2.0)),
    (nn.LogSigmoid(), lambda v: math.log(sigmoid(v))),
    (nn.Mish(), lambda v: v * math.tanh(math.log1p(math.exp(v)))),
    (nn.PReLU(init=0.125, dtype=mg.float64), lambda v: v if v > 0 else 0.125 * v),
    (nn.ReLU6(), lambda v: min(max(v, 0.0), 6.0)),
    (nn.RReLU(0.1, 0.3).eval(), lambda v: v if v > 0 else 0.2 * v),
    (nn.SELU(), lambda v: 1.0507009873554805 * (v if v > 0 else 1.6732632423543772 * math.expm1(v))),
    (nn.SiLU(), lambda v: v * sigmoid(v)),
    (nn.Softplus(2.0), lambda v: math.log1p(math.exp(2 * v)) / 2),
    (nn.Softshrink(0.4), lambda v: math.copysign(max(abs(v) - 0.4, 0.0), v)),
    (nn.Softsign(), lambda v: v / (1 + abs(v))),
    (nn.Tanhshrink(), lambda v: v - math.tanh(v)),
    (nn.Threshold(0.3, -4.0), lambda v: v if v > 0.3 else -4.0),
]


@pytest.mark.parametrize(("layer", "formula"), FORMULAS, ids=[repr(layer) for layer, _ in FORMULAS])
def test_layers_are_their_formulas(layer: Any, formula: Any) -> None:
    xs = [-4.0, -2.0, -0.5, -0.35, 0.0, 0.3, 0.35, 1.5, 2.5, 7.0]
    y = layer(mg.tensor(xs, dtype=mg.float64)).tolist()
    assert y == pytest.approx([formula(v) for v in xs], rel=1e-12, abs=1e-15)


def test_layers_along_a_dim_are_their_functions() -> None:
    x = mg.tensor(f(2, 4, 3, 2))
    for layer, want in [
        (nn.GLU(1), F.glu(x, 1)),
        (nn.LogSoftmax(1), F.log_softmax(x, 1)),
        (nn.Softmin(-1), F.softmax(-x, -1)),
        (nn.Softmax2d(), F.softmax(x, 1)),
    ]:
        assert layer(x).tolist() == want.tolist()
    assert nn.Softmax2d()(x[0]).tolist() == F.softmax(x, 1)[0].tolist()


def test_a_layer_draws_in_training_alone() -> None:
    x = mg.full((4, 50, 2), -1.0)
    for layer in (nn.RReLU(), nn.AlphaDropout(), nn.Dropout1d(), nn.Dropout2d(0.4), nn.FeatureAlphaDropout()):
        mg.manual_seed(2)
        a, b = layer(x), layer(x)
        assert a.tolist() != b.tolist()
        mg.manual_seed(2)
        assert layer(x).tolist() == a.tolist()
        layer.eval()
        assert layer(x).tolist() == layer(x).tolist() and len(set(layer(x).numpy().ravel().tolist())) == 1
    assert nn.Dropout3d(0.5)(mg.ones(3, 40, 2, 2, 2)).sum((2, 3, 4)).unique().tolist() == [0.0, 16.0]


def test_the_weights_of_prelu_are_parameters() -> None:
    layer = nn.PReLU(3, init=1)
    assert layer.weight.dtype == mg.get_default_dtype() and layer.weight.tolist() == [1.0] * 3
    assert [name for name, _ in layer.named_parameters()] == ["weight"] and layer.num_parameters == 3
    assert nn.PReLU(dtype="float16").weight.dtype == mg.float16
    y = layer(mg.tensor([[-1.0, -2.0, 3.0]]))
    y.sum().backward()
    assert layer.weight.grad.tolist() == [-1.0, -2.0, 0.0]


# ---- what is refused ------------------------------------------------------------------------------------------------
x = mg.ones(2, 3)
MISUSE: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: nn.GELU("fast"), ArgumentError, "GELU: approximate is 'fast', where one of 'none', 'tanh'"),
    (lambda: nn.GELU(None), ArgumentError, "GELU: approximate is None"),  # type: ignore[arg-type]
    (lambda: nn.Hardtanh(1.0, 1.0), ArgumentError, "Hardtanh: min_val 1.0 is not below max_val 1.0"),
    (lambda: nn.Hardtanh(2.0), ArgumentError, "Hardtanh: min_val 2.0 is not below max_val 1.0"),
    (lambda: nn.Hardtanh(math.nan), ArgumentError, "Hardtanh: min_val nan"),
    (lambda: nn.PReLU(0), ArgumentError, "PReLU: num_parameters is 0, where an integer of at least 1"),
    (lambda: nn.PReLU(1.0), ArgumentError, "PReLU: num_parameters is 1.0"),  # type: ignore[arg-type]
    (lambda: nn.PReLU(True), ArgumentError, "PReLU: num_parameters is True"),
    (lambda: nn.PReLU(dtype=mg.int64), DTypeError, "only floating tensors have gradients"),
    (lambda: nn.PReLU(2)(x), ShapeError, r"^PReLU: prelu: weight is float32\[2\].* 3 channels"),
    (lambda: nn.PReLU()(x.double()), DTypeError, r"^PReLU: prelu: weight is float32\[1\], where a float64"),
    (lambda: nn.Threshold(), TypeError, "threshold.*value"),  # type: ignore[call-arg]
    (lambda: nn.Threshold("a", 1)(x), DTypeError, "^Threshold: threshold: threshold is str"),  # type: ignore[arg-type]
    (lambda: nn.RReLU(0.5, 0.1)(x), ArgumentError, "^RReLU: rrelu: lower is 0.5, upper 0.1"),
    (lambda: nn.CELU(0)(x), ArgumentError, "^CELU: celu: alpha is 0"),
    (lambda: nn.ELU("a")(x), DTypeError, "^ELU: elu: alpha is str"),  # type: ignore[arg-type]
    (lambda: nn.Softshrink(-1.0)(x), ArgumentError, "^Softshrink: softshrink: lambd is -1.0"),
    (lambda: nn.Hardshrink(None)(x), DTypeError, "^Hardshrink: hardshrink: lambd is None"),  # type: ignore[arg-type]
    (lambda: nn.Softplus(0.0)(x), ArgumentError, "^Softplus: softplus: beta is 0"),
    (lambda: nn.GLU()(x), ShapeError, "^GLU: glu: .*odd extent 3"),
    (lambda: nn.GLU(2)(x), IndexingError, "^GLU: glu: dim 2"),
    (lambda: nn.LogSoftmax()(x), ArgumentError, "^LogSoftmax: log_softmax: give dim"),
    (lambda: nn.Softmin()(x), ArgumentError, "^Softmin: softmin: give dim"),
    (lambda: nn.Softmin(2)(x), IndexingError, "^Softmin: softmin: .*dim 2 is outside"),
    (lambda: nn.Softmax2d()(x), ShapeError, r"^Softmax2d: input is float32\[2, 3\], where \(N, C, H, W\)"),
    (lambda: nn.Dropout1d()(x[0]), ShapeError, "^Dropout1d: dropout1d: input is .* 2 or 3 dims"),
    (lambda: nn.Dropout2d()(x), ShapeError, "^Dropout2d: dropout2d: input is .* 3 or 4 dims"),
    (lambda: nn.Dropout3d()(x), ShapeError, "^Dropout3d: dropout3d: input is .* 4 or 5 dims"),
    (
        lambda: nn.FeatureAlphaDropout()(x[0]),
        ShapeError,
        "^FeatureAlphaDropout: feature_alpha_dropout: input",
    ),
]
MISUSE += [
    (
        lambda name=name, p=p: getattr(nn, name)(p),
        ArgumentError,
        f"^{name}: p is {p!r}, where a number from 0 to 1",
    )
    for name in ("AlphaDropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout")
    for p in (-0.5, 1.5, math.nan, "0.5", None)
]
MISUSE += [
    (
        lambda name=name: getattr(nn, name)()(mg.tensor([True])),
        DTypeError,
        f"^{name}: {name.lower()}: input is bool",
    )
    for name in (
        "ReLU6",
        "SELU",
        "SiLU",
        "Mish",
        "Hardsigmoid",
        "Hardswish",
        "LogSigmoid",
        "Softsign",
        "Tanhshrink",
    )
]


@pytest.mark.parametrize(("call", "error", "message"), MISUSE, ids=[m for _, _, m in MISUSE])
def test_misuse(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
