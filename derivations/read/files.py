"""Which reader a file gets: by its suffix, Markdown where that says nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from derivations.read.authored import with_macros
from derivations.read.document import Document
from derivations.read.markdown import read_markdown
from derivations.read.notebook import read_notebook
from derivations.read.texfile import read_tex
from derivations.source import Source

READERS: dict[str, Callable[[Source], Document]] = {".tex": read_tex, ".ipynb": read_notebook}


def read_source(source: Source) -> Document:
    """A text as a document.  Raises Problem for a notebook that is none, and nothing else."""
    reader = READERS.get(Path(source.path).suffix.lower(), read_markdown)
    return with_macros(reader(source)) if reader is not read_tex else reader(source)
