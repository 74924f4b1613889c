"""minigrad/functional/activation.py and dropout.py compared with PyTorch: values and two orders of gradients."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from op_samples.case import distinct, f
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F

TF = torch.nn.functional
T = 1e-10

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("relu", {}),
    ("relu6", {}),
    ("hardtanh", {"min_val": -2.0, "max_val": 0.5}),
    ("leaky_relu", {"negative_slope": 0.0}),
    ("leaky_relu", {"negative_slope": -0.2}),
    ("elu", {}),
    ("elu", {"alpha": 2.0}),
    ("elu", {"alpha": -1.0}),
    ("elu", {"alpha": 0.0}),
    ("celu", {}),
    ("celu", {"alpha": 2.5}),
    ("celu", {"alpha": -1.5}),
    ("selu", {}),
    ("silu", {}),
    ("logsigmoid", {}),
    ("softplus", {"beta": -1.0}),
    ("softplus", {"beta": 3.0, "threshold": 5.0}),
    ("gelu", {}),
    ("gelu", {"approximate": "none"}),
    ("gelu", {"approximate": "tanh"}),
    ("mish", {}),
    ("softsign", {}),
    ("tanhshrink", {}),
    ("hardsigmoid", {}),
    ("hardswish", {}),
    ("hardshrink", {}),
    ("hardshrink", {"lambd": 0.0}),
    ("hardshrink", {"lambd": -1.0}),
    ("softshrink", {}),
    ("softshrink", {"lambd": 0.0}),
    ("softshrink", {"lambd": 1.25}),
    ("threshold", {"threshold": 0.3, "value": 20.0}),
    ("threshold", {"threshold": -1.0, "value": 0.0}),
    ("rrelu", {}),
    ("rrelu", {"lower": 0.1, "upper": 0.6}),
    ("rrelu", {"lower": 0.4, "upper": 0.4, "training": True}),
]
each_call = pytest.mark.parametrize(("name", "params"), CALLS, ids=str)
ONCE = {"hardsigmoid"}  # PyTorch has no second derivative of it
# PyTorch's derivative multiplies with 1/6 as a float32 number even in float64
ROUGH = {"hardsigmoid": 1e-7}


def both(name: str, params: dict[str, Any], *xs: Any, **limits: Any) -> None:
    limits = {"order": 1 if name in ONCE else 2, "tolerance": ROUGH.get(name, T)} | limits
    agree(
        lambda *xs: getattr(F, name)(*xs, **params),
        lambda *xs: getattr(TF, name)(*xs, **params),
        *xs,
        **limits,
    )


@each_call
def test_elementwise(name: str, params: dict[str, Any]) -> None:
    for x in (distinct(5, 20) * 1.3, distinct(), f(0, 2), f(2, 0), f(1), f(6, 4)[::2, ::3], f(3, 4).T):
        both(name, params, x)
    agree(  # memory that is not in order
        lambda x: getattr(F, name)(x.transpose(0, 1)[1::2], **params),
        lambda x: getattr(TF, name)(x.transpose(0, 1)[1::2], **params),
        distinct(3, 4, seed="strided"),
        order=1 if name in ONCE else 2,
        tolerance=ROUGH.get(name, T),
    )


@each_call
def test_at_kinks(name: str, params: dict[str, Any]) -> None:
    kinks = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 3.0, -3.0, 6.0, 0.3, 1.25, -1.25, 0.25, -2.0])
    both(name, params, kinks, order=1)


@each_call
def test_far_out(name: str, params: dict[str, Any]) -> None:
    x = np.array([-50.0, -100.0, -20.0, -700.0, 50.0, 100.0, 15.0, 700.0, 1e4, -1e4, 1e-5, -1e-9])
    if params.get("alpha", 1.0) < 0 or params.get("beta", 1.0) < 0:
        x = x[np.abs(x) < 20]  # exp(-x) grows
    if name == "mish":
        x = x[x < 500]  # where PyTorch's second derivative is NaN
    both(name, params, x, tolerance=1e-7)


@each_call
def test_nan_and_infinities(name: str, params: dict[str, Any]) -> None:
    x = np.array([np.nan, np.inf, -np.inf])
    if name in ("silu", "gelu", "mish", "hardswish"):
        x = x[:2]  # at -inf, where PyTorch multiplies it with 0, the limit is 0
    if name == "softsign":
        x = x[:1]  # PyTorch divides infinity by infinity, where the limit is 1
    close(getattr(F, name)(mg.tensor(x), **params), getattr(TF, name)(torch.tensor(x), **params), T)


@each_call
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_lower_precision(name: str, params: dict[str, Any], dtype: str) -> None:
    x = (distinct(5, 20) * 1.3).astype(dtype)
    if params.get("training") and dtype == "float16":
        return  # PyTorch has no such rrelu
    tolerance = 4 * np.finfo(dtype).eps
    close(
        getattr(F, name)(mg.tensor(x), **params),
        getattr(TF, name)(torch.tensor(x), **params),
        float(tolerance),
    )


@each_call
def test_positional_arguments(name: str, params: dict[str, Any]) -> None:
    if name == "gelu":  # by keyword alone in PyTorch
        return
    x = distinct(9)
    values = [*params.values()]
    close(getattr(F, name)(mg.tensor(x), *values), getattr(TF, name)(torch.tensor(x), *values), T)


INPLACE = [(n, p) for n, p in CALLS if "inplace" in inspect.signature(getattr(F, n)).parameters]


@pytest.mark.parametrize(("name", "params"), INPLACE, ids=str)
def test_inplace_recorded(name: str, params: dict[str, Any]) -> None:
    if min(params.get("alpha", 1.0), params.get("negative_slope", 1.0)) < 0:
        return  # PyTorch's derivative in place is from the result, which two inputs have then
    forms = [(F, TF, name, {"inplace": True})]
    forms += [(F, TF, name + "_", {})] if hasattr(TF, name + "_") else []
    forms += [(mg, torch, name + "_", {})] if hasattr(torch, name + "_") and name != "relu6" else []
    limits = {"order": 1 if name in (*ONCE, "elu", "celu", "selu") else 2, "tolerance": ROUGH.get(name, T)}
    for ours, theirs, called, more in forms:
        assert hasattr(ours, called), called
        agree(
            lambda x: getattr(ours, called)(x * 1.5, **params, **more),  # noqa: B023
            lambda x: getattr(theirs, called)(x * 1.5, **params, **more),  # noqa: B023
            distinct(9),
            **limits,
        )


@pytest.mark.parametrize("name", ["relu", "relu6", "hardtanh", "threshold", "softsign", "tanhshrink"])
def test_integers(name: str) -> None:
    x = np.array([-3, 0, 1, 2, 9])
    for values in [(1, 7), (0.5, 20.7), (-1.5, -2.5)] if name == "threshold" else [()]:
        close(getattr(F, name)(mg.tensor(x), *values), getattr(TF, name)(torch.tensor(x), *values), 1e-6)


# ---- of several elements --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shape", "dim"),
    [((3, 4), 1), ((3, 4), 0), ((2, 3, 4), -2), ((), 0), ((2, 0), 1), ((0, 2), 1), ((4, 2), -1)],
)
def test_along_a_dim(shape: tuple[int, ...], dim: int) -> None:
    for name in ("softmin", "softmax", "log_softmax"):
        both(name, {"dim": dim}, f(*shape))
        both(name, {"dim": dim, "dtype": None}, f(*shape) * 100.0, tolerance=1e-9)
        x = f(*shape).astype(np.float32)
        ours = getattr(F, name)(mg.tensor(x), dim, dtype=mg.float64)
        close(ours, getattr(TF, name)(torch.tensor(x), dim, dtype=torch.float64), T)
        for mine, other in ((mg, torch), (mg.Tensor, torch.Tensor)) if name != "softmin" else ():
            for more in ({}, {"dtype": "float64"}):
                close(
                    getattr(mine, name)(mg.tensor(x), dim, **more),
                    getattr(other, name)(torch.tensor(x), dim, **dict.fromkeys(more, torch.float64)),
                    1e-6,
                )
        y = getattr(F, name)(mg.arange(6).reshape(2, 3), 1, dtype=mg.float32)
        close(y, getattr(TF, name)(torch.arange(6).reshape(2, 3), 1, dtype=torch.float32), 1e-6)


@pytest.mark.parametrize(
    ("shape", "dim"), [((4,), 0), ((3, 4), 1), ((2, 3, 2), -3), ((0, 2), 1), ((2, 0), 1)]
)
def test_glu(shape: tuple[int, ...], dim: int) -> None:
    both("glu", {"dim": dim}, f(*shape) * 5.0)
    both("glu", {}, f(3, 6))


@pytest.mark.parametrize(
    "shape", [(), (1,), (5,), (2, 3), (2, 3, 4), (2, 3, 2, 2), (2, 1, 3), (0, 3), (2, 0)]
)
def test_prelu(shape: tuple[int, ...]) -> None:
    channels = shape[1] if len(shape) > 1 else 1
    x = distinct(*shape)
    for weight in (f(), f(1), f(channels)):
        both("prelu", {}, x, weight)
    agree(lambda x, w: mg.prelu(x, w), lambda x, w: torch.prelu(x, w), x, f(channels))
    agree(lambda x, w: x.prelu(w), lambda x, w: x.prelu(w), x, f(channels))
    both("prelu", {}, np.array([0.0, -0.0, 1.0, np.inf]), np.array([0.5]), order=1)


def test_methods_and_the_top_level() -> None:
    x = distinct(9)
    for params in ({}, {"lambd": 0.2}):
        agree(lambda x: x.hardshrink(**params), lambda x: x.hardshrink(**params), x)  # noqa: B023
        agree(lambda x: mg.hardshrink(x, **params), lambda x: torch.hardshrink(x, **params), x)  # noqa: B023
    agree(lambda x: mg.celu(x, 2.0), lambda x: torch.celu(x, 2.0), x)
    agree(mg.selu, torch.selu, x)
    agree(mg.rrelu, torch.rrelu, x)
    agree(lambda x: mg.threshold(x, 0.2, 3.0), lambda x: torch.threshold(x, 0.2, 3.0), x)


FAMILY = """
    relu relu6 hardtanh leaky_relu elu silu logsigmoid softplus softmax log_softmax gelu mish softsign tanhshrink glu
    celu selu hardsigmoid hardswish hardshrink softshrink threshold prelu rrelu softmin gumbel_softmax sigmoid tanh
    dropout alpha_dropout feature_alpha_dropout feature_dropout dropout1d dropout2d dropout3d native_dropout
