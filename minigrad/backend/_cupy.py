"""The GPU namespace: CuPy's names, plus what both NumPy and CuPy lack. Only this file and `_kernels` name CuPy."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import types
from typing import Any

from ..errors import DeviceError
from ._cupy_activation import Activations
from ._cupy_conv import Convolution
from ._cupy_copy import Copies
from ._cupy_guard import Guard
from ._cupy_index import Indexing
from ._cupy_matmul import Products
from ._cupy_norm import Normalisation
from ._cupy_optim import Steps
from ._cupy_pool import Pooling
from ._cupy_random import Random

SIMULATED = "minigrad.testing.cudasim.cupy"


class NoState:
    """`numpy.errstate` where nothing warns: a card does not."""

    def __call__(self, **kinds: str) -> NoState:
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        pass


class Zeros(dict[Any, Any]):
    """A 0-d zero of each dtype: here a number does as well, and is on every device."""

    def __missing__(self, dtype: Any) -> Any:
        self[dtype] = found = dtype.type(0)
        return found


def library() -> Any:
    """CuPy, or its stand-in.

    Raises:
        DeviceError: if CuPy is not installed, or finds no device: with what to do.
    """
    simulated = os.environ.get("MINIGRAD_CUDASIM") == "1"
    try:
        cupy = importlib.import_module(SIMULATED if simulated else "cupy")
    except ImportError as error:
        raise DeviceError(
            f"device 'cuda': CuPy cannot be imported ({error}); pip install 'minigrad[cuda13]' or 'minigrad[cuda12]', "
            "or set MINIGRAD_CUDASIM=1 to run kernels on the CPU, for tests"
        ) from error
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except (
        Exception
    ) as error:  # no driver, one that is too old, no permission: the runtime's own words say which
        raise DeviceError(f"device 'cuda': the CUDA driver does not answer: {error}") from error
    if not count:
        raise DeviceError("device 'cuda': the CUDA driver knows of no device")
    return cupy


def twin(name: str, xp: Any) -> Any:
    """A module of this package once more, computing with `xp` where it says `np`: the same code for both."""
    found = importlib.util.find_spec(f"{__package__}.{name}")
    assert found is not None and found.origin is not None
    spec = importlib.util.spec_from_file_location(f"{__package__}.{name}_on_gpu", found.origin)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.np = xp  # type: ignore[attr-defined]
    for key, value in vars(module).items():  # what it takes from another of these modules
        if (home := (getattr(value, "__module__", None) or "").rpartition(".")[2]) in TWINS:
            setattr(module, key, getattr(TWINS[home], key))
    return module


def build() -> types.ModuleType:
    """CuPy's names as attributes of one module, and the extras of `_numpy.EXTRAS`."""
    cupy = library()
    xp = types.ModuleType("minigrad.backend.cupy", __doc__)
    xp.__dict__.update({k: getattr(cupy, k) for k in dir(cupy) if not k.startswith("__")})
    xp.__dict__.update(device="cuda", errstate=NoState(), zero=Zeros(), cupy=cupy)
    guard = Guard(cupy)
    indexing = Indexing(cupy, guard)
    for family in (
        indexing,
        Convolution(cupy),
        Products(cupy),
        Pooling(cupy, indexing),
        Random(cupy),
        Normalisation(cupy),
        Steps(cupy),
        guard,
        Copies(cupy),
        Activations(cupy),
    ):
        xp.__dict__.update({n: getattr(family, n) for n in vars(type(family)) if n in OWN})
    for name, module in EXTRAS:
        xp.__dict__[name] = getattr(TWINS.get(module) or remember(module, xp), name)
    return xp


# What classes of this package do with kernels; the rest of `_numpy.EXTRAS` is made of CuPy's names
OWN = {
    *"product conv conv_input conv_weight im2col col2im".split(),
    *"max_pool adaptive_max_pool fractional_max_pool pool_put pool_set pool_take avg_pool avg_pool_input".split(),
    *"add_at overwritten join_at diagonal strided running_extreme running_place linear_scan".split(),
    *"stable_order searchsorted_rows local set_at".split(),
    *"activation activation_input".split(),
    *"pinned is_pinned upload".split(),
    *"sgd_step adam_step finish_steps outside settle".split(),
    *"softmax softmax_input cross_entropy cross_entropy_input normalize normalize_input".split(),
    *"dropout philox_bits philox_uniform philox_normal philox_exponential philox_randint philox_permutation".split(),
}

TWINS: dict[str, Any] = {}


def remember(module: str, xp: Any) -> Any:
    """The twin of a module, made once."""
    TWINS[module] = found = twin(module, xp)
    return found


EXTRAS = [
    (name, module)
    for module, text in {
        "_numpy_reduce": "total",
        "_numpy_special": "erf erfc erfinv lgamma digamma polygamma",
        "_numpy_integrals": "bessel_i erfcx gamma_integral ndtri",
        "_numpy_lu": "lu_factor rows_of",
    }.items()
    for name in text.split()
]


def on_device(xp: Any, number: int) -> Any:
    """The namespace whose calls run on a device that is not the current one."""

    class There:
        """Calls run on another device."""

        def __getattr__(self, name: str) -> Any:
            value = getattr(xp, name)
            if not callable(value) or isinstance(value, type):
                return value

            def call(*args: Any, **kwargs: Any) -> Any:
                with xp.cuda.Device(number):
                    return value(*args, **kwargs)

            return call

    return There()


@contextlib.contextmanager
def current(xp: Any, number: int) -> Any:
    """Work on a device."""
    with xp.cuda.Device(number):
        yield
