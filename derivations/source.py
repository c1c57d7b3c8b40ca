"""Text, places in it, and located problems."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field, fields


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points of one source text."""

    start: int
    end: int

    def __or__(self, other: Span) -> Span:
        return Span(min(self.start, other.start), max(self.end, other.end))


@dataclass(eq=False)
class Problem(Exception):
    """What could not be understood: where, what was expected, and a hint.

    ``code`` is stable (docs/codes.md).  A problem is data as much as an exception:
    readers raise it, and what is above catches exactly this class.
    """

    code: str
    message: str
    span: Span | None = None
    hint: str | None = None

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[type[Problem], tuple[object, ...]]:
        """Exceptions do not know how to be sent elsewhere when their fields were named."""
        return type(self), tuple(getattr(self, one.name) for one in fields(self))


@dataclass(eq=False)
class NotText(Problem):
    """A file that cannot be read as text at all; it knows its name, for there is no source that could."""

    path: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a notebook: its number, and where its text begins."""

    number: int
    start: int


@dataclass(frozen=True, slots=True)
class Source:
    """One text with its name; lines and columns count from 1, in code points.

    A notebook's text is that of its ``cells`` that are read: there lines count within their cell.
    ``digest`` is the SHA-256 of the file's bytes, empty where there is no file.
    """

    path: str
    text: str
    cells: tuple[Cell, ...] = ()
    digest: str = field(default="", compare=False)
    _starts: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = [0] + [i + 1 for i, c in enumerate(self.text) if c == "\n"]
        object.__setattr__(self, "_starts", starts)

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset."""
        row = self.row(offset)
        cell = self.cell(offset)
        before = self.row(cell.start) - 1 if cell is not None else 0
        return row - before, offset - self._starts[row - 1] + 1

    def cell(self, offset: int) -> Cell | None:
        """The cell of a notebook that an offset is in."""
        at = bisect_right(self.cells, offset, key=lambda cell: cell.start)
        return self.cells[max(at - 1, 0)] if self.cells else None

    def where(self, offset: int) -> str:
        """The place in words: ``notes.md:3:7``, ``notes.ipynb:cell 2:3:7``."""
        line, column = self.position(offset)
        cell = self.cell(offset)
        return f"{self.path}:{f'cell {cell.number}:' if cell is not None else ''}{line}:{column}"

    def row(self, offset: int) -> int:
        """The line of the text, counted through all cells."""
        return bisect_right(self._starts, offset)

    def line_text(self, row: int) -> str:
        """The text of one line, without its end; it counts through all cells."""
        start = self._starts[row - 1]
        end = self._starts[row] if row < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def slice(self, span: Span) -> str:
        return self.text[span.start:span.end]


def display_width(text: str) -> int:
    """Columns that a terminal gives to the text: two for wide East Asian characters, none for combining ones."""
    width = 0
    for character in text:
        if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
            continue
        width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return width
