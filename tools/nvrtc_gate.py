"""Compiles every kernel instance with NVRTC, for each architecture, and compares its resources with a committed table.

It needs the packages of `minigrad[nvrtc]`, and no driver:

    python tools/nvrtc_gate.py            # compare with kernels/resources.json
    python tools/nvrtc_gate.py --write    # write it
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "kernels" / "resources.json"
ARCHITECTURES = ("sm_75", "sm_80", "sm_90a", "sm_100")
FLOATS = ("float", "double", "__half", "__nv_bfloat16")
OTHERS = ("long long", "int", "short", "signed char", "unsigned char", "bool")
NUMBERS = (*FLOATS, "long long", "int")
TILES = ("64, 64, 16, 4, 4", "16, 128, 16, 2, 4")
TENSOR = ("float", "__half", "__nv_bfloat16")
WARPS = ("128, 128, 64, 64", "64, 64, 32, 32", "32, 128, 32, 32")
SINCE = {"conv_mma.cu": 80}  # tensor cores of tf32 and bfloat16, asynchronous copies
ROWS = ("32, 4", "32, 16", "256, 8", "256, 32")
# file -> kernel -> what its parameters may be, one list for each
INSTANCES: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {
    "conv.cu": {
        "conv_gemm": (NUMBERS, ("int", "long long"), ("0", "1", "2"), TILES),
        "sum_parts": (NUMBERS,),
        "depthwise": (NUMBERS, ("int", "long long")),
        "depthwise_input": (NUMBERS, ("int", "long long")),
        "depthwise_weight": (NUMBERS, ("int", "long long")),
    },
    "conv_mma.cu": {
        "conv_mma": (TENSOR, ("0", "1", "2"), WARPS),
        "pack_weight": (TENSOR, ("0", "1")),
        "join_parts": (TENSOR,),
    },
    "columns.cu": {"im2col": ((*FLOATS, *OTHERS),), "col2im": (NUMBERS,)},
    "pool.cu": {
        "max_pool": (NUMBERS,),
        "max_boxes": (NUMBERS,),
        "max_pool_input": (FLOATS,),
        "avg_pool": (FLOATS,),
        "avg_pool_input": (FLOATS,),
        "pool_take": ((*FLOATS, *OTHERS),),
    },
    "segments.cu": {
        "segment_sum": ((*FLOATS, *OTHERS),),
        "segment_last": ((*FLOATS, *OTHERS),),
        "segment_join": (NUMBERS, ("0", "1", "2")),
    },
    "scan.cu": {
        "running_extreme": (NUMBERS, ("0", "1")),
        "linear_scan": (FLOATS,),
        "search_rows": (NUMBERS, ("0", "1")),
    },
    "softmax.cu": {
        "softmax_rows": (FLOATS, ("0", "1"), ROWS),
        "softmax_rows_input": (FLOATS, ("0", "1"), ROWS),
        "softmax_lines": (FLOATS, ("0", "1")),
        "softmax_lines_input": (FLOATS, ("0", "1")),
        "cross_entropy": (FLOATS,),
        "cross_entropy_input": (FLOATS,),
    },
    "norm.cu": {
        "normalize_rows": (FLOATS, ("0", "1"), ROWS),
        "normalize_rows_input": (FLOATS, ("0", "1"), ROWS),
        "part_moments": (FLOATS, ("0", "1")),
        "join_moments": (("float", "double"), ("0", "1")),
        "normalize_each": (FLOATS, ("0", "1")),
        "part_slopes": (FLOATS, ("0", "1")),
        "join_slopes": (("float", "double"),),
        "normalize_each_input": (FLOATS, ("0", "1")),
        "part_weights": (FLOATS, ("0", "1")),
        "part_columns": (FLOATS, ("0", "1")),
    },
    "philox.cu": {
        "random": (("float", "double", "__half", "__nv_bfloat16"), ("1", "2"), ("1", "2")),
        "dropout": (FLOATS,),
    },
    "optim.cu": {"sgd": (FLOATS,), "adam": (FLOATS,)},
    "activation.cu": {
        "activation": (FLOATS, ("0", "1", "2", "3", "4")),
        "activation_input": (FLOATS, ("0", "1", "2", "3", "4")),
    },
    "guard.cu": {"outside": (("long long", "int", "short", "signed char", "unsigned char"),)},
}
FOUND = re.compile(
    r"Compiling entry function '(?P<name>\w+)'.*?(?P<stores>\d+) bytes spill stores, (?P<loads>\d+) bytes spill loads"
    r".*?Used (?P<registers>\d+) registers(?:.*?(?P<shared>\d+) bytes smem)?(?=.*?Compile time)",
    re.DOTALL,
)


def expressions(file: str) -> Iterator[str]:
    """Every instance of a file's kernels."""
    for name, choices in INSTANCES[file].items():
        for words in product(*choices):
            yield f"{name}<{', '.join(words)}>"


