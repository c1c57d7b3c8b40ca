"""Formulas changed in the file that they were read from, and nothing else in it.

Places are those of ``Document.text``.  From there the way back goes through expanded macros to the source, and for a
notebook on to the JSON strings of its cells.  Only what differs between the old text and the new one is touched, so
that whatever a formula is laid out with (line ends, marks of quotes, macros beside the change) stays as it was.
Nothing is promised here: whoever edits reads the result again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from derivations.read.document import Document
from derivations.source import Source, Span

NEW_LINE = re.compile(r"[ \t]*\r?\n[ \t]*")
LONG = 4_000  # characters up to which two texts are compared one by one


@dataclass(frozen=True, slots=True)
class Edit:
    """Other text for a part of ``Document.text``."""

    span: Span
    new: str


def edited(file: Source, document: Document, edits: Iterable[Edit]) -> str | None:
    """The file's text with the edits made; None where two of them meet or one cannot be placed.

    ``file`` is what was read from the disk, ``document`` what became of it.
    """
    placed = [Edit(document.place(part.span), part.new) for edit in edits for part in _differences(document.text, edit)]
    if document.source.cells:
        found = _in_notebook(file, document.source, placed)
        if found is None:
            return None
        placed = found
    placed.sort(key=lambda edit: edit.span)
    if any(one.span.end > other.span.start for one, other in pairwise(placed)):
        return None
    text = file.text
    for edit in reversed(placed):
        text = text[: edit.span.start] + edit.new + text[edit.span.end :]
    return text


def _differences(text: str, edit: Edit) -> Iterator[Edit]:
    """The parts of an edit that change something; a new line would need the marks of a quote in front of it."""
    old = text[edit.span.start : edit.span.end]
    if max(len(old), len(edit.new)) > LONG:
        yield edit
        return
    for kind, a, b, c, d in SequenceMatcher(None, old, edit.new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield Edit(Span(edit.span.start + a, edit.span.start + b), NEW_LINE.sub(" ", edit.new[c:d]))


# ---------------------------------------------------------------- notebooks

BLANKS = re.compile(r"[ \t\n\r]*")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # two escapes, one character
CHARACTER = re.compile(PAIR + r"|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL)


def _in_notebook(file: Source, joined: Source, edits: list[Edit]) -> list[Edit] | None:
    """Edits of the joined text of the cells as edits of the JSON; None where one goes beyond a cell."""
    cells = _cells(file.text)
    found: list[Edit] = []
    for edit in edits:
        cell = joined.cell(edit.span.start)
        assert cell is not None
        strings = list(_source(file.text, cells[cell.number - 1]))
        parts = _in_cell(strings, Span(edit.span.start - cell.start, edit.span.end - cell.start), edit.new)
        if parts is None:
            return None
        found += parts
    return found


def _in_cell(strings: list[list[int]], span: Span, new: str) -> list[Edit] | None:
    """The edit within the strings that make up a cell; what is new goes into the first that it touches."""
    found: list[Edit] = []
    at = 0
    for starts in strings:
        length = len(starts) - 1
        start, end = max(span.start - at, 0), min(span.end - at, length)
        if start < end or (span.start == span.end and 0 <= span.start - at <= length and not found):
            found.append(Edit(Span(starts[start], starts[end]), "" if found else json.dumps(new)[1:-1]))
        at += length
    return found if found and span.end <= at else None


def _source(text: str, cell: int) -> Iterator[list[int]]:
    """For each string of a cell's source, where its characters are written, and its end."""
    for at in _named(text, cell, "source"):
        for begin in _values(text, at) if text[at] == "[" else (at,):
            found = STRING.match(text, begin)
            assert found is not None
            yield [*(c.start() for c in CHARACTER.finditer(text, found.start(1), found.end(1))), found.end(1)]


def _cells(text: str) -> list[int]:
    """Where the cells of a notebook begin, in both formats, in order."""
    top = _behind_blanks(text, 0)
    sheets = [sheet for at in _named(text, top, "worksheets") for sheet in _values(text, at)]
    places = [*_named(text, top, "cells")] or [at for sheet in sheets for at in _named(text, sheet, "cells")]
    return [cell for at in places for cell in _values(text, at)]


def _named(text: str, at: int, name: str) -> Iterator[int]:
    """Where the value of that name begins in the object at a place; the last one of that name counts."""
    yield from [value for key, value in _members(text, at) if key == name][-1:]


def _values(text: str, at: int) -> Iterator[int]:
    return (value for _, value in _members(text, at))


def _members(text: str, at: int) -> Iterator[tuple[str | None, int]]:
    """The values of the object or array that begins at a place of a JSON text, by their names and beginnings."""
    decoder = json.JSONDecoder()
    is_object = text[at] == "{"
    at = _behind_blanks(text, at + 1)
    while text[at] not in "]}":
        key = None
        if is_object:
            key, at = decoder.raw_decode(text, at)
            at = _behind_blanks(text, _behind_blanks(text, at) + 1)  # the colon
        yield key, at
        at = _behind_blanks(text, decoder.raw_decode(text, at)[1])
        if text[at] == ",":
            at = _behind_blanks(text, at + 1)


def _behind_blanks(text: str, at: int) -> int:
    found = BLANKS.match(text, at)
    assert found is not None
    return found.end()
