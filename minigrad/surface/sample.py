"""Drawing from distributions, as new tensors and in place, by minigrad's own random stream."""

from __future__ import annotations

import math
import operator
from typing import Any

from ..backend import namespace_of
from ..core import Tensor
from ..dtypes import as_dtype, bool_, float64, int64, is_float
from ..errors import ArgumentError, DTypeError, ShapeError, describe
from ..random import Generator, randint, source

__all__ = ["bernoulli", "multinomial", "poisson", "randint_like"]
METHODS = """
    bernoulli bernoulli_ cauchy_ exponential_ geometric_ log_normal_ multinomial normal_ random_ uniform_
""".split()
IN_PLACE = ()

MANTISSA = {
    "float16": 11,
    "bfloat16": 8,
    "float32": 24,
    "float64": 53,
}  # whole numbers up to 2**that are exact


def drawn(kind: str, x: Tensor, generator: Generator | None, dtype: Any = float64) -> Any:
    """As many uniform, normal or exponential numbers as x has elements."""
    key = source(generator).next_key(x.data.size)
    return getattr(namespace_of(x.data), f"philox_{kind}")(key, x.shape, dtype)


def floating(name: str, x: Tensor) -> None:
    """Refuse what cannot hold such numbers."""
    if not is_float(x.dtype):
        raise DTypeError(f"{name}: {describe(x)} is not floating")


def above_zero(name: str, argument: str, value: float) -> None:
    """Refuse a parameter that is not above 0."""
    if not value > 0:
        raise ArgumentError(f"{name}: {argument} is {value}, where a number above 0 is wanted")


def put(x: Tensor, values: Any) -> Tensor:
    """The values become those of x, to which no gradient flows from there."""
    return x.copy_(Tensor(values.astype(x.dtype, copy=False)))  # type: ignore[no-any-return]


