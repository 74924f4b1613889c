"""Tensor, Node, op, backward: the whole engine in one file.

An op is a forward function of arrays and, for each input, a rule for its gradient. Called on Tensors it computes, and
if an input needs a gradient it records a Node: the op, what its rules asked to keep, and edges to the Nodes and leaves
behind those inputs. `backward` walks the Nodes in reverse and calls the rules.

A Node never holds a Tensor that it made, so there are no reference cycles and memory goes without the garbage
collector. Under `create_graph` the Tensors are made again from saved arrays and edges, and the same rules, running on
Tensors, record the gradient's own graph.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from . import writes
from .backend import ARRAYS, NAMESPACES, as_array, settled
from .dtypes import FLOATS, KNOWN, PYTHON, WIDENED, accumulator, is_float
from .errors import DeviceError, DTypeError, GradientError, ShapeError, describe, explain, no_tensor
from .mode import After, mode, recording
from .plan import Op, Plan, check_finite, narrowed
from .writes import changed, check_saved, check_stale, fresh, stale

if TYPE_CHECKING:
    from ._typing import Surface
else:
    Surface = object

Array = Any
Shape = tuple[int, ...]

lock = threading.Lock()


class Node:
    """One recorded op: what its rules saved, and an edge for each input that needs a gradient."""

    __slots__ = ("edges", "hooks", "op", "plan", "saved", "shape", "time", "where")
    op: Op
    plan: Plan
    edges: Any  # a list; None once backward has freed the graph
    saved: Any  # a sequence, or a function that computes it (checkpoint, offload)
    shape: Any
    time: int
    hooks: Any
    where: str | None


class Pick:
    """Output k of a Node that has several."""

    __slots__ = ("edges", "hooks", "k", "shape")

    def __init__(self, node: Node, k: int) -> None:
        self.edges, self.k, self.shape, self.hooks = (node,), k, node.shape[k], None


class Tensor(Surface):
    """A raw NumPy or CuPy array, `data`, and where it came from; a leaf collects gradients in `grad`."""

    __slots__ = ("__weakref__", "_grad", "data", "hooks", "needs_grad", "node")
    _grad: Any  # what `grad` gives, and checks when it is set
    hooks: Any
    edges = ()  # a leaf ends the graph

    def __init__(self, data: Array, requires_grad: bool = False, node: Any = None) -> None:
        if node is None:
            if type(data) not in ARRAYS:
                data = as_array(data)
            if requires_grad and data.dtype not in FLOATS:
                raise DTypeError(
                    f"requires_grad: only floating tensors have gradients, this one is {data.dtype}"
                )
        self.data, self.needs_grad, self.node = data, requires_grad, node
        self._grad = self.hooks = None

    @property
    def shape(self) -> Shape:
        """The extents."""
        return self.data.shape  # type: ignore[no-any-return]

    @property
    def dtype(self) -> Any:
        """The dtype, a NumPy dtype object."""
        return self.data.dtype

    @property
    def edge(self) -> Any:
        """What stands for this tensor in the graph: its Node or Pick, or, for a leaf, itself."""
        return self if self.node is None else self.node


# ---- op ----------------------------------------------------------------------------------------------------
def op(
    *rules: Any,
    joint: Any = None,
    outputs: str = "y",
    composite: Any = None,
    promotes: str | None = None,
    floating: bool = False,
    strict: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make `forward(xp, inputs, *, parameters)` an op on Tensors, and on arrays.

    Args:
        rules: for each input the rule of its gradient, or None. A rule's parameter names say what it is given: `g`
            (`g_name` with several outputs), inputs, outputs, parameters, `shape` of its input, `shapes`, `needs`.
        joint: instead of rules, one that returns a gradient for each input.
        outputs: the outputs' names; `_name` is kept for rules and not returned, `*names` are as many as there are.
        composite: the op written with other ops, differentiated instead of the rules under `create_graph`.
        promotes: the inputs that are cast to a common dtype. Default: those with a rule.
        floating: integers and bools are computed in the default floating dtype.
        strict: dtypes that differ are refused instead, as PyTorch refuses them in matrix products.

    Raises:
        TypeError: if a rule asks for what there is not, or their number is wrong.

    >>> import minigrad as mg
    >>> @mg.op(lambda g, x: g * (3.0 * x * x))
    ... def cube(xp, x):
    ...     return x * x * x
    >>> x = mg.tensor(2.0, requires_grad=True)
    >>> cube(x).backward()
    >>> x.grad
    tensor(12.)
    """

    def wrap(forward: Callable[..., Any]) -> Callable[..., Any]:
        me = Op(forward, rules, joint, outputs, composite, promotes, floating, strict)
        arity, fits = 10**9 if me.tail else len(me.inputs), me.fits
        many, mixes = me.varied or len(me.outputs) > 1, len(me.promotable) > 1 or me.tail or floating
        plans, differentiable = me.plans, any(me.flows)

        def call(*args: Any, **params: Any) -> Any:
            if len(args) > arity or (params and not fits(params)):
                args, params = me.bind(args, params)  # type: ignore[assignment]
            for a in args:
                if isinstance(a, Tensor):
                    break
            else:  # a rule at work on arrays
                try:
                    xp = (args and NAMESPACES.get(type(args[0]))) or me.namespace(args)
                    y = forward(xp, *args, **params)
                except Exception as error:
                    raise explain(me, error, args, params) from error
                return me.visible(y) if many else y
            arrays: list[Any] = []
            edges = []
            dtype = kind = None
            key, bit, mixed = 0, 1, False
            for a in args:
                if isinstance(a, Tensor):
                    x = a.data
                    if dtype is None:
                        dtype, kind = x.dtype, type(x)
                    elif x.dtype is not dtype or type(x) is not kind:
                        mixed = True
                    if a.needs_grad:
                        key |= bit
                        edges.append(a if a.node is None else a.node)
                    arrays.append(x)
                else:
                    if type(a) not in PYTHON:
                        mixed = True
                    arrays.append(a)
                bit <<= 1
            if mixes and (mixed or dtype not in FLOATS):
                new = promote(me, args)
                if any(a is not b for a, b in zip(new, args, strict=True)):
                    return call(*new, **params)
            if stale:
                check_stale(arrays)
            try:
                y = forward(NAMESPACES[kind], *arrays, **params)  # type: ignore[index]
            except Exception as error:
                raise explain(me, error, arrays, params) from error
            if not many and (type(y) is not kind or (WIDENED and dtype in WIDENED)):
                y = settled(y, dtype, kind)
            if not (key and differentiable and (watch := mode.record)):
                return box(me, y) if many else Tensor(y)
            n = Node()
            n.op, n.edges, n.time = me, edges, writes.clock
            n.hooks = n.where = None
            key |= bit
            n.plan = plan = plans[key] if key in plans else me.plan(key)
            if many:
                arrays.extend(y)
                n.shape = [v.shape for v in y]
            else:
                arrays.append(y)
                n.shape = y.shape
            arrays.append(params)
            n.saved = plan.keep(arrays)
            if watch is not True:
                watch(n, arrays)
            return box(me, y, n) if many else Tensor(y, True, n)

        call.op = me  # type: ignore[attr-defined]
        functools.update_wrapper(call, forward)
        call.__signature__ = me.signature  # type: ignore[attr-defined]
        del call.__wrapped__  # type: ignore[attr-defined]
        return call

    return wrap


