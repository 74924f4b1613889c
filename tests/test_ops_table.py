"""The documentation's table of ops: no blank cell, nothing stale, and kinks that answer as it says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from op_samples import TABLE

import minigrad as mg

spec = importlib.util.spec_from_file_location(
    "ops_table", Path(__file__).parents[1] / "tools" / "ops_table.py"
)
assert spec is not None and spec.loader is not None
ops_table = importlib.util.module_from_spec(spec)
spec.loader.exec_module(ops_table)
KNOWN = ops_table.conventions()
ROWS = {row[0].split("`")[1]: row for row in ops_table.rows(TABLE, KNOWN)}


@pytest.mark.parametrize("name", sorted(TABLE))
def test_no_cell_is_blank(name: str) -> None:
    blank = [
        column for column, cell in zip(ops_table.COLUMNS, ROWS[name], strict=True) if not cell.strip(" |`")
    ]
    assert blank == [], f"{name}: docs/conventions.toml or its docstring says nothing for {blank}"


def test_a_blank_cell_would_be_seen() -> None:
    assert ops_table.convention("no_such_op", 3, KNOWN) == ""


def test_the_page_is_up_to_date() -> None:
    assert ops_table.PAGE.read_text("utf-8") == ops_table.page(TABLE), "run: python tools/ops_table.py"


def test_conventions_are_of_ops_that_have_gradients_and_each_stands_once() -> None:
    with_gradient = {name for name, case in TABLE.items() if case.order}
    listed = [*KNOWN["linear"].split(), *KNOWN["smooth"].split(), *KNOWN["kinks"]]
    assert sorted(listed) == sorted(with_gradient)
    assert {*KNOWN["differs"], *KNOWN["at"]} <= with_gradient
    plain = {link.split("`")[1] for link, *_ in ops_table.functions(KNOWN)}
    assert {*KNOWN["differs_made_of_ops"]} <= plain and {
        "ctc_loss",
        "linalg.vector_norm",
        "softmax",
        "split",
    } <= plain


POINTS = [(name, *row) for name, rows in KNOWN["at"].items() for row in rows]


@pytest.mark.parametrize(("name", "x", "slope"), POINTS, ids=[f"{n} at {x}" for n, x, _ in POINTS])
def test_an_op_answers_at_a_kink_as_the_table_says(name: str, x: Any, slope: Any) -> None:
    xs = [mg.tensor(v, dtype=mg.float64, requires_grad=True) for v in (x if isinstance(x, list) else [x])]
    found = mg.autograd.grad(TABLE[name].op(*xs), xs, allow_unused=True)
    got = [0.0 if g is None else g.item() for g in found]
    np.testing.assert_array_equal(got, slope if isinstance(slope, list) else [slope])
