"""The house rules that a reader of the imports can check: layers, who may name numpy and cupy, file sizes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "minigrad"

# Each imports only from its left. `minigrad` is the package's own __init__, which holds the public names.
LAYERS = """
    errors dtypes window mode backend backends cuda writes plan core ops random surface inplace graph placement tensor
    tree creation functional special linalg autograd func derivatives array_api testing nn optim data io models progress
    trainer predict minigrad cli __main__
""".split()
WITHOUT_ARRAY_LIBRARIES = ("ops", "nn")
MAY_NAME_CUPY = ("backend._cupy", "backend._kernels", "testing.cudasim")  # and what the last two hold
MAY_IMPORT_RIGHTWARDS = ("tensor", "__array_namespace__", "array_api")  # module, function, what it may import
CORE_LINES, FILE_LINES = 500, 499


def module_name(path: Path) -> str:
    """minigrad/ops/conv.py -> "ops.conv", minigrad/ops/__init__.py -> "ops", minigrad/__init__.py -> "minigrad"."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(p for p in parts if p != "__init__") or "minigrad"


SOURCES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
MODULES = {*SOURCES, *LAYERS}


def is_package(module: str) -> bool:
    return module == "minigrad" or any(name.startswith(module + ".") for name in MODULES)


def walk(node: ast.AST, function: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Every node below, with the name of the function around it; what only type checkers read is left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            for other in child.orelse:
                yield other, function
                yield from walk(other, function)
            continue
        yield child, function
        inner = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        yield from walk(child, inner)


def imported(module: str, node: ast.AST) -> list[str]:
    """What an import statement of a module names: "numpy.linalg", or "minigrad.ops.conv" however it is spelled."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = (node.module or "").split(".") if node.module else []
    if node.level:
        here = [] if module == "minigrad" else module.split(".")
        package = here if is_package(module) else here[:-1]
        base = ["minigrad", *package[: len(package) - node.level + 1], *base]
    if base[0] != "minigrad":
        return [".".join(base)]
    inside = [".".join([*base[1:], alias.name]) for alias in node.names]
    return [f"minigrad.{name}" if name in MODULES else ".".join(base) for name in inside]


def layer(name: str) -> str:
    """The layer of "minigrad.ops.conv" is "ops"."""
    return name.split(".")[1] if name.startswith("minigrad.") else "minigrad"


def breaches(module: str, source: str) -> list[str]:
    """What a module's source does that its layer does not allow."""
    own, found = layer(f"minigrad.{module}") if module != "minigrad" else "minigrad", []
    if own not in LAYERS:
        return [f"{module}: {own} is in no layer: give it its place in LAYERS"]
    for node, function in walk(ast.parse(source)):
        for name in imported(module, node):
            top = name.split(".")[0]
            if own in WITHOUT_ARRAY_LIBRARIES and top in ("numpy", "cupy"):
                found.append(f"{module}: imports {top}")
            if top != "minigrad" or layer(name) == own:
                continue
            to_the_right = layer(name) not in LAYERS or LAYERS.index(layer(name)) > LAYERS.index(own)
            if to_the_right and (module, function, layer(name)) != MAY_IMPORT_RIGHTWARDS:
                found.append(f"{module}: imports {name}, which is to its right")
        text = node.value if isinstance(node, ast.Constant) else node.id if isinstance(node, ast.Name) else ""
        named = [*imported(module, node), text if isinstance(text, str) else ""]
        if not module.startswith(MAY_NAME_CUPY) and any(n.split(".")[0] == "cupy" for n in named):
            found.append(f"{module}: names cupy")
        stars = isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
        if stars and not is_package(module):
            found.append(f"{module}: imports * from {imported(module, node)[0]}")
    return found


def too_long(lines: dict[str, int]) -> list[str]:
    """The files with more lines than they may have."""
    limit = {"minigrad/core.py": CORE_LINES}
    return [f"{name}: {n} lines" for name, n in lines.items() if n > limit.get(name, FILE_LINES)]


@pytest.mark.parametrize("module", SOURCES)
def test_a_module_keeps_to_its_layer(module: str) -> None:
    assert breaches(module, SOURCES[module].read_text("utf-8")) == []


def test_no_file_is_too_long() -> None:
    folders = ("minigrad", "tests", "benchmarks", "examples", "tools")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert PACKAGE / "core.py" in paths
    lines = {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in paths}
    assert too_long(lines) == []


# ---- the checks above can fail --------------------------------------------------------------------------------------
BAD = {
    "to the right": ("writes", "from .core import Tensor", "imports minigrad.core, which is to its right"),
    "to the right, absolute": (
        "writes",
        "import minigrad.core",
        "imports minigrad.core, which is to its right",
    ),
    "a module by name": ("writes", "from . import core", "imports minigrad.core, which is to its right"),
    "inside a function": (
        "dtypes",
        "def f():\n    from .ops import linalg",
        "imports minigrad.ops.linalg, which is",
    ),
    "from two levels up": ("ops.linalg", "from ..nn import module", "imports minigrad.nn"),
    "from the package's __init__": ("ops", "from ..tensor import tensor", "imports minigrad.tensor"),
    "the public names": ("tensor", "from minigrad import exp", "imports minigrad, which is to its right"),
    "array_api elsewhere": ("tensor", "from . import array_api", "imports minigrad.array_api"),
    "array_api in another function": (
        "tensor",
        "def to():\n    from . import array_api",
        "imports minigrad.array_api",
    ),
    "more in that function": (
        "tensor",
        "def __array_namespace__(self):\n    from . import nn",
        "imports minigrad.nn",
    ),
    "numpy in an op": ("ops.linalg", "import numpy as np", "imports numpy"),
    "numpy in a layer of nn": ("nn", "def f():\n    from numpy.linalg import norm", "imports numpy"),
    "cupy": ("core", "import cupy", "names cupy"),
    "cupy by a string": ("core", "importlib.import_module('cupy.cuda')", "names cupy"),
    "cupy in a sibling": ("backend._numpy", "def f(): return cupy.asarray", "names cupy"),
    "a star": ("ops.linalg", "from .elementwise import *", "imports * from minigrad.ops.elementwise"),
    "behind else": ("writes", "if TYPE_CHECKING:\n    pass\nelse:\n    from .core import op", "to its right"),
    "no layer": ("helpers", "", "helpers is in no layer"),
}
GOOD = {
    "to the left": ("core", "from . import writes\nfrom .backend import ARRAYS\nimport functools"),
    "a sibling": ("ops.linalg", "from .elementwise import mul\nfrom ..core import op"),
    "array_api": ("tensor", "def __array_namespace__(self):\n    from . import array_api"),
    "for type checkers": ("core", "if TYPE_CHECKING:\n    from .nn import Module"),
    "numpy in a backend": ("backend._numpy", "import numpy as np"),
    "cupy in its backend": ("backend._cupy", "import cupy"),
    "public names gathered": ("ops", "from .elementwise import *"),
    "the version": ("cli", "from . import __version__"),
}


@pytest.mark.parametrize(("module", "source", "message"), BAD.values(), ids=BAD)
def test_a_breach_is_found(module: str, source: str, message: str) -> None:
    assert any(message in breach for breach in breaches(module, source)), breaches(module, source)


@pytest.mark.parametrize(("module", "source"), GOOD.values(), ids=GOOD)
def test_what_is_allowed_is_no_breach(module: str, source: str) -> None:
    assert breaches(module, source) == []


def test_a_long_file_is_found() -> None:
    lines = {"minigrad/core.py": 500, "minigrad/tensor.py": 499, "tests/test_a.py": 500}
    assert too_long(lines) == ["tests/test_a.py: 500 lines"]
    assert too_long({"minigrad/core.py": 501}) == ["minigrad/core.py: 501 lines"]
