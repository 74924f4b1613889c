"""`cupy.RawModule` and `cupy.RawKernel`: CUDA C++ compiled by g++ behind `include/cudasim.h`, and run on the CPU."""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import state
from .arrays import ndarray

INCLUDE = state.HERE / "include"
FLAGS = "-std=c++17 -shared -fPIC -fvisibility=hidden -fno-gnu-unique -fno-strict-aliasing".split()
FLAGS += "-ffp-contract=off -g1 -Wno-attributes -Wno-unknown-pragmas".split()
GLOBAL = re.compile(r'extern\s+"C"\s+__global__\s+void\s+(?:__launch_bounds__\s*\([^)]*\)\s*)?(\w+)\s*\(')


class CompileException(Exception):
    """A kernel that does not compile: the compiler's words."""


def cache_folder() -> Path:
    """Where compiled kernels are kept: MINIGRAD_CACHE, else the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("MINIGRAD_CACHE") or Path(home) / "minigrad") / "cudasim"


def compiled(source: str, names: Sequence[str], options: Sequence[str]) -> Path:
    """The library of one source; from the cache where nothing has changed.

    Raises:
        CompileException: with the compiler's message.
        RuntimeError: if there is no g++.
    """
    text = source + "\n" + "".join(f"MGSIM_KERNEL({i}, {n})\n" for i, n in enumerate(names))
    extra = os.environ.get("MINIGRAD_CUDASIM_FLAGS", "-O2").split()
    kept = [o for o in options if o.startswith(("-I", "-D"))]
    counted = ["-DMGSIM_COUNT", "-fsanitize=thread"] if state.counting() else []
    command = ["g++", *FLAGS, *extra, f"-I{INCLUDE}", "-include", str(INCLUDE / "cudasim.h"), *kept, *counted]
    headers = "".join(path.read_text("utf-8") for path in sorted(INCLUDE.glob("*.h")))
    key = hashlib.sha256("\0".join([text, headers, *command[1:]]).encode()).hexdigest()[:24]
    folder = cache_folder()
    library = folder / f"{key}.so"
    if not library.exists():
        if shutil.which("g++") is None:
            raise RuntimeError("cudasim: there is no g++; install one to run kernels without a card")
        folder.mkdir(parents=True, exist_ok=True)
        cu, fresh = folder / f"{key}.{os.getpid()}.cu", folder / f"{key}.{os.getpid()}.so"
        cu.write_text(text, "utf-8")
        part = folder / f"{key}.{os.getpid()}.o"
        steps = [[*command, "-x", "c++", str(cu), "-o", str(fresh)]]
        if counted:  # linked without the sanitizer's library: what it calls is in traffic.h
            steps = [
                [*(o for o in command if o != "-shared"), "-c", "-x", "c++", str(cu), "-o", str(part)],
                ["g++", "-shared", str(part), "-o", str(fresh)],
            ]
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True)
            if done.returncode:
                raise CompileException(done.stderr)
        cu.unlink()
        part.unlink(missing_ok=True)
        fresh.replace(library)
    return library


def tell_shared(library: Any, path: Path) -> None:
    """Tell the library where its static shared arrays lie: symbols of functions' static variables."""
    lines = subprocess.run(
        ["nm", "-S", str(path)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    symbols = [line.split() for line in lines]
    at = {f[-1]: int(f[0], 16) for f in symbols if len(f) >= 3}
    base = ctypes.cast(library.mgsim_set_shared, ctypes.c_void_p).value - at["mgsim_set_shared"]  # type: ignore[operator]
    found = [
        (int(f[0], 16) + base, int(f[1], 16))
        for f in symbols
        if len(f) == 4 and f[2] in "bBdDvV" and f[3].startswith("_ZZ") and not f[3].startswith("_ZZN5mgsim")
    ]
    table = (ctypes.c_void_p * max(2 * len(found), 1))(*[v for pair in found for v in pair])
    library.mgsim_set_shared(table, len(found))
    library.shared = table  # which lives as long as the library


class RawKernel:
    """A kernel of a RawModule. Arguments are checked against its parameters, which CuPy does not do."""

    def __init__(self, library: Any, index: int, name: str) -> None:
        self.name, self.call = name, getattr(library, f"mgsim_launch_{index}")
        self.call.restype = ctypes.c_char_p
        signature = getattr(library, f"mgsim_sig_{index}")
        signature.restype = ctypes.c_char_p
        self.parameters = signature().decode().split(",")[:-1]
        self.max_dynamic_shared_size_bytes = 48 * 1024
        self.library = library

    def __call__(self, grid: Any, block: Any, args: Sequence[Any], *, shared_mem: int = 0) -> None:
        """Launch it.

        Raises:
            RuntimeError: for a grid or block that no card takes, and for what the kernel does wrong.
            TypeError: for arguments that are not what it takes.
        """
        g, b = ((*map(int, v), 1, 1) for v in (grid, block))
        g, b = g[:3], b[:3]
        threads = b[0] * b[1] * b[2]
        if threads > 1024 or b[2] > 64 or max(g[1:]) > 65535 or g[0] > 2**31 - 1 or min(g + b) < 1:
            raise RuntimeError("CUDA_ERROR_INVALID_VALUE: invalid argument")
        if shared_mem > self.max_dynamic_shared_size_bytes:
            raise RuntimeError("CUDA_ERROR_INVALID_VALUE: invalid argument")
        if len(args) != len(self.parameters):
            raise TypeError(f"{self.name}: {len(self.parameters)} parameters, {len(args)} arguments")
        kept = [self.packed(j, p, a) for j, (p, a) in enumerate(zip(self.parameters, args, strict=True))]
        pointers = (ctypes.c_void_p * max(len(kept), 1))(*[k.ctypes.data for k in kept])
        state.launches.append(state.Launch(self.name, g, b, shared_mem))  # type: ignore[arg-type]
        dims = (ctypes.c_uint * 8)(*g, *b, shared_mem, state.order())
        watched = hasattr(self.library, "mgsim_watch")
        if watched:
            ends = state.watched(args)
            self.library.mgsim_watch((ctypes.c_size_t * max(len(ends), 1))(*ends), len(ends) // 2)
        if error := self.call(pointers, dims):
            raise RuntimeError(f"{self.name}: {error.decode()}")
        if watched:
            self.library.mgsim_traffic.restype = ctypes.POINTER(ctypes.c_long)
            state.traffic.append(state.Traffic(self.name, *self.library.mgsim_traffic()[:2]))

    def packed(self, j: int, parameter: str, value: Any) -> np.ndarray:
        """One argument as the kernel takes it."""
        where = f"{self.name}: argument {j}"
        if isinstance(value, ndarray):
            if parameter[0] != "p":
                raise TypeError(f"{where} is an array, the kernel takes {parameter}")
            kind, size = parameter.lstrip("pc")[0], int(parameter.lstrip("pc")[1:])
            d = value.dtype
            mine = "V" if d.name == "bfloat16" or (d.kind == "f" and d.itemsize == 2) else d.kind
            fits = size == d.itemsize and (kind in ("V", mine) or {kind, mine} <= {"b", "u", "i"})
            if size and not fits:
                raise TypeError(f"{where} is {d}, the kernel takes {parameter}")
            value.check_here()
            return np.array(value._a.ctypes.data, np.uintp)
        if value is None and parameter[0] == "p":
            return np.array(0, np.uintp)
        v = np.array(value, {int: np.int64, float: np.float64, bool: np.bool_}.get(type(value)))
        if (
            parameter[0] == "p"
            or v.ndim
            or (parameter[0] not in ("V", v.dtype.kind))
            or int(parameter[1:]) != v.itemsize
        ):
            raise TypeError(f"{where} is passed as {v.dtype}, the kernel takes {parameter}")
        return v


class RawModule:
    """A source of kernels: `extern "C"` ones by name, templates by expression."""

    def __init__(
        self,
        *,
        code: str,
        options: Sequence[str] = (),
        backend: str = "nvrtc",
        name_expressions: Sequence[str] | None = None,
        **others: Any,
    ) -> None:
        if extra := {*others} - {"path", "translate_cucomplex", "enable_cooperative_groups", "jitify"}:
            raise TypeError(f"RawModule: unexpected {sorted(extra)}")
        self.code, self.options, self.backend = code, tuple(options), backend
        self.names = [*(name_expressions or ()), *GLOBAL.findall(code)]
        self.library: Any = None

    def compile(self, log_stream: Any = None) -> None:
        """Compile it now."""
        if self.library is None:
            path = compiled(self.code, self.names, self.options)
            self.library = ctypes.CDLL(str(path))
            tell_shared(self.library, path)

    def get_function(self, name: str) -> RawKernel:
        """A kernel.

        Raises:
            RuntimeError: if there is none of that name.
        """
        self.compile()
        if name not in self.names:
            raise RuntimeError("CUDA_ERROR_NOT_FOUND: named symbol not found")
        return RawKernel(self.library, self.names.index(name), name)
