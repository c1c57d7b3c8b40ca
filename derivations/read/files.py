"""Which reader a file gets: by its suffix, Markdown where that says nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from derivations.limits import current
from derivations.read.authored import with_macros
from derivations.read.document import Document
from derivations.read.markdown import read_markdown
from derivations.read.notebook import read_notebook
from derivations.read.texfile import read_tex
from derivations.source import Problem, Source

READERS: dict[str, Callable[[Source], Document]] = {".tex": read_tex, ".ipynb": read_notebook}


def read_source(source: Source) -> Document:
    """A text as a document.  Raises Problem for a notebook that is none, and nothing else."""
    reader = READERS.get(Path(source.path).suffix.lower(), read_markdown)
    return _limited(with_macros(reader(source)) if reader is not read_tex else reader(source))


def _limited(document: Document) -> Document:
    """Displays behind the last formula that is read can only be unreadable; they are never left out in silence."""
    limit = current().formulas
    if len(document.displays) + len(document.inlines) <= limit:
        return document
    last = document.formulas[limit - 1].span
    told = f"the document has {len(document.formulas)} formulas; the limit is {limit}"
    beyond = [one for one in document.displays if one.span > last]
    lost = [(one, Problem("too-many-formulas", told, document.place(one.span), "split the document")) for one in beyond]
    return replace(
        document, displays=tuple(one for one in document.displays if one.span <= last),
        inlines=tuple(one for one in document.inlines if one.span <= last),
        problems=(*document.problems, Problem("too-many-formulas", told, document.place(last), "split the document")),
        unclosed=tuple(sorted((*document.unclosed, *lost), key=lambda pair: pair[0].outer)),
    )  # fmt: skip
