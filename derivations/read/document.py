"""A document as read: which formulas it has and where they stand, nothing of what they mean."""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from dataclasses import dataclass
from typing import BinaryIO, Literal

from derivations.limits import current
from derivations.read.given import FrontMatter
from derivations.read.macros import Places
from derivations.source import NotText, Problem, Source, Span

NEVER_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)  # a pipe that nobody writes to would
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula: ``span`` is its LaTeX without surrounding space, ``outer`` has the delimiters too."""

    span: Span
    kind: Literal["display", "inline"]
    outer: Span


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader hands on.

    ``text`` is what the formula reader gets, and all places of formulas are places in it.  Where an author's macros
    were expanded, ``places`` leads from it back to the source.  Otherwise it is as long as ``source.text`` and differs
    from it only in what stands before the text of a line (``> ``, a carriage return at its end): blanks there.

    ``unclosed`` holds displays that are opened and never closed, or hold a macro that cannot be expanded, each with
    its problem (which is among ``problems`` too); they can only be unreadable.  Problems have places in the source.
    """

    source: Source
    text: str
    displays: tuple[Formula, ...]
    inlines: tuple[Formula, ...]
    front_matter: FrontMatter | None = None
    problems: tuple[Problem, ...] = ()
    unclosed: tuple[tuple[Formula, Problem], ...] = ()
    places: Places | None = None

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """All of them, in document order."""
        return tuple(sorted(self.displays + self.inlines, key=lambda formula: formula.span))

    def place(self, span: Span) -> Span:
        """The part of the source that a part of ``text`` comes from."""
        return span if self.places is None else self.places.of(span)

    def latex(self, formula: Formula) -> str:
        return self.text[formula.span.start:formula.span.end]


def load(path: str) -> Source:
    """Reads a file.  ``OSError`` is the caller's; bytes that are not UTF-8 are a ``Problem``."""
    return decode(path, contents(path))


def contents(path: str) -> bytes:
    """The bytes of a plain file: devices and pipes may never end, and are a ``Problem`` before anything is read of them."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | NEVER_WAIT)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise NotText("no-file", "this is a pipe or a device, expected a file", Span(0, 0), None, path)
        return at_most(path, file)


def at_most(path: str, file: BinaryIO) -> bytes:
    """What a stream holds; a ``Problem`` where it is more than is read."""
    limit = current().file_bytes
    data = file.read(limit + 1)
    if len(data) > limit:
        raise NotText("file-too-long", f"more than {limit} bytes, which is the limit", Span(0, 0), "split it", path)
    return data


def decode(path: str, data: bytes) -> Source:
    """Bytes as a source, without a byte order mark (columns count from the first character that one sees)."""
    if data.startswith(UTF16_MARKS):
        raise NotText("not-utf8", "the text is UTF-16, expected UTF-8", Span(0, 0), "save it as UTF-8", path)
    try:
        return Source(path, data.decode("utf-8-sig"), digest=hashlib.sha256(data).hexdigest())
    except UnicodeDecodeError as error:
        raise _not_utf8(path, error) from None


def _not_utf8(path: str, error: UnicodeDecodeError) -> NotText:
    """Line and column are in the message: there is no text that a span could point into."""
    before = error.object[:error.start].decode("utf-8", "replace").removeprefix("\ufeff")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    what = f"byte 0x{error.object[error.start]:02x} at line {line}, column {column} is not UTF-8"
    return NotText("not-utf8", what, Span(0, 0), "save the text as UTF-8", path)
