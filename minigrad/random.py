"""Random tensors from a counter: a Generator is two numbers, and the same on every device.

Nothing random in minigrad comes from anywhere else. Ops take a key, which `Generator.next_key` gives out.
"""

from __future__ import annotations

import operator
import os
import threading
from math import prod
from typing import Any

from .backend import as_array, namespace_for
from .core import Tensor
from .dtypes import FLOATS, INTS, as_dtype, bool_, finfo, get_default_dtype, int64
from .errors import ArgumentError, DTypeError, ShapeError, StateError, clear

__all__ = [
    "Generator",
    "default_generator",
    "get_state",
    "initial_seed",
    "manual_seed",
    "normal",
    "rand",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "randperm",
    "set_state",
]

Key = tuple[int, int]

_lock = threading.Lock()  # one for all generators, so that they can be copied and pickled


class Generator:
    """A stream of random numbers: a seed, and how many blocks of it are used.

    Args:
        seed: any integer from -2**63 to 2**64 - 1. Default: one from the operating system.

    Raises:
        ArgumentError: if the seed is not such an integer.

    >>> g = Generator(7)
    >>> g.next_key(10), g.next_key(1), g.get_state()
    ((7, 0), (7, 5), {'seed': 7, 'offset': 6})
    """

    def __init__(self, seed: int | None = None) -> None:
        self._seed = int.from_bytes(os.urandom(8), "little") if seed is None else checked_seed(seed)
        self._offset = 0

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream of a seed from its beginning.

        Raises:
            ArgumentError: if the seed is not an integer from -2**63 to 2**64 - 1.
        """
        value = checked_seed(seed)
        with _lock:
            self._seed, self._offset = value, 0
        return self

    def initial_seed(self) -> int:
        """The seed of the stream."""
        return self._seed

    def next_key(self, count: int) -> Key:
        """A key to draw up to `count` numbers from; no later key shares any with it. Thread-safe."""
        with _lock:
            key = self._seed, self._offset
            self._offset += (operator.index(count) + 1) // 2  # a block makes two numbers of any kind
        return key

    def get_state(self) -> dict[str, int]:
        """The whole state: `seed`, and `offset` in blocks of 128 bits."""
        with _lock:
            return {"seed": self._seed, "offset": self._offset}

    def set_state(self, state: dict[str, int]) -> None:
        """Go on from where `get_state` was called.

        Raises:
            StateError: if `state` is not a dict as `get_state` gives it.
        """
        try:
            seed, offset = (operator.index(state[k]) for k in ("seed", "offset"))
            fits = len(state) == 2 and 0 <= seed < 1 << 64 and 0 <= offset < 1 << 128
        except (TypeError, KeyError):
            fits = False
        if not fits:
            raise StateError(
                f"Generator.set_state: {state!r} is not what get_state gave: a dict of seed and offset"
            )
        with _lock:
            self._seed, self._offset = seed, offset

    def __repr__(self) -> str:
        return "Generator(seed={seed}, offset={offset})".format(**self.get_state())


def checked_seed(seed: Any) -> int:
    """A seed as 64 bits without sign."""
    try:
        value = operator.index(seed)
    except TypeError:
        raise ArgumentError(f"seed: {seed!r} is not an integer") from None
    if not -(1 << 63) <= value < 1 << 64:
        raise ArgumentError(f"seed: {seed} is outside -2**63 to 2**64 - 1")
    return value & 0xFFFFFFFFFFFFFFFF


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Seed the generator that all draws use unless told otherwise, and return it.

    >>> import minigrad as mg
    >>> _ = mg.manual_seed(0); a = mg.rand(3)
    >>> _ = mg.manual_seed(0); bool((a == mg.rand(3)).all())
    True
    """
    return default_generator.manual_seed(seed)


def initial_seed() -> int:
    """The seed of the default generator."""
    return default_generator.initial_seed()


def get_state() -> dict[str, int]:
    """The state of the default generator."""
    return default_generator.get_state()


def set_state(state: dict[str, int]) -> None:
    """Set the state of the default generator: see `Generator.set_state`."""
    default_generator.set_state(state)


def extents(name: str, size: tuple[Any, ...]) -> tuple[int, ...]:
    """A shape given as numbers or as one sequence."""
    given = size[0] if len(size) == 1 and hasattr(size[0], "__len__") else size
    try:
        shape = tuple(operator.index(n) for n in given)
    except TypeError:
        raise ShapeError(f"{name}: size {given!r} is not made of integers") from None
    if any(n < 0 for n in shape):
        raise ShapeError(f"{name}: size {shape} has a negative extent")
    return shape


def source(generator: Generator | None) -> Generator:
    """The generator that was given, or the default one."""
    if generator is not None and not isinstance(generator, Generator):
        raise DTypeError(f"generator is a {type(generator).__name__}, where a minigrad.Generator is wanted")
    return generator or default_generator


def floating(name: str, dtype: Any) -> Any:
    """A floating dtype, the default one for None."""
    found = get_default_dtype() if dtype is None else as_dtype(dtype)
    if found not in FLOATS:
        raise DTypeError(f"{name}: dtype {found} is not floating; randint draws integers")
    return found


def draw(
    kind: str, shape: tuple[int, ...], dtype: Any, device: str | None, generator: Generator | None
) -> Any:
    """An array of uniform or normal numbers."""
    xp = namespace_for(device)
    key = source(generator).next_key(prod(shape))
    return getattr(xp, kind)(key, shape, dtype)


