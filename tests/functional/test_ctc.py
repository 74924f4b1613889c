"""CTC loss against the sum over all paths, counted one by one; its gradient, its ends, and what it refuses."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from op_samples.case import f

import minigrad as mg
from minigrad import functional as F
from minigrad.errors import ArgumentError, DTypeError, IndexingError, ShapeError
from minigrad.testing import gradcheck, gradgradcheck


def spelled(path: tuple[int, ...], blank: int) -> list[int]:
    """What a path says: repeats of a class are one, blanks are nothing."""
    return [c for c, _ in itertools.groupby(path) if c != blank]


def negative_log_likelihood(probs: Any, labels: list[int], blank: int = 0) -> float:
    """Over every path of the length of probs."""
    steps, classes = probs.shape
    total = sum(
        math.prod(probs[t, c] for t, c in enumerate(path))
        for path in itertools.product(range(classes), repeat=steps)
        if spelled(path, blank) == labels
    )
    return -math.log(total) if total else math.inf


def probabilities(*shape: int, seed: str = "p") -> Any:
    raw = f(*shape, low=0.1, high=1.0, seed=seed)
    return raw / raw.sum(-1, keepdims=True)


@pytest.mark.parametrize("blank", [0, 1, 2])
@pytest.mark.parametrize("labels", [[], [0], [0, 1], [0, 0], [1, 0, 1], [0, 0, 0], [0, 1, 0, 1, 0]], ids=str)
@pytest.mark.parametrize("steps", [1, 3, 5])
def test_it_is_the_sum_over_all_paths(steps: int, labels: list[int], blank: int) -> None:
    names = [c for c in range(3) if c != blank]
    wanted = [names[k] for k in labels]
    p = probabilities(steps, 3)
    loss = F.ctc_loss(
        mg.tensor(np.log(p[:, None])),
        mg.tensor([wanted], dtype=mg.int64).reshape(1, len(wanted)),
        [steps],
        [len(wanted)],
        blank,
        "none",
    )
    assert loss.item() == pytest.approx(negative_log_likelihood(p, wanted, blank), rel=1e-12, abs=1e-12)


ROWS = [[1, 2], [2], [], [2, 2]]
COUNTS = [2, 1, 0, 2]
STEPS = [4, 2, 3, 3]


def batch() -> tuple[Any, list[float]]:
    p = probabilities(4, 4, 3)
    return p, [negative_log_likelihood(p[:n, k], ROWS[k]) for k, n in enumerate(STEPS)]


@pytest.mark.parametrize("form", ["padded", "joined"])
def test_a_batch_of_different_lengths(form: str) -> None:
    p, each = batch()
    padded = [row + [1] * (3 - len(row)) for row in ROWS]
    targets = mg.tensor(padded if form == "padded" else [c for row in ROWS for c in row])
    lp = mg.tensor(np.log(p))
    for lengths in ((STEPS, COUNTS), (mg.tensor(STEPS), mg.tensor(COUNTS)), (tuple(STEPS), tuple(COUNTS))):
        none = F.ctc_loss(lp, targets, *lengths, reduction="none")
        np.testing.assert_allclose(none.numpy(), each, rtol=1e-12)
        assert F.ctc_loss(lp, targets, *lengths, reduction="sum").item() == pytest.approx(sum(each))
        share = [loss / max(n, 1) for loss, n in zip(each, COUNTS, strict=True)]
        assert F.ctc_loss(lp, targets, *lengths).item() == pytest.approx(sum(share) / 4)


def test_gradients_are_those_of_the_formula() -> None:
    """For log probabilities themselves, whichever they are: PyTorch's hold only behind log_softmax."""
    lp = mg.tensor(np.log(batch()[0]), requires_grad=True)
    targets = mg.tensor([row + [1] * (2 - len(row)) for row in ROWS])
    for reduction in ("none", "mean"):
        fn = lambda x, r=reduction: F.ctc_loss(x, targets, STEPS, COUNTS, reduction=r)  # noqa: E731
        assert gradcheck(fn, [lp]) and gradgradcheck(fn, [lp])


def test_what_lies_beyond_a_sequence_has_no_part_in_it() -> None:
    p, _ = batch()
    lp = mg.tensor(np.log(p), requires_grad=True)
    F.ctc_loss(lp, mg.tensor([1, 2, 2, 2, 2]), STEPS, COUNTS, reduction="sum").backward()
    for k, n in enumerate(STEPS):
        assert not lp.grad.numpy()[n:, k].any() and lp.grad.numpy()[:n, k].any()


@pytest.mark.parametrize("zero_infinity", [False, True])
def test_too_few_steps_for_the_labels(zero_infinity: bool) -> None:
    lp = mg.tensor(np.log(probabilities(2, 2, 3)), requires_grad=True)
    targets = mg.tensor([[1, 1], [1, 2]])
    loss = F.ctc_loss(lp, targets, [2, 2], [2, 2], reduction="none", zero_infinity=zero_infinity)
    assert loss[0].item() == (0.0 if zero_infinity else math.inf) and math.isfinite(loss[1].item())
    loss.sum().backward()
    assert not lp.grad.numpy()[:, 0].any() and np.isfinite(lp.grad.numpy()).all()


