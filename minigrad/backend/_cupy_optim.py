"""Optimizer steps on the GPU, in one pass each: `kernels/optim.cu`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._kernels import Kernels

Array = Any


class Steps:
    """What an optimizer does to a parameter's array, for one array library. The CPU has no such extras."""

    def __init__(self, cp: Any) -> None:
        self.cp, self.kernels = cp, Kernels(cp, "optim.cu")

    def over(self, name: str, p: Array, g: Array, state: list[Any], *numbers: Any) -> None:
        """A kernel over a parameter, which is written, in place."""
        dense = self.cp.ascontiguousarray
        own = [dense(a) if a is not None else None for a in (p, *state)]
        self.kernels.each(
            name, (p.dtype,), p.size, own[0], dense(g.astype(p.dtype, copy=False)), *own[1:], p.size, *numbers
        )
        for a, b in zip((p, *state), own, strict=True):  # what was not dense
            if a is not None and b is not None and b.data.ptr != a.data.ptr:
                a[...] = b

    def sgd_step(
        self,
        p: Array,
        g: Array,
        buffer: Any,
        lr: float,
        momentum: float,
        fresh: float,
        decay: float,
        sign: float,
        nesterov: bool,
    ) -> None:
        """p -= lr d, d = sign g + decay p, by way of a buffer of momentum where there is one."""
        self.over("sgd", p, g, [buffer], lr, momentum, fresh, decay, sign, np.int32(nesterov))

    def adam_step(self, p: Array, g: Array, state: list[Array], rate: float, *numbers: float) -> None:
        """Adam's step.

        Args:
            state: the running means of g and g g, and of the latter's largest, or None.
            rate: the learning rate, with the correction for the zeros that the means began with.
            numbers: both betas, eps, decay of the gradient, factor of the weight, sign of the gradient.
        """
        self.over("adam", p, g, state, rate, *numbers)