def rand(
    *size: Any,
    generator: Generator | None = None,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Uniform numbers in [0, 1).

    Raises:
        ShapeError: if `size` is not made of integers >= 0.
        DTypeError: if `dtype` is not floating.

    >>> rand(2, 3).shape
    (2, 3)
    """
    shape = extents("rand", size)
    y = draw("philox_uniform", shape, floating("rand", dtype), device, generator)
    return Tensor(y, requires_grad)


def randn(
    *size: Any,
    generator: Generator | None = None,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Standard normal numbers.

    Raises:
        ShapeError: if `size` is not made of integers >= 0.
        DTypeError: if `dtype` is not floating.

    >>> randn(4, generator=Generator(0))
    tensor([-0.2558,  1.1776,  0.6302,  0.2676])
    """
    shape = extents("randn", size)
    y = draw("philox_normal", shape, floating("randn", dtype), device, generator)
    return Tensor(y, requires_grad)


def rand_like(
    input: Any,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Uniform numbers in [0, 1), as many and of the dtype as in `input`.

    Raises:
        DTypeError: if the dtype is not floating.
    """
    found = input.dtype if dtype is None else dtype
    return rand(input.shape, generator=generator, dtype=found, device=device, requires_grad=requires_grad)


def randn_like(
    input: Any,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Standard normal numbers, as many and of the dtype as in `input`.

    Raises:
        DTypeError: if the dtype is not floating.
    """
    found = input.dtype if dtype is None else dtype
    return randn(input.shape, generator=generator, dtype=found, device=device, requires_grad=requires_grad)


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal numbers of a mean and a standard deviation; no gradient flows to these.

    Args:
        mean, std: numbers, or tensors that broadcast together.
        size: the shape. Default: that of `mean` and `std` together.
        dtype: default: that of the first floating tensor of `mean` and `std`, else the default dtype.

    Raises:
        ArgumentError: if a standard deviation is negative or not a number.
        ShapeError: if `mean`, `std` and `size` do not fit together.

    >>> normal(10.0, 0.0, (2,))
    tensor([10., 10.])
    """
    xp = namespace_for(device)
    given = [a.dtype for a in (mean, std) if isinstance(a, Tensor) and a.dtype in FLOATS]
    found = floating("normal", given[0] if dtype is None and given else dtype)
    mean, std = (a.data if isinstance(a, Tensor) else as_array(a) for a in (mean, std))
    if not (std >= 0).all():
        raise ArgumentError("normal: std has a negative element, or one that is not a number")
    try:
        shape = xp.broadcast_shapes(mean.shape, std.shape)
        if size is not None:
            shape, own = extents("normal", (size,)), shape
            if xp.broadcast_shapes(own, shape) != shape:
                raise ValueError
    except ValueError:
        raise ShapeError(f"normal: mean {mean.shape} and std {std.shape} do not fit size {size}") from None
    z = draw("philox_normal", shape, found, device, generator)
    return Tensor((mean + std * z).astype(found, copy=False), requires_grad)


def randint(
    low: Any = None,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers of low <= k < high: `randint(high, size)` or `randint(low, high, size)`.

    Args:
        dtype: default int64; a floating one holds integers up to the first that it has no number for.

    Raises:
        ArgumentError: if high or size is missing, there is no integer from `low` to below `high`, or one that `dtype`
            cannot hold.
        ShapeError: if `size` is not made of integers >= 0.
        DTypeError: for a dtype that minigrad does not have.

    >>> randint(6, (5,), generator=Generator(0))
    tensor([5, 3, 2, 0, 1])
    """
    if size is None and hasattr(high, "__len__"):
        high, size = None, high
    if high is None:
        low, high = None, low
    if high is None or size is None:
        raise ArgumentError("randint: write randint(high, size) or randint(low, high, size)")
    low = 0 if low is None else low
    shape = extents("randint", (size,))
    xp = namespace_for(device)
    found = as_dtype("int64" if dtype is None else dtype)
    try:
        low, high = operator.index(low), operator.index(high)
    except TypeError:
        raise ArgumentError(f"randint: low {low!r} and high {high!r} must be integers") from None
    if found in FLOATS:
        most = int(2 / finfo(found).eps)
        least = -most
    else:
        least, most = (0, 1) if found == bool_ else (int(xp.iinfo(found).min), int(xp.iinfo(found).max))
    if not low < high or low < least or high > most + 1:
        raise ArgumentError(f"randint: low {low} to below high {high} is not a range of {found} numbers")
    key = source(generator).next_key(prod(shape))
    y = xp.philox_randint(key, shape, low, high, found if found in INTS else int64)
    return Tensor(y.astype(found, copy=False), requires_grad)


def randperm(
    n: int, *, generator: Generator | None = None, dtype: Any = None, device: str | None = None
) -> Tensor:
    """The integers 0 to n - 1 in random order.

    Raises:
        ShapeError: if n is not an integer >= 0.
        ArgumentError: if `dtype` cannot hold n - 1.

    >>> randperm(5, generator=Generator(0))
    tensor([3, 4, 2, 1, 0])
    """
    (n,) = extents("randperm", (n,))
    xp = namespace_for(device)
    found = as_dtype("int64" if dtype is None else dtype)
    if found in INTS and n > xp.iinfo(found).max + 1:
        raise ArgumentError(f"randperm: {n} numbers do not fit {found}")
    key = source(generator).next_key(n)
    return Tensor(xp.philox_permutation(key, n).astype(found, copy=False))


for name in ("normal", "rand", "rand_like", "randint", "randn", "randn_like", "randperm"):
    globals()[name] = clear(globals()[name])
