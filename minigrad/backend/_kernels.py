"""Where the CUDA sources are: in the wheel inside the package, in a checkout beside it."""

from __future__ import annotations

from pathlib import Path

from ..errors import FileError

PACKAGE = Path(__file__).parents[1]
MARK = "README.md"  # another distribution may have a folder `kernels` beside ours; this file is in ours


def kernels_folder(package: Path = PACKAGE) -> Path:
    """The folder of CUDA sources of a wheel, an editable install or a bare checkout.

    Args:
        package: the folder of the package `minigrad`.

    Raises:
        FileError: if it is in neither place.

    >>> kernels_folder().name
    'kernels'
    """
    places = package / "kernels", package.parent / "kernels"
    for folder in places:
        if (folder / MARK).is_file():
            return folder
    tried = " and ".join(map(str, places))
    raise FileError(f"kernels: no folder of CUDA sources, looked at {tried}: install minigrad again")
