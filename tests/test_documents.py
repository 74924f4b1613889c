"""The Python in README and CONTRIBUTING runs, and prints what stands below it; the files they point to exist."""

from __future__ import annotations

import contextlib
import io
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "kernels/README.md")
BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<output>.*?)^```\n)?", re.MULTILINE | re.DOTALL
)


def blocks(text: str) -> list[tuple[str, str]]:
    """Each block of Python, with the block of text that follows it."""
    return [(found["code"], found["output"] or "") for found in BLOCK.finditer(text)]


EXAMPLES = {
    f"{name}-{k}": block
    for name in DOCUMENTS
    for k, block in enumerate(blocks((ROOT / name).read_text("utf-8")), 1)
}


def test_blocks_are_found_with_their_output() -> None:
    text = "a\n```python\nx = 1\n```\n\n```text\n1\n```\n```python\ny\n```\nb\n```text\n2\n```\n"
    assert blocks(text) == [("x = 1\n", "1\n"), ("y\n", "")]
    assert sum(name.startswith("README.md") for name in EXAMPLES) >= 2


@pytest.mark.parametrize(("code", "output"), EXAMPLES.values(), ids=EXAMPLES)
def test_an_example_prints_what_the_document_says(code: str, output: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "<example>", "exec", dont_inherit=True), {})
    assert printed.getvalue() == output


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_to_files(name: str) -> None:
    folder = (ROOT / name).parent
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text("utf-8"))
    assert [link for link in links if not link.startswith("https:") and not (folder / link).exists()] == []


def test_the_readme_gives_a_reason_for_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = [project["project"]["dependencies"], *project["project"]["optional-dependencies"].values()]
    groups.append(project["build-system"]["requires"])
    names = {re.split(r"[^\w-]", text)[0] for group in groups for text in group} - {"minigrad"}
    table = [
        line.split("|")[1] for line in (ROOT / "README.md").read_text("utf-8").splitlines() if line[:1] == "|"
    ]
    explained = {name.strip() for cell in table for name in cell.split(",")}
    assert names - explained == set()
