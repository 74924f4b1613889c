"""For the API reference: an op is shown as it is called, and docstrings are laid out as pages."""

from __future__ import annotations

import re
from typing import Any

import griffe

EXAMPLE = re.compile(r"^>>> .*\n(?:.+\n?)*", re.MULTILINE)
SECTION = re.compile(r"^(Shapes|Source):\n((?: {4}.+\n?)+)", re.MULTILINE)
CITED = re.compile(r"^Source: ", re.MULTILINE)
SHARED = re.compile(r"^    (\*{0,2}\w+(?:, \*{0,2}\w+)+): (.+\n?(?: {8}.+\n?)*)", re.MULTILINE)
ARGUMENTS = re.compile(r"^(?:Args|Attributes):\n(?: {4}.+\n?)+", re.MULTILINE)


def shapes(found: re.Match[str]) -> str:
    """A section that Google's style does not know: its name, and its lines as they are."""
    title, lines = found[1], [line.strip() for line in found[2].splitlines()]
    return (
        f"**{title}:** {' '.join(lines)}\n" if title == "Source" else f"**{title}:**\n\n{code('text', lines)}"
    )


def code(language: str, lines: list[str]) -> str:
    """A fenced block."""
    return "\n".join([f"```{language}", *lines, "```", ""])


def one_by_one(found: re.Match[str]) -> str:
    """`a, b: text` in a list of arguments, said of each."""
    return SHARED.sub(
        lambda m: "".join(f"    {name}: {m[2].rstrip()}\n" for name in m[1].split(", ")), found[0]
    )


def page(text: str) -> str:
    """A docstring as Markdown and the sections that griffe knows."""
    text = EXAMPLE.sub(lambda m: code("pycon", m[0].rstrip("\n").split("\n")), text + "\n")
    return CITED.sub("**Source:** ", SECTION.sub(shapes, ARGUMENTS.sub(one_by_one, text)))


class Reference(griffe.Extension):
    """Drops `xp` from the signature of what `@op` decorates; brings docstrings into the site's form."""

    def on_function_instance(self, *, func: griffe.Function, **kwargs: Any) -> None:
        """Called for each function that is read."""
        if any(str(d.value).split("(")[0] == "op" for d in func.decorators):
            func.parameters = griffe.Parameters(*(p for p in func.parameters if p.name != "xp"))
        for p in func.parameters:  # as they are written: mg.int is a dtype, and no type of an argument
            p.annotation = str(p.annotation) if p.annotation is not None else None

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Called for all that is read, once what it holds has been."""
        if obj.docstring:
            obj.docstring.value = page(obj.docstring.value)
