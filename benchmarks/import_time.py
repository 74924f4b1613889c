"""What `import minigrad` adds to `import numpy`: fresh interpreters in turn, and the difference of their medians."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from timing import ROOT, append, measure, options, row, table

STATEMENTS = {"numpy": "import numpy", "numpy + minigrad": "import numpy, minigrad"}


def main() -> None:
    """Measure, print, and keep the rows if asked to."""
    args = options(__doc__, repeats=20)
    with tempfile.TemporaryDirectory() as cache:  # compiled modules, as an installed package has them
        env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        env |= {"PYTHONPYCACHEPREFIX": cache}

        def interpreter(statement: str) -> None:
            subprocess.run([sys.executable, "-c", statement], cwd=ROOT, env=env, check=True)

        runs = {name: lambda s=s: interpreter(s) for name, s in STATEMENTS.items()}
        timings = measure(runs, args.repeats)
    rows = [row("import_time", "a fresh interpreter", name, t) for name, t in timings.items()]
    print(table(rows, "ms"))
    alone, both = (1e3 * t.median for t in timings.values())
    print(f"minigrad adds {both - alone:.1f} ms")
    if args.json:
        append(args.json, rows)


if __name__ == "__main__":
    main()