""".split()


@pytest.mark.parametrize("name", [*FAMILY, *[f"{name}_" for name in FAMILY]])
def test_every_name_of_the_family_is_where_pytorch_has_it(name: str) -> None:
    pairs = [(torch, mg), (torch.Tensor, mg.Tensor), (TF, F), (torch.special, mg.special)]
    assert [theirs for theirs, ours in pairs if hasattr(theirs, name) and not hasattr(ours, name)] == []


# ---- dropout, where chance has no say -------------------------------------------------------------------------------
DROPS = "dropout alpha_dropout feature_alpha_dropout dropout1d dropout2d dropout3d".split()


@pytest.mark.filterwarnings("ignore:dropout2d. Received a 3D input:UserWarning")  # PyTorch's own
@pytest.mark.parametrize("name", DROPS)
def test_nothing_or_all_is_dropped(name: str) -> None:
    x = f(2, 3, 2, 2, 2) if name == "dropout3d" else f(2, 3, 4)
    for params in ({"p": 0.0, "training": True}, {"p": 1.0, "training": True}, {"p": 0.4, "training": False}):
        both(name, params, x, order=1)
        both(name, {**params, "inplace": False}, x, order=1)
        if hasattr(torch, name):
            values, ours, theirs = [*params.values()], getattr(mg, name), getattr(torch, name)
            close(ours(mg.tensor(x), *values), theirs(torch.tensor(x), *values))


@pytest.mark.parametrize("name", ["alpha_dropout", "feature_alpha_dropout"])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.93])
def test_the_two_lines_of_alpha_dropout_are_pytorchs(name: str, p: float) -> None:
    x = np.linspace(-2.0, 2.0, 400).reshape(400, 1)

    def lines(y: Any) -> list[Any]:
        y = np.asarray(y).ravel()
        low = np.unique(y)[np.unique(y, return_counts=True)[1] > 1]  # the dropped ones are all the same
        assert low.size == 1
        kept = y != low[0]
        return [low[0], *np.polyfit(x.ravel()[kept], y[kept], 1)]

    mg.manual_seed(0)
    torch.manual_seed(0)
    ours = lines(getattr(F, name)(mg.tensor(x), p, True).numpy())
    theirs = lines(getattr(TF, name)(torch.tensor(x), p, True).numpy())
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_native_dropout() -> None:
    x = f(3, 4)
    for p, train in ((0.0, True), (1.0, True), (0.3, False)):
        for y, z in zip(
            mg.native_dropout(mg.tensor(x), p, train),
            torch.native_dropout(torch.tensor(x), p, train),
            strict=True,
        ):
            close(y, z)
