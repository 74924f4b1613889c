"""What a training shows while it runs: a bar where there is a terminal and rich is installed, else a line an epoch."""

from __future__ import annotations

import os
import sys
from typing import Any, Protocol


class Report(Protocol):
    """What a training tells; used as a context manager around it."""

    def __enter__(self) -> Report: ...
    def __exit__(self, *_: object) -> None: ...
    def batch(self, epoch: int, done: float, loss: float, accuracy: float) -> None:
        """Within an epoch (from 1), of which the part `done` is over; loss and accuracy are its means so far."""

    def epoch(self, epoch: int, loss: float, accuracy: float, validation: float, best: bool) -> None:
        """After an epoch, its means and the accuracy on the validation part; is it the best so far?"""


def summary(epoch: int, epochs: int, loss: float, accuracy: float, validation: float, best: bool) -> str:
    """One epoch in one line."""
    mark = "  best" if best else ""
    counted = f"epoch {epoch:{len(str(epochs))}}/{epochs}"
    return f"{counted}  loss {loss:.4f}  training {accuracy:6.1%}  validation {validation:6.1%}{mark}"


class Silent:
    """Says nothing."""

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def batch(self, epoch: int, done: float, loss: float, accuracy: float) -> None:
        """Nothing."""

    def epoch(self, epoch: int, loss: float, accuracy: float, validation: float, best: bool) -> None:
        """Nothing."""


class Lines(Silent):
    """A line an epoch, for a log or where rich is not installed."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def epoch(self, epoch: int, loss: float, accuracy: float, validation: float, best: bool) -> None:
        """Print the line."""
        print(summary(epoch, self.epochs, loss, accuracy, validation, best), flush=True)


class Bar(Silent):
    """rich's progress bar over all epochs, with loss and accuracy beside it."""

    def __init__(self, epochs: int, rich_progress: Any) -> None:
        self.epochs = epochs
        columns = rich_progress.BarColumn(), rich_progress.TimeRemainingColumn()
        self.progress = rich_progress.Progress("{task.description}", *columns)
        self.task = self.progress.add_task("starting", total=epochs)
        self.validation = ""

    def __enter__(self) -> Bar:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def batch(self, epoch: int, done: float, loss: float, accuracy: float) -> None:
        """Move the bar."""
        text = f"epoch {epoch}/{self.epochs}  loss {loss:.4f}  training {accuracy:.1%}{self.validation}"
        self.progress.update(self.task, description=text, completed=epoch - 1 + done)

    def epoch(self, epoch: int, loss: float, accuracy: float, validation: float, best: bool) -> None:
        """Move the bar to the epoch's end and show the accuracy on the validation part from here on."""
        self.validation = f"  validation {validation:.1%}"
        self.batch(epoch, 1.0, loss, accuracy)


def report_for(epochs: int) -> Report:
    """The bar if standard output is a terminal and rich is installed, else lines."""
    if sys.stdout.isatty() and os.environ.get("TERM") not in ("dumb", "unknown"):
        try:
            import rich.progress

            return Bar(epochs, rich.progress)
        except ImportError:
            pass
    return Lines(epochs)
