"""Reading and writing at thousands of drawn indices of every form, against NumPy and against counting places.

One form NumPy reads otherwise than PyTorch, whose reading is ours: an integer beside arrays and slices. Only PyTorch
takes its dim away first; `places` does so with NumPy, and tests/parity holds it against PyTorch itself.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.core import Tensor
from minigrad.errors import DTypeError, IndexingError, ShapeError

SHAPES = [(), (4,), (3, 4), (2, 3, 4), (2, 1, 3, 2), (0, 3), (3, 0, 2)]


def part(rng: np.random.Generator, n: int, block: tuple[int, ...]) -> Any:
    """One index into a dim of extent n: an integer, a slice, or integers in a list or an array."""
    kind = rng.integers(0, 6)
    if kind <= 1 or not n:
        ends = [None if rng.random() < 0.3 else int(rng.integers(-n - 2, n + 3)) for _ in range(2)]
        return slice(*ends, None if rng.random() < 0.5 else int(rng.choice([-3, -2, -1, 1, 2, 3])))
    if kind == 2:
        return int(rng.integers(-n, n))
    values = rng.integers(-n, n, block)
    if kind == 3 and block:
        return values.tolist()
    return values.astype(rng.choice(["int64", "int32", "int8"]))


def drawn(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """An index of a few parts, masks, new dims and an Ellipsis among them."""
    block = [(2,), (1,), (3, 2), (), (0,)][rng.integers(0, 5)]
    parts: list[Any] = []
    d, masked = 0, False
    stop = rng.integers(0, len(shape) + 1)
    while d < stop:
        wide = int(rng.integers(1, len(shape) - d + 1))
        if rng.random() < 0.15 and not masked:
            mask = rng.random(shape[d : d + wide]) < 0.5
            if block != (2,) or mask.sum() != 2:
                block = (int(mask.sum()),)
            parts.append(mask)
            masked, d = True, d + wide
        else:
            parts.append(part(rng, shape[d], block))
            d += 1
    for extra in (None, None):
        if rng.random() < 0.2:
            parts.insert(rng.integers(0, len(parts) + 1), extra)
    if rng.random() < 0.3:
        if rng.random() < 0.5 or stop == len(shape):
            parts.append(Ellipsis)
        else:  # what follows counts from the end
            parts.append(Ellipsis)
            parts.append(part(rng, shape[-1], block))
    return parts[0] if len(parts) == 1 and rng.random() < 0.5 else tuple(parts)


def as_tensors(index: Any, rng: np.random.Generator) -> Any:
    """Some of the arrays of an index as tensors."""
    if isinstance(index, tuple):
        return tuple(as_tensors(i, rng) for i in index)
    return mg.tensor(index) if isinstance(index, np.ndarray) and rng.random() < 0.5 else index


def places(shape: tuple[int, ...], index: Any) -> np.ndarray:
    """Where in memory order the elements are that `index` names: integers first, from the last dim on."""
    x = np.arange(math.prod(shape)).reshape(shape)
    want = x[index]  # what NumPy refuses is refused
    if not isinstance(index, tuple) or not any(
        p is None or p is Ellipsis or isinstance(p, slice) for p in index
    ):
        return want
    if not any(np.ndim(p) for p in index if not isinstance(p, slice) and p is not None and p is not Ellipsis):
        return want
    wide = [0 if p is None else p.ndim if getattr(p, "dtype", None) == np.bool_ else 1 for p in index]
    skipped = len(shape) - sum(w for p, w in zip(index, wide, strict=True) if p is not Ellipsis)
    wide = [skipped if p is Ellipsis else w for p, w in zip(index, wide, strict=True)]
    rest = []
    for k in reversed(range(len(index))):
        one = index[k] is not None and index[k] is not Ellipsis and not isinstance(index[k], slice)
        if one and np.ndim(index[k]) == 0 and not isinstance(index[k], (bool, np.bool_)):
            x = np.take(x, int(index[k]), axis=sum(wide[:k]))
        else:
            rest.append(index[k])
    return x[tuple(rest[::-1])]


@pytest.mark.parametrize("seed", range(40))
def test_every_form(seed: int) -> None:
    rng = np.random.default_rng(seed)
    checked = 0
    for _ in range(60):
        shape = SHAPES[rng.integers(0, len(SHAPES))]
        index = drawn(rng, shape)
        x = rng.standard_normal(shape)
        ours = as_tensors(index, rng)
        try:
            want = places(shape, index)
        except (IndexError, ValueError):
            with pytest.raises((IndexingError, ShapeError), match="getitem: x "):
                mg.tensor(x)[ours]
            with pytest.raises((IndexingError, ShapeError), match="setitem: x "):
                mg.tensor(x)[ours] = 1.0
            continue
        checked += 1
        read(rng, x, ours, np.asarray(want))
        written(rng, x, ours, np.asarray(want))
    assert checked > 25


def read(rng: np.random.Generator, x: np.ndarray, ours: Any, where: np.ndarray) -> None:
    """The values, and their gradient: each place's, summed over the times that it was read."""
    t = mg.tensor(x, requires_grad=True)
    y = t[ours]
    assert y.shape == where.shape and (y.detach().numpy() == x.ravel()[where]).all()
    w = rng.standard_normal(y.shape)
    y.backward(mg.tensor(w))
    gradient = np.bincount(where.ravel(), np.ravel(w), x.size) if x.size else np.zeros(0)
    np.testing.assert_allclose(t.grad.numpy(), gradient.reshape(x.shape), 1e-14, 1e-14)


