"""The arithmetic and the order of what all benchmarks share; no time is asserted."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import timing
from timing import Timing, measure, row, table


class Clock:
    """A clock that only the work moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def work(clock: Clock, log: list[str], name: str, *seconds: float) -> Callable[[], None]:
    left = iter(seconds)

    def run() -> None:
        log.append(name)
        clock.now += next(left)

    return run


def test_runs_take_turns_and_neither_first_call_nor_warm_up_counts() -> None:
    clock, log = Clock(), list[str]()
    runs = {"a": work(clock, log, "a", 9, 8, 8, 1, 3, 2), "b": work(clock, log, "b", 7, 6, 6, 20, 40, 30)}
    found = measure(runs, repeats=3, warmup=2, clock=clock)
    assert "".join(log) == "ab" + "abab" + "ababab"
    assert found == {"a": Timing(9, (1, 3, 2)), "b": Timing(7, (20, 40, 30))}


def test_no_repeats_are_refused() -> None:
    with pytest.raises(ValueError, match="repeats is 0"):
        measure({"a": lambda: None}, repeats=0)


def test_median_and_quartiles() -> None:
    t = Timing(0.0, (5.0, 1.0, 4.0, 2.0, 3.0))
    assert t.median == 3.0
    assert t.quartiles == (2.0, 4.0)
    assert Timing(0.0, (7.0,)).quartiles == (7.0, 7.0)


def test_a_row_is_per_unit_of_work() -> None:
    t = Timing(first=80.0, repeats=(40.0, 20.0, 60.0))
    found = row("overhead", "sin", "torch", t, per=10, ops=10)
    assert found == {
        "benchmark": "overhead",
        "case": "sin",
        "subject": "torch",
        "median_s": 4.0,
        "quartiles_s": [3.0, 5.0],
        "fastest_s": 2.0,
        "first_s": 8.0,
        "repeats": 3,
        "ops": 10,
    }


def test_rows_are_appended_with_machine_date_and_commit(tmp_path: Path) -> None:
    path = tmp_path / "results" / "a.jsonl"
    timing.append(path, [{"case": "one"}])
    timing.append(path, [{"case": "two"}, {"case": "three"}])
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [r["case"] for r in rows] == ["one", "two", "three"]
    for r in rows:
        assert {"cpu", "cores", "python", "minigrad", "numpy", "torch"} <= r["machine"].keys()
        assert r["machine"]["cores"] >= 1
        assert r["machine"]["cpu"]
        assert r["date"].endswith("+00:00")
        assert "commit" in r


def test_the_commit_says_whether_files_have_changed_since(tmp_path: Path) -> None:
    assert timing.commit(tmp_path) is None

    def git(*args: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *args], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "file").write_text("1")
    git("init")
    git("add", "file")
    git("commit", "-m", "one")
    clean = timing.commit(tmp_path)
    assert clean is not None
    assert len(clean) == 40
    (tmp_path / "file").write_text("2")
    assert timing.commit(tmp_path) == clean + "+"


def test_a_missing_library_has_no_version() -> None:
    assert timing.version("no-such-distribution-of-anything") is None
    assert timing.version("numpy")


def test_the_table_has_a_ratio_to_the_baseline() -> None:
    def a(case: str, subject: str, *ms: float) -> dict[str, object]:
        return row("b", case, subject, Timing(0.0, tuple(m / 1e3 for m in ms)))

    rows = [a("sin", "torch", 2, 4, 6), a("sin", "ours", 1, 2, 3), a("relu", "ours", 5)]
    assert table(rows, "ms", against="torch").splitlines() == [
        "ms               torch              ours  ours / torch",
        "sin   4.00 [3.00 5.00]  2.00 [1.50 2.50]          0.50",
        "relu                    5.00 [5.00 5.00]",
    ]


def test_the_table_of_one_subject_has_no_ratio() -> None:
    rows = [row("b", "sin", "ours", Timing(0.0, (1e-6,)))]
    assert table(rows, "us", against="torch").splitlines() == [
        "us               ours",
        "sin  1.00 [1.00 1.00]",
    ]
