"""What activations refuse: that which PyTorch refuses, in one sentence that names function and argument."""

from __future__ import annotations

import inspect
import math
from typing import Any

import pytest

import minigrad as mg
from minigrad import functional as F
from minigrad import surface
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError

x, i, b = mg.tensor([-1.5, 0.5, 2.0]), mg.tensor([-2, 0, 3]), mg.tensor([True, False])
NEEDED: dict[str, dict[str, Any]] = {
    "softmax": {"dim": 0},
    "log_softmax": {"dim": 0},
    "softmin": {"dim": 0},
    "threshold": {"threshold": 0.0, "value": 1.0},
    "prelu": {"weight": mg.tensor([0.5])},
}
OF_NUMBERS = ["relu", "relu6", "hardtanh", "softsign", "tanhshrink", "threshold"]  # integers as well
FLOATING = """
    celu elu gelu glu gumbel_softmax hardshrink hardsigmoid hardswish leaky_relu log_softmax logsigmoid mish prelu rrelu
    selu silu softmax softmin softplus softshrink
""".split()


def test_every_activation_is_tried() -> None:
    both = {**vars(surface.activation), **vars(F.activation)}
    here = {n for n, v in both.items() if inspect.isfunction(v) and hasattr(F, n)}
    assert {n for n in here if n[-1] != "_"} - {"clear"} == {*OF_NUMBERS, *FLOATING}


@pytest.mark.parametrize("name", [*OF_NUMBERS, *FLOATING])
def test_what_is_no_tensor_of_the_right_kind(name: str) -> None:
    fn, given = getattr(F, name), NEEDED.get(name, {})
    first = "logits" if name == "gumbel_softmax" else "input"
    with pytest.raises(DTypeError, match=rf"^{name}: {first} is bool\[2\], where a"):
        fn(b, **given)
    if name in FLOATING:
        with pytest.raises(DTypeError, match=rf"^{name}: {first} is int64\[3\], where a floating tensor"):
            fn(i, **given)
    else:
        assert fn(i, **given).shape == (3,)
    for wrong in ([1.0, 2.0], None, "x"):
        with pytest.raises(DTypeError, match=rf"^{name}: .*{first}"):
            fn(wrong, **given)
    with pytest.raises(DTypeError, match=rf"^{name}: .*unexpected keyword argument 'axes'"):
        fn(x, **given, axes=1)
    with pytest.raises(DTypeError, match=rf"^{name}: missing a required argument: '{first}'"):
        fn(**given)


# (name, argument): every number that an activation takes
NUMBERS = [
    ("hardtanh", "min_val"),
    ("hardtanh", "max_val"),
    ("leaky_relu", "negative_slope"),
    ("elu", "alpha"),
    ("celu", "alpha"),
    ("softplus", "beta"),
    ("softplus", "threshold"),
    ("hardshrink", "lambd"),
    ("softshrink", "lambd"),
    ("threshold", "threshold"),
    ("threshold", "value"),
    ("rrelu", "lower"),
    ("rrelu", "upper"),
    ("gumbel_softmax", "tau"),
]


@pytest.mark.parametrize(("name", "argument"), NUMBERS)
def test_what_is_no_number(name: str, argument: str) -> None:
    for wrong, told in (("1", "str"), (None, "None"), ([1.0], "list"), (mg.ones(2), r"float32\[2\]")):
        with pytest.raises(DTypeError, match=rf"^{name}: {argument} is {told}, where a number is wanted"):
            getattr(F, name)(x, **{**NEEDED.get(name, {}), argument: wrong})
    for right in (1 / 8, mg.tensor(1 / 8)):
        assert getattr(F, name)(x, **{**NEEDED.get(name, {}), argument: right}).shape == (3,)