def promote(me: Op, args: Sequence[Any]) -> list[Any]:
    """Cast what differs. A cast is an op of its own: every edge keeps one dtype, and the engine knows of none."""
    at = range(len(args)) if me.tail else [i for i in me.promotable if i < len(args)]
    args = list(args)
    for i in at:
        a, name = args[i], me.tail or [*me.inputs][i]
        if isinstance(a, Tensor) or type(a) in PYTHON or (a is None is me.inputs.get(name, me)):
            continue
        if getattr(a, "dtype", None) not in KNOWN:
            raise DTypeError(f"{me.name}: {name} is {no_tensor(a)}")
        args[i] = float(a) if isinstance(a, float) else Tensor(a)  # float64 of NumPy is a Python float
    data = [a.data if isinstance(a, Tensor) else a for a in args]
    if len({id(NAMESPACES[type(x)]) for x in data if type(x) in NAMESPACES}) > 1:
        raise DeviceError(f"{me.name}: its inputs are on two devices; move one with .to()")
    to = me.common([data[i] for i in at if data[i] is not None])
    wrong = [i in at and isinstance(a, Tensor) and a.dtype != to for i, a in enumerate(args)]
    return [cast(a, dtype=to) if w else a for a, w in zip(args, wrong, strict=True)]


def box(me: Op, ys: Sequence[Array], n: Node | None = None) -> Any:
    """Several outputs as Tensors, with a Pick for each that a gradient can reach."""
    names, flows = (me.outputs * len(ys), me.flows * len(ys)) if me.varied else (me.outputs, me.flows)
    seen = [
        Tensor(y, True, Pick(n, k)) if n and f and y.dtype in FLOATS else Tensor(y)
        for k, (y, name, f) in enumerate(zip(ys, names, flows, strict=True))
        if name[0] != "_"
    ]
    return tuple(seen) if me.varied or len(seen) > 1 else seen[0]


