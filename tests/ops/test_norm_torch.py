"""Normalisation beside PyTorch's: values, gradients and second derivatives, running statistics, layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from layer_cases import NORMS
from op_samples.case import f
from torch_parity import agree, close, torch

import minigrad as mg
from minigrad import functional as F
from minigrad import nn

TF = torch.nn.functional
W, B = f(4, seed="w"), f(4, seed="b")
SHAPES = {"vectors": (5, 4), "sequences": (3, 4, 5), "images": (2, 4, 3, 2), "volumes": (2, 4, 2, 3, 2)}


def both(name: str, *xs: Any, order: int = 2, **params: Any) -> None:
    """The function of this name, with tensors after its positional arguments given by the caller's lambda."""
    agree(
        lambda *t: getattr(F, name)(*t, **params),
        lambda *t: getattr(TF, name)(*t, **params),
        *xs,
        order=order,
    )


# ---- functions ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("affine", [True, False])
def test_batch_norm(shape: tuple[int, ...], affine: bool) -> None:
    more = (W, B) if affine else ()
    for eps in (1e-5, 0.3):
        agree(
            lambda x, *wb, e=eps: F.batch_norm(x, None, None, *wb, training=True, eps=e),
            lambda x, *wb, e=eps: TF.batch_norm(x, None, None, *wb, training=True, eps=e),
            f(*shape),
            *more,
        )
    mean, var = f(4, seed="m"), f(4, low=0.5, seed="v")
    agree(
        lambda x, *wb: F.batch_norm(x, mg.tensor(mean), mg.tensor(var), *wb, eps=0.1),
        lambda x, *wb: TF.batch_norm(x, torch.tensor(mean), torch.tensor(var), *wb, eps=0.1),
        f(*shape),
        *more,
    )


@pytest.mark.parametrize("shape", [s for s in SHAPES.values() if len(s) > 2])
@pytest.mark.parametrize("affine", [True, False])
def test_instance_norm(shape: tuple[int, ...], affine: bool) -> None:
    more = (W, B) if affine else ()
    agree(
        lambda x, *wb: F.instance_norm(x, None, None, *wb, eps=0.01),
        lambda x, *wb: TF.instance_norm(x, None, None, *wb, eps=0.01),
        f(*shape),
        *more,
    )


@pytest.mark.parametrize("name", ["batch_norm", "instance_norm"])
def test_running_statistics(name: str) -> None:
    mean, var, x = f(4, seed="m"), f(4, low=0.5, seed="v"), f(3, 4, 5)
    mine, theirs = [mg.tensor(mean), mg.tensor(var)], [torch.tensor(mean), torch.tensor(var)]
    key = "training" if name == "batch_norm" else "use_input_stats"
    for momentum in (0.1, 0.7, 0.0):
        params = {"momentum": momentum, key: True}
        close(
            getattr(F, name)(mg.tensor(x), *mine, **params),
            getattr(TF, name)(torch.tensor(x), *theirs, **params),
        )
        for a, b in zip(mine, theirs, strict=True):
            close(a, b)
        params[key] = False
        close(
            getattr(F, name)(mg.tensor(x), *mine, **params),
            getattr(TF, name)(torch.tensor(x), *theirs, **params),
        )


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_group_norm(shape: tuple[int, ...], groups: int) -> None:
    agree(
        lambda *t: F.group_norm(t[0], groups, *t[1:]),
        lambda *t: TF.group_norm(t[0], groups, *t[1:]),
        f(*shape),
        W,
        B,
    )
    both("group_norm", f(*shape), num_groups=groups, eps=0.2)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_layer_norm(dims: int) -> None:
    shape = (3, 4, 5)
    size = shape[-dims:]
    agree(
        lambda x, *wb: F.layer_norm(x, size, *wb),
        lambda x, *wb: TF.layer_norm(x, size, *wb),
        f(*shape),
        f(*size),
        f(*size, seed="b"),
    )
    both("layer_norm", f(*shape), normalized_shape=size, eps=0.1)
    agree(
        lambda x, b: F.layer_norm(x, size, None, b),
        lambda x, b: TF.layer_norm(x, size, torch.ones(size).double(), b),
        f(*shape),
        f(*size, seed="b"),
    )


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("eps", [None, 0.1])
def test_rms_norm(dims: int, eps: float | None) -> None:
    shape = (3, 4, 5)
    size = shape[-dims:]
    agree(
        lambda x, w: F.rms_norm(x, size, w, eps),
        lambda x, w: TF.rms_norm(x, size, w, eps),
        f(*shape),
        f(*size),
    )
    both("rms_norm", f(*shape) * 1e-6, normalized_shape=size, eps=eps, order=1)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_rms_norm_adds_the_eps_of_its_dtype(dtype: str) -> None:
    x = np.full((2, 4), 1e-3)
    mine = F.rms_norm(mg.tensor(x, dtype=dtype), (4,)).to(mg.float64)
    theirs = TF.rms_norm(torch.tensor(x, dtype=getattr(torch, dtype)), (4,)).double()
    close(mine, theirs, 2.0**-7)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("shape", [s for s in SHAPES.values() if len(s) > 2])
