"""The training loop: the same weights twice, after a stop too; the best by validation alone; nothing overwritten."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minigrad import io, random, trainer
from minigrad.data.digits import Part, Splits, digits
from minigrad.errors import ArgumentError, FileError, StateError
from minigrad.io import load_tensors, save_tensors
from minigrad.progress import Silent
from minigrad.trainer import Config, Run, Score, fit, start

SMALL = {"epochs": 3, "batch_size": 32, "lr": 0.004}
NO_TEST = Part(np.zeros((0, 1, 8, 8), np.float32), np.zeros(0, np.int64))


@pytest.fixture(scope="module")
def data() -> Splits:
    """A little of the digits; the test part is empty, so nothing can have looked at it."""
    train, val, _ = digits()
    return Splits(
        Part(train.images[:160], train.labels[:160]), Part(val.images[:60], val.labels[:60]), NO_TEST
    )


def weights(run: Run) -> dict[str, bytes]:
    return {name: a.numpy().tobytes() for name, a in run.model.state_dict().items()}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def trained(folder: Path, data: Splits, **given: Any) -> Run:
    run = start(str(folder), {**SMALL, **given})
    fit(run, data, str(folder))
    return run


class Stop(Silent):
    """Ctrl-C in the middle of an epoch."""

    def __init__(self, epoch: int) -> None:
        self.at = epoch

    def batch(self, epoch: int, done: float, loss: float, accuracy: float) -> None:
        if epoch == self.at and done > 0.5:
            raise KeyboardInterrupt


def test_one_seed_gives_the_same_files_bit_for_bit(tmp_path: Path, data: Splits) -> None:
    trained(tmp_path / "a", data)
    random.rand(3)  # whatever was drawn before
    trained(tmp_path / "b", data)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    other = trained(tmp_path / "c", data, seed=1)
    assert contents(tmp_path / "a") != contents(tmp_path / "c") and other.epoch == 3


@pytest.mark.parametrize("stopped_in", [1, 2, 3])
def test_a_stopped_run_goes_on_bit_for_bit(tmp_path: Path, data: Splits, stopped_in: int) -> None:
    whole = trained(tmp_path / "whole", data)
    run = start(str(tmp_path / "cut"), SMALL)
    with pytest.raises(KeyboardInterrupt):
        fit(run, data, str(tmp_path / "cut"), Stop(stopped_in))
    random.rand(3)
    again = start(str(tmp_path / "cut"), {}, resume=True)
    assert again.epoch == stopped_in - 1 and again.config == Config(**SMALL)
    fit(again, data, str(tmp_path / "cut"))
    assert weights(again) == weights(whole)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_training_changes_every_parameter_and_lowers_the_loss(tmp_path: Path, data: Splits) -> None:
    before = weights(Run(Config(**SMALL)))
    losses: list[float] = []

    class Watch(Silent):
        def epoch(self, epoch: int, loss: float, accuracy: float, validation: float, best: bool) -> None:
            losses.append(loss)

    run = start(str(tmp_path), {**SMALL, "epochs": 6})
    fit(run, data, str(tmp_path), Watch())
    assert all(a != before[name] for name, a in weights(run).items())
    assert losses[-1] < 0.7 * losses[0]


def test_the_best_weights_are_chosen_by_validation_accuracy_then_loss(
    tmp_path: Path, data: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = iter([(0.9, 0.5), (0.5, 0.8), (0.7, 0.8), (0.4, 0.8), (0.1, 0.7)])  # loss, accuracy
    seen: list[dict[str, bytes]] = []

    def evaluate(model: Any, part: Part) -> Score:
        assert part is data.val
        seen.append({name: a.numpy().tobytes() for name, a in model.state_dict().items()})
        return Score(*next(told), np.zeros(0, np.int64))

    monkeypatch.setattr(trainer, "evaluate", evaluate)
    run = trained(tmp_path, data, epochs=5)
    best, about = load_tensors(str(trainer.best_of(str(tmp_path))))
    assert run.best["epoch"] == 4 and about == {"model": "lenet5", "epoch": "4", "validation": "0.8"}
    assert {name: a.tobytes() for name, a in best.items()} == seen[3] != seen[4]


def test_the_test_is_done_with_the_best_weights(data: Splits) -> None:
    run = Run(Config())
    other = Run(Config(seed=1)).model.state_dict()
    run.best["model"] = {name: a.numpy().copy() for name, a in other.items()}
    score = trainer.final_score(run, data.val)
    run.model.load_state_dict(other)
    assert score.loss == trainer.evaluate(run.model, data.val).loss


def test_evaluate_counts_what_is_right(data: Splits) -> None:
    run = Run(Config())
    score = trainer.evaluate(run.model, data.val)
    assert score.accuracy == sum(int(a == b) for a, b in zip(score.read, data.val.labels, strict=True)) / 60
    assert 2.0 < score.loss < 3.0  # about log 10 before training


def test_confusion_has_a_row_for_each_true_class() -> None:
    table = trainer.confusion(np.array([0, 0, 1, 2]), np.array([0, 2, 1, 2]), classes=3)
    assert table.tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 1]]


def test_the_learning_rate_rises_and_falls() -> None:
    rates = [trainer.learning_rate(0.01, done / 1000) for done in range(1001)]
    assert rates[0] == 0 and max(rates) == rates[100] == 0.01 and rates[-1] < 1e-12
    assert rates[:101] == sorted(rates[:101]) and rates[100:] == sorted(rates[100:], reverse=True)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"lr": math.nan}, "lr is nan, and a finite number"),
        ({"lr": -0.1}, "lr is -0.1"),
        ({"lr": math.inf}, "lr is inf"),
        ({"epochs": 0}, "epochs is 0, and an integer of at least 1 is wanted"),
        ({"batch_size": 0}, "batch_size is 0, and an integer of at least 1"),
        ({"epochs": 2.5}, "epochs is 2.5, and an integer"),
        ({"lr": "fast"}, "lr is 'fast', and a finite number"),
        ({"model": "lenet6"}, "model 'lenet6' is not one of"),
        ({"data": "letters"}, "data 'letters' is not one of"),
        ({"seed": 1 << 70}, "seed"),
    ],
)
def test_a_setting_out_of_range_is_refused(tmp_path: Path, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        start(str(tmp_path / "out"), given)
    assert not (tmp_path / "out").exists()


def test_a_run_takes_no_other_runs_place(tmp_path: Path, data: Splits) -> None:
    trained(tmp_path, data, epochs=1)
    before = contents(tmp_path)
    with pytest.raises(ArgumentError, match="is of an earlier run: add --resume .*--overwrite .*--out"):
        start(str(tmp_path), SMALL)
    (tmp_path / "last.npz").unlink()
    with pytest.raises(ArgumentError, match="best.* is of an earlier run"):
        start(str(tmp_path), SMALL)
    (tmp_path / "last.npz").write_bytes(before["last.npz"])
    assert contents(tmp_path) == before
    run = start(str(tmp_path), {**SMALL, "seed": 3}, overwrite=True)
    assert contents(tmp_path) == before  # until there is something to put in its place
    fit(run, data, str(tmp_path))
    assert contents(tmp_path).keys() == before.keys() and contents(tmp_path) != before


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seed": 5}, "its seed is 0, not 5"),
        ({"split": "file-order"}, "its split is 'stratified', not 'file-order'"),
        ({"model": "lenet6", "lr": 0.5}, "its model is 'lenet5', not 'lenet6', its lr is 0.004, not 0.5"),
    ],
)
def test_resuming_with_other_settings_says_which(
    tmp_path: Path, data: Splits, given: dict[str, Any], message: str
) -> None:
    trained(tmp_path, data, epochs=1)
    with pytest.raises(StateError, match=message):
        start(str(tmp_path), given, resume=True)


def test_resuming_needs_a_checkpoint_of_a_training(tmp_path: Path, data: Splits) -> None:
    with pytest.raises(FileError, match="has no checkpoint .* to resume"):
        start(str(tmp_path), {}, resume=True)
    save_tensors(tmp_path / "last.npz", {"a": np.zeros(1)})
    with pytest.raises(FileError, match="is not a checkpoint"):
        start(str(tmp_path), {}, resume=True)
    io.save_checkpoint(tmp_path / "last.npz", model={"a": np.zeros(1)}, kind="other")
    with pytest.raises(FileError, match="not a checkpoint of `minigrad train`"):
        start(str(tmp_path), {}, resume=True)
    trained(tmp_path / "run", data, epochs=1)
    last = tmp_path / "run" / "last.npz"
    last.write_bytes(last.read_bytes()[:-1000])
    cut = last.read_bytes()
    with pytest.raises(FileError, match="not a whole .npz file"):
        start(str(tmp_path / "run"), {}, resume=True)
    assert last.read_bytes() == cut


def test_a_loss_that_is_no_number_ends_the_run_with_its_checkpoint(tmp_path: Path, data: Splits) -> None:
    run = start(str(tmp_path), {**SMALL, "lr": 1e30})
    with pytest.raises(ArgumentError, match=r"the loss became (nan|inf) in epoch \d: lower lr \(1e\+30\)"):
        fit(run, data, str(tmp_path))
    assert start(str(tmp_path), {}, resume=True).epoch < 3


def test_a_run_that_diverges_in_its_last_step_leaves_no_weights(tmp_path: Path, data: Splits) -> None:
    run = start(str(tmp_path), {"epochs": 1, "batch_size": 2000, "lr": 1e30})
    with pytest.raises(ArgumentError, match=r"the validation loss became (nan|inf) in epoch 1: lower lr"):
        fit(run, data, str(tmp_path))
    assert trainer.best_of(str(tmp_path)) is None


def test_without_safetensors_the_best_weights_are_an_npz_file(
    tmp_path: Path, data: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "loads", lambda name: False)
    run = trained(tmp_path, data, epochs=1)
    assert sorted(contents(tmp_path)) == ["best.npz", "last.npz"]
    monkeypatch.setattr(trainer, "loads", lambda name: True)
    trainer.save(run, str(tmp_path), best=True)
    assert sorted(contents(tmp_path)) == ["best.safetensors", "last.npz"]  # never two that differ


def test_a_folder_whose_name_is_taken_by_a_file(tmp_path: Path, data: Splits) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(FileError, match="out cannot be made"):
        fit(Run(Config()), data, str(tmp_path / "out"))
    assert (tmp_path / "out").read_text() == "mine"