def test_probabilities_of_zero() -> None:
    with np.errstate(divide="ignore"):
        lp = mg.tensor(np.log(np.eye(3)[[[1], [0], [1], [2]]]), requires_grad=True)
    loss = F.ctc_loss(lp, mg.tensor([[1, 1, 2]]), [4], [3], reduction="sum")
    loss.backward()
    assert loss.item() == 0.0 and np.isfinite(lp.grad.numpy()).all()
    assert F.ctc_loss(lp, mg.tensor([[2]]), [4], [1], reduction="sum").item() == math.inf


def test_long_sequences_do_not_underflow() -> None:
    steps = 2000
    lp = mg.tensor(np.full((steps, 1, 4), math.log(0.25), np.float32), requires_grad=True)
    loss = F.ctc_loss(lp, mg.ones(1, 5, dtype=mg.int64), [steps], [5], reduction="sum")
    loss.backward()
    # 5 equal labels, runs of one or more, parted by runs of blanks, which may also stand at both ends
    log_ways = math.lgamma(steps + 5 + 1) - math.lgamma(10 + 1) - math.lgamma(steps - 5 + 1)
    assert loss.item() == pytest.approx(steps * math.log(4) - log_ways, rel=3e-5)
    np.testing.assert_allclose(lp.grad.numpy().sum((1, 2)), -1.0, rtol=2e-3)  # one class at each step


def test_nothing() -> None:
    empty = F.ctc_loss(mg.zeros(3, 0, 4), mg.zeros(0, 2, dtype=mg.int64), [], [], reduction="none")
    assert empty.shape == (0,)
    sure = F.ctc_loss(mg.zeros(0, 1, 4), mg.zeros(1, 0, dtype=mg.int64), [0], [0], reduction="none")
    assert sure.tolist() == [0.0]
    assert F.ctc_loss(
        mg.zeros(0, 1, 4), mg.ones(1, 1, dtype=mg.int64), [0], [1], reduction="none"
    ).tolist() == [math.inf]


lp, ok = mg.zeros(4, 2, 3), mg.tensor([[1, 2], [2, 1]])
REFUSED: list[tuple[tuple[Any, ...], dict[str, Any], type[Exception], str]] = [
    (
        (lp[0, 0], ok, [4, 4], [2, 2]),
        {},
        ShapeError,
        r"log_probs is float32\[3\], where \(T, N, C\) or \(T, C\)",
    ),
    ((lp.long(), ok, [4, 4], [2, 2]), {}, DTypeError, "floating log_probs and integer targets"),
    ((lp, ok * 1.0, [4, 4], [2, 2]), {}, DTypeError, "floating log_probs and integer targets"),
    ((lp, ok, [4], [2, 2]), {}, ShapeError, "input_lengths has 1 lengths, log_probs 2 sequences"),
    ((lp, ok, [4, 4], [2, 2, 2]), {}, ShapeError, "target_lengths has 3 lengths"),
    ((lp, ok, [4, 5], [2, 2]), {}, ArgumentError, r"input_lengths\[1\] is 5, where 0 to 4 is wanted"),
    ((lp, ok, [4, 4], [-1, 2]), {}, ArgumentError, r"target_lengths\[0\] is -1, where at least 0"),
    (
        (lp, ok, [4, 4], [2, 3]),
        {},
        ShapeError,
        r"targets is int64\[2, 2\], where \(2, at least 3\) is wanted",
    ),
    ((lp, ok[0], [4, 4], [2, 2]), {}, ShapeError, "target_lengths add up to 4"),
    ((lp, ok + 1, [4, 4], [2, 2]), {}, IndexingError, "targets of sequence 0 lie outside of the 3 classes"),
    ((lp, ok - 1, [4, 4], [2, 2]), {}, IndexingError, "targets of sequence 0 hold the blank, 0"),
    ((lp, ok, [4, 4], [2, 2]), {"blank": 3}, ArgumentError, "blank is 3, where one of 3 classes"),
    ((lp, ok, [4, 4], [2, 2]), {"reduction": "best"}, ArgumentError, "reduction is 'best'"),
    ((lp, [[1]], [4, 4], [2, 2]), {}, DTypeError, "targets"),
    ((lp, ok, [4.5, 4], [2, 2]), {}, DTypeError, r"input_lengths\[0\] is"),
]


@pytest.mark.parametrize(("args", "params", "error", "match"), REFUSED)
def test_what_is_refused(args: Any, params: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match) as caught:
        F.ctc_loss(*args, **params)
    assert str(caught.value).startswith("ctc_loss: ")
