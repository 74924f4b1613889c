"""The main job: train a network on a bundled data set, keep the best weights, and be able to go on after a stop.

A Run holds everything that a later run needs to go on bit for bit: weights, optimizer, generator, and what is best so
far. `train` is the loop around it; `train_epoch` and `evaluate` serve a script on their own.
"""

from __future__ import annotations

import importlib
import math
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import numpy as np

from . import functional as F
from . import io
from .autograd import no_grad
from .data.augment import batches, random_affine
from .data.digits import Part, Splits, digits, to_size
from .errors import ArgumentError, FileError, StateError
from .models.lenet5 import lenet5
from .optim import AdamW
from .progress import Report, Silent
from .random import manual_seed
from .tensor import tensor

Array = Any

MODELS: dict[str, Callable[[], Any]] = {"lenet5": lenet5}
DATA: dict[str, Callable[[str], Splits]] = {"digits": digits}
LAST, SUFFIXES = "last.npz", ("safetensors", "npz")
SIDE = 28  # LeNet-5's input
WARM_UP = 0.1  # the part of the training in which the learning rate rises


@dataclass(frozen=True)
class Config:
    """What decides a training: two runs with the same Config have, on one machine, the same weights, bit for bit.

    Args:
        shift, turn, scale: the largest shift of a picture in parts of its side, its largest rotation in degrees, and
            between which factors it is resized.

    Raises:
        ArgumentError: if a value is outside of what it can be.
    """

    model: str = "lenet5"
    data: str = "digits"
    split: str = "stratified"
    seed: int = 0
    epochs: int = 60
    batch_size: int = 64
    lr: float = 0.006
    weight_decay: float = 0.1
    shift: float = 0.1
    turn: float = 15.0
    scale: tuple[float, float] = (0.8, 1.2)

    def __post_init__(self) -> None:
        for name, known in (("model", MODELS), ("data", DATA)):
            if getattr(self, name) not in known:
                raise ArgumentError(f"train: {name} {getattr(self, name)!r} is not one of {[*known]}")
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ArgumentError(f"train: {name} is {value!r}, and an integer of at least 1 is wanted")
        if not (isinstance(self.lr, int | float) and 0 <= self.lr < math.inf):
            raise ArgumentError(f"train: lr is {self.lr!r}, and a finite number of at least 0 is wanted")


class Score(NamedTuple):
    """Mean loss, accuracy, and the class read from each picture."""

    loss: float
    accuracy: float
    read: Array


