"""The Python in README, CONTRIBUTING and docs runs and prints what stands below it; quotes and links hold."""

from __future__ import annotations

import contextlib
import io
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").glob("*.md")) if path.name != "ops.md"
]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "kernels/README.md", *PAGES)
BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n```text(?P<varies> title=[^\n]*)?\n(?P<output>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)


def blocks(text: str) -> list[tuple[str, str | None]]:
    """Each block of Python, with the block of text that follows it, or None if that has a title: its digits vary."""
    found = BLOCK.finditer(text)
    return [(block["code"], None if block["varies"] else block["output"] or "") for block in found]


EXAMPLES = {name: found for name in DOCUMENTS if (found := blocks((ROOT / name).read_text("utf-8")))}
QUOTED = re.compile(r'^```python title="(?P<file>[^"]+)"\n(?P<code>.*?)^```\n', re.MULTILINE | re.DOTALL)
QUOTES = [
    pytest.param(found["file"], found["code"], id=f"{name} {found['file']}")
    for name in DOCUMENTS
    for found in QUOTED.finditer((ROOT / name).read_text("utf-8"))
]


def test_blocks_are_found_with_their_output() -> None:
    text = "a\n```python\nx = 1\n```\n\n```text\n1\n```\n```python\ny\n```\nb\n```text\n2\n```\n"
    assert blocks(text) == [("x = 1\n", "1\n"), ("y\n", "")]
    assert blocks('```python\nz\n```\n\n```text title="once"\n3\n```\n') == [("z\n", None)]
    assert len(EXAMPLES["README.md"]) >= 2 and len(PAGES) >= 6 and len(QUOTES) >= 4


@pytest.mark.parametrize(("name", "examples"), EXAMPLES.items(), ids=EXAMPLES)
def test_examples_print_what_the_document_says(
    name: str, examples: list[tuple[str, str | None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page's blocks run one after the other, in one namespace and an empty folder."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for k, (code, output) in enumerate(examples, 1):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, f"<{name}, block {k}>", "exec", dont_inherit=True), names)
        assert output is None or printed.getvalue() == output, f"block {k}"


@pytest.mark.parametrize(("file", "code"), QUOTES)
def test_what_is_quoted_is_in_the_source(file: str, code: str) -> None:
    assert code in (ROOT / file).read_text("utf-8")


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
