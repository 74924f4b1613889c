"""The script in examples/ does what it says, with the library alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from minigrad.io import load_tensors
from minigrad.models import lenet5

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "train_digits.py"


def test_one_epoch(tmp_path: Path) -> None:
    here = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", str(SCRIPT), "1"]
    done = subprocess.run(command, cwd=tmp_path, env=here, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    epoch, test = done.stdout.splitlines()
    assert re.fullmatch(r"epoch  1  loss \d\.\d{4}  validation \d+/240", epoch)
    assert float(re.fullmatch(r"test accuracy: (\d+\.\d) % \(\d+/360\)", test)[1]) > 30  # type: ignore[index]
    weights, _ = load_tensors(tmp_path / "lenet5-digits.npz")
    lenet5().load_state_dict(weights)  # the command reads them too


def test_it_is_short_and_uses_the_library_only() -> None:
    lines = SCRIPT.read_text("utf-8").splitlines()
    modules = {line.split()[1].split(".")[0] for line in lines if re.match(r"(from|import) ", line)}
    assert len(lines) < 120 and modules <= {"__future__", "math", "sys", "minigrad"}
