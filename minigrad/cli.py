"""The command `minigrad`: train a network, and read a picture with it.

What the user can put right is told in one sentence on standard error, with exit code 2.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from . import __version__
from .errors import ArgumentError, FileError, MinigradError

OUT = os.path.join("runs", "lenet5")


class Parser(argparse.ArgumentParser):
    """argparse with errors like all others of minigrad."""

    def error(self, message: str) -> NoReturn:
        """One sentence."""
        raise ArgumentError(f"{message} (see {self.prog} --help)")


def parser() -> Parser:
    """Commands and their options."""
    top = Parser(
        prog="minigrad", description="Train a network on handwritten digits, and read pictures with it."
    )
    top.add_argument("--version", action="version", version=f"minigrad {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    # An option that is not given is absent, so that --resume can take it from the checkpoint.
    train = commands.add_parser("train", help="train a network", argument_default=argparse.SUPPRESS)
    train.add_argument("model", choices=["lenet5"], help="the network")
    train.add_argument("--data", choices=["digits"], help="the data set (default: digits)")
    train.add_argument(
        "--split",
        choices=["stratified", "file-order"],
        help="which scans to test on: some of every writer's (stratified, the default), or the last in the file, "
        "mostly by other writers",
    )
    train.add_argument("--seed", type=int, help="start of all random numbers (default: 0)")
    train.add_argument("--epochs", type=int, help="passes over the training part (default: 60)")
    train.add_argument("--batch-size", type=int, help="pictures a step (default: 64)")
    train.add_argument("--lr", type=float, help="highest learning rate (default: 0.006)")
    train.add_argument("--device", default="cpu", help="where to compute (default: cpu)")
    train.add_argument(
        "--out", default=OUT, metavar="DIR", help=f"folder of weights and checkpoint (default: {OUT})"
    )
    again = train.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", default=False, help="go on with the run in DIR")
    again.add_argument("--overwrite", action="store_true", default=False, help="replace the run in DIR")
    train.set_defaults(action=run_training)

    predict = commands.add_parser("predict", help="read a picture of a digit")
    predict.add_argument(
        "picture", metavar="FILE|INDEX", help="a picture, or the number of a bundled scan, 0 to 1796"
    )
    predict.add_argument(
        "--weights", metavar="PATH", help=f"weights, or the folder of a run (default: {OUT})"
    )
    predict.set_defaults(action=run_prediction)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        the exit code: 0, 2 for an error that the user can put right, 130 after Ctrl-C, 141 if nobody reads the output.
    """
    if sys.stdout is None:  # closed by the caller
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  (it lasts as long as the process)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a path in letters that the terminal lacks
    try:
        options = vars(parser().parse_args(argv))
        del options["command"]
        code = int(options.pop("action")(**options))
        sys.stdout.flush()
        return code
    except SystemExit as end:  # of --help and --version
        return int(end.code or 0)
    except BrokenPipeError:  # the reader has had enough: a checkpoint is there, so nothing is lost
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        print(f"minigrad: error: standard output cannot be written ({error.strerror})", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except MinigradError as error:
        print(f"minigrad: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("minigrad: stopped", file=sys.stderr)
        return 130


def run_training(*, device: str, out: str, resume: bool, overwrite: bool, **given: Any) -> int:
    """`minigrad train`."""
    from . import trainer
    from .backend import namespace_for
    from .progress import report_for

    namespace_for(device)
    one_blas_thread()
    run = trainer.start(out, given, resume=resume, overwrite=overwrite)
    config = run.config
    data = trainer.DATA[config.data](config.split)
    if resume:
        print(f"resuming after epoch {run.epoch} of {config.epochs}")
    try:
        trainer.fit(run, data, out, report_for(config.epochs))
    except KeyboardInterrupt:
        again = f"minigrad train {config.model} --out {shlex.quote(out)} --resume"
        print(f"minigrad: stopped; go on from the last whole epoch with: {again}", file=sys.stderr)
        return 130
    best = trainer.best_of(out) or ""
    print(f"best weights: {best} (epoch {run.best['epoch']}, validation {run.best['accuracy']:.1%})")
    if best.endswith(".npz"):
        print("the best weights are in NumPy's format, .npz: for .safetensors, pip install 'minigrad[cli]'")
    score = trainer.final_score(run, data.test)
    print(table(trainer.confusion(data.test.labels, score.read)))
    right, n = round(score.accuracy * len(score.read)), len(score.read)
    print(f"test accuracy: {100 * right / n:.1f} % ({right}/{n})")
    return 0


def one_blas_thread() -> None:
    """Keep the OpenBLAS that NumPy's wheels bring to one thread.

    Products as small as LeNet-5's gain nothing from a second thread, and wait for it long on a busy machine; and the
    weights are the same, bit for bit, whatever the number of cores.
    """
    import ctypes
    from pathlib import Path

    import numpy as np

    package = Path(np.__file__).parent
    for folder in (package.with_name("numpy.libs"), package / ".dylibs"):
        for path in folder.glob("*openblas*"):
            set_threads = getattr(ctypes.CDLL(str(path)), "scipy_openblas_set_num_threads64_", None)
            if set_threads is not None:
                set_threads(1)


def table(counts: Any) -> str:
    """A confusion table as text: a row for each digit, a column for what it was read as."""
    rows = [f"{digit:5} |" + "".join(f"{n or '.':>5}" for n in row) for digit, row in enumerate(counts)]
    head = "digit |" + "".join(f"{digit:5}" for digit in range(len(counts))) + "   <- read as"
    return "\n".join([head, "-" * len(rows[0]), *rows])


def run_prediction(*, picture: str, weights: str | None) -> int:
    """`minigrad predict`."""
    from . import predict, trainer

    path = weights or OUT
    if weights is None or os.path.isdir(path):
        if (found := trainer.best_of(path)) is None:
            raise FileError(
                f"predict: {path} has no weights: run `minigrad train lenet5` first, or give --weights"
            )
        path = found
    label = None
    if picture.isdecimal() and not os.path.exists(picture):
        scan, label = predict.bundled_scan(int(picture))
    else:
        scan = predict.as_scan(predict.ink(predict.read_picture(picture)))
    chances = predict.probabilities(path, scan)
    digit = int(chances.argmax())
    print(f"digit: {digit} ({chances[digit]:.1%})" + (f", labelled {label}" if label is not None else ""))
    for k, p in enumerate(chances):
        print(f"{k} {p:6.1%} {'#' * round(40 * float(p))}".rstrip())
    return 0
