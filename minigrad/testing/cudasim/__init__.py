"""CUDA kernels without a card: compiled by g++ and run on the CPU, with a stand-in for CuPy around them.

`MINIGRAD_CUDASIM=1` makes `device="cuda"` work on any x86-64 machine with g++. The unchanged `.cu` source runs block by
block, each thread a fiber: barriers, shuffles, shared memory, asynchronous copies and tensor-core tiles behave. Shared
memory and fresh arrays begin as NaN, so that reading before writing shows. What it cannot show: speed, memory-order
races, instructions from Hopper on.

Attributes:
    launches: every launch so far: (name, grid, block, shared bytes).
    traffic: with MINIGRAD_CUDASIM_COUNT=1, for every launch the bytes between memory and its blocks: what misses a
        cache of 32 KB that each block begins empty, in sectors of 32 bytes.
    copies: bytes moved "to host" and "to device"; "shape" counts results whose shape depends on values.

Environment:
    MINIGRAD_CUDASIM_ORDER: in which order a block's threads and a grid's blocks run: "forward", "reverse", or a number,
        the seed of a shuffle. What depends on it is a race.
    MINIGRAD_CUDASIM_DEVICES: how many devices there are; default 1.
    MINIGRAD_CUDASIM_FLAGS: flags for g++; default "-O2".
    MINIGRAD_CUDASIM_COUNT: "1" counts `traffic` for kernels that are compiled from then on.
    MINIGRAD_CACHE: where compiled kernels are kept.

>>> from minigrad.testing import cudasim
>>> code = 'extern "C" __global__ void twice(float* x) { x[threadIdx.x] *= 2; }'
>>> x = cudasim.cupy.asarray([1.0, 2.0], "float32")
>>> cudasim.cupy.RawModule(code=code).get_function("twice")((1,), (2,), (x,))
>>> x.get().tolist()
[2.0, 4.0]
"""

from . import cupy
from .state import Launch, Traffic, clear, copies, launches, traffic

__all__ = ["Launch", "Traffic", "clear", "copies", "cupy", "launches", "traffic"]
