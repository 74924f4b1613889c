"""What `make demo` promises: the digits that LeNet-5 reads right after `minigrad train lenet5`, over five seeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from minigrad import trainer


def accuracies(folder: Path, split: str, seeds: range) -> list[float]:
    """The test accuracy of a training with each seed."""
    data = trainer.digits(split)
    found = []
    for seed in seeds:
        out = str(folder / f"{split}-{seed}")
        run = trainer.start(out, {"split": split, "seed": seed})
        trainer.fit(run, data, out)
        found.append(trainer.final_score(run, data.test).accuracy)
    print(split, [f"{accuracy:.1%}" for accuracy in found])
    return found


@pytest.mark.slow
def test_five_seeds_on_the_stratified_split(tmp_path: Path) -> None:
    found = accuracies(tmp_path, "stratified", range(5))
    assert sum(found) / 5 >= 0.985 and min(found) >= 0.98


@pytest.mark.slow
def test_the_split_in_file_order(tmp_path: Path) -> None:
    assert min(accuracies(tmp_path, "file-order", range(2))) >= 0.96
