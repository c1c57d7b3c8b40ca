"""Notebooks → the places of the formulas in their Markdown cells.

The text of a notebook's source is that of its Markdown cells, one after the other; ``Source.cells`` knows where each
begins, so that places are told as people see them: cell, line in the cell, column.  Cells count from 1, code cells
included.  Each cell is read on its own: what one leaves open does not swallow the next.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from derivations.read.document import Document, Formula
from derivations.read.markdown import read_markdown
from derivations.source import Cell, Problem, Source, Span

BETWEEN = "\n\n"
FRONT_MATTER = "---"


@dataclass(frozen=True, slots=True)
class _Part:
    number: int
    text: str


def read_notebook(source: Source) -> Document:
    """All formulas of a notebook, in order.  Raises Problem, with its place in the file, for what is no notebook."""
    parts = _markdown_cells(source)
    joined = _joined(source, parts)
    if not any(part.text.strip() for part in parts):
        return Document(joined, joined.text, (), (), None, (Problem("empty", "the notebook has no Markdown cells", Span(0, 0)),))
    pieces = [
        _shifted(read_markdown(Source(source.path, part.text)), cell.start)
        for part, cell in zip(parts, joined.cells, strict=True) if part.text.strip()
    ]  # fmt: skip
    front = pieces[0].front_matter if parts[0].text.strip() else None
    return Document(
        joined,
        _text(joined, pieces, [cell.start for part, cell in zip(parts, joined.cells, strict=True) if part.text.strip()]),
        tuple(formula for piece in pieces for formula in piece.displays),
        tuple(formula for piece in pieces for formula in piece.inlines),
        None if front is None else replace(front, source=joined),
        tuple(problem for piece in pieces for problem in piece.problems),
        tuple(pair for piece in pieces for pair in piece.unclosed),
    )


def _joined(source: Source, parts: list[_Part]) -> Source:
    cells, at = [], 0
    for part in parts:
        cells.append(Cell(part.number, at))
        at += len(part.text) + len(BETWEEN)
    return Source(source.path, BETWEEN.join(part.text for part in parts), tuple(cells), source.digest)


def _text(source: Source, pieces: list[Document], starts: list[int]) -> str:
    """The cells' shadow texts at their places."""
    text = list(source.text)
    for piece, start in zip(pieces, starts, strict=True):
        text[start : start + len(piece.text)] = piece.text
    return "".join(text)


def _shifted(document: Document, by: int) -> Document:
    """The document with all places of its formulas and problems moved to where its cell stands."""

    def span(one: Span) -> Span:
        return Span(one.start + by, one.end + by)

    def formula(one: Formula) -> Formula:
        return Formula(span(one.span), one.kind, span(one.outer))

    moved = {id(p): Problem(p.code, p.message, span(p.span) if p.span else None, p.hint) for p in document.problems}
    return replace(
        document,
        displays=tuple(map(formula, document.displays)),
        inlines=tuple(map(formula, document.inlines)),
        problems=tuple(moved.values()),
        unclosed=tuple((formula(one), moved[id(problem)]) for one, problem in document.unclosed),
    )


# ------------------------------------------------------------------ the file


def _markdown_cells(source: Source) -> list[_Part]:
    """Markdown cells, and a raw first cell with front matter."""
    found: list[_Part] = []
    for number, cell in enumerate(_cells(source), 1):
        kind = cell.get("cell_type") if isinstance(cell, dict) else None
        text = _cell_text(source, cell, number) if kind in ("markdown", "raw") else ""
        if kind == "markdown" or (kind == "raw" and not found and text.startswith(FRONT_MATTER)):
            found.append(_Part(number, text))
    return found


def _cells(source: Source) -> list[Any]:
    notebook = _loaded(source)
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if cells is None and isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        sheets = [sheet.get("cells") for sheet in notebook["worksheets"] if isinstance(sheet, dict)]  # nbformat 3
        cells = [cell for sheet in sheets if isinstance(sheet, list) for cell in sheet]
    if not isinstance(cells, list):
        raise Problem("notebook", "the file is JSON and no notebook: expected an object with `cells`", Span(0, 0))
    return cells


def _loaded(source: Source) -> Any:
    try:
        return json.loads(source.text)
    except json.JSONDecodeError as error:
        at = min(error.pos, len(source.text))
        what = f"the notebook is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        raise Problem("notebook", what, Span(at, at), "save it again, or export it anew") from None
    except (RecursionError, ValueError):  # deeper, or with longer numbers, than Python reads
        raise Problem("notebook", "the notebook is not JSON that can be read: nested too deeply", Span(0, 0)) from None


def _cell_text(source: Source, cell: dict[str, Any], number: int) -> str:
    """nbformat allows one string or a list of lines."""
    text = cell.get("source", "")
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        text = "".join(text)
    if not isinstance(text, str):
        raise Problem("notebook", f"cell {number} has no text: expected `source` as text or a list of lines", Span(0, 0))
    return _without_surrogates(text)


def _without_surrogates(text: str) -> str:
    """JSON can spell halves of characters, which no text may hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if not text.isascii() else text
