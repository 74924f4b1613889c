"""Kernels with one thing wrong: the tests' cases have to notice. Each mutant is the source with one place changed.

A mutant may write anywhere and never end, so it runs in a child process, for a limited time.
"""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cuda_check import computed, numbers
from cuda_large import LARGE, maker
from op_check import SAMPLES

from minigrad.backend import _kernels

KERNELS = Path(__file__).parents[2] / "kernels"
# file -> the ops whose rows run its kernels
OPS: dict[str, set[str]] = {
    "conv.cu": {"conv", "conv_input", "conv_weight"},
    "conv_mma.cu": set(),
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
    (r"copies_wait<STAGES - 2>\(\);", ""),
    (r"m >= s\.m \|\| n >= s\.n", "false"),
    (r"inside\((column|seen\[e\]), p\.tap\)", "true"),
    (r" << 16 \* e", ""),
    (r"m0 \+ m < s\.m", "true"),
    (r"from \+ each < n \? from \+ each : n", "from + each"),
    (r" \* \(m \* k / all\)", ""),
    (r"(?<=live) && c < n", ""),
]
# Mutants that compute the same, or differ only where no value tells: the changed line, what is changed -> why
SURVIVORS: dict[str, str] = {
    "conv.cu: I q_from = part * each, q_to = q_from + each < Q ? q_from + each : Q;: '<' -> '<=', number 1": (
        "both sides are the same number there"
    ),
    "conv.cu: if (m < M && q < q_to) {: '<' -> '<=', number 1": "the other factor is 0 there",
    "conv.cu: for (I q0 = q_from; q0 < q_to; q0 += BK) {: '<' -> '<=', number 1": "one more tile, of zeros",
    "conv_mma.cu: bool ok = g_at[e] >= 0 && m0 + m < s.m;: 'm0 + m < s.m' -> 'true', number 1": (
        "what is read beyond g is multiplied into rows that nobody writes; the sanitizers notice it"
    ),
    "segments.cu: if (at < 0 || at >= rows || (j > 0 && place[j - 1] == at)) continue;: '>=' -> '>', number 1": (
        "such a place is refused before a result is copied to the host; the sanitizers notice the write"
    ),
    "scan.cu: __syncthreads();: '__syncthreads();' -> '', number 2": (
        "a neighbour that is ahead has the maximum over more, which the maximum over all does not see"
    ),
}
LIMIT = 60  # seconds


def mutants(file: str) -> Iterator[tuple[str, str]]:
    """(what is changed where, the source of that file)."""
    text = (KERNELS / file).read_text("utf-8")
    names: Counter[str] = Counter()
    for pattern, by in CHANGES:
        for found in re.finditer(pattern, text):
            line = text[text.rfind("\n", 0, found.start()) + 1 : text.find("\n", found.end())].strip()
            changed = text[: found.start()] + found.expand(by) + text[found.end() :]
            if changed != text and not line.startswith("//"):
                name = f"{file}: {line}: {found[0].strip()!r} -> {found.expand(by).strip()!r}"
                names[name] += 1
                yield f"{name}, number {names[name]}", changed


MUTANTS = [pytest.param(file, text, id=name) for file in OPS for name, text in mutants(file)]


def rows(file: str) -> list[Any]:
    """The samples that run a file's kernels."""
    return [(case, sample) for case, sample, _ in SAMPLES if case.op.op.name in OPS[file]]


@cache
def wanted(file: str) -> list[list[np.ndarray | None]]:
    """What the CPU gives for each case of a file."""
    small = [[t for part in computed(*row, "cpu") for t in part] for row in rows(file)]
    large = [run(maker("cpu")) for run in LARGE.get(file, {}).values()]
    return [[t if t is None else numbers(t) for t in ts] for ts in (*small, *large)]


def found(file: str) -> Iterator[list[np.ndarray | None]]:
    """What the GPU gives."""
    for row in rows(file):
        yield [t if t is None else numbers(t) for part in computed(*row, "cuda") for t in part]
    for run in LARGE.get(file, {}).values():
        yield [*map(numbers, run(maker("cuda")))]


def agrees(file: str) -> bool:
    """Whether all cases give the CPU's values and gradients."""
    rtol = 2e-3 if file == "conv_mma.cu" else 1e-9  # halves
    for us, vs in zip(found(file), wanted(file), strict=True):
        for u, v in zip(us, vs, strict=True):
            if u is None or v is None:
                if u is not v:
                    return False
            else:
                far = float(abs(v[np.isfinite(v)]).max(initial=0.1))
                if not np.allclose(u, v, rtol=rtol, atol=rtol * far, equal_nan=True):
                    return False
    return True


def survives(file: str) -> bool:
    """Whether a child process that computes all cases in two thread orders finds nothing wrong."""
    child = os.fork()
    if not child:
        signal.alarm(LIMIT)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what a crash has to say
        try:
            right = True
            for order in ("forward", "reverse"):
                os.environ["MINIGRAD_CUDASIM_ORDER"] = order
                right = right and agrees(file)
        except BaseException:  # the simulator's, or an error that the wrong values lead to
            right = False
        os._exit(0 if right else 1)
    return os.waitpid(child, 0)[1] == 0


@pytest.mark.slow
@pytest.mark.parametrize(("file", "text"), MUTANTS)
def test_a_mutant_is_noticed(
    file: str, text: str, cuda: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if not hasattr(cuda.cupy, "state"):
        pytest.skip("a wrong kernel may not run on a device")
    original = _kernels.source
    included = f'#include "{file}"\n'

    def source(name: str) -> str:
        whole = (KERNELS / name).read_text("utf-8") if name != file else text
        whole = whole.replace(included, text.replace("#pragma once\n", ""))
        return str(_kernels.INCLUDE.sub(lambda m: original(m[1]), whole))

    wanted(file)
    monkeypatch.setenv("MINIGRAD_CUDASIM_FLAGS", "-O0")  # most of the time goes to the compiler
    monkeypatch.setattr(_kernels, "source", source)
    for family in _kernels.FAMILIES:
        monkeypatch.setattr(family, "found", {})
    name = request.node.callspec.id
    assert survives(file) == (name in SURVIVORS), SURVIVORS.get(name, "no case notices it")


def test_the_share_of_survivors() -> None:
    assert len(MUTANTS) >= 100 and len(SURVIVORS) <= 0.05 * len(MUTANTS)


@pytest.mark.slow
@pytest.mark.parametrize("file", OPS)
def test_without_a_change_nothing_is_noticed(file: str, cuda: Any) -> None:
    assert survives(file)
