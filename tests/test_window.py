"""The geometry of convolution and pooling, against counting window by window."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.errors import ArgumentError, DTypeError, ShapeError
from minigrad.window import Window, adaptive, cross, fractional, inside, pool_window, spread


def count(n: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> int:
    """Windows of one dim, one after another; in ceil_mode one more for what is left, if it begins in time."""
    found, start = 0, -p
    while start + d * (k - 1) < n + p:
        found, start = found + 1, start + s
    left = n + p - (start - s + d * (k - 1) + 1) if found else s - (d * (k - 1) + 1 - n - 2 * p)
    return found + (ceil_mode and left > 0 and start < n)


small = st.integers(1, 5)


@given(st.integers(0, 12), small, small, st.integers(0, 4), small, st.booleans())
def test_extents(n: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> None:
    p = min(p, k // 2) if ceil_mode else p  # as pooling wants it
    window, want = Window("op", (k,), s, p, d, ceil_mode), count(n, k, s, p, d, ceil_mode)
    assert window.windows(0, n) == want or max(window.windows(0, n), want) < 1
    if want < 1:
        with pytest.raises(ShapeError, match="op: the window spans"):
            window.extents((n,))
    else:
        assert window.extents((n,)) == (want,)


@given(st.integers(1, 12), small, small, st.integers(0, 4), small)
def test_seen_and_counts(n: int, k: int, s: int, p: int, d: int) -> None:
    window = Window("op", (k,), s, p, d)
    windows = window.windows(0, n)
    if windows < 1:
        return
    places = [[o * s + i * d - p for i in range(k)] for o in range(windows)]
    for tap in range(k):
        see, seen = window.seen(0, tap, windows, n)
        want = [(o, places[o][tap]) for o in range(windows) if 0 <= places[o][tap] < n]
        assert [*zip(range(windows)[see], range(n)[seen], strict=True)] == want
    assert window.counts(0, n, padded=False) == [sum(0 <= at < n for at in row) for row in places]
    assert window.counts(0, n, padded=True) == [k] * windows


@given(st.integers(-9, 9), small, st.integers(0, 6), st.integers(0, 9))
def test_inside(start: int, step: int, windows: int, n: int) -> None:
    low, high = inside(start, step, windows, n)
    assert 0 <= low <= high <= windows
    assert [*range(low, high)] == [k for k in range(windows) if 0 <= start + k * step < n]


@given(st.integers(1, 9), small, small, st.integers(0, 3), small, st.data())
def test_inputs_give_that_many_windows(o: int, k: int, s: int, p: int, d: int, data: st.DataObject) -> None:
    window = Window("op", (k,), s, p, d)
    more = data.draw(st.integers(0, s - 1))
    if (o - 1) * s + d * (k - 1) + 1 - 2 * p + more < 1:
        with pytest.raises(ShapeError, match="leaves an output of"):
            window.inputs((o,), more)
    else:
        (n,) = window.inputs((o,), more)
        assert window.extents((n,)) == (o,)
        assert more or n == 1 or window.windows(0, n - 1) < o


@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_same_keeps_the_extents(kernel: int, dilation: int) -> None:
    window = Window("op", (kernel,), padding="same", dilation=dilation)
    assert [window.extents((n,)) for n in range(1, 9)] == [(n,) for n in range(1, 9)]
    ((before, after),) = window.padding
    assert after - before == dilation * (kernel - 1) % 2  # the odd element comes at the end


def test_ceil_mode_counts_no_window_in_the_end_padding() -> None:
    assert pool_window("op", 2, 2, 1, ceil_mode=True).extents((3, 4)) == (2, 3)
    assert pool_window("op", 2, 3, 1, ceil_mode=True).extents((4, 4)) == (2, 2)  # a third would begin at 5
    overhang = pool_window("op", (3, 1), (2, 1), 0, ceil_mode=True)
    assert overhang.extents((6, 1)) == (3, 1) and overhang.counts(0, 6, padded=True) == [3, 3, 2]


def test_any_number_of_dims() -> None:
    assert Window("op", (3,), 2).extents((9,)) == (4,)
    assert Window("op", (3, 1, 2), (1, 2, 3), (1, 0, 1), (2, 1, 1)).extents((5, 5, 5)) == (3, 3, 2)
    assert pool_window("op", 2, None, 0, dims=3).extents((4, 5, 6)) == (2, 2, 3)
    assert Window("op", (2, 2, 2), padding="same").padding == ((0, 1),) * 3


def test_valid_is_no_padding() -> None:
    assert Window("op", (3, 2), 2, "valid").padding == ((0, 0), (0, 0))


@pytest.mark.parametrize("value", [2, np.int64(2), [2, 2], (np.int32(2), 2)], ids=repr)
def test_spread_takes_integers_of_all_kinds(value: Any) -> None:
    assert spread("op", "stride", value, 2, 1) == (2, 2)
    assert all(type(v) is int for v in spread("op", "stride", value, 2, 1))


@pytest.mark.parametrize(
    ("error", "match", "call"),
    [
        (DTypeError, "op: stride is 1.5, where an integer or 2 of them", lambda: Window("op", (2, 2), 1.5)),
        (DTypeError, "op: stride is True", lambda: Window("op", (2, 2), True)),
        (DTypeError, r"op: dilation is \(1, '1'\)", lambda: Window("op", (2, 2), dilation=(1, "1"))),
        (DTypeError, "op: kernel_size is 'ab'", lambda: pool_window("op", "ab", None, 0)),
        (DTypeError, "op: padding is None", lambda: Window("op", (2, 2), padding=None)),
        (
            ArgumentError,
            r"op: stride is \(1, 2, 3\), where one integer or 2",
            lambda: Window("op", (2, 2), (1, 2, 3)),
        ),
        (ArgumentError, "op: stride is 0, where at least 1", lambda: Window("op", (2, 2), 0)),
        (ArgumentError, r"op: dilation is \(1, -1\)", lambda: Window("op", (2, 2), dilation=(1, -1))),
        (ArgumentError, r"op: kernel_size is \(0, 2\)", lambda: Window("op", (0, 2))),
        (ArgumentError, "op: padding is -1, where at least 0", lambda: Window("op", (2, 2), padding=-1)),
        (
            ArgumentError,
            "op: padding is 'full', where integers",
            lambda: Window("op", (2, 2), padding="full"),
        ),
        (
            ArgumentError,
            r"'same' wants stride 1, it is \(2, 1\)",
            lambda: Window("op", (2, 2), (2, 1), "same"),
        ),
        (ArgumentError, "padding 2 is more than half", lambda: pool_window("op", 3, None, 2)),
        (
            ArgumentError,
            r"output_padding \(1, 1\) is not below",
            lambda: Window("op", (2, 2)).inputs((2, 2), 1),
        ),
        (ArgumentError, "output_padding is -1", lambda: Window("op", (2, 2), 2).inputs((2, 2), -1)),
        (
            ShapeError,
            "spans 5 x 3, the padded input has 4 x 6",
            lambda: Window("op", (3, 3), 1, (0, 1), (2, 1)).extents((4, 4)),
        ),
    ],
)
def test_what_is_refused(error: type[Exception], match: str, call: Any) -> None:
    with pytest.raises(error, match=match):
        call()


def test_cross() -> None:
    assert cross((3, 4, 5)) == "3 x 4 x 5"


# ---- windows that an output size places -----------------------------------------------------------------------------
@given(st.integers(1, 30), st.integers(0, 30))
def test_adaptive_windows_are_the_elements_with_a_part_in_their_share(n: int, windows: int) -> None:
    found = adaptive(n, windows)
    assert found == [
        (min(inside), max(inside) + 1)
        for o in range(windows)
        if (inside := [i for i in range(n) if i * windows < (o + 1) * n and (i + 1) * windows > o * n])
    ]
    assert len(found) == windows


@given(st.integers(1, 6), st.integers(0, 8), st.integers(0, 9), st.data())
def test_fractional_windows_lie_inside_one_after_another(
    k: int, m: int, spare: int, data: st.DataObject
) -> None:
    n = max(m + k - 1, k) + spare
    u = data.draw(st.lists(st.floats(0, 1, exclude_max=True, width=32), min_size=3, max_size=3))
    for dtype in (np.float32, np.float64):
        found = fractional(np, np.array(u, dtype), n, k, m)
        assert found.shape == (3, m) and found.dtype == np.int64
        if m:
            step = (n - k) / max(m - 1, 1)
            assert (found[:, -1] == n - k).all() and (m == 1 or (found[:, 0] == 0).all())
            assert (np.diff(found) >= int(step)).all() and (np.diff(found) <= step + 1).all()


def test_the_smallest_input_and_a_chosen_output() -> None:
    window = Window("op", (3, 2), (2, 3), (1, 0))
    assert window.smallest((4, 1)) == (7, 2) and window.smallest((1, 1)) == (1, 2)
    assert Window("op", (2,), 1, 3).smallest((1,)) == (-4,)
    assert window.chosen([7, 2], 2) == window.chosen((5, 1, 7, 2), 2) == window.chosen((1, 7, 2), 1) == (7, 2)
    for size in ((7,), 7, (1, 2, 3)):
        with pytest.raises(ArgumentError, match="op: output_size is .*, where 2 or 4 integers"):
            window.chosen(size, 2)
