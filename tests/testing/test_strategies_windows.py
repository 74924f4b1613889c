"""The configurations of convolution, pooling and einsum: only valid ones, and all of the variety that they promise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis.strategies import SearchStrategy

import minigrad as mg
from minigrad import functional
from minigrad.errors import ArgumentError, ShapeError
from minigrad.testing import strategies as mgst

few = settings(max_examples=40)
each_dims = pytest.mark.parametrize("dims", [1, 2, 3])
each_kind = pytest.mark.parametrize("kind", ["max", "avg", "lp"])


def sample(strategy: SearchStrategy[Any], n: int = 300) -> list[Any]:
    """What a test of n examples would be given."""
    seen: list[Any] = []

    @settings(max_examples=n, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategy)
    def see(value: Any) -> None:
        seen.append(value)

    see()
    return seen


def smallest(strategy: SearchStrategy[Any], wanted: Callable[[Any], bool]) -> Any:
    """What a failure shrinks to."""
    return find(strategy, wanted, settings=settings(max_examples=1000, derandomize=True, database=None))


def missing(seen: list[Any], wanted: dict[str, Callable[[Any], Any]]) -> list[str]:
    """The kinds that are not among the examples."""
    return [name for name, holds in wanted.items() if not any(holds(value) for value in seen)]


# ---- what they draw is valid ----------------------------------------------------------------------------------------
@each_dims
@pytest.mark.parametrize("transposed", [False, True])
def test_convolutions_take_their_configs(transposed: bool, dims: int) -> None:
    @few
    @given(mgst.conv_configs(dims, transposed=transposed))
    def check(config: mgst.ConvConfig) -> None:
        bias = None if config.bias is None else mg.ones(config.bias)
        fn = getattr(functional, f"conv_transpose{dims}d" if transposed else f"conv{dims}d")
        y = fn(mg.ones(config.x), mg.ones(config.weight), bias, **config.params)
        channels = config.weight[1] * config.params["groups"] if transposed else config.weight[0]
        assert y.shape[-dims - 1] == channels and min(y.shape[-dims:]) >= 1

    check()


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")  # torch copies its input
@each_dims
@pytest.mark.parametrize("transposed", [False, True])
def test_torch_takes_the_convolutions(transposed: bool, dims: int) -> None:
    torch = pytest.importorskip("torch")
    name = f"conv_transpose{dims}d" if transposed else f"conv{dims}d"

    @few
    @given(mgst.conv_configs(dims, transposed=transposed, min_batch=1 if transposed else 0))
    def check(config: mgst.ConvConfig) -> None:
        bias = None if config.bias is None else torch.ones(config.bias)
        theirs = getattr(torch.nn.functional, name)(
            torch.ones(config.x), torch.ones(config.weight), bias, **config.params
        )
        ours = getattr(functional, name)(mg.ones(config.x), mg.ones(config.weight), **config.params)
        assert tuple(theirs.shape) == ours.shape

    check()


def pooled(module: Any, ones: Any, kind: str, dims: int, config: mgst.PoolConfig) -> Any:
    """The pooling of ones, by minigrad or by PyTorch."""
    return getattr(module, f"{kind}_pool{dims}d")(ones(config.x), **config.params)


@each_dims
@each_kind
def test_poolings_take_their_configs(kind: str, dims: int) -> None:
    @few
    @given(mgst.pool_configs(kind, dims))
    def check(config: mgst.PoolConfig) -> None:
        y = pooled(functional, mg.ones, kind, dims, config)
        assert y.shape[:-dims] == config.x[:-dims] and min(y.shape[-dims:]) >= 1
        assert np.isfinite(y.data).all()

    check()


@each_dims
@each_kind
def test_torch_takes_the_poolings(kind: str, dims: int) -> None:
    torch = pytest.importorskip("torch")

    @few
    @given(mgst.pool_configs(kind, dims, min_batch=1))
    def check(config: mgst.PoolConfig) -> None:
        if dims == 1 and kind == "lp":  # PyTorch takes no tuple there, which its documentation allows
            assume(isinstance(config.params["kernel_size"], int))
        if dims == 3 and kind != "max":  # there PyTorch wants the kernel to fit without the padding
            assume(min(config.x[-3:]) >= np.max(config.params["kernel_size"]))
        y = pooled(torch.nn.functional, torch.ones, kind, dims, config)
        assert tuple(y.shape) == pooled(functional, mg.ones, kind, dims, config).shape
        assert bool(torch.isfinite(y).all())

    check()


@given(mgst.einsum_configs())
def test_torch_takes_the_equations(config: mgst.EinsumConfig) -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.einsum(config.equation, *(torch.ones(s) for s in config.shapes))
    assert tuple(theirs.shape) == mg.einsum(config.equation, *(mg.ones(s) for s in config.shapes)).shape


# ---- of every kind --------------------------------------------------------------------------------------------------
CONVOLUTIONS: dict[str, Callable[[Any], Any]] = {
    "one image": lambda c: len(c.x) == 3,
    "no image": lambda c: len(c.x) == 4 and c.x[0] == 0,
    "groups": lambda c: c.params["groups"] == 3 and c.weight[1] == 2,
    "more channels out than groups": lambda c: c.weight[0] > c.params["groups"] > 1,
    "two strides": lambda c: isinstance(s := c.params["stride"], tuple) and s[0] != s[1],
    "two paddings": lambda c: isinstance(p := c.params["padding"], tuple) and p[0] != p[1],
    "two dilations": lambda c: c.params["dilation"] == (2, 1),
    "a dilation that counts": lambda c: c.params["dilation"] == 2 and c.weight[2] == 3,
    "a bias": lambda c: c.bias is not None,
    "two extents": lambda c: c.x[-1] != c.x[-2],
}
FORWARD = {
    "same": lambda c: c.params["padding"] == "same" and 2 in c.weight[2:],
    "valid": lambda c: c.params["padding"] == "valid",
    "a window in the padding alone": lambda c: c.params["padding"] == 3 and 1 in c.weight[2:],
}
BACKWARD = {
    "an output_padding": lambda c: c.params["output_padding"] == (1, 2),
    "an output that is cut off": lambda c: c.params["padding"] == 2,
}
POOLINGS: dict[str, Callable[[Any], Any]] = {
    "no stride": lambda p: p["stride"] is None,
    "overlap": lambda p: p["stride"] == 1 and p["kernel_size"] == 3,
    "gaps": lambda p: p["stride"] == 3 and p["kernel_size"] == 2,
    "two kernels": lambda p: isinstance(k := p["kernel_size"], tuple) and k[0] != k[1],
}
PADDED = {
    "two paddings": lambda p: p["padding"] in ((0, 1), (1, 0)),
    "padding and ceil": lambda p: p["padding"] == 1 and p["ceil_mode"],
}
OF = {
    "max": PADDED
    | {"dilation": lambda p: p["dilation"] == 3, "two dilations": lambda p: p["dilation"] == (1, 2)},
    "avg": PADDED
    | {
        "no padding counted": lambda p: not p["count_include_pad"] and p["padding"] != 0,
        "a divisor": lambda p: p["divisor_override"] == 5,
    },
    "lp": {"every power": lambda p: p["norm_type"] == 3, "ceil": lambda p: p["ceil_mode"]},
}
EQUATIONS: dict[str, Callable[[Any], Any]] = {
    "a diagonal": lambda c: "ii" in c.equation,
    "a matrix product": lambda c: [len({*t}) for t in c.equation.partition("->")[0].split(",")] == [2, 2],
    "three operands": lambda c: c.equation.count(",") == 2,
    "no output": lambda c: "->" not in c.equation,
    "an output of nothing": lambda c: c.equation.endswith("->"),
    "dots in the output": lambda c: "..." in c.equation.partition("->")[2],
    "dots that are summed": lambda c: "..." in c.equation.partition("->")[0] and "->" in c.equation
    and "..." not in c.equation.partition("->")[2],
    "dots inside": lambda c: "i...j" in c.equation or "j...i" in c.equation,
    "no elements": lambda c: any(0 in s for s in c.shapes),
    "a 0-d operand": lambda c: () in c.shapes,
}  # fmt: skip


def ceiling_counts(config: mgst.PoolConfig) -> bool:
    """Whether ceil_mode adds a window."""
    if not config.params["ceil_mode"]:
        return False
    try:
        without = functional.max_pool2d(mg.ones(config.x), **config.params | {"ceil_mode": False}).shape
    except ShapeError:  # there is no other window
        return True
    return functional.max_pool2d(mg.ones(config.x), **config.params).shape != without


def test_every_kind_of_convolution_is_drawn() -> None:
    assert missing(sample(mgst.conv_configs(), 600), CONVOLUTIONS | FORWARD) == []
    assert missing(sample(mgst.conv_configs(transposed=True), 600), CONVOLUTIONS | BACKWARD) == []


def test_every_kind_of_pooling_is_drawn() -> None:
    for kind, more in OF.items():
        seen = sample(mgst.pool_configs(kind))
        assert missing([config.params for config in seen], POOLINGS | more) == []
    assert missing(sample(mgst.pool_configs()), {"a last window over the end": ceiling_counts}) == []


def test_every_kind_of_equation_is_drawn() -> None:
    assert missing(sample(mgst.einsum_configs(), 1500), EQUATIONS) == []


# ---- shrinking, and what is refused ---------------------------------------------------------------------------------
def test_failures_shrink_to_what_is_small() -> None:
    conv = smallest(mgst.conv_configs(), lambda c: c.weight[3] == 3)
    assert conv.weight == (1, 1, 1, 3) and conv.bias is None
    assert conv.params == {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    conv = smallest(mgst.conv_configs(3, transposed=True), lambda c: c.params["stride"] == 2)
    assert conv.weight == (1, 1, 1, 1, 1) and conv.params["output_padding"] == 0
    pool = smallest(mgst.pool_configs(), lambda c: c.params["padding"] == 1)
    assert pool.params["dilation"] == 1 and not pool.params["ceil_mode"] and pool.params["kernel_size"] == 2
    equation = smallest(mgst.einsum_configs(), lambda c: len(c.shapes) == 2 and "j" in c.equation)
    assert equation.equation in ("j,", ",j") and () in equation.shapes


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mgst.conv_configs(4), "conv_configs: dims is 4; 1, 2 or 3 is wanted"),
        (lambda: mgst.conv_configs(max_kernel=0), "max_kernel is 0"),
        (lambda: mgst.conv_configs(max_groups=0), "max_groups 0"),
        (lambda: mgst.conv_configs(min_batch=3), "batches go from 3 to 2"),
        (lambda: mgst.pool_configs("mean"), "kind is 'mean'; 'max', 'avg' or 'lp' is wanted"),
        (lambda: mgst.pool_configs("max", 0), "pool_configs: dims is 0"),
        (lambda: mgst.pool_configs(max_kernel=0), "max_kernel is 0"),
        (lambda: mgst.einsum_configs(0), "max_operands is 0"),
        (lambda: mgst.einsum_configs(max_side=0), "max_side 0"),
    ],
)
def test_misuse_is_named(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()