# ---- in place -------------------------------------------------------------------------------------------------------
def uniform_(
    self: Tensor, low: float = 0.0, high: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Uniform numbers in [low, high), in place; PyTorch calls these `from` and `to`.

    Raises:
        ArgumentError: if low is above high, or one is not finite.
        DTypeError: if the tensor is not floating.
    """
    floating("uniform_", self)
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ArgumentError(f"uniform_: from {low} to {high}, where two finite numbers in order are wanted")
    u = drawn("uniform", self, generator, self.dtype)
    return put(self, u if (low, high) == (0, 1) else u * (high - low) + low)


def normal_(
    self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Normal numbers of a mean and a standard deviation, in place.

    Raises:
        ArgumentError: if `std` is negative.
        DTypeError: if the tensor is not floating.
    """
    floating("normal_", self)
    if not std >= 0:
        raise ArgumentError(f"normal_: std is {std}, where at least 0 is wanted")
    return put(self, drawn("normal", self, generator, self.dtype) * std + mean)


def log_normal_(
    self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Tensor:
    """Numbers whose logarithms are normal of this mean and standard deviation, in place.

    Raises:
        ArgumentError: if `std` is not above 0.
        DTypeError: if the tensor is not floating.
    """
    floating("log_normal_", self)
    above_zero("log_normal_", "std", std)
    z = drawn("normal", self, generator)
    return put(self, namespace_of(self.data).exp(z * std + mean))


def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Exponential numbers of a rate, so of the mean 1 / lambd, in place.

    Raises:
        ArgumentError: if the rate is not above 0.
        DTypeError: if the tensor is not floating.
    """
    floating("exponential_", self)
    above_zero("exponential_", "lambd", lambd)
    return put(self, drawn("exponential", self, generator) / lambd)


def cauchy_(
    self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Cauchy numbers around a median, half of them within sigma of it, in place.

    Raises:
        ArgumentError: if `sigma` is not above 0.
        DTypeError: if the tensor is not floating.
    """
    floating("cauchy_", self)
    above_zero("cauchy_", "sigma", sigma)
    u = drawn("uniform", self, generator)
    return put(self, namespace_of(self.data).tan((u - 0.5) * math.pi) * sigma + median)


def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """How many trials of probability p it takes to the first success, at least 1, in place.

    Raises:
        ArgumentError: if p is not between 0 and 1, both excluded.
    """
    if not 0.0 < p < 1.0:
        raise ArgumentError(f"geometric_: p is {p}, where a number between 0 and 1 is wanted")
    e = drawn("exponential", self, generator)
    return put(self, namespace_of(self.data).ceil(e / -math.log1p(-p)))


def random_(self: Tensor, low: Any = None, high: Any = None, *, generator: Generator | None = None) -> Tensor:
    """Integers of low <= k < high, in place; PyTorch calls these `from` and `to`.

    Args:
        low: default 0; a single number is `high`.
        high: default: all that the dtype holds; of a floating dtype all integers that it holds without a gap.

    Raises:
        ArgumentError: if there is no such integer, or one that the dtype does not hold.
    """
    if high is None:
        low, high = 0, low
    xp = namespace_of(self.data)
    if is_float(self.dtype):
        most = 1 << MANTISSA[self.dtype.name]
        least = -most
    else:
        limits = (0, 1) if self.dtype == bool_ else (xp.iinfo(self.dtype).min, xp.iinfo(self.dtype).max)
        least, most = map(int, limits)
    try:
        low, high = operator.index(low), most + 1 if high is None else operator.index(high)
    except TypeError:
        raise ArgumentError(f"random_: from {low!r} to {high!r}, where integers are wanted") from None
    if not least <= low < high <= most + 1:
        raise ArgumentError(f"random_: from {low} to below {high} is not a range of {self.dtype} numbers")
    key = source(generator).next_key(self.data.size)
    return put(self, xp.philox_randint(key, self.shape, low, high, int64))


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """1 with probability p, else 0, in place.

    Args:
        p: a number, or a tensor of probabilities that broadcasts to this one.

    Raises:
        ArgumentError: for a probability outside of 0 to 1.
        ShapeError: if `p` does not broadcast.
    """
    return put(self, trials("bernoulli_", self, p, generator))


# ---- new tensors ----------------------------------------------------------------------------------------------------
def trials(name: str, x: Tensor, p: Any, generator: Generator | None) -> Any:
    """For each element of x whether a trial of probability p succeeds."""
    xp = namespace_of(x.data)
    chance = p.data if isinstance(p, Tensor) else xp.asarray(float(p))
    if not ((chance >= 0) & (chance <= 1)).all():
        raise ArgumentError(f"{name}: p is {p}, and a probability lies between 0 and 1")
    try:
        chance = xp.broadcast_to(chance, x.shape)
    except ValueError:
        raise ShapeError(f"{name}: p {describe(p)} does not broadcast to {describe(x)}") from None
    return drawn("uniform", x, generator) < chance


def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability that stands in `input`, else 0; or with probability p throughout.

    Raises:
        ArgumentError: for a probability outside of 0 to 1.
        DTypeError: if `input` holds the probabilities and is not floating.

    >>> import minigrad as mg
    >>> mg.bernoulli(mg.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    if p is None:
        floating("bernoulli", input)
    return Tensor(trials("bernoulli", input, input if p is None else p, generator).astype(input.dtype))


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Positions drawn with probabilities in proportion to the weights in `input`, int64.

    Args:
        input: weights of at least 0, not all 0, a row for each distribution.
        num_samples: how many are drawn from each row.
        replacement: whether a position may be drawn again.

    Shapes:
        input (C,) -> (num_samples,); (N, C) -> (N, num_samples)

    Raises:
        ShapeError: for other than 1 or 2 dims.
        DTypeError: for weights that are not floating.
        ArgumentError: for weights that are negative, not finite or all 0, or for more samples than there are
            positions of a weight above 0.

    >>> import minigrad as mg
    >>> mg.multinomial(mg.tensor([0.0, 3.0, 0.0]), 2, replacement=True)
    tensor([1, 1])
    """
    floating("multinomial", input)
    if len(input.shape) not in (1, 2):
        raise ShapeError(f"multinomial: input {describe(input)} is neither a vector nor a matrix")
    xp = namespace_of(input.data)
    weights = input.data.reshape(-1, input.shape[-1]).astype(float64)
    if not (xp.isfinite(weights).all() and (weights >= 0).all()):
        raise ArgumentError("multinomial: input has an element that is negative, or not a finite number")
    least = int((weights > 0).sum(-1).min()) if weights.size else 0
    if num_samples < 1 or not least:
        raise ArgumentError(
            f"multinomial: {num_samples} samples, and {least} weights above 0: both at least 1"
        )
    if not replacement and num_samples > least:
        raise ArgumentError(
            f"multinomial: {num_samples} samples without replacement of {least} weights above 0"
        )
    if replacement:
        u = drawn("uniform", Tensor(xp.empty((len(weights), num_samples))), generator)
        found = inverted(xp, xp.cumsum(weights, -1), u)
    else:  # of exponential times with these rates the first ones
        times = drawn("exponential", Tensor(weights), generator)
        found = xp.argsort(times / weights, axis=-1)[:, :num_samples]
    return Tensor(found.reshape(*input.shape[:-1], num_samples))


def inverted(xp: Any, cumulated: Any, u: Any) -> Any:
    """For each row the first positions whose cumulated weight is above the part u of the whole."""
    total = cumulated[:, -1:]
    t = xp.minimum(u * total, xp.nextafter(total, 0.0 * total))
    low, high = xp.zeros(u.shape, int64), xp.full(u.shape, cumulated.shape[1] - 1)
    while (low < high).any():
        middle = (low + high) // 2
        above = xp.take_along_axis(cumulated, middle, -1) > t
        low, high = xp.where(above, low, middle + 1), xp.where(above, middle, high)
    return low


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Poisson numbers of the rates in `input`, in its dtype.

    Raises:
        ArgumentError: for a rate that is negative or not finite.
        DTypeError: if `input` is not floating.

    Source: Hörmann 1993, "The transformed rejection method for generating Poisson random variables", algorithm PTRS,
    from the rate 10 on; below, the inverse of the distribution.

    >>> import minigrad as mg
    >>> mg.poisson(mg.zeros(2))
    tensor([0., 0.])
    """
    floating("poisson", input)
    xp = namespace_of(input.data)
    rates = input.data.reshape(-1).astype(float64)
    if not (xp.isfinite(rates).all() and (rates >= 0).all()):
        raise ArgumentError("poisson: input has a rate that is negative, or not a finite number")
    y, large = xp.zeros(rates.shape), rates >= 10
    u = drawn("uniform", Tensor(rates), generator)
    y[~large] = few(xp, rates[~large], u[~large])
    left = xp.nonzero(large)[0]
    while left.size:
        pair = drawn("uniform", Tensor(xp.empty((2, left.size))), generator)
        k, good = many(xp, rates[left], pair[0] - 0.5, 1.0 - pair[1])
        y[left[good]] = k[good]
        left = left[~good]
    return Tensor(y.reshape(input.shape).astype(input.dtype))


def few(xp: Any, rates: Any, u: Any) -> Any:
    """The least k whose distribution function, at a rate below 10, is above u."""
    k = xp.zeros(rates.shape)
    term = xp.exp(-rates)
    left = u - term
    for step in range(1, 200):
        if not (left >= 0).any():
            break
        k += left >= 0
        term = term * rates / step
        left = left - term
    return k


def many(xp: Any, rate: Any, u: Any, v: Any) -> tuple[Any, Any]:
    """A proposal for each rate of at least 10, and whether it is accepted."""
    b = 0.931 + 2.53 * xp.sqrt(rate)
    a = -0.059 + 0.02483 * b
    side = 0.5 - xp.abs(u)
    k = xp.floor((2.0 * a / side + b) * u + rate + 0.43)
    quick = (side >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2.0))
    safe = xp.maximum(k, 0.0)
    bound = safe * xp.log(rate) - rate - xp.lgamma(safe + 1.0)
    height = xp.log(v * (1.1239 + 1.1328 / (b - 3.4)) / (a / (side * side) + b))
    slow = (k >= 0) & ((side >= 0.013) | (v <= side)) & (height <= bound)
    return k, quick | slow


def randint_like(
    input: Tensor,
    low: int,
    high: int | None = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers of low <= k < high, as many and of the dtype as in `input`: `randint_like(x, high)` begins at 0.

    Raises:
        ArgumentError: if there is no such integer, or one that the dtype does not hold.
    """
    low, high = (0, low) if high is None else (low, high)
    found = as_dtype(input.dtype if dtype is None else dtype)
    kind = int64 if is_float(found) else found
    y = randint(low, high, input.shape, generator=generator, dtype=kind, device=device or input.device)
    return Tensor(y.data.astype(found, copy=False), requires_grad)
