"""What every benchmark shares: interleaved runs, medians with their spread, rows of JSON, a small table.

What is compared runs in turn, A B A B, so that a machine that slows down slows both. A row says what was measured,
on which machine, when, and at which commit; rows are appended to a file, one JSON object a line.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = ("minigrad", "numpy", "torch")
if not find_spec("minigrad"):  # a bare checkout
    sys.path.insert(0, str(ROOT))


@dataclass(frozen=True)
class Timing:
    """Seconds of one thing: its first call apart, then each repeat."""

    first: float
    repeats: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle repeat."""
        return statistics.median(self.repeats)

    @property
    def quartiles(self) -> tuple[float, float]:
        """Between these lies the middle half of the repeats."""
        if len(self.repeats) == 1:
            return self.repeats[0], self.repeats[0]
        low, _, high = statistics.quantiles(self.repeats, n=4, method="inclusive")
        return low, high


def measure(
    runs: Mapping[str, Callable[[], object]],
    repeats: int = 50,
    warmup: int = 3,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Timing]:
    """Time each run `repeats` times, in turn, after its first call and `warmup` more that do not count.

    The garbage collector stays as a user has it: what it costs belongs to what is measured.
    """

    def once(run: Callable[[], object]) -> float:
        start = clock()
        run()
        return clock() - start

    if repeats < 1:
        raise ValueError(f"measure: repeats is {repeats}, and at least 1 is wanted")
    first = {name: once(run) for name, run in runs.items()}
    for _ in range(warmup):
        for run in runs.values():
            run()
    rounds = [{name: once(run) for name, run in runs.items()} for _ in range(repeats)]
    return {name: Timing(first[name], tuple(r[name] for r in rounds)) for name in runs}


# ---- rows -----------------------------------------------------------------------------------------------------------
def row(benchmark: str, case: str, subject: str, timing: Timing, per: int = 1, **more: Any) -> dict[str, Any]:
    """What was measured of one subject (a library, a version) in one case, in seconds a unit of work.

    Args:
        per: units of work in a run, such as the ops of a chain.
        more: settings that a reader needs to repeat it.
    """
    low, high = timing.quartiles
    return {
        "benchmark": benchmark,
        "case": case,
        "subject": subject,
        "median_s": timing.median / per,
        "quartiles_s": [low / per, high / per],
        "fastest_s": min(timing.repeats) / per,
        "first_s": timing.first / per,
        "repeats": len(timing.repeats),
        **more,
    }


def circumstances() -> dict[str, Any]:
    """The machine, the libraries, the moment and the commit."""
    return {"date": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit(), "machine": machine()}


def machine() -> dict[str, Any]:
    """The processor, its cores that this process may use, threads asked for, Python and the libraries' versions."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count()
    threads = os.environ.get("OMP_NUM_THREADS")
    about = {"cpu": processor(), "cores": cores, "omp_num_threads": threads, "system": platform.system()}
    return {**about, "python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def processor() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def version(distribution: str) -> str | None:
    """The installed version of a library, or None."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def commit(folder: Path = ROOT) -> str | None:
    """The commit of the checkout, with a + if files have changed since; None outside of one."""

    def git(*args: str) -> str:
        return subprocess.run(
            ["git", *args], cwd=folder, capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def append(path: str | Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows to a file, each with the circumstances, one JSON object a line."""
    about = circumstances()
    text = "".join(json.dumps({**row, **about}) + "\n" for row in rows)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


# ---- what a person sees ---------------------------------------------------------------------------------------------
def table(rows: Sequence[Mapping[str, Any]], unit: str = "us", against: str | None = None) -> str:
    """Rows as text: a line a case, a column a subject, its median and quartiles.

    Args:
        unit: "s", "ms" or "us".
        against: the subject that the last columns divide the others' medians by.
    """
    scale = {"s": 1.0, "ms": 1e3, "us": 1e6}[unit]
    found = {(r["case"], r["subject"]): r for r in rows}
    cases, subjects = ([*dict.fromkeys(r[key] for r in rows)] for key in ("case", "subject"))
    others = [s for s in subjects if s != against] if against in subjects else []

    def cell(r: Mapping[str, Any] | None) -> str:
        if r is None:
            return ""
        low, high = (scale * q for q in r["quartiles_s"])
        return f"{scale * r['median_s']:.2f} [{low:.2f} {high:.2f}]"

    def ratio(case: str, subject: str) -> str:
        mine, theirs = found.get((case, subject)), found.get((case, str(against)))
        return f"{mine['median_s'] / theirs['median_s']:.2f}" if mine and theirs else ""

    head = [unit, *subjects, *[f"{s} / {against}" for s in others]]
    body = [[c, *[cell(found.get((c, s))) for s in subjects], *[ratio(c, s) for s in others]] for c in cases]
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    lines = [[line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])] for line in [head, *body]]
    return "\n".join("  ".join(line).rstrip() for line in lines)


def options(description: str | None, **defaults: int) -> argparse.Namespace:
    """The command line of a benchmark: --json PATH, and an option for each default."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--json", metavar="PATH", help="append the rows to this file")
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"default: {default}")
    return parser.parse_args()
