"""`cupy.linalg`: what is singular gives NaN and no error, as CuPy does by default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import state
from .arrays import plain, quiet, wrapped

NAMES: dict[str, Any] = state.NAMES["cupy.linalg"]
LinAlgError = np.linalg.LinAlgError


def each(f: Callable[..., Any], *args: np.ndarray) -> Any:
    """f over the leading dims, a matrix at a time; NaN for those that it refuses."""
    lead = np.broadcast_shapes(*(a.shape[:-2] for a in args))
    spread = [np.broadcast_to(a, (*lead, *a.shape[-2:])) for a in args]
    shape = (*lead, *args[-1].shape[-2:])
    out = np.empty(shape, np.result_type(*args))
    for k in np.ndindex(lead):
        try:
            out[k] = f(*(a[k] for a in spread))
        except np.linalg.LinAlgError:
            out[k] = np.nan
    return out


def solve(a: Any, b: Any) -> Any:
    """The x with a x = b; b with the dims of a, or a vector."""
    a, b = plain(a), plain(b)
    if b.ndim == 1:
        return wrapped(each(np.linalg.solve, a, b[:, None])[..., 0])
    return wrapped(each(np.linalg.solve, a, b))


def inv(a: Any) -> Any:
    """The inverse of each matrix."""
    return wrapped(each(np.linalg.inv, plain(a)))


def cholesky(a: Any) -> Any:
    """The lower factor of each matrix."""
    return wrapped(each(np.linalg.cholesky, plain(a)))


OWN: dict[str, Any] = {"solve": solve, "inv": inv, "cholesky": cholesky}


def function(name: str) -> Callable[..., Any]:
    """One of NumPy's functions with CuPy's parameters."""
    f, allowed = getattr(np.linalg, name), NAMES[name]

    def call(*args: Any, **kwargs: Any) -> Any:
        for k in kwargs:
            if allowed is not None and k not in allowed.split():
                raise TypeError(f"{name}() got an unexpected keyword argument {k!r}")
        return wrapped(quiet(f, *plain(args), **plain(kwargs)))

    return call


def __getattr__(name: str) -> Any:
    if name not in NAMES:
        raise AttributeError(f"module 'cupy.linalg' has no attribute {name!r}")
    return function(name)
