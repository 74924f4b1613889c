"""Functions of functions: gradients, products with the Jacobian, and whole Jacobians, after PyTorch's `torch.func`.

Each calls the function with tensors of its own in the place of the arguments that it differentiates for, so that
transformations nest, and finds derivatives by reverse passes. Arguments and results may be nested tuples, lists and
dicts of tensors. Where neither the arguments nor what the function closes over require grad, the results do not either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from .autograd import enable_grad
from .backend import NAMESPACES
from .core import Tensor, alias, backward
from .creation import zeros_like
from .dtypes import is_float
from .errors import ArgumentError, DTypeError, IndexingError, ShapeError, StateError, describe
from .mode import mode
from .ops import reshape, stack
from .tree import map_tensors, replaced, same_form, tensors

__all__ = [
    "functional_call",
    "grad",
    "grad_and_value",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "stack_module_state",
    "value_and_grad",
    "vjp",
]

Fn = Callable[..., Any]


class Call:
    """A call of `func` with tensors of its own for some arguments: inputs xs, results ys, and how these hang together.

    Args:
        name: of the transformation, for errors.
        at: which of the arguments to differentiate for.
        has_aux: `func` returns a pair, of which the second part is handed through.

    Raises:
        ArgumentError: if there is no such argument, it holds no tensor, or `func` does not return what it should.
        DTypeError: if a tensor to differentiate for is not floating.
    """

    def __init__(
        self, name: str, func: Fn, args: Sequence[Any], at: Sequence[int], kwargs: Any, has_aux: bool
    ) -> None:
        self.name, outer, inner = name, mode.record, [*args]
        for k in at:
            if not -len(args) <= k < len(args):
                raise IndexingError(f"{name}: argnums names argument {k}, func was given {len(args)}")
        self.given = [args[k] for k in at]
        self.nested = outer and any(t.needs_grad for t in tensors(self.given))
        with enable_grad():
            self.xs = [self.own(t) for t in tensors(self.given)]
            if not self.xs:
                raise ArgumentError(f"{name}: the arguments {[*at]} hold no tensor to differentiate for")
            for k, arg in zip(at, replaced(self.given, self.xs), strict=True):
                inner[k] = arg
            out = func(*inner, **kwargs)
        self.aux = None
        if has_aux:
            if not (isinstance(out, tuple) and len(out) == 2):
                raise ArgumentError(f"{name}: with has_aux, func returns a pair (result, aux)")
            out, self.aux = out
        self.out, self.ys = out, tensors(out)
        if not self.ys:
            raise ArgumentError(f"{name}: func returned {describe(out)}, where tensors are wanted")
        # A graph of the derivatives is of use only to what lies outside of this call.
        self.create = bool(outer) and (self.nested or self.reaches_others())

    def own(self, t: Tensor) -> Tensor:
        """A tensor of this call alone: part of the graph around it if there is one."""
        if not is_float(t.dtype):
            raise DTypeError(f"{self.name}: {describe(t)} is not floating, so it has no derivative")
        return alias(t) if self.nested and t.needs_grad else Tensor(t.data, True)

    def reaches_others(self) -> bool:
        """Whether the results also depend on tensors that require grad and are none of the arguments."""
        mine = {x.edge for x in self.xs}
        stack = [y.edge for y in self.ys if y.needs_grad]
        seen = {*stack}
        while stack:
            n = stack.pop()
            if n in mine:
                continue
            if isinstance(n, Tensor):
                return True
            stack += [e for e in n.edges if e not in seen]
            seen.update(n.edges)
        return False

    def pull(self, gs: Sequence[Tensor], create: bool, retain: bool = True) -> list[Tensor]:
        """The gradient for each x, of the results weighted by gs; zeros where nothing flows."""
        pairs = [(y, g) for y, g in zip(self.ys, gs, strict=True) if y.needs_grad]
        found: Mapping[Any, Tensor] = {}
        if pairs:
            wanted = {x.edge for x in self.xs}
            found = backward([y for y, _ in pairs], [g for _, g in pairs], create, retain or create, wanted)
        return [found[x.edge] if x.edge in found else zeros_like(x.detach()) for x in self.xs]

    def like_args(self, values: Sequence[Any], alone: bool) -> Any:
        """Values in the containers of the arguments; of the one argument if it is alone."""
        trees = tuple(replaced(self.given, values))
        return trees[0] if alone else trees

    def shown(self, tree: Any) -> Any:
        """A result of `func` as the caller gets it: outside of the graph that belongs to this call alone."""
        return tree if self.create else map_tensors(lambda t: t.detach(), tree)


def numbers(argnums: int | Sequence[int]) -> tuple[int, ...]:
    """argnums as a tuple."""
    return (argnums,) if isinstance(argnums, int) else tuple(argnums)


# ---- gradients ------------------------------------------------------------------------------------------------------
def value_and_grad(func: Fn, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Fn:
    """The function that computes `func`, which returns a single number, and its gradient.

    Args:
        argnums: the argument to differentiate for, or several.
        has_aux: func returns (value, aux), of which aux is handed through.

    Returns:
        a function of the same arguments that returns (value, gradient), or ((value, aux), gradient); the gradient is
        made like the argument, or is a tuple of such if `argnums` is a sequence.

    Raises:
        ShapeError: if func does not return a single number.
        ArgumentError, DTypeError, IndexingError: if the arguments cannot be differentiated for.

    >>> import minigrad as mg
    >>> loss = lambda p, x: ((p["w"] * x + p["b"]) ** 2).sum()
    >>> mg.func.value_and_grad(loss)({"w": mg.tensor(2.0), "b": mg.tensor(1.0)}, mg.tensor([1.0, 2.0]))
    (tensor(34.), {'w': tensor(26.), 'b': tensor(16.)})
    """
    return gradient_of("value_and_grad", func, argnums, has_aux)


def gradient_of(name: str, func: Fn, argnums: int | Sequence[int], has_aux: bool) -> Fn:
    """value_and_grad, with the name that errors are to have."""

    def run(*args: Any, **kwargs: Any) -> Any:
        call = Call(name, func, args, numbers(argnums), kwargs, has_aux)
        (y,) = call.ys if len(call.ys) == 1 and call.out is call.ys[0] else (None,)
        if y is None or y.data.size != 1:
            raise ShapeError(f"{name}: func returned {describe(call.out)}, where a single number is wanted")
        if not is_float(y.dtype):
            raise DTypeError(f"{name}: func returned {describe(y)}, where a floating number is wanted")
        found = call.pull([ones_like(y)], call.create, retain=False)
        gradient = call.like_args(found, isinstance(argnums, int))
        value = call.shown(y)
        return ((value, call.shown(call.aux)) if has_aux else value), gradient

    return run


def ones_like(y: Tensor) -> Tensor:
    """Ones of the shape and dtype of y."""
    return Tensor(NAMESPACES[type(y.data)].ones_like(y.data))


def grad(func: Fn, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Fn:
    """The function that computes the gradient of `func`: see `value_and_grad`.

    Returns:
        a function of the same arguments that returns the gradient, or (gradient, aux).

    >>> import minigrad as mg
    >>> cube = lambda x: x**3
    >>> mg.func.grad(mg.func.grad(cube))(mg.tensor(2.0))
    tensor(12.)
    """
    both = gradient_of("grad", func, argnums, has_aux)

    def run(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return run


def grad_and_value(func: Fn, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Fn:
    """`value_and_grad` in the other order: (gradient, value), or (gradient, (value, aux))."""
    both = gradient_of("grad_and_value", func, argnums, has_aux)
    return lambda *args, **kwargs: both(*args, **kwargs)[::-1]


# ---- products with the Jacobian -------------------------------------------------------------------------------------
def vjp(func: Fn, *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """func(*primals), and the function from a gradient of the result to the gradients of the primals.

    Args:
        primals: the arguments of func, all of which are differentiated for.
        has_aux: func returns (result, aux).

    Returns:
        (result, pull) or (result, pull, aux). pull(g) may be called again and again; g is made like the result. It
        returns a tuple with a gradient for each primal.

    Raises:
        ShapeError: from pull, if g is not made like the result.
        ArgumentError, DTypeError: if the primals cannot be differentiated for.

    >>> import minigrad as mg
    >>> y, pull = mg.func.vjp(mg.sin, mg.tensor([0.0, 0.0]))
    >>> pull(mg.tensor([1.0, 2.0]))
    (tensor([1., 2.]),)
    """
    call = Call("vjp", func, primals, range(len(primals)), {}, has_aux)

    def pull(g: Any) -> Any:
        gs = same_form("vjp", "the gradient", g, call.out)
        create = call.create or bool(mode.record and any(t.needs_grad for t in gs))
        return call.like_args(call.pull(gs, create), False)

    return (call.shown(call.out), pull, *([call.shown(call.aux)] if has_aux else []))


def jvp(
    func: Fn, primals: Sequence[Any], tangents: Sequence[Any], *, has_aux: bool = False
) -> tuple[Any, ...]:
    """func(*primals), and how fast it changes when the primals move along the tangents.

    Two reverse passes: the vector-Jacobian product is linear in its vector, so its own one is the product sought.

    Args:
        primals: a sequence of the arguments of func.
        tangents: a sequence made like the primals.
        has_aux: func returns (result, aux).

    Returns:
        (result, tangent of the result), or (result, tangent, aux).

    Raises:
        ShapeError: if the tangents are not made like the primals.
        ArgumentError, DTypeError: if the primals cannot be differentiated for.

    >>> import minigrad as mg
    >>> x = mg.tensor([1.0, 2.0])
    >>> mg.func.jvp(lambda x: x * x, (x,), (mg.tensor([1.0, 10.0]),))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    moved = same_form("jvp", "tangents", tuple(tangents), tuple(primals))
    call = Call("jvp", func, primals, range(len(primals)), {}, has_aux)
    create = call.create or bool(mode.record and any(t.needs_grad for t in moved))
    tangent = push(call, moved, create)
    shown = call.shown(call.out), replaced(call.out, tangent)
    return (*shown, call.shown(call.aux)) if has_aux else shown


