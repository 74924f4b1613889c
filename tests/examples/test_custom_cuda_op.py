"""The op with kernels of its own: its derivatives are right, and both devices agree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import minigrad as mg

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "custom_cuda_op.py"
SAID = """\
cpu: gradcheck: 270 derivatives agree
cpu: gradgradcheck: 324 derivatives agree
cuda: gradcheck: 270 derivatives agree
cuda: gradgradcheck: 324 derivatives agree
the devices agree to 0.0001: True
the same bits in every order of threads: True
"""


def run(*args: str, **settings: str) -> str:
    """What Python prints with the library and the example in reach; it warns of nothing."""
    here = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, SCRIPT.parent))), **settings}
    command = [sys.executable, "-W", "error", *args]
    done = subprocess.run(command, env=here, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def test_it_prints_that_all_is_right() -> None:
    if not mg.cuda.is_available() and shutil.which("g++") is None:
        pytest.skip("neither a CUDA device nor g++")
    first, rest = re.fullmatch(r"((?:no CUDA device: .*\n)?cuda is .+\n)([^\0]*)", run(str(SCRIPT))).groups()
    assert rest == SAID
    assert mg.cuda.is_available() or first.endswith("\ncuda is cudasim\n")


USE = """
import minigrad as mg
from custom_cuda_op import squared_prelu
from minigrad.testing import cudasim

for rows, n in ((0, 3), (3, 0), (2, 300)):
    x, slope = mg.ones(rows, n, device="cuda", requires_grad=True), mg.ones(rows, device="cuda")
    cudasim.clear()
    squared_prelu(x, slope.requires_grad_()).sum().backward()
    print(x.grad.shape, slope.grad.tolist(), [launch.name for launch in cudasim.launches])
half = mg.ones(2, 3, device="cuda", dtype=mg.float16), mg.ones(2, device="cuda", dtype=mg.float16)
for wrong in (half, (mg.ones(2, 3), mg.ones(3)), (mg.ones(2, 3, device="cuda"), mg.ones(2))):
    try:
        squared_prelu(*wrong)
    except mg.errors.MinigradError as error:
        print(error)
"""
USED = """\
(0, 3) [] []
(3, 0) [0.0, 0.0, 0.0] ['gradients<float>']
(2, 300) [0.0, 0.0] ['values<float>', 'gradients<float>']
squared_prelu: float16 on a GPU, where float32 or float64 is wanted
squared_prelu: x (2, 3), slope (3,): (rows, n) and (rows,) are wanted
squared_prelu: its inputs are on two devices; move one with .to()
"""


def test_edges_and_misuse() -> None:
    if shutil.which("g++") is None:
        pytest.skip("there is no g++")
    assert run("-c", USE, MINIGRAD_CUDASIM="1") == USED


def test_it_is_short_and_uses_the_library_only() -> None:
    lines = SCRIPT.read_text("utf-8").splitlines()
    modules = {line.split()[1].split(".")[0] for line in lines if re.match(r"(from|import) ", line)}
    assert len(lines) < 120 and modules <= {"functools", "os", "minigrad"}
