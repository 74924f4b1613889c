"""Kernels with one thing wrong: the op table has to notice. Each mutant is the source with one place changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cuda_check import computed, numbers
from op_check import SAMPLES

from minigrad.backend import _kernels

KERNELS = Path(__file__).parents[2] / "kernels"
# file -> the ops whose rows run its kernels
OPS: dict[str, set[str]] = {
    "conv.cu": {"conv", "conv_input", "conv_weight"},
    "columns.cu": {"im2col", "col2im"},
    "pool.cu": {
        "max_pool",
        "avg_pool",
        "avg_pool_input",
        "adaptive_max_pool",
        "fractional_max_pool",
        "pool_take",
    },
    "segments.cu": {
        "put",
        "setitem",
        "overwritten",
        "scatter_extreme",
        "max_unpool",
        "index_select",
        "embedding",
    },
    "scan.cu": {"cummax", "cummin", "linear_scan", "searchsorted", "logcumsumexp"},
    "softmax.cu": {"softmax", "log_softmax", "cross_entropy"},
    "norm.cu": {"standardize", "rms_norm"},
    "reduce.cuh": {"standardize", "softmax"},
}
# What is put in the place of what: barriers, bounds, indices, accumulators
CHANGES: list[tuple[str, str]] = [
    (r"__syncthreads\(\);", ""),
    (r" >= (?=w\.size|s\.size|s\.out|w\.out|n\b|rows)", " > "),
    (r" < (?=w\.size|w\.out|w\.kernel|s\.kernel|cs\b|q_to\b|Q\b)", " <= "),
    (r"\bs \+= ", "s = "),
    (r"\bv \+= ", "v = "),
    (r"total \+= ", "total = "),
    (r"\+= va\[i\]", "= va[i]"),
    (r"(along|centre|mean|var|w_sum|b_sum) \+= ", r"\1 = "),
    (r" \* w\.dilation\[\d\]", ""),
    (r" - w\.padding\[\d\]", ""),
    (r" \* s\.dilation\[(\d|d)\]", ""),
    (r" \+ s\.padding\[d\]", ""),
    (r"first = false", "first = true"),
    (r"place = here", "place = i"),
    (r"\|\| is_nan\(v\)", ""),
    (r"order\[k\]", "k"),
    (r"place\[k\] == at", "true"),
    (r"low = mid \+ 1", "low = mid"),
    (r"group \* (kg|cg) \+ ", ""),
    (r" % outs\b", ""),
    (r"/ outs \* ", "* "),
    (r"top = larger\(top, ", "top = ("),
]
# Mutants that compute the same, or differ only where no value tells
SURVIVORS: dict[str, str] = {}


def mutants(file: str) -> Iterator[tuple[str, str]]:
    """(what is changed where, the source of that file)."""
    text = (KERNELS / file).read_text("utf-8")
    for pattern, by in CHANGES:
        for found in re.finditer(pattern, text):
            line = text.count("\n", 0, found.start()) + 1
            if text[text.rfind("\n", 0, found.start()) + 1 :].lstrip().startswith("//"):
                continue
            changed = text[: found.start()] + found.expand(by) + text[found.end() :]
            if changed != text:
                yield f"{file}:{line}: {found[0].strip()!r} -> {found.expand(by).strip()!r}", changed


MUTANTS = [pytest.param(file, text, id=name) for file in OPS for name, text in mutants(file)]


def rows(file: str) -> list[Any]:
    """The samples that run a file's kernels."""
    return [(case, sample) for case, sample, _ in SAMPLES if case.op.op.name in OPS[file]]


def agrees(case: Any, sample: Any) -> bool:
    """Whether a row gives the CPU's values and gradients."""
    try:
        found = [t if t is None else numbers(t) for part in computed(case, sample, "cuda") for t in part]
    except Exception:  # the simulator's, or an error that the wrong values lead to
        return False
    wanted = [t if t is None else numbers(t) for part in computed(case, sample, "cpu") for t in part]
    return all(
        u is v or np.allclose(u, v, rtol=1e-9, atol=1e-10, equal_nan=True)
        for u, v in zip(found, wanted, strict=True)
    )


@pytest.mark.slow
@pytest.mark.parametrize(("file", "text"), MUTANTS)
def test_a_mutant_is_noticed(
    file: str, text: str, cuda: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    original = _kernels.source
    included = f'#include "{file}"\n'

    def source(name: str) -> str:
        whole = (KERNELS / name).read_text("utf-8") if name != file else text
        whole = whole.replace(included, text.replace("#pragma once\n", ""))
        return str(_kernels.INCLUDE.sub(lambda m: original(m[1]), whole))

    monkeypatch.setattr(_kernels, "source", source)
    for name in _kernels.FAMILIES:
        monkeypatch.setattr(name, "found", {})
    name = request.node.callspec.id
    killed = False
    for order in ("forward", "reverse"):
        monkeypatch.setenv("MINIGRAD_CUDASIM_ORDER", order)
        killed = killed or not all(agrees(case, sample) for case, sample in rows(file))
    assert killed != (name in SURVIVORS), SURVIVORS.get(name, "no row of the op table notices it")


def test_the_share_of_survivors() -> None:
    assert len(MUTANTS) >= 100 and len(SURVIVORS) <= 0.05 * len(MUTANTS)
