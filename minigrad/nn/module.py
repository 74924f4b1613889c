"""Module: parameters, buffers and modules by the names of the attributes that hold them.

An attribute is all there is: what `parameters()` or `state_dict()` give is looked up among a module's attributes, so
nothing has to be kept in step with them, and reading `self.weight` costs no more than in any Python object.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Self

from ..backend import ARRAYS, as_array
from ..core import Tensor
from ..creation import zeros_like
from ..dtypes import is_float
from ..errors import ArgumentError, DTypeError, describe
from ..graph import Handle
from ..placement import placement
from ..tensor import tensor
from . import hooks
from .locate import locate
from .state import LoadReport, load


class Parameter(Tensor):
    """A tensor that a Module finds among its attributes, and that requires grad unless told otherwise.

    Args:
        data: a Tensor or an array, whose memory it shares if that can be written; or numbers.
        requires_grad: whether it collects gradients.

    Raises:
        DTypeError: if it requires grad and is not floating.

    >>> Parameter([1.0, 2.0])
    Parameter containing:
    tensor([1., 2.], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        raw = data.data if isinstance(data, Tensor) else data if hasattr(data, "dtype") else tensor(data).data
        raw = raw if type(raw) in ARRAYS else as_array(raw)
        if not getattr(raw.flags, "writeable", True):
            raw = raw.copy()
        super().__init__(raw, requires_grad)

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"


class Module:
    """A layer or a network: subclass it, assign Parameters and Modules as attributes, define `forward`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> class Scale(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = nn.Parameter([2.0])
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> scale = Scale()
    >>> scale(mg.tensor([1.0, 2.0])).tolist()
    [2.0, 4.0]
    >>> scale.state_dict()
    {'factor': tensor([2.])}
    """

    # What every module begins with lives on the class, so that a subclass may do without super().__init__().
    training: bool = True
    _absent: Collection[str] = ()  # the names of parameters that are None
    _buffers: Mapping[str, bool] = {}  # the names of buffers, and whether state_dict has them
    _pre_hooks: Any = ()
    _hooks: Any = ()
    _backward_pre_hooks: Any = ()
    _backward_hooks: Any = ()

    def forward(self, *args: Any, **params: Any) -> Any:
        """Compute the outputs; written by the subclass, called as `module(x)`."""
        raise NotImplementedError(
            f"{type(self).__name__} has no forward: define forward(self, x) in the class"
        )

    def __call__(self, *args: Any, **params: Any) -> Any:
        """Run the hooks and `forward`; an error that leaves it names this module."""
        try:
            if self._pre_hooks or self._hooks or self._backward_hooks or self._backward_pre_hooks:
                return hooks.run(self, args, params)
            return self.forward(*args, **params)
        except Exception as error:
            locate(self, error)
            raise

    # ---- attributes ----------------------------------------------------------------------------------------------
    def __setattr__(self, name: str, value: Any) -> None:
        old = self.__dict__.get(name)
        if value is None and isinstance(old, Parameter):
            self.__dict__.setdefault("_absent", set()).add(name)
        if isinstance(value, Parameter | Module):
            if isinstance(value, Module) and any(m is self for m in value.modules()):
                raise ArgumentError(f"{type(self).__name__}.{name}: a module cannot contain itself")
            if name in self._buffers:
                del self.__dict__["_buffers"][name]
        elif value is not None:
            kind, self_name = type(value).__name__, type(self).__name__
            if isinstance(old, Parameter) or (name in self._absent and isinstance(value, Tensor)):
                raise DTypeError(
                    f"{self_name}.{name} is a Parameter and takes a Parameter or None, not a {kind}; to change its "
                    f"values: with no_grad(): module.{name}[...] = values"
                )
            if isinstance(old, Module):
                raise DTypeError(f"{self_name}.{name} is a Module and takes a Module or None, not a {kind}")
            if name in self._buffers and not isinstance(value, Tensor):
                raise DTypeError(f"{self_name}.{name} is a buffer and takes a Tensor or None, not a {kind}")
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        if name in self._buffers:
            del self.__dict__["_buffers"][name]

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Assign a parameter, or None, under a name that is free or another parameter's.

        Raises:
            ArgumentError: if the name is taken, or holds a dot.
            DTypeError: if `param` is neither.
        """
        self._register(name, param, Parameter)
        if param is None:
            self.__dict__.setdefault("_absent", set()).add(name)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Assign a tensor that is state but not trained, such as a running mean, as a buffer.

        Args:
            persistent: whether state_dict has it.

        Raises:
            ArgumentError: if the name is taken, or holds a dot.
            DTypeError: if `tensor` is not a tensor.
        """
        if isinstance(tensor, Parameter):
            raise DTypeError(
                f"{type(self).__name__}: {name!r} is a Parameter: detach() it, or use register_parameter"
            )
        self._register(name, tensor, Tensor)
        self.__dict__.setdefault("_buffers", {})[name] = persistent

    def add_module(self, name: str, module: Module | None) -> None:
        """Assign a module under a name that is free or another module's; it may be a number such as "0".

        Raises:
            ArgumentError: if the name is taken, or holds a dot.
            DTypeError: if `module` is not a Module.
        """
        self._register(name, module, Module)

    def _register(self, name: str, value: Any, kind: type) -> None:
        who = f"{type(self).__name__}: {name!r}"
        if not isinstance(name, str) or not name or "." in name:
            raise ArgumentError(f"{who} is not a name: state_dict joins names with dots, use a text without")
        if value is not None and not isinstance(value, kind):
            raise DTypeError(f"{who} is a {describe(value)}, where a {kind.__name__} or None is wanted")
        known = name in self._buffers if kind is Tensor else isinstance(self.__dict__.get(name), kind)
        if hasattr(self, name) and not known and getattr(self, name) is not None:
            raise ArgumentError(f"{who} is an attribute already: use another name")
        setattr(self, name, value)

    def _own(self, kind: type) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if isinstance(value, kind)}

    def _own_buffers(self, persistent_only: bool = False) -> dict[str, Any]:
        names = (name for name, persistent in self._buffers.items() if persistent or not persistent_only)
        return {name: self.__dict__[name] for name in names if self.__dict__[name] is not None}

    # ---- what there is --------------------------------------------------------------------------------------------
    def named_modules(self, prefix: str = "", remove_duplicate: bool = True) -> Iterator[tuple[str, Module]]:
        """This module and all below it with their paths, each before those that it holds."""
        return walk(prefix, self, set() if remove_duplicate else None)

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that are attributes of this one, each once."""
        return once(self._own(Module).items())

    def children(self) -> Iterator[Module]:
        """The modules that are attributes of this one, each once."""
        return (module for _, module in self.named_children())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters with their paths, in the order of assignment.

        Args:
            prefix: begins every path; a dot that is to follow it is part of it, as in PyTorch.
            recurse: whether those of the modules below are among them.
            remove_duplicate: give a parameter that has several paths once.

        >>> from minigrad import nn
        >>> [name for name, _ in nn.Sequential(nn.Linear(2, 3), nn.ReLU()).named_parameters()]
        ['0.weight', '0.bias']
        """
        return self._members(lambda m: m._own(Parameter), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, each once: what an optimizer is given."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers with their paths: see `named_parameters`."""
        return self._members(Module._own_buffers, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers, each once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _members(
        self, members: Callable[[Module], dict[str, Any]], prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        modules = self.named_modules(prefix, remove_duplicate) if recurse else iter([(prefix, self)])
        found = ((join(path, name), x) for path, module in modules for name, x in members(module).items())
        return once(found) if remove_duplicate else found

    def get_submodule(self, target: str) -> Module:
        """The module at a path such as "features.3"; this one for "".

        Raises:
            ArgumentError: if there is none.
        """
        module = self
        for name in target.split(".") if target else ():
            known = module._own(Module)
            if name not in known:
                raise ArgumentError(f"get_submodule: {target!r}: {the_names(module, known, 'modules')}")
            module = known[name]
        return module

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a path such as "features.3.weight".

        Raises:
            ArgumentError: if there is none.
        """
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        known = module._own(Parameter)
        if name not in known:
            raise ArgumentError(f"get_parameter: {target!r}: {the_names(module, known, 'parameters')}")
        return known[name]  # type: ignore[no-any-return]

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a path such as "features.4.running_mean".

        Raises:
            ArgumentError: if there is none.
        """
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        known = module._own_buffers()
        if name not in known:
            raise ArgumentError(f"get_buffer: {target!r}: {the_names(module, known, 'buffers')}")
        return known[name]  # type: ignore[no-any-return]

    # ---- what changes all of it -----------------------------------------------------------------------------------
    def train(self, mode: bool = True) -> Self:
        """Set `training`, which dropout and batch normalisation heed, here and below.

        Raises:
            ArgumentError: if `mode` is not a bool.
        """
        if not isinstance(mode, bool):
            raise ArgumentError(
                f"{type(self).__name__}.train: mode is a {describe(mode)}, and True or False is wanted"
            )
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """`train(False)`."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Turn gradients on or off for every parameter: `requires_grad_(False)` freezes."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or, with set_to_none=False, fill them with zeros."""
        for parameter in self.parameters():
            if parameter.grad is not None:
                parameter.grad = None if set_to_none else zeros_like(parameter)

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call fn with every module, those below first."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def to(self, target: Any = None, *, dtype: Any = None, device: str | None = None) -> Self:
        """Bring floating parameters and buffers to another dtype, and all to another device; in place.

        Raises:
            DTypeError: if the dtype is not floating.
            DeviceError: for a device that is not there.
        """
        dtype, device = placement(target, dtype, device)
        if dtype is not None and not is_float(dtype):
            raise DTypeError(f"{type(self).__name__}.to: parameters are floating, and {dtype} is not")

        def moved(t: Tensor) -> Any:
            return t.detach().to(dtype=dtype if is_float(t.dtype) else None, device=device)

        tensors = dict.fromkeys([*self.parameters(), *self.buffers()])
        new = [(t, moved(t), None if t.grad is None else moved(t.grad)) for t in tensors]
        for t, values, grad in new:
            t.data, t.grad = values.data, grad
        return self

    def cpu(self) -> Self:
        """`to("cpu")`."""
        return self.to("cpu")

    def cuda(self) -> Self:
        """`to("cuda")`."""
        return self.to("cuda")

    def bfloat16(self) -> Self:
        """`to(bfloat16)`, a dtype of ml_dtypes."""
        return self.to("bfloat16")

    def half(self) -> Self:
        """`to(float16)`."""
        return self.to("float16")

    def double(self) -> Self:
        """`to(float64)`."""
        return self.to("float64")

    def float(self) -> Self:
        """`to(float32)`."""
        return self.to("float32")

    # ---- state ----------------------------------------------------------------------------------------------------
    def state_dict(self, prefix: str = "", keep_vars: bool = False) -> dict[str, Tensor]:
        """The parameters and persistent buffers by their paths.

        Args:
            prefix: begins every path.
            keep_vars: give the parameters themselves. Otherwise tensors outside of any graph, over the same memory:
                training goes on changing them, `copy.deepcopy` keeps them as they are.
        """
        state: dict[str, Tensor] = {}
        for path, module in self.named_modules(remove_duplicate=False):
            for name, t in (
                *module._own(Parameter).items(),
                *module._own_buffers(persistent_only=True).items(),
            ):
                state[prefix + join(path, name)] = t if keep_vars else t.detach()
        return state

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> LoadReport:
        """Copy values into the parameters and persistent buffers: all of them, or, on an error, none.

        Args:
            state_dict: tensors of minigrad or PyTorch, or arrays, by path; they are cast to the dtypes here.
            strict: whether every path must be on both sides.

        Returns:
            the paths that the state dict lacks, and those that it alone has.

        Raises:
            StateError: with every path that is missing, unexpected or misshapen.
        """
        return load(
            f"{type(self).__name__}.load_state_dict", self.state_dict(keep_vars=True), state_dict, strict
        )

    # ---- hooks and print ------------------------------------------------------------------------------------------
    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> Handle:
        """Call `hook(module, args)` before every forward; it may return other args, a tuple or a single one.

        Args:
            prepend: call it before the hooks that are there, instead of after them.
            with_kwargs: call `hook(module, args, kwargs)`, which may return both.

        Returns:
            a handle whose `remove()` takes the hook away.
        """
        return hooks.add(self, "_pre_hooks", hooks.forward_hook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> Handle:
        """Call `hook(module, args, output)` after every forward; it may return another output.

        Args:
            prepend: call it before the hooks that are there, instead of after them.
            with_kwargs: call `hook(module, args, kwargs, output)`.

        Returns:
            a handle whose `remove()` takes the hook away.
        """
        return hooks.add(self, "_hooks", hooks.forward_hook(hook, with_kwargs), prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call `hook(module, grad_output)` when the gradients of the outputs are known; it may return others."""
        return hooks.add(self, "_backward_pre_hooks", hook, prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call `hook(module, grad_input, grad_output)` when the gradients of the inputs are known.

        Both are tuples, of the tensors among the positional arguments (None where no gradient flows) and among the
        outputs; the hook may return another grad_input.

        >>> import minigrad as mg
        >>> from minigrad import nn
        >>> layer = nn.Tanh()
        >>> handle = layer.register_full_backward_hook(lambda m, grad_input, grad_output: print(grad_input))
        >>> layer(mg.zeros(2, requires_grad=True)).sum().backward()
        (tensor([1., 1.]),)
        """
        return hooks.add(self, "_backward_hooks", hook, prepend)

    def extra_repr(self) -> str:
        """What `repr` prints of this module beside the modules that it holds; for a subclass to write."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = [f"({name}): {module}" for name, module in self._own(Module).items()]
        if not lines and "\n" not in extra:
            return f"{type(self).__name__}({extra})"
        lines = [*extra.split("\n"), *lines] if extra else lines
        return "\n".join(
            [f"{type(self).__name__}(", *("  " + line.replace("\n", "\n  ") for line in lines), ")"]
        )


def walk(path: str, module: Module, seen: set[Module] | None) -> Iterator[tuple[str, Module]]:
    """A module and all below it with their paths, but for those seen before."""
    if seen is not None:
        if module in seen:
            return
        seen.add(module)
    yield path, module
    for name, child in module._own(Module).items():
        yield from walk(join(path, name), child, seen)


def join(path: str, name: str) -> str:
    """A path one name longer."""
    return f"{path}.{name}" if path else name


def once(named: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Each value under the first of its names."""
    seen: set[int] = set()
    for name, value in named:
        if id(value) not in seen:
            seen.add(id(value))
            yield name, value


def the_names(module: Module, known: Mapping[str, Any], kind: str) -> str:
    """What there is where a name was looked for in vain."""
    return f"{type(module).__name__} has " + (f"the {kind} {', '.join(known)}" if known else f"no {kind}")
