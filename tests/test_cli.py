"""The command `minigrad`: what it prints, what it leaves on the disk, and one sentence for what a user got wrong."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import minigrad
from minigrad.cli import main, table
from minigrad.progress import Bar, report_for

ROOT = str(Path(minigrad.__file__).parents[1])
TEST_LINE = re.compile(r"^test accuracy: (\d+\.\d) % \((\d+)/360\)$", re.MULTILINE)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The folder of a run of one epoch, and what was printed."""
    out = str(tmp_path_factory.mktemp("runs") / "lenet5")
    command = [
        sys.executable,
        "-m",
        "minigrad",
        "train",
        "lenet5",
        "--data",
        "digits",
        "--epochs",
        "1",
        "--out",
        out,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return out, done.stdout


def error_of(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """The one sentence of a command that must fail, and print nothing else."""
    assert main(argv) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("minigrad: error: ") and said.err.count("\n") == 1
    return said.err


def test_training_prints_an_epoch_a_line_a_table_and_the_test_accuracy(trained: tuple[str, str]) -> None:
    out, said = trained
    assert re.search(
        r"^epoch 1/1  loss \d\.\d{4}  training +\d+\.\d%  validation +\d+\.\d%  best$", said, re.MULTILINE
    )
    below = said[said.index("digit |") :].splitlines()[2:12]
    rows = [[int(n) for n in row.split("|")[1].replace(".", "0").split()] for row in below]
    percent, right = (float(s) for s in TEST_LINE.search(said).groups())  # type: ignore[union-attr]
    assert sum(map(sum, rows)) == 360
    assert sum(row[k] for k, row in enumerate(rows)) == right
    assert percent == round(100 * right / 360, 1)
    assert sorted(path.name for path in Path(out).iterdir()) == ["best.safetensors", "last.npz"]


def test_a_finished_run_resumed_says_the_same_again(
    trained: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    out, said = trained
    before = {path: path.read_bytes() for path in Path(out).iterdir()}
    assert main(["train", "lenet5", "--resume", "--out", out]) == 0
    assert TEST_LINE.findall(capsys.readouterr().out) == TEST_LINE.findall(said)
    assert {path: path.read_bytes() for path in Path(out).iterdir()} == before


def test_predicting_a_bundled_scan(trained: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = trained
    assert main(["predict", "17", "--weights", out]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"digit: \d \(\d+\.\d%\), labelled 7", lines[0])
    shown = [re.fullmatch(r"(\d) +(\d+\.\d)%( #+)?", line) for line in lines[1:]]
    assert [m and int(m[1]) for m in shown] == [*range(10)]
    percents = [float(m[2]) for m in shown if m]
    assert abs(sum(percents) - 100) < 1 and percents.index(max(percents)) == int(lines[0][7])
    assert main(["predict", "17", "--weights", str(Path(out) / "best.safetensors")]) == 0
    assert capsys.readouterr().out.splitlines() == lines


def test_predicting_a_picture(
    trained: tuple[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("PIL")
    from drawn import draw

    monkeypatch.chdir(tmp_path)
    draw(0).save("17", "PNG")  # a file whose name is a number is a file
    assert main(["predict", "17", "--weights", trained[0]]) == 0
    assert re.match(r"digit: \d \(\d+\.\d%\)\n0 ", capsys.readouterr().out)


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"minigrad {minigrad.__version__}\n"


@pytest.mark.parametrize("command", [[], ["train"], ["predict"]])
def test_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"]) == 0
    assert "usage: minigrad" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ("", "the following arguments are required: COMMAND"),
        ("learn", "invalid choice: 'learn'"),
        ("train vgg", "invalid choice: 'vgg'"),
        ("train lenet5 --data letters", "invalid choice: 'letters'"),
        ("train lenet5 --split random", "invalid choice: 'random'"),
        ("train lenet5 --epochs 0", "epochs is 0"),
        ("train lenet5 --epochs many", "argument --epochs: invalid int value: 'many'"),
        ("train lenet5 --batch-size -3", "batch_size is -3"),
        ("train lenet5 --lr nan", "lr is nan"),
        ("train lenet5 --lr -1", "lr is -1.0"),
        ("train lenet5 --seed 99999999999999999999999", "seed"),
        ("train lenet5 --device cuda:999", "device 'cuda"),
        ("train lenet5 --device gpu", "device 'gpu'"),
        ("train lenet5 --resume", "has no checkpoint (last.npz) to resume"),
        ("train lenet5 --resume --overwrite", "not allowed with"),
        ("predict 17", "has no weights: run `minigrad train lenet5` first, or give --weights"),
        ("predict 17 --weights nowhere.npz", "nowhere.npz: there is no such file"),
        ("predict 17 --weights .", ". has no weights"),
        ("predict", "required: FILE|INDEX"),
    ],
)
def test_a_mistake_is_one_sentence_and_leaves_nothing(
    argv: str,
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sentence in error_of(capsys, *argv.split())
    assert not [*tmp_path.iterdir()]


def test_mistakes_with_a_run_in_the_folder(
    trained: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = trained
    before = {path: path.read_bytes() for path in Path(out).iterdir()}
    to = "train", "lenet5", "--out", out
    assert "is of an earlier run: add --resume" in error_of(capsys, *to)
    assert "its seed is 0, not 7" in error_of(capsys, *to, "--resume", "--seed", "7")
    assert "its split is 'stratified', not 'file-order'" in error_of(
        capsys, *to, "--resume", "--split", "file-order"
    )
    assert "its epochs is 1, not 5" in error_of(capsys, *to, "--resume", "--epochs", "5")
    assert "there is no scan 1797" in error_of(capsys, "predict", "1797", "--weights", out)
    assert "none.png is not there" in error_of(capsys, "predict", "none.png", "--weights", out)
    assert {path: path.read_bytes() for path in Path(out).iterdir()} == before


@pytest.mark.parametrize("end", ["SIGINT", "SIGKILL"])
def test_a_run_that_was_ended_goes_on_bit_for_bit(
    end: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = ["train", "lenet5", "--batch-size", "400", "--epochs", "4"]
    cut, whole = str(tmp_path / "cut"), str(tmp_path / "whole")
    command = [sys.executable, "-m", "minigrad", *short, "--out", cut]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("epoch 1/4")
    time.sleep(0.05)
    process.send_signal(signal.Signals[end])
    _, said = process.communicate(timeout=60)
    if end == "SIGINT":
        assert process.returncode == 130
        again = f"minigrad train lenet5 --out {cut} --resume"
        assert said == f"minigrad: stopped; go on from the last whole epoch with: {again}\n"
    assert main(["train", "lenet5", "--out", cut, "--resume"]) == 0
    assert re.match(r"resuming after epoch [123] of 4\n", capsys.readouterr().out)
    assert main([*short, "--out", whole]) == 0
    for name in ("best.safetensors", "last.npz"):
        assert Path(cut, name).read_bytes() == Path(whole, name).read_bytes()


ALONE = """
import sys
for name in ("rich", "PIL", "safetensors", "ml_dtypes"):
    sys.modules[name] = None
from minigrad.cli import main
assert main(["train", "lenet5", "--epochs", "1", "--batch-size", "400"]) == 0
assert main(["predict", "17"]) == 0
sys.exit(main(["predict", "three.png"]))
"""


def test_numpy_alone_is_enough(tmp_path: Path) -> None:
    (tmp_path / "three.png").write_bytes(b"any")
    command = [sys.executable, "-c", ALONE]
    here = {**os.environ, "PYTHONPATH": ROOT}
    done = subprocess.run(command, cwd=tmp_path, env=here, capture_output=True, text=True, check=False)
    assert (
        "the best weights are in NumPy's format, .npz: for .safetensors, pip install 'minigrad[cli]'"
        in done.stdout
    )
    assert TEST_LINE.search(done.stdout) and ", labelled 7" in done.stdout
    assert done.stderr == "minigrad: error: reading a picture needs PIL: pip install 'minigrad[cli]'\n"
    assert done.returncode == 2
    assert sorted(path.name for path in (tmp_path / "runs" / "lenet5").iterdir()) == ["best.npz", "last.npz"]


THREADS = """
import ctypes, pathlib, numpy
from minigrad.cli import one_blas_thread
libs = [*pathlib.Path(numpy.__file__).parent.with_name("numpy.libs").glob("*openblas*")]
one_blas_thread()
print([ctypes.CDLL(str(path)).scipy_openblas_get_num_threads64_() for path in libs])
"""


@pytest.mark.parametrize("asked", [None, "2"])
def test_blas_computes_in_one_thread(asked: str | None) -> None:
    here = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    here |= {"PYTHONPATH": ROOT, **({"OPENBLAS_NUM_THREADS": asked} if asked else {})}
    done = subprocess.run(
        [sys.executable, "-c", THREADS], env=here, capture_output=True, text=True, check=True
    )
    if done.stdout == "[]\n":
        pytest.skip("this NumPy has another BLAS")
    assert done.stdout == "[1]\n"


@pytest.mark.parametrize(("where", "code"), [("| true", 141), (">/dev/full", 2), (">&-", 0)])
def test_output_that_cannot_be_written(trained: tuple[str, str], where: str, code: int) -> None:
    if where == ">/dev/full" and not os.path.exists("/dev/full"):
        pytest.skip("there is no full device here")
    command = f"{{ {sys.executable} -m minigrad predict 0 --weights {trained[0]}; echo $? >&2; }} {where}"
    if where == ">&-":  # of the command alone
        command = f"{sys.executable} -m minigrad predict 0 --weights {trained[0]} >&-; echo $? >&2"
    env = {**os.environ, "PYTHONPATH": ROOT, "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(["bash", "-c", command], env=env, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr and done.stderr.split()[-1] == str(code)


# ---- what is shown --------------------------------------------------------------------------------------------------
def test_a_terminal_gets_a_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with report_for(20) as report:
        assert isinstance(report, Bar)
        report.batch(1, 0.5, 1.25, 0.4)
        report.epoch(1, 1.0, 0.5, 0.75, True)
        report.batch(2, 0.25, 0.75, 0.8)
    shown = capsys.readouterr().out
    assert "epoch 2/20  loss 0.7500  training 80.0%  validation 75.0%" in shown


def test_a_terminal_without_rich_gets_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    with report_for(20) as report:
        report.batch(3, 0.5, 1.25, 0.4)
        report.epoch(3, 1.0, 0.5, 0.75, False)
    assert capsys.readouterr().out == "epoch  3/20  loss 1.0000  training  50.0%  validation  75.0%\n"


def test_the_confusion_table() -> None:
    assert table([[3, 0], [1, 12]]).splitlines() == [
        "digit |    0    1   <- read as",
        "-----------------",
        "    0 |    3    .",
        "    1 |    1   12",
    ]