def written(rng: np.random.Generator, x: np.ndarray, ours: Any, where: np.ndarray) -> None:
    """The last of the writes to one place stays, and has the gradient of it; what was there has none."""
    kept = where.shape[int(rng.integers(0, where.ndim + 1)) :]
    v = rng.standard_normal([1 if rng.random() < 0.3 else n for n in kept])
    want = x.copy()
    want.reshape(-1)[where] = v
    plain = mg.tensor(x)
    plain[ours] = mg.tensor(v)
    assert (plain.numpy() == want).all()
    t, value = mg.tensor(x, requires_grad=True), mg.tensor(v, requires_grad=True)
    y = t * 1.0
    y[ours] = value
    assert (y.detach().numpy() == want).all()
    w = rng.standard_normal(x.shape)
    y.backward(mg.tensor(w))
    origin = np.full(x.shape, -1)
    origin.reshape(-1)[where] = np.broadcast_to(np.arange(v.size).reshape(v.shape), where.shape)
    assert (t.grad.numpy() == np.where(origin < 0, w, 0.0)).all()
    gradient = np.array([w[origin == k].sum() for k in range(v.size)]).reshape(v.shape)
    np.testing.assert_allclose(value.grad.numpy(), gradient, 1e-13, 1e-13)


def test_single_bools_are_masks_of_no_dims() -> None:
    x = np.arange(6.0).reshape(2, 3)
    for index in (True, False, (True, 1), (slice(None), True), (None, False), np.array(True), [True, False]):
        t = mg.tensor(x, requires_grad=True)
        y = t[index]
        assert y.shape == x[index].shape and (y.detach().numpy() == x[index]).all()
        y.sum().backward()
        want = np.zeros_like(x)
        want[index] = 1.0
        assert (t.grad.numpy() == want).all()
    assert mg.tensor(x)[mg.tensor(True)].shape == (1, 2, 3)


def test_other_integers() -> None:
    x = mg.tensor(np.arange(12).reshape(3, 4))
    assert x[np.int64(1), np.uint8(2)].item() == x[mg.tensor(1), 2].item() == x[1, mg.tensor(2)].item() == 6
    assert x[mg.tensor(0) : mg.tensor(2), 1].tolist() == [1, 5]
    assert x[range(2)].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert x[[[0, 1], [2, 0]], [[1, 1], [3, 0]]].tolist() == [[1, 5], [11, 0]]
    assert x[[mg.tensor(2), 0]].shape == (2, 4)


def test_what_is_refused() -> None:
    x = mg.zeros(3, 4)
    refused: list[tuple[Any, str]] = [
        (3, "index 3 is out of bounds"),
        ((0, -5), "index -5 is out of bounds"),
        ((0, 0, 0), "too many indices"),
        ((..., ...), "single ellipsis"),
        (1.0, "only integers"),
        (mg.tensor(1.0), "only integers|must be of integer|arrays used as indices"),
        (mg.tensor([1.0]), "arrays used as indices must be of integer"),
        ("a", "only integers"),
        ([0, 5], "index 5 is out of bounds"),
        (np.array([True, False]), "boolean index did not match"),
        (([0, 1], [0, 1, 2]), "could not be broadcast"),
        (slice(None, None, 0), "slice step cannot be zero"),
        (slice(0.5, None), "slice indices must be integers"),
        ([[0, 1], [2]], "inhomogeneous|ragged"),
    ]
    for index, match in refused:
        for use in (lambda i=index: x[i], lambda i=index: x.__setitem__(i, 1.0)):
            with pytest.raises((IndexingError, ShapeError, DTypeError), match=f"item: x .*({match})"):
                use()
    assert x.tolist() == np.zeros((3, 4)).tolist()
    for value, error in [(mg.zeros(3), ShapeError), (np.zeros((2, 3, 4)), ShapeError), ("a", DTypeError)]:
        with pytest.raises(error):
            x[1] = value


def test_a_slice_of_a_slice_writes_to_the_whole() -> None:
    x = mg.zeros(4, 4)
    x[1:][:, ::2][mg.tensor(0)] = 5.0
    assert x[1].tolist() == [5.0, 0.0, 5.0, 0.0] and isinstance(x[0], Tensor)
