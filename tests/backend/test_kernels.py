"""The folder of CUDA sources is found in each way to install minigrad."""

from __future__ import annotations

from pathlib import Path

import pytest

import minigrad
from minigrad.backend._kernels import kernels_folder
from minigrad.errors import FileError


def layout(root: Path, *files: str) -> Path:
    for file in ("minigrad/__init__.py", *files):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text("")
    return root / "minigrad"


def test_it_is_found_for_the_package_under_test() -> None:
    package = Path(minigrad.__file__).parent
    assert kernels_folder() in (package / "kernels", package.parent / "kernels")
    assert "admission" in (kernels_folder() / "README.md").read_text("utf-8").lower()


def test_a_wheel_has_it_inside_the_package(tmp_path: Path) -> None:
    package = layout(tmp_path, "minigrad/kernels/README.md")
    assert kernels_folder(package) == package / "kernels"


def test_a_checkout_has_it_beside_the_package(tmp_path: Path) -> None:
    package = layout(tmp_path, "kernels/README.md")
    assert kernels_folder(package) == tmp_path / "kernels"


def test_the_wheels_own_wins_over_a_neighbour_of_the_same_name(tmp_path: Path) -> None:
    package = layout(tmp_path, "minigrad/kernels/README.md", "kernels/README.md")
    assert kernels_folder(package) == package / "kernels"


def test_a_strange_folder_of_that_name_is_not_ours(tmp_path: Path) -> None:
    package = layout(tmp_path, "kernels/__init__.py")
    with pytest.raises(
        FileError, match=r"kernels: no folder .*minigrad/kernels and .*install minigrad again"
    ):
        kernels_folder(package)
