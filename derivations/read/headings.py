"""The headings of a document: a report sets its formulas under them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.front_matter import front_matter_plugin

from derivations.source import Cell, Source

LEVELS = {"title": 1, "part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5}
ARGUMENT = r"\s*(?:\[[^\]\n]*\])?\s*\{((?:[^{}\n]|\{[^{}\n]*\})*)\}"
SECTION = re.compile(r"^[^%\n]*?\\(" + "|".join(LEVELS) + r")\*?" + ARGUMENT, re.MULTILINE)
MAX_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Heading:
    """``start`` is its place in the source; ``level`` counts from 1; formulas in ``text`` stand between dollar signs."""

    start: int
    level: int
    text: str


def headings(source: Source) -> tuple[Heading, ...]:
    """In order.  What is long is cut: a heading is a line."""
    found = _of_latex(source.text) if Path(source.path).suffix.lower() == ".tex" else _of_markdown(source)
    return tuple(Heading(one.start, one.level, one.text[:MAX_LENGTH]) for one in found if one.text)


def _of_latex(text: str) -> Iterator[Heading]:
    for found in SECTION.finditer(text):
        yield Heading(found.start(1) - 1, LEVELS[found[1]], " ".join(found[2].split()))


def _of_markdown(source: Source) -> Iterator[Heading]:
    """Cell by cell: what one leaves open does not swallow the next."""
    parser = MarkdownIt("commonmark", {"html": False}).use(front_matter_plugin).disable(["lheading", "reference"])
    parser.core.ruler.enableOnly(["block"])
    cells = source.cells or (Cell(1, 0),)
    ends = [cell.start for cell in cells[1:]] + [len(source.text)]
    for cell, end in zip(cells, ends, strict=True):
        text = source.text[cell.start:end].replace("\r\n", " \n").replace("\r", "\n")
        starts = [0, *(at + 1 for at, character in enumerate(text) if character == "\n")]
        tokens = parser.parse(text)
        for opening, inline in pairwise(tokens):
            if opening.type == "heading_open" and opening.map:
                place = cell.start + starts[opening.map[0]]
                yield Heading(place, int(opening.tag[1:]), " ".join(inline.content.split()))
