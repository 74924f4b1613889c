"""Samples of minigrad/ops/device.py. Where there is a GPU, tests/cuda moves to it and back."""

from __future__ import annotations

from minigrad import ops
from minigrad.errors import DeviceError, DTypeError

from .case import Case, S, bad, f, ints

CASES = [
    Case(
        ops.transfer,
        lambda x, device, origin: x,
        [
            S(f(2, 3), device="cpu", origin="cpu"),
            S(f(), device="cpu", origin="cpu", name="0-d"),
            S(f(0, 2), device="cpu", origin="cpu", name="empty"),
            S(ints(3), device="cpu", origin="cpu", name="integers"),
        ],
        [
            bad(DeviceError, r"device 'gpu': 'cpu', 'cuda' or 'cuda:0'", f(2), device="gpu", origin="cpu"),
            bad(DeviceError, r"device 'cuda:x'", f(2), device="cuda:x", origin="cpu"),
            bad(DTypeError, r"transfer: missing a required argument: 'device'", f(2)),
        ],
    )
]