class Run:
    """A training as far as it has come."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.generator = manual_seed(config.seed)
        self.model = MODELS[config.model]()
        self.optimizer = AdamW(self.model.parameters(), lr=config.lr, weight_decay=config.weight_decay)
        self.epoch = 0
        self.best: dict[str, Any] = {"epoch": 0, "accuracy": -1.0, "loss": math.inf, "model": {}}

    def state_dict(self) -> dict[str, Any]:
        """What `save_checkpoint` is given."""
        return {
            "kind": self.config.model,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "progress": {"config": asdict(self.config), "epoch": self.epoch, "best": self.best},
        }

    def load(self, saved: io.Checkpoint) -> None:
        """Go on from a checkpoint."""
        self.model.load_state_dict(saved.model)
        self.optimizer.load_state_dict(saved.optimizer)
        self.generator.set_state(saved.generator)
        self.epoch, self.best = saved.progress["epoch"], saved.progress["best"]


def learning_rate(peak: float, done: float) -> float:
    """The rate after the part `done` of a training: it rises evenly to its peak, then falls along a cosine to 0.

    >>> [round(learning_rate(1.0, done), 3) for done in (0.05, 0.1, 0.55)]
    [0.5, 1.0, 0.5]
    """
    if done < WARM_UP:
        return peak * done / WARM_UP
    return peak * (0.5 + 0.5 * math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


def train_epoch(run: Run, part: Part, report: Report) -> tuple[float, float]:
    """One pass over the training part in random order, each picture shifted, turned and resized a little.

    Returns:
        the mean loss and the accuracy on what the network was shown.
    """
    config, n = run.config, len(part.labels)
    run.model.train()
    total, right, seen = 0.0, 0, 0
    key = run.generator.next_key(n)
    for images, labels in batches(
        to_size(part.images, SIDE), part.labels, batch_size=config.batch_size, key=key
    ):
        rate = learning_rate(config.lr, (run.epoch + (seen + len(labels) / 2) / n) / config.epochs)
        for group in run.optimizer.param_groups:
            group["lr"] = rate
        x = random_affine(
            images,
            generator=run.generator,
            degrees=config.turn,
            translate=(config.shift, config.shift),
            scale=config.scale,
        )
        logits = run.model(tensor(x))
        loss = F.cross_entropy(logits, tensor(labels))
        run.optimizer.zero_grad()
        loss.backward()
        run.optimizer.step()
        finite(run, "loss", loss.item(), run.epoch + 1)
        seen += len(labels)
        total += loss.item() * len(labels)
        right += int((logits.detach().numpy().argmax(1) == labels).sum())
        report.batch(run.epoch + 1, seen / n, total / seen, right / seen)
    run.epoch += 1
    return total / n, right / n


def finite(run: Run, what: str, value: float, epoch: int) -> None:
    """Stop a training that has diverged, before any of it is kept."""
    if not math.isfinite(value):
        raise ArgumentError(f"train: the {what} became {value} in epoch {epoch}: lower lr ({run.config.lr})")


def evaluate(model: Any, part: Part) -> Score:
    """How well a model reads the pictures of a part, as they are."""
    model.eval()
    with no_grad():
        logits = model(tensor(to_size(part.images, SIDE)))
        loss = F.cross_entropy(logits, tensor(part.labels)).item()
    read = logits.numpy().argmax(1)
    return Score(loss, float((read == part.labels).mean()), read)


def confusion(labels: Array, read: Array, classes: int = 10) -> Array:
    """How often each class (row) was read as each class (column)."""
    table = np.zeros((classes, classes), np.int64)
    np.add.at(table, (labels, read), 1)
    return table


# ---- checkpoints ----------------------------------------------------------------------------------------------------
def best_of(out: str) -> str | None:
    """The file of the best weights in a folder, if there is one."""
    paths = (os.path.join(out, f"best.{suffix}") for suffix in SUFFIXES)
    return next((path for path in paths if os.path.isfile(path)), None)


def loads(module: str) -> bool:
    """Whether an optional library is there and works."""
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def save(run: Run, out: str, best: bool) -> None:
    """Write the checkpoint and, before it, the best weights if they are new: each file is whole at every moment."""
    if best:
        kind, other = SUFFIXES if loads("safetensors.numpy") else SUFFIXES[::-1]
        about = {"model": run.config.model, "epoch": str(run.epoch), "validation": str(run.best["accuracy"])}
        io.save_tensors(os.path.join(out, f"best.{kind}"), run.best["model"], about)
        with suppress(FileNotFoundError):
            os.remove(os.path.join(out, f"best.{other}"))  # an earlier run's
    io.save_checkpoint(os.path.join(out, LAST), **run.state_dict())


def start(out: str, given: Mapping[str, Any], *, resume: bool = False, overwrite: bool = False) -> Run:
    """A new run in a folder, or the one that is there.

    Args:
        given: settings by their names in Config; a new run takes the others from there, a resumed one from its
            checkpoint.

    Raises:
        FileError: if there is nothing to resume, or it is not the checkpoint of a training.
        StateError: if the checkpoint's settings differ from those given.
        ArgumentError: if a new run would take the place of another, or a setting is outside of what it can be.
    """
    last = os.path.join(out, LAST)
    if not resume:
        run = Run(Config(**given))
        there = last if os.path.exists(last) else best_of(out)
        if there and not overwrite:
            raise ArgumentError(
                f"train: {there} is of an earlier run: add --resume to continue it, --overwrite to replace it, "
                "or --out with another folder"
            )
        return run
    if not os.path.exists(last):
        raise FileError(
            f"train: {out} has no checkpoint ({LAST}) to resume: leave --resume out to start a run"
        )
    saved = io.load_checkpoint(last)
    settings = saved.progress.get("config") if isinstance(saved.progress, dict) else None
    if not isinstance(settings, dict) or {*settings} != {field.name for field in fields(Config)}:
        raise FileError(f"{last}: is not a checkpoint of `minigrad train`: name the folder of one with --out")
    if differing := [f"{k} is {settings[k]!r}, not {v!r}" for k, v in given.items() if settings[k] != v]:
        raise StateError(f"train: the run in {out} has other settings: its {', its '.join(differing)}")
    run = Run(Config(**settings))
    run.load(saved)
    return run


def fit(run: Run, data: Splits, out: str, report: Report | None = None) -> None:
    """Train to the last epoch, and leave the best weights and a checkpoint in a folder after each.

    The best weights are those with the highest accuracy on the validation part; among equals, with the lowest loss.

    Raises:
        ArgumentError: if the loss is no longer a number.
        FileError: if the folder cannot be written to.
    """
    try:
        os.makedirs(out, exist_ok=True)
    except OSError as error:
        raise FileError(f"train: the folder {out} cannot be made ({error.strerror})") from error
    save(run, out, best=run.best["epoch"] > 0)
    with report or Silent() as shown:
        while run.epoch < run.config.epochs:
            loss, accuracy = train_epoch(run, data.train, shown)
            score = evaluate(run.model, data.val)
            finite(run, "validation loss", score.loss, run.epoch)
            better = (score.accuracy, -score.loss) > (run.best["accuracy"], -run.best["loss"])
            if better:
                weights = {name: a.numpy().copy() for name, a in run.model.state_dict().items()}
                run.best = {
                    "epoch": run.epoch,
                    "accuracy": score.accuracy,
                    "loss": score.loss,
                    "model": weights,
                }
            save(run, out, better)
            shown.epoch(run.epoch, loss, accuracy, score.accuracy, better)


def final_score(run: Run, part: Part) -> Score:
    """How well the best weights read the test part: called once, when all choices are made."""
    model = MODELS[run.config.model]()
    model.load_state_dict(run.best["model"])
    return evaluate(model, part)
