"""Samples of the ops that the engine itself needs, in minigrad/core.py."""

from __future__ import annotations

import itertools

import numpy as np

import minigrad as mg
from minigrad import ops
from minigrad.errors import IndexingError, ShapeError

from .case import Case, S, bad, f, ints

