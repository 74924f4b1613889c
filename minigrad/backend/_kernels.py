"""The CUDA sources: where they are, in a wheel or a checkout, and how they are compiled and launched."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DeviceError, FileError

PACKAGE = Path(__file__).parents[1]
MARK = "README.md"  # another distribution may have a folder `kernels` beside ours; this file is in ours


def kernels_folder(package: Path = PACKAGE) -> Path:
    """The folder of CUDA sources of a wheel, an editable install or a bare checkout.

    Args:
        package: the folder of the package `minigrad`.

    Raises:
        FileError: if it is in neither place.

    >>> kernels_folder().name
    'kernels'
    """
    places = package / "kernels", package.parent / "kernels"
    for folder in places:
        if (folder / MARK).is_file():
            return folder
    tried = " and ".join(map(str, places))
    raise FileError(f"kernels: no folder of CUDA sources, looked at {tried}: install minigrad again")


# ---- sources, compiled when they are first used ---------------------------------------------------------------------
INCLUDE = re.compile(r'^#include "([^"]+)"\n', re.MULTILINE)
C_NAMES = {
    "float16": "__half",
    "bfloat16": "__nv_bfloat16",
    "float32": "float",
    "float64": "double",
    "bool": "bool",
    "uint8": "unsigned char",
    "int8": "signed char",
    "int16": "short",
    "int32": "int",
    "int64": "long long",
}
OPTIONS = ("-std=c++17", "--fmad=true")
EXACT = ("-std=c++17", "--fmad=false")  # the bits are promised: nothing may be contracted


@functools.cache
def source(file: str) -> str:
    """A file of `kernels/` with the files that it includes, each once: a cache of compiled kernels knows no others.

    Raises:
        FileError: if there is none.
    """
    seen: set[str] = set()

    def text(name: str) -> str:
        if name in seen:
            return ""
        seen.add(name)
        path = kernels_folder() / name
        if not path.is_file():
            raise FileError(f"kernels: {path} is missing; install minigrad again")
        return INCLUDE.sub(lambda m: text(m[1]), path.read_text("utf-8"))

    return text(file)


FAMILIES: list[Kernels] = []


class Kernels:
    """The kernels of one file, for one array library; each instance of a template is compiled when it is first used.

    Args:
        cupy: CuPy, or its stand-in.
        file: a name in `kernels/`.
        options: for the compiler.
    """

    def __init__(self, cupy: Any, file: str, options: tuple[str, ...] = OPTIONS) -> None:
        self.cupy, self.file, self.options = cupy, file, options
        self.found: dict[tuple[Any, ...], Any] = {}
        FAMILIES.append(self)

    def get(self, name: str, *types: Any, shared: int = 0) -> Any:
        """A kernel by name; of a template its instance for dtypes, numbers or C++ names.

        Args:
            shared: bytes of dynamic shared memory that launches will ask for.

        Raises:
            DeviceError: with the compiler's words, if it does not compile, or if there is no compiler.
        """
        key = (self.cupy.cuda.Device().id, name, *types)
        kernel = self.found.get(key)
        if kernel is None:
            words = [C_NAMES.get(getattr(t, "name", ""), t) for t in types]
            expression = f"{name}<{', '.join(map(str, words))}>" if types else name
            names = [expression] if types else None
            code = source(self.file)
            try:
                module = self.cupy.RawModule(code=code, options=self.options, name_expressions=names)
                kernel = self.found[key] = module.get_function(expression)
            except Exception as error:
                raise DeviceError(
                    f"kernels/{self.file}: {expression} cannot be compiled for this device: {error}. The compiler "
                    "(NVRTC) comes with minigrad[cuda13] and minigrad[cuda12]: take the one that fits the driver"
                ) from error
        if shared > kernel.max_dynamic_shared_size_bytes:
            kernel.max_dynamic_shared_size_bytes = shared
        return kernel

    def each(self, name: str, types: tuple[Any, ...], count: int, *args: Any, threads: int = 256) -> None:
        """Launch with a thread for each of `count` elements; nothing for none. Python's ints go as 64-bit ones."""
        if count:
            blocks = min(-(-count // threads), 2**31 - 1)
            self.get(name, *types)((blocks,), (threads,), tuple(map(argument, args)))

    def blocks(
        self,
        name: str,
        types: tuple[Any, ...],
        grid: tuple[int, ...],
        threads: int,
        *args: Any,
        shared: int = 0,
    ) -> None:
        """Launch a grid of blocks; nothing for an empty one."""
        if min(grid):
            kernel = self.get(name, *types, shared=shared)
            kernel(grid, (threads,), tuple(map(argument, args)), shared_mem=shared)


def argument(value: Any) -> Any:
    """What a kernel is handed: 64-bit numbers for Python's, everything else as it is."""
    kind = type(value)
    return np.int64(value) if kind is int else np.float64(value) if kind is float else value