def test_local_response_norm(shape: tuple[int, ...], size: int) -> None:
    both("local_response_norm", f(*shape), size=size)
    both("local_response_norm", f(*shape), size=size, alpha=0.5, beta=1.3, k=0.7)


@pytest.mark.parametrize("name", ["layer_norm", "batch_norm", "group_norm", "instance_norm", "rms_norm"])
def test_no_elements(name: str) -> None:
    call = {
        "layer_norm": lambda m, x: m.layer_norm(x, (4,)),
        "batch_norm": lambda m, x: m.batch_norm(x, None, None, training=True),
        "group_norm": lambda m, x: m.group_norm(x, 3),
        "instance_norm": lambda m, x: m.instance_norm(x),
        "rms_norm": lambda m, x: m.rms_norm(x, (4,)),
    }[name]
    agree(lambda x: call(F, x), lambda x: call(TF, x), np.zeros((0, 3, 4)))


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_large_mean_costs_no_digits(dtype: str) -> None:
    """The variance of one pass, E[x^2] - E[x]^2, would be lost among values of 1000."""
    x = (1000.0 + f(8, 512)).astype(dtype)
    want = TF.layer_norm(torch.tensor(x.astype(np.float64)), (512,)).numpy()
    got = F.layer_norm(mg.Tensor(x), (512,)).numpy()
    np.testing.assert_allclose(got, want, rtol=0, atol={"float32": 1e-4, "float16": 2e-3}[dtype])


# ---- layers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "shape"), NORMS.values(), ids=NORMS)
def test_layers(make: Any, shape: tuple[int, ...]) -> None:
    """Three steps of training, then evaluation; state goes from PyTorch to here and back."""
    theirs, mine = make(torch.nn).double(), make(nn).double()
    assert repr(mine) == repr(theirs) and list(mine.state_dict()) == list(theirs.state_dict())
    for p, q in zip(mine.state_dict().values(), theirs.state_dict().values(), strict=True):
        close(p, q, 0.0)
    if getattr(mine, "weight", None) is not None:
        with torch.no_grad():
            theirs.weight.copy_(torch.tensor(f(*theirs.weight.shape)))
    mine.load_state_dict(theirs.state_dict())
    for step in range(4):
        if step == 3:
            mine.eval(), theirs.eval()
        x, z = (
            mg.tensor(a := f(*shape, seed=str(step)), requires_grad=True),
            torch.tensor(a, requires_grad=True),
        )
        ours, other = mine(x), theirs(z)
        close(ours, other)
        ours.backward(mg.tensor(f(*shape, seed="g")))
        other.backward(torch.tensor(f(*shape, seed="g")))
        close(x.grad, z.grad)
        for p, q in zip(mine.parameters(), theirs.parameters(), strict=True):
            close(p.grad, q.grad)
        for p, q in zip(mine.state_dict().values(), theirs.state_dict().values(), strict=True):
            close(p, q)
    theirs.load_state_dict({k: torch.tensor(np.array(v.numpy())) for k, v in mine.state_dict().items()})
