"""Adam and its variants."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..backend import NAMESPACES
from ..errors import ArgumentError
from .optimizer import Array, Group, Optimizer, number

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Steps of a mean gradient over the root of a mean squared gradient.

    Args:
        params: parameters, or dicts of them with their own options.
        lr: the learning rate.
        betas: how much of the mean gradient, and of the mean squared gradient, is kept at each step.
        eps: is added to the root.
        weight_decay: is added to the gradient, times the parameter.
        amsgrad: divide by the largest root so far.
        maximize: go up instead of down.

    Raises:
        ArgumentError: for an option that is negative or not finite, betas that are not two numbers from 0 to below 1,
            and parameters as in `Optimizer`.

    Source: Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 1; amsgrad: Reddi et al. 2018,
    "On the convergence of Adam and beyond".

    >>> import minigrad as mg
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> optimizer = Adam([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.item()
    0.75
    """

    tensors: ClassVar = {"exp_avg": "", "exp_avg_sq": "", "max_exp_avg_sq": "amsgrad"}
    counts: ClassVar = ("step",)
    decoupled = False  # whether the weights decay by themselves, and not by way of the gradient

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        super().__init__(params, {**options, "maximize": maximize})

    def check(self, group: Group) -> None:
        """Refuse options that cannot be."""
        who, betas = type(self).__name__, group["betas"]
        for name in ("lr", "eps", "weight_decay"):
            number(who, name, group[name])
        if not isinstance(betas, tuple | list) or len(betas) != 2:
            raise ArgumentError(f"{who}: betas is {betas!r}, where two numbers are wanted")
        for k, beta in enumerate(betas):
            number(who, f"betas[{k}]", beta, below=1.0)

    def update(self, p: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        """Write one parameter's array."""
        lr, eps, decay = float(group["lr"]), float(group["eps"]), float(group["weight_decay"])
        b1, b2 = map(float, group["betas"])
        sign = -1.0 if group["maximize"] else 1.0
        steps = state["step"] = state.get("step", 0) + 1
        mean, square = self.slot(state, "exp_avg", p), self.slot(state, "exp_avg_sq", p)
        top = [self.slot(state, "max_exp_avg_sq", p)] if group["amsgrad"] else []
        root = math.sqrt(1.0 - b2**steps)  # corrects for the zeros that square began with
        rate = lr * root / (1.0 - b1**steps)
        step = getattr(NAMESPACES[type(p)], "adam_step", None)
        if step is not None:
            own, apart = (0.0, 1.0 - lr * decay) if self.decoupled else (decay, 1.0)
            step(p, g, [mean, square, *(top or [None])], rate, b1, b2, eps * root, own, apart, sign)
            return
        for xp, p_, g_, m, v, *peak, s in self.pieces(p, g, mean, square, *top):
            if self.decoupled and decay:
                p_ *= 1.0 - lr * decay
            if decay and not self.decoupled:
                xp.multiply(p_, sign * decay, out=s)
                s += g_
                s *= sign * (1.0 - b1)
            else:
                xp.multiply(g_, sign * (1.0 - b1), out=s)
            m *= b1
            m += s
            s *= s
            s *= (1.0 - b2) / (1.0 - b1) ** 2
            v *= b2
            v += s
            for t in peak:
                xp.maximum(t, v, out=t)
            xp.sqrt(*(peak or [v]), out=s)
            s += eps * root
            xp.divide(m, s, out=s)
            s *= rate
            p_ -= s


class AdamW(Adam):
    """Adam, with weights that decay by lr * weight_decay at each step, apart from the gradient.

    Its arguments are those of `Adam`.

    Source: Loshchilov & Hutter 2019, "Decoupled weight decay regularization", algorithm 2.
    """

    decoupled = True

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)