def files(architecture: str) -> list[str]:
    """The sources that an architecture can run."""
    return [file for file in INSTANCES if SINCE.get(file, 0) <= int(architecture.strip("sm_a"))]


def include_folders() -> list[bytes]:
    """Where the CUDA headers lie that the wheels bring."""
    import nvidia

    return [b"-I" + str(p).encode() for base in nvidia.__path__ for p in Path(base).glob("*/include")]


def resources(file: str, architecture: str) -> dict[str, list[int]]:
    """Instance -> [registers, bytes of shared memory, bytes spilled].

    Raises:
        RuntimeError: with the compiler's words, if it does not compile.
    """
    from cuda.bindings import nvrtc

    from minigrad.backend._kernels import EXACT, OPTIONS, source

    def checked(answer: Any) -> Any:
        if answer[0] != nvrtc.nvrtcResult.NVRTC_SUCCESS:
            raise RuntimeError(f"{file} for {architecture}: {answer[0]}")
        return answer[1] if len(answer) == 2 else answer[1:]

    program = checked(nvrtc.nvrtcCreateProgram(source(file).encode(), file.encode(), 0, [], []))
    names = [*expressions(file)]
    for name in names:
        checked(nvrtc.nvrtcAddNameExpression(program, name.encode()))
    options = [o.encode() for o in (EXACT if file == "philox.cu" else OPTIONS)]
    options += [f"--gpu-architecture={architecture}".encode(), b"--ptxas-options=-v", b"-default-device"]
    options += include_folders()
    (result,) = nvrtc.nvrtcCompileProgram(program, len(options), options)
    log = b" " * checked(nvrtc.nvrtcGetProgramLogSize(program))
    nvrtc.nvrtcGetProgramLog(program, log)
    if result != nvrtc.nvrtcResult.NVRTC_SUCCESS:
        raise RuntimeError(f"{file} for {architecture}:\n{log.decode()}")
    found = {
        m["name"]: [int(m["registers"]), int(m["shared"] or 0), int(m["stores"]) + int(m["loads"])]
        for part in log.decode().split("ptxas info    : Compiling")[1:]
        for m in [FOUND.search("Compiling" + part)]
        if m
    }
    lowered = {name: checked(nvrtc.nvrtcGetLoweredName(program, name.encode())).decode() for name in names}
    return {name: found[low] for name, low in lowered.items()}


def table() -> dict[str, Any]:
    """All of it: architecture -> file -> instance -> resources."""
    return {a: {file: resources(file, a) for file in files(a)} for a in ARCHITECTURES}


def differences(now: dict[str, Any], then: dict[str, Any]) -> list[str]:
    """What is not as the table says, and what spills."""
    wrong = []
    for a, files in now.items():
        for file, found in files.items():
            known = then.get(a, {}).get(file, {})
            wrong += [f"{a} {name}: spills {v[2]} bytes" for name, v in found.items() if v[2]]
            wrong += [
                f"{a} {name}: {found.get(name)} [registers, shared, spilled], the table says {known.get(name)}"
                for name in sorted({*found, *known})
                if found.get(name) != known.get(name)
            ]
    return wrong


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table")
    write = parser.parse_args().write
    now = table()
    if write:
        TABLE.write_text(json.dumps(now, indent=0, sort_keys=True) + "\n", "utf-8")
    wrong = differences(now, json.loads(TABLE.read_text("utf-8")))
    count = sum(len(found) for files in now.values() for found in files.values())
    print("\n".join([*wrong, f"{count} instances for {', '.join(ARCHITECTURES)}: {len(wrong)} differences"]))
    raise SystemExit(bool(wrong))
