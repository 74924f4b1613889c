"""Writes docs/ops.md, the table of ops: from the ops themselves, from what tests them, and from docs/conventions.toml.

python tools/ops_table.py
"""

from __future__ import annotations

import importlib
import inspect
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "ops.md"
COLUMNS = "op|what it gives|gradient rule|orders tested|dtypes|at kinks and ends|backends|PyTorch".split("|")
DTYPES = "float16 bfloat16 float32 float64".split()


def conventions() -> dict[str, Any]:
    """docs/conventions.toml."""
    return tomllib.loads((ROOT / "docs" / "conventions.toml").read_text("utf-8"))


def convention(name: str, order: int, known: dict[str, Any]) -> str:
    """What holds at kinks; empty if nobody has said it."""
    if not order:
        return "no gradient flows"
    for word, text in (("linear", "linear"), ("smooth", "smooth")):
        if name in known[word].split():
            return text
    return str(known["kinks"].get(name, ""))


def rule(op: Any) -> str:
    """How the gradient is written down, and for which inputs."""
    if not any(op.flows) or not (op.joint or any(op.rules)):
        return "none"
    inputs = [*op.inputs, *([f"*{op.tail}"] if op.tail else [])]
    with_rule = inputs if op.joint else [name for name, r in zip(op.inputs, op.rules, strict=True) if r]
    text = ("joint: " if op.joint else "") + ", ".join(with_rule)
    return text + (" (kernel, with a composite for higher orders)" if op.composite else "")


def dtypes(case: Any) -> str:
    """The dtypes of the inputs that the samples have."""
    floats = "" if not case.dtypes else "floats" if set(DTYPES) <= {*case.dtypes} else ", ".join(case.dtypes)
    kinds = {a.dtype.kind for s in case.samples for a in s.args if hasattr(a, "dtype")}
    rest = ["integers"] * ("i" in kinds) + ["bool"] * ("b" in kinds)
    return ", ".join([floats] * bool(floats) + rest)


def rows(table: dict[str, Any], known: dict[str, Any]) -> list[list[str]]:
    """A row of cells for each op, in the order of names."""
    found = []
    for name, case in sorted(table.items()):
        op = case.op.op
        page = "tensor" if op.forward.__module__ == "minigrad.core" else "ops"
        link = f"[`{name}`](reference/{page}.md#{op.forward.__module__}.{name})"
        differs = known["differs"].get(name)
        found.append(
            [
                link,
                op.doc.split("\n")[0].replace("|", "\\|"),
                rule(op),
                f"1 to {case.order}" if case.order > 1 else str(case.order or "none"),
                dtypes(case),
                convention(name, case.order, known),
                "NumPy",
                f"differs: it gives {differs}" if differs else "the same",
            ]
        )
    return found


def functions(known: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The plain functions that are made of ops: a link, the first line of what they say, what PyTorch gives."""
    found = {}
    surface = [f"minigrad.surface.{path.stem}" for path in (ROOT / "minigrad" / "surface").glob("[a-z]*.py")]
    for module in [*surface, "minigrad.functional", "minigrad.linalg"]:
        home = importlib.import_module(module)
        for name in getattr(home, "__all__", vars(home)):
            given = getattr(home, name)
            f = inspect.unwrap(given) if callable(given) and not isinstance(given, type) else None
            owner = getattr(f, "__module__", "")
            if (
                f is None
                or hasattr(given, "op")
                or not owner.startswith(("minigrad.surface", "minigrad.functional"))
            ):
                continue
            if module == "minigrad.functional" and owner.startswith("minigrad.surface"):
                continue  # stands there already
            page = "linalg" if module == "minigrad.linalg" else owner.split(".")[1]
            told = f"linalg.{name}" if page == "linalg" else name
            place = f"minigrad.{told}" if page == "linalg" else f"{owner}.{f.__name__}"
            made = f.__code__.co_name != f.__name__  # by a function: the reference has no place for it
            link = f"`{told}`" if made else f"[`{told}`](reference/{page}.md#{place})"
            differs = known["differs_made_of_ops"].get(told)
            doc = (f.__doc__ or "").strip().split("\n")[0].replace("|", "\\|")
            found[told] = (link, doc, f"differs: it gives {differs}" if differs else "the same")
    return [row for _, row in sorted(found.items())]


def lines(columns: list[str], cells: list[list[str]]) -> list[str]:
    """A table in Markdown."""
    return [f"| {' | '.join(row)} |" for row in [columns, ["---"] * len(columns), *cells]]


def page(table: dict[str, Any]) -> str:
    """The whole page."""
    ops = rows(table, conventions())
    plain = functions(conventions())
    return "\n".join(
        [
            "# The table of ops",
            "",
            "<!-- Written by tools/ops_table.py: change that, or docs/conventions.toml. -->",
            "",
            f"The {len(ops)} ops, each with its gradient rule in one place. A test fails when a cell is blank,",
            "when this page is not what `python tools/ops_table.py` writes, or when an op answers otherwise at a",
            "kink than it says here. *Orders tested* are the derivatives that are checked against finite",
            "differences in float64.",
            "",
            *lines(COLUMNS, ops),
            "",
            f"## Functions made of ops ({len(plain)})",
            "",
            "They have no rule of their own: what they are made of has one.",
            "",
            *lines(["function", "what it gives", "beside PyTorch"], [[*row] for row in plain]),
            "",
        ]
    )


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    PAGE.write_text(page(importlib.import_module("op_samples").TABLE), "utf-8")
    print(PAGE)
