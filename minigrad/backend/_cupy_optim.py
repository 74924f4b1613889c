"""Optimizer steps on the GPU, one launch for all parameters of a dtype: `kernels/optim.cu`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._kernels import Kernels

Array = Any
CHUNK = 1 << 16  # elements of a block, as in the kernels


class Steps:
    """What an optimizer does to its parameters' arrays, for one array library. The CPU has no such extras.

    Steps are noted by `sgd_step` and `adam_step`, and taken together by `finish_steps`.
    """

    def __init__(self, cp: Any) -> None:
        self.cp, self.kernels = cp, Kernels(cp, "optim.cu")
        self.jobs: dict[tuple[str, Any, int], list[tuple[list[Any], list[float]]]] = {}
        self.copies: list[tuple[Array, Array]] = []

    def note(self, name: str, p: Array, g: Array, state: list[Any], *numbers: float) -> None:
        """A step for `finish_steps`. Arrays that are not dense are copied, and brought back then."""
        own: list[Any] = [None if a is None else self.cp.ascontiguousarray(a) for a in (p, *state)]
        for a, b in zip((p, *state), own, strict=True):
            if a is not None and b.data.ptr != a.data.ptr:
                self.copies.append((a, b))
        own.insert(1, self.cp.ascontiguousarray(g.astype(p.dtype, copy=False)))
        if p.size:
            self.jobs.setdefault((name, p.dtype, p.device.id), []).append((own, [*map(float, numbers)]))

    def finish_steps(self) -> None:
        """Take all steps that were noted."""
        jobs, copies = self.jobs, self.copies
        self.jobs, self.copies = {}, []
        for (name, dtype, device), found in jobs.items():
            with self.cp.cuda.Device(device):
                words = [
                    np.concatenate(
                        [
                            np.array(
                                [0 if a is None else a.data.ptr for a in arrays] + [arrays[0].size], np.int64
                            ),
                            np.array(numbers).view(np.int64),
                        ]
                    )
                    for arrays, numbers in found
                ]
                chunks = [
                    k << 32 | part
                    for k, (arrays, _) in enumerate(found)
                    for part in range(-(-arrays[0].size // CHUNK))
                ]
                table = self.cp.asarray(np.concatenate([*words, np.array(chunks, np.int64)]))
                rows = len(found) * len(words[0])
                self.kernels.blocks(name, (dtype,), (len(chunks),), 256, table[:rows], table[rows:])
        for a, b in copies:
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
        self.note("sgd", p, g, [buffer], lr, momentum, fresh, decay, sign, nesterov)

    def adam_step(self, p: Array, g: Array, state: list[Array], rate: float, *numbers: float) -> None:
        """Adam's step.

        Args:
            state: the running means of g and g g, and of the latter's largest, or None.
            rate: the learning rate, with the correction for the zeros that the means began with.
            numbers: both betas, eps, decay of the gradient, factor of the weight, sign of the gradient.
        """
        self.note("adam", p, g, state, rate, *numbers)
