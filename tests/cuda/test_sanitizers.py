"""The kernels under AddressSanitizer and UndefinedBehaviorSanitizer: no access outside of an array, no overflow."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = "conv or im2col or col2im or pool or put or setitem or overwritten or scatter or embedding or index_select"
ROWS += " or cum or scan or searchsorted or softmax or cross_entropy or standardize or rms_norm or dropout"
BAD = """
from minigrad.testing.cudasim import cupy as cp
code = 'extern "C" __global__ void f(float* x, int past) {{ {body} }}'
f = cp.RawModule(code=code).get_function("f")
f((1,), (64,), (cp.zeros(64, "float32"), cp.int32({past})))
print("nothing was reported")
"""
BODIES = {
    "a write past the end": ("x[threadIdx.x + past] = 1.0f;", 1),
    "a read past the end": ("x[threadIdx.x] = x[threadIdx.x + past];", 1),
    "shared memory": (
        "__shared__ float s[64]; s[threadIdx.x + past] = 1.0f; __syncthreads(); x[threadIdx.x] = s[0];",
        1,
    ),
    "overflow": ("int a = 2147483600 + past; x[threadIdx.x] = a + (int)threadIdx.x;", 40),
}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Python with kernels that are watched."""
    libraries = [
        subprocess.run(
            ["g++", f"-print-file-name={name}"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for name in ("libasan.so", "libubsan.so", "libstdc++.so")
    ]
    if not all(map(os.path.isabs, libraries)):
        pytest.skip("g++ has no sanitizers")
    watched = {
        "LD_PRELOAD": " ".join(libraries),
        "ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=0",
        "UBSAN_OPTIONS": "halt_on_error=1",
        "PYTHONMALLOC": "malloc",
        "MINIGRAD_CUDASIM": "1",
        "MINIGRAD_CUDASIM_FLAGS": "-O1 -fsanitize=address,undefined -fno-sanitize-recover=all",
    }
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env={**os.environ, **watched}, capture_output=True, text=True
    )


@pytest.fixture(autouse=True)
def simulated(cuda: object) -> None:
    """Only the simulator's kernels can be watched so, and only by g++."""
    if shutil.which("g++") is None or not hasattr(cuda.cupy, "state"):
        pytest.skip("only kernels in the simulator are watched")


@pytest.mark.slow
@pytest.mark.parametrize("name", BODIES)
def test_what_is_wrong_is_reported(name: str) -> None:
    body, past = BODIES[name]
    done = run("-c", BAD.format(body=body, past=past))
    assert done.returncode and "nothing was reported" not in done.stdout
    assert "AddressSanitizer" in done.stderr or "runtime error" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "files", [["test_large.py", "test_products.py"], ["test_op_table.py", "-k", f"values and ({ROWS})"]]
)
def test_kernels_do_nothing_wrong(files: list[str]) -> None:
    words = [f"tests/cuda/{word}" if word.endswith(".py") else word for word in files]
    done = run("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *words)
    assert not done.returncode and " passed" in done.stdout, (done.stdout + done.stderr)[-3000:]
