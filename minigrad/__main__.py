"""`python -m minigrad`: the same as the command `minigrad`."""

from __future__ import annotations

import sys

from .cli import main

sys.exit(main())