def linearize(func: Fn, *primals: Any) -> tuple[Any, Fn]:
    """func(*primals), and the linear function from changes of the primals to the change of the result.

    Returns:
        (result, push). push(*tangents) may be called again and again; it does not call func.

    Raises:
        ShapeError: from push, if the tangents are not made like the primals.
        ArgumentError, DTypeError: if the primals cannot be differentiated for.

    >>> import minigrad as mg
    >>> y, push = mg.func.linearize(lambda x: x * x, mg.tensor([1.0, 2.0]))
    >>> push(mg.tensor([1.0, 10.0]))
    tensor([ 2., 40.])
    """
    call = Call("linearize", func, primals, range(len(primals)), {}, False)

    def pushed(*tangents: Any) -> Any:
        moved = same_form("linearize", "tangents", tangents, primals)
        create = call.create or bool(mode.record and any(t.needs_grad for t in moved))
        return replaced(call.out, push(call, moved, create))

    return call.shown(call.out), pushed


def push(call: Call, moved: Sequence[Tensor], create: bool) -> list[Tensor]:
    """The change of each result for changes of the inputs."""
    us = [Tensor(NAMESPACES[type(y.data)].zeros_like(y.data), is_float(y.dtype)) for y in call.ys]
    with enable_grad():
        gs = call.pull(us, True)
    pairs = [(g, t) for g, t in zip(gs, moved, strict=True) if g.needs_grad]
    found: Mapping[Any, Tensor] = {}
    if pairs:
        wanted = {u for u in us if u.needs_grad}
        found = backward([g for g, _ in pairs], [t for _, t in pairs], create, create, wanted)
    return [found[u] if u in found else zeros_like(y.detach()) for u, y in zip(us, call.ys, strict=True)]