def same(g: Array) -> Array:
    """The rule of an input whose gradient is the output's; the engine knows it and saves the call."""
    return g


# ---- backward -----------------------------------------------------------------------------------------------------
def schedule(roots: list[Any]) -> list[Any]:
    """Nodes and leaves, each after all that use it; a leaf right after its last user, so that its hook fires early."""
    uses, stack = dict.fromkeys(roots, 0), list(dict.fromkeys(roots))
    while stack:
        edges = stack.pop().edges
        if edges is None:
            raise GradientError("backward: an earlier one freed this graph; give that one retain_graph=True")
        for e in edges:
            if e in uses:
                uses[e] += 1
            else:
                uses[e] = 1
                stack.append(e)
    order, stack = [], [r for r in dict.fromkeys(roots) if not uses[r]]
    while stack:
        n = stack.pop()
        order.append(n)
        for e in n.edges:
            left = uses[e] = uses[e] - 1
            if not left:
                (stack if e.edges else order).append(e)
    return order


def revive(n: Node, v: Any, how: Any) -> Any:
    """A saved value as a Tensor in its place of the graph, for create_graph."""
    if type(how) is list:
        return tuple(revive(n, x, h) for x, h in zip(v, how, strict=True))
    if how is None or (type(v) not in NAMESPACES and type(v) is not list):
        return v
    if how == "const":
        return Tensor(v)
    if type(how) is int:
        return Tensor(v, True, n.edges[how])
    k = n.op.outputs.index(how)
    if n.op.varied:
        return [Tensor(x, True, Pick(n, j)) for j, x in enumerate(v)]
    if n.op.flows[k]:
        return Tensor(v, True, n if len(n.op.outputs) == 1 else Pick(n, k))
    if is_float(v.dtype) and not n.op.composite:
        why = f"create_graph needs the derivative of its '{how}': the op needs a composite"
        raise GradientError(f"{n.op.name}: {why}")
    return Tensor(v)