images = mg.zeros(2, 3, 4)
REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda: F.celu(x, 0.0), ArgumentError, "celu: alpha is 0"),
    (lambda: F.celu_(x, 0), ArgumentError, "celu_: celu: alpha is 0"),
    (lambda: F.softshrink(x, -0.1), ArgumentError, "softshrink: lambd is -0.1, where at least 0"),
    (lambda: F.softshrink(x, math.nan), ArgumentError, "softshrink: lambd is nan"),
    (lambda: F.hardtanh(x, 1.0, -1.0), ArgumentError, "hardtanh: min_val 1.0 is not below max_val -1.0"),
    (lambda: F.hardtanh_(x, math.nan), ArgumentError, "hardtanh_: hardtanh: min_val nan is not below"),
    (lambda: F.softplus(x, beta=0), ArgumentError, "softplus: beta is 0"),
    (lambda: F.gelu(x, "fast"), ArgumentError, "gelu: approximate is 'fast', where 'none' or 'tanh'"),
    (lambda: F.gelu(x, approximate=None), ArgumentError, "gelu: approximate is None"),
    (lambda: F.gelu(x, True), ArgumentError, "gelu: approximate is True"),
    (
        lambda: F.rrelu(x, 0.5, 0.2),
        ArgumentError,
        "rrelu: lower is 0.5, upper 0.2, where finite numbers in order",
    ),
    (lambda: F.rrelu(x, 0.5, 0.2, True), ArgumentError, "rrelu: lower is 0.5, upper 0.2"),
    (lambda: F.rrelu(x, math.nan, 1.0), ArgumentError, "rrelu: lower is nan"),
    (lambda: F.rrelu(x, 0.0, math.inf, True), ArgumentError, "rrelu: .*upper inf, where finite"),
    (lambda: F.threshold(x, 1.0), DTypeError, "threshold: missing a required argument: 'value'"),
    (lambda: F.glu(x), ShapeError, r"glu: input float32\[3\] has the odd extent 3 along dim -1"),
    (lambda: F.glu(images, 1), ShapeError, r"glu: .*odd extent 3 along dim 1"),
    (lambda: F.glu(images, 3), IndexingError, "glu: dim 3 is outside of 3 dimensions"),
    (lambda: F.glu(images, -4), IndexingError, "glu: dim -4"),
    (lambda: F.glu(mg.tensor(1.0)), ShapeError, "glu: input is 0-d"),
    (lambda: F.glu(images, 1.5), DTypeError, "glu: .*dim"),
    (lambda: F.prelu(x, 0.5), DTypeError, "prelu: weight is 0.5, where a float32 tensor is wanted"),
    (lambda: F.prelu(x, [0.5]), DTypeError, "prelu: weight is list"),
    (lambda: F.prelu(x, mg.zeros(1, dtype=mg.float64)), DTypeError, r"prelu: weight is float64\[1\]"),
    (lambda: F.prelu(x, mg.tensor([1])), DTypeError, r"prelu: weight is int64\[1\]"),
    (lambda: F.prelu(x, mg.zeros(3)), ShapeError, r"prelu: weight is float32\[3\].* each of 1 channels"),
    (lambda: F.prelu(images, mg.zeros(2)), ShapeError, r"prelu: weight is float32\[2\].* each of 3 channels"),
    (lambda: F.prelu(images, mg.zeros(0)), ShapeError, r"prelu: weight is float32\[0\]"),
    (lambda: F.prelu(images, mg.zeros(1, 3)), ShapeError, r"prelu: weight is float32\[1, 3\]"),
    (lambda: F.prelu(images, mg.zeros(1, 1)), ShapeError, r"prelu: weight is float32\[1, 1\]"),
    (lambda: F.prelu(mg.tensor(1.0), mg.zeros(2)), ShapeError, "prelu: weight is"),
    (lambda: mg.ones(2).prelu(mg.zeros(2)), ShapeError, "prelu: weight is"),
    (lambda: mg.ones(2).hardshrink("a"), DTypeError, "hardshrink: lambd is str"),
    (lambda: mg.tensor([1]).hardshrink(), DTypeError, r"hardshrink: input is int64\[1\]"),
    (lambda: F.gumbel_softmax(x, 0.0), ArgumentError, "gumbel_softmax: tau is 0.0, where a number above 0"),
    (lambda: F.gumbel_softmax(x, math.nan), ArgumentError, "gumbel_softmax: tau is nan"),
    (lambda: F.gumbel_softmax(x, dim=1), IndexingError, "gumbel_softmax: .*dim 1 is outside of 1 dim"),
    (lambda: F.gumbel_softmax(images[..., :0], hard=True), ShapeError, "gumbel_softmax: .*no elements along"),
]
for along in ("softmax", "log_softmax", "softmin"):
    fn = getattr(F, along)
    REFUSED += [
        (lambda fn=fn: fn(x), ArgumentError, f"{along}: give dim"),
        (lambda fn=fn: fn(x, 1), IndexingError, f"{along}: .*dim 1 is outside of 1 dimensions"),
        (lambda fn=fn: fn(x, -2), IndexingError, f"{along}: .*dim -2 is outside of 1 dimensions"),
        (lambda fn=fn: fn(x, "channels"), DTypeError, f"{along}: .*dim"),
        (lambda fn=fn: fn(x, 0, dtype="complex64"), DTypeError, f"{along}: 'complex64' is not a dtype"),
        (lambda fn=fn: fn(x, 0, dtype=mg.int64), DTypeError, f"{along}: dtype is int64, where a floating"),
    ]


@pytest.mark.parametrize(("call", "error", "match"), REFUSED)
def test_refused(call: Any, error: type[Exception], match: str) -> None:
    before = x.tolist()
    with pytest.raises(error, match=f"^{match}"):
        call()
    assert x.tolist() == before
