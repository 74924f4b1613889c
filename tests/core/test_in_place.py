"""In-place changes: the gradient is right, or an error names the op and the line."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import minigrad as mg
from minigrad import writes
from minigrad.autograd import detect_anomaly, grad
from minigrad.core import Tensor
from minigrad.errors import DTypeError, GradientError, ShapeError

rng = np.random.default_rng(0)


def leaf(*shape: int, dtype: str = "float64") -> Tensor:
    """A random leaf that requires grad."""
    return Tensor(np.asarray(rng.standard_normal(shape), dtype), True)


def values(t: Tensor) -> np.ndarray:
    """The values, whatever the graph."""
    return np.asarray(t.detach().numpy())


def test_a_saved_value_that_was_changed_is_an_error_that_names_op_and_line() -> None:
    x, w = leaf(3), leaf(3)
    y = (x * w).sum()
    with mg.no_grad():
        w += 1.0
    with pytest.raises(
        GradientError, match=r"mul: a value saved for its gradient was changed in place at .*test_in_place"
    ):
        y.backward()
    (x * w).sum().backward()  # saved after the write


def test_a_write_through_a_view_is_noticed() -> None:
    x, h = leaf(2), Tensor(rng.standard_normal(3))
    y = (x * h[1:]).sum()
    h[0] = 5.0
    with pytest.raises(GradientError, match="changed in place"):
        y.backward()


def test_what_saved_nothing_does_not_mind_a_write() -> None:
    x, w = leaf(3), leaf(3)
    y = (x + w).sum()
    with mg.no_grad():
        w += 1.0
    y.backward()


def test_anomaly_mode_names_the_line_of_the_op() -> None:
    x = leaf(3)
    with detect_anomaly():
        y = mg.exp(x)
    with mg.no_grad():
        y += 1.0
    with pytest.raises(
        GradientError, match=r"exp \(at .*test_in_place.py:\d+\).*changed in place at .*test_in_place.py"
    ):
        y.sum().backward()


def test_recorded_writes_have_the_right_gradient() -> None:
    x = leaf(4)
    h = mg.exp(x)
    h *= x  # exp saved h: it keeps the old memory
    h += 1.0
    h[1] = x[0] * 2.0
    h[2] += x[3]
    (g,) = grad((h * h).sum(), x)

    v = values(x)
    h0, h2, h3 = np.exp(v[0]) * v[0] + 1, np.exp(v[2]) * v[2] + 1 + v[3], np.exp(v[3]) * v[3] + 1

    def slope(k: int) -> float:
        return np.exp(v[k]) * (1 + v[k])

    wanted = [2 * h0 * slope(0) + 2 * (2 * v[0]) * 2, 0.0, 2 * h2 * slope(2), 2 * h3 * slope(3) + 2 * h2]
    np.testing.assert_allclose(values(g), wanted)


def test_a_buffer_filled_row_by_row() -> None:
    x, rows = leaf(4), mg.zeros(3, 2, dtype=mg.float64)
    for i in range(3):
        rows[i] = x[:2] * float(i)
    np.testing.assert_array_equal(values(grad(rows.sum(), x)[0]), [3, 3, 0, 0])


def test_a_view_of_memory_that_was_left_behind_is_refused() -> None:
    x = leaf(4)
    h = x * 2.0
    v = h[1:]
    h *= x
    with pytest.raises(GradientError, match="shares memory with one changed in place at .*test_in_place.py"):
        v * 2.0
    h = x * 2.0
    v = h[1:]
    v *= x[1:]
    with pytest.raises(GradientError, match="shares memory"):
        h.sum()


def test_stale_memory_is_forgotten_when_it_goes() -> None:
    before = len(writes.stale)
    x = leaf(4)
    h = x * 2.0
    h *= x
    del h
    gc.collect()
    assert len(writes.stale) <= before


def test_a_leaf_changes_only_under_no_grad() -> None:
    x = leaf(3)
    with pytest.raises(
        GradientError, match=r"add_: a leaf that requires grad changes in place only under no_grad"
    ):
        x += 1.0
    with pytest.raises(GradientError, match="leaf"):
        x[0] = 1.0
    with mg.no_grad():
        x += 1.0


def test_a_result_that_does_not_fit_is_refused() -> None:
    x = mg.ones(2)
    with pytest.raises(ShapeError, match=r"add_: float32\[2\] cannot hold the result float32\[3, 2\]"):
        x += mg.ones(3, 2)
    i = mg.tensor([1, 2])
    with pytest.raises(DTypeError, match="cannot hold the result float32"):
        i += 0.5
    assert i.tolist() == [1, 2]


def test_a_piece_that_moved_away_may_go_back_only_to_its_own_place() -> None:
    w = leaf(1)
    y = leaf(2) * 1.0
    p = y[0]
    p += w[0]
    with pytest.raises(GradientError, match="shares memory with one changed in place"):
        y[1] = p
    y = leaf(2) * 1.0
    y[0] += w[0]
    assert grad(y.sum(), w)[0].tolist() == [1.0]


@pytest.mark.parametrize("view", [lambda w: w[:1], lambda w: w.reshape(3, 1).T[0], lambda w: w.split(1)[0]])
def test_a_view_of_a_leaf_changes_only_under_no_grad(view: object) -> None:
    w = leaf(3)
    v = view(w)  # type: ignore[operator]
    with pytest.raises(
        GradientError, match="a view of a leaf that requires grad changes in place only under no_grad"
    ):
        v += 1.0
    before = w.tolist()
    with mg.no_grad():
        view(w).add_(1.0)  # type: ignore[operator]
    assert w.tolist()[0] == before[0] + 1.0
    c = (w * 1.0)[:1]
    c += 1.0  # of a result, it is recorded
    assert grad(c.sum(), w)[0].tolist() == [1.0, 0.0, 0.0]
