"""`import minigrad` loads nothing that it does not need, and every public name exists."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import minigrad

OPTIONAL = ("rich", "PIL", "safetensors", "numba", "cupy", "ml_dtypes", "torch")
SLOW_TO_LOAD = (
    "argparse",
    "json",
    "urllib",
    "tempfile",
    "subprocess",
    "zipfile",
    "http",
    "logging",
    "asyncio",
)
ON_DEMAND = ("data", "io", "models", "testing", "cli", "trainer", "predict", "progress")
FOUND = [m.name for m in pkgutil.walk_packages(minigrad.__path__, "minigrad.")]
MODULES = ["minigrad", *(name for name in FOUND if name != "minigrad.__main__")]  # which runs the command


def loaded(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after a statement."""
    code = f"{statement}; import sys; print(*sys.modules)"
    root = Path(minigrad.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def added() -> set[str]:
    """What `import minigrad` loads beyond what NumPy loads."""
    return loaded("import numpy, minigrad") - loaded("import numpy")


def test_the_check_sees_a_load() -> None:
    assert "minigrad" in loaded("import minigrad")
    assert "json" in loaded("import json")


@pytest.mark.parametrize("library", [*OPTIONAL, *SLOW_TO_LOAD])
def test_import_loads_no(library: str, added: set[str]) -> None:
    assert [name for name in added if name.split(".")[0] == library] == []


@pytest.mark.parametrize("part", ON_DEMAND)
def test_import_leaves_for_later(part: str, added: set[str]) -> None:
    assert [name for name in added if f"{name}.".startswith(f"minigrad.{part}.")] == []


@pytest.mark.parametrize("module", MODULES)
def test_what_a_module_lists_exists(module: str) -> None:
    found = importlib.import_module(module)
    listed = getattr(found, "__all__", [])
    assert [name for name in listed if not hasattr(found, name)] == []
    assert len(set(listed)) == len(listed)
