"""Every kernel instance compiles with NVRTC for every architecture, without spills, with the resources of the table."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("nvrtc_gate", ROOT / "tools" / "nvrtc_gate.py")
gate: Any = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gate)
THEN = json.loads(gate.TABLE.read_text("utf-8"))


def nvrtc() -> None:
    pytest.importorskip("cuda.bindings.nvrtc", reason="minigrad[nvrtc] is not installed")


def test_the_table_has_every_instance() -> None:
    for architecture in gate.ARCHITECTURES:
        for file in gate.files(architecture):
            assert {*THEN[architecture][file]} == {*gate.expressions(file)}


def test_every_kernel_is_in_the_gate() -> None:
    folder = ROOT / "kernels"
    assert {path.name for path in folder.glob("*.cu")} == {*gate.INSTANCES}
    for file, kernels in gate.INSTANCES.items():
        text = (folder / file).read_text("utf-8")
        for name in kernels:
            assert f" {name}(" in text or f"\n{name}(" in text, name
        assert text.count("__global__") == len(kernels), file


def test_nothing_spills() -> None:
    assert [line for line in gate.differences(THEN, THEN) if "spills" in line] == []


def test_a_difference_is_seen() -> None:
    now = {"sm_80": {"pool.cu": {"a": [1, 2, 3], "b": [1, 2, 0]}}}
    then = {"sm_80": {"pool.cu": {"a": [1, 2, 3], "c": [1, 2, 0]}}}
    assert len(gate.differences(now, then)) == 3


@pytest.mark.slow
@pytest.mark.parametrize("architecture", gate.ARCHITECTURES)
def test_the_compiler_agrees_with_the_table(architecture: str) -> None:
    nvrtc()
    now = {architecture: {file: gate.resources(file, architecture) for file in gate.files(architecture)}}
    assert gate.differences(now, {architecture: THEN[architecture]}) == []


@pytest.mark.slow
def test_what_does_not_compile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    nvrtc()
    monkeypatch.setattr("minigrad.backend._kernels.source", lambda file: "__global__ void f() { INFINITY; }")
    monkeypatch.setitem(gate.INSTANCES, "pool.cu", {})
    with pytest.raises(RuntimeError, match="INFINITY"):
        gate.resources("pool.cu", "sm_80")
