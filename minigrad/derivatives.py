"""PyTorch's `torch.autograd.functional`: derivatives of a function at given inputs, made of `minigrad.func`.

`inputs` is a tensor or a tuple of tensors, and so are the results. Unless `create_graph` is set they are outside of any
graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import func as transforms
from .autograd import no_grad
from .core import Tensor
from .errors import GradientError, ShapeError
from .func import ones_like
from .tree import map_tensors, tensors

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Fn = Callable[..., Any]


def listed(inputs: Any) -> tuple[Any, ...]:
    """The inputs as a tuple."""
    return tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)


def like(inputs: Any, values: Sequence[Any]) -> Any:
    """One value for one tensor, a tuple for a tuple."""
    return tuple(values) if isinstance(inputs, tuple | list) else values[0]


def evaluated(run: Callable[[], Any], create_graph: bool) -> Any:
    """What `run` gives, inside of the graph or outside of it."""
    if create_graph:
        return run()
    with no_grad():
        return map_tensors(lambda t: t.detach(), run())


def at_once(inputs: Any, several: Any) -> Any:
    """Which arguments a transformation is to differentiate for: the one there is, or all."""
    return tuple(range(len(inputs))) if several else 0


def strictly(name: str, func: Fn, xs: tuple[Any, ...], strict: bool) -> None:
    """Refuse a function whose result does not depend on all of its inputs, if `strict` asks for it."""
    if not strict:
        return
    call = transforms.Call(name, func, xs, range(len(xs)), {}, False)
    for k, y in enumerate(call.ys):
        reached, stack = set(), [y.edge]
        while stack:
            e = stack.pop()
            if e not in reached:
                reached.add(e)
                stack += e.edges or ()
        if missing := [j for j, x in enumerate(call.xs) if x.edge not in reached]:
            raise GradientError(
                f"{name}: output {k} does not depend on input {missing[0]}, and strict is set"
            )


def jacobian(func: Fn, inputs: Any, create_graph: bool = False, strict: bool = False) -> Any:
    """All derivatives of the outputs of func for its inputs.

    Args:
        inputs: a tensor or a tuple of tensors: the arguments of func.
        create_graph: keep the results in the graph, for derivatives of higher order.
        strict: a derivative that is zero because an output does not depend on an input is an error.

    Returns:
        a tensor of the extents of the output and then of the input; for several inputs a tuple of such, for several
        outputs a tuple of these.

    Raises:
        GradientError: with `strict`, for an output that does not depend on an input.
        DTypeError: for inputs that are not floating tensors.

    >>> import minigrad as mg
    >>> mg.autograd.functional.jacobian(lambda x: x * x, mg.tensor([1.0, 3.0]))
    tensor([[2., 0.],
            [0., 6.]])
    """
    xs, several = listed(inputs), isinstance(inputs, tuple | list)
    strictly("jacobian", func, xs, strict)
    return evaluated(lambda: transforms.jacobian(func, at_once(xs, several))(*xs), create_graph)


def hessian(func: Fn, inputs: Any, create_graph: bool = False, strict: bool = False) -> Any:
    """All second derivatives of func, which returns a single number: for several inputs a tuple of tuples.

    Raises:
        ShapeError: if func does not return a single number.
        GradientError: with `strict`, if that does not depend on an input.

    >>> import minigrad as mg
    >>> mg.autograd.functional.hessian(lambda x: (x**3).sum(), mg.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    xs, several = listed(inputs), isinstance(inputs, tuple | list)
    strictly("hessian", func, xs, strict)
    return evaluated(lambda: transforms.hessian(func, at_once(xs, several))(*xs), create_graph)


def vjp(func: Fn, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """func(inputs), and the product of v with its Jacobian.

    Args:
        v: made like the output; may be left out where that is a single number.

    Raises:
        ShapeError: if v is not made like the output, or is missing.

    >>> import minigrad as mg
    >>> mg.autograd.functional.vjp(lambda x: x * x, mg.tensor([1.0, 3.0]), mg.tensor([1.0, 10.0]))
    (tensor([1., 9.]), tensor([ 2., 60.]))
    """
    xs = listed(inputs)
    strictly("vjp", func, xs, strict)

    def run() -> Any:
        out, pull = transforms.vjp(func, *xs)
        product = pull(single("vjp", out) if v is None else like(out, listed(v)))
        return out, like(inputs, [*product])

    return evaluated(run, create_graph)


def jvp(func: Fn, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """func(inputs), and the product of its Jacobian with v.

    Args:
        v: made like the inputs; may be left out for one input with a single element.

    Raises:
        ShapeError: if v is not made like the inputs, or is missing.

    >>> import minigrad as mg
    >>> mg.autograd.functional.jvp(lambda x: x.sum(), mg.tensor([1.0, 3.0]), mg.tensor([1.0, 10.0]))
    (tensor(4.), tensor(11.))
    """
    xs = listed(inputs)
    strictly("jvp", func, xs, strict)
    moved = listed(single("jvp", inputs) if v is None else v)
    return evaluated(lambda: transforms.jvp(func, xs, moved), create_graph)


def hvp(func: Fn, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """func(inputs), a single number, and the product of its Hessian with v, which is made like the inputs.

    Raises:
        ShapeError: if func does not return a single number, or v is not made like the inputs, or is missing.

    >>> import minigrad as mg
    >>> mg.autograd.functional.hvp(lambda x: (x**3).sum(), mg.tensor([1.0, 2.0]), mg.tensor([1.0, 1.0]))
    (tensor(9.), tensor([ 6., 12.]))
    """
    xs = listed(inputs)
    strictly("hvp", func, xs, strict)
    moved = listed(single("hvp", inputs) if v is None else v)

    def run() -> Any:
        out, product = transforms.hvp(func, xs, moved)
        return out, like(inputs, product)

    return evaluated(run, create_graph)


def vhp(func: Fn, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """`hvp`: a Hessian is symmetric."""
    return hvp(func, inputs, v, create_graph, strict)


def single(name: str, given: Any) -> Any:
    """Ones in the place of a v that was left out."""
    if len(found := tensors(given)) != 1 or not isinstance(given, Tensor) or found[0].data.size != 1:
        raise ShapeError(f"{name}: v may be left out for a single number alone")
    return ones_like(given)