def replay(n: Node, gs: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """The gradients of a fused op as a graph: those of its composite."""
    given = values[-1 - len(n.op.inputs) - bool(n.op.tail) : -1]
    flat = [x for v in given for x in (v if type(v) is tuple else (v,))]
    xs = [alias(x) if isinstance(x, Tensor) and x.needs_grad else x for x in flat]
    ys = n.op.composite(*xs, **values[-1])
    used = [(y, g) for y, g in zip(ys if type(ys) is tuple else (ys,), gs, strict=False) if g is not None]
    needed = [x.node for x in xs if isinstance(x, Tensor) and x.needs_grad]
    found = run([y.edge for y, _ in used], [g for _, g in used], True, True, set(needed))
    return [found.get(e) for e in needed]


def fill(n: Node, row: dict[int, Any], create_graph: bool) -> list[Any]:
    """The gradients of several outputs; where nobody used one zeros, or None if the rule says g_name=None."""
    some = next(iter(row.values()))
    some = some.data if create_graph else some

    def of(k: int, zeros: bool) -> Any:
        if k in row or not zeros:
            return row.get(k)
        z = NAMESPACES[type(some)].zeros(n.shape[k], some.dtype)
        return Tensor(z) if create_graph else z

    if n.op.varied:
        return [[of(k, True) for k in range(len(n.shape))]]
    return [of(k, z) for k, z in enumerate(n.op.zeros)]


def apart(out: Any, values: Any) -> Iterator[Any]:
    """A joint rule may answer with one array twice, or with what it was given: nobody may add into that."""
    seen = set(map(id, values))
    for x in out:
        yield x.copy() if x is not None and id(x) in seen else x
        seen.add(id(x))


def pull(n: Node, g: Any, create_graph: bool, useful: Any) -> Any:
    """The gradients of a node's inputs, one for each edge."""
    op, plan, saved = n.op, n.plan, n.saved
    if callable(saved):
        saved = saved()  # checkpoint, offload
    if writes.clock > n.time:
        check_saved(op.name + (n.where or ""), n.time, saved if type(saved) is tuple else [*saved])
    if create_graph:
        saved = [revive(n, fresh(v) if stale else v, how) for v, how in zip(saved, plan.how, strict=True)]
    elif plan.only and useful is None:  # the quick road: one rule, handed what was saved as it comes
        return (plan.only(g, *saved),)
    gs = fill(n, g, create_graph) if type(g) is dict else (g,)
    values = (*gs, *saved)
    if create_graph and op.composite:
        return replay(n, gs, values)
    if plan.joint:
        rule, pick = plan.calls[0]
        out = plan.joint(rule(*pick(values)))
        return out if create_graph else apart(out, (v for g in gs for v in (g if type(g) is list else (g,))))
    if useful is None:
        return [g if rule is same else rule(*pick(values)) for rule, pick in plan.calls]
    return [
        rule(*pick(values)) if e in useful else None
        for e, (rule, pick) in zip(n.edges, plan.calls, strict=True)
    ]


def run(roots: list[Any], gs: Any, create_graph: bool, retain: bool, wanted: Any = None) -> dict[Any, Tensor]:
    """One reverse pass: into the leaves' .grad, or, given wanted nodes and leaves, into the dict it returns."""
    order, owned, found, useful = schedule(roots), set(), {}, wanted and set(wanted)
    table: dict[Any, Any] = {}
    for n in reversed(order) if wanted else ():  # only what leads to a wanted tensor is computed
        if not useful.isdisjoint(n.edges):
            useful.add(n)
    for r, g in zip(roots, gs, strict=True):
        table[r] = table[r] + g if r in table else g
    for n in order:
        g = table.pop(n, None)
        if g is None:
            continue
        if n.hooks:
            owned.discard(n)  # a hook may keep what it sees
            g = hooked(n, g, create_graph)
        if wanted and n in wanted:
            found[n] = g if create_graph else Tensor(g)
        if type(n) is Pick:
            row = table.setdefault(n.edges[0], {})
            row[n.k] = row[n.k] + g if n.k in row else g
        elif type(n) is not Node:
            if not wanted:
                accumulate(n, g, create_graph, n in owned)
                for after in [h for h in n.hooks if type(h) is After] if n.hooks else ():
                    after.hook(n)
        elif useful is None or n in useful:
            for e, gx in zip(n.edges, pull(n, g, create_graph, useful)):  # noqa: B905  (strict costs time)
                if gx is None or (useful and e not in useful):
                    continue
                if n.where:
                    check_finite(n, gx, g)
                if gx.shape != e.shape or WIDENED:
                    gx = fit(n, narrowed(n, gx, g), e.shape)
                if e not in table:
                    table[e] = gx
                    if gx is not g and not create_graph and gx.base is None:
                        owned.add(e)
                elif e in owned:
                    table[e] += gx  # the engine alone has seen this buffer
                else:
                    table[e] = table[e] + gx
                    if not create_graph:
                        owned.add(e)
            if not retain:
                n.edges = n.saved = None
    return found


def hooked(n: Any, g: Any, create_graph: bool) -> Any:
    """The gradient after the hooks, each of which may hand on another."""
    for hook in [*n.hooks]:  # one may remove itself
        if (new := hook(g if create_graph else Tensor(g))) is None:
            continue
        if not isinstance(new, Tensor) or (new.shape, new.dtype) != (g.shape, g.dtype):
            raise GradientError(f"a gradient hook returned {describe(new)}, where a tensor {describe(g)} was")
        g = new if create_graph else new.data
    return g


def fit(n: Node, gx: Any, shape: Shape) -> Any:
    """Sum a gradient to its input's shape."""
    try:
        return gx if gx.shape == shape else sum_to(gx, shape=shape)
    except ValueError:
        raise GradientError(f"{n.op.name}: its rule gives {gx.shape} for an input {shape}") from None


def accumulate(leaf: Tensor, g: Any, create_graph: bool, own: bool) -> None:
    """Add a gradient to a leaf's; never into an array that somebody else may hold."""
    with lock:  # two threads may go backward into one leaf
        old = leaf._grad
        if create_graph:
            leaf._grad = g if old is None else old + g
        elif old is None:
            mine = own and type(g) is type(leaf.data) and g.dtype is leaf.dtype
            leaf._grad = Tensor(g if mine else NAMESPACES[type(leaf.data)].array(g, dtype=leaf.dtype))
        elif old.node is None:
            old.data += g
            changed(old.data)
        else:
            leaf._grad = Tensor(old.data + g)


def seed(t: Tensor, g: Any) -> Tensor:
    """The gradient that a reverse pass starts from: ones for a single number, else what the caller gave."""
    if not t.needs_grad:
        why = "this tensor needs no gradient: no input of it did, or it was made in no_grad"
        raise GradientError(f"backward: {why}")
    if g is None:
        if t.data.size != 1:
            raise ShapeError(f"backward: a tensor of shape {t.shape} needs a gradient of that shape")
        return Tensor(NAMESPACES[type(t.data)].ones_like(t.data))
    g = g if isinstance(g, Tensor) else Tensor(g)
    if g.shape != t.shape:
        raise ShapeError(f"backward: gradient has shape {g.shape}, its tensor {t.shape}")
    return g if g.dtype == t.dtype else cast(g, dtype=t.dtype)  # type: ignore[no-any-return]


def backward(
    outputs: Sequence[Tensor],
    gs: Sequence[Any] | None = None,
    create_graph: bool = False,
    retain_graph: bool | None = None,
    wanted: Any = None,
) -> dict[Any, Tensor]:
    """Run backward from several tensors at once: see `Tensor.backward`."""
    seeds = [seed(t, g) for t, g in zip(outputs, gs or [None] * len(outputs), strict=True)]
    with recording(create_graph), NAMESPACES[type(outputs[0].data)].errstate(all="ignore"):
        return run(
            [t.edge for t in outputs],
            seeds if create_graph else [g.data for g in seeds],
            create_graph,
            create_graph if retain_graph is None else retain_graph,
            wanted,
        )


# ---- the ops that the engine itself needs ---------------------------------------------------------------------------
@op(same)
def alias(xp: Any, x: Array) -> Array:
    """The same values as another tensor of the graph."""
    return x


@op(lambda g, _was: cast(g, dtype=_was), outputs="y _was")
def cast(xp: Any, x: Array, *, dtype: Any) -> Any:
    """The values in another dtype."""
    return x.astype(dtype), x.dtype


@op(lambda g, shape: expand(g, shape=shape))
def sum_to(xp: Any, x: Array, *, shape: Shape) -> Array:
    """Sum what broadcasting had repeated, back to `shape`."""
    extra = x.ndim - len(shape)
    if extra < 0 or any(s not in (1, t) for s, t in zip(shape, x.shape[extra:], strict=True)):
        raise ShapeError(f"sum_to: {x.shape} does not come from broadcasting {shape}")
    axes = tuple(range(extra)) + tuple(i + extra for i, s in enumerate(shape) if s == 1)
    y = xp.total(x, axes, accumulator(x.dtype), True)
    return y.reshape(shape).astype(x.dtype, copy=False)


@op(same)  # the engine sums back
def expand(xp: Any, x: Array, *, shape: Shape) -> Array:
    """Broadcast to `shape` without copying."""
    return xp.broadcast_to(x, shape)
