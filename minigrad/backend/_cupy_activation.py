"""Smooth activations on the GPU, in one pass: `kernels/activation.cu`."""

from __future__ import annotations

from typing import Any

from ._kernels import Kernels

Array = Any
KINDS = {name: k for k, name in enumerate("sigmoid silu logsigmoid softplus elu".split())}


class Activations:
    """The extras of activations, for one array library. The CPU has no such extras."""

    def __init__(self, cp: Any) -> None:
        self.cp, self.kernels = cp, Kernels(cp, "activation.cu")

    def activation(self, name: str, x: Array, a: float = 0.0, b: float = 0.0, c: float = 0.0) -> Array:
        """The function of that name; its numbers are told in the kernels' file."""
        x = self.cp.ascontiguousarray(x).reshape(x.shape)
        y = self.cp.empty(x.shape, x.dtype)
        types = x.dtype, str(KINDS[name])
        self.kernels.each("activation", types, y.size, x, y, y.size, float(a), float(b), float(c))
        return y

    def activation_input(
        self, name: str, g: Array, x: Array, a: float = 0.0, b: float = 0.0, c: float = 0.0
    ) -> Array:
        """The gradient of x from that of the result; sigmoid takes its result for x."""
        dense = self.cp.ascontiguousarray
        g, v = dense(g.astype(x.dtype, copy=False)), dense(x)
        gx = self.cp.empty(x.shape, x.dtype)
        types = x.dtype, str(KINDS[name])
        self.kernels.each("activation_input", types, gx.size, g, v, gx, gx.size, float(a), float(b), float(c))
        return gx
