"""For the API reference: an op is shown as it is called, without the array namespace that its forward is handed."""

from __future__ import annotations

from typing import Any

import griffe


class OpSignatures(griffe.Extension):
    """Drops `xp` from the signature of what `@op` decorates, and `private` from what is re-exported."""

    def on_function_instance(self, *, func: griffe.Function, **kwargs: Any) -> None:
        """Called for each function that is read."""
        if any(str(d.value).split("(")[0] == "op" for d in func.decorators):
            func.parameters = griffe.Parameters(*(p for p in func.parameters if p.name != "xp"))