def hvp(func: Fn, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """func(*primals), a single number, and the product of its Hessian with the tangents.

    Args:
        primals: a sequence of the arguments of func.
        tangents: a sequence made like the primals.

    Returns:
        (value, product), the product made like the primals.

    Raises:
        ShapeError: if func does not return a single number, or the tangents are not made like the primals.

    Source: Pearlmutter 1994, "Fast exact multiplication by the Hessian".

    >>> import minigrad as mg
    >>> mg.func.hvp(lambda x: (x**3).sum(), (mg.tensor([1.0, 2.0]),), (mg.tensor([1.0, 1.0]),))
    (tensor(9.), (tensor([ 6., 12.]),))
    """
    both = gradient_of("hvp", func, tuple(range(len(primals))), False)
    gs = same_form("hvp", "tangents", tuple(tangents), tuple(primals))
    # The Hessian is symmetric: a vector-Jacobian product of the gradient is the product sought.
    call = Call("hvp", lambda *xs: both(*xs)[::-1], primals, range(len(primals)), {}, True)
    create = call.create or bool(mode.record and any(t.needs_grad for t in gs))
    return call.shown(call.aux), call.like_args(call.pull(gs, create), alone=False)


# ---- whole Jacobians ------------------------------------------------------------------------------------------------
def jacobian(func: Fn, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Fn:
    """The function that computes all derivatives of the results of `func`: a reverse pass for each of their elements.

    Returns:
        a function of the same arguments that returns, in the containers of the result, the containers of the argument
        (a tuple of such if `argnums` is a sequence) with a tensor of the result's extents and then the argument's; a
        pair of that and aux with `has_aux`.

    Raises:
        ArgumentError, DTypeError, IndexingError: if the arguments cannot be differentiated for.

    >>> import minigrad as mg
    >>> mg.func.jacobian(lambda x: x[:2] * x[2])(mg.tensor([1.0, 2.0, 3.0]))
    tensor([[3., 0., 1.],
            [0., 3., 2.]])
    """
    return jacobian_of("jacobian", func, argnums, has_aux)


jacrev = jacfwd = jacobian  # forward mode is two reverse passes here, so that there is one way


def jacobian_of(name: str, func: Fn, argnums: int | Sequence[int], has_aux: bool) -> Fn:
    """jacobian, with the name that errors are to have."""

    def run(*args: Any, **kwargs: Any) -> Any:
        call = Call(name, func, args, numbers(argnums), kwargs, has_aux)
        blocks = [
            call.like_args(block, isinstance(argnums, int))
            for block in (rows(call, k) for k in range(len(call.ys)))
        ]
        found = replaced(call.out, blocks)
        return (found, call.shown(call.aux)) if has_aux else found

    return run


def rows(call: Call, k: int) -> list[Tensor]:
    """The derivatives of result k: for each x a tensor of the extents of the result, then of x."""
    y = call.ys[k]
    xp = NAMESPACES[type(y.data)]
    gathered: list[list[Tensor]] = [[] for _ in call.xs]
    for j in range(y.data.size):
        one = xp.zeros(y.data.size, y.dtype)
        one[j] = 1
        gs = [
            Tensor(one.reshape(y.shape) if i == k else xp.zeros_like(z.data)) for i, z in enumerate(call.ys)
        ]
        for column, g in zip(gathered, call.pull(gs, call.create), strict=True):
            column.append(g)
    return [
        reshape(stack(*column), shape=(*y.shape, *x.shape))
        if column
        else Tensor(xp.zeros((*y.shape, *x.shape), x.dtype))
        for column, x in zip(gathered, call.xs, strict=True)
    ]


def hessian(func: Fn, argnums: int | Sequence[int] = 0) -> Fn:
    """The function that computes all second derivatives of `func`, which returns a single number.

    Returns:
        a function of the same arguments: the Jacobian of the gradient, so in the containers of the argument those of
        the argument again.

    Raises:
        ShapeError: if func does not return a single number.

    >>> import minigrad as mg
    >>> mg.func.hessian(lambda x: x[0] * x[1] ** 2)(mg.tensor([1.0, 3.0]))
    tensor([[0., 6.],
            [6., 2.]])
    """
    both = gradient_of("hessian", func, argnums, False)
    return jacobian_of("hessian", lambda *args, **kwargs: both(*args, **kwargs)[1], argnums, False)


# ---- modules --------------------------------------------------------------------------------------------------------
def functional_call(module: Any, parameters_and_buffers: Any, args: Any = None, kwargs: Any = None) -> Any:
    """module(*args, **kwargs) with other tensors in the place of its parameters and buffers, which come back after it.

    Args:
        module: an `nn.Module`.
        parameters_and_buffers: tensors by the names of `named_parameters` and `named_buffers`, or several such dicts;
            what is not named stays. A parameter with several names needs one of them.
        args: the argument of the module, or a tuple of them.

    Raises:
        StateError: for a name that the module does not have.
        ShapeError: for a tensor of another shape than the one in its place.

    >>> import minigrad as mg
    >>> layer = mg.nn.Linear(2, 1)
    >>> loss = lambda p, x: mg.func.functional_call(layer, p, x).sum()
    >>> g = mg.func.grad(loss)(dict(layer.named_parameters()), mg.tensor([[1.0, 2.0]]))
    >>> g["weight"], g["bias"]
    (tensor([[1., 2.]]), tensor([1.]))
    """
    dicts = (
        parameters_and_buffers
        if isinstance(parameters_and_buffers, tuple | list)
        else [parameters_and_buffers]
    )
    given = {name: t for d in dicts for name, t in d.items()}
    inputs = () if args is None else args if isinstance(args, tuple) else (args,)
    with swapped(module, given):
        return module(*inputs, **(kwargs or {}))


@contextmanager
def swapped(module: Any, given: Mapping[str, Tensor]) -> Iterator[None]:
    """The module's tensors are others for a while."""
    kept = {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }
    if unknown := [name for name in given if name not in kept]:
        raise StateError(f"functional_call: {type(module).__name__} has no {unknown[0]!r}; it has {[*kept]}")
    new = {}
    for name, t in given.items():
        old = kept[name]
        if t.shape != old.shape:
            raise ShapeError(f"functional_call: {name} is given as {t.shape}, it has the shape {old.shape}")
        new.update(
            {other: t for other, shared in kept.items() if shared is old and other not in given} | {name: t}
        )
    places = {name: (module.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2]) for name in new}
    try:
        for name, (owner, attribute) in places.items():
            owner.__dict__[attribute] = new[name]
        yield
    finally:
        for name, (owner, attribute) in places.items():
            owner.__dict__[attribute] = kept[name]


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters and the buffers of modules of one kind, each stacked: a new first dim counts the modules.

    Raises:
        ArgumentError: if there are no modules.
        StateError: if they have not the same parameters and buffers.

    >>> import minigrad as mg
    >>> params, buffers = mg.func.stack_module_state([mg.nn.Linear(2, 3) for _ in range(5)])
    >>> params["weight"].shape
    (5, 3, 2)
    """
    if not models:
        raise ArgumentError("stack_module_state: there are no modules")

    def stacked(kind: str) -> dict[str, Tensor]:
        each = [dict(getattr(m, kind)()) for m in models]
        if any(
            e.keys() != each[0].keys() or type(m) is not type(models[0])
            for e, m in zip(each, models, strict=True)
        ):
            raise StateError("stack_module_state: the modules are not of one kind")
        made = {name: stack(*[e[name].detach() for e in each]) for name in each[0]}
        return {name: Tensor(t.data, each[0][name].needs_grad) for name, t in made.items()}

    return stacked("named_parameters"), stacked("named_buffers")
