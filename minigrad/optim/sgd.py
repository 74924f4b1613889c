"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any, ClassVar

from ..backend import NAMESPACES
from ..errors import ArgumentError
from .optimizer import Array, Group, Optimizer, number

__all__ = ["SGD"]


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum b = momentum b + (1 - dampening) g, p = p - lr b.

    Args:
        params: parameters, or dicts of them with their own options.
        lr: the learning rate.
        momentum: how much of the last step's direction is kept; 0 keeps none.
        dampening: how much less the gradient counts in the direction, from the second step on.
        weight_decay: is added to the gradient, times the parameter.
        nesterov: step by g + momentum b.
        maximize: go up instead of down.

    Raises:
        ArgumentError: for an option that is negative or not finite, nesterov without momentum or with dampening, and
            parameters as in `Optimizer`.

    Source: Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning", section 2.

    >>> import minigrad as mg
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> optimizer = SGD([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.item()
    0.5
    """

    tensors: ClassVar = {"momentum_buffer": "momentum"}

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {**options, "nesterov": nesterov, "maximize": maximize})

    def check(self, group: Group) -> None:
        """Refuse options that cannot be."""
        for name in ("lr", "momentum", "dampening", "weight_decay"):
            number("SGD", name, group[name])
        if group["nesterov"] and (not group["momentum"] or group["dampening"]):
            raise ArgumentError(
                f"SGD: nesterov wants a momentum above 0, it is {group['momentum']}, "
                f"and no dampening, it is {group['dampening']}"
            )

    def update(self, p: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        """Write one parameter's array."""
        lr, momentum, decay = float(group["lr"]), float(group["momentum"]), float(group["weight_decay"])
        sign = -1.0 if group["maximize"] else 1.0
        step = getattr(NAMESPACES[type(p)], "sgd_step", None)
        if step is not None:
            fresh = 1.0 - float(group["dampening"]) if "momentum_buffer" in state else 1.0
            buffer = self.slot(state, "momentum_buffer", p) if momentum else None
            step(p, g, buffer, lr, momentum, fresh, decay, sign, bool(group["nesterov"]))
            return
        if not momentum:
            for xp, p_, g_, s in self.pieces(p, g):
                descend(xp, p_, g_, s, lr, sign, decay)
            return
        fresh = 1.0 - float(group["dampening"]) if "momentum_buffer" in state else 1.0
        buffer = self.slot(state, "momentum_buffer", p)
        for xp, p_, g_, b, s in self.pieces(p, g, buffer):
            b *= momentum
            add(xp, b, g_, fresh * sign, s)
            if decay:
                add(xp, b, p_, fresh * decay, s)
            if group["nesterov"]:
                descend(xp, p_, g_, s, lr, sign, decay)
            add(xp, p_, b, -lr * (momentum if group["nesterov"] else 1.0), s)


def descend(xp: Any, p: Array, g: Array, s: Array, lr: float, sign: float, decay: float) -> None:
    """p = p - lr (sign g + decay p)."""
    if decay:
        p *= 1.0 - lr * decay
    add(xp, p, g, -lr * sign, s)


def add(xp: Any, y: Array, x: Array, scale: float, s: Array) -> None:
    """y = y + scale x, by way of scratch memory."""
    xp.multiply(x, scale, out=s)
    y += s
