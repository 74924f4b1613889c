"""What an op is before any tensor meets it: its signature, its rules, and what they make it keep.

A rule's parameter names say what it needs. For each set of inputs that need a gradient an op has a Plan, made once:
which values to keep from the forward, and which rules to call with what.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from .backend import NAMESPACES, namespace_for
from .dtypes import WIDENED, get_default_dtype, is_float, result_type
from .errors import DTypeError, GradientError, describe


def getter(at: Sequence[int]) -> Callable[[Any], Any]:
    """itemgetter that always answers with a sequence."""
    if len(at) > 1:
        return itemgetter(*at)
    return itemgetter(slice(at[0], at[0] + 1)) if at else lambda _: ()


def finite(value: Any) -> bool:
    """Whether there is neither NaN nor infinity in an array, a number, or a sequence of these."""
    if isinstance(value, tuple | list):
        return all(map(finite, value))
    value = getattr(value, "data", value) if type(value) not in NAMESPACES else value  # of a Tensor
    if type(value) in NAMESPACES and is_float(value.dtype):
        return bool(NAMESPACES[type(value)].isfinite(value).all())
    return not isinstance(value, float) or math.isfinite(value)


def check_finite(n: Any, gx: Any, g: Any) -> None:
    """In anomaly mode: refuse a gradient that is not finite where what it was made from is.

    Raises:
        GradientError: naming the op, and the line that called it.
    """
    if finite([*g.values()] if type(g) is dict else g) and not finite(gx):
        raise GradientError(
            f"{n.op.name}{n.where}: backward made NaN or infinity from a gradient that is finite"
        )


def narrowed(n: Any, gx: Any, g: Any) -> Any:
    """A gradient in the dtype of the one it came from, where NumPy has widened it beside a Python float."""
    to = (next(iter(g.values())) if type(g) is dict else g).dtype
    if to not in WIDENED or gx.dtype == to or n.op.name == "cast":
        return gx
    return gx.astype(to) if type(gx) in NAMESPACES else gx.to(to)


def names_of(rule: Any) -> Any:
    """The parameters of a rule, by name."""
    return inspect.signature(rule).parameters if rule else {}


# How a parameter may be declared as a number: what is handed on as it is, and what a message calls it
NUMBERS: dict[Any, tuple[tuple[Any, ...], str]] = {
    "int": ((int,), "an integer"),
    "float": ((float, int, bool), "a number"),
    "bool": ((bool,), "True or False"),
}


def number(op: str, name: str, value: Any, declared: str) -> Any:
    """What a parameter that is declared as a number was given: a 0-d tensor or a NumPy scalar becomes a Python number.

    Raises:
        DTypeError: naming the op and the parameter, if it is anything else.
    """
    kinds, wanted = NUMBERS[declared]
    single = getattr(value, "shape", None) == () and not getattr(value, "requires_grad", False)
    given = value.item() if single else value
    if not isinstance(given, kinds) or (declared == "int" and isinstance(given, bool)):
        raise DTypeError(f"{op}: {name} is {describe(value)}, where {wanted} is wanted")
    return given


# PyTorch's names for what rules know by a shorter one, and NumPy's for dims
ALIASES = (
    *(("x", "input"), ("a", "input"), ("b", "other"), ("dim", "axis"), ("keepdim", "keepdims"), ("x", "A")),
    *(("start", "input"), ("dim0", "axis0"), ("dim1", "axis1")),
)


class Plan:
    """For one set of inputs that need a gradient: what to keep, which rules to call with what. Made once."""

    __slots__ = ("calls", "how", "joint", "keep", "only")
    keep: Callable[[Any], Any]
    how: list[Any]
    calls: list[Any]
    joint: Any
    only: Any  # a single rule that takes (g, *saved) as they come


class Op:
    """What is known of an op: its signature, its rules, and a plan for each set of inputs that need a gradient."""

    def __init__(
        self,
        forward: Any,
        rules: Any,
        joint: Any,
        outputs: str,
        composite: Any,
        promotes: str | None,
        floating: bool,
        strict: bool,
    ) -> None:
        if not callable(forward):
            raise TypeError(
                f"op: {describe(forward)} is no function to make an op of; the decorator has parentheses, @op(...)"
            )
        ps = list(inspect.signature(forward).parameters.values())[1:]
        self.signature = inspect.Signature(ps)
        self.name, self.forward, self.doc = forward.__name__, forward, forward.__doc__
        self.told = self.name.removesuffix("_at")  # in messages: topk_at is what topk has of its own
        self.rules, self.joint, self.composite = rules, joint, composite
        self.floating, self.strict = floating, strict
        self.plans: dict[int, Plan] = {}
        self.inputs = {p.name: p.default for p in ps if p.kind is p.POSITIONAL_OR_KEYWORD}
        self.params = {p.name: p.default for p in ps if p.kind is p.KEYWORD_ONLY}
        known = {*self.inputs, *self.params}
        self.aliases = {name: own for own, name in ALIASES if own in known and name not in known}
        kinds = {
            p.name: getattr(p.annotation, "__name__", p.annotation) for p in ps
        }  # int, or the text "int"
        self.declared = {name: kinds[name] for name in self.params if kinds[name] in NUMBERS}
        self.kinds: dict[str, Any] = {name: NUMBERS[kind][0] for name, kind in self.declared.items()}
        self.kinds |= dict.fromkeys((*self.inputs, *self.aliases), ())
        self.tail = next((p.name for p in ps if p.kind is p.VAR_POSITIONAL), None)
        self.varied, self.outputs = outputs[0] == "*", outputs.strip("*").split()
        public = [name for name in self.outputs if name[0] != "_"]  # _name: kept for the rules, not returned
        self.grads = ["g" if public == [name] and not self.varied else "g_" + name for name in self.outputs]
        if rules and (self.tail or len(rules) != len(self.inputs)):
            raise TypeError(
                f"{self.name}: {len(rules)} rules for the inputs {[*self.inputs]}: "
                "None where no gradient flows, joint= for variadic inputs"
            )
        if rules and joint:
            raise TypeError(f"{self.name}: rules and a joint rule; one of the two is wanted")
        if wrong := set((promotes or "").split()) - {*self.inputs}:
            raise TypeError(f"{self.name}: promotes names {sorted(wrong)}; the inputs are {[*self.inputs]}")
        asked: dict[str, bool] = {}  # name -> does it want zeros for a missing gradient
        for rule in (joint, *rules):
            asked.update((p.name, p.default is not None) for p in names_of(rule).values())
        given = {*self.grads, *self.inputs, self.tail, *self.outputs, *self.params}
        given |= {"shape", "shapes", "needs"}
        if not given.issuperset(asked):
            there = sorted(filter(None, given))
            raise TypeError(f"{self.name}: a rule asks for {sorted(set(asked) - given)}; there is {there}")
        # an output whose gradient no rule asks for has none
        self.flows = [name in asked for name in self.grads]
        self.zeros = [asked.get(name, False) for name in self.grads]
        names = [*self.inputs] if joint else [n for n, r in zip(self.inputs, rules, strict=False) if r]
        self.promotable = [
            i for i, n in enumerate(self.inputs) if n in (names if promotes is None else promotes.split())
        ]

    def common(self, values: Sequence[Any]) -> Any:
        """The dtype in which inputs of mixed dtypes are computed."""
        to = result_type(values)
        if self.strict and any(v.dtype != to for v in values if type(v) in NAMESPACES):
            came = ", ".join(map(describe, values))
            raise DTypeError(f"{self.name}: its inputs are {came}: bring them to one dtype with .to(dtype)")
        return get_default_dtype() if self.floating and not is_float(to) else to

    def fits(self, params: dict[str, Any]) -> bool:
        """Whether keywords can be handed on as they are: no input is among them, and every number is one."""
        kinds = self.kinds
        for name in params:  # noqa: SIM110  (a generator costs time)
            if name in kinds and type(params[name]) not in kinds[name]:
                return False
        return True

    def bind(self, args: Any, params: Any) -> tuple[list[Any], dict[str, Any]]:
        """Inputs given by keyword, parameters given by position; PyTorch's names become the op's own."""
        args, count = list(args), len(self.inputs)
        params = {self.aliases.get(name, name): value for name, value in params.items()}
        if len(args) > (most := count + len(self.params)):
            raise DTypeError(f"{self.name}: too many positional arguments: {len(args)}, it takes {most}")
        params.update(zip(self.params, args[count:], strict=False))
        del args[count:]
        for name in self.declared.keys() & params.keys():
            params[name] = number(self.told, name, params[name], self.declared[name])
        for name, default in list(self.inputs.items())[len(args) :]:
            if name in params or default is not inspect.Parameter.empty:
                args.append(params.pop(name, default))
        return args, params

    def plan(self, key: int) -> Plan:
        """key: one bit for each input, set where it needs a gradient, then a 1."""
        count = key.bit_length() - 1
        needed = [i for i in range(count) if key >> i & 1]
        wanted: list[Any] = []
        p = Plan()

        def call(rule: Any, i: int | None = None) -> Any:
            at = []
            for name in names_of(rule):
                item = name, i if name == "shape" else None
                if name not in self.grads and item not in wanted:
                    wanted.append(item)
                is_g = name in self.grads
                at.append(self.grads.index(name) if is_g else len(self.grads) + wanted.index(item))
            return rule or (lambda: None), getter(at)

        p.calls = [call(self.joint)] if self.joint else [call(self.rules[i], i) for i in needed]
        p.joint = self.chosen(needed, count) if self.joint else None
        lone = self.rules[needed[0]] if len(needed) == 1 and self.rules and not self.composite else None
        p.only = lone if lone and self.grads == ["g"] == [*names_of(lone)][:1] else None
        if self.composite:
            wanted += [(name, None) for name in (*self.inputs, self.tail, "params") if name]
        edge = {i: k for k, i in enumerate(needed)}
        found = [self.source(name, i, count, edge) for name, i in wanted]
        fetch, p.how = [f for f, _ in found], [how for _, how in found]
        if any(map(callable, fetch)):
            p.keep = lambda pool: [f(pool) if callable(f) else pool[f] for f in fetch]
        else:
            p.keep = getter(fetch)
        self.plans[key] = p
        return p

    def chosen(self, needed: Sequence[int], count: int) -> Callable[[Any], Any]:
        """What takes the needed gradients out of a joint rule's answer.

        Raises:
            GradientError: from it, if the answer is not a gradient for each input.
        """
        pick, most = getter(needed), max(count, len(self.inputs))

        def choose(answer: Any) -> Any:
            if not isinstance(answer, tuple | list) or not count <= len(answer) <= most:
                what = len(answer) if isinstance(answer, tuple | list) else f"a {type(answer).__name__}"
                raise GradientError(
                    f"{self.name}: its joint rule answers with {what}, where a gradient for each of {count} "
                    "inputs is wanted, in a tuple; None where there is none"
                )
            return pick(answer)

        return choose

    def source(self, name: str, i: int | None, count: int, edge: dict[int, int]) -> tuple[Any, Any]:
        """Where a saved value is found in the pool [*inputs, *outputs, params], and what it is under create_graph."""
        inputs = list(self.inputs)
        if name in self.inputs:
            j = inputs.index(name)
            return (j if j < count else lambda _: None), edge.get(j, "const")
        if name == self.tail:
            rest = range(len(inputs), count)
            return (lambda pool: tuple(pool[len(inputs) : count])), [edge.get(j, "const") for j in rest]
        if name in self.outputs:
            if self.varied:
                return (lambda pool: list(pool[count:-1])), name
            return count + self.outputs.index(name), name
        known: dict[str, Any] = {
            "shape": lambda pool: getattr(pool[i], "shape", ()),
            "shapes": lambda pool: [getattr(x, "shape", ()) for x in pool[:count]],
            "needs": lambda _: [j in edge for j in range(count)],
            "params": lambda pool: {**self.params, **pool[-1]},
        }
        return known.get(name, lambda pool: pool[-1].get(name, self.params.get(name))), None

    def namespace(self, args: Sequence[Any]) -> Any:
        """The namespace of the first array.

        Raises:
            TypeError: if there is none.
        """
        for a in args:
            if type(a) in NAMESPACES or hasattr(a, "dtype"):  # or a scalar of bfloat16
                return NAMESPACES.get(type(a), namespace_for(None))
        raise TypeError("one of its inputs has to be a tensor")

    def visible(self, ys: Sequence[Any]) -> Any:
        """The outputs that are returned: one, or a tuple."""
        if self.varied:
            return tuple(ys)
        seen = tuple(y for y, name in zip(ys, self.outputs, strict=True) if name[0] != "_")
        return seen if len(seen) > 1 else seen[0]
